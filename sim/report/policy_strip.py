"""The strip of policies under a time chart: hollow when announced, solid when in force."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sim.report import style

LANE_INCHES = 0.205
LANES = ("US", "China", "other")
COLOUR_WHERE = {"": style.INK, "baseline": style.BLUE, "policy": style.VERMILLION, "changed": style.VERMILLION}
"""Colour of a mark by the scenario of a comparison that has it alone; black where both have it."""


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
    where: str = ""
    """In a comparison: `baseline`, `policy` or `changed` where the two scenarios differ in it, else empty."""

    @property
    def lane(self) -> int:
        """Index into LANES, by who acts."""
        first = self.actor.lower().replace("_", "-").split("-")[0]
        return {"us": 0, "cn": 1, "china": 1}.get(first, 2)


def read_policies(policies: Iterable[Any]) -> list[PolicyMark]:
    """Policies (mappings of a resolved scenario, or objects with the same names) by date, numbered from 1.

    A policy ends on its own `expires`, or when one that supersedes it comes into force. A conditional policy has no
    dates before a run, and other ones in every world: it is left out.
    """
    rows = [row for row in map(_row, policies) if row["trigger"] is None]
    ends: dict[str, pd.Timestamp] = {}
    for row in rows:
        for other in row["supersedes"] or ():
            if row["effective"] is not None:
                ends[str(other)] = min(_day(row["effective"]), ends.get(str(other), pd.Timestamp.max))
    marks: list[PolicyMark] = []
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
    names = (
        "id", "title", "actor", "instrument", "announced", "effective", "expires", "reference", "supersedes", "trigger",
    )  # fmt: skip
    if isinstance(policy, Mapping):
        return {name: policy.get(name) for name in names}
    return {name: getattr(policy, name, None) for name in names}


def _day(value: Any) -> Any:
    return None if value is None else pd.Timestamp(str(value))


def used_lanes(policies: Sequence[PolicyMark]) -> list[int]:
    """Lanes in which there is a policy."""
    return sorted({mark.lane for mark in policies})


def strip_inches(policies: Sequence[PolicyMark]) -> float:
    """Height of the strip."""
    return LANE_INCHES * len(used_lanes(policies))


def draw_strip(axes: Axes, policies: Sequence[PolicyMark], dates: pd.DatetimeIndex, below: float, names: bool) -> None:
    """Draw the strip `below` inches under a panel with a time axis; numbers are those of the report's policy table.

    One lane per actor: a hollow mark at announcement, a thin line until entry into force, a solid mark there and a
    thick line while it binds (darker where several do), a cross at the end.
    """
    first, last = style.days(dates[:1])[0] - 31, style.days(dates[-1:])[0]
    tall, wide = style.height_inches(axes), style.width_inches(axes)
    for lane, actor in enumerate(used_lanes(policies)):
        y = -(below + (lane + 0.5) * LANE_INCHES) / tall
        spans = [_span(mark, first, last) for mark in policies if mark.lane == actor]
        _draw_lane(axes, [span for span in spans if span is not None], y, first, last)
        if names:
            look: dict[str, Any] = {"fontsize": style.SMALL_SIZE, "color": style.MUTED, "ha": "right", "va": "center"}
            axes.text(-0.06 / wide, y, LANES[actor], transform=axes.transAxes, **look)
        shown = [(span.force or span.start, span.number) for span in spans if span is not None and span.start >= first]
        if wide > 2.4 and shown:
            _numbers(axes, shown, y + 0.045 / tall, wide, first, last)


@dataclasses.dataclass(frozen=True)
class _Span:
    """Day numbers of a policy on the axis; `force` is None if it never binds within it."""

    number: int
    colour: str
    start: float
    force: float | None
    end: float
    ends: bool


def _span(mark: PolicyMark, first: float, last: float) -> _Span | None:
    start = style.days([mark.announced])[0]
    force = None if mark.effective is None else style.days([mark.effective])[0]
    end = last if mark.ends is None else min(style.days([mark.ends])[0], last)
    if start > last or end < first:
        return None
    force = None if force is None or force > last or force >= end else force
    return _Span(mark.number, COLOUR_WHERE[mark.where], start, force, end, mark.ends is not None and end < last)


def _draw_lane(axes: Axes, spans: Sequence[_Span], y: float, first: float, last: float) -> None:
    across: dict[str, Any] = {"transform": axes.get_xaxis_transform(), "clip_on": False, "color": style.INK}
    dots: dict[str, Any] = {
        **across,
        "linestyle": "",
        "markersize": 3.3,
        "markeredgewidth": 0.8,
        "markeredgecolor": style.INK,
    }
    axes.plot([first, last], [y, y], **{**across, "color": style.FAINT}, linewidth=0.6, zorder=1)
    for span in spans:
        if span.force is not None:
            bar = [max(span.force, first), span.end]
            line = {**across, "color": span.colour}
            axes.plot(bar, [y, y], **line, linewidth=2.2, alpha=0.30, solid_capstyle="butt", zorder=2)
        if span.start >= first:
            line = {**across, "color": span.colour}
            axes.plot([span.start, span.force or span.end], [y, y], **line, linewidth=0.8, zorder=2)
    # What differs is drawn last, so that it is never hidden.
    for colour in sorted({span.colour for span in spans}, key=lambda name: name != style.INK):
        look = {**dots, "color": colour, "markeredgecolor": colour}
        part = [span for span in spans if span.colour == colour]
        hollow = [span.start for span in part if span.start >= first]
        solid = [span.force for span in part if span.force is not None and span.force >= first]
        ended = [span.end for span in part if span.ends]
        above = 0 if colour == style.INK else 3
        axes.plot(hollow, [y] * len(hollow), marker="o", markerfacecolor=style.PAPER, zorder=4 + above, **look)
        axes.plot(solid, [y] * len(solid), marker="o", zorder=5 + above, **look)
        axes.plot(ended, [y] * len(ended), marker="x", zorder=6 + above, **look)


def _numbers(axes: Axes, shown: list[tuple[float, int]], y: float, wide: float, first: float, last: float) -> None:
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
    places = style.spread(centres, 2.6 * gap, first, last)
    across = axes.get_xaxis_transform()
    for place, text in zip(places, texts, strict=True):
        axes.text(place, y, text, transform=across, fontsize=5.8, color=style.MUTED, ha="center", va="bottom")


def _short(numbers: list[int]) -> str:
    """Numbers as ranges: 3, 5, 6, 7 becomes 3,5-7."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
