"""Figures of the evidence page, drawn from the stored results alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.evidence.event_figure import event_paths
from sim.evidence.stored import Stored
from sim.evidence.verdict import COVERAGE_GOAL, with_standing
from sim.report import style
from sim.report.benchmark_figure import benchmark_figure, ranges_of
from sim.report.corner_figure import corner_curves_figure
from sim.report.sheet import to_png

WIDTH = 9.0
ROW_HEIGHT = 0.22
DOTS_PER_INCH = 100
RATIO_LIMITS = (0.05, 20.0)
"""Dots beyond are drawn at the edge."""
DOTS = "A dot is a series, a row is a metric; dots at the edges may lie further out"
STANDING_COLOURS = {"better": style.BLUE, "between": style.ORANGE, "worse": style.VERMILLION}
STANDING_WORDS = {"better": "better than both", "between": "better than one", "worse": "worse than both"}


def _figure(height: float, title: str, subtitle: str) -> Figure:
    figure = Figure(figsize=(WIDTH, height))
    figure.text(0.02, 1 - 0.2 / height, title, fontsize=style.TITLE_SIZE, weight="bold", va="top")
    figure.text(0.02, 1 - 0.47 / height, subtitle, fontsize=style.SUBTITLE_SIZE, color=style.MUTED, va="top")
    return figure


def scorecard(series: pd.DataFrame, title: str, subtitle: str) -> Figure:
    """A row per metric: left its series' error over that of the best naive forecast, right coverage of their bands."""
    marked = with_standing(series)
    metrics = sorted(marked["metric"].unique(), reverse=True)
    height = 1.75 + ROW_HEIGHT * len(metrics)
    figure = _figure(height, title, subtitle)
    bottom, top = 0.75 / height, 1 - 0.95 / height
    left = figure.add_axes((0.30, bottom, 0.44, top - bottom))
    right = figure.add_axes((0.78, bottom, 0.20, top - bottom), sharey=left)
    place = {metric: number for number, metric in enumerate(metrics)}
    for standing, colour in STANDING_COLOURS.items():
        part = marked[(marked["standing"] == standing) & marked["ratio"].notna()]
        ratio = part["ratio"].clip(*RATIO_LIMITS)
        rows = [place[metric] for metric in part["metric"]]
        label = f"{STANDING_WORDS[standing]} ({(marked['standing'] == standing).sum()})"
        left.scatter(ratio, rows, s=22, color=colour, alpha=0.8, lw=0, label=label, clip_on=False, zorder=3)
    left.set_xscale("log")
    left.set_xlim(*RATIO_LIMITS)
    left.set_xticks([0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20], ["1/20", "1/10", "1/5", "1/2", "1", "2", "5", "10", "20"])
    left.minorticks_off()
    left.axvline(1.0, color=style.INK, lw=1.0)
    left.set_xlabel("error of the model over that of the best naive forecast")
    left.set_yticks(range(len(metrics)), metrics)
    left.set_ylim(-0.7, len(metrics) - 0.3)
    known = marked[marked["coverage90"].notna()]
    right.axvspan(*COVERAGE_GOAL, color=style.GREEN, alpha=0.15, lw=0)
    right.scatter(known["coverage90"], [place[metric] for metric in known["metric"]], s=18, color=style.INK, alpha=0.55,
                  lw=0, clip_on=False, zorder=3)  # fmt: skip
    right.set_xlim(0.0, 1.0)
    right.set_xticks([0, 0.5, 1], ["0", "50 %", "100 %"])
    right.set_xlabel("points in the 5-95 % band\n(shaded: goal for all points)")
    right.tick_params(labelleft=False)
    figure.legend(loc="upper right", ncol=3, fontsize=style.SMALL_SIZE + 0.6, frameon=False, handletextpad=0.2,
                  bbox_to_anchor=(0.99, 1 - 0.58 / height))  # fmt: skip
    return figure


def pattern_sets(sets: pd.DataFrame) -> Figure:
    """Per pattern: share of the ensemble's sets that show it, that fail it and others, that fail it alone."""
    shown = sets.drop(columns="set").astype(bool)
    failures = (~shown).sum(axis=1)
    names = list(shown.columns)[::-1]
    height = 1.6 + 0.27 * len(names)
    figure = _figure(
        height, "Which patterns the parameter sets of the ensemble show",
        f"{len(shown)} sets; {int((failures == 0).sum())} of them show all {shown.shape[1]} patterns at once",
    )  # fmt: skip
    axes = figure.add_axes((0.08, 0.62 / height, 0.88, 1 - 1.55 / height))
    fine = np.array([shown[name].mean() for name in names])
    alone = np.array([((~shown[name]) & (failures == 1)).mean() for name in names])
    axes.barh(names, fine, color=style.BLUE, height=0.68, label="shown")
    axes.barh(names, 1 - fine - alone, left=fine, color=style.FAINT, height=0.68, label="not shown, nor some other")
    axes.barh(names, alone, left=1 - alone, color=style.VERMILLION, height=0.68, label="the only one not shown")
    _percent(axes)
    axes.set_xlabel("share of sets")
    _legend(figure, height)
    return figure


