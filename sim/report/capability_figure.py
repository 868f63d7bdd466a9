"""Figure of capability: how far the frontiers are, and how many months the followers are behind."""

from __future__ import annotations

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

LAGS = (("cn_behind_us", "China behind US", "cn"), ("open_behind_closed", "Open behind closed", "open"))


def capability(context: Context) -> Figure:
    """(c) Frontiers of the US and China, of closed and open models, and the lags in months, with observed points."""
    pairs = [("capability_eci", key) for key in ("us", "cn", "open", "closed")] + [
        ("capability_lag_months", "cn_behind_us")
    ]
    figure, panels = new_sheet(
        _title(context),
        "Best model released so far, on the Epoch Capabilities Index; and months since the leader first reached the "
        f"follower’s level. {bands_note(context.table.replicates)}",
        context,
        columns=(2.9, 2.9),
        gaps=(1.3, 1.3),
        rows=(2.3, 1.5),
        source=f"Observed: {sources(context.observed, pairs)}. Lines: weightshift.",
    )
    for axes, keys, text in (
        (panels[0, 0], ("us", "cn"), "US and China"),
        (panels[0, 1], ("closed", "open"), "Closed and open"),
    ):
        panel_title(axes, text, "ECI points, running maximum")
        _frontiers(axes, context, keys)
    limits = [axes.get_ylim() for axes in panels[0]]
    for axes in panels[0]:
        axes.set_ylim(min(low for low, _ in limits), max(high for _, high in limits))
    for axes, (key, text, colour) in zip(panels[1], LAGS, strict=True):
        panel_title(axes, text, "months")
        _lag(axes, context, key, style.colour_of(colour))
    for axes, keys in ((panels[0, 0], ("us", "cn")), (panels[0, 1], ("closed", "open"))):
        style.end_labels(
            axes,
            [
                (_last(context, key), f"{style.label_of(key)} {_last(context, key):.0f}", style.colour_of(key))
                for key in keys
            ],
        )
    return figure


def _frontiers(axes: Axes, context: Context, keys: tuple[str, str]) -> None:
    for key in keys:
        colour = style.colour_of(key)
        wide = context.table.series("capability_eci", key)
        if wide.empty:
            not_measured(axes, f"Capability, {key}")
        draw_line(axes, wide, colour)
        found = points(context.observed, "capability_eci", key)
        draw_points(axes, found[found["date"] >= context.dates[0]], colour, size=9)
    style.time_axis(axes, context.dates)
    style.edge_note(axes, context.dates)


def _last(context: Context, key: str) -> float:
    wide = context.table.series("capability_eci", key)
    return float(np.nanmedian(wide.iloc[-1])) if not wide.empty else float("nan")


def _lag(axes: Axes, context: Context, key: str, colour: str) -> None:
    wide = context.table.series("capability_lag_months", key)
    if wide.empty:
        not_measured(axes, "Lag")
    draw_line(axes, wide, colour)
    last = end_value(context, "capability_lag_months", key)
    found = points(context.observed, "capability_lag_months", key)
    draw_points(axes, found[found["date"] >= context.dates[0]], colour, size=9)
    axes.set_ylim(0, None)
    style.time_axis(axes, context.dates)
    if np.isfinite(last):
        style.end_labels(axes, [(last, f"{last:.1f} months", colour)])


def _title(context: Context) -> str:
    parts: list[str] = []
    for date in (pd.Timestamp("2025-12-31"), context.dates[-1]):
        lag = context.table.window("capability_lag_months", "cn_behind_us", date, "quarter")
        if len(lag) and np.isfinite(lag).any():
            months = f"{np.nanmedian(lag):.1f}"
            behind = " months behind the US" if not parts else ""
            text = f"{months}{behind} at the end of {date.year}"
            if text not in parts:
                parts.append(text)
    return (
        f"Capability: China’s best model is {' and '.join(parts)}, in this run"
        if parts
        else "Capability of the frontiers"
    )
