"""The compute market: own workloads, two prices, rationing, who is paid."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import closes, flow_usd, parameters, world_after

from sim.accounts import HOST0, LAB_KEYS, N_CLOUDS
from sim.ledger import COMPUTE_RENT, SELF_HOSTING
from sim.markets import compute
from sim.world import CN, SEA, US

QUICK = settings(max_examples=25, deadline=None)
DEEPSEEK = LAB_KEYS.index("deepseek")


def test_own_workloads_have_constant_elasticity_in_rent():
    at = compute.own_workloads(1000.0, 2.0, 2.0, 0.7, 126.0, 126.0, 0.1, 5.0)
    half = compute.own_workloads(1000.0, 1.0, 2.0, 0.7, 126.0, 126.0, 0.1, 5.0)
    assert at == pytest.approx(1000.0)
    assert half / at == pytest.approx(2.0**0.7)


def test_own_workloads_saturate_in_capability():
    wanted = [compute.own_workloads(1.0, 1.0, 1.0, 0.7, 126.0 + q, 126.0, 0.1, 5.0) for q in (0.0, 10.0, 50.0, 400.0)]
    assert (np.diff(wanted) > 0.0).all()
    assert wanted[-1] == pytest.approx(5.0, rel=1e-6)
    gain = np.exp(1.0)
    assert wanted[1] == pytest.approx(gain / (1.0 + (gain - 1.0) / 5.0))


def test_contract_price_rests_at_normal_utilisation():
    assert compute.contract_price(2.0, 80.0, 100.0, 0.8, 0.1, 2.0, 0.05) == pytest.approx(2.0)
    tight = compute.contract_price(2.0, 90.0, 100.0, 0.8, 0.1, 2.0, 0.0)
    assert tight == pytest.approx(2.0 * np.exp(0.1 * np.tanh(0.1)))
    assert compute.contract_price(2.0, 80.0, 100.0, 0.8, 0.1, 4.0, 0.05) == pytest.approx(2.0 * 2.0**0.05)


def test_spot_price_rests_where_demand_meets_capacity():
    assert compute.spot_price(3.0, 500.0, 500.0, 0.2, 3.0, 0.1) == pytest.approx(3.0)
    up = compute.spot_price(3.0, 500.0 * np.e, 500.0, 0.2, 3.0, 0.0)
    down = compute.spot_price(3.0, 500.0 / np.e, 500.0, 0.2, 3.0, 0.0)
    assert up == pytest.approx(3.0 * np.exp(0.2 * np.tanh(1.0)))
    assert up * down == pytest.approx(9.0)  # both directions alike


def test_the_two_prices_pull_each_other_together():
    contract, spot = 2.0, 6.0
    for _ in range(300):
        contract, spot = (
            compute.contract_price(contract, 80.0, 100.0, 0.8, 0.1, spot, 0.05),
            compute.spot_price(spot, 500.0, 500.0, 0.2, contract, 0.1),
        )
    assert contract == pytest.approx(spot, rel=1e-6)


@QUICK
@given(st.integers(0, 5), st.floats(0.2, 5.0), st.floats(0.2, 5.0))
def test_more_capacity_never_raises_rents_or_rationing(r, one, other):
    seen = []
    for factor in sorted((one, other)):
        world = world_after(24)
        world.regions["capacity_h100e"][r] *= factor
        compute.clear_compute_market(world)
        seen.append(world.regions[r].copy())
    less, more = seen
    assert more["rent_spot"] <= less["rent_spot"] * (1 + 1e-12)
    assert more["rent_contract"] <= less["rent_contract"] * (1 + 1e-12)
    assert more["served_share"] >= less["served_share"]


def test_rationing_keeps_use_below_the_ceiling():
    world = world_after(24)
    world.regions["host_h100e"] *= 1000.0
    world.clouds["internal_demand_h100e"] *= 100.0
    compute.clear_compute_market(world)
    ceiling = parameters(world)["clouds_utilisation_max"] * np.maximum(world.regions["capacity_h100e"], 1.0)
    assert (world.regions["used_h100e"] <= ceiling * (1 + 1e-9)).all()
    assert (world.regions["served_share"] <= 1.0).all()
    assert (world.regions["served_share"][[US, CN]] < 0.1).all()


def test_rents_never_fall_below_variable_cost():
    world = world_after(24)
    world.regions["electricity_price"] *= 500.0
    compute.clear_compute_market(world)
    assert (world.regions["rent_spot"] >= world.regions["variable_cost"]).all()
    assert (world.regions["rent_contract"] >= world.regions["variable_cost"]).all()


def test_without_remote_access_chinese_labs_leave_foreign_regions():
    world = world_after(24)
    world.policy["remote_access"] = 0.0
    p = parameters(world)
    assert compute.region_weight(world, DEEPSEEK, SEA, p) > 0.0, "what a lab wishes is another thing"
    compute.choose_regions(world)
    assert world.lab_region[DEEPSEEK, CN] == pytest.approx(1.0)
    assert not np.delete(world.lab_region[DEEPSEEK], CN).any()
    assert world.lab_region.sum(axis=1)[world.labs["active"] == 1] == pytest.approx(1.0)


def test_nobody_else_computes_in_china():
    world = world_after(24)
    p = parameters(world)
    foreign = np.flatnonzero(world.labs["region"] != CN)
    assert all(compute.region_weight(world, int(lab), CN, p) == 0.0 for lab in foreign)


def test_rent_of_a_lab_is_the_average_over_its_regions_less_subsidies():
    world = world_after(24)
    world.lab_region[0] = [0.5, 0.0, 0.25, 0.25, 0.0, 0.0]
    rents = world.regions["rent_contract"]
    assert compute.lab_rent(world, 0) == pytest.approx(world.lab_region[0] @ rents)
    world.policy["compute_subsidy"][0] = 0.4
    assert compute.lab_rent(world, 0) == pytest.approx(0.6 * world.lab_region[0] @ rents)


def test_labs_get_no_more_than_they_want():
    world = world_after(24)
    for act in (compute.want_compute, compute.clear_compute_market, compute.assign_compute):
        act(world)
    assert (world.labs["compute_h100e"] <= world.labs["compute_wanted_h100e"] * (1 + 1e-9)).all()
    assert (world.labs["compute_h100e"] >= 0.0).all()


def test_rents_are_paid_with_two_ends():
    world = world_after(24)
    compute.pay_rents(world)
    assert closes(world)
    paid = sum(flow_usd(world, flow) for flow in (COMPUTE_RENT, SELF_HOSTING))
    assert paid == pytest.approx(world.clouds["rent_income"].sum(), rel=1e-6)


@pytest.mark.parametrize("host", [-1, 4])
def test_a_payment_to_a_region_is_shared_out_in_full(host):
    world = world_after(24)
    compute.pay_rents(world)
    before = flow_usd(world, COMPUTE_RENT)
    income = world.clouds["rent_income"].sum()
    compute.pay_clouds_of_region(world, HOST0 + US, host, US, 1e6, COMPUTE_RENT, parameters(world))
    assert flow_usd(world, COMPUTE_RENT) - before == pytest.approx(1e6, abs=0.01 * N_CLOUDS)
    assert world.clouds["rent_income"].sum() - income == pytest.approx(1e6)
    assert closes(world)
