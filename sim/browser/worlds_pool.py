"""Worlds in the background: one pool of processes for all visitors, who take turns. Knows nothing of pages.

A world is simulated as `weightshift compare` does it (`sim.study.engine.live`), so its values are the same.
"""

from __future__ import annotations

import collections
import concurrent.futures
import dataclasses
import multiprocessing
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.study.engine import Setting, Task, compile_once, default_workers, live
from sim.study.series import SeriesList

if TYPE_CHECKING:
    from sim.scenario.model import Scenario
    from sim.study.worlds import World

MOST_KEPT = 120
"""Worlds that are kept for other visitors, of about 0.6 MB each."""
NOTHING = SeriesList(())


@dataclasses.dataclass(frozen=True, eq=False)
class WorldResult:
    """One world: values of shape (series, months) of `pairs`, and who paid whom (year, from_sector, to_sector, usd)."""

    pairs: tuple[tuple[str, str], ...]
    values: np.ndarray
    money: pd.DataFrame


@dataclasses.dataclass(frozen=True)
class AllSeries:
    """Reads every series and the payments of a run."""

    dates: pd.DatetimeIndex

    def read(self, history: Any) -> WorldResult:
        """What a page may show of a history so far. Raises RunError if a number is broken."""
        return read_world(history, self.dates)


def read_world(history: Any, dates: pd.DatetimeIndex) -> WorldResult:
    """Every series of the months recorded so far. Raises RunError if a number is broken."""
    from sim.measures.table import measured_series

    names, keys, values = measured_series(history)
    return WorldResult(tuple(zip(names, keys, strict=True)), values, payments(history, dates))


def payments(history: Any, dates: pd.DatetimeIndex) -> pd.DataFrame:
    """Who paid whom by year: year, from_sector, to_sector, usd."""
    from sim.ledger import transaction_flow_matrix

    flows = transaction_flow_matrix(history.flows, dates[: history.months])
    flows = flows.assign(year=flows["date"].dt.year)
    sums = flows.groupby(["year", "from_sector", "to_sector"], observed=True)["usd_cents"].sum().reset_index()
    sums["usd"] = sums.pop("usd_cents") / 100
    return sums


class Job:
    """Worlds of one scenario that one visitor asked for."""

    def __init__(self, scenario: Scenario, baseline: Scenario, worlds: tuple[World, ...]) -> None:
        self.scenario, self.baseline, self.worlds = scenario, baseline, worlds
        self.results: list[WorldResult | None] = [None] * len(worlds)
        self.failed = ""
        self.cancelled = False
        self.waiting = collections.deque(range(len(worlds)))
        self.done = 0

    @property
    def finished(self) -> bool:
        """Whether every world is there."""
        return self.done == len(self.worlds)

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.finished or self.cancelled or bool(self.failed)

    def key(self, place: int) -> tuple[str, str, World]:
        """What decides the result of a world."""
        return self.scenario.digest(), self.baseline.digest(), self.worlds[place]


class WorldPool:
    """Processes shared by all visitors: jobs take turns world by world, so nobody waits for another's hundred."""

    def __init__(self, workers: int | None = None) -> None:
        self.workers = max(1, min(workers or default_workers(), 8))
        self.ready = threading.Event()
        self.problem = ""
        self._lock = threading.RLock()
        self._jobs: collections.deque[Job] = collections.deque()
        self._running = 0
        self._kept: collections.OrderedDict[Any, WorldResult] = collections.OrderedDict()
        self._executor: concurrent.futures.ProcessPoolExecutor | None = None

    def start(self, baseline: Scenario) -> None:
        """Start the processes and let one of them compile the model, if that was not done on this machine before."""
        with self._lock:
            if self._executor is not None:
                return
            methods = multiprocessing.get_all_start_methods()
            context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
            self._executor = concurrent.futures.ProcessPoolExecutor(self.workers, context, _begin)
            self._executor.submit(compile_once, baseline).add_done_callback(self._compiled)

    def stop(self) -> None:
        """Drop all jobs and end the processes."""
        with self._lock:
            for job in self._jobs:
                job.cancelled = True
            self._jobs.clear()
            if self._executor is not None:
                self._executor.shutdown(wait=False, cancel_futures=True)
                self._executor = None

    def submit(self, job: Job) -> None:
        """Queue a job; worlds that another visitor has asked for before are there at once."""
        with self._lock:
            for place in tuple(job.waiting):
                found = self._kept.get(job.key(place))
                if found is not None:
                    job.waiting.remove(place)
                    job.results[place] = found
                    job.done += 1
            if job.waiting:
                self._jobs.append(job)
        self._pump()

    def cancel(self, job: Job) -> None:
        """Drop the worlds of a job that have not begun."""
        with self._lock:
            job.cancelled = True
            if job in self._jobs:
                self._jobs.remove(job)

    def ahead(self, job: Job) -> int:
        """How many other jobs are in the queue."""
        with self._lock:
            return sum(other is not job for other in self._jobs)

    def _compiled(self, future: concurrent.futures.Future[None]) -> None:
        if not future.cancelled() and future.exception() is not None:
            self.problem = f"the model could not be prepared: {future.exception()}"
        self.ready.set()
        self._pump()

    def _pump(self) -> None:
        with self._lock:
            while self.ready.is_set() and self._executor and self._running < self.workers and self._jobs:
                job = self._jobs.popleft()
                place = job.waiting.popleft()
                if job.waiting:
                    self._jobs.append(job)
                task = Task(
                    0, job.worlds[place], NOTHING, False, AllSeries(pd.DatetimeIndex(job.scenario.month_ends()))
                )
                try:
                    future = self._executor.submit(live, Setting((job.scenario,), job.baseline), task)
                except RuntimeError as error:  # the processes are gone
                    job.failed = str(error)
                    continue
                self._running += 1
                future.add_done_callback(lambda done, job=job, place=place: self._arrived(job, place, done))

    def _arrived(self, job: Job, place: int, future: concurrent.futures.Future[Any]) -> None:
        with self._lock:
            self._running -= 1
            if future.cancelled():
                job.cancelled = True
            elif future.exception() is not None:
                job.failed = job.failed or f"a worker process ended: {future.exception()}"
            elif future.result().failed:
                job.failed = job.failed or f"the world of seed {job.worlds[place].seed}: {future.result().failed}"
            else:
                result = future.result().read
                job.results[place] = result
                job.done += 1
                self._kept[job.key(place)] = result
                while len(self._kept) > MOST_KEPT:
                    self._kept.popitem(last=False)
            if job.failed and job in self._jobs:
                self._jobs.remove(job)
        self._pump()


def _begin() -> None:
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)


def stacked(results: list[WorldResult], months: int) -> dict[tuple[str, str], np.ndarray]:
    """Series of several worlds, shape (worlds, months) each; NaN in months that were not reached."""
    if not results:
        return {}
    count = len(results[0].pairs)
    values = np.full((count, len(results), months), np.nan)
    for row, result in enumerate(results):
        values[:, row, : result.values.shape[1]] = result.values
    return dict(zip(results[0].pairs, values, strict=True))
