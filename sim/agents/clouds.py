"""Clouds: fleets, megawatts, capital spending, debt.

A cloud decides how much to spend on AI capacity (expected growth, the value of a new chip over its cost, what it can
finance), from which vendors, in which region it builds and how much power it asks for ahead of need. What it makes of
its GPU-hours is in `sim.agents.managed`.
"""

from __future__ import annotations

import numpy as np

from sim.accounts import (
    AMAZON,
    AMAZON_TRAINIUM,
    CLOUD0,
    CREDIT,
    GOOGLE,
    GOOGLE_TPU,
    LAB0,
    N_CLOUDS,
    N_REGIONS,
    N_VENDORS,
    NVIDIA,
    PUBLIC_EQUITY,
)
from sim.agents.power_prices import policy_on_power, site_price
from sim.agents.public_money import chip_subsidy
from sim.compiled import compiled
from sim.events import BOUND_BORROWING_BASE, BOUND_FINANCE_LIMIT, BOUND_PERMITS, log_event
from sim.ledger import BONDS, DIVIDENDS, LOANS, PAYOUTS, REPAYMENTS, balance_usd, post
from sim.markets.trade_limits import entity_room, site_room
from sim.numerics import exp, log, power
from sim.world import CN, EXPECTED, HOURS_PER_MONTH, IN_FORCE, US

OWN_USE = 1
NEOCLOUD = 2
LAB_OWN = 3
NATIONAL = 4


@compiled
def tanh(x):
    """Hyperbolic tangent from `exp`."""
    e = exp(-2.0 * abs(x))
    y = (1.0 - e) / (1.0 + e)
    return y if x >= 0.0 else -y


@compiled
def all_in_cost(chip_price, networking, chip_kw, server_overhead, pue, facility_usd_per_kw):
    """Capital cost of an H100e in service, USD: chip, networking and servers, and the building with its power.

    Source: with 2025 values this gives about 1.8 times the chip price (economy.md; Epoch AI, own estimate).
    """
    return chip_price * (1.0 + networking) + chip_kw * server_overhead * pue * facility_usd_per_kw


@compiled
def site_value_of_capacity(rent, target_utilisation, running_cost, life_months):
    """Present value of the net rent of an H100e over its economic life, USD, with rents expected to fall.

    The annuity factor `life_months` holds discounting and the expected fall of rents.
    """
    return max(0.0, rent * target_utilisation - running_cost) * HOURS_PER_MONTH * life_months


@compiled
def blended_chip(w, k):
    """Average price after subsidy (USD/H100e), power (kW/H100e) of the chips that cloud `k` has been buying."""
    cost = 0.0
    kw = 0.0
    weight = 0.0
    for v in range(N_VENDORS):
        x = w.bought[v, k]
        cost += x * w.vendors[v].price * (1.0 - chip_subsidy(w, EXPECTED, v, w.clouds[k].region))
        kw += x * w.vendors[v].product_kw
        weight += x
    if weight <= 0.0:
        return w.vendors[NVIDIA].price, w.vendors[NVIDIA].product_kw
    return cost / weight, kw / weight


@compiled
def desired_growth(expected_growth, hurdle_ratio, weight_growth, weight_hurdle, most):
    """Growth a month that a cloud wants for its AI spending, bounded smoothly by `most` in both directions.

    `g = most tanh((a_e g_e + a_q ln q) / most)`: expectations and Tobin's q (Tobin 1969, JMCB 1, 15-29).
    """
    wish = weight_growth * expected_growth + weight_hurdle * log(max(hurdle_ratio, 0.05))
    return most * tanh(wish / most)


