"""What a design varies: one parameter, its range, and how a position between 0 and 1 becomes a value of it."""

from __future__ import annotations

import dataclasses
import fnmatch
import functools
import math
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from sim.dated import ALWAYS, Dated, month_text
from sim.registry import Registry
from sim.registry_records import Parameter

RANKING = Path(__file__).with_name("influence.csv")
"""Parameters by how much they move the headline measures: columns path, influence, metric; made by a screening."""
LOGARITHMIC = ("loguniform", "lognormal")


@dataclasses.dataclass(frozen=True, slots=True)
class Uncertain:
    """A parameter between its 5 and 95 % values, uniform on its scale.

    `low` and `high` bound the column of a table of samples: the parameter's own values; for a switch the numbers of
    its options; for a parameter with dated ranges its position between them, 0 to 1.
    """

    path: str
    label: str
    unit: str
    low: float
    high: float
    log: bool = False
    integer: bool = False
    options: tuple[str, ...] = ()
    paths: tuple[Dated, Dated] | None = None
    """Low and high by date, if they are not the same at all times."""

    @property
    def dated(self) -> bool:
        """Whether its column is a position between two dated paths."""
        return self.paths is not None

    def column(self, position: float) -> float:
        """Value in a table of samples at a position between 0 and 1."""
        if self.options:
            return float(min(int(position * len(self.options)), len(self.options) - 1))
        if self.log:
            found = self.low * math.exp(position * math.log(self.high / self.low))
        else:
            found = self.low + position * (self.high - self.low)
        return float(round(found)) if self.integer else min(max(found, self.low), self.high)

    def raw(self, column: float) -> Any:
        """What a scenario file would say for a value of the column."""
        if self.options:
            return self.options[int(column)]
        if self.paths is None:
            return int(column) if self.integer else float(column)
        low, high = self.paths
        months = sorted({month for path in self.paths for month, _ in path.knots if month != ALWAYS})
        values = {month_text(m): low.at(m) + column * (high.at(m) - low.at(m)) for m in months}
        return {date: round(value) for date, value in values.items()} if self.integer else values


def uncertain_of(parameter: Parameter) -> Uncertain | None:
    """A parameter of the registry as a design takes it; None if it has no range."""
    record, label = parameter.record, parameter.record.label
    if parameter.key is not None:
        label = f"{label} ({parameter.key})"
    if record.options:
        return Uncertain(parameter.path, label, "option", 0.0, len(record.options) - 1.0, options=record.options)
    low, high = parameter.low, parameter.high
    if low is None or high is None:
        return None
    if low.is_constant and high.is_constant:
        ends = low.at(ALWAYS), high.at(ALWAYS)
        log = record.distribution in LOGARITHMIC and ends[0] > 0.0
        if not ends[0] < ends[1]:
            return None
        return Uncertain(parameter.path, label, record.unit, *ends, log=log, integer=record.integer)
    unit = "position between low and high"
    return Uncertain(parameter.path, label, unit, 0.0, 1.0, integer=record.integer, paths=(low, high))


def chosen_paths(
    registry: Registry,
    roles: Collection[str],
    include: Sequence[str],
    exclude: Sequence[str],
    top: int | None,
    fixed: Collection[str],
) -> list[str]:
    """Paths that have a range, pass the filters, and are not fixed otherwise; the `top` most influential, if given.

    The order is the registry's. A path that the ranking does not know comes after those that it knows.
    """
    found = [
        path
        for path in registry
        if (not roles or registry[path].record.role in roles)
        and (not include or matches(path, include))
        and not matches(path, exclude)
        and path not in fixed
        and uncertain_of(registry[path]) is not None
    ]
    if top is None or top >= len(found):
        return found
    best = set(sorted(found, key=lambda path: rank_of(path, len(registry)))[:top])
    return [path for path in found if path in best]


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Whether a path fits one of the patterns (`labs.*`, `energy.*.electricity_price`)."""
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def rank_of(path: str, last: int) -> int:
    """Place of a path in the ranking by influence, 0 for the strongest; `last` if it is not in it."""
    return _ranking().get(path, last)


@functools.cache
def _ranking() -> dict[str, int]:
    if not RANKING.is_file():
        return {}
    return {path: place for place, path in enumerate(pd.read_csv(RANKING)["path"])}
