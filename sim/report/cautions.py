"""What a reader must know before trusting a run: bounds that bound, defaults, accounts, unfinished measures."""

from __future__ import annotations

import pandas as pd

BOUND_KINDS = frozenset({"bound", "clip", "capped", "limit"})


def bound_warnings(events: pd.DataFrame, replicates: int, limit: int = 8) -> list[str]:
    """One line for each bound that bound, with how often and from when to when; the most frequent first.

    A number held at a bound is not an outcome of the economy, so results that rest on it need care.
    """
    rows = events[events["kind"].astype(str).isin(BOUND_KINDS)]
    if rows.empty:
        return []
    lines = []
    groups = rows.groupby(["agent", "text"], sort=False)
    for (agent, text), part in sorted(groups, key=lambda item: (-len(item[1]), item[0])):
        first, last = part["date"].min(), part["date"].max()
        when = f"{first:%Y-%m}" if first == last else f"{first:%Y-%m} to {last:%Y-%m}"
        worlds = f" in {part['replicate'].nunique()} of {replicates} worlds" if replicates > 1 else ""
        who = f"{agent}: " if str(agent) else ""
        lines.append(f"{who}{text} ({len(part)} time{'s' if len(part) != 1 else ''}, {when}{worlds})")
    more = len(lines) - limit
    return lines[:limit] + ([f"and {more} more: see events.csv"] if more > 0 else [])


def count_of(events: pd.DataFrame, kind: str) -> int:
    """How many events of a kind there are, over all worlds."""
    return int((events["kind"] == kind).sum())
