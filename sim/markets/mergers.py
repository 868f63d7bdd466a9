"""Mergers by decision: a government orders, or clears, that one lab or cloud becomes part of another on a date.

Everything that the firm has goes to the other: cash, people, models and their users, contracts, debts, chips, stakes.
Owners keep their value: stakes are exchanged at the going valuations, or paid in cash where the acquirer is itself
owned by a cloud. Nothing is created or lost.
"""

from __future__ import annotations

from sim.accounts import CLOUD0, CREDIT, LAB0, N_CLOUDS, N_HOLDERS, N_ISSUERS, N_LABS, N_VENDORS
from sim.agents.choice_kernel import reassign
from sim.compiled import compiled
from sim.events import MERGER_ORDERED, log_event
from sim.ledger import BONDS, WIND_UP, balance_usd, post
from sim.markets.chips import count_backlog
from sim.markets.deals import ANNOUNCED, CANCELLED, EQUITY, RUNNING
from sim.markets.stakes import CLOUD_EVENT
from sim.markets.takeovers import end_contracts_with_buyer, move_business, pay_owners
from sim.markets.turnover import close_lab
from sim.world import IN_FORCE, NO_ONE, SLOTS_PER_LAB

TIERS_PER_SIZE = SLOTS_PER_LAB // 2


@compiled
def trades(firm, t):
    """Whether a lab or cloud is in business in month `t`."""
    return firm.active == 1 and t >= firm.entry


@compiled
def merge_by_decision(w):
    """Firms whose merger is in force are merged, as soon as both are in business."""
    t = w.macro[0].month
    law = w.policy[IN_FORCE]
    for l in range(N_LABS):
        heir = law.merge_lab[l]
        if heir >= 0 and trades(w.labs[l], t) and trades(w.labs[heir], t):
            merge_labs(w, l, heir)
    for k in range(N_CLOUDS):
        heir = law.merge_cloud[k]
        if heir >= 0 and trades(w.clouds[k], t) and trades(w.clouds[heir], t):
            merge_clouds(w, k, heir)


@compiled
def merge_labs(w, l, heir):
    """Lab `l` becomes part of lab `heir`."""
    log_event(w, MERGER_ORDERED, l, heir, w.labs[l].valuation_usd)
    w.macro[0].mergers_labs += 1.0
    if w.labs[l].owner >= 0:
        w.stake[N_VENDORS + w.labs[l].owner, l] = 1.0
    owner = w.labs[heir].owner
    if owner >= 0:
        buy_out(w, l, owner)
        end_contracts_with_buyer(w, l, owner)
    else:
        exchange_stakes(w, l, heir, w.labs[l].valuation_usd, w.labs[heir].valuation_usd)
    for c in range(len(w.contracts)):
        contract = w.contracts[c]
        if contract.kind == EQUITY and contract.payee == LAB0 + l and contract.state != CANCELLED:
            contract.payee = LAB0 + heir
    move_models(w, l, heir)
    move_business(w, l, heir)
    join_labs(w, w.labs[l], w.labs[heir])
    for i in range(len(w.agent_releases)):
        if w.agent_releases[i].lab == l:
            w.agent_releases[i].lab = heir
    for k in range(N_CLOUDS):
        w.rents[heir, k] += w.rents[l, k]
        w.rents[l, k] = 0.0
    post(w, LAB0 + l, LAB0 + heir, balance_usd(w, LAB0 + l), WIND_UP)
    close_lab(w, l, LAB0 + heir)


@compiled
def buy_out(w, l, k):
    """Cloud `k`, whose lab the other one joins, pays the owners of lab `l` its value: from cash, the rest by bonds."""
    price = w.labs[l].valuation_usd
    lacking = price * (1.0 - w.stake[N_VENDORS + k, l]) - max(0.0, balance_usd(w, CLOUD0 + k))
    w.clouds[k].bonds_usd += post(w, CREDIT, CLOUD0 + k, max(0.0, lacking), BONDS)
    pay_owners(w, l, k, price)


@compiled
def exchange_stakes(w, gone, heir, value_gone, value_heir):
    """Owners of two issuers own them together: `s = (s1 V1 + s2 V2) / (V1 + V2)`; books at cost add up."""
    total = value_gone + value_heir
    part = value_gone / total if total > 0.0 else 0.0
    for holder in range(N_HOLDERS):
        w.stake[holder, heir] = w.stake[holder, heir] * (1.0 - part) + w.stake[holder, gone] * part
        w.stake_cost[holder, heir] += w.stake_cost[holder, gone]
        w.stake[holder, gone] = 0.0
        w.stake_cost[holder, gone] = 0.0