@compiled
def plan_capex(w):
    """Clouds revise their AI capital spending: growth expected, value over cost, and what they can finance."""
    t = w.macro[0].month
    p = w.p[t]
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        if cloud.active == 0 or t < cloud.entry:
            continue
        home = w.regions[cloud.region]
        price, kw = blended_chip(w, k)
        cost = all_in_cost(
            price,
            p.chips_networking_share,
            kw,
            p.chips_server_overhead,
            1.2,
            facility_cost(w, cloud.region, p),
        )
        kwh_price = site_price(w, EXPECTED, cloud.region, cloud.kind, False)
        running = kw * p.chips_server_overhead * 1.2 * kwh_price + cost * p.clouds_upkeep_share / 8760.0
        # Dear credit weighs on a project as far as its owner lives on it: bonds of a rich firm hardly move.
        risk = p.credit_spread_private if cloud.kind >= NEOCLOUD else p.credit_spread_bonds
        excess = w.macro[0].credit_spread - p.finance_credit_spread_normal
        spread = 1.0 + excess * p.clouds_spread_on_value * risk
        value = site_value_of_capacity(
            home.rent_contract, p.clouds_target_utilisation, running, p.clouds_value_months
        ) / max(spread, 0.2)
        # A chip without power earns nothing until power comes.
        powered = cloud.usable_h100e / cloud.installed_h100e if cloud.installed_h100e > 0.0 else 1.0
        cloud.hurdle_ratio = value * power(powered, p.clouds_power_caution) / cost
        if w.macro[0].month > 0:
            cloud.expected_growth += (home.rent_growth - cloud.expected_growth) / p.clouds_expectation_months
        growth = desired_growth(
            cloud.expected_growth, cloud.hurdle_ratio, p.clouds_growth_weight, p.clouds_hurdle_weight,
            p.clouds_growth_max_per_month,
        )  # fmt: skip
        cash = balance_usd(w, CLOUD0 + k)
        own = (
            cloud.operating_cash_flow * p.clouds_cash_flow_share
            + max(0.0, cloud.revenue_smooth - cloud.energy_cost) * 0.6
        )
        room = max(0.0, borrowing_base(w, k, p) - cloud.loans_usd - cloud.bonds_usd)
        room /= p.credit_drawdown_months_private if cloud.kind >= NEOCLOUD else p.credit_drawdown_months
        spare_cash = max(0.0, cash - 3.0 * own) / 24.0
        cloud.finance_limit = own + room + spare_cash + cloud.equity_raised_usd
        pressure = (cloud.ai_capex_plan + cloud.legacy_capex) / max(cloud.finance_limit, 1.0)
        if growth > 0.0:
            growth *= max(0.0, 1.0 - power(pressure, p.clouds_finance_steepness))
        if pressure > 1.05 and cloud.ai_capex_plan > 0.0:
            log_event(w, BOUND_FINANCE_LIMIT, k, -1, cloud.finance_limit)
            # What cannot be paid for is not built: plans fall back to the means within some months.
            growth -= p.clouds_retreat_speed * (1.0 - 1.0 / pressure)
        if cloud.arrears_months > 0.0:
            growth = min(growth, 0.0) - p.clouds_retreat_speed
        cloud.ai_capex_plan *= exp(growth)
        if cloud.kind == LAB_OWN:
            # What a lab puts into a fleet of its own is meant to be built.
            free = cash - p.clouds_cash_buffer_months * cloud.ai_capex
            cloud.ai_capex_plan = max(cloud.ai_capex_plan, free / p.credit_own_build_months)
        build_for_contracts(w, k, cost, p)
        cloud.operating_cash_flow *= exp(p.clouds_cash_flow_growth / 12.0)
        cloud.legacy_capex *= exp(p.clouds_legacy_capex_growth / 12.0)


@compiled
def build_for_contracts(w, k, cost, p):
    """A cloud builds towards what customers have contracted and can pay, as far as it finds the finance."""
    cloud = w.clouds[k]
    if cloud.contracted_usd <= 0.0:
        return
    rent = w.regions[cloud.region].rent_contract
    can_serve = p.alliances_contract_capacity_share * cloud.usable_h100e * HOURS_PER_MONTH * rent
    missing = max(0.0, cloud.contracted_usd - can_serve) / (HOURS_PER_MONTH * rent)
    needed = missing * cost / p.alliances_contract_foresight_months
    plan = min(needed, max(0.0, cloud.finance_limit - cloud.legacy_capex))
    if plan > cloud.ai_capex_plan:
        cloud.ai_capex_plan += p.alliances_contract_build_speed * (plan - cloud.ai_capex_plan)


