"""Chip vendors: product generations, production, price, capacity.

A vendor decides what it makes (the mix follows its roadmap), how much (up to packaging, memory and wafers), at what
price (a margin that responds weakly to the queue) and how much capacity to order (to bring the queue to its target).
"""

from __future__ import annotations

from sim.accounts import FOUNDRY, HUAWEI, MEMORY, N_VENDORS, NVIDIA, VENDOR0
from sim.agents.managed import erosion_factor, stacks_in_use
from sim.agents.remedy import open_software
from sim.agents.usefulness import chip_value
from sim.compiled import compiled
from sim.events import BOUND_CAPACITY_GROWTH, BOUND_HBM, log_event
from sim.ledger import CAPACITY_INVESTMENT, post
from sim.numerics import exp, log, power
from sim.world import CN, IN_FORCE


@compiled
def ramp(months_since_launch, ramp_months):
    """Share of a generation's ramp that is done: a cubic S-curve from 0 at launch to 1 after `ramp_months`."""
    x = (months_since_launch + 1.0) / ramp_months
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    return x * x * (3.0 - 2.0 * x)


@compiled
def mix_weight(w, s, t, ramp_months):
    """Weight of chip `s` in its vendor's packages: its own ramp times what younger chips have not yet replaced."""
    sku = w.skus[s]
    if sku.variant == 1 or t < sku.launch or t > sku.end:
        return 0.0
    weight = ramp(float(t - sku.launch), ramp_months)
    for other in range(len(w.skus)):
        younger = w.skus[other]
        if younger.vendor == sku.vendor and younger.variant == 0 and sku.launch < younger.launch <= t:
            weight *= 1.0 - ramp(float(t - younger.launch), ramp_months)
    return weight


@compiled
def learned_cost(unit_cost, produced, reference, learning_rate):
    """Wright's law: cost falls by `learning_rate` at each doubling of cumulative output beyond `reference`.

    Source: Wright 1936; `c = c0 (Q/Q0)^-b`, b = -log2(1 - learning rate).
    """
    if produced <= reference:
        return unit_cost
    b = -log(1.0 - learning_rate) / 0.6931471805599453
    return unit_cost * power(produced / reference, -b)


@compiled
def update_products(w):
    """Set each vendor's product mix: compute, power, memory and cost per package and per H100e."""
    t = w.macro[0].month
    p = w.p[t]
    for v in range(N_VENDORS):
        vendor = w.vendors[v]
        total = 0.0
        h100e = 0.0
        kw = 0.0
        stacks = 0.0
        cost = 0.0
        value = 0.0
        for s in range(len(w.skus)):
            if w.skus[s].vendor != v:
                continue
            weight = mix_weight(w, s, t, p.chips_generation_ramp_months)
            w.skus[s].mix_weight = weight
            w.skus[s].mix_share = 0.0
            if weight <= 0.0:
                continue
            sku = w.skus[s]
            chips = weight / sku.packages
            total += weight
            h100e += chips * sku.h100e
            kw += chips * sku.kw
            stacks += chips * sku.stacks
            cost += chips * learned_cost(
                sku.unit_cost, sku.produced_units, p.chips_learning_reference_units, p.chips_learning_rate
            )
            value += chips * chip_value(sku.h100e, sku.bandwidth)
        if total <= 0.0:
            continue
        for s in range(len(w.skus)):
            sku = w.skus[s]
            if sku.vendor == v and sku.mix_weight > 0.0:
                sku.mix_share = sku.mix_weight * sku.h100e / sku.packages / h100e
        vendor.product_h100e = h100e / total
        vendor.product_kw = kw / h100e
        vendor.product_stacks = stacks / total
        vendor.unit_cost = cost / h100e
        vendor.product_value = value / h100e
        if vendor.price <= 0.0:
            vendor.price = vendor.unit_cost / (1.0 - vendor.lerner)


@compiled
def supply_in_packages(packages, stacks, stacks_per_package, wafers, dies_per_wafer, yield_share):
    """Packages a month that the scarcest of packaging, memory and good dies allows (Leontief)."""
    limit = packages
    if stacks_per_package > 0.0:
        limit = min(limit, stacks / stacks_per_package)
    if wafers > 0.0:
        limit = min(limit, wafers * dies_per_wafer * yield_share)
    return limit


