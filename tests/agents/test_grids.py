"""Regional grids: price under load, usable compute, sites under construction, bills."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import closes, copy_world, flow_usd, parameters, world_after

from sim.agents import grids
from sim.agents.clouds import effective_lag
from sim.ledger import ELECTRICITY, SUBSIDIES
from sim.world import CN, US

QUICK = settings(max_examples=25, deadline=None)


def test_price_responds_to_added_load_over_the_system():
    assert grids.responsive_price(0.08, 500.0, 500.0, 1e5, 2.0) == 0.08
    assert grids.responsive_price(0.08, 10_500.0, 500.0, 1e5, 2.0) == pytest.approx(0.08 * 1.2)
    assert grids.responsive_price(0.08, 10_500.0, 500.0, 1e5, 0.0) == 0.08


def test_usable_compute_is_the_scarcer_of_chips_and_power():
    assert grids.usable_compute(1000.0, 1000.0, 1.2, 1.2) == 1000.0
    assert grids.usable_compute(1000.0, 1000.0, 1.2, 0.6) == pytest.approx(500.0)
    assert grids.usable_compute(0.0, 0.0, 1.2, 5.0) == 0.0
    assert grids.usable_compute(1000.0, 1000.0, 1.2, 0.0) == 0.0


@QUICK
@given(st.floats(0.0, 1e6), st.floats(0.1, 3.0), st.floats(1.0, 2.0), st.floats(0.0, 1e4), st.floats(0.0, 1e4))
def test_more_megawatts_never_lower_usable_compute(chips, kw, pue, one, other):
    low, high = sorted((one, other))
    less, more = (grids.usable_compute(chips, chips * kw, pue, mw) for mw in (low, high))
    assert less <= more <= chips
    assert less * kw * pue / 1000.0 <= low * (1 + 1e-9) + 1e-9


@QUICK
@given(st.integers(0, 31), st.floats(0.0, 5.0))
def test_more_megawatts_at_a_site_never_lower_anyones_usable_compute(i, factor):
    base, more = world_after(30), world_after(30)
    base.sites["power_mw"] *= 0.5  # so that power binds somewhere
    more.sites["power_mw"] *= 0.5
    more.sites["power_mw"][i] *= 1.0 + factor
    for world in (base, more):
        grids.power_fleets(world)
    assert (more.regions["capacity_h100e"] >= base.regions["capacity_h100e"]).all()
    assert (more.clouds["usable_h100e"] >= base.clouds["usable_h100e"]).all()


def test_fleets_add_up_and_draw_no_more_than_there_is():
    world = world_after(30)
    grids.power_fleets(world)
    sites = world.sites
    for r in range(6):
        here = sites["region"] == r
        assert world.regions["capacity_h100e"][r] == pytest.approx(sites["usable_h100e"][here].sum())
        assert world.regions["load_mw"][r] <= sites["power_mw"][here].sum() * (1 + 1e-9)
    assert world.clouds["warehoused_h100e"] == pytest.approx(
        world.clouds["installed_h100e"] - world.clouds["usable_h100e"]
    )
    assert ((world.regions["mix_us_designed"] >= 0.0) & (world.regions["mix_us_designed"] <= 1 + 1e-9)).all()


def test_sites_under_construction_are_conserved_and_bounded():
    world = world_after(24)
    before = copy_world(world)
    grids.connect_sites(world)
    for r in range(6):
        here = world.sites["region"] == r
        total = lambda w, here=here: w.sites["power_mw"][here].sum() + w.sites["pipeline_mw"][here].sum()  # noqa: E731
        assert total(world) == pytest.approx(total(before))
        limit = parameters(world)["energy_connection_limit_gw_per_year"][r] * 1000.0 / 12.0
        assert world.regions["energised_mw"][r] <= limit * (1 + 1e-9)
        assert world.regions["power_mw"][r] == pytest.approx(world.sites["power_mw"][here].sum())


def test_power_arrives_after_the_regional_lag_on_average():
    base, pulse = world_after(12), world_after(12)
    for world in (base, pulse):
        parameters(world)["energy_connection_limit_gw_per_year"] = 1e6
    site = int(np.flatnonzero(base.sites["region"] == US)[0])
    pulse.sites["pipeline_mw"][site, 0] += 100.0
    arrived, last = [], 0.0
    for _ in range(1500):
        for world in (base, pulse):
            grids.connect_sites(world)
        gap = pulse.sites["power_mw"][site] - base.sites["power_mw"][site]
        arrived.append(gap - last)
        last = gap
    assert last == pytest.approx(100.0, rel=1e-6)
    lag = effective_lag(parameters(base), US, 1.0)
    assert np.average(np.arange(1, 1501), weights=arrived) == pytest.approx(lag, rel=1e-4)


def test_domestic_chips_pay_the_discounted_tariff_but_not_less_than_the_floor():
    world = world_after(24)
    world.policy["domestic_discount"], world.policy["domestic_floor"] = 0.5, 0.0
    grids.set_electricity_prices(world)
    price = world.regions["electricity_price"]
    assert world.regions["domestic_price"][CN] == pytest.approx(0.5 * price[CN])
    assert world.regions["domestic_price"][US] == price[US]
    world.policy["domestic_floor"] = 0.9 * price[CN]
    grids.set_electricity_prices(world)
    assert world.regions["domestic_price"][CN] == pytest.approx(0.9 * price[CN])


def test_bills_are_paid_with_two_ends_and_rebates_come_from_the_government():
    world = world_after(36)
    world.policy["domestic_discount"], world.policy["domestic_floor"] = 0.3, 0.0
    grids.set_electricity_prices(world)
    grids.pay_for_electricity(world)
    assert flow_usd(world, ELECTRICITY) == pytest.approx(world.clouds["energy_bill"].sum(), rel=1e-9)
    rebates = (world.clouds["energy_bill"] - world.clouds["energy_cost"]).sum()
    assert rebates > 0.0
    assert flow_usd(world, SUBSIDIES) == pytest.approx(rebates, rel=1e-6)
    assert closes(world)


@QUICK
@given(st.integers(0, 5), st.floats(1.0, 4.0))
def test_a_higher_power_price_never_lowers_a_bill(r, factor):
    base, dear = world_after(24), world_after(24)
    parameters(dear)["energy_electricity_price"][r] *= factor
    for world in (base, dear):
        grids.set_electricity_prices(world)
        grids.pay_for_electricity(world)
    assert (dear.clouds["energy_cost"] >= base.clouds["energy_cost"]).all()
