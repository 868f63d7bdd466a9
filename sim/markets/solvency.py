"""Solvency: dues are cleared together, creditors wait, firms are rescued or wound up, and orders are cancelled.

Labs, vendors and clouds owe each other (take-or-pay, backstops, chips delivered) and lenders (interest, instalments).
All of it is cleared at once (`sim.markets.clearing`). A firm that misses a payment is in distress first: creditors
wait for some months. Then a lab's contracts are cut, or it is taken over, or it is wound up; a cloud's fleet is sold at
what buyers can pay, stands idle while it is moved, and what it had ordered is cancelled. Cancelled orders and idle
compute are the real channel; write-offs raise the credit spread (`capital.move_sentiment`).
"""

from __future__ import annotations

import numpy as np

from sim.accounts import CLOUD0, CREDIT, HOUSEHOLDS, LAB0, N_CLOUDS, N_LABS, N_VENDORS, VENDOR0
from sim.agents.labs import investors_of
from sim.compiled import compiled
from sim.events import (
    CONTRACT_CUT,
    DEFAULT,
    DISTRESS,
    FLEET_SOLD,
    ORDERS_CANCELLED,
    PAYMENT_MISSED,
    TAKEOVER_FORBIDDEN,
    WRITE_OFF,
    log_event,
)
from sim.ledger import (
    ASSET_SALES,
    BACKSTOPS,
    CHIP_SALES,
    INTEREST,
    REPAYMENTS,
    SETTLEMENTS,
    TAKE_OR_PAY,
    balance_usd,
    post,
)
from sim.markets.chips import count_backlog
from sim.markets.clearing import clearing_payments
from sim.markets.deals import ANNOUNCED, BACKSTOP, CANCELLED, RUNNING
from sim.markets.deals import TAKE_OR_PAY as TAKE_OR_PAY_DEAL
from sim.markets.stakes import CLOUD_EVENT, dilute, leave_stakes, lose_stakes, new_share, sell_all_shares
from sim.markets.takeovers import take_over, takeover_allowed
from sim.markets.turnover import close_lab
from sim.world import CN, NO_ONE

LENDERS = N_LABS + N_VENDORS + N_CLOUDS
ROUNDING_USD = 0.1
"""Cash left aside so that claims rounded to cents do not overdraw an account."""
NODES = LENDERS + 1
"""Nodes of the clearing: labs, vendors, clouds (in the order of their accounts), then lenders, who owe nothing."""


@compiled
def decide_on_distress(w):
    """Firms past their creditors' patience: contracts are cut, a buyer steps in, or the firm is to be wound up."""
    p = w.p[w.macro[0].month]
    for l in range(N_LABS):
        lab = w.labs[l]
        lab.winding_up = 0
        if lab.active == 0 or lab.owner >= 0:
            continue
        overdue = lab.arrears_months > p.credit_grace_months
        broke = lab.distress > p.finance_exit_months
        if not (overdue or broke) or p.credit_default_clearing < 0.5:
            continue
        if overdue and creditors_prefer_a_cut(w, l, p):
            cut_contracts(w, l, p)
        elif take_over(w, l, p) == 0:
            lab.winding_up = 1
            sell_all_shares(w, l)
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        cloud.winding_up = 0
        if cloud.active == 1 and cloud.arrears_months > p.credit_grace_months and p.credit_default_clearing > 0.5:
            cloud.winding_up = 1
            if cloud.firms < 1.5:
                sell_fleet(w, k, p)


@compiled
def creditors_prefer_a_cut(w, l, p):
    """Whether clouds gain more from a lab that goes on with smaller contracts than from its estate now.

    Going on is worth what it can pay over the foresight of creditors; the estate is its cash after costs of default.
    Nobody is asked twice within a year.
    """
    t = w.macro[0].month
    lab = w.labs[l]
    if lab.restructured >= 0 and t - lab.restructured < 12:
        return False
    surplus = lab.revenue_smooth * max(0.0, lab.gross_margin) * p.credit_creditor_foresight_months
    estate = p.credit_recovery_assets * max(0.0, balance_usd(w, LAB0 + l))
    return surplus > estate


