"""Delivery of chips: what a buyer gets for its order, where it goes, who pays whom, and when it is retired."""

from __future__ import annotations

from sim.accounts import (
    BUILDERS,
    CLOUD0,
    DOMESTIC_FOUNDRY,
    FOUNDRY,
    GOVERNMENT0,
    GOVERNMENT_OF_REGION,
    HOUSEHOLDS,
    HUAWEI,
    MEMORY,
    NVIDIA,
    VENDOR0,
)
from sim.agents.vendors import chip_value
from sim.compiled import compiled
from sim.ledger import CHIP_MAKING, CONSTRUCTION, LEVIES, PREPAYMENTS, SUBSIDIES, VENDOR_OVERHEADS, post
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
    vendor = w.vendors[v]
    cloud = w.clouds[k]
    equivalent = package_equivalents(w, v, k)
    _, kw, _, factor = product_for(w, v, k)
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
    w.payable[v, k] += total - from_prepayment
    subsidy = (
        chips_usd * w.policy[IN_FORCE].chip_subsidy[cloud.region] * (1.0 if vendor.region == cloud.region else 0.0)
    )
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
    post(w, VENDOR0 + v, HOUSEHOLDS, systems, CHIP_MAKING)
    post(w, VENDOR0 + v, HOUSEHOLDS, overhead, VENDOR_OVERHEADS)
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
            part = sku.mix_share if china_sku < 0 else 1.0 if s == china_sku else 0.0
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
