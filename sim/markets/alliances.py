"""Alliances that firms decide on themselves: nobody has to be told by a scenario to make a deal.

Once a quarter firms look at scarcity, stakes and cash. A lab that is rationed commits to a cloud; a cloud in a long
queue pays ahead for a cluster; a vendor whose capacity is short funds a partner; a vendor whose queue is short stands
behind a customer that lenders doubt; a challenger gives warrants for volume. Vendors and clouds join funding rounds
when what comes back as sales, and the stake, are worth more than the money (`strategic_payoff`).
"""

from __future__ import annotations

from sim.accounts import ASSEMBLY_PARTNER, CLOUD0, LAB0, N_CLOUDS, N_LABS, N_VENDORS, NVIDIA, VENDOR0
from sim.agents.clouds import NEOCLOUD
from sim.compiled import compiled
from sim.events import CONTRACT_SIGNED, log_event
from sim.ledger import balance_usd
from sim.markets.deals import (
    BACKSTOP,
    CANCELLED,
    CLUSTER,
    EMPTY,
    OVER,
    PARTNER,
    RUNNING,
    TAKE_OR_PAY,
    WARRANTS,
)
from sim.markets.stakes import (
    CLOUD_EVENT,
    LAB_EVENT,
    VENDOR_EVENT,
    equity_room_usd,
    finance_room_usd,
    log_refused,
    may_invest,
    share_price,
)
from sim.numerics import log
from sim.world import CN, EXPECTED, HOURS_PER_MONTH, IN_FORCE, NO_ONE, US


@compiled
def sign(w, kind, payer, payee, months, total_usd):
    """Write a new contract that starts next month into a free row, and return the row.

    Rows of contracts that are over are used again, oldest first. Raises ValueError if all are in force.
    """
    t = w.macro[0].month
    row = NO_ONE
    for c in range(len(w.contracts)):
        state = w.contracts[c].state
        if state == EMPTY:
            row = c
            break
        done = state in (OVER, CANCELLED) and w.contracts[c].held_m <= 0.0
        if done and (row < 0 or w.contracts[c].ends < w.contracts[row].ends):
            row = c
    if row < 0:
        raise ValueError("the table of contracts is full")
    contract = w.contracts[row]
    contract.kind = kind
    contract.state = RUNNING
    contract.event = NO_ONE
    contract.payer = payer
    contract.payee = payee
    contract.announced = t
    contract.starts = t + 1
    contract.ends = t + months
    contract.contingent = 0
    contract.total_usd = total_usd
    contract.left_usd = total_usd
    contract.due_usd = 0.0
    contract.unpaid_usd = 0.0
    contract.stake_after = 0.0
    contract.gw = 0.0
    contract.deployed_gw = 0.0
    contract.warrants_m = 0.0
    contract.strike_usd = 0.0
    contract.price_start_usd = 0.0
    contract.price_target_usd = 0.0
    contract.vested_m = 0.0
    contract.held_m = 0.0
    return row


@compiled
def running_between(w, kind, payer, payee):
    """Number of contracts of a kind in force from a payer (any if negative) to a payee (any if negative)."""
    count = 0
    for c in range(len(w.contracts)):
        contract = w.contracts[c]
        in_force = contract.kind == kind and contract.state == RUNNING
        if in_force and (payer < 0 or contract.payer == payer) and (payee < 0 or contract.payee == payee):
            count += 1
    return count


@compiled
def make_deals(w):
    """Once a quarter, firms decide whether a deal with another pays.

    A firm that will be merged into another by decision makes no large commitments until then.
    """
    t = w.macro[0].month
    p = w.p[t]
    watch_queues(w, p)
    if t % 3 != 2 or p.alliances_new_deals < 0.5:
        return
    for l in range(N_LABS):
        lab = w.labs[l]
        free = w.policy[EXPECTED].merge_lab[l] < 0
        if lab.active == 1 and lab.owner < 0 and t >= lab.entry and p.alliances_take_or_pay > 0.5 and free:
            commit_to_cloud(w, l, p)
    for k in range(N_CLOUDS):
        if w.clouds[k].active == 1 and w.clouds[k].region != CN and w.policy[EXPECTED].merge_cloud[k] < 0:
            buy_ahead(w, k, p)
    for v in range(N_VENDORS):
        if w.vendors[v].region == US and w.vendors[v].owner < 0 and t >= w.vendors[v].entry:
            if p.alliances_partner_funding > 0.5:
                fund_capacity(w, v, p)
            if p.alliances_backstops > 0.5:
                stand_behind_customers(w, v, p)
            if v != NVIDIA and p.alliances_warrants > 0.5:
                give_warrants(w, v, p)


