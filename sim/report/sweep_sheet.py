"""What figures of a sweep share: a sheet without a run behind it, and cells with numbers in them."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Sequence
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sim.report import style
from sim.report.longtable import LongTable
from sim.report.observed import Observed, read_observed
from sim.report.policy_strip import PolicyMark
from sim.report.sheet import Context


@dataclasses.dataclass(frozen=True)
class SweepContext(Context):
    """A sheet's context without the long table of a run."""

    months: pd.DatetimeIndex

    @property
    def dates(self) -> pd.DatetimeIndex:
        """Month ends of the sweep."""
        return self.months


def sweep_context(
    dates: pd.DatetimeIndex | None = None, policies: Sequence[PolicyMark] = (), observed: Observed | None = None
) -> SweepContext:
    """What sheets of a sweep's figures take; policies stand in a strip under every column of panels.

    Without dates the sheet has no time axes, and says nothing of shading.
    """
    months = pd.DatetimeIndex([style.DATA_EDGE]) if dates is None else dates
    empty = pd.DataFrame({name: [] for name in ("date", "metric", "key", "unit", "value")})
    return SweepContext(LongTable(empty), read_observed() if observed is None else observed, policies, months)


def wrapped(text: str, width: int, lines: int) -> str:
    """Text on at most so many lines; what does not fit ends in an ellipsis."""
    found = textwrap.wrap(text, width)
    return "\n".join(found[:lines]) + ("…" if len(found) > lines else "")


def unbroken(text: str) -> str:
    """Text in which no line ends between a number and its per cent sign."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def draw_cells(
    axes: Axes, shades: np.ndarray, texts: Sequence[Sequence[str]], columns: Sequence[str], rows: Sequence[str],
    *, colours: str, ceiling: float, bold: Sequence[Sequence[bool]] | None = None,
) -> None:  # fmt: skip
    """A heat map of `shades` (rows, columns) from 0 to `ceiling` with a text in every cell and headers above."""
    palette = matplotlib.colormaps[colours]
    tall, wide = shades.shape
    for row in range(tall):
        for column in range(wide):
            part = float(np.clip(np.nan_to_num(shades[row, column] / ceiling), 0, 1))
            # The darkest tenth of a palette is left out: black text must stay readable, or white be clearly so.
            colour = palette(0.04 + 0.82 * part)
            axes.add_patch(
                matplotlib.patches.Rectangle(
                    (column, row), 1, 1, facecolor=colour, edgecolor=style.PAPER, linewidth=1.5
                )
            )
            heavy = bold is not None and bold[row][column]
            look: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 7.2, "linespacing": 1.25}
            axes.text(
                column + 0.5, row + 0.5, texts[row][column], color=_ink_on(colour),
                fontweight="bold" if heavy else "normal", **look,
            )  # fmt: skip
    axes.set_xlim(0, wide)
    axes.set_ylim(tall, 0)
    axes.grid(visible=False)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.set_xticks(np.arange(wide) + 0.5, columns, fontsize=6.6, linespacing=1.2)
    axes.set_yticks(np.arange(tall) + 0.5, rows, fontsize=7.0, linespacing=1.2)


def _ink_on(colour: tuple[float, float, float, float]) -> str:
    rgb = np.array(colour[:3])
    linear = np.where(rgb <= 0.03928, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return style.INK if float(linear @ [0.2126, 0.7152, 0.0722]) > 0.24 else style.PAPER
