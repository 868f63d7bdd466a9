"""Published numbers beside the model's: `weightshift validate --benchmarks`.

Every file of `scenarios/benchmarks` is run in the same worlds. A row passes if the median over worlds lies in the range
that its file gives; rows that fail are reported, never tuned away.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sim.errors import InputError, RunError
from sim.evidence.benchmark_facts import BenchmarkFacts
from sim.evidence.benchmark_file import Benchmark, Quantity, Row, benchmark_files, read_benchmark
from sim.measures.registry import METRICS
from sim.measures.windows import window_value
from sim.scenario.model import FIRST_MONTH, Scenario
from sim.study.engine import Outcome, Setting, Task, engine
from sim.study.series import SeriesList
from sim.study.worlds import World

WORLDS = 40
"""Worlds of the command, each with a parameter set of its own."""
Report = Callable[[int], None]


@dataclasses.dataclass(frozen=True, slots=True)
class BenchmarkRow:
    """One published number, and the model's: median, 5 % and 95 % over worlds."""

    benchmark: str
    id: str
    what: str
    model: float
    low: float
    high: float
    criterion: str
    expected: str
    source: str
    passed: bool


@dataclasses.dataclass(frozen=True)
class Lived:
    """What was kept of one run in all worlds: series shape (worlds, series, months), and facts of each world."""

    series: SeriesList
    values: np.ndarray
    facts: list[dict[str, np.ndarray]]


def read_benchmarks(paths: Sequence[Path] | None = None) -> list[Benchmark]:
    """The files, checked; ids of rows are unique. Raises InputError."""
    found = [read_benchmark(path) for path in (benchmark_files() if paths is None else paths)]
    seen: dict[str, str] = {}
    for one in found:
        for row in one.head.rows:
            if row.id in seen:
                raise InputError(f"row '{row.id}' is in {seen[row.id]} too", file=one.file, key="rows")
            seen[row.id] = one.file
    return found


def run_benchmarks(
    workers: int = 1,
    worlds: Sequence[World] | None = None,
    benchmarks: Sequence[Benchmark] | None = None,
    report: Report | None = None,
) -> list[BenchmarkRow]:
    """Rows of all files, in the order of files and rows. Raises InputError, and RunError if a world breaks down."""
    asked = read_benchmarks() if benchmarks is None else benchmarks
    lived = _live(asked, default_worlds() if worlds is None else worlds, workers, report)
    rows: list[BenchmarkRow] = []
    for one in asked:
        if one.head.calculation is not None:
            rows += [dataclasses.replace(row, benchmark=one.head.id) for row in TABLES[one.head.calculation]()]
        rows += [row_of(one, row, {name: lived[one.head.id, name] for name in one.head.runs}) for row in one.head.rows]
    return rows


def default_worlds() -> tuple[World, ...]:
    """Worlds of the shipped ensemble."""
    from sim.study.ensemble import read_ensemble, worlds_of

    return worlds_of(read_ensemble(), 1, WORLDS)


def runs_of(benchmarks: Sequence[Benchmark]) -> int:
    """How many runs a world has: `report(1)` is called so often for each world."""
    return len(_distinct(benchmarks)[0])


def _distinct(benchmarks: Sequence[Benchmark]) -> tuple[list[Scenario], dict[tuple[str, str], int]]:
    """Scenarios, each once, and the place of every run of every file among them."""
    scenarios: list[Scenario] = []
    place: dict[tuple[str, str], int] = {}
    for one in benchmarks:
        for name, scenario in one.scenarios.items():
            if scenario not in scenarios:
                scenarios.append(scenario)
            place[one.head.id, name] = scenarios.index(scenario)
    return scenarios, place


def _live(
    benchmarks: Sequence[Benchmark], worlds: Sequence[World], workers: int, report: Report | None
) -> dict[tuple[str, str], Lived]:
    if not worlds:
        raise InputError("needs at least one world", key="worlds")
    from sim.scenario.load import load_scenario

    scenarios, place = _distinct(benchmarks)
    quantities = [q for one in benchmarks for row in one.head.rows for q in (row.of, row.over) if q is not None]
    pairs = [(q.metric, key) for q in quantities if q.metric is not None for key in q.keys]
    series = SeriesList(tuple(dict.fromkeys(pairs)))
    tasks = [
        Task(number, world, series, False, BenchmarkFacts()) for number in range(len(scenarios)) for world in worlds
    ]
    with engine(Setting(tuple(scenarios), load_scenario("baseline")), workers) as machine:
        outcomes = machine.run(tasks, report)
    groups = [outcomes[start : start + len(worlds)] for start in range(0, len(outcomes), len(worlds))]
    kept = [_kept(group, series) for group in groups]
    return {run: kept[number] for run, number in place.items()}


