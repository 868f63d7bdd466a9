"""What a page shows: series of one or many worlds by month, beside the paired baseline. Knows nothing of pages."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.report.policy_strip import PolicyMark

if TYPE_CHECKING:
    from sim.policy.schema import Policy

LOW, MIDDLE, HIGH = 0.05, 0.5, 0.95

Pair = tuple[str, str]


@dataclasses.dataclass(frozen=True, eq=False)
class Shown:
    """Results as views read them.

    `series` maps (metric, key) to values of shape (worlds, months), NaN where undefined or not reached;
    `money` has columns year, from_sector, to_sector, usd (of the first world), or is None where it is not known;
    `baseline` holds the same worlds without what the visitor changed.
    """

    title: str
    dates: pd.DatetimeIndex
    live_months: int
    series: Mapping[Pair, np.ndarray]
    marks: tuple[PolicyMark, ...] = ()
    baseline: Shown | None = None
    money: pd.DataFrame | None = None
    note: str = ""
    """Where the numbers come from, in words: how many worlds, which parameters."""
    policies: tuple[Policy, ...] = ()
    """The acts of the scenario, for the question which chip may go where."""

    @property
    def worlds(self) -> int:
        """How many worlds there are."""
        return next((len(values) for values in self.series.values()), 0)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw yet."""
        return self.live_months == 0 or not self.series

    @property
    def finished(self) -> bool:
        """Whether the last month has been reached."""
        return self.live_months == len(self.dates)

    def has(self, metric: str, key: str) -> bool:
        """Whether there is such a series."""
        return (metric, key) in self.series

    def keys(self, metric: str) -> list[str]:
        """Keys of a metric, in the order of the table."""
        return [key for name, key in self.series if name == metric]

    def unit(self, metric: str) -> str:
        """Monthly unit of a metric. Raises KeyError for a name that is no metric."""
        from sim.measures import METRICS

        return METRICS[metric].unit

    def values(self, metric: str, key: str) -> np.ndarray:
        """Values up to the last month reached, shape (worlds, live_months). Raises KeyError if there is none."""
        return self.series[metric, key][:, : self.live_months]

    def band(self, metric: str, key: str) -> pd.DataFrame:
        """Columns date, low (5 %), median, high (95 %) over worlds; months that no world defines are left out."""
        if not self.has(metric, key) or self.live_months == 0:
            return pd.DataFrame({"date": self.dates[:0], "low": [], "median": [], "high": []})
        values = self.values(metric, key)
        known = np.isfinite(values).any(axis=0)
        low, middle, high = np.nanquantile(values[:, known], (LOW, MIDDLE, HIGH), axis=0)
        dates = self.dates[: self.live_months][known]
        return pd.DataFrame({"date": dates, "low": low, "median": middle, "high": high})

    def table(self, pairs: list[Pair]) -> pd.DataFrame:
        """Long table of bands: date, metric, key, unit, low, median, high; for a table or a download."""
        parts = []
        for metric, key in pairs:
            part = self.band(metric, key)
            part.insert(1, "metric", metric)
            part.insert(2, "key", key)
            part.insert(3, "unit", self.unit(metric))
            parts.append(part)
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def last(self, metric: str, key: str) -> float:
        """Median over worlds in the last month reached; NaN where undefined."""
        band = self.band(metric, key)
        return float(band["median"].iloc[-1]) if len(band) else float("nan")


def empty_shown(title: str, dates: pd.DatetimeIndex, marks: tuple[PolicyMark, ...] = ()) -> Shown:
    """A run that has not begun."""
    return Shown(title, dates, 0, {}, marks)
