"""When to stop: looks fixed in advance, targets by unit, coverage after stopping, variance reduction."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.study.looks import half_width, looks, target, variance_ratio


@given(st.integers(2, 500), st.integers(0, 5000))
def test_looks_rise_from_the_minimum_to_the_maximum(minimum, more):
    found = looks(minimum, minimum + more)
    assert found[0] == minimum and found[-1] == minimum + more
    assert all(one < other <= math.ceil(1.5 * one) for one, other in itertools.pairwise(found))


def test_looks_are_few():
    assert looks(20, 200) == (20, 30, 45, 68, 102, 153, 200)


def test_half_width_is_that_of_a_textbook():
    """Ten values 1 to 10: s = 3.02765, t(9; 0.975) = 2.26216."""
    assert half_width(np.arange(1.0, 11.0)) == pytest.approx(2.262157 * 3.027650 / math.sqrt(10.0), rel=1e-6)


def test_one_world_has_no_interval():
    assert math.isnan(half_width(np.array([3.0])))


def test_equal_differences_have_an_interval_of_no_width():
    assert half_width(np.full(20, 0.25)) == 0.0


@pytest.mark.parametrize(
    ("unit", "mean", "expected"),
    [
        ("share", 0.5, 0.01),
        ("share of firms", 0.0, 0.01),
        ("USD/year", -5e11, 5e9),
        ("month", 3.0, 0.12),
        ("month", 24.0, 0.24),
        ("count", 0.0, 0.01),
        ("USD/Mtoken", 0.0, 0.0),
    ],
)
def test_target_is_a_percentage_point_of_a_share_and_a_part_of_anything_else(unit, mean, expected):
    assert target(unit, mean, 0.01) == pytest.approx(expected)


def stopped_interval(draw, wanted):
    """Mean and half-width at the look at which the interval is short enough."""
    for look in looks(20, 200):
        values = draw[:look]
        width = half_width(values)
        if width <= wanted:
            break
    return values.mean(), width, look


@pytest.mark.parametrize("heavy", [False, True])
def test_the_interval_after_stopping_covers_the_truth_nearly_as_often_as_it_says(heavy):
    """Stopping when the interval looks short costs about a percentage point or two of the nominal 95 %.

    Differences of unit variance, normal or heavy-tailed (Student with 5 degrees of freedom), stopped at any of the
    looks: widths are chosen so that runs stop all over the range.
    """
    generator = np.random.default_rng(7)
    covered, stops = [], set()
    for wanted in (0.2, 0.25, 0.3, 0.4):
        for _ in range(600):
            draw = generator.standard_t(5, 200) * math.sqrt(3.0 / 5.0) if heavy else generator.standard_normal(200)
            mean, width, look = stopped_interval(draw, wanted)
            covered.append(abs(mean) <= width)
            stops.add(look)
    assert len(stops) >= 5
    assert 0.925 <= np.mean(covered) <= 0.965


def test_variance_ratio_is_that_of_its_definition():
    generator = np.random.default_rng(1)
    world = generator.standard_normal(100_000)
    one, other = world, world + 0.1 * generator.standard_normal(100_000) + 3.0
    assert variance_ratio(one, other, other - one) == pytest.approx(2.01 / 0.01, rel=0.02)


def test_variance_ratio_of_unrelated_worlds_is_about_one():
    generator = np.random.default_rng(2)
    one, other = generator.standard_normal((2, 100_000))
    assert variance_ratio(one, other, other - one) == pytest.approx(1.0, rel=0.02)


def test_variance_ratio_without_variance():
    varied, same = np.arange(5.0), np.zeros(5)
    assert variance_ratio(varied, varied + 1.0, np.ones(5)) == math.inf
    assert math.isnan(variance_ratio(same, same, same))
    assert math.isnan(variance_ratio(np.ones(1), np.ones(1), np.zeros(1)))
