"""Conditional policies in a run: measures are read at the end of the month, and what they trigger becomes law.

A trigger is a signpost (Haasnoot et al. 2013, Global Environmental Change 23, dynamic adaptive policy pathways). The
law and what follows from it are worked out anew from the next month on; what has happened stays as it was, and nobody
could have known.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import numpy as np

from sim.dated import month_start
from sim.history import History
from sim.policy.months import last_day
from sim.policy.retime import Rework, splice, static_columns, with_spare_rows
from sim.policy.schema import Policy
from sim.policy.timeline import Notice, Timeline, timeline
from sim.policy.trigger import Trigger
from sim.world import World

if TYPE_CHECKING:
    from sim.scenario.model import Scenario


@dataclasses.dataclass
class Watch:
    """A conditional policy, and the dates that the run has given it: each time that it was triggered, oldest first."""

    policy: Policy
    trigger: Trigger
    dated: list[Policy] = dataclasses.field(default_factory=list)

    def over(self, day: dt.date) -> bool:
        """Whether the last of its terms has ended by a day; true if it was never triggered."""
        return not self.dated or self.dated[-1].ended(day)

    def look(self, start: int, month: int, values: Values) -> Literal["triggered", "ended"] | None:
        """Trigger it, or end its term, by the measures of a month (counted from the `start` of the run)."""
        following = start + month + 1
        if not self.over(month_start(following)):
            if self.trigger.until_back is None or not values.all_last(self.trigger, self.trigger.is_back):
                return None
            self.end(following)
            return "ended"
        may = self._watched(start + month) and (self.trigger.repeats or not self.dated)
        if not may or not values.all_last(self.trigger, self.trigger.passed):
            return None
        self.fire(following)
        return "triggered"

    def _watched(self, month: int) -> bool:
        """Whether a month (counted from year 0) lies in the term in which it can be triggered."""
        since, until = self.trigger.since, self.trigger.until
        return (since is None or since <= last_day(month)) and (until is None or month_start(month) <= until)

    def fire(self, month: int) -> None:
        """Announce it on the first day of a month (counted from year 0)."""
        begin = month + self.trigger.notice_months
        lasts = self.trigger.lasts_months
        dates = {
            "announced": month_start(month),
            "effective": month_start(begin),
            "expires": None if lasts is None else month_start(begin + lasts),
        }
        self.dated.append(self.policy.model_copy(update={"trigger": None, **dates}))

    def end(self, month: int) -> None:
        """End its term on the first day of a month; if that has not begun, it is withdrawn."""
        day, last = month_start(month), self.dated[-1]
        begun = last.effective is not None and last.effective < day
        dates = {"effective": last.effective if begun else None, "expires": day}
        self.dated[-1] = last.model_copy(update=dates)

    def law(self) -> list[Policy]:
        """Its terms as policies of their own; the latest has its name, earlier ones add the month of announcement."""
        earlier = [
            policy.model_copy(update={"id": f"{policy.id}-{policy.announced:%Y-%m}"}) for policy in self.dated[:-1]
        ]
        return [*earlier, *self.dated[-1:]] or [self.policy]


class Signposts:
    """The conditional policies of a scenario and the timeline that follows from what has been triggered so far."""

    def __init__(self, scenario: Scenario, design_lag_months: int, foresight_months: int) -> None:
        self.start, self.months = scenario.start_month, scenario.months
        self.lag, self.foresight = design_lag_months, foresight_months
        self.given = scenario.policies
        self.watches = [Watch(policy, policy.trigger) for policy in scenario.policies if policy.trigger is not None]
        self.notices: list[Notice] = []

    @property
    def policies(self) -> tuple[Policy, ...]:
        """All policies in the order of the scenario, with the dates that the run has given to conditional ones."""
        dated = {watch.policy.id: watch.law() for watch in self.watches}
        return tuple(found for policy in self.given for found in dated.get(policy.id, [policy]))

    def first_timeline(self) -> Timeline:
        """Timeline before the first month; with room for chips that vendors derive after a trigger, if there is one."""
        first = self._worked_out()
        return with_spare_rows(first) if self.watches else first

    def _worked_out(self) -> Timeline:
        return timeline(self.policies, self.start, self.months, self.lag, self.foresight)

    def read(self, world: World, history: History, now: Timeline) -> Timeline:
        """Read the measures of the month that has just been recorded; returns the timeline from then on.

        Raises RunError if vendors would derive more chips than the world has room for.
        """
        month = history.months - 1
        if not self._look(history, month):
            return now
        notices = tuple(sorted((*now.notices, *self.notices)))
        self.notices.clear()
        if month + 1 >= self.months:
            return now._replace(notices=notices)
        work = Rework(self.start, self.months, month + 1, self.policies)
        after = splice(now._replace(notices=notices), self._worked_out(), work)
        for name in static_columns():
            world.skus[name] = after.skus[name]
        history.sku_vendor[:] = after.skus["vendor"]
        return after

    def _look(self, history: History, month: int) -> bool:
        """Trigger and end policies by the measures of a month; whether the law is to be worked out anew."""
        values = Values(history)
        found = [watch.look(self.start, month, values) for watch in self.watches]
        for watch, what in zip(self.watches, found, strict=True):
            if what == "triggered":
                text = f"{watch.trigger.words()}: {watch.policy.title} is announced"
                self.notices.append(Notice(month, "rule_triggered", watch.policy.id, text))
        return any(found)


class Values:
    """Series of measures over the months so far, each worked out once a month, and only if a trigger asks for it."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.series: dict[str, dict[str, np.ndarray]] = {}

    def all_last(self, trigger: Trigger, holds: Callable[[float], bool]) -> bool:
        """Whether a condition holds in each of the last `for_months` months."""
        from sim.measures import METRICS
        from sim.measures.panel import Panel

        if self.history.months < trigger.for_months:
            return False
        if trigger.metric not in self.series:
            self.series[trigger.metric] = METRICS[trigger.metric].function(Panel(self.history))
        last = self.series[trigger.metric][trigger.key][-trigger.for_months :]
        return all(holds(float(value)) for value in last)
