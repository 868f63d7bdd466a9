"""Figures of compute: the world's by vendor, China's by source."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from sim.report import style
from sim.report.observed import Observed, points, sources
from sim.report.sheet import Context, bands_note, draw_line, draw_points, new_sheet, not_measured, panel_title
from sim.report.wording import percent

VENDORS = ("nvidia", "google_tpu", "amazon_trainium", "amd", "huawei", "cambricon")
CHINA_SOURCES = ("huawei", "cambricon", "smuggled", "legal")
MILLION = 1e-6
INSET_REACH, INSET_FLOOR = 0.53, 0.42


def compute_by_vendor(context: Context) -> Figure:
    """(a) The stock of compute, stacked by vendor, and each vendor's share of new compute, with observed points."""
    vendors = [key for key in VENDORS if context.table.has("compute_stock_h100e", key)]
    pairs = [(metric, key) for metric in ("compute_stock_h100e", "new_compute_share") for key in VENDORS]
    figure, panels = new_sheet(
        _vendor_title(context),
        "Installed AI compute in units of one Nvidia H100 (8-bit), chips sold since 2022; and who supplies what is "
        f"added each month. {stack_note(context)} {bands_note(context.table.replicates)}",
        context,
        columns=(3.0, 2.5),
        gaps=(1.45, 1.1),
        source=f"Observed: {sources(context.observed, pairs)}. Lines: weightshift.",
    )
    stock, share = panels[0]
    panel_title(stock, "Stock of compute", "million H100 equivalents")
    draw_stack(stock, context, "compute_stock_h100e", vendors)
    panel_title(share, "Share of new compute", "% of H100 equivalents shipped, three-month mean")
    labels = []
    for key in vendors:
        wide = context.table.series("new_compute_share", key)
        smooth = wide.rolling(3, min_periods=1).mean() if not wide.empty else wide
        colour = style.colour_of(key)
        last = draw_line(share, smooth, colour, scale=100)
        draw_points(share, points(context.observed, "new_compute_share", key), colour, scale=100, size=9)
        labels.append((last, f"{style.label_of(key)} {percent(last / 100)}", colour))
    if not labels:
        not_measured(share, "Share of new compute")
    share.set_ylim(0, 100)
    style.time_axis(share, context.dates)
    style.edge_note(share, context.dates)
    style.end_labels(share, labels, size=7.6)
    return figure


def _vendor_title(context: Context) -> str:
    title = "AI compute by vendor"
    parts = []
    for date in (pd.Timestamp("2025-12-31"), context.dates[-1]):
        value = context.table.window("new_compute_share", "nvidia", date, "quarter")
        if len(value):
            text = f"{percent(float(np.median(value)))} at the end of {date.year}"
            if text not in parts:
                parts.append(text)
    return f"{title}: Nvidia supplies {' and '.join(parts)} of what is added, in this run" if parts else title


def china_by_source(context: Context) -> Figure:
    """(b) China's compute by where it came from, with compute rented abroad dashed on top, and observed points."""
    table = context.table
    found = [key for key in CHINA_SOURCES if table.has("china_compute_stock_h100e", key)]
    pairs = [("china_compute_stock_h100e", key) for key in (*CHINA_SOURCES, "total")]
    figure, panels = new_sheet(
        _china_title(context),
        "AI compute installed in China by source, and compute that Chinese firms rent abroad (dashed, reported apart). "
        f"{stack_note(context)} {bands_note(table.replicates)}",
        context,
        columns=(2.9, 2.3),
        gaps=(1.85, 1.0),
        source=f"Observed: {sources(context.observed, pairs)}. Smuggled compute is an estimate by its nature. "
        "Lines: weightshift.",
    )
    stack, single = panels[0]
    panel_title(stack, "Stock in China", "million H100 equivalents")
    rented = table.series("china_rented_h100e", "cn")
    draw_stack(stack, context, "china_compute_stock_h100e", found, extra=rented, extra_label="With rented abroad")
    panel_title(single, "Each source", "thousand H100 equivalents, logarithmic scale")
    labels = []
    for key in found:
        colour = style.colour_of(key)
        last = draw_line(single, table.series("china_compute_stock_h100e", key), colour, scale=1e-3)
        draw_points(single, points(context.observed, "china_compute_stock_h100e", key), colour, scale=1e-3, size=11)
        labels.append((last, style.label_of(key), colour))
    last = draw_line(single, rented, style.colour_of("rented"), scale=1e-3, linestyle=(0, (4, 2)), linewidth=1.3)
    labels.append((last, "Rented abroad", style.colour_of("rented")))
    log_axis(single, floor=1.0)
    style.time_axis(single, context.dates)
    style.edge_note(single, context.dates)
    style.end_labels(single, labels)
    return figure