@compiled
def cut_contracts(w, l, p):
    """Creditors cut what is still to come, stretch the rest, and take shares for what is overdue."""
    t = w.macro[0].month
    lab = w.labs[l]
    lost = 0.0
    for c in range(len(w.contracts)):
        contract = w.contracts[c]
        if contract.kind != TAKE_OR_PAY_DEAL or contract.state != RUNNING or contract.payer != LAB0 + l:
            continue
        k = contract.payee - CLOUD0
        share = new_share(contract.unpaid_usd, lab.valuation_usd)
        dilute(w, l, share)
        w.stake[N_VENDORS + k, l] += share
        w.stake_cost[N_VENDORS + k, l] += contract.unpaid_usd
        lost += contract.unpaid_usd + contract.left_usd * p.credit_contract_cut
        contract.unpaid_usd = 0.0
        contract.left_usd *= 1.0 - p.credit_contract_cut
        contract.ends += int(p.credit_contract_stretch_months)
    lab.arrears_usd = 0.0
    lab.arrears_months = 0.0
    lab.distress = 0.0
    lab.restructured = t
    log_event(w, CONTRACT_CUT, l, -1, lost)


@compiled
def buyer_of_fleet(w, k):
    """Cloud on the same side of the law with the most cash and no arrears, or -1; merger control may forbid a buyer."""
    best = NO_ONE
    most = 0.0
    forbidden = NO_ONE
    lost = 0.0
    total = 0.0
    for other in range(N_CLOUDS):
        total += w.clouds[other].installed_h100e
    for other in range(N_CLOUDS):
        cloud = w.clouds[other]
        if other == k or cloud.active == 0 or cloud.arrears_months > 0.0 or cloud.winding_up == 1:
            continue
        if (cloud.region == CN) != (w.clouds[k].region == CN):
            continue
        cash = balance_usd(w, CLOUD0 + other)
        both = cloud.installed_h100e + w.clouds[k].installed_h100e
        if not takeover_allowed(w, both / max(total, 1.0)):
            if cash > lost:
                lost = cash
                forbidden = other
        elif cash > most:
            most = cash
            best = other
    if forbidden >= 0 and lost > most:
        log_event(w, TAKEOVER_FORBIDDEN, CLOUD_EVENT + k, forbidden, w.clouds[k].capital_usd)
    return best


@compiled
def sell_fleet(w, k, p):
    """An estate sells its sites at a discount to what is left of their cost, or at what the buyer can pay.

    Prices of assets sold in distress fall to what buyers with cash can pay (Shleifer and Vishny 1992, J. Finance 47).
    The chips stand idle while they are moved to the buyer's customers and contracts.
    """
    t = w.macro[0].month
    cloud = w.clouds[k]
    b = buyer_of_fleet(w, k)
    total = 0.0
    for i in range(len(w.sites)):
        if w.sites[i].cloud == k:
            total += w.sites[i].installed_h100e
    w.macro[0].stranded_h100e += total
    if b < 0:
        return
    worth = p.credit_fire_sale_share * cloud.capital_usd * min(1.0, max(cloud.hurdle_ratio, 0.05))
    paid = post(w, CLOUD0 + b, CLOUD0 + k, min(worth, 0.5 * max(0.0, balance_usd(w, CLOUD0 + b))), ASSET_SALES)
    w.clouds[b].capital_usd += paid
    cloud.capital_usd = 0.0
    for i in range(len(w.sites)):
        site = w.sites[i]
        if site.cloud == k:
            site.cloud = b
            site.idle_until = t + int(p.credit_idle_months)
            site.idle_share = 1.0
            site.share = 0.0
    log_event(w, FLEET_SOLD, k, b, total)


