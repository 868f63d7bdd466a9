"""What there is to export in a result folder of `run`, `compare` or `sweep`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import InputError
from sim.results.folder import COMPARISON_KIND, KIND, SWEEP_KIND, read_manifest

SERIES = "timeseries"


@dataclasses.dataclass(frozen=True)
class Content:
    """A result: its tables by name, and where it comes from.

    `tables["timeseries"]` is long: scenario, sample, replicate, date, metric, key, unit, value.
    """

    kind: str
    """run, comparison or sweep."""
    id: str
    title: str
    manifest: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]
    notes: tuple[str, ...]
    """What a reader must know before using a number."""

    @property
    def series(self) -> pd.DataFrame:
        """The long table."""
        return self.tables[SERIES]


CAUTION = (
    "Conditional projections, not forecasts: the rules and deals of the scenario stay as they are.",
    "Not advice about any firm. What is assumed, and what the model gets wrong: docs/limits.md and docs/evidence.md.",
)


def read_content(folder: Path) -> Content:
    """Everything that a folder holds for export. Raises InputError if it is no result, is incomplete or was changed."""
    manifest = read_manifest(folder, (KIND, COMPARISON_KIND, SWEEP_KIND))
    if manifest is None:
        raise InputError("is not a result folder of run, compare or sweep", file=str(folder))
    reader = {KIND: _run, COMPARISON_KIND: _comparison, SWEEP_KIND: _sweep}[str(manifest["kind"])]
    return reader(folder)


def _run(folder: Path) -> Content:
    from sim.results.read import read_run

    data = read_run(folder)
    tables = {
        "summary": data.summary, SERIES: data.timeseries, "events": data.events, "ledger": data.ledger,
        "policies": _policies(data.scenario), "parameters": _parameters(data.scenario), "metrics": metrics(),
    }  # fmt: skip
    title = str(data.scenario.get("title", folder.name))
    return Content("run", str(data.scenario.get("id", folder.name)), title, data.manifest, tables, CAUTION)


def _comparison(folder: Path) -> Content:
    from sim.study.comparison import CSV_TABLES, FILE_OF, read_comparison

    data = read_comparison(folder)
    tables = {Path(FILE_OF[name]).stem: getattr(data, name) for name in CSV_TABLES}
    tables[SERIES] = data.timeseries
    tables["policies"] = pd.concat(
        [_policies(one).assign(scenario=name) for name, one in data.scenarios.items()], ignore_index=True
    )
    tables["metrics"] = metrics()
    title = f"{', '.join(data.policies)} against {data.baseline}"
    return Content("comparison", folder.name, title, data.manifest, tables, CAUTION)


def _sweep(folder: Path) -> Content:
    from sim.study.sweep_reader import read_sweep

    sweep = read_sweep(folder)
    tables = {
        "results": sweep.results, "samples": sweep.samples.reset_index(), SERIES: _long(sweep),
        "replicates": sweep.replicates, "failures": sweep.failures, "metrics": metrics(),
    }  # fmt: skip
    gaps = f"{len(sweep.failures)} runs failed and have no rows." if len(sweep.failures) else "No run failed."
    return Content("sweep", sweep.study.id, sweep.study.title, sweep.manifest, tables, (*CAUTION, gaps))


def _long(sweep: Any) -> pd.DataFrame:
    from sim.measures import METRICS
    from sim.study.sweep_tables import TIMESERIES

    wide = pd.read_parquet(sweep.folder / TIMESERIES)
    names = [name for name in wide.columns if "[" in name]
    long = wide.melt(["scenario", "sample", "replicate", "date"], names, "series", "value").dropna(subset=["value"])
    parts = long["series"].str.extract(r"^([^\[]+)\[(.*)\]$")
    units = {name: METRICS[name].unit for name in parts[0].unique()}
    return pd.DataFrame({
        "scenario": long["scenario"], "sample": long["sample"], "replicate": long["replicate"],
        "date": pd.to_datetime(long["date"]), "metric": parts[0], "key": parts[1], "unit": parts[0].map(units),
        "value": long["value"].astype(float),
    }).reset_index(drop=True)  # fmt: skip


def _policies(scenario: Mapping[str, Any]) -> pd.DataFrame:
    names = ("id", "title", "instrument", "actor", "announced", "effective", "expires", "confidence", "reference")
    rows = [{name: one.get(name) for name in names} for one in scenario.get("policies", [])]
    return pd.DataFrame(rows, columns=list(names)).astype("string")


def _parameters(scenario: Mapping[str, Any]) -> pd.DataFrame:
    from sim.registry import load_registry

    registry = load_registry()
    rows = []
    for path, value in scenario.get("set", {}).items():
        record = registry[path].record
        rows.append((path, record.label, record.unit, str(value), record.grade, " ".join(record.source.split())))
    return pd.DataFrame(rows, columns=["path", "label", "unit", "value", "grade", "source"])


def metrics() -> pd.DataFrame:
    """Every metric: name, unit, what its keys are, how a window is read, definition."""
    from sim.measures import METRICS
    from sim.measures import table as _  # noqa: F401  (metrics register when it is read)

    rows = [(one.name, one.unit, one.keys, one.aggregation, " ".join(one.definition.split()))
            for one in METRICS.values()]  # fmt: skip
    return pd.DataFrame(rows, columns=["metric", "unit", "keys", "window", "definition"])
