"""Figures of effects: paired differences over time, at the end for all policies, and which channel carries them."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.report import style
from sim.report.arms import Arm
from sim.report.comparison_words import ALWAYS, clearest, is_told, row_of
from sim.report.main_figure import MAIN, MainMeasure
from sim.report.sheet import Context, draw_fan, new_sheet, not_measured, panel_title
from sim.report.wording import difference_words, signed

REST, CONTROL = "rest", "control"
CHANNELS_SHOWN = 8
BARRED = 6


def effect_fans(arm: Arm) -> Figure:
    """Paired differences of the six main measures over time, with what differs between the policies below."""
    figure, panels = new_sheet(
        f"What “{arm.title}” changes, month by month",
        "Policy less baseline in the same worlds, so chance that hits both cancels. Lines: median difference of "
        f"{arm.base.replicates} worlds; bands hold 50, 80 and 95 % of them. Right end: the value of the table. "
        + _first_words(arm),
        arm.context,
        columns=(1.75, 1.75, 1.75),
        gaps=(0.72, 0.72, 0.62),
        rows=(1.7, 1.7),
        row_gap=0.95,
        source="Paired differences: weightshift.",
    )
    for axes, item in zip(panels.ravel(), MAIN, strict=True):
        panel_title(axes, item.name, f"difference, {item.difference_unit}")
        _fan(axes, arm, item)
    return figure


def _first_words(arm: Arm) -> str:
    if arm.first is None:
        return ""
    if arm.first <= arm.base.dates[0]:
        return "The scenarios differ from the first month."
    return f"The scenarios differ from {arm.first:%B %Y} (dotted)."


def _fan(axes: Axes, arm: Arm, item: MainMeasure) -> None:
    wide = arm.difference(item.metric, item.key)
    if wide.empty:
        not_measured(axes, item.name)
        style.time_axis(axes, arm.base.dates)
        return
    if wide.shape[1] > 1:
        draw_fan(axes, wide, arm.colour, scale=item.scale)
    middle = wide.median(axis=1) * item.scale
    axes.plot(style.days(wide.index), middle, color=arm.colour, zorder=3)
    axes.axhline(0, color=style.INK, linewidth=0.8, zorder=2)
    if arm.first is not None:
        axes.axvline(style.days([arm.first])[0], color=arm.colour, linewidth=0.9, linestyle=":", zorder=1)
    low, high = axes.get_ylim()
    if high - low < 1e-9:
        axes.set_ylim(-1, 1)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    style.time_axis(axes, arm.base.dates)
    style.edge_note(axes, arm.base.dates)
    row = row_of(arm, item.metric, item.key)
    if row is not None:
        share = str(row["unit"]).startswith("share")
        value = float(row["difference"]) * item.scale
        scaled = signed(f"{value:,.0f}" if abs(value) >= 99.5 else f"{value:.2g}")
        text = difference_words(row["difference"], str(row["unit"])).removesuffix(" points") if share else scaled
        style.end_labels(axes, [(float(row["difference"]) * item.scale, text, arm.colour)])


def effects_at_end(arms: Sequence[Arm]) -> Figure:
    """A panel per main measure, a row per policy: median difference, whiskers 5-95 %; hollow if not told from zero."""
    worlds = arms[0].base.replicates
    tall = 0.34 + 0.27 * len(arms)
    figure, panels = new_sheet(
        f"Effects at the end of {arms[0].end.year}",
        f"Policy less baseline in the same {worlds} worlds. Points: median difference; thick: half of the worlds, "
        "thin: 5-95 %. Hollow: the mean cannot be told from zero.",
        _without_strip(arms[0]),
        columns=(1.9, 1.9, 1.9),
        gaps=(0.35, 0.35, 0.1),
        rows=(tall, tall),
        row_gap=0.85,
        source="Paired differences: weightshift.",
        left=0.62 if len(arms) == 1 else 1.75,
    )
    for place, (axes, item) in enumerate(zip(panels.ravel(), MAIN, strict=True)):
        panel_title(axes, item.name, item.difference_unit)
        for row, arm in enumerate(arms):
            _whisker(axes, arm, item, len(arms) - 1 - row)
        axes.set_ylim(-0.6, len(arms) - 0.4)
        axes.axvline(0, color=style.INK, linewidth=0.8, zorder=1)
        axes.grid(axis="x")
        axes.grid(axis="y", visible=False)
        names = [_short(arm.title) for arm in reversed(arms)] if place % 3 == 0 and len(arms) > 1 else []
        axes.set_yticks(range(len(arms)) if names else [], names, fontsize=6.8)
        axes.tick_params(axis="y", length=0)
        axes.xaxis.set_major_locator(MaxNLocator(4))
    return figure


def _without_strip(arm: Arm) -> Context:
    """The arm's context for a sheet without time axes."""
    return dataclasses.replace(arm.context, policies=())


def _short(title: str, width: int = 27) -> str:
    """A title on at most two lines of a narrow column."""
    lines = textwrap.wrap(title, width)
    return "\n".join(lines[:2]) + ("…" if len(lines) > 2 else "")


def _whisker(axes: Axes, arm: Arm, item: MainMeasure, y: int) -> None:
    row = row_of(arm, item.metric, item.key)
    if row is None:
        axes.text(0, y, " not measured", fontsize=6.8, color=style.MUTED, va="center")
        return
    found = arm.window(row["metric"], row["key"], row["date"], row["window"]) * item.scale
    axes.plot([row["p05"] * item.scale, row["p95"] * item.scale], [y, y], color=arm.colour, linewidth=1.0, zorder=2)
    if found.size:
        axes.plot(np.quantile(found, (0.25, 0.75)), [y, y], color=arm.colour, linewidth=3.2, zorder=3)
    face = arm.colour if is_told(row) else style.PAPER
    axes.plot(
        [row["difference"] * item.scale], [y], marker="o", markersize=5.5, markerfacecolor=face,
        markeredgecolor=arm.colour, zorder=4,
    )  # fmt: skip


