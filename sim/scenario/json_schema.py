"""JSON Schemas of the files that users edit, for completion and checks in an editor."""

from __future__ import annotations

import json
import pathlib
from typing import Any

from sim.registry import Registry, load_registry
from sim.registry_records import Parameter, Record
from sim.scenario.schema import ScenarioFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_MONTH = r"^\d{4}-\d{2}(-\d{2})?$"


def schemas() -> dict[str, dict[str, Any]]:
    """Schemas by file stem: `scenario`, `policy`, `parameters`."""
    registry = load_registry()
    return {"scenario": _scenario(registry), "policy": _policy(registry), "parameters": _parameters()}


def schema_text(schema: dict[str, Any]) -> str:
    """A schema as it stands in its file."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def write_schemas(folder: pathlib.Path, known: dict[str, dict[str, Any]]) -> list[pathlib.Path]:
    """Write schemas into a folder and return their files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, schema in known.items():
        file = folder / f"{name}.json"
        file.write_text(schema_text(schema), encoding="utf-8")
        written.append(file)
    return written


def _settings(registry: Registry) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {path: _setting(registry[path]) for path in registry},
    }


def _setting(parameter: Parameter) -> dict[str, Any]:
    record = parameter.record
    if record.options:
        scalar: dict[str, Any] = {"enum": list(record.options)}
    else:
        number: dict[str, Any] = {"type": "integer" if record.integer else "number"}
        if record.minimum is not None:
            number["minimum"] = record.minimum
        if record.maximum is not None:
            number["maximum"] = record.maximum
        scalar = {"anyOf": [number, {"type": "string"}]}
    dated = {"type": "object", "patternProperties": {_MONTH: scalar}, "additionalProperties": False, "minProperties": 1}
    key = "" if parameter.key is None else f" ({parameter.key})"
    return {"title": f"{record.label}{key}, {record.unit}", "description": record.description, "anyOf": [scalar, dated]}


def _scenario(registry: Registry) -> dict[str, Any]:
    from sim.policy.schema import Event

    schema = ScenarioFile.model_json_schema(mode="validation")
    policy = _policy(registry)
    event = Event.model_json_schema(mode="validation")
    definitions = {**schema.pop("$defs", {}), **policy.pop("$defs", {}), **event.pop("$defs", {})}
    policy.pop("$schema")
    name = {"type": "string", "minLength": 1}
    schema["properties"]["policies"]["items"] = {"anyOf": [name, policy]}
    schema["properties"]["events"]["items"] = {"anyOf": [name, event]}
    schema["properties"]["set"] = {**_settings(registry), "description": schema["properties"]["set"]["description"]}
    return {"$schema": DIALECT, **schema, "$defs": definitions}


def _policy(registry: Registry) -> dict[str, Any]:
    from sim.policy.schema import Policy

    schema = Policy.model_json_schema(mode="validation")
    text = "Parameter paths that the policy sets from its month of effect to the month before it expires."
    paths = {"enum": list(registry)}
    schema["properties"]["set"] = {"type": "object", "propertyNames": paths, "description": text}
    return {"$schema": DIALECT, **schema}


def _parameters() -> dict[str, Any]:
    schema = Record.model_json_schema(mode="validation")
    definitions = schema.pop("$defs", {})
    return {
        "$schema": DIALECT,
        "title": "Parameters of one group, by name",
        "type": "object",
        "additionalProperties": {"$ref": "#/$defs/Record"},
        "$defs": {**definitions, "Record": schema},
    }
