"""`weightshift compare`: policies against a baseline in the same worlds."""

from __future__ import annotations

import contextlib
import dataclasses
import pathlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import typer

from sim.cli_run import (
    QUICK_DEVELOPERS,
    announce_compilation,
    check_folder,
    chosen_ensemble,
    parse_settings,
    scenario_with,
)
from sim.errors import InputError

QUICK_WORLDS = 8


def compare_command(
    names: list[str],
    given: list[str],
    until: str | None,
    options: Any,
    out: pathlib.Path | None,
    parameters: str | None = None,
) -> None:
    """Load, compare, write, print. Everything that can be wrong with the input is found before the first world."""
    from sim.results.folder import check_target
    from sim.study.compare import compare, folder_name
    from sim.study.comparison import write_comparison
    from sim.study.ensemble import worlds_of

    options.check()
    scenarios = read_scenarios(names, given, until, options.quick)
    folder = pathlib.Path("outputs") / folder_name(scenarios[0], scenarios[1:]) if out is None else out
    check_folder(folder)
    check_target(folder)
    ensemble = chosen_ensemble(parameters, single=options.quick)
    worlds = worlds_of(ensemble, options.seed, options.maximum)
    announce_compilation()
    try:
        with phase_bars() as report:
            found = compare(
                scenarios[0], scenarios[1:], options, out=folder, worlds=worlds, ensemble=ensemble, report=report
            )
        written = write_comparison(found, quick=options.quick)
    except KeyboardInterrupt:
        typer.echo(f"nothing was written to {folder}", err=True)
        raise
    from sim.report.effects_table import print_comparison

    print_comparison(written)


def read_scenarios(names: list[str], given: list[str], until: str | None, quick: bool) -> list[Any]:
    """The scenarios with what was set in all of them. Raises InputError."""
    from sim.study.pairs import check_comparable, check_settings

    plain = [scenario_with(name, []) for name in names]
    settings = parse_settings(given)
    if until is not None:
        plain = [scenario.until(until) for scenario in plain]
    check_comparable(plain[0], plain[1:])
    check_settings(plain, settings)
    if quick and "developers.count" not in settings:
        plain = [scenario.with_overrides({"developers.count": QUICK_DEVELOPERS}, "--quick") for scenario in plain]
    try:
        return [scenario.with_overrides(settings, "--set") if settings else scenario for scenario in plain]
    except InputError as error:
        raise InputError(error.message, file="--set", key=error.key, hint=error.hint) from None


def make_options(
    *, seed: int, minimum: int, maximum: int, half_width: float, channels: bool, channel_worlds: int,
    workers: int | None, quick: bool, settings: list[str],
) -> Any:  # fmt: skip
    """Options of the study; a quick comparison has few worlds and leaves the channels out."""
    from sim.study.compare import Options
    from sim.study.engine import default_workers

    options = Options(
        seed=seed, minimum=minimum, maximum=maximum, half_width=half_width, channels=channels,
        channel_worlds=channel_worlds, workers=workers or default_workers(), quick=quick, settings=tuple(settings),
    )  # fmt: skip
    if not quick:
        return options
    return dataclasses.replace(options, minimum=QUICK_WORLDS, maximum=QUICK_WORLDS, channels=False)


@contextlib.contextmanager
def phase_bars() -> Iterator[Callable[[str, int, int], None]]:
    """A callback `report(phase, done, total)` that draws a bar per phase with rate and time left; silent when piped."""
    if not sys.stderr.isatty():
        yield lambda phase, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TaskID, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class Rate(TextColumn):
        """Runs a second."""

        def render(self, task: Task) -> Text:
            """`11.2 runs/s`."""
            return Text("" if task.speed is None else f"{task.speed:.1f} runs/s")

    columns = (TextColumn("{task.description:<9}"), BarColumn(), MofNCompleteColumn(), Rate(""), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        bars: dict[str, TaskID] = {}

        def report(phase: str, done: int, total: int) -> None:
            if phase not in bars:
                bars[phase] = bar.add_task(phase, total=total)
            bar.update(bars[phase], completed=done, total=total)

        yield report
