"""Events of a scenario: deals named by their id in `sim/data/deals.csv`, or written out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.errors import InputError
from sim.scenario.problems import nearest

if TYPE_CHECKING:
    from sim.policy.schema import Event


def event_of_deal(name: str) -> Event:
    """The deal with an id. Raises InputError without a place if there is none."""
    from sim.policy.deals import read_deals

    deals = {event.id: event for event in read_deals()}
    if name not in deals:
        raise InputError(f"no deal '{name}'", hint=nearest(name, deals))
    return deals[name]


def validate_event(data: Any) -> Event:
    """An event written out. Raises pydantic's ValidationError."""
    from sim.policy.schema import Event

    return Event.model_validate(data)
