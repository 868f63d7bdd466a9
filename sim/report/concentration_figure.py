"""Figure of concentration: Herfindahl-Hirschman indices of vendors against owners of compute, clouds and labs."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from sim.report import style
from sim.report.sheet import Context, bands_note, draw_line, end_value, new_sheet, not_measured, panel_title

HIGH = 1800
"""Above it a market is highly concentrated: US Department of Justice and FTC, Merger Guidelines, December 2023."""
VENDORS_AND_OWNERS = (
    ("hhi_new_compute", "Vendors, new", "nvidia"),
    ("hhi_compute_stock", "Vendors, stock", "cambricon"),
    ("hhi_compute_owners", "Owners", "us"),
)
SELLERS = (("hhi_cloud_revenue", "Clouds", "cloud"), ("hhi_token_revenue", "Labs, API", "models"))


def concentration(context: Context) -> Figure:
    """Left, makers of chips against owners of compute; right, clouds and labs by revenue."""
    figure, panels = new_sheet(
        _title(context),
        "Herfindahl-Hirschman index: 10,000 is a monopoly, 5,000 two equal firms. Many small owners count as a fringe. "
        f"{bands_note(context.table.replicates, observed=False)}",
        context,
        columns=(2.7, 2.5),
        gaps=(1.55, 1.15),
        rows=(2.6,),
        source="No observed series of concentration is shipped. Lines: weightshift. Dotted: 1,800, above which the US "
        "Merger Guidelines of December 2023 call a market highly concentrated.",
    )
    for axes, text, unit, lines in (
        (panels[0, 0], "Makers of chips against owners", "index, 0 to 10,000, by compute", VENDORS_AND_OWNERS),
        (panels[0, 1], "Clouds and labs", "index, 0 to 10,000, by revenue", SELLERS),
    ):
        panel_title(axes, text, unit)
        _indices(axes, context, lines)
    return figure


def _indices(axes: Axes, context: Context, lines: tuple[tuple[str, str, str], ...]) -> None:
    labels = []
    for metric, name, colour in lines:
        wide = context.table.series(metric, "world")
        if wide.empty:
            continue
        # A market of a few months' standing jumps with every order: the mean of a quarter, as in the table.
        draw_line(axes, wide.rolling(3, min_periods=1).mean(), style.colour_of(colour))
        value = end_value(context, metric, "world")
        labels.append((value, f"{name} {value:,.0f}", style.colour_of(colour)))
    if not labels:
        not_measured(axes, "Concentration")
    axes.axhline(HIGH, color=style.INK, linewidth=0.8, linestyle=":", zorder=1.2)
    axes.set_ylim(0, 10_000)
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    style.time_axis(axes, context.dates)
    style.edge_note(axes, context.dates)
    style.end_labels(axes, labels, size=7.6)


def _title(context: Context) -> str:
    vendors, owners = (end_value(context, metric, "world") for metric in ("hhi_new_compute", "hhi_compute_owners"))
    if not np.isfinite(vendors) or not np.isfinite(owners):
        return "Concentration of chips, owners, clouds and labs"
    more = "more" if vendors > owners else "less"
    return (
        f"Chips are {more} concentrated than their owners: index {vendors:,.0f} against {owners:,.0f} at the end of "
        f"{context.dates[-1].year}, in this run"
    )
