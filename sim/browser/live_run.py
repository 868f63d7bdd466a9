"""One world as it unfolds, and many worlds in the background. Threads and processes; knows nothing of pages.

A live run is what `weightshift run SCENARIO --seed S` simulates: one world with central parameters. Replicates are what
`weightshift run SCENARIO --replicates N` simulates: worlds with seeds S, S+1, ... and their members of the ensemble.
The baseline is lived in the same worlds.
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pandas as pd

from sim.browser.series import SERIES
from sim.browser.shown import Shown
from sim.errors import InputError, RunError
from sim.report.policy_strip import read_policies
from sim.scenario.model import Scenario

State = Literal["ready", "running", "paused", "done", "failed", "cancelled"]
REDRAW_SECONDS = 0.7
"""How often a page is told about new months while a run plays."""
FASTEST = 1e9
MOST_WORLDS = 200
JOBS = threading.Semaphore(1)
"""Replicates of one visitor at a time: others wait for their turn."""


class Cancelled(Exception):
    """The visitor does not want the result any more."""


def month_ends(scenario: Scenario) -> pd.DatetimeIndex:
    """Last days of the months of a scenario."""
    return pd.DatetimeIndex(scenario.month_ends())


def shown_of(
    scenario: Scenario, values: np.ndarray, live: int, baseline: Shown | None, money: pd.DataFrame | None, note: str
) -> Shown:
    """`values` of shape (worlds, series, months) as pages read them."""
    series = {pair: values[:, row] for row, pair in enumerate(SERIES.pairs)}
    return Shown(
        scenario.title, month_ends(scenario), live, series, tuple(read_policies(scenario.policies)), baseline, money,
        note, tuple(scenario.policies),
    )  # fmt: skip


def money_of(economy: Any) -> pd.DataFrame:
    """Who paid whom each year: columns year, from_sector, to_sector, usd."""
    from sim.ledger import transaction_flow_matrix

    table = transaction_flow_matrix(economy.history.flows, economy.dates)
    table = table.assign(year=table["date"].dt.year, usd=table["usd_cents"] / 100.0)
    return table.groupby(["year", "from_sector", "to_sector"], observed=True, as_index=False)["usd"].sum()


class LiveRun:
    """A world and its baseline twin, month by month in a thread of its own.

    `changed` is called (from that thread) whenever there is something new to see.
    """

    def __init__(self, scenario: Scenario, baseline: Scenario | None, seed: int, changed: Callable[[], None]) -> None:
        self.scenario, self.baseline, self.seed = scenario, baseline, seed
        self.months = scenario.months
        self.month = 0
        self.state: State = "ready"
        self.error = ""
        self.speed = FASTEST
        """Months a second."""
        self._changed = changed
        self._lock = threading.Lock()
        self._go = threading.Event()
        self._steps = 0
        self._stop = False
        self._twins: tuple[Any, Any] | None = None
        self._thread: threading.Thread | None = None

    def play(self) -> None:
        """Let months pass until the end, or until `pause`."""
        self._begin(steps=-1)

    def step(self, months: int = 1) -> None:
        """Let so many months pass."""
        self._begin(steps=months)

    def pause(self) -> None:
        """Stop after the month that is being lived."""
        self._steps = 0
        self._go.clear()

    def cancel(self) -> None:
        """End the thread; what was reached stays."""
        self._stop = True
        self._go.set()

    def _begin(self, steps: int) -> None:
        if self.state in ("done", "failed", "cancelled"):
            return
        self._steps = steps
        if self._thread is None:
            self._thread = threading.Thread(target=self._live, name="live-run", daemon=True)
            self._thread.start()
        self._go.set()

    def _live(self) -> None:
        last = 0.0
        try:
            from sim.economy import Economy

            self._say("running")
            own = Economy(self.scenario, self.seed)
            twin = Economy(self.baseline, self.seed) if self.baseline is not None else None
            self._twins = (own, twin)
            while self.month < self.months:
                if not self._go.is_set():
                    self._say("paused")
                self._go.wait()
                if self._stop:
                    self._say("cancelled")
                    return
                self.state = "running"
                begun = time.monotonic()
                with self._lock:
                    own.step()
                    if twin is not None:
                        twin.step()
                    self.month += 1
                if self._steps > 0:
                    self._steps -= 1
                    if self._steps == 0:
                        self._go.clear()
                if begun - last > REDRAW_SECONDS:
                    self._changed()
                    last = time.monotonic()
                time.sleep(max(0.0, 1.0 / self.speed - (time.monotonic() - begun)))
            self._say("done")
        except (RunError, InputError) as error:
            self.error = str(error)
            self._say("failed")

    def _say(self, state: State) -> None:
        if self.state != state:
            self.state = state
            self._changed()

    def shown(self) -> Shown | None:
        """What has been reached; None before the first month."""
        with self._lock:
            if self._twins is None or self.month == 0:
                return None
            own, twin = self._twins
            live = self.month
            base = None
            if twin is not None and self.baseline is not None:
                base = shown_of(self.baseline, self._values(twin), live, None, money_of(twin), "")
            note = f"One world (seed {self.seed}) with central parameters."
            return shown_of(self.scenario, self._values(own), live, base, money_of(own), note)

    def _values(self, economy: Any) -> np.ndarray:
        """Shape (1, series, months), NaN in months that have not been reached."""
        found = SERIES.read(economy.history)
        whole = np.full((1, len(SERIES.pairs), self.months), np.nan)
        whole[0, :, : found.shape[1]] = found
        return whole


@dataclasses.dataclass
class Replicates:
    """Many worlds of a scenario and its baseline, in processes of their own."""

    scenario: Scenario
    baseline: Scenario | None
    seed: int
    worlds: int
    changed: Callable[[], None]
    workers: int = 2
    done: int = 0
    state: State = "ready"
    error: str = ""
    result: Shown | None = None
    _stop: bool = False

    @property
    def total(self) -> int:
        """Runs in all."""
        return self.worlds * (1 if self.baseline is None else 2)

    def start(self) -> None:
        """Begin; a second call does nothing. Raises InputError for a number of worlds that is not taken."""
        if not 2 <= self.worlds <= MOST_WORLDS:
            raise InputError(f"between 2 and {MOST_WORLDS} worlds, not {self.worlds}", key="worlds")
        if self.state == "ready":
            self.state = "running"
            threading.Thread(target=self._work, name="replicates", daemon=True).start()

    def cancel(self) -> None:
        """Drop what waits; runs that have begun end by themselves."""
        self._stop = True

    def _work(self) -> None:
        try:
            while not JOBS.acquire(timeout=0.2):
                self._go_on()
            try:
                self.result = self._simulate()
            finally:
                JOBS.release()
            self.state = "done"
        except Cancelled:
            self.state = "cancelled"
        except (RunError, InputError) as error:
            self.error = str(error)
            self.state = "failed"
        self.changed()

    def _go_on(self) -> None:
        if self._stop:
            raise Cancelled

    def _simulate(self) -> Shown:
        from sim.study.engine import Setting, Task, engine
        from sim.study.ensemble import read_ensemble, worlds_of

        worlds = worlds_of(read_ensemble(), self.seed, self.worlds)
        lived = (self.scenario,) if self.baseline is None else (self.scenario, self.baseline)
        tasks = [Task(number, world, SERIES, False) for world in worlds for number in range(len(lived))]
        last = time.monotonic()

        def progress(count: int) -> None:
            nonlocal last
            self.done += count
            self._go_on()
            if time.monotonic() - last > REDRAW_SECONDS:
                last = time.monotonic()
                self.changed()

        with engine(Setting(lived, lived[-1]), self.workers) as machine:
            outcomes = machine.run(tasks, progress)
        failed = [one.failed for one in outcomes if one.failed]
        if failed:
            raise RunError(f"a world broke down: {failed[0]}")
        values = np.stack([one.values for one in outcomes])
        step, months = len(lived), self.scenario.months
        base = None
        if self.baseline is not None:
            base = shown_of(self.baseline, values[1::step], months, None, None, "")
        note = f"{self.worlds} worlds (seeds {self.seed} to {self.seed + self.worlds - 1}), each with a parameter set of its own."
        return shown_of(self.scenario, values[0::step], months, base, None, note)
