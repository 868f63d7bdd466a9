"""Delivery of chips: what a buyer gets for its order, where it goes, who pays whom, and when it is retired."""

from __future__ import annotations

import numpy as np

from sim.accounts import (
    BUILDERS,
    CLOUD0,
    DOMESTIC_FOUNDRY,
    FOUNDRY,
    GOVERNMENT0,
    HOUSEHOLDS,
    HUAWEI,
    MEMORY,
    NVIDIA,
    VENDOR0,
)
from sim.agents.public_money import CHIPS, chip_subsidy, pay_subsidy
from sim.agents.usefulness import chip_value
from sim.compiled import compiled
from sim.ledger import CHIP_MAKING, CONSTRUCTION, LEVIES, PREPAYMENTS, SUBSIDIES, VENDOR_OVERHEADS, post
from sim.markets.trade_limits import (
    HOME,
    SUBSIDIARIES,
    limited,
    most_at_site,
    permitted_mix,
    site_takes,
    subsidiary_region,
)
from sim.world import CN, IN_FORCE, US


@compiled
def product_for(w, v, k):
    """(H100e per package, kW per H100e, value per H100e, price factor) of what vendor `v` can deliver to cloud `k`."""
    vendor = w.vendors[v]
    if w.clouds[k].region == CN and vendor.region != CN:
        s = vendor.compliant_sku
        sku = w.skus[s]
        value = chip_value(sku.h100e, sku.bandwidth) / sku.h100e
        # A chip cut for one destination is priced by what it is worth to its buyers, not by its arithmetic.
        return sku.h100e / sku.packages, sku.kw / sku.h100e, value, value / max(vendor.product_value, 0.05)
    return local_product(w, v, w.clouds[k].region)


@compiled
def local_product(w, v, r):
    """The same for a buyer in region `r`: the vendor's mix, without what law does not let through there."""
    vendor = w.vendors[v]
    if vendor.restricted[r] == 1:
        _, per_package, kw, value, _ = permitted_mix(w, v, r)
        return per_package, kw, value, value / max(vendor.product_value, 0.05)
    return vendor.product_h100e, vendor.product_kw, vendor.product_value, 1.0


@compiled
def package_equivalents(w, v, k):
    """Units of the vendor's main product that one H100e of the product for cloud `k` uses up."""
    vendor = w.vendors[v]
    if w.clouds[k].region == CN and vendor.region != CN and vendor.compliant_sku < 0:
        return 1.0
    per_package, _, _, _ = product_for(w, v, k)
    return vendor.product_h100e / per_package


@compiled
def deliver(w, v, k, h100e, p):
    """Hand `h100e` of vendor `v` to cloud `k`: the backlog falls, sites receive chips, money changes hands."""
    deliver_to(w, v, k, h100e, HOME, p)


@compiled
def deliver_abroad(w, v, k, h100e, p):
    """The same for the subsidiaries abroad of a Chinese cloud, which buy as local firms do."""
    deliver_to(w, v, k, h100e, SUBSIDIARIES, p)


@compiled
def levy_rate(w, v, k, arm):
    """Levy on what vendor `v` sells to cloud `k`, or to its subsidiaries abroad."""
    r = subsidiary_region(w, k) if arm == SUBSIDIARIES else w.clouds[k].region
    if r == CN and w.vendors[v].region != CN:
        return w.skus[w.vendors[v].compliant_sku].china_levy
    if w.vendors[v].restricted[r] == 1:
        _, _, _, _, levy = permitted_mix(w, v, r)
        return levy
    return 0.0


