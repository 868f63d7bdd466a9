"""Clouds: cost of capacity, desired growth, lags of power, who may buy, debt."""

import math

import numpy as np
import pytest
from finance_world import events_of, quiet_world, set_cash
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import closes, parameters, world_after

from sim.accounts import (
    AMAZON,
    AMAZON_TRAINIUM,
    AMD,
    CLOUD0,
    COREWEAVE,
    CREDIT,
    GOOGLE,
    GOOGLE_TPU,
    HUAWEI,
    MICROSOFT,
    N_CLOUDS,
    N_VENDORS,
    NVIDIA,
    ORACLE,
)
from sim.agents import clouds
from sim.ledger import balance_usd
from sim.world import CN, HOURS_PER_MONTH, US

QUICK = settings(max_examples=25, deadline=None)


def test_tanh():
    for x in (-3.0, -0.2, 0.0, 1e-3, 2.5):
        assert clouds.tanh(x) == pytest.approx(math.tanh(x), rel=1e-12, abs=1e-15)


def test_all_in_cost_adds_networking_servers_and_the_building():
    cost = clouds.all_in_cost(20_000.0, 0.2, 0.7, 1.5, 1.2, 12_000.0)
    assert cost == pytest.approx(24_000.0 + 0.7 * 1.5 * 1.2 * 12_000.0)
    once, twice = (clouds.all_in_cost(20_000.0 * x, 0.2, 0.7, 1.5, 1.2, 12_000.0 * x) for x in (1.0, 2.0))
    assert twice == pytest.approx(2.0 * once)


def test_value_of_capacity_is_an_annuity_of_the_net_rent():
    value = clouds.site_value_of_capacity(2.0, 0.8, 0.3, 30.0)
    assert value == pytest.approx((1.6 - 0.3) * HOURS_PER_MONTH * 30.0)
    assert clouds.site_value_of_capacity(0.2, 0.8, 0.3, 30.0) == 0.0


def test_desired_growth_is_bounded_odd_and_linear_for_small_wishes():
    assert clouds.desired_growth(0.0, 1.0, 0.5, 0.1, 0.05) == 0.0
    small = clouds.desired_growth(1e-5, 1.0, 0.5, 0.1, 0.05)
    assert small == pytest.approx(0.5e-5, rel=1e-6)
    assert clouds.desired_growth(10.0, 9.0, 0.5, 0.1, 0.05) == pytest.approx(0.05)
    up, down = (clouds.desired_growth(0.0, q, 0.5, 0.1, 0.05) for q in (2.0, 0.5))
    assert up == pytest.approx(-down)


@QUICK
@given(st.floats(-0.1, 0.2), st.floats(0.0, 10.0), st.floats(0.0, 10.0))
def test_a_better_hurdle_ratio_never_lowers_desired_growth(expected, one, other):
    low, high = sorted((one, other))
    assert clouds.desired_growth(expected, high, 0.5, 0.1, 0.05) >= clouds.desired_growth(expected, low, 0.5, 0.1, 0.05)


def test_blended_chip_is_the_average_of_what_was_bought():
    world = world_after(30)
    world.bought[:, MICROSOFT] = 0.0
    world.bought[NVIDIA, MICROSOFT], world.bought[AMD, MICROSOFT] = 3.0, 1.0
    price, kw = clouds.blended_chip(world, MICROSOFT)
    weights = [0.75, 0.25]
    assert price == pytest.approx(world.vendors["price"][[NVIDIA, AMD]] @ weights)
    assert kw == pytest.approx(world.vendors["product_kw"][[NVIDIA, AMD]] @ weights)
    world.bought[:, MICROSOFT] = 0.0
    assert clouds.blended_chip(world, MICROSOFT)[0] == world.vendors["price"][NVIDIA]


def test_lag_of_power_lies_between_the_grid_and_behind_the_meter():
    world = world_after(12)
    p = parameters(world)
    for r in range(6):
        grid, own = float(p["energy_time_to_power_months"][r]), float(p["energy_behind_meter_months"])
        share = float(p["energy_behind_meter_share"][r])
        assert clouds.effective_lag(p, r, 1.0) == pytest.approx((1 - share) * grid + share * own)


@pytest.mark.parametrize("cloud", range(N_CLOUDS))
def test_who_may_buy_from_whom(cloud):
    world = world_after(36)
    p = parameters(world)
    chinese = world.clouds["region"][cloud] == CN
    assert clouds.may_buy(world, HUAWEI, cloud, p) == chinese
    assert clouds.may_buy(world, NVIDIA, cloud, p) == (not chinese or world.vendors["compliant_sku"][NVIDIA] >= 0)
    for v, owner in ((GOOGLE_TPU, GOOGLE), (AMAZON_TRAINIUM, AMAZON)):
        assert clouds.captive_owner(v) == owner
        if cloud == owner:
            assert clouds.may_buy(world, v, cloud, p)
        elif chinese:
            assert not clouds.may_buy(world, v, cloud, p)
    world.vendors["entry"] = 10_000
    assert not any(clouds.may_buy(world, v, cloud, p) for v in range(N_VENDORS))


