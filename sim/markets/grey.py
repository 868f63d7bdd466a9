"""The grey market: routes that carry chips to China where the premium pays for the risk; resellers order for them."""

from __future__ import annotations

from sim.accounts import CLOUD0, NVIDIA, OTHER_CN, RESELLER_OF_REGION, SMUGGLERS
from sim.agents.vendors import chip_value
from sim.compiled import compiled
from sim.ledger import SMUGGLED_CHIPS, post
from sim.markets.delivery import receive
from sim.numerics import exp, power
from sim.world import CN, US


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
        post(w, SMUGGLERS, CLOUD0 + site.cloud, x * sku.h100e * w.vendors[NVIDIA].price * 1.1, SMUGGLED_CHIPS)
        w.clouds[site.cloud].capital_usd -= x * sku.h100e * w.vendors[NVIDIA].price
        taken += x
    return taken
