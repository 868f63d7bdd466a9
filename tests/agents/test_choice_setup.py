"""Seats and tastes: proportional, house-monotone, and stable when the population grows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.agents.choice_setup import (
    Spread,
    draw_intensity,
    draw_positions,
    draw_tastes,
    quadrature_normals,
    seat_developers,
    tastes_of,
)

SPREAD = Spread(price_mean=0.8, price_sigma=0.4, quality=0.3, open=0.5, origin=0.7)
WEIGHTS = st.lists(st.floats(0.0, 1e6), min_size=1, max_size=30).filter(lambda w: sum(w) > 1e-3)


@given(total=st.integers(0, 20_000), weights=WEIGHTS)
@settings(deadline=None)
def test_one_more_developer_goes_to_exactly_one_community(total: int, weights: list[float]) -> None:
    before, after = seat_developers(total, weights), seat_developers(total + 1, weights)
    assert before.sum() == total
    assert sorted((after - before).tolist()) == [0] * (len(weights) - 1) + [1]


@given(total=st.integers(1, 3_000), weights=WEIGHTS)
@settings(deadline=None)
def test_seats_are_those_of_the_plain_procedure(total: int, weights: list[float]) -> None:
    seats = np.zeros(len(weights), dtype=np.int64)
    for _ in range(total):
        seats[int(np.argmax(np.array(weights) / (2 * seats + 1)))] += 1
    assert np.array_equal(seat_developers(total, weights), seats)


def test_seats_follow_the_weights() -> None:
    assert seat_developers(1000, [1, 2, 7]).tolist() == [100, 200, 700]
    assert seat_developers(5, [0, 1]).tolist() == [0, 5]
    # the parties of the textbook example of Sainte-Lague: 53, 24 and 23 % of seven seats
    assert seat_developers(7, [53, 24, 23]).tolist() == [3, 2, 2]


@pytest.mark.parametrize(("total", "weights"), [(-1, [1.0]), (3, [0.0, 0.0]), (3, [-1.0, 2.0]), (3, [float("nan")])])
def test_impossible_seats_are_refused(total: int, weights: list[float]) -> None:
    with pytest.raises(ValueError, match="weights >= 0"):
        seat_developers(total, weights)


@given(few=st.integers(0, 300), extra=st.integers(0, 300), seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=30)
def test_a_larger_community_repeats_the_smaller(few: int, extra: int, seed: int) -> None:
    tastes = [draw_tastes(seed, "us/startup", n, SPREAD) for n in (few, few + extra)]
    assert np.array_equal(tastes[0], tastes[1][:, :few])
    intensity = [draw_intensity(seed, "us/startup", n, 100.0, 1.5) for n in (few, few + extra)]
    assert np.array_equal(intensity[0], intensity[1][:few])
    positions = [draw_positions(seed, "us/startup", n, [0.4, 0.3, 0.2, 0.1]) for n in (few, few + extra)]
    assert np.array_equal(positions[0], positions[1][:few])


def test_tastes_have_the_moments_that_are_asked_for() -> None:
    tastes = draw_tastes(7, "us/startup", 100_000, SPREAD).astype(float)
    assert tastes.dtype == float
    assert np.all(np.abs(tastes.mean(axis=1)) < 4 * tastes.std(axis=1) / np.sqrt(100_000))
    assert np.allclose(tastes[1:].std(axis=1), [0.3, 0.5, 0.7], rtol=0.01)
    assert np.isclose(np.log(1 + tastes[0] / 0.8).std(), 0.4, rtol=0.01)
    assert np.all(tastes[0] > -0.8)  # nobody likes a higher price
    assert np.all(np.abs(np.corrcoef(tastes) - np.eye(4)) < 0.02)


def test_communities_and_purposes_have_their_own_draws() -> None:
    assert not np.array_equal(draw_tastes(7, "us/startup", 9, SPREAD), draw_tastes(7, "cn/startup", 9, SPREAD))
    tastes = draw_tastes(7, "us/startup", 9, SPREAD._replace(quality=1.0, open=1.0, origin=1.0))
    assert np.unique(tastes).size == 36


def test_intensity_is_heavy_tailed_whole_and_bounded() -> None:
    intensity = draw_intensity(1, "us/router", 100_000, 100.0, 2.0)
    assert intensity.dtype == np.int32
    assert intensity.min() >= 1
    assert intensity.max() <= 1_000_000
    assert abs(np.median(intensity) - 100) < 5
    assert np.sort(intensity)[-10_000:].sum() > 0.5 * intensity.sum()


def test_positions_have_the_shares_that_are_asked_for() -> None:
    found = np.bincount(draw_positions(1, "us/router", 100_000, [4, 3, 2, 1]), minlength=5)
    assert found[0] == 0
    assert np.allclose(found[1:] / 100_000, [0.4, 0.3, 0.2, 0.1], atol=0.01)


def test_the_quadrature_has_the_moments_of_the_normal() -> None:
    normals = quadrature_normals(256)
    assert np.allclose(normals.mean(axis=1), 0.0, atol=0.02)
    assert np.allclose(normals.std(axis=1), 1.0, atol=0.03)
    assert np.all(np.isfinite(tastes_of(quadrature_normals(1), SPREAD)))
    with pytest.raises(ValueError, match="power of two"):
        quadrature_normals(48)
