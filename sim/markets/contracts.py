"""Contracts in force: tranches paid, chips earmarked, take-or-pay that falls due, backstops that are called.

The rows come from the deals of the scenario (`sim.markets.deals`) and from what firms decide in the run
(`sim.markets.alliances`). A commitment is a memo item until it falls due; what is due and not met becomes a debt that
`sim.markets.solvency` clears.
"""

from __future__ import annotations

import numpy as np

from sim.accounts import ASSEMBLY_PARTNER, CLOUD0, LAB0, N_CLOUDS, N_LABS, N_VENDORS, VENDOR0
from sim.agents.clouds import all_in_cost
from sim.compiled import compiled
from sim.events import ASSEMBLY_CAPACITY, BACKSTOP_CALLED, DEAL, log_event
from sim.ledger import CLOUD_EQUITY, LAB_EQUITY, PARTNER_FUNDING, VENDOR_EQUITY, balance_usd, post
from sim.markets.deals import (
    ANNOUNCED,
    BACKSTOP,
    CANCELLED,
    CLUSTER,
    EQUITY,
    OVER,
    PARTNER,
    RUNNING,
    TAKE_OR_PAY,
    WARRANTS,
)
from sim.markets.delivery import prepay
from sim.markets.stakes import (
    agree_on_stake,
    finance_room_usd,
    holder_of,
    in_business,
    issuer_of,
    log_refused,
    log_stake,
    share_price,
    take_stake,
    within_limits,
)
from sim.world import HOURS_PER_MONTH, IN_FORCE


@compiled
def switched_on(kind, p):
    """Whether contracts of a kind may exist: warrants, backstops and partner funding have structural switches."""
    if kind == WARRANTS:
        return p.alliances_warrants > 0.5
    if kind == BACKSTOP:
        return p.alliances_backstops > 0.5
    if kind == PARTNER:
        return p.alliances_partner_funding > 0.5
    return True


@compiled
def announce_deals(w):
    """Deals become known on their day; what ran its term is over, and so is a deal of a kind that is switched off."""
    t = w.macro[0].month
    p = w.p[t]
    for c in range(len(w.contracts)):
        contract = w.contracts[c]
        if contract.state == ANNOUNCED and t >= contract.announced:
            if not switched_on(contract.kind, p):
                contract.state = CANCELLED
                continue
            contract.state = RUNNING
            if contract.kind == WARRANTS:
                contract.price_start_usd = share_price(w, contract.payee - VENDOR0)
            if contract.stake_after > 0.0 and holder_of(contract.payee) >= 0 and issuer_of(contract.payer) >= 0:
                agree_on_stake(w, holder_of(contract.payee), issuer_of(contract.payer), contract.stake_after)
            if contract.event >= 0:
                log_event(w, DEAL, contract.event, -1, contract.total_usd)
        elif contract.state == RUNNING and t > contract.ends and contract.unpaid_usd <= 0.0:
            contract.state = OVER


@compiled
def tranche(contract, t):
    """What is paid this month of a contract with equal instalments, USD: what is left over the months that are left."""
    if t < contract.starts or contract.left_usd <= 0.0:
        return 0.0
    return contract.left_usd / max(1, contract.ends - t + 1)


@compiled
def ramp_weight(age, ramp_months):
    """Part of the full rate at which a contract is drawn `age` months after its start: linear up to 1."""
    return min(1.0, (age + 1.0) / max(ramp_months, 1.0))


@compiled
def amount_due(contract, t, month, ramp_months):
    """Take-or-pay that falls due in `month`, seen from month `t` <= `month`, USD.

    What is left, by weights that rise with the capacity that is built for it; over the months from `t` to the end the
    sum is all that is left.
    """
    if month < contract.starts or month > contract.ends or contract.left_usd <= 0.0:
        return 0.0
    ahead = 0.0
    for later in range(max(t, contract.starts), contract.ends + 1):
        ahead += ramp_weight(float(later - contract.starts), ramp_months)
    return contract.left_usd * ramp_weight(float(month - contract.starts), ramp_months) / ahead


