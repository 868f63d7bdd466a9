"""The chip market: orders by a logit over vendors, queues, allocation of what is scarce, delivery, smuggling.

List prices do not clear this market. Orders wait, vendors decide who is served first, and what the law forbids finds
other ways or stays unmet.
"""

from __future__ import annotations

import numpy as np

from sim.accounts import N_CLOUDS, N_LABS, N_VENDORS, NVIDIA
from sim.agents.clouds import OWN_USE, all_in_cost, captive_owner, facility_cost, may_buy
from sim.agents.power_prices import site_price
from sim.agents.public_money import chip_subsidy
from sim.agents.remedy import friction_ahead
from sim.agents.vendors import ramp
from sim.compiled import compiled
from sim.events import (
    BOUND_CAPACITY_RATIONED,
    BOUND_COUNTRY_CAP,
    BOUND_ENTITY_CAP,
    BOUND_LICENCE_CAP,
    ORDERS_CANCELLED,
    log_event,
)
from sim.markets.delivery import deliver, package_equivalents, product_for
from sim.markets.grey import resold_h100e
from sim.markets.subsidiaries import cancel_abroad, order_abroad, serve_abroad
from sim.markets.trade_limits import (
    UNLIMITED,
    entity_room,
    home_sales,
    licence_room,
    permitted_mix,
    region_room,
    subsidiary_share,
)
from sim.numerics import exp, log, power
from sim.world import CN, EXPECTED, IN_FORCE, US


@compiled
def buyer_utility(value_per_dollar, cover_months, friction, a, availability_weight):
    """Utility of a vendor's chips: `V = a ln(value per dollar of total cost) - weight x queue - F`.

    With a = 4 the moat of the dominant vendor is about 45 % of price (derived from stocks at end-2025).
    """
    return a * log(value_per_dollar) - availability_weight * cover_months - friction


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
        hoard = 1.0
        pull = max(w.policy[IN_FORCE].stockpile_pull[cloud.region], w.policy[IN_FORCE].entity_pull[k])
        if pull > 0.0:
            hoard = 1.0 + (p.export_controls_hoarding_factor - 1.0) * pull
        # Subsidiaries abroad that buy as local firms do have their part of the budget.
        abroad = subsidiary_share(w, k)
        order_abroad(w, k, cloud.ai_capex_plan * abroad, p)
        spending = cloud.ai_capex_plan * (1.0 - abroad)
        weights = 0.0
        refused = 0.0
        open_to = 0.0
        domestic = 0.0
        forbidden = 0.0
        for v in range(N_VENDORS):
            weight_of[v] = vendor_weight(w, v, k, p)
            weights += weight_of[v]
            allowed = permission(w, v, k)
            open_to += weight_of[v] * allowed
            if w.vendors[v].region == CN:
                domestic += weight_of[v]
            else:
                refused += weight_of[v] * (1.0 - allowed)
        if cloud.region == CN:
            # What Chinese buyers would order from the dominant vendor's unrestricted product, if the law let them.
            vendor = w.vendors[NVIDIA]
            worth = vendor.product_value / vendor_total_cost(
                vendor.price,
                vendor.product_kw,
                site_price(w, EXPECTED, cloud.region, cloud.kind, False),
                facility_cost(w, cloud.region, p),
                p,
            )
            free = exp(
                buyer_utility(
                    worth * 1e4, vendor.cover_months, 0.0, p.chips_buyer_elasticity, p.chips_availability_weight
                )
            )
            forbidden = free / (free + weights)
        if weights <= 0.0:
            unmet_now += spending / (w.vendors[NVIDIA].price * 1.8)
            continue
        # Contracts say where part of the money goes; the rest is free.
        promised = min(cloud.earmarked_usd, spending)
        promised_scale = promised / cloud.earmarked_usd if cloud.earmarked_usd > 0.0 else 0.0
        for v in range(N_VENDORS):
            weight = weight_of[v]
            if weight <= 0.0:
                w.backlog[v, k] *= 0.9
                continue
            _, kw, _, factor = product_for(w, v, k)
            price = w.vendors[v].price * factor * (1.0 - chip_subsidy(w, EXPECTED, v, cloud.region))
            cost = all_in_cost(
                price,
                p.chips_networking_share,
                kw,
                p.chips_server_overhead,
                1.2,
                facility_cost(w, cloud.region, p),
            )
            # A budget that the law keeps from its first choice is spent in part on the second.
            bite = 1.0
            if cloud.region == CN:
                bite = 1.0 - forbidden * (1.0 - p.export_controls_substitution) * (1.0 if restricted(w, v) else 0.0)
            # What either key refuses goes to domestic chips in part; the rest stays unspent.
            share = weight * permission(w, v, k) / weights
            if w.vendors[v].region == CN and domestic > 0.0:
                share += p.export_controls_substitution * refused / weights * weight / domestic
            elif cloud.region != CN and refused > 0.0 and open_to > 0.0:
                # Elsewhere it goes to what the law lets through of all vendors.
                share *= 1.0 + p.export_controls_substitution * refused / open_to
            budget = (spending - promised) * share * bite + w.earmark[v, k] * promised_scale
            plan = budget / cost * hoard
            if v == NVIDIA and cloud.region != CN:
                plan += resold_h100e(w, k)
            order = plan + (p.chips_order_cover_months * plan - w.backlog[v, k]) / p.chips_order_adjustment_months
            before = w.backlog[v, k]
            w.backlog[v, k] = max(0.0, before * (1.0 - p.chips_order_attrition) + order)
            w.vendors[v].orders_h100e += p.chips_order_memory * max(
                0.0, w.backlog[v, k] - before * (1.0 - p.chips_order_attrition)
            )
            if cloud.region == CN and restricted(w, v):
                lost = weight / weights * (1.0 - bite) + (
                    weight / weights - share if w.vendors[v].region != CN else 0.0
                )
                unmet_now += spending * lost / (w.vendors[NVIDIA].price * 1.8)
    w.macro[0].china_unmet += (unmet_now - w.macro[0].china_unmet) / 6.0
    count_backlog(w)


