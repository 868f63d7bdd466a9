"""Write docs/ablation.md: what changes when the mechanism behind each structural switch is turned off.

`python tools/ablation.py` (or `make ablation`). A switch is a parameter of role R. For each option other than the
default the baseline is run again with the same seeds: all draws of chance come from named streams, so a world with the
switch is compared with its own twin without it.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import pathlib
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from sim.registry import Record
    from sim.scenario.model import Scenario

ROOT = pathlib.Path(__file__).parents[1]
TARGET = ROOT / "docs" / "ablation.md"
TABLE = ROOT / "outputs" / "ablation.csv"
SEEDS, DEVELOPERS, WORKERS = 20, 1500, 2
LOW, HIGH = 0.05, 0.95
LEAST = 0.1
"""Smallest median difference that gets a sign: a difference that all worlds share may still be negligible."""


@dataclasses.dataclass(frozen=True, slots=True)
class Headline:
    """A headline measure: a metric averaged over calendar years (`window` year) or read at their end (`instant`).

    `compare` says how a world is set against its twin: `ratio` in per cent, `points` for shares (percentage points),
    `basis` for rates (basis points), `count` in the unit itself.
    """

    label: str
    metric: str
    key: str
    years: tuple[int, ...]
    compare: Literal["ratio", "points", "basis", "count"] = "ratio"
    window: Literal["year", "instant"] = "year"


HEADLINES = (
    Headline("tokens used in the world, 2030", "tokens_per_day", "world", (2030,)),
    Headline("open models' share of tokens, 2030", "open_token_share", "world", (2030,), "points"),
    Headline("Chinese labs' share of router tokens, 2027", "token_share", "router/cn", (2027,), "points"),
    Headline("API margin of Chinese labs, 2025-27", "api_gross_margin", "cn_all", (2025, 2026, 2027), "points"),
    Headline("lag of Chinese labs' capability, 2028", "capability_lag_months", "cn_behind_us", (2028,), "count"),
    Headline("Nvidia's share of new compute, 2030", "new_compute_share", "nvidia", (2030,), "points"),
    Headline("compute in China, end of 2030", "china_compute_stock_h100e", "total", (2030,), "ratio", "instant"),
    Headline("rent of an H100e-hour in the US, Dec 2028", "gpu_rental_usd_per_h100e_hour", "us", (2028,), "ratio",
             "instant"),
    Headline("Nvidia's revenue, 2028", "chip_revenue_usd", "nvidia", (2028,)),
    Headline("OpenAI's revenue, 2028", "lab_revenue_usd_per_year", "openai", (2028,)),
    Headline("capital spending of the big four, 2028", "capex_usd", "big4", (2028,)),
    Headline("defaults of clouds to 2030", "defaults", "clouds", (2030,), "count", "instant"),
    Headline("closed labs to 2030", "exits", "labs", (2030,), "count", "instant"),
    Headline("credit spread, 2029-30", "credit_spread", "world", (2029, 2030), "basis"),
    Headline("circular flows among firms, 2026-28", "circular_flow_share", "world", (2026, 2027, 2028), "points"),
    Headline("managed share of cloud compute, 2028", "managed_service_share", "world", (2028,), "points"),
    Headline("tokens of robots, 2030", "physical_ai_tokens_per_day", "world", (2030,)),
    Headline("revenue of software firms, 2030", "software_revenue_usd", "world", (2030,)),
)  # fmt: skip
UNITS = {"ratio": "%", "points": "pp", "basis": "bp", "count": ""}


@dataclasses.dataclass(frozen=True, slots=True)
class Variant:
    """One option of one switch; `record` is None for the placebo."""

    path: str
    option: str | float
    record: Record | None

    @property
    def label(self) -> str:
        return f"`{self.path}`: {self.option}"


def switches() -> dict[str, Record]:
    """Records of role R by path, in the order of the registry."""
    from sim.registry import load_registry

    return {path: record for path, record in load_registry().records.items() if record.role == "R"}


def variants(paths: Sequence[str] | None = None) -> list[Variant]:
    """Every option other than the default of the switches named (default: all)."""
    known = switches()
    return [
        Variant(path, option, record)
        for path, record in known.items()
        if paths is None or path in paths
        for option in record.options
        if option != record.value
    ]


def placebo() -> Variant:
    """Networks in data centres cost 0.1 % more: shows whether small causes alone drive twins apart."""
    from sim.registry import load_registry

    path = "chips.networking_share"
    return Variant(path, round(load_registry()[path].default.at(0) * 1.001, 9), None)


@functools.cache
def scenario_of(name: str, developers: int) -> Scenario:
    """The scenario, read once per process."""
    import sim

    return sim.load_scenario(name, overrides={"developers.count": developers})


def live(name: str, developers: int, path: str | None, option: str | float, seed: int) -> list[float]:
    """Headline measures of one world, NaN where undefined; all NaN if the world breaks down."""
    from sim.economy import Economy
    from sim.errors import RunError
    from sim.measures.table import measured_series

    scenario = scenario_of(name, developers)
    if path is not None:
        scenario = scenario.with_overrides({path: option})
    economy = Economy(scenario, seed)
    try:
        for _ in range(scenario.months):
            economy.step()
        names, keys, values = measured_series(economy.history)
    except RunError as error:
        print(f"{path} {option}, seed {seed}: {error}", file=sys.stderr)
        return [float("nan")] * len(HEADLINES)
    rows = dict(zip(zip(names, keys, strict=True), values, strict=True))
    return [read(pd.Series(rows[h.metric, h.key], economy.dates), h) for h in HEADLINES]


def read(series: pd.Series, headline: Headline) -> float:
    """Mean over the headline's years of the metric's value in each."""
    from sim.measures import METRICS, window_value

    aggregation = METRICS[headline.metric].aggregation
    each = [window_value(series, headline.window, aggregation, f"{year}-12-31") for year in headline.years]
    return float(np.mean(each))


def worlds(name: str, developers: int, seeds: int, changes: Sequence[Variant], workers: int = WORKERS) -> np.ndarray:
    """Measures of shape (1 + changes, seeds, headlines): the baseline first. The same for any number of workers."""
    paths = [None, *(change.path for change in changes)]
    options = ["", *(change.option for change in changes)]
    tasks = [(name, developers, path, option, seed)
             for path, option in zip(paths, options, strict=True) for seed in range(1, seeds + 1)]  # fmt: skip
    if workers == 1:
        found = [live(*task) for task in tasks]
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            found = list(pool.map(live, *zip(*tasks, strict=True), chunksize=4))
    return np.array(found).reshape(len(paths), seeds, len(HEADLINES))


def difference(changed: np.ndarray, base: np.ndarray, compare: str) -> np.ndarray:
    """Paired difference of each world: per cent of its twin, percentage points, basis points or the unit itself."""
    if compare == "ratio":
        ratio = np.divide(changed, base, out=np.full(base.shape, np.nan), where=base > 0.0)
        return 100.0 * (ratio - 1.0)
    return (changed - base) * {"points": 100.0, "basis": 1e4, "count": 1.0}[compare]


def effects(measures: np.ndarray, changes: Sequence[Variant]) -> pd.DataFrame:
    """A row per change and headline: median, 5 % and 95 % of the paired difference, share of worlds above 0, sign."""
    rows = []
    for change, changed in zip(changes, measures[1:], strict=True):
        for column, headline in enumerate(HEADLINES):
            base = measures[0, :, column]
            delta = difference(changed[:, column], base, headline.compare)
            delta = delta[np.isfinite(delta)]
            median, low, high, above = np.full(4, np.nan)
            if len(delta):
                median, low, high = np.quantile(delta, [0.5, LOW, HIGH])
                above = float((delta > 0.0).mean())
            sign = "▲" if low > 0.0 else "▼" if high < 0.0 else ""
            sign = sign if abs(median) >= LEAST else ""
            rows.append((change.path, change.option, headline.label, headline.metric, headline.key,
                         float(np.nanmedian(base)), median, low, high, UNITS[headline.compare], above, sign,
                         len(delta)))  # fmt: skip
    columns = ["switch", "option", "measure", "metric", "key", "baseline", "median", "low", "high", "unit", "above",
               "sign", "worlds"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


HEAD = """# What each mechanism does: an ablation table

