"""The page that every figure is drawn on: title, what to know, panels, policy strip, source line."""

from __future__ import annotations

import dataclasses
import io
import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.report import style
from sim.report.longtable import LongTable, quantiles
from sim.report.observed import Observed
from sim.report.policy_strip import PolicyMark, draw_strip, strip_inches

WIDTH = 8.4
_LEFT, _RIGHT = 0.62, 0.12


@dataclasses.dataclass(frozen=True)
class Context:
    """What a figure is drawn from."""

    table: LongTable
    observed: Observed
    policies: Sequence[PolicyMark]

    @property
    def dates(self) -> pd.DatetimeIndex:
        """Month ends of the run."""
        return self.table.dates


def new_sheet(
    title: str,
    subtitle: str,
    context: Context,
    *,
    columns: Sequence[float],
    gaps: Sequence[float],
    rows: Sequence[float] = (3.0,),
    row_gap: float = 0.92,
    source: str,
    left: float = _LEFT,
    key: Sequence[tuple[str, str]] = (),
    timed: Sequence[bool] | None = None,
    below: float = 0.0,
    above: float = 0.0,
) -> tuple[Figure, np.ndarray]:
    """A figure with panels of `columns` inches (each followed by `gaps` inches for labels) and `rows` inches.

    A strip of the scenario's policies stands under every column with a time axis (`timed`, by default all); `left`
    inches are kept for labels; `key` names colours (text, colour) under the subtitle, three to a line; `below` inches
    stay free under the last row, and `above` more than usual over the first. Returns the figure and its
    panels, shape (rows, columns).
    """
    head = textwrap.wrap(title, 78)
    about = textwrap.wrap(subtitle, 122)
    foot = textwrap.wrap(_foot(source, context), 165)
    key_top = 0.16 + 0.23 * len(head) + 0.155 * len(about) + 0.08
    top = key_top + 0.60 + above + 0.16 * -(-len(key) // 3)
    strip = strip_inches(context.policies)
    bottom = 0.14 + 0.125 * len(foot) + strip + 0.34 + below
    height = top + sum(rows) + row_gap * (len(rows) - 1) + bottom
    figure = Figure(figsize=(WIDTH, height))
    scale = (WIDTH - left - _RIGHT) / (sum(columns) + sum(gaps))
    figure.text(0.012, 1 - 0.12 / height, "\n".join(head), fontsize=style.TITLE_SIZE, fontweight="bold", va="top")
    below = 0.16 + 0.23 * len(head)
    figure.text(
        0.012,
        1 - below / height,
        "\n".join(about),
        fontsize=style.SUBTITLE_SIZE,
        color=style.MUTED,
        va="top",
        linespacing=1.25,
    )
    for entry, (name, colour) in enumerate(key):
        at = (0.012 + 0.33 * (entry % 3), 1 - (key_top + 0.16 * (entry // 3)) / height)
        figure.text(*at, f"■ {name}", fontsize=7.2, color=style.readable(colour), va="top")
    figure.text(0.012, 0.07 / height, "\n".join(foot), fontsize=6.3, color=style.MUTED, va="bottom", linespacing=1.3)
    panels = np.empty((len(rows), len(columns)), dtype=object)
    x = left
    has_time = [True] * len(columns) if timed is None else list(timed)
    for column, (width, gap) in enumerate(zip(columns, gaps, strict=True)):
        y = height - top
        for row, tall in enumerate(rows):
            place = (x / WIDTH, (y - tall) / height, width * scale / WIDTH, tall / height)
            panels[row, column] = figure.add_axes(place)
            y -= tall + row_gap
        if strip and has_time[column]:
            draw_strip(panels[-1, column], context.policies, context.dates, 0.30, names=column == has_time.index(True))
        x += (width + gap) * scale
    return figure, panels


def _foot(source: str, context: Context) -> str:
    parts = [source]
    if context.dates[-1] > style.DATA_EDGE:
        parts.insert(0, f"Today: December 2025, the last month of data. Shaded, after it: {style.PROJECTION_NOTE}.")
    if context.policies:
        parts.append(
            "Strip: policies, hollow = announced, solid = in force, × = ended; numbers as in the report’s policy table."
        )
    if any(mark.where for mark in context.policies):
        parts.append("Red: under the policy alone or otherwise there; blue: in the baseline alone.")
    return " ".join(parts)


def panel_title(axes: Axes, text: str, unit: str) -> None:
    """Heading of a panel: what it shows, and the unit below it in grey."""
    pad = 0.16 / style.height_inches(axes)
    axes.text(
        0, 1 + 2.05 * pad, text, transform=axes.transAxes, fontsize=style.PANEL_SIZE, fontweight="bold", va="bottom"
    )
    axes.text(0, 1 + 1.1 * pad, unit, transform=axes.transAxes, fontsize=7.4, color=style.MUTED, va="bottom")


def not_measured(axes: Axes, what: str) -> None:
    """Say in the panel that this run has no such series."""
    axes.text(
        0.5,
        0.5,
        f"{what}:\nnot measured in this run",
        transform=axes.transAxes,
        ha="center",
        va="center",
        color=style.MUTED,
    )


def draw_line(
    axes: Axes, wide: pd.DataFrame, colour: str, *, scale: float = 1.0, band: bool = True, **options: Any
) -> float:
    """Median over replicates, with its fan (style.BANDS) if there are several; the last value (NaN if no data)."""
    if wide.empty:
        return float("nan")
    if band and wide.shape[1] > 1:
        draw_fan(axes, wide, colour, scale=scale)
    (middle,) = quantiles(wide, (0.5,)) * scale
    axes.plot(style.days(wide.index), middle, color=colour, zorder=3, **options)
    return float(middle[-1])


def draw_fan(axes: Axes, wide: pd.DataFrame, colour: str, *, scale: float = 1.0) -> None:
    """Bands that hold 95, 80 and 50 % of the worlds, one inside the other."""
    ends = quantiles(wide, tuple(end for low, high, _ in style.BANDS for end in (low, high))) * scale
    x = style.days(wide.index)
    for place, (_, _, opacity) in enumerate(style.BANDS):
        axes.fill_between(x, ends[2 * place], ends[2 * place + 1], color=colour, alpha=opacity, linewidth=0, zorder=1.5)


def end_value(context: Context, metric: str, key: str) -> float:
    """Median over worlds of the last quarter of the run, as in the headline table; NaN if it was not measured."""
    values = context.table.window(metric, key, context.dates[-1], "quarter")
    values = values[np.isfinite(values)]
    return float(np.median(values)) if values.size else float("nan")


def draw_points(
    axes: Axes, found: pd.DataFrame, colour: str, *, scale: float = 1.0, size: float = 14, marker: str = "o"
) -> None:
    """Observed points: hollow circles in the colour of their series, above the lines."""
    if len(found):
        values = found["value"].to_numpy() * scale
        look: dict[str, Any] = {"markerfacecolor": style.PAPER, "markeredgecolor": colour, "markersize": size**0.5}
        axes.plot(style.days(found["date"]), values, linestyle="", marker=marker, zorder=4, **look)


def bands_note(replicates: int, observed: bool = True) -> str:
    """How uncertainty is shown, in words."""
    circles = " Circles: observed." if observed else ""
    if replicates == 1:
        return f"One world: no band can be shown.{circles}"
    return f"Lines: median of {replicates} worlds; bands hold 50, 80 and 95 % of them.{circles}"


def to_png(figure: Figure, dots_per_inch: int) -> bytes:
    """The figure as PNG, the same bytes for the same figure."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dots_per_inch, metadata={"Software": None})
    return buffer.getvalue()
