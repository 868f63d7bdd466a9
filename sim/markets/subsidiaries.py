"""Purchases of Chinese clouds through subsidiaries abroad, where no entity rule treats these as their head office.

A subsidiary buys as its neighbours do: the vendor's whole roadmap, or what the law of its region leaves of it.
"""

from __future__ import annotations

import numpy as np

from sim.accounts import N_CLOUDS, N_VENDORS
from sim.agents.clouds import all_in_cost, captive_owner
from sim.compiled import compiled
from sim.events import ORDERS_CANCELLED, log_event
from sim.markets.delivery import deliver_abroad, local_product
from sim.markets.trade_limits import entity_room, permitted_mix, site_room, subsidiary_region, subsidiary_share
from sim.numerics import exp, log
from sim.world import CN, IN_FORCE, US


@compiled
def let_through(w, v, r):
    """Share of a local order in region `r` that the law lets vendor `v` fill."""
    if w.vendors[v].restricted[r] == 0:
        return 1.0
    let, _, _, _, _ = permitted_mix(w, v, r)
    return let


@compiled
def order_abroad(w, k, usd, p):
    """Split a subsidiary's budget `usd` (USD a month) between foreign vendors by the buyer's logit; keep a queue.

    The rule is that of `chips.order_chips`, at the prices of power of the subsidiary's region.
    """
    if usd <= 0.0:
        return
    r = subsidiary_region(w, k)
    weight_of = np.zeros(N_VENDORS)
    cost_of = np.ones(N_VENDORS)
    weights = 0.0
    for v in range(N_VENDORS):
        vendor = w.vendors[v]
        if vendor.region != US or captive_owner(v) >= 0 or w.macro[0].month < vendor.entry:
            continue
        _, kw, value, factor = local_product(w, v, r)
        facility = p.energy_facility_cost_usd_per_kw[r]
        cost = all_in_cost(vendor.price * factor, p.chips_networking_share, kw, p.chips_server_overhead, 1.2, facility)
        power_usd = kw * p.chips_server_overhead * 1.2 * w.regions[r].electricity_price * 8760.0 * 5.0
        worth = log(value / (cost + power_usd) * 1e4)
        utility = p.chips_buyer_elasticity * worth - p.chips_availability_weight * vendor.cover_months - vendor.friction
        weight_of[v] = exp(utility)
        cost_of[v] = cost
        weights += weight_of[v]
    law = w.policy[IN_FORCE]
    pull = max(law.subsidiary_pull, law.stockpile_pull[r], law.entity_pull[k])
    hoard = 1.0 + (p.export_controls_hoarding_factor - 1.0) * pull
    for v in range(N_VENDORS):
        if weight_of[v] <= 0.0:
            continue
        let = let_through(w, v, r) if entity_room(w, v, k, IN_FORCE) > 0.0 else 0.0
        plan = usd * weight_of[v] / weights * let / cost_of[v] * hoard
        before = w.backlog_abroad[v, k]
        order = plan + (p.chips_order_cover_months * plan - before) / p.chips_order_adjustment_months
        kept = before * (1.0 - p.chips_order_attrition)
        w.backlog_abroad[v, k] = max(0.0, kept + order)
        w.vendors[v].orders_h100e += p.chips_order_memory * max(0.0, w.backlog_abroad[v, k] - kept)


@compiled
def serve_abroad(w, v, p):
    """Deliver to subsidiaries their part of the stock of vendor `v`, by their part of the queue; returns H100e used."""
    vendor = w.vendors[v]
    served = min(1.0, vendor.inventory_h100e / vendor.backlog_h100e)
    before = vendor.inventory_h100e
    for k in range(N_CLOUDS):
        order = w.backlog_abroad[v, k]
        if order <= 0.0 or w.clouds[k].arrears_months > 0.0 or subsidiary_share(w, k) <= 0.0:
            continue
        r = subsidiary_region(w, k)
        give = min(order * served * let_through(w, v, r), entity_room(w, v, k, IN_FORCE))
        room = 0.0
        for i in range(len(w.sites)):
            if w.sites[i].cloud == k and w.sites[i].region == r:
                room += site_room(w, i, IN_FORCE)
        give = min(give, room, vendor.inventory_h100e)
        if give > 0.0:
            deliver_abroad(w, v, k, give, p)
    return before - vendor.inventory_h100e


@compiled
def cancel_abroad(w):
    """An entity rule cancels what subsidiaries abroad still wait for."""
    for k in range(N_CLOUDS):
        if w.clouds[k].region != CN or subsidiary_share(w, k) > 0.0:
            continue
        for v in range(N_VENDORS):
            if w.backlog_abroad[v, k] > 0.0:
                log_event(w, ORDERS_CANCELLED, v, k, w.backlog_abroad[v, k])
                w.backlog_abroad[v, k] = 0.0
