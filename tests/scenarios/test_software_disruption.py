"""Stress: AI takes work from software firms faster and more widely from 2026. What must move, which way, and why.

Runs are pairs with the same seed: the baseline and the stress differ in nothing but the stress.
"""

import functools

import numpy as np
import pytest
from worlds import world_after

import sim
from sim.accounts import CLOUD_KEYS
from sim.agents import clouds
from sim.economy import run_scenario
from sim.history import ARRAYS
from sim.world import TABLES

SEEDS = (1, 2)
START = 36
HYPERSCALERS = [CLOUD_KEYS.index(name) for name in ("microsoft", "amazon", "google", "meta")]
NEOCLOUDS = [CLOUD_KEYS.index(name) for name in ("coreweave", "neocloud_1", "neocloud_2", "neocloud_3")]


@functools.cache
def history_of(name, seed, overrides=()):
    scenario = sim.load_scenario(name, overrides={"developers.count": 200, **dict(overrides)})
    return run_scenario(scenario, seed=seed).history


def pair(seed, overrides=()):
    """Histories of the baseline and of the stress."""
    return history_of("baseline", seed, overrides), history_of("software-disruption", seed, overrides)


def by_exposure(rows):
    return rows.reshape(-1, 2).sum(axis=1)


def total(history, table, field, rows=slice(None)):
    """Sum from the start of the stress."""
    return getattr(history, table)[field][START:, rows].sum()


@pytest.mark.parametrize("seed", SEEDS)
def test_before_2026_both_worlds_are_the_same_to_the_byte(seed):
    base, stress = pair(seed)
    for name in (*TABLES, *ARRAYS):
        assert getattr(base, name)[:START].tobytes() == getattr(stress, name)[:START].tobytes(), name


@pytest.mark.parametrize("seed", SEEDS)
def test_revenue_falls_most_where_ai_can_do_most_of_the_work(seed):
    base, stress = pair(seed)
    change = by_exposure(stress.software["revenue"][-1]) / by_exposure(base.software["revenue"][-1]) - 1.0
    assert change[2] < change[1] < change[0] < -0.05


@pytest.mark.parametrize("seed", SEEDS)
def test_earnings_no_longer_pay_the_interest_so_that_more_firms_default(seed):
    base, stress = pair(seed)
    assert (stress.software["coverage"][-1][1::2] < base.software["coverage"][-1][1::2]).all()
    defaults = [history.software["defaults"][-1].sum() for history in (base, stress)]
    assert defaults[1] > 1.5 * defaults[0]
    assert total(stress, "software", "losses") > 2.0 * total(base, "software", "losses")


@pytest.mark.parametrize("seed", SEEDS)
def test_buyouts_fall_because_they_no_longer_promise_the_hurdle(seed):
    base, stress = pair(seed)
    assert (stress.software["multiple"][-1] < base.software["multiple"][-1]).all()
    assert total(stress, "software", "buyouts") < 0.5 * total(base, "software", "buyouts")


@pytest.mark.parametrize("seed", SEEDS)
def test_lenders_ask_for_more_after_their_losses(seed):
    base, stress = pair(seed)
    wider = stress.macro["credit_spread"][-24:].mean() - base.macro["credit_spread"][-24:].mean()
    assert 0.002 < wider < 0.05


def test_dearer_credit_alone_lowers_the_value_of_chips_most_for_neoclouds_that_live_on_it():
    value = []
    for wider in (0.0, 0.01):
        world = world_after(48)
        world.macro["credit_spread"] += wider
        clouds.plan_capex(world)
        value.append(world.clouds["hurdle_ratio"][[NEOCLOUDS[0], HYPERSCALERS[0]]])
    neocloud, hyperscaler = value[1] / value[0] - 1.0
    assert neocloud < hyperscaler <= 0.0


@pytest.mark.parametrize("seed", SEEDS)
def test_neoclouds_spend_no_more_and_hyperscalers_much_the_same(seed):
    """Less building elsewhere makes rents rise and chips cheaper: part of what credit takes away comes back."""
    base, stress = pair(seed)
    neoclouds, hyperscalers = (
        total(stress, "clouds", "capex", rows) / total(base, "clouds", "capex", rows) - 1.0
        for rows in (NEOCLOUDS, HYPERSCALERS)
    )
    assert neoclouds < 0.0
    assert abs(hyperscalers) < 0.03 and hyperscalers > neoclouds


@pytest.mark.parametrize("seed", SEEDS)
def test_what_has_nothing_to_do_with_it_stays(seed):
    """Electricity moves by what neoclouds do not build; law, licences and robots do not depend on software firms."""
    base, stress = pair(seed)
    np.testing.assert_allclose(stress.regions["electricity_price"], base.regions["electricity_price"], rtol=0.02)
    for name in base.policy.dtype.names:
        assert (stress.policy[name] == base.policy[name]).all(), name
    for name in ("china_taste", "china_levy", "china_cap"):
        assert (stress.skus[name] == base.skus[name]).all(), name
    np.testing.assert_allclose(stress.industries["robots"], base.industries["robots"], rtol=1e-2)
    np.testing.assert_allclose(stress.macro["frontier_us"], base.macro["frontier_us"], atol=0.5)


def test_without_the_link_the_stress_stays_among_software_firms():
    base, stress = pair(1, (("software.credit_link", "off"),))
    assert stress.software["defaults"][-1].sum() > base.software["defaults"][-1].sum()
    for name in ("clouds", "labs", "vendors", "regions", "communities"):
        assert getattr(base, name).tobytes() == getattr(stress, name).tobytes(), name
    assert (base.macro["credit_spread"] == stress.macro["credit_spread"]).all()


def test_without_disruption_the_stress_is_empty():
    base, stress = pair(1, (("software.disruption", "off"),))
    assert base.software.tobytes() == stress.software.tobytes()
