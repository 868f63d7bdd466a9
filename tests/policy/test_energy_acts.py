"""One act under one instrument on energy or public money, everything else held fixed: closed forms and signs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from policy.energy_law import law_of, world_under
from worlds import closes, copy_world, flow_usd, parameters, world_after

from sim.accounts import CLOUD0, GOVERNMENT0, HUAWEI, LAB0, NVIDIA, POWER0
from sim.agents import clouds, grids, power_prices, public_money
from sim.ledger import (
    DATACENTRE_LEVIES,
    ELECTRICITY,
    GRID_PROGRAMMES,
    POWER_TAXES,
    PUBLIC_COMPUTE,
    ROBOT_ELECTRICITY,
    SUBSIDIES,
)
from sim.markets import chips, compute, delivery, tokens
from sim.policy.instruments.energy import CLOUD_KINDS
from sim.policy.month import neutral_rows
from sim.world import CN, EU, EXPECTED, IN_FORCE, US

QUICK = settings(max_examples=20, deadline=None)
REGION = st.sampled_from(["us", "cn", "eu", "gulf", "sea", "row"])
INDEX = {"us": 0, "cn": 1, "eu": 2, "gulf": 3, "sea": 4, "row": 5}


def government_usd(world, g=0):
    return world.accounts[GOVERNMENT0 + g] / 100.0


def paid_by_governments(world):
    """USD that governments paid less what they received this month."""
    return -(world.accounts - world.opening)[GOVERNMENT0 : GOVERNMENT0 + 4].sum() / 100.0


def power_month(*policies, month=30):
    world = world_under(*policies, month=month)
    grids.set_electricity_prices(world)
    grids.pay_for_electricity(world)
    return world


# power prices


def test_a_tax_is_paid_per_kwh_to_the_government_and_by_the_kinds_named_only():
    plain = power_month()
    taxed = power_month(("power_tariff", {"destinations": ["us"], "tax_usd_kwh": 0.02, "kinds": ["neocloud"]}))
    more = taxed.clouds["energy_cost"] - plain.clouds["energy_cost"]
    kind, home = plain.clouds["kind"], plain.clouds["region"]
    assert (more[(home == US) & (kind == 2)] >= 0.0).all()
    assert (more[kind != 2] == 0.0).all()
    kwh = sum(
        power_prices.energy_of_site(plain, i)
        for i, site in enumerate(plain.sites)
        if site["region"] == US and kind[site["cloud"]] == 2
    )
    assert flow_usd(taxed, POWER_TAXES) == pytest.approx(0.02 * kwh)
    assert flow_usd(taxed, ELECTRICITY) == flow_usd(plain, ELECTRICITY)
    assert closes(taxed)


def test_a_regulated_price_is_what_the_power_company_gets():
    plain = power_month()
    cheap = power_month(("power_tariff", {"destinations": ["us"], "price_usd_kwh": 0.02}))
    share = 0.02 / plain.regions["electricity_price"][US]
    got = cheap.receipts[ELECTRICITY, POWER0 + US] / plain.receipts[ELECTRICITY, POWER0 + US]
    assert got == pytest.approx(share, rel=1e-6)
    assert paid_by_governments(cheap) == paid_by_governments(plain)


def test_a_rebate_takes_no_more_than_the_price():
    world = power_month(("power_tariff", {"destinations": ["us"], "rebate_usd_kwh": 2.0}))
    in_us = world.clouds["region"] == US
    free = [k for k in np.flatnonzero(in_us) if set(world.sites["region"][world.sites["cloud"] == k]) == {US}]
    assert np.abs(world.clouds["energy_cost"][free]).max() == pytest.approx(0.0, abs=1e-3)
    assert closes(world)


def test_carbon_price_raises_the_regional_price_by_its_closed_form_and_is_paid_by_power_companies():
    rule = {"destinations": ["cn"], "usd_per_t": 50.0, "free_allocation": 0.4, "behind_meter_covered": False}
    plain, world = power_month(), power_month(("carbon_price", rule))
    p = parameters(world)
    covered = 1.0 - p["energy_behind_meter_share"][CN]
    per_kwh = 50.0 / 1000.0 * p["energy_grid_intensity_kg_per_kwh"][CN] * covered
    rise = world.regions["electricity_price"] - plain.regions["electricity_price"]
    assert rise[CN] == pytest.approx(per_kwh * p["energy_carbon_pass_through"][CN])
    assert (np.delete(rise, CN) == 0.0).all()
    robots = world.receipts[ROBOT_ELECTRICITY, POWER0 + CN] / 100.0 / world.regions["electricity_price"][CN]
    here = np.flatnonzero(world.sites["region"] == CN)
    kwh = robots + sum(power_prices.energy_of_site(world, int(i)) for i in here)
    assert flow_usd(world, POWER_TAXES) == pytest.approx(0.6 * per_kwh * kwh, rel=1e-6)
    assert closes(world)


@QUICK
@given(REGION, st.floats(0.0, 500.0), st.floats(0.0, 500.0), st.floats(0.0, 1.0), st.booleans())
def test_a_carbon_price_never_lowers_the_price_of_electricity_nor_revenue(region, one, other, free, covered):
    worlds = [
        power_month(
            ("carbon_price",
             {"destinations": [region], "usd_per_t": usd, "free_allocation": free, "behind_meter_covered": covered})
        )
        for usd in sorted((one, other))
    ]  # fmt: skip
    low, high = worlds
    assert (high.regions["electricity_price"] >= low.regions["electricity_price"]).all()
    assert flow_usd(high, POWER_TAXES) >= flow_usd(low, POWER_TAXES) - 0.01


@QUICK
@given(REGION, st.floats(0.0, 0.5), st.floats(0.0, 0.5))
def test_a_higher_power_price_never_lowers_the_cost_of_a_token_or_of_energy_at_fixed_fleet(region, one, other):
    costs, bills, floors = [], [], []
    for usd in sorted((one, other)):
        world = power_month(("power_tariff", {"destinations": [region], "tax_usd_kwh": usd}))
        bills.append(world.clouds["energy_cost"].copy())
        compute.clear_compute_market(world)
        floors.append(world.regions["variable_cost"].copy())
        tokens.set_token_prices(world)
        costs.append(world.models["marginal_cost"].copy())
    assert (costs[1] >= costs[0] * (1 - 1e-12)).all()
    assert (bills[1] >= bills[0] - 1e-6).all()
    assert (floors[1] >= floors[0]).all()


@QUICK
@given(REGION, st.floats(0.0, 1.0), st.floats(0.0, 0.1), st.floats(0.0, 1e6), st.booleans())
def test_a_subsidy_of_power_never_raises_a_cost_nor_exceeds_its_budget(region, discount, floor, budget, some):
    rule = {"destinations": [region], "max_discount": discount, "floor_price_usd_kwh": floor}
    if some:
        rule["budget_usd_per_year"] = budget
    plain, world = power_month(), power_month(("power_subsidy", rule))
    assert (world.clouds["energy_cost"] <= plain.clouds["energy_cost"] + 1e-6).all()
    paid = flow_usd(world, SUBSIDIES)
    if some:
        assert paid <= budget + 0.01 * len(world.sites)
    saved = (plain.clouds["energy_cost"] - world.clouds["energy_cost"]).sum()
    assert paid == pytest.approx(saved, abs=0.5)
    assert paid_by_governments(world) == pytest.approx(paid)


def test_a_used_up_budget_is_shared_by_need_logged_and_renewed_in_january():
    rule = {"destinations": ["us"], "max_discount": 0.5, "budget_usd_per_year": 1e5}
    full = power_month(("power_subsidy", {"destinations": ["us"], "max_discount": 0.5}))
    world = power_month(("power_subsidy", rule))
    assert flow_usd(world, SUBSIDIES) == pytest.approx(1e5, abs=1.0)
    saved = full.clouds["energy_bill"] - full.clouds["energy_cost"]
    got = world.clouds["energy_bill"] - world.clouds["energy_cost"]
    assert got == pytest.approx(saved * 1e5 / saved.sum(), rel=1e-3, abs=0.1)
    assert public_money.budget_left(world, IN_FORCE, US, public_money.POWER) == pytest.approx(0.0, abs=0.1)


# grids


def connect(*policies, month=30, ready=20.0):
    world = world_under(*policies, month=month)
    world.sites["pipeline_mw"][:, 2] += ready
    grids.connect_sites(world)
    return world


@QUICK
@given(REGION, st.floats(0.1, 1.0), st.floats(1.0, 10.0))
def test_a_grid_programme_never_lowers_what_is_energised(region, lag, limit):
    plain = connect(ready=500.0)
    world = connect(
        ("grid_programme", {"destinations": [region], "lag_factor": lag, "limit_factor": limit}), ready=500.0
    )
    assert (world.regions["energised_mw"] >= plain.regions["energised_mw"] * (1 - 1e-12)).all()


@QUICK
@given(st.sampled_from(CLOUD_KINDS), st.floats(1.0, 100.0), st.floats(1.0, 100.0), st.floats(0.01, 1.0))
def test_priority_never_lowers_what_its_kind_gets_and_conserves_the_total(kind, one, other, limit):
    plain, gains = None, []
    for weight in (1.0, *sorted((one, other))):
        world = connect(
            ("grid_programme", {"destinations": ["us"], "limit_factor": limit, "priority": {kind: weight}}), ready=300.0
        )
        if plain is None:
            before = world_under().sites["power_mw"]
            plain = world
        new = world.sites["power_mw"] - before
        us = world.sites["region"] == US
        mine = us & (world.clouds["kind"][world.sites["cloud"]] == CLOUD_KINDS.index(kind))
        gains.append(new[mine].sum())
        assert world.regions["energised_mw"][US] == pytest.approx(plain.regions["energised_mw"][US])
        assert (new >= -1e-9).all()
        assert (world.sites["pipeline_mw"] >= -1e-9).all()
    assert gains[0] <= gains[1] * (1 + 1e-9) + 1e-9
    assert gains[1] <= gains[2] * (1 + 1e-9) + 1e-9


def test_public_cost_and_levy_are_paid_for_each_new_megawatt():
    world = connect(
        ("grid_programme", {"destinations": ["us"], "public_cost_usd_per_mw": 1e5}),
        ("datacentre_levy", {"destinations": ["us", "eu"], "usd_per_kw": 300.0}),
    )
    new = world.regions["energised_mw"]
    assert flow_usd(world, GRID_PROGRAMMES) == pytest.approx(1e5 * new[US], rel=1e-6)
    more = world.sites["power_mw"] - world_under().sites["power_mw"]
    active = world.clouds["active"][world.sites["cloud"]] == 1
    levied = active & np.isin(world.sites["region"], (US, EU))
    assert flow_usd(world, DATACENTRE_LEVIES) == pytest.approx(300e3 * more[levied].sum(), rel=1e-6)
    assert closes(world)


# sites


def requests(world):
    clouds.place_chips(world)
    clouds.plan_power(world)
    asked = np.zeros(6)
    np.add.at(asked, world.sites["region"], world.sites["requested_mw"])
    return asked


@QUICK
@given(REGION, st.floats(0.0, 20_000.0), st.floats(0.0, 20_000.0), st.floats(0.0, 1.0))
def test_a_levy_on_new_power_never_raises_requests_in_its_region(region, one, other, permitted):
    asked = [
        requests(
            world_under(
                ("datacentre_levy",
                 {"destinations": [region], "usd_per_kw": usd + 1.0, "permitted_share": permitted})
            )
        )[INDEX[region]]
        for usd in sorted((one, other))
    ]  # fmt: skip
    plain = requests(world_under())[INDEX[region]]
    assert asked[1] <= asked[0] * (1 + 1e-9) <= plain * (1 + 1e-6)


def test_an_announced_levy_moves_requests_before_it_binds():
    plain = world_under()
    announced = copy_world(plain)
    announced.policy[EXPECTED] = law_of(("datacentre_levy", {"destinations": ["us"], "usd_per_kw": 4000.0}))[0]
    before, after = requests(plain), requests(announced)
    assert after[US] < before[US]
    assert after[[2, 3, 4, 5]].sum() > before[[2, 3, 4, 5]].sum()
    grids.connect_sites(announced)
    assert flow_usd(announced, DATACENTRE_LEVIES) == 0.0


def test_a_moratorium_refuses_requests_and_lets_go_on_what_is_under_way():
    world = world_under(("datacentre_levy", {"destinations": ["us"], "permitted_share": 0.0}))
    asked = requests(world)
    assert asked[US] == 0.0
    assert asked[CN] > 0.0
    grids.connect_sites(world)
    assert world.regions["energised_mw"][US] > 0.0


@pytest.mark.parametrize(
    "rule",
    [
        ("power_tariff", {"destinations": ["us"], "tax_usd_kwh": 0.1}),
        ("carbon_price", {"destinations": ["us"], "usd_per_t": 300.0}),
    ],
)
def test_an_announced_price_of_power_lowers_the_value_of_building_there_and_moves_sites(rule):
    plain = world_under()
    announced = copy_world(plain)
    announced.policy[EXPECTED] = law_of(rule)[0]
    for world in (plain, announced):
        clouds.place_chips(world)
        clouds.plan_capex(world)
    us = plain.clouds["region"] == US
    assert (announced.clouds["hurdle_ratio"][us] <= plain.clouds["hurdle_ratio"][us]).all()
    assert announced.clouds["hurdle_ratio"][us].sum() < plain.clouds["hurdle_ratio"][us].sum()
    here = plain.sites["region"] == US
    assert announced.sites["share"][here].sum() < plain.sites["share"][here].sum()


def test_an_announced_grid_programme_shortens_the_horizon_of_requests():
    plain, quick = world_under(), world_under()
    quick.policy[EXPECTED] = law_of(("grid_programme", {"destinations": ["cn"], "lag_factor": 0.3}))[0]
    assert requests(quick)[CN] < requests(plain)[CN]


# chips and computing


@QUICK
@given(st.floats(0.0, 1.0), st.floats(0.0, 1e8))
def test_a_subsidy_of_chips_lowers_the_net_cost_and_keeps_to_its_budget(rate, budget):
    rule = {"destinations": ["us"], "rate": rate, "budget_usd_per_year": budget}
    plain, world = world_under(), world_under(("chip_subsidy", rule))
    for each in (plain, world):
        chips.allocate_and_ship(each)
    paid = flow_usd(world, SUBSIDIES) - flow_usd(plain, SUBSIDIES)
    assert 0.0 <= paid <= budget + 1.0
    gain = (world.accounts - plain.accounts)[CLOUD0 : CLOUD0 + 20].sum() / 100.0
    assert gain == pytest.approx(paid, abs=0.5)
    assert paid_by_governments(world) - paid_by_governments(plain) == pytest.approx(paid, abs=0.5)


def test_foreign_chips_are_subsidised_where_the_law_says_so():
    world = world_under(("chip_subsidy", {"destinations": ["eu", "cn"], "rate": 0.3, "design_origins": ["us"]}))
    assert public_money.chip_subsidy(world, IN_FORCE, NVIDIA, EU) == 0.3
    assert public_money.chip_subsidy(world, IN_FORCE, NVIDIA, CN) == 0.3
    assert public_money.chip_subsidy(world, IN_FORCE, HUAWEI, CN) == 0.0
    assert public_money.chip_subsidy(world, IN_FORCE, NVIDIA, US) == 0.0
    before = flow_usd(world, SUBSIDIES)
    eu_cloud = int(np.flatnonzero(world.clouds["region"] == EU)[0])
    delivery.deliver(world, NVIDIA, eu_cloud, 10.0, parameters(world))
    assert flow_usd(world, SUBSIDIES) - before == pytest.approx(10.0 * world.vendors["price"][NVIDIA] * 0.3)


def test_an_announced_subsidy_of_chips_makes_building_pay():
    plain, helped = world_under(), world_under()
    helped.policy[EXPECTED] = law_of(("chip_subsidy", {"destinations": ["us"], "rate": 0.3}))[0]
    for world in (plain, helped):
        clouds.plan_capex(world)
    us = plain.clouds["region"] == US
    assert (helped.clouds["hurdle_ratio"][us] >= plain.clouds["hurdle_ratio"][us]).all()


def compute_month(*policies, month=30):
    world = world_under(*policies, month=month)
    for act in (compute.want_compute, compute.clear_compute_market, compute.assign_compute, compute.pay_rents):
        act(world)
    assert closes(world)
    return world


@QUICK
@given(st.floats(0.0, 0.95), st.one_of(st.none(), st.floats(0.0, 1e8)), REGION)
def test_vouchers_are_paid_by_the_government_to_labs_within_the_budget(rate, budget, region):
    rule = {"destinations": [region], "rate": rate, "budget_usd_per_year": budget}
    world = compute_month(("compute_subsidy", rule))
    paid = flow_usd(world, SUBSIDIES)
    rents = np.array([world.labs["compute_h100e"][l] * 730.0 * compute.contract_rent(world, l) for l in range(16)])
    entitled = (world.labs["region"] == INDEX[region]) & (world.labs["owner"] < 0) & (world.labs["active"] == 1)
    assert paid <= rate * rents[entitled].sum() * (1 + 1e-6) + 1.0
    if budget is None:
        assert paid == pytest.approx(rate * rents[entitled].sum(), rel=1e-3, abs=1.0)
    else:
        assert paid <= budget + 1.0
    assert paid_by_governments(world) == pytest.approx(paid, abs=0.5)
    assert world.receipts[SUBSIDIES, LAB0 : LAB0 + 16].sum() / 100.0 == pytest.approx(paid, abs=0.5)
    assert (world.labs["compute_cost"] <= rents * (1 + 1e-9) + 1e-6).all(), "never raises the buyer's net cost"


def test_public_computing_adds_demand_reaches_training_and_is_paid_by_the_government():
    rule = {"destinations": ["us"], "budget_usd_per_year": 6e8}
    plain, world = compute_month(), compute_month(("public_compute", rule))
    us = (world.labs["region"] == US) & (world.labs["owner"] < 0) & (world.labs["active"] == 1)
    us &= world.labs["entry"] <= 30
    public = world.labs["public_h100e"]
    assert (public[us] > 0.0).all()
    assert (public[~us] == 0.0).all()
    more = world.labs["compute_wanted_h100e"] - plain.labs["compute_wanted_h100e"]
    assert more == pytest.approx(public, rel=1e-9, abs=1e-6)
    assert world.regions["demand_h100e"].sum() > plain.regions["demand_h100e"].sum()
    got = world.labs["compute_h100e"] - plain.labs["compute_h100e"]
    assert got[us].sum() > 0.0
    from sim.agents import labs

    for each in (plain, world):
        labs.split_compute(each)
    assert world.labs["training_h100e"][us].sum() > plain.labs["training_h100e"][us].sum()
    paid = flow_usd(world, PUBLIC_COMPUTE)
    assert 0.0 < paid <= 6e8
    assert paid_by_governments(world) == pytest.approx(paid, abs=0.5)
    assert world.labs["compute_cost"][us].sum() == pytest.approx(plain.labs["compute_cost"][us].sum(), rel=0.1)


def test_money_for_open_weights_goes_to_labs_with_open_weights():
    world = compute_month(
        ("public_compute", {"destinations": ["us", "cn", "eu"], "budget_usd_per_year": 1e8, "open_weights_only": True})
    )
    getting = world.labs["public_h100e"] > 0.0
    assert getting.any()
    assert (world.labs["open_now"][getting] == 1).all()
    assert (world.labs["owner"][getting] < 0).all()


def test_the_year_s_money_for_public_computing_is_never_exceeded():
    world = world_under(("public_compute", {"destinations": ["us"], "budget_usd_per_year": 1.2e8}))
    world.regions["subsidy_spent_usd"][US, public_money.PUBLIC_COMPUTING] = 1.15e8
    for act in (compute.want_compute, compute.clear_compute_market, compute.assign_compute, compute.pay_rents):
        act(world)
    assert flow_usd(world, PUBLIC_COMPUTE) <= 0.05e8 + 1.0
    assert world.regions["subsidy_spent_usd"][US, public_money.PUBLIC_COMPUTING] <= 1.2e8 * (1 + 1e-12)


def test_a_neutral_law_has_no_price_of_its_own():
    world = world_after(30)
    world.policy[:] = neutral_rows(1)[0]
    for r in range(6):
        price = world.regions["electricity_price"][r]
        assert power_prices.average_price(world, r) == price
        for kind in range(5):
            assert power_prices.site_price(world, EXPECTED, r, kind, False) == price
            assert power_prices.policy_on_power(world, EXPECTED, r, kind) == 0.0
