"""Figures of what drives the measures of a sweep: a panel per output, drawn from the tables alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.analysis.drivers_words import subject
from sim.analysis.wording import drawn_in
from sim.report import style
from sim.report.sheet import new_sheet
from sim.report.sweep_sheet import sweep_context, wrapped

if TYPE_CHECKING:
    from sim.analysis.drivers import Drivers, Output

SHOWN, PANELS = 8, 6
GREY = "#c4c4c4"
Draw = Callable[[Axes, "Drivers", "Output", pd.DataFrame], None]


def driver_figures(found: Drivers) -> dict[str, Figure]:
    """File names and figures: the indices by their method, and the tornado."""
    outputs = found.outputs[:PANELS]
    if not outputs:
        return {}
    titles: dict[str, tuple[str, str, Draw]] = {
        "sobol": (
            "Which uncertain parameters explain the variance",
            "Dark: share of variance with interactions (total order); light: alone (first order); whiskers: 95 %. "
            "Dashed: noise floor. Grey: cannot be told from noise.",
            _sobol,
        ),
        "morris": (
            "Which uncertain parameters move the measure, and which do so unevenly",
            "Across: mean size of the effect of the whole range, with 95 % interval. Up: how much the effect differs "
            "from place to place (interactions, bends). Dashed: noise floor. Grey: cannot be told from noise.",
            _morris,
        ),
        "pawn": (
            "Which uncertain parameters change the distribution of the measure",
            "PAWN: distance between the distribution of all worlds and of those where the parameter is in one slice "
            "(median of slices; 0 none, 1 all). Tick: noise floor. Grey: cannot be told from noise.",
            _pawn,
        ),
    }
    title, about, draw = titles[found.method]
    what = "mean where a parameter is in its lowest and in its highest fifth" if found.method != "morris" else (
        "mean effect of going through the whole range, half to each side"
    )  # fmt: skip
    tornado = f"Orange: low, blue: high: {what}; for a switch, its two outer options. Line: mean of all."
    return {
        f"{found.method}.png": _sheet(found, outputs, title, about, draw),
        "tornado.png": _sheet(found, outputs, "How far each parameter moves the measure", tornado, _tornado),
    }


def _sheet(found: Drivers, outputs: Sequence[Output], title: str, about: str, draw: Draw) -> Figure:
    shown = min(SHOWN, max(len(found.rows(one)) for one in outputs))
    figure, panels = new_sheet(
        title, about, sweep_context(),
        columns=(1.9,) * 2, gaps=(2.15, 0.15), rows=(0.35 + 0.26 * shown,) * -(-len(outputs) // 2), row_gap=1.15,
        left=2.15, below=0.2, source=f"The {shown} strongest parameters of each: weightshift; {style.PROJECTION_NOTE}.",
    )  # fmt: skip
    for axes, output in zip(panels.ravel(), outputs, strict=False):
        tall = style.height_inches(axes)
        start = -2.0 / style.width_inches(axes)
        axes.text(
            start, 1 + 0.12 / tall, wrapped(subject(output), 58, 2), transform=axes.transAxes,
            fontsize=style.PANEL_SIZE, fontweight="bold", va="bottom",
        )  # fmt: skip
        draw(axes, found, output, found.rows(output).head(shown).iloc[::-1])
        axes.grid(axis="x")
        axes.xaxis.set_major_locator(MaxNLocator(4))
    for axes in panels.ravel()[len(outputs) :]:
        axes.set_axis_off()
    return figure


def _names(axes: Axes, rows: pd.DataFrame) -> np.ndarray:
    y = np.arange(len(rows))
    axes.set_yticks(y, [wrapped(str(text), 38, 2) for text in rows["label"]], fontsize=6.2)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.grid(axis="y", visible=False)
    return y


def _colours(rows: pd.DataFrame, colour: str) -> list[str]:
    return [colour if told else GREY for told in rows["told"].astype(bool)]


def _sobol(axes: Axes, found: Drivers, output: Output, rows: pd.DataFrame) -> None:
    y = _names(axes, rows)
    for name, shift, colour in (("total", 0.19, style.BLUE), ("first", -0.19, style.SKY)):
        axes.barh(y + shift, 100 * rows[name].clip(lower=0), height=0.36, color=_colours(rows, colour), zorder=2)
        low, high = 100 * rows[f"{name}_low"].clip(lower=0), 100 * rows[f"{name}_high"].clip(lower=0)
        axes.hlines(y + shift, low, high, color=style.INK, linewidth=0.9, zorder=3)
    axes.axvline(100 * float(rows["noise"].iloc[0]), color=style.INK, linewidth=0.9, linestyle="--", zorder=4)
    axes.set_xlim(0)
    axes.set_xlabel("% of variance", fontsize=7)


def _morris(axes: Axes, found: Drivers, output: Output, rows: pd.DataFrame) -> None:
    scale, unit = drawn_in(output.measure.unit, rows["mu_star"].to_numpy(), difference=True)
    colours = _colours(rows, style.BLUE)
    x, up = rows["mu_star"] * scale, rows["sigma"] * scale
    axes.hlines(up, rows["mu_star_low"].clip(lower=0) * scale, rows["mu_star_high"] * scale, color=GREY, zorder=2)
    axes.scatter(x, up, c=colours, s=22, zorder=3)
    axes.axvline(float(rows["noise"].iloc[0]) * scale, color=style.INK, linewidth=0.9, linestyle="--")
    axes.set_xlim(0)
    axes.set_ylim(0, max(float(up.max()) * 1.12, 1e-12))
    # names stand at the left in the order of their points' height, each with a letter beside its point
    ranked = rows.assign(up=up, x=x).iloc[::-1]
    lines = [f"{chr(97 + place)}  {wrapped(str(text), 44, 2)}" for place, text in enumerate(ranked["label"])]
    for place, (_, row) in enumerate(ranked.iterrows()):
        axes.annotate(chr(97 + place), (row["x"], row["up"]), xytext=(3, 3), textcoords="offset points", fontsize=7)
    start = -2.0 / style.width_inches(axes)
    axes.text(start, 1.0, "\n".join(lines), transform=axes.transAxes, fontsize=6.0, va="top", linespacing=1.25)
    axes.set_xlabel(f"mean size of the effect, {unit}", fontsize=7)
    axes.set_ylabel("spread of the effect", fontsize=6.2, labelpad=1)
    axes.yaxis.set_major_locator(MaxNLocator(3))


def _pawn(axes: Axes, found: Drivers, output: Output, rows: pd.DataFrame) -> None:
    y = _names(axes, rows)
    axes.barh(y, rows["pawn"], height=0.6, color=_colours(rows, style.BLUE), zorder=2)
    axes.vlines(rows["noise"], y - 0.36, y + 0.36, color=style.INK, linewidth=1.2, zorder=3)
    axes.set_xlim(0)
    axes.set_xlabel("PAWN index", fontsize=7)


def _tornado(axes: Axes, found: Drivers, output: Output, rows: pd.DataFrame) -> None:
    ends = found.ends[(found.ends["of"] == output.of) & (found.ends["measure"] == output.measure.name)]
    ends = ends.set_index("parameter").loc[rows["parameter"]]
    y = _names(axes, rows)
    scale, unit = drawn_in(output.measure.unit, ends[["mean_low", "mean_high"]].to_numpy(), difference=output.effect)
    middle = float(ends["middle"].iloc[0]) * scale
    faint = ~rows["told"].astype(bool).to_numpy()
    for name, colour in (("mean_low", style.ORANGE), ("mean_high", style.BLUE)):
        colours = [GREY if weak else colour for weak in faint]
        axes.barh(y, ends[name] * scale - middle, left=middle, height=0.55, color=colours, zorder=2)
    axes.axvline(middle, color=style.INK, linewidth=0.8, zorder=3)
    axes.set_xlabel(f"{'difference, ' if output.effect else ''}{unit}", fontsize=7)
