"""Industry: robots get cheaper by learning, saturate, and are paid for."""

import numpy as np
import pytest
from worlds import closes, copy_world, flow_usd, parameters, world_after

from sim.agents import industry
from sim.ledger import ROBOT_SALES


def test_price_of_robots_falls_by_the_learning_rate_per_doubling():
    world = world_after(12)
    p = parameters(world)
    world.industries["robots"] = 2.0 * p["industry_robots_start"]
    industry.deploy_robots(world)
    expected = p["industry_robot_price_usd"] * (1.0 - p["industry_learning_rate"])
    assert world.industries["unit_price"] == pytest.approx(expected, rel=1e-12)


def test_robots_are_counted_and_paid():
    world = world_after(12)
    before = copy_world(world)
    industry.deploy_robots(world)
    p = parameters(world)
    retired = before.industries["robots"] / (p["industry_robot_life_years"] * 12.0)
    now = world.industries
    assert now["robots"] == pytest.approx(before.industries["robots"] + now["installs"] - retired)
    assert flow_usd(world, ROBOT_SALES) == pytest.approx((now["installs"] * now["unit_price"]).sum(), rel=1e-9)
    assert closes(world)


def test_nobody_installs_beyond_the_ceiling():
    world = world_after(12)
    world.industries["robots"] = parameters(world)["industry_robots_ceiling"]
    industry.deploy_robots(world)
    assert not world.industries["installs"].any()


def test_better_open_models_never_slow_physical_ai():
    shares = []
    for frontier in np.linspace(80.0, 200.0, 7):
        world = world_after(12)
        world.macro["frontier_open"] = frontier
        industry.deploy_robots(world)
        shares.append(world.industries["physical_share"].copy())
    assert (np.diff(shares, axis=0) >= 0.0).all()
    assert (np.array(shares) <= 1.0).all()
