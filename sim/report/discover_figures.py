"""Figures of scenario discovery: the box among the runs, and how it was found and how steady it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.analysis.box import Limits, within
from sim.analysis.cases import Dimension
from sim.analysis.discover import Discovery, Limit, sides
from sim.analysis.discover_words import SIDE_WORDS, certainties, limit_words, number_words, shown
from sim.report import style
from sim.report.sheet import new_sheet, panel_title
from sim.report.sweep_sheet import sweep_context, unbroken, wrapped
from sim.report.wording import percent

DOTS_SHOWN = 700
"""Of either kind in a row: more would be a smear. Every so-manieth run of both kinds is shown."""
BARS_SHOWN = 8
CASE, OTHER = style.VERMILLION, "#9a9a9a"


def box_figure(found: Discovery) -> Figure:
    """A row per dimension of the box: the runs within the other limits, cases above others, and the limit."""
    groups = list(sides(found.limits).values())
    cases = found.cases
    where = f" under {cases.scenario}" if cases.scenario else ""
    figure, panels = new_sheet(
        unbroken(
            f"{cases.words}{where}: {percent(found.density)} of the runs in this box, {percent(found.base)} of all"
        ),
        f"Shaded: the box; it holds {percent(found.coverage)} of the cases. Each row shows the runs that lie within "
        "all other limits, along their whole range: orange above, those of interest; grey below, the others.",
        sweep_context(),
        columns=(7.6,),
        gaps=(0.12,),
        rows=(0.62,) * len(groups),
        row_gap=0.86,
        source=f"{len(cases.y):,} runs of {len(np.unique(cases.groups)):,} points; PRIM by EMA Workbench: weightshift; "
        f"{style.PROJECTION_NOTE}.",
        left=0.4,
    )
    for axes, limits in zip(panels[:, 0], groups, strict=True):
        _row(axes, found, limits)
    return figure


def _row(axes: Axes, found: Discovery, limits: Sequence[Limit]) -> None:
    dimension = limits[0].dimension
    others: Limits = {
        (one.dimension.name, one.side): (one.value, one.options)
        for one in found.limits
        if one.dimension.name != dimension.name
    }
    among = within(found.cases.x, others)
    x = _positions(dimension, found.cases.x[dimension.name].to_numpy())
    kinds = [int((among & kind).sum()) for kind in (found.cases.y, ~found.cases.y)]
    stride = max(-(-max(kinds) // DOTS_SHOWN), 1)
    for kind, colour, base in ((found.cases.y, CASE, 0.54), (~found.cases.y, OTHER, 0.06)):
        rows = np.flatnonzero(among & kind)[::stride]
        # Heights only keep dots apart, the same in every drawing.
        aside = np.random.default_rng(1).random((2, len(rows)))
        heights = base + 0.40 * aside[0]
        dots: dict[str, Any] = {"linestyle": "", "marker": "o", "markersize": 2.4, "markeredgewidth": 0}
        axes.plot(_spread(dimension, x[rows], aside[1]), heights, color=colour, alpha=0.75, zorder=3, **dots)
    for low, high in _spans(dimension, limits):
        axes.add_patch(Rectangle((low, 0), high - low, 1, facecolor=style.BLUE, alpha=0.13, linewidth=0, zorder=1))
        axes.add_patch(Rectangle((low, 0), high - low, 1, fill=False, edgecolor=style.BLUE, linewidth=1.2, zorder=4))
    axes.set_xlim(-0.012, 1.012)
    axes.set_ylim(0, 1)
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.spines["left"].set_visible(False)
    _ticks(axes, dimension)
    words = limit_words(limits)
    look: dict[str, Any] = {"transform": axes.transAxes, "va": "bottom", "linespacing": 1.2}
    tall = style.height_inches(axes)
    heading = wrapped(words[:1].upper() + words[1:], 100, 2)
    axes.text(0, 1 + 0.20 / tall, heading, fontsize=8.2, fontweight="bold", **look)
    axes.text(0, 1 + 0.055 / tall, certainties(limits), fontsize=6.8, color=style.MUTED, **look)


def _positions(dimension: Dimension, values: np.ndarray) -> np.ndarray:
    """Values as places between 0 and 1; an option stands in the middle of its own part."""
    if dimension.options:
        place = {option: number for number, option in enumerate(dimension.options)}
        return (np.array([place[str(value)] for value in values]) + 0.5) / len(dimension.options)
    low, high = dimension.low, dimension.high
    numbers = values.astype(np.float64)
    if dimension.log:
        return np.log(numbers / low) / math.log(high / low)
    return (numbers - low) / (high - low)


def _spread(dimension: Dimension, places: np.ndarray, aside: np.ndarray) -> np.ndarray:
    if not dimension.options:
        return places
    return places + 0.86 / len(dimension.options) * (aside - 0.5)


def _spans(dimension: Dimension, limits: Sequence[Limit]) -> list[tuple[float, float]]:
    if dimension.options:
        count = len(dimension.options)
        return [
            (place / count, (place + 1) / count)
            for place, option in enumerate(dimension.options)
            if option in limits[0].options
        ]
    ends = {one.side: float(_positions(dimension, np.array([one.value]))[0]) for one in limits}
    return [(max(ends.get("low", 0.0), 0.0), min(ends.get("high", 1.0), 1.0))]


def _ticks(axes: Axes, dimension: Dimension) -> None:
    if dimension.options:
        count = len(dimension.options)
        names = [wrapped(shown(option), 26, 2) for option in dimension.options]
        axes.set_xticks((np.arange(count) + 0.5) / count, names, fontsize=6.8)
        axes.tick_params(axis="x", length=0)
        return
    middle = math.sqrt(dimension.low * dimension.high) if dimension.log else (dimension.low + dimension.high) / 2
    if dimension.integer:
        middle = round(middle)
    values = (dimension.low, middle, dimension.high)
    places = _positions(dimension, np.array(values))
    axes.set_xticks(places, [number_words(value, dimension) for value in values], fontsize=6.8)
    labels = axes.get_xticklabels()
    labels[0].set_horizontalalignment("left")
    labels[-1].set_horizontalalignment("right")


def trajectory_figure(found: Discovery) -> Figure:
    """Left: boxes of the peeling by coverage and density; right: how often each limit returns."""
    own = [one for one in found.trajectory.itertuples() if one.taken]
    title = (
        f"{len(sides(found.limits))} of {len(found.cases.dimensions)} things that vary tell where it happens: "
        f"{percent(found.coverage)} of the cases, at a density of {percent(found.density)}"
        if own
        else "No box: no limit can be told from chance"
    )
    figure, panels = new_sheet(
        unbroken(title),
        f"{found.cases.words}. Left: each point is a box; every step of the peeling removes a twentieth of the runs. "
        "Right: points of the design are drawn anew and a box is sought again; blue: limits of the box that was taken.",
        sweep_context(),
        columns=(2.6, 2.0),
        gaps=(2.45, 0.25),
        rows=(2.6,),
        source=f"{len(found.cases.y):,} runs, {found.resamples} resamples; PRIM by EMA Workbench: weightshift.",
        below=0.18,
    )
    _peeling(panels[0, 0], found)
    _stability(panels[0, 1], found)
    return figure


def _peeling(axes: Axes, found: Discovery) -> None:
    panel_title(axes, "How the box was found", "density: share of a box’s runs that are cases, %")
    steps = found.trajectory[~found.trajectory["taken"]]
    most = max(int(steps["limits"].max()), 1)
    palette = matplotlib.colormaps["cividis_r"]
    colours = [palette(0.12 + 0.88 * int(limits) / most) for limits in steps["limits"]]
    axes.plot(100 * steps["coverage"], 100 * steps["density"], color=style.FAINT, linewidth=1.0, zorder=2)
    axes.scatter(100 * steps["coverage"], 100 * steps["density"], c=colours, s=22, zorder=3, linewidths=0)
    axes.axhline(100 * found.base, color=style.MUTED, linewidth=0.9, linestyle=":", zorder=1)
    axes.text(0, 100 * found.base + 1.2, "all runs", fontsize=style.SMALL_SIZE, color=style.MUTED, va="bottom")
    for row in found.trajectory[found.trajectory["taken"]].itertuples():
        at = (100 * float(row.coverage), 100 * float(row.density))  # type: ignore[arg-type]
        axes.plot(*at, marker="D", markersize=8, color=style.BLUE, markeredgecolor=style.PAPER, zorder=5)
        left = at[0] > 60
        axes.annotate(
            "taken", at, xytext=(-9 if left else 9, -11), textcoords="offset points", fontsize=8,
            color=style.BLUE, fontweight="bold", ha="right" if left else "left",
        )  # fmt: skip
    axes.set_xlim(-3, 104)
    axes.set_ylim(0, 112)
    axes.set_xlabel("coverage: share of all cases in the box, %")
    first, last = (int(steps["limits"].min()), most)
    axes.text(
        0.98, 0.98, f"light to dark: {first} to {last} dimensions", transform=axes.transAxes, ha="right",
        va="top", fontsize=6.6, color=style.MUTED,
    )  # fmt: skip


def _stability(axes: Axes, found: Discovery) -> None:
    panel_title(axes, "How steady its limits are", "share of resamples with the limit, %")
    own = {(one.dimension.name, one.side) for one in found.limits}
    bars = list(found.stability.items())[:BARS_SHOWN]
    axes.set_xlim(0, 100)
    axes.grid(axis="x")
    axes.grid(axis="y", visible=False)
    if not bars:
        axes.set_yticks([])
        words = "no limit in any resample" if found.resamples else "no resamples were asked for"
        axes.text(0.5, 0.5, words, transform=axes.transAxes, ha="center", va="center", color=style.MUTED)
        return
    names = []
    for place, (side, share) in enumerate(reversed(bars)):
        axes.barh(place, 100 * share, height=0.62, color=style.BLUE if side in own else "#c4c4c4", zorder=2)
        axes.text(100 * share + 2, place, f"{100 * share:.0f}", fontsize=7.0, va="center", clip_on=False)
        dimension = found.cases.dimensions[side[0]]
        words = SIDE_WORDS[side[1]]
        names.append(f"{wrapped(dimension.label, 38, 1)}\n{words}")
    axes.set_yticks(range(len(bars)), names, fontsize=6.6, linespacing=1.15)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.6, max(len(bars), 4) - 0.4)
