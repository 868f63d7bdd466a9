"""Fans of a sweep: quantiles over worlds month by month, of every policy and of its paired difference to the first."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.analysis.policies import Policy, by_world, scenario_values
from sim.errors import InputError
from sim.measures.registry import METRICS
from sim.scenario.problems import nearest

if TYPE_CHECKING:
    from sim.report.policy_strip import PolicyMark
    from sim.study.sweep_reader import Sweep

PROBABILITIES = (0.05, 0.25, 0.50, 0.75, 0.95)
COLUMNS = ("p05", "p25", "median", "p75", "p95")


@dataclasses.dataclass(frozen=True)
class Fan:
    """One policy: `bands` (probabilities, months) over the worlds that have a value, NaN in months without any."""

    policy: Policy
    bands: np.ndarray
    worlds: np.ndarray
    """How many worlds have a value, shape (months,)."""


@dataclasses.dataclass(frozen=True)
class SeriesFans:
    """A series under every policy, and its difference to the first policy of the sweep in the same worlds."""

    metric: str
    key: str
    unit: str
    values: list[Fan]
    differences: list[Fan]
    """All policies but the reference; empty if it is the only one."""
    reference: Policy


def chosen_series(sweep: Sweep, metric: str | None, key: str | None) -> list[tuple[str, str]]:
    """The series that a sweep kept, or those of one metric, or of a key. Raises InputError with the nearest name."""
    kept = list(sweep.study.series.pairs)
    metrics = list(dict.fromkeys(name for name, _ in kept))
    if metric is not None and metric not in metrics:
        hint = nearest(metric, metrics)
        known = "" if hint else f"; it kept {', '.join(metrics)}"
        raise InputError(f"the sweep kept no series of '{metric}'{known}", key="--metric", hint=hint)
    found = [pair for pair in kept if metric in (None, pair[0])]
    if key is None:
        return found
    keys = list(dict.fromkeys(name for _, name in found))
    if key not in keys:
        raise InputError(
            f"the sweep kept no key '{key}'{f' of {metric}' if metric else ''}; there are {', '.join(keys)}",
            key="--key",
            hint=nearest(key, keys),
        )
    return [pair for pair in found if pair[1] == key]


def fans_of(sweep: Sweep, policies: Sequence[Policy], pairs: Sequence[tuple[str, str]]) -> Iterator[SeriesFans]:
    """Fans of one series after the other: only one is in memory. `policies` are those to show, of `policies_of`.

    A run that failed has no value in any month; a difference needs both runs of its world.
    """
    from sim.analysis.policies import policies_of

    reference = policies_of(sweep)[0]
    for metric, key in pairs:
        values = by_world(sweep, sweep.series(metric, key))
        first = values[reference.number]
        yield SeriesFans(
            metric, key, METRICS[metric].unit,
            [_fan(policy, values[policy.number]) for policy in policies],
            [_fan(policy, values[policy.number] - first) for policy in policies if policy.number],
            reference,
        )  # fmt: skip


def _fan(policy: Policy, values: np.ndarray) -> Fan:
    """Quantiles over the first axis of (worlds, months)."""
    return Fan(policy, bands_of(values), np.isfinite(values).sum(axis=0))


def bands_of(values: np.ndarray) -> np.ndarray:
    """Quantiles over worlds of an array (worlds, months), missing values left out; shape (probabilities, months).

    Linear interpolation between order statistics, as `numpy.nanquantile` does it, but for all months at once: sorting
    puts missing values last.
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64), axis=0)
    count = np.isfinite(ordered).sum(axis=0)
    found = np.full((len(PROBABILITIES), values.shape[1]), np.nan)
    some = np.flatnonzero(count)
    for row, probability in enumerate(PROBABILITIES):
        place = probability * (count[some] - 1)
        low = np.floor(place).astype(np.int64)
        high = np.minimum(low + 1, count[some] - 1)
        one, other = ordered[low, some], ordered[high, some]
        found[row, some] = one + (other - one) * (place - low)
    return found


def fan_table(fans: SeriesFans, dates: pd.DatetimeIndex) -> pd.DataFrame:
    """A row per policy and month, levels first: policy, of, metric, key, unit, date, quantiles, worlds."""
    parts = []
    for of, group in (("value", fans.values), (f"difference to {fans.reference.name}", fans.differences)):
        for fan in group:
            head = {
                "policy": fan.policy.name, "scenario": fan.policy.scenario, "of": of, "metric": fans.metric,
                "key": fans.key, "unit": fans.unit, "date": dates,
            }  # fmt: skip
            bands = dict(zip(COLUMNS, fan.bands, strict=True))
            parts.append(pd.DataFrame({**head, **bands, "worlds": fan.worlds}))
    return pd.concat(parts, ignore_index=True)


def marks_of(sweep: Sweep) -> dict[str, tuple[PolicyMark, ...]]:
    """Policy marks of every scenario; `where` tells those that the first scenario has not, or that it has alone."""
    from sim.report.arms import merged_marks

    first = scenario_values(sweep, sweep.scenarios[0]).get("policies") or ()
    found = {}
    for scenario in sweep.scenarios:
        own = scenario_values(sweep, scenario).get("policies") or ()
        found[scenario] = merged_marks(first, own)
    return found


def mark_table(marks: dict[str, tuple[PolicyMark, ...]]) -> pd.DataFrame:
    """What the numbers of the strips stand for: a row per scenario and policy."""
    names = ["number", "id", "title", "actor", "announced", "effective", "ends", "where", "reference"]
    rows = [
        {"scenario": scenario, **{name: getattr(mark, name) for name in names}}
        for scenario, group in marks.items()
        for mark in group
    ]
    return pd.DataFrame(rows, columns=["scenario", *names])