@compiled
def watch_queues(w, p):
    """Count the months in which a vendor's queue has been far above target: scarcity that lasts."""
    for v in range(N_VENDORS):
        vendor = w.vendors[v]
        long_queue = vendor.cover_months > p.alliances_scarcity_cover_months
        vendor.tight_months = vendor.tight_months + 1.0 if long_queue else 0.0


@compiled
def commit_to_cloud(w, l, p):
    """A lab that gets less compute than it would pay for commits to the cloud that can serve it best.

    It commits a part of its budget, if its cash lasts and what it has promised already is within its means. The
    cloud: largest capacity for its price among those on its side of the law, nearer if it owns a stake.
    """
    lab = w.labs[l]
    spending = max(lab.compute_cost + lab.staff_usd, p.alliances_least_spending_usd)
    rationed = lab.compute_wanted_h100e > (1.0 + p.alliances_rationing_tolerance) * lab.compute_h100e
    secure = balance_usd(w, LAB0 + l) > p.finance_raise_months * 0.5 * spending
    within = lab.due_usd + p.alliances_commitment_step * lab.budget_usd < p.alliances_commitment_limit * lab.budget_usd
    if not (rationed and secure and within) or lab.budget_usd < p.alliances_least_contract_usd:
        return
    best = NO_ONE
    most = -1e30
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        if cloud.active == 0 or cloud.kind == 1 or cloud.kind == 3 or (cloud.region == CN) != (lab.region == CN):
            continue
        if cloud.usable_h100e <= 0.0 or cloud.arrears_months > 0.0:
            continue
        offer = cloud.usable_h100e + 6.0 * cloud.received_h100e
        score = log(offer / w.regions[cloud.region].rent_contract) + 2.0 * w.stake[N_VENDORS + k, l]
        score += 0.5 if lab.host == k else 0.0
        score -= 0.5 * running_between(w, TAKE_OR_PAY, LAB0 + l, CLOUD0 + k)
        if score > most:
            most = score
            best = k
    if best < 0:
        return
    months = int(p.alliances_commitment_months)
    total = p.alliances_commitment_step * lab.budget_usd * months
    sign(w, TAKE_OR_PAY, LAB0 + l, CLOUD0 + best, months, total)
    if lab.host < 0:
        lab.host = best
    log_event(w, CONTRACT_SIGNED, l, best, total)


@compiled
def buy_ahead(w, k, p):
    """A cloud with cash to spare that faces a long queue at the dominant vendor pays ahead for a cluster."""
    cloud = w.clouds[k]
    if w.vendors[NVIDIA].tight_months < p.alliances_scarcity_months or cloud.hurdle_ratio < 1.0:
        return
    months = int(p.alliances_cluster_months)
    total = p.alliances_cluster_share * cloud.ai_capex_plan * months
    needed = p.alliances_prepayment_share * total + p.clouds_cash_buffer_months * (cloud.ai_capex + cloud.legacy_capex)
    if total < p.alliances_least_contract_usd or balance_usd(w, CLOUD0 + k) < needed:
        return
    if running_between(w, CLUSTER, CLOUD0 + k, VENDOR0 + NVIDIA) > 0:
        return
    sign(w, CLUSTER, CLOUD0 + k, VENDOR0 + NVIDIA, months, total)
    log_event(w, CONTRACT_SIGNED, CLOUD_EVENT + k, VENDOR_EVENT + NVIDIA, total)


