"""Managed services: clouds sell raw GPU-hours or a service with a price, a reliability and a software stack.

A cloud prices its service against the other offers where it has customers. Customers choose between raw hours with an
operations team of their own and the service, and stay with what they know. Which software the service runs on is
decided in `sim.agents.stacks`.
"""

from __future__ import annotations

import numpy as np

from sim.accounts import CLOUD0, HOUSEHOLDS, HUAWEI, N_CLOUDS, N_REGIONS, NVIDIA, USERS0, VENDOR0
from sim.agents.stacks import (
    LICENSED,
    OWN,
    cost_to_build,
    describe_fleets,
    describe_offers,
    engineering,
    sells,
)
from sim.compiled import compiled
from sim.ledger import MANAGED_SERVICES, MANAGED_SUPPORT, SOFTWARE_LICENCES, post
from sim.numerics import exp, power
from sim.world import CN, EXPECTED, HOURS_PER_MONTH, IN_FORCE, SEGMENTS

N_SEGMENTS = len(SEGMENTS)


@compiled
def open_services(w):
    """State of managed services at the start: who has a platform already runs it, the others start on the licensed."""
    p = w.p[0]
    w.vendors[NVIDIA].stack_knowledge_usd = p.managed_vendor_knowledge_start_usd
    w.vendors[HUAWEI].stack_knowledge_usd = p.managed_domestic_knowledge_start_usd
    describe_fleets(w)
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        cloud.managed_knowledge_usd = p.managed_own_start_months * cloud.operating_cash_flow
        if not sells(w, k) or p.managed_offering < 0.5:
            continue
        if p.managed_stack_choice > 0.5 and cloud.managed_knowledge_usd >= cost_to_build(w, k, p):
            cloud.managed_stack = OWN
        cloud.managed_price_premium = p.managed_premium_start
        for g in range(N_SEGMENTS):
            cloud.managed_segment[g] = p.managed_share_start
    describe_offers(w)
    for k in range(N_CLOUDS):
        w.clouds[k].managed_share = p.managed_share_start * w.clouds[k].managed_coverage
        w.clouds[k].managed_rest = w.clouds[k].managed_share


@compiled
def team_cost(engineers, usd_per_year, gpus):
    """Cost of a customer's own operations team, USD per GPU-hour of its cluster: the team does not shrink with it."""
    return engineers * usd_per_year / 12.0 / (gpus * HOURS_PER_MONTH)


@compiled
def attraction(price_taste, raw_cost, managed_cost, aversion):
    """Exponential of the utility of a managed service over raw hours: `(c_raw / c_managed)^a e^-aversion`.

    Costs are those of a useful hour over the rent: price, own staff, and what outages cost (multinomial logit with
    the raw hour as outside option, McFadden 1974).
    """
    return power(raw_cost / managed_cost, price_taste) * exp(-aversion)


@compiled
def best_premium(unit_cost, semi_elasticity):
    """Bertrand best response to logit customers, premium over the rent: `k + 1 / (a (1 - s) / c_managed)`.

    `unit_cost` is licence and support over the rent, the semi-elasticity the mean over customers of price taste times
    (1 - own share) over the cost of a managed hour (Anderson, de Palma and Thisse 1992, chapter 7).
    """
    return unit_cost + 1.0 / semi_elasticity


@compiled
def staying(pull, known, offers):
    """Chance that a customer of a service stays when its contract ends: `e^(u + c) / (e^(u + c) + all offers afresh)`.

    `known` is the exponential of the switching cost c, `offers` the sum over raw hours and all services.
    """
    return pull * known / (pull * known + offers)


@compiled
def freed(w, r, known, bond):
    """Exponential of the switching cost in region `r`, where a rule may have lowered the `bond` (utility)."""
    factor = w.policy[IN_FORCE].managed_switching_factor[r]
    return known if factor == 1.0 else exp(bond * factor)


@compiled
def eased(w, r, pull, aversion):
    """Pull of a service in region `r`: who expects to get out more cheaply fears lock-in less, in proportion."""
    factor = w.policy[EXPECTED].managed_switching_factor[r]
    return pull if factor == 1.0 else pull * exp(aversion * (1.0 - factor))


@compiled
def sell_services(w):
    """Customers pay for managed hours; clouds pay licences, support and the engineers of their own stacks."""
    p = w.p[w.macro[0].month]
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        cloud.managed_income = 0.0
        cloud.managed_h100e = 0.0
        cloud.licence_cost = 0.0
        cloud.managed_support_cost = 0.0
        cloud.managed_investment = 0.0
        if not sells(w, k) or p.managed_offering < 0.5:
            continue
        me = CLOUD0 + k
        cloud.managed_h100e = cloud.customers_h100e * cloud.managed_share
        hours = cloud.managed_h100e * HOURS_PER_MONTH
        price = w.regions[cloud.region].rent_contract * (1.0 + cloud.managed_price_premium)
        cloud.managed_income = post(w, USERS0 + cloud.region, me, hours * price, MANAGED_SERVICES)
        cloud.revenue += cloud.managed_income
        gpu_hours = hours / max(cloud.h100e_per_gpu[cloud.managed_stack], 1e-6)
        if cloud.managed_stack == LICENSED:
            fee = gpu_hours * p.managed_licence_usd_per_gpu_hour
            cloud.licence_cost = post(w, me, VENDOR0 + NVIDIA, fee, SOFTWARE_LICENCES)
            w.vendors[NVIDIA].licence_revenue += cloud.licence_cost
        support = gpu_hours * p.managed_support_usd_per_gpu_hour
        cloud.managed_support_cost = post(w, me, HOUSEHOLDS, support, MANAGED_SUPPORT)
        cloud.managed_investment = post(w, me, HOUSEHOLDS, engineering(w, k, p), MANAGED_SUPPORT)