def _kept(outcomes: Sequence[Outcome], series: SeriesList) -> Lived:
    broken = [outcome.failed for outcome in outcomes if outcome.failed]
    if broken:
        raise RunError(f"a world of the benchmarks broke down: {broken[0]}")
    return Lived(series, np.stack([outcome.values for outcome in outcomes]), [outcome.read for outcome in outcomes])


def values_of(asked: Quantity, lived: dict[str, Lived]) -> np.ndarray:
    """The quantity in each world, shape (worlds,); all routes of all worlds for a fact that has several numbers."""
    run = lived[asked.run]
    if asked.fact is not None:
        return np.concatenate([facts[asked.fact] for facts in run.facts])
    total = np.sum([_at(run, str(asked.metric), key, str(asked.at)) for key in asked.keys], axis=0)
    if asked.since is not None:
        total = total - np.sum([_at(run, str(asked.metric), key, asked.since) for key in asked.keys], axis=0)
    return np.asarray(total, dtype=np.float64)


def _at(run: Lived, metric: str, key: str, at: str) -> np.ndarray:
    path = run.values[:, run.series.pairs.index((metric, key)), :]
    months = path.shape[1]
    first = pd.Period(year=FIRST_MONTH // 12, month=FIRST_MONTH % 12 + 1, freq="M")
    ends = pd.period_range(first, periods=months, freq="M").to_timestamp("M").normalize()
    frame = pd.DataFrame(path.T, index=ends)
    if len(at) == 4 and at.isdigit():
        return np.asarray(window_value(frame, "year", METRICS[metric].aggregation, f"{at}-12-31"))
    return path[:, -1] if at == "end" else np.asarray(window_value(frame, "instant", "end", f"{at}-28"))


def row_of(benchmark: Benchmark, row: Row, lived: dict[str, Lived]) -> BenchmarkRow:
    """The row of a file: median (or spread of logarithms) against its range."""
    values = values_of(row.of, lived)
    if row.over is not None:
        below = values_of(row.over, lived)
        values = np.divide(values, below, out=np.full(values.shape, np.nan), where=below > 0.0)
    known = values[np.isfinite(values)]
    if row.spread:
        known = known[known > 0.0]
    low, middle, high = np.quantile(known, (0.05, 0.5, 0.95)) if len(known) else (np.nan,) * 3
    judged = float(np.log(known).std(ddof=1)) if row.spread and len(known) > 1 else float(middle)
    if row.spread:
        low = high = judged
    least = -np.inf if row.low is None else row.low
    most = np.inf if row.high is None else row.high
    return BenchmarkRow(
        benchmark.head.id, row.id, row.what, judged, float(low), float(high), range_words(row.low, row.high),
        row.published, row.source or benchmark.head.source, bool(least <= judged <= most),
    )  # fmt: skip


def range_words(low: float | None, high: float | None) -> str:
    """The range in words."""
    if low is None:
        return f"at most {plain(high)}"
    return f"at least {plain(low)}" if high is None else f"{plain(low)} to {plain(high)}"


def plain(value: float | None) -> str:
    """A number as people write it: no exponents, three digits or more."""
    if value is None or not np.isfinite(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def corner_rows() -> list[BenchmarkRow]:
    """Theory corners, see `sim.evidence.corners`."""
    from sim.evidence.corners import run_corners

    return [
        BenchmarkRow("", one.id, one.what, one.model, one.low, one.high, one.expected, one.expected, one.source,
                     one.passed)
        for one in run_corners()
    ]  # fmt: skip


def verdict_rows() -> list[BenchmarkRow]:
    """Verdicts on named chips (sim/data/verdicts.csv) by the rule engine under the baseline's rules: 1 if equal."""
    from sim.policy.chips import chip_specs, table_rows
    from sim.policy.export_controls import Regime
    from sim.scenario.load import load_scenario

    regime = Regime(load_scenario("baseline").policies)
    rows = []
    for number, row in enumerate(table_rows("verdicts.csv"), 1):
        spec = chip_specs()[row["chip"].lower().replace(" ", "-")]
        found = regime.verdict(spec, row["destination"], dt.date.fromisoformat(row["as_of"])).status
        same = float(found == row["verdict"])
        what = f"{row['chip']} to {row['destination']} on {row['as_of']}: model says {found}"
        rows.append(BenchmarkRow("", f"V{number}", what, same, same, same, "the same verdict", row["verdict"],
                                 f"verdicts.csv: {row['reason']}", bool(same)))  # fmt: skip
    return rows


TABLES: dict[str, Callable[[], list[BenchmarkRow]]] = {"corners": corner_rows, "verdicts": verdict_rows}
