"""Running a scenario into a result folder."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from sim.errors import InputError
from sim.results.folder import KIND, MANIFEST, check_target, staged
from sim.results.read import RunData
from sim.results.stamp import now_utc, origin, sha256_of
from sim.results.tables import LEDGER, TIMESERIES, ParquetTable, event_rows, to_arrow

if TYPE_CHECKING:
    from sim.study.ensemble import Ensemble

DEFAULT_ROOT = Path("outputs")
FORMAT_VERSION = 1
MAXIMUM_REPLICATES = 100_000


class ScenarioLike(Protocol):
    """What a result folder needs of a scenario."""

    @property
    def title(self) -> str:
        """What the scenario is called."""

    def resolved(self) -> dict[str, Any]:
        """Everything of the scenario as plain values."""

    @property
    def id(self) -> str:
        """Name of the scenario, and of its folder."""

    def resolved_yaml(self) -> str:
        """Everything, without inheritance, as YAML 1.2."""


class RunLike(Protocol):
    """What a result folder needs of one simulated world."""

    @property
    def timeseries(self) -> pd.DataFrame:
        """Long table: date, metric, key, unit, value."""

    @property
    def events(self) -> pd.DataFrame:
        """date, kind, agent, other, value, unit, text."""

    @property
    def ledger(self) -> pd.DataFrame:
        """date, flow, from_sector, to_sector, usd_cents."""

    @property
    def seconds(self) -> float:
        """Time that the simulation took."""


Progress = Callable[[int, int], None]


def run_to_folder(
    scenario: ScenarioLike,
    *,
    seed: int,
    replicates: int,
    out: Path | None = None,
    progress: Progress | None = None,
    quick: bool = False,
    run: Callable[..., RunLike] | None = None,
    ensemble: Ensemble | None = None,
) -> Path:
    """Simulate `replicates` worlds of a scenario (seeds `seed`, `seed + 1`, ...) and write one result folder.

    The folder (`outputs/<id>` unless `out` is given) is replaced in one step when everything is complete: a run that
    is killed, interrupted or fails leaves what was there. `progress` is called with worlds done and worlds in all.
    `quick` draws one figure, at screen resolution, and says in the manifest that it was a quick run; fewer
    developers are the caller's override of the scenario. `run` stands in for `sim.economy.run_scenario` in tests.

    With an ensemble every world draws its own parameter set; `parameters.csv` says which values it had.

    Raises InputError if the target may not be written or the numbers make no sense, RunError if a world fails.
    """
    if not 1 <= replicates <= MAXIMUM_REPLICATES:
        raise InputError(f"must be between 1 and {MAXIMUM_REPLICATES}, not {replicates}", key="replicates")
    if seed < 0:
        raise InputError(f"must not be negative, not {seed}", key="seed")
    target = DEFAULT_ROOT / scenario.id if out is None else Path(out)
    check_target(target)  # before minutes of work, not after
    world = economy() if run is None else run
    started, clock = now_utc(), time.perf_counter()
    with staged(target) as folder:
        resolved = scenario.resolved_yaml()
        (folder / "scenario.resolved.yaml").write_text(resolved, encoding="utf-8")
        if ensemble is not None:
            write_parameters(ensemble, seed, replicates, folder)
        each = worlds_in(scenario, ensemble, seed, replicates)
        timeseries, events, ledger, seconds = simulate(scenario, seed, replicates, folder, progress, world, each)
        manifest: dict[str, Any] = {
            "kind": KIND,
            "format_version": FORMAT_VERSION,
            "scenario": scenario.id,
            "title": scenario.title,
            "scenario_sha256": hashlib.sha256(resolved.encode()).hexdigest(),
            "seeds": list(range(seed, seed + replicates)),
            "quick": quick,
            **drawn_from(ensemble, range(seed, seed + replicates)),
            "started_utc": started,
            "world_seconds": [round(value, 4) for value in seconds],
            **origin(),
        }
        data = RunData(
            path=target,
            manifest=manifest,
            scenario=scenario.resolved(),
            timeseries=timeseries,
            events=events,
            ledger=ledger,
            summary=pd.DataFrame(),
        )
        write_report_files(data, folder, quick)
        manifest["wall_seconds"] = round(time.perf_counter() - clock, 3)
        manifest["files"] = list_files(folder)
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return target


def worlds_in(scenario: Any, ensemble: Ensemble | None, seed: int, replicates: int) -> Iterator[ScenarioLike] | None:
    """The scenario as it is in each world, or None if it is the same in all."""
    if ensemble is None:
        return None
    from sim.study.ensemble import worlds_of
    from sim.study.worlds import placed

    return (placed(scenario, scenario, world) for world in worlds_of(ensemble, seed, replicates))


def drawn_from(ensemble: Ensemble | None, seeds: Iterable[int]) -> dict[str, Any]:
    """What a manifest says about parameter sets: none for central values."""
    if ensemble is None:
        return {}
    members = [ensemble.member_of(seed) for seed in seeds]
    return {"ensemble": {"digest": ensemble.digest, "data_to": ensemble.data_to, "members": members}}


def write_parameters(ensemble: Ensemble, seed: int, replicates: int, folder: Path) -> None:
    """The parameter set of each world: one row a world, columns replicate, seed, member and paths."""
    members = [ensemble.member_of(seed + number) for number in range(replicates)]
    table = ensemble.members.iloc[members].reset_index(drop=True)
    table.insert(0, "member", members)
    table.insert(0, "seed", range(seed, seed + replicates))
    table.insert(0, "replicate", range(replicates))
    table.to_csv(folder / "parameters.csv", index=False, lineterminator="\n")


def economy() -> Callable[..., RunLike]:
    """The simulation itself, imported when it is needed: it brings the compiler along."""
    from sim.economy import run_scenario

    return run_scenario


def simulate(
    scenario: ScenarioLike,
    seed: int,
    replicates: int,
    folder: Path,
    progress: Progress | None,
    run: Callable[..., RunLike],
    worlds: Iterable[ScenarioLike] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, list[float]]:
    """Simulate the worlds and write their tables into `folder`: returns time series, events, ledger, seconds each.

    `worlds` are the scenarios as they are in each world, if they differ.
    """
    series, ledgers, events, seconds = [], [], [], []
    with (
        parquet(folder / "timeseries.parquet", TIMESERIES) as wide,
        parquet(folder / "ledger.parquet", LEDGER) as flows,
    ):
        for replicate, own in enumerate(itertools.repeat(scenario, replicates) if worlds is None else worlds):
            world = run(own, seed=seed + replicate)
            place: dict[str, Any] = {"scenario": scenario.id, "replicate": replicate}
            series.append(to_arrow(world.timeseries, TIMESERIES, **place))
            ledgers.append(to_arrow(world.ledger, LEDGER, **place))
            events.append(event_rows(world.events, **place))
            wide.add(series[-1])
            flows.add(ledgers[-1])
            seconds.append(float(world.seconds))
            if progress is not None:
                progress(replicate + 1, replicates)
    import pyarrow as pa

    all_events = pd.concat(events, ignore_index=True)
    all_events.to_csv(folder / "events.csv", index=False, lineterminator="\n")
    return (
        pa.concat_tables(series).to_pandas(),
        all_events.assign(date=pd.to_datetime(all_events["date"])),
        pa.concat_tables(ledgers).to_pandas(),
        seconds,
    )


@contextlib.contextmanager
def parquet(path: Path, schema: Any) -> Iterator[ParquetTable]:
    """An open Parquet file, closed at the end."""
    table = ParquetTable(path, schema)
    try:
        yield table
    finally:
        table.close()


def write_report_files(data: RunData, folder: Path, quick: bool) -> None:
    """Write summary.csv, figures/*.png and report.html of `data` into `folder`."""
    from sim.report.headlines import summary_table
    from sim.report.page import write_figures_and_page

    summary = summary_table(data.timeseries)
    summary.to_csv(
        folder / "summary.csv", index=False, lineterminator="\n", date_format="%Y-%m-%d", float_format="%.10g"
    )
    write_figures_and_page(data, folder, quick=quick)


def list_files(folder: Path) -> dict[str, dict[str, Any]]:
    """SHA-256 and size in bytes of every file below `folder`, by its path in the folder."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): {"sha256": sha256_of(path), "bytes": path.stat().st_size} for path in paths
    }
