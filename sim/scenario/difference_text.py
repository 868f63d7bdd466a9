"""A difference of two scenarios as lines of text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sim.dated import month_text
from sim.scenario.difference import Difference, EventDifference, FieldDifference, ParameterDifference, PolicyDifference

SAME = "They describe the same world"
LONGEST = 100


def difference_lines(found: Difference) -> list[str]:
    """Everything that differs, on lines of its own: what acts first, then what only describes."""
    names = _names(found)
    lines = [_side_line(name, side) for name, side in zip(names, (found.a, found.b), strict=True)]
    lines += ["", _verdict(found)]
    lines += _section("Horizon", [_change(field) for field in found.horizon])
    lines += _section("Parameters", [line for part in found.parameters for line in _parameter(part, names)])
    lines += _section("Policies", [line for part in found.policies for line in _policy(part, names)])
    events = [line for part in found.events for line in _event(part, names)]
    if found.event_order:
        events.append("the events that both have stand in another order")
    lines += _section("Events", events)
    lines += _section("In words only", [_change(field) for field in found.words])
    return lines


def _names(found: Difference) -> tuple[str, str]:
    """What the two are called: their ids, or their files if the ids are the same, or A and B."""
    for a, b in ((found.a.id, found.b.id), (found.a.file, found.b.file)):
        if a != b and a and b:
            return a, b
    return "A", "B"


def _side_line(name: str, side: Any) -> str:
    place = "" if side.file is None or side.file == name else f" ({side.file})"
    return f"{name}: {side.title}{place}"


def _verdict(found: Difference) -> str:
    if found.first_month is not None:
        return f"They can differ from {month_text(found.first_month)} on."
    if found.nothing:
        return f"{SAME} in the same words."
    acts = found.parameters or any(part.first_month is None and not _only_words(part) for part in _acts(found))
    return f"{SAME}: what differs comes after the last month." if acts else f"{SAME} in other words."


def _acts(found: Difference) -> list[PolicyDifference | EventDifference]:
    return [*found.policies, *found.events]


def _only_words(part: PolicyDifference | EventDifference) -> bool:
    return part.in_a and part.in_b and all(field.words for field in part.fields)


def _section(title: str, lines: list[str]) -> list[str]:
    return ["", title, *(f"  {line}" for line in lines)] if lines else []


def _when(part: ParameterDifference | PolicyDifference | EventDifference) -> str:
    if part.first_month is not None:
        return f"can matter from {month_text(part.first_month)}"
    if not isinstance(part, ParameterDifference) and _only_words(part):
        return "differs in words only"
    return "matters only after the last month"


def _parameter(part: ParameterDifference, names: tuple[str, str]) -> Iterator[str]:
    yield f"{part.path}: {part.label}, {part.unit}; {_when(part)}"
    width = max(map(len, names))
    for name, text, layer in zip(names, (part.a_text, part.b_text), (part.set_in_a, part.set_in_b), strict=True):
        place = f" ({layer.place})" if layer.place else ""
        yield f"  {name:<{width}}  {text}  by {layer.name}{place}"
    yield f"  default: {part.grade}, {' '.join(part.source.split())}"


def _policy(part: PolicyDifference, names: tuple[str, str]) -> Iterator[str]:
    yield f"{_where(part, names)} {part.id}: {part.title}"
    yield f"  {part.instrument} by {part.actor}; {_dates(part)}; {_when(part)}"
    yield from (f"  {_change(field)}" for field in part.fields)
    yield f"  reference: {' '.join(part.reference.split())}"


def _dates(part: PolicyDifference) -> str:
    if part.trigger is not None:
        return f"announced {part.trigger}"
    force = "never in force" if part.effective is None else f"in force {part.effective}"
    until = "" if part.expires is None else f" until {part.expires}"
    return f"announced {part.announced}, {force}{until}"


def _event(part: EventDifference, names: tuple[str, str]) -> Iterator[str]:
    yield f"{_where(part, names)} {part.id}" + (f": {part.title}" if part.title else "")
    yield f"  {part.kind} on {part.date}; {_when(part)}"
    yield from (f"  {_change(field)}" for field in part.fields)
    if part.reference:
        yield f"  reference: {' '.join(part.reference.split())}"


def _where(part: PolicyDifference | EventDifference, names: tuple[str, str]) -> str:
    if part.in_a and part.in_b:
        return "in both,"
    return f"only in {names[0] if part.in_a else names[1]},"


def _change(field: FieldDifference) -> str:
    return f"{field.key}: {_short(field.a)} -> {_short(field.b)}"


def _short(value: Any) -> str:
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
