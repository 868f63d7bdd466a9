"""What a study keeps of every run, and what it counts as good."""

from __future__ import annotations

import dataclasses
import re
from typing import Literal

import numpy as np

from sim.dated import month_text, parse_month
from sim.measures.keys import keys_of
from sim.measures.registry import METRICS
from sim.scenario.problems import nearest
from sim.study.study_schema import MeasureEntry

_GOAL = re.compile(r"(>=|<=|>|<)\s*(.+)")


class MeasureError(ValueError):
    """Something in a measure makes no sense: `field` is at fault, `hint` is the nearest valid name."""

    def __init__(self, field: str, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.field, self.hint = field, hint


@dataclasses.dataclass(frozen=True, slots=True)
class Goal:
    """A direction, and the value from which on it is reached, if there is one."""

    sense: Literal["high", "low"]
    threshold: float | None = None
    strict: bool = False

    def met(self, values: np.ndarray) -> np.ndarray:
        """Which values reach the goal, same shape; without a threshold all that are defined do."""
        if self.threshold is None:
            return np.isfinite(values)
        with np.errstate(invalid="ignore"):
            if self.sense == "high":
                return values > self.threshold if self.strict else values >= self.threshold
            return values < self.threshold if self.strict else values <= self.threshold

    @property
    def text(self) -> str:
        """As a file says it."""
        if self.threshold is None:
            return self.sense
        sign = ">" if self.sense == "high" else "<"
        return f"{sign}{'' if self.strict else '='} {self.threshold:.12g}"


@dataclasses.dataclass(frozen=True, slots=True)
class Measure:
    """One number of a run: a series read at a date."""

    metric: str
    key: str
    at: str
    goal: Goal | None = None

    @property
    def name(self) -> str:
        """`metric[key] at`."""
        return f"{self.metric}[{self.key}] {self.at}"

    @property
    def unit(self) -> str:
        """Unit of the number: a flow over a calendar year is a total of that year."""
        record = METRICS[self.metric]
        if len(self.at) == 4 and record.aggregation == "sum" and record.unit.endswith("/month"):
            return record.unit.removesuffix("/month") + "/year"
        return record.unit


def measure_of(entry: MeasureEntry, start: int, end: int) -> Measure:
    """A measure of a file, for scenarios that run from month `start` to month `end`. Raises MeasureError."""
    from sim.measures import table  # noqa: F401  (metrics register when it is read)

    if entry.metric not in METRICS:
        raise MeasureError("metric", f"no metric '{entry.metric}'", nearest(entry.metric, METRICS))
    keys = keys_of(entry.metric)
    if entry.key not in keys:
        hint = nearest(entry.key, keys)
        known = "" if hint else f"; there are {', '.join(keys[:12])}{', ...' if len(keys) > 12 else ''}"
        raise MeasureError("key", f"{entry.metric} has no key '{entry.key}'{known}", hint)
    at = str(entry.at)
    found = Measure(entry.metric, entry.key, at, None)
    _check_date(at, start, end)
    return found if entry.goal is None else dataclasses.replace(found, goal=goal_of(entry.goal, found.unit))


def _check_date(at: str, start: int, end: int) -> None:
    if at == "end":
        return
    try:
        first, last = (parse_month(f"{at}-01"), parse_month(f"{at}-12")) if len(at) == 4 else 2 * (
            parse_month(at, day_allowed=False),
        )  # fmt: skip
    except ValueError:
        raise MeasureError("at", f"'{at}' is neither a month YYYY-MM, nor a year YYYY, nor end") from None
    if first < start or last > end:
        raise MeasureError("at", f"{at} is not within {month_text(start)} to {month_text(end)}")


def goal_of(text: str, unit: str) -> Goal:
    """A goal from its text; a number may carry a unit. Raises MeasureError."""
    from sim.scenario.units import UnitError, convert, split_quantity

    if text in ("high", "low"):
        return Goal("high" if text == "high" else "low")
    parts = _GOAL.fullmatch(text.strip())
    if parts is None:
        raise MeasureError("goal", f"'{text}' is none of '>= number', '<= number', high, low")
    try:
        number, given = split_quantity(parts[2].strip())
        threshold = convert(parts[2].strip(), unit) if given else number
    except UnitError as error:
        raise MeasureError("goal", str(error)) from None
    return Goal("high" if parts[1][0] == ">" else "low", threshold, len(parts[1]) == 1)
