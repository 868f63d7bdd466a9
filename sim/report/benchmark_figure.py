"""Published numbers and the model's, on one scale: the range that agrees is drawn from -1 to 1."""

from __future__ import annotations

from textwrap import shorten

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.report import style

WIDTH, ROW_HEIGHT = 9.0, 0.24
FURTHEST = 4.0
"""Half-widths of the range; what lies beyond is drawn at the edge."""


def on_range(value: float, low: float, high: float) -> float:
    """Place of a value where the range is -1 to 1, logarithmic if both ends are positive."""
    if low > 0.0 and high > 0.0 and value > 0.0:
        low, high, value = np.log(low), np.log(high), np.log(value)
    return float(np.clip((2.0 * value - low - high) / (high - low), -FURTHEST, FURTHEST))


def ranges_of(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with a range of two ends, columns `least` and `most` read from their criterion."""
    ends = rows["criterion"].str.extract(r"^([\d.,]*\d) to ([\d.,]*\d)$")
    two = rows.assign(least=ends[0], most=ends[1])[ends[0].notna()]
    for name in ("least", "most"):
        two[name] = two[name].str.replace(",", "").astype(float)
    return two


def benchmark_figure(rows: pd.DataFrame) -> Figure:
    """Median and 5-95 % band of the model for each published number that has a range; `rows` as they are stored."""
    two = ranges_of(rows).iloc[::-1].reset_index(drop=True)
    height = 1.6 + ROW_HEIGHT * len(two)
    figure = Figure(figsize=(WIDTH, height))
    inside = int(two["passed"].astype(bool).sum())
    figure.text(0.02, 1 - 0.2 / height, f"{inside} of {len(two)} published numbers agree with the model",
                fontsize=style.TITLE_SIZE, weight="bold", va="top")  # fmt: skip
    subtitle = "Dot: median over worlds; line: 5 to 95 %; shaded: the range that agrees, drawn at one width for all"
    figure.text(0.02, 1 - 0.47 / height, subtitle, fontsize=style.SUBTITLE_SIZE, color=style.MUTED, va="top")
    axes = figure.add_axes((0.42, 0.6 / height, 0.55, 1 - 1.4 / height))
    axes.axvspan(-1.0, 1.0, color=style.GREEN, alpha=0.15, lw=0)
    for place, row in enumerate(two.to_dict("records")):
        low, middle, high = (on_range(row[name], row["least"], row["most"]) for name in ("low", "model", "high"))
        colour = style.BLUE if row["passed"] else style.VERMILLION
        axes.plot((low, high), (place, place), color=colour, lw=2.0, alpha=0.5, solid_capstyle="butt")
        axes.scatter([middle], [place], color=colour, s=24, zorder=3, clip_on=False)
    axes.set_yticks(
        range(len(two)), [shorten(str(one), 62, placeholder=" …") for one in two["what"]], fontsize=style.SMALL_SIZE
    )
    axes.set_ylim(-0.7, len(two) - 0.3)
    axes.set_xlim(-FURTHEST, FURTHEST)
    axes.set_xticks([-1, 1], ["least that agrees", "most that agrees"])
    axes.grid(visible=False)
    return figure
