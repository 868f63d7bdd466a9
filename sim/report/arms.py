"""A comparison as a report reads it: each policy beside the baseline in the same worlds, and the policies of both."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from sim.report import style
from sim.report.longtable import LongTable
from sim.report.observed import Observed, read_observed
from sim.report.policy_strip import PolicyMark, read_policies
from sim.report.sheet import Context

ARM_COLOURS = (style.BLUE, style.VERMILLION, style.GREEN, style.PURPLE, style.ORANGE, style.SKY)


class ComparisonLike(Protocol):
    """What a report needs of a comparison (`sim.study.comparison.Comparison`)."""

    @property
    def path(self) -> Path:
        """The folder."""

    @property
    def manifest(self) -> Mapping[str, Any]:
        """Origin, seeds, worlds, variance reduction."""

    @property
    def scenarios(self) -> Mapping[str, Mapping[str, Any]]:
        """Resolved scenarios by id; the baseline first."""

    @property
    def baseline(self) -> str:
        """Id of the baseline."""

    @property
    def policies(self) -> tuple[str, ...]:
        """Ids of the policies."""

    @property
    def timeseries(self) -> pd.DataFrame:
        """Long table of all scenarios, worlds and months."""

    @property
    def effects(self) -> pd.DataFrame:
        """One row per policy, headline and year end."""

    @property
    def channels(self) -> pd.DataFrame:
        """One row per policy, headline and channel."""

    @property
    def events(self) -> pd.DataFrame:
        """What happened in every scenario and world."""


@dataclasses.dataclass(frozen=True)
class Arm:
    """A policy beside the baseline. Worlds are the columns of both tables, in the same order."""

    id: str
    title: str
    colour: str
    base: LongTable
    table: LongTable
    effects: pd.DataFrame
    channels: pd.DataFrame
    marks: tuple[PolicyMark, ...]
    """Policies of either scenario; `where` says in which alone."""
    first: pd.Timestamp | None
    """Month in which the two scenarios begin to differ; None if unknown."""
    observed: Observed

    @property
    def context(self) -> Context:
        """The baseline with the policies of both, for sheets and strips."""
        return Context(self.base, self.observed, self.marks)

    @property
    def policy_context(self) -> Context:
        """The policy's own table with the policies of both."""
        return Context(self.table, self.observed, self.marks)

    @property
    def end(self) -> pd.Timestamp:
        """Last year end at which effects are read."""
        return max(date for date in self.base.dates if date.month == 12)

    def at_end(self) -> pd.DataFrame:
        """Effects at the last year end, a row per headline."""
        return self.effects[self.effects["date"] == self.end]

    def difference(self, metric: str, key: str) -> pd.DataFrame:
        """Policy less baseline by month (rows) and world (columns); empty if either lacks the series."""
        one, other = self.base.series(metric, key), self.table.series(metric, key)
        return pd.DataFrame() if one.empty or other.empty else other - one

    def window(self, metric: str, key: str, end: pd.Timestamp, window: str) -> np.ndarray:
        """Paired differences over a window, one per world with a value in both; empty if a month is missing."""
        one, other = (table.window(metric, key, end, window) for table in (self.base, self.table))
        if one.size == 0 or other.size == 0:
            return np.empty(0)
        found = other - one
        return found[np.isfinite(found)]


def read_arms(comparison: ComparisonLike, observed: Observed | None = None) -> list[Arm]:
    """The policies of a comparison in its order, each with the baseline's tables."""
    seen = read_observed() if observed is None else observed
    tables = {
        name: LongTable(comparison.timeseries[comparison.timeseries["scenario"] == name])
        for name in (comparison.baseline, *comparison.policies)
    }
    first = comparison.manifest.get("first_difference") or {}
    arms = []
    for place, name in enumerate(comparison.policies):
        one, other = comparison.scenarios[comparison.baseline], comparison.scenarios[name]
        month = first.get(name)
        arms.append(
            Arm(
                id=name,
                title=str(other.get("title") or name),
                colour=ARM_COLOURS[place % len(ARM_COLOURS)],
                base=tables[comparison.baseline],
                table=tables[name],
                effects=comparison.effects[comparison.effects["policy"] == name],
                channels=comparison.channels[comparison.channels["policy"] == name],
                marks=merged_marks(one.get("policies") or (), other.get("policies") or ()),
                first=pd.Timestamp(f"{month}-01") if month else None,
                observed=seen,
            )
        )
    return arms


def merged_marks(one: Sequence[Any], other: Sequence[Any]) -> tuple[PolicyMark, ...]:
    """Policies of baseline `one` and of policy scenario `other` by date, numbered anew.

    `where` is empty for those that both have alike, else `baseline`, `policy`, or `changed` (drawn as under the
    policy).
    """
    mine, theirs = ({mark.id: mark for mark in read_policies(items)} for items in (one, other))
    fields_of = [{str(item.get("id")): dict(item) for item in items} for items in (one, other)]
    found = []
    for name, mark in (mine | theirs).items():
        if name not in theirs:
            where = "baseline"
        elif name not in mine:
            where = "policy"
        else:
            alike = fields_of[0][name] == fields_of[1][name] and mine[name].ends == theirs[name].ends
            where = "" if alike else "changed"
        found.append(dataclasses.replace(mark, where=where))
    found.sort(key=lambda mark: (mark.announced, mark.id))
    return tuple(dataclasses.replace(mark, number=number) for number, mark in enumerate(found, start=1))