@compiled
def make_chips(w):
    """Make what the queue asks for, up to packaging, memory and wafers.

    Chinese makers keep imported HBM that they do not use: the stockpile that outlives a ban.
    """
    t = w.macro[0].month
    p = w.p[t]
    for v in range(N_VENDORS):
        vendor = w.vendors[v]
        if t < vendor.entry or vendor.product_h100e <= 0.0:
            vendor.made_h100e = 0.0
            continue
        available_stacks = vendor.stacks + vendor.stacks_inventory
        limit = supply_in_packages(
            vendor.packages, available_stacks, vendor.product_stacks, vendor.wafers, p.chips_dies_per_wafer,
            vendor.yield_share,
        )  # fmt: skip
        wanted = vendor.backlog_h100e + p.chips_inventory_cover_months * vendor.orders_h100e - vendor.inventory_h100e
        packages = min(limit, max(0.0, wanted) / vendor.product_h100e)
        memory_bound = vendor.product_stacks * packages >= 0.999 * available_stacks
        if memory_bound and packages > 0.0 and packages < 0.999 * vendor.packages:
            log_event(w, BOUND_HBM, v, -1, packages * vendor.product_stacks)
        used = packages * vendor.product_stacks
        if vendor.pool == 1:
            vendor.stacks_inventory = available_stacks - used
        vendor.made_h100e = packages * vendor.product_h100e
        vendor.inventory_h100e += vendor.made_h100e
        vendor.made_total_h100e += vendor.made_h100e
        vendor.learning_units += packages
        total = 0.0
        for s in range(len(w.skus)):
            if w.skus[s].vendor == v:
                total += w.skus[s].mix_weight
        for s in range(len(w.skus)):
            if w.skus[s].vendor == v and total > 0.0:
                share = w.skus[s].mix_weight / total
                w.skus[s].produced_units += packages * share / w.skus[s].packages


@compiled
def list_price(unit_cost, lerner, cover, target_cover, phi):
    """Price of a chip: a Lerner margin that moves weakly with the queue, `P = max(c, c/(1-L) (cover/target)^phi)`."""
    return max(unit_cost, unit_cost / (1.0 - lerner) * power(max(cover, 0.05) / target_cover, phi))


@compiled
def bertrand_margin(elasticity, chip_share_of_cost, share, most):
    """Lerner index of a seller to logit buyers: `1 / (a theta (1 - s))`, at most what the vendor dares to ask.

    `a` is the buyers' elasticity to total cost, theta the chip's share of it, s the seller's share of orders. A single
    vendor (s = 1) prices as a monopolist: nothing but the bound holds it (Anderson, de Palma and Thisse 1992).
    """
    pull = elasticity * chip_share_of_cost * (1.0 - share)
    if pull * most <= 1.0:
        return most
    return 1.0 / pull


@compiled
def wanted_margin(w, v, p):
    """Margin that vendor `v` aims at, by its share of what was delivered in the past year outside captive sales."""
    own = 0.0
    total = 0.0
    for other in range(N_VENDORS):
        for k in range(len(w.clouds)):
            total += w.bought[other, k]
            if other == v:
                own += w.bought[other, k]
    share = own / total if total > 0.0 else 0.0
    vendor = w.vendors[v]
    building = vendor.product_kw * p.chips_server_overhead * 1.2 * p.energy_facility_cost_usd_per_kw[vendor.region]
    capital = vendor.price * (1.0 + p.chips_networking_share) + building
    return bertrand_margin(p.chips_buyer_elasticity, vendor.price / capital, share, vendor.lerner)


@compiled
def set_chip_prices(w):
    """Vendors move their prices a part of the way to target: the queue clears the market, not the price."""
    p = w.p[w.macro[0].month]
    for v in range(N_VENDORS):
        vendor = w.vendors[v]
        if vendor.unit_cost <= 0.0:
            continue
        vendor.target_price = list_price(
            vendor.unit_cost,
            wanted_margin(w, v, p),
            vendor.cover_months,
            p.chips_target_cover_months,
            p.chips_price_queue_elasticity,
        )
        vendor.price *= exp(p.chips_price_adjustment * log(vendor.target_price / vendor.price))


@compiled
def advance_capacity(w):
    """Packaging and memory under construction move on: three stages, together an Erlang-3 lag."""
    p = w.p[w.macro[0].month]
    rate = min(1.0, 3.0 / p.chips_build_lag_months)
    for v in range(N_VENDORS):
        vendor = w.vendors[v]
        for k in range(2):
            pipeline = vendor.packages_pipeline if k == 0 else vendor.stacks_pipeline
            out2 = pipeline[2] * rate
            out1 = pipeline[1] * rate
            out0 = pipeline[0] * rate
            pipeline[0] -= out0
            pipeline[1] += out0 - out1
            pipeline[2] += out1 - out2
            if k == 0:
                vendor.packages += out2
            else:
                vendor.stacks += out2
        if vendor.pool == 1:
            grow_domestic_supply(w, v)


