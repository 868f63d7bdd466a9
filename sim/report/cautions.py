"""What a reader must know before trusting a run: who failed, which limits bound, how often something happened."""

from __future__ import annotations

import pandas as pd

from sim.report import style

PREFIX = "bound_"
AGENTS_NAMED = 4
BOUNDS = {
    "capacity_rationed": "chips are rationed",
    "capacity_growth": "builders of chip plants are booked out",
    "no_interior_price": "demand too inelastic for a best price; capped cost-plus",
    "hbm": "memory limits the output of chips",
    "equity_supply": "labs seek more equity than investors give",
    "connection_limit": "the grid connects fewer megawatts than are ready",
    "finance_limit": "finance limits capital spending",
    "owner_share": "the owner’s fleet limits the compute of its lab",
    "robot_makers": "makers of robots are booked out",
    "rent_floor": "rents rest on running cost",
    "borrowing_base": "lenders refuse more",
    "dry_powder": "private equity lacks money for buyouts",
    "licence_cap": "the volume cap of a licence binds",
    "country_cap": "a country cap binds",
    "entity_cap": "a firm’s cap on controlled compute binds",
    "permits": "permits for power are lacking",
    "subsidy_budget": "the budget of a subsidy is used up",
    "equity_limit": "a limit on vendors’ stakes in customers binds",
    "release_limit": "weights may not be released",
}
"""Limits in words; one that is missing here is named by its kind."""
FAILURES = {
    "payment_missed": "labs that leave take-or-pay unpaid",
    "contract_cut": "labs whose contracts are cut",
    "default": "clouds that default",
    "merger": "labs taken over",
    "exit": "labs that close",
}
"""Kinds of event by which firms fail or are rescued, in words."""


def bound_warnings(events: pd.DataFrame, replicates: int, limit: int = 8) -> list[str]:
    """One line for each kind of limit that bound (events of kind `bound_...`), the most frequent first.

    While a limit binds, the limit decides, not a price or a choice: results that rest on it need care.
    """
    rows = events[events["kind"].astype(str).str.startswith(PREFIX)]
    lines = []
    for kind, part in sorted(rows.groupby("kind", sort=False), key=lambda item: (-len(item[1]), str(item[0]))):
        first, last = part["date"].min(), part["date"].max()
        when = f"{first:%Y-%m}" if first == last else f"{first:%Y-%m} to {last:%Y-%m}"
        worlds = f", in {part['replicate'].nunique()} of {replicates} worlds" if replicates > 1 else ""
        times = "once" if len(part) == 1 else f"{len(part)} times"
        lines.append(f"{bound_words(str(kind))}: {_agents(part)}{times}, {when}{worlds}")
    more = len(lines) - limit
    return lines[:limit] + ([f"and {more} more: see events.csv"] if more > 0 else [])


def bound_words(kind: str) -> str:
    """What a kind of event `bound_...` means: `memory limits the output of chips`."""
    name = kind.removeprefix(PREFIX)
    return BOUNDS.get(name, name.replace("_", " "))


def failures(events: pd.DataFrame, replicates: int) -> list[str]:
    """One line for each way in which firms failed or were rescued: who, from when, in how many worlds."""
    lines = []
    for kind, words in FAILURES.items():
        part = events[events["kind"] == kind]
        if len(part) == 0:
            continue
        worlds = f", in {part['replicate'].nunique()} of {replicates} worlds" if replicates > 1 else ""
        lines.append(f"{words}: {_agents(part)}first {part['date'].min():%Y-%m}{worlds}")
    return lines


def _agents(part: pd.DataFrame) -> str:
    names = [style.label_of(str(name)) for name in part["agent"].value_counts().index if str(name)]
    if not names:
        return ""
    more = f" and {len(names) - AGENTS_NAMED} more" if len(names) > AGENTS_NAMED else ""
    return f"{', '.join(names[:AGENTS_NAMED])}{more}; "


def count_of(events: pd.DataFrame, kind: str) -> int:
    """How many events of a kind there are, over all worlds."""
    return int((events["kind"] == kind).sum())
