"""Expected choice: the plain nested logit, its monotone relations, and the mean-field month."""

from __future__ import annotations

import numpy as np
from choice_world import TERMS, counted, make_developers, make_offer, nested_logit, run_months, with_terms
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.agents.choice_expected import apportion, choose_mean_field, expected_shares
from sim.agents.choice_kernel import choose
from sim.agents.choice_setup import Spread, draw_tastes, quadrature_normals, tastes_of
from sim.streams import draw_key


def shares_of(developers, offer, terms=TERMS, position=0):
    share = np.zeros(offer.base.size + 1)
    log_sum = expected_shares(developers, 0, developers.choice.shape[0], offer, terms, position, share)
    return share, log_sum


def test_expected_shares_are_the_mean_of_the_plain_formula() -> None:
    offer, developers = make_offer(15), make_developers(200)
    run_months(developers, offer, TERMS, 1.0, draw_key(1, "us/startup", "choice"), months=3)
    share, log_sum = shares_of(developers, offer)
    expected, sums = np.zeros(16), []
    for i in range(200):
        tastes = np.array([field[i] for field in developers[:4]], dtype=float)
        others = [int(c) for c in developers.choice[i, 1:] if c != 255]
        one, one_sum, _ = nested_logit(offer, TERMS, tastes, int(developers.choice[i, 0]), others)
        expected += one / 200
        sums.append(one_sum)
    assert np.allclose(share, expected, rtol=1e-10, atol=1e-14)
    assert np.isclose(log_sum, np.mean(sums), rtol=1e-12)


@given(model=st.integers(0, 11), rise=st.floats(1e-6, 5.0), seed=st.integers(0, 50), now=st.integers(0, 12))
@settings(deadline=None, max_examples=60)
def test_a_dearer_model_never_gains_and_a_rival_never_loses(model: int, rise: float, seed: int, now: int) -> None:
    developers = make_developers(40)
    developers.choice[:, 0] = now if now < 12 else 255
    cheap, dear = make_offer(12, seed), make_offer(12, seed)
    # the price coefficient is 1 in the segment, and no individual's is negative
    dear.base[model] -= rise
    dear.ln_price[model] += rise
    developers.taste_price[:] = np.maximum(developers.taste_price, -1.0)
    before, after = shares_of(developers, cheap), shares_of(developers, dear)
    assert after[0][model] <= before[0][model] * (1 + 1e-12)
    rivals = np.arange(13) != model
    assert np.all(after[0][rivals] >= before[0][rivals] * (1 - 1e-12))
    assert after[1] <= before[1] + 1e-12


@given(seed=st.integers(0, 50), sigma=st.floats(0.0, 0.9))
@settings(deadline=None, max_examples=40)
def test_shares_sum_to_one_and_more_choice_is_worth_more(seed: int, sigma: float) -> None:
    developers, terms = make_developers(20), with_terms(sigma_open=sigma)
    all_models, fewer = make_offer(10, seed), make_offer(10, seed)
    fewer.base[3] = -np.inf
    full, less = shares_of(developers, all_models, terms), shares_of(developers, fewer, terms)
    assert np.isclose(full[0].sum(), 1.0, rtol=1e-12)
    assert less[0][3] == 0.0
    assert less[1] < full[1]


@given(total=st.integers(0, 10**12), parts=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=65))
@settings(deadline=None)
def test_apportioned_numbers_keep_the_total_and_the_quota(total: int, parts: list[float]) -> None:
    share = np.array(parts) + 1e-9
    seats = np.zeros(share.size, np.int64)
    apportion(total, share, seats)
    assert seats.sum() == total
    assert np.all(np.abs(seats - total * share / share.sum()) <= 1.0 + 1e-15 * total * share.size)


def test_the_mean_field_month_is_the_limit_of_many_developers() -> None:
    n, nodes, rho, offer = 200_000, 256, 0.3, make_offer(10)
    spread = Spread(price_mean=0.8, price_sigma=0.3, quality=0.3, open=0.4, origin=0.6)
    developers = make_developers(n, positions=1)
    for field, tastes in zip(developers[:4], draw_tastes(5, "us/startup", n, spread), strict=True):
        field[:] = tastes
    many, weight = counted(developers, offer)
    key = draw_key(5, "us/startup", "choice")
    tastes, state = tastes_of(quadrature_normals(nodes), spread), np.zeros((nodes, 11))
    state[:, 10] = 1.0
    few, few_weight = np.zeros((2, 11), np.int64)
    for month in range(12):
        sampled = choose(developers, 0, n, offer, TERMS, rho, key, month, -1, many, weight)
        found = choose_mean_field(tastes, state, n, 7 * n, offer, TERMS, rho, few, few_weight)
        assert found[0] == sampled[0]
        assert abs(found[1] - sampled[1]) < 0.02 * n * rho
        assert abs(found[2] - sampled[2]) < 0.01 * n * rho
        assert few.sum() == n
        assert few_weight.sum() == 840 * 7 * n
    # nodes of a rule of 256 points stand for a continuum: their own error is some tenths of a per cent
    assert np.all(np.abs(many - few) < 0.005 * n)
    assert np.allclose(state.sum(axis=1), 1.0)


def test_nothing_moves_in_the_mean_field_when_nobody_reconsiders() -> None:
    offer, state = make_offer(6), np.full((4, 7), 1 / 7)
    users, weight = np.zeros((2, 7), np.int64)
    tastes = np.zeros((4, 4))
    assert choose_mean_field(tastes, state, 700, 10, offer, TERMS, 0.0, users, weight)[:2] == (0, 0)
    assert users.tolist() == [100] * 7
