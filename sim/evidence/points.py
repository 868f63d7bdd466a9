"""The model's value at each observed point: over the row's own window, for many worlds at once."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.errors import InputError
from sim.evidence.observations import scale_of, scaled
from sim.measures import METRICS
from sim.measures.keys import keys_of
from sim.measures.windows import MONTHS_OF_WINDOW, last_month
from sim.study.series import SeriesList


def unknown_reason(metric: str, key: str) -> str:
    """Why the model cannot be compared with a series; empty if it can."""
    if metric not in METRICS:
        return "the model has no such metric"
    return "" if key in keys_of(metric) else "the metric has no such key"


class Points:
    """Observed rows of series that the model has, and how to read the model's value for each.

    `frame` has the columns of `sim.evidence.observations.read_observations`; the horizon starts at `start_month`
    (12 x year + month - 1) and has `months` months. `inside` says which rows lie wholly in it, shape (rows,).
    Raises InputError for a row whose series the model does not have: leave those out first, see `unknown_reason`.
    """

    def __init__(self, frame: pd.DataFrame, start_month: int, months: int) -> None:
        for metric, key, line in zip(frame["metric"], frame["key"], frame["line"], strict=True):
            reason = unknown_reason(metric, key)
            if reason:
                raise InputError(reason, key=f"{metric}, {key}", line=int(line))
        self.frame = frame.reset_index(drop=True)
        pairs = list(zip(frame["metric"], frame["key"], strict=True))
        self.series = SeriesList(tuple(dict.fromkeys(pairs)))
        place = {pair: number for number, pair in enumerate(self.series.pairs)}
        self._row = np.array([place[pair] for pair in pairs], dtype=np.int64)
        self._sum = np.array([METRICS[metric].aggregation == "sum" for metric in frame["metric"]], dtype=bool)
        last = np.array([last_month(d, w) for d, w in zip(frame["date"], frame["window"], strict=True)], dtype=np.int64)
        self._last = last - start_month
        self._first = self._last - self._lengths(frame) + 1
        self.inside = (self._first >= 0) & (self._last < months)
        self.log = np.array([scale_of(unit) == "log" for unit in frame["unit"]], dtype=bool)

    def _lengths(self, frame: pd.DataFrame) -> np.ndarray:
        """Months of each row's window, as `sim.measures.windows.window_value` counts them."""
        found = []
        for metric, window, last in zip(frame["metric"], frame["window"], self._last, strict=True):
            aggregation = METRICS[metric].aggregation
            if window == "cumulative" and aggregation == "sum":
                found.append(max(last + 1, 1))
            else:
                found.append(1 if aggregation == "end" else MONTHS_OF_WINDOW[window])
        return np.array(found, dtype=np.int64)

    def read(self, values: np.ndarray) -> np.ndarray:
        """Value of the model at each row, shape (..., rows), from series of shape (..., series, months).

        NaN where the row is outside the horizon, or the model has no value in a month of the window.
        """
        found = np.full((*values.shape[:-2], len(self._row)), np.nan)
        for number in np.flatnonzero(self.inside):
            part = values[..., self._row[number], self._first[number] : self._last[number] + 1]
            found[..., number] = part.sum(axis=-1) if self._sum[number] else part.mean(axis=-1)
        return found

    def scaled(self, values: np.ndarray) -> np.ndarray:
        """Values of shape (..., rows) on the scale of each row: ln for levels (NaN at or below zero), else as is."""
        return np.where(self.log, scaled(values, "log"), values)

    def observed(self) -> np.ndarray:
        """Observed values on their scale, shape (rows,)."""
        return self.scaled(self.frame["value"].to_numpy(dtype=np.float64))