@compiled
def grow_domestic_supply(w, v):
    """Chinese wafers, yield and memory grow by domestic learning, faster when demand is denied.

    `i = i0 + i1 x unmet share`: i1 carries the quarrel about whether controls speed up domestic supply.
    """
    t = w.macro[0].month
    p = w.p[t]
    vendor = w.vendors[v]
    ordered = 1.0 + w.macro[0].china_unmet + w.vendors[HUAWEI].shipped_h100e
    unmet_share = w.macro[0].china_unmet / ordered
    vendor.domestic_learning = p.chips_domestic_learning_base + p.chips_domestic_learning_denial * unmet_share
    pace = tools_pace(w, v, p)
    growth = vendor.domestic_learning / 12.0 * pace
    vendor.wafers *= exp(growth * (1.0 - vendor.wafers / p.chips_domestic_wafer_ceiling))
    vendor.yield_share += (
        growth * 0.5 * vendor.yield_share * (1.0 - vendor.yield_share / p.chips_domestic_yield_ceiling)
    )
    share = vendor.wafers / (w.vendors[HUAWEI].wafers + w.vendors[HUAWEI + 1].wafers)
    hoard = 1.0 + (p.export_controls_memory_hoarding_factor - 1.0) * w.policy[IN_FORCE].memory_pull
    imported = p.chips_china_hbm_imports_stacks * memory_let_in(w, p) * hoard
    vendor.memory_behind += (1.0 - pace) * memory_growth(w, t)
    learned = p.chips_domestic_learning_denial * 0.25 * unmet_share
    domestic = p.chips_china_hbm_domestic_stacks * exp(learned - vendor.memory_behind)
    vendor.stacks = share * (imported + domestic)
    abroad = p.chips_china_dies_abroad * dies_let_in(w, p) * share
    vendor.packages = (vendor.wafers * p.chips_dies_per_wafer * vendor.yield_share + abroad) * 1.1


@compiled
def tools_pace(w, v, p):
    """Growth of a domestic foundry over what it would be with foreign tools: `1 - d x share that it lacks`.

    Foundries buy tools ahead of a control that they see coming, in months of growth, and live on them under it.
    """
    vendor = w.vendors[v]
    law = w.policy[IN_FORCE]
    vendor.tools_stock += (p.export_controls_hoarding_factor - 1.0) * law.tools_pull
    missing = 1.0 - law.tools_allowed
    if missing <= 0.0:
        return 1.0
    used = min(missing, vendor.tools_stock)
    vendor.tools_stock -= used
    return 1.0 - p.chips_domestic_tools_dependence * (missing - used)


@compiled
def memory_growth(w, t):
    """Growth (ln a month) that the dated path of domestic memory has this month, never negative: what tools carry."""
    if t == 0:
        return 0.0
    before = w.p[t - 1].chips_china_hbm_domestic_stacks
    now = w.p[t].chips_china_hbm_domestic_stacks
    if before <= 0.0 or now <= before:
        return 0.0
    return log(now / before)


@compiled
def memory_let_in(w, p):
    """Share of the memory that Chinese makers import which the law lets in: stacks below the line are free."""
    law = w.policy[IN_FORCE]
    if law.hbm_allowed < 1.0 and p.chips_china_hbm_density_gb_s_mm2 < law.hbm_line_gb_s_mm2:
        return 1.0
    return law.hbm_allowed


@compiled
def dies_let_in(w, p):
    """Share of dies made abroad for Chinese designers which a foundry rule leaves: small ones, and packaged ones."""
    law = w.policy[IN_FORCE]
    if law.foundry_open >= 1.0:
        return law.foundry_open
    if p.chips_china_die_transistors_billion < law.foundry_line_billion:
        return 1.0
    return law.foundry_open + (1.0 - law.foundry_open) * law.foundry_packager_exempt * p.chips_china_approved_packaging


