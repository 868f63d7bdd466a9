"""Figure of value: what each layer of the stack sells, what it keeps, and where its owners are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from sim.report import style
from sim.report.sheet import Context, new_sheet, not_measured, panel_title
from sim.report.wording import percent

LAYERS = ("energy", "chips", "cloud", "models", "applications")
OWNERS = ("us", "cn", "eu", "row")
BILLION = 1e-9


def value_by_layer(context: Context) -> Figure:
    """(f) Revenue by layer and year, who captures the value added in percent, and both by region of the owners."""
    figure, panels = new_sheet(
        _title(context),
        "Revenue of a layer contains what it pays to the layers below it, so the columns count some money twice; "
        "value added counts each dollar once, and is negative where a layer buys more than it sells. Applications: all "
        f"sales of software firms that have adopted AI. {_note(context)}",
        context,
        columns=(3.0, 2.4),
        gaps=(1.55, 1.05),
        rows=(2.7, 2.2),
        source="No complete observed series of value by layer is shipped; see Nvidia revenue and lab revenue in the "
        "tables. Columns: weightshift, calendar years, USD of 2025. Owners: headquarters of vendors, clouds and labs; "
        "power companies and hosts by grid; software firms US.",
    )
    panel_title(panels[0, 0], "Revenue by layer", "USD billion a year")
    _columns(panels[0, 0], context, yearly(context, "layer_revenue_usd"), shares=False)
    panel_title(panels[0, 1], "Who captures the value", "% of value added of the layers that add any")
    _columns(panels[0, 1], context, yearly(context, "layer_value_added_usd"), shares=True)
    panel_title(panels[1, 0], "Value added by region of the owner", "USD billion a year")
    _columns(panels[1, 0], context, by_owner(context, "layer_value_added_usd"), shares=False)
    panel_title(panels[1, 1], "Owned outside the United States", "% of a layer’s revenue")
    _owned_abroad(panels[1, 1], context)
    return figure


def yearly(context: Context, metric: str, keys: Sequence[str] = LAYERS) -> pd.DataFrame:
    """Mean over worlds of the yearly sum by key, USD: rows years, columns keys, calendar years in full only."""
    found = {}
    for key in keys:
        wide = context.table.series(metric, key)
        if not wide.empty:
            monthly = wide.mean(axis=1)
            whole = monthly.groupby(pd.DatetimeIndex(monthly.index).year).agg(["sum", "count"])
            found[key] = whole.loc[whole["count"] == 12, "sum"]
    return pd.DataFrame(found)


def by_owner(context: Context, metric: str) -> pd.DataFrame:
    """The same summed over layers: columns regions of owners, without those that own nothing."""
    parts = yearly(context, metric, [f"{layer}/{owner}" for layer in LAYERS for owner in OWNERS])
    if parts.empty:
        return parts
    sums = parts.T.groupby([key.split("/")[1] for key in parts.columns]).sum().T
    return sums[[owner for owner in OWNERS if owner in sums.columns]]


def _owned_abroad(axes: Axes, context: Context) -> None:
    """A line per layer: the part of its revenue that goes to owners outside the United States, by year."""
    whole = yearly(context, "layer_revenue_usd")
    home = yearly(context, "layer_revenue_usd", [f"{layer}/us" for layer in LAYERS])
    labels: list[tuple[float, str, str]] = []
    highest = 0.0
    for layer in whole.columns:
        if f"{layer}/us" not in home or not len(whole):
            continue
        share = 100 * (1 - home[f"{layer}/us"] / whole[layer].where(whole[layer] > 0))
        colour = style.colour_of(str(layer))
        axes.plot(
            style.days([f"{year}-07-01" for year in share.index]), share, color=colour, marker="o", markersize=3.2
        )
        known = share.dropna()
        if len(known):
            highest = max(highest, float(known.max()))
            labels.append((float(known.iloc[-1]), style.label_of(str(layer)), colour))
    if not labels:
        not_measured(axes, "Value by owner")
    axes.set_ylim(0, 1.08 * highest or 100)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    style.time_axis(axes, context.dates)
    style.edge_note(axes, context.dates)
    style.end_labels(axes, labels, size=7.8)


def _columns(axes: Axes, context: Context, sums: pd.DataFrame, *, shares: bool) -> None:
    if sums.empty:
        not_measured(axes, "Value by layer")
        style.time_axis(axes, context.dates)
        return
    shown = 100 * sums.div(sums.clip(lower=0).sum(axis=1), axis=0) if shares else sums * BILLION
    x = style.days([f"{year}-07-01" for year in shown.index])
    above, below = np.zeros(len(shown)), np.zeros(len(shown))
    labels: list[tuple[float, str, str]] = []
    for layer in shown.columns:
        values = shown[layer].fillna(0).to_numpy()
        base = np.where(values >= 0, above, below)
        axes.bar(
            x,
            values,
            width=290,
            bottom=base,
            color=style.colour_of(layer),
            edgecolor=style.PAPER,
            linewidth=0.5,
            zorder=2,
        )
        if shares:
            _inside(axes, x, base, values)
        text = style.label_of(layer) if shares else f"{style.label_of(layer)} {values[-1]:,.0f}"
        labels.append((base[-1] + values[-1] / 2, text, style.colour_of(layer)))
        above, below = above + np.maximum(values, 0), below + np.minimum(values, 0)
    axes.set_ylim(min(0.0, 1.05 * float(below.min())), 100 if shares else None)
    if float(below.min()) < 0:
        axes.axhline(0, color=style.INK, linewidth=0.7)
    axes.yaxis.set_major_locator(MaxNLocator(6))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    style.time_axis(axes, context.dates)
    style.edge_note(axes, context.dates)
    style.end_labels(axes, labels, size=7.8)


def _inside(axes: Axes, x: np.ndarray, base: np.ndarray, values: np.ndarray) -> None:
    for at, low, value in zip(x, base, values, strict=True):
        if value >= 8:
            axes.text(
                at, low + value / 2, f"{value:.0f}", ha="center", va="center", fontsize=6.4, color=style.INK, zorder=3
            )


def _note(context: Context) -> str:
    worlds = context.table.replicates
    return "One world." if worlds == 1 else f"Mean of {worlds} worlds."


def _title(context: Context) -> str:
    sums = yearly(context, "layer_value_added_usd")
    if sums.empty:
        return "Value by layer"
    return (
        f"Value added: {_leaders(sums, [year for year in (2025, sums.index[-1]) if year in sums.index])}, in this run"
    )


def _leaders(sums: pd.DataFrame, years: Sequence[int]) -> str:
    parts: list[str] = []
    before = ""
    for year in dict.fromkeys(years):
        row = {str(layer): max(float(sums[layer].loc[year]), 0.0) for layer in sums.columns}
        total = sum(row.values())
        if total > 0:
            layer = max(row, key=lambda name: row[name])
            name = "software firms that use AI" if layer == "applications" else layer
            subject = "" if layer == before else f"{name} keep{'' if name.endswith(('s', 'AI')) else 's'} "
            parts.append(f"{subject}{percent(row[layer] / total)} in {year}")
            before = layer
    return " and ".join(parts) or "no layer adds value"
