"""Stacks of managed services: maturity, coverage, what an own stack is worth, who builds one and gives it up."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from managed_world import LICENSED_ONLY, QUICK, SELLERS, sold
from worlds import copy_world, parameters, world_after

from sim.accounts import (
    ALIBABA,
    COREWEAVE,
    GULF_CLOUD,
    HUAWEI,
    META,
    MICROSOFT,
    XAI_CLOUD,
)
from sim.agents import stacks


def test_maturity_is_half_at_the_reference_and_outages_fall_with_it():
    assert stacks.maturity_of(0.0, 5.0) == 0.0
    assert stacks.maturity_of(5.0, 5.0) == 0.5
    assert stacks.outage_of(0.0, 0.06, 0.003) == 0.06
    assert stacks.outage_of(1.0, 0.06, 0.003) == pytest.approx(0.003)
    assert stacks.outage_of(0.5, 0.06, 0.003) == pytest.approx(0.0315)


def test_annuity_is_the_integral_of_growing_payments():
    assert stacks.annuity(0.0, 48.0) == 48.0
    assert stacks.annuity(1e-9, 48.0) == pytest.approx(48.0)
    assert stacks.annuity(-0.01, 48.0) == pytest.approx((1.0 - math.exp(-0.48)) / 0.01)


def test_gain_of_the_own_stack_in_closed_form():
    gain = stacks.gain_of_own_stack(10.0, 0.3, 0.2, 0.5, 1.0, 7.0, 40.0, 30.0)
    assert gain == pytest.approx(10.0 * (0.3 - 0.5 * 0.2) * 40.0 - 30.0 - 7.0)


def test_clouds_that_do_not_sell_offer_nothing():
    world = world_after(24)
    for k in (META, XAI_CLOUD):
        assert world.clouds["managed_share"][k] == 0.0
        assert not stacks.sells(world, k)
    assert all(stacks.sells(world, k) for k in (MICROSOFT, COREWEAVE, ALIBABA, GULF_CLOUD))


def test_the_licensed_stack_runs_on_the_vendors_chips_alone():
    world = world_after(36, LICENSED_ONLY)
    stacks.review_stacks(world)
    clouds = world.clouds[[k for k in SELLERS if world.clouds["active"][k] == 1]]
    assert (clouds["managed_stack"] == stacks.LICENSED).all()
    assert (clouds["managed_coverage"] == clouds["licensable_share"]).all()
    assert clouds["licensable_share"].max() <= 1.0
    other = world_after(36)
    assert other.clouds["managed_coverage"][MICROSOFT] == 1.0


def licence_world(licence):
    world = world_after(24)
    parameters(world)["managed_licence_usd_per_gpu_hour"] = licence
    return world


@QUICK
@given(st.floats(0.0, 3.0), st.floats(0.0, 3.0))
def test_a_dearer_licence_makes_the_own_stack_worth_more(one, other):
    low, high = (licence_world(x) for x in sorted((one, other)))
    for k in SELLERS:
        if not stacks.sells(low, k):
            continue
        cheap = stacks.value_of_own_stack(low, k, parameters(low))
        dear = stacks.value_of_own_stack(high, k, parameters(high))
        assert dear >= cheap


def test_clouds_for_which_the_own_stack_pays_begin_to_build_and_others_do_not():
    world = world_after(35)  # month 35: the review of cloud 0
    world.clouds["managed_stack"][MICROSOFT] = stacks.LICENSED
    rich, poor = copy_world(world), copy_world(world)
    parameters(poor)["managed_own_team_engineers"] = 1e7
    stacks.review_stacks(rich)
    stacks.review_stacks(poor)
    assert rich.clouds["managed_build_left"][MICROSOFT] == parameters(rich)["managed_build_months"]
    assert poor.clouds["managed_build_left"][MICROSOFT] == 0
    paid = sold(rich).clouds["managed_investment"][MICROSOFT]
    p = parameters(rich)
    assert paid == pytest.approx(stacks.cost_to_build(rich, MICROSOFT, p) / p["managed_build_months"], rel=1e-6)
    rich.clouds["managed_build_left"][MICROSOFT] = 1
    stacks.review_stacks(rich)
    assert rich.clouds["managed_stack"][MICROSOFT] == stacks.OWN


def test_an_own_stack_that_does_not_pay_is_given_up():
    world = world_after(35)
    world.clouds["managed_stack"][MICROSOFT] = stacks.OWN
    parameters(world)["managed_own_team_engineers"] = 1e7
    stacks.review_stacks(world)
    assert world.clouds["managed_stack"][MICROSOFT] == stacks.LICENSED


def test_what_is_spent_on_a_stack_is_learnt_and_fades():
    world = world_after(24)
    p = parameters(world)
    before = world.clouds["managed_knowledge_usd"].copy()
    fade = before - before / p["managed_knowledge_life_months"]
    sold(world)
    stacks.improve_stacks(world)
    spent = world.clouds["managed_support_cost"] + world.clouds["managed_investment"]
    alone = world.clouds["managed_stack"] == stacks.LICENSED
    expected = before + spent - (before + spent) / p["managed_knowledge_life_months"]
    assert world.clouds["managed_knowledge_usd"][alone] == pytest.approx(expected[alone])
    assert (world.clouds["managed_knowledge_usd"][SELLERS] >= fade[SELLERS]).all()


def test_chinese_chips_bring_a_stack_without_licence():
    """On domestic chips the maker's free stack counts, and less is to be built."""
    world = world_after(36)
    p = parameters(world)
    world.clouds["licensable_share"][[ALIBABA, MICROSOFT]] = 1.0
    foreign = [stacks.own_knowledge(world, k) for k in (ALIBABA, MICROSOFT)]
    build = [stacks.cost_to_build(world, k, p) for k in (ALIBABA, MICROSOFT)]
    world.clouds["licensable_share"][[ALIBABA, MICROSOFT]] = 0.4
    maker = world.vendors["stack_knowledge_usd"][HUAWEI]
    assert stacks.own_knowledge(world, ALIBABA) == pytest.approx(foreign[0] + 0.6 * maker)
    assert stacks.own_knowledge(world, MICROSOFT) == foreign[1]
    relief = 1.0 - 0.6 * p["managed_maker_relief"]
    assert stacks.cost_to_build(world, ALIBABA, p) == pytest.approx(relief * build[0])
    assert stacks.team_of(world, ALIBABA, p) < p["managed_own_team_engineers"] * 120_000.0 / 12.0
    assert stacks.cost_to_build(world, MICROSOFT, p) == build[1]
