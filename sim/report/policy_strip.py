"""The strip of policies under a time chart: hollow when announced, solid when in force."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sim.report import style

STRIP_INCHES = 0.62
LANES = (("us", "US"), ("cn", "China"), ("", "other"))


@dataclasses.dataclass(frozen=True)
class PolicyMark:
    """One policy as a chart needs it; `number` is its row in the policy table of the report."""

    number: int
    id: str
    title: str
    actor: str
    instrument: str
    announced: pd.Timestamp
    effective: pd.Timestamp | None
    ends: pd.Timestamp | None
    reference: str

    @property
    def lane(self) -> int:
        """Index into LANES, by who acts."""
        first = self.actor.lower().replace("_", "-").split("-")[0]
        return {"us": 0, "cn": 1, "china": 1}.get(first, 2)


def read_policies(policies: Iterable[Any]) -> list[PolicyMark]:
    """Policies (mappings of a resolved scenario, or objects with the same names) by date, numbered from 1.

    A policy ends on its own `expires`, or when one that supersedes it comes into force.
    """
    rows = [_row(policy) for policy in policies]
    ends: dict[str, pd.Timestamp] = {}
    for row in rows:
        for other in row["supersedes"] or ():
            if row["effective"] is not None:
                ends[str(other)] = min(_day(row["effective"]), ends.get(str(other), pd.Timestamp.max))
    marks = []
    for row in sorted(rows, key=lambda row: (_day(row["announced"] or row["effective"]), str(row["id"]))):
        found = [end for end in (_day(row["expires"]), ends.get(str(row["id"]))) if end is not None]
        marks.append(
            PolicyMark(
                number=len(marks) + 1,
                id=str(row["id"]),
                title=str(row["title"] or row["id"]),
                actor=str(row["actor"] or ""),
                instrument=str(row["instrument"] or ""),
                announced=_day(row["announced"] or row["effective"]),
                effective=_day(row["effective"]),
                ends=min(found) if found else None,
                reference=str(row["reference"] or ""),
            )
        )
    return marks


def _row(policy: Any) -> dict[str, Any]:
    names = ("id", "title", "actor", "instrument", "announced", "effective", "expires", "reference", "supersedes")
    if isinstance(policy, Mapping):
        return {name: policy.get(name) for name in names}
    return {name: getattr(policy, name, None) for name in names}


def _day(value: Any) -> Any:
    return None if value is None else pd.Timestamp(str(value))


def draw_strip(axes: Axes, policies: Sequence[PolicyMark], dates: pd.DatetimeIndex, *, names: bool = True) -> None:
    """Draw the strip: one lane per actor; numbers refer to the policy table of the report.

    A thin line runs from announcement to entry into force, a thick one while at least one policy of the lane binds.
    """
    first, last = style.days(dates[:1])[0] - 31, style.days(dates[-1:])[0]
    axes.set_xlim(first, last)
    axes.set_ylim(-0.5, len(LANES) - 0.5)
    axes.invert_yaxis()
    axes.axis("off")
    wide = style.width_inches(axes)
    for lane, (_, name) in enumerate(LANES):
        members = [mark for mark in policies if mark.lane == lane]
        axes.plot([first, last], [lane, lane], color=style.FAINT, linewidth=0.6, zorder=1)
        if names:
            axes.text(
                first - 0.06 / wide * (last - first),
                lane,
                name,
                fontsize=style.SMALL_SIZE,
                color=style.MUTED,
                ha="right",
                va="center",
            )
        shown = []
        for mark in members:
            start = style.days([mark.announced])[0]
            force = None if mark.effective is None else style.days([mark.effective])[0]
            end = last if mark.ends is None else min(style.days([mark.ends])[0], last)
            if start > last or end < first:
                continue
            if force is not None and end > max(force, first):
                axes.plot(
                    [max(force, first), end],
                    [lane, lane],
                    color=style.INK,
                    linewidth=2.2,
                    alpha=0.30,
                    solid_capstyle="butt",
                    zorder=2,
                )
            if start >= first:
                axes.plot([start, min(force or start, last)], [lane, lane], color=style.INK, linewidth=0.8, zorder=2)
                axes.scatter([start], [lane], s=11, facecolor=style.PAPER, edgecolor=style.INK, linewidth=0.8, zorder=4)
            if force is not None and first <= force <= last:
                axes.scatter([force], [lane], s=11, color=style.INK, zorder=5, linewidth=0.8)
            if mark.ends is not None and first <= end < last:
                axes.scatter([end], [lane], s=13, marker="x", color=style.INK, linewidth=0.9, zorder=6)
            if start >= first:
                shown.append((start if force is None else force, mark.number))
        if wide > 2.4 and shown:
            _numbers(axes, shown, lane, wide, first, last)


def _numbers(axes: Axes, shown: list[tuple[float, int]], lane: int, wide: float, first: float, last: float) -> None:
    """Numbers above the marks of a lane; those within a few weeks of each other share one label such as 5-8."""
    gap = 0.13 / wide * (last - first)
    groups: list[list[tuple[float, int]]] = []
    for item in sorted(shown):
        if groups and item[0] - groups[-1][-1][0] < gap:
            groups[-1].append(item)
        else:
            groups.append([item])
    centres = [float(np.mean([at for at, _ in group])) for group in groups]
    texts = [_short([number for _, number in group]) for group in groups]
    places = style.spread(centres, 2.2 * gap, first, last)
    for place, text in zip(places, texts, strict=True):
        axes.text(place, lane - 0.22, text, fontsize=5.8, color=style.MUTED, ha="center", va="bottom")


def _short(numbers: list[int]) -> str:
    """Numbers as ranges: 3, 5, 6, 7 becomes 3,5-7."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
