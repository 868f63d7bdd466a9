"""`weightshift sweep`: a study's runs, kept as they come."""

from __future__ import annotations

import pathlib
from typing import Any

import typer

from sim.cli_compare import phase_bars
from sim.cli_run import announce_compilation, check_folder
from sim.errors import InputError


def sweep_command(
    name: str, *, workers: int | None, engine: str, address: str | None, resume: bool, fresh: bool, dry: bool,
    out: pathlib.Path | None,
) -> None:  # fmt: skip
    """Check, simulate what is missing, write the tables, and say where they are."""
    from sim.study.engine import default_workers
    from sim.study.study_file import load_study
    from sim.study.sweep import Options, sweep

    if address is not None and engine != "dask":
        raise InputError("belongs to --engine dask", key="--address")
    study = load_study(name)
    folder = pathlib.Path("outputs") / study.id if out is None else out
    check_folder(folder)
    count = workers or default_workers()
    if dry:
        print_expected(study, count)
        return
    announce_compilation()
    options = Options(count, "dask" if engine == "dask" else "local", address, resume, fresh)
    try:
        with phase_bars() as report:
            done = sweep(study, folder, options, lambda found, total: report("runs", found, total))
    except KeyboardInterrupt:
        typer.echo(f"stopped; what is done is kept in {folder}, and the same command goes on from there", err=True)
        raise
    typer.echo(told(done))


def told(done: Any) -> str:
    """What a sweep did, in words."""
    if done.found == done.runs:
        first = f"{done.runs:,} runs were there already"
    else:
        rate = f"{(done.runs - done.found) / done.seconds:.1f} runs/s"
        earlier = f", {done.found:,} of them from before" if done.found else ""
        first = f"{done.runs:,} runs{earlier}, {done.seconds:.0f} s, {rate}"
    failed = f"; {done.failed:,} failed, see failures.csv" if done.failed else ""
    return f"{first}{failed}\nresults: {done.folder}/"


def print_expected(study: Any, workers: int) -> None:
    """Runs, time and disk of a sweep, without doing it."""
    from sim.study.design import combinations_of, samples_of
    from sim.study.sweep import expected

    found = expected(study, workers)
    samples, combinations = len(samples_of(study)), len(combinations_of(study))
    typer.echo(f"{study.id}: {study.title}")
    typer.echo(
        f"{found.runs:,} runs: {_many(len(study.ids), 'scenario')} x {_many(samples // combinations, 'point')} "
        f"({study.method}, {_many(len(study.uncertain), 'uncertain parameter')}) x "
        f"{_many(combinations, 'combination')} of levers x {_many(study.replicates, 'replicate')}"
    )
    typer.echo(
        f"about {duration(found.seconds)} with {_many(workers, 'worker')} ({found.seconds_per_run * 1000:.0f} ms a run "
        f"in this process), at most {found.bytes / 1e6:,.0f} MB on disk"
    )


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def duration(seconds: float) -> str:
    """`40 s`, `12 min`, `3.5 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
