"""Regret: what each policy gives up in each world against the policy that does best there (Savage 1951).

A policy is robust if it gives up little in nearly all worlds (minimax regret), or if it reaches every goal in most of
them (satisficing: Simon 1956, Starr 1963); both are worked out.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.analysis.policies import Policy, by_world, policies_of, runs_made
from sim.errors import InputError

if TYPE_CHECKING:
    from sim.study.measures_of_study import Measure
    from sim.study.sweep_reader import Sweep

ALL_GOALS = "all goals"
LEVEL = 0.90
"""The quantile of regret over worlds by which policies are ranked."""
RESAMPLES, RESAMPLING_SEED = 200, 1
NORMAL_95 = 1.959963984540054


@dataclasses.dataclass(frozen=True)
class MeasureRegret:
    """One measure: what every policy gives up in every world in which all of them have a value."""

    measure: Measure
    values: np.ndarray
    """(policies, worlds), NaN where the run failed or the measure is undefined."""
    kept: np.ndarray
    """Worlds in which every policy has a value, shape (worlds,)."""
    undefined: int
    """Worlds left out though no run of them failed: the measure is undefined under some policy."""
    regret: np.ndarray
    """(policies, kept worlds), in the unit of the measure, zero for the best policy of a world."""
    spread: float
    """Distance of the 5 and 95 % values of the measure over all policies and kept worlds: what is large is large
    against it; NaN if it is zero."""

    @property
    def high(self) -> np.ndarray:
        """90th percentile of regret, shape (policies,)."""
        return np.quantile(self.regret, LEVEL, axis=1)

    @property
    def scaled(self) -> np.ndarray:
        """`high` as a part of the measure's spread; 0 where the measure does not vary."""
        return self.high / self.spread if np.isfinite(self.spread) else np.zeros(len(self.regret))


@dataclasses.dataclass(frozen=True)
class GoalShare:
    """In which share of worlds each policy reaches a goal, with 95 % intervals; arrays of shape (policies,)."""

    name: str
    """Name of the measure, or `all goals`."""
    text: str
    """`>= 0.2`, empty for all goals."""
    worlds: int
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray
    measure: Measure | None = None
    met: np.ndarray = dataclasses.field(default_factory=lambda: np.empty((0, 0), dtype=bool))
    """(policies, worlds that count)."""
    groups: np.ndarray = dataclasses.field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def more_often(self, one: int, other: int) -> tuple[float, float]:
        """95 % interval of the difference of two policies' shares, paired world by world, by groups of worlds."""
        gap = self.met[one].astype(float) - self.met[other]
        _, place = np.unique(self.groups, return_inverse=True)
        sizes = np.bincount(place)
        number, mean = len(sizes), float(gap.mean())
        if number < 2:
            return -1.0, 1.0
        residual = np.bincount(place, weights=gap) - mean * sizes
        half = NORMAL_95 * math.sqrt(number / (number - 1) * float(residual @ residual)) / len(gap)
        return mean - half, mean + half


@dataclasses.dataclass(frozen=True)
class Regret:
    """Regret and goals of a sweep."""

    policies: list[Policy]
    measures: list[MeasureRegret]
    goals: list[GoalShare]
    """One per measure with a threshold, then all of them together; empty without thresholds."""
    worlds: int
    broken: int
    """Worlds in which the run of some policy failed: left out for all policies."""
    groups: np.ndarray
    """Which worlds are alike: see `groups_of`."""
    least: np.ndarray
    """In which share of resamples of the groups each policy is the one with the least regret, shape (policies,)."""

    @property
    def worst(self) -> np.ndarray:
        """Largest scaled 90th percentile of regret over the measures, shape (policies,)."""
        return np.max([one.scaled for one in self.measures], axis=0)

    @property
    def by_regret(self) -> int:
        """The policy whose worst measure is least bad."""
        return int(np.argmin(self.worst))

    @property
    def by_goals(self) -> int | None:
        """The policy that reaches all goals most often (of several, the one with less regret); None without goals."""
        if not self.goals:
            return None
        share = self.goals[-1].share
        if not np.isfinite(share).any():
            return None
        best = np.flatnonzero(share >= np.nanmax(share) - 1e-12)
        return int(best[np.argmin(self.worst[best])])


