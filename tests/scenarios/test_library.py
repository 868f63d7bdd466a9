"""The library of scenarios: each file is sound, changes nothing before it says so, and moves what it forces."""

from __future__ import annotations

import functools
import pathlib

import numpy as np
import pandas as pd
import pytest
from library import DIRECT, ON_ITS_OWN, Direct

import sim
from sim.accounts import CLOUD_KEYS, LAB_KEYS, VENDOR_KEYS
from sim.dated import month_of, month_text, parse_month
from sim.economy import Run, run_scenario
from sim.history import ARRAYS
from sim.policy.instruments import INSTRUMENTS
from sim.scenario.difference import first_difference_month
from sim.scenario.files import shipped_folder
from sim.scenario.load import read_scenario
from sim.scenario.schema import STATUSES
from sim.world import REGIONS, TABLES
from sim.yaml_file import read_yaml

FILES = sorted(shipped_folder().glob("*.yaml"))
NAMES = [file.stem for file in FILES]
DEVELOPERS, SEEDS = 2000, (1, 2, 3)
LISTINGS = ("skus", "agent_releases")
"""Tables that list from the first month on what comes on sale or is released later."""


@functools.cache
def run_of(name: str, seed: int) -> Run:
    return run_scenario(sim.load_scenario(name, overrides={"developers.count": DEVELOPERS}), seed=seed)


ROWS = {"vendors": VENDOR_KEYS, "clouds": CLOUD_KEYS, "labs": LAB_KEYS}


def series(run: Run, metric: str, key: str, first: str, last: str) -> pd.Series:
    """Values by date of what `Direct.metric` names."""
    dates = pd.DatetimeIndex(np.unique(run.timeseries["date"]))
    table, _, field = metric.partition(".")
    if table == "ledger":
        paid = run.ledger[run.ledger["flow"] == key].groupby("date")["usd_cents"].sum()
        found = paid.reindex(dates, fill_value=0)
    elif table == "communities":
        rows = run.history.communities
        found = pd.Series(rows[field][:, rows["region"][0] == REGIONS.index(key)].sum(axis=1), dates)
    elif field:
        found = pd.Series(getattr(run.history, table)[field][:, ROWS[table].index(key)], dates)
    else:
        rows = run.timeseries
        found = rows[(rows["metric"] == metric) & (rows["key"] == key)].set_index("date")["value"]
    assert len(found), f"no metric {metric} {key}"
    return found.loc[first:last]


@pytest.fixture(params=FILES, ids=NAMES)
def file(request: pytest.FixtureRequest) -> pathlib.Path:
    return request.param


@pytest.fixture(params=[name for name in NAMES if name not in ON_ITS_OWN])
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def test_there_are_enough_scenarios() -> None:
    assert len(FILES) >= 20


def test_the_file_says_what_a_reader_needs(file: pathlib.Path) -> None:
    scenario, problems = read_scenario(file)
    assert not problems and scenario is not None
    assert scenario.id == file.stem and scenario.status in STATUSES
    assert scenario.question.endswith("?") and len(scenario.notes) > 60
    assert scenario.authors and scenario.references
    assert not any("TODO" in text for text in (scenario.notes, scenario.question, *scenario.references))


def test_the_file_is_sparse_and_extends_the_baseline(file: pathlib.Path) -> None:
    data = read_yaml(file).data
    if file.stem in ON_ITS_OWN:
        assert "extends" not in data
        return
    assert data["extends"] and set(data["extends"]) <= set(NAMES)
    assert data["baseline"] == "baseline" and "horizon" not in data
    ours, base = sim.load_scenario(file), sim.load_scenario("baseline")
    assert (ours.start_month, ours.end_month) == (base.start_month, base.end_month)
    kept = {policy.id for policy in base.policies} - set(data.get("drop", ()))
    assert kept <= {policy.id for policy in ours.policies}, "a policy of the baseline is gone without being dropped"


def test_invented_acts_say_so(file: pathlib.Path) -> None:
    for policy in sim.load_scenario(file).policies:
        invented = policy.id.startswith("illustration")
        assert invented == policy.reference.startswith("Illustration"), policy.id
        assert not invented or policy.confidence == "D", policy.id
        dated = invented and policy.trigger is None
        assert not dated or month_of(policy.announced) >= parse_month("2026-01"), policy.id


def test_every_instrument_is_used_by_some_scenario() -> None:
    used = {policy.instrument for file in FILES for policy in sim.load_scenario(file).policies}
    assert set(INSTRUMENTS) - used == set()


@pytest.mark.parametrize("seed", SEEDS)
def test_it_runs_and_closes_its_accounts(file: pathlib.Path, seed: int) -> None:
    run = run_of(file.stem, seed)
    assert run.history.months == 96
    assert not run.history.macro["ledger_residual"].any()
    values = run.timeseries["value"].to_numpy()
    assert not np.isinf(values).any()


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_differs_before_it_says_so_and_something_does_after(name: str, seed: int) -> None:
    base, ours = run_of("baseline", seed), run_of(name, seed)
    first = first_difference_month(sim.load_scenario("baseline"), sim.load_scenario(name))
    assert first is not None
    months = first - parse_month("2023-01")
    for part in (*TABLES, *ARRAYS):
        if part not in LISTINGS:
            one, other = (getattr(run.history, part)[:months] for run in (base, ours))
            assert one.tobytes() == other.tobytes(), f"{part} differs before {month_text(first)}"
    late = [run.timeseries[run.timeseries["date"] >= month_text(first)] for run in (base, ours)]
    both = late[0].merge(late[1], on=["date", "metric", "key"], suffixes=("", "_ours"))
    moved = both[both["value"] != both["value_ours"]].dropna(subset=["value", "value_ours"])
    assert moved["metric"].nunique() > 0


def test_every_scenario_has_a_forced_effect() -> None:
    assert {direct.scenario for direct in DIRECT} >= set(NAMES) - ON_ITS_OWN


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("direct", DIRECT, ids=lambda each: f"{each.scenario}-{each.metric}-{each.key}")
def test_what_is_forced_happens(direct: Direct, seed: int) -> None:
    ours = series(run_of(direct.scenario, seed), direct.metric, direct.key, direct.first, direct.last)
    base = series(run_of(direct.against, seed), direct.metric, direct.key, direct.first, direct.last)
    if direct.compare == "stands still":
        # A chip that is out before the one for China is renewed leaves a gap for a month: under one chip is smuggled.
        assert ours.max() - ours.min() < 1e-4 * (base.max() - base.min()), direct.reason
        assert base.max() > base.min(), f"nothing to stop in the baseline: {direct}"
        return
    one, other = float(base.mean()), float(ours.mean())
    slack = 1e-9 * abs(one)
    holds = {
        "higher": other > one,
        "lower": other < one,
        "not higher": other <= one + slack,
        "not lower": other >= one - slack,
    }
    assert holds[direct.compare], f"{one:g} -> {other:g}: {direct.reason}"
