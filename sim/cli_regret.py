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
    """A table of regret, a table of goals, and what they say."""
    from rich.markup import escape
    from rich.table import Table

    from sim.analysis.policies import gap_words
    from sim.analysis.regret_words import gaps, share_words, verdict
    from sim.analysis.wording import difference_in_words
    from sim.cli_tables import plain_console

    console = plain_console()
    console.print(f"90th percentile of regret over {found.worlds - found.broken:,} worlds")
    table = Table("policy", box=None, header_style="bold")
    for one in found.measures:
        table.add_column(escape(one.measure.name), justify="right")
    for policy in found.policies:
        cells = (difference_in_words(float(one.high[policy.number]), one.measure.unit) for one in found.measures)
        table.add_row(escape(policy.name), *map(escape, cells))
    console.print(table)
    if found.goals:
        console.print("\nshare of worlds that reach a goal (95 % interval)")
        table = Table("policy", box=None, header_style="bold")
        for goal in found.goals:
            table.add_column(escape(f"{goal.name} {goal.text}".strip()), justify="right")
        for policy in found.policies:
            table.add_row(escape(policy.name), *(escape(share_words(goal, policy.number)) for goal in found.goals))
        console.print(table)
    console.print()
    for line in [*verdict(found), gap_words(sweep), *gaps(found)]:
        console.print(escape(line))
    console.print(f"\nresults: {escape(str(folder))}{os.sep}", soft_wrap=True)