@QUICK
@given(st.integers(0, N_CLOUDS - 1), st.floats(0.3, 8.0), st.floats(0.3, 8.0))
def test_a_higher_rent_never_lowers_planned_capex(k, one, other):
    plans = []
    for rent in sorted((one, other)):
        world = world_after(24)
        world.regions["rent_contract"][world.clouds["region"][k]] = rent
        clouds.plan_capex(world)
        plans.append(world.clouds["ai_capex_plan"][k])
    assert plans[1] >= plans[0]


@QUICK
@given(st.floats(0.0, 0.3), st.floats(0.0, 0.3))
def test_a_wider_credit_spread_never_raises_planned_capex(one, other):
    plans = []
    for spread in sorted((one, other)):
        world = world_after(24)
        world.macro["credit_spread"] = spread
        clouds.plan_capex(world)
        plans.append(world.clouds["ai_capex_plan"].copy())
    assert (plans[1] <= plans[0] * (1 + 1e-12)).all()


def test_sites_of_a_cloud_share_out_all_its_chips():
    world = world_after(24)
    before = world.sites["share"].copy()
    clouds.place_chips(world)
    assert (before != world.sites["share"]).any()
    for k in range(N_CLOUDS):
        here = world.sites["cloud"] == k
        if here.any():
            assert world.sites["share"][here].sum() == pytest.approx(1.0)
            assert (world.sites["share"][here] >= 0.0).all()


def test_a_country_cap_keeps_new_chips_away():
    free, capped = world_after(24), world_after(24)
    region = int(free.sites["region"][1])
    assert region != US
    capped.policy["country_cap_h100e"][0, region] = 0.0
    for world in (free, capped):
        clouds.place_chips(world)
    alone = [k for k in range(N_CLOUDS) if (free.sites["region"][free.sites["cloud"] == k] == region).all()]
    here = (free.sites["region"] == region) & ~np.isin(free.sites["cloud"], alone)
    assert here.any()
    assert (capped.sites["share"][here] < free.sites["share"][here]).all()


def test_requests_for_power_are_never_negative_and_enter_the_queue():
    world = world_after(24)
    before = world.sites["pipeline_mw"].sum()
    queue = world.regions["queue_mw"].sum()
    clouds.plan_power(world)
    asked = world.sites["requested_mw"]
    assert (asked >= 0.0).all()
    assert world.sites["pipeline_mw"].sum() - before == pytest.approx(asked.sum())
    assert world.regions["queue_mw"].sum() - queue == pytest.approx(asked.sum())


def test_debt_bears_interest_and_is_repaid_from_ample_cash():
    world = world_after(24)
    world.clouds["bonds_usd"] = 1e9
    world.clouds["loans_usd"] = 0.0
    world.accounts[CLOUD0 + MICROSOFT] = 100 * 10**13  # far above any buffer
    world.opening[:] = world.accounts
    clouds.settle_debt(world)
    active = (world.clouds["active"] == 1) & (world.clouds["entry"] <= 24)
    due = 1e9 * world.clouds["bond_rate"] / 12.0
    assert world.clouds["interest_due_usd"][active] == pytest.approx(due[active], rel=1e-9)
    assert world.clouds["bonds_usd"][MICROSOFT] < 1e9
    assert (world.clouds["bonds_usd"] >= 0.0).all()
    assert closes(world)


def test_a_cloud_without_cash_borrows_its_buffer():
    world = world_after(24)
    world.clouds["ai_capex"][MICROSOFT] = 1e9
    world.accounts[CLOUD0 + MICROSOFT] = 0
    world.opening[:] = world.accounts
    debt = world.clouds["bonds_usd"][MICROSOFT]
    lent = balance_usd(world, CREDIT)
    clouds.settle_debt(world)
    p = parameters(world)
    buffer = p["clouds_cash_buffer_months"] * (1e9 + world.clouds["legacy_capex"][MICROSOFT])
    owed = world.payable[:, MICROSOFT].sum() + world.clouds["interest_due_usd"][MICROSOFT]
    assert balance_usd(world, CLOUD0 + MICROSOFT) == pytest.approx(buffer + owed, rel=1e-6)
    assert world.clouds["bonds_usd"][MICROSOFT] > debt
    assert balance_usd(world, CREDIT) < lent


# ---------------------------------------------------------------- credit


def test_borrowing_base_of_a_neocloud_by_hand():
    world = quiet_world()
    p, k = parameters(world), COREWEAVE
    world.macro["sentiment"] = 1.0
    world.backlog[:, k] = 0.0
    world.clouds["capital_usd"][k], world.clouds["hurdle_ratio"][k] = 10e9, 0.8
    world.clouds["contracted_usd"][k], world.clouds["revenue_smooth"][k] = 2e8, 0.0
    world.clouds["backstop_usd"][k] = 1e9
    advance = float(p["credit_advance_on_fleet"])
    expected = advance * 8e9 + float(p["credit_advance_on_contracts"]) * 12.0 * 2e8 + advance * 1e9
    assert clouds.borrowing_base(world, k, p) == pytest.approx(expected)
    world.clouds["hurdle_ratio"][k] = 3.0
    assert clouds.borrowing_base(world, k, p) == pytest.approx(expected + advance * 2e9), "never above cost"


