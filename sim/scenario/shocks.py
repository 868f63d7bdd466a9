"""Shocks to parameters: events that multiply or shift a parameter for some months and then fade.

    value' = value (1 + (factor - 1) x strength) + shift x strength

`strength` is 1 for the months of the shock and then falls in equal steps to 0 over the months of fading. Several shocks
on one parameter compose in the order of their dates (and, on one day, of the scenario's list).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, cast

import numpy as np

from sim.dated import month_of, month_text
from sim.errors import InputError

if TYPE_CHECKING:
    from sim.policy.events import ParameterShock
    from sim.policy.schema import Event
    from sim.registry import Registry


class ShockError(InputError):
    """A shock that cannot act; `event` is its id."""

    def __init__(self, event: str, message: str, key: str) -> None:
        self.event = event
        super().__init__(message, key=key)


def strength(shock: ParameterShock, begin: int, months: int) -> np.ndarray:
    """How far a shock that begins in month `begin` of the run acts in each month, shape (months,), 0 to 1."""
    age = np.arange(months) - begin
    fading = 1.0 - (age - shock.months + 1) / (shock.fade_months + 1)
    return np.where(age < 0, 0.0, np.where(age < shock.months, 1.0, np.maximum(fading, 0.0)))


def shocks_of(events: Iterable[Event]) -> Iterator[tuple[Event, ParameterShock]]:
    """The shocks among events, in the order in which they act."""
    for event in sorted(events, key=lambda event: event.date):
        if event.kind == "parameter_shock":
            yield event, cast("ParameterShock", event.fields)


def apply_shocks(table: np.ndarray, registry: Registry, events: Iterable[Event], start: int) -> None:
    """Write shocks into a table of parameters by month from month number `start` on; other months keep their bytes.

    Raises InputError if a parameter is unknown, is a choice between variants, or would leave its hard bounds.
    """
    for event, shock in shocks_of(events):
        parameter = registry[shock.path]
        require_shockable(event.id, shock, registry)
        column = table[parameter.field]
        values = column if parameter.column is None else column[:, parameter.column]
        how_far = strength(shock, month_of(event.date) - start, len(table))
        touched = np.flatnonzero(how_far)
        changed = values[touched] * (1.0 + (shock.factor - 1.0) * how_far[touched]) + shock.shift * how_far[touched]
        record = parameter.record
        for index, value in zip(touched, changed, strict=True):
            try:
                record.number(float(value))
            except ValueError as error:
                month = month_text(start + int(index))
                raise ShockError(event.id, f"event {event.id} in {month}: {error}", shock.path) from None
        values[touched] = changed


def require_shockable(name: str, shock: ParameterShock, registry: Registry) -> None:
    """Raises InputError if the parameter of a shock is unknown or a choice between variants."""
    if registry[shock.path].record.options:
        raise ShockError(name, f"event {name}: a choice between variants cannot be multiplied or shifted", shock.path)


def shock_text(event: Event, unit: str) -> str:
    """A shock in words: name, first month, what it does, for how long."""
    shock = cast("ParameterShock", event.fields)
    shift = f" {shock.shift:+g} {unit}" if shock.shift else ""
    fade = f", fading over {shock.fade_months}" if shock.fade_months else ""
    return f"{event.id}: x {shock.factor:g}{shift} from {month_text(month_of(event.date))}, {shock.months} months{fade}"
