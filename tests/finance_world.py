"""Worlds without deals, debts or stakes, into which a test writes the few that it looks at."""

from __future__ import annotations

import numpy as np
from worlds import copy_of, world_after

from sim.events import KINDS
from sim.ledger import FLOWS
from sim.markets import deals

MONTHS = 24
T = MONTHS


def quiet_world(months=MONTHS):
    """A world at the start of a month in which nobody has a deal, a debt, a payable or a stake; all can pay."""
    world = world_after(months)
    world.contracts[:] = np.zeros_like(copy_of(world.contracts))
    for name in ("payable", "prepaid", "stake", "stake_cost", "earmark", "rents"):
        getattr(world, name)[:] = 0.0
    for field in (
        "loans_usd", "bonds_usd", "arrears_usd", "arrears_months", "interest_due_usd", "principal_due_usd",
        "overdraft_usd", "contracted_usd", "backstop_usd",
    ):  # fmt: skip
        world.clouds[field] = 0.0
    world.labs["arrears_usd"] = world.labs["arrears_months"] = world.labs["distress"] = 0.0
    world.labs["due_usd"] = 0.0
    world.vendors["stakes_usd"] = 0.0
    world.macro["vendor_equity"] = world.macro["lender_losses"] = world.macro["cloud_losses"] = 0.0
    world.event_count[0] = 0
    return world


def put(world, row, kind, payer, payee, **fields):
    """Write a running contract into a row; `left_usd` is the total unless given."""
    contract = world.contracts[row]
    for name in contract.dtype.names:
        world.contracts[name][row] = 0
    fields.setdefault("left_usd", fields.get("total_usd", 0.0))
    fields.setdefault("starts", T)
    fields.setdefault("ends", T + 11)
    fields.setdefault("event", -1)
    fields.setdefault("state", deals.RUNNING)
    for name, value in (("kind", kind), ("payer", payer), ("payee", payee), *fields.items()):
        world.contracts[name][row] = value
    return row


def set_cash(world, account, usd):
    """Give an account a balance, as if it had had it at the start of the month."""
    cents = round(usd * 100)
    change = cents - world.accounts[account]
    world.accounts[account] = cents
    world.opening[account] += change


def kinds_of(world):
    """Kinds of the events written so far, in order."""
    return [KINDS[int(kind)] for kind in world.events[: int(world.event_count[0]), 1]]


def events_of(world, kind):
    """(agent, other, value) of all events of a kind."""
    rows = world.events[: int(world.event_count[0])]
    return [(int(r[2]), int(r[3]), float(r[4])) for r in rows if KINDS[int(r[1])] == kind]


def received_usd(world, flow, account):
    """USD that an account has received this month under a flow."""
    return world.receipts[flow, account] / 100.0


def flow_names(run):
    """Names of the flows with payments in a run."""
    return set(run.ledger["flow"].unique()) & set(FLOWS)
