"""Identities of chips and megawatts: breaches stop the run and are named."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import baseline, run_of, scenario, world_after

from sim import checks
from sim.economy import Economy, live_month, run_scenario
from sim.errors import RunError


def test_a_living_world_closes():
    world = world_after(24)
    assert checks.chip_gap(world) <= checks.TOLERANCE
    assert checks.power_gap(world) <= checks.TOLERANCE


def test_gap_of_a_vendor_is_relative():
    world = world_after(24)
    world.vendors["inventory_h100e"][0] += 0.01 * world.vendors["made_total_h100e"][0]
    assert checks.vendor_gap(world, 0) == pytest.approx(0.01, rel=1e-3)
    assert checks.chip_gap(world) == pytest.approx(0.01, rel=1e-3)


def lose_chips_at_a_vendor(world):
    world.vendors["inventory_h100e"][0] -= 1e5


def lose_chips_at_a_site(world):
    world.fleet[0] *= 0.9


def lose_track_of_retirement(world):
    world.sites["retired_h100e"][2] += 1e4


def break_a_number(world):
    world.sites["installed_h100e"][0] = np.nan


@pytest.mark.parametrize(
    ("breach", "named"),
    [
        (lose_chips_at_a_vendor, "vendor nvidia"),
        (lose_chips_at_a_site, "site microsoft/us"),
        (lose_track_of_retirement, "site microsoft/row"),
        (break_a_number, "site microsoft/us"),
    ],
)
def test_lost_chips_stop_the_run_and_name_the_place(breach, named):
    economy = Economy(scenario(4))
    economy.step()
    economy.acts = (live_month, breach, checks.check_identities)
    with pytest.raises(RunError, match=f"chips are not conserved: .*{named}"):
        economy.step()


def test_power_from_nowhere_stops_the_run():
    def breach(world):
        world.regions["load_mw"][0] = 2.0 * world.regions["power_mw"][0]

    economy = Economy(scenario(4))
    economy.acts = (live_month, breach, checks.check_identities)
    with pytest.raises(RunError, match="megawatts are not conserved"):
        economy.step()


@pytest.mark.parametrize("table, field", [("macro", "sentiment"), ("regions", "rent_contract")])
def test_a_price_that_is_not_a_number_stops_the_run(table, field):
    def breach(world):
        getattr(world, table)[field][0] = np.nan

    economy = Economy(scenario(4))
    economy.acts = (live_month, breach, checks.check_identities)
    with pytest.raises(RunError, match="not a number"):
        economy.step()


def closing(run):
    """Residual and gaps of a run: cents, chips, megawatts."""
    macro = run.history.macro[:, 0]
    return macro["ledger_residual"].any(), macro["chip_gap"].max(), macro["power_gap"].max()


def test_every_month_of_the_baseline_closes():
    run = run_of(96)
    broken, chips, power = closing(run)
    assert not broken
    assert max(chips, power) <= checks.TOLERANCE
    residual = run.timeseries[run.timeseries["metric"] == "ledger_residual_usd"]
    assert len(residual) > 0 and (residual["value"] == 0.0).all()


def test_made_chips_are_shipped_or_in_store_every_month():
    vendors = run_of(96).history.vendors
    gap = vendors["made_total_h100e"] - vendors["shipped_total_h100e"] - vendors["inventory_h100e"]
    assert np.abs(gap).max() <= checks.TOLERANCE * vendors["made_total_h100e"].max()


def _ranges():
    """Low and high of every uncertain or steerable number that is not dated, by path."""
    registry = baseline().registry
    ranges = {}
    for path in registry:
        parameter = registry[path]
        if path == "developers.count" or parameter.record.options or parameter.record.integer:
            continue
        if parameter.low is None or parameter.high is None:
            continue
        low, high = parameter.low.knots[0][1], parameter.high.knots[0][1]
        if len(parameter.low.knots) == len(parameter.high.knots) == 1 and low < high:
            ranges[path] = (low, high)
    return ranges


RANGES = _ranges()


@st.composite
def settings_in_range(draw):
    """A handful of parameters, each anywhere between its 5 % and 95 % values."""
    paths = draw(st.lists(st.sampled_from(sorted(RANGES)), min_size=1, max_size=6, unique=True))
    return {path: draw(st.floats(*RANGES[path])) for path in paths}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(settings_in_range(), st.integers(1, 10_000), st.integers(100, 300))
def test_any_small_world_closes(chosen, seed, developers):
    small = scenario(12, (("developers.count", developers),)).with_overrides(chosen)
    run = run_scenario(small, seed=seed)
    broken, chips, power = closing(run)
    assert not broken
    assert max(chips, power) <= checks.TOLERANCE
    opening = Economy(small, seed).world.accounts.sum()
    assert (run.history.accounts.sum(axis=1) == opening).all()
    assert np.isfinite(run.timeseries["value"]).all()


@pytest.mark.parametrize("end", [0, 1])
def test_all_parameters_at_one_end_of_their_range_still_close(end):
    """A corner no sampler reaches: every number low, or every number high, at once."""
    chosen = {path: bounds[end] for path, bounds in RANGES.items()}
    run = run_scenario(scenario(24).with_overrides(chosen), seed=1)
    assert not closing(run)[0]


def test_no_account_of_the_baseline_falls_below_zero():
    """Incomes are passed on: nobody spends for years what it never earned."""
    assert (run_of(96).history.accounts >= 0).all()
