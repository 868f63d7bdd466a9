"""Deals of a scenario as rows of the contract table: who owes what to whom, from when, and for how long."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim import accounts as a
from sim.errors import InputError
from sim.policy.schema import Event
from sim.scenario.problems import nearest
from sim.world import CONTRACT, NO_ONE, dtype_of

EQUITY, TAKE_OR_PAY, BACKSTOP, WARRANTS, CLUSTER, PARTNER, MEMO = range(7)
EMPTY, ANNOUNCED, RUNNING, OVER, CANCELLED = range(5)
MAX_CONTRACTS = 128
"""Rows of the contract table: the deals of the scenario and those that firms decide on in the run."""

KIND_OF_DEAL = {
    "equity": EQUITY,
    "equity_for_compute": EQUITY,
    "take_or_pay": TAKE_OR_PAY,
    "chips_bought_and_rented": TAKE_OR_PAY,
    "capacity_backstop": BACKSTOP,
    "chips_for_warrants": WARRANTS,
    "cluster_bought_ahead": CLUSTER,
    "assembly_partner_funding": PARTNER,
    "manufacturing_reinvestment": PARTNER,
    "letter_of_intent": MEMO,
    "custom_chips": MEMO,
}
"""A letter of intent binds nobody, and the makers of custom chips are not vendors here: both are announced only."""
PARTNERS = ("intel", "zt_systems")
OUTSIDERS = ("broadcom",)


def account_of(name: str) -> int:
    """Account of a firm named in a deal, or -1 for one outside the model. Raises InputError for an unknown name."""
    for keys, start in ((a.LAB_KEYS, a.LAB0), (a.VENDOR_KEYS, a.VENDOR0), (a.CLOUD_KEYS, a.CLOUD0)):
        if name in keys:
            return start + keys.index(name)
    if name in PARTNERS:
        return a.ASSEMBLY_PARTNER
    if name in OUTSIDERS:
        return NO_ONE
    known = (*a.LAB_KEYS, *a.VENDOR_KEYS, *a.CLOUD_KEYS, *PARTNERS, *OUTSIDERS)
    raise InputError(f"no firm '{name}' to make a deal with", hint=nearest(name, known))


def sides(kind: int, payer: int, payee: int) -> bool:
    """Whether firms of the right sort stand on both sides of a contract of a kind."""
    lab = range(a.LAB0, a.LAB0 + a.N_LABS)
    vendor = range(a.VENDOR0, a.VENDOR0 + a.N_VENDORS)
    cloud = range(a.CLOUD0, a.CLOUD0 + a.N_CLOUDS)
    if kind == EQUITY:
        return payer in (*vendor, *cloud) and payee in (*lab, *cloud)
    if kind == TAKE_OR_PAY:
        return payer in lab and payee in cloud
    if kind == BACKSTOP:
        return payer in vendor and payee in cloud
    if kind == WARRANTS:
        return payer in lab and payee in vendor
    if kind == CLUSTER:
        return payer in cloud and payee in vendor
    if kind == PARTNER:
        return payer in vendor and payee == a.ASSEMBLY_PARTNER
    return True


def contract_table(events: tuple[Event, ...], start_month: int) -> np.ndarray:
    """CONTRACT rows (MAX_CONTRACTS,) of a scenario's deals; months count from the start of the run.

    What fell due before the run began is left out. Raises InputError for an unknown firm, for a deal whose sides do
    not fit its kind, and for too many deals.
    """
    table = np.zeros(MAX_CONTRACTS, dtype_of(CONTRACT))
    row = 0
    for index, event in enumerate(events):
        if event.kind != "deal":
            continue
        deal: Any = event.fields
        kind = KIND_OF_DEAL[deal.deal]
        payer, payee = account_of(deal.payer), account_of(deal.payee)
        if not sides(kind, payer, payee):
            raise InputError(f"deal '{event.id}': a {deal.deal} from {deal.payer} to {deal.payee} cannot be simulated")
        begin = deal.starts.year * 12 + deal.starts.month - 1 - start_month
        end = deal.ends.year * 12 + deal.ends.month - 1 - start_month
        if end < 0:
            continue
        if row >= MAX_CONTRACTS // 2:
            raise InputError(f"more than {MAX_CONTRACTS // 2} deals in a scenario")
        running = (end - max(begin, 0) + 1) / (end - begin + 1)
        contract = table[row]
        contract["kind"], contract["state"], contract["event"] = kind, ANNOUNCED, index
        contract["payer"], contract["payee"] = payer, payee
        contract["announced"] = max(0, event.date.year * 12 + event.date.month - 1 - start_month)
        contract["starts"], contract["ends"] = max(begin, 0), end
        contract["contingent"] = deal.contingent
        contract["total_usd"] = contract["left_usd"] = deal.cash_usd * running
        contract["stake_after"] = deal.stake_share
        contract["gw"] = deal.capacity_gw
        contract["warrants_m"], contract["strike_usd"] = deal.warrants_millions, deal.strike_usd
        contract["price_target_usd"] = deal.price_target_usd
        row += 1
    return table