@compiled
def fund_capacity(w, v, p):
    """A vendor whose queue stays long, while the common pool builds as fast as it can, pays a partner to build more.

    It pays when the margin on what it could sell over the life of the capacity exceeds the cost of adding it.
    """
    vendor = w.vendors[v]
    if vendor.tight_months < p.alliances_scarcity_months or vendor.product_h100e <= 0.0:
        return
    margin = (vendor.price - vendor.unit_cost) * vendor.product_h100e * p.alliances_partner_payback_months
    cost = p.alliances_partner_usd_per_package / p.alliances_partner_capacity_share
    spare = balance_usd(w, VENDOR0 + v) - p.finance_vendor_cash_months * vendor.revenue
    total = p.alliances_partner_budget_share * spare
    if margin < cost or total < p.alliances_least_contract_usd:
        return
    if running_between(w, PARTNER, VENDOR0 + v, NO_ONE) > 0:
        return
    sign(w, PARTNER, VENDOR0 + v, ASSEMBLY_PARTNER, 3, total)
    log_event(w, CONTRACT_SIGNED, VENDOR_EVENT + v, NO_ONE, total)


@compiled
def stand_behind_customers(w, v, p):
    """A vendor whose queue is short guarantees the capacity of a neocloud that lenders doubt, to keep it ordering.

    The guarantee is worth the margin on what the cloud would otherwise not buy; it costs what may be called.
    """
    vendor = w.vendors[v]
    if vendor.cover_months > p.chips_target_cover_months or vendor.price <= 0.0:
        return
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        if cloud.active == 0 or cloud.kind != NEOCLOUD or cloud.region == CN or w.bought[v, k] <= 0.0:
            continue
        debt = cloud.loans_usd + cloud.bonds_usd
        stretched = debt > 0.0 and debt >= p.alliances_doubt_share * cloud.borrowing_base
        if not stretched or running_between(w, BACKSTOP, VENDOR0 + v, CLOUD0 + k) > 0:
            continue
        yearly = cloud.usable_h100e * HOURS_PER_MONTH * w.regions[cloud.region].rent_contract * 12.0
        months = int(p.alliances_backstop_months)
        total = p.alliances_backstop_share * yearly * months / 12.0
        margin = (1.0 - vendor.unit_cost / vendor.price) * w.bought[v, k] * 12.0 * vendor.price
        likely = total * max(0.0, 1.0 - w.regions[cloud.region].utilisation)
        if margin < likely or balance_usd(w, VENDOR0 + v) < total or total < p.alliances_least_contract_usd:
            continue
        if not may_promise(w, v, CLOUD0 + k, total, months):
            continue
        sign(w, BACKSTOP, VENDOR0 + v, CLOUD0 + k, months, total)
        log_event(w, CONTRACT_SIGNED, VENDOR_EVENT + v, k, total)


@compiled
def give_warrants(w, v, p):
    """A challenger with capacity to spare gives warrants to a large lab for volume, if the margin exceeds the dilution.

    One such deal at a time; the lab must not be tied to it yet, and must want more compute than it gets.
    """
    vendor = w.vendors[v]
    if vendor.listed_price <= 0.0 or vendor.cover_months > p.chips_target_cover_months:
        return
    if running_between(w, WARRANTS, NO_ONE, VENDOR0 + v) > 0 or vendor.product_kw <= 0.0:
        return
    best = NO_ONE
    most = p.alliances_least_contract_usd
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.active == 0 or lab.owner >= 0 or lab.host < 0 or lab.region == CN:
            continue
        if lab.budget_usd > most and lab.compute_wanted_h100e > lab.compute_h100e:
            most = lab.budget_usd
            best = l
    if best < 0:
        return
    months = int(p.alliances_warrant_months)
    total = p.alliances_warrant_budget_share * most * p.clouds_value_months / 24.0 * months
    price = share_price(w, v)
    warrants = p.alliances_warrant_dilution * vendor.shares_m
    margin = (1.0 - vendor.unit_cost / max(vendor.price, 1.0)) * total
    if margin < warrants * 1e6 * price:
        return
    if not may_promise(w, v, LAB0 + best, warrants * 1e6 * price, months):
        return
    c = sign(w, WARRANTS, LAB0 + best, VENDOR0 + v, months, total)
    contract = w.contracts[c]
    kw = vendor.product_kw * p.chips_server_overhead * 1.2
    contract.gw = total / (vendor.price * (1.0 + p.chips_networking_share) * 1.3) * kw / 1e6
    contract.warrants_m = warrants
    contract.strike_usd = 0.01
    contract.price_start_usd = price
    contract.price_target_usd = price * p.alliances_warrant_price_target
    log_event(w, CONTRACT_SIGNED, VENDOR_EVENT + v, LAB_EVENT + best, total)