@compiled
def order_capacity(w):
    """Vendors order packaging and memory so that the queue returns to its target; growth is bounded by the builders.

    The desired capacity covers smoothed orders, more when the queue is long: `orders x (cover / target)^gain`.
    """
    t = w.macro[0].month
    p = w.p[t]
    wanted_total = 0.0
    in_pool = 0.0
    for v in range(N_VENDORS):
        vendor = w.vendors[v]
        if vendor.pool == 1 or t + p.chips_build_lag_months < vendor.entry:
            continue
        in_pool += vendor.packages
        wanted_total += wanted_packages(w, v, p)
    # Foundry and packaging partners build for all vendors; what they can add in a month is bounded.
    most = in_pool * p.chips_pool_growth_max
    scale = 1.0
    if wanted_total > most:
        scale = most / wanted_total
        log_event(w, BOUND_CAPACITY_GROWTH, -1, -1, wanted_total)
    for v in range(N_VENDORS):
        vendor = w.vendors[v]
        if vendor.pool == 1 or t + p.chips_build_lag_months < vendor.entry:
            continue
        addition = wanted_packages(w, v, p) * scale
        vendor.packages_pipeline[0] += addition
        stacks_needed = (vendor.packages + vendor.packages_pipeline[0] + vendor.packages_pipeline[1]
                         + vendor.packages_pipeline[2]) * vendor.product_stacks * p.chips_memory_headroom  # fmt: skip
        stacks_coming = (vendor.stacks + vendor.stacks_pipeline[0] + vendor.stacks_pipeline[1]
                         + vendor.stacks_pipeline[2])  # fmt: skip
        vendor.stacks_pipeline[0] += max(
            0.0, min(stacks_needed - stacks_coming, vendor.stacks * p.chips_pool_growth_max * 2.0)
        )
        advance = addition * p.chips_capacity_prepayment_usd
        post(w, VENDOR0 + v, FOUNDRY, advance * 0.6, CAPACITY_INVESTMENT)
        post(w, VENDOR0 + v, MEMORY, advance * 0.4, CAPACITY_INVESTMENT)


@compiled
def wanted_packages(w, v, p):
    """Packaging capacity that a vendor would order this month (packages a month), never negative."""
    vendor = w.vendors[v]
    if vendor.product_h100e <= 0.0:
        return 0.0
    coming = vendor.packages + vendor.packages_pipeline[0] + vendor.packages_pipeline[1] + vendor.packages_pipeline[2]
    cover = max(vendor.cover_months, 0.2)
    desired = (
        p.chips_capacity_foresight
        * vendor.orders_h100e
        / vendor.product_h100e
        * power(cover / p.chips_target_cover_months, p.chips_capacity_gain)
    )
    return max(0.0, min(desired - coming, p.chips_vendor_growth_max * vendor.packages))


@compiled
def hub_use(w, v, installed_share):
    """Share of the hub's attention that goes to models served on the chips of vendor `v`: tooling follows use.

    Chinese chips by how far labs have ported to them, other alternatives by their share of installed compute.
    """
    use = 0.0
    for l in range(len(w.labs)):
        lab = w.labs[l]
        if lab.active == 0:
            continue
        if w.vendors[v].region == CN:
            use += lab.exposure * (lab.porting_share if lab.origin == 1 else 0.0)
        else:
            use += lab.exposure * installed_share
    return use


@compiled
def erode_friction(w):
    """Software friction of the alternatives erodes with porting effort and with their installed base.

    `F' = -(erosion + network x share of the alternative in installed compute) F`; managed services on the dominant
    vendor's stack slow it down as far as it binds to that vendor's chips, own stacks of clouds that hide the chip speed
    it up, and a remedy of competition law takes part of it away.
    """
    open_software(w)
    p = w.p[w.macro[0].month]
    total = 0.0
    for v in range(N_VENDORS):
        total += w.vendors[v].installed_h100e
    for v in range(N_VENDORS):
        if v == NVIDIA or total <= 0.0:
            continue
        vendor = w.vendors[v]
        share = vendor.installed_h100e / total
        support = p.hub_framework_support * hub_use(w, v, share)
        licensed, own = stacks_in_use(w, vendor.region == CN)
        bound = p.managed_lock_in * w.vendors[NVIDIA].remedy_left
        services = erosion_factor(licensed, own, bound, p.managed_abstraction)
        rate = (p.chips_friction_erosion + p.chips_friction_network * share + support) / 12.0
        vendor.friction *= exp(-rate * services)


@compiled
def china_product(w, v):
    """Chip of vendor `v` that may be delivered to China with the most value per package, or -1."""
    t = w.macro[0].month
    best = -1
    best_value = 0.0
    for s in range(len(w.skus)):
        sku = w.skus[s]
        if sku.vendor != v or t < sku.launch or t > sku.end or sku.china_share <= 0.0:
            continue
        value = chip_value(sku.h100e, sku.bandwidth) * sku.china_share * sku.china_taste / sku.packages
        if w.vendors[v].region == CN:
            value = chip_value(sku.h100e, sku.bandwidth)
        if value > best_value:
            best_value = value
            best = s
    return best