@compiled
def pay_tranches(w):
    """Equity, prepayments and partner funding are paid as agreed, as far as the payer has money to spare.

    A contingent commitment is drawn when the payee raises money (`capital.fund_labs`), not here.
    """
    t = w.macro[0].month
    p = w.p[t]
    for c in range(len(w.contracts)):
        contract = w.contracts[c]
        if contract.state != RUNNING or contract.contingent == 1:
            continue
        if contract.kind == EQUITY and not in_business(w, contract.payee):
            continue
        if contract.kind == EQUITY or contract.kind == PARTNER:
            spare = max(0.0, 0.5 * balance_usd(w, contract.payer))
            amount = min(tranche(contract, t), spare)
            if contract.kind == EQUITY:
                amount = within_limits(w, contract.payer, contract.payee, amount)
            if amount <= 0.0:
                continue
            contract.left_usd -= amount
            if contract.kind == PARTNER:
                fund_partner(w, contract.payer - VENDOR0, amount, p)
            else:
                invest(w, contract.payer, contract.payee, amount)
        elif contract.kind == CLUSTER:
            amount = tranche(contract, t)
            if amount > 0.0:
                contract.left_usd -= amount
                ahead = p.alliances_prepayment_share * amount
                if balance_usd(w, contract.payer) > 2.0 * ahead:
                    prepay(w, contract.payee - VENDOR0, contract.payer - CLOUD0, ahead)


@compiled
def invest(w, payer, payee, amount_usd):
    """A vendor or cloud buys new shares of a lab or cloud; its first stake in it is logged."""
    flow = LAB_EQUITY if payee < LAB0 + N_LABS else CLOUD_EQUITY
    if VENDOR0 <= payer < VENDOR0 + N_VENDORS:
        flow = VENDOR_EQUITY
    if w.stake_cost[holder_of(payer), issuer_of(payee)] <= 0.0:
        log_stake(w, payer, payee, amount_usd)
    take_stake(w, payer, payee, post(w, payer, payee, amount_usd, flow))


@compiled
def fund_partner(w, v, amount_usd, p):
    """A vendor pays a partner, who starts to build packaging and assembly for it outside the common pool."""
    paid = post(w, VENDOR0 + v, ASSEMBLY_PARTNER, amount_usd, PARTNER_FUNDING)
    w.vendors[v].partner_pipeline[0] += paid * p.alliances_partner_capacity_share / p.alliances_partner_usd_per_package


@compiled
def advance_partners(w):
    """What partners build comes on line after three stages, together an Erlang-3 lag."""
    p = w.p[w.macro[0].month]
    rate = min(1.0, 3.0 / p.alliances_partner_lag_months)
    for v in range(N_VENDORS):
        vendor = w.vendors[v]
        pipeline = vendor.partner_pipeline
        out2 = pipeline[2] * rate
        out1 = pipeline[1] * rate
        out0 = pipeline[0] * rate
        if pipeline[0] + pipeline[1] + pipeline[2] <= 0.0:
            continue
        pipeline[0] -= out0
        pipeline[1] += out0 - out1
        pipeline[2] += out1 - out2
        before = int(vendor.partner_packages / 1000.0)
        vendor.partner_packages += out2
        vendor.packages += out2
        if int(vendor.partner_packages / 1000.0) > before:
            log_event(w, ASSEMBLY_CAPACITY, v, -1, vendor.partner_packages)


