"""Thousands of worlds: runs of a study are given out in small tasks, and kept as they come back.

The engine knows nothing of the study and the store nothing of the engine, so processes of this machine and a Dask
cluster take the same path. A task whose worker dies is given out again run by run; a run that ends its worker a second
time is kept as failed.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import itertools
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sim.dated import month_text
from sim.errors import RunError
from sim.study import executors
from sim.study.executors import PoolLost, Submit, WorkerDied
from sim.study.run_plan import RunPlan, RunResult, live_runs, plan_of
from sim.study.store import TOGETHER, Store, opened

if TYPE_CHECKING:
    from sim.study.study_file import Study

FORMAT_VERSION = 1
TASKS_OF_A_WORKER = 4
"""At least so many, if they can be had: a task of 16 runs is about a second of work, and the last ones end together."""
WAITING_TASKS = 3
"""Tasks given out for each worker: enough that none waits, few enough that memory does not grow with the sweep."""
POOLS_LOST = 3
"""How often a pool may be lost without a single result in between."""
Progress = Callable[[int, int], None]


@dataclasses.dataclass(frozen=True)
class Options:
    """How a sweep is run; nothing here changes its result."""

    workers: int = 1
    engine: Literal["local", "dask"] = "local"
    address: str | None = None
    resume: bool = False
    fresh: bool = False


@dataclasses.dataclass(frozen=True)
class Swept:
    """What a sweep did: where its folder is, runs in all, found there at the start, failed, and seconds."""

    folder: Path
    runs: int
    found: int
    failed: int
    seconds: float


def sweep(study: Study, folder: Path, options: Options, progress: Progress | None = None) -> Swept:
    """Simulate what is missing of a study in a folder, and write its tables when nothing is.

    Raises InputError if the folder cannot be used or the study makes no sense, RunError if the disk is full, the
    pool is lost again and again, or no cluster answers. Whatever is raised, runs kept so far stay.
    """
    from sim.results.stamp import now_utc, origin
    from sim.study.sweep_tables import listed, write_tables

    plan, clock = plan_of(study), time.perf_counter()
    facts = {
        "study": study.id, "title": study.title, "scenarios": list(study.ids),
        "runs": plan.total, "samples": plan.samples, "replicates": plan.replicates,
        "start": month_text(study.start_month), "end": month_text(study.end_month), "started_utc": now_utc(),
        "wall_seconds": 0.0, **origin(),
    }  # fmt: skip
    with opened(folder, study, identity_of(study, plan), facts, resume=options.resume, fresh=options.fresh) as store:
        if store.complete:
            store.drop_parts()
            return Swept(folder, plan.total, plan.total, int(store.manifest["failed"]), 0.0)
        done = store.done()
        found = int(done.sum())
        try:
            _simulate(plan, store, done, options, progress)
        finally:
            spent = round(store.manifest["wall_seconds"] + time.perf_counter() - clock, 3)
            with contextlib.suppress(RunError):  # on a full disk the reason that is on its way says more
                store.note(wall_seconds=spent)
        failed = write_tables(store, study, plan)
        store.note(complete=True, failed=failed, files=listed(folder), wall_seconds=spent)
        store.drop_parts()
    return Swept(folder, plan.total, found, failed, time.perf_counter() - clock)


def identity_of(study: Study, plan: RunPlan) -> dict[str, Any]:
    """What must be the same for two runs to belong to one sweep."""
    from sim.study.ensemble import read_ensemble

    ensemble = read_ensemble(study.ensemble_name)
    return {
        "study_sha256": study.digest(), "model": plan.model, "format_version": FORMAT_VERSION,
        "ensemble": None if ensemble is None else ensemble.digest,
    }  # fmt: skip


def _simulate(plan: RunPlan, store: Store, done: np.ndarray, options: Options, progress: Progress | None) -> None:
    missing = np.flatnonzero(~done)
    if not len(missing):
        return
    todo = deque(tasks(missing, options.workers))
    report = progress or (lambda count, total: None)
    report(int(done.sum()), plan.total)
    lost = 0
    while todo:
        before = int(done.sum())
        try:
            with engine(plan, options) as submit:
                _Round(store, todo, done, options.workers, report).work(submit)
        except PoolLost as error:
            lost = lost + 1 if int(done.sum()) == before else 0
            if lost > POOLS_LOST:
                raise RunError(
                    f"the workers are lost again and again ({error}); kept runs stay, see --resume"
                ) from None


def tasks(missing: np.ndarray, workers: int) -> list[tuple[int, ...]]:
    """Runs in tasks of neighbours, which never cross a group of the store; small ones if there is little to share."""
    size = TOGETHER
    while size > 1 and size * TASKS_OF_A_WORKER * workers > len(missing):
        size //= 2
    return [tuple(map(int, group)) for _, group in itertools.groupby(missing, lambda run: run // size)]


def engine(plan: RunPlan, options: Options) -> contextlib.AbstractContextManager[Submit]:
    """Workers that know the plan."""
    if options.engine == "dask":
        return executors.dask(plan, options.workers, options.address)
    return executors.local(plan, options.workers)


class _Round:
    """One pool's time: tasks in flight, and runs that have ended a worker before."""

    def __init__(
        self, store: Store, todo: deque[tuple[int, ...]], done: np.ndarray, workers: int, report: Progress
    ) -> None:
        self.store, self.todo, self.done, self.report = store, todo, done, report
        self.room = WAITING_TASKS * workers
        self.flying: dict[concurrent.futures.Future[list[RunResult]], tuple[int, ...]] = {}
        self.suspects: set[int] = set()

    def work(self, submit: Submit) -> None:
        """Give out all tasks and keep what comes back. Raises PoolLost with nothing forgotten."""
        try:
            while self.todo or self.flying:
                while self.todo and len(self.flying) < self.room:
                    numbers = self.todo.popleft()
                    self.flying[self._given(submit, numbers)] = numbers
                ready, _ = concurrent.futures.wait(self.flying, return_when=concurrent.futures.FIRST_COMPLETED)
                for future in ready:
                    self._take(future)
        except PoolLost:
            self.todo.extendleft(self.flying.values())
            raise

    def _given(self, submit: Submit, numbers: tuple[int, ...]) -> concurrent.futures.Future[list[RunResult]]:
        try:
            return submit(numbers)
        except RuntimeError as error:  # a pool that has ended takes no tasks
            self.todo.appendleft(numbers)
            raise PoolLost(str(error)) from None

    def _take(self, future: concurrent.futures.Future[list[RunResult]]) -> None:
        try:
            results = executors.answer_of(future)
        except WorkerDied as error:
            self._again(self.flying.pop(future), str(error))
            return
        self._keep(results)
        del self.flying[future]

    def _again(self, numbers: tuple[int, ...], reason: str) -> None:
        """One of these runs ended its worker, or somebody killed it: each is tried once more, alone."""
        if len(numbers) == 1 and numbers[0] in self.suspects:
            self._keep([RunResult(numbers[0], f"its worker died twice: {reason}", np.empty(0))])
            return
        self.suspects.update(numbers)
        self.todo.extendleft((number,) for number in reversed(numbers))

    def _keep(self, results: list[RunResult]) -> None:
        self.store.add(results)
        for one in results:
            self.done[one.run] = True
        self.report(int(self.done.sum()), len(self.done))


@dataclasses.dataclass(frozen=True)
class Expected:
    """What a sweep would take: runs, seconds with the workers given, bytes on disk at its largest."""

    runs: int
    seconds_per_run: float
    seconds: float
    bytes: int


def expected(study: Study, workers: int) -> Expected:
    """Runs of a study, and time and disk judged from three runs in this process. Raises InputError."""
    from sim.study.engine import compile_once

    plan = plan_of(study)
    compile_once(plan.setting.baseline)
    numbers = sorted({0, plan.total // 2, plan.total - 1})
    live_runs(plan, numbers[:1])  # the first run of a process loads the machine code
    clock = time.perf_counter()
    live_runs(plan, numbers)
    each = (time.perf_counter() - clock) / len(numbers)
    # Parts hold eight bytes a value and the final table four; for a moment both are there.
    size = plan.total * (12 * len(plan.series.pairs) * plan.months + 24 * len(study.measures))
    return Expected(plan.total, each, START_SECONDS + plan.total * each / min(workers, plan.total), size)


START_SECONDS = 3.0
"""Workers import the model and load its machine code once."""
