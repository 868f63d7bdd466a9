"""One visitor's state, and what all visitors share: the pool of processes and the first baseline."""

from __future__ import annotations

import functools
import threading

import solara
from solara.toestand import Singleton

from sim.browser.draft import Draft, base_of, baseline_of, scenario_of
from sim.browser.first_baseline import FirstBaseline
from sim.browser.live_run import LiveRun, Status
from sim.browser.shown import Shown
from sim.browser.worlds_pool import WorldPool
from sim.errors import InputError
from sim.scenario.model import Scenario

_LOCK = threading.Lock()


class Shared:
    """What visitors have in common; it holds nothing that one of them said."""

    def __init__(self) -> None:
        self.pool = WorldPool()
        self.first = FirstBaseline(self.pool)
        self.first.start()


@functools.cache
def _made() -> Shared:
    return Shared()


def shared() -> Shared:
    """Made when first asked for."""
    with _LOCK:
        return _made()


class Visitor:
    """The scenario as edited, the run, and how it is looked at."""

    def __init__(self) -> None:
        self.draft = solara.reactive(Draft())
        self.ran = solara.reactive(Draft())
        self.replicates = solara.reactive(20)
        self.speed = solara.reactive(24)
        self.tick = solara.reactive(0)
        self.problems: solara.Reactive[tuple[str, ...]] = solara.reactive(())
        self.notice = solara.reactive("")
        self.link_read = False
        self.run = LiveRun(shared().pool)
        solara.lab.on_kernel_start(lambda: self.run.close)

    @property
    def version(self) -> tuple:
        """Changes when a page has something new to draw."""
        first = shared().first
        return (self.run.version, first.version, self.run.status.phase)

    @property
    def status(self) -> Status:
        """How far the run is."""
        return self.run.status

    @property
    def shown(self) -> Shown | None:
        """The run, or the baseline before one; None while the first baseline is computed."""
        return self.run.shown or shared().first.shown

    def base(self) -> Scenario | None:
        """What the draft is based on; None if it cannot be read."""
        try:
            return _base(self.draft.value.base, self.draft.value.text)
        except InputError as error:
            self.problems.set((str(error),))
            return None

    def start(self, play: bool = True) -> None:
        """Run what was edited."""
        draft = self.draft.value
        try:
            scenario = scenario_of(draft)
            self.run.set_speed(self.speed.value)
            self.run.start(scenario, baseline_of(scenario), self.replicates.value, play)
        except InputError as error:
            self.problems.set((str(error),))
            return
        self.problems.set(())
        self.ran.set(draft)

    def load(self, draft: Draft) -> None:
        """Edit another scenario."""
        self.run.reset()
        self.problems.set(())
        self.draft.set(draft)


@functools.lru_cache(maxsize=32)
def _base(base: str, text: str | None) -> Scenario:
    return base_of(Draft(base, text))


visitor: Singleton[Visitor] = Singleton(Visitor)
"""A visitor per browser session, never one for all."""
