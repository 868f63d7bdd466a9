"""The grey market: routes that carry chips to China where the premium pays for the risk; resellers order for them."""

from __future__ import annotations

import numpy as np

from sim.accounts import (
    CLOUD0,
    GOVERNMENT0,
    GOVERNMENT_OF_REGION,
    N_REGIONS,
    NVIDIA,
    OTHER_CN,
    RESELLER_OF_REGION,
    SMUGGLERS,
)
from sim.agents.usefulness import chip_value
from sim.compiled import compiled
from sim.events import SEIZURE, log_event
from sim.ledger import PENALTIES, SMUGGLED_CHIPS, post
from sim.markets.delivery import receive
from sim.markets.trade_limits import HOME, share_found
from sim.numerics import exp, power
from sim.world import CN, IN_FORCE, US

RESELLER_MARKUP = 1.1
"""What smugglers pay resellers over the list price."""
MOST_FOUND = 0.999
"""Share of chips found beyond which a route carries nothing at any price."""


@compiled
def route_flow(capacity, premium, risk, elasticity):
    """Chips a month that one smuggling route sends: `capacity x [(premium - risk) / (1 + premium - risk)]^e`.

    Rises with the premium that compute earns in China, never above the route's capacity.
    """
    gain = premium - risk
    if gain <= 0.0:
        return 0.0
    return capacity * power(gain / (1.0 + gain), elasticity)


@compiled
def found_on(w, r, p):
    """Share of the chips on routes through region `r` that is found under the law in force."""
    return share_found(p.export_controls_detection, w.policy[IN_FORCE].detection_hazard[r])


@compiled
def added_cost(w, r, p):
    """What enforcement adds to the cost of a chip that arrives through region `r`, over the chip's list price.

    Chips that must be bought again, fines, and what carriers ask for the risk to themselves; 0 at normal enforcement,
    whose cost is in the risk of the route.
    """
    law = w.policy[IN_FORCE]
    found = min(found_on(w, r, p), MOST_FOUND)
    normal = min(p.export_controls_detection, MOST_FOUND)
    lost = found / (1.0 - found)
    again = RESELLER_MARKUP * (lost - normal / (1.0 - normal))
    return max(0.0, again) + law.smuggling_fine[r] * lost + law.route_risk[r]


@compiled
def smuggle(w):
    """Routes carry chips to China where the premium pays for the risk; the chips come out of others' deliveries.

    Smugglers buy from neoclouds and resellers outside China: what they send is subtracted from the fleets there; what
    is found on its way is seized, the rest arrives, so that the world's chips are conserved.
    """
    t = w.macro[0].month
    p = w.p[t]
    macro = w.macro[0]
    macro.smuggled_units = 0.0
    macro.smuggled_h100e = 0.0
    macro.seized_units = 0.0
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
        gap = max(
            0.0,
            1.0
            - w.skus[product].china_share
            * w.skus[product].china_taste
            * have
            * sku.packages
            / chip_value(sku.h100e, sku.bandwidth),
        )
    shadow = (1.0 + max(macro.china_premium, -0.5)) * (1.0 + p.export_controls_denial_premium * gap) - 1.0
    surcharge = 0.0
    seized_by = np.zeros(N_REGIONS)
    move_routes(w, shadow, p)
    for n in range(len(w.routes)):
        route = w.routes[n]
        if route.flow > 0.0:
            # An active route learns and grows, up to what can be moved without being noticed.
            room = 1.0 - route.capacity * 12.0 / p.export_controls_route_ceiling
            route.capacity *= exp(p.export_controls_route_growth / 12.0 * room)
        added = added_cost(w, route.region, p)
        route.wanted = gap * route_flow(
            route.capacity, shadow, route.risk + added, p.export_controls_smuggling_elasticity
        )
        sent = take_from_region(w, route.region, s, route.wanted)
        seized = sent * found_on(w, route.region, p)
        seized_by[route.region] += seized
        route.flow = sent - seized
        surcharge += route.flow * added
        macro.smuggled_units += route.flow
    seize(w, s, seized_by)
    h100e = macro.smuggled_units * sku.h100e
    macro.smuggled_h100e = h100e
    macro.china_stock[1] += h100e
    if h100e > 0.0:
        price = w.vendors[NVIDIA].price * (1.0 + p.export_controls_grey_premium)
        # What enforcement adds to their cost, smugglers get from those who buy.
        paid = h100e * price + surcharge * sku.h100e * w.vendors[NVIDIA].price
        receive(w, NVIDIA, OTHER_CN, h100e, s, HOME)
        post(w, CLOUD0 + OTHER_CN, SMUGGLERS, paid, SMUGGLED_CHIPS)
        w.clouds[OTHER_CN].ai_capex += paid
        w.clouds[OTHER_CN].capital_usd += paid