@compiled
def deliver_to(w, v, k, h100e, arm, p):
    """Hand `h100e` of vendor `v` to an arm of cloud `k`: its home, or its subsidiaries abroad."""
    vendor = w.vendors[v]
    cloud = w.clouds[k]
    if arm == SUBSIDIARIES:
        per_package, kw, _, factor = local_product(w, v, subsidiary_region(w, k))
        equivalent = vendor.product_h100e / per_package
        w.backlog_abroad[v, k] -= h100e
    else:
        equivalent = package_equivalents(w, v, k)
        _, kw, _, factor = product_for(w, v, k)
        w.backlog[v, k] -= h100e
    price = vendor.price * factor
    used = h100e * equivalent
    vendor.inventory_h100e -= used
    # Conservation is kept in H100e of the main product; a cut-down chip uses more of it than it delivers.
    vendor.shipped_total_h100e += used
    vendor.shipped_h100e += h100e
    vendor.sold_since_2022_h100e += h100e
    w.bought[v, k] += h100e / 12.0
    receive(w, v, k, h100e, -1, arm)
    chips_usd = h100e * price
    networking = chips_usd * p.chips_networking_share
    levy = chips_usd * levy_rate(w, v, k, arm)
    if arm == HOME and cloud.region == CN and vendor.region != CN:
        vendor.china_revenue += chips_usd + networking
        w.macro[0].china_stock[0] += h100e
    elif v == HUAWEI:
        w.macro[0].china_stock[2] += h100e
    elif v == HUAWEI + 1:
        w.macro[0].china_stock[3] += h100e
    from_prepayment = min(w.prepaid[v, k], chips_usd)
    w.prepaid[v, k] -= from_prepayment
    total = chips_usd + networking + levy * p.export_controls_levy_pass_through
    w.payable[v, k] += total - from_prepayment
    subsidy = chips_usd * chip_subsidy(w, IN_FORCE, v, cloud.region)
    pay_subsidy(w, cloud.region, CHIPS, CLOUD0 + k, subsidy, SUBSIDIES)
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
    post(w, VENDOR0 + v, HOUSEHOLDS, systems, CHIP_MAKING)
    post(w, VENDOR0 + v, HOUSEHOLDS, overhead, VENDOR_OVERHEADS)
    vendor.chip_revenue += chips_usd
    vendor.revenue += chips_usd + networking
    vendor.cost_of_sales += cost + systems + overhead * p.chips_overhead_in_cost_of_sales


@compiled
def receive(w, v, k, h100e, only_sku, arm):
    """Put chips into the fleets of the sites of an arm of cloud `k`, by product and month of delivery.

    `only_sku`: the one chip delivered, or -1 for what the vendor sells there.
    """
    t = w.macro[0].month
    p = w.p[t]
    vendor = w.vendors[v]
    cloud = w.clouds[k]
    cloud.received_h100e += h100e
    past = w.cohorts.shape[2] - w.p.shape[0]
    china_sku = only_sku
    if cloud.region == CN and vendor.region != CN and only_sku < 0 and arm == HOME:
        china_sku = vendor.compliant_sku
    here = split_by_site(w, v, k, h100e, arm, only_sku)
    for i in range(len(w.sites)):
        site = w.sites[i]
        if here[i] <= 0.0:
            continue
        r = site.region if arm == SUBSIDIARIES or cloud.region != CN or vendor.region == CN else -1
        rule = r >= 0 and vendor.restricted[r] == 1
        let = 1.0
        if rule:
            let, _, _, _, _ = permitted_mix(w, v, r)
        for s in range(len(w.skus)):
            sku = w.skus[s]
            if sku.vendor != v:
                continue
            part = sku.mix_share if china_sku < 0 else 1.0 if s == china_sku else 0.0
            if rule and china_sku < 0:
                part *= sku.sale_share[r] / let
            if part <= 0.0:
                continue
            units = here[i] * part / sku.h100e
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
def split_by_site(w, v, k, h100e, arm, only_sku):
    """H100e of a delivery by site, shape (sites,): by the shares of new chips; what law keeps from abroad goes home."""
    here = np.zeros(len(w.sites))
    shares = 0.0
    for i in range(len(w.sites)):
        if w.sites[i].cloud == k and site_takes(w, v, i, arm):
            shares += w.sites[i].share
    check = only_sku < 0 and limited(w, v, k)
    left = h100e
    home = 0.0
    for i in range(len(w.sites)):
        site = w.sites[i]
        if site.cloud != k or site.share <= 0.0 or not site_takes(w, v, i, arm):
            continue
        here[i] = h100e * site.share / shares
        if check and arm == HOME and site.region != w.clouds[k].region:
            here[i] = min(here[i], most_at_site(w, v, i, h100e))
            left -= here[i]
        else:
            home += site.share
    if check and arm == HOME:
        first = True
        for i in range(len(w.sites)):
            site = w.sites[i]
            if site.cloud == k and site.region == w.clouds[k].region:
                here[i] = left * site.share / home if home > 0.0 else (left if first else 0.0)
                first = False
    return here


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
def prepay(w, v, k, amount_usd):
    """Cloud `k` pays vendor `v` ahead for a cluster; later deliveries are set off against it."""
    w.prepaid[v, k] += post(w, CLOUD0 + k, VENDOR0 + v, amount_usd, PREPAYMENTS)
    w.clouds[k].prepaid_usd += amount_usd