@compiled
def join_labs(w, lab, heir):
    """People, knowledge, compute under contract and sales of a lab are added to those of its heir."""
    heir.potential_q = max(heir.potential_q, lab.potential_q)
    heir.best_q = max(heir.best_q, lab.best_q)
    heir.releases = max(heir.releases, lab.releases)
    heir.training_stock += lab.training_stock
    heir.compute_h100e += lab.compute_h100e
    heir.compute_wanted_h100e += lab.compute_wanted_h100e
    heir.contract_h100e += lab.contract_h100e
    heir.training_h100e += lab.training_h100e
    heir.inference_h100e += lab.inference_h100e
    heir.inference_smooth_h100e += lab.inference_smooth_h100e
    heir.budget_usd += lab.budget_usd
    heir.staff_usd += lab.staff_usd
    heir.compute_cost += lab.compute_cost
    heir.revenue += lab.revenue
    heir.revenue_smooth += lab.revenue_smooth
    heir.revenue_last += lab.revenue_last
    heir.other_revenue_start += lab.other_revenue_start
    heir.seed_usd += lab.seed_usd
    heir.valuation_usd += lab.valuation_usd
    heir.commitments_usd += lab.commitments_usd
    heir.due_usd += lab.due_usd
    heir.arrears_usd += lab.arrears_usd
    if heir.owner >= 0 and heir.owner == lab.owner:
        heir.owner_share = min(1.0, heir.owner_share + lab.owner_share)
    lab.other_revenue_start = 0.0


