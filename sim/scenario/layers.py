"""Settings in layers: each later layer wins, and every layer that was beaten stays visible."""

from __future__ import annotations

import dataclasses
from typing import Any

from sim.dated import Dated, month_text, parse_month
from sim.registry_records import Parameter, Record
from sim.scenario.units import convert


@dataclasses.dataclass(frozen=True, slots=True)
class Layer:
    """One place that set a parameter: what kind of layer, whose, where it stands, and what it says there."""

    name: str
    file: str | None
    line: int | None
    written: str

    @property
    def place(self) -> str:
        """File and line."""
        if self.file is None:
            return ""
        return self.file if self.line is None else f"{self.file}:{self.line}"


@dataclasses.dataclass(frozen=True, slots=True)
class Setting:
    """The value of a parameter after all layers, and the layers that set it, weakest first."""

    path: str
    value: Dated
    layers: tuple[Layer, ...]

    @property
    def winner(self) -> Layer:
        """The strongest layer."""
        return self.layers[-1]


@dataclasses.dataclass(frozen=True, slots=True)
class Term:
    """Months during which a layer holds: from `first` to the month before `end`."""

    first: int
    end: int | None


def read_number(record: Record, raw: Any) -> float:
    """A written value in the record's unit: number, option, or text with a unit. Raises ValueError."""
    raw = raw.item() if hasattr(raw, "item") else raw
    if isinstance(raw, str) and not record.options:
        raw = convert(raw, record.unit)
    return record.number(raw)


def read_knots(record: Record, raw: dict[Any, Any]) -> tuple[tuple[int, float], ...]:
    """Knots of a mapping from months to values. Raises ValueError."""
    if not raw:
        raise ValueError("no dates")
    knots = tuple(sorted((parse_month(str(date)), read_number(record, item)) for date, item in raw.items()))
    if len({month for month, _ in knots}) < len(knots):
        raise ValueError("two dates in the same month")
    return knots


def overlay(current: Dated, parameter: Parameter, raw: Any, term: Term | None = None) -> Dated:
    """`current` with a written value on top.

    A scalar replaces the whole path, or only the months of `term` if there is one (a policy). A mapping of months
    replaces the values from its first month on and keeps the earlier ones. Raises ValueError.
    """
    record = parameter.record
    if isinstance(raw, dict):
        return current.overlaid(read_knots(record, raw))
    value = read_number(record, raw)
    if term is None:
        return Dated.constant(value, record.linear)
    return current.windowed(term.first, term.end, value)


def replaces_all(raw: Any, start: int) -> bool:
    """Whether a written value leaves nothing of the layers below it from month `start` on."""
    return not isinstance(raw, dict) or any(parse_month(str(date)) <= start for date in raw)


def written(raw: Any) -> str:
    """A value as text for explanations."""
    if isinstance(raw, dict):
        return "{" + ", ".join(f"{date}: {item}" for date, item in raw.items()) + "}"
    return str(raw)


def as_written(value: Dated, record: Record, start: int) -> Any:
    """What a file must say to set a path to `value`: a scalar, or a mapping of months from at most `start` on."""
    if value.is_constant:
        return record.written(value.knots[0][1])
    return {month_text(month): record.written(number) for month, number in value.trimmed(start).knots}


def value_text(value: Dated, record: Record) -> str:
    """A value on one line: a scalar, or `{2026-01: 0.17, 2028-01: 0.2}`."""

    def shown(number: float) -> str:
        plain = record.written(number)
        return plain if isinstance(plain, str) else f"{plain:.12g}"

    if value.is_constant:
        return shown(value.knots[0][1])
    return "{" + ", ".join(f"{month_text(month)}: {shown(number)}" for month, number in value.knots) + "}"