@compiled
def fill_debts(w, debts):
    """Fill what firms owe each other and lenders this month, USD, shape (NODES, NODES): the row owes the column."""
    debts[:, :] = 0.0
    for c in range(len(w.contracts)):
        contract = w.contracts[c]
        if contract.state != RUNNING:
            continue
        if contract.kind == TAKE_OR_PAY_DEAL:
            debts[contract.payer, contract.payee] += contract.unpaid_usd
        elif contract.kind == BACKSTOP:
            debts[contract.payer, contract.payee] += contract.due_usd
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        if cloud.active == 0:
            continue
        for v in range(N_VENDORS):
            debts[CLOUD0 + k, VENDOR0 + v] = w.payable[v, k]
        due = cloud.interest_due_usd + cloud.arrears_usd + cloud.principal_due_usd
        if cloud.winding_up == 1 and cloud.firms < 1.5:
            due = cloud.interest_due_usd + cloud.arrears_usd + cloud.loans_usd + cloud.bonds_usd
        debts[CLOUD0 + k, LENDERS] = due


@compiled
def is_estate(w, node):
    """Whether all of a firm is wound up; a group goes on although a part of it fails."""
    if node < N_LABS:
        return w.labs[node].winding_up == 1
    if node < CLOUD0:
        return False
    return w.clouds[node - CLOUD0].winding_up == 1 and w.clouds[node - CLOUD0].firms < 1.5


@compiled
def means_to_pay(w, node, p):
    """Cash that a firm will use for its debts, USD: one that goes on first keeps what it needs to work.

    An estate keeps nothing. Vendors and rich clouds have more than they owe, so that the reserve never shows.
    """
    cash = max(0.0, balance_usd(w, node) - ROUNDING_USD)
    if node < N_LABS:
        lab = w.labs[node]
        if lab.winding_up == 1 or lab.owner >= 0:
            return cash  # the owner has put in what is due on top of what the lab needs
        return max(0.0, cash - p.credit_operating_reserve_months * (lab.compute_cost + lab.staff_usd))
    return cash


@compiled
def clear_debts(w):
    """Clear all dues of the month at once; who cannot pay pays what it has, in proportion.

    Fast path: where everybody has the cash to pay in full, nothing needs to be solved.
    """
    p = w.p[w.macro[0].month]
    debts = np.zeros((NODES, NODES))
    fill_debts(w, debts)
    owed = np.zeros(NODES)
    assets = np.zeros(NODES)
    recovery = np.ones(NODES)
    claims = np.ones(NODES)
    all_can = True
    for i in range(NODES):
        for j in range(NODES):
            owed[i] += debts[i, j]
        if i == LENDERS:
            continue
        assets[i] = means_to_pay(w, i, p)
        if owed[i] > assets[i]:
            all_can = False
        if is_estate(w, i):
            recovery[i] = p.credit_recovery_assets
            claims[i] = p.credit_recovery_claims
    paid = owed.copy()
    if not all_can and p.credit_default_clearing > 0.5:
        clearing_payments(debts, assets, recovery, claims, paid)
    pay_debts(w, owed, paid, p)


@compiled
def pay_debts(w, owed, paid, p):
    """Post what is paid, claim by claim, and keep books of what is not."""
    ratio = np.ones(NODES)
    for i in range(NODES):
        if owed[i] > 0.0:
            ratio[i] = paid[i] / owed[i]
    for l in range(N_LABS):
        w.labs[l].arrears_usd = 0.0
    for c in range(len(w.contracts)):
        contract = w.contracts[c]
        if contract.state != RUNNING:
            continue
        part = ratio[contract.payer] if contract.payer >= 0 else 1.0
        if contract.kind == TAKE_OR_PAY_DEAL and contract.unpaid_usd > 0.0:
            usd = post(w, contract.payer, contract.payee, contract.unpaid_usd * part, TAKE_OR_PAY)
            contract.unpaid_usd -= usd
            if contract.unpaid_usd < 0.01:
                contract.unpaid_usd = 0.0
            receive_late(w, contract.payee - CLOUD0, usd)
            w.labs[contract.payer - LAB0].arrears_usd += contract.unpaid_usd
        elif contract.kind == BACKSTOP and contract.due_usd > 0.0:
            usd = post(w, contract.payer, contract.payee, contract.due_usd * part, BACKSTOPS)
            w.vendors[contract.payer - VENDOR0].financed_usd += usd
            contract.left_usd -= usd
            receive_late(w, contract.payee - CLOUD0, usd)
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.active == 1 and lab.arrears_usd > 1.0:
            lab.arrears_months += 1.0
            log_event(w, PAYMENT_MISSED, l, -1, lab.arrears_usd)
        else:
            lab.arrears_months = 0.0
    for k in range(N_CLOUDS):
        if w.clouds[k].active == 1:
            pay_debts_of_cloud(w, k, ratio[CLOUD0 + k], p)