def identification(table: pd.DataFrame) -> Figure:
    """Range searched for each parameter as the whole width, 5-95 % of the sets kept as a bar, best known first."""
    table = table.sort_values("sd_ratio", ascending=False, kind="stable").reset_index(drop=True)
    height = 1.6 + ROW_HEIGHT * len(table)
    figure = _figure(
        height, "What the data say about the calibrated parameters",
        "Grey: the range searched; blue: 5-95 % of the sets kept, with the median; nine tenths of it: nothing learned",
    )  # fmt: skip
    axes = figure.add_axes((0.36, 0.62 / height, 0.56, 1 - 1.45 / height))
    low, high = table["prior_low"], table["prior_high"]
    log = (low > 0) & (high / low.where(low > 0) > 5.0)

    def part(column: str) -> pd.Series:
        value = table[column]
        with np.errstate(divide="ignore", invalid="ignore"):
            return ((value - low) / (high - low)).where(~log, np.log(value / low) / np.log(high / low))

    rows = np.arange(len(table))
    axes.barh(rows, np.ones(len(table)), color=style.FAINT, height=0.62)
    axes.barh(rows, part("high") - part("low"), left=part("low"), color=style.BLUE, height=0.40)
    axes.scatter(part("median"), rows, color=style.INK, s=12, zorder=3)
    for row, ratio in enumerate(table["sd_ratio"]):
        axes.text(1.17, row, f"{ratio:.2f}", va="center", ha="right", fontsize=style.SMALL_SIZE, color=style.MUTED)
    axes.text(1.17, len(table) - 0.3, "sd after / before", ha="right", fontsize=style.SMALL_SIZE, color=style.MUTED)
    axes.set_yticks(rows, table["parameter"], fontsize=style.SMALL_SIZE)
    axes.set_ylim(-0.7, len(table) - 0.3)
    axes.set_xlim(-0.12, 1.12)
    axes.set_xticks([0, 1], ["lower end", "upper end"])
    axes.set_xlabel("of the range searched (logarithmic where it spans more than a factor of five)")
    axes.grid(False)
    return figure


def variance(table: pd.DataFrame) -> Figure:
    """Share of the variance between worlds that parameters make, and what chance makes, per headline and year."""
    years = sorted(table["year"].unique())
    last = table[table["year"] == years[-1]].sort_values("parameters", kind="stable")
    names = [*last["label"], *(name for name in table["label"].unique() if name not in set(last["label"]))]
    place = {name: number for number, name in enumerate(names)}
    height = 1.75 + ROW_HEIGHT * len(names)
    figure = _figure(
        height, "Why worlds differ: parameters or chance",
        "Share of the variance between worlds that comes from the parameter set, and from the draws within a set",
    )  # fmt: skip
    wide = (0.98 - 0.37) / len(years)
    for number, year in enumerate(years):
        axes = figure.add_axes((0.37 + number * wide, 0.62 / height, wide * 0.88, 1 - 1.65 / height))
        part = table[table["year"] == year]
        rows = [place[name] for name in part["label"]]
        axes.barh(rows, part["parameters"], color=style.BLUE, height=0.66, label="parameters")
        axes.barh(rows, part["chance"], left=part["parameters"], color=style.ORANGE, height=0.66, label="chance")
        axes.set_title(str(year), fontsize=style.PANEL_SIZE, loc="left")
        axes.set_ylim(-0.6, len(names) - 0.4)
        axes.set_yticks(range(len(names)), names if number == 0 else [])
        axes.tick_params(axis="y", labelsize=style.SMALL_SIZE, length=0)
        _percent(axes)
        axes.set_xticks([0, 0.5, 1], ["0", "50 %", "100 %"])
        axes.get_xticklabels()[0].set_horizontalalignment("left")
        axes.get_xticklabels()[-1].set_horizontalalignment("right")
        if number == 0:
            handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="upper right", ncol=2, fontsize=style.LABEL_SIZE, frameon=False,
                  bbox_to_anchor=(0.98, 1 - 0.56 / height))  # fmt: skip
    return figure


def _percent(axes: Axes) -> None:
    axes.set_xlim(0, 1)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25 %", "50 %", "75 %", "100 %"])
    axes.grid(axis="x")
    axes.grid(visible=False, axis="y")


def _legend(figure: Figure, height: float) -> None:
    figure.legend(loc="upper right", ncol=3, fontsize=style.LABEL_SIZE, frameon=False,
                  bbox_to_anchor=(0.98, 1 - 0.56 / height))  # fmt: skip


def drawings(stored: Stored) -> dict[str, Callable[[], Figure]]:
    """The figures that can be drawn from what is stored: name -> function."""
    found: dict[str, Callable[[], Figure]] = {}
    test, use = stored.series("validation_2024"), stored.series("validation_2025")
    if test is not None:
        test_title = "Fitted to end-2024, tested on 2025 (pseudo-out-of-sample)"
        found["test_year"] = lambda: scorecard(test, test_title, DOTS)
    if use is not None:
        use_title = "Fitted to end-2025, compared with 2023-2025 (in sample)"
        found["in_sample"] = lambda: scorecard(use, use_title, DOTS)
    sets, fits, shares = stored.table("pattern_sets"), stored.table("calibration"), stored.table("variance")
    if sets is not None:
        found["patterns"] = lambda: pattern_sets(sets)
    if fits is not None:
        found["identification"] = lambda: identification(fits)
    if shares is not None:
        found["variance"] = lambda: variance(shares)
    paths = stored.table("event_paths")
    if paths is not None:
        found["events"] = lambda: event_paths(paths)
    published, curves = stored.table("benchmarks"), stored.table("corner_curves")
    if published is not None and "criterion" in published and len(ranges_of(published)):
        found["benchmarks"] = lambda: benchmark_figure(published)
    if curves is not None:
        found["corners"] = lambda: corner_curves_figure(curves)
    return found


def png(draw: Callable[[], Figure]) -> bytes:
    """A figure in the look of the reports as a PNG: the same results, the same bytes."""
    with style.styled():
        return to_png(draw(), DOTS_PER_INCH)
