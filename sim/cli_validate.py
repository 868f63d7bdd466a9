"""`weightshift validate`: scores against observed data."""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any

import typer

from sim.cli_run import announce_compilation, check_folder, progress_bar, scenario_with


def validate_command(
    name: str, *, observed: pathlib.Path | None, first: str | None, last: str | None, replicates: int,
    parameters: str, seed: int, workers: int | None, out: pathlib.Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Score and print; with `--json` the answer alone, else a table and a folder."""
    from sim.errors import InputError
    from sim.evidence.validation import Options, parse_day, validate
    from sim.study.engine import default_workers

    scenario = scenario_with(name, [])
    begin, end = parse_day(first, "--from"), parse_day(last, "--to")
    if begin is not None and end is not None and begin > end:
        raise InputError("is later than --to", key="--from")
    options = Options(observed, begin, end, replicates, parameters, seed, workers or default_workers())
    folder = out if out is not None else None if as_json else pathlib.Path("outputs") / f"validate-{scenario.id}"
    if folder is not None:
        check_folder(folder)
    announce_compilation()
    done = 0
    with progress_bar(scenario.id) as progress:

        def step(count: int) -> None:
            nonlocal done
            done += count
            progress(done, replicates)

        found = validate(scenario, options, step)
    if folder is not None:
        from sim.evidence.validation_folder import write_validation

        write_validation(found, scenario, options, folder)
    if as_json:
        typer.echo(json.dumps(found.answer(), indent=1, allow_nan=False))
        return
    print_table(found, folder)


def print_table(found: Any, folder: pathlib.Path | None) -> None:
    """The scores in words and as a table."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(width=200, highlight=False, no_color=True, soft_wrap=True)
    table = Table("metric", "key", box=None, header_style="bold")
    for title in ("n", "score", "drift", "trend", "mean field", "in 5-95 %", "CRPS"):
        table.add_column(title, justify="right")
    fields = ("score", "score_drift", "score_trend", "score_mean_field", "coverage90", "crps")
    for one in found.series:
        numbers = ("–" if one[field] is None else f"{one[field]:.3f}" for field in fields)
        table.add_row(escape(one["metric"]), escape(one["key"]), str(one["n"]), *numbers)
    console.print(table)
    console.print(
        "\nLower is better: mean absolute error, of logarithms for levels. " + escape(found.summary["verdict"])
    )
    if found.not_scored:
        console.print("\n[bold]Not scored[/bold]")
        for one in found.not_scored:
            console.print(escape(f"  {one['metric']}, {one['key']}: {one['n']} rows, {one['reason']}"))
    if folder is not None:
        console.print(f"\nresults: {escape(str(folder))}{os.sep}", soft_wrap=True)
