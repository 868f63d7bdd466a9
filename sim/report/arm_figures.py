"""Figures of both arms of a comparison: fans, yardsticks, concentration, value by layer, the price of a token."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, StrMethodFormatter

from sim.report import style
from sim.report.adoption_figure import YARDSTICKS
from sim.report.arms import Arm
from sim.report.concentration_figure import HIGH
from sim.report.main_figure import MAIN
from sim.report.sheet import Context, draw_fan, draw_line, end_value, new_sheet, not_measured, panel_title
from sim.report.value_figure import LAYERS
from sim.report.waterfall_figure import KINDS, STEPS, parts_at
from sim.report.wording import percent, price

BASE_COLOUR = "#555555"
BASE_LINE: dict[str, Any] = {"linewidth": 1.5, "linestyle": (0, (4, 2))}
FANS_AT_MOST = 2
"""With more policies than this a panel of lines shows medians only: fans would hide each other."""
BILLION = 1e-9


def arm_fans(arm: Arm) -> Figure:
    """The six main measures in both arms."""
    figure, panels = new_sheet(
        f"With and without “{arm.title}”",
        f"Grey: baseline; coloured: policy. Lines: median of {arm.base.replicates} worlds; bands hold 50, 80 and 95 % "
        "of them. Levels differ between worlds more than the policy’s effect does: effects are read from paired "
        "differences.",
        arm.context,
        columns=(1.75, 1.75, 1.75),
        gaps=(0.66, 0.66, 0.56),
        rows=(1.7, 1.7),
        row_gap=0.95,
        source="Lines: weightshift.",
    )
    for axes, item in zip(panels.ravel(), MAIN, strict=True):
        panel_title(axes, item.name, item.unit)
        labels = _two_lines(axes, [arm], item.metric, item.key, item.scale, item.text)
        axes.set_ylim(0, 100 if item.unit.startswith("%") else None)
        axes.yaxis.set_major_locator(MaxNLocator(5))
        _finish(axes, arm.context, labels)
    return figure


def _two_lines(
    axes: Axes, arms: Sequence[Arm], metric: str, key: str, scale: float, text: Callable[[float], str] | None = None
) -> list[tuple[float, str, str]]:
    """Baseline and policies as lines, with fans if they are few; returns their labels at the right end."""
    fans = len(arms) <= FANS_AT_MOST
    words = text or (lambda value: percent(value / 100))
    labels: list[tuple[float, str, str]] = []
    lines = [(arms[0].context, BASE_COLOUR)] + [(arm.policy_context, arm.colour) for arm in arms]
    for place, (context, colour) in enumerate(lines):
        wide = context.table.series(metric, key)
        if wide.empty:
            continue
        if fans and wide.shape[1] > 1:
            draw_fan(axes, wide, colour, scale=scale)
        draw_line(axes, wide, colour, scale=scale, band=False, **(BASE_LINE if place == 0 else {}))
        value = end_value(context, metric, key) * scale
        if np.isfinite(value):
            labels.append((value, words(value), colour))
    if not labels:
        not_measured(axes, metric)
    return labels


def _finish(axes: Axes, context: Context, labels: list[tuple[float, str, str]], size: float = 7.6) -> None:
    style.time_axis(axes, context.dates)
    style.edge_note(axes, context.dates)
    style.end_labels(axes, labels, size=size)


def legend_words(arms: Sequence[Arm]) -> str:
    """Which colour is which, for charts that have no room for names at the lines."""
    return "Dashed grey: baseline. " + ("Coloured: the policy." if len(arms) == 1 else "Colours: the policies below.")


def key_of(arms: Sequence[Arm]) -> list[tuple[str, str]]:
    """Names and colours of several policies; nothing for one."""
    if len(arms) < 2:
        return []
    return [(arm.title if len(arm.title) <= 44 else arm.title[:42].rstrip() + "…", arm.colour) for arm in arms]


def adoption_of_arms(arms: Sequence[Arm]) -> Figure:
    """Four yardsticks side by side, baseline and policies."""
    figure, panels = new_sheet(
        "Adoption on four yardsticks, with and without the policy" + ("" if len(arms) == 1 else " of each scenario"),
        "Open models’ share of API tokens, of API spend and of API firms’ main models; Chinese models’ share of all "
        f"downloads of open models. {legend_words(arms)}",
        arms[0].context if len(arms) == 1 else _no_where(arms[0]),
        columns=(1.5, 1.5, 1.5, 1.5),
        gaps=(0.5, 0.5, 0.5, 0.42),
        rows=(2.3,),
        source=_band_words(arms),
        key=key_of(arms),
    )
    for axes, item in zip(panels[0], YARDSTICKS, strict=True):
        panel_title(axes, item.name, item.of_what)
        labels = _two_lines(axes, arms, item.metric, item.key, 100.0)
        axes.set_ylim(0, 100)
        axes.set_yticks(range(0, 101, 20), [f"{tick} %" for tick in range(0, 101, 20)] if axes is panels[0, 0] else [])
        _finish(axes, arms[0].context, labels, 7.0)
    return figure


def _no_where(arm: Arm) -> Context:
    """The policies that all share: those of the baseline, without marks of one comparison."""
    marks = [dataclasses.replace(mark, where="") for mark in arm.marks if mark.where in ("", "baseline")]
    return dataclasses.replace(arm.context, policies=marks)


def _band_words(arms: Sequence[Arm]) -> str:
    worlds = arms[0].base.replicates
    bands = "; bands hold 50, 80 and 95 % of them" if len(arms) <= FANS_AT_MOST else ""
    return f"Lines: weightshift, median of {worlds} worlds{bands}."


def concentration_of_arms(arms: Sequence[Arm]) -> Figure:
    """Herfindahl-Hirschman index of vendors against owners, baseline and policies."""
    panels_of = (
        ("Makers of chips", "new compute", "hhi_new_compute"),
        ("Owners of compute", "installed compute", "hhi_compute_owners"),
        ("Labs", "API revenue", "hhi_token_revenue"),
    )
    figure, panels = new_sheet(
        "Concentration of vendors against owners",
        "Herfindahl-Hirschman index: 10,000 is a monopoly, 5,000 two equal firms; dotted: 1,800, above which the US "
        "Merger Guidelines of December 2023 call a market highly concentrated. " + legend_words(arms),
        arms[0].context if len(arms) == 1 else _no_where(arms[0]),
        columns=(1.6, 1.6, 1.6),
        gaps=(0.95, 0.95, 0.5),
        rows=(2.1,),
        source=_band_words(arms),
        key=key_of(arms),
    )
    for axes, (name, unit, metric) in zip(panels[0], panels_of, strict=True):
        panel_title(axes, name, f"index, {unit}")
        labels = _two_lines(axes, arms, metric, "world", 1.0, lambda value: f"{value:,.0f}")
        axes.axhline(HIGH, color=style.INK, linewidth=0.8, linestyle=":", zorder=1.2)
        axes.set_ylim(0, 10_000)
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
        _finish(axes, arms[0].context, labels, 7.2)
    return figure


def value_differences(arms: Sequence[Arm]) -> Figure:
    """Value added by layer: a year's paired difference per layer and policy, and the whole of it by year."""
    year = arms[0].end.year
    tall = 1.6 + 0.16 * len(arms)
    colours = "" if len(arms) == 1 else "Colours: the policies below."
    figure, panels = new_sheet(
        f"Who gains and who loses: value added by layer in {year}",
        "Policy less baseline in the same worlds, a calendar year. Bars: mean, so that layers add up; whiskers: 5-95 % "
        "of the worlds. Value added counts each dollar once. " + colours,
        arms[0].context if len(arms) == 1 else _no_where(arms[0]),
        columns=(3.0, 2.5),
        gaps=(0.95, 0.9),
        timed=(False, True),
        rows=(tall,),
        source="Paired differences: weightshift; owners and applications as in the report of a run.",
        key=key_of(arms),
    )  # fmt: skip
    panel_title(panels[0, 0], f"By layer, {year}", "difference, USD billion a year")
    _layer_bars(panels[0, 0], arms)
    panel_title(panels[0, 1], "All layers together", "difference, USD billion a year, calendar years")
    _yearly_sums(panels[0, 1], arms)
    return figure


