"""Software stacks of managed services: licensed from the dominant vendor, or a cloud's own.

The licensed stack is ready at once, kept up by the vendor, paid by the GPU-hour and bound to the vendor's chips. An own
stack is built by engineers, less reliable while young, free of licence, and runs on any chip; on Chinese chips it
builds on the free stack of the chip maker.
"""

from __future__ import annotations

import numpy as np

from sim.accounts import HUAWEI, HUAWEI_CLOUD, N_CLOUDS, N_REGIONS, NVIDIA
from sim.agents.clouds import OWN_USE, tanh
from sim.agents.remedy import remedy_ahead
from sim.compiled import compiled
from sim.events import STACK_CHANGE, log_event
from sim.numerics import exp, power
from sim.world import CN, EXPECTED, HOURS_PER_MONTH, SEGMENTS

LAB_OWN = 3
LICENSED, OWN = 0, 1
N_SEGMENTS = len(SEGMENTS)


@compiled
def sells(w, k):
    """Whether cloud `k` lets compute to outside customers who could want a service: not own use, not a lab's own."""
    cloud = w.clouds[k]
    if cloud.active == 0 or w.macro[0].month < cloud.entry:
        return False
    return cloud.kind != OWN_USE and cloud.kind != LAB_OWN


@compiled
def maturity_of(knowledge_usd, reference_usd):
    """How far a stack has grown up, 0 to 1: `K / (K + K0)`, K what has been spent on it and is not yet forgotten."""
    return knowledge_usd / (knowledge_usd + reference_usd)


@compiled
def outage_of(maturity, young, floor):
    """Share of hours that a service is not available, from a young stack's to the floor that hardware sets."""
    return young + (floor - young) * maturity


@compiled
def annuity(growth, months):
    """Present value of 1 USD a month that grows at `growth` a month net of the discount rate, over `months`."""
    x = growth * months
    if abs(x) < 1e-6:
        return months * (1.0 + 0.5 * x)
    return (exp(x) - 1.0) / growth


@compiled
def gain_of_own_stack(sales, own_profit, licensed_profit, coverage, team, to_build, growing, fixed):
    """Present value of the own stack less that of the licensed one, USD.

    `sales` (USD of rent a month that a service on all chips with the licensed stack's reliability would win), profits
    per USD of it; the licensed stack runs on `coverage` of the chips. Own: a team (USD/month) and what is left to
    build (USD). `growing` and `fixed` are the annuities of sales and of the team.
    """
    return sales * (own_profit - coverage * licensed_profit) * growing - team * fixed - to_build


@compiled
def makers_part(w, k):
    """Part of an own stack for which a Chinese chip maker's free one stands in: by its chips, all at its own cloud."""
    cloud = w.clouds[k]
    if k == HUAWEI_CLOUD:
        return 1.0
    return 1.0 - cloud.licensable_share if cloud.region == CN else 0.0


@compiled
def own_knowledge(w, k):
    """Knowledge (USD) behind the own stack of cloud `k`: its own, and on Chinese chips the chip maker's free stack."""
    return w.clouds[k].managed_knowledge_usd + makers_part(w, k) * w.vendors[HUAWEI].stack_knowledge_usd


@compiled
def cost_to_build(w, k, p):
    """What an own stack costs before its first customer (USD): engineers' years at the wages of the home region.

    Chinese chips come with a stack of their maker, so that less is to be built where they are in the fleet.
    """
    work = p.managed_build_engineer_years * (1.0 - p.managed_maker_relief * makers_part(w, k))
    return work * p.managed_engineer_usd_per_year[w.clouds[k].region]


@compiled
def team_of(w, k, p):
    """Pay of the engineers who keep up an own stack, USD a month; fewer where the chip maker's does part of it."""
    team = p.managed_own_team_engineers * (1.0 - p.managed_maker_relief * makers_part(w, k))
    return team * p.managed_engineer_usd_per_year[w.clouds[k].region] / 12.0


