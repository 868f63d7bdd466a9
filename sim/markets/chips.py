"""The chip market: orders by a logit over vendors, queues, allocation of what is scarce, delivery, smuggling.

List prices do not clear this market. Orders wait, vendors decide who is served first, and what the law forbids finds
other ways or stays unmet.
"""

from __future__ import annotations

import numpy as np

from sim.accounts import (
    CLOUD0,
    DOMESTIC_FOUNDRY,
    FOUNDRY,
    GOVERNMENT0,
    HOUSEHOLDS,
    HUAWEI,
    MEMORY,
    N_CLOUDS,
    N_VENDORS,
    NVIDIA,
    OTHER_CN,
    SMUGGLERS,
    VENDOR0,
)
from sim.agents.clouds import all_in_cost, captive_owner, may_buy
from sim.agents.vendors import chip_value
from sim.compiled import compiled
from sim.events import BOUND_CAPACITY_RATIONED, BOUND_LICENCE_CAP, ORDERS_CANCELLED, log_event
from sim.ledger import CHIP_MAKING, CHIP_SALES, CONSTRUCTION, LEVIES, PREPAYMENTS, SMUGGLED_CHIPS, SUBSIDIES, VENDOR_OVERHEADS, post
from sim.accounts import BUILDERS, GOVERNMENT_OF_REGION, RESELLER_OF_REGION
from sim.numerics import exp, log, power
from sim.world import CN, US


@compiled
def buyer_utility(value_per_dollar, cover_months, friction, a, availability_weight):
    """Utility of a vendor's chips: `V = a ln(value per dollar of total cost) - weight x queue - F`.

    With a = 4 the moat of the dominant vendor is about 45 % of price (derived from stocks at end-2025).
    """
    return a * log(value_per_dollar) - availability_weight * cover_months - friction


@compiled
def product_for(w, v, k):
    """(H100e per package, power per H100e, value per H100e, price factor) of what vendor `v` can deliver to cloud `k`."""
    vendor = w.vendors[v]
    if w.clouds[k].region == CN and vendor.region != CN:
        s = vendor.compliant_sku
        sku = w.skus[s]
        value = chip_value(sku.h100e, sku.bandwidth) / sku.h100e
        # A chip cut for one destination is priced by what it is worth to its buyers, not by its arithmetic.
        return sku.h100e / sku.packages, sku.kw / sku.h100e, value, value / max(vendor.product_value, 0.05)
    return vendor.product_h100e, vendor.product_kw, vendor.product_value, 1.0


