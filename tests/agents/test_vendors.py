"""Chip vendors: the closed forms of cost, supply, margin and price; capacity and friction in a living world."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import closes, copy_world, flow_usd, parameters, world_after

from sim.accounts import AMD, HUAWEI, N_VENDORS, NVIDIA
from sim.agents import vendors
from sim.ledger import CAPACITY_INVESTMENT

QUICK = settings(max_examples=25, deadline=None)


def test_wright_slope_is_the_learning_rate_per_doubling():
    for doublings in (1, 2, 5):
        cost = vendors.learned_cost(1000.0, 100.0 * 2.0**doublings, 100.0, 0.18)
        assert cost == pytest.approx(1000.0 * 0.82**doublings, rel=1e-12)
    assert vendors.learned_cost(1000.0, 50.0, 100.0, 0.18) == 1000.0
    assert vendors.learned_cost(1000.0, 1e9, 100.0, 0.0) == pytest.approx(1000.0)


def test_ramp_is_an_s_curve():
    assert vendors.ramp(-1.0, 12.0) == 0.0
    assert vendors.ramp(5.0, 12.0) == pytest.approx(0.5)
    assert vendors.ramp(11.0, 12.0) == 1.0
    assert vendors.ramp(100.0, 12.0) == 1.0
    steps = np.diff([vendors.ramp(float(m), 12.0) for m in range(-1, 14)])
    assert (steps >= 0.0).all()


def test_chip_value_is_the_geometric_mean_of_arithmetic_and_bandwidth():
    assert vendors.chip_value(1.0, 3350.0) == pytest.approx(1.0)
    assert vendors.chip_value(4.0, 3350.0) == pytest.approx(2.0)
    assert vendors.chip_value(2.0, 6700.0) == pytest.approx(2.0)  # homogeneous of degree one


@pytest.mark.parametrize(
    ("scarce", "expected"),
    [
        ({}, 100.0),
        ({"packages": 60.0}, 60.0),
        ({"stacks": 200.0}, 40.0),
        ({"wafers": 2.0}, 2.0 * 60.0 * 0.5),
    ],
)
def test_supply_is_leontief(scarce, expected):
    plenty = {"packages": 100.0, "stacks": 1e6, "stacks_per_package": 5.0, "wafers": 1e6}
    values = plenty | scarce
    supply = vendors.supply_in_packages(
        values["packages"], values["stacks"], values["stacks_per_package"], values["wafers"], 60.0, 0.5
    )
    assert supply == pytest.approx(expected)


def test_supply_without_memory_or_wafer_limit():
    assert vendors.supply_in_packages(100.0, 0.0, 0.0, 0.0, 60.0, 0.5) == 100.0


@QUICK
@given(st.lists(st.floats(0.1, 1e6), min_size=6, max_size=6), st.floats(1.0, 10.0))
def test_supply_is_homogeneous_of_degree_one_in_its_pools(x, scale):
    packages, stacks, per_package, wafers, dies, good = *x[:5], min(x[5], 1.0)
    once = vendors.supply_in_packages(packages, stacks, per_package, wafers, dies, good)
    more = vendors.supply_in_packages(packages * scale, stacks * scale, per_package, wafers * scale, dies, good)
    assert more == pytest.approx(once * scale, rel=1e-12)


def test_list_price_at_target_cover_is_the_lerner_price():
    assert vendors.list_price(3000.0, 0.85, 2.5, 2.5, 0.1) == pytest.approx(3000.0 / 0.15)
    assert vendors.list_price(3000.0, 0.85, 5.0, 2.5, 0.1) == pytest.approx(20000.0 * 2.0**0.1)
    assert vendors.list_price(3000.0, 0.05, 0.001, 2.5, 0.2) == 3000.0  # never below cost


@QUICK
@given(st.floats(1.0, 1e5), st.floats(0.0, 0.95), st.floats(0.0, 50.0), st.floats(0.0, 50.0), st.floats(0.0, 0.5))
def test_a_longer_queue_never_lowers_the_list_price(cost, lerner, cover, more, phi):
    low, high = sorted((cover, more))
    assert vendors.list_price(cost, lerner, high, 2.5, phi) >= vendors.list_price(cost, lerner, low, 2.5, phi)


def test_a_single_vendor_prices_as_a_monopolist():
    """With all orders its own, nothing but the bound holds the margin; any rival lowers it."""
    assert vendors.bertrand_margin(4.0, 0.7, 1.0, 0.85) == 0.85
    assert vendors.bertrand_margin(4.0, 0.7, 0.5, 0.85) == pytest.approx(1.0 / (4.0 * 0.7 * 0.5))
    shares = np.linspace(0.0, 1.0, 21)
    margins = [vendors.bertrand_margin(4.0, 0.7, float(s), 0.85) for s in shares]
    assert (np.diff(margins) >= 0.0).all()
    assert max(margins) == 0.85


def test_margin_is_the_bertrand_nash_equilibrium_of_two_sellers_to_logit_buyers():
    """Best replies by search over a fine grid of own prices; unit demand, logit in ln price, no other cost."""
    a, costs = 4.0, np.array([1.0, 1.6])
    prices = costs * 1.5
    grid = np.exp(np.linspace(0.0, 2.0, 200_001))
    for _ in range(40):
        for i in range(2):
            own = costs[i] * grid
            share = own**-a / (own**-a + prices[1 - i] ** -a)
            prices[i] = own[np.argmax((own - costs[i]) * share)]
    shares = prices**-a / (prices**-a).sum()
    for i in range(2):
        margin = 1.0 - costs[i] / prices[i]
        assert vendors.bertrand_margin(a, 1.0, float(shares[i]), 0.99) == pytest.approx(margin, abs=1e-4)


def test_a_monopolist_in_the_economy_asks_for_its_bound():
    world = world_after(18)
    world.bought[:] = 0.0
    world.bought[NVIDIA, 0] = 1000.0
    margin = vendors.wanted_margin(world, NVIDIA, parameters(world))
    assert margin == world.vendors["lerner"][NVIDIA]
    world.bought[AMD, 0] = 9000.0
    assert vendors.wanted_margin(world, NVIDIA, parameters(world)) < margin


@QUICK
@given(st.integers(0, N_VENDORS - 1), st.floats(0.0, 30.0), st.floats(0.0, 30.0))
def test_more_backlog_never_lowers_a_vendors_price(v, one, other):
    prices = []
    for cover in sorted((one, other)):
        world = world_after(24)
        world.vendors["cover_months"][v] = cover
        vendors.set_chip_prices(world)
        prices.append(world.vendors["price"][v])
    assert prices[1] >= prices[0]


def test_prices_move_a_part_of_the_way_and_never_ask_less_than_cost():
    world = world_after(24)
    before = world.vendors["price"].copy()
    vendors.set_chip_prices(world)
    now, target = world.vendors["price"], world.vendors["target_price"]
    sold = world.vendors["unit_cost"] > 0.0
    part = float(parameters(world)["chips_price_adjustment"])
    assert now[sold] == pytest.approx(before[sold] * (target[sold] / before[sold]) ** part, rel=1e-12)
    assert (target[sold] >= world.vendors["unit_cost"][sold]).all()


def test_chips_under_construction_arrive_after_the_build_lag_on_average():
    base, pulse = world_after(12), world_after(12)
    pulse.vendors["packages_pipeline"][NVIDIA, 0] += 1000.0
    arrived = []
    for _ in range(400):
        before = pulse.vendors["packages"][NVIDIA] - base.vendors["packages"][NVIDIA]
        for world in (base, pulse):
            vendors.advance_capacity(world)
        arrived.append(pulse.vendors["packages"][NVIDIA] - base.vendors["packages"][NVIDIA] - before)
    months = np.arange(1, len(arrived) + 1)
    assert sum(arrived) == pytest.approx(1000.0, rel=1e-6)
    lag = float(parameters(base)["chips_build_lag_months"])
    assert np.average(months, weights=arrived) == pytest.approx(lag, rel=1e-4)


def test_making_chips_keeps_to_the_scarcest_pool_and_to_the_count():
    world = world_after(20)
    before = copy_world(world)
    vendors.update_products(world)
    vendors.make_chips(world)
    made = world.vendors["made_h100e"]
    now, old = world.vendors, before.vendors
    assert now["inventory_h100e"] == pytest.approx(old["inventory_h100e"] + made)
    assert now["made_total_h100e"] == pytest.approx(old["made_total_h100e"] + made)
    packages = made / np.maximum(now["product_h100e"], 1e-9)
    assert (packages <= old["packages"] * (1 + 1e-12)).all()
    stacks = packages * now["product_stacks"]
    assert (stacks <= (old["stacks"] + old["stacks_inventory"]) * (1 + 1e-9) + 1e-9).all()
    assert (now["stacks_inventory"] >= -1e-9).all()


@QUICK
@given(st.sampled_from(["packages", "stacks", "wafers"]), st.integers(0, N_VENDORS - 1), st.floats(1.0, 5.0))
def test_a_larger_pool_never_makes_fewer_chips(pool, v, factor):
    base, more = world_after(20), world_after(20)
    more.vendors[pool][v] *= factor
    for world in (base, more):
        vendors.make_chips(world)
    assert more.vendors["made_h100e"][v] >= base.vendors["made_h100e"][v]


def test_product_mix_adds_up_to_one():
    world = world_after(30)
    vendors.update_products(world)
    for v in range(N_VENDORS):
        total = world.skus["mix_share"][world.skus["vendor"] == v].sum()
        assert total == pytest.approx(1.0) or world.vendors["product_h100e"][v] == 0.0
    assert not world.skus["mix_share"][world.skus["variant"] == 1].any()


def test_orders_for_capacity_are_bounded_and_paid():
    world = world_after(20)
    world.vendors["orders_h100e"] *= 100.0
    before = world.vendors["packages_pipeline"].copy()
    vendors.order_capacity(world)
    added = (world.vendors["packages_pipeline"] - before)[:, 0]
    p = parameters(world)
    pool = world.vendors["pool"] == 0
    assert added[~pool].sum() == 0.0
    most = world.vendors["packages"][pool].sum() * p["chips_pool_growth_max"]
    assert 0.0 < added.sum() <= most * (1 + 1e-9)
    advance = added.sum() * p["chips_capacity_prepayment_usd"]
    assert flow_usd(world, CAPACITY_INVESTMENT) == pytest.approx(advance, rel=1e-6)
    assert closes(world)


@QUICK
@given(st.floats(0.1, 60.0), st.floats(0.1, 60.0))
def test_a_longer_queue_never_orders_less_capacity(one, other):
    wanted = []
    for cover in sorted((one, other)):
        world = world_after(20)
        world.vendors["cover_months"][NVIDIA] = cover
        wanted.append(vendors.wanted_packages(world, NVIDIA, parameters(world)))
    assert 0.0 <= wanted[0] <= wanted[1]


def test_friction_erodes_faster_with_the_installed_base_of_the_alternative():
    small, large = world_after(24), world_after(24)
    large.vendors["installed_h100e"][AMD] *= 10.0
    before = small.vendors["friction"].copy()
    for world in (small, large):
        vendors.erode_friction(world)
    assert (small.vendors["friction"] <= before).all()
    assert large.vendors["friction"][AMD] < small.vendors["friction"][AMD]
    assert small.vendors["friction"][NVIDIA] == before[NVIDIA]


def test_denied_demand_feeds_domestic_learning_as_its_parameter_says():
    calm, denied = world_after(24), world_after(24)
    calm.macro["china_unmet"] = 0.0
    denied.macro["china_unmet"] = 1e12  # nearly all of what is ordered
    for world in (calm, denied):
        vendors.grow_domestic_supply(world, HUAWEI)
    p = parameters(calm)
    assert calm.vendors["domestic_learning"][HUAWEI] == pytest.approx(p["chips_domestic_learning_base"])
    more = denied.vendors["domestic_learning"][HUAWEI] - calm.vendors["domestic_learning"][HUAWEI]
    assert more == pytest.approx(p["chips_domestic_learning_denial"], rel=1e-6)
    assert denied.vendors["wafers"][HUAWEI] >= calm.vendors["wafers"][HUAWEI]


def test_product_for_china_is_a_chip_that_may_be_sold_there():
    world = world_after(30)
    for v in range(N_VENDORS):
        s = vendors.china_product(world, v)
        if s >= 0:
            assert world.skus["vendor"][s] == v
            assert world.skus["china_share"][s] > 0.0
            assert world.skus["launch"][s] <= 30 <= world.skus["end"][s]
    world.skus["china_share"] = 0.0
    assert all(vendors.china_product(world, v) == -1 for v in range(N_VENDORS))


def test_margin_at_zero_share_is_the_competitive_limit():
    assert math.isclose(vendors.bertrand_margin(4.0, 1.0, 0.0, 0.9), 0.25)
