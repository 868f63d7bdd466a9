"""The table of historic deals (`sim/data/deals.csv`) as events."""

from __future__ import annotations

import functools

from sim.policy.chips import table_rows
from sim.policy.schema import Event


@functools.cache
def read_deals() -> tuple[Event, ...]:
    """All deals in file order, dated by announcement; an empty number is 0. Raises pydantic.ValidationError."""
    return tuple(_event(row) for row in table_rows("deals.csv"))


def _event(row: dict[str, str]) -> Event:
    numbers = ("cash_usd", "capacity_gw", "warrants_millions", "strike_usd", "stake_share", "price_target_usd")
    fields = {
        "payer": row["from"],
        "payee": row["to"],
        "deal": row["kind"],
        "starts": row["starts"],
        "ends": row["ends"],
        "contingent": {"true": True, "false": False}.get(row["contingent"], row["contingent"]),
        "overlaps": row["overlaps"].split(),
        "note": row["note"],
        **{name: float(row[name] or 0) for name in numbers},
    }
    title = f"{row['from']} and {row['to']}: {row['kind'].replace('_', ' ')}"
    return Event.model_validate(
        {"id": row["id"], "date": row["announced"], "kind": "deal", "fields": fields, "title": title}
    )