def regret_of(sweep: Sweep, asked: Sequence[Measure] = ()) -> Regret:
    """Regret of every policy for the measures with a goal, or for those of them that are asked for.

    Raises InputError if there is one policy only, no measure with a goal, or no world that all policies finished.
    """
    policies = policies_of(sweep)
    if len(policies) < 2:
        raise InputError(
            "has one policy only, and regret compares policies; a study with several scenarios, or with levers, "
            "has more",
            file=str(sweep.folder),
        )
    measures = [one for one in (asked or sweep.study.measures) if one.goal is not None]
    if not measures:
        raise InputError(
            "no measure of the study has a goal; give some of them one, such as 'goal: high' or 'goal: \">= 0.2\"'",
            file=str(sweep.folder),
            key="measures",
        )
    made = runs_made(sweep).all(axis=0)
    if not made.any():
        raise InputError("in no world did all policies finish", file=str(sweep.folder))
    found = [measure_regret(one, by_world(sweep, sweep.table(one)), made) for one in measures]
    empty = [one.measure.name for one in found if not one.kept.any()]
    if empty:
        raise InputError(f"{empty[0]} is undefined in every world under some policy", file=str(sweep.folder))
    groups = groups_of(sweep)
    least = least_often(found, groups)
    return Regret(policies, found, goals_of(found, groups), len(made), int((~made).sum()), groups, least)


def least_often(found: Sequence[MeasureRegret], groups: np.ndarray) -> np.ndarray:
    """How often each policy has the least worst regret when groups of worlds are drawn anew (bootstrap, Efron 1979).

    Shape (policies,); the same numbers for the same sweep.
    """
    rng = np.random.default_rng(RESAMPLING_SEED)
    names, place = np.unique(groups, return_inverse=True)
    members = np.split(np.argsort(place, kind="stable"), np.cumsum(np.bincount(place))[:-1])
    columns = [np.cumsum(one.kept) - 1 for one in found]
    won = np.zeros(len(found[0].regret))
    for _ in range(RESAMPLES):
        worlds = np.concatenate([members[group] for group in rng.integers(0, len(names), len(names))])
        worst = np.zeros(len(won))
        for one, column in zip(found, columns, strict=True):
            drawn = column[worlds[one.kept[worlds]]]
            if len(drawn) and np.isfinite(one.spread):
                worst = np.maximum(worst, np.quantile(one.regret[:, drawn], LEVEL, axis=1) / one.spread)
        won[int(np.argmin(worst))] += 1
    return won / RESAMPLES


def measure_regret(measure: Measure, values: np.ndarray, made: np.ndarray) -> MeasureRegret:
    """Regret for one measure; `values` (policies, worlds), `made` (worlds,) says where all runs finished."""
    goal = measure.goal
    if goal is None:
        raise ValueError(f"{measure.name} has no goal")
    defined = np.isfinite(values).all(axis=0)
    kept = made & defined
    part = values[:, kept]
    if not kept.any():
        return MeasureRegret(measure, values, kept, int((made & ~defined).sum()), part, math.nan)
    regret = part.max(axis=0) - part if goal.sense == "high" else part - part.min(axis=0)
    low, high = np.quantile(part, (0.05, 0.95))
    spread = float(high - low)
    return MeasureRegret(
        measure, values, kept, int((made & ~defined).sum()), regret, spread if spread > 0 else math.nan
    )


def groups_of(sweep: Sweep) -> np.ndarray:
    """Which worlds are alike, shape (worlds,): those of one point, or of one replicate where points are a grid.

    An interval must not count worlds as independent that share their parameters, or their seed.
    """
    points, replicates = len(np.unique(sweep.samples["point"])), len(sweep.replicates)
    if points == 1 or (sweep.study.method == "full_factorial" and replicates > 1):
        return np.tile(np.arange(replicates), points)
    return np.repeat(np.arange(points), replicates)


