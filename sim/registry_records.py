"""What one record of the parameter registry holds, and the checks it must pass."""

from __future__ import annotations

import dataclasses
import math
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sim.dated import Dated, parse_month

REGIONS = ("us", "cn", "eu", "gulf", "sea", "row")
SEGMENTS = ("router", "startup", "enterprise", "public", "platform")
KEYS: dict[str | None, tuple[str, ...]] = {"region": REGIONS, "segment": SEGMENTS, None: ()}

Text = Annotated[str, Field(min_length=1)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Path = Number | str | dict[str, Number]
"""A number, the name of an option, or numbers by date."""


class Record(BaseModel):
    """One parameter, or one parameter per region or segment. Cannot be changed; unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)

    by: Literal["region", "segment"] | None = None
    """Whether there is one parameter for each region or each segment."""
    label: Text
    """Name for a chart or a slider."""
    description: Text
    """What it is, in a sentence or two."""
    unit: Text
    """Unit that pint can parse; 1 or share if it has no dimension."""
    value: Path | dict[str, Path]
    """Default: a number, an option, numbers by date, or any of these by region or segment."""
    between: Literal["step", "linear"] = "step"
    """How dated values are read between their dates."""
    low: Number | dict[str, Number | dict[str, Number]] | None = None
    """5 % value."""
    high: Number | dict[str, Number | dict[str, Number]] | None = None
    """95 % value."""
    minimum: Number | None = None
    """Hard lower bound: a scenario cannot go below."""
    maximum: Number | None = None
    """Hard upper bound."""
    distribution: Literal["triangular", "uniform", "loguniform", "normal", "lognormal", "choice"] = "triangular"
    """Shape between low and high."""
    role: Literal["X", "L", "R"]
    """X exogenous uncertainty, L lever, R structural switch."""
    options: tuple[Text, ...] = Field(default=(), strict=False)
    """Names of the variants of a structural switch; at run time a variant is its index."""
    integer: bool = False
    """Whether only whole numbers make sense."""
    grade: Literal["measured", "estimated", "expert", "assumed"]
    """Strength of the evidence."""
    source: Text
    """Where the value comes from; for an assumption, what is assumed and why."""

    @model_validator(mode="after")
    def _complete(self) -> Record:
        if self.options:
            if self.role != "R":
                raise ValueError("options belong to role R")
            if self.low is not None or self.high is not None:
                raise ValueError("options are its range: no low and high")
        elif self.low is None or self.high is None:
            raise ValueError("low and high are missing")
        if self.distribution == "loguniform" and _least(self.low) <= 0:
            raise ValueError("loguniform needs a low above 0")
        return self

    @property
    def linear(self) -> bool:
        """Whether dated values are joined by lines."""
        return self.between == "linear"

    def number(self, value: Any) -> float:
        """A value in the record's unit as it is stored: an option becomes its index. Raises ValueError."""
        if self.options:
            if isinstance(value, bool) and set(self.options) == {"off", "on"}:
                value = "on" if value else "off"
            if value not in self.options:
                raise ValueError(f"{_shown(value)} is not one of {', '.join(self.options)}")
            return float(self.options.index(value))
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{_shown(value)} is not a number")
        if not math.isfinite(value):
            raise ValueError(f"{value} is not a finite number")
        if self.integer and value != int(value):
            raise ValueError(f"{value:.15g} is not a whole number")
        if not self.lowest <= value <= self.highest:
            raise ValueError(f"{value:.15g} is outside its bounds {self.bounds_text()}")
        return float(value)

    def written(self, number: float) -> float | int | str:
        """The inverse of `number`: what a file would say."""
        if self.options:
            return self.options[int(number)]
        return int(number) if self.integer else number

    @property
    def lowest(self) -> float:
        """Hard lower bound, minus infinity if there is none."""
        return -math.inf if self.minimum is None else self.minimum

    @property
    def highest(self) -> float:
        """Hard upper bound, infinity if there is none."""
        return math.inf if self.maximum is None else self.maximum

    def bounds_text(self) -> str:
        """Hard bounds in words."""
        if self.maximum is None:
            return f"{self.minimum:.15g} or more {self.unit}"
        if self.minimum is None:
            return f"{self.maximum:.15g} or less {self.unit}"
        return f"{self.minimum:.15g} to {self.maximum:.15g} {self.unit}"


@dataclasses.dataclass(frozen=True, slots=True)
class Parameter:
    """One path of the registry.

    `field` names the column of the run-time table and `column` the position inside it (None for a scalar field);
    `low` and `high` are the 5 % and 95 % values, None for a switch with options.
    """

    path: str
    field: str
    column: int | None
    key: str | None
    record: Record
    default: Dated
    low: Dated | None
    high: Dated | None


def expand(name: str, record: Record) -> list[Parameter]:
    """Parameters of a record: one, or one per region or segment. `name` is `energy.electricity_price`.

    Raises ValueError if a key or a date is wrong, or a default is outside low to high or the hard bounds.
    """
    keys: tuple[str | None, ...] = KEYS[record.by] or (None,)
    group, _, short = name.partition(".")
    parameters = []
    for column, key in enumerate(keys):
        parameter = Parameter(
            path=name if key is None else f"{group}.{key}.{short}",
            field=name.replace(".", "_"),
            column=None if key is None else column,
            key=key,
            record=record,
            default=_dated(_of_key(record.value, record.by, key, "value"), record, bounded=True),
            low=None if record.low is None else _dated(_of_key(record.low, record.by, key, "low"), record),
            high=None if record.high is None else _dated(_of_key(record.high, record.by, key, "high"), record),
        )
        _check_order(parameter)
        parameters.append(parameter)
    return parameters


def _shown(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _least(low: Any) -> float:
    return min(map(_least, low.values())) if isinstance(low, dict) else math.inf if low is None else float(low)


def _of_key(value: Any, by: str | None, key: str | None, what: str) -> Any:
    if key is None or not isinstance(value, dict) or not any(part in KEYS[by] for part in value):
        return value
    if sorted(value) != sorted(KEYS[by]):
        odd = [part for part in value if part not in KEYS[by]]
        missing = [part for part in KEYS[by] if part not in value]
        raise ValueError(f"{what} by {by}: " + (f"unknown {odd[0]}" if odd else f"{missing[0]} is missing"))
    return value[key]


def _dated(value: Any, record: Record, bounded: bool = False) -> Dated:
    def number(item: Any) -> float:
        return record.number(item) if bounded else float(item)

    if not isinstance(value, dict):
        return Dated.constant(number(value), record.linear)
    if not value:
        raise ValueError("no dates")
    knots = tuple(sorted((parse_month(date), number(item)) for date, item in value.items()))
    if len({month for month, _ in knots}) < len(knots):
        raise ValueError("two dates in the same month")
    return Dated(knots, record.linear)


def _check_order(parameter: Parameter) -> None:
    low, high, default = parameter.low, parameter.high, parameter.default
    if low is None or high is None:
        return
    for month in sorted({month for path in (low, high, default) for month, _ in path.knots}):
        least, value, most = low.at(month), default.at(month), high.at(month)
        if not least <= value <= most:
            raise ValueError(f"{parameter.path}: default {value:g} is not between low {least:g} and high {most:g}")
