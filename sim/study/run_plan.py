"""Every run of a study by its number, and what a worker needs to know to simulate any of them.

A study crosses scenarios with lever combinations (together: the policies), points of its design (values of what is
uncertain) and replicates (seeds). Run `(scenario x samples + sample) x replicates + replicate`, where a sample is
`point x combinations + combination`. The seed, and the parameter set that the ensemble gives to it, depend on the
replicate alone: policies meet the same worlds.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import RunError
from sim.model_digest import model_digest
from sim.study.engine import Setting, Task, live
from sim.study.series import SeriesList
from sim.study.worlds import SET, World

if TYPE_CHECKING:
    from sim.study.study_file import Study

Overrides = tuple[tuple[str, Any], ...]


@dataclasses.dataclass(frozen=True)
class RunPlan:
    """What every worker knows. Must pickle; a few hundred kilobytes for thousands of points."""

    setting: Setting
    """Scenario x combination, in this order."""
    points: tuple[Overrides, ...]
    """What each point of the design fixes."""
    members: tuple[Overrides, ...]
    """What the ensemble gives to each replicate."""
    combinations: int
    seed: int
    series: SeriesList
    model: str
    """Digest of the model that the plan was made with: a worker with another one must not answer."""

    @property
    def replicates(self) -> int:
        """Worlds of each sample."""
        return len(self.members)

    @property
    def samples(self) -> int:
        """Points times combinations."""
        return len(self.points) * self.combinations

    @property
    def scenarios(self) -> int:
        """Number of scenarios."""
        return len(self.setting.scenarios) // self.combinations

    @property
    def total(self) -> int:
        """Number of runs."""
        return self.scenarios * self.samples * self.replicates

    @property
    def months(self) -> int:
        """Months of every run."""
        return self.setting.baseline.months

    def place(self, number: int) -> tuple[int, int, int]:
        """Scenario, sample and replicate of a run."""
        rest, replicate = divmod(number, self.replicates)
        scenario, sample = divmod(rest, self.samples)
        return scenario, sample, replicate

    def task(self, number: int) -> Task:
        """The run with a number, as the engine takes it."""
        scenario, sample, replicate = self.place(number)
        point, combination = divmod(sample, self.combinations)
        fixed = dict(self.points[point])
        drawn = tuple(pair for pair in self.members[replicate] if pair[0] not in fixed)
        world = World(replicate, self.seed + replicate, drawn + self.points[point])
        return Task(scenario * self.combinations + combination, world, self.series, False)


@dataclasses.dataclass(frozen=True)
class RunResult:
    """What is kept of a run: `values` has shape (series x months,), empty if it failed for the reason `error`."""

    run: int
    error: str
    values: np.ndarray


def plan_of(study: Study) -> RunPlan:
    """All runs of a study."""
    from sim.study.design import combinations_of, overrides_of, points_of
    from sim.study.ensemble import read_ensemble

    baseline = study.scenarios[0]
    combinations = combinations_of(study)
    arms = [
        scenario.with_overrides(levers, SET) if levers else scenario
        for scenario in study.scenarios
        for levers in combinations
    ]
    ensemble = None if study.method == "ensemble" else read_ensemble(study.ensemble_name)
    members: list[Overrides] = [()] * study.replicates
    if ensemble is not None:
        members = [
            tuple(pair for pair in ensemble.overrides(ensemble.member_of(seed)) if pair[0] not in study.levers)
            for seed in range(study.seed, study.seed + study.replicates)
        ]
    rows = points_of(study)
    points = tuple(overrides_of(study, rows.columns, row) for row in rows.to_numpy())
    return RunPlan(
        Setting(tuple(arms), baseline), points, tuple(members), len(combinations), study.seed, study.series,
        model_digest(),
    )  # fmt: skip


def live_runs(plan: RunPlan, numbers: Sequence[int]) -> list[RunResult]:
    """Simulate some runs one after the other; a run that fails is tried once more, and then is a result with a reason.

    Raises RunError if this process has another model than the one that made the plan.
    """
    if plan.model != model_digest():
        raise RunError(f"a worker has another version of the model ({model_digest()}) than the sweep ({plan.model})")
    return [_live_run(plan, number) for number in numbers]


def _live_run(plan: RunPlan, number: int) -> RunResult:
    error = ""
    for _ in range(2):
        try:
            outcome = live(plan.setting, plan.task(number))
        except Exception as problem:  # whatever it is: one run must not end a sweep of thousands
            error = f"{type(problem).__name__}: {problem}"
        else:
            if not outcome.failed:
                return RunResult(number, "", outcome.values.ravel())
            error = outcome.failed
    return RunResult(number, " ".join(error.split()) or "failed without a word", np.empty(0))
