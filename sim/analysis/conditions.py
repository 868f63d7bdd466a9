"""Which runs are of interest: `open_token_share[world] 2030-12 < 0.2 and new_compute_share[nvidia] > 60 %`.

The text is taken apart, never evaluated.
"""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING

import numpy as np

from sim.analysis.wording import measure_label, measure_named, value_words
from sim.errors import InputError
from sim.study.measures_of_study import Goal, MeasureError, goal_of

if TYPE_CHECKING:
    from sim.study.measures_of_study import Measure
    from sim.study.study_file import Study
    from sim.study.sweep_reader import Sweep

LONGEST = 1000
_TERM = re.compile(r"([^<>=!]+)(<=|>=|<|>)([^<>=!]+)")
_SIGNS = {("high", False): "at least", ("low", False): "at most", ("high", True): "above", ("low", True): "below"}


@dataclasses.dataclass(frozen=True)
class Term:
    """One measure against one number; `wanted` false turns it round (a goal that is missed)."""

    measure: Measure
    goal: Goal
    wanted: bool = True

    @property
    def words(self) -> str:
        """`Open token share, world, 2030-12 below 20 %`."""
        goal = self.goal
        sense, strict = goal.sense, goal.strict
        if not self.wanted:
            sense, strict = ("low" if sense == "high" else "high"), not strict
        return f"{measure_label(self.measure)} {_SIGNS[sense, strict]} {_number(goal.threshold, self.measure.unit)}"


@dataclasses.dataclass(frozen=True)
class Condition:
    """All terms together."""

    terms: tuple[Term, ...]

    @property
    def words(self) -> str:
        """In words, as a figure's title begins."""
        return " and ".join(term.words for term in self.terms)

    def of_interest(self, sweep: Sweep) -> tuple[np.ndarray, np.ndarray]:
        """Which runs meet it, and which have a value of every measure; both (scenarios, samples, replicates)."""
        met, known = np.ones(sweep.shape, dtype=bool), np.ones(sweep.shape, dtype=bool)
        for term in self.terms:
            values = sweep.table(term.measure)
            known &= np.isfinite(values)
            met &= term.goal.met(values) == term.wanted
        return met & known, known


def condition_of(text: str, study: Study) -> Condition:
    """A condition from its text: `NAME OP NUMBER` joined by `and`, OP one of < <= > >=, NUMBER with or without a unit.

    Raises InputError with the nearest name of a measure.
    """
    if len(text) > LONGEST:
        raise InputError(f"is longer than {LONGEST} characters", key="--where")
    terms = []
    for part in re.split(r"\s+and\s+", text.strip(), flags=re.IGNORECASE):
        found = _TERM.fullmatch(part.strip())
        if found is None:
            raise InputError(
                f"'{part.strip()[:80]}' is not NAME < NUMBER (or <=, >, >=); several are joined by 'and'", key="--where"
            )
        name, sign, number = (piece.strip() for piece in found.groups())
        measure = measure_named(study, name, key="--where")
        try:
            goal = goal_of(f"{sign} {number}", measure.unit)
        except MeasureError as error:
            raise InputError(f"'{part.strip()[:80]}': {error}", key="--where") from None
        terms.append(Term(measure, goal))
    return Condition(tuple(terms))


def failing(number: int, study: Study) -> Condition:
    """The runs that miss a goal, counted from 1 over the measures whose goal has a threshold. Raises InputError."""
    goals = [one for one in study.measures if one.goal is not None and one.goal.threshold is not None]
    if not goals:
        raise InputError("no measure of the study has a goal with a threshold; give --where instead", key="--fails")
    if not 1 <= number <= len(goals):
        known = "; ".join(f"{place} {one.name} {one.goal.text}" for place, one in enumerate(goals, 1) if one.goal)
        raise InputError(f"there is no goal {number}; there are: {known}", key="--fails")
    measure = goals[number - 1]
    goal = measure.goal
    return Condition((Term(measure, goal, wanted=False),) if goal else ())


def _number(value: float | None, unit: str) -> str:
    return "" if value is None else value_words(value, unit)
