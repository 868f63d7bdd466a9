"""Simulating many worlds of many scenarios on the cores of this machine.

The result of a run depends on the scenario and the world alone, and results are kept in the order of the worlds, so
any number of processes gives the same bytes.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from sim.errors import RunError
from sim.study.series import SeriesList
from sim.study.worlds import World, placed

if TYPE_CHECKING:
    from sim.scenario.model import Scenario

BOUND = "bound_"
Progress = Callable[[int], None]


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What is kept of one run. A run that broke down has a reason in `failed` and no values."""

    values: np.ndarray
    """Shape (series, months), NaN where undefined; empty if the run failed."""
    events: pd.DataFrame | None = None
    """date, kind, agent, other, value, unit, text, without limits that bound; None if not asked for."""
    bounds: dict[str, int] = dataclasses.field(default_factory=dict)
    """How often each limit bound."""
    failed: str = ""
    read: Any = None
    """What the task's reader found; None if it has none, or if the run failed."""


class Reader(Protocol):
    """Reads, in the worker, what no series holds, so that no history travels between processes. Must pickle."""

    def read(self, history: Any) -> Any:
        """Something small from the tables of a `sim.history.History`."""


@dataclasses.dataclass(frozen=True, slots=True)
class Task:
    """One run: a scenario by its place in the list, a world, and what to keep."""

    scenario: int
    world: World
    series: SeriesList
    with_events: bool
    reader: Reader | None = None


@dataclasses.dataclass(frozen=True)
class Setting:
    """What every worker knows: the scenarios, and the baseline below which a world's overrides lie."""

    scenarios: tuple[Scenario, ...]
    baseline: Scenario


def live(setting: Setting, task: Task) -> Outcome:
    """Simulate one world; an account that does not close is an outcome, any other error is raised."""
    from sim.economy import Economy
    from sim.event_text import event_table

    scenario = placed(setting.scenarios[task.scenario], setting.baseline, task.world)
    try:
        economy = Economy(scenario, task.world.seed)
        for _ in range(scenario.months):
            economy.step()
        values = task.series.read(economy.history)
        read = task.reader.read(economy.history) if task.reader is not None else None
    except RunError as error:
        return Outcome(np.empty((0, 0)), failed=str(error))
    if not task.with_events:
        return Outcome(values, read=read)
    events = event_table(economy)
    bound = events["kind"].str.startswith(BOUND).to_numpy(dtype=bool)
    counted = events["kind"][bound].value_counts(sort=False)
    return Outcome(values, events[~bound], {str(kind): int(count) for kind, count in counted.items()}, read=read)


class Engine:
    """Runs tasks in this process (one worker) or in a pool; use as a context manager, see `engine`."""

    def __init__(self, setting: Setting, pool: concurrent.futures.ProcessPoolExecutor | None) -> None:
        self._setting = setting
        self._pool = pool

    def run(self, tasks: Sequence[Task], progress: Progress | None = None) -> list[Outcome]:
        """Outcomes in the order of the tasks; `progress` is called with one after every run.

        Raises RunError if a worker process dies (killed, or out of memory).
        """
        report = progress or (lambda step: None)
        if self._pool is None:
            found = []
            for task in tasks:
                found.append(live(self._setting, task))
                report(1)
            return found
        try:
            futures = [self._pool.submit(_live, task) for task in tasks]
            for future in concurrent.futures.as_completed(futures):
                future.result()
                report(1)
            return [future.result() for future in futures]
        except BrokenProcessPool:
            raise RunError(
                "a worker process ended without a word: it was killed, or memory ran out; try fewer workers"
            ) from None


@contextlib.contextmanager
def engine(setting: Setting, workers: int) -> Iterator[Engine]:
    """An engine with `workers` processes. On Ctrl-C tasks that wait are dropped, and running ones end by themselves."""
    if workers == 1:
        yield Engine(setting, None)
        return
    compile_once(setting.baseline)
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    pool = concurrent.futures.ProcessPoolExecutor(workers, context, _begin_worker, (setting,))
    try:
        yield Engine(setting, pool)
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        raise
    pool.shutdown()


def compile_once(scenario: Scenario) -> None:
    """Live a month here first: workers that find no machine code would each compile the model."""
    from sim.economy import Economy

    Economy(scenario).step()


def default_workers() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_SETTING: list[Setting] = []  # of a worker process: what its first message said


def _begin_worker(setting: Setting) -> None:
    # Ctrl-C reaches every process of the terminal; only the one in charge may answer it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _SETTING[:] = [setting]


def _live(task: Task) -> Outcome:
    return live(_SETTING[0], task)
