"""Figure of adoption, measured with four yardsticks that do not agree, side by side on one scale."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.report import style
from sim.report.observed import points, sources
from sim.report.sheet import (
    Context,
    bands_note,
    draw_line,
    draw_points,
    end_value,
    new_sheet,
    not_measured,
    panel_title,
)
from sim.report.wording import percent


@dataclasses.dataclass(frozen=True)
class Yardstick:
    """One way to measure how far open models have spread."""

    name: str
    of_what: str
    metric: str
    key: str
    colour: str
    also: tuple[tuple[str, str, str, str], ...] = ()
    """Thin context lines: metric, key, label, colour."""


YARDSTICKS = (
    Yardstick(
        "Tokens", "open share of API tokens", "open_token_share", "api_all", "open",
        (
            ("open_token_share", "router", "◇ router", "open"),
            ("open_token_share", "us_enterprise", "△ US firms", "open"),
        ),
    ),
    Yardstick("Spend", "open share of API spend", "open_spend_share", "api_all", "open"),
    Yardstick("Firms", "main model is open, API firms", "open_primary_share", "api_all", "open"),
    Yardstick("Downloads", "Chinese share, cumulative", "hub_download_share", "cn", "cn"),
)  # fmt: skip


def adoption(context: Context) -> Figure:
    """(e) Tokens, spend, firms and downloads, each labelled with its yardstick, on the same scale."""
    pairs = [(item.metric, item.key) for item in YARDSTICKS] + [also[:2] for item in YARDSTICKS for also in item.also]
    figure, panels = new_sheet(
        _title(context),
        "Four yardsticks of the spread of open models. They measure different things and must not be exchanged: the "
        "first three are open models’ share of API tokens, API spend and firms; the fourth is Chinese models’ share "
        f"of all downloads of open models. {bands_note(context.table.replicates)}",
        context,
        columns=(1.55, 1.55, 1.55, 1.55),
        gaps=(0.32, 0.32, 0.32, 0.12),
        rows=(2.9,),
        source=f"Observed: {sources(context.observed, pairs)}. Lines: weightshift.",
    )
    for axes, item in zip(panels[0], YARDSTICKS, strict=True):
        panel_title(axes, item.name, item.of_what)
        _panel(axes, context, item)
        axes.set_ylim(0, 100)
        axes.set_yticks(range(0, 101, 20), [f"{tick} %" for tick in range(0, 101, 20)] if axes is panels[0, 0] else [])
        _labels(axes, context, item)
    return figure


def _panel(axes: Axes, context: Context, item: Yardstick) -> None:
    for metric, key, _, colour in item.also:
        thin = {"linewidth": 0.9, "linestyle": (0, (4, 2)) if key == "router" else ":"}
        draw_line(axes, context.table.series(metric, key), style.colour_of(colour), scale=100, band=False, **thin)
        marker = "D" if key == "router" else "^"
        draw_points(
            axes, points(context.observed, metric, key), style.colour_of(colour), scale=100, size=8, marker=marker
        )
    wide = context.table.series(item.metric, item.key)
    if wide.empty:
        not_measured(axes, item.name)
    draw_line(axes, wide, style.colour_of(item.colour), scale=100, linewidth=2.2)
    draw_points(axes, points(context.observed, item.metric, item.key), style.colour_of(item.colour), scale=100, size=20)
    style.time_axis(axes, context.dates)
    style.edge_note(axes, context.dates)


def _labels(axes: Axes, context: Context, item: Yardstick) -> None:
    """Names and values of the last quarter inside the panel, at the right end, kept apart."""
    rows = [(item.metric, item.key, "○ all API" if item.also else "", item.colour, True)]
    rows += [(metric, key, label, colour, False) for metric, key, label, colour in item.also]
    found = []
    for metric, key, label, colour, main in rows:
        value = 100 * end_value(context, metric, key)
        if np.isfinite(value):
            found.append(
                (value, f"{label} {percent(value / 100)}".strip(), style.readable(style.colour_of(colour)), main)
            )
    places = style.spread([value + 3.4 for value, *_ in found], 5.5, 2.0, 98.0)
    for place, (_, text, colour, main) in zip(places, found, strict=True):
        weight, size = ("bold", 8.0) if main else ("normal", 6.9)
        box = {"facecolor": "#f4f4f4", "edgecolor": "none", "pad": 0.6, "alpha": 0.8}
        right = axes.get_xlim()[1]
        axes.text(
            right,
            place,
            text,
            ha="right",
            va="center",
            color=colour,
            fontsize=size,
            fontweight=weight,
            bbox=box,
            zorder=5,
        )


def _title(context: Context) -> str:
    date = min(pd.Timestamp("2025-12-31"), context.dates[-1])
    parts = []
    for metric, words in (
        ("open_token_share", "of API tokens"),
        ("open_spend_share", "of API spend"),
        ("open_primary_share", "of firms"),
    ):
        value = context.table.window(metric, "api_all", date, "quarter")
        if len(value):
            parts.append(f"{percent(float(np.median(value)))} {words}")
    return (
        f"Adoption depends on the yardstick: open models have {', '.join(parts)} at the end of {date.year}, in this run"
        if parts
        else "Adoption on four yardsticks"
    )
