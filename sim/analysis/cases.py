"""The runs of a sweep as rows for scenario discovery: what varies between them, and which are of interest."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.analysis.policies import by_world, chosen, parameter_words, policies_of, runs_made
from sim.analysis.regret import groups_of

if TYPE_CHECKING:
    from sim.analysis.conditions import Condition
    from sim.study.sweep_reader import Sweep

SCENARIO = "the scenario"
"""Column of the scenario. Not `scenario`: that name means something else in EMA Workbench."""
SHARE_ADVISED = 0.10


@dataclasses.dataclass(frozen=True)
class Dimension:
    """Something that varies between runs; `low` and `high` bound what the design gives it, NaN for options."""

    name: str
    label: str
    unit: str
    low: float
    high: float
    log: bool = False
    integer: bool = False
    dated: bool = False
    """Its values are positions between two dated paths, 0 to 1."""
    options: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Cases:
    """Rows are runs that finished and have a value of every measure asked about."""

    x: pd.DataFrame
    y: np.ndarray
    """Which rows are of interest."""
    groups: np.ndarray
    """Rows of one point (or of one seed, see `groups_of`) are alike."""
    dimensions: dict[str, Dimension]
    words: str
    """The condition."""
    failed: int
    undefined: int
    """Runs left out: failed, and finished but undefined."""
    asked: str = "--where"
    advice: str = ""
    scenario: str = ""
    """The scenario or policy that it is about, if not all."""


def cases_of(sweep: Sweep, condition: Condition, scenario: str | None = None, *, asked: str = "--where") -> Cases:
    """All runs, or those of one scenario or policy. Raises InputError if there is no such policy."""
    met, known = (by_world(sweep, table) for table in condition.of_interest(sweep))
    made = runs_made(sweep)
    policies = policies_of(sweep)
    shown = chosen(policies, [scenario] if scenario else [])
    among = np.zeros(made.shape, dtype=bool)
    among[[one.number for one in shown]] = True
    kept = among & made & known
    policy, world = np.nonzero(kept)
    columns, dimensions = _columns(sweep, policy, world)
    advice = _advice(sweep, condition, kept)
    failed, undefined = int((among & ~made).sum()), int((among & made & ~known).sum())
    return Cases(
        pd.DataFrame(columns), met[kept], groups_of(sweep)[world], dimensions, condition.words, failed, undefined,
        asked, advice, scenario or "",
    )  # fmt: skip


def _columns(
    sweep: Sweep, policy: np.ndarray, world: np.ndarray
) -> tuple[dict[str, pd.Series], dict[str, Dimension]]:  # fmt: skip
    """What varies, column by column: uncertain parameters, levers, the scenario. The dummy is left out."""
    study, policies = sweep.study, policies_of(sweep)
    points = sweep.samples.drop_duplicates("point").reset_index(drop=True)
    columns: dict[str, pd.Series] = {}
    dimensions: dict[str, Dimension] = {}

    def add(dimension: Dimension, values: list[float] | list[str]) -> None:
        if len(set(values)) > 1:
            columns[dimension.name] = pd.Series(values, dtype=object if dimension.options else np.float64)
            dimensions[dimension.name] = dimension

    for one in study.uncertain:
        codes = points[one.path].to_numpy()[world // len(sweep.replicates)]
        label = parameter_words(one.path)
        if one.options:
            dimension = Dimension(one.path, label, "", np.nan, np.nan, options=one.options)
            add(dimension, [one.options[int(code)] for code in codes])
        else:
            low, high = (one.low, one.high) if study.method != "ensemble" else (codes.min(), codes.max())
            kind = Dimension(one.path, label, one.unit, float(low), float(high), one.log, one.integer, one.dated)
            add(kind, codes.tolist())
    for path in study.levers:
        values = [policies[number].levers[path] for number in policy]
        label = parameter_words(path)
        if all(isinstance(value, int | float) for value in values):
            numbers = [float(value) for value in values]
            ends = (min(numbers), max(numbers)) if numbers else (np.nan, np.nan)
            add(Dimension(path, label, _unit(path), *ends), numbers)
        else:
            texts = [str(value) for value in values]
            add(Dimension(path, label, "", np.nan, np.nan, options=tuple(dict.fromkeys(texts))), texts)
    names = [policies[number].scenario for number in policy]
    add(Dimension(SCENARIO, "Scenario", "", np.nan, np.nan, options=sweep.scenarios), names)
    return columns, dimensions


def _unit(path: str) -> str:
    from sim.registry import load_registry

    return load_registry()[path].record.unit


def _advice(sweep: Sweep, condition: Condition, kept: np.ndarray) -> str:
    """For one term: the number beyond which a tenth of the runs lie."""
    if len(condition.terms) != 1 or not kept.any():
        return ""
    from sim.analysis.wording import value_words

    term = condition.terms[0]
    values = by_world(sweep, sweep.table(term.measure))[kept]
    upper = (term.goal.sense == "high") == term.wanted
    number = float(np.quantile(values, 1 - SHARE_ADVISED if upper else SHARE_ADVISED))
    return f"a tenth of the runs lie {'above' if upper else 'below'} {value_words(number, term.measure.unit)}"
