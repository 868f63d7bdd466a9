"""The tables of a finished sweep, made from its parts: the same bytes whatever the workers, order or interruptions."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sim.measures import METRICS
from sim.measures.windows import window_value
from sim.study.run_plan import RunPlan
from sim.study.store import Store

if TYPE_CHECKING:
    from sim.study.study_file import Measure, Study

BLOCK = 512
"""Runs of a row group: what is in memory at once."""
RESULTS, TIMESERIES, SAMPLES, FAILURES, REPLICATES = (
    "results.parquet", "timeseries.parquet", "samples.parquet", "failures.csv", "replicates.csv",
)  # fmt: skip
FILES = (RESULTS, TIMESERIES, SAMPLES, FAILURES, REPLICATES)
_TEXT = pa.dictionary(pa.int32(), pa.string())
_PLACE = [("scenario", _TEXT), ("sample", pa.int32()), ("replicate", pa.int32())]
RESULT_SCHEMA = pa.schema(
    [*_PLACE, ("metric", _TEXT), ("key", _TEXT), ("at", _TEXT), ("value", pa.float64())]
)  # fmt: skip


def column_of(metric: str, key: str) -> str:
    """Name of a series' column in the table of time series."""
    return f"{metric}[{key}]"


def values_at(measure: Measure, values: np.ndarray, month_ends: np.ndarray) -> np.ndarray:
    """A measure from monthly series of many runs: `values` (runs, months) to (runs,), NaN where undefined.

    `at` is a month (its value), a calendar year (the metric's own aggregation over it) or the end.
    """
    dates = pd.DatetimeIndex(month_ends)
    table = pd.DataFrame(values.T, index=dates)
    at = measure.at
    last = dates[-1] if at == "end" else pd.Timestamp(f"{at}-12-31") if len(at) == 4 else pd.Timestamp(f"{at}-01")
    if len(at) == 4:
        return np.asarray(window_value(table, "year", METRICS[measure.metric].aggregation, last), dtype=np.float64)
    row = int(np.flatnonzero((dates.year == last.year) & (dates.month == last.month))[0])
    return values[:, row]


def write_tables(store: Store, study: Study, plan: RunPlan) -> int:
    """Write all tables of a sweep whose runs are done; returns how many runs failed.

    A failed run has no rows in the results; `failures.csv` says why. Raises RunError if the disk is full.
    """
    from sim.study.design import samples_of

    folder, ids = store.folder, list(study.ids)
    samples = samples_of(study)
    with store.written(folder / SAMPLES) as partial:
        pq.write_table(pa.Table.from_pandas(samples.reset_index()), partial, compression="zstd")
    with store.written(folder / REPLICATES) as partial:
        _replicates(study).to_csv(partial, index=False, lineterminator="\n")
    failed: list[tuple[str, int, int, int, str]] = []
    series_schema = pa.schema(
        [*_PLACE, ("date", pa.date32()), *((column_of(*pair), pa.float32()) for pair in plan.series.pairs)]
    )
    floats = [field.name for field in series_schema if field.type == pa.float32()]
    with (
        store.written(folder / RESULTS) as one,
        store.written(folder / TIMESERIES) as other,
        pq.ParquetWriter(one, RESULT_SCHEMA, compression="zstd", version="2.6", store_schema=False) as results,
        pq.ParquetWriter(
            other, series_schema, compression="zstd", version="2.6", store_schema=False,
            use_dictionary=["scenario", "sample", "replicate", "date"], use_byte_stream_split=floats,
        ) as series,
    ):  # fmt: skip
        for block in store.merged(BLOCK):
            kept = _Block(plan, block)
            failed += [(ids[s], p, r, plan.seed + r, error) for s, p, r, error in kept.failures]
            if len(kept.values):
                results.write_table(kept.results(study, ids))
                series.write_table(kept.series(study, ids, series_schema))
    with store.written(folder / FAILURES) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("scenario", "sample", "replicate", "seed", "error"))
        writer.writerows(failed)
    return len(failed)


class _Block:
    """Some runs in order: `place` (runs, 3) and `values` (runs, series, months) of those that did not fail."""

    def __init__(self, plan: RunPlan, table: pa.Table) -> None:
        places = np.array([plan.place(run) for run in table["run"].to_pylist()], dtype=np.int32).reshape(-1, 3)
        errors = table["error"].to_pylist()
        good = np.array([not error for error in errors])
        self.failures = [(*map(int, places[row]), error) for row, error in enumerate(errors) if error]
        self.place = places[good]
        flat = table["values"].combine_chunks().flatten().to_numpy()
        self.values = flat.reshape(len(self.place), len(plan.series.pairs), plan.months)
        self.pairs = {pair: row for row, pair in enumerate(plan.series.pairs)}

    def results(self, study: Study, ids: list[str]) -> pa.Table:
        """A row per run and measure."""
        count = len(study.measures)
        ends = study.scenarios[0].month_ends()
        found = [
            values_at(measure, self.values[:, self.pairs[measure.metric, measure.key]], ends)
            for measure in study.measures
        ]
        which = np.tile(np.arange(count, dtype=np.int32), len(self.place))
        texts = [
            _coded(which, [getattr(measure, name) for measure in study.measures]) for name in ("metric", "key", "at")
        ]
        numbers = pa.array(np.stack(found, axis=1).ravel(), from_pandas=True)
        return pa.Table.from_arrays([*_place_columns(self.place, count, ids), *texts, numbers], schema=RESULT_SCHEMA)

    def series(self, study: Study, ids: list[str], schema: pa.Schema) -> pa.Table:
        """A row per run and month."""
        ends = study.scenarios[0].month_ends().astype("datetime64[D]")
        dates = pa.array(np.tile(ends, len(self.place)), pa.date32())
        columns = [
            pa.array(np.ascontiguousarray(self.values[:, row]).ravel().astype(np.float32), from_pandas=True)
            for row in range(self.values.shape[1])
        ]
        return pa.Table.from_arrays([*_place_columns(self.place, len(ends), ids), dates, *columns], schema=schema)


def _place_columns(place: np.ndarray, times: int, ids: list[str]) -> list[pa.Array]:
    scenario, sample, replicate = (np.repeat(column, times) for column in place.T)
    return [_coded(scenario, ids), pa.array(sample, pa.int32()), pa.array(replicate, pa.int32())]


def _coded(codes: np.ndarray, words: list[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(words, pa.string()))


def _replicates(study: Study) -> pd.DataFrame:
    from sim.study.ensemble import read_ensemble

    seeds = range(study.seed, study.seed + study.replicates)
    ensemble = None if study.method == "ensemble" else read_ensemble(study.ensemble_name)
    members = ["" if ensemble is None else ensemble.member_of(seed) for seed in seeds]
    return pd.DataFrame({"replicate": range(study.replicates), "seed": seeds, "member": members})


def listed(folder: Path) -> dict[str, dict[str, object]]:
    """SHA-256 and bytes of each table, for the manifest."""
    from sim.results.stamp import sha256_of

    return {name: {"sha256": sha256_of(folder / name), "bytes": (folder / name).stat().st_size} for name in FILES}
