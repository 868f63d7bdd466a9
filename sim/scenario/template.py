"""Commented first versions of scenario and policy files: valid as they stand, with every possibility shown.

Lines with two hashes are prose. Lines with one are examples that work when `# ` is taken away.
"""

from __future__ import annotations

import functools
import os
import pathlib
from typing import Any

from pydantic import ValidationError

from sim.dated import month_text, parse_month
from sim.errors import InputError
from sim.policy.chips import chip_specs
from sim.policy.described import Described, described, meaning
from sim.policy.instruments import INSTRUMENTS, Parameters
from sim.policy.schema import Policy
from sim.scenario import files
from sim.scenario.load import policy_of_file
from sim.scenario.model import Scenario
from sim.scenario.problems import nearest

EXAMPLE_MONTH = "2026-07"
LEVERS = (
    "energy.us.electricity_price",
    "energy.us.time_to_power_months",
    "export_controls.detection",
    "export_controls.levy_pass_through",
    "pricing.host_margin",
    "pricing.war_aggression",
)
"""Parameters shown as examples of the three groups that users reach for first."""
WIDTH = 110


def scenario_template(name: str, base: Scenario, extends: str, file: pathlib.Path) -> str:
    """Text of a scenario file that extends `base` and changes nothing yet. Raises InputError for a bad name."""
    files.check_name(name)
    end = month_text(base.end_month)
    baseline = base.baseline or ("" if files.is_path(extends) else base.id)
    above = pathlib.Path(extends)
    if files.is_path(extends) and not above.is_absolute():  # a path in a file is seen from the file
        extends = pathlib.Path(os.path.relpath(above.resolve(), file.parent.resolve())).as_posix()
    text = [
        files.schema_line(file, "scenario").rstrip(),
        "## Lines with two hashes explain. Lines with one are examples: take `# ` away to use them.",
        f"## Problems: weightshift check {file}    A first run: weightshift run {file} --quick",
        "schema_version: 1",
        f"id: {name}",
        f'title: "{name.replace("-", " ").replace(".", " ").capitalize()}"',
        'question: ""',
        "## on the books, proposal, stress or illustrative",
        "status: illustrative",
        f"## This file says only what differs from {base.id}: {base.title}",
        f"extends: [{extends}]",
        "## What it is compared with.",
        f"baseline: {baseline}" if baseline else "# baseline: baseline",
        "",
        f"## Months that are simulated; {base.id} ends {end}.",
        f"# horizon: {{start: {month_text(base.start_month)}, end: {end}}}",
        "",
        *_policy_section(base),
        "",
        *_setting_section(base),
        "",
        *_event_section(),
        "",
        'notes: ""',
        "## Sources, each as a line of text.",
        "references: []",
    ]
    return "\n".join(text).lstrip("\n") + "\n"


def _policy_section(base: Scenario) -> list[str]:
    width = max(map(len, INSTRUMENTS))
    known = {policy.id for policy in base.policies}
    shipped = sorted(file.stem for file in (files.shipped_folder() / "policies").glob("*.yaml"))
    other = next((name for name in shipped if name not in known), None)
    dropped = base.policies[-1].id if base.policies else None
    lines = [
        "## Policies: names of files in policies/ (weightshift list --policies), or written out. Instruments, and what",
        "## each touches (weightshift new --policy NAME --instrument INSTRUMENT writes one with every parameter):",
        *(f"##   {name:<{width}}  {model.touches}" for name, model in INSTRUMENTS.items()),
        "# policies:",
        *([f"#   - {other}"] if other else []),
        *(f"#   {line}" for line in _EXAMPLE_POLICY),
    ]
    if dropped:
        lines += ["", f"## Policies of {base.id} that never were in this world.", f"# drop: [{dropped}]"]
    return lines


_EXAMPLE_POLICY = (
    "- id: my-levy",
    "  title: A levy of a tenth on licensed chips",
    "  instrument: levy",
    "  actor: us-bis",
    f"  announced: {EXAMPLE_MONTH}-01",
    "  effective: 2027-01-01",
    "  parameters: {rate: 0.1}",
    "  reference: illustration",
)


def _setting_section(base: Scenario) -> list[str]:
    month = parse_month(EXAMPLE_MONTH)
    lines = [
        "## Parameters: a number, text with a unit, an option, or any of these by month; values before the first month",
        "## stay. The three levers: energy.<region>.*, export_controls.*, pricing.*; all paths: weightshift list",
        "## --parameters PREFIX; where a value comes from: weightshift explain FILE PATH",
        "# set:",
    ]
    for path in LEVERS:
        if path not in base.registry:
            continue
        parameter = base.registry[path]
        record = parameter.record
        now = base.value_of(path).at(month)
        high = None if parameter.high is None else parameter.high.at(month)
        low = None if parameter.low is None else parameter.low.at(month)
        lines.append(f"#   ## {record.label}, {record.unit}; now {now:g}, range {low:g} to {high:g}")
        lines.append(f"#   {path}: {{{EXAMPLE_MONTH}: {_quantity(high, record.unit)}}}")
    return lines


def _quantity(value: float | None, unit: str) -> str:
    return f"{value:g}" if unit in ("1", "share", "ratio", "index") else f"{value:g} {unit}"


def _event_section() -> list[str]:
    from sim.policy.events import EVENT_KINDS

    return [
        f"## Events: ids of deals in sim/data/deals.csv, or written out; kinds: {', '.join(EVENT_KINDS)}.",
        "# events:",
        "#   - id: my-agent",
        "#     title: An open agent spreads",
        f"#     date: {EXAMPLE_MONTH}-01",
        "#     kind: agent_release",
        "#     fields: {openness: open, boost: 8, months: 12}",
    ]