@compiled
def count_backlog(w):
    """Add up what waits with every vendor, in its main product."""
    for v in range(N_VENDORS):
        vendor = w.vendors[v]
        total = 0.0
        for k in range(N_CLOUDS):
            if w.backlog[v, k] > 0.0:
                total += w.backlog[v, k] * package_equivalents(w, v, k)
            if w.backlog_abroad[v, k] > 0.0:
                total += w.backlog_abroad[v, k]
        vendor.backlog_h100e = total


@compiled
def restricted(w, v):
    """Whether orders of China with vendor `v` stand in for a product that it may not freely buy."""
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
    _, kw, value, factor = product_for(w, v, k)
    domestic = cloud.region == CN and vendor.region == CN
    electricity = site_price(w, EXPECTED, cloud.region, cloud.kind, domestic)
    price = vendor.price * factor
    if cloud.region == CN and vendor.region != CN:
        s = vendor.compliant_sku
        price *= 1.0 + w.skus[s].china_levy * p.export_controls_levy_pass_through
    if vendor.restricted[cloud.region] == 1:
        _, _, _, _, levy = permitted_mix(w, v, cloud.region)
        price *= 1.0 + levy * p.export_controls_levy_pass_through
    price *= 1.0 - chip_subsidy(w, EXPECTED, v, cloud.region)
    worth = value / vendor_total_cost(price, kw, electricity, facility_cost(w, cloud.region, p), p)
    friction = friction_ahead(w, v, p)
    if captive_owner(v) == k:
        friction -= p.chips_captive_owner_bonus
    elif captive_owner(v) >= 0:
        # A design that is sold in part is available to outsiders in part.
        friction += p.chips_captive_outside_penalty - log(p.chips_tpu_sold_outside)
    utility = buyer_utility(
        worth * 1e4, vendor.cover_months, friction, p.chips_buyer_elasticity, p.chips_availability_weight
    )
    return exp(utility)


@compiled
def allocation_priority(past_share, prepaid_share, stake, kind, p):
    """Claim on scarce supply per H100e ordered, by one of three rules.

    Proportional: 1 for all. Relationship: `past^a x prepaid^b x (1 + stake)^c`. Classes: the largest clouds (kinds 0
    and 1) come before all others by a fixed factor. No public evidence: a structural variant (assumed).
    """
    if p.chips_allocation_rule < 0.5:
        return 1.0
    if p.chips_allocation_rule > 1.5:
        return p.chips_allocation_class_factor if kind <= OWN_USE else 1.0
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
        at_home = home_sales(w, v, vendor.compliant_sku) if vendor.compliant_sku >= 0 else 0.0
        left = vendor.inventory_h100e - serve_abroad(w, v, p)
        past = 1e-9
        paid = 1e-9
        for k in range(N_CLOUDS):
            past += w.bought[v, k]
            paid += w.prepaid[v, k]
        for k in range(N_CLOUDS):
            may_have[k] = deliverable(w, v, k, at_home, p)
            priority[k] = 0.0
            if may_have[k] > 1e-9:
                priority[k] = allocation_priority(
                    w.bought[v, k] / past, w.prepaid[v, k] / paid, w.stake[v, N_LABS + k], w.clouds[k].kind, p
                )
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
def permission(w, v, k):
    """Share of what cloud `k` would order from vendor `v` that both keys let through: licences and the buyer's side."""
    r = w.clouds[k].region
    if entity_room(w, v, k, IN_FORCE) <= 0.0:
        return 0.0
    if r != CN or w.vendors[v].region == CN:
        if w.vendors[v].restricted[r] == 0:
            return 1.0
        let, _, _, _, _ = permitted_mix(w, v, r)
        return let
    s = w.vendors[v].compliant_sku
    return w.skus[s].china_share * w.skus[s].china_taste if s >= 0 else 0.0


