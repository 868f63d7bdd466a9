"""Instruments on models over short runs: accounts close at the extremes, an unused law changes no byte, all acts."""

import numpy as np
import pytest
from law_world import scenario_with
from test_model_instruments import CHANGES, PLAIN, changed
from worlds import same_bytes

from sim.economy import Economy
from sim.policy.instruments.models import INSTRUMENTS

END, BEGIN = "2025-06", "2024-01-01"
EVERYONE = ["us", "cn", "eu"]
REGIONS = ["us", "cn", "eu", "gulf", "sea", "row"]
SEGMENTS = ["router", "startup", "enterprise", "public", "platform"]
EXTREMES = {
    "rich grants": ("open_weights_incentive", {"origins": EVERYONE, "grant_usd": 1e11}),
    "no open weights": ("release_restriction", {"origins": EVERYONE, "above_eci": 0.0}),
    "no weights abroad": ("release_restriction", {"origins": EVERYONE, "scope": "export", "above_eci": 0.0}),
    "no foreign models": (
        "procurement_ban",
        {"origins": ["cn"], "regions": REGIONS, "segments": SEGMENTS, "robots": True},
    ),
    "no models at all": (
        "procurement_ban",
        {"origins": EVERYONE, "regions": ["us", "eu"], "segments": SEGMENTS, "robots": True, "compliance": 0.7},
    ),
    "ruinous liability": (
        "open_weights_liability",
        {"regions": REGIONS, "usd_per_mtoken": 1e3, "usd_per_host_year": 1e10},
    ),
    "no distillation": ("distillation_enforcement", {"pupils": EVERYONE, "teachers": EVERYONE, "access": 0.0}),
}


def lived(instrument, announced=BEGIN, effective=BEGIN, **parameters):
    """World at the end of a run with one more policy; every month's identities are checked on the way."""
    economy = Economy(scenario_with(instrument, END, announced, effective, **parameters), 1)
    for _ in range(economy.world_scenario.months):
        economy.step()
    return economy.world


@pytest.fixture(scope="module")
def free():
    """World at the end of the run without any of the instruments."""
    return lived("distillation_enforcement", "2025-07-01", None, pupils=["cn"], teachers=["us"], access=0.5)


@pytest.mark.parametrize("extreme", EXTREMES)
def test_accounts_close_at_the_extremes_and_something_happens(extreme, free):
    instrument, parameters = EXTREMES[extreme]
    world = lived(instrument, **parameters)
    assert world.macro["ledger_residual"][0] == 0
    assert np.isfinite(world.models["price"]).all() and np.isfinite(world.tokens).all()
    assert np.isfinite(world.accounts).all() and np.isfinite(world.macro["host_margin"]).all()
    assert (world.accounts != free.accounts).any()


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_an_instrument_that_is_never_in_force_changes_no_byte(instrument, free):
    world = lived(instrument, "2024-01-01", None, **PLAIN[instrument])
    assert same_bytes(world, free)


@pytest.mark.parametrize(("instrument", "name"), [(i, n) for i, names in CHANGES.items() for n in names])
def test_every_parameter_reaches_the_economy(instrument, name):
    """A law in which one parameter differs gives another state: nothing is read and then ignored."""
    world, other = (lived(instrument, **parameters) for parameters in strong(instrument, name))
    assert (world.accounts != other.accounts).any() or (world.labs["ln_algorithm"] != other.labs["ln_algorithm"]).any()


def strong(instrument, name):
    """The plain form and the changed one, with amounts and lines that bind between 2024 and mid-2025."""
    plain, new = dict(PLAIN[instrument]), changed(instrument, name)
    if instrument == "open_weights_incentive":
        for form in (plain, new):
            form["origins"] = form["origins"] if name == "origins" else EVERYONE
            form["grant_usd"] = 2e10 if form["grant_usd"] == 2e8 else 1e10
        if name == "from_eci":
            new["from_eci"] = 400.0
        if name == "budget_usd_per_year":
            new["budget_usd_per_year"] = 1e8
    if instrument == "release_restriction":
        for form in (plain, new):
            form["origins"] = ["cn", "us"] if name != "origins" else form["origins"]
            if "above_eci" in form:
                form["above_eci"] = 0.0 if name in ("scope", "origins") else form["above_eci"] - 30.0
    if instrument == "procurement_ban":
        for form in (plain, new):
            form["segments"] = ["router", "startup"] if form["segments"] == ["public"] else form["segments"]
            form["origins"] = ["cn", "us"] if name != "origins" else form["origins"]
    return plain, new
