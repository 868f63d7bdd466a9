"""`weightshift validate --benchmarks`: the model beside numbers that others published."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any

import typer

from sim.cli_run import announce_compilation, progress_bar


def benchmarks_command(
    *, replicates: int | None, parameters: str, seed: int, workers: int | None, as_json: bool
) -> None:
    """Run all files, and print a table of each with what fails."""
    from sim.evidence.benchmarks import WORLDS, read_benchmarks, run_benchmarks, runs_of
    from sim.study.engine import default_workers
    from sim.study.ensemble import read_ensemble, worlds_of

    benchmarks = read_benchmarks()
    ensemble = read_ensemble("2025" if parameters == "ensemble" else parameters)
    worlds = worlds_of(ensemble, seed, replicates or WORLDS)
    announce_compilation()
    total, done = len(worlds) * runs_of(benchmarks), 0
    with progress_bar("benchmarks") as progress:

        def step(count: int) -> None:
            nonlocal done
            done += count
            progress(done, total)

        rows = run_benchmarks(workers or default_workers(), worlds, benchmarks, step)
    if as_json:
        typer.echo(json.dumps(answer(rows), indent=1, allow_nan=False))
        return
    print_rows(benchmarks, rows, len(worlds))


def answer(rows: list[Any]) -> dict[str, Any]:
    """What --json prints: null where the model has no number."""
    plain = [
        {key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in row.items()}
        for row in map(dataclasses.asdict, rows)
    ]
    return {"summary": {"rows": len(rows), "passed": sum(row.passed for row in rows)}, "rows": plain}


def print_rows(benchmarks: list[Any], rows: list[Any], worlds: int) -> None:
    """A table per file: the model's median and 5-95 % band, the range that agrees, and what was published."""
    from rich.markup import escape
    from rich.table import Table

    from sim.cli_tables import plain_console
    from sim.evidence.benchmarks import plain

    console = plain_console()
    for one in benchmarks:
        own = [row for row in rows if row.benchmark == one.head.id]
        good = sum(row.passed for row in own)
        console.print(f"\n[bold]{escape(one.head.title)}[/bold]: {good} of {len(own)} agree", soft_wrap=True)
        table = Table("", "what", box=None, header_style="bold")
        for title in ("model", "5-95 %", "agrees if", "published"):
            table.add_column(title, justify="right")
        table.add_column("")
        for row in own:
            band = "" if row.low == row.high else f"{plain(row.low)} to {plain(row.high)}"
            mark = "" if row.passed else "[red]no[/red]"
            table.add_row(
                escape(row.id), escape(row.what), plain(row.model), band, escape(row.criterion),
                escape(row.expected), mark,
            )  # fmt: skip
        console.print(table)
        console.print(escape(f"source: {one.head.source}"), style="dim", soft_wrap=True)
    good = sum(row.passed for row in rows)
    console.print(
        f"\n{good} of {len(rows)} numbers agree with what was published ({worlds} worlds). Rows that do not are kept "
        "as they are: nothing was tuned to them.",
        soft_wrap=True,
    )