Generated by `make ablation`; do not edit. Model source {digest}, scenario `{scenario}`.

Each structural switch (a parameter of role R) is put on every option other than its default, one at a time, in
{seeds} worlds (seeds 1 to {seeds}, {developers} developers). Each world is compared with its twin of the same seed
without the change: median of the differences and, in brackets, their 5 % and 95 % quantiles; the percentage behind is
the share of worlds in which the measure rose. ▲ or ▼ stands where the interval leaves out zero and the median is at
least {least} of the unit (%, percentage points pp, basis points bp, or the measure's own). The same numbers as data go
to `outputs/ablation.csv`.

`make ablation` takes about a minute; `python tools/ablation.py --help` says how to run other scenarios, switches and
numbers of worlds. A switch that moves nothing here may matter in a scenario that calls its mechanism.

The last table is a change that should hardly matter: the networks between chips cost 0.1 % more. It shows whether small
causes alone drive twins apart; as they do not, the width of an interval says how much the effect of a switch differs
from world to world.
"""


def document(table: pd.DataFrame, changes: Sequence[Variant], values: dict[str, str | float]) -> str:
    """The page: an overview of signs, then a table per group of switches."""
    lines = [HEAD.format(**values), "## Overview", "", *overview(table, changes)]
    for group in dict.fromkeys(change.path.split(".")[0] for change in changes if change.record):
        members = [change for change in changes if change.record and change.path.startswith(f"{group}.")]
        lines += ["", f"## {group}", ""]
        for path in dict.fromkeys(change.path for change in members):
            record = switches()[path]
            lines.append(f"- `{path}` ({record.label}; default {record.value}). {record.description.strip()}")
        lines += ["", *group_table(table, members)]
    chance = [change for change in changes if change.record is None]
    lines += ["", "## A change that should hardly matter", "", *group_table(table, chance)]
    return "\n".join(lines) + "\n"


def overview(table: pd.DataFrame, changes: Sequence[Variant]) -> list[str]:
    """Which headline measures each change moves, with the median of the difference."""
    lines = ["| switch | what moves, with the median |", "|---|---|"]
    for change in changes:
        part = of_change(table, change)
        moved = [f"{row.sign} {row.measure} ({shown(row.median, row.unit)})" for row in part.itertuples() if row.sign]
        label = change.label if change.record else f"{change.label} (should hardly matter)"
        lines.append(f"| {label} | {'; '.join(moved) or 'none'} |")
    return lines


def group_table(table: pd.DataFrame, changes: Sequence[Variant]) -> list[str]:
    """Headline measures down, options across."""
    lines = ["| measure | baseline | " + " | ".join(c.label for c in changes) + " |", "|---" * (len(changes) + 2) + "|"]
    for headline in HEADLINES:
        cells = []
        for change in changes:
            row = of_change(table, change).set_index("measure").loc[headline.label]
            cells.append(cell(row))
        lines.append(f"| {headline.label} | {level(row['baseline'], headline)} | " + " | ".join(cells) + " |")
    return lines


def of_change(table: pd.DataFrame, change: Variant) -> pd.DataFrame:
    """Rows of one change."""
    return table[(table["switch"] == change.path) & (table["option"] == change.option)]


def cell(row: pd.Series) -> str:
    """`▼ -12 % [-15, -9] 0 %`, or a dash where nothing differs at all."""
    if row["worlds"] == 0:
        return "undefined"
    if row["low"] == row["high"] == 0.0:
        return "0"
    span = f"[{digits(row['low'])}, {digits(row['high'])}]"
    return f"{row['sign']} {shown(row['median'], row['unit'])} {span} {100 * row['above']:.0f} %".strip()


def shown(value: float, unit: str) -> str:
    """A difference with its sign and unit."""
    return f"{digits(value)} {unit}".strip()


def digits(value: float) -> str:
    """Two or three significant digits with a sign; less than 0.005 is 0."""
    if abs(value) < 0.005:
        return "0"
    return f"{value:+.2f}" if abs(value) < 10.0 else f"{value:+.0f}"


def level(value: float, headline: Headline) -> str:
    """Level of the baseline with its unit."""
    from sim.measures import METRICS

    unit = METRICS[headline.metric].unit
    if headline.compare == "points":
        return f"{100.0 * value:.1f} %"
    if headline.compare == "basis":
        return f"{1e4 * value:.0f} bp"
    if headline.window == "year" and unit == "USD/month":
        unit = "USD/year"
    return f"{value:.3g} {unit}"


def arguments() -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(description="What changes when a mechanism is switched off, in paired worlds.")
    parser.add_argument("--scenario", default="baseline", help="a scenario file or id; only the baseline is documented")
    parser.add_argument("--switch", action="append", help="a switch by its path; may be given more than once")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--developers", type=int, default=DEVELOPERS)
    parser.add_argument("--workers", type=int, default=WORKERS)
    parser.add_argument("--csv", type=pathlib.Path, default=TABLE)
    parser.add_argument("--out", type=pathlib.Path, help=f"page to write (default for a full run: {TARGET.name})")
    return parser.parse_args()


def main() -> None:
    """Run the worlds, write the CSV and, for all switches of the baseline, the page."""
    from sim.results.stamp import source_sha256

    given = arguments()
    unknown = sorted(set(given.switch or ()) - set(switches()))
    if unknown:
        sys.exit(f"not a switch: {', '.join(unknown)}")
    changes = [*variants(given.switch), placebo()]
    measures = worlds(given.scenario, given.developers, given.seeds, changes, given.workers)
    table = effects(measures, changes)
    given.csv.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(given.csv, index=False, float_format="%.8g")
    full = given.scenario == "baseline" and given.switch is None
    page = given.out or (TARGET if full else None)
    if page is None:
        print("\n".join(overview(table, changes)))
    else:
        values = {"digest": source_sha256()[:12], "scenario": given.scenario, "seeds": given.seeds,
                  "developers": given.developers, "least": LEAST}  # fmt: skip
        page.write_text(document(table, changes, values), encoding="utf-8")
        print(page)


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