@compiled
def describe_fleets(w):
    """Compute per chip of each cloud, and the part of its compute on which the licensed stack runs."""
    compute = np.zeros((2, N_CLOUDS))
    chips = np.zeros((2, N_CLOUDS))
    for i in range(len(w.sites)):
        k = w.sites[i].cloud
        for s in range(len(w.skus)):
            units = w.fleet[i, s]
            if units > 0.0:
                compute[OWN, k] += units * w.skus[s].h100e
                chips[OWN, k] += units
                if w.skus[s].vendor == NVIDIA:
                    compute[LICENSED, k] += units * w.skus[s].h100e
                    chips[LICENSED, k] += units
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        cloud.licensable_share = compute[LICENSED, k] / compute[OWN, k] if compute[OWN, k] > 0.0 else 0.0
        for stack in range(2):
            cloud.h100e_per_gpu[stack] = compute[stack, k] / chips[stack, k] if chips[stack, k] > 0.0 else 1.0


@compiled
def licensed_reach(w, k, left):
    """Part of the compute of cloud `k` on which the licensed stack runs, where a remedy leaves `left` of the bond."""
    on_its_chips = w.clouds[k].licensable_share
    return on_its_chips + (1.0 - on_its_chips) * (1.0 - left)


@compiled
def describe_offers(w):
    """Part of the compute that each cloud's stack covers, what an hour costs the cloud, how often it is down."""
    p = w.p[w.macro[0].month]
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        cloud.managed_coverage = 0.0
        cloud.managed_maturity = 0.0
        if not sells(w, k) or p.managed_offering < 0.5 or cloud.installed_h100e <= 0.0:
            continue
        stack = cloud.managed_stack
        cloud.managed_coverage = 1.0 if stack == OWN else licensed_reach(w, k, w.vendors[NVIDIA].remedy_left)
        knowledge = own_knowledge(w, k) if stack == OWN else w.vendors[NVIDIA].stack_knowledge_usd
        cloud.managed_maturity = maturity_of(knowledge, p.managed_knowledge_reference_usd)
        cloud.managed_outage = outage_of(cloud.managed_maturity, p.managed_outage_young, p.managed_outage_floor)
        fee = p.managed_licence_usd_per_gpu_hour if stack == LICENSED else 0.0
        cloud.managed_unit_cost = (fee + p.managed_support_usd_per_gpu_hour) / cloud.h100e_per_gpu[stack]


@compiled
def engineering(w, k, p):
    """Pay of the engineers of an own stack this month (USD): building it, or keeping it up and improving it."""
    cloud = w.clouds[k]
    if cloud.managed_stack == OWN:
        return team_of(w, k, p) + p.managed_reinvested_share * cloud.managed_income
    if cloud.managed_build_left > 0:
        return cost_to_build(w, k, p) / p.managed_build_months
    return 0.0


@compiled
def improve_stacks(w):
    """Stacks learn from what was spent on them this month and forget as software ages; own stacks at home share some.

    Support on the licensed stack is experience that its vendor pools; what Chinese clouds spend on own stacks on
    Chinese chips flows back into the chip maker's.
    """
    p = w.p[w.macro[0].month]
    pooled = 0.0
    domestic = 0.0
    spent = np.zeros(N_CLOUDS)
    by_region = np.zeros(N_REGIONS)
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        spent[k] = cloud.managed_support_cost + cloud.managed_investment
        if cloud.managed_stack == LICENSED:
            pooled += cloud.managed_support_cost
        else:
            by_region[cloud.region] += spent[k]
            if cloud.region == CN:
                domestic += spent[k] * makers_part(w, k)
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        shared = by_region[cloud.region] - spent[k] if cloud.managed_stack == OWN else 0.0
        cloud.managed_knowledge_usd += spent[k] + p.managed_spillover * shared
        cloud.managed_knowledge_usd -= cloud.managed_knowledge_usd / p.managed_knowledge_life_months
    life = p.managed_knowledge_life_months
    maintain(w.vendors[NVIDIA], pooled, p.managed_vendor_knowledge_start_usd * upkeep_of_dominant(w, p), life)
    maintain(w.vendors[HUAWEI], domestic, p.managed_domestic_knowledge_start_usd, life)


