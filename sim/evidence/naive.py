"""Naive forecasts from the past of a series alone: the last value with drift, and a straight trend.

Both are lines in time on the scale of the series (logarithm for levels), so that irregular dates are no trouble. An
average over a window stands at the middle of its window; a flow is divided by its months before a line is laid through
it and multiplied by those of the window that is forecast. Running totals are forecast from running totals only.
"""

from __future__ import annotations

import dataclasses
from typing import Literal

import numpy as np
import pandas as pd

from sim.evidence.observations import Scale, scaled
from sim.measures import METRICS
from sim.measures.windows import MONTHS_OF_WINDOW, last_month

Kind = Literal["drift", "trend"]
LEAST_DATES = {"drift": 2, "trend": 3}


@dataclasses.dataclass(frozen=True)
class Line:
    """`level + slope * (time - origin)`, time in months."""

    origin: float
    level: float
    slope: float

    def at(self, times: np.ndarray) -> np.ndarray:
        """Values at times, on the scale of the series."""
        return self.level + self.slope * (np.asarray(times, dtype=np.float64) - self.origin)


def drift_line(times: np.ndarray, values: np.ndarray) -> Line | None:
    """Random walk with drift: from the last value on, with the mean slope between the first and the last.

    Hyndman and Athanasopoulos, "Forecasting: principles and practice", drift method. Values of one date are averaged.
    None with fewer than two dates.
    """
    times, values = one_a_date(times, values)
    if len(times) < LEAST_DATES["drift"]:
        return None
    slope = (values[-1] - values[0]) / (times[-1] - times[0])
    return Line(float(times[-1]), float(values[-1]), float(slope))


def trend_line(times: np.ndarray, values: np.ndarray) -> Line | None:
    """Ordinary least squares of values on time; None with fewer than three dates."""
    if len(one_a_date(times, values)[0]) < LEAST_DATES["trend"]:
        return None
    middle = float(np.mean(times))
    away = times - middle
    slope = float(np.dot(away, values) / np.dot(away, away))
    return Line(middle, float(np.mean(values)), slope)


def one_a_date(times: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Dates in rising order, each once, with the mean of its values."""
    dates, place = np.unique(np.asarray(times, dtype=np.float64), return_inverse=True)
    sums = np.bincount(place, weights=values, minlength=len(dates))
    return dates, sums / np.bincount(place, minlength=len(dates))


def times_of(frame: pd.DataFrame) -> np.ndarray:
    """When each row of one metric happened, in months since year 0, shape (rows,): a window stands at its middle."""
    if frame.empty:
        return np.zeros(0)
    aggregation = METRICS[str(frame["metric"].iloc[0])].aggregation
    found = []
    for date, window in zip(frame["date"], frame["window"], strict=True):
        if MONTHS_OF_WINDOW[window] == 1 or aggregation == "end":  # at the day itself
            found.append(12 * date.year + date.month - 1 + date.day / date.days_in_month)
        else:
            found.append(last_month(date, window) + 1 - MONTHS_OF_WINDOW[window] / 2)
    return np.array(found, dtype=np.float64)


def months_of(frame: pd.DataFrame) -> np.ndarray:
    """By how many months a row of one metric is divided to be a monthly flow; 1 for whatever does not add up."""
    sums = len(frame) > 0 and METRICS[str(frame["metric"].iloc[0])].aggregation == "sum"
    return np.array([MONTHS_OF_WINDOW[window] if sums else 1 for window in frame["window"]], dtype=np.float64)


def totals(frame: pd.DataFrame) -> np.ndarray:
    """Which rows of one metric are running totals of a flow: not to be mixed with flows."""
    sums = len(frame) > 0 and METRICS[str(frame["metric"].iloc[0])].aggregation == "sum"
    return np.array([sums and window == "cumulative" for window in frame["window"]], dtype=bool)


def forecast(past: pd.DataFrame, wanted: pd.DataFrame, scale: Scale, kind: Kind) -> np.ndarray | None:
    """Forecast of the rows of `wanted` from those of `past`, both of one metric and key, in the unit of `wanted`.

    On the log scale, rows of the past at zero or below are left out. None if there is too little for any row wanted.
    """
    found = np.full(len(wanted), np.nan)
    for is_total in (False, True):
        target = totals(wanted) == is_total
        if not target.any():
            continue
        rows, goal = past[totals(past) == is_total], wanted[target]
        values = scaled(rows["value"].to_numpy(dtype=np.float64) / months_of(rows), scale)
        usable = np.isfinite(values)
        make = drift_line if kind == "drift" else trend_line
        line = make(times_of(rows)[usable], values[usable])
        if line is None:
            return None
        lines = line.at(times_of(goal))
        with np.errstate(over="ignore"):
            found[target] = (np.exp(lines) if scale == "log" else lines) * months_of(goal)
    return found