@compiled
def order_chips(w):
    """Clouds split their AI budget between chips and sites, and the chip budget between vendors by a logit.

    The order keeps a queue of some months of spending: `order = A + (m A - backlog) / adjustment`.
    """
    t = w.macro[0].month
    p = w.p[t]
    for v in range(N_VENDORS):
        w.vendors[v].orders_h100e *= 1.0 - p.chips_order_memory
    unmet_now = 0.0
    weight_of = np.zeros(N_VENDORS)
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        if cloud.active == 0 or t < cloud.entry:
            continue
        region = w.regions[cloud.region]
        hoard = 1.0
        if cloud.region == CN and w.policy[0].stockpile_pull > 0.0:
            hoard = 1.0 + (p.export_controls_hoarding_factor - 1.0) * w.policy[0].stockpile_pull
        weights = 0.0
        refused = 0.0
        domestic = 0.0
        forbidden = 0.0
        for v in range(N_VENDORS):
            weight_of[v] = vendor_weight(w, v, k, p)
            weights += weight_of[v]
            if w.vendors[v].region == CN:
                domestic += weight_of[v]
            else:
                refused += weight_of[v] * (1.0 - permission(w, v, k))
        if cloud.region == CN:
            # What Chinese buyers would order from the dominant vendor's unrestricted product, if the law let them.
            vendor = w.vendors[NVIDIA]
            worth = vendor.product_value / vendor_total_cost(vendor.price, vendor.product_kw, region.electricity_price, p.energy_facility_cost_usd_per_kw[cloud.region], p)
            free = exp(buyer_utility(worth * 1e4, vendor.cover_months, 0.0, p.chips_buyer_elasticity, p.chips_availability_weight))
            forbidden = free / (free + weights)
        if weights <= 0.0:
            unmet_now += cloud.ai_capex_plan / (w.vendors[NVIDIA].price * 1.8)
            continue
        for v in range(N_VENDORS):
            weight = weight_of[v]
            if weight <= 0.0:
                w.backlog[v, k] *= 0.9
                continue
            per_package, kw, value, factor = product_for(w, v, k)
            price = w.vendors[v].price * factor
            cost = all_in_cost(
                price, p.chips_networking_share, kw, p.chips_server_overhead, 1.2, p.energy_facility_cost_usd_per_kw[cloud.region]
            )
            # A budget that the law keeps from its first choice is spent in part on the second.
            bite = 1.0
            if cloud.region == CN:
                bite = 1.0 - forbidden * (1.0 - p.export_controls_substitution) * (1.0 if restricted(w, v) else 0.0)
            # What either key refuses goes to domestic chips in part; the rest stays unspent.
            share = weight * permission(w, v, k) / weights
            if w.vendors[v].region == CN and domestic > 0.0:
                share += p.export_controls_substitution * refused / weights * weight / domestic
            budget = cloud.ai_capex_plan * share * bite
            plan = budget / cost * hoard
            if v == NVIDIA and cloud.region != CN:
                plan += resold_h100e(w, k)
            order = plan + (p.chips_order_cover_months * plan - w.backlog[v, k]) / p.chips_order_adjustment_months
            before = w.backlog[v, k]
            w.backlog[v, k] = max(0.0, before * (1.0 - p.chips_order_attrition) + order)
            w.vendors[v].orders_h100e += p.chips_order_memory * max(0.0, w.backlog[v, k] - before * (1.0 - p.chips_order_attrition))
            if cloud.region == CN and restricted(w, v):
                lost = weight / weights * (1.0 - bite) + (weight / weights - share if w.vendors[v].region != CN else 0.0)
                unmet_now += cloud.ai_capex_plan * lost / (w.vendors[NVIDIA].price * 1.8)
    w.macro[0].china_unmet += (unmet_now - w.macro[0].china_unmet) / 6.0
    for v in range(N_VENDORS):
        vendor = w.vendors[v]
        total = 0.0
        for k in range(N_CLOUDS):
            if w.backlog[v, k] > 0.0:
                total += w.backlog[v, k] * package_equivalents(w, v, k)
        vendor.backlog_h100e = total


@compiled
def resold_h100e(w, k):
    """Chips (H100e a month) that cloud `k` orders on top of its own needs because smugglers ask it for them."""
    s = best_unrestricted_chip(w)
    if s < 0 or RESELLER_OF_REGION[w.clouds[k].region] != k:
        return 0.0
    total = 0.0
    for n in range(len(w.routes)):
        if w.routes[n].region == w.clouds[k].region:
            total += w.routes[n].wanted
    return total * w.skus[s].h100e * 1.25


@compiled
def restricted(w, v):
    """Whether China may not freely buy the best product of vendor `v` (or the vendor is not barred because it is home)."""
    vendor = w.vendors[v]
    if vendor.region == CN:
        return True
    s = vendor.compliant_sku
    return s < 0 or w.skus[s].variant == 1 or w.skus[s].china_share * w.skus[s].china_taste < 1.0


@compiled
def vendor_total_cost(price, kw, electricity_price, facility_usd_per_kw, p):
    """Total cost of ownership of an H100e over five years, USD: all-in capital and electricity."""
    capital = all_in_cost(price, p.chips_networking_share, kw, p.chips_server_overhead, 1.2, facility_usd_per_kw)
    return capital + kw * p.chips_server_overhead * 1.2 * electricity_price * 8760.0 * 5.0


@compiled
def vendor_weight(w, v, k, p):
    """Weight of vendor `v` in the orders of cloud `k` (exp of the buyer's utility); zero where it may not buy."""
    if not may_buy(w, v, k, p):
        return 0.0
    vendor = w.vendors[v]
    cloud = w.clouds[k]
    per_package, kw, value, factor = product_for(w, v, k)
    electricity = w.regions[cloud.region].electricity_price
    price = vendor.price * factor
    if cloud.region == CN:
        if vendor.region == CN:
            electricity = w.regions[CN].domestic_price
        else:
            s = vendor.compliant_sku
            price *= 1.0 + w.skus[s].china_levy * p.export_controls_levy_pass_through
    price *= 1.0 - w.policy[0].chip_subsidy[cloud.region] * (1.0 if vendor.region == cloud.region else 0.0)
    worth = value / vendor_total_cost(price, kw, electricity, p.energy_facility_cost_usd_per_kw[cloud.region], p)
    friction = vendor.friction
    if captive_owner(v) == k:
        friction -= p.chips_captive_owner_bonus
    elif captive_owner(v) >= 0:
        friction += p.chips_captive_outside_penalty
    utility = buyer_utility(worth * 1e4, vendor.cover_months, friction, p.chips_buyer_elasticity, p.chips_availability_weight)
    return exp(utility)


