"""Caps, sales rules by region, subsidiaries abroad: signs of the one act, the state held fixed, and where it binds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import closes, copy_world, parameters, same_bytes, world_after

from sim import checks
from sim.accounts import ALIBABA, EU_CLOUD, GULF_CLOUD, HUAWEI, LAB_KEYS, MICROSOFT, NVIDIA
from sim.agents import clouds, vendors
from sim.markets import chips, compute, trade_limits
from sim.world import CN, EU, EXPECTED, GULF, IN_FORCE, SEA, US

DEEPSEEK = LAB_KEYS.index("deepseek")
FEW = settings(max_examples=12, deadline=None)
SHARES = st.floats(0.0, 1.0)


def stocked(months=24):
    """A world in which this month's chips have been made."""
    world = world_after(months)
    vendors.update_products(world)
    vendors.make_chips(world)
    world.vendors["made_total_h100e"] = world.vendors["shipped_total_h100e"] + world.vendors["inventory_h100e"]
    return world


def rule_at(world, region, share, levy=0.0, cap=-1.0, line=0.0):
    """Let through a share of Nvidia's chips from a line (TPP) on to a region."""
    caught = (world.skus["vendor"] == NVIDIA) & (world.skus["tpp"] >= line)
    world.skus["sale_share"][caught, region] = share
    world.skus["sale_levy"][caught, region] = levy
    world.skus["sale_cap"][caught, region] = cap
    world.vendors["restricted"][NVIDIA, region] = 1


def shipped(world, k, v=NVIDIA):
    chips.allocate_and_ship(world)
    assert checks.chip_gap(world) <= checks.TOLERANCE
    assert closes(world)
    return float(world.shipped[v, k])


@FEW
@given(st.floats(1.0, 60_000.0), st.floats(1.0, 60_000.0))
def test_a_stricter_threshold_never_raises_legal_sales(one, other):
    sold = []
    for line in sorted((one, other)):
        world = stocked()
        rule_at(world, GULF, 0.0, line=line)
        sold.append(shipped(world, GULF_CLOUD))
    assert sold[0] <= sold[1] * (1 + 1e-9) + 1e-9


@FEW
@given(SHARES, SHARES)
def test_a_higher_approval_rate_never_lowers_deliveries(one, other):
    sold = []
    for share in sorted((one, other)):
        world = stocked()
        rule_at(world, GULF, share)
        sold.append(shipped(world, GULF_CLOUD))
    assert sold[0] <= sold[1] * (1 + 1e-9) + 1e-9


@FEW
@given(st.floats(0.0, 2.0), st.floats(0.0, 2.0))
def test_a_tighter_volume_cap_never_raises_deliveries(one, other):
    sold = []
    for cap in sorted((one, other)):
        world = stocked()
        rule_at(world, GULF, 1.0, cap=cap / 100.0)
        sold.append(shipped(world, GULF_CLOUD))
    assert sold[0] <= sold[1] * (1 + 1e-9) + 1e-9


def test_full_denial_to_the_gulf_leaves_nothing_and_all_let_through_is_the_free_market():
    free, open_, closed = stocked(), stocked(), stocked()
    rule_at(open_, GULF, 1.0)
    rule_at(closed, GULF, 0.0)
    sold = [shipped(world, GULF_CLOUD) for world in (free, open_, closed)]
    assert sold[0] > 0.0 and sold[2] == 0.0
    assert sold[1] == pytest.approx(sold[0])
    weight = [chips.permission(world, NVIDIA, GULF_CLOUD) for world in (free, closed)]
    assert weight == [1.0, 0.0]


@FEW
@given(SHARES, SHARES)
def test_a_levy_never_lowers_the_price_outside_china_either(one, other):
    paid = []
    for levy in sorted((one, other)):
        world = stocked()
        rule_at(world, GULF, 1.0, levy=levy)
        before = world.payable[NVIDIA, GULF_CLOUD]
        units = shipped(world, GULF_CLOUD)
        paid.append((world.payable[NVIDIA, GULF_CLOUD] - before) / units)
    assert paid[0] <= paid[1] * (1 + 1e-9)


def country_cap(world, region, cap, exempt=0.0):
    law = world.policy[IN_FORCE]
    law["country_cap_h100e"][region], law["country_cap_exempt"][region] = cap, exempt
    law["country_cap_since"][region] = int(world.macro["month"][0])


@FEW
@given(st.floats(0.0, 5000.0), st.floats(0.0, 5000.0), st.floats(0.0, 500.0))
def test_a_tighter_country_cap_never_raises_deliveries_and_binds(one, other, exempt):
    sold = []
    for cap in sorted((one, other)):
        world = stocked()
        country_cap(world, GULF, cap, exempt)
        chips.allocate_and_ship(world)
        got = world.shipped[:4, GULF_CLOUD].sum()
        small = exempt * world.clouds["firms"][GULF_CLOUD] / 12.0
        assert got <= (cap + small) * (1 + 1e-9) + 1e-6
        sold.append(float(world.shipped[NVIDIA, GULF_CLOUD]))
    assert sold[0] <= sold[1] * (1 + 1e-9) + 1e-9


