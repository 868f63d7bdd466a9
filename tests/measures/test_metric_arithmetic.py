"""Closed forms of the arithmetic."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.measures.models import months_behind
from sim.measures.money import circulation
from sim.measures.series import herfindahl, ratio, trailing_sum

AMOUNTS = st.lists(st.floats(0.0, 1e9), min_size=2, max_size=8)


def test_ratio_of_nothing_is_undefined():
    assert np.isnan(ratio(np.array([1.0, 0.0, 1.0]), np.array([0.0, 0.0, -2.0]))).all()
    assert ratio(np.array([[1.0, 3.0]]), np.array([[4.0]])).tolist() == [[0.25, 0.75]]


@pytest.mark.parametrize(
    ("amounts", "fringe", "expected"),
    [
        ([5.0, 0.0], 0.0, 10_000.0),
        ([1.0, 1.0], 0.0, 5_000.0),
        ([50.0, 30.0, 20.0], 0.0, 3_800.0),
        ([50.0, 30.0], 20.0, 3_400.0),
        ([0.0, 0.0], 10.0, 0.0),
        ([1.0, -1e-12], 0.0, 10_000.0),
    ],
)
def test_herfindahl_closed_forms(amounts, fringe, expected):
    assert herfindahl(np.array([amounts]), np.array([fringe]))[0] == pytest.approx(expected)


def test_herfindahl_of_nobody_is_undefined():
    assert np.isnan(herfindahl(np.zeros((2, 3)))).all()


@given(AMOUNTS)
def test_herfindahl_lies_between_equal_shares_and_monopoly(amounts):
    index = herfindahl(np.array([amounts]))[0]
    if max(amounts) > 1e-6:
        assert 1e4 / len(amounts) - 1e-6 <= index <= 1e4 + 1e-6


@given(AMOUNTS, st.floats(0.5, 100.0))
def test_herfindahl_has_no_unit(amounts, scale):
    if max(amounts) > 1.0:
        one, other = herfindahl(np.array([amounts, [scale * x for x in amounts]]))
        assert one == pytest.approx(other)


def test_trailing_sum_is_short_at_the_start():
    assert trailing_sum(np.array([1.0, 2.0, 3.0, 4.0]), 3).tolist() == [1.0, 3.0, 6.0, 9.0]
    assert trailing_sum(np.zeros(0), 3).tolist() == []


LEADER = np.array([100.0, 100.0, 110.0, 110.0, 120.0, 120.0])


@pytest.mark.parametrize(
    ("follower", "expected"),
    [
        # at the leader's first level since month 0
        ([90.0, 100.0, 100.0, 100.0, 100.0, 100.0], [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]),
        # 105 was passed half way between months 1 and 2, 115 half way between 3 and 4
        ([80.0, 80.0, 80.0, 105.0, 105.0, 115.0], [0.0, 1.0, 2.0, 1.5, 2.5, 1.5]),
        # 110 in month 2, 120 in month 4
        ([80.0, 80.0, 110.0, 110.0, 110.0, 120.0], [0.0, 1.0, 0.0, 1.0, 2.0, 1.0]),
        # ahead of the leader: no lag
        ([101.0, 130.0, 130.0, 130.0, 130.0, 130.0], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
    ],
)
def test_lag_worked_by_hand(follower, expected):
    assert months_behind(LEADER, np.array(follower)).tolist() == expected


def test_lag_needs_both_frontiers():
    leader = np.array([np.nan, 100.0, 110.0])
    assert np.isnan(months_behind(leader, np.array([np.nan, np.nan, 105.0]))).tolist() == [True, True, False]
    assert months_behind(leader, np.array([np.nan, 90.0, 105.0]))[2] == pytest.approx(0.5)


@given(st.integers(0, 12), st.floats(0.2, 3.0))
def test_a_follower_that_repeats_the_leader_some_months_later_lags_by_them(months, speed):
    leader = 100.0 + speed * np.arange(40.0)
    follower = np.concatenate([np.full(months, leader[0]), leader[: 40 - months]])
    lag = months_behind(leader, follower)
    assert lag[months:] == pytest.approx(np.full(40 - months, float(months)), abs=1e-6)


def three(*values):
    return tuple(np.array([value]) for value in values)


@pytest.mark.parametrize(
    ("forward", "backward", "expected"),
    [
        ((5.0, 7.0, 9.0), (0.0, 0.0, 0.0), 15.0),
        ((5.0, 0.0, 0.0), (2.0, 0.0, 0.0), 4.0),
        ((5.0, 4.0, 3.0), (5.0, 0.0, 0.0), 10.0),
        ((5.0, 4.0, 3.0), (1.0, 1.0, 1.0), 6.0 + 6.0),
        ((1.0, 0.0, 1.0), (0.0, 0.0, 0.0), 0.0),
    ],
)
def test_money_on_cycles_of_three_sectors(forward, backward, expected):
    assert circulation(three(*forward), three(*backward))[0] == expected


@given(*[st.tuples(*[st.floats(0.0, 1e6)] * 3)] * 2)
def test_no_more_money_circulates_than_is_paid(forward, backward):
    assert circulation(three(*forward), three(*backward))[0] <= sum(forward) + sum(backward) + 1e-6