@compiled
def seize(w, s, units_by_region):
    """Chips found leave every fleet for good; smugglers have paid for them, and pay a fine where the law sets one."""
    macro = w.macro[0]
    for r in range(N_REGIONS):
        units = units_by_region[r]
        if units <= 0.0:
            continue
        h100e = units * w.skus[s].h100e
        macro.seized_units += units
        macro.seized_total_h100e += h100e
        law = w.policy[IN_FORCE]
        fine = h100e * w.vendors[NVIDIA].price * law.smuggling_fine[r]
        post(w, SMUGGLERS, GOVERNMENT0 + GOVERNMENT_OF_REGION[r], fine, PENALTIES)
        if law.detection_hazard[r] != 1.0:
            log_event(w, SEIZURE, r, -1, units)


@compiled
def move_routes(w, premium, p):
    """Capacity that enforcement leaves idle moves, a part a month, to the routes where a chip sent still pays best.

    A route uses `g = [(premium - risk) / (1 + premium - risk)]^e (1 - found)` of its capacity; what it uses less than
    at normal enforcement is idle. Capacity is conserved; without enforcement above normal nothing moves.
    """
    idle = 0.0
    pays = 0.0
    e = p.export_controls_smuggling_elasticity
    for n in range(len(w.routes)):
        route = w.routes[n]
        added = added_cost(w, route.region, p)
        pays += route_flow(1.0, premium, route.risk + added, e) * (1.0 - found_on(w, route.region, p))
    if pays <= 0.0:
        return
    for n in range(len(w.routes)):
        route = w.routes[n]
        normal = route_flow(1.0, premium, route.risk, e) * (1.0 - p.export_controls_detection)
        added = added_cost(w, route.region, p)
        now = route_flow(1.0, premium, route.risk + added, e) * (1.0 - found_on(w, route.region, p))
        if normal > now:
            leaving = p.export_controls_route_displacement * route.capacity * (1.0 - now / normal)
            route.capacity -= leaving
            idle += leaving
    if idle <= 0.0:
        return
    for n in range(len(w.routes)):
        route = w.routes[n]
        added = added_cost(w, route.region, p)
        now = route_flow(1.0, premium, route.risk + added, e) * (1.0 - found_on(w, route.region, p))
        route.capacity += idle * now / pays


@compiled
def best_unrestricted_chip(w):
    """The dominant vendor's chip that carries most of the compute it now delivers, whatever the law says, or -1."""
    t = w.macro[0].month
    best = -1
    most = 0.0
    for s in range(len(w.skus)):
        sku = w.skus[s]
        if sku.vendor == NVIDIA and sku.variant == 0 and sku.launch <= t <= sku.end and sku.mix_share > most:
            best = s
            most = sku.mix_share
    return best


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
def take_from_region(w, region, s, units):
    """Take up to `units` chips of type `s` from this month's deliveries to the resellers of a region, and pay them."""
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
        post(
            w, SMUGGLERS, CLOUD0 + site.cloud, x * sku.h100e * w.vendors[NVIDIA].price * RESELLER_MARKUP, SMUGGLED_CHIPS
        )
        w.clouds[site.cloud].capital_usd -= x * sku.h100e * w.vendors[NVIDIA].price
        taken += x
    return taken
