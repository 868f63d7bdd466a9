"""A comparison of scenarios in paired worlds: what it holds, and its folder."""

from __future__ import annotations

import dataclasses
import importlib.util
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from sim.errors import InputError
from sim.results.folder import COMPARISON_KIND, MANIFEST, staged
from sim.results.read import check_files, checked_manifest, read_scenario
from sim.results.tables import TIMESERIES, ParquetTable, read_parquet
from sim.results.write import list_files
from sim.study.channels import CHANNEL_COLUMNS
from sim.study.effects import EFFECT_COLUMNS, OVER_TIME_COLUMNS

FORMAT_VERSION = 1
BOUND_COLUMNS = ("scenario", "kind", "count")
CSV_TABLES: dict[str, tuple[str, ...]] = {
    "effects": EFFECT_COLUMNS,
    "over_time": OVER_TIME_COLUMNS,
    "channels": CHANNEL_COLUMNS,
    "bounds": BOUND_COLUMNS,
}
FILE_OF = {**{name: f"{name}.csv" for name in CSV_TABLES}, "over_time": "effects_over_time.csv"}
TEXTS = ("main_channel", "agent", "other", "text", "unit")  # columns whose empty field is an empty text
SERIES_FILE, EVENTS_FILE = "timeseries.parquet", "events.parquet"
EVENTS = pa.schema(
    [
        ("scenario", pa.string()),
        ("replicate", pa.int32()),
        ("date", pa.timestamp("ms")),
        ("kind", pa.string()),
        ("agent", pa.string()),
        ("other", pa.string()),
        ("value", pa.float64()),
        ("unit", pa.string()),
        ("text", pa.string()),
    ]
)


@dataclasses.dataclass(frozen=True)
class Comparison:
    """Scenarios side by side in the same worlds; a report needs nothing else."""

    path: Path
    """The folder."""
    manifest: Mapping[str, Any]
    """Origin, seeds, how long it ran and why it stopped, variance reduction, files."""
    scenarios: Mapping[str, Mapping[str, Any]]
    """Resolved scenarios as plain values, by id; the baseline first."""
    baseline: str
    policies: tuple[str, ...]
    timeseries: pd.DataFrame
    """Columns of `sim.results.tables.TIMESERIES`, all scenarios, worlds and months, only the measures compared."""
    effects: pd.DataFrame
    """One row per policy, headline and year end: `sim.study.effects.EFFECT_COLUMNS`."""
    over_time: pd.DataFrame
    """Paired differences month by month: `sim.study.effects.OVER_TIME_COLUMNS`."""
    channels: pd.DataFrame
    """One row per policy, headline and channel at the last year end: `sim.study.channels.CHANNEL_COLUMNS`."""
    events: pd.DataFrame
    """Columns of EVENTS, dates as datetime64; limits that bound are counted in `bounds`, not listed."""
    bounds: pd.DataFrame
    """BOUND_COLUMNS: how often a limit bound, over all worlds and months of a scenario."""


def write_comparison(comparison: Comparison, *, quick: bool = False) -> Comparison:
    """Write the folder `comparison.path` in one step and return the comparison with its complete manifest.

    Raises InputError if the folder may not be replaced, RunError if the disk is full; what was there stays.
    """
    with staged(comparison.path) as folder:
        write_series(comparison.timeseries, folder / SERIES_FILE)
        write_events(comparison.events, folder / EVENTS_FILE)
        for name in CSV_TABLES:
            write_csv(getattr(comparison, name), folder / FILE_OF[name])
        for name, text in comparison.manifest["resolved"].items():
            (folder / scenario_file(name)).write_text(text, encoding="utf-8")
        manifest = {key: value for key, value in comparison.manifest.items() if key != "resolved"}
        written = dataclasses.replace(comparison, manifest=manifest)
        write_report(written, folder, quick)
        manifest["files"] = list_files(folder)
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return written


def write_report(comparison: Comparison, folder: Path, quick: bool) -> None:
    """Figures and report.html."""
    if importlib.util.find_spec("sim.report.comparison") is None:
        return
    importlib.import_module("sim.report.comparison").write_comparison_files(comparison, folder, quick=quick)


def scenario_file(name: str) -> str:
    """File of a resolved scenario in the folder."""
    return f"{name}.resolved.yaml"


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """A table with the same bytes for the same content."""
    frame.to_csv(path, index=False, lineterminator="\n", date_format="%Y-%m-%d", float_format="%.17g")


def write_series(frame: pd.DataFrame, path: Path) -> None:
    """The long table as Parquet, a row group per scenario; text columns are categorical."""
    table = ParquetTable(path, TIMESERIES)
    try:
        for _, part in frame.groupby("scenario", sort=False, observed=True):
            columns = []
            for field in TIMESERIES:
                column = part[field.name]
                if isinstance(column.dtype, pd.CategoricalDtype):
                    names = pa.array(column.cat.categories.astype(object), type=pa.string())
                    codes = pa.array(column.cat.codes.to_numpy())
                    columns.append(pa.DictionaryArray.from_arrays(codes, names).dictionary_decode())
                elif pa.types.is_timestamp(field.type):
                    columns.append(pa.array(column.to_numpy(dtype="datetime64[ms]"), type=field.type))
                else:
                    columns.append(pa.array(column.to_numpy(), type=field.type))
            table.add(pa.Table.from_arrays(columns, schema=TIMESERIES))
    finally:
        table.close()


def write_events(frame: pd.DataFrame, path: Path) -> None:
    """The events as Parquet: 600 runs of them would be 60 MB as text."""
    table = ParquetTable(path, EVENTS)
    try:
        table.add(
            pa.Table.from_pandas(frame[EVENTS.names], schema=EVENTS, preserve_index=False).replace_schema_metadata()
        )
    finally:
        table.close()


def read_comparison(path: str | Path, *, verify: bool = True) -> Comparison:
    """Read the folder of a comparison.

    With `verify`, tables and scenarios must have the SHA-256 that the manifest states. Raises InputError with the
    file's name if the folder is no comparison, is incomplete, or was changed.
    """
    folder = Path(path)
    manifest = checked_manifest(folder, COMPARISON_KIND)
    names = (str(manifest["baseline"]), *(str(name) for name in manifest["policies"]))
    files = [SERIES_FILE, EVENTS_FILE, *FILE_OF.values(), *(scenario_file(name) for name in names)]
    check_files(folder, manifest, files, verify)
    tables = {name: read_table(folder / FILE_OF[name], columns) for name, columns in CSV_TABLES.items()}
    return Comparison(
        path=folder,
        manifest=manifest,
        scenarios={name: read_scenario(folder / scenario_file(name)) for name in names},
        baseline=names[0],
        policies=names[1:],
        timeseries=read_parquet(folder / SERIES_FILE, TIMESERIES, categorical=True),
        events=read_parquet(folder / EVENTS_FILE, EVENTS),
        **tables,
    )


def read_table(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """A CSV table with dates. Raises InputError if a column is missing."""
    # An agent or a text may read like a missing number, so only columns of numbers have missing fields.
    numbers = [name for name in columns if name not in TEXTS]
    frame = pd.read_csv(path, keep_default_na=False, na_values={name: [""] for name in numbers})
    missing = [name for name in columns if name not in frame]
    if missing:
        raise InputError(f"column {missing[0]} is missing", file=str(path))
    return frame.assign(date=pd.to_datetime(frame["date"])) if "date" in frame else frame
