"""Fan charts of a sweep: a panel per policy on one scale, its strip of policies below; and paired differences."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.analysis.fan import Fan, SeriesFans
from sim.analysis.wording import drawn_in, series_label, value_words
from sim.report import style
from sim.report.arms import ARM_COLOURS
from sim.report.observed import Observed, points, read_observed, sources
from sim.report.policy_strip import LANE_INCHES, PolicyMark, draw_strip, used_lanes
from sim.report.sheet import draw_points, new_sheet, panel_title
from sim.report.sweep_sheet import sweep_context, unbroken, wrapped
from sim.report.wording import difference_words

ACROSS, MOST = 3, 12
"""Panels beside each other, and in one figure."""
OPACITY = (0.16, 0.30)
"""Of the bands that hold 90 and 50 % of the worlds."""
Marks = Mapping[str, Sequence[PolicyMark]]


def value_figure(
    fans: SeriesFans, dates: pd.DatetimeIndex, marks: Marks, observed: Observed | None = None
) -> Figure:  # fmt: skip
    """The series under every policy, with what was observed."""
    seen = read_observed() if observed is None else observed
    found = points(seen, fans.metric, fans.key)
    found = found[(found["date"] >= dates[0] - pd.Timedelta(days=31)) & (found["date"] <= dates[-1])]
    circles = " Circles: observed, in the world as it was." if len(found) else ""
    source = f"Observed: {sources(seen, [(fans.metric, fans.key)])}. " if len(found) else ""
    return _figure(
        fans.values[:MOST], dates, marks, fans,
        title=_value_title(fans, dates),
        about=f"Lines: median of the worlds; bands hold 50 and 90 % of them.{circles}",
        source=f"{source}Lines: weightshift.",
        difference=False,
        seen=found,
    )  # fmt: skip


def difference_figure(fans: SeriesFans, dates: pd.DatetimeIndex, marks: Marks) -> Figure:
    """What every policy changes against the first one, world by world."""
    return _figure(
        fans.differences[:MOST], dates, marks, fans,
        title=_difference_title(fans, dates),
        about=f"Each policy less “{fans.reference.brief}” in the same worlds (same parameters, same seed), so what is "
        "chance in both cancels. Lines: median difference; bands hold 50 and 90 % of the worlds.",
        source="Paired differences: weightshift.",
        difference=True,
        seen=None,
    )  # fmt: skip


def _value_title(fans: SeriesFans, dates: pd.DatetimeIndex) -> str:
    fan = fans.values[0]
    at = _last(fan)
    label = series_label(fans.metric, fans.key)
    if at is None:
        return f"{label}: no world has a value"
    low, _, _, _, high = (value_words(float(value), fans.unit) for value in fan.bands[:, at])
    low = low.split(" ")[0] if low.split(" ")[1:] == high.split(" ")[1:] else low
    return f"{label}: {low} to {high} in {dates[at]:%B %Y} in nine of ten worlds under {fan.policy.brief}"


def _difference_title(fans: SeriesFans, dates: pd.DatetimeIndex) -> str:
    label = series_label(fans.metric, fans.key)
    last = [(fan, at) for fan in fans.differences if (at := _last(fan)) is not None]
    if not last:
        return f"{label}: no world has a value under both policies"
    month = f"{dates[last[0][1]]:%B %Y}"
    sure = [(fan, at) for fan, at in last if fan.bands[0, at] > 0 or fan.bands[4, at] < 0]
    if not sure:
        return f"{label}: no policy moves nine of ten worlds the same way by {month}"
    fan, at = max(sure, key=lambda pair: abs(float(pair[0].bands[2, pair[1]])))
    low, high = (difference_words(float(fan.bands[row, at]), fans.unit) for row in (0, 4))
    if low.split(" ")[1:] == high.split(" ")[1:]:
        low = low.split(" ")[0]
    unit = "" if "points" in high or fans.unit in ("0-10,000", "count", "ratio") else f" {_said(fans.unit)}"
    return f"{label}: {fan.policy.brief} changes it by {low} to {high}{unit} in nine of ten worlds, {month}"


def _said(unit: str) -> str:
    return "months" if unit == "month" else unit


def _last(fan: Fan) -> int | None:
    """Last month with a value."""
    found = np.flatnonzero(np.isfinite(fan.bands[2]))
    return int(found[-1]) if len(found) else None


def _figure(
    group: Sequence[Fan], dates: pd.DatetimeIndex, marks: Marks, fans: SeriesFans, *, title: str, about: str,
    source: str, difference: bool, seen: pd.DataFrame | None,
) -> Figure:  # fmt: skip
    across = min(len(group), ACROSS)
    down = -(-len(group) // across)
    lanes = max((len(used_lanes(marks.get(fan.policy.scenario, ()))) for fan in group), default=0)
    strip = LANE_INCHES * lanes
    width, gap = {1: (6.4, 0.95), 2: (2.85, 0.9), 3: (1.95, 0.5)}[across]
    foot = (
        " Strips: policies of each scenario, hollow = announced, solid = in force, × = ended; red: not in the first "
        "scenario or otherwise there, blue: there alone; policies.csv names them."
        if lanes
        else ""
    )
    figure, panels = new_sheet(
        unbroken(title), about, sweep_context(dates), columns=(width,) * across, gaps=(gap,) * across,
        rows=(1.75,) * down, row_gap=0.98 + strip, source=source + foot, below=strip,
    )  # fmt: skip
    scale, unit = drawn_in(fans.unit, np.stack([fan.bands for fan in group]), difference=difference)
    colours = _colours(group, fans.reference.scenario)
    limits = _limits(group, scale, seen, difference)
    for place, axes in enumerate(panels.ravel()):
        if place >= len(group):
            axes.remove()
            continue
        fan = group[place]
        panel_title(axes, wrapped(fan.policy.short, 34 if across == ACROSS else 60, 1), _below(fan, unit, difference))
        _draw(axes, fan, dates, scale, limits, difference, colours[fan.policy.scenario])
        if seen is not None:
            draw_points(axes, seen, style.INK, scale=scale)
        style.time_axis(axes, dates)
        style.edge_note(axes, dates)
        _ends(axes, fan, scale, limits, difference, colours[fan.policy.scenario])
        if place % across:
            axes.tick_params(axis="y", labelleft=False, length=0)
        own = marks.get(fan.policy.scenario, ())
        if own:
            draw_strip(axes, own, dates, 0.30, names=place % across == 0)
    return figure


def _below(fan: Fan, unit: str, difference: bool) -> str:
    unit = f"difference, {unit}" if difference else unit
    return f"{unit}; {fan.policy.brief_words}" if fan.policy.brief_words else unit


def _limits(
    group: Sequence[Fan], scale: float, seen: pd.DataFrame | None, difference: bool
) -> tuple[float, float]:  # fmt: skip
    values = np.concatenate([fan.bands.ravel() for fan in group])
    if seen is not None:
        values = np.concatenate([values, seen["value"].to_numpy(dtype=np.float64)])
    values = values[np.isfinite(values)] * scale
    if not values.size:
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    if difference or low < 0 or low < 0.4 * high:
        low, high = min(low, 0.0), max(high, 0.0)
    room = 0.05 * (high - low) or 1.0
    return low - (room if low else 0.0), high + (room if high else 0.0)


def _draw(
    axes: Axes,
    fan: Fan,
    dates: pd.DatetimeIndex,
    scale: float,
    limits: tuple[float, float],
    difference: bool,
    colour: str,
) -> None:
    x, bands = style.days(dates), fan.bands * scale
    for (low, high), opacity in zip(((0, 4), (1, 3)), OPACITY, strict=True):
        axes.fill_between(x, bands[low], bands[high], color=colour, alpha=opacity, linewidth=0, zorder=1.5)
    axes.plot(x, bands[2], color=colour, zorder=3)
    axes.set_ylim(*limits)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    if difference:
        axes.axhline(0, color=style.INK, linewidth=0.8, zorder=2)


def _colours(group: Sequence[Fan], reference: str) -> dict[str, str]:
    """A colour per scenario: blue for the first of the sweep."""
    others = [name for name in dict.fromkeys(fan.policy.scenario for fan in group) if name != reference]
    rest = ARM_COLOURS[1:]
    return {reference: ARM_COLOURS[0], **{name: rest[place % len(rest)] for place, name in enumerate(others)}}


def _ends(axes: Axes, fan: Fan, scale: float, limits: tuple[float, float], difference: bool, colour: str) -> None:
    """Median and 5-95 % ends at the last month that has a value."""
    at = _last(fan)
    if at is None:
        look: dict[str, Any] = {"transform": axes.transAxes, "ha": "center", "va": "center", "color": style.MUTED}
        axes.text(0.5, 0.5, "undefined in all worlds", **look)
        return
    digits = max(0, math.ceil(-math.log10((limits[1] - limits[0]) / 50)))
    texts = []
    for row in (0, 2, 4):
        value = float(fan.bands[row, at]) * scale
        texts.append((value, _number(value, digits, difference), colour if row == 2 else style.MUTED))
    style.end_labels(axes, texts, size=7.0)


def _number(value: float, digits: int, signed: bool) -> str:
    text = f"{abs(value):,.{digits}f}"
    if not text.strip("0.,"):
        return "0"
    return ("\N{MINUS SIGN}" if value < 0 else "+" if signed else "") + text