@compiled
def fall_due(w):
    """What take-or-pay contracts call for this month, what clouds may count on, and what contracts earmark for chips.

    A cloud cannot ask all its customers together for more than it can serve: what it has not built is owed later, by
    the end of the term at the latest, when what was never offered lapses.
    """
    t = w.macro[0].month
    p = w.p[t]
    asked = np.zeros(N_CLOUDS)
    coming = np.zeros(N_LABS)
    for l in range(N_LABS):
        w.labs[l].due_usd = 0.0
        w.labs[l].commitments_usd = 0.0
    for k in range(N_CLOUDS):
        w.clouds[k].contracted_usd = 0.0
        w.clouds[k].backstop_usd = 0.0
        w.clouds[k].earmarked_usd = 0.0
        for v in range(N_VENDORS):
            w.earmark[v, k] = 0.0
    for c in range(len(w.contracts)):
        contract = w.contracts[c]
        contract.due_usd = 0.0
        if contract.state != RUNNING:
            continue
        if contract.kind == TAKE_OR_PAY:
            draw_commitment(w, c, asked, coming, p)
        elif contract.kind == BACKSTOP:
            w.clouds[contract.payee - CLOUD0].backstop_usd += contract.left_usd
        elif contract.kind == CLUSTER:
            earmark(w, contract.payee - VENDOR0, contract.payer - CLOUD0, tranche(contract, t))
        elif contract.kind == WARRANTS and contract.deployed_gw < contract.gw:
            earmark_for_warrants(w, c, p)
    if p.alliances_take_or_pay > 0.5:
        share_capacity(w, asked, coming, p)


@compiled
def draw_commitment(w, c, asked, coming, p):
    """Add what the schedule of take-or-pay contract `c` calls for now to `asked` (cloud,) and later to `coming` (lab,).

    USD. A contract whose lab or cloud is gone is cancelled.
    """
    t = w.macro[0].month
    contract = w.contracts[c]
    l = contract.payer - LAB0
    k = contract.payee - CLOUD0
    if w.labs[l].active == 0 or w.clouds[k].active == 0:
        contract.state = CANCELLED
        return
    w.labs[l].commitments_usd += contract.left_usd + contract.unpaid_usd
    if p.alliances_take_or_pay < 0.5:
        return
    contract.due_usd = amount_due(contract, t, t, p.alliances_contract_ramp_months)
    asked[k] += contract.due_usd
    coming[l] += due_in_sight(contract, t, p)


@compiled
def due_in_sight(contract, t, p):
    """What contract will call for at the end of the foresight of clouds and lenders, or in its last month, USD."""
    ahead = min(t + int(p.alliances_contract_foresight_months), contract.ends)
    return amount_due(contract, t, max(ahead, contract.starts), p.alliances_contract_ramp_months)


@compiled
def can_serve_usd(w, k, p):
    """Most rent that cloud `k` can earn from take-or-pay customers in a month, USD."""
    cloud = w.clouds[k]
    rent = w.regions[cloud.region].rent_contract
    return p.alliances_contract_capacity_share * cloud.usable_h100e * HOURS_PER_MONTH * rent


@compiled
def share_capacity(w, asked, coming, p):
    """Clouds share what they can serve among the customers who call for it; they count on what labs can pay in all."""
    t = w.macro[0].month
    for c in range(len(w.contracts)):
        contract = w.contracts[c]
        if contract.kind != TAKE_OR_PAY or contract.state != RUNNING:
            continue
        lab = w.labs[contract.payer - LAB0]
        k = contract.payee - CLOUD0
        can_serve = can_serve_usd(w, k, p)
        if asked[k] > can_serve:
            contract.due_usd *= can_serve / asked[k]
        lab.due_usd += contract.due_usd
        # Lenders and the cloud count what the customer can pay, not what it has promised.
        means = max(0.0, balance_usd(w, contract.payer) / p.labs_runway_months + lab.revenue_smooth)
        promised = coming[contract.payer - LAB0]
        part = means / promised if promised > means else 1.0
        w.clouds[k].contracted_usd += part * due_in_sight(contract, t, p)


@compiled
def earmark(w, v, k, usd):
    """Reserve spending of cloud `k` for chips of vendor `v`."""
    w.earmark[v, k] += usd
    w.clouds[k].earmarked_usd += usd


@compiled
def earmark_for_warrants(w, c, p):
    """Chips that a lab has promised to buy against warrants, through its main cloud, as far as its budget carries them.

    The lab pays rent for them; rent of `clouds.value_months` months carries the capital.
    """
    t = w.macro[0].month
    contract = w.contracts[c]
    lab = w.labs[contract.payer - LAB0]
    if t < contract.starts or lab.active == 0 or lab.host < 0 or w.clouds[lab.host].active == 0:
        return
    months = max(6, contract.ends - t + 1)
    todo = contract.total_usd * (1.0 - contract.deployed_gw / contract.gw)
    carried = p.alliances_warrant_budget_share * lab.budget_usd * p.clouds_value_months / 24.0
    earmark(w, contract.payee - VENDOR0, lab.host, min(todo / months, carried))


