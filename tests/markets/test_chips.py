"""The chip market: buyers' utility, orders under law, prices and levies."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import closes, copy_world, parameters, world_after

from sim import checks
from sim.accounts import ALIBABA, AMD, HUAWEI, N_CLOUDS, N_VENDORS, NVIDIA
from sim.agents import vendors
from sim.markets import chips
from sim.world import CN, US

QUICK = settings(max_examples=25, deadline=None)


def stocked(months, scarcity=1.0):
    """A world in which this month's chips have been made; `scarcity` scales what is in store."""
    world = world_after(months)
    vendors.update_products(world)
    vendors.make_chips(world)
    world.vendors["inventory_h100e"] *= scarcity
    world.vendors["made_total_h100e"] = world.vendors["shipped_total_h100e"] + world.vendors["inventory_h100e"]
    return world


def china_world(levy=0.0, cap=-1.0, share=1.0):
    """A world in which a compliant chip may be sold to China on the terms given."""
    world = world_after(12)
    s = int(np.flatnonzero((world.skus["vendor"] == NVIDIA) & (world.skus["launch"] <= 6))[0])
    world.vendors["compliant_sku"][NVIDIA] = s
    for name, value in (("share", share), ("taste", 1.0), ("levy", levy), ("cap", cap)):
        world.skus[f"china_{name}"][s] = value
    world.backlog[NVIDIA, ALIBABA] = 1000.0
    return world


def test_utility_of_a_buyer():
    base = chips.buyer_utility(1.0, 0.0, 0.0, 4.0, 0.1)
    assert base == 0.0
    assert chips.buyer_utility(2.0, 0.0, 0.0, 4.0, 0.1) == pytest.approx(4.0 * np.log(2.0))
    assert chips.buyer_utility(1.0, 3.0, 0.5, 4.0, 0.1) == pytest.approx(-0.8)


def test_friction_is_worth_a_share_of_price():
    """With a = 4, a friction of 2.4 is offset by a price lower by 1 - exp(-0.6), about 45 %: the moat."""
    cheaper = chips.buyer_utility(np.exp(2.4 / 4.0), 0.0, 2.4, 4.0, 0.1)
    assert cheaper == pytest.approx(0.0, abs=1e-12)
    assert 1.0 - np.exp(-2.4 / 4.0) == pytest.approx(0.45, abs=0.01)


def test_total_cost_adds_five_years_of_electricity():
    p = parameters(world_after(12))
    dear, cheap = (chips.vendor_total_cost(20_000.0, 0.7, price, 12_000.0, p) for price in (0.1, 0.0))
    assert dear - cheap == pytest.approx(0.7 * p["chips_server_overhead"] * 1.2 * 0.1 * 8760.0 * 5.0)


def test_proportional_allocation_treats_all_alike_and_relationships_do_not():
    p = parameters(world_after(12))
    p["chips_allocation_rule"] = 0.0
    assert chips.allocation_priority(0.9, 0.9, 0.9, 2, p) == 1.0
    p["chips_allocation_rule"] = 1.0
    low, high = (chips.allocation_priority(x, 0.0, 0.0, 2, p) for x in (0.1, 0.5))
    past = float(p["chips_allocation_past"])
    assert high / low == pytest.approx((0.52 / 0.12) ** past)
    p_classes = parameters(world_after(12))
    p_classes["chips_allocation_rule"] = 2.0
    large, small = (chips.allocation_priority(0.1, 0.0, 0.0, kind, p_classes) for kind in (0, 2))
    assert large / small == pytest.approx(float(p_classes["chips_allocation_class_factor"]))
    stake = float(p["chips_allocation_stake"])
    assert chips.allocation_priority(0.1, 0.0, 0.2, 2, p) / low == pytest.approx(1.2**stake)


