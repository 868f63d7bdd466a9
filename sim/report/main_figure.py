"""Figure of the main measures: six fans, three for each half of the question."""

from __future__ import annotations

import dataclasses

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

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
class MainMeasure:
    """A measure with a panel of its own: what it is called, its unit as drawn, and how a value is multiplied."""

    name: str
    unit: str
    metric: str
    key: str
    colour: str
    scale: float

    @property
    def difference_unit(self) -> str:
        """Unit of a difference as drawn."""
        return "percentage points" if self.unit.startswith("%") else self.unit

    def text(self, value: float) -> str:
        """A drawn value as a label."""
        return percent(value / 100) if self.unit.startswith("%") else f"{value:,.1f}"


MAIN = (
    MainMeasure("Nvidia’s share, new chips", "% of H100 equivalents", "new_compute_share", "nvidia", "nvidia", 100),
    MainMeasure(
        "Chinese models on US chips", "% of their tokens", "us_designed_share_of_tokens", "cn_models", "us", 100
    ),
    MainMeasure("Compute in China", "million H100 equivalents", "china_compute_stock_h100e", "total", "cn", 1e-6),
    MainMeasure("Open share of tokens", "% of API tokens", "open_token_share", "api_all", "open", 100),
    MainMeasure("Chinese downloads", "% of open models’, cumulative", "hub_download_share", "cn", "cn", 100),
    MainMeasure("China’s lag behind US", "months", "capability_lag_months", "cn_behind_us", "cn", 1),
)


def main_measures(context: Context) -> Figure:
    """Six fans: where compute comes from above, how open and Chinese models spread below."""
    figure, panels = new_sheet(
        "Both halves of the question over time",
        "Above: does computing stay concentrated? Below: do open and Chinese models spread? Figures at the right end: "
        f"median of the last quarter. {bands_note(context.table.replicates)}",
        context,
        columns=(1.75, 1.75, 1.75),
        gaps=(0.62, 0.62, 0.5),
        rows=(1.75, 1.75),
        row_gap=0.95,
        source=f"Observed: {sources(context.observed, [(item.metric, item.key) for item in MAIN])}. "
        "Lines: weightshift.",
    )
    for axes, item in zip(panels.ravel(), MAIN, strict=True):
        panel_title(axes, item.name, item.unit)
        _panel(axes, context, item)
    return figure


def _panel(axes: Axes, context: Context, item: MainMeasure) -> None:
    colour = style.colour_of(item.colour)
    wide = context.table.series(item.metric, item.key)
    if wide.empty:
        not_measured(axes, item.name)
    draw_line(axes, wide, colour, scale=item.scale)
    draw_points(axes, points(context.observed, item.metric, item.key), colour, scale=item.scale)
    axes.set_ylim(0, 100 if item.unit.startswith("%") else None)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    style.time_axis(axes, context.dates)
    style.edge_note(axes, context.dates)
    value = end_value(context, item.metric, item.key) * item.scale
    if np.isfinite(value):
        style.end_labels(axes, [(value, item.text(value), colour)])
