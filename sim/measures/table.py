"""All measures of a run as one long table, made column by column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.errors import RunError

# The modules register their metrics when they are read, always in this order: it is the order of the table.
from sim.measures import (  # noqa: F401
    adoption,
    chips,
    compute,
    energy,
    labs,
    managed,
    models,
    money,
    policy,
    software,
    token_price,
    tokens,
    value,
)
from sim.measures.panel import Panel
from sim.measures.registry import METRICS


def measure(history: Any, month_ends: Sequence[Any] | np.ndarray) -> pd.DataFrame:
    """Every metric of every recorded month: columns date (datetime64), metric, key, unit (categorical), value.

    `month_ends` are the last days of the months, at least as many as `history` has recorded. Rows are in the order of
    METRICS, then of keys, then of months; a month in which a value is undefined has no row. Raises RunError if a
    number is broken (`check_numbers`), ValueError if there are too few dates.
    """
    dates = pd.DatetimeIndex(np.asarray(month_ends))[: history.months]
    if len(dates) < history.months:
        raise ValueError(f"{history.months} months, but only {len(dates)} dates")
    names, keys, values = measured_series(history)
    series, month = np.nonzero(~np.isnan(values))
    frame = labels(names, keys, series)
    frame.insert(0, "date", dates.to_numpy()[month])
    frame["value"] = values[series, month]
    return frame


def measure_month(history: Any, t: int) -> pd.DataFrame:
    """Every metric of month `t` (0 for the first): columns metric, key, unit, value."""
    if not 0 <= t < history.months:
        raise ValueError(f"month {t} has not been recorded")
    names, keys, values = measured_series(history)
    series = np.flatnonzero(~np.isnan(values[:, t]))
    frame = labels(names, keys, series)
    frame["value"] = values[series, t]
    return frame


def measured_series(history: Any, only: Sequence[str] | None = None) -> tuple[list[str], list[str], np.ndarray]:
    """Metric and key of every series, and their values, shape (series, months), NaN where undefined.

    With `only`, the metrics of these names. Raises KeyError for a name that is no metric, RunError for a broken number.
    """
    panel = Panel(history)
    names: list[str] = []
    keys: list[str] = []
    rows: list[np.ndarray] = []
    for name in (METRICS if only is None else only) if panel.months else ():
        found = METRICS[name].function(panel)
        names += [name] * len(found)
        keys += found
        rows += found.values()
    values = np.array(rows, dtype=np.float64).reshape(len(rows), panel.months)
    check_numbers(names, keys, values)
    return names, keys, values


def check_numbers(names: list[str], keys: list[str], values: np.ndarray) -> None:
    """Raise RunError if a value is infinite, or a flow is not a number: flows are always defined.

    A share of nothing has no value and is left out; money, chips or tokens that are not a number mean a broken world,
    which must not look like a gap.
    """
    flow = np.array([METRICS[name].aggregation == "sum" for name in names], dtype=bool)
    wrong = np.isinf(values) | (np.isnan(values) & flow[:, None])
    if wrong.any():
        series, month = np.argwhere(wrong)[0]
        raise RunError(f"metric {names[series]}, key {keys[series]}, is {values[series, month]} in month {month}")


def labels(names: list[str], keys: list[str], series: np.ndarray) -> pd.DataFrame:
    """Columns metric, key, unit of the rows whose series is given; the categories do not depend on the run."""
    units = [METRICS[name].unit for name in names]
    columns = {}
    for column, texts in (("metric", names), ("key", keys), ("unit", units)):
        categories = list(dict.fromkeys(texts))
        place = {text: code for code, text in enumerate(categories)}
        codes = np.array([place[text] for text in texts], dtype=np.int16)
        columns[column] = pd.Categorical.from_codes(codes[series], pd.Index(categories, dtype=str))
    return pd.DataFrame(columns)


def table_of_metrics() -> str:
    """The list of metrics as a Markdown table, for the documents."""
    rows = ["| metric | keys | unit | over a window | definition |", "|---|---|---|---|---|"]
    for record in METRICS.values():
        cells = (record.name, record.keys, record.unit, record.aggregation, record.definition)
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"