@compiled
def borrowing_base(w, k, p):
    """Most that lenders lend to cloud `k`, USD.

    Firms with large other business borrow against cash flow (bonds), national clouds against theirs and their fleet.
    Others borrow against what can be seized: a part of their fleet at what it is worth now, some years of contracted
    income, and guarantees of a vendor; lenders' mood moves the part.
    """
    cloud = w.clouds[k]
    business = p.clouds_debt_limit_years * 12.0 * (cloud.operating_cash_flow + 0.5 * cloud.revenue_smooth)
    if cloud.kind < NEOCLOUD:
        return business
    mood = power(w.macro[0].sentiment, p.credit_lender_mood)
    fleet = cloud.capital_usd * min(1.0, max(cloud.hurdle_ratio, 0.05))
    if cloud.kind == NATIONAL:
        return business + mood * p.credit_advance_on_fleet * fleet
    # Customers sign before chips arrive: what is on order is let in advance as what is installed has been.
    ordered = 0.0
    for v in range(N_VENDORS):
        ordered += w.backlog[v, k]
    coming = min(p.credit_orders_let_ahead, 1.0 + ordered / max(cloud.usable_h100e, 1.0))
    contracts = 12.0 * max(cloud.contracted_usd, cloud.contract_share * cloud.revenue_smooth * coming)
    lent = p.credit_advance_on_fleet * fleet + p.credit_advance_on_contracts * contracts
    return mood * lent + p.credit_advance_on_fleet * cloud.backstop_usd


@compiled
def plan_power(w):
    """Clouds ask for megawatts ahead of need: what the chips of the next years will draw, at the site's lag."""
    t = w.macro[0].month
    p = w.p[t]
    refused = np.zeros(N_REGIONS)
    for i in range(len(w.sites)):
        site = w.sites[i]
        cloud = w.clouds[site.cloud]
        region = w.regions[site.region]
        site.requested_mw = 0.0
        if cloud.active == 0 or t < cloud.entry:
            continue
        price, kw = blended_chip(w, site.cloud)
        kw_per_chip = kw * p.chips_server_overhead * site.pue
        dearest = all_in_cost(
            price,
            p.chips_networking_share,
            kw,
            p.chips_server_overhead,
            site.pue,
            facility_cost(w, site.region, p),
        )
        added_mw = cloud.ai_capex_plan * site.share / dearest * kw_per_chip / 1000.0
        lag = effective_lag(p, site.region, w.policy[EXPECTED].grid_lag_factor[site.region])
        horizon = min(lag, 36.0)
        growth = max(-0.01, min(cloud.expected_growth, 0.04))
        future = added_mw * horizon * exp(0.5 * growth * horizon)
        future = min(future, power_under_caps(w, i, kw_per_chip / 1000.0))
        need = site.installed_kw * site.pue / 1000.0 + future * p.energy_power_headroom
        coming = site.power_mw + site.pipeline_mw[0] + site.pipeline_mw[1] + site.pipeline_mw[2]
        site.requested_mw = max(0.0, (need - coming) / p.energy_request_months)
        permitted = w.policy[IN_FORCE].permit_share[site.region]
        refused[site.region] += site.requested_mw * (1.0 - permitted)
        site.requested_mw *= permitted
        site.pipeline_mw[0] += site.requested_mw
        region.queue_mw += site.requested_mw
    for r in range(N_REGIONS):
        if refused[r] > 0.0:
            log_event(w, BOUND_PERMITS, r, -1, refused[r])


@compiled
def power_under_caps(w, i, mw_per_h100e):
    """Most power (MW) worth asking for at a site under caps that are in force when it comes; firms in China can turn
    to domestic chips, for which a cap on US designs is none."""
    site = w.sites[i]
    if w.clouds[site.cloud].region == CN:
        return 1e18
    room = min(site_room(w, i, EXPECTED), entity_room(w, NVIDIA, site.cloud, EXPECTED))
    return room * mw_per_h100e


@compiled
def effective_lag(p, r, grid_factor):
    """Months from request to power: grid connection, times a factor of policy, or behind the meter for a share."""
    share = p.energy_behind_meter_share[r]
    return (1.0 - share) * p.energy_time_to_power_months[r] * grid_factor + share * p.energy_behind_meter_months


@compiled
def facility_cost(w, r, p):
    """Building and power per kW that a cloud expects to pay in region `r`, USD: with the levy on new power."""
    return p.energy_facility_cost_usd_per_kw[r] + w.policy[EXPECTED].datacentre_levy_usd_kw[r]


@compiled
def room_at_site(w, i):
    """Power to spare at a site (MW), a little even where there is none; zero where its country cap leaves nothing."""
    site = w.sites[i]
    if w.policy[IN_FORCE].country_cap_h100e[site.region] >= 0.0 and site_room(w, i, IN_FORCE) <= 0.0:
        return 0.0
    spare = site.power_mw + site.pipeline_mw[2] - site.installed_kw * site.pue / 1000.0
    return max((0.02 * site.power_mw + 0.01) * w.policy[EXPECTED].permit_share[site.region], spare)


