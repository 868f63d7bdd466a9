"""From scores to verdicts: against the naive forecasts, coverage, and which goals are met."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

SHARE_GOAL = 2.0 / 3.0
"""Share of the series of the test year on which the model is to be better than both naive forecasts."""
COVERAGE_GOAL = (0.80, 0.97)
"""Share of the points that is to lie in the 5-95 % band: below, the model is too sure; above, it says too little."""
NAIVES = ("score_drift", "score_trend")


@dataclasses.dataclass(frozen=True, slots=True)
class Tally:
    """Counts over the series of a scorecard. `compared` are those that have a naive forecast at all."""

    series: int
    points: int
    compared: int
    better: int
    worse: int
    between: int
    coverage: float
    better_than_mean_field: int
    mean_field: int

    @property
    def share(self) -> float:
        """Share of the compared series on which the model beats both; NaN if none can be compared."""
        return self.better / self.compared if self.compared else float("nan")

    @property
    def share_met(self) -> bool:
        """Whether the goal against the naive forecasts is met."""
        return self.compared > 0 and self.share >= SHARE_GOAL

    @property
    def coverage_met(self) -> bool:
        """Whether the goal on coverage is met."""
        return COVERAGE_GOAL[0] <= self.coverage <= COVERAGE_GOAL[1]


def with_standing(series: pd.DataFrame) -> pd.DataFrame:
    """Adds `best_naive` (the lower naive score), `ratio` to it, and `standing`.

    Standing: better (than every naive forecast that there is), worse (than every one), between, or alone (no naive
    forecast can be made). An equal score is not better. A ratio with a naive score of zero is NaN.
    """
    naive = series[list(NAIVES)].to_numpy(dtype=np.float64)
    score = series["score"].to_numpy(dtype=np.float64)
    there = np.isfinite(naive)
    lowest = np.where(there, naive, np.inf).min(axis=1)
    highest = np.where(there, naive, -np.inf).max(axis=1)
    alone = ~there.any(axis=1) | ~np.isfinite(score)
    names = np.select([alone, score < lowest, score > highest], ["alone", "better", "worse"], "between")
    best = np.where(alone, np.nan, lowest)
    ratio = np.divide(score, best, out=np.full(len(score), np.nan), where=best > 0.0)
    return series.assign(best_naive=best, ratio=ratio, standing=names)


def tally(series: pd.DataFrame) -> Tally:
    """Counts of a scorecard with the columns of `sim.evidence.stored.SERIES_FIELDS`; coverage is over points."""
    marked = with_standing(series)
    standing = marked["standing"]
    known = marked["coverage90"].notna()
    weights = marked.loc[known, "n"].to_numpy(dtype=np.float64)
    coverage = float(np.average(marked.loc[known, "coverage90"], weights=weights)) if weights.sum() else float("nan")
    fields = marked["score_mean_field"].notna() & marked["score"].notna()
    beats = (marked["score"] < marked["score_mean_field"]) & fields
    counts = {name: int((standing == name).sum()) for name in ("better", "worse", "between")}
    return Tally(
        series=len(marked), points=int(marked["n"].sum()), compared=sum(counts.values()), **counts,
        coverage=coverage, better_than_mean_field=int(beats.sum()), mean_field=int(fields.sum()),
    )  # fmt: skip


def losing(series: pd.DataFrame) -> pd.DataFrame:
    """Series on which the model is worse than every naive forecast, worst first."""
    marked = with_standing(series)
    return marked[marked["standing"] == "worse"].sort_values(
        "ratio", ascending=False, kind="stable", na_position="first"
    )


def truth(value: object) -> bool | None:
    """Whether a row passed, from a table: True, False, or None where it was not tested."""
    text = str(value).strip().lower()
    return {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}.get(text)


def passed(rows: pd.DataFrame) -> tuple[int, int]:
    """How many rows passed, and how many were tested."""
    each = [truth(value) for value in rows["passed"]]
    return sum(one is True for one in each), sum(one is not None for one in each)
