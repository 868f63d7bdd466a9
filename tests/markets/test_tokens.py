"""Prices of tokens: cost, elasticity, the Lerner rule, stickiness."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import parameters, world_after

from sim.markets import compute, tokens
from sim.world import US

QUICK = settings(max_examples=25, deadline=None)


def test_cost_of_a_million_tokens():
    """An H100e at 2 USD an hour, half used, 1,000 tokens a second: 4 / 3.6 USD per million."""
    assert tokens.token_cost(2.0, 0.5, 1000.0) == pytest.approx(4.0 / 3.6)
    assert tokens.token_cost(4.0, 0.5, 1000.0) == pytest.approx(8.0 / 3.6)


def test_throughput_is_inverse_to_size():
    p = parameters(world_after(12))
    assert tokens.throughput(p, 2.0) == pytest.approx(0.5 * tokens.throughput(p, 1.0))
    assert tokens.throughput(p, 1.0) == pytest.approx(p["labs_tokens_per_second"] * p["labs_serving_efficiency"])


def nested_share(ln_price, alpha, sigma, utilities, nests):
    """Shares of a nested logit with outside good, and shares within the nest (Berry 1994)."""
    v = (utilities - alpha * ln_price) / (1.0 - sigma)
    d = np.array([np.exp(v[nests == g]).sum() for g in (0, 1)])
    total = 1.0 + (d ** (1.0 - sigma)).sum()
    within = np.exp(v) / d[nests]
    return within * d[nests] ** (1.0 - sigma) / total, within


@pytest.mark.parametrize("sigma", [0.0, 0.3, 0.75])
@pytest.mark.parametrize("alpha", [0.6, 1.5])
def test_elasticity_is_the_derivative_of_the_nested_logit(alpha, sigma):
    utilities, nests = np.array([0.5, 0.1, -0.3, 0.2, 0.0]), np.array([0, 0, 0, 1, 1])
    ln_price = np.array([0.2, 1.0, -0.5, 0.0, 0.4])
    shares, within = nested_share(ln_price, alpha, sigma, utilities, nests)
    for j in range(5):
        step = np.zeros(5)
        step[j] = 1e-6
        up, _ = nested_share(ln_price + step, alpha, sigma, utilities, nests)
        down, _ = nested_share(ln_price - step, alpha, sigma, utilities, nests)
        numerical = -(np.log(up[j]) - np.log(down[j])) / 2e-6
        eta = tokens.lerner_elasticity(alpha, sigma, float(within[j]), float(shares[j]), 0.4)
        assert eta == pytest.approx(numerical + 0.4, rel=1e-6)


def test_lerner_price_is_the_first_order_condition():
    price, bound = tokens.lerner_price(2.0, 0.5, 3.0, 1.2, 10.0)
    assert bound == 0
    assert (price - 2.0 - 0.5) / price == pytest.approx(1.0 / 3.0)
    assert tokens.lerner_price(2.0, 0.5, 1.1, 1.2, 10.0) == (25.0, 1)  # no interior price: capped cost-plus
    assert tokens.lerner_price(2.0, 0.0, 1.25, 1.2, 4.0) == (8.0, 1)  # the cap binds


@QUICK
@given(st.floats(0.01, 10.0), st.floats(0.0, 5.0), st.floats(0.5, 20.0), st.floats(0.5, 20.0))
def test_more_elastic_demand_never_raises_the_price(cost, shadow, one, other):
    low, high = sorted((one, other))
    assert tokens.lerner_price(cost, shadow, high, 1.2, 10.0)[0] <= tokens.lerner_price(cost, shadow, low, 1.2, 10.0)[0]


@QUICK
@given(st.integers(0, 5), st.floats(1.0, 30.0))
def test_a_higher_power_price_never_lowers_cost_at_a_fixed_fleet(r, factor):
    base, dear = world_after(24), world_after(24)
    dear.regions["electricity_price"][r] *= factor
    dear.regions["domestic_price"][r] *= factor
    for world in (base, dear):
        compute.clear_compute_market(world)
        tokens.set_token_prices(world)
    there = base.models["available"] == 1
    assert (dear.regions["variable_cost"] >= base.regions["variable_cost"]).all()
    assert (dear.regions["rent_contract"] >= base.regions["rent_contract"]).all()
    for name in ("marginal_cost", "host_price"):
        assert (dear.models[name][there] >= base.models[name][there]).all()


def test_list_prices_are_cut_or_kept_without_rationing():
    world = world_after(30)
    world.labs["serving_pressure"] = 0.5
    parameters(world)["pricing_repricing_chance"] = 1.0
    before = world.models["price"].copy()
    tokens.set_token_prices(world)
    old = (world.models["available"] == 1) & (before > 0.0)
    assert (world.models["price"][old] <= before[old] * (1 + 1e-12)).all()
    assert (world.models["price"][old] < before[old]).any()


def test_without_a_chance_of_revision_prices_stick_in_peace():
    world = world_after(30)
    world.labs["at_war"] = 0
    parameters(world)["pricing_repricing_chance"] = 0.0
    parameters(world)["pricing_repricing_chance_undercut"] = 0.0
    before = world.models["price"].copy()
    tokens.set_token_prices(world)
    old = before > 0.0
    assert (world.models["price"][old] == before[old]).all()


def test_new_models_are_priced_at_least_at_cost():
    world = world_after(30)
    world.models["price"] = -1.0
    tokens.set_token_prices(world)
    there = (world.models["available"] == 1) & (world.labs["origin"][world.models["lab"]] != 1)
    assert (world.models["price"][there] >= world.models["marginal_cost"][there] * (1 - 1e-12)).all()
    assert (world.models["launch_price"][there] == world.models["price"][there]).all()


def test_hosts_price_at_cost_and_a_thin_margin():
    world = world_after(30)
    world.macro["host_margin"] = 0.25
    tokens.set_token_prices(world)
    p = parameters(world)
    for m in np.flatnonzero(world.models["available"]):
        speed = tokens.throughput(p, float(world.models["size"][m]))
        rent = float(world.regions["rent_contract"][US])
        cost = tokens.token_cost(rent, float(p["labs_host_utilisation"]), speed)
        assert world.models["host_price"][m] == pytest.approx(1.25 * cost)


def test_pressure_is_at_most_one_and_one_for_the_cheapest():
    world = world_after(30)
    tokens.feel_price_pressure(world)
    pressure = world.labs["price_pressure"]
    assert ((pressure > 0.0) & (pressure <= 1.0)).all()
    assert (pressure == 1.0).any()