@compiled
def compete_for_customers(w):
    """Customers whose contracts end choose raw hours or a service; clouds answer with their premiums.

    Offers compete in the regions where clouds have sites, in proportion to the customers that they have there. The
    managed share n of a segment follows `dn/dt = ((1 - n) come - n leave) / contract months`, solved over the month.
    """
    p = w.p[w.macro[0].month]
    here = np.zeros((N_CLOUDS, N_REGIONS))  # customers of a cloud by region, H100e
    market = np.zeros(N_REGIONS)
    for i in range(len(w.sites)):
        site = w.sites[i]
        cloud = w.clouds[site.cloud]
        if sells(w, site.cloud) and cloud.usable_h100e > 0.0:
            x = cloud.customers_h100e * site.usable_h100e / cloud.usable_h100e
            here[site.cloud, site.region] += x
            market[site.region] += x
    pull = np.zeros((N_CLOUDS, N_SEGMENTS))
    cost = np.zeros((N_CLOUDS, N_SEGMENTS))
    offers = np.ones((N_REGIONS, N_SEGMENTS))  # 1 for raw hours, plus the services
    mix = 0.0
    for g in range(N_SEGMENTS):
        mix += p.managed_customer_mix[g]
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        if cloud.managed_coverage <= 0.0:
            continue
        if cloud.managed_price_premium <= 0.0:
            cloud.managed_price_premium = p.managed_premium_start
        gpu_rent = w.regions[cloud.region].rent_contract * cloud.h100e_per_gpu[cloud.managed_stack]
        wage = p.managed_engineer_usd_per_year[cloud.region]
        bound = 1.0 - p.managed_licensed_portability if cloud.managed_stack == LICENSED else 1.0
        for g in range(N_SEGMENTS):
            loss = p.managed_outage_loss[g]
            staff = team_cost(p.managed_team_engineers[g], wage, p.managed_cluster_gpus[g]) / gpu_rent
            raw_cost = 1.0 + staff + loss * p.managed_outage_raw
            cost[k, g] = 1.0 + cloud.managed_price_premium + loss * cloud.managed_outage
            aversion = p.managed_lock_in_aversion[g] * bound
            pull[k, g] = attraction(p.managed_price_taste[g], raw_cost, cost[k, g], aversion)
            for r in range(N_REGIONS):
                if here[k, r] > 0.0:
                    offers[r, g] += here[k, r] / market[r] * cloud.managed_coverage * eased(w, r, pull[k, g], aversion)
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        if cloud.managed_coverage <= 0.0:
            withdraw(w, k)
            continue
        total = 0.0
        for r in range(N_REGIONS):
            total += here[k, r]
        if total <= 0.0:
            continue
        bound = 1.0 - p.managed_licensed_portability if cloud.managed_stack == LICENSED else 1.0
        share = 0.0
        rest = 0.0
        weight = 0.0
        semi = 0.0
        for g in range(N_SEGMENTS):
            bond = p.managed_switching_cost[g] * bound
            known = exp(bond)
            aversion = p.managed_lock_in_aversion[g] * bound
            come = 0.0
            stay = 0.0
            rival = 0.0
            for r in range(N_REGIONS):
                if here[k, r] > 0.0:
                    part = here[k, r] / total
                    wanted = eased(w, r, pull[k, g], aversion)
                    taken = wanted / offers[r, g]
                    come += part * taken
                    stay += part * staying(wanted, freed(w, r, known, bond), offers[r, g])
                    rival += part * (1.0 - here[k, r] / market[r] * cloud.managed_coverage * taken)
            at_rest = come / (come + 1.0 - stay)
            moved = 1.0 - exp(-(come + 1.0 - stay) / p.managed_contract_months)
            cloud.managed_segment[g] += (at_rest - cloud.managed_segment[g]) * moved
            part = p.managed_customer_mix[g] / mix
            share += part * cloud.managed_segment[g]
            rest += part * at_rest
            weight += part * come
            semi += part * come * p.managed_price_taste[g] * rival / cost[k, g]
        cloud.managed_share = cloud.managed_coverage * share
        cloud.managed_rest = cloud.managed_coverage * rest
        rent = w.regions[cloud.region].rent_contract
        aim = best_premium(cloud.managed_unit_cost / rent, semi / weight)
        cloud.managed_price_premium += (aim - cloud.managed_price_premium) / p.managed_premium_adjustment_months


@compiled
def withdraw(w, k):
    """A cloud that has nothing to offer has no managed customers."""
    cloud = w.clouds[k]
    cloud.managed_share = 0.0
    cloud.managed_rest = 0.0
    cloud.managed_price_premium = 0.0
    for g in range(N_SEGMENTS):
        cloud.managed_segment[g] = 0.0


@compiled
def stacks_in_use(w, chinese):
    """Shares of outside customers' compute, in China or elsewhere, on the licensed stack and on clouds' own stacks."""
    licensed = 0.0
    own = 0.0
    total = 0.0
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        if cloud.active == 0 or (cloud.region == CN) != chinese:
            continue
        total += cloud.customers_h100e
        x = cloud.customers_h100e * cloud.managed_share
        if cloud.managed_stack == OWN:
            own += x
        else:
            licensed += x
    if total <= 0.0:
        return 0.0, 0.0
    return licensed / total, own / total


@compiled
def erosion_factor(licensed, own, lock_in, abstraction):
    """Factor on the erosion of an alternative's software friction: `(1 - lock-in L)(1 + abstraction O)`.

    Services on the vendor's stack (share L) bind code to it; own stacks that hide the chip (share O) free code of it.
    """
    return (1.0 - lock_in * licensed) * (1.0 + abstraction * own)
