"""docs/gallery.md: every scenario with its question, a computed paragraph of results and a small figure."""

from __future__ import annotations

import dataclasses
import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.report import style
from sim.report.arms import Arm
from sim.report.comparison_words import answer, clearest, effect_sentence, is_told, row_of, told_count
from sim.report.longtable import LongTable
from sim.report.main_figure import MAIN, MainMeasure
from sim.report.sentences import answer_line, compute_half, spread_half
from sim.report.sheet import draw_fan, draw_line, panel_title, to_png

DOTS_PER_INCH = 84
WIDTH, HEIGHT = 8.4, 2.15
LARGEST_BYTES = 60_000
FIXED = (MAIN[1], MAIN[3])
"""Panels of every figure: dependence on US chips, spread by tokens; the third is what moves most clearly."""
STATUS_ORDER = ("on the books", "proposal", "stress", "illustrative")


@dataclasses.dataclass(frozen=True)
class Entry:
    """One scenario of the gallery."""

    id: str
    title: str
    status: str
    question: str
    baseline: str
    """Id of the scenario that it is compared with; its own id for the baseline itself."""
    result: str
    """The computed paragraph."""


def entry_of_arm(arm: Arm, scenario: Mapping[str, Any], baseline: str) -> Entry:
    """Entry of a scenario that was compared with its baseline."""
    return Entry(arm.id, arm.title, *_words(scenario), baseline, result_of_arm(arm))


def entry_of_run(name: str, scenario: Mapping[str, Any], table: LongTable) -> Entry:
    """Entry of a baseline, described by its own run."""
    sentences = [answer_line(table), *compute_half(table), *spread_half(table)[:2]]
    worlds = f"({table.replicates} worlds; in brackets their 5 and 95 % values.)"
    result = " ".join([sentence for sentence in sentences if sentence] + [worlds])
    return Entry(name, str(scenario.get("title") or name), *_words(scenario), name, result)


def entry_of_failure(name: str, scenario: Mapping[str, Any], baseline: str, reason: str) -> Entry:
    """Entry of a scenario that could not be compared, which says why."""
    return Entry(name, str(scenario.get("title") or name), *_words(scenario), baseline, f"No result: {reason}")


def _words(scenario: Mapping[str, Any]) -> tuple[str, str]:
    return str(scenario.get("status") or ""), " ".join(str(scenario.get("question") or "").split())


def result_of_arm(arm: Arm) -> str:
    """Both halves, the two clearest other effects, and how many measures can be told from zero."""
    told, count = told_count(arm)
    sentences = [answer(arm)] + [effect_sentence(arm, row) for row in clearest(arm, 2)]
    sentences.append(
        f"Of {count} measures at the end of {arm.end.year}, {told} can be told from zero in {arm.base.replicates} "
        "paired worlds."
    )
    return " ".join(sentence for sentence in sentences if sentence)