@pytest.mark.parametrize("rule", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("scarcity", [0.3, 1.0, 5.0])
def test_nobody_receives_more_than_ordered_and_stock_is_not_exceeded(rule, scarcity):
    world = stocked(24, scarcity)
    parameters(world)["chips_allocation_rule"] = rule
    before = copy_world(world)
    chips.allocate_and_ship(world)
    assert (world.shipped <= before.backlog * (1 + 1e-9)).all()
    assert world.backlog == pytest.approx(before.backlog - world.shipped)
    used = world.vendors["shipped_total_h100e"] - before.vendors["shipped_total_h100e"]
    assert (used <= before.vendors["inventory_h100e"] * (1 + 1e-6) + 1e-6).all()
    assert checks.chip_gap(world) <= checks.TOLERANCE
    assert closes(world)
    assert world.shipped[NVIDIA].sum() > 0.0


def test_proportional_rule_serves_the_same_share_of_each_order_outside_china():
    world = stocked(24, 0.2)
    parameters(world)["chips_allocation_rule"] = 0.0
    before = world.backlog.copy()
    chips.allocate_and_ship(world)
    there = (world.clouds["region"] != CN) & (before[NVIDIA] > 1.0)
    served = world.shipped[NVIDIA, there] / before[NVIDIA, there]
    assert served == pytest.approx(served[0])
    assert 0.0 < served[0] < 1.0


@QUICK
@given(st.floats(0.0, 0.5), st.floats(0.0, 0.5))
def test_a_higher_levy_never_raises_orders_for_the_chip(one, other):
    low, high = sorted((one, other))
    weights = []
    for levy in (low, high):
        world = china_world(levy)
        weights.append(chips.vendor_weight(world, NVIDIA, ALIBABA, parameters(world)))
    assert weights[1] <= weights[0]


def test_without_a_licence_nothing_is_delivered_and_a_cap_binds():
    free = china_world()
    p = parameters(free)
    assert chips.deliverable(free, NVIDIA, ALIBABA, 1e6, p) == 1000.0
    assert chips.deliverable(china_world(share=0.0), NVIDIA, ALIBABA, 1e6, p) == 0.0
    capped = china_world(cap=0.1)
    capped.bought[NVIDIA] = 0.0
    assert chips.deliverable(capped, NVIDIA, ALIBABA, 500.0, p) == pytest.approx(50.0)
    denied = china_world()
    denied.vendors["compliant_sku"][NVIDIA] = -1
    assert chips.deliverable(denied, NVIDIA, ALIBABA, 1e6, p) == 0.0
    assert chips.deliverable(denied, HUAWEI, ALIBABA, 0.0, p) == denied.backlog[HUAWEI, ALIBABA]


def test_orders_that_nothing_can_fill_are_cancelled():
    world = world_after(24)
    world.backlog[NVIDIA] = 10.0
    world.vendors["compliant_sku"][NVIDIA] = -1
    world.vendors["china_permission"][NVIDIA] = 1.0
    chips.cancel_refused_orders(world)
    chinese = world.clouds["region"] == CN
    assert not world.backlog[NVIDIA, chinese].any()
    assert (world.backlog[NVIDIA, ~chinese] == 10.0).all()
    assert (world.backlog[HUAWEI] == world_after(24).backlog[HUAWEI]).all()


def test_memory_of_purchases_lasts_a_year():
    world = world_after(24)
    world.bought[:] = 1.0
    for _ in range(12):
        chips.fade_memory(world)
    assert world.bought == pytest.approx((11.0 / 12.0) ** 12)


def test_orders_are_never_negative_and_keep_to_the_law():
    world = world_after(24)
    chips.order_chips(world)
    assert (world.backlog >= 0.0).all()
    assert (world.vendors["orders_h100e"] >= 0.0).all()
    foreign = world.clouds["region"] != CN
    assert not world.backlog[HUAWEI, foreign].any()
    assert not world.backlog[HUAWEI + 1, foreign].any()


@QUICK
@given(st.integers(0, 5), st.floats(0.0, 10.0), st.floats(0.0, 10.0))
def test_more_friction_never_raises_a_vendors_weight(k, one, other):
    world = world_after(24)
    weights = []
    for friction in sorted((one, other)):
        world.vendors["friction"][AMD] = friction
        weights.append(chips.vendor_weight(world, AMD, k, parameters(world)))
    assert weights[1] <= weights[0]


def test_every_pair_of_vendor_and_cloud_has_a_finite_weight():
    world = world_after(36)
    p = parameters(world)
    table = np.array([[chips.vendor_weight(world, v, k, p) for k in range(N_CLOUDS)] for v in range(N_VENDORS)])
    assert np.isfinite(table).all() and (table >= 0.0).all()
    assert (table[NVIDIA, world.clouds["region"] == US] > 0.0).all()