@compiled
def within_cash(w, k, usd, p):
    """An amount that cloud `k` pays, less the cents by which rounding of its claims and debts would overdraw it."""
    return usd if p.credit_default_clearing < 0.5 else min(usd, max(0.0, balance_usd(w, CLOUD0 + k)))


@compiled
def receive_late(w, k, usd):
    """Income of cloud `k` that comes with the clearing, after its revenue of the month has been smoothed."""
    w.clouds[k].revenue += usd
    w.clouds[k].revenue_smooth += 0.2 * usd


@compiled
def pay_debts_of_cloud(w, k, ratio, p):
    """Pay vendors and lenders of cloud `k` the cleared part of what they are due: interest before principal."""
    cloud = w.clouds[k]
    for v in range(N_VENDORS):
        if w.payable[v, k] > 0.0:
            usd = within_cash(w, k, w.payable[v, k] * ratio, p)
            w.payable[v, k] -= post(w, CLOUD0 + k, VENDOR0 + v, usd, CHIP_SALES)
            if w.payable[v, k] < 0.01:
                w.payable[v, k] = 0.0
    interest = cloud.interest_due_usd + cloud.arrears_usd
    principal = cloud.principal_due_usd
    if cloud.winding_up == 1 and cloud.firms < 1.5:
        principal = cloud.loans_usd + cloud.bonds_usd
    usd = (interest + principal) * ratio
    to_interest = within_cash(w, k, min(usd, interest), p)
    cloud.arrears_usd = interest - post(w, CLOUD0 + k, CREDIT, to_interest, INTEREST)
    if cloud.arrears_usd < 0.01:
        cloud.arrears_usd = 0.0
    repaid = post(w, CLOUD0 + k, CREDIT, within_cash(w, k, max(0.0, usd - interest), p), REPAYMENTS)
    from_loans = min(repaid, cloud.loans_usd)
    cloud.loans_usd -= from_loans
    cloud.bonds_usd = max(0.0, cloud.bonds_usd - (repaid - from_loans))
    if ratio < 1.0 - 1e-9 or cloud.overdraft_usd > 0.0:
        cloud.arrears_months += 1.0
        log_event(w, DISTRESS, 100 + k, -1, (interest + principal) * (1.0 - ratio))
    else:
        cloud.arrears_months = 0.0


@compiled
def close_failed(w):
    """Estates are closed: what is unpaid is written off, orders are cancelled, owners lose their shares."""
    t = w.macro[0].month
    p = w.p[t]
    macro = w.macro[0]
    macro.lender_losses = 0.0
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.active == 1 and lab.winding_up == 1:
            if lab.arrears_usd > 0.0:
                macro.defaults_labs += 1.0
            close_lab(w, l, HOUSEHOLDS if lab.arrears_usd > 0.0 else investors_of(w, l))
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        if cloud.active == 1 and cloud.winding_up == 1:
            if cloud.firms < 1.5:
                fail_cloud(w, k, t)
            else:
                fail_in_part(w, k, t, p)
            count_backlog(w)


