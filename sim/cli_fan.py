"""`weightshift fan`: fan charts of a sweep."""

from __future__ import annotations

import os
import pathlib
import re
from typing import Any

import typer

DOTS_PER_INCH = 160


def fan_command(folder: pathlib.Path, metric: str | None, key: str | None, asked: list[str]) -> None:
    """Draw every series, or those asked for; write the quantiles as a table; say what the last month holds."""
    import pandas as pd

    from sim.analysis.fan import chosen_series, fan_table, fans_of, mark_table, marks_of
    from sim.analysis.outputs import Outputs
    from sim.analysis.policies import chosen, gap_words, policies_of
    from sim.report import style
    from sim.report.fan_figures import MOST, difference_figure, value_figure
    from sim.report.figures import no_collection
    from sim.report.sheet import to_png
    from sim.study.sweep_reader import read_sweep

    sweep = read_sweep(folder)
    pairs = chosen_series(sweep, metric, key)
    shown = chosen(policies_of(sweep), asked)
    marks = marks_of(sweep)
    outputs, tables, last = Outputs(folder, "fan"), [], []
    for fans in fans_of(sweep, shown, pairs):
        name = file_name(fans.metric, fans.key)
        with style.styled(), no_collection():
            outputs.file(f"{name}.png", to_png(value_figure(fans, sweep.dates, marks), DOTS_PER_INCH))
            if fans.differences:
                figure = difference_figure(fans, sweep.dates, marks)
                outputs.file(f"{name}.difference.png", to_png(figure, DOTS_PER_INCH))
        tables.append(fan_table(fans, sweep.dates))
        last.append(fans)
    outputs.table("fan.csv", pd.concat(tables, ignore_index=True))
    outputs.table("policies.csv", mark_table(marks))
    print_fans(last, sweep.dates)
    left = " They are left out, and of a difference their pair with them." if len(sweep.failures) else ""
    typer.echo(f"\n{gap_words(sweep)}{left}")
    if len(shown) > MOST:
        typer.echo(f"Figures show the first {MOST} of {len(shown)} policies, fan.csv all; --policy picks others.")
    typer.echo(f"\nresults: {outputs.folder}{os.sep}")


def file_name(metric: str, key: str) -> str:
    """Name of a figure without its ending: `token_share-world-cn`."""
    return f"{metric}-{re.sub(r'[^A-Za-z0-9_]+', '-', key)}"


def print_fans(found: list[Any], dates: Any) -> None:
    """The last month of every fan as a table."""
    from rich.markup import escape
    from rich.table import Table

    from sim.analysis.wording import signed_words, value_words
    from sim.cli_tables import plain_console

    console = plain_console()
    console.print(f"{dates[-1]:%B %Y}: quantiles over worlds; differences are to the first policy in the same worlds")
    table = Table("series", "policy", "of", box=None, header_style="bold")
    for title in ("5 %", "median", "95 %", "worlds"):
        table.add_column(title, justify="right")
    for fans in found:
        for of, group in (("value", fans.values), ("difference", fans.differences)):
            for fan in group:
                ends = [value_words(float(fan.bands[row, -1]), fans.unit) for row in (0, 2, 4)]
                if of == "difference":
                    ends = [signed_words(float(fan.bands[row, -1]), fans.unit) for row in (0, 2, 4)]
                cells = (f"{fans.metric}[{fans.key}]", fan.policy.name, of, *ends, f"{fan.worlds[-1]:,}")
                table.add_row(*map(escape, cells))
    console.print(table)
