"""Figure of a million tokens: from electricity to the price, step by step, and energy's part of the cost over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.report import style
from sim.report.sheet import Context, bands_note, draw_line, end_value, new_sheet, not_measured, panel_title
from sim.report.wording import percent, price

METRIC = "token_price_part_usd_per_mtok"
STEPS = (
    ("electricity", "Energy", "electricity"),
    ("depreciation", "Chips,\nbuildings", "depreciation"),
    ("upkeep", "Upkeep", "upkeep"),
    ("cloud", "Cloud\nkeeps", "cloud_margin"),
)
KINDS = (("closed", "Closed models, at their labs", "Lab\nkeeps"), ("open", "Open models, at a US host", "Host\nkeeps"))
ENERGY_REGIONS = ("us", "cn", "eu")


def price_cost_margin(context: Context) -> Figure:
    """Waterfalls per million tokens of closed and of open models, now and at the end; energy and margin over time."""
    years = waterfall_years(context)
    figure, panels = new_sheet(
        _title(context),
        "What developers pay for a million tokens, and where it goes. Each step stands on the one before; percentages "
        "are parts of the compute cost (grey), above it of the price. “Cloud keeps”: rent beyond what its fleet costs, "
        f"for interest, idle years and profit. {_worlds(context)} {bands_note(context.table.replicates, False)}",
        context,
        columns=(2.75, 2.75),
        gaps=(1.0, 1.1),
        rows=(*[1.85] * max(len(years), 1), 1.35),
        row_gap=0.98,
        source="Nobody publishes these parts. Bars: weightshift, last quarter of the year, list prices as realised.",
    )
    for row, year in enumerate(years or [context.dates[-1].year]):
        for axes, (kind, text, seller) in zip(panels[row], KINDS, strict=True):
            panel_title(axes, f"{text}, end of {year}", "USD per million tokens")
            draw_waterfall(axes, context, kind, seller, year)
    panel_title(panels[-1, 0], "Energy’s part of the cost of a token", "% of compute cost, by region")
    shares = [("energy_share_of_token_cost", key, style.label_of(key), key) for key in ENERGY_REGIONS]
    _lines(panels[-1, 0], context, shares)
    panel_title(panels[-1, 1], "Price over compute cost", "USD per million tokens, logarithmic")
    _prices(panels[-1, 1], context)
    return figure


def waterfall_years(context: Context) -> list[int]:
    """The last year of data and the last year of the run, where it covers their last quarters."""
    wanted = dict.fromkeys([min(style.DATA_EDGE, context.dates[-1]).year, context.dates[-1].year])
    return [year for year in wanted if parts_at(context, "closed", year) is not None]


def parts_at(context: Context, kind: str, year: int) -> pd.DataFrame | None:
    """Parts (columns) by world (rows) in the last quarter of a year, USD/Mtoken; None if a part is missing."""
    found = {}
    for part in (*[step for step, _, _ in STEPS], "seller", "price"):
        values = context.table.window(METRIC, f"{kind}/{part}", pd.Timestamp(year, 12, 31), "quarter")
        if values.size == 0 or not np.isfinite(values).any():
            return None
        found[part] = values
    return pd.DataFrame(found)


def draw_waterfall(axes: Axes, context: Context, kind: str, seller: str, year: int) -> None:
    """Steps from zero to the price; whiskers: 5-95 % of the worlds. Means, so that the steps add up."""
    parts = parts_at(context, kind, year)
    if parts is None:
        not_measured(axes, "Parts of the price of a token")
        axes.set_xticks([])
        return
    means = parts.mean()
    cost = float(sum(means[part] for part, _, _ in STEPS))
    bars: list[tuple[str, str, float, float, str]] = []
    at = 0.0
    for part, name, colour in STEPS:
        bars.append((part, name, at, float(means[part]), colour))
        at += float(means[part])
    bars.append(("cost", "Compute\ncost", 0.0, cost, "row"))
    bars.append(("seller", seller, cost, float(means["seller"]), "seller"))
    bars.append(("price", "Price", 0.0, float(means["price"]), "closed"))
    worlds = parts.assign(cost=parts[[part for part, _, _ in STEPS]].sum(axis=1))
    highest: float = max(base + max(size, 0.0) for _, _, base, size, _ in bars)
    for x, (part, _, base, size, colour) in enumerate(bars):
        axes.bar(x, size, bottom=base, width=0.66, color=style.colour_of(colour), zorder=2)
        top = base + max(size, 0.0)
        if len(worlds) > 1:
            low, high = (base + float(np.quantile(worlds[part], end)) for end in (0.05, 0.95))
            axes.plot([x, x], [low, high], color=style.INK, linewidth=0.9, zorder=3)
            top, highest = max(top, high), max(highest, high)
        share = size / cost if part not in ("seller", "price") else size / float(means["price"])
        note = f"\n{percent(share)}" if part not in ("cost", "price") else ""
        axes.annotate(
            f"{price(size)}{note}", (x, top), xytext=(0, 2), textcoords="offset points", ha="center", va="bottom",
            fontsize=6.8, linespacing=1.05, color=style.INK,
        )  # fmt: skip
    _connect(axes, bars)
    axes.set_ylim(min(0.0, min(base + min(size, 0.0) for _, _, base, size, _ in bars) * 1.15), 1.22 * highest)
    axes.set_xticks(range(len(bars)), [name for _, name, *_ in bars], fontsize=6.8)
    axes.tick_params(axis="x", length=0)
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _connect(axes: Axes, bars: Sequence[tuple[str, str, float, float, str]]) -> None:
    for x, (_, _, base, size, _) in enumerate(bars[:-1]):
        level = base + size
        axes.plot([x + 0.33, x + 0.67], [level, level], color=style.MUTED, linewidth=0.6, zorder=1.5)
    axes.axhline(0, color=style.INK, linewidth=0.7, zorder=1.4)


def _lines(axes: Axes, context: Context, lines: Sequence[tuple[str, str, str, str]]) -> None:
    labels = []
    for metric, key, name, colour in lines:
        wide = context.table.series(metric, key)
        if wide.empty:
            continue
        draw_line(axes, wide, style.colour_of(colour), scale=100)
        value = 100 * end_value(context, metric, key)
        labels.append((value, f"{name} {percent(value / 100)}", style.colour_of(colour)))
    if not labels:
        not_measured(axes, "Energy’s part")
    axes.set_ylim(0, None)
    style.time_axis(axes, context.dates)
    style.edge_note(axes, context.dates)
    style.end_labels(axes, labels, size=7.6)


def _prices(axes: Axes, context: Context) -> None:
    labels = []
    for kind, *_ in KINDS:
        paid = context.table.series(METRIC, f"{kind}/price")
        kept = context.table.series(METRIC, f"{kind}/seller")
        if paid.empty or kept.empty:
            continue
        colour = style.colour_of(kind)
        last = draw_line(axes, paid, colour)
        cost = draw_line(axes, paid - kept, colour, band=False, linewidth=1.1, linestyle=(0, (4, 2)))
        labels += [(last, f"{kind.capitalize()}, price", colour), (cost, f"{kind.capitalize()}, cost", colour)]
    if not labels:
        not_measured(axes, "Price and cost")
    else:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    style.time_axis(axes, context.dates)
    style.edge_note(axes, context.dates)
    style.end_labels(axes, labels, size=7.2)


def _worlds(context: Context) -> str:
    worlds = context.table.replicates
    return "Bars: one world." if worlds == 1 else f"Bars: mean of {worlds} worlds; whiskers: 5-95 %."


def _title(context: Context) -> str:
    share = end_value(context, "energy_share_of_token_cost", "us")
    parts = [
        f"{percent(float(np.median(values)))} in {date.year}"
        for date in dict.fromkeys([min(style.DATA_EDGE, context.dates[-1]), context.dates[-1]])
        if (values := context.table.window("energy_share_of_token_cost", "us", date, "quarter")).size
    ]
    if not np.isfinite(share) or not parts:
        return "From electricity to the price of a million tokens"
    return f"Energy’s part of what a token costs to serve in the US: {' and '.join(parts)}, in this run"