@compiled
def site_pull(w, i, p):
    """Weight of a site for the next chips of its owner: room, and what compute earns there for its cost under policy.

    `room x (rent x c / (c + d))^e`, c the all-in cost of an H100e and d what levies on new power, taxes and prices of
    carbon expected there add to it over its life; without any it is room x rent^e.
    """
    site = w.sites[i]
    r = site.region
    room = room_at_site(w, i)
    rent = w.regions[r].rent_contract
    kind = w.clouds[site.cloud].kind
    levy = w.policy[EXPECTED].datacentre_levy_usd_kw[r]
    on_power = policy_on_power(w, EXPECTED, r, kind)
    if levy != 0.0 or on_power != 0.0:
        price, kw = blended_chip(w, site.cloud)
        facility = p.energy_facility_cost_usd_per_kw[r]
        cost = all_in_cost(price, p.chips_networking_share, kw, p.chips_server_overhead, site.pue, facility)
        site_kw = kw * p.chips_server_overhead * site.pue
        added = site_kw * (levy + on_power * HOURS_PER_MONTH * p.clouds_value_months)
        rent *= cost / max(cost + added, 0.1 * cost)
    return room * power(rent, p.clouds_site_rent_elasticity)


@compiled
def place_chips(w):
    """Each cloud chooses where its next chips go: where there is power to spare and compute earns most.

    US clouds keep to the shares at home and in capped countries that the law asks, or that they see coming.
    """
    p = w.p[w.macro[0].month]
    for k in range(N_CLOUDS):
        total = 0.0
        for i in range(len(w.sites)):
            if w.sites[i].cloud == k:
                total += site_pull(w, i, p)
        for i in range(len(w.sites)):
            site = w.sites[i]
            if site.cloud != k or total <= 0.0:
                continue
            aim = site_pull(w, i, p) / total
            site.share += (aim - site.share) * 0.2
        keep_at_home(w, k)


@compiled
def keep_at_home(w, k):
    """Lower a US cloud's shares abroad to what the law in force and the law expected leave; the rest goes home."""
    if w.clouds[k].region != US:
        return
    least = max(w.policy[IN_FORCE].home_share_min, w.policy[EXPECTED].home_share_min)
    abroad = 0.0
    total = 0.0
    before = 0.0
    for i in range(len(w.sites)):
        site = w.sites[i]
        if site.cloud != k:
            continue
        total += site.share
        if site.region != US:
            before += site.share
            most = min(
                w.policy[IN_FORCE].country_share_max[site.region], w.policy[EXPECTED].country_share_max[site.region]
            )
            site.share = min(site.share, most)
            abroad += site.share
    scale = min(1.0, (1.0 - least) * total / abroad) if abroad > 0.0 else 1.0
    freed = before - abroad * scale
    if freed <= 0.0:
        return
    first = True
    for i in range(len(w.sites)):
        site = w.sites[i]
        if site.cloud == k and site.region != US:
            site.share *= scale
        elif site.cloud == k and first:
            site.share += freed
            first = False


