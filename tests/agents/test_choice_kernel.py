"""The developers' choice: exact shares, exact counts, draws that belong to one developer each."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest
from choice_world import TERMS, counted, make_developers, make_offer, nested_logit, run_months, with_terms
from scipy import stats

from sim.agents import choice_draws as draws
from sim.agents import choice_kernel as kernel
from sim.streams import draw_key, philox4x32

KEY = draw_key(1, "us/startup", "choice")


def fit(counts: np.ndarray, expected: np.ndarray) -> float:
    """p-value of the chi-square test, cells with fewer than ten expected taken together."""
    rare = expected < 10
    if rare.any():
        counts = np.append(counts[~rare], counts[rare].sum())
        expected = np.append(expected[~rare], expected[rare].sum())
    if expected[-1] < 10:
        counts, expected = np.append(counts[:-2], counts[-2:].sum()), np.append(expected[:-2], expected[-2:].sum())
    return stats.chisquare(counts, expected).pvalue


def seat(developers, offer, terms=TERMS, key=KEY):
    """Fill every position of every developer; counts by model."""
    n = developers.choice.shape[0]
    users, weight = counted(developers, offer)
    for position in range(kernel.POSITIONS):
        kernel.choose(developers, 0, n, offer, terms, 1.0, key, 900 + position, position, users, weight)
    return users, weight


@pytest.mark.parametrize(("sigma_closed", "sigma_open"), [(0.3, 0.75), (0.0, 0.0), (0.6, 0.1)])
def test_shares_are_those_of_the_nested_logit(sigma_closed: float, sigma_open: float) -> None:
    n, offer = 200_000, make_offer(12)
    terms = with_terms(sigma_closed=sigma_closed, sigma_open=sigma_open, kappa_none=0.4)
    developers = make_developers(n, spread=0.0, positions=1)
    users, weight = counted(developers, offer)
    kernel.choose(developers, 0, n, offer, terms, 1.0, KEY, 3, -1, users, weight)
    expected = nested_logit(offer, terms, np.zeros(4), 255)[0]
    assert fit(users, n * expected) > 1e-3


def test_switching_terms_enter_for_family_model_and_stack() -> None:
    n, offer = 200_000, make_offer(12)
    developers = make_developers(n, spread=0.0, positions=1)
    developers.choice[:, 0] = 5
    users, weight = counted(developers, offer)
    kernel.choose(developers, 0, n, offer, TERMS, 1.0, KEY, 3, -1, users, weight)
    expected = nested_logit(offer, TERMS, np.zeros(4), 5)[0]
    assert fit(users, n * expected) > 1e-3
    assert expected[5] > nested_logit(offer, TERMS, np.zeros(4), 255)[0][5]


def test_zero_sigma_is_the_plain_logit() -> None:
    offer, terms = make_offer(9), with_terms(sigma_closed=0.0, sigma_open=0.0, kappa_none=0.0)
    values = np.append(offer.base, 0.0)
    plain = np.exp(values) / np.exp(values).sum()
    assert np.allclose(nested_logit(offer, terms, np.zeros(4), 255)[0], plain, rtol=1e-12)


def reference_month(developers, offer, terms, rho, key, month):
    """The same month in plain Python and double precision, from the same random words; choices and log-sum."""
    n, width = developers.choice.shape[0], max(1.0, 1.0 / rho)
    choice, taken, log_sum = developers.choice.copy(), -1, 0.0
    for s in range(int(np.ceil(n / width))):
        words = [int(w) for w in philox4x32(key, s, month, 0, 0)]
        low, high, u = s * width, (s + 1) * width, words[0] / 2**32
        first, over = int(low), low - int(low)
        mine = (1 - over) / (width - over)
        if taken == first:
            taken = int(first + 1 + u * (high - first - 1))
        elif u < mine:
            taken = first
        else:
            taken = int(first + 1 + (u - mine) / (1 - mine) * (high - first - 1))
        if taken >= n:
            continue
        borders = np.cumsum(draws.SHARES[developers.positions[taken] - 1])
        place = int(np.searchsorted(borders, words[1] * 840 // 2**32, side="right"))
        tastes = np.array([field[taken] for field in developers[:4]], dtype=np.float64)
        others = [int(c) for p, c in enumerate(developers.choice[taken]) if p != place and c != 255]
        share, one, order = nested_logit(offer, terms, tastes, int(developers.choice[taken, place]), others)
        log_sum += one
        nest_of = np.append(np.asarray(offer.is_open, dtype=int), 2)
        nests = [share[nest_of == g].sum() for g in range(3)]
        nest = int(np.searchsorted(np.cumsum(nests), (words[2] // 512 + 0.5) / 2**23))
        if nest >= 2:
            choice[taken, place] = 255
            continue
        inside = [j for j in order if offer.is_open[j] == nest]
        running = np.cumsum(share[inside])
        rank = int(np.searchsorted(running, (words[3] // 512 + 0.5) / 2**23 * running[-1], side="right"))
        choice[taken, place] = inside[min(rank, len(inside) - 1)]
    return choice, log_sum


@pytest.mark.parametrize("rho", [0.05, 0.3, 0.5, 0.9, 1.0])
def test_a_month_equals_the_plain_reference_with_the_same_draws(rho: float) -> None:
    n, offer = 3_000, make_offer(17)
    developers = make_developers(n)
    users, weight = seat(developers, offer)
    for month in range(3):
        expected, log_sum = reference_month(developers, offer, TERMS, rho, KEY, month)
        before = developers.choice.copy()
        reconsidered, switchers, found = kernel.choose(
            developers, 0, n, offer, TERMS, rho, KEY, month, -1, users, weight
        )
        differing = np.any(developers.choice != expected, axis=1).sum()
        assert differing <= 1 + n // 10_000  # ties of single precision
        assert switchers == (before != developers.choice).sum()
        assert abs(found / reconsidered - log_sum / reconsidered) < 1e-5
        assert abs(reconsidered - rho * n) <= 1


def test_incremental_counts_equal_a_recount() -> None:
    offer, developers = make_offer(30), make_developers(5_000)
    users, weight = seat(developers, offer)
    for month in range(24):
        offer.base[month] = -np.inf  # a model is withdrawn every month
        kernel.choose(developers, 0, 5_000, offer, TERMS, 0.3, KEY, month, -1, users, weight)
        again = counted(developers, offer)
        assert np.array_equal(users, again[0])
        assert np.array_equal(weight, again[1])
    assert users.sum() == 5_000
    assert weight.sum() == 840 * int(developers.intensity.sum())


def test_communities_are_slices_and_do_not_touch_each_other() -> None:
    offer, developers = make_offer(10), make_developers(1_000)
    users, weight = np.zeros(11, np.int64), np.zeros(11, np.int64)
    kernel.recount(developers, 300, 700, users, weight)
    kernel.choose(developers, 300, 700, offer, TERMS, 1.0, KEY, 0, -1, users, weight)
    assert np.all(developers.choice[:300] == 255)
    assert np.all(developers.choice[700:] == 255)
    alone = make_developers(1_000, first=300, last=700)
    users_alone, weight_alone = counted(alone, offer)
    kernel.choose(alone, 0, 400, offer, TERMS, 1.0, KEY, 0, -1, users_alone, weight_alone)
    assert np.array_equal(alone.choice, developers.choice[300:700])
    assert np.array_equal(users, users_alone)
    assert np.array_equal(weight, weight_alone)


@pytest.mark.parametrize("rho", [0.05, 0.15, 0.3, 0.77, 1.0])
@pytest.mark.parametrize("n", [1, 16, 127, 128, 129, 1000])
def test_one_more_developer_changes_nobody_else(rho: float, n: int) -> None:
    offer = make_offer(14)
    few, more = make_developers(n), make_developers(n + 1)
    run_months(few, offer, TERMS, rho, KEY, months=40)
    run_months(more, offer, TERMS, rho, KEY, months=40)
    assert np.array_equal(few.choice, more.choice[:n])


@pytest.mark.parametrize("rho", [0.05, 0.3, 0.4, 0.77, 0.93, 1.0])
def test_every_developer_reconsiders_at_the_same_rate_and_at_most_once(rho: float) -> None:
    n, months = 40, 20_000
    width = 1.0 / rho
    picked = np.zeros(n, np.int64)
    words, places = np.zeros((4, draws.BLOCK), np.uint64), np.zeros((3, draws.BLOCK), np.int32)
    strata = int(np.ceil(n / width))
    for month in range(months):
        draws.draw_words(KEY, 0, month, strata, words)
        draws.draw_places(0, strata, width, words[0], places)
        draws.pick(strata, np.int32(-1), places)
        seen = places[0, :strata].tolist()
        assert len(set(seen)) == strata
        picked[[place for place in seen if place < n]] += 1
    spread = np.sqrt(rho * (1 - rho) * months)
    assert np.all(np.abs(picked - rho * months) <= 4.5 * spread)


def test_the_block_draws_the_words_of_the_named_generator() -> None:
    words = np.zeros((4, draws.BLOCK), np.uint64)
    draws.draw_words(KEY, 700, 95, 9, words)
    for d in range(9):
        assert [int(w) for w in words[:, d]] == [int(w) for w in philox4x32(KEY, 700 + d, 95, 0, 0)]


def test_positions_are_drawn_by_their_share_of_tokens() -> None:
    for positions in range(1, 5):
        tickets = (np.arange(840 * 8, dtype=np.uint64) << np.uint64(32)) // np.uint64(840 * 8) + np.uint64(1)
        found = np.bincount([draws.pick_position(t, positions) for t in tickets], minlength=4)
        assert np.all(np.abs(found - 8 * draws.SHARES[positions - 1]) <= 8)
    assert np.all(draws.SHARES.sum(axis=1) == draws.FULL)


def test_nobody_reconsiders_at_zero_and_everybody_at_one() -> None:
    offer, developers = make_offer(8), make_developers(777)
    users, weight = counted(developers, offer)
    assert kernel.choose(developers, 0, 777, offer, TERMS, 0.0, KEY, 0, -1, users, weight) == (0, 0, 0.0)
    assert kernel.choose(developers, 5, 5, offer, TERMS, 0.5, KEY, 0, -1, users, weight) == (0, 0, 0.0)
    assert np.all(developers.choice == 255)
    assert kernel.choose(developers, 0, 777, offer, TERMS, 1.0, KEY, 0, -1, users, weight)[0] == 777


def test_without_models_everybody_stays_outside() -> None:
    offer, developers = make_offer(8), make_developers(100)
    users, weight = seat(developers, offer)
    offer.base[:] = -np.inf
    for month in range(30):
        _, _, log_sum = kernel.choose(developers, 0, 100, offer, TERMS, 1.0, KEY, month, 0, users, weight)
    assert users[-1] == 100
    assert log_sum == pytest.approx(100 * TERMS.kappa_none, abs=1e-4)


@pytest.mark.parametrize("is_open", [0, 1])
def test_one_nest_alone(is_open: int) -> None:
    offer, developers = make_offer(6), make_developers(50_000, spread=0.0, positions=1)
    offer.is_open[:] = is_open
    users, weight = counted(developers, offer)
    kernel.choose(developers, 0, 50_000, offer, TERMS, 1.0, KEY, 0, -1, users, weight)
    expected = nested_logit(offer, TERMS, np.zeros(4), 255)[0]
    assert fit(users, 50_000 * expected) > 1e-3


def test_sixty_four_models_are_served() -> None:
    offer, developers = make_offer(64), make_developers(100_000, spread=0.0, positions=1)
    users, weight = counted(developers, offer)
    kernel.choose(developers, 0, 100_000, offer, TERMS, 1.0, KEY, 0, -1, users, weight)
    expected = nested_logit(offer, TERMS, np.zeros(4), 255)[0]
    assert fit(users, 100_000 * expected) > 1e-3


def test_nobody_holds_a_model_twice() -> None:
    offer, developers = make_offer(5), make_developers(2_000)
    run_months(developers, offer, TERMS, 1.0, KEY, months=12)
    for held in developers.choice:
        models = held[held != 255]
        assert len(models) == len(set(models.tolist()))


def test_positions_beyond_the_portfolio_stay_empty() -> None:
    offer, developers = make_offer(9), make_developers(1_000)
    seat(developers, offer)
    run_months(developers, offer, TERMS, 0.5, KEY, months=6)
    for position in range(4):
        assert np.all(developers.choice[developers.positions <= position, position] == 255)


def test_a_withdrawn_model_is_reassigned_with_its_counts() -> None:
    offer, developers = make_offer(9), make_developers(1_000)
    users, weight = seat(developers, offer)
    assert users[2] > 0
    kernel.reassign(developers, 0, 1_000, 2, 255, users, weight)
    kernel.reassign(developers, 0, 1_000, 3, 4, users, weight)
    again = counted(developers, offer)
    assert users[2] == users[3] == 0
    assert np.array_equal(users, again[0])
    assert np.array_equal(weight, again[1])


def test_the_same_seed_gives_the_same_choices_and_another_does_not() -> None:
    offer = make_offer(20)
    worlds = [make_developers(4_000) for _ in range(3)]
    for developers, key in zip(worlds, [KEY, KEY, draw_key(2, "us/startup", "choice")], strict=True):
        run_months(developers, offer, TERMS, 0.3, key, months=6)
    assert np.array_equal(worlds[0].choice, worlds[1].choice)
    assert not np.array_equal(worlds[0].choice, worlds[2].choice)


def test_dearer_models_lose_users_with_the_same_draws() -> None:
    offer, dearer = make_offer(20), make_offer(20)
    dearer.base[4] -= 1.0 * 0.5
    dearer.ln_price[4] += 0.5
    worlds = [make_developers(50_000), make_developers(50_000)]
    users = [run_months(d, o, TERMS, 0.3, KEY, months=12)[0] for d, o in zip(worlds, (offer, dearer), strict=True)]
    assert users[1][4] < users[0][4]


DIGEST = """
import hashlib, sys
sys.path[:0] = {paths!r}
from choice_world import TERMS, make_developers, make_offer, run_months
from sim.streams import draw_key
import numpy as np
from sim import numerics
developers, digest = make_developers(6_000), hashlib.sha256()
for models in (13, 40):
    results = run_months(developers, make_offer(models), TERMS, 0.37, draw_key(1, "us/startup", "choice"), months=8)
    digest.update(results[0].tobytes() + results[1].tobytes() + results[2].tobytes())
digest.update(developers.choice.tobytes())
for name in ("exp", "log", "log1p", "expm1", "normal_quantile", "logistic"):
    function = getattr(numerics, name)
    digest.update(np.array([function(float(x)) for x in np.linspace(0.001, 0.999, 999)]).tobytes())
digest.update(np.array([numerics.power(float(x), 1.7) for x in np.linspace(0.1, 99, 999)]).tobytes())
print(digest.hexdigest())
"""


@pytest.mark.slow
def test_the_same_bytes_on_every_x86_level(tmp_path) -> None:
    """The oldest x86-64 (SSE2), one with AVX2 and fused multiply-add, and this machine's own."""
    program = DIGEST.format(paths=sys.path)
    digests = set()
    for cpu in ("x86-64", "haswell", "host"):
        environment = dict(os.environ, WEIGHTSHIFT_CACHE=str(tmp_path / cpu), NUMBA_CPU_NAME=cpu, NUMBA_CPU_FEATURES="")
        if cpu == "host":
            del environment["NUMBA_CPU_NAME"], environment["NUMBA_CPU_FEATURES"]
        done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        digests.add(done.stdout.strip())
    assert len(digests) == 1
    assert len(digests.pop()) == len(hashlib.sha256().hexdigest())
