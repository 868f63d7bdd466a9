"""Results of the expensive steps of the evidence, kept as small files so that its page can be made without running.

One folder (`docs/evidence/`) with a file per step. A step that has not been run has no file: the page says so.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import InputError

STEPS = "steps.csv"
STEP_COLUMNS = ("step", "command", "seconds", "source_sha256", "made_on")
ROW_COLUMNS = ("id", "what", "model", "low", "high", "expected", "source", "passed")
SERIES_FIELDS = (
    "metric", "key", "n", "unit", "score", "score_drift", "score_trend", "score_mean_field", "coverage90", "crps",
)  # fmt: skip
POINT_COLUMNS = (
    "metric", "key", "date", "window", "unit", "model_median", "p05", "p95", "worlds_p05", "worlds_p95",
)  # fmt: skip
TABLES: dict[str, tuple[str, ...]] = {
    "patterns": ROW_COLUMNS,
    "pattern_sets": ("set",),
    "events": ROW_COLUMNS,
    "event_paths": ("case", "life", "path", "month", "low", "median", "high"),
    "benchmarks": ROW_COLUMNS,
    "corner_curves": ("curve", "x", "run", "y"),
    "calibration": ("parameter", "prior_low", "prior_high", "low", "median", "high", "sd_ratio"),
    "inversion": (),
    "targets": ("series", "points", "fitted", "discrepancy", "implausibility", "rules_out"),
    "variance": ("label", "year", "parameters", "chance"),
    "points_2024": POINT_COLUMNS,
    "points_2025": POINT_COLUMNS,
}
"""Columns that each table needs; others are kept as they are."""
SCORES = ("validation_2024", "validation_2025")
ENSEMBLES = "ensembles"


@dataclasses.dataclass(frozen=True)
class Stored:
    """What has been run: tables by name, answers of `validate --json` by name, provenance of ensembles, the steps."""

    tables: Mapping[str, pd.DataFrame]
    scores: Mapping[str, Mapping[str, Any]]
    ensembles: Mapping[str, Mapping[str, Any]]
    steps: pd.DataFrame

    def table(self, name: str) -> pd.DataFrame | None:
        """A table, or None if its step has not been run."""
        return self.tables.get(name)

    def series(self, name: str) -> pd.DataFrame | None:
        """One row per scored series, columns `SERIES_FIELDS`; null scores are NaN. None if the step was not run."""
        if name not in self.scores:
            return None
        frame = pd.DataFrame(self.scores[name]["series"], columns=list(SERIES_FIELDS))
        numbers = [field for field in SERIES_FIELDS if field not in ("metric", "key", "unit")]
        return frame.assign(**{field: pd.to_numeric(frame[field]) for field in numbers})


def read_stored(folder: Path) -> Stored:
    """Everything in the folder. Raises InputError for a file that is not what its name says."""
    tables = {name: _table(folder / f"{name}.csv", needed) for name, needed in TABLES.items()}
    scores = {name: _json(folder / f"{name}.json", ("summary", "series")) for name in SCORES}
    ensembles = _json(folder / f"{ENSEMBLES}.json", ()) or {}
    steps = _table(folder / STEPS, STEP_COLUMNS)
    return Stored(
        {name: table for name, table in tables.items() if table is not None},
        {name: found for name, found in scores.items() if found is not None},
        ensembles,
        steps if steps is not None else pd.DataFrame(columns=list(STEP_COLUMNS)),
    )


def write_rows(folder: Path, name: str, rows: Iterable[object]) -> None:
    """Keep a list of frozen dataclass rows as a table. Raises InputError if a needed column is missing."""
    write_table(folder, name, pd.DataFrame([dataclasses.asdict(row) for row in rows]))  # type: ignore[call-overload]


def write_table(folder: Path, name: str, frame: pd.DataFrame) -> None:
    """Keep a table. Raises InputError if a column that its name needs is missing."""
    _check(frame, TABLES.get(name, STEP_COLUMNS), folder / f"{name}.csv")
    _replace(folder / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n", float_format="%.6g"))


def write_json(folder: Path, name: str, value: object) -> None:
    """Keep an answer in JSON."""
    _replace(folder / f"{name}.json", json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n")


def note_step(folder: Path, step: Mapping[str, object]) -> None:
    """Remember how a step was run (`STEP_COLUMNS`), in place of what was remembered of it before."""
    known = read_stored(folder).steps
    rows = [row for row in known.to_dict("records") if row["step"] != step["step"]]
    frame = pd.DataFrame([*rows, dict(step)], columns=list(STEP_COLUMNS)).sort_values("step", kind="stable")
    write_table(folder, STEPS.removesuffix(".csv"), frame)


def _replace(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.part")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)


def _table(path: Path, needed: tuple[str, ...]) -> pd.DataFrame | None:
    if not path.exists():
        return None
    try:
        frame = pd.read_csv(path, keep_default_na=True)
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(f"is not a table: {error}", file=str(path)) from None
    _check(frame, needed, path)
    return frame


def _check(frame: pd.DataFrame, needed: tuple[str, ...], path: Path) -> None:
    missing = [name for name in needed if name not in frame.columns]
    if missing:
        raise InputError(f"lacks the column '{missing[0]}'", file=str(path))


def _json(path: Path, needed: tuple[str, ...]) -> dict[str, Any] | None:
    if not path.exists():
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"is not JSON: {error}", file=str(path)) from None
    for name in needed:
        if not isinstance(found, dict) or name not in found:
            raise InputError("is missing", file=str(path), key=name)
    return found