def measure_of(row: pd.Series) -> MainMeasure:
    """A headline as a panel: scaled so that axis labels are short."""
    unit = str(row["unit"])
    if unit.startswith("share"):
        return MainMeasure(str(row["label"]), "% ", row["metric"], row["key"], "us", 100.0)
    size = max(abs(float(row["baseline"])), abs(float(row["value"])))
    power = 3 * int(math.log10(size) // 3) if size > 0 else 0
    power = power if power >= 6 else 0
    word = {6: "million ", 9: "billion ", 12: "trillion ", 15: "quadrillion "}.get(power, "")
    scale = 10.0**-power if word else 1.0
    # A flow is drawn month by month, not over the window of the table.
    monthly = unit.replace("/year", "/month") if unit.startswith(("USD/y", "Mt/y")) else unit
    return MainMeasure(
        str(row["label"]), word + monthly.replace("0-10,000", "index"), row["metric"], row["key"], "us", scale
    )


def panels_of(arm: Arm) -> list[MainMeasure]:
    """The fixed panels and the clearest other effect; where none is clear, the next main measure."""
    found = clearest(arm, 1)
    return [*FIXED, measure_of(found[0]) if found else MAIN[4]]


def arm_picture(arm: Arm) -> bytes:
    """Fans of paired differences over time, as a small PNG."""
    panels = panels_of(arm)
    with style.styled():
        figure, axes = small_sheet(3)
        for place, (panel, item) in enumerate(zip(axes, panels, strict=True)):
            title = "\n".join(textwrap.wrap(item.name, 27, max_lines=2, placeholder=" …"))
            panel_title(panel, title, f"difference, {item.difference_unit}")
            row = row_of(arm, item.metric, item.key)
            colour = style.BLUE if row is not None and is_told(row) else style.MUTED
            _difference(panel, arm, item, colour, note=place == 0)
        return to_png(figure, DOTS_PER_INCH)


def _difference(axes: Axes, arm: Arm, item: MainMeasure, colour: str, note: bool) -> None:
    wide = arm.difference(item.metric, item.key)
    if not wide.empty:
        if wide.shape[1] > 1:
            draw_fan(axes, wide, colour, scale=item.scale)
        axes.plot(style.days(wide.index), wide.median(axis=1) * item.scale, color=colour, zorder=3)
    axes.axhline(0, color=style.INK, linewidth=0.8, zorder=2)
    if wide.empty or float(wide.abs().max().max()) * item.scale < 1e-9:
        axes.set_ylim(-1, 1)
    _finish(axes, arm.base.dates, note)


def run_picture(table: LongTable) -> bytes:
    """Fans of three main measures of one scenario, as a small PNG."""
    with style.styled():
        figure, axes = small_sheet(3)
        for place, (panel, item) in enumerate(zip(axes, (*FIXED, MAIN[4]), strict=True)):
            panel_title(panel, item.name, item.unit)
            draw_line(panel, table.series(item.metric, item.key), style.colour_of(item.colour), scale=item.scale)
            panel.set_ylim(0, 100)
            _finish(panel, table.dates, place == 0)
        return to_png(figure, DOTS_PER_INCH)


def small_sheet(columns: int) -> tuple[Figure, list[Axes]]:
    """A figure with panels side by side, without title and strip."""
    figure = Figure(figsize=(WIDTH, HEIGHT))
    wide = (WIDTH - 0.6 - 0.15 - 0.62 * (columns - 1)) / columns
    places = [(0.6 + place * (wide + 0.62)) / WIDTH for place in range(columns)]
    return figure, [figure.add_axes((x, 0.28 / HEIGHT, wide / WIDTH, (HEIGHT - 0.95) / HEIGHT)) for x in places]


def _finish(axes: Axes, dates: pd.DatetimeIndex, note: bool) -> None:
    axes.yaxis.set_major_locator(MaxNLocator(4))
    style.time_axis(axes, dates)
    if note:
        style.edge_note(axes, dates)


def gallery_text(entries: Sequence[Entry], version: str, command: str, worlds: int) -> str:
    """The page: baselines first, then by status and title; figures are `img/gallery/<id>.png`."""
    lines = [
        "# Gallery of scenarios",
        "",
        *textwrap.wrap(
            f"Made by `{command}` with weightshift {version}: every scenario in `scenarios/`, {worlds} worlds each, "
            "paired with its baseline (same seeds, same random draws). Sentences and figures are computed; nothing is "
            f"written by hand. All of it is a {style.PROJECTION_NOTE}. Figures: policy less baseline; lines are "
            "medians, bands hold 50, 80 and 95 % of the worlds; grey: cannot be told from zero; dashed: today, "
            "December 2025.",
            118,
            break_on_hyphens=False,
        ),
        "",
    ]
    ordered = sorted(entries, key=_order)
    for entry in ordered:
        lines.append(f"- [{entry.title}](#{anchor(entry.title)}) ({entry.status})")
    for entry in ordered:
        lines += ["", f"## {entry.title}", ""]
        against = "" if entry.baseline == entry.id else f" · against `{entry.baseline}`"
        lines += [f"[`{entry.id}`](../scenarios/{entry.id}.yaml) · {entry.status}{against}", ""]
        if entry.question:
            lines += [*textwrap.wrap(entry.question, 118, break_on_hyphens=False), ""]
        lines += [*textwrap.wrap(entry.result, 118, break_on_hyphens=False), ""]
        if not entry.result.startswith("No result"):
            shown = "Main measures over time" if entry.baseline == entry.id else "Effects over time"
            lines.append(f"![{shown}: {entry.title}](img/gallery/{entry.id}.png)")
    return "\n".join(lines).rstrip() + "\n"


def _order(entry: Entry) -> tuple[bool, int, str]:
    place = STATUS_ORDER.index(entry.status) if entry.status in STATUS_ORDER else len(STATUS_ORDER)
    return entry.baseline != entry.id, place, entry.title


def anchor(title: str) -> str:
    """The name that a Markdown viewer gives to a heading."""
    kept = "".join(letter for letter in title.lower() if letter.isalnum() or letter in " -_")
    return kept.replace(" ", "-")
