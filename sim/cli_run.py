"""`weightshift run`: from words on the command line to a result folder."""

from __future__ import annotations

import contextlib
import pathlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import typer

from sim.errors import InputError

QUICK_DEVELOPERS = 500


def parse_settings(given: list[str]) -> dict[str, Any]:
    """Values of `--set path=value`; a value is read as YAML. Raises InputError."""
    from sim.yaml_file import parse_yaml

    found: dict[str, Any] = {}
    for text in given:
        path, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not path or not value:
            raise InputError(f"'{text}' is not of the form PATH=VALUE", file="--set")
        if path in found:
            raise InputError("set twice", file="--set", key=path)
        found[path] = parse_yaml(value, "--set").data
    return found


def scenario_with(name: str, given: list[str]) -> Any:
    """A scenario with `--set` values as its strongest layer. Raises InputError."""
    from sim.scenario.load import load_scenario

    settings = parse_settings(given)
    scenario = load_scenario(name)
    try:
        return scenario.with_overrides(settings, "--set") if settings else scenario
    except InputError as error:
        raise InputError(error.message, file="--set", key=error.key, hint=error.hint) from None


def run_command(
    name: str,
    given: list[str],
    replicates: int,
    seed: int,
    until: str | None,
    quick: bool,
    out: pathlib.Path | None,
    parameters: str | None = None,
) -> None:
    """Load, run, write, and say where the results are. Everything is checked before anything is written."""
    scenario = scenario_with(name, given)
    if until is not None:
        scenario = scenario.until(until)
    if quick:
        replicates = 1
        if "developers.count" not in parse_settings(given):
            scenario = scenario.with_overrides({"developers.count": QUICK_DEVELOPERS}, "--quick")
    folder = pathlib.Path("outputs") / scenario.id if out is None else out
    check_folder(folder)
    ensemble = chosen_ensemble(parameters, single=replicates == 1)

    from sim.results import run_to_folder

    announce_compilation()
    with progress_bar(f"{scenario.id}") as progress:
        written = run_to_folder(
            scenario, seed=seed, replicates=replicates, out=folder, progress=progress, quick=quick, ensemble=ensemble
        )
    from sim.report.summary import print_summary

    print_summary(str(written))


def chosen_ensemble(name: str | None, single: bool = False) -> Any:
    """The ensemble that worlds draw from, or None for central values: what one world has, unless asked otherwise.

    Raises InputError for a name that is none, and for a file that holds no ensemble.
    """
    if name == "central" or (name is None and single):
        return None
    from sim.study.ensemble import read_ensemble

    return read_ensemble("2025" if name in (None, "ensemble") else str(name))


def announce_compilation() -> None:
    """Say that the first run takes longer, if this one is the first; silent when piped."""
    if not sys.stderr.isatty():
        return
    from sim.compiled import must_compile

    if must_compile():
        typer.echo("compiling the model, once: this takes about a minute", err=True)


def check_folder(folder: pathlib.Path) -> None:
    """Raises InputError if results cannot be put into a folder."""
    if folder.exists() and not folder.is_dir():
        raise InputError("not a folder", file=str(folder), key="--out")
    above = next(part for part in (folder, *folder.absolute().parents) if part.exists())
    import os

    if not above.is_dir() or not os.access(above, os.W_OK):
        raise InputError("cannot be written to", file=str(folder), key="--out")


@contextlib.contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """A callback `progress(done, total)` that draws a bar with rate and time left; silent when piped."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
