"""One number from a monthly series, over the window that an observation names."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd

from sim.measures.registry import Aggregation

MONTHS_OF_WINDOW = {"instant": 1, "week": 1, "month": 1, "quarter": 3, "half": 6, "year": 12, "cumulative": 1}
MONTHS_THAT_ARE_WHOLE = frozenset(["month", "quarter", "half", "year"])


def last_month(end_date: Any, window: str) -> int:
    """Month in which a window ends, as `12 x year + month - 1`.

    An instant, a week and a stock are read in the month of the date. A window of whole months ends at its date, which
    may be any day (fiscal quarters): its last month is the one of the date, or the one before it if less than half of
    the month has passed. Raises ValueError for an unknown window.
    """
    if window not in MONTHS_OF_WINDOW:
        raise ValueError(f"unknown window {window!r}; there are {', '.join(MONTHS_OF_WINDOW)}")
    date = pd.Timestamp(end_date)
    number = 12 * date.year + date.month - 1
    early = window in MONTHS_THAT_ARE_WHOLE and 2 * date.day < date.days_in_month
    return number - 1 if early else number


def window_value(
    series: pd.Series | pd.DataFrame,
    window: str,
    aggregation: Aggregation,
    end_date: str | datetime.date | pd.Timestamp,
) -> Any:
    """Value of a monthly series over the window that ends at `end_date`: a float, or an array with one per column.

    `series` is indexed by month ends in rising order (columns, if any, are replicates). Flows (`sum`) add up, rates and
    shares (`mean`) are averaged, stocks (`end`) take the last month. `cumulative` is the running total of a flow since
    the first month, and the value at the date of everything else. NaN where the series lacks a month of the window:
    before the model starts, after it ends, or where the value is undefined.
    """
    if aggregation not in ("sum", "mean", "end"):
        raise ValueError(f"unknown aggregation {aggregation!r}")
    last = last_month(end_date, window)
    values = series.to_numpy(dtype=np.float64)
    index = pd.DatetimeIndex(series.index)
    number = 12 * index.year.to_numpy() + index.month.to_numpy() - 1
    length = MONTHS_OF_WINDOW[window]
    if window == "cumulative" and aggregation == "sum" and len(number):
        length = max(int(last - number[0] + 1), 1)
    elif aggregation == "end":
        length = 1
    inside = (number > last - length) & (number <= last)
    missing = np.full(values.shape[1:], np.nan) if values.ndim > 1 else float("nan")
    if inside.sum() != length:
        return missing
    part = values[inside]
    result = part.sum(axis=0) if aggregation == "sum" else part.mean(axis=0)
    return result if values.ndim > 1 else float(result)


def window_unit(unit: str, window: str, aggregation: Aggregation) -> str:
    """Unit of a window's value: USD/month summed over a quarter is USD/quarter, over all months USD."""
    if aggregation != "sum" or not unit.endswith("/month") or window in ("instant", "week"):
        return unit
    whole = unit.removesuffix("/month")
    return whole if window == "cumulative" else f"{whole}/{window}"
