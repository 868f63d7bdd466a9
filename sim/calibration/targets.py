"""The data as the search sees them: observed points, and the covariance of what separates them from the model.

Per series, the error of an observation is independent, and the model's discrepancy is correlated in time: a model that
is too high in one quarter is so in the next. Sixteen quarters then count as a few observations, not as sixteen
(Kennedy and O'Hagan 2001, J. R. Stat. Soc. B 63:425-464, on discrepancy as a process).
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from sim.calibration.plan import Plan
from sim.evidence.observations import read_observations, sd_of
from sim.evidence.points import Points, unknown_reason

DAYS_PER_MONTH = 30.44


def used_rows(plan: Plan, data_to: pd.Timestamp, frame: pd.DataFrame | None = None) -> pd.DataFrame:
    """Observed rows of the plan's targets that end by a date, in the order of series; nothing later is looked at."""
    frame = read_observations() if frame is None else frame
    frame = frame[frame["date"] <= data_to]
    wanted = [
        plan.discrepancy(metric, key) is not None and not unknown_reason(metric, key)
        for metric, key in zip(frame["metric"], frame["key"], strict=True)
    ]
    return frame[wanted].sort_values(["metric", "key", "date", "window"], kind="stable").reset_index(drop=True)


def error_covariance(frame: pd.DataFrame, discrepancy: float, correlation_months: float) -> np.ndarray:
    """Covariance of observed minus modelled for the rows of one series, on their scale, shape (rows, rows)."""
    months = (frame["date"] - frame["date"].min()).dt.days.to_numpy() / DAYS_PER_MONTH
    apart = np.abs(months[:, None] - months[None, :])
    return np.diag(sd_of(frame) ** 2) + discrepancy**2 * np.exp(-apart / correlation_months)


@dataclasses.dataclass(frozen=True)
class Series:
    """One target series: its rows among all points, and the covariance of their errors."""

    metric: str
    key: str
    rows: np.ndarray
    covariance: np.ndarray

    @property
    def name(self) -> str:
        """Metric and key."""
        return f"{self.metric} {self.key}"


class Targets:
    """Points within the horizon and the series that they form. `observed` has shape (points,), on its scale."""

    def __init__(self, plan: Plan, frame: pd.DataFrame, start_month: int, months: int) -> None:
        inside = Points(frame, start_month, months).inside
        self.points = Points(frame[inside], start_month, months)
        self.observed = self.points.observed()
        frame = self.points.frame
        pairs = list(zip(frame["metric"].astype(str), frame["key"].astype(str), strict=True))
        found = []
        for metric, key in dict.fromkeys(pairs):
            rows = np.array([place for place, pair in enumerate(pairs) if pair == (metric, key)], dtype=np.int64)
            sd = plan.discrepancy(metric, key)
            if sd is not None:
                covariance = error_covariance(frame.iloc[rows], sd, plan.settings.correlation_months)
                found.append(Series(metric, key, rows, covariance))
        self.series = tuple(found)

    def whitened(self, values: np.ndarray) -> np.ndarray:
        """Model minus observed in units in which its errors are independent with variance 1, shape (..., points).

        Per series the residual is multiplied by the inverse Cholesky factor of its covariance. NaN stays NaN only where
        the model has no value; it is taken as no residual within its series.
        """
        residual = values - self.observed
        found = np.full_like(residual, np.nan)
        for series in self.series:
            part = residual[..., series.rows]
            factor = np.linalg.cholesky(series.covariance)
            white = np.linalg.solve(factor, np.nan_to_num(part)[..., None])[..., 0]
            found[..., series.rows] = np.where(np.isfinite(part), white, np.nan)
        return found

    def chance(self, values: np.ndarray) -> np.ndarray:
        """Variance over seeds at each point, pooled over members, shape (points,), from (members, seeds, points)."""
        each = np.var(values, axis=1, ddof=1)
        known = np.isfinite(each)
        return np.where(known, each, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)

    def implausibility(self, mean: np.ndarray, chance: np.ndarray) -> np.ndarray:
        """How far members are from each series, shape (members, series), from means over seeds (members, points).

        `I = sqrt(mean over points of r_i^2 / (C_ii + s_i^2))`, r the residual, C the covariance of errors and s^2 the
        variance by chance: nature too is one draw. NaN where the model has no value. For one point this is the
        implausibility of Vernon, Goldstein and Bower (2010), Bayesian Analysis 5:619-669.
        """
        found = []
        for series in self.series:
            variance = np.diag(series.covariance) + chance[series.rows]
            ratio = (mean[:, series.rows] - self.observed[series.rows]) ** 2 / variance
            defined = np.isfinite(ratio)
            total = np.where(defined, ratio, 0.0).sum(axis=1)
            found.append(np.sqrt(np.where(defined.any(axis=1), total / np.maximum(defined.sum(axis=1), 1), np.nan)))
        return np.column_stack(found)