def test_a_firm_with_other_business_borrows_against_cash_flow_whatever_the_mood():
    world = quiet_world()
    p = parameters(world)
    world.clouds["operating_cash_flow"][MICROSOFT], world.clouds["revenue_smooth"][MICROSOFT] = 1e9, 2e8
    for mood in (0.2, 2.0):
        world.macro["sentiment"] = mood
        expected = float(p["clouds_debt_limit_years"]) * 12.0 * 1.1e9
        assert clouds.borrowing_base(world, MICROSOFT, p) == pytest.approx(expected)


@QUICK
@given(st.integers(0, N_CLOUDS - 1), st.floats(0.05, 3.0), st.floats(0.05, 3.0), st.floats(0.0, 1e10))
def test_a_worse_mood_never_raises_the_borrowing_base(k, one, other, backstop):
    world = quiet_world()
    world.clouds["backstop_usd"][k] = backstop
    bases = []
    for mood in sorted((one, other)):
        world.macro["sentiment"] = mood
        bases.append(clouds.borrowing_base(world, k, parameters(world)))
    assert 0.0 <= bases[0] <= bases[1]


@pytest.mark.parametrize("clearing", [True, False])
def test_lenders_stop_at_the_borrowing_base_but_for_running_costs(clearing):
    world = quiet_world()
    p, k = parameters(world), COREWEAVE
    p["credit_default_clearing"] = float(clearing)
    set_cash(world, CLOUD0 + k, 0.0)
    clouds.draw_credit(world, k, 5e8, 2e8, p)
    assert world.clouds["loans_usd"][k] == (2e8 if clearing else 5e8)
    assert world.clouds["overdraft_usd"][k] == 0.0
    set_cash(world, CLOUD0 + k, -3e8)
    clouds.draw_credit(world, k, 5e8, 2e8, p)
    if clearing:
        assert world.clouds["overdraft_usd"][k] == pytest.approx(1e8)
        assert balance_usd(world, CLOUD0 + k) == pytest.approx(0.0)
        assert events_of(world, "bound_borrowing_base") == [(k, -1, 3e8)]
    else:
        assert balance_usd(world, CLOUD0 + k) == 2e8 and not events_of(world, "bound_borrowing_base")
    assert closes(world)


def test_a_coupon_is_the_average_of_old_and_new_bonds():
    world = quiet_world()
    world.clouds["bonds_usd"][MICROSOFT], world.clouds["bond_rate"][MICROSOFT] = 1e9, 0.02
    world.clouds["interest_rate"][MICROSOFT] = 0.06
    clouds.draw_credit(world, MICROSOFT, 3e9, 1e12, parameters(world))
    assert world.clouds["bonds_usd"][MICROSOFT] == 4e9
    assert world.clouds["bond_rate"][MICROSOFT] == pytest.approx(0.05)


def test_loans_are_called_when_the_collateral_is_worth_less():
    dues = []
    for capital in (1e12, 0.0):
        world = quiet_world()
        k = COREWEAVE
        world.clouds["loans_usd"][k], world.clouds["capital_usd"][k] = 6e9, capital
        world.clouds["revenue_smooth"][k] = 0.0
        set_cash(world, CLOUD0 + k, 2e9)
        world.clouds["ai_capex"][k], world.clouds["legacy_capex"][k] = 1e12, 0.0
        clouds.settle_debt(world)
        dues.append(world.clouds["principal_due_usd"][k])
    p = parameters(world)
    assert dues[0] == pytest.approx(6e9 / p["credit_loan_months"])
    assert dues[1] == pytest.approx(6e9 / p["credit_loan_months"] + 6e9 / p["credit_margin_call_months"])


def test_a_cloud_builds_for_what_is_contracted_and_missing_as_far_as_it_finds_the_finance():
    world = quiet_world()
    p, k = parameters(world), ORACLE
    rent = world.regions["rent_contract"][world.clouds["region"][k]]
    serves = float(p["alliances_contract_capacity_share"]) * world.clouds["usable_h100e"][k] * HOURS_PER_MONTH * rent
    world.clouds["ai_capex_plan"][k], world.clouds["legacy_capex"][k] = 1e8, 1e8
    world.clouds["finance_limit"][k] = 5e8
    for contracted, limit in ((0.0, 1e8), (serves, 1e8), (1e15, 4e8)):
        world.clouds["ai_capex_plan"][k], world.clouds["contracted_usd"][k] = 1e8, contracted
        clouds.build_for_contracts(world, k, 3e4, p)
        closing = float(p["alliances_contract_build_speed"])
        assert world.clouds["ai_capex_plan"][k] == pytest.approx(1e8 + closing * (limit - 1e8))