@compiled
def allocation_priority(past_share, prepaid_share, stake, p):
    """Claim on scarce supply per H100e ordered: 1 for all, or by relationship `past^a x prepaid^b x (1 + stake)^c`.

    No public evidence: the rule is a structural variant (assumed).
    """
    if p.chips_allocation_rule < 0.5:
        return 1.0
    return (
        power(0.02 + past_share, p.chips_allocation_past)
        * power(1.0 + prepaid_share, p.chips_allocation_prepayment)
        * power(1.0 + stake, p.chips_allocation_stake)
    )


@compiled
def allocate_and_ship(w):
    """Share out what is in stock among waiting buyers, deliver it, and let buyers pay.

    Water filling: nobody receives more than was ordered; what one buyer does not take goes to the others. Orders from
    China count in the packages that they use, and no more is delivered than licences allow.
    """
    t = w.macro[0].month
    p = w.p[t]
    may_have = np.zeros(N_CLOUDS)
    priority = np.zeros(N_CLOUDS)
    equivalent = np.ones(N_CLOUDS)
    for v in range(N_VENDORS):
        vendor = w.vendors[v]
        vendor.shipped_h100e = 0.0
        shipped_before = vendor.shipped_total_h100e
        for k in range(N_CLOUDS):
            w.shipped[v, k] = 0.0
        if vendor.inventory_h100e <= 0.0 or vendor.backlog_h100e <= 0.0:
            continue
        home_sales = 0.0
        for k in range(N_CLOUDS):
            if w.clouds[k].region != CN:
                home_sales += w.bought[v, k]
        left = vendor.inventory_h100e
        past = 1e-9
        paid = 1e-9
        for k in range(N_CLOUDS):
            past += w.bought[v, k]
            paid += w.prepaid[v, k]
        for k in range(N_CLOUDS):
            may_have[k] = deliverable(w, v, k, home_sales, p)
            priority[k] = 0.0
            if may_have[k] > 1e-9:
                stake = w.clouds[k].stake_nvidia if v == NVIDIA else 0.0
                priority[k] = allocation_priority(w.bought[v, k] / past, w.prepaid[v, k] / paid, stake, p)
                equivalent[k] = package_equivalents(w, v, k)
        for _ in range(6):
            claims = 0.0
            for k in range(N_CLOUDS):
                open_order = may_have[k] - w.shipped[v, k]
                if open_order > 1e-9:
                    claims += open_order * equivalent[k] * priority[k]
            if claims <= 0.0 or left <= 1e-9:
                break
            handed = 0.0
            for k in range(N_CLOUDS):
                open_order = may_have[k] - w.shipped[v, k]
                if open_order <= 1e-9:
                    continue
                give = min(open_order, left * open_order * priority[k] / claims)
                w.shipped[v, k] += give
                handed += give * equivalent[k]
            left -= handed
        if left < 1e-6 * vendor.inventory_h100e and vendor.backlog_h100e > 1.5 * vendor.inventory_h100e:
            log_event(w, BOUND_CAPACITY_RATIONED, v, -1, vendor.backlog_h100e)
        for k in range(N_CLOUDS):
            if w.shipped[v, k] > 0.0:
                deliver(w, v, k, w.shipped[v, k], p)
        used_up = vendor.shipped_total_h100e - shipped_before
        if used_up > 0.0:
            vendor.cover_months += (vendor.backlog_h100e / used_up - vendor.cover_months) * p.chips_cover_smoothing


@compiled
def package_equivalents(w, v, k):
    """Units of the vendor's main product that one H100e of the product for cloud `k` uses up."""
    vendor = w.vendors[v]
    if w.clouds[k].region == CN and vendor.region != CN and vendor.compliant_sku < 0:
        return 1.0
    per_package, kw, value, factor = product_for(w, v, k)
    return vendor.product_h100e / per_package


@compiled
def permission(w, v, k):
    """Share of what cloud `k` would order from vendor `v` that both keys let through: licences and the buyer's side."""
    if w.clouds[k].region != CN or w.vendors[v].region == CN:
        return 1.0
    s = w.vendors[v].compliant_sku
    return w.skus[s].china_share * w.skus[s].china_taste if s >= 0 else 0.0


