"""What two scenarios say differently: parameters, policies, events, horizon, words; and from which month it can matter.

A pure function of two resolved scenarios. It compares inputs, never results.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.dated import Dated, month_of, month_text
from sim.errors import InputError
from sim.scenario.layers import Layer, as_written, value_text
from sim.scenario.model import Scenario

if TYPE_CHECKING:
    from sim.policy.schema import Event, Policy
    from sim.policy.trigger import Trigger

POLICY_HEAD = ("id", "title", "instrument", "actor", "announced", "effective", "expires")
POLICY_WORDS = frozenset({"title", "target", "reference", "confidence", "assumptions", "description"})
"""Fields of a policy that describe it and change nothing in the world."""
EVENT_WORDS = frozenset({"title", "reference", "fields.note"})
"""Fields of an event that describe it."""
HEAD_WORDS = ("id", "title", "question", "status", "authors", "baseline", "notes", "references")
"""Keys of a scenario that describe it."""


@dataclasses.dataclass(frozen=True, slots=True)
class FieldDifference:
    """One key with both values as plain values of a file; None where a side does not have it.

    `words` marks a key that describes and does not act.
    """

    key: str
    a: Any
    b: Any
    words: bool


@dataclasses.dataclass(frozen=True, slots=True)
class ParameterDifference:
    """A parameter whose values differ from the first simulated month on, with the layer that set it on each side."""

    path: str
    label: str
    unit: str
    a: Any
    """Value in a file's words: a scalar, or a mapping of months."""
    b: Any
    a_text: str
    """Value as one line of text."""
    b_text: str
    set_in_a: Layer
    """The layer that wins: its name, file and line; `registry` where nothing sets it."""
    set_in_b: Layer
    grade: str
    source: str
    """Source of the registry's own value."""
    first_month: int | None
    """First simulated month in which the values differ; None: only after the last month that both simulate."""


@dataclasses.dataclass(frozen=True, slots=True)
class PolicyDifference:
    """A policy that only one scenario has, or that they have with other fields."""

    id: str
    title: str
    instrument: str
    actor: str
    announced: str | None
    """Day on which it becomes known; None for a policy with a trigger."""
    effective: str | None
    expires: str | None
    trigger: str | None
    """Condition under which it is announced, in words."""
    reference: str
    in_a: bool
    in_b: bool
    fields: tuple[FieldDifference, ...]
    """What differs where both have it; keys inside the parameters by path, as in parameters.terms.levy_rate."""
    first_month: int | None
    """Month from which it can matter: agents react to what is announced. None: after the last month, or words only."""


@dataclasses.dataclass(frozen=True, slots=True)
class EventDifference:
    """An event that only one scenario has, or that they have with other fields."""

    id: str
    title: str
    kind: str
    date: str
    reference: str
    in_a: bool
    in_b: bool
    fields: tuple[FieldDifference, ...]
    first_month: int | None


@dataclasses.dataclass(frozen=True, slots=True)
class Side:
    """One of the two scenarios."""

    id: str
    title: str
    file: str | None


@dataclasses.dataclass(frozen=True, slots=True)
class Difference:
    """Everything in which two scenarios differ, weakest statement last: what acts, then what only describes."""

    a: Side
    b: Side
    horizon: tuple[FieldDifference, ...]
    parameters: tuple[ParameterDifference, ...]
    policies: tuple[PolicyDifference, ...]
    events: tuple[EventDifference, ...]
    event_order: bool
    """Whether the events that both have stand in another order, which can decide who comes first in a month."""
    words: tuple[FieldDifference, ...]
    """Titles, questions, notes: what describes the scenarios and changes nothing."""
    first_month: int | None
    """First month in which a run of one can differ from a run of the other; None: they describe the same world."""

    @property
    def same_world(self) -> bool:
        """Whether both describe the same world, in whatever words."""
        return self.first_month is None

    @property
    def nothing(self) -> bool:
        """Whether they do not differ at all, not even in words (but for who wrote which file)."""
        return not (self.horizon or self.parameters or self.policies or self.events or self.event_order or self.words)

    def plain(self) -> dict[str, Any]:
        """Plain values for JSON: dataclasses as mappings, months as YYYY-MM."""
        data = _plain(dataclasses.asdict(self))
        return {**data, "same_world": self.same_world}