@compiled
def fail_cloud(w, k, t):
    """Close the books of cloud `k` after its estate has been shared out."""
    macro = w.macro[0]
    cloud = w.clouds[k]
    lost = cloud.loans_usd + cloud.bonds_usd + cloud.arrears_usd
    macro.lender_losses += lost
    unpaid = lost
    for v in range(N_VENDORS):
        unpaid += w.payable[v, k]
        w.payable[v, k] = 0.0
        if w.backlog[v, k] > 1.0:
            log_event(w, ORDERS_CANCELLED, v, k, w.backlog[v, k])
        w.backlog[v, k] = 0.0
        w.backlog_abroad[v, k] = 0.0
        w.prepaid[v, k] = 0.0
    log_event(w, DEFAULT, k, -1, unpaid)
    log_event(w, WRITE_OFF, k, -1, lost)
    # What default costs goes to those who wind the firm up.
    post(w, CLOUD0 + k, HOUSEHOLDS, max(0.0, balance_usd(w, CLOUD0 + k)), SETTLEMENTS)
    cloud.loans_usd = 0.0
    cloud.bonds_usd = 0.0
    cloud.arrears_usd = 0.0
    cloud.arrears_months = 0.0
    cloud.ai_capex_plan = 0.0
    cloud.revenue_smooth = 0.0
    cloud.active = 0
    cloud.entry = -1
    cloud.failed = t
    lose_stakes(w, N_LABS + k)
    leave_stakes(w, N_VENDORS + k)
    for c in range(len(w.contracts)):
        contract = w.contracts[c]
        still_open = contract.state == RUNNING or contract.state == ANNOUNCED
        if still_open and (contract.payer == CLOUD0 + k or contract.payee == CLOUD0 + k):
            contract.state = CANCELLED
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.owner == k:
            lab.owner = NO_ONE
        if lab.host == k:
            lab.host = NO_ONE
    macro.defaults_clouds += 1.0
    if cloud.kind == 2:
        macro.exits_neoclouds += 1.0


@compiled
def fail_in_part(w, k, t, p):
    """Of a group of firms, the part fails that carries the debts which cannot be served.

    Lenders of that part take a loss and own what is left; its chips stand idle, its orders are cancelled, and the
    group goes on with less debt.
    """
    macro = w.macro[0]
    cloud = w.clouds[k]
    debt = cloud.loans_usd + cloud.bonds_usd + cloud.arrears_usd
    cloud.arrears_months = 0.0
    if debt <= 0.0:
        return
    due = cloud.interest_due_usd + cloud.principal_due_usd + cloud.arrears_usd
    unserved = cloud.arrears_usd / due if due > 0.0 else 1.0
    failing = max(1.0, round(cloud.firms * min(0.5, unserved)))
    part = failing / cloud.firms
    haircut = part * (1.0 - p.credit_recovery_assets)
    lost = haircut * (cloud.loans_usd + cloud.bonds_usd) + cloud.arrears_usd
    cloud.loans_usd *= 1.0 - haircut
    cloud.bonds_usd *= 1.0 - haircut
    cloud.arrears_usd = 0.0
    cloud.failed = t
    cloud.ai_capex_plan *= 1.0 - part
    macro.lender_losses += lost
    macro.defaults_clouds += failing
    if cloud.kind == 2:
        macro.exits_neoclouds += failing
    for i in range(len(w.sites)):
        site = w.sites[i]
        if site.cloud == k:
            macro.stranded_h100e += part * site.installed_h100e
            running = 1.0 - site.idle_share if t < site.idle_until else 1.0
            site.idle_share = 1.0 - running * (1.0 - part)
            site.idle_until = t + int(p.credit_idle_months)
    for v in range(N_VENDORS):
        if part * w.backlog[v, k] > 1.0:
            log_event(w, ORDERS_CANCELLED, v, k, part * w.backlog[v, k])
        w.backlog[v, k] *= 1.0 - part
        w.backlog_abroad[v, k] *= 1.0 - part
    log_event(w, DEFAULT, k, -1, lost)
    log_event(w, WRITE_OFF, k, -1, lost)
