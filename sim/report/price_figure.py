"""Figure of prices: what a flagship lists at, what a fixed quality costs, what serving costs, what a GPU rents for."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from sim.report import style
from sim.report.observed import points, sources
from sim.report.sheet import Context, bands_note, draw_line, draw_points, new_sheet, not_measured, panel_title
from sim.report.wording import price, price_tick

NAMED_LABS = ("openai", "anthropic", "google_deepmind", "deepseek", "qwen")
OTHER_LABS = ("xai", "meta", "mistral", "moonshot", "zhipu", "minimax", "bytedance")
QUALITIES = ("eci_126", "eci_140", "eci_150")
RENT_REGIONS = ("us", "cn")


def prices(context: Context) -> Figure:
    """(d) List prices of flagships, price at fixed quality, marginal cost of serving, rental of an H100."""
    pairs = [("list_price_usd_per_mtok", key) for key in NAMED_LABS] + [("gpu_rental_usd_per_h100_hour", "us")]
    pairs += [("price_at_quality_usd_per_mtok", key) for key in QUALITIES]
    figure, panels = new_sheet(
        _title(context),
        "A flagship keeps its list price while the price of a given quality falls. Prices blend input and output "
        f"tokens 3:1; scales are logarithmic. {bands_note(context.table.replicates)}",
        context,
        columns=(2.5, 2.3),
        gaps=(1.4, 1.67),
        rows=(2.2, 1.7),
        source=f"Observed: {sources(context.observed, pairs, limit=4)}. Lines: weightshift.",
    )
    panel_title(panels[0, 0], "List price of the flagship, by lab", "USD per million tokens; grey: other labs")
    _list_prices(panels[0, 0], context)
    panel_title(panels[0, 1], "Cheapest model at or above a quality", "USD per million tokens")
    _lines(panels[0, 1], context, "price_at_quality_usd_per_mtok", QUALITIES)
    panel_title(panels[1, 0], "Rental of an H100", "USD per hour")
    _lines(panels[1, 0], context, "gpu_rental_usd_per_h100_hour", RENT_REGIONS)
    panel_title(panels[1, 1], "Marginal cost of serving", "USD per million tokens")
    _lines(panels[1, 1], context, "token_cost_usd_per_mtok", ("closed", "open"))
    return figure


def _finish(axes: Axes, context: Context, labels: list[tuple[float, str, str]]) -> None:
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    if high / max(low, 1e-12) < 30:  # less than a decade and a half: a few plain ticks read better than powers of ten
        axes.yaxis.set_major_locator(LogLocator(base=10, subs=(1, 2, 5), numticks=10))
    else:
        axes.yaxis.set_major_locator(LogLocator(base=10, numticks=10))
    axes.yaxis.set_major_formatter(FuncFormatter(price_tick))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(axis="y", which="minor", length=0)
    style.time_axis(axes, context.dates)
    style.edge_note(axes, context.dates)
    style.end_labels(axes, labels, size=7.6)


def _list_prices(axes: Axes, context: Context) -> None:
    metric = "list_price_usd_per_mtok"
    found = [lab for lab in (*OTHER_LABS, *NAMED_LABS) if context.table.has(metric, lab)]
    if not found:
        not_measured(axes, "List prices")
        return
    labels = []
    for lab in found:
        named = lab in NAMED_LABS
        colour = style.colour_of(lab) if named else "#c4c4c4"
        width = 1.8 if named else 1.0
        last = draw_line(
            axes, context.table.series(metric, lab), colour, band=named, linewidth=width, drawstyle="steps-post"
        )
        draw_points(axes, points(context.observed, metric, lab), colour, size=12 if named else 7)
        if named:
            labels.append((last, style.label_of(lab), colour))
    _finish(axes, context, labels)


def _lines(axes: Axes, context: Context, metric: str, keys: tuple[str, ...]) -> None:
    found = [key for key in keys if context.table.has(metric, key)]
    if not found:
        not_measured(axes, metric)
        return
    labels = []
    for key in found:
        colour = style.colour_of(key)
        last = draw_line(axes, context.table.series(metric, key), colour)
        draw_points(axes, points(context.observed, metric, key), colour)
        name = {"eci_126": "GPT-4 level, 126", "open": "Open", "closed": "Closed"}.get(key, style.label_of(key))
        labels.append((last, f"{name}: {price(last)}" if np.isfinite(last) else name, colour))
    _finish(axes, context, labels)


def _title(context: Context) -> str:
    wide = context.table.series("price_at_quality_usd_per_mtok", "eci_140")
    middle = wide.median(axis=1).dropna() if not wide.empty else pd.Series(dtype=float)
    middle = middle[middle > 0]
    if len(middle) < 13:
        return "Prices of tokens and of compute"
    first, later = float(middle.iloc[0]), float(middle.iloc[12])
    later_words = f"{price(later)} a year later, in this run"
    return f"Prices: a model of ECI 140 costs {price(first)} per million tokens when new and {later_words}"