@compiled
def deliverable(w, v, k, home_sales, p):
    """Order of cloud `k` that may be delivered this month (H100e): all of it, none while no licence is given, or a cap."""
    order = w.backlog[v, k]
    if w.clouds[k].region != CN or w.vendors[v].region == CN or order <= 0.0:
        return order
    s = w.vendors[v].compliant_sku
    if s < 0:
        return 0.0
    sku = w.skus[s]
    if sku.china_share <= 0.0:
        return 0.0
    allowed = order
    if sku.china_cap >= 0.0:
        sold = 0.0
        for j in range(N_CLOUDS):
            if w.clouds[j].region == CN:
                sold += w.bought[v, j]
        cap = max(0.0, sku.china_cap * home_sales - sold)
        if allowed > cap:
            log_event(w, BOUND_LICENCE_CAP, v, k, cap)
            allowed = cap
    return allowed


@compiled
def deliver(w, v, k, h100e, p):
    """Hand `h100e` of vendor `v` to cloud `k`: the backlog falls, sites receive chips, money changes hands."""
    t = w.macro[0].month
    vendor = w.vendors[v]
    cloud = w.clouds[k]
    equivalent = package_equivalents(w, v, k)
    per_package, kw, value, factor = product_for(w, v, k)
    price = vendor.price * factor
    used = h100e * equivalent
    w.backlog[v, k] -= h100e
    vendor.inventory_h100e -= used
    # Conservation is kept in H100e of the main product; a cut-down chip uses more of it than it delivers.
    vendor.shipped_total_h100e += used
    vendor.shipped_h100e += h100e
    vendor.sold_since_2022_h100e += h100e
    w.bought[v, k] += h100e / 12.0
    receive(w, v, k, h100e, -1)
    chips_usd = h100e * price
    networking = chips_usd * p.chips_networking_share
    levy = 0.0
    if cloud.region == CN and vendor.region != CN:
        sku = w.skus[vendor.compliant_sku]
        levy = chips_usd * sku.china_levy
        vendor.china_revenue += chips_usd + networking
        w.macro[0].china_stock[0] += h100e
    elif v == HUAWEI:
        w.macro[0].china_stock[2] += h100e
    elif v == HUAWEI + 1:
        w.macro[0].china_stock[3] += h100e
    from_prepayment = min(w.prepaid[v, k], chips_usd)
    w.prepaid[v, k] -= from_prepayment
    total = chips_usd + networking + levy * p.export_controls_levy_pass_through
    post(w, CLOUD0 + k, VENDOR0 + v, total - from_prepayment, CHIP_SALES)
    subsidy = chips_usd * w.policy[0].chip_subsidy[cloud.region] * (1.0 if vendor.region == cloud.region else 0.0)
    government = GOVERNMENT_OF_REGION[cloud.region]
    post(w, GOVERNMENT0 + government, CLOUD0 + k, subsidy, SUBSIDIES)
    w.macro[0].subsidy_cost[government] += subsidy
    vendor.levy_paid += levy
    w.macro[0].levy_revenue += levy
    post(w, VENDOR0 + v, GOVERNMENT0, levy, LEVIES)
    facility = h100e * kw * p.chips_server_overhead * 1.2 * p.energy_facility_cost_usd_per_kw[cloud.region]
    post(w, CLOUD0 + k, BUILDERS, facility, CONSTRUCTION)
    spent = total + facility
    cloud.ai_capex += spent
    cloud.capital_usd += spent
    cost = used * vendor.unit_cost
    systems = networking * p.chips_networking_cost_share + chips_usd * p.chips_system_cost_share
    overhead = (chips_usd + networking) * p.chips_overhead_share
    foundry = FOUNDRY if vendor.pool == 0 else DOMESTIC_FOUNDRY
    post(w, VENDOR0 + v, foundry, cost * 0.6, CHIP_MAKING)
    post(w, VENDOR0 + v, MEMORY if vendor.pool == 0 else DOMESTIC_FOUNDRY, cost * 0.4, CHIP_MAKING)
    post(w, VENDOR0 + v, HOUSEHOLDS, systems + overhead, VENDOR_OVERHEADS)
    vendor.chip_revenue += chips_usd
    vendor.revenue += chips_usd + networking
    vendor.cost_of_sales += cost + systems + overhead * p.chips_overhead_in_cost_of_sales


