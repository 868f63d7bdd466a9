"""The model hub: preferential attachment, exposure, derivatives, ecosystems."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import copy_world, parameters, world_after

from sim.agents import hub

QUICK = settings(max_examples=25, deadline=None)


def test_attachment_is_a_power_law_in_derivatives():
    once = hub.attachment(99.0, 0.0, 0.0, 0.8, 0.1, 1.0)
    twice = hub.attachment(199.0, 0.0, 0.0, 0.8, 0.1, 1.0)
    assert once == pytest.approx(100.0**0.8)
    assert twice / once == pytest.approx(2.0**0.8)
    assert hub.attachment(0.0, 0.0, 0.0, 0.8, 0.1, 1.0) == pytest.approx(1.0)


def test_attachment_in_quality_adopters_and_novelty():
    assert hub.attachment(0.0, 1023.0, 0.0, 0.8, 0.1, 1.0) == pytest.approx(2.0)  # (2^10)^0.1
    assert hub.attachment(0.0, 0.0, -10.0, 0.8, 0.1, 1.0) == pytest.approx(np.exp(-1.0))
    old, new = (hub.attachment(5.0, 5.0, -1.0, 0.8, 0.1, fresh) for fresh in (0.5, 1.0))
    assert old == pytest.approx(0.5 * new)


@QUICK
@given(*[st.floats(0.0, 1e6)] * 4)
def test_attachment_never_falls_with_derivatives_or_adopters(d1, d2, a1, a2):
    low = hub.attachment(min(d1, d2), min(a1, a2), -3.0, 0.8, 0.1, 1.0)
    high = hub.attachment(max(d1, d2), max(a1, a2), -3.0, 0.8, 0.1, 1.0)
    assert high >= low


def test_sublinear_attachment_does_not_lock_in():
    """Two equal families, one far ahead: with exponent below one the ratio returns to one, with one it stays."""
    ends = {}
    for exponent in (0.5, 1.0):
        families = np.array([1000.0, 10.0])
        for _ in range(2000):
            weights = np.array([hub.attachment(float(d), 0.0, 0.0, exponent, 0.1, 1.0) for d in families])
            families += 100.0 * weights / weights.sum() - 0.05 * families
        ends[exponent] = families[0] / families.sum()
    assert ends[0.5] == pytest.approx(0.5, abs=1e-3)
    assert ends[1.0] > 0.9


def test_exposure_and_new_derivatives_add_up():
    world = world_after(30)
    before = copy_world(world)
    hub.run_hub(world)
    assert world.labs["exposure"].sum() == pytest.approx(1.0)
    new = world.labs["derivatives_new"]
    assert new.sum() > 0.0
    hubs = new - world.labs["robot_derivatives"]
    assert hubs / hubs.sum() == pytest.approx(world.labs["exposure"])
    decay = parameters(world)["hub_derivative_decay"]
    assert world.labs["derivatives"] == pytest.approx(before.labs["derivatives"] * (1 - decay) + new)


def test_a_lab_without_open_models_has_no_exposure_and_no_downloads():
    world = world_after(30)
    hub.run_hub(world)
    for row in range(len(world.labs)):
        mine = (world.models["lab"] == row) & (world.models["available"] == 1) & (world.models["open"] == 1)
        if not mine.any():
            assert world.labs["exposure"][row] == 0.0
            assert world.labs["downloads"][row] == 0.0
            assert hub.best_open(world, row) == (0.0, 0)
        else:
            assert hub.best_open(world, row) == (world.models["q"][mine].max(), world.models["released"][mine].max())


def test_ecosystem_forgets_at_its_rate_when_nobody_adopts():
    world = world_after(30)
    world.models["tokens_m"] = 0.0
    parameters(world)["hub_ecosystem_per_derivative"] = 0.0
    before = world.models["ecosystem"].copy()
    hub.run_hub(world)
    there = world.models["available"] == 1
    decay = parameters(world)["hub_ecosystem_decay"]
    assert world.models["ecosystem"][there] == pytest.approx(before[there] * (1 - decay))