def _china_title(context: Context) -> str:
    date = context.dates[-1]
    parts = []
    for key, words in (("huawei", "Huawei"), ("smuggled", "smuggled chips"), ("legal", "legal imports")):
        total = context.table.window("china_compute_stock_h100e", "total", date, "instant")
        value = context.table.window("china_compute_stock_h100e", key, date, "instant")
        if len(value) and len(total):
            parts.append(f"{words} {percent(float(np.median(value / np.maximum(total, 1e-9))))}")
    return (
        f"China’s compute by source, at the end of {date.year} in this run: {', '.join(parts)}"
        if parts
        else "China’s compute by source"
    )


def stack_note(context: Context) -> str:
    """What a stacked area shows when there are several worlds."""
    if context.table.replicates == 1:
        return "Areas add up."
    return "Areas: mean over worlds (they add up); dotted: 95 % of the worlds’ totals."


def draw_stack(
    axes: Axes,
    context: Context,
    metric: str,
    keys: Sequence[str],
    *,
    extra: pd.DataFrame | None = None,
    extra_label: str = "",
) -> None:
    """Stacked areas in millions, labelled at the end, with an inset of the observed years where there is room."""
    if not keys:
        not_measured(axes, "Stock of compute")
        style.time_axis(axes, context.dates)
        return
    highest = _areas(axes, context, metric, keys, extra)
    if _room_for_inset(context, highest):
        _inset(axes, context, metric, keys, extra)
    else:
        draw_points(axes, observed_total(context.observed, metric, keys), style.INK, scale=MILLION, size=10)
    axes.set_ylim(0, None)
    axes.yaxis.set_major_locator(MaxNLocator(6))
    style.time_axis(axes, context.dates)
    style.edge_note(axes, context.dates)
    tops, labels = 0.0, []
    for key in keys:
        value = float(context.table.series(metric, key).mean(axis=1).iloc[-1]) * MILLION
        labels.append((tops + value / 2, f"{style.label_of(key)} {_size(value)}", style.colour_of(key)))
        tops += value
    if extra is not None and not extra.empty:
        labels.append((tops + float(extra.mean(axis=1).iloc[-1]) * MILLION, extra_label, style.INK))
    style.end_labels(axes, labels, size=7.6)


def _areas(axes: Axes, context: Context, metric: str, keys: Sequence[str], extra: pd.DataFrame | None) -> np.ndarray:
    """Draw the stack, the range of its total and the line on top; returns the highest of them by month, in millions."""
    x = style.days(context.dates)
    worlds = [context.table.series(metric, key).reindex(context.dates).fillna(0).to_numpy() * MILLION for key in keys]
    means = [world.mean(axis=1) for world in worlds]
    colours = [style.colour_of(key) for key in keys]
    axes.stackplot(x, means, colors=colours, linewidth=0.5, edgecolor=style.PAPER, zorder=2)
    highest = np.sum(means, axis=0)
    above = highest.copy()
    if context.table.replicates > 1:
        for quantile in np.quantile(np.sum(worlds, axis=0), (0.025, 0.975), axis=1):
            axes.plot(x, quantile, color=style.INK, linewidth=0.9, linestyle=":", zorder=3)
            highest = np.maximum(highest, quantile)
    if extra is not None and not extra.empty:
        above = above + extra.reindex(context.dates).mean(axis=1).fillna(0).to_numpy() * MILLION
        axes.plot(x, above, color=style.INK, linewidth=1.3, linestyle=(0, (4, 2)), zorder=3)
    return np.maximum(highest, above)