def policy_template(name: str, instrument: str, file: pathlib.Path) -> str:
    """Text of a policy file with every parameter of an instrument. Raises InputError for a bad or unknown name."""
    files.check_name(name, policy=True)
    if instrument not in INSTRUMENTS:
        known = ", ".join(INSTRUMENTS)
        raise InputError(f"unknown instrument '{instrument}'; known: {known}", hint=nearest(instrument, INSTRUMENTS))
    model = INSTRUMENTS[instrument]
    values, whence = example_parameters(instrument)
    text = [
        files.schema_line(file, "policy").rstrip(),
        "## Two hashes explain. One hash is a parameter with its default: take `# ` away to set it.",
        f"## {model.label}: {meaning(model)}",
        f"## Touches {model.touches}. Problems: weightshift check {file}",
        f"id: {name}",
        f'title: "{name.replace("-", " ").capitalize()}"',
        f"instrument: {instrument}",
        "## Who acts, for example us-bis, cn-customs.",
        "actor: us-government",
        "## From this day agents know of it and may react.",
        f"announced: {EXAMPLE_MONTH}-01",
        "## First day in force; without it the policy is only announced.",
        "effective: 2027-01-01",
        "## First day on which it no longer binds.",
        "# expires: 2029-01-01",
        "## Whom it addresses, in words.",
        'target: ""',
        "## Where it is taken from.",
        "reference: illustration",
        "## Parameters whose number no source gives, and what was assumed.",
        *_assumption(values),
        "## Policies that lapse for good on the day this one comes into force.",
        "# supersedes: []",
        *([f"## The values are those of {whence}, as an example."] if whence else []),
        "parameters:",
        *_parameter_lines(described(model), values),
    ]
    return "\n".join(text).lstrip("\n") + "\n"


def _assumption(values: dict[str, Any]) -> list[str]:
    return [f"# assumptions: {{{next(iter(values))}: what was assumed and why}}"] if values else []


def _parameter_lines(fields: list[Described], values: dict[str, Any]) -> list[str]:
    """Each parameter with its meaning; what the example sets stands as it is, the others as comments."""
    from sim.scenario.write_yaml import inline

    lines: list[str] = []
    for field in fields:
        depth = field.path.count(".")
        about = "; ".join(part for part in (field.kind, field.unit, _default(field)) if part)
        if depth:
            lines.append(f"  {'  ' * depth}## {field.name}: {field.text} ({about})")
            continue
        lines.append(f"  ## {field.text} ({about})")
        if field.name in values:
            lines.append(f"  {field.name}: {inline(values[field.name])}")
        else:
            lines.append(f"  # {field.name}: {field.default}")
    return lines


def _default(field: Described) -> str:
    return "must be given" if field.required else f"default {field.default}"


@functools.cache
def _shipped_examples() -> dict[str, Policy]:
    """The first shipped policy of each instrument."""
    found: dict[str, Policy] = {}
    for file in sorted((files.shipped_folder() / "policies").glob("*.yaml")):
        policy = policy_of_file(file)
        if policy is not None:
            found.setdefault(policy.instrument, policy)
    return found


def example_parameters(instrument: str) -> tuple[dict[str, Any], str]:
    """Valid parameters of an instrument, and the shipped policy that they are taken from (empty: made up)."""
    shipped = _shipped_examples().get(instrument)
    if shipped is not None:
        return shipped.parameters.model_dump(mode="json", exclude_defaults=True), shipped.id
    model = INSTRUMENTS[instrument]
    values = _made_up(model).model_dump(mode="json", exclude_defaults=True)
    if not values:  # everything may be left out: show the first parameter all the same
        first = next(iter(model.model_fields))
        values = {first: model.model_validate({}).model_dump(mode="json")[first]}
    return values, ""


def _made_up(model: type[Parameters]) -> Parameters:
    """Parameters that the model accepts: what must be given, and as much more as it asks for."""
    schema = model.model_json_schema(mode="validation")
    known, fields = schema.get("$defs", {}), schema["properties"]
    given = {name: _value(fields[name], name, known) for name in schema.get("required", ())}
    more = {name: _value(field, name, known) for name, field in fields.items() if name not in given}
    tries = [{}, *({name: value} for name, value in more.items()), more]
    for extra in tries:
        try:
            return model.model_validate(given | extra)
        except ValidationError as error:
            refused = error
    raise refused


def _value(field: dict[str, Any], name: str, known: dict[str, Any]) -> Any:
    """A possible value of a field that must be given."""
    if "$ref" in field:
        inner = known[field["$ref"].rpartition("/")[2]]
        wanted = inner.get("required", ()) or list(inner["properties"])[:1]
        return {part: _value(inner["properties"][part], part, known) for part in wanted}
    if "anyOf" in field:
        return _value(field["anyOf"][0], name, known)
    if "enum" in field:
        return "cn" if "cn" in field["enum"] else field["enum"][0]
    kind = field.get("type")
    if kind == "array":
        return [_value(field["items"], name, known)]
    if kind == "object":
        keys = field.get("propertyNames", {}).get("enum", ["name"])
        return {keys[0]: _value(field.get("additionalProperties") or {}, name, known)}
    if kind in ("number", "integer"):
        low, high = (
            field.get("minimum", field.get("exclusiveMinimum", 0)),
            field.get("maximum", field.get("exclusiveMaximum")),
        )
        middle = low + 1 if high is None else (low + high) / 2
        return int(middle) if kind == "integer" else float(middle)
    if kind == "boolean":
        return True
    if "examples" in field and "pattern" in field:
        return "2029-12-31" if name.startswith("end") else "2027-01-01"
    return next(iter(chip_specs())) if name == "skus" else "us-2023-10-advanced-computing"
