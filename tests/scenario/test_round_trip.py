"""A resolved scenario run again gives the same bytes, from wherever it is read."""

from __future__ import annotations

import hashlib
import pathlib

import pytest

from sim.economy import Run, run_scenario
from sim.results.write import run_to_folder
from sim.scenario.files import shipped_folder
from sim.scenario.load import load_scenario
from sim.scenario.model import Scenario

SCENARIOS = sorted(shipped_folder().glob("*.yaml"))
FEW = {"developers.count": 200}


def digest(run: Run) -> str:
    """SHA-256 of everything that a result folder would hold of a run: time series, events, ledger."""
    found = hashlib.sha256()
    for frame in (run.timeseries, run.events, run.ledger):
        found.update(frame.to_csv(index=False, float_format="%.17g").encode())
    return found.hexdigest()


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_a_resolved_scenario_repeats_the_run_from_another_folder(
    file: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first: Scenario = load_scenario(file, FEW)
    elsewhere = tmp_path / "elsewhere" / "any-name.yaml"
    elsewhere.parent.mkdir()
    elsewhere.write_text(first.resolved_yaml(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    again = load_scenario(elsewhere)
    assert again == first
    assert again.resolved_yaml() == first.resolved_yaml()
    assert digest(run_scenario(again, seed=5)) == digest(run_scenario(first, seed=5))


def test_the_file_in_a_result_folder_repeats_that_folder(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first = load_scenario("stress-price-war", FEW).until("2026-06")
    one = run_to_folder(first, seed=2, replicates=2, out=tmp_path / "one", quick=True)
    again = load_scenario(one / "scenario.resolved.yaml")
    two = run_to_folder(again, seed=2, replicates=2, out=tmp_path / "two", quick=True)
    for name in ("scenario.resolved.yaml", "timeseries.parquet", "events.csv", "ledger.parquet", "summary.csv"):
        assert (two / name).read_bytes() == (one / name).read_bytes(), name