def difference(a: Scenario, b: Scenario) -> Difference:
    """What differs between two scenarios. Raises InputError if they were read with different parameter registries."""
    if a.registry.parameters.keys() != b.registry.parameters.keys():
        raise InputError("the scenarios were read with different parameter registries")
    start, last = max(a.start_month, b.start_month), min(a.end_month, b.end_month)
    horizon = tuple(
        FieldDifference(f"horizon.{key}", month_text(one), month_text(other), False)
        for key, one, other in (("start", a.start_month, b.start_month), ("end", a.end_month, b.end_month))
        if one != other
    )
    parameters = tuple(_parameters(a, b, start, last))
    policies = tuple(_policies(a.policies, b.policies, start, last))
    events = tuple(_events(a.events, b.events, start, last))
    order = _in_common(a.events, b.events) != _in_common(b.events, a.events)
    words = tuple(
        FieldDifference(key, _written(getattr(a, key)), _written(getattr(b, key)), True)
        for key in HEAD_WORDS
        if getattr(a, key) != getattr(b, key)
    )
    found = [part.first_month for part in parameters]
    found += [part.first_month for part in policies] + [part.first_month for part in events]
    months = [month for month in found if month is not None]
    if order:
        months.append(start)
    if a.start_month != b.start_month:
        months.append(min(a.start_month, b.start_month))
    if a.end_month != b.end_month:
        months.append(last + 1)
    first = min(months, default=None)
    return Difference(_side(a), _side(b), horizon, parameters, policies, events, order, words, first)


def first_difference_month(a: Scenario, b: Scenario) -> int | None:
    """The first month (12 x year + month - 1) in which the two can differ; None: they describe the same world.

    Dated values count from the month in which they part, policies from their announcement since agents react to it,
    events from their date, and a longer horizon from the month after the shorter one.
    """
    return difference(a, b).first_month


def changed_fields(a: Any, b: Any, words: frozenset[str] = frozenset(), at: str = "") -> list[FieldDifference]:
    """Leaves in which two plain values differ, by path; lists of one length item by item, else as a whole."""
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        keys = dict.fromkeys([*a, *b])
        return [
            found
            for key in keys
            for found in changed_fields(a.get(key), b.get(key), words, f"{at}.{key}" if at else str(key))
        ]
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b) and any(isinstance(x, dict) for x in (*a, *b)):
        return [
            found
            for index, (one, other) in enumerate(zip(a, b, strict=True))
            for found in changed_fields(one, other, words, f"{at}[{index}]")
        ]
    if a == b:
        return []
    return [FieldDifference(at, a, b, at in words or at.partition(".")[0] in words)]


def _side(scenario: Scenario) -> Side:
    return Side(scenario.id, scenario.title, scenario.file)


def _parameters(a: Scenario, b: Scenario, start: int, last: int) -> Iterable[ParameterDifference]:
    for path in a.registry:
        if path not in a.values and path not in b.values:
            continue
        one, other = a.value_of(path).trimmed(start), b.value_of(path).trimmed(start)
        if _parting(one, other, start, max(month for month, _ in (*one.knots, *other.knots)) + 1) is None:
            continue  # a line may be written with more knots than it needs
        record = a.registry[path].record
        yield ParameterDifference(
            path=path,
            label=record.label if a.registry[path].key is None else f"{record.label} ({a.registry[path].key})",
            unit=record.unit,
            a=as_written(one, record, start),
            b=as_written(other, record, start),
            a_text=value_text(one, record),
            b_text=value_text(other, record),
            set_in_a=a.layers_of(path)[-1],
            set_in_b=b.layers_of(path)[-1],
            grade=record.grade,
            source=record.source,
            first_month=_parting(one, other, start, last),
        )


