"""Clearing of mutual debts: closed forms, a published example, and what every clearing vector must obey."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from sim.markets.clearing import clear, split_cents

QUICK = settings(max_examples=60, deadline=None)


def by_linear_programme(debts, assets):
    """Payments that maximise their sum under limited liability, no cost of default (Eisenberg and Noe 2001)."""
    owed = debts.sum(axis=1)
    shares = np.divide(debts, owed[:, None], out=np.zeros_like(debts), where=owed[:, None] > 0.0)
    bounds = [(0.0, limit) for limit in owed]
    found = linprog(-np.ones(owed.size), A_ub=np.eye(owed.size) - shares.T, b_ub=assets, bounds=bounds, method="highs")
    return found.x


def by_iteration(debts, assets, alpha, beta):
    """Greatest fixed point from above: all pay in full, then as far as the last round's receipts allow."""
    owed = debts.sum(axis=1)
    shares = np.divide(debts, owed[:, None], out=np.zeros_like(debts), where=owed[:, None] > 0.0)
    paid = owed.copy()
    for _ in range(100_000):
        received = paid @ shares
        able = assets + received >= owed * (1.0 - 1e-12)
        then = np.where(able, owed, alpha * assets + beta * received)
        if np.array_equal(then, paid):
            break
        paid = then
    return paid


@st.composite
def networks(draw, most=7):
    """Debts and assets in whole USD, dense or sparse, often with a sink, and recovery rates."""
    n = draw(st.integers(2, most))
    amounts = st.one_of(st.just(0), st.integers(0, 100))
    debts = np.array(draw(st.lists(amounts, min_size=n * n, max_size=n * n)), dtype=float).reshape(n, n)
    np.fill_diagonal(debts, 0.0)
    if draw(st.booleans()):
        debts[-1] = 0.0
    assets = np.array(draw(st.lists(st.integers(0, 150), min_size=n, max_size=n)), dtype=float)
    rates = st.sampled_from([0.0, 0.25, 0.4, 0.5, 0.75, 0.9, 1.0])
    return debts, assets, draw(rates), draw(rates)


# ---------------------------------------------------------------- closed forms


