"""Where a thing of a scenario has its value from: parameters, policies and their parameters, events, head fields."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sim.dated import month_text
from sim.errors import InputError
from sim.policy.base import Frozen
from sim.policy.described import Described, described, meaning
from sim.policy.events import EVENT_KINDS
from sim.policy.instruments import INSTRUMENTS
from sim.policy.schema import Event, Policy
from sim.scenario.difference import trigger_text
from sim.scenario.layers import value_text
from sim.scenario.model import Scenario
from sim.scenario.problems import nearest
from sim.scenario.schema import ScenarioFile
from sim.scenario.shocks import shock_text
from sim.scenario.write_yaml import inline

HEAD = ("id", "title", "question", "status", "authors", "baseline", "horizon", "notes", "references")


def explain_lines(scenario: Scenario, key: str) -> list[str]:
    """What there is to say of a key: value, where it is set, unit, meaning, source.

    A key is a parameter path, the id of a policy or event (alone, or followed by a field such as
    `.parameters.terms.levy_rate`), a head field, or an instrument. Raises InputError with the nearest key.
    """
    name, _, rest = key.partition(".")
    policies = {policy.id: policy for policy in scenario.policies}
    events = {event.id: event for event in scenario.events}
    if key in scenario.registry:
        return list(_parameter(scenario, key))
    if name in policies:
        policy = policies[name]
        model = INSTRUMENTS[policy.instrument]
        return _record(policy, rest, name, model, "parameters", lambda: _policy(scenario, policy), scenario)
    if name in events:
        event = events[name]
        return _record(event, rest, name, EVENT_KINDS[event.kind], "fields", lambda: _event(event), scenario)
    if key in INSTRUMENTS:
        return list(_instrument(scenario, key))
    if key in HEAD:
        return list(_head(scenario, key))
    hint = nearest(key, [*policies, *events, *INSTRUMENTS, *HEAD]) or scenario.registry.nearest(key)
    message = "no parameter, policy, event, instrument or head field of this name"
    if hint is not None and hint in scenario.registry and "." in key:
        message = "unknown parameter"
    raise InputError(message, file=scenario.file, key=key, hint=hint)


def _parameter(scenario: Scenario, path: str) -> Iterator[str]:
    parameter = scenario.registry[path]
    record = parameter.record
    yield f"{path} = {value_text(scenario.value_of(path).trimmed(scenario.start_month), record)} {record.unit}"
    yield f"  {record.label}: {record.description}"
    layers = list(reversed(scenario.layers_of(path)))
    width = max(len(layer.name) for layer in layers)
    for index, layer in enumerate(layers):
        place = f"  ({layer.place})" if layer.place else ""
        yield f"  {'wins' if index == 0 else 'over'}  {layer.name:<{width}}  {layer.written}{place}"
    for event in scenario.shocks_on(path):
        yield f"  shock   {shock_text(event, record.unit)}"
    if parameter.low is not None and parameter.high is not None:
        low, high = (value_text(bound, record) for bound in (parameter.low, parameter.high))
        yield f"  range   {low} to {high} {record.unit} (5 % to 95 %, {record.distribution})"
    else:
        yield f"  options {', '.join(record.options)}"
    if record.minimum is not None or record.maximum is not None:
        yield f"  bounds  {record.bounds_text()}"
    yield f"  grade   {record.grade}"
    yield f"  source  {record.source}"


def _record(
    record: Policy | Event,
    rest: str,
    name: str,
    model: type[Frozen],
    holder: str,
    whole: Callable[[], Iterator[str]],
    scenario: Scenario,
) -> list[str]:
    """A policy or event: all of it, or one of its fields."""
    if not rest:
        return list(whole())
    plain = record.model_dump(mode="json")
    steps = [int(step) if step.isdigit() else step for step in re.sub(r"\[(\d+)\]", r".\1", rest).split(".")]
    value: Any = plain
    fields = {field.path.removesuffix("[]"): field for field in _all_fields(record, model, holder)}
    for index, step in enumerate(steps):
        inside = dict(enumerate(value)) if isinstance(value, list) else value if isinstance(value, Mapping) else {}
        if step not in inside:
            hint = None if isinstance(step, int) else _nearest_field(name, steps[:index], step, inside, fields)
            raise InputError("unknown field", file=scenario.file, key=f"{name}.{rest}", hint=hint)
        value = inside[step]
    parts = re.sub(r"\.(\d+)", "[]", ".".join(map(str, steps))).split(".")
    paths = [".".join(parts[:length]).removesuffix("[]") for length in range(len(parts), 0, -1)]
    field = next((fields[path] for path in paths if path in fields), None)
    return list(_field(record, f"{name}.{rest}", value, field, holder, steps))


def _nearest_field(
    name: str, above: list[Any], step: str, inside: Mapping[Any, Any], fields: Mapping[str, Described]
) -> str | None:
    """Path of the field that was meant: of this name elsewhere, or most like it here, or anywhere."""
    elsewhere = [path for path, field in fields.items() if field.name == step and "[]" not in path]
    if elsewhere:
        return f"{name}.{elsewhere[0]}"
    here = nearest(step, map(str, inside))
    if here is not None:
        return ".".join(map(str, [name, *above, here]))
    return nearest(".".join(map(str, [name, *above, step])), [f"{name}.{path}" for path in fields])


def _all_fields(record: Policy | Event, model: type[Frozen], holder: str) -> list[Described]:
    import dataclasses

    own = [field for field in described(type(record)) if not field.path.startswith(f"{holder}.")]
    return [*own, *(dataclasses.replace(field, path=f"{holder}.{field.path}") for field in described(model))]


def _short(value: Any) -> str:
    """A value on one line: text as it is, without the keys of records that say nothing."""
    return value if isinstance(value, str) else inline(_spoken(value))


def _spoken(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _spoken(item) for key, item in value.items() if item not in (None, [], {})}
    return [_spoken(item) for item in value] if isinstance(value, list) else value


def _field(
    record: Policy | Event, key: str, value: Any, field: Described | None, holder: str, steps: list[Any]
) -> Iterator[str]:
    unit = "" if field is None or not field.unit or value is None else f" {field.unit}"
    yield f"{key} = {_short(value)}{unit}"
    if field is not None:
        yield f"  {field.text}"
        yield f"  type    {field.kind}"
        yield "  default " + ("none: it must be given" if field.required else field.default)
    yield f"  of      {record.id}: {record.title}"
    if isinstance(record, Policy) and steps[0] == holder and len(steps) > 1 and steps[1] in record.assumptions:
        yield f"  assumed {' '.join(record.assumptions[str(steps[1])].split())}"
    if record.reference:
        yield f"  source  {' '.join(record.reference.split())}"


def _policy(scenario: Scenario, policy: Policy) -> Iterator[str]:
    model = INSTRUMENTS[policy.instrument]
    yield f"{policy.id}: {policy.title}"
    yield f"  {model.label} ({policy.instrument}) by {policy.actor}; touches {model.touches}"
    if policy.trigger is not None:
        yield f"  announced {trigger_text(policy.trigger)}"
    else:
        force = "never in force" if policy.effective is None else f"in force from {policy.effective}"
        until = "" if policy.expires is None else f", until {policy.expires}"
        yield f"  announced {policy.announced}, {force}{until}"
    if policy.target:
        yield f"  addresses {policy.target}"
    if policy.description:
        yield f"  {' '.join(policy.description.split())}"
    if policy.supersedes:
        yield f"  ends    {', '.join(policy.supersedes)}"
    ended = [other.id for other in scenario.policies if policy.id in other.supersedes]
    if ended:
        yield f"  ended by {', '.join(ended)}"
    plain = policy.parameters.model_dump(mode="json")
    yield from _values(plain, described(model))
    for path, setting in scenario.settings.items():
        for layer in setting.layers:
            if layer.name == f"policy {policy.id}":
                yield f"  sets    {path} = {layer.written}  ({layer.place})"
    for name, text in policy.assumptions.items():
        yield f"  assumed {name}: {' '.join(text.split())}"
    grade = f" (confidence {policy.confidence})" if policy.confidence else ""
    yield f"  source  {' '.join(policy.reference.split())}{grade}"


def _event(event: Event) -> Iterator[str]:
    model = EVENT_KINDS[event.kind]
    yield f"{event.id}" + (f": {event.title}" if event.title else "")
    yield f"  {event.kind} on {event.date}: {meaning(model)}"
    yield from _values(event.fields.model_dump(mode="json"), described(model))
    if event.reference:
        yield f"  source  {' '.join(event.reference.split())}"


def _values(plain: Mapping[str, Any], fields: list[Described]) -> Iterator[str]:
    """Parameters that are not empty, with unit and meaning."""
    about = {field.path.removesuffix("[]"): field for field in fields if "." not in field.path}
    for name, value in plain.items():
        value = _spoken(value)
        if value in (None, [], {}, ""):
            continue
        field = about[name]
        yield f"  {name} = {_short(value)}{' ' + field.unit if field.unit else ''}"
        yield f"    {field.text}"


def _instrument(scenario: Scenario, name: str) -> Iterator[str]:
    model = INSTRUMENTS[name]
    yield f"{name}: {model.label}"
    yield f"  {meaning(model)}"
    yield f"  touches {model.touches}"
    used = [policy.id for policy in scenario.policies if policy.instrument == name]
    yield f"  used by {', '.join(used) if used else 'no policy of this scenario'}"
    for field in described(model):
        rest = "; ".join(part for part in (field.kind, field.unit, "must be given" if field.required else "") if part)
        yield f"  {field.path}: {field.text} ({rest})"


def _head(scenario: Scenario, key: str) -> Iterator[str]:
    if key == "horizon":
        value: Any = f"{month_text(scenario.start_month)} to {month_text(scenario.end_month)}"
    else:
        value = getattr(scenario, key)
        value = inline(list(value)) if isinstance(value, tuple) else value
    yield f"{key} = {'nothing' if value in (None, '') else ' '.join(str(value).split())}"
    yield f"  {' '.join((ScenarioFile.model_fields[key].description or '').split())}"
    if scenario.file is not None:
        yield f"  of      {scenario.id} ({scenario.file})"
