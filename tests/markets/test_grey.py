"""The grey market: routes to China, and chips that leave one fleet for another."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import closes, copy_world, flow_usd, parameters, world_after

from sim import checks
from sim.accounts import OTHER_CN
from sim.agents import vendors
from sim.ledger import PENALTIES, SMUGGLED_CHIPS
from sim.markets import chips, grey, trade_limits
from sim.world import IN_FORCE, SEA

QUICK = settings(max_examples=25, deadline=None)


def stocked(months, scarcity=1.0):
    """A world in which this month's chips have been made; `scarcity` scales what is in store."""
    world = world_after(months)
    vendors.update_products(world)
    vendors.make_chips(world)
    world.vendors["inventory_h100e"] *= scarcity
    world.vendors["made_total_h100e"] = world.vendors["shipped_total_h100e"] + world.vendors["inventory_h100e"]
    return world


def test_route_flow_is_bounded_by_capacity_and_zero_below_the_risk():
    assert grey.route_flow(1000.0, 0.1, 0.2, 1.5) == 0.0
    assert grey.route_flow(1000.0, 1.2, 0.2, 1.0) == pytest.approx(500.0)
    assert grey.route_flow(1000.0, 1.2, 0.2, 2.0) == pytest.approx(250.0)
    assert grey.route_flow(1000.0, 1e9, 0.2, 1.5) == pytest.approx(1000.0)


@QUICK
@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_stricter_detection_never_raises_smuggling_that_month(one, other):
    arrived = []
    for detection in sorted((one, other)):
        world = stocked(36)
        chips.allocate_and_ship(world)
        parameters(world)["export_controls_detection"] = detection
        grey.smuggle(world)
        arrived.append(world.macro["smuggled_units"][0])
        assert closes(world)
    assert 0.0 <= arrived[1] <= arrived[0]
    assert arrived[0] > 0.0 or min(one, other) > 0.9


def test_smuggled_chips_leave_one_fleet_and_enter_another():
    world = stocked(36)
    chips.allocate_and_ship(world)
    before = copy_world(world)
    parameters(world)["export_controls_detection"] = 0.0
    world.routes["capacity"] *= 3.0
    grey.smuggle(world)
    units = world.macro["smuggled_units"][0]
    assert units > 0.0
    assert world.fleet.sum(axis=0) == pytest.approx(before.fleet.sum(axis=0))
    at_home = world.sites["cloud"] == OTHER_CN
    gain = (world.fleet - before.fleet)[at_home].sum()
    assert gain == pytest.approx(units)
    assert checks.chip_gap(world) <= checks.TOLERANCE
    stock = world.macro["china_stock"][0, 1] - before.macro["china_stock"][0, 1]
    assert stock == pytest.approx(world.macro["smuggled_h100e"][0])
    assert flow_usd(world, SMUGGLED_CHIPS) > 0.0


def carried(hazard=1.0, risk=0.0, fine=0.0, regions=slice(None), months=36):
    """(world before, world after) a month of smuggling under enforcement."""
    world = stocked(months)
    chips.allocate_and_ship(world)
    law = world.policy[IN_FORCE]
    law["detection_hazard"][regions], law["route_risk"][regions] = hazard, risk
    law["smuggling_fine"][regions] = fine
    before = copy_world(world)
    grey.smuggle(world)
    assert closes(world)
    return before, world


def test_hazard_of_detection():
    assert trade_limits.share_found(0.12, 1.0) == 0.12
    assert trade_limits.share_found(0.12, 2.0) == pytest.approx(1.0 - 0.88**2)
    assert trade_limits.share_found(0.12, 0.0) == 0.0


@QUICK
@given(st.floats(0.0, 20.0), st.floats(0.0, 20.0), st.floats(0.0, 1.0), st.floats(0.0, 2.0))
def test_stricter_enforcement_never_raises_that_months_arrivals(one, other, risk, fine):
    arrived = [carried(hazard, risk, fine)[1].macro["smuggled_units"][0] for hazard in sorted((one, other))]
    assert 0.0 <= arrived[1] <= arrived[0] * (1 + 1e-12)
    assert arrived[0] <= carried(min(one, other))[1].macro["smuggled_units"][0] * (1 + 1e-12)


def test_removing_smuggling_never_raises_that_months_arrivals():
    with_routes = carried()[1].macro["smuggled_units"][0]
    world = stocked(36)
    chips.allocate_and_ship(world)
    world.routes["capacity"] = 0.0
    grey.smuggle(world)
    assert world.macro["smuggled_units"][0] == 0.0 < with_routes


def test_what_is_found_is_seized_counted_and_paid_for():
    before, world = carried(hazard=4.0, fine=1.0)
    seized = world.macro["seized_units"][0]
    found = trade_limits.share_found(parameters(world)["export_controls_detection"], 4.0)
    assert seized > 0.0
    assert seized == pytest.approx(found / (1.0 - found) * world.macro["smuggled_units"][0])
    assert before.fleet.sum() - world.fleet.sum() == pytest.approx(seized)
    assert checks.chip_gap(world) <= checks.TOLERANCE
    assert flow_usd(world, PENALTIES) > 0.0


def test_capacity_moves_to_routes_that_still_pay_and_none_is_lost():
    world = stocked(36)
    world.policy[IN_FORCE]["route_risk"][SEA] = 10.0
    before = world.routes["capacity"].copy()
    grey.move_routes(world, 2.0, parameters(world))
    here = world.routes["region"] == SEA
    assert (world.routes["capacity"][here] < before[here]).all()
    assert (world.routes["capacity"][~here] > before[~here]).all()
    assert world.routes["capacity"].sum() == pytest.approx(before.sum())
    calm = stocked(36)
    before = calm.routes["capacity"].copy()
    grey.move_routes(calm, 2.0, parameters(calm))
    assert (calm.routes["capacity"] == before).all()
