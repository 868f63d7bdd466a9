"""Double-entry accounts: every payment has two ends, in integer cents.

Agents own no cash attribute: the balance of an account is the only money there is. A payment moves cents between two
accounts, is written under the name of its flow on both ends, and adds to the transaction-flow matrix of sectors
(Godley and Lavoie 2007, Monetary Economics). `check` compares independent records every month: balances, the
journal by flow and account (net, and what was received), and the matrix by flow and sector.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.compiled import compiled
from sim.errors import RunError

SECTORS = (
    "users", "labs_us", "labs_cn", "labs_eu", "vendors", "foundry_memory", "clouds", "power", "software", "credit",
    "investors", "governments", "rest_of_world",
)  # fmt: skip
SECTOR_INDEX = {name: index for index, name in enumerate(SECTORS)}

FLOWS = (
    "api_payments", "assistant_payments", "other_model_sales", "host_payments", "self_hosting", "managed_services",
    "compute_rent", "chip_sales", "smuggled_chips", "software_licences", "construction",
    "electricity", "chip_making", "vendor_overheads", "research_staff", "cloud_upkeep", "legacy_income",
    "legacy_capex", "lab_equity", "vendor_equity", "owner_subsidy", "loans", "repayments", "interest", "payouts",
    "levies", "subsidies", "prepayments", "platform_costs", "robot_sales", "software_sales", "software_costs",
    "software_interest", "buyouts", "capacity_investment", "revenue_share", "wind_up", "incomes", "bonds",
    "share_sales", "warrant_exercise", "take_or_pay", "backstops", "cloud_equity", "partner_funding", "acquisitions",
    "asset_sales", "settlements", "managed_support", "physical_ai_payments", "model_licences", "software_ai_costs",
    "fund_calls", "recoveries", "dividends", "robot_electricity", "power_taxes", "datacentre_levies", "public_compute",
    "liability_costs", "grid_programmes", "penalties",
)  # fmt: skip
(
    API_PAYMENTS, ASSISTANT_PAYMENTS, OTHER_MODEL_SALES, HOST_PAYMENTS, SELF_HOSTING, MANAGED_SERVICES, COMPUTE_RENT,
    CHIP_SALES, SMUGGLED_CHIPS, SOFTWARE_LICENCES, CONSTRUCTION, ELECTRICITY, CHIP_MAKING,
    VENDOR_OVERHEADS, RESEARCH_STAFF, CLOUD_UPKEEP, LEGACY_INCOME, LEGACY_CAPEX, LAB_EQUITY, VENDOR_EQUITY,
    OWNER_SUBSIDY, LOANS, REPAYMENTS, INTEREST, PAYOUTS, LEVIES, SUBSIDIES, PREPAYMENTS, PLATFORM_COSTS, ROBOT_SALES,
    SOFTWARE_SALES, SOFTWARE_COSTS, SOFTWARE_INTEREST, BUYOUTS, CAPACITY_INVESTMENT, REVENUE_SHARE, WIND_UP, INCOMES,
    BONDS, SHARE_SALES, WARRANT_EXERCISE, TAKE_OR_PAY, BACKSTOPS, CLOUD_EQUITY, PARTNER_FUNDING, ACQUISITIONS,
    ASSET_SALES, SETTLEMENTS, MANAGED_SUPPORT, PHYSICAL_AI_PAYMENTS, MODEL_LICENCES, SOFTWARE_AI_COSTS, FUND_CALLS,
    RECOVERIES, DIVIDENDS, ROBOT_ELECTRICITY, POWER_TAXES, DATACENTRE_LEVIES, PUBLIC_COMPUTE, LIABILITY_COSTS,
    GRID_PROGRAMMES, PENALTIES,
) = range(len(FLOWS))  # fmt: skip


@compiled
def cents(amount_usd):
    """Nearest whole number of cents of an amount in USD."""
    return np.int64(np.floor(amount_usd * 100.0 + 0.5))


@compiled
def post(w, payer, payee, amount_usd, flow):
    """Pay `amount_usd` (USD, >= 0) from one account to another under the name of a flow; returns what was paid.

    A negative amount is paid the other way round, so that a sum of signed obligations still has two ends.
    """
    amount = cents(amount_usd)
    if amount < 0:
        payer, payee, amount = payee, payer, -amount
    if amount == 0 or payer == payee:
        return 0.0
    w.accounts[payer] -= amount
    w.accounts[payee] += amount
    w.journal[flow, payer] -= amount
    w.journal[flow, payee] += amount
    w.receipts[flow, payee] += amount
    w.flows[flow, w.sector_of[payer], w.sector_of[payee]] += amount
    return amount_usd


@compiled
def balance_usd(w, account):
    """Balance of an account in USD."""
    return w.accounts[account] / 100.0


def open_month(w) -> None:
    """Start the month's journal and matrix from zero and remember the opening balances."""
    w.opening[:] = w.accounts
    w.journal[:] = 0
    w.receipts[:] = 0
    w.flows[:] = 0