def _parting(one: Dated, other: Dated, start: int, last: int) -> int | None:
    """First month, from the first to the last that both simulate, in which two paths have different values."""
    months = max(last, start) - start + 1
    apart = np.flatnonzero(one.monthly(start, months) != other.monthly(start, months))
    return start + int(apart[0]) if len(apart) else None


def _policies(a: tuple[Policy, ...], b: tuple[Policy, ...], start: int, last: int) -> Iterable[PolicyDifference]:
    for one, other in _paired(a, b):
        fields = _fields(one, other, POLICY_WORDS)
        if one is not None and other is not None and not fields:
            continue
        shown = one or other
        acts = one is None or other is None or any(not field.words for field in fields)
        known = min(_known_from(side, start) for side in (one, other) if side is not None)
        plain = shown.model_dump(mode="json")
        yield PolicyDifference(
            **{key: plain.get(key) for key in POLICY_HEAD},
            trigger=None if shown.trigger is None else trigger_text(shown.trigger),
            reference=shown.reference,
            in_a=one is not None,
            in_b=other is not None,
            fields=fields,
            first_month=_inside(known, start, last) if acts else None,
        )


def _known_from(policy: Policy, start: int) -> int:
    """Month from which agents can know of a policy: its announcement, or the first day on which it can be triggered."""
    if policy.trigger is None:
        return month_of(policy.announced)
    return start if policy.trigger.since is None else month_of(policy.trigger.since)


def trigger_text(trigger: Trigger) -> str:
    """A condition on a measure in words."""
    since = "" if trigger.since is None else f", from {trigger.since}"
    until = "" if trigger.until is None else f", until {trigger.until}"
    return f"when {trigger.words()}{since}{until}"


def _events(a: tuple[Event, ...], b: tuple[Event, ...], start: int, last: int) -> Iterable[EventDifference]:
    for one, other in _paired(a, b):
        fields = _fields(one, other, EVENT_WORDS)
        if one is not None and other is not None and not fields:
            continue
        shown = one or other
        acts = one is None or other is None or any(not field.words for field in fields)
        yield EventDifference(
            id=shown.id,
            title=shown.title,
            kind=shown.kind,
            date=shown.date.isoformat(),
            reference=shown.reference,
            in_a=one is not None,
            in_b=other is not None,
            fields=fields,
            first_month=_inside(min(_begins(side) for side in (one, other) if side), start, last) if acts else None,
        )


def _begins(event: Event) -> int:
    """Month in which an event begins to act: its date, or the first month of its term if that is earlier."""
    starts = getattr(event.fields, "starts", None)
    return month_of(event.date if starts is None else min(event.date, starts))


def _inside(month: int, start: int, last: int) -> int | None:
    """A month as a run sees it: what came before the first month counts from there, what comes after the last never."""
    return None if month > last else max(month, start)


def _paired(a: Iterable[Any], b: Iterable[Any]) -> Iterable[tuple[Any, Any]]:
    """Records of both by id, in the order of `a` and then of `b`; None where a side has none."""
    ones, others = ({item.id: item for item in items} for items in (a, b))
    return [(ones.get(name), others.get(name)) for name in dict.fromkeys([*ones, *others])]


def _in_common(items: Iterable[Any], others: Iterable[Any]) -> list[str]:
    known = {other.id for other in others}
    return [item.id for item in items if item.id in known]


def _fields(one: Any, other: Any, words: frozenset[str]) -> tuple[FieldDifference, ...]:
    if one is None or other is None:
        return ()
    return tuple(changed_fields(one.model_dump(mode="json"), other.model_dump(mode="json"), words))


def _written(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _plain(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _plain(item, name) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return month_text(value) if key == "first_month" and value is not None else value