def _size(millions: float) -> str:
    """A stock in millions with the digits that it has: 261.8, 0.03, 0."""
    return f"{millions:,.1f}" if millions >= 0.95 else f"{millions:.2g}"


def _room_for_inset(context: Context, highest: np.ndarray) -> bool:
    """Whether the upper left of the panel, where the inset stands, is free of everything that was drawn."""
    covered = context.dates <= context.dates[0] + INSET_REACH * (context.dates[-1] - context.dates[0])
    enlarges = context.dates[-1] > style.DATA_EDGE + pd.Timedelta(days=720)
    return enlarges and bool(highest[covered].max() < INSET_FLOOR * highest.max())


def _inset(axes: Axes, context: Context, metric: str, keys: Sequence[str], extra: pd.DataFrame | None) -> None:
    """The observed years enlarged, with the observed total where every key was observed at a date."""
    inset = axes.inset_axes((0.075, 0.50, 0.44, 0.40), zorder=6)
    _areas(inset, context, metric, keys, extra)
    inset.set_facecolor(style.PAPER)
    until = context.dates[context.dates <= style.DATA_EDGE + pd.Timedelta(days=1)]
    total = observed_total(context.observed, metric, keys)
    draw_points(inset, total, style.INK, scale=MILLION, size=10)
    inset.set_xlim(style.days(until[:1])[0], style.days(until[-1:])[0] + 20)
    shown = pd.Series(0.0, index=until)
    for key in keys:
        shown = shown + context.table.series(metric, key).reindex(until).fillna(0).mean(axis=1)
    if extra is not None and not extra.empty:
        shown = shown + extra.reindex(until).fillna(0).mean(axis=1)
    highest = max(float(shown.max()), float(total["value"].max()) if len(total) else 0.0)
    inset.set_ylim(0, 1.12 * highest * MILLION)
    years = range(until[0].year, until[-1].year + 1)
    inset.set_xticks([style.days([f"{year}-07-01"])[0] for year in years], [str(year) for year in years])
    inset.tick_params(labelsize=6.6, length=0, pad=2)
    inset.yaxis.set_major_locator(MaxNLocator(4))
    inset.grid(axis="y", linewidth=0.4)
    inset.spines[["top", "right"]].set_visible(True)
    inset.set_title(
        "to 2025; circles: observed" if len(total) else "to 2025, enlarged",
        fontsize=6.6,
        color=style.MUTED,
        loc="left",
        pad=2,
        backgroundcolor=style.PAPER,
    )


def observed_total(observed: Observed, metric: str, keys: Sequence[str]) -> pd.DataFrame:
    """Observed `total` or `world` rows of a metric and, at other dates, the sum where every key was observed."""
    found: dict[pd.Timestamp, float] = {}
    parts = [points(observed, metric, key).drop_duplicates("date").set_index("date")["value"] for key in keys]
    for date in sorted(set.intersection(*(set(part.index) for part in parts)) if parts else ()):
        found[date] = float(sum(part[date] for part in parts))
    for key in ("world", "total"):
        stated = points(observed, metric, key)
        found.update(zip(stated["date"], stated["value"].astype(float), strict=True))
    dates = sorted(found)
    return pd.DataFrame({"date": pd.DatetimeIndex(dates), "value": [found[date] for date in dates]})


def log_axis(axes: Axes, *, floor: float | None = None) -> None:
    """A logarithmic y axis with plain numbers at powers of ten."""
    axes.set_yscale("log")
    if floor is not None:
        axes.set_ylim(bottom=max(floor, axes.get_ylim()[0]))
    axes.yaxis.set_major_locator(LogLocator(base=10, numticks=12))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(axis="y", which="minor", length=0)
