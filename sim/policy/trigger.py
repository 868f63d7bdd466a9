"""Signposts: the condition on a measure under which a conditional policy is announced in the run."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import Field, ValidationInfo, field_validator, model_validator

from sim.policy.base import Day, Frozen

NEVER = dt.date.max
"""Day on which a conditional policy that has not been triggered is announced."""


class Trigger(Frozen):
    """A measure of the run passes a line: the policy is announced in the next month.

    The measure is read at the end of every month, by the function that reports it. Nobody can foresee when it passes.
    """

    metric: str
    """Measure that is watched, by its name in the list of metrics."""
    key: str
    """Key of the measure, for example a region or a firm."""
    above: float | None = None
    """The condition holds in a month whose value is above this, in the unit of the measure."""
    below: float | None = None
    """The condition holds in a month whose value is below this, in the unit of the measure."""
    for_months: int = Field(default=1, ge=1, le=120)
    """Months in a row in which the condition must hold, 1 to 120."""
    since: Day | None = None
    """First day from which the policy can be triggered; null: from the start."""
    until: Day | None = None
    """Last day on which it can be triggered; null: no end."""
    notice_months: int = Field(default=0, ge=0, le=120)
    """Months between announcement and force, 0 to 120."""
    lasts_months: int | None = Field(default=None, ge=1, le=600)
    """Months in force, 1 to 600; null: open end."""
    until_back: float | None = None
    """The policy ends once the measure has been at this value or beyond it for `for_months`: at or below it if `above`
    triggers, at or above it if `below` does; null: it does not end so."""
    repeats: bool = False
    """Whether it can be triggered again after it has ended."""

    @field_validator("metric")
    @classmethod
    def _known_metric(cls, value: str) -> str:
        from sim.measures import METRICS

        if value not in METRICS:
            raise ValueError(f"unknown metric '{value}'; known: {', '.join(METRICS)}")
        return value

    @field_validator("key")
    @classmethod
    def _known_key(cls, value: str, info: ValidationInfo) -> str:
        from sim.measures.keys import keys_of

        metric: Any = info.data.get("metric")
        if metric is not None and value not in keys_of(metric):
            raise ValueError(f"metric {metric} has no key '{value}'; known: {', '.join(keys_of(metric))}")
        return value

    @model_validator(mode="after")
    def _makes_sense(self) -> Trigger:
        if (self.above is None) == (self.below is None):
            raise ValueError("give either above or below")
        if self.since is not None and self.until is not None and self.until < self.since:
            raise ValueError(f"until {self.until} is before since {self.since}")
        back = self.until_back
        if back is not None and self.above is not None and back > self.above:
            raise ValueError(f"until_back {back} must not be above {self.above}, the line that triggers")
        if back is not None and self.below is not None and back < self.below:
            raise ValueError(f"until_back {back} must not be below {self.below}, the line that triggers")
        if self.repeats and back is None and self.lasts_months is None:
            raise ValueError("repeats needs an end: lasts_months or until_back")
        return self

    def passed(self, value: float) -> bool:
        """Whether the condition holds at a value; an undefined one (NaN) does not."""
        return value > self.above if self.above is not None else self.below is not None and value < self.below

    def is_back(self, value: float) -> bool:
        """Whether the measure has fallen back far enough to end the policy."""
        if self.until_back is None:
            return False
        return value <= self.until_back if self.above is not None else value >= self.until_back

    def words(self) -> str:
        """The condition in a few words."""
        side = f"above {self.above:g}" if self.above is not None else f"below {self.below:g}"
        months = "" if self.for_months == 1 else f" for {self.for_months} months"
        return f"{self.metric} ({self.key}) {side}{months}"