def goals_of(found: Sequence[MeasureRegret], groups: np.ndarray) -> list[GoalShare]:
    """Shares of worlds in which goals with a threshold are reached: each goal, then all together."""
    goals, reached, known = [], [], []
    for one in found:
        goal = one.measure.goal
        if goal is None or goal.threshold is None:
            continue
        met = goal.met(one.values)
        goals.append(_share(one.measure.name, goal.text, met[:, one.kept], groups[one.kept], one.measure))
        reached.append(met)
        known.append(one.kept)
    if not goals:
        return []
    every, kept = np.all(reached, axis=0), np.all(known, axis=0)
    return [*goals, _share(ALL_GOALS, "", every[:, kept], groups[kept], None)]


def _share(name: str, text: str, met: np.ndarray, groups: np.ndarray, measure: Measure | None) -> GoalShare:
    if not met.shape[1]:
        nothing = np.full(len(met), math.nan)
        return GoalShare(name, text, 0, nothing, nothing, nothing, measure)
    ends = np.array([wilson(row, groups) for row in met])
    return GoalShare(name, text, met.shape[1], met.mean(axis=1), ends[:, 0], ends[:, 1], measure, met, groups)


def wilson(met: np.ndarray, groups: np.ndarray) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927) for worlds that come in groups of like ones, both of shape (worlds,).

    The number of worlds is divided by the design effect (Kish 1965), at least 1: the variance of the share between
    groups over that of independent worlds. Where all worlds agree the groups are what is counted.
    """
    share, count, number = float(met.mean()), len(met), len(np.unique(groups))
    known = 0.0 < share < 1.0 and number > 1
    effective = count / design_effect(met, groups) if known else float(number)
    z2 = NORMAL_95**2 / effective
    middle = (share + z2 / 2) / (1 + z2)
    half = NORMAL_95 * math.sqrt(share * (1 - share) / effective + z2 / (4 * effective)) / (1 + z2)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def design_effect(met: np.ndarray, groups: np.ndarray) -> float:
    """By how much worlds of one group are alike (Kish 1965): the variance of the share of `met` worlds, estimated
    between groups, over that of as many independent worlds; at least 1, and 1 where it cannot be told."""
    share, count = float(met.mean()), len(met)
    _, place = np.unique(groups, return_inverse=True)
    sizes = np.bincount(place)
    number = len(sizes)
    if share in (0.0, 1.0) or number < 2:
        return 1.0
    residual = np.bincount(place, weights=met) - share * sizes
    between = number / (number - 1) * float(residual @ residual) / count**2
    return max(between * (count - 1) / (share * (1 - share)), 1.0)


def regret_table(found: Regret) -> pd.DataFrame:
    """A row per policy and measure: regret over worlds, its worst world, how often the policy is best."""
    rows = []
    for one in found.measures:
        places = np.flatnonzero(one.kept)
        for policy in found.policies:
            regret = one.regret[policy.number]
            middle, high = np.quantile(regret, (0.5, LEVEL))
            rows.append({
                **_head(policy), "metric": one.measure.metric, "key": one.measure.key, "at": one.measure.at,
                "goal": one.measure.goal.text if one.measure.goal else "", "unit": one.measure.unit,
                "worlds": len(regret), "left_out": found.worlds - len(regret), "regret_mean": regret.mean(),
                "regret_median": middle, "regret_p90": high, "regret_max": regret.max(),
                "spread_p05_p95": one.spread, "regret_p90_of_spread": one.scaled[policy.number],
                "worst_world": int(places[int(np.argmax(regret))]), "share_best": (regret == 0).mean(),
                "value_mean": one.values[policy.number, one.kept].mean(),
            })  # fmt: skip
    return pd.DataFrame(rows)


def goal_table(found: Regret) -> pd.DataFrame:
    """A row per policy and goal, all goals together last: share of worlds that reach it, with its interval."""
    columns = ["policy", "scenario", "levers", "measure", "goal", "worlds", "share", "low", "high"]
    rows = [
        {
            **_head(policy), "measure": goal.name, "goal": goal.text, "worlds": goal.worlds,
            "share": goal.share[policy.number], "low": goal.low[policy.number], "high": goal.high[policy.number],
        }
        for goal in found.goals
        for policy in found.policies
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _head(policy: Policy) -> dict[str, str]:
    levers = "; ".join(f"{path}={value}" for path, value in policy.levers.items())
    return {"policy": policy.name, "scenario": policy.scenario, "levers": levers}
