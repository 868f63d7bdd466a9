"""What happened: releases, deals, defaults, rules coming into force, and every bound that binds.

Compiled acts write numbers; `text_of` turns them into sentences after the run.
"""

from __future__ import annotations

from sim.compiled import compiled

KINDS = (
    "release", "rule_announced", "rule_in_force", "rule_expires", "deal", "entry", "exit", "default",
    "price_war_start", "price_war_end", "compliant_chip", "orders_cancelled", "raise", "open_release",
    "stance_change", "bound_connection_limit", "bound_finance_limit", "bound_no_interior_price",
    "bound_capacity_rationed", "bound_capacity_growth", "bound_hbm", "bound_licence_cap", "bound_country_cap",
    "bound_equity_supply", "bound_owner_share", "bound_rent_floor", "distress", "payment_missed", "contract_signed",
    "contract_cut", "warrants_vest", "backstop_called", "merger", "fleet_sold", "write_off", "stake_taken",
    "assembly_capacity", "model_withdrawn", "war_join", "agent_wave", "platform_switch", "software_default",
    "robot_wave", "bound_borrowing_base", "bound_dry_powder", "stack_change", "bound_robot_makers",
    "rule_triggered", "seizure", "merger_ordered", "bound_entity_cap", "bound_permits", "bound_subsidy_budget",
    "bound_equity_limit", "bound_release_limit", "takeover_forbidden",
)  # fmt: skip
(
    RELEASE, RULE_ANNOUNCED, RULE_IN_FORCE, RULE_EXPIRES, DEAL, ENTRY, EXIT, DEFAULT, PRICE_WAR_START, PRICE_WAR_END,
    COMPLIANT_CHIP, ORDERS_CANCELLED, RAISE, OPEN_RELEASE, STANCE_CHANGE, BOUND_CONNECTION_LIMIT,
    BOUND_FINANCE_LIMIT, BOUND_NO_INTERIOR_PRICE, BOUND_CAPACITY_RATIONED, BOUND_CAPACITY_GROWTH, BOUND_HBM,
    BOUND_LICENCE_CAP, BOUND_COUNTRY_CAP, BOUND_EQUITY_SUPPLY, BOUND_OWNER_SHARE, BOUND_RENT_FLOOR, DISTRESS,
    PAYMENT_MISSED, CONTRACT_SIGNED, CONTRACT_CUT, WARRANTS_VEST, BACKSTOP_CALLED, MERGER, FLEET_SOLD, WRITE_OFF,
    STAKE_TAKEN, ASSEMBLY_CAPACITY, MODEL_WITHDRAWN, WAR_JOIN, AGENT_WAVE, PLATFORM_SWITCH, SOFTWARE_DEFAULT,
    ROBOT_WAVE, BOUND_BORROWING_BASE, BOUND_DRY_POWDER, STACK_CHANGE, BOUND_ROBOT_MAKERS,
    RULE_TRIGGERED, SEIZURE, MERGER_ORDERED, BOUND_ENTITY_CAP, BOUND_PERMITS, BOUND_SUBSIDY_BUDGET,
    BOUND_EQUITY_LIMIT, BOUND_RELEASE_LIMIT, TAKEOVER_FORBIDDEN,
) = range(len(KINDS))  # fmt: skip

COLUMNS = ("month", "kind", "agent", "other", "value")
CAPACITY = 60_000


@compiled
def log_event(w, kind, agent, other, value):
    """Write one event; `agent` is a row in the table that the kind speaks of. A full log raises."""
    n = w.event_count[0]
    if n >= w.events.shape[0]:
        raise ValueError("the event log is full")
    w.events[n, 0] = w.macro[0].month
    w.events[n, 1] = kind
    w.events[n, 2] = agent
    w.events[n, 3] = other
    w.events[n, 4] = value
    w.event_count[0] = n + 1
