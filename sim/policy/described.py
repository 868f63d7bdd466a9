"""What the instruments say of themselves: every parameter by path with type, unit, default and meaning.

Read off the models, so that templates, explanations and the catalogue cannot differ from what is checked.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any

from sim.policy.base import Frozen

SUFFIXES = (
    ("_usd_per_gpu_hour", "USD/hour"), ("_usd_per_year", "USD/year"), ("_usd_kwh", "USD/kWh"),
    ("_usd_per_kwh", "USD/kWh"), ("_usd_per_mwh", "USD/MWh"), ("_usd_per_tonne", "USD/t"),
    ("_usd_per_month", "USD/month"), ("_gb_s_mm2", "GB/s/mm2"), ("_gb_s", "GB/s"), ("_mm2", "mm2"), ("_gb", "GB"),
    ("_gw_per_year", "GW/year"), ("_mw_per_year", "MW/year"), ("_h100e_per_customer_year", "H100e/year"),
    ("_h100e_per_month", "H100e/month"), ("_h100e", "H100e"), ("_eci", "ECI"), ("_gw", "GW"), ("_mw", "MW"),
    ("_usd", "USD"), ("_months", "month"), ("_years", "year"), ("_share", "share"), ("_rate", "share"),
    ("_billion_below", "billion"), ("_share_max", "share"), ("_share_min", "share"), ("_share_of_home_sales", "share"),
)  # fmt: skip
"""Endings of names that say the unit."""


@dataclasses.dataclass(frozen=True, slots=True)
class Described:
    """A parameter of an instrument: `path` inside the parameters, as in terms.levy_rate or clauses[].name."""

    path: str
    kind: str
    """Type and range in words."""
    unit: str
    """Unit as its name says it; empty if it has none."""
    default: str
    """Default as a file would say it; empty if it must be given."""
    required: bool
    text: str
    """What it means."""

    @property
    def name(self) -> str:
        """Last part of the path."""
        return self.path.rpartition(".")[2].removesuffix("[]")


def described(model: type[Frozen]) -> list[Described]:
    """Every parameter of a model with those of the records inside it, in the order of the model."""
    schema = model.model_json_schema(mode="validation")
    return list(_walk(schema, schema.get("$defs", {}), ""))


def meaning(model: type[Frozen]) -> str:
    """The docstring of a model as one paragraph."""
    return " ".join((model.__doc__ or "").split())


def _walk(schema: Mapping[str, Any], known: Mapping[str, Any], above: str) -> Iterator[Described]:
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        inner, several = _record(field, known)
        path = f"{above}{name}" + ("[]" if several and inner is not None else "")
        yield Described(
            path=path,
            kind=_kind(field, known),
            unit=_unit(name, field),
            default="" if name in required else _default(field, known),
            required=name in required,
            text=" ".join(str(field.get("description", "")).split()),
        )
        if inner is not None:
            yield from _walk(inner, known, f"{path}.")


def _record(field: Mapping[str, Any], known: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, bool]:
    """Schema of the record that a field holds, and whether it holds a list of them."""
    if "$ref" in field:
        return known[field["$ref"].rpartition("/")[2]], False
    for option in field.get("anyOf", ()):
        found, several = _record(option, known)
        if found is not None:
            return found, several
    if field.get("type") == "array" and "$ref" in field.get("items", {}):
        return _record(field["items"], known)[0], True
    return None, False


def _kind(field: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    if "$ref" in field:
        return "mapping"
    if "anyOf" in field:
        kinds = [_kind(option, known) for option in field["anyOf"] if option.get("type") != "null"]
        return " or ".join([*dict.fromkeys(kinds), *(["null"] if len(kinds) < len(field["anyOf"]) else [])])
    if "enum" in field:
        return "one of " + ", ".join(map(str, field["enum"]))
    if "const" in field:
        return str(field["const"])
    kind = field.get("type")
    if kind == "array":
        inside = _kind(field.get("items", {}), known)
        least = "" if not field.get("minItems") else ", at least one"
        return f"list of {'records' if inside == 'mapping' else inside.removeprefix('one of ')}{least}"
    if kind == "object":
        keys = field.get("propertyNames", {}).get("enum", ())
        names = f" from {', '.join(keys)}" if keys else ""
        return f"mapping{names} to {_kind(field.get('additionalProperties') or {}, known)}"
    if kind in ("number", "integer"):
        return ("whole number" if kind == "integer" else "number") + _range(field)
    if kind == "boolean":
        return "true or false"
    return "day" if "examples" in field and "pattern" in field else "text"


def _range(field: Mapping[str, Any]) -> str:
    low = field.get("minimum", field.get("exclusiveMinimum"))
    high = field.get("maximum", field.get("exclusiveMaximum"))
    more = "above" if "exclusiveMinimum" in field else "from"
    less = "below" if "exclusiveMaximum" in field else "to"
    return ("" if low is None else f" {more} {low:g}") + ("" if high is None else f" {less} {high:g}")


def _unit(name: str, field: Mapping[str, Any]) -> str:
    options = [field, *field.get("anyOf", ())]
    if not any(option.get("type") in ("number", "integer") for option in options):
        return ""
    for ending, unit in SUFFIXES:
        if f"_{name}".endswith(ending):
            return unit
    if any(option.get("minimum") == 0 and option.get("maximum") == 1 for option in options):
        return "share"
    stated = re.search(
        r", ([A-Za-z0-9/]*(?:USD|GW|MW|H100e|kWh|month|year)[A-Za-z0-9/]*)[.,;]", str(field.get("description", ""))
    )
    return stated.group(1) if stated else ""


def _default(field: Mapping[str, Any], known: Mapping[str, Any]) -> str:
    import json

    value = field.get("default")
    if isinstance(value, dict) and "$ref" in field:
        plain = {
            name: part.get("default") for name, part in known[field["$ref"].rpartition("/")[2]]["properties"].items()
        }
        value = {name: item for name, item in value.items() if item != plain.get(name)}
    return json.dumps(value, ensure_ascii=False)