@compiled
def count_deployed(w):
    """Gigawatts deployed under chips-for-warrants deals: the earmarked part of what the lab's cloud has received."""
    p = w.p[w.macro[0].month]
    for c in range(len(w.contracts)):
        contract = w.contracts[c]
        if contract.kind != WARRANTS or contract.state != RUNNING:
            continue
        v = contract.payee - VENDOR0
        k = w.labs[contract.payer - LAB0].host
        if k < 0 or w.earmark[v, k] <= 0.0:
            continue
        vendor = w.vendors[v]
        building = p.energy_facility_cost_usd_per_kw[w.clouds[k].region]
        cost = all_in_cost(
            vendor.price, p.chips_networking_share, vendor.product_kw, p.chips_server_overhead, 1.2, building
        )
        part = min(w.shipped[v, k], w.earmark[v, k] / cost * 1.5)
        contract.deployed_gw = min(
            contract.gw, contract.deployed_gw + part * vendor.product_kw * p.chips_server_overhead * 1.2 / 1e6
        )


@compiled
def meet_commitments(w):
    """Set what a lab paid its cloud this month against what was due: the rest is owed although nothing was used."""
    for l in range(N_LABS):
        w.labs[l].arrears_usd = 0.0
    for c in range(len(w.contracts)):
        contract = w.contracts[c]
        if contract.kind != TAKE_OR_PAY or contract.state != RUNNING:
            continue
        l = contract.payer - LAB0
        k = contract.payee - CLOUD0
        used = min(contract.due_usd, w.rents[l, k])
        w.rents[l, k] -= used
        contract.left_usd -= contract.due_usd
        contract.unpaid_usd += contract.due_usd - used
        w.labs[l].arrears_usd += contract.unpaid_usd


@compiled
def call_backstops(w):
    """Vendors buy the capacity that a guaranteed cloud cannot let, at the contract price, up to what they promised.

    Where several vendors guarantee the same cloud, the older contract comes first: nothing is bought twice. A limit on
    what a vendor may finance comes before its promise.
    """
    t = w.macro[0].month
    p = w.p[t]
    called = np.zeros(N_CLOUDS)
    given = np.zeros(N_VENDORS)
    for c in range(len(w.contracts)):
        contract = w.contracts[c]
        contract_runs = contract.kind == BACKSTOP and contract.state == RUNNING
        if not contract_runs or t < contract.starts or contract.left_usd <= 0.0:
            continue
        cloud = w.clouds[contract.payee - CLOUD0]
        if cloud.active == 0:
            contract.state = CANCELLED
            continue
        region = w.regions[cloud.region]
        sold = cloud.rent_income + called[contract.payee - CLOUD0]
        idle = max(0.0, cloud.usable_h100e * HOURS_PER_MONTH * region.rent_contract - sold)
        most = contract.total_usd / max(1, contract.ends - contract.starts + 1) * p.alliances_backstop_pace
        contract.due_usd = min(idle, contract.left_usd, most)
        v = contract.payer - VENDOR0
        if w.policy[IN_FORCE].vendor_finance_limit < 1.0 and 0 <= v < N_VENDORS:
            room = max(0.0, finance_room_usd(w, v, IN_FORCE) - given[v])
            log_refused(w, contract.payer, contract.payee, contract.due_usd - room)
            contract.due_usd = min(contract.due_usd, room)
            given[v] += contract.due_usd
        called[contract.payee - CLOUD0] += contract.due_usd
        if contract.due_usd > 0.0 and contract.left_usd > contract.total_usd * 0.999:
            log_event(w, BACKSTOP_CALLED, contract.payee - CLOUD0, contract.payer - VENDOR0, contract.due_usd)
