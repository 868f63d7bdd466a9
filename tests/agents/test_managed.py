"""Managed services: closed forms of choice, price and stack; accounts, lock-in and switches in a living world."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from managed_world import LICENSED_ONLY, OFF, QUICK, SELLERS, sold
from worlds import closes, copy_world, flow_usd, parameters, world_after

from sim.accounts import (
    AMD,
    CLOUD0,
    COREWEAVE,
    GULF_CLOUD,
    HOUSEHOLDS,
    HUAWEI,
    MICROSOFT,
    NVIDIA,
    ORACLE,
    VENDOR0,
)
from sim.agents import managed, stacks, vendors
from sim.ledger import COMPUTE_RENT, MANAGED_SERVICES, MANAGED_SUPPORT, SOFTWARE_LICENCES, balance_usd
from sim.markets import compute
from sim.world import CN, ENTERPRISE, HOURS_PER_MONTH, US


def test_a_fixed_team_costs_small_clusters_more_an_hour():
    assert managed.team_cost(6.0, 300_000.0, 256.0) == pytest.approx(150_000.0 / (256.0 * HOURS_PER_MONTH))
    assert managed.team_cost(6.0, 300_000.0, 64.0) == pytest.approx(4.0 * managed.team_cost(6.0, 300_000.0, 256.0))


def test_share_of_a_single_offer_is_the_logit_of_the_cost_ratio():
    pull = managed.attraction(5.0, 1.6, 1.4, 0.3)
    utility = 5.0 * math.log(1.6 / 1.4) - 0.3
    assert pull == pytest.approx(math.exp(utility))
    assert pull / (1.0 + pull) == pytest.approx(1.0 / (1.0 + math.exp(-utility)))
    assert managed.attraction(5.0, 1.4, 1.4, 0.0) == 1.0  # equal cost, no aversion: half and half


@QUICK
@given(st.floats(1.0, 10.0), st.floats(1.05, 2.0), st.floats(1.05, 2.0), st.floats(1.05, 2.0))
def test_a_dearer_service_attracts_less(taste, raw, one, other):
    cheap, dear = sorted((one, other))
    assert managed.attraction(taste, raw, dear, 0.5) <= managed.attraction(taste, raw, cheap, 0.5)


def rest_of_bertrand(taste, offers, unit_cost, outage_cost, pull_of):
    """Premium of one of `offers` equal clouds, by repeated best responses."""
    premium = 0.5
    for _ in range(400):
        cost = 1.0 + premium + outage_cost
        pull = pull_of(cost)
        share = pull / offers / (1.0 + pull)
        premium += 0.2 * (managed.best_premium(unit_cost, taste * (1.0 - share) / cost) - premium)
    return premium, share


@pytest.mark.parametrize("offers", [1, 2, 5, 20])
def test_premium_at_rest_is_the_closed_form_of_logit_bertrand(offers):
    taste, unit_cost, outage_cost = 6.0, 0.2, 0.1
    premium, share = rest_of_bertrand(
        taste, offers, unit_cost, outage_cost, lambda cost: managed.attraction(taste, 1.6, cost, 0.0)
    )
    elasticity = taste * (1.0 - share)
    assert premium == pytest.approx((elasticity * unit_cost + 1.0 + outage_cost) / (elasticity - 1.0), rel=1e-9)


@QUICK
@given(st.floats(4.0, 10.0), st.floats(0.0, 0.4), st.integers(1, 10), st.integers(1, 10))
def test_premium_falls_with_the_number_of_offers(taste, unit_cost, one, other):
    few, many = sorted((one, other))
    pull = lambda cost: managed.attraction(taste, 1.7, cost, 0.0)  # noqa: E731
    high, _ = rest_of_bertrand(taste, few, unit_cost, 0.05, pull)
    low, _ = rest_of_bertrand(taste, many, unit_cost, 0.05, pull)
    assert low <= high + 1e-12
    assert low > unit_cost  # no one sells below cost


@QUICK
@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_staying_rises_with_the_cost_of_switching(pull, one, other):
    low, high = sorted((math.exp(one), math.exp(other)))
    assert managed.staying(pull, low, 1.5) <= managed.staying(pull, high, 1.5)
    assert 0.0 <= managed.staying(pull, high, 1.5) < 1.0
    assert managed.staying(0.5, 1.0, 1.0 + 0.5) == pytest.approx(0.25)


def test_money_of_managed_services_has_two_ends_and_adds_up():
    world = sold(world_after(24))
    assert closes(world)
    clouds = world.clouds
    rent = world.regions["rent_contract"][clouds["region"]]
    hours = clouds["managed_h100e"] * HOURS_PER_MONTH
    price = rent * (1.0 + clouds["managed_price_premium"])
    assert flow_usd(world, MANAGED_SERVICES) == pytest.approx((hours * price).sum(), rel=1e-6)
    licensed = clouds["managed_stack"] == stacks.LICENSED
    gpus = hours / np.where(licensed, clouds["h100e_per_gpu"][:, 0], clouds["h100e_per_gpu"][:, 1])
    p = parameters(world)
    fees = gpus[licensed].sum() * p["managed_licence_usd_per_gpu_hour"]
    assert 0.0 < flow_usd(world, SOFTWARE_LICENCES) == pytest.approx(fees, rel=1e-6)
    assert world.vendors["licence_revenue"][NVIDIA] == pytest.approx(fees, rel=1e-6)
    staff = clouds["managed_support_cost"].sum() + clouds["managed_investment"].sum()
    assert flow_usd(world, MANAGED_SUPPORT) == pytest.approx(staff, rel=1e-6)
    assert clouds["managed_support_cost"].sum() == pytest.approx(
        gpus.sum() * p["managed_support_usd_per_gpu_hour"], rel=1e-6
    )
    assert clouds["revenue"] == pytest.approx(clouds["rent_income"] + clouds["managed_income"])


def test_raw_and_managed_hours_together_are_what_customers_use():
    """A customer who changes to a service buys the same hours: raw rents fall by what the service sells at the rent."""
    some = world_after(24)
    none = copy_world(some)
    none.clouds["managed_share"] = 0.0
    sold(some)
    sold(none)
    hours = some.clouds["managed_h100e"] * HOURS_PER_MONTH
    base = (hours * some.regions["rent_contract"][some.clouds["region"]]).sum()
    assert flow_usd(none, COMPUTE_RENT) - flow_usd(some, COMPUTE_RENT) == pytest.approx(base, rel=1e-6)
    assert flow_usd(none, MANAGED_SERVICES) == flow_usd(none, SOFTWARE_LICENCES) == 0.0


def test_only_clouds_on_the_licensed_stack_pay_licences():
    world = world_after(24)
    world.clouds["managed_stack"] = stacks.LICENSED
    world.clouds["managed_stack"][MICROSOFT] = stacks.OWN
    before = balance_usd(world, VENDOR0 + NVIDIA)
    sold(world)
    assert world.clouds["licence_cost"][MICROSOFT] == 0.0
    assert world.clouds["managed_investment"][MICROSOFT] > 0.0
    assert world.clouds["licence_cost"][ORACLE] > 0.0
    assert world.clouds["managed_investment"][ORACLE] == 0.0
    assert balance_usd(world, VENDOR0 + NVIDIA) - before == pytest.approx(world.clouds["licence_cost"].sum(), rel=1e-6)


def test_shares_stay_between_nothing_and_what_the_stack_covers():
    for months in (1, 24, 60):
        world = world_after(months)
        clouds = world.clouds[SELLERS]
        assert (clouds["managed_segment"] >= 0.0).all() and (clouds["managed_segment"] <= 1.0).all()
        assert (clouds["managed_share"] <= clouds["managed_coverage"] + 1e-12).all()
        assert (clouds["managed_outage"] <= parameters(world)["managed_outage_young"] + 1e-12).all()


def licence_world(licence):
    world = world_after(24)
    parameters(world)["managed_licence_usd_per_gpu_hour"] = licence
    return world


@QUICK
@given(st.floats(0.0, 3.0), st.floats(0.0, 3.0))
def test_a_dearer_licence_never_raises_licensed_stacks_or_the_managed_share(one, other):
    """At the offers of the month: premiums of licensed clouds rise with the licence, and their customers stay raw."""
    shares, premiums = [], []
    for licence in sorted((one, other)):
        world = licence_world(licence)
        for _ in range(6):
            stacks.describe_offers(world)
            managed.compete_for_customers(world)
        licensed = world.clouds["managed_stack"] == stacks.LICENSED
        weight = world.clouds["internal_demand_h100e"]
        shares.append((world.clouds["managed_share"] * weight)[SELLERS].sum() / weight[SELLERS].sum())
        premiums.append(world.clouds["managed_price_premium"][licensed].copy())
    assert shares[1] <= shares[0] + 1e-12
    assert (premiums[1] >= premiums[0] - 1e-12).all()


def test_short_contracts_and_eager_customers_do_not_overshoot():
    world = world_after(24)
    p = parameters(world)
    p["managed_contract_months"] = 1.0
    p["managed_lock_in_aversion"][:] = -2.0
    for _ in range(24):
        managed.compete_for_customers(world)
        assert (world.clouds["managed_segment"] >= 0.0).all() and (world.clouds["managed_segment"] <= 1.0).all()


def test_after_a_premium_rise_locked_in_customers_leave_more_slowly():
    """Lock-in: with a higher cost of switching the share falls more slowly once the service is dearer."""
    falls = []
    for switching in (0.0, 3.0):
        world = world_after(36)
        p = parameters(world)
        p["managed_switching_cost"][:] = switching
        p["managed_premium_adjustment_months"] = 1e9
        world.clouds["managed_price_premium"] = 0.3
        for _ in range(400):
            managed.compete_for_customers(world)
        at_rest = world.clouds["managed_segment"][MICROSOFT, ENTERPRISE]
        world.clouds["managed_price_premium"] = 1.0
        for _ in range(12):
            managed.compete_for_customers(world)
        falls.append(1.0 - world.clouds["managed_segment"][MICROSOFT, ENTERPRISE] / at_rest)
    assert 0.0 < falls[1] < falls[0]


def test_customers_come_to_rest_where_the_cloud_expects_them():
    world = world_after(36)
    parameters(world)["managed_premium_adjustment_months"] = 1e9
    for _ in range(600):
        managed.compete_for_customers(world)
    assert world.clouds["managed_share"][SELLERS] == pytest.approx(world.clouds["managed_rest"][SELLERS], rel=1e-6)


def test_small_clusters_and_public_bodies_go_managed_before_platforms():
    """A fixed team weighs on small clusters, outages on public bodies; platforms run raw hours themselves."""
    router, startup, enterprise, public, platform = world_after(36).clouds["managed_segment"][MICROSOFT]
    assert platform < min(router, startup, enterprise, public)
    assert public > startup


def test_more_rivals_in_a_region_lower_the_premium():
    """The Gulf has one offer, the United States many: with equal stacks the single offer asks more."""
    alone, crowd = world_after(24), world_after(24)
    row = crowd.sites["cloud"] == COREWEAVE
    for world in (alone, crowd):
        world.clouds["managed_outage"] = 0.03
        world.clouds["managed_coverage"][SELLERS] = 1.0
    crowd.sites["region"][row] = alone.sites["region"][alone.sites["cloud"] == GULF_CLOUD][0]
    for world in (alone, crowd):
        for _ in range(60):
            managed.compete_for_customers(world)
    assert crowd.clouds["managed_price_premium"][GULF_CLOUD] < alone.clouds["managed_price_premium"][GULF_CLOUD]


def test_licensed_services_slow_the_erosion_of_friction_and_own_stacks_speed_it_up():
    frictions = {}
    for name, stack, share in (("raw", 0, 0.0), ("licensed", stacks.LICENSED, 0.5), ("own", stacks.OWN, 0.5)):
        world = world_after(24)
        world.clouds["managed_share"] = share
        world.clouds["managed_stack"] = stack
        vendors.erode_friction(world)
        frictions[name] = world.vendors["friction"].copy()
    for v in (AMD, HUAWEI):
        assert frictions["own"][v] < frictions["raw"][v] < frictions["licensed"][v]


def test_services_in_china_bear_on_chinese_chips_alone():
    one, other = world_after(24), world_after(24)
    other.clouds["managed_share"][other.clouds["region"] == CN] = 0.0
    for world in (one, other):
        vendors.erode_friction(world)
    assert one.vendors["friction"][AMD] == other.vendors["friction"][AMD]
    assert one.vendors["friction"][HUAWEI] != other.vendors["friction"][HUAWEI]


@QUICK
@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_erosion_factor_falls_with_licensed_and_rises_with_own_services(licensed, own, lock_in, abstraction):
    share = own * (1.0 - licensed)
    factor = managed.erosion_factor(licensed, share, lock_in, abstraction)
    assert managed.erosion_factor(0.0, 0.0, lock_in, abstraction) == 1.0
    assert factor >= managed.erosion_factor(licensed, 0.0, lock_in, abstraction)
    assert factor <= managed.erosion_factor(0.0, share, lock_in, abstraction)
    assert factor >= 0.0


def test_without_the_offering_there_are_raw_hours_only():
    world = sold(world_after(24, OFF))
    stacks.review_stacks(world)
    managed.compete_for_customers(world)
    assert closes(world)
    for flow in (MANAGED_SERVICES, SOFTWARE_LICENCES, MANAGED_SUPPORT):
        assert flow_usd(world, flow) == 0.0
    clouds = world.clouds
    for field in ("managed_share", "managed_price_premium", "managed_maturity", "managed_investment", "licence_cost"):
        assert (clouds[field] == 0.0).all()
    assert managed.stacks_in_use(world, False) == (0.0, 0.0)


def test_households_earn_what_services_pay_to_staff():
    world = world_after(24)
    compute.pay_rents(world)
    before = balance_usd(world, HOUSEHOLDS)
    cash = balance_usd(world, CLOUD0 + MICROSOFT)
    managed.sell_services(world)
    assert balance_usd(world, HOUSEHOLDS) - before == pytest.approx(flow_usd(world, MANAGED_SUPPORT))
    row = world.clouds[MICROSOFT]
    net = row["managed_income"] - row["licence_cost"] - row["managed_support_cost"] - row["managed_investment"]
    assert balance_usd(world, CLOUD0 + MICROSOFT) - cash == pytest.approx(net, rel=1e-6)


def test_premiums_of_the_large_markets_cover_their_cost():
    world = world_after(60)
    for k in SELLERS:
        cloud = world.clouds[k]
        if cloud["active"] == 1 and cloud["managed_coverage"] > 0.0:
            rent = world.regions["rent_contract"][cloud["region"]]
            assert cloud["managed_price_premium"] > cloud["managed_unit_cost"] / rent
    assert world.regions["rent_contract"][US] > 0.0


def test_switches_order_the_moat_own_stacks_below_none_below_licensed_only():
    """After six years: the licensed stack alone keeps the alternatives' friction up, raw hours are between."""
    frictions = [world_after(72, variant).vendors["friction"][AMD] for variant in ((), OFF, LICENSED_ONLY)]
    assert frictions[0] < frictions[1] < frictions[2]


def test_own_stacks_widen_services_beyond_the_vendors_chips():
    both, licensed = (world_after(72, variant) for variant in ((), LICENSED_ONLY))
    shares = [
        (world.clouds["managed_share"] * world.clouds["internal_demand_h100e"]).sum()
        / world.clouds["internal_demand_h100e"].sum()
        for world in (both, licensed)
    ]
    assert shares[0] > shares[1] > 0.0
