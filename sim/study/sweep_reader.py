"""A finished sweep as analyses take it: arrays by scenario, sample and replicate, and views to query."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sim.dated import month_start, parse_month
from sim.errors import InputError
from sim.results.folder import SWEEP_KIND, read_manifest
from sim.study.store import STUDY
from sim.study.sweep_tables import FAILURES, REPLICATES, RESULTS, SAMPLES, TIMESERIES, column_of

if TYPE_CHECKING:
    import duckdb

    from sim.study.study_file import Measure, Study


@dataclasses.dataclass(frozen=True)
class Sweep:
    """A finished sweep. A run that failed is NaN in every array, and a row of `failures`."""

    folder: Path
    manifest: dict[str, Any]
    study: Study
    samples: pd.DataFrame
    """A row per sample; columns point, then levers, uncertain paths and `dummy`."""
    failures: pd.DataFrame
    """scenario, sample, replicate, seed, error."""
    replicates: pd.DataFrame
    """replicate, seed, member (of the ensemble; empty with central values)."""

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Ids of the scenarios, the reference first."""
        return self.study.ids

    @property
    def shape(self) -> tuple[int, int, int]:
        """Scenarios, samples, replicates."""
        return len(self.scenarios), len(self.samples), len(self.replicates)

    @functools.cached_property
    def results(self) -> pd.DataFrame:
        """scenario, sample, replicate, metric, key, at, value: a row per run and measure, in order of the runs."""
        return _read(self.folder / RESULTS)

    @functools.cached_property
    def dates(self) -> pd.DatetimeIndex:
        """Month ends."""
        start = pd.Timestamp(month_start(self.study.start_month))
        return pd.date_range(start, periods=self.study.months, freq="ME")

    def table(self, measure: Measure) -> np.ndarray:
        """A measure in every run, shape (scenarios, samples, replicates)."""
        count, number = len(self.study.measures), self.study.measures.index(measure)
        rows = self.results.iloc[number::count]
        found = np.full(self.shape, np.nan)
        found[self._place(rows)] = rows["value"].to_numpy()
        return found

    def series(self, metric: str, key: str) -> np.ndarray:
        """A series in every run, shape (scenarios, samples, replicates, months), float32. Raises InputError if none."""
        name = column_of(metric, key)
        try:
            table = pq.read_table(self.folder / TIMESERIES, columns=["scenario", "sample", "replicate", name])
        except (KeyError, ValueError, pa.ArrowException):
            raise InputError("the sweep kept no such series", file=str(self.folder), key=name) from None
        if name not in table.column_names:
            raise InputError("the sweep kept no such series", file=str(self.folder), key=name)
        months = len(self.dates)
        found = np.full((*self.shape, months), np.nan, dtype=np.float32)
        first = table.select(["scenario", "sample", "replicate"]).take(np.arange(0, len(table), months)).to_pandas()
        found[self._place(first)] = table[name].to_numpy().reshape(-1, months)
        return found

    def _place(self, rows: pd.DataFrame) -> tuple[np.ndarray, ...]:
        order = {name: number for number, name in enumerate(self.scenarios)}
        return (
            rows["scenario"].astype(str).map(order).to_numpy(),
            rows["sample"].to_numpy(),
            rows["replicate"].to_numpy(),
        )


def read_sweep(folder: Path) -> Sweep:
    """A finished sweep. Raises InputError if the folder holds none, or one that is not finished."""
    from sim.study.study_file import read_resolved

    manifest = read_manifest(folder, (SWEEP_KIND,))
    if manifest is None:
        raise InputError("is not the folder of a sweep", file=str(folder))
    if not manifest.get("complete"):
        raise InputError("the sweep is not finished: weightshift sweep goes on from it", file=str(folder))
    study = read_resolved(
        folder / STUDY, tuple(manifest["scenarios"]), parse_month(manifest["start"]), parse_month(manifest["end"])
    )
    samples = _read(folder / SAMPLES).set_index("sample")
    try:
        failures, replicates = pd.read_csv(folder / FAILURES), pd.read_csv(folder / REPLICATES)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read: {error}", file=str(folder)) from None
    return Sweep(folder, manifest, study, samples, failures, replicates)


def _read(path: Path) -> pd.DataFrame:
    try:
        return pq.read_table(path).to_pandas()
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"cannot be read as Parquet: {str(error).splitlines()[0]}", file=str(path)) from None


def views(folder: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection with the tables of a sweep as views, nothing copied.

    `results`, `timeseries` (a column per series), `series` (long: metric, key, value), `samples`, `failures`, and
    `runs`: results beside what each sample fixed. Raises InputError if the folder holds no finished sweep.
    """
    import duckdb

    read_sweep(folder)
    connection = duckdb.connect()
    for name, file in (("results", RESULTS), ("timeseries", TIMESERIES), ("samples", SAMPLES)):
        connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({_quoted(folder / file)})")
    connection.execute(f"CREATE VIEW failures AS SELECT * FROM read_csv({_quoted(folder / FAILURES)}, header = true)")
    connection.execute(
        "CREATE VIEW series AS SELECT scenario, sample, replicate, date, split_part(name, '[', 1) AS metric, "
        "rtrim(split_part(name, '[', 2), ']') AS key, value FROM "
        "(UNPIVOT timeseries ON COLUMNS(* EXCLUDE (scenario, sample, replicate, date)) INTO NAME name VALUE value)"
    )
    connection.execute("CREATE VIEW runs AS SELECT * FROM results JOIN samples USING (sample)")
    return connection


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
