"""Reading a result folder back, with checks that it is whole and unchanged."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from sim.errors import InputError
from sim.results.folder import KIND, MANIFEST, read_manifest
from sim.results.stamp import sha256_of
from sim.results.tables import EVENT_COLUMNS, LEDGER, TIMESERIES, read_parquet

TABLES = ("timeseries.parquet", "ledger.parquet", "events.csv", "summary.csv", "scenario.resolved.yaml")


@dataclasses.dataclass(frozen=True)
class RunData:
    """A result folder in memory; reports, figures and exports need nothing else."""

    path: Path
    """The folder."""
    manifest: Mapping[str, Any]
    """Origin, seeds and files."""
    scenario: Mapping[str, Any]
    """The resolved scenario, as plain YAML values."""
    timeseries: pd.DataFrame
    """Long table: scenario, sample, replicate, date, metric, key, unit, value."""
    events: pd.DataFrame
    """scenario, sample, replicate, date, kind, agent, other, value, unit, text."""
    ledger: pd.DataFrame
    """scenario, sample, replicate, date, flow, from_sector, to_sector, usd_cents."""
    summary: pd.DataFrame
    """Headline measures at year ends."""


def read_run(path: str | Path, *, verify: bool = True, scenario: bool = True) -> RunData:
    """Read a result folder.

    With `verify`, the tables and the scenario must have the SHA-256 that the manifest states; without `scenario`, its
    file, slow to parse, stays unread and `RunData.scenario` is empty. Raises InputError with
    the file's name if the folder is not a result, is incomplete, or was changed.
    """
    folder = Path(path)
    manifest = checked_manifest(folder, KIND)
    check_files(folder, manifest, TABLES, verify)
    return RunData(
        path=folder,
        manifest=manifest,
        scenario=read_scenario(folder / "scenario.resolved.yaml") if scenario else {},
        timeseries=read_parquet(folder / "timeseries.parquet", TIMESERIES),
        events=read_events(folder / "events.csv"),
        ledger=read_parquet(folder / "ledger.parquet", LEDGER),
        summary=pd.read_csv(folder / "summary.csv", parse_dates=["date"]),
    )


def checked_manifest(folder: Path, kind: str) -> dict[str, Any]:
    """The manifest of a result folder of one kind. Raises InputError if it is none, or of another kind."""
    if not folder.is_dir():
        raise InputError("no such result folder", file=str(folder))
    manifest = read_manifest(folder)
    if manifest is None:
        raise InputError(f"not a weightshift result (no readable {MANIFEST})", file=str(folder))
    if manifest["kind"] != kind:
        raise InputError(f"is a {manifest['kind']}, not a {kind}", file=str(folder))
    return manifest


def check_files(folder: Path, manifest: Mapping[str, Any], names: Iterable[str], verify: bool) -> None:
    """Raise InputError if a named file is missing or, with `verify`, differs from the one that was written."""
    for name in names:
        if name not in manifest["files"] or not (folder / name).is_file():
            raise InputError("file is missing from the result", file=str(folder / name))
        if verify and sha256_of(folder / name) != manifest["files"][name]["sha256"]:
            raise InputError("file differs from the one that the run wrote", file=str(folder / name))


def read_scenario(path: Path) -> dict[str, Any]:
    """The resolved scenario as plain values; InputError if it is no mapping."""
    try:
        content = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except YAMLError as error:
        raise InputError("cannot be read as YAML", file=str(path)) from error
    if not isinstance(content, dict):
        raise InputError("is not a mapping", file=str(path))
    return content


def read_events(path: Path) -> pd.DataFrame:
    """The events, with dates; InputError if a column is missing."""
    # The region named "na" or an agent named "null" must stay text: only an empty field is missing.
    frame = pd.read_csv(path, keep_default_na=False, na_values={"value": [""]})
    missing = [name for name in EVENT_COLUMNS if name not in frame]
    if missing:
        raise InputError(f"column {missing[0]} is missing", file=str(path))
    return frame.assign(date=pd.to_datetime(frame["date"]))
