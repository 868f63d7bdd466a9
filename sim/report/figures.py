"""The figures of a run, drawn from the long table alone."""

from __future__ import annotations

import contextlib
import dataclasses
import gc
from collections.abc import Callable, Iterator, Sequence

import pandas as pd
from matplotlib.figure import Figure

from sim.report import style
from sim.report.adoption_figure import adoption
from sim.report.capability_figure import capability
from sim.report.compute_figures import china_by_source, compute_by_vendor
from sim.report.concentration_figure import concentration
from sim.report.longtable import LongTable
from sim.report.main_figure import main_measures
from sim.report.observed import Observed, read_observed
from sim.report.policy_strip import PolicyMark
from sim.report.price_figure import prices
from sim.report.sheet import Context, to_png
from sim.report.value_figure import value_by_layer
from sim.report.waterfall_figure import price_cost_margin


@dataclasses.dataclass(frozen=True)
class FigureKind:
    """A figure of the report: file name, what it shows (also for screen readers), how to draw it."""

    name: str
    caption: str
    draw: Callable[[Context], Figure]


FIGURES = (
    FigureKind(
        "main_measures",
        "Both halves of the question over time. The fans show how far worlds with the same rules and parameters part "
        "by chance alone: half of the worlds lie in the darkest band.",
        main_measures,
    ),
    FigureKind(
        "adoption",
        "Half two of the question: how far have open models spread? The answer depends on the yardstick, so all four "
        "are shown on one scale.",
        adoption,
    ),
    FigureKind(
        "compute_by_vendor",
        "Half one of the question: on whose chips does AI run? Left, the stock of compute by vendor; right, who "
        "supplies what is added. A falling share with a growing stock means that dependence fades slowly.",
        compute_by_vendor,
    ),
    FigureKind(
        "china_by_source",
        "China’s compute by source. Legal purchases stop when a rule binds; smuggling and domestic chips fill part of "
        "the gap. Compute rented abroad never enters China and is therefore dashed.",
        china_by_source,
    ),
    FigureKind(
        "concentration",
        "Concentration of vendors against owners. Chips come from few makers, and are owned by many more firms; a fall "
        "of the first index without the second means other chips, not other owners.",
        concentration,
    ),
    FigureKind(
        "capability",
        "How far the followers are behind. A lag in months compares dates at which the same level was first reached; "
        "it can fall while the gap in points stays.",
        capability,
    ),
    FigureKind(
        "prices",
        "Prices of tokens and of compute. The list price of a flagship is sticky; the price of a given quality falls "
        "with every cheaper model that reaches it.",
        prices,
    ),
    FigureKind(
        "price_cost_margin",
        "Where the price of a million tokens goes. Electricity is the thin first step: a power price moves token "
        "prices only through it, and through where compute is built.",
        price_cost_margin,
    ),
    FigureKind(
        "value_by_layer",
        "Who captures the value. Above, revenue by layer and the layers’ shares of value added; below, value added by "
        "where the owners are, and how much of each layer is owned outside the United States.",
        value_by_layer,
    ),
)


def make_context(timeseries: pd.DataFrame, policies: list[PolicyMark], observed: Observed | None = None) -> Context:
    """What the figures are drawn from; the shipped observed series unless others are given."""
    return Context(LongTable(timeseries), read_observed() if observed is None else observed, policies)


QUICK_FIGURES = ("compute_by_vendor",)
"""One figure for each half of the question: what a quick run has time for."""


def draw_all(context: Context, *, names: Sequence[str] | None = None, dots_per_inch: int = 160) -> dict[str, bytes]:
    """Figures as PNG, by name: all of them, or those of `names`."""
    with style.styled(), no_collection():
        return {
            kind.name: to_png(kind.draw(context), dots_per_inch)
            for kind in FIGURES
            if names is None or kind.name in names
        }


@contextlib.contextmanager
def no_collection() -> Iterator[None]:
    """Hold the garbage collector: figures make tens of thousands of small objects, and its passes cost a third."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