@compiled
def lawful_appetite(w, holder, l, appetite_usd):
    """Part of a strategic holder's appetite for a round of lab `l` that the limits on chip vendors allow, USD.

    Who expects that it will have to sell what is above a limit does not buy it now.
    """
    if holder >= N_VENDORS:
        return appetite_usd
    allowed = may_invest(w, VENDOR0 + holder, LAB0 + l, appetite_usd, IN_FORCE)
    if w.policy[EXPECTED].equity_divest_rate > 0.0:
        allowed = min(allowed, equity_room_usd(w, holder, l, EXPECTED))
    return allowed


@compiled
def may_promise(w, v, payee, total_usd, months):
    """Whether vendor `v` may promise a customer finance over some months: a year of it within today's and coming law.

    What is refused is logged.
    """
    yearly = total_usd * min(1.0, 12.0 / months)
    room = min(finance_room_usd(w, v, IN_FORCE), finance_room_usd(w, v, EXPECTED))
    log_refused(w, VENDOR0 + v, payee, yearly - room)
    return yearly <= room


@compiled
def strategic_payoff(back_as_sales, margin, own_share, appreciation, required_return):
    """Gain on a dollar of equity in a customer: margin on what comes back as sales and the stake, over the hurdle.

    `back x share x margin + g - r`: a vendor counts the part of the lab's spending that becomes chips, and its share.
    """
    return back_as_sales * own_share * margin + appreciation - required_return


@compiled
def strategic_appetite(w, holder, l, p):
    """Most that a vendor or cloud (row among holders) would put into a round of lab `l`, USD; 0 if it does not pay.

    What counts is cash beyond its own needs, and what it has in customers already.
    """
    lab = w.labs[l]
    appreciation = p.alliances_appreciation * min(lab.growth, 1.0) * w.macro[0].sentiment
    if holder < N_VENDORS:
        vendor = w.vendors[holder]
        if p.alliances_vendor_finance < 0.5 or vendor.region != US or vendor.owner >= 0 or lab.region == CN:
            return 0.0
        if vendor.price <= 0.0 or vendor.revenue <= 0.0:
            return 0.0
        total = 1e-9
        for v in range(N_VENDORS):
            if w.vendors[v].region != CN:
                total += w.vendors[v].shipped_h100e
        # Part of a lab's money that ends as chips: compute in spending, and chips in the capital behind compute.
        back = p.labs_compute_share_of_budget * p.alliances_chips_in_compute
        margin = 1.0 - vendor.unit_cost / vendor.price
        share = vendor.shipped_h100e / total
        gain = strategic_payoff(back, margin, share, appreciation, p.alliances_required_return)
        spare = balance_usd(w, VENDOR0 + holder) - p.finance_vendor_cash_months * vendor.revenue
        room = p.alliances_stake_limit * 12.0 * vendor.revenue - vendor.stakes_usd
    else:
        k = holder - N_VENDORS
        cloud = w.clouds[k]
        if cloud.active == 0 or cloud.kind != 0 or (cloud.region == CN) != (lab.region == CN):
            return 0.0
        hosted = p.labs_host_preference if lab.host == k else p.alliances_guest_share
        gain = strategic_payoff(
            p.labs_compute_share_of_budget, p.alliances_hosting_margin, hosted, appreciation,
            p.alliances_required_return,
        )  # fmt: skip
        spare = balance_usd(w, CLOUD0 + k) - p.clouds_cash_buffer_months * (cloud.ai_capex + cloud.legacy_capex)
        room = p.alliances_stake_limit * 12.0 * cloud.operating_cash_flow
        for issuer in range(N_LABS):
            room -= w.stake_cost[holder, issuer]
    if gain <= 0.0:
        return 0.0
    return max(0.0, min(p.alliances_stake_pace * spare, room))
