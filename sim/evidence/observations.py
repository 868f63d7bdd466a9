"""Observed values: the file format that scores, calibration and figures read, and how exact each value is.

A row says what was observed (`metric`, `key`), over which `window` up to which `date`, the `value` with its 5 % and
95 % limits if the source gives them (`low`, `high`), its `unit`, `source` and `confidence`: A seen in the source, B
second-hand, C unverified.
"""

from __future__ import annotations

import csv
import functools
import math
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from sim.errors import InputError
from sim.measures.windows import MONTHS_OF_WINDOW

OBSERVED_FILE = Path(__file__).parents[1] / "data" / "observed.csv"
COLUMNS = ("metric", "key", "date", "window", "value", "low", "high", "unit", "source", "confidence")
NEEDED = ("metric", "key", "date", "window", "value", "unit")
CONFIDENCES = ("A", "B", "C")

Scale = Literal["log", "absolute"]
ABSOLUTE_UNITS = frozenset({"share", "share of firms", "ECI", "month"})

NINETY_PERCENT = 2.0 * 1.6448536269514722
"""Width of a central 90 % interval of a normal distribution, in standard deviations."""

SD_BY_CONFIDENCE = {"A": 0.05, "B": 0.12, "C": 0.20}
"""Standard error of ln(value) where a source gives no limits: an assumption, by how the value was come by."""

SD_ABSOLUTE = {"share": 0.02, "share of firms": 0.02, "ECI": 1.0, "month": 1.5}
"""The same for values that are compared as they are, for confidence A; B has twice, C three times as much."""

FACTOR_BY_CONFIDENCE = {"A": 1.0, "B": 2.0, "C": 3.0}


def scale_of(unit: str) -> Scale:
    """How values of a unit are compared: shares, ECI and months as they are, levels by their logarithm."""
    return "absolute" if unit in ABSOLUTE_UNITS else "log"


def scaled(values: np.ndarray, scale: Scale) -> np.ndarray:
    """Values on their scale; on the log scale zero and below have no place and become NaN."""
    values = np.asarray(values, dtype=np.float64)
    if scale == "absolute":
        return values
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(values > 0.0, np.log(values), np.nan)


def sd_of(frame: pd.DataFrame) -> np.ndarray:
    """Standard error of each observed row on its scale, shape (rows,).

    From the 5-95 % limits where the source gives them, on the scale on which the row is compared; else by confidence.
    """
    return np.array([_sd(row) for row in frame.to_dict("records")], dtype=np.float64)


def _sd(row: dict) -> float:
    scale = scale_of(row["unit"])
    low, high, value = row["low"], row["high"], row["value"]
    if np.isfinite(low) and np.isfinite(high) and high > low and (scale == "absolute" or low > 0.0):
        width = high - low if scale == "absolute" else math.log(high / low)
        return width / NINETY_PERCENT
    confidence = row["confidence"] if row["confidence"] in CONFIDENCES else "C"
    if scale == "absolute":
        factor = FACTOR_BY_CONFIDENCE[confidence]
        if row["unit"].startswith("share"):  # a share near zero or one is known better than one in the middle
            return factor * max(0.1 * min(abs(value), abs(1.0 - value)), 0.005)
        return factor * SD_ABSOLUTE[row["unit"]]
    return SD_BY_CONFIDENCE[confidence]


def read_observations(path: str | Path | None = None) -> pd.DataFrame:
    """All rows of a file, in its order; the shipped observations if no path is given.

    Columns `COLUMNS` (date as Timestamp; low and high NaN where the source gives none) and `line`, the row's line in
    the file. Missing optional columns are filled. Raises InputError, with file and line, for a file that cannot be
    read, lacks a needed column, or has a row without metric, date, known window or finite value, or twice the same.
    """
    if path is None:
        return _shipped().copy()
    return _read(Path(path))


@functools.cache
def _shipped() -> pd.DataFrame:
    return _read(OBSERVED_FILE)


def _read(path: Path) -> pd.DataFrame:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            _check_header(reader.fieldnames, path)
            rows = [_row(row, path, reader.line_num) for row in reader]
    except OSError as error:
        raise InputError(error.strerror or "cannot be read", file=str(path)) from None
    except UnicodeDecodeError:
        raise InputError("is not text in UTF-8", file=str(path)) from None
    except csv.Error as error:
        raise InputError(f"is not a table of comma-separated values: {error}", file=str(path)) from None
    if not rows:
        raise InputError("has no rows", file=str(path))
    _check_unique(rows, path)
    return pd.DataFrame(rows)


def _check_header(names: object, path: Path) -> None:
    found = [str(name).strip() for name in (names or [])]  # type: ignore[attr-defined]
    for name in NEEDED:
        if name not in found:
            raise InputError(f"has no column '{name}'; needed are {', '.join(NEEDED)}", file=str(path), line=1)
    twice = {name for name in found if found.count(name) > 1}
    if twice:
        raise InputError(f"has the column '{min(twice)}' twice", file=str(path), line=1)


def _row(row: dict, path: Path, line: int) -> dict:
    if None in row or None in row.values():
        raise InputError("has more or fewer fields than the header", file=str(path), line=line)
    text = {str(name).strip(): str(value).strip() for name, value in row.items()}
    for name in ("metric", "key"):
        if not text[name]:
            raise InputError("is empty", file=str(path), line=line, key=name)
    if text["window"] not in MONTHS_OF_WINDOW:
        known = ", ".join(MONTHS_OF_WINDOW)
        raise InputError(
            f"'{text['window']}' is not a window; there are {known}", file=str(path), line=line, key="window"
        )
    found: dict[str, Any] = {name: text.get(name, "") for name in COLUMNS}
    found["date"] = _date(text["date"], path, line)
    found["value"] = _number(text["value"], "value", path, line)
    for name in ("low", "high"):
        given = text.get(name, "")
        found[name] = _number(given, name, path, line) if given else math.nan
    if found["low"] > found["high"]:
        raise InputError(f"{found['low']:g} is above high, {found['high']:g}", file=str(path), line=line, key="low")
    return {**found, "line": line}


def _date(text: str, path: Path, line: int) -> pd.Timestamp:
    try:
        if len(text) != 10:
            raise ValueError(text)
        return pd.Timestamp(pd.to_datetime(text, format="%Y-%m-%d"))
    except ValueError:
        raise InputError(f"'{text}' is not a date YYYY-MM-DD", file=str(path), line=line, key="date") from None


def _number(text: str, name: str, path: Path, line: int) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"'{text}' is not a number", file=str(path), line=line, key=name)
    return value


def _check_unique(rows: list[dict], path: Path) -> None:
    seen: dict[tuple, int] = {}
    for row in rows:
        place = (row["metric"], row["key"], row["date"], row["window"])
        if place in seen:
            raise InputError(
                f"{row['metric']}, {row['key']}, {row['date']:%Y-%m-%d}, {row['window']} is on line {seen[place]} too",
                file=str(path), line=row["line"],
            )  # fmt: skip
        seen[place] = row["line"]