@compiled
def move_models(w, l, heir):
    """Closed models of lab `l` and their users go to its heir; open weights stay with those who host them.

    In each size the heir keeps the better models; users of one that gives way get the heir's best of that size.
    """
    for tier in range(SLOTS_PER_LAB):
        m = l * SLOTS_PER_LAB + tier
        if w.models[m].available == 0 or w.models[m].open == 1:
            continue
        place = place_for(w, m, heir, tier // TIERS_PER_SIZE)
        into = w.models[place]
        if into.available == 0 or (into.open == 0 and into.q < w.models[m].q):
            take_over_model(w, m, place)
        move_users(w, m, place)
        w.models[m].available = 0


@compiled
def place_for(w, m, heir, size):
    """Slot of `heir` for model `m`: an empty one of its size, or that of its weakest closed model if that is weaker.

    Otherwise the best model of that size: the users go there, and the model is given up.
    """
    first = heir * SLOTS_PER_LAB + size * TIERS_PER_SIZE
    best = first
    weakest = NO_ONE
    for place in range(first, first + TIERS_PER_SIZE):
        model = w.models[place]
        if model.available == 0:
            return place
        if model.q > w.models[best].q:
            best = place
        if model.open == 0 and model.q < w.models[m].q and (weakest < 0 or model.q < w.models[weakest].q):
            weakest = place
    return weakest if weakest >= 0 else best


@compiled
def take_over_model(w, m, place):
    """Model `m` stands in slot `place` from now on."""
    model = w.models[m]
    into = w.models[place]
    into.available = 1
    into.small = model.small
    into.open = model.open
    into.released = model.released
    into.q = model.q
    into.size = model.size
    into.price = model.price
    into.host_price = model.host_price
    into.marginal_cost = model.marginal_cost
    into.launch_price = model.launch_price


@compiled
def move_users(w, m, place):
    """Who holds model `m` holds that in slot `place`; what was used of it this month counts there."""
    for c in range(len(w.communities)):
        community = w.communities[c]
        stop = community.first + community.count
        reassign(w.developers, community.first, stop, m, place, w.users[c], w.weight[c])
        tokens = w.tokens[c, m] + w.tokens[c, place]
        for h in range(w.channel_tokens.shape[2]):
            w.channel_tokens[c, place, h] += w.channel_tokens[c, m, h]
            w.channel_tokens[c, m, h] = 0.0
        w.tokens[c, place] = tokens
        w.tokens[c, m] = 0.0
    model = w.models[m]
    into = w.models[place]
    into.tokens_m += model.tokens_m
    into.own_tokens_m += model.own_tokens_m
    into.platform_tokens_m += model.platform_tokens_m
    into.ecosystem += model.ecosystem
    model.tokens_m = 0.0
    model.own_tokens_m = 0.0
    model.platform_tokens_m = 0.0
    model.ecosystem = 0.0


@compiled
def merge_clouds(w, k, heir):
    """Cloud `k` becomes part of cloud `heir`: sites and chips, orders, debts, customers, labs, stakes and money."""
    cloud = w.clouds[k]
    log_event(w, MERGER_ORDERED, CLOUD_EVENT + k, CLOUD_EVENT + heir, cloud.valuation_usd)
    exchange_stakes(w, N_LABS + k, N_LABS + heir, cloud.valuation_usd, w.clouds[heir].valuation_usd)
    pass_on_stakes(w, k, heir)
    move_sites(w, k, heir)
    move_dealings(w, k, heir)
    join_rates(cloud, w.clouds[heir])
    join_amounts(cloud, w.clouds[heir])
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.owner == k:
            lab.owner = heir
        if lab.host == k:
            lab.host = heir
        w.rents[l, heir] += w.rents[l, k]
        w.rents[l, k] = 0.0
    for v in range(N_VENDORS):
        if w.vendors[v].owner == k:
            w.vendors[v].owner = heir
    post(w, CLOUD0 + k, CLOUD0 + heir, balance_usd(w, CLOUD0 + k), WIND_UP)
    cloud.active = 0
    cloud.entry = NO_ONE
    count_backlog(w)


@compiled
def pass_on_stakes(w, k, heir):
    """What cloud `k` holds goes to its heir; shares that the heir then holds in itself are cancelled."""
    mine = N_VENDORS + heir
    for issuer in range(N_ISSUERS):
        w.stake[mine, issuer] += w.stake[N_VENDORS + k, issuer]
        w.stake_cost[mine, issuer] += w.stake_cost[N_VENDORS + k, issuer]
        w.stake[N_VENDORS + k, issuer] = 0.0
        w.stake_cost[N_VENDORS + k, issuer] = 0.0
    itself = N_LABS + heir
    own = w.stake[mine, itself]
    w.stake[mine, itself] = 0.0
    w.stake_cost[mine, itself] = 0.0
    if 0.0 < own < 1.0:
        for holder in range(N_HOLDERS):
            w.stake[holder, itself] /= 1.0 - own


@compiled
def move_sites(w, k, heir):
    """Sites of cloud `k` with their chips and power belong to its heir; new chips go to the sites of both."""
    ours = w.clouds[k].ai_capex_plan
    theirs = w.clouds[heir].ai_capex_plan
    part = ours / (ours + theirs) if ours + theirs > 0.0 else 0.0
    for i in range(len(w.sites)):
        site = w.sites[i]
        if site.cloud == heir:
            site.share *= 1.0 - part
        elif site.cloud == k:
            site.share *= part
            site.cloud = heir


@compiled
def move_dealings(w, k, heir):
    """Orders, deliveries, prepayments and contracts of cloud `k` are its heir's; what they owe each other is void."""
    for v in range(N_VENDORS):
        w.backlog[v, heir] += w.backlog[v, k]
        w.shipped[v, heir] += w.shipped[v, k]
        w.bought[v, heir] += w.bought[v, k]
        w.prepaid[v, heir] += w.prepaid[v, k]
        w.payable[v, heir] += w.payable[v, k]
        w.earmark[v, heir] += w.earmark[v, k]
        w.backlog[v, k] = 0.0
        w.shipped[v, k] = 0.0
        w.bought[v, k] = 0.0
        w.prepaid[v, k] = 0.0
        w.payable[v, k] = 0.0
        w.earmark[v, k] = 0.0
    for c in range(len(w.contracts)):
        contract = w.contracts[c]
        if contract.payer == CLOUD0 + k:
            contract.payer = CLOUD0 + heir
        if contract.payee == CLOUD0 + k:
            contract.payee = CLOUD0 + heir
        if contract.payer == contract.payee and (contract.state == RUNNING or contract.state == ANNOUNCED):
            contract.state = CANCELLED
            contract.due_usd = 0.0
            contract.unpaid_usd = 0.0


@compiled
def mean_of(one, other, weight, other_weight):
    """Weighted mean; the second value where nothing weighs."""
    total = weight + other_weight
    return (one * weight + other * other_weight) / total if total > 0.0 else other


@compiled
def join_rates(cloud, heir):
    """Rates of the merged cloud: means by the amounts that they belong to."""
    fleet, other = cloud.installed_h100e, heir.installed_h100e
    heir.contract_share = mean_of(cloud.contract_share, heir.contract_share, fleet, other)
    heir.expected_growth = mean_of(cloud.expected_growth, heir.expected_growth, fleet, other)
    heir.bond_rate = mean_of(cloud.bond_rate, heir.bond_rate, cloud.bonds_usd, heir.bonds_usd)
    served, kept = cloud.customers_h100e, heir.customers_h100e
    heir.managed_share = mean_of(cloud.managed_share, heir.managed_share, served, kept)
    heir.managed_rest = mean_of(cloud.managed_rest, heir.managed_rest, served, kept)
    for g in range(len(heir.managed_segment)):
        heir.managed_segment[g] = mean_of(cloud.managed_segment[g], heir.managed_segment[g], served, kept)


@compiled
def join_amounts(cloud, heir):
    """Amounts of a cloud, money, compute and customers, are added to those of its heir and leave its own row."""
    heir.operating_cash_flow += cloud.operating_cash_flow
    heir.legacy_capex += cloud.legacy_capex
    heir.ai_capex_plan += cloud.ai_capex_plan
    heir.ai_capex += cloud.ai_capex
    heir.capex += cloud.capex
    heir.loans_usd += cloud.loans_usd
    heir.bonds_usd += cloud.bonds_usd
    heir.borrowing_base += cloud.borrowing_base
    heir.interest_due_usd += cloud.interest_due_usd
    heir.principal_due_usd += cloud.principal_due_usd
    heir.overdraft_usd += cloud.overdraft_usd
    heir.arrears_usd += cloud.arrears_usd
    heir.contracted_usd += cloud.contracted_usd
    heir.backstop_usd += cloud.backstop_usd
    heir.equity_raised_usd += cloud.equity_raised_usd
    heir.valuation_usd += cloud.valuation_usd
    heir.earmarked_usd += cloud.earmarked_usd
    heir.installed_h100e += cloud.installed_h100e
    heir.usable_h100e += cloud.usable_h100e
    heir.warehoused_h100e += cloud.warehoused_h100e
    heir.internal_demand_h100e += cloud.internal_demand_h100e
    heir.internal_demand_scale += cloud.internal_demand_scale
    heir.customers_h100e += cloud.customers_h100e
    heir.own_lab_rent += cloud.own_lab_rent
    heir.rent_income += cloud.rent_income
    heir.managed_income += cloud.managed_income
    heir.licence_cost += cloud.licence_cost
    heir.managed_h100e += cloud.managed_h100e
    heir.managed_knowledge_usd += cloud.managed_knowledge_usd
    heir.managed_support_cost += cloud.managed_support_cost
    heir.managed_investment += cloud.managed_investment
    heir.energy_bill += cloud.energy_bill
    heir.energy_cost += cloud.energy_cost
    heir.revenue += cloud.revenue
    heir.revenue_smooth += cloud.revenue_smooth
    heir.depreciation += cloud.depreciation
    heir.capital_usd += cloud.capital_usd
    heir.prepaid_usd += cloud.prepaid_usd
    heir.received_h100e += cloud.received_h100e
    heir.equity_base += cloud.equity_base
    cloud.operating_cash_flow = 0.0
    cloud.legacy_capex = 0.0
    cloud.ai_capex_plan = 0.0
    cloud.ai_capex = 0.0
    cloud.capex = 0.0
    cloud.loans_usd = 0.0
    cloud.bonds_usd = 0.0
    cloud.borrowing_base = 0.0
    cloud.interest_due_usd = 0.0
    cloud.principal_due_usd = 0.0
    cloud.overdraft_usd = 0.0
    cloud.arrears_usd = 0.0
    cloud.contracted_usd = 0.0
    cloud.backstop_usd = 0.0
    cloud.equity_raised_usd = 0.0
    cloud.valuation_usd = 0.0
    cloud.earmarked_usd = 0.0
    cloud.installed_h100e = 0.0
    cloud.usable_h100e = 0.0
    cloud.warehoused_h100e = 0.0
    cloud.internal_demand_h100e = 0.0
    cloud.internal_demand_scale = 0.0
    cloud.customers_h100e = 0.0
    cloud.own_lab_rent = 0.0
    cloud.rent_income = 0.0
    cloud.managed_income = 0.0
    cloud.licence_cost = 0.0
    cloud.managed_h100e = 0.0
    cloud.managed_knowledge_usd = 0.0
    cloud.managed_support_cost = 0.0
    cloud.managed_investment = 0.0
    cloud.energy_bill = 0.0
    cloud.energy_cost = 0.0
    cloud.revenue = 0.0
    cloud.revenue_smooth = 0.0
    cloud.depreciation = 0.0
    cloud.capital_usd = 0.0
    cloud.prepaid_usd = 0.0
    cloud.received_h100e = 0.0
    cloud.equity_base = 0.0
    cloud.arrears_months = 0.0