def layer_difference(arm: Arm, layer: str, end: pd.Timestamp) -> np.ndarray:
    """Paired differences of a layer's value added over the year up to `end`, USD; empty if it was not measured."""
    return arm.window("layer_value_added_usd", layer, end, "year")


def _layer_bars(axes: Axes, arms: Sequence[Arm]) -> None:
    wide = 0.8 / len(arms)
    drawn = False
    for place, arm in enumerate(arms):
        for x, layer in enumerate(LAYERS):
            found = layer_difference(arm, layer, arm.end) * BILLION
            if found.size == 0:
                continue
            drawn = True
            at = x + (place - (len(arms) - 1) / 2) * wide
            colour = arm.colour if len(arms) > 1 else style.colour_of(layer)
            axes.bar(at, found.mean(), width=0.9 * wide, color=colour, zorder=2)
            axes.plot([at, at], np.quantile(found, (0.05, 0.95)), color=style.INK, linewidth=0.9, zorder=3)
    if not drawn:
        not_measured(axes, "Value by layer")
    axes.axhline(0, color=style.INK, linewidth=0.8, zorder=4)
    axes.set_xticks(range(len(LAYERS)), [style.label_of(layer) for layer in LAYERS], fontsize=7.4)
    axes.tick_params(axis="x", length=0)
    axes.yaxis.set_major_locator(MaxNLocator(6))