@compiled
def under_caps(w, v, k, order):
    """Part of an order that caps on countries and on named firms leave (H100e); a cap that binds is logged."""
    if w.vendors[v].region != US or order <= 0.0:
        return order
    firm = entity_room(w, v, k, IN_FORCE)
    if order > firm:
        log_event(w, BOUND_ENTITY_CAP, k, -1, w.policy[IN_FORCE].entity_cap_h100e[k])
        order = firm
    r = w.clouds[k].region
    country = region_room(w, r, k, IN_FORCE)
    if country < UNLIMITED:
        # What is left is shared by the orders that wait in the region.
        waiting = 0.0
        for j in range(N_CLOUDS):
            if w.clouds[j].region == r:
                waiting += max(0.0, w.backlog[v, j])
        country *= min(1.0, w.backlog[v, k] / waiting) if waiting > 0.0 else 0.0
        if order > country:
            log_event(w, BOUND_COUNTRY_CAP, r, -1, w.policy[IN_FORCE].country_cap_h100e[r])
            order = country
    return order


@compiled
def deliverable(w, v, k, home_sales, p):
    """Order of cloud `k` that may be delivered this month (H100e): none without licences, by ramp, at most the caps.

    Outside China, of what waits with a vendor that may not sell all it makes the share that is let through.
    """
    order = w.backlog[v, k]
    r = w.clouds[k].region
    if w.clouds[k].arrears_months > 0.0:
        return 0.0
    order = under_caps(w, v, k, order)
    if r != CN or w.vendors[v].region == CN or order <= 0.0:
        if w.vendors[v].restricted[r] == 1:
            let, _, _, _, _ = permitted_mix(w, v, r)
            cap = licence_room(w, v, r)
            if let * order > cap:
                log_event(w, BOUND_LICENCE_CAP, v, k, cap)
            order = min(let * order, cap)
        return order
    s = w.vendors[v].compliant_sku
    if s < 0:
        return 0.0
    sku = w.skus[s]
    if sku.china_share <= 0.0:
        return 0.0
    # A part cut for one destination ramps up as any other product does, faster because its die exists.
    allowed = order * (
        ramp(float(w.macro[0].month - sku.launch), p.chips_variant_ramp_months) if sku.variant == 1 else 1.0
    )
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
def cancel_refused_orders(w):
    """When licences or guidance get stricter, the part of waiting Chinese orders that they now refuse is cancelled."""
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
    cancel_abroad(w)


@compiled
def orders_for_own_use(w, v, k, p):
    """H100e that cloud `k` waits for at vendor `v`, less what it has ordered for smugglers, who pay on delivery."""
    order = w.backlog[v, k]
    if v == NVIDIA:
        order -= p.chips_order_cover_months * resold_h100e(w, k)
    return max(0.0, order)


@compiled
def cancel_unpayable_orders(w):
    """Clouds cancel what waits in queues beyond what they could pay for within the horizon of their finance."""
    p = w.p[w.macro[0].month]
    if p.credit_default_clearing < 0.5:
        return
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        if cloud.active == 0 or cloud.finance_limit <= 0.0:
            continue
        value = 0.0
        for v in range(N_VENDORS):
            value += orders_for_own_use(w, v, k, p) * w.vendors[v].price * (1.0 + p.chips_networking_share)
        most = p.credit_cancel_months * max(0.0, cloud.finance_limit - cloud.legacy_capex)
        if value <= max(most, p.alliances_least_contract_usd):
            continue
        for v in range(N_VENDORS):
            lost = orders_for_own_use(w, v, k, p) * (1.0 - most / value)
            if lost > 0.0:
                w.backlog[v, k] -= lost
                log_event(w, ORDERS_CANCELLED, v, k, lost)
        count_backlog(w)


@compiled
def fade_memory(w):
    """The memory of past purchases fades over a year."""
    for v in range(N_VENDORS):
        for k in range(N_CLOUDS):
            w.bought[v, k] *= 1.0 - 1.0 / 12.0
