"""The event log as sentences: numbers written by compiled acts, and notices of rules and chips."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.accounts import CLOUD_KEYS, LAB_KEYS, PLATFORM_KEYS, SOFTWARE_KEYS, VENDOR_KEYS
from sim.events import KINDS
from sim.world import REGIONS

if TYPE_CHECKING:
    from sim.economy import Economy

# kind: (keys of the agent, unit, sentence with {agent} {other} {value})
SENTENCES: dict[str, tuple[tuple[str, ...], str, str]] = {
    "release": (LAB_KEYS, "ECI", "{agent} releases a closed flagship with capability {value:.1f}"),
    "open_release": (LAB_KEYS, "ECI", "{agent} releases open weights with capability {value:.1f}"),
    "stance_change": (LAB_KEYS, "utility", "{agent} changes between open and closed weights"),
    "entry": (LAB_KEYS, "USD", "{agent} enters with {value:,.0f} USD"),
    "exit": (LAB_KEYS, "ECI", "{agent} leaves the market"),
    "distress": (LAB_KEYS, "USD", "{agent} is in distress with {value:,.0f} USD left"),
    "raise": (LAB_KEYS, "USD", "{agent} raises {value:,.0f} USD"),
    "default": (CLOUD_KEYS, "USD", "{agent} defaults on {value:,.0f} USD"),
    "price_war_start": ((), "count", "a price war begins in China among {value:.0f} rivals"),
    "price_war_end": ((), "month", "the price war in China ends after {value:.0f} months"),
    "orders_cancelled": (VENDOR_KEYS, "H100e", "{value:,.0f} H100e of orders with {agent} are cancelled"),
    "payment_missed": (LAB_KEYS, "USD", "{agent} leaves {value:,.0f} USD that were due unpaid"),
    "contract_signed": (LAB_KEYS, "USD", "{agent} and {other} agree on {value:,.0f} USD"),
    "contract_cut": (LAB_KEYS, "USD", "{agent}: {value:,.0f} USD of commitments are cut or stretched"),
    "warrants_vest": (LAB_KEYS, "USD", "{agent}: warrants on {other} worth {value:,.0f} USD vest"),
    "backstop_called": (CLOUD_KEYS, "USD", "{agent}: its backstop pays {value:,.0f} USD for unsold capacity"),
    "merger": (LAB_KEYS, "USD", "{agent} is taken over by {other} for {value:,.0f} USD"),
    "fleet_sold": (CLOUD_KEYS, "H100e", "{agent}: {value:,.0f} H100e are sold out of insolvency to {other}"),
    "write_off": (CLOUD_KEYS, "USD", "{agent}: lenders write off {value:,.0f} USD"),
    "stake_taken": (VENDOR_KEYS, "USD", "{agent} takes a first stake in {other} for {value:,.0f} USD"),
    "assembly_capacity": (VENDOR_KEYS, "package/month", "{agent}: a partner adds {value:,.0f} packages a month"),
    "model_withdrawn": (LAB_KEYS, "ECI", "{agent} withdraws its closed models"),
    "war_join": (LAB_KEYS, "USD/Mtoken", "{agent} follows into the price war at {value:.3f} USD per million tokens"),
    "agent_wave": (REGIONS, "share", "{agent}: an agent release speeds up the use of agents"),
    "platform_switch": (PLATFORM_KEYS, "ECI", "{agent} now serves a model of {other}, capability {value:.1f}"),
    "software_default": (SOFTWARE_KEYS, "count", "{agent}: {value:.0f} firms default this month"),
    "robot_wave": (REGIONS, "robot", "{agent}: {value:,.0f} robots a month run foundation models"),
    "bound_borrowing_base": (CLOUD_KEYS, "USD", "{agent}: lenders refuse {value:,.0f} USD above the borrowing base"),
    "bound_robot_makers": ((), "robot", "makers are booked out: {value:,.0f} robots wait for delivery"),
    "bound_dry_powder": ((), "USD", "private equity lacks {value:,.0f} USD for the buyouts it wants"),
    "stack_change": (CLOUD_KEYS, "H100e", "{agent} moves {value:,.0f} H100e of managed services to another stack"),
    "bound_connection_limit": (REGIONS, "MW", "{agent}: {value:,.0f} MW are ready, more than can be energised"),
    "bound_finance_limit": (CLOUD_KEYS, "USD/month", "{agent}: finance limits capital spending to {value:,.0f} USD"),
    "bound_no_interior_price": (LAB_KEYS, "1", "{agent}: no interior price (elasticity {value:.2f}); capped cost-plus"),
    "bound_capacity_rationed": (VENDOR_KEYS, "H100e", "{agent}: supply is rationed, {value:,.0f} H100e wait"),
    "bound_capacity_growth": ((), "package/month", "builders cannot add the {value:,.0f} packages a month ordered"),
    "bound_hbm": (VENDOR_KEYS, "stack/month", "{agent}: high-bandwidth memory limits output"),
    "bound_licence_cap": (VENDOR_KEYS, "H100e", "{agent}: the volume cap of the licence binds at {value:,.0f} H100e"),
    "bound_country_cap": (REGIONS, "H100e", "{agent}: the country cap binds"),
    "bound_equity_supply": ((), "USD", "labs seek {value:,.0f} USD, more than investors put in this month"),
    "bound_owner_share": (LAB_KEYS, "share", "{agent}: the owner's fleet limits its compute"),
    "rule_triggered": ((), "count", "a signpost is passed: a conditional policy is announced"),
    "seizure": (REGIONS, "chip", "{agent}: {value:,.0f} chips on their way to China are seized"),
    "merger_ordered": (LAB_KEYS, "USD", "{agent} is merged into {other} by decision of a government"),
    "takeover_forbidden": (LAB_KEYS, "USD", "{agent}: a takeover by {other} is forbidden"),
    "bound_entity_cap": (CLOUD_KEYS, "H100e", "{agent}: its cap on controlled compute binds at {value:,.0f} H100e"),
    "bound_permits": (REGIONS, "MW", "{agent}: {value:,.0f} MW of requests for power are not permitted"),
    "bound_subsidy_budget": (REGIONS, "USD", "{agent}: the budget of a subsidy is used up at {value:,.0f} USD"),
    "bound_equity_limit": (VENDOR_KEYS, "USD", "{agent} may not put {value:,.0f} USD more into {other}"),
    "bound_release_limit": (LAB_KEYS, "ECI", "{agent} keeps weights closed that may not be released at {value:.1f}"),
    "bound_rent_floor": (REGIONS, "USD/h", "{agent}: the rent rests on variable cost"),
}

OTHERS: dict[str, tuple[str, ...]] = {
    "platform_switch": LAB_KEYS,
    "contract_signed": CLOUD_KEYS,
    "stake_taken": LAB_KEYS,
    "merger": CLOUD_KEYS,
    "merger_ordered": LAB_KEYS,
    "takeover_forbidden": CLOUD_KEYS,
    "bound_equity_limit": LAB_KEYS,
    "fleet_sold": CLOUD_KEYS,
    "orders_cancelled": CLOUD_KEYS,
    "warrants_vest": VENDOR_KEYS,
    "backstop_called": VENDOR_KEYS,
}
"""Kinds that name a second party: keys of the table that its row is in."""


def event_table(economy: Economy) -> pd.DataFrame:
    """Events of a run so far: date, kind, agent, other, value, unit, text; ordered by date, then as they happened."""
    world = economy.world
    raw = world.events[: int(world.event_count[0])]
    rows = [_row(economy, *numbers) for numbers in raw.tolist()]
    for notice in economy.timeline.notices:
        if notice.month < economy.month:
            rows.append((notice.month, notice.kind, notice.name, "", np.nan, "", notice.text))
    rows.sort(key=lambda row: row[0])
    table = pd.DataFrame(rows, columns=["month", "kind", "agent", "other", "value", "unit", "text"])
    table.insert(0, "date", economy.dates[table.pop("month").to_numpy(dtype=np.int64)])
    return table


def _row(economy: Economy, month: float, kind: float, agent: float, other: float, value: float) -> tuple:
    name = KINDS[int(kind)]
    if name == "deal":
        event = economy.world_scenario.events[int(agent)]
        return int(month), name, event.id, "", value, "USD", event.title
    keys, unit, sentence = SENTENCES[name]
    who, whom = _named(keys, int(agent)), _named(OTHERS.get(name, ()), int(other))
    return int(month), name, who, whom, value, unit, sentence.format(agent=who, other=whom, value=value)


def _named(keys: tuple[str, ...], index: int) -> str:
    """Key of a row; from 100 clouds, from 200 vendors, from 300 labs, where an event may speak of several kinds."""
    for start, others in ((300, LAB_KEYS), (200, VENDOR_KEYS), (100, CLOUD_KEYS)):
        if index >= start:
            return others[index - start]
    return keys[index] if 0 <= index < len(keys) else ""
