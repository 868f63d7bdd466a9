"""`weightshift doctor`: what is installed, where things are kept, and whether a short run works."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
import time

import typer

from sim import __version__
from sim.cache import cache_root

PACKAGES = ("numpy", "numba", "mesa", "pandas", "pydantic", "ruamel.yaml", "pint", "pyarrow", "duckdb", "matplotlib")


def doctor_command() -> None:
    """Print the findings; exit code 1 if the smoke run fails."""
    typer.echo(f"weightshift  {__version__}")
    typer.echo(f"python       {platform.python_version()} ({sys.executable})")
    typer.echo(f"platform     {platform.platform()}, {os.cpu_count()} processors")
    for name in PACKAGES:
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            version = "missing"
        typer.echo(f"{name:<12} {version}")
    root = cache_root()
    state = "not there yet" if not root.exists() else "writable" if os.access(root, os.W_OK) else "not writable"
    typer.echo(f"cache        {root} ({state})")
    _smoke()


def _smoke() -> None:
    import sim
    from sim.cli_run import announce_compilation

    announce_compilation()
    began = time.perf_counter()
    try:
        scenario = sim.load_scenario("baseline", overrides={"developers.count": 500}).until("2023-12")
        loaded = time.perf_counter()
        sim.run(scenario, seed=1)
    except Exception as error:
        typer.echo(f"smoke run    failed: {type(error).__name__}: {error}")
        raise typer.Exit(1) from error
    finished = time.perf_counter()
    typer.echo(
        f"smoke run    ok: {scenario.months} months, {loaded - began:.2f} s to load, {finished - loaded:.2f} s to run"
    )
