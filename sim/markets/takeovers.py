"""Takeovers: a cloud buys a lab that fails, as a whole, with what the lab has promised to others."""

from __future__ import annotations

from sim.accounts import CLOUD0, CREDIT, LAB0, N_CLOUDS, N_LABS, N_VENDORS, VENDOR0
from sim.agents.labs import investors_of
from sim.compiled import compiled
from sim.events import MERGER, TAKEOVER_FORBIDDEN, log_event
from sim.ledger import ACQUISITIONS, BONDS, balance_usd, post
from sim.markets.deals import ANNOUNCED, CANCELLED, EQUITY, RUNNING, TAKE_OR_PAY, WARRANTS
from sim.markets.stakes import lose_stakes
from sim.markets.turnover import close_lab
from sim.world import CN, IN_FORCE, NO_ONE


@compiled
def buyer_of_lab(w, l, price, p):
    """Cloud that would take a lab over at a price, or -1: the one with the largest stake, a host's claim, and means.

    Chinese labs go to Chinese clouds, others to others; only firms with business of their own can carry a lab, and
    merger control may forbid a buyer.
    """
    best = NO_ONE
    most = 0.0
    forbidden = NO_ONE
    lost = 0.0
    if p.credit_takeovers < 0.5:
        return best
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        if cloud.active == 0 or cloud.kind > 1 or cloud.arrears_months > 0.0:
            continue
        if (cloud.region == CN) != (w.labs[l].region == CN):
            continue
        means = means_for_deals(w, k, p)
        if means < 0.5 * price:
            continue
        score = w.stake[N_VENDORS + k, l] + (0.1 if w.labs[l].host == k else 0.0) + 0.02 * means / (means + price + 1.0)
        if not takeover_allowed(w, combined_share_of_labs(w, l, k)):
            if score > lost:
                lost = score
                forbidden = k
        elif score > most:
            most = score
            best = k
    if forbidden >= 0 and lost > most:
        log_event(w, TAKEOVER_FORBIDDEN, l, forbidden, price)
    return best


@compiled
def takeover_allowed(w, combined_share):
    """Whether merger control lets a buyer and what it buys, with a combined share of their market, come together."""
    law = w.policy[IN_FORCE]
    return law.takeovers_allowed == 1 or combined_share < law.takeover_share_limit


@compiled
def combined_share_of_labs(w, l, k):
    """Share of all labs' revenue of lab `l` and the labs that cloud `k` owns."""
    both = 0.0
    total = 0.0
    for other in range(N_LABS):
        lab = w.labs[other]
        if lab.active == 1:
            total += lab.revenue_smooth
            if other == l or lab.owner == k:
                both += lab.revenue_smooth
    return both / total if total > 0.0 else 0.0


@compiled
def means_for_deals(w, k, p):
    """Cash beyond its needs and credit that cloud `k` could use for a purchase, USD."""
    cloud = w.clouds[k]
    cash = balance_usd(w, CLOUD0 + k) - p.clouds_cash_buffer_months * (cloud.ai_capex + cloud.legacy_capex)
    return max(0.0, cash) + max(0.0, cloud.borrowing_base - cloud.loans_usd - cloud.bonds_usd)


@compiled
def take_over(w, l, p):
    """A cloud buys a failing lab from its owners, at a discount to its value; returns 1 if one does.

    It pays from cash and by bonds, no more than it has means for: at half of the price it can still agree.
    A cloud that has a lab already merges the two: people, knowledge, assistants and contracts move to that lab, closed
    models are withdrawn.
    """
    lab = w.labs[l]
    price = p.credit_takeover_discount * lab.valuation_usd
    k = buyer_of_lab(w, l, price, p)
    if k < 0:
        return 0
    t = w.macro[0].month
    price = min(price, means_for_deals(w, k, p))
    lacking = max(0.0, price - max(0.0, balance_usd(w, CLOUD0 + k)))
    w.clouds[k].bonds_usd += post(w, CREDIT, CLOUD0 + k, lacking, BONDS)
    log_event(w, MERGER, l, k, pay_owners(w, l, k, price))
    w.macro[0].mergers_labs += 1.0
    lose_stakes(w, l)
    w.stake[N_VENDORS + k, l] = 1.0
    end_contracts_with_buyer(w, l, k)
    own = NO_ONE
    for other in range(N_LABS):
        if other != l and w.labs[other].owner == k and w.labs[other].active == 1:
            own = other
    lab.arrears_months = 0.0
    lab.distress = 0.0
    if own < 0:
        lab.owner = k
        lab.host = k
        lab.owner_share = min(0.5, lab.compute_h100e / max(w.clouds[k].usable_h100e, 1.0))
        lab.restructured = t
        return 1
    heir = w.labs[own]
    heir.potential_q = max(heir.potential_q, lab.potential_q)
    heir.training_stock += lab.training_stock
    move_business(w, l, own)
    close_lab(w, l, CLOUD0 + k)
    return 1


@compiled
def pay_owners(w, l, k, price):
    """Cloud `k` pays everybody who has a stake in lab `l` that part of the price; its own part it need not pay.

    Returns what it pays in all, USD.
    """
    buyer = N_VENDORS + k
    outside = 1.0 - w.stake[buyer, l]
    paid = 0.0
    for holder in range(N_VENDORS + N_CLOUDS):
        if holder != buyer and w.stake[holder, l] > 0.0:
            outside -= w.stake[holder, l]
            paid += post(w, CLOUD0 + k, VENDOR0 + holder, price * w.stake[holder, l], ACQUISITIONS)
    return paid + post(w, CLOUD0 + k, investors_of(w, l), price * max(0.0, outside), ACQUISITIONS)


@compiled
def end_contracts_with_buyer(w, l, k):
    """A firm owes nothing to itself, and a lab that is owned issues no more shares to others."""
    for c in range(len(w.contracts)):
        contract = w.contracts[c]
        if contract.state != RUNNING and contract.state != ANNOUNCED:
            continue
        to_itself = contract.payer == LAB0 + l and contract.payee == CLOUD0 + k
        if to_itself or (contract.kind == EQUITY and contract.payee == LAB0 + l):
            contract.state = CANCELLED
            contract.due_usd = 0.0
            contract.unpaid_usd = 0.0


@compiled
def move_business(w, l, heir):
    """What lab `l` has promised to others, shares that it holds, and its assistants pass to lab `heir`."""
    for c in range(len(w.contracts)):
        contract = w.contracts[c]
        mine = contract.kind == TAKE_OR_PAY or contract.kind == WARRANTS
        if mine and contract.payer == LAB0 + l:
            contract.payer = LAB0 + heir
    for i in range(len(w.platforms)):
        platform = w.platforms[i]
        if platform.lab == l:
            platform.lab = heir
        if platform.serving_lab == l and platform.serving_open == 0:
            platform.serving_lab = heir