def test_a_capped_country_keeps_sites_of_us_clouds_small_too():
    world = stocked()
    country_cap(world, EU, 0.0)
    sites = (world.sites["cloud"] == MICROSOFT) & (world.sites["region"] == EU)
    before = copy_world(world)
    assert shipped(world, MICROSOFT) > 0.0
    assert world.sites["received_total_h100e"][sites] == pytest.approx(before.sites["received_total_h100e"][sites])
    world = stocked()
    world.policy["home_share_min"] = 1.0
    shipped(world, MICROSOFT)
    abroad = (world.sites["cloud"] == MICROSOFT) & (world.sites["region"] != US)
    assert world.sites["received_total_h100e"][abroad] == pytest.approx(before.sites["received_total_h100e"][abroad])


@FEW
@given(SHARES, SHARES)
def test_a_higher_home_share_never_leaves_more_for_abroad_and_is_anticipated(one, other):
    left = []
    for least in sorted((one, other)):
        world = world_after(24)
        world.policy[EXPECTED]["home_share_min"] = least
        total = world.sites["share"][world.sites["cloud"] == MICROSOFT].sum()
        clouds.keep_at_home(world, MICROSOFT)
        mine = world.sites["cloud"] == MICROSOFT
        assert world.sites["share"][mine].sum() == pytest.approx(total)
        left.append(world.sites["share"][mine & (world.sites["region"] != US)].sum())
        assert left[-1] <= (1.0 - least) * total + 1e-12
    assert left[1] <= left[0] + 1e-12


@FEW
@given(st.floats(0.0, 2.0), st.floats(0.0, 2.0))
def test_an_entity_cap_never_raises_the_named_clouds_holdings(one, other):
    held = []
    for factor in sorted((one, other)):
        world = stocked()
        cap = factor * trade_limits.us_designed_held(world, MICROSOFT)
        before = trade_limits.us_designed_held(world, MICROSOFT)
        world.policy["entity_cap_h100e"][:, MICROSOFT] = cap
        chips.allocate_and_ship(world)
        held.append(trade_limits.us_designed_held(world, MICROSOFT))
        assert held[-1] <= max(cap, before) * (1 + 1e-9)
    assert held[0] <= held[1] * (1 + 1e-9)


def test_a_listed_chinese_cloud_turns_to_domestic_chips():
    free, listed = world_after(36), world_after(36)
    for world in (free, listed):
        s = int(np.flatnonzero((world.skus["vendor"] == NVIDIA) & (world.skus["launch"] <= 6))[0])
        world.vendors["compliant_sku"][NVIDIA] = s
        world.skus["china_share"][s] = world.skus["china_taste"][s] = 1.0
    listed.policy["entity_cap_h100e"][:, ALIBABA] = 0.0
    for world in (free, listed):
        chips.order_chips(world)
    assert listed.backlog[NVIDIA, ALIBABA] < free.backlog[NVIDIA, ALIBABA]
    assert listed.backlog[HUAWEI, ALIBABA] > free.backlog[HUAWEI, ALIBABA]


def test_subsidiaries_buy_the_whole_roadmap_until_an_entity_rule_holds():
    world = world_after(8)
    assert trade_limits.subsidiary_share(world, ALIBABA) > 0.0
    assert trade_limits.subsidiary_region(world, ALIBABA) == SEA
    assert trade_limits.subsidiary_share(world, MICROSOFT) == 0.0
    vendors.update_products(world)
    vendors.make_chips(world)
    world.backlog_abroad[NVIDIA, ALIBABA] = 50.0
    chips.count_backlog(world)
    before = copy_world(world)
    chips.allocate_and_ship(world)
    there = (world.sites["cloud"] == ALIBABA) & (world.sites["region"] == SEA)
    came = (world.sites["received_total_h100e"] - before.sites["received_total_h100e"])[there].sum()
    assert came == pytest.approx(50.0 - world.backlog_abroad[NVIDIA, ALIBABA]) and came > 0.0
    assert checks.chip_gap(world) <= checks.TOLERANCE and closes(world)
    world.policy["entity_offshore"] = 0.0
    chips.cancel_refused_orders(world)
    assert not world.backlog_abroad.any()


@FEW
@given(SHARES, SHARES)
def test_a_tighter_remote_access_share_never_raises_rented_compute(one, other):
    rented = []
    for share in sorted((one, other)):
        world = world_after(36)
        world.policy["remote_access"][:, CN * 6 : CN * 6 + 6] = share
        world.policy["remote_access"][:, CN * 6 + CN] = 1.0
        compute.choose_regions(world)
        compute.clear_compute_market(world)
        rented.append(1.0 - world.lab_region[DEEPSEEK, CN])
        assert world.lab_region.sum(axis=1)[world.labs["active"] == 1] == pytest.approx(1.0)
    assert rented[0] <= rented[1] + 1e-12