@compiled
def settle_debt(w):
    """Clouds draw credit when cash runs low, repay when it is ample, and learn what is due to lenders this month.

    Bonds are rolled over at the coupon of the day; loans are repaid in instalments, faster when the collateral is worth
    less than what was lent. What is due is paid when debts are cleared (`solvency.clear_debts`).
    """
    t = w.macro[0].month
    p = w.p[t]
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        cloud.interest_due_usd = 0.0
        cloud.principal_due_usd = 0.0
        cloud.overdraft_usd = 0.0
        if cloud.active == 0 or t < cloud.entry:
            continue
        me = CLOUD0 + k
        private = cloud.kind >= NEOCLOUD
        risk = p.credit_spread_private if private else p.credit_spread_bonds
        cloud.interest_rate = p.finance_risk_free_rate + w.macro[0].credit_spread * risk
        cloud.bond_rate += (cloud.interest_rate - cloud.bond_rate) / p.credit_bond_months
        cloud.borrowing_base = borrowing_base(w, k, p)
        debt = cloud.loans_usd + cloud.bonds_usd
        interest = (cloud.loans_usd * cloud.interest_rate + cloud.bonds_usd * cloud.bond_rate) / 12.0
        called = max(0.0, debt - cloud.borrowing_base) / p.credit_margin_call_months if private else 0.0
        instalment = cloud.loans_usd / p.credit_loan_months
        cloud.interest_due_usd = interest
        cloud.principal_due_usd = min(cloud.loans_usd, instalment + called)
        if cloud.kind == LAB_OWN:
            return_rent(w, k, p)
        owed = interest + cloud.principal_due_usd + cloud.arrears_usd
        for v in range(N_VENDORS):
            owed += w.payable[v, k]
        buffer = p.clouds_cash_buffer_months * (cloud.ai_capex + cloud.legacy_capex)
        cash = balance_usd(w, me) - owed
        if cash < buffer:
            draw_credit(w, k, buffer - cash, max(0.0, cloud.borrowing_base - debt), p)
        elif cash > 2.0 * buffer:
            repay = min(debt, 0.25 * (cash - 2.0 * buffer))
            from_loans = min(repay, max(0.0, cloud.loans_usd - cloud.principal_due_usd))
            cloud.loans_usd -= post(w, me, CREDIT, from_loans, REPAYMENTS)
            cloud.bonds_usd -= post(w, me, CREDIT, min(repay - from_loans, cloud.bonds_usd), REPAYMENTS)
            post(w, me, PUBLIC_EQUITY, 0.5 * max(0.0, cash - 2.0 * buffer - repay), PAYOUTS)


@compiled
def return_rent(w, k, p):
    """A fleet that a lab owns gives back what the lab paid it for compute, less energy, upkeep and debt service."""
    cloud = w.clouds[k]
    costs = cloud.energy_cost + cloud.capital_usd * p.clouds_upkeep_share / 12.0
    costs += cloud.interest_due_usd + cloud.principal_due_usd
    for l in range(len(w.labs)):
        lab = w.labs[l]
        if lab.active == 1 and lab.host == k and lab.owner < 0:
            surplus = min(w.rents[l, k] - costs, balance_usd(w, CLOUD0 + k))
            if surplus > 0.0:
                post(w, CLOUD0 + k, LAB0 + l, surplus, DIVIDENDS)


@compiled
def draw_credit(w, k, wanted_usd, room_usd, p):
    """Borrow what is wanted, as far as lenders go; a cloud with a large business issues bonds, others draw loans.

    Running costs are paid even beyond the base, by an overdraft that counts as distress: a firm that stops serving is
    worth less to its lenders than one that goes on until it is wound up.
    """
    cloud = w.clouds[k]
    lent = wanted_usd
    if p.credit_default_clearing > 0.5 and wanted_usd > room_usd:
        cloud.overdraft_usd = max(0.0, -balance_usd(w, CLOUD0 + k) - room_usd)
        lent = room_usd + cloud.overdraft_usd
        if cloud.overdraft_usd > 0.0:
            log_event(w, BOUND_BORROWING_BASE, k, -1, wanted_usd - room_usd)
    if lent <= 0.0:
        return
    if cloud.kind >= NEOCLOUD:
        cloud.loans_usd += post(w, CREDIT, CLOUD0 + k, lent, LOANS)
        return
    cloud.bond_rate = (cloud.bond_rate * cloud.bonds_usd + cloud.interest_rate * lent) / (cloud.bonds_usd + lent)
    cloud.bonds_usd += post(w, CREDIT, CLOUD0 + k, lent, BONDS)


@compiled
def captive_owner(v):
    """Cloud that owns a captive chip design, or -1."""
    if v == GOOGLE_TPU:
        return GOOGLE
    if v == AMAZON_TRAINIUM:
        return AMAZON
    return -1


@compiled
def may_buy(w, v, k, p):
    """Whether cloud `k` may order from vendor `v`: captive designs, home markets and the law."""
    t = w.macro[0].month
    vendor = w.vendors[v]
    cloud = w.clouds[k]
    if t < vendor.entry:
        return False
    if vendor.region == CN:
        return cloud.region == CN
    owner = captive_owner(v)
    if cloud.region == CN:
        return vendor.compliant_sku >= 0 and owner < 0
    if owner >= 0 and owner != k:
        return p.chips_tpu_sold_outside > 0.0 and v == GOOGLE_TPU and cloud.kind >= NEOCLOUD
    return vendor.region == US
