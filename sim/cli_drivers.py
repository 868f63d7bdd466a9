"""`weightshift drivers`: which uncertain parameters move the measures of a sweep."""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any

import typer

DOTS_PER_INCH = 160


def drivers_command(
    folder: pathlib.Path, asked: list[str], effects: list[str], level: bool, method: str | None, as_json: bool
) -> None:
    """Work out the indices, write tables and figures, and say what they mean."""
    from sim.analysis.drivers import drivers_of, method_of, outputs_of
    from sim.analysis.drivers_words import gaps
    from sim.analysis.outputs import Outputs
    from sim.analysis.wording import measure_named
    from sim.errors import InputError
    from sim.report import style
    from sim.report.driver_figures import PANELS, driver_figures
    from sim.report.sheet import to_png
    from sim.study.sweep_reader import read_sweep

    if level and effects:
        raise InputError("give one of --level and --effect", key="--level")
    sweep = read_sweep(folder)
    measures = [measure_named(sweep.study, name, key="--measure") for name in asked] or list(sweep.study.measures)
    found = drivers_of(sweep, outputs_of(sweep, measures, effects, level), method_of(sweep, method))
    outputs = Outputs(folder, "drivers")
    outputs.table(f"{found.method}.csv", found.table)
    outputs.table("tornado.csv", found.ends)
    if found.method != "morris":
        outputs.table("split.csv", found.split)
    with style.styled():
        for name, figure in driver_figures(found).items():
            outputs.file(name, to_png(figure, DOTS_PER_INCH))
    if as_json:
        typer.echo(json.dumps(answer(found, gaps(sweep, found)), indent=1, allow_nan=False))
        return
    print_drivers(found, [*gaps(sweep, found), *_beyond(len(found.outputs), PANELS)])
    typer.echo(f"\nresults: {outputs.folder}{os.sep}")


def _beyond(count: int, most: int) -> list[str]:
    return [f"Figures show the first {most} of {count} outputs, the tables all."] if count > most else []


def print_drivers(found: Any, notes: list[str]) -> None:
    """A finding per output, the split of its variance, and what was left out."""
    from sim.analysis.drivers_words import finding, split_words

    for output in found.outputs:
        typer.echo(finding(found, output))
        if words := split_words(found, output):
            typer.echo(words)
    typer.echo()
    for line in notes:
        typer.echo(line)


def answer(found: Any, notes: list[str]) -> dict[str, Any]:
    """The tables as plain values; what is not defined is null."""
    tables = {"indices": found.table, "tornado": found.ends, "split": found.split}
    plain = {name: json.loads(table.to_json(orient="records")) for name, table in tables.items()}
    return {"method": found.method, **plain, "notes": notes}
