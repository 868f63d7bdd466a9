"""`weightshift calibrate`: parameter sets that the data leave open."""

from __future__ import annotations

import pathlib
import shutil
import sys

import typer

from sim.cli_compare import phase_bars
from sim.cli_run import announce_compilation
from sim.errors import InputError

SHOWN = 12
WIDTH = 140
"""Columns of a table that goes to a file or a pipe."""


def calibrate_command(
    plan_file: pathlib.Path | None, data_to: str, out: pathlib.Path | None, workers: int | None, fresh: bool, dry: bool
) -> None:
    """Search, write the ensemble, print what the data say about each parameter."""
    from sim.calibration.make import default_folder, make_ensemble
    from sim.calibration.plan import PLAN_FILE, read_plan
    from sim.calibration.search import Search, find
    from sim.study.engine import default_workers
    from sim.study.ensemble import write_ensemble

    plan = read_plan(plan_file or PLAN_FILE)
    search = Search.of(plan, month_end(data_to))
    folder = default_folder(search)
    target = out or folder / "ensemble.parquet"
    if out is not None and not out.absolute().parent.is_dir():
        raise InputError("its folder does not exist", file=str(out), key="--out")
    settings = plan.settings
    runs = settings.members * (settings.iterations + settings.seeds)
    typer.echo(
        f"{len(plan.parameters)} parameters, {len(search.targets.series)} series with "
        f"{len(search.targets.points.frame)} points up to {search.data_to:%Y-%m-%d}; {runs:,} runs, kept in {folder}"
    )
    if dry:
        return
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    announce_compilation()
    try:
        with phase_bars() as report:
            found = find(search, folder, workers or default_workers(), report)
    except KeyboardInterrupt:
        typer.echo(f"stopped; the same command goes on from {folder}", err=True)
        raise
    ensemble = make_ensemble(search, found)
    write_ensemble(ensemble, target)
    print_ensemble(ensemble)
    typer.echo(f"ensemble of {len(ensemble.members)} parameter sets: {target}")


def month_end(text: str) -> str:
    """`2024-12` or `2024-12-31` as the last day of a month. Raises InputError."""
    import pandas as pd

    try:
        date = pd.Timestamp(pd.to_datetime(text, format="%Y-%m" if len(text) == 7 else "%Y-%m-%d"))
    except ValueError:
        raise InputError(f"'{text}' is not a date YYYY-MM or YYYY-MM-DD", key="--data-to") from None
    end = date + pd.offsets.MonthEnd(0)
    if not pd.Timestamp("2023-06-30") <= end <= pd.Timestamp("2030-12-31"):
        raise InputError(f"{end:%Y-%m-%d} is not between 2023-06 and 2030-12", key="--data-to")
    return f"{end:%Y-%m-%d}"


def print_ensemble(ensemble: object) -> None:
    """Tables of the parameters, best known first, and of the worst targets."""
    from rich.console import Console
    from rich.table import Table

    facts = ensemble.provenance  # type: ignore[attr-defined]
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    table = Table("parameter", "prior", "5 %", "median", "95 %", "spread left", "verdict", title="What the data say")
    for row in facts["identification"]:
        numbers = [f"{row[name]:.4g}" for name in ("p05", "p50", "p95")]
        table.add_row(
            row["path"], f"{row['low']:.4g} to {row['high']:.4g}", *numbers, f"{row['ratio']:.0%}", row["verdict"]
        )
    console.print(table)
    worst = Table("series", "points", "prior error", "fitted", "implausibility", title="Targets met worst")
    for row in facts["misfits"][:SHOWN]:
        numbers = ["-" if row[n] is None else f"{row[n]:.2f}" for n in ("prior", "fitted", "implausibility")]
        worst.add_row(row["series"], str(row["points"]), *numbers)
    console.print(worst)
    total = facts["settings"]["members"]
    typer.echo(
        f"not ruled out: {facts['not_ruled_out']} of {total} sets; of the first design {facts['prior_not_ruled_out']}"
    )
