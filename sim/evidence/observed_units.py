"""Units of observed rows in the model's: shares in per cent, annual rates of a quarter, billions and megawatts."""

from __future__ import annotations

import functools

import pandas as pd

from sim.measures import METRICS
from sim.measures.windows import window_unit
from sim.scenario.units import UnitError, factor

SAME = {"H100-hour": "hour", "Mtoken (3:1 input:output)": "Mtoken", "percent": "%"}
"""How observed files say what the model's metric means by its name."""

WINDOWS = {"/quarter": (3, "month"), "/half": (6, "month")}
MULTIPLES = ("thousand", "million", "billion", "trillion")


def unit_of_row(metric: str, window: str) -> str:
    """Unit of the model's value of a metric over a window."""
    return window_unit(METRICS[metric].unit, window, METRICS[metric].aggregation)


@functools.cache
def factor_between(given: str, wanted: str) -> float | None:
    """What a value in `given` is multiplied by to be in `wanted`; None if the units do not fit."""
    one, other = _plain(given), _plain(wanted)
    if one == other:
        return 1.0
    if wanted == "share of firms":
        return 0.01 if given == "percent of firms" else None
    try:
        (one, months), (other, wanted_months) = _months(one), _months(other)
        return factor(one, other) * wanted_months / months
    except UnitError:
        return None


def _plain(unit: str) -> str:
    for text, same in SAME.items():
        unit = unit.replace(text, same)
    first, _, rest = unit.partition(" ")
    return f"{first} * {rest}" if first in MULTIPLES and rest else unit


def _months(unit: str) -> tuple[str, float]:
    """A unit without quarters and halves, which are no units of time elsewhere, and the number of months in them."""
    for text, (months, same) in WINDOWS.items():
        if unit.endswith(text):
            return f"{unit.removesuffix(text)}/{same}", float(months)
    return unit, 1.0


def in_model_units(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Rows with value, low, high and unit in the model's unit of their window; and a reason for those that have none.

    The second result has an empty text for a row that fits. All metrics must be metrics of the model.
    """
    pairs = zip(frame["metric"], frame["window"], strict=True)
    wanted = [unit_of_row(metric, window) for metric, window in pairs]
    factors = [factor_between(given, unit) for given, unit in zip(frame["unit"], wanted, strict=True)]
    reasons = [
        "" if factor is not None else f"its unit, {given}, cannot be converted to the model's, {unit}"
        for factor, given, unit in zip(factors, frame["unit"], wanted, strict=True)
    ]
    scale = pd.Series([1.0 if factor is None else factor for factor in factors], index=frame.index, dtype=float)
    changed = {name: frame[name] * scale for name in ("value", "low", "high")}
    return frame.assign(**changed, unit=wanted), pd.Series(reasons, index=frame.index, dtype=object)
