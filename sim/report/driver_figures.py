"""Figures of what drives the measures of a sweep: a panel per output, drawn from the tables alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.analysis.drivers_words import finding_short, many, subject, together_words
from sim.analysis.policies import in_sentence
from sim.analysis.wording import drawn_in
from sim.report import style
from sim.report.page import capitalised
from sim.report.sheet import new_sheet
from sim.report.sweep_sheet import sweep_context, wrapped

if TYPE_CHECKING:
    from sim.analysis.drivers import Drivers, Output

SHOWN, PANELS = 8, 6
ROW_INCHES, NAME_INCHES = 0.35, 2.05
BEYOND = 1.12
"""Where the axis of shares ends: estimates above the whole are cut there."""
GREY = "#c4c4c4"
Draw = Callable[[Axes, "Drivers", "Output", pd.DataFrame], None]
PARTS = {
    "parameters": ("Parameters and interactions", style.BLUE), "structure": ("Structural switches", style.PURPLE),
    "levers": ("Levers", style.ORANGE), "chance": ("Chance between replicates", "#9a9a9a"),
}  # fmt: skip


def driver_figures(found: Drivers) -> dict[str, Figure]:
    """File names and figures: the indices by their method, the tornado, and the split of variance."""
    outputs = found.outputs[:PANELS]
    if not outputs:
        return {}
    abouts: dict[str, tuple[str, Draw]] = {
        "sobol": (
            "Share of variance that would go if the parameter were known. Dark: with interactions (total order); "
            "light: alone (first order); lines: 95 % interval, cut at the end of the axis (arrow: the estimate or its "
            "interval goes beyond). Dashed: noise floor. Grey: cannot be told from noise.",
            _sobol,
        ),
        "morris": (
            "Bar: mean size of the change when the parameter goes through its whole range, with 95 % interval. "
            "Diamond: how much that differs from place to place (interactions, bends). Dashed: noise floor. Grey: "
            "cannot be told from noise.",
            _morris,
        ),
        "pawn": (
            "PAWN: distance between the distribution over all worlds and over those where the parameter is in one "
            "slice of its range (median of the slices; 0 none, 1 all). Tick: noise floor. Grey: cannot be told from "
            "noise.",
            _pawn,
        ),
    }
    about, draw = abouts[found.method]
    what = "mean where a parameter is in its lowest and in its highest fifth" if found.method != "morris" else (
        "mean effect of going through the whole range, half to each side"
    )  # fmt: skip
    tornado = (
        f"Orange: low, blue: high: {what}; for a switch, its two outer options. Line: mean of all. Grey: cannot be "
        "told from noise."
    )
    figures = {
        f"{found.method}.png": _sheet(found, outputs, _strongest_title(found, outputs), about, draw),
        "tornado.png": _sheet(found, outputs, _sign_title(found, outputs), tornado, _tornado),
    }
    split = [one for one in found.outputs if found.split_of(one).notna().all() and len(found.split_of(one))]
    return {**figures, "split.png": _split_figure(found, split[: 2 * PANELS])} if split else figures


def _strongest(found: Drivers, output: Output) -> pd.Series | None:
    rows = found.rows(output)
    return rows.iloc[0] if bool(rows["told"].iloc[0]) else None


def _strongest_title(found: Drivers, outputs: Sequence[Output]) -> str:
    first = [row for one in outputs if (row := _strongest(found, one)) is not None]
    what = "effects" if outputs[0].effect else "measures"
    if not first:
        return f"No uncertain parameter can be told from noise in any of {len(outputs)} {what}"
    mixed = sum(bool(together_words(found, one)) for one in outputs)
    if 2 * mixed > len(outputs):
        return f"In {mixed} of {many(len(outputs), what[:-1])} parameters act together, and none stands alone"
    if len(outputs) == 1:
        return f"{subject(outputs[0])} hangs most on {in_sentence(str(first[0]['label']))}"
    label, count = Counter(str(row["label"]) for row in first).most_common(1)[0]
    if count == 1:
        return f"{len(outputs)} {what} hang on different parameters: none is the strongest twice"
    return f"{label} is the strongest parameter in {count} of {len(outputs)} {what}"


def _sign_title(found: Drivers, outputs: Sequence[Output]) -> str:
    if not outputs[0].effect:
        return f"How far single parameters move {many(len(outputs), 'measure')}"
    turned = 0
    for one in outputs:
        rows, ends = found.rows(one), found.ends_of(one)
        told = ends.loc[rows.loc[rows["told"].astype(bool), "parameter"]]
        turned += bool((told["mean_low"] * told["mean_high"] < 0).any())
    if not turned:
        return "No parameter alone turns the sign of an effect, on average"
    return f"In {turned} of {many(len(outputs), 'effect')} some parameter alone turns the sign, on average"


def _sheet(found: Drivers, outputs: Sequence[Output], title: str, about: str, draw: Draw) -> Figure:
    shown = min(SHOWN, max(len(found.rows(one)) for one in outputs))
    across = min(len(outputs), 2)
    figure, panels = new_sheet(
        title, about, sweep_context(),
        columns=(1.9,) * across if across == 2 else (6.0,), gaps=(NAME_INCHES + 0.2, 0.1)[2 - across :],
        rows=(0.2 + ROW_INCHES * shown,) * -(-len(outputs) // 2), row_gap=1.3, left=NAME_INCHES + 0.1, below=0.2,
        above=0.25,
        source=f"The {shown} strongest parameters of each, with their paths: weightshift; {style.PROJECTION_NOTE}.",
    )  # fmt: skip
    for axes, output in zip(panels.ravel(), outputs, strict=False):
        tall, wide = style.height_inches(axes), style.width_inches(axes)
        room = int((wide + NAME_INCHES) / 0.076)
        look: dict[str, Any] = {"transform": axes.transAxes, "va": "bottom"}
        below = wrapped(capitalised(finding_short(found, output)), int(room * 1.36), 2)
        start, rise = -NAME_INCHES / wide, 0.10 + 0.13 * (below.count("\n") + 1)
        axes.text(start, 1 + 0.09 / tall, below, fontsize=6.8, color=style.MUTED, **look)
        axes.text(start, 1 + rise / tall, wrapped(subject(output), room, 3), fontsize=8.2, fontweight="bold", **look)
        draw(axes, found, output, found.rows(output).head(shown).iloc[::-1])
        axes.grid(axis="x")
    for axes in panels.ravel()[len(outputs) :]:
        axes.set_axis_off()
    return figure


def _names(axes: Axes, rows: pd.DataFrame) -> np.ndarray:
    """Rows with the label of each parameter and its path below it."""
    y = np.arange(len(rows))
    axes.set_yticks(y, [""] * len(rows))
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.grid(axis="y", visible=False)
    side = -0.06 / style.width_inches(axes)
    for at, label, path in zip(y, rows["label"], rows["parameter"], strict=True):
        lines = wrapped(str(label).removesuffix(f" [{path}]"), 37, 2)
        half = 0.06 if "\n" not in lines else 0.0
        look: dict[str, Any] = {"transform": axes.get_yaxis_transform(), "ha": "right"}
        axes.text(side, at - half, lines, fontsize=6.3, va="bottom", linespacing=1.1, **look)
        axes.text(side, at - half - 0.04, str(path), fontsize=4.9, color=style.MUTED, va="top", **look)
    return y


def _colours(rows: pd.DataFrame, colour: str) -> list[str]:
    return [colour if told else GREY for told in rows["told"].astype(bool)]


def _sobol(axes: Axes, found: Drivers, output: Output, rows: pd.DataFrame) -> None:
    y = _names(axes, rows)
    end = 100 * BEYOND
    for name, shift, colour in (("total", 0.17, style.BLUE), ("first", -0.17, style.SKY)):
        shares, low, high = (
            (100 * rows[column]).clip(0, end).to_numpy() for column in (name, f"{name}_low", f"{name}_high")
        )
        axes.barh(y + shift, np.minimum(shares, 100), height=0.32, color=_colours(rows, colour), zorder=2)
        axes.hlines(y + shift, low, high, color=style.INK, linewidth=0.9, zorder=3)
        cut = high >= end
        axes.plot(
            np.full(cut.sum(), end), (y + shift)[cut], linestyle="", marker=">", markersize=3.2, color=style.INK,
            clip_on=False, zorder=4,
        )  # fmt: skip
    axes.axvline(100 * min(float(rows["noise"].iloc[0]), BEYOND), color=style.INK, linewidth=0.9, linestyle="--")
    axes.set_xlim(0, end)
    axes.set_xticks([0, 25, 50, 75, 100])
    axes.set_xlabel("% of variance", fontsize=7)


def _morris(axes: Axes, found: Drivers, output: Output, rows: pd.DataFrame) -> None:
    y = _names(axes, rows)
    scale, unit = drawn_in(output.measure.unit, rows["mu_star"].to_numpy(), difference=True)
    axes.barh(y, rows["mu_star"] * scale, height=0.5, color=_colours(rows, style.BLUE), zorder=2)
    low, high = rows["mu_star_low"].clip(lower=0) * scale, rows["mu_star_high"] * scale
    axes.hlines(y, low, high, color=style.INK, linewidth=0.9, zorder=3)
    look: dict[str, Any] = {
        "linestyle": "",
        "marker": "D",
        "markersize": 3.6,
        "markeredgecolor": style.INK,
        "markeredgewidth": 0.7,
    }
    axes.plot(rows["sigma"] * scale, y, markerfacecolor=style.PAPER, zorder=4, **look)
    axes.axvline(float(rows["noise"].iloc[0]) * scale, color=style.INK, linewidth=0.9, linestyle="--", zorder=1.5)
    axes.set_xlim(0)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.set_xlabel(unit, fontsize=7)


def _pawn(axes: Axes, found: Drivers, output: Output, rows: pd.DataFrame) -> None:
    y = _names(axes, rows)
    axes.barh(y, rows["pawn"], height=0.5, color=_colours(rows, style.BLUE), zorder=2)
    axes.vlines(rows["noise"], y - 0.34, y + 0.34, color=style.INK, linewidth=1.2, zorder=3)
    axes.set_xlim(0, max(0.5, 1.1 * float(rows["pawn"].max())))
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.set_xlabel("PAWN index", fontsize=7)


def _tornado(axes: Axes, found: Drivers, output: Output, rows: pd.DataFrame) -> None:
    ends = found.ends_of(output).loc[rows["parameter"]]
    y = _names(axes, rows)
    scale, unit = drawn_in(output.measure.unit, ends[["mean_low", "mean_high"]].to_numpy(), difference=output.effect)
    middle = float(ends["middle"].iloc[0]) * scale
    faint = ~rows["told"].astype(bool).to_numpy()
    for name, colour in (("mean_low", style.ORANGE), ("mean_high", style.BLUE)):
        colours = [GREY if weak else colour for weak in faint]
        axes.barh(y, ends[name] * scale - middle, left=middle, height=0.5, color=colours, zorder=2)
    axes.axvline(middle, color=style.INK, linewidth=0.8, zorder=3)
    low, high = axes.get_xlim()
    if low < 0 < high and output.effect:
        axes.axvline(0, color=style.MUTED, linewidth=0.8, linestyle=":", zorder=1.5)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.set_xlabel(f"{'difference, ' if output.effect else ''}{unit}", fontsize=7)


def _split_figure(found: Drivers, outputs: Sequence[Output]) -> Figure:
    """A bar per output: where the variance of single worlds comes from."""
    chance = [float(found.split_of(one)["chance"]) for one in outputs]
    low, high = (f"{100 * min(max(end, 0.0), 1.0):.0f}" for end in (min(chance), max(chance)))
    span = f"{low} %" if low == high else f"{low} to {high} %"
    used = [part for part in PARTS if any(abs(float(found.split_of(one)[part])) > 0 for one in outputs)]
    figure, panels = new_sheet(
        f"Chance is {span} of the variance of single worlds; the rest is what the study varies",
        "Each bar: variance over single worlds, by where it comes from. Structural switches and levers: their effects "
        "alone; parameters: all else that differs between points. Estimates below zero are drawn as none.",
        sweep_context(), columns=(4.6,), gaps=(0.3,), rows=(0.2 + ROW_INCHES * len(outputs),),
        left=3.3, below=0.2, above=-0.42,
        source=f"weightshift; {style.PROJECTION_NOTE}.", key=[PARTS[part] for part in used],
    )  # fmt: skip
    axes, y = panels[0, 0], np.arange(len(outputs))[::-1]
    shares = np.array([[max(float(found.split_of(one)[part]), 0.0) for part in used] for one in outputs])
    shares = 100 * shares / shares.sum(axis=1, keepdims=True)
    edges = np.hstack([np.zeros((len(outputs), 1)), shares.cumsum(axis=1)])
    for place, part in enumerate(used):
        axes.barh(y, shares[:, place], left=edges[:, place], height=0.6, color=PARTS[part][1])
        for at, share, edge in zip(y, shares[:, place], edges[:, place], strict=True):
            if share >= 8:
                axes.text(edge + share / 2, at, f"{share:.0f}", ha="center", va="center", fontsize=7, color=style.PAPER)
    axes.set_yticks(y, [wrapped(subject(one), 56, 2) for one in outputs], fontsize=6.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", visible=False)
    axes.set_xlim(0, 100)
    axes.set_xlabel("% of variance", fontsize=7)
    return figure
