"""`weightshift discover`: in which worlds of a sweep something happens."""

from __future__ import annotations

import os
import pathlib
from typing import Any

DOTS_PER_INCH = 160


def discover_command(
    folder: pathlib.Path, where: str | None, fails: int | None, scenario: str | None, most: int, resamples: int
) -> None:
    """Find the box, write tables and figures, and say it in words."""
    from sim.analysis.cases import cases_of
    from sim.analysis.conditions import condition_of, failing
    from sim.analysis.discover import check_enough, discover
    from sim.cli_compare import phase_bars
    from sim.errors import InputError
    from sim.study.sweep_reader import read_sweep

    if (where is None) == (fails is None):
        raise InputError(
            'say which runs are of interest: give --where "MEASURE < NUMBER" or --fails GOAL', key="--where"
        )
    sweep = read_sweep(folder)
    asked = "--where" if fails is None else "--fails"
    condition = condition_of(where or "", sweep.study) if fails is None else failing(fails, sweep.study)
    cases = cases_of(sweep, condition, scenario, asked=asked)
    check_enough(cases)
    with phase_bars() as report:
        found = discover(
            cases, most=most, resamples=resamples, progress=lambda done, total: report("resamples", done, total)
        )
    written = write_discovery(folder, found)
    print_discovery(sweep, found, written)


def write_discovery(folder: pathlib.Path, found: Any) -> pathlib.Path:
    """Tables and figures; the folder that they are in."""
    from sim.analysis.discover import limit_table, stability_table
    from sim.analysis.outputs import Outputs
    from sim.report import style
    from sim.report.discover_figures import box_figure, trajectory_figure
    from sim.report.sheet import to_png

    outputs = Outputs(folder, "discover")
    outputs.table("box.csv", limit_table(found))
    outputs.table("trajectory.csv", found.trajectory)
    outputs.table("stability.csv", stability_table(found))
    with style.styled():
        outputs.file("trajectory.png", to_png(trajectory_figure(found), DOTS_PER_INCH))
        if found.limits:
            outputs.file("box.png", to_png(box_figure(found), DOTS_PER_INCH))
        else:  # a figure of an earlier call would tell of another box
            (outputs.folder / "box.png").unlink(missing_ok=True)
    return outputs.folder


def print_discovery(sweep: Any, found: Any, folder: pathlib.Path) -> None:
    """The box in words, and what was left out."""
    from rich.markup import escape

    from sim.analysis.discover_words import gaps, verdict
    from sim.analysis.policies import gap_words
    from sim.cli_tables import plain_console

    console = plain_console()
    for line in [*verdict(found), gap_words(sweep), *gaps(found.cases)]:
        console.print(escape(line))
    console.print(f"\nresults: {escape(str(folder))}{os.sep}", soft_wrap=True)