def test_labs_leave_ahead_of_a_rule_that_they_expect():
    free, warned = world_after(36), world_after(36)
    warned.policy[EXPECTED]["remote_access"][CN * 6 : CN * 6 + 6] = 0.0
    warned.policy[EXPECTED]["remote_access"][CN * 6 + CN] = 1.0
    for world in (free, warned):
        compute.choose_regions(world)
    assert warned.lab_region[DEEPSEEK, CN] > free.lab_region[DEEPSEEK, CN]


@FEW
@given(SHARES, SHARES)
def test_fewer_tools_never_make_domestic_wafers_grow_faster(one, other):
    wafers = []
    for allowed in sorted((one, other)):
        world = world_after(24)
        world.policy["tools_allowed"] = allowed
        vendors.grow_domestic_supply(world, HUAWEI)
        wafers.append(world.vendors["wafers"][HUAWEI])
    assert wafers[0] <= wafers[1]


def test_without_tools_domestic_memory_falls_behind_its_path_by_the_part_that_tools_carry():
    free, bound = world_after(44), world_after(44)  # the path of domestic memory rises
    bound.policy["tools_allowed"] = 0.0
    bound.vendors["tools_stock"] = 0.0
    p = parameters(free)
    for world in (free, bound):
        world.policy["hbm_allowed"] = 0.0
        world.vendors["memory_behind"] = 0.0
        vendors.grow_domestic_supply(world, HUAWEI)
    month = int(free.macro["month"][0])
    growth = np.log(
        free.p[month]["chips_china_hbm_domestic_stacks"] / free.p[month - 1]["chips_china_hbm_domestic_stacks"]
    )
    assert growth > 0.0
    assert free.vendors["memory_behind"][HUAWEI] == 0.0
    behind = bound.vendors["memory_behind"][HUAWEI]
    assert behind == pytest.approx(p["chips_domestic_tools_dependence"] * growth)
    share = [world.vendors["wafers"][HUAWEI] / world.vendors["wafers"][HUAWEI:].sum() for world in (bound, free)]
    stacks = bound.vendors["stacks"][HUAWEI] / free.vendors["stacks"][HUAWEI]
    assert stacks == pytest.approx(np.exp(-behind) * share[0] / share[1])


def test_tools_bought_ahead_feed_growth_for_a_while():
    world = world_after(24)
    p = parameters(world)
    world.policy["tools_pull"] = 1.0
    assert vendors.tools_pace(world, HUAWEI, p) == 1.0
    stock = float(world.vendors["tools_stock"][HUAWEI])
    assert stock == pytest.approx(p["export_controls_hoarding_factor"] - 1.0)
    world.policy["tools_pull"], world.policy["tools_allowed"] = 0.0, 0.0
    paces = [vendors.tools_pace(world, HUAWEI, p) for _ in range(int(np.ceil(stock)) + 1)]
    assert paces[0] == pytest.approx(1.0 - p["chips_domestic_tools_dependence"] * (1.0 - min(1.0, stock)))
    assert paces[-1] == pytest.approx(1.0 - p["chips_domestic_tools_dependence"])


def test_a_control_of_memory_and_a_foundry_rule_hold_from_their_lines_on():
    world = world_after(24)
    p = parameters(world)
    law = world.policy[IN_FORCE]
    law["hbm_allowed"], law["foundry_open"] = 0.0, 0.0
    law["hbm_line_gb_s_mm2"] = p["chips_china_hbm_density_gb_s_mm2"]
    law["foundry_line_billion"] = p["chips_china_die_transistors_billion"]
    law["foundry_packager_exempt"] = 1
    p["chips_china_approved_packaging"] = 0.25
    assert (vendors.memory_let_in(world, p), vendors.dies_let_in(world, p)) == (0.0, 0.25)
    law["hbm_line_gb_s_mm2"] += 0.1
    law["foundry_line_billion"] += 0.1
    assert (vendors.memory_let_in(world, p), vendors.dies_let_in(world, p)) == (1.0, 1.0)


def test_hoarding_before_a_rule_is_felt_where_it_will_hold():
    world, calm = world_after(24), world_after(24)
    world.policy["stockpile_pull"][:, GULF] = 1.0
    for each in (world, calm):
        chips.order_chips(each)
    assert world.backlog[NVIDIA, GULF_CLOUD] > calm.backlog[NVIDIA, GULF_CLOUD]
    assert world.backlog[NVIDIA, EU_CLOUD] == calm.backlog[NVIDIA, EU_CLOUD]


def test_neutral_law_leaves_the_acts_as_they_are():
    one, two = world_after(24), world_after(24)
    two.policy["home_share_min"] = 0.0
    two.policy["country_share_max"] = 1.0
    for world in (one, two):
        chips.allocate_and_ship(world)
        clouds.place_chips(world)
    assert same_bytes(one, two)
