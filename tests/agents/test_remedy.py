"""An interoperability remedy: friction falls to its share, buyers, clouds and the vendor look ahead."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import copy_world, parameters, world_after

from sim.accounts import AMAZON, AMD, HUAWEI, MICROSOFT, NVIDIA, ORACLE
from sim.agents import remedy, stacks, vendors
from sim.markets import chips
from sim.world import EXPECTED, IN_FORCE

QUICK = settings(max_examples=25, deadline=None)
share, rate = st.floats(0.0, 1.0), st.floats(0.01, 12.0)


def under(share_left, speed, rows=(IN_FORCE, EXPECTED), months=30):
    world = copy_world(world_after(months))
    for row in rows:
        world.policy["friction_share"][row] = share_left
        world.policy["friction_remedy_rate"][row] = speed
    return world


def test_what_a_remedy_leaves_has_a_closed_form():
    left = 1.0
    for _ in range(24):
        left = remedy.remedied(left, 0.4, 0.5, 1.0)
    assert left == pytest.approx(0.4 + 0.6 * math.exp(-1.0))
    assert remedy.remedied(0.3, 0.4, 0.5, 12.0) == 0.3  # what has been opened stays open


def test_friction_falls_by_what_the_remedy_takes_beside_natural_erosion():
    world, free = under(0.4, 0.5), copy_world(world_after(30))
    before = world.vendors["friction"].copy()
    remedy.open_software(world)
    factor = 0.4 + 0.6 * math.exp(-0.5 / 12.0)
    assert world.vendors["friction"][AMD] == pytest.approx(before[AMD] * factor)
    assert world.vendors["friction"][HUAWEI] == pytest.approx(before[HUAWEI] * factor)
    assert world.vendors["remedy_left"][NVIDIA] == pytest.approx(factor)
    vendors.erode_friction(free)
    world = under(0.4, 0.5)
    vendors.erode_friction(world)
    assert (world.vendors["friction"][1:] < free.vendors["friction"][1:]).all()
    assert world.vendors["friction"][NVIDIA] == 0.0


@QUICK
@given(share, rate, share, rate)
def test_a_remedy_never_raises_friction_and_a_stronger_one_leaves_less(one, fast, other, slow):
    (weak, strong), (slow, fast) = sorted((one, other), reverse=True), sorted((slow, fast))
    mild, hard, free = under(weak, slow), under(strong, fast), copy_world(world_after(30))
    for world in (mild, hard, free):
        vendors.erode_friction(world)
    assert (mild.vendors["friction"] <= free.vendors["friction"]).all()
    assert (hard.vendors["friction"] <= mild.vendors["friction"]).all()


def test_buyers_count_on_a_remedy_that_is_only_announced():
    free, announced = copy_world(world_after(30)), under(0.3, 1.0, rows=(EXPECTED,))
    p = parameters(free)
    for k in (MICROSOFT, ORACLE):
        ratio = chips.vendor_weight(announced, AMD, k, p) / chips.vendor_weight(free, AMD, k, p)
        ahead = remedy.remedied(1.0, 0.3, 1.0, p["governments_foresight_months"])
        assert ratio == pytest.approx(math.exp((1.0 - ahead) * free.vendors["friction"][AMD]))
        assert chips.vendor_weight(announced, NVIDIA, k, p) == chips.vendor_weight(free, NVIDIA, k, p)


def test_the_licensed_stack_reaches_other_chips_as_far_as_it_is_opened():
    world = copy_world(world_after(30))
    stacks.describe_fleets(world)
    own = world.clouds["licensable_share"][AMAZON]
    assert 0.0 < own < 1.0
    assert stacks.licensed_reach(world, AMAZON, 1.0) == own
    assert stacks.licensed_reach(world, AMAZON, 0.25) == pytest.approx(own + 0.75 * (1.0 - own))
    assert stacks.licensed_reach(world, AMAZON, 0.0) == pytest.approx(1.0)


def test_the_vendor_cuts_its_stack_once_the_remedy_is_announced():
    free, announced = copy_world(world_after(30)), under(0.5, 1.0, rows=(EXPECTED,))
    p = parameters(free)
    assert stacks.upkeep_of_dominant(free, p) == 1.0
    assert stacks.upkeep_of_dominant(announced, p) == pytest.approx(1.0 - 0.5 * p["managed_remedy_cutback"])
    for world in (free, announced):
        stacks.improve_stacks(world)
    assert announced.vendors["stack_knowledge_usd"][NVIDIA] < free.vendors["stack_knowledge_usd"][NVIDIA]
    assert announced.vendors["stack_knowledge_usd"][HUAWEI] == free.vendors["stack_knowledge_usd"][HUAWEI]


def test_an_opened_stack_is_worth_more_to_a_cloud_with_other_chips():
    free, opened = copy_world(world_after(30)), under(0.0, 12.0)
    p = parameters(free)
    for world in (free, opened):
        stacks.describe_fleets(world)
        stacks.describe_offers(world)
    assert stacks.value_of_own_stack(opened, AMAZON, p) < stacks.value_of_own_stack(free, AMAZON, p)
