"""The rest of the clouds' business, and incomes: legacy income and spending, what suppliers pass on."""

from __future__ import annotations

from sim.accounts import (
    BUILDERS,
    CLOUD0,
    DOMESTIC_FOUNDRY,
    FOUNDRY,
    HOUSEHOLDS,
    INVESTORS_CN,
    INVESTORS_US,
    MEMORY,
    N_CLOUDS,
    N_LABS,
    N_REGIONS,
    N_VENDORS,
    POWER0,
    PUBLIC_EQUITY,
    ROBOT_MAKERS,
    SMUGGLERS,
    USERS0,
)
from sim.compiled import compiled
from sim.ledger import FUND_CALLS, INCOMES, LEGACY_CAPEX, LEGACY_INCOME, balance_usd, post


@compiled
def begin_month(w):
    """Flows of the month start from zero."""
    macro = w.macro[0]
    macro.levy_revenue = 0.0
    for g in range(4):
        macro.subsidy_cost[g] = 0.0
    if macro.month % 12 == 0:
        for r in range(N_REGIONS):
            w.regions[r].subsidy_spent_usd[:] = 0.0  # budgets are of a calendar year; runs start in January
    for v in range(N_VENDORS):
        vendor = w.vendors[v]
        vendor.chip_revenue = 0.0
        vendor.revenue = 0.0
        vendor.cost_of_sales = 0.0
        vendor.licence_revenue = 0.0
        vendor.china_revenue = 0.0
        vendor.levy_paid = 0.0
        vendor.financed_year_usd += vendor.financed_usd - vendor.financed_year_usd / 12.0
        vendor.financed_usd = 0.0
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        cloud.ai_capex = 0.0
        cloud.received_h100e = 0.0
        cloud.capex = 0.0


@compiled
def run_other_business(w):
    """Clouds earn from search, shops, software and advertising, and invest in them; capex is what they really paid."""
    t = w.macro[0].month
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        if cloud.active == 0 or t < cloud.entry:
            continue
        post(w, HOUSEHOLDS, CLOUD0 + k, cloud.operating_cash_flow, LEGACY_INCOME)
        post(w, CLOUD0 + k, BUILDERS, cloud.legacy_capex, LEGACY_CAPEX)
        cloud.capex = cloud.ai_capex + cloud.legacy_capex
        # Rent from a lab of its own is the firm's own money; what the lab earns is not.
        outside = cloud.revenue - cloud.own_lab_rent
        for l in range(N_LABS):
            if w.labs[l].owner == k and w.labs[l].active == 1:
                outside += w.labs[l].revenue
        cloud.revenue_smooth += (outside - cloud.revenue_smooth) * 0.2


@compiled
def pass_on_incomes(w):
    """Suppliers pass surplus on as wages and profits to households, who fund users: what is spent is earned by someone.

    Suppliers keep a working balance; users are brought back towards their opening deposits as far as incomes go.
    """
    p = w.p[0]
    keep = p.finance_supplier_cash_usd
    for account in (FOUNDRY, MEMORY, DOMESTIC_FOUNDRY, BUILDERS, ROBOT_MAKERS, SMUGGLERS, PUBLIC_EQUITY):
        post(w, account, HOUSEHOLDS, max(0.0, balance_usd(w, account) - keep), INCOMES)
    for r in range(N_REGIONS):
        post(w, POWER0 + r, HOUSEHOLDS, max(0.0, balance_usd(w, POWER0 + r) - 0.1 * keep), INCOMES)
    post(w, HOUSEHOLDS, INVESTORS_US, call_for_funds(w, INVESTORS_US, p.finance_opening_investors_usd), FUND_CALLS)
    post(w, HOUSEHOLDS, INVESTORS_CN, call_for_funds(w, INVESTORS_CN, p.finance_opening_investors_cn_usd), FUND_CALLS)
    missing = 0.0
    for r in range(N_REGIONS):
        missing += max(0.0, p.finance_opening_users_usd - balance_usd(w, USERS0 + r))
    earned = max(0.0, balance_usd(w, HOUSEHOLDS) - p.finance_opening_users_usd)
    if missing <= 0.0:
        return
    part = min(1.0, earned / missing)
    for r in range(N_REGIONS):
        gap = max(0.0, p.finance_opening_users_usd - balance_usd(w, USERS0 + r))
        post(w, HOUSEHOLDS, USERS0 + r, part * gap, INCOMES)


@compiled
def call_for_funds(w, investor, opening_usd):
    """Money that a group of investors calls from savers this month, USD: a twelfth of what it has put to work."""
    return max(0.0, opening_usd - balance_usd(w, investor)) / 12.0
