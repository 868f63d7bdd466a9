"""History matching: parameter sets are moved towards the data, then each is run again and ruled out if it misses.

Stage 1 (`sim.calibration.inversion`) gives values that data determine one by one. Here the rest: a design over the
prior; iterations of the ensemble smoother; new worlds for every member; members that too many series rule out are
dropped. What is left, in random order, is the ensemble.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import norm, qmc

from sim.calibration.plan import Plan
from sim.calibration.smoother import step
from sim.calibration.store import Store
from sim.calibration.targets import Targets, used_rows
from sim.errors import RunError
from sim.scenario.load import load_scenario
from sim.scenario.model import Scenario
from sim.streams import stream
from sim.study.engine import Engine, Setting, Task, engine
from sim.study.worlds import World

Report = Callable[[str, int, int], None]
BATCH = 100
FINAL_SEED = 1_000_000
"""Seeds of the filter: far from those of the iterations, so that no member is judged by worlds it was fitted in."""
DESIGN_SEED = 2023


@dataclasses.dataclass(frozen=True)
class Search:
    """What a search is about: fixed by the plan, the date and the model."""

    plan: Plan
    data_to: pd.Timestamp
    scenario: Scenario
    targets: Targets

    @classmethod
    def of(cls, plan: Plan, data_to: str, frame: pd.DataFrame | None = None) -> Search:
        """The search with data up to a date; worlds end in its month. Raises InputError for an impossible date."""
        until = pd.Timestamp(data_to)
        scenario = load_scenario("baseline", overrides={"developers.count": plan.settings.developers})
        scenario = scenario.until(f"{until:%Y-%m}")
        targets = Targets(plan, used_rows(plan, until, frame), scenario.start_month, scenario.months)
        return cls(plan, until, scenario, targets)


@dataclasses.dataclass(frozen=True)
class Found:
    """What a search ends with."""

    prior: pd.DataFrame
    """Values of the first design, shape (members, parameters)."""
    prior_values: np.ndarray
    """What those worlds gave at the points, on the points' scale, shape (members, points)."""
    last: pd.DataFrame
    """Values after the iterations."""
    values: np.ndarray
    """What the worlds of the filter gave, shape (members, seeds, points)."""
    implausibility: np.ndarray
    """Shape (members, series)."""
    prior_implausibility: np.ndarray
    """The same of the first design, from one world each."""
    kept: np.ndarray
    """Places of the members that stay, in drawing order."""


def find(search: Search, folder: Path, workers: int, report: Report) -> Found:
    """Run the search, or what is left of it. Raises RunError if no member is left."""
    plan, setting = search.plan, Setting((search.scenario,), search.scenario)
    store, settings = Store(folder), search.plan.settings
    with engine(setting, workers) as pool:
        runs = _Runs(search, pool, store, report)
        scores = design(plan)
        first, first_values = scores, np.empty(0)
        for number in range(settings.iterations):
            values = runs.of(f"iteration-{number}", scores, seeds=1, first_seed=1 + number * settings.members)[:, 0]
            if number == 0:
                first_values = values
            scores = assimilate(search, scores, values, number)
        values = runs.of("filter", scores, seeds=settings.seeds, first_seed=FINAL_SEED)
    chance = search.targets.chance(values)
    implausibility = search.targets.implausibility(values.mean(axis=1), chance)
    before = search.targets.implausibility(first_values, chance)
    kept = survivors(plan, implausibility)
    return Found(plan.values(first), first_values, plan.values(scores), values, implausibility, before, kept)


def design(plan: Plan) -> np.ndarray:
    """Standard normal scores of the first members: a scrambled Latin hypercube, shape (members, parameters)."""
    sampler = qmc.LatinHypercube(len(plan.parameters), rng=DESIGN_SEED)
    return norm.ppf(sampler.random(plan.settings.members))


def assimilate(search: Search, scores: np.ndarray, values: np.ndarray, number: int) -> np.ndarray:
    """Scores after one iteration. A point that some worlds have no value for is left to those that all have.

    Where few worlds lack a value they take the mean of the others, which moves them nowhere.
    """
    white = search.targets.whitened(values)
    defined = np.isfinite(white)
    usable = defined.mean(axis=0) > 0.8
    white = white[:, usable]
    white = np.where(np.isfinite(white), white, np.nanmean(white, axis=0, keepdims=True))
    noise = stream(0, "calibration", "noise", number).standard_normal(values.shape)[:, usable]
    return step(scores, white, noise, float(search.plan.settings.iterations))


def ruled_out_by(plan: Plan, implausibility: np.ndarray) -> np.ndarray:
    """How many series rule each member out, shape (members,), from implausibilities of shape (members, series)."""
    return (implausibility > plan.settings.cut).sum(axis=1)


def survivors(plan: Plan, implausibility: np.ndarray) -> np.ndarray:
    """Places of members that at most `allowed` series rule out, in random order, at most `kept` of them.

    Raises RunError if there are none.
    """
    ruled = ruled_out_by(plan, implausibility)
    kept = np.flatnonzero(ruled <= plan.settings.allowed)
    if len(kept) == 0:
        raise RunError(
            f"all sets are ruled out by more than {plan.settings.allowed} series (the best by {ruled.min()}): "
            "the model cannot meet these targets; state a larger discrepancy, with a reason"
        )
    return stream(0, "calibration", "order", 0).permutation(kept)[: plan.settings.kept]


@dataclasses.dataclass(frozen=True)
class _Runs:
    """Worlds of members, in batches that are kept."""

    search: Search
    pool: Engine
    store: Store
    report: Report

    def of(self, name: str, scores: np.ndarray, seeds: int, first_seed: int) -> np.ndarray:
        """Values at the points of `seeds` worlds per member, shape (members, seeds, points); NaN where a run failed."""
        table = self.search.plan.values(scores).to_numpy()
        worlds = [
            World(m * seeds + s, first_seed + m * seeds + s, self.search.plan.overrides(table[m]))
            for m in range(len(table))
            for s in range(seeds)
        ]
        found, done = [], 0
        for start in range(0, len(worlds), BATCH):
            part = worlds[start : start + BATCH]
            found.append(self.store.once(f"{name}-{start:06d}", functools.partial(self._live, part)))
            done += len(part)
            self.report(name, done, len(worlds))
        return np.concatenate(found).reshape(len(table), seeds, -1)

    def _live(self, worlds: list[World]) -> np.ndarray:
        points = self.search.targets.points
        outcomes = self.pool.run([Task(0, world, points.series, False) for world in worlds])
        blank = np.full(len(points.frame), np.nan)
        return np.stack([blank if o.failed else points.scaled(points.read(o.values)) for o in outcomes])
