"""Theory corners: the model's code meets them, and a rule that is a little off does not."""

from __future__ import annotations

import numpy as np
import pytest

from sim.evidence import corners_growth, corners_pricing
from sim.evidence.corner import close
from sim.evidence.corners_growth import bass_peak, growth_corners, wright_slope
from sim.evidence.corners_lockin import STRENGTHS, final_share, locked, lockin_corners, outcomes
from sim.evidence.corners_openness import FEEDBACK, chance_of_opening, depth_of_u, lived_world, openness_corners
from sim.evidence.corners_pricing import by_best_responses, by_the_rules, pricing_corners


def by_id(corners: list) -> dict:
    return {corner.id: corner for corner in corners}


def test_close_has_a_tolerance_on_both_sides() -> None:
    assert close("T", "what", 1.0 + 5e-7, 1.0, "source").passed
    assert not close("T", "what", 1.0 + 5e-6, 1.0, "source").passed
    assert not close("T", "what", float("nan"), 1.0, "source").passed


def test_pricing_rules_find_the_equilibrium() -> None:
    assert all(corner.passed for corner in pricing_corners())


def test_a_rule_that_forgets_the_nest_misses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = corners_pricing.lerner_elasticity
    monkeypatch.setattr(
        corners_pricing, "lerner_elasticity", lambda alpha, sigma, within, share, eps: plain(alpha, 0.0, 0, share, eps)
    )
    found = by_id(pricing_corners())
    assert found["T1.1"].passed and found["T1.2"].passed  # without a nest nothing is forgotten
    assert not found["T1.4"].passed and not found["T1.5"].passed


def test_best_responses_leave_nothing_to_gain() -> None:
    costs, tastes = np.array([1.0, 2.0]), np.array([1.5, 2.5])
    prices = by_best_responses(costs, tastes, 0.5, outside=True)
    np.testing.assert_allclose(prices, by_the_rules(costs, tastes, 0.5, outside=True), rtol=1e-4)
    assert (prices > costs).all()


def test_lock_in_comes_with_the_network_term() -> None:
    few = outcomes((0.5, 2.0), runs=6)
    assert locked(few).tolist() == [0.0, 1.0]
    assert final_share(2.0, 3) == final_share(2.0, 3)


def test_a_network_term_without_effect_fails_the_corners() -> None:
    flat = np.full((len(STRENGTHS), 10), 0.5)
    found = by_id(lockin_corners(flat))
    assert found["T2.1"].passed and found["T2.2"].passed
    assert not found["T2.4"].passed and not found["T2.5"].passed and not found["T2.7"].passed


def test_closed_forms_of_growth() -> None:
    assert all(corner.passed for corner in growth_corners())
    assert wright_slope(0.25) == pytest.approx(0.25, rel=1e-9)
    assert bass_peak(0.01, 0.5) == pytest.approx(np.log(50) / 0.51, rel=1e-3)


def test_a_wrong_learning_rule_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corners_growth, "learned_cost", lambda cost, made, start, rate: cost * (made / start) ** -rate)
    assert not by_id(growth_corners())["T3.1"].passed


def test_depth_of_a_u() -> None:
    assert depth_of_u(np.array([0.5, 0.2, 0.6])) == pytest.approx(0.3)
    assert depth_of_u(np.array([0.1, 0.2, 0.6])) == 0.0
    assert depth_of_u(np.array([0.6, 0.2, 0.1])) == 0.0
    assert by_id(openness_corners(np.array([0.5, 0.2, 0.6])))["T4.1"].passed


def test_openness_is_tried_without_a_trace() -> None:
    world = lived_world()
    before = world.labs["own_weight_feedback"].copy()
    chance = chance_of_opening(world)
    np.testing.assert_array_equal(world.labs["own_weight_feedback"], before)
    assert chance.shape == FEEDBACK.shape and ((chance >= 0) & (chance <= 1)).all()
    assert (np.diff(chance) >= 0).all()  # the flywheel enters as a gain only: no U, and the corner says so
    assert not by_id(openness_corners(chance))["T4.1"].passed
