"""What is calibrated, against what, and how: `plan.yaml`, checked.

A parameter has a prior: a range, uniform on its scale. A target is an observed series with the standard deviation of
the model's discrepancy from it, on the series' scale (see `sim.evidence.observations.scale_of`): what a model of this
structure is expected to miss at its best parameters.
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from scipy.special import ndtr, ndtri

from sim.errors import InputError
from sim.registry import load_registry
from sim.yaml_file import read_yaml

PLAN_FILE = Path(__file__).with_name("plan.yaml")
SMALLEST = 1e-9


class Strict(BaseModel):
    """Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Prior(Strict):
    """A parameter and the range in which it is searched; the registry's own 5-95 % range if none is given."""

    path: str
    reason: str = Field(min_length=10)
    low: float | None = None
    high: float | None = None
    scale: Literal["linear", "log"] = "linear"

    @model_validator(mode="after")
    def _ordered(self) -> Prior:
        low, high = self.bounds
        if not low < high:
            raise ValueError(f"low, {low:g}, is not below high, {high:g}")
        if self.scale == "log" and low <= 0.0:
            raise ValueError("a logarithmic scale needs a range above zero")
        return self

    @property
    def bounds(self) -> tuple[float, float]:
        """Ends of the range."""
        record = load_registry()[self.path].record
        low = record.low if self.low is None else self.low
        high = record.high if self.high is None else self.high
        if not isinstance(low, int | float) or not isinstance(high, int | float):
            raise ValueError("the registry gives no range; give low and high")
        return float(low), float(high)

    @property
    def integer(self) -> bool:
        """Whether only whole numbers make sense."""
        return load_registry()[self.path].record.integer

    def value(self, score: np.ndarray) -> np.ndarray:
        """Values of the parameter from standard normal scores: the prior is uniform on the scale."""
        low, high = self.bounds
        part = ndtr(score)
        found = np.exp(np.log(low) + part * np.log(high / low)) if self.scale == "log" else low + part * (high - low)
        return np.rint(found) if self.integer else found

    def score(self, value: np.ndarray) -> np.ndarray:
        """Standard normal scores of values inside the range: the inverse of `value`."""
        low, high = self.bounds
        value = np.asarray(value, dtype=np.float64)
        part = np.log(value / low) / np.log(high / low) if self.scale == "log" else (value - low) / (high - low)
        return ndtri(np.clip(part, SMALLEST, 1.0 - SMALLEST))


class Target(Strict):
    """Observed series of one metric that the parameters must meet, and how well such a model can."""

    metric: str
    keys: tuple[str, ...] = ()
    """All observed keys of the metric if empty."""
    discrepancy: float = Field(gt=0.0)
    reason: str = Field(min_length=10)


class Settings(Strict):
    """Numbers of the method."""

    members: int = Field(ge=20)
    """Parameter sets that move through the iterations together."""
    iterations: int = Field(ge=1, le=20)
    developers: int = Field(ge=100)
    """Developers of a world: fewer than in a run, for speed."""
    seeds: int = Field(ge=2)
    """Worlds per member in the final filter."""
    correlation_months: float = Field(gt=0.0)
    """Time in which the correlation of a series' discrepancy with itself falls to 1/e."""
    kept: int = Field(ge=10)
    """Most members in the ensemble."""
    cut: float = Field(gt=0.0)
    """A series rules a member out if its implausibility is above this."""
    allowed: int = Field(ge=0)
    """As many series may, so that one wrong number in the data does not decide (Pukelsheim's rule for the worst)."""


class Plan(Strict):
    """The whole plan."""

    parameters: tuple[Prior, ...] = Field(min_length=1)
    targets: tuple[Target, ...] = Field(min_length=1)
    settings: Settings

    @model_validator(mode="after")
    def _once(self) -> Plan:
        paths = [prior.path for prior in self.parameters]
        twice = sorted({path for path in paths if paths.count(path) > 1})
        if twice:
            raise ValueError(f"{twice[0]} is listed twice")
        return self

    @property
    def paths(self) -> tuple[str, ...]:
        """Parameters in their order."""
        return tuple(prior.path for prior in self.parameters)

    def values(self, scores: np.ndarray) -> pd.DataFrame:
        """Parameter sets, one a row, from standard normal scores of shape (members, parameters)."""
        return pd.DataFrame({p.path: p.value(scores[:, i]) for i, p in enumerate(self.parameters)})

    def scores(self, values: pd.DataFrame) -> np.ndarray:
        """The inverse of `values`, shape (members, parameters)."""
        return np.column_stack([p.score(values[p.path].to_numpy()) for p in self.parameters])

    def overrides(self, row: np.ndarray) -> tuple[tuple[str, float | int], ...]:
        """One row of values as a world takes them."""
        return tuple(
            (prior.path, int(value) if prior.integer else float(value))
            for prior, value in zip(self.parameters, row, strict=True)
        )

    def discrepancy(self, metric: str, key: str) -> float | None:
        """Standard deviation of the discrepancy of a series on its scale, or None if it is not a target."""
        for target in self.targets:
            if target.metric == metric and (not target.keys or key in target.keys):
                return target.discrepancy
        return None

    @functools.cached_property
    def digest(self) -> str:
        """First 12 digits of SHA-256 over the plan's content."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:12]


def read_plan(path: Path = PLAN_FILE) -> Plan:
    """The plan of a file. Raises InputError with file and key for anything wrong in it."""
    data = read_yaml(path).data
    registry = load_registry()
    for number, entry in enumerate(data.get("parameters") or [] if isinstance(data, dict) else []):
        name = entry.get("path") if isinstance(entry, dict) else None
        if isinstance(name, str) and name not in registry:
            near = registry.nearest(name)
            hint = f"did you mean {near}?" if near else None
            raise InputError(f"no parameter '{name}'", file=str(path), key=f"parameters.{number}.path", hint=hint)
    try:
        return Plan.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or None
        raise InputError(first["msg"].removeprefix("Value error, "), file=str(path), key=key) from None
