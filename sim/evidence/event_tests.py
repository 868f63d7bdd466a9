"""Event tests: does the model respond to events of the past as the world did (pseudo out of sample)?

Each world is lived as it was and once more without the event (`event_cases`), with the same parameters and random
numbers. A row is one number of each pair of lives (`event_facts`) against a range (`event_criteria`); it passes by
the median over worlds, as the patterns do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from sim.dated import month_text
from sim.errors import InputError, RunError
from sim.evidence.event_cases import CASES, UNTIL
from sim.evidence.event_criteria import CRITERIA
from sim.evidence.event_facts import FACTS, PATHS, SCALARS, SERIES, EventFacts, Paths
from sim.evidence.patterns import PatternRow, Report, row_of
from sim.study.engine import Outcome, Setting, Task, engine
from sim.study.worlds import World

Lives = dict[str, Paths]
"""`base` and the id of each case: paths of all worlds, by name."""
BASE = "base"
BAND = (0.05, 0.5, 0.95)


def event_setting(overrides: Mapping[str, object] | None = None) -> Setting:
    """The baseline and each case without its event; `overrides` hold in all (small worlds in tests)."""
    from sim.scenario.load import load_scenario

    baseline = load_scenario("baseline", overrides=dict(overrides or {})).until(UNTIL)
    return Setting((baseline, *(case.without(baseline) for case in CASES)), baseline)


def gathered(outcomes: Sequence[Outcome]) -> Paths:
    """Paths shape (worlds, months) and scalars shape (worlds,) by name. Raises RunError if a world broke down."""
    broken = [outcome.failed for outcome in outcomes if outcome.failed]
    if broken:
        raise RunError(f"a world of the event tests broke down: {broken[0]}")
    paths = np.stack([np.concatenate((one.values, one.read[0])) for one in outcomes], axis=1)
    numbers = np.stack([one.read[1] for one in outcomes], axis=1)
    return dict(zip(PATHS, paths, strict=True)) | dict(zip(SCALARS, numbers, strict=True))


def event_lives(
    worlds: Sequence[World],
    workers: int = 1,
    report: Report | None = None,
    overrides: Mapping[str, object] | None = None,
) -> Lives:
    """Live every world with and without each event; `report(1)` is called after every run.

    Raises InputError without worlds, RunError if a world breaks down.
    """
    if not worlds:
        raise InputError("needs at least one world", key="worlds")
    setting = event_setting(overrides)
    tasks = [
        Task(number, world, SERIES, False, EventFacts())
        for number in range(len(setting.scenarios))
        for world in worlds
    ]  # fmt: skip
    with engine(setting, workers) as machine:
        outcomes = machine.run(tasks, report)
    groups = [outcomes[start : start + len(worlds)] for start in range(0, len(outcomes), len(worlds))]
    return dict(zip((BASE, *(case.id for case in CASES)), map(gathered, groups), strict=True))


def facts_of(lives: Lives) -> Paths:
    """All facts by name, shape (worlds,)."""
    found: Paths = {}
    for case in CASES:
        found |= FACTS[case.id](lives[BASE], lives[case.id])
    return found


def rows_of(lives: Lives) -> list[PatternRow]:
    """All rows in the order of the events."""
    facts = facts_of(lives)
    return [row_of(criterion, facts) for criterion in CRITERIA]


def run_event_tests(worlds: Sequence[World], workers: int = 1, report: Report | None = None) -> list[PatternRow]:
    """Rows of the event tests over any worlds (an ensemble or plain seeds)."""
    return rows_of(event_lives(worlds, workers, report))


def paths_of(lives: Lives, start_month: int) -> pd.DataFrame:
    """What the figure draws: columns `case, life, path, month, low, median, high`, over worlds; life `with`, `without`.

    `start_month` is 12 x year + month - 1 of the first column.
    """
    rows = []
    for case, path in DRAWN.items():
        for life, values in (("with", lives[BASE][path]), ("without", lives[case][path])):
            monthly = np.diff(values, axis=1, prepend=np.nan) if path.startswith(STOCK) else values
            for month in np.flatnonzero(np.isfinite(monthly).any(axis=0)):
                rows.append((case, life, path, month_text(start_month + int(month)),
                             *np.nanquantile(monthly[:, month], BAND)))  # fmt: skip
    return pd.DataFrame(rows, columns=["case", "life", "path", "month", "low", "median", "high"])


STOCK = "china_compute_stock_h100e"
DRAWN = {
    "E1": f"{STOCK}[legal]",
    "E2": "china_revenue",
    "E3": "cn_price",
    "E4": "token_share[router/cn]",
    "E5": "stacks_stored",
}
"""The path drawn of each case; a stock is drawn by its monthly growth."""