def barred_rows(arm: Arm) -> list[pd.Series]:
    """Headlines whose channels are drawn: those of the main ones that can be told from zero, then the clearest."""
    if arm.channels.empty:
        return []
    main = [row for row in (row_of(arm, *pair) for pair in ALWAYS) if row is not None]
    told = [row for row in main if is_told(row)]
    chosen = (told + clearest(arm, BARRED))[:BARRED] or main[:2]
    measured = set(zip(arm.channels["metric"], arm.channels["key"], strict=True))
    return [row for row in chosen if (row["metric"], row["key"]) in measured]


def channel_bars(arm: Arm) -> Figure:
    """A bar per channel with its interval, for the headlines whose effect is clearest."""
    rows = barred_rows(arm)
    lines = max(-(-len(rows) // 2), 1)
    figure, panels = new_sheet(
        f"What carries the effects of “{arm.title}”",
        "Mean effect less the mean effect with the channel switched off in both scenarios; whiskers: 95 % interval of "
        f"the mean. Coloured: clear of chance; grey: not. The {CHANNELS_SHOWN} largest of each are shown. "
        "Contributions need not add up to the effect: channels work through each other, and what one "
        "loses another may take over. Rest: the effect less the sum of all contributions.",
        _without_strip(arm),
        columns=(2.05, 2.05),
        gaps=(2.05, 0.12),
        rows=(1.55,) * lines,
        row_gap=0.85,
        source="Channels are switched off one at a time in the same worlds: weightshift.",
        left=1.85,
    )
    for axes, row in zip(panels.ravel(), rows, strict=False):
        unit = str(row["unit"])
        scale, words = (100.0, "points") if unit.startswith("share") else _scale(row)
        title = str(row["label"])
        about = words if scale == 100.0 else unit_with(words, unit)
        whole = f"whole effect (mean) {difference_words(row['mean'], unit)}"
        _wide_title(axes, title, f"{about}; {whole}{_rest_words(arm, row, unit)}")
        _bars(axes, arm, row, scale)
    for axes in panels.ravel()[len(rows) :]:
        axes.set_axis_off()
    return figure


def _wide_title(axes: Axes, title: str, about: str) -> None:
    """A heading that begins above the names of the bars."""
    start, tall = -1.78 / style.width_inches(axes), style.height_inches(axes)
    look: dict[str, Any] = {"transform": axes.transAxes, "va": "bottom"}
    axes.text(start, 1 + 0.22 / tall, title, fontsize=style.PANEL_SIZE, fontweight="bold", **look)
    axes.text(start, 1 + 0.07 / tall, about, fontsize=7.4, color=style.MUTED, **look)


def _rest_words(arm: Arm, row: pd.Series, unit: str) -> str:
    """What the sum of all channels leaves of the effect, in words."""
    rows = arm.channels[(arm.channels["metric"] == row["metric"]) & (arm.channels["key"] == row["key"])]
    rest = rows.loc[rows["channel"] == REST, "contribution"]
    return "" if rest.empty else f", rest {difference_words(float(rest.iloc[0]), unit)}"


def unit_with(words: str, unit: str) -> str:
    """`billion USD/year`, or the unit alone."""
    unit = "index points" if unit == "0-10,000" else unit
    return f"{words} {unit}" if words else unit


def _scale(row: pd.Series) -> tuple[float, str]:
    """Multiplier and word so that the effect is drawn with few digits."""
    size = abs(float(row["mean"]))
    for least, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"), (1e4, "thousand")):
        if size >= least:
            return 1.0 / (1e3 if word == "thousand" else least), word
    return 1.0, ""


def shown_channels(arm: Arm, row: pd.Series) -> pd.DataFrame:
    """Channels of a headline with the largest contributions, largest first; control and rest left out."""
    rows = arm.channels[(arm.channels["metric"] == row["metric"]) & (arm.channels["key"] == row["key"])]
    rows = rows[~rows["channel"].isin([REST, CONTROL])]
    order = rows["contribution"].abs().sort_values(ascending=False, kind="stable").index
    return rows.loc[order[:CHANNELS_SHOWN]]


def _bars(axes: Axes, arm: Arm, row: pd.Series, scale: float) -> None:
    rows = shown_channels(arm, row).iloc[::-1]
    zero_out = (rows["low"] > 0) | (rows["high"] < 0)
    clear = rows["clear"].astype(bool) if "clear" in rows else zero_out
    y = np.arange(len(rows))
    for at, (_, bar), sure in zip(y, rows.iterrows(), clear, strict=True):
        axes.barh(at, bar["contribution"] * scale, height=0.62, color=arm.colour if sure else "#c4c4c4", zorder=2)
        axes.plot([bar["low"] * scale, bar["high"] * scale], [at, at], color=style.INK, linewidth=0.9, zorder=3)
    axes.axvline(0, color=style.INK, linewidth=0.8, zorder=4)
    axes.set_yticks(y, [_short(str(name), 38) for name in rows["channel_label"]], fontsize=6.2)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    axes.grid(axis="y", visible=False)
    axes.xaxis.set_major_locator(MaxNLocator(4))