@compiled
def upkeep_of_dominant(w, p):
    """What the dominant vendor still spends on its stack, over normal: less if a remedy will open it to other chips.

    The part that pays by binding customers goes with the bond: `1 - cutback (1 - share that the remedy leaves)`.
    """
    law = w.policy[EXPECTED]
    if law.friction_remedy_rate <= 0.0:
        return 1.0
    return 1.0 - p.managed_remedy_cutback * (1.0 - law.friction_share)


@compiled
def maintain(vendor, pooled, start, life):
    """A vendor keeps its stack at the level of the start by itself; what its users learn comes on top and fades."""
    vendor.stack_knowledge_usd += pooled - (vendor.stack_knowledge_usd - start) / life


@compiled
def review_stacks(w):
    """Stacks under construction go on; after the first year each cloud compares the stacks once a year."""
    t = w.macro[0].month
    p = w.p[t]
    describe_fleets(w)
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        if p.managed_stack_choice < 0.5:
            cloud.managed_stack = LICENSED
            cloud.managed_build_left = 0
        elif not sells(w, k) or p.managed_offering < 0.5:
            continue
        elif cloud.managed_build_left > 0:
            cloud.managed_build_left -= 1
            if cloud.managed_build_left == 0:
                cloud.managed_stack = OWN
                log_event(w, STACK_CHANGE, k, OWN, cloud.managed_h100e)
        elif t >= 12 and (t + k) % 12 == 11:
            gain = value_of_own_stack(w, k, p)
            if cloud.managed_stack == LICENSED and gain > 0.0:
                cloud.managed_build_left = np.int64(p.managed_build_months)
            elif cloud.managed_stack == OWN and gain < 0.0:
                cloud.managed_stack = LICENSED
                log_event(w, STACK_CHANGE, k, LICENSED, cloud.managed_h100e)
    describe_offers(w)


@compiled
def value_of_own_stack(w, k, p):
    """Present value (USD) of the own stack of cloud `k` less that of the licensed one, at today's price and rent.

    Sales are those at which customers come to rest. By the envelope theorem a saving counts at the going price;
    reliability moves sales by the customers' price taste.
    """
    cloud = w.clouds[k]
    rent = w.regions[cloud.region].rent_contract
    team = team_of(w, k, p)
    to_build = cost_to_build(w, k, p) if cloud.managed_stack == LICENSED else 0.0
    taste = 0.0
    loss = 0.0
    mix = 0.0
    for g in range(N_SEGMENTS):
        mix += p.managed_customer_mix[g]
        taste += p.managed_customer_mix[g] * p.managed_price_taste[g]
        loss += p.managed_customer_mix[g] * p.managed_outage_loss[g]
    taste /= mix
    loss /= mix
    reference = p.managed_knowledge_reference_usd
    own = maturity_of(own_knowledge(w, k) + to_build, reference)
    vendors_own = maturity_of(w.vendors[NVIDIA].stack_knowledge_usd, reference)
    premium = cloud.managed_price_premium
    own_cost = 1.0 + premium + loss * outage_of(own, p.managed_outage_young, p.managed_outage_floor)
    licensed_cost = 1.0 + premium + loss * outage_of(vendors_own, p.managed_outage_young, p.managed_outage_floor)
    reliable = power(licensed_cost / own_cost, taste)
    own_support = p.managed_support_usd_per_gpu_hour / cloud.h100e_per_gpu[OWN] / rent
    fees = (p.managed_licence_usd_per_gpu_hour + p.managed_support_usd_per_gpu_hour) / cloud.h100e_per_gpu[LICENSED]
    sales = cloud.customers_h100e * cloud.managed_rest * HOURS_PER_MONTH * rent
    sales /= reliable if cloud.managed_stack == OWN else max(cloud.managed_coverage, 1e-6)
    left = w.vendors[NVIDIA].remedy_left * remedy_ahead(w, p)
    discount = p.managed_discount_rate / 12.0
    growth = p.managed_planning_growth * tanh(cloud.expected_growth / p.managed_planning_growth)
    return gain_of_own_stack(
        sales, reliable * (premium - own_support - p.managed_reinvested_share * (1.0 + premium)),
        premium - fees / rent, licensed_reach(w, k, left), team, to_build,
        annuity(growth - discount, p.managed_planning_months), annuity(-discount, p.managed_planning_months),
    )  # fmt: skip
