"""Which numbers of a run are assumptions: what the scenario changed, and the widest of the assumed parameters."""

from __future__ import annotations

import collections
import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from sim.dated import parse_month
from sim.registry import Registry
from sim.registry_records import Parameter

READ_AT = "2025-12"
ALWAYS_SHOWN = ("chips.domestic_learning_denial", "developers.usage_elasticity")
"""Records that carry a policy quarrel or conflicting evidence: their range is shown in every report."""
WIDEST = math.log(10)
"""Spread of a range that includes zero or changes sign, at most: it has no ratio to rank by."""
GRADES = ("measured", "estimated", "expert", "assumed")


@dataclasses.dataclass(frozen=True)
class Assumption:
    """One record of the registry as a reader of a report needs it. Values are those of READ_AT."""

    name: str
    label: str
    value: str
    range: str
    unit: str
    grade: str
    source: str
    spread: float
    """ln(high / low) at its widest key; at most WIDEST where that has no meaning. A rank, not an influence."""


@dataclasses.dataclass(frozen=True)
class Changed:
    """A parameter whose value in this run is not the default."""

    path: str
    label: str
    value: str
    default: str
    unit: str


def grade_counts(registry: Registry) -> dict[str, int]:
    """Number of registry records by grade of evidence, strongest first."""
    counts: collections.Counter[str] = collections.Counter(record.grade for record in registry.records.values())
    return {grade: counts[grade] for grade in GRADES}


def widest_assumptions(registry: Registry, limit: int = 16) -> list[Assumption]:
    """ALWAYS_SHOWN, then uncertain records of grade `assumed`, the widest range first; levers and switches left out."""
    by_record: dict[str, list[Parameter]] = {}
    for parameter in registry.parameters.values():
        by_record.setdefault(parameter.field, []).append(parameter)
    rows = []
    for name, record in registry.records.items():
        uncertain = record.grade == "assumed" and record.role == "X" and not record.options
        if uncertain or name in ALWAYS_SHOWN:
            rows.append(_assumption(name, by_record[name.replace(".", "_")]))
    return sorted(rows, key=lambda row: (row.name not in ALWAYS_SHOWN, -row.spread, row.name))[:limit]


def _assumption(name: str, parameters: list[Parameter]) -> Assumption:
    month = parse_month(READ_AT)
    record = parameters[0].record
    values = [item.default.at(month) for item in parameters]
    lows = [item.low.at(month) for item in parameters if item.low is not None]
    highs = [item.high.at(month) for item in parameters if item.high is not None]
    return Assumption(
        name=name,
        label=record.label,
        value=span(min(values), max(values)),
        range=span(min(lows), max(highs)),
        unit="" if record.unit in ("1", "share") else record.unit,
        grade=record.grade,
        source=record.source,
        spread=max(_spread(*item) for item in zip(lows, values, highs, strict=True)),
    )


def _spread(low: float, value: float, high: float) -> float:
    if low > 0:
        return math.log(high / low)
    return min((high - low) / abs(value), WIDEST) if value else WIDEST


def span(low: float, high: float) -> str:
    """`0.05` or `0.05–0.2`."""
    return f"{low:.4g}" if low == high else f"{low:.4g}–{high:.4g}"


def changed_parameters(registry: Registry, settings: Mapping[str, Any]) -> list[Changed]:
    """Parameters that a resolved scenario sets to something else than the registry's default."""
    from sim.scenario.layers import as_written

    month = parse_month("2023-01")
    rows = []
    for path, value in settings.items():
        if path not in registry:
            continue
        parameter = registry[path]
        default = as_written(parameter.default, parameter.record, month)
        if plain(default) != plain(value):
            unit = "" if parameter.record.unit in ("1", "share") else parameter.record.unit
            rows.append(Changed(path, parameter.record.label, shown(value), shown(default), unit))
    return rows


def plain(value: Any) -> Any:
    """A parameter's value with all numbers as floats, so that 1 and 1.0 are alike."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def shown(value: Any) -> str:
    """A parameter's value in a table: a number, or numbers from months on."""
    if isinstance(value, Mapping):
        parts = [f"{shown(item)} from {key}" for key, item in value.items()]
        return ", ".join(parts[:6]) + (", …" if len(parts) > 6 else "")
    return f"{value:.6g}" if isinstance(value, float) else str(value)
