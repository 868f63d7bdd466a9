"""Software firms: growth under disruption, coverage and default, buy-outs with two ends."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import closes, copy_world, flow_usd, parameters, world_after

from sim.accounts import N_ACCOUNTS, SOFTWARE0
from sim.agents import software
from sim.ledger import SOFTWARE_COSTS, SOFTWARE_SALES

QUICK = settings(max_examples=25, deadline=None)


def test_growth_is_base_less_disruption_plus_adoption():
    assert software.software_growth(0.1, 0.05, 2.0, 0.8, 0.5, 0.04) == pytest.approx(0.1 - 0.08 + 0.02)
    assert software.software_growth(0.1, 0.05, 0.0, 0.8, 0.0, 0.04) == pytest.approx(0.1)


@QUICK
@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 5.0))
def test_more_exposure_never_grows_faster(one, other, gain):
    low, high = sorted((one, other))
    growth = [software.software_growth(0.1, 0.05, gain, x, 0.3, 0.04) for x in (low, high)]
    assert growth[1] <= growth[0]


def test_revenue_compounds_at_the_growth_of_the_cohort():
    world = world_after(24)
    before = copy_world(world)
    software.run_software(world)
    p = parameters(world)
    gain = max(0.0, world.macro["frontier_us"][0] - 126.0) / 10.0
    for i, cohort in enumerate(world.software):
        growth = software.software_growth(
            float(p["software_base_growth"]), float(p["software_disruption"]), float(gain), float(cohort["exposure"]),
            float(cohort["adoption"]), float(p["software_adoption_gain"]),
        )  # fmt: skip
        assert cohort["revenue"] == pytest.approx(before.software["revenue"][i] * np.exp(growth / 12.0))
    assert flow_usd(world, SOFTWARE_SALES) == pytest.approx(world.software["revenue"].sum())
    costs = (world.software["revenue"] * (1.0 - world.software["margin"])).sum()
    assert flow_usd(world, SOFTWARE_COSTS) == pytest.approx(costs)
    assert closes(world)
    assert SOFTWARE0 + len(world.software) <= N_ACCOUNTS


@QUICK
@given(st.floats(0.0, 0.3), st.floats(0.0, 0.3))
def test_wider_spreads_never_mean_fewer_losses(one, other):
    losses = []
    for spread in sorted((one, other)):
        world = world_after(24)
        world.macro["credit_spread"] = spread
        software.run_software(world)
        losses.append(world.software["losses"].copy())
    assert (losses[1] >= losses[0]).all()


def test_firms_are_alive_or_have_defaulted():
    world = world_after(24)
    before = copy_world(world)
    world.macro["credit_spread"] = 0.5
    software.run_software(world)
    gone = world.software["defaults"] - before.software["defaults"]
    assert (gone > 0.0).all()
    assert world.software["firms"] == pytest.approx(before.software["firms"] - gone)
    assert ((world.software["pe_share"] > 0.0) & (world.software["pe_share"] < 1.0)).all()
