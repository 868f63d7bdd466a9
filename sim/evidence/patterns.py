"""Patterns P1-P12 that the model must show at once (pattern-oriented modelling, Grimm et al. 2005, Science 310).

A row is one number of each world and the range that counts as the pattern. It passes if the median over worlds lies in
the range; the share of worlds that do is reported beside it. `pattern_kills` says which patterns each world fails:
which pattern rules out which parameter sets.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from sim.errors import InputError, RunError
from sim.evidence.pattern_criteria import CRITERIA, Criterion
from sim.evidence.pattern_facts import SERIES, CapacityOnly, HistoryFacts, series_facts, stacked
from sim.study.engine import Outcome, Reader, Setting, Task, engine
from sim.study.series import SeriesList
from sim.study.worlds import World

UNTIL = "2027-12"
"""P10 runs on to see the price war end; everything that is compared with data ends in December 2025."""
PATTERNS = tuple(f"P{number}" for number in range(1, 13))
DEAR = {"energy.us.electricity_price": 0.17}
"""P12: electricity at twice its price in the US (USD/kWh)."""
SCARCE = {
    **{
        f"energy.{region}.connection_limit_gw_per_year": low
        for region, low in zip(("us", "cn", "eu", "gulf", "sea", "row"), (1.6, 0.8, 0.2, 0.08, 0.15, 0.3), strict=True)
    },
    "energy.us.pipeline_start_mw": 2600.0,
}
"""P12: about half of the megawatts."""
NOTHING = SeriesList(())
Report = Callable[[int], None]


@dataclasses.dataclass(frozen=True, slots=True)
class PatternRow:
    """One criterion of a pattern: what the worlds show, and what was observed."""

    id: str
    what: str
    model: float
    """Median over worlds."""
    low: float
    """5 % over worlds."""
    high: float
    """95 % over worlds."""
    criterion: str
    expected: str
    """What was observed to the end of 2025."""
    source: str
    share: float
    """Share of worlds that show it."""
    worlds: int
    passed: bool


def pattern_tasks(worlds: Sequence[World]) -> list[Task]:
    """Three runs of each world: the baseline, dear electricity, scarce megawatts."""
    readers: tuple[tuple[SeriesList, Reader], ...] = (
        (SERIES, HistoryFacts()), (NOTHING, CapacityOnly()), (NOTHING, CapacityOnly())
    )  # fmt: skip
    return [
        Task(number, world, series, False, reader)
        for world in worlds
        for number, (series, reader) in enumerate(readers)
    ]


def pattern_setting(overrides: Mapping[str, object] | None = None) -> Setting:
    """Baseline, dear electricity and scarce megawatts; `overrides` hold in all three (small worlds in tests)."""
    from sim.scenario.load import load_scenario

    baseline = load_scenario("baseline", overrides=dict(overrides or {})).until(UNTIL)
    short = baseline.until("2025-12")
    return Setting((baseline, short.with_overrides(DEAR), short.with_overrides(SCARCE)), baseline)


def facts_of(outcomes: Sequence[Outcome]) -> dict[str, np.ndarray]:
    """Facts by name, shape (worlds,), from outcomes in the order of `pattern_tasks`. Raises RunError if one failed."""
    broken = [outcome.failed for outcome in outcomes if outcome.failed]
    if broken:
        raise RunError(f"a world of the patterns broke down: {broken[0]}")
    plain, dear, scarce = outcomes[0::3], outcomes[1::3], outcomes[2::3]
    found = series_facts(np.stack([outcome.values for outcome in plain])) | stacked([o.read for o in plain])
    costly, short = (stacked([o.read for o in group])["capacity"] for group in (dear, scarce))
    price, power = costly / found["capacity"] - 1.0, short / found["capacity"] - 1.0
    return found | {"power_effect": power, "price_over_power": np.abs(price) / np.abs(power)}


def pattern_facts(
    worlds: Sequence[World],
    workers: int = 1,
    report: Report | None = None,
    overrides: Mapping[str, object] | None = None,
) -> dict[str, np.ndarray]:
    """Simulate the worlds and read the numbers of all patterns; `report(1)` is called after every run.

    Raises InputError without worlds, RunError if a world breaks down.
    """
    if not worlds:
        raise InputError("needs at least one world", key="worlds")
    with engine(pattern_setting(overrides), workers) as machine:
        return facts_of(machine.run(pattern_tasks(worlds), report))


def shown(criterion: Criterion, facts: Mapping[str, np.ndarray]) -> np.ndarray:
    """Whether each world shows it; a world without the number does not."""
    values = facts[criterion.fact]
    return np.isfinite(values) & (values > criterion.above) & (values < criterion.below)


def row_of(criterion: Criterion, facts: Mapping[str, np.ndarray]) -> PatternRow:
    """The row of a criterion: the median over the worlds that have the number must lie in the range.

    Besides, at least `least_defined` of the worlds must have the number, and `least_share` must show the pattern.
    """
    values = facts[criterion.fact]
    known = values[np.isfinite(values)]
    low, middle, high = np.quantile(known, (0.05, 0.5, 0.95)) if len(known) else (np.nan,) * 3
    share = float(shown(criterion, facts).mean())
    passed = (
        criterion.above < middle < criterion.below
        and len(known) >= criterion.least_defined * len(values)
        and share >= criterion.least_share
    )
    return PatternRow(
        criterion.id, criterion.what, float(middle), float(low), float(high), criterion.words, criterion.observed,
        criterion.source, share, len(values), bool(passed),
    )  # fmt: skip


def rows_of(facts: Mapping[str, np.ndarray]) -> list[PatternRow]:
    """All rows, in the order of the patterns."""
    return [row_of(criterion, facts) for criterion in CRITERIA]


def run_patterns(worlds: Sequence[World], workers: int = 1, report: Report | None = None) -> list[PatternRow]:
    """Rows of P1-P12 over any worlds (an ensemble or plain seeds)."""
    return rows_of(pattern_facts(worlds, workers, report))


def kills_of(facts: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Columns `set` and P1-P12: whether each world shows every criterion of the pattern by itself.

    A price war that has not ended by the horizon does not count against a world: the criteria on the time after it
    hold where they are defined. This is stricter than `run_patterns`, which asks for the median.
    """
    table: dict[str, np.ndarray] = {"set": np.arange(len(facts["growth_2024"]))}
    for name in PATTERNS:
        own = [criterion for criterion in CRITERIA if criterion.pattern == name]
        ok = [shown(c, facts) | (np.isnan(facts[c.fact]) if c.only_if_defined else False) for c in own]
        table[name] = np.logical_and.reduce(ok)
    return pd.DataFrame(table)


def pattern_kills(members: Sequence[World], workers: int = 1, report: Report | None = None) -> pd.DataFrame:
    """Which patterns each parameter set shows (see `kills_of`); one row per member, in their order."""
    return kills_of(pattern_facts(members, workers, report))