def _yearly_sums(axes: Axes, arms: Sequence[Arm]) -> None:
    years = sorted({date.year for date in arms[0].base.dates if date.month == 12})
    labels = []
    for arm in arms:
        x, low, middle, high = [], [], [], []
        for year in years:
            parts = [layer_difference(arm, layer, pd.Timestamp(year, 12, 31)) for layer in LAYERS]
            known = [part for part in parts if part.size]
            if not known or len({part.size for part in known}) > 1:
                continue
            total = np.sum(known, axis=0) * BILLION
            x.append(style.days([f"{year}-07-01"])[0])
            low.append(np.quantile(total, 0.05))
            middle.append(float(np.median(total)))
            high.append(np.quantile(total, 0.95))
        if x:
            axes.fill_between(x, low, high, color=arm.colour, alpha=0.15, linewidth=0)
            axes.plot(x, middle, color=arm.colour, marker="o", markersize=3.2)
            labels.append((middle[-1], f"{middle[-1]:+,.0f}".replace("-", "−"), arm.colour))
    axes.axhline(0, color=style.INK, linewidth=0.8, zorder=1)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    _finish(axes, arms[0].context, labels)


def waterfall_of_arms(arm: Arm) -> Figure:
    """From energy to the price of a million tokens in both arms, closed and open models, at the end."""
    year = arm.end.year
    figure, panels = new_sheet(
        f"Price, cost and margin of a million tokens in {year}, with and without “{arm.title}”",
        "Pale: baseline; full colour: policy. Each step stands on the one before; “Cloud keeps” is rent beyond what "
        f"its fleet costs. Percentages: parts of the policy’s compute cost, above it of its price. Means of "
        f"{arm.base.replicates} worlds, so that steps add up; the last quarter of the year.",
        Context(arm.base, arm.observed, ()),
        columns=(2.9, 2.9),
        gaps=(0.8, 0.3),
        rows=(1.85,),
        source="Bars: weightshift, list prices as realised.",
    )
    for axes, (kind, text, seller) in zip(panels[0], KINDS, strict=True):
        panel_title(axes, text, "USD per million tokens")
        _two_waterfalls(axes, arm, kind, seller, year)
    return figure


def _two_waterfalls(axes: Axes, arm: Arm, kind: str, seller: str, year: int) -> None:
    found = [
        parts for context in (arm.context, arm.policy_context) if (parts := parts_at(context, kind, year)) is not None
    ]
    if len(found) < 2:
        not_measured(axes, "Parts of the price of a token")
        axes.set_xticks([])
        return
    names = [name for _, name, _ in STEPS] + ["Compute\ncost", seller, "Price"]
    highest = 0.0
    for place, parts in enumerate(found):
        means = parts.mean()
        cost = float(sum(means[part] for part, _, _ in STEPS))
        at, bars = 0.0, []
        for part, _, colour in STEPS:
            bars.append((at, float(means[part]), colour, float(means[part]) / cost))
            at += float(means[part])
        total = float(means["price"])
        bars += [(0.0, cost, "row", 0.0), (cost, float(means["seller"]), "seller", float(means["seller"]) / total)]
        bars.append((0.0, total, "closed", 0.0))
        for x, (base, size, colour, share) in enumerate(bars):
            shift = -0.2 if place == 0 else 0.2
            alpha = 0.38 if place == 0 else 1.0
            axes.bar(x + shift, size, bottom=base, width=0.38, color=style.colour_of(colour), alpha=alpha, zorder=2)
            highest = max(highest, base + max(size, 0.0))
            if place == 1:
                note = f"\n{percent(share)}" if share else ""
                top = max(base + max(size, 0.0), 0.0)
                axes.annotate(
                    f"{price(size)}{note}", (x, top), xytext=(0, 3), textcoords="offset points", ha="center",
                    va="bottom", fontsize=6.6, linespacing=1.05,
                )  # fmt: skip
    axes.axhline(0, color=style.INK, linewidth=0.7, zorder=1.4)
    axes.set_ylim(min(0.0, axes.get_ylim()[0]), 1.25 * highest)
    axes.set_xticks(range(len(names)), names, fontsize=6.8)
    axes.tick_params(axis="x", length=0)
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