def test_two_firms_without_costs():
    """Firm 1 owes 10 to firm 2 and 10 outside with 4 of its own: it pays x = 4 + y, firm 2 pays its 5."""
    debts = np.array([[0.0, 10.0, 10.0], [5.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    found = clear(debts, np.array([4.0, 2.0, 0.0]))
    assert found.paid == pytest.approx([9.0, 5.0, 0.0])
    assert found.received == pytest.approx([5.0, 4.5, 4.5])
    assert found.defaults.tolist() == [True, False, False]
    assert found.rounds == 1


def test_two_firms_that_both_fail_without_costs():
    """p1 = 1 + p2 and p2 = 1 + p1 / 2, so p1 = 4 and p2 = 3."""
    debts = np.array([[0.0, 5.0, 5.0], [8.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    found = clear(debts, np.array([1.0, 1.0, 0.0]))
    assert found.paid == pytest.approx([4.0, 3.0, 0.0])
    assert found.rounds == 1


@pytest.mark.parametrize("alpha", [0.0, 0.3, 0.8, 1.0])
@pytest.mark.parametrize("beta", [0.0, 0.4, 0.9])
def test_two_firms_with_costs_of_default(alpha, beta):
    """p1 = alpha e1 + beta p2 and p2 = alpha e2 + beta q p1, with q the part of firm 1's debts that it owes to 2.

    Both fail even before any cost, so p1 = alpha (e1 + beta e2) / (1 - beta^2 q).
    """
    e1, e2, q = 1.0, 1.0, 0.5
    debts = np.array([[0.0, 5.0, 5.0], [8.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    p1 = alpha * (e1 + beta * e2) / (1.0 - beta * beta * q)
    found = clear(debts, np.array([e1, e2, 0.0]), alpha, beta)
    assert found.paid == pytest.approx([p1, alpha * e2 + beta * q * p1, 0.0])
    assert found.defaults.tolist() == [True, True, False]


def test_costs_of_default_spread_it():
    """Firm 1 lacks 1 of 10. Without costs firm 2 still pays its 9; if half of firm 1 is lost, firm 2 fails as well."""
    debts = np.array([[0.0, 10.0, 0.0], [0.0, 0.0, 9.0], [0.0, 0.0, 0.0]])
    assets = np.array([9.0, 0.0, 0.0])
    free = clear(debts, assets)
    assert free.paid == pytest.approx([9.0, 9.0, 0.0])
    assert free.defaults.tolist() == [True, False, False]
    costly = clear(debts, assets, recovery_outside=0.5)
    assert costly.paid == pytest.approx([4.5, 4.5, 0.0])
    assert costly.defaults.tolist() == [True, True, False]
    assert costly.rounds == 2


def test_costs_are_borne_only_in_default():
    debts = np.array([[0.0, 10.0], [7.0, 0.0]])
    found = clear(debts, np.array([3.0, 0.0]), 0.0, 0.0)
    assert found.paid.tolist() == [10.0, 7.0]
    assert found.rounds == 0


def test_of_several_solutions_the_greatest():
    """Two firms without assets owe each other 1: paying nothing would also clear."""
    found = clear(np.array([[0.0, 1.0], [1.0, 0.0]]), np.zeros(2), 0.5, 0.5)
    assert found.paid.tolist() == [1.0, 1.0]
    ring = clear(np.array([[0.0, 10.0], [5.0, 0.0]]), np.zeros(2))
    assert ring.paid.tolist() == [5.0, 5.0]


# ---------------------------------------------------------------- a published example

PUBLISHED_DEBTS = np.array([[0.0, 0.5, 0.5, 1.5], [0.5, 0.0, 0.5, 0.5], [0.5, 0.5, 0.0, 0.5], [0.0, 0.0, 0.0, 0.0]])
PUBLISHED_ASSETS = np.array([1 / 2, 5 / 8, 3 / 4, 0.0])


def test_published_example():
    """Documentation of the R package systemicrisk 0.4 (Gandy and Veraart), help page `default_clearing`.

    ea = (1/2, 5/8, 3/4), el = (3/2, 1/2, 1/2) to outsiders, all other debts 1/2. Its clearing vector by hand: firm 3
    pays in full, and p1 = 1 + p2 / 3, p2 = 9/8 + p1 / 5 give p2 = 159/112.
    """
    found = clear(PUBLISHED_DEBTS, PUBLISHED_ASSETS)
    assert found.paid[:3].round(4).tolist() == [1.4732, 1.4196, 1.5]
    assert found.paid == pytest.approx([165 / 112, 159 / 112, 1.5, 0.0], rel=1e-14)
    assert found.defaults.tolist() == [True, True, False, False]
    assert found.paid == pytest.approx(by_linear_programme(PUBLISHED_DEBTS, PUBLISHED_ASSETS), abs=1e-9)


def test_published_example_with_costs_of_default():
    """The same page's second call, alpha = 0.5 and beta = 0.7: all three fail, p = (I - 0.7 S')^-1 (0.5 e)."""
    found = clear(PUBLISHED_DEBTS, PUBLISHED_ASSETS, 0.5, 0.7)
    shares = PUBLISHED_DEBTS[:3, :3] / PUBLISHED_DEBTS[:3].sum(axis=1)[:, None]
    exact = np.linalg.solve(np.eye(3) - 0.7 * shares.T, 0.5 * PUBLISHED_ASSETS[:3])
    assert found.paid[:3] == pytest.approx(exact, rel=1e-13)
    assert found.defaults.tolist() == [True, True, True, False]


# ---------------------------------------------------------------- what always holds


@QUICK
@given(networks())
def test_clearing_vector(case):
    """Limited liability, absolute priority, and the greatest of the fixed points."""
    debts, assets, alpha, beta = case
    found = clear(debts, assets, alpha, beta)
    owed = debts.sum(axis=1)
    has = assets + found.received
    left = np.where(found.defaults, alpha * assets + beta * found.received, has)
    slack = 1e-9 * (1.0 + owed + has)
    assert (found.paid >= 0.0).all()
    assert (found.paid <= owed + slack).all()
    assert (found.paid <= left + slack).all()  # nobody pays more than it has
    in_full = found.paid >= owed
    all_it_has = np.abs(found.paid - left) <= slack
    assert (in_full | all_it_has).all()
    assert (found.defaults | (found.paid == owed)).all()
    assert found.paid == pytest.approx(by_iteration(debts, assets, alpha, beta), rel=1e-7, abs=1e-6)


@QUICK
@given(networks())
def test_without_costs_the_linear_programme_agrees(case):
    debts, assets, _, _ = case
    assert clear(debts, assets).paid == pytest.approx(by_linear_programme(debts, assets), abs=1e-6)


@QUICK
@given(networks())
def test_creditors_share_in_proportion(case):
    """What j receives is the sum of equal parts of all debts to it, and nothing is lost on the way."""
    debts, assets, alpha, beta = case
    found = clear(debts, assets, alpha, beta)
    owed = debts.sum(axis=1)
    parts = np.divide(found.paid, owed, out=np.zeros_like(owed), where=owed > 0.0)
    assert found.received == pytest.approx((parts[:, None] * debts).sum(axis=0), abs=1e-9)
    assert found.received.sum() == pytest.approx(found.paid.sum(), abs=1e-9)


@QUICK
@given(networks(), st.data())
def test_more_assets_or_better_recovery_never_hurt_a_creditor(case, data):
    debts, assets, alpha, beta = case
    base = clear(debts, assets, alpha, beta)
    firm = data.draw(st.integers(0, assets.size - 1))
    richer = assets.copy()
    richer[firm] += data.draw(st.integers(0, 50))
    better = st.floats(0.0, 1.0, allow_subnormal=False)
    up = lambda rate: rate + (1.0 - rate) * data.draw(better)  # noqa: E731
    for other in (
        clear(debts, richer, alpha, beta),
        clear(debts, assets, up(alpha), beta),
        clear(debts, assets, alpha, up(beta)),
    ):
        assert (other.paid >= base.paid - 1e-7).all()
        assert (other.defaults <= base.defaults).all()


@QUICK
@given(networks(), st.randoms(use_true_random=False))
def test_the_order_of_firms_does_not_matter(case, random):
    debts, assets, alpha, beta = case
    order = list(range(assets.size))
    random.shuffle(order)
    base = clear(debts, assets, alpha, beta)
    found = clear(debts[np.ix_(order, order)], assets[order], alpha, beta)
    assert found.paid == pytest.approx(base.paid[order], rel=1e-12, abs=1e-12)
    assert found.defaults.tolist() == base.defaults[order].tolist()
    assert found.rounds == base.rounds


@QUICK
@given(networks())
def test_money_units_do_not_matter(case):
    debts, assets, alpha, beta = case
    base, scaled = clear(debts, assets, alpha, beta), clear(debts * 2.0**30, assets * 2.0**30, alpha, beta)
    assert (scaled.paid == base.paid * 2.0**30).all()


def test_a_large_chain_falls_one_by_one():
    """63 firms in a row and a sink: each lives off the one before, so each round brings down one more."""
    n = 64
    debts = np.zeros((n, n))
    debts[np.arange(n - 1), np.arange(1, n)] = 100.0
    assets = np.zeros(n)
    assets[0] = 50.0
    found = clear(debts, assets)
    assert found.paid[:-1].tolist() == [50.0] * (n - 1)
    assert found.rounds == n - 1


@pytest.mark.parametrize(
    ("debts", "assets", "alpha", "beta", "words"),
    [
        (np.zeros((2, 3)), np.zeros(2), 1.0, 1.0, "do not fit"),
        (np.array([[0.0, -1.0], [0.0, 0.0]]), np.zeros(2), 1.0, 1.0, "negative"),
        (np.zeros((2, 2)), np.array([-1.0, 0.0]), 1.0, 1.0, "negative"),
        (np.zeros((2, 2)), np.array([np.nan, 0.0]), 1.0, 1.0, "finite"),
        (np.eye(2), np.zeros(2), 1.0, 1.0, "itself"),
        (np.zeros((2, 2)), np.zeros(2), 1.1, 1.0, "recovery_outside"),
        (np.zeros((2, 2)), np.zeros(2), 1.0, -0.1, "recovery_interbank"),
    ],
)
def test_what_cannot_be_cleared_is_refused(debts, assets, alpha, beta, words):
    with pytest.raises(ValueError, match=words):
        clear(debts, assets, alpha, beta)


# ---------------------------------------------------------------- whole cents


def split(total, weights):
    out = np.zeros(len(weights), np.int64)
    given_out = split_cents(total, np.array(weights, dtype=float), out)
    assert given_out == out.sum()
    return out.tolist()


def test_largest_remainder():
    assert split(100, [1.0, 1.0, 1.0]) == [34, 33, 33]
    assert split(10, [0.15, 0.25, 0.6]) == [2, 2, 6]  # 1.5 and 2.5: equal remainders, the first comes first
    assert split(1, [0.0, 1.0, 3.0]) == [0, 0, 1]
    assert split(0, [1.0, 2.0]) == [0, 0]
    assert split(5, [0.0, 0.0]) == [0, 0]


@QUICK
@given(
    st.integers(0, 10**15),
    st.lists(st.one_of(st.just(0.0), st.floats(1e-6, 1e12)), min_size=1, max_size=20),
)
def test_cents_add_up(total, weights):
    out = np.array(split(total, weights))
    weights = np.array(weights)
    assert (out >= 0).all()
    assert (out[weights == 0.0] == 0).all()
    if weights.sum() > 0.0:
        assert out.sum() == total
        assert np.abs(out - total * (weights / weights.sum())).max() <= 1.0 + 1e-15 * total