@compiled
def receive(w, v, k, h100e, only_sku):
    """Put chips into the fleets of the sites of cloud `k`, by product and month of delivery."""
    t = w.macro[0].month
    p = w.p[t]
    vendor = w.vendors[v]
    cloud = w.clouds[k]
    cloud.received_h100e += h100e
    past = w.cohorts.shape[2] - w.p.shape[0]
    china_sku = vendor.compliant_sku if cloud.region == CN and vendor.region != CN and only_sku < 0 else only_sku
    shares = 0.0
    for i in range(len(w.sites)):
        if w.sites[i].cloud == k:
            shares += w.sites[i].share
    for i in range(len(w.sites)):
        site = w.sites[i]
        if site.cloud != k or site.share <= 0.0:
            continue
        here = h100e * site.share / shares
        for s in range(len(w.skus)):
            sku = w.skus[s]
            if sku.vendor != v:
                continue
            if china_sku >= 0:
                part = 1.0 if s == china_sku else 0.0
            else:
                part = sku.mix_share
            if part <= 0.0:
                continue
            units = here * part / sku.h100e
            w.fleet[i, s] += units
            w.cohorts[i, s, t + past] += units
            site.installed_kw += units * sku.kw * p.chips_server_overhead
            site.installed_h100e += units * sku.h100e
            site.received_total_h100e += units * sku.h100e
            if v == NVIDIA:
                site.cuda_h100e += units * sku.h100e
            if vendor.region == US:
                site.us_designed_h100e += units * sku.h100e
            vendor.installed_h100e += units * sku.h100e


@compiled
def route_flow(capacity, premium, risk, elasticity, detection):
    """Chips a month through one smuggling route: `capacity x [(premium - risk) / (1 + premium)]^e x (1 - detection)`.

    Rises with the premium that compute earns in China, never above the route's capacity.
    """
    gain = premium - risk
    if gain <= 0.0:
        return 0.0
    return capacity * power(gain / (1.0 + gain), elasticity) * (1.0 - detection)


@compiled
def smuggle(w):
    """Routes carry chips to China where the premium pays for the risk; the chips come out of others' deliveries.

    Smugglers buy from neoclouds and resellers outside China: what arrives is subtracted from the fleets there, so the
    world's chips are conserved.
    """
    t = w.macro[0].month
    p = w.p[t]
    macro = w.macro[0]
    macro.smuggled_units = 0.0
    macro.smuggled_h100e = 0.0
    home = w.regions[US].rent_contract
    macro.china_premium = w.regions[CN].rent_contract / home - 1.0
    s = best_unrestricted_chip(w)
    if s < 0:
        return
    sku = w.skus[s]
    gap = 1.0
    product = w.vendors[NVIDIA].compliant_sku
    if product >= 0 and w.skus[product].china_share > 0.0:
        have = chip_value(w.skus[product].h100e, w.skus[product].bandwidth) / w.skus[product].packages
        gap = max(0.0, 1.0 - w.skus[product].china_share * w.skus[product].china_taste * have * sku.packages / chip_value(sku.h100e, sku.bandwidth))
    shadow = (1.0 + max(macro.china_premium, -0.5)) * (1.0 + p.export_controls_denial_premium * gap) - 1.0
    for n in range(len(w.routes)):
        route = w.routes[n]
        if route.flow > 0.0:
            # An active route learns and grows, up to what can be moved without being noticed.
            room = 1.0 - route.capacity * 12.0 / p.export_controls_route_ceiling
            route.capacity *= exp(p.export_controls_route_growth / 12.0 * room)
        route.wanted = gap * route_flow(
            route.capacity, shadow, route.risk, p.export_controls_smuggling_elasticity, p.export_controls_detection
        )
        taken = take_from_region(w, route.region, s, route.wanted)
        route.flow = taken
        macro.smuggled_units += taken
    h100e = macro.smuggled_units * sku.h100e
    macro.smuggled_h100e = h100e
    macro.china_stock[1] += h100e
    if h100e > 0.0:
        price = w.vendors[NVIDIA].price * (1.0 + p.export_controls_grey_premium)
        receive(w, NVIDIA, OTHER_CN, h100e, s)
        post(w, CLOUD0 + OTHER_CN, SMUGGLERS, h100e * price, SMUGGLED_CHIPS)
        w.clouds[OTHER_CN].ai_capex += h100e * price
        w.clouds[OTHER_CN].capital_usd += h100e * price


