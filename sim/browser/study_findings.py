"""What a page says of a finished sweep: the numbers of `weightshift fan`, `drivers`, `regret` and `discover`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.analysis.policies import chosen, gap_words, policies_of
from sim.errors import InputError

if TYPE_CHECKING:
    from sim.analysis.discover import Discovery
    from sim.analysis.drivers import Drivers, Output
    from sim.analysis.fan import SeriesFans
    from sim.analysis.policies import Policy
    from sim.analysis.regret import Regret
    from sim.study.measures_of_study import Measure
    from sim.study.sweep_reader import Sweep

FANS = 4
"""So many policies are drawn at first."""


@dataclasses.dataclass(frozen=True)
class Asked:
    """A condition on one measure, as a visitor chooses it."""

    measure: str
    above: bool
    threshold: float
    """In the unit in which it is asked, see `unit_asked`: per cent for shares."""
    policy: str = ""
    """Only runs of one scenario or policy; all if empty."""


def measures_of(sweep: Sweep) -> list[tuple[str, str]]:
    """Name and label of each measure."""
    from sim.analysis.wording import measure_label

    return [(one.name, measure_label(one)) for one in sweep.study.measures]


def measure(sweep: Sweep, name: str) -> Measure:
    """A measure by its name. Raises InputError for a name that is none."""
    from sim.analysis.wording import measure_named

    return measure_named(sweep.study, name, key="measure")


def series_of(sweep: Sweep) -> list[tuple[tuple[str, str], str]]:
    """Series that the sweep kept, those of its measures first, with their labels."""
    from sim.analysis.wording import series_label

    first = [(one.metric, one.key) for one in sweep.study.measures]
    pairs = dict.fromkeys([*first, *sweep.study.series.pairs])
    return [(pair, series_label(*pair)) for pair in pairs]


def fan(sweep: Sweep, pair: tuple[str, str], asked: list[str]) -> SeriesFans:
    """Quantiles over worlds by month under the policies asked for. Raises InputError for an unknown one."""
    from sim.analysis.fan import chosen_series, fans_of

    (known,) = chosen_series(sweep, *pair)
    return next(fans_of(sweep, chosen(policies_of(sweep), asked), [known]))


def effects_of(sweep: Sweep) -> list[Policy]:
    """Policies whose effect can be looked at."""
    return policies_of(sweep)[1:]


def drivers(sweep: Sweep, name: str, effect: str) -> Drivers:
    """Indices and ends of every parameter for a measure, or for a policy's effect on it if one is named.

    Raises InputError if the study has nothing uncertain or too few points.
    """
    from sim.analysis.drivers import drivers_of, method_of, outputs_of

    outputs = outputs_of(sweep, [measure(sweep, name)], [effect] if effect else [], level=not effect)
    return drivers_of(sweep, outputs, method_of(sweep, None))


def driver_lines(sweep: Sweep, found: Drivers) -> list[str]:
    """The finding, where variance comes from, and what was left out."""
    from sim.analysis.drivers_words import finding, gaps, split_words

    said: list[str] = []
    for output in found.outputs:
        said += [finding(found, output), split_words(found, output).strip()]
    return [line for line in [*said, *gaps(sweep, found)] if line]


def tornado(found: Drivers, output: Output, most: int = 10) -> pd.DataFrame:
    """The strongest parameters with the mean at both ends, and whether they are told from noise."""
    from sim.analysis.drivers import DUMMY

    ends = found.ends[(found.ends["of"] == output.of) & (found.ends["measure"] == output.measure.name)]
    told = found.rows(output).set_index("parameter")["told"]
    ends = ends[ends["parameter"] != DUMMY].head(most)
    return ends.assign(told=[bool(told[name]) for name in ends["parameter"]])


def regret(sweep: Sweep) -> Regret:
    """Regret of every policy. Raises InputError if there is one policy only, or no measure has a goal."""
    from sim.analysis.regret import regret_of

    return regret_of(sweep)


def regret_lines(sweep: Sweep, found: Regret) -> list[str]:
    """Which policy is robust, and where each falls short."""
    from sim.analysis.regret_words import gaps, verdict

    return [*verdict(found), gap_words(sweep), *gaps(found)]


def unit_asked(sweep: Sweep, one: Measure) -> tuple[float, str]:
    """What a value of a measure is multiplied by so that a threshold has few digits, and its unit then."""
    from sim.analysis.wording import drawn_in

    return drawn_in(one.unit, sweep.table(one))


def threshold_advised(sweep: Sweep, one: Measure, above: bool) -> float:
    """A round number beyond which about a fifth of the runs lie, in the unit in which it is asked."""
    values = sweep.table(one)
    values = values[np.isfinite(values)]
    if not len(values):
        return 0.0
    return float(f"{float(np.quantile(values, 0.8 if above else 0.2)) * unit_asked(sweep, one)[0]:.3g}")


def discovery(sweep: Sweep, asked: Asked, progress: Callable[[int, int], None] | None = None) -> Discovery:
    """The box of the worlds in which a measure is above or below a number. Raises InputError if it cannot be told."""
    from sim.analysis.cases import cases_of
    from sim.analysis.conditions import Condition, Term
    from sim.analysis.discover import check_enough, discover
    from sim.study.measures_of_study import Goal

    one = measure(sweep, asked.measure)
    if not np.isfinite(asked.threshold):
        raise InputError("is not a number", key="threshold")
    goal = Goal("high" if asked.above else "low", asked.threshold / unit_asked(sweep, one)[0], strict=True)
    cases = cases_of(sweep, Condition((Term(one, goal),)), asked.policy or None, asked="threshold")
    check_enough(cases)
    return discover(cases, progress=progress)


def discovery_lines(sweep: Sweep, found: Discovery) -> list[str]:
    """The box in words, a line per limit, and how far it can be trusted."""
    from sim.analysis.discover_words import gaps, verdict

    return [*verdict(found), gap_words(sweep), *gaps(found.cases)]
