"""`weightshift regret`: which policy of a sweep gives up least, and which reaches its goals."""

from __future__ import annotations

import os
import pathlib
from typing import Any

DOTS_PER_INCH = 160


def regret_command(folder: pathlib.Path, asked: list[str]) -> None:
    """Work out regret and goals, write tables and the figure, and print both in short."""
    from sim.analysis.outputs import Outputs
    from sim.analysis.regret import goal_table, regret_of, regret_table
    from sim.analysis.wording import measure_named
    from sim.errors import InputError
    from sim.report import style
    from sim.report.regret_figures import regret_figure
    from sim.report.sheet import to_png
    from sim.study.sweep_reader import read_sweep

    sweep = read_sweep(folder)
    measures = [measure_named(sweep.study, name, key="--measure") for name in asked]
    for one in measures:
        if one.goal is None:
            raise InputError(
                f"{one.name} has no goal in the study, so nothing says which value is better", key="--measure"
            )
    found = regret_of(sweep, measures)
    outputs = Outputs(folder, "regret")
    outputs.table("regret.csv", regret_table(found))
    outputs.table("goals.csv", goal_table(found))
    with style.styled():
        outputs.file("regret.png", to_png(regret_figure(found), DOTS_PER_INCH))
    print_regret(sweep, found, outputs.folder)


def print_regret(sweep: Any, found: Any, folder: pathlib.Path) -> None:
    """A row per policy with its worst measure and its goals, and what they say."""
    from rich.markup import escape
    from rich.table import Table

    from sim.analysis.policies import gap_words
    from sim.analysis.regret_words import gaps, share_words, verdict
    from sim.analysis.wording import difference_in_words
    from sim.cli_tables import plain_console
    from sim.report.wording import percent

    console = plain_console()
    console.print(
        f"90th percentile of regret over {found.worlds - found.broken:,} worlds: the worst measure of each policy, and "
        "its part of how far the measure varies; in which share of resamples it stays the policy with the least",
        soft_wrap=True,
    )
    titles = ("policy", "worst measure", "regret", "part", "stays least", *(("all goals",) if found.goals else ()))
    table = Table(box=None, header_style="bold")
    for place, title in enumerate(titles):
        table.add_column(title, justify="left" if place < 2 else "right")
    for number in by_worst(found):
        worst = max(found.measures, key=lambda one: float(one.scaled[number]))
        cells = [
            found.policies[number].name, worst.measure.name,
            difference_in_words(float(worst.high[number]), worst.measure.unit), percent(float(worst.scaled[number])),
            percent(float(found.least[number])), *([share_words(found.goals[-1], number)] if found.goals else []),
        ]  # fmt: skip
        table.add_row(*map(escape, cells))
    console.print(table)
    console.print()
    for line in [*verdict(found), gap_words(sweep), *gaps(found)]:
        console.print(escape(line))
    console.print(f"\nresults: {escape(str(folder))}{os.sep}", soft_wrap=True)


def by_worst(found: Any) -> list[int]:
    """Policies by their worst measure, the least regret first."""
    return sorted(range(len(found.policies)), key=lambda number: (float(found.worst[number]), number))