@compiled
def best_unrestricted_chip(w):
    """The dominant vendor's chip with most compute now in volume, whatever the law says of it, or -1."""
    t = w.macro[0].month
    best = -1
    most = 0.0
    for s in range(len(w.skus)):
        sku = w.skus[s]
        if sku.vendor == NVIDIA and sku.variant == 0 and sku.launch + 3 <= t <= sku.end and sku.h100e > most:
            best = s
            most = sku.h100e
    return best


@compiled
def take_from_region(w, region, s, units):
    """Remove up to `units` chips of type `s` from this month's deliveries to the resellers of a region, who are paid."""
    t = w.macro[0].month
    p = w.p[t]
    past = w.cohorts.shape[2] - w.p.shape[0]
    sku = w.skus[s]
    available = 0.0
    for i in range(len(w.sites)):
        if w.sites[i].region == region and w.sites[i].cloud == RESELLER_OF_REGION[region]:
            available += w.cohorts[i, s, t + past]
    if available <= 0.0:
        return 0.0
    share = min(1.0, units / (0.8 * available))
    taken = 0.0
    for i in range(len(w.sites)):
        site = w.sites[i]
        if site.region != region or site.cloud != RESELLER_OF_REGION[region]:
            continue
        x = 0.8 * w.cohorts[i, s, t + past] * share
        if x <= 0.0:
            continue
        w.cohorts[i, s, t + past] -= x
        w.fleet[i, s] -= x
        site.installed_kw -= x * sku.kw * p.chips_server_overhead
        site.installed_h100e -= x * sku.h100e
        site.received_total_h100e -= x * sku.h100e
        site.cuda_h100e -= x * sku.h100e
        site.us_designed_h100e -= x * sku.h100e
        w.vendors[NVIDIA].installed_h100e -= x * sku.h100e
        w.clouds[site.cloud].received_h100e -= x * sku.h100e
        post(w, SMUGGLERS, CLOUD0 + site.cloud, x * sku.h100e * w.vendors[NVIDIA].price * 1.1, SMUGGLED_CHIPS)
        w.clouds[site.cloud].capital_usd -= x * sku.h100e * w.vendors[NVIDIA].price
        taken += x
    return taken


@compiled
def cancel_refused_orders(w):
    """When the law, the licences or the buyers' guidance get stricter, the part of waiting orders that they refuse is cancelled."""
    for v in range(N_VENDORS):
        vendor = w.vendors[v]
        if vendor.region == CN:
            continue
        s = vendor.compliant_sku
        now = w.skus[s].china_share * w.skus[s].china_taste if s >= 0 else 0.0
        if now < vendor.china_permission:
            kept = now / vendor.china_permission
            lost = 0.0
            for k in range(N_CLOUDS):
                if w.clouds[k].region == CN:
                    lost += w.backlog[v, k] * (1.0 - kept)
                    w.backlog[v, k] *= kept
            if lost > 0.0:
                log_event(w, ORDERS_CANCELLED, v, -1, lost)
        vendor.china_permission = now


@compiled
def retire_chips(w):
    """Chips leave service at the end of their life, cohort by cohort."""
    t = w.macro[0].month
    p = w.p[t]
    past = w.cohorts.shape[2] - w.p.shape[0]
    due = t + past - int(p.clouds_chip_life_months)
    if due < 0:
        return
    for i in range(len(w.sites)):
        site = w.sites[i]
        for s in range(len(w.skus)):
            units = w.cohorts[i, s, due]
            if units <= 0.0:
                continue
            sku = w.skus[s]
            w.cohorts[i, s, due] = 0.0
            w.fleet[i, s] -= units
            site.installed_kw -= units * sku.kw * p.chips_server_overhead
            site.installed_h100e -= units * sku.h100e
            site.retired_h100e += units * sku.h100e
            w.vendors[sku.vendor].installed_h100e -= units * sku.h100e
            if sku.vendor == NVIDIA:
                site.cuda_h100e -= units * sku.h100e
            if w.vendors[sku.vendor].region == US:
                site.us_designed_h100e -= units * sku.h100e


@compiled
def fade_memory(w):
    """The memory of past purchases fades over a year."""
    for v in range(N_VENDORS):
        for k in range(N_CLOUDS):
            w.bought[v, k] *= 1.0 - 1.0 / 12.0


@compiled
def prepay(w, v, k, amount_usd):
    """Cloud `k` pays vendor `v` ahead for a cluster; later deliveries are set off against it."""
    w.prepaid[v, k] += post(w, CLOUD0 + k, VENDOR0 + v, amount_usd, PREPAYMENTS)
    w.clouds[k].prepaid_usd += amount_usd