@compiled
def residual_cents(w):
    """Sum over accounts and flows of what does not close (cents): must be zero."""
    n_flows, n_accounts = w.journal.shape
    n_sectors = w.flows.shape[1]
    total = np.int64(0)
    change = w.accounts - w.opening
    by_sector = np.zeros(n_sectors, np.int64)
    for account in range(n_accounts):
        by_sector[w.sector_of[account]] -= change[account]
    between = np.zeros((n_sectors, n_sectors), np.int64)
    for flow in range(n_flows):
        row = np.int64(0)
        received = np.int64(0)
        for account in range(n_accounts):
            row += w.journal[flow, account]
            received += w.receipts[flow, account]
            change[account] -= w.journal[flow, account]
        for one in range(n_sectors):
            for other in range(n_sectors):
                received -= w.flows[flow, one, other]
                between[one, other] += w.flows[flow, one, other]
        total += abs(row) + abs(received)
    for account in range(n_accounts):
        total += abs(change[account])
    for one in range(n_sectors):
        for other in range(n_sectors):
            by_sector[one] -= between[one, other]
            by_sector[other] += between[one, other]
    for sector in range(n_sectors):
        total += abs(by_sector[sector])
    return total


def check(w, account_names: list[str]) -> None:
    """Raise `RunError` with the names of the accounts and flows that do not close."""
    if residual_cents(w) == 0:
        return
    problems = []
    for flow, name in enumerate(FLOWS):
        if (row := int(w.journal[flow].sum())) != 0:
            touched = [account_names[a] for a in np.flatnonzero(w.journal[flow])]
            problems.append(f"flow {name} is out by {row} cents among {', '.join(touched[:6])}")
    gap = w.accounts - w.opening - w.journal.sum(axis=0)
    problems += [
        f"account {account_names[a]} changed by {int(gap[a])} cents without an entry" for a in np.flatnonzero(gap)
    ]
    for flow, name in enumerate(FLOWS):
        if (received := int(w.receipts[flow].sum())) != (matrix := int(w.flows[flow].sum())):
            problems.append(f"flow {name}: the accounts received {received} cents, the matrix says {matrix}")
    if not problems:
        net = w.flows.sum(axis=(0, 1)) - w.flows.sum(axis=(0, 2))
        for sector, name in enumerate(SECTORS):
            change = int((w.accounts - w.opening)[w.sector_of == sector].sum())
            if change != int(net[sector]):
                problems.append(f"sector {name}: the matrix says {int(net[sector])} cents, the accounts {change}")
    raise RunError("the accounts do not close: " + "; ".join(problems))


def transaction_flow_matrix(history: np.ndarray, dates: pd.DatetimeIndex) -> pd.DataFrame:
    """Long monthly matrix: date, flow, from_sector, to_sector, usd_cents; zero entries are left out.

    `history` has shape (months, flow, sector, sector), integer cents.
    """
    month, flow, payer, payee = np.nonzero(history)
    return pd.DataFrame(
        {
            "date": dates[month],
            "flow": np.array(FLOWS)[flow],
            "from_sector": np.array(SECTORS)[payer],
            "to_sector": np.array(SECTORS)[payee],
            "usd_cents": history[month, flow, payer, payee],
        }
    )
