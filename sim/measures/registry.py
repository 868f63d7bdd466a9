"""What is observed: one record per metric, filled by the modules of this package.

A metric is a small function of the history of a run. Its docstring's first paragraph is its definition.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from sim.measures.panel import Panel

Aggregation = Literal["sum", "mean", "end"]
Series = dict[str, np.ndarray]
Function = Callable[["Panel"], Series]

UNITS = frozenset(
    [
        "USD/month", "share", "month", "USD/H100e", "W/H100e", "H100e/month", "H100e", "chips/month", "0-10,000",
        "USD/hour", "GW", "TWh/year", "USD/kWh", "ECI", "USD/year", "USD", "USD/Mtoken", "token/day", "token/user/day",
        "share of firms", "user", "download", "robot", "robot/month", "USD/robot", "ratio", "count", "1/year",
        "Mt/month", "2023-01 = 100",
    ]
)  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class Metric:
    """One metric: name, unit, what its keys are, definition, how a window of months is read, and the function.

    The function takes a `sim.measures.panel.Panel` and returns a mapping from key to an array of shape (months,), NaN
    where the value is not defined. The keys do not depend on the run.
    """

    name: str
    unit: str
    keys: str
    definition: str
    aggregation: Aggregation
    function: Function


METRICS: dict[str, Metric] = {}


def metric(name: str, *, unit: str, keys: str, aggregation: Aggregation) -> Callable[[Function], Function]:
    """Register a function under the name of its metric; its docstring's first paragraph is the definition.

    Raises ValueError for a name that is taken, an unknown unit or aggregation, or a missing definition.
    """
    if name in METRICS:
        raise ValueError(f"metric {name} is defined twice")
    if unit not in UNITS:
        raise ValueError(f"metric {name}: unknown unit {unit!r}")
    if aggregation not in ("sum", "mean", "end"):
        raise ValueError(f"metric {name}: unknown aggregation {aggregation!r}")

    def register(function: Function) -> Function:
        text = inspect.getdoc(function)
        if not text:
            raise ValueError(f"metric {name} has no definition")
        definition = " ".join(text.split("\n\n")[0].split())
        METRICS[name] = Metric(name, unit, keys, definition, aggregation, function)
        return function

    return register
