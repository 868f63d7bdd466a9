"""Why worlds differ: how much of the variance of a measure comes from the parameter set, how much from chance.

Every set runs with several seeds of its own: a one-way analysis of variance with random effects (Searle, Casella and
McCulloch 1992, Variance Components).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.measures.headlines import HEADLINES
from sim.study.effects import windowed
from sim.study.engine import Setting, Task, engine
from sim.study.series import SeriesList
from sim.study.worlds import World

if TYPE_CHECKING:
    from sim.scenario.model import Scenario
    from sim.study.ensemble import Ensemble

YEARS = (2025, 2027, 2030)
FIRST_SEED = 500_001
"""Far from the seeds of runs, so that the analysis is of worlds that nothing was fitted to."""
ALIKE = 1e-12
"""Variance, against the square of the mean, at which worlds are the same but for rounding."""


def components(values: np.ndarray) -> tuple[float, float]:
    """Variance between sets and within them, from values of shape (sets, seeds); NaN are left out.

    Sets with fewer than two values are left out; NaN for both with fewer than two sets. A negative estimate is zero.
    """
    rows = [row[np.isfinite(row)] for row in values]
    rows = [row for row in rows if len(row) >= 2]
    if len(rows) < 2:
        return float("nan"), float("nan")
    counts = np.array([len(row) for row in rows], dtype=np.float64)
    means = np.array([row.mean() for row in rows])
    total = counts.sum()
    within = sum(float(((row - row.mean()) ** 2).sum()) for row in rows) / (total - len(rows))
    grand = float((counts * means).sum() / total)
    between = float((counts * (means - grand) ** 2).sum()) / (len(rows) - 1)
    each = (total - (counts**2).sum() / total) / (len(rows) - 1)
    return max(0.0, (between - within) / each), within


def shares(values: np.ndarray) -> tuple[float, float]:
    """Share of the variance by sets and by chance, from values of shape (sets, seeds); NaN where worlds are alike."""
    between, within = components(values)
    both = between + within
    if not both > ALIKE * np.nanmean(values) ** 2:
        return float("nan"), float("nan")
    return between / both, within / both


def variance_table(scenario: Scenario, ensemble: Ensemble, sets: int, seeds: int, workers: int) -> pd.DataFrame:
    """One row per headline and year of `YEARS` that the scenario covers; headlines that do not vary are left out.

    Columns label, metric, key, year, parameters, chance, sets, seeds. The first sets of the ensemble are used, in its
    order. Raises RunError if a worker dies.
    """
    sets = min(sets, len(ensemble.members))
    pairs = tuple(dict.fromkeys((item.metric, item.key) for item in HEADLINES))
    wanted = SeriesList(pairs)
    worlds = [World(number, FIRST_SEED + number, ensemble.overrides(number // seeds)) for number in range(sets * seeds)]
    with engine(Setting((scenario,), scenario), workers) as run:
        outcomes = run.run([Task(0, world, wanted, False) for world in worlds])
    dates = pd.DatetimeIndex(scenario.month_ends())
    empty = np.full((len(pairs), len(dates)), np.nan)
    values = np.stack([empty if outcome.failed else outcome.values for outcome in outcomes])
    rows = []
    for year in YEARS:
        end = pd.Timestamp(year, 12, 31)
        if end not in dates:
            continue
        for item in HEADLINES:
            read = windowed(values[:, pairs.index((item.metric, item.key))], item, dates, end)
            part, rest = shares(read.reshape(sets, seeds))
            if np.isfinite(part):
                rows.append((item.label, item.metric, item.key, year, part, rest, sets, seeds))
    columns = ["label", "metric", "key", "year", "parameters", "chance", "sets", "seeds"]
    return pd.DataFrame(rows, columns=columns)
