"""Regional grids: megawatts come late, and price answers load.

Energy acts on this economy much more through the time it takes to get power than through the price of a kWh.
"""

from __future__ import annotations

import numpy as np

from sim.accounts import CLOUD0, GOVERNMENT0, GOVERNMENT_OF_REGION, N_CLOUDS, N_REGIONS, POWER0
from sim.agents.clouds import effective_lag
from sim.agents.power_prices import (
    KINDS,
    after_subsidy,
    carbon_in_price,
    collect_carbon_price,
    energy_of_site,
    tariff,
    tax_power,
)
from sim.agents.public_money import POWER, budget_left, pay_subsidy
from sim.compiled import compiled
from sim.events import BOUND_CONNECTION_LIMIT, BOUND_SUBSIDY_BUDGET, log_event
from sim.ledger import DATACENTRE_LEVIES, ELECTRICITY, GRID_PROGRAMMES, SUBSIDIES, post
from sim.world import CN, IN_FORCE


@compiled
def responsive_price(base_price, ai_mw, ai_mw_start, system_mw, response):
    """Electricity price (USD/kWh) after the response to AI load: `base (1 + response x added load / system load)`."""
    return base_price * (1.0 + response * (ai_mw - ai_mw_start) / system_mw)


@compiled
def set_electricity_prices(w):
    """Industrial price per region: a dated input and the response to the load of AI."""
    p = w.p[w.macro[0].month]
    start = w.p[0]
    for r in range(N_REGIONS):
        region = w.regions[r]
        region.electricity_price = responsive_price(
            p.energy_electricity_price[r], region.load_mw, start.energy_ai_load_start_mw[r],
            p.energy_system_load_gw[r] * 1000.0, p.energy_price_response,
        )  # fmt: skip
        carbon = carbon_in_price(w, IN_FORCE, r)
        if carbon > 0.0:
            region.electricity_price += carbon
        region.domestic_price = (
            after_subsidy(w, IN_FORCE, r, region.electricity_price, True) if r == CN else (region.electricity_price)
        )
        region.other_datacentre_mw = p.energy_other_datacentre_twh[r] * 1e6 / 8760.0


@compiled
def connect_sites(w):
    """Sites under construction move on through three stages (Erlang-3) and are energised, up to the region's limit."""
    p = w.p[w.macro[0].month]
    for r in range(N_REGIONS):
        region = w.regions[r]
        law = w.policy[IN_FORCE]
        rate = min(1.0, 3.0 / effective_lag(p, r, law.grid_lag_factor[r]))
        ready = 0.0
        for i in range(len(w.sites)):
            if w.sites[i].region == r:
                ready += w.sites[i].pipeline_mw[2] * rate
        limit = p.energy_connection_limit_gw_per_year[r] * 1000.0 / 12.0 * law.grid_limit_factor[r]
        scale = np.ones(KINDS)
        if ready > limit:
            share_connections(w, r, rate, ready, limit, scale)
            log_event(w, BOUND_CONNECTION_LIMIT, r, -1, ready)
        region.energised_mw = 0.0
        queue = 0.0
        power = 0.0
        for i in range(len(w.sites)):
            site = w.sites[i]
            if site.region != r:
                continue
            out2 = site.pipeline_mw[2] * rate * scale[w.clouds[site.cloud].kind]
            out1 = site.pipeline_mw[1] * rate
            out0 = site.pipeline_mw[0] * rate
            site.pipeline_mw[0] -= out0
            site.pipeline_mw[1] += out0 - out1
            site.pipeline_mw[2] += out1 - out2
            site.power_mw += out2
            region.energised_mw += out2
            charge_new_power(w, i, out2)
            queue += site.pipeline_mw[0] + site.pipeline_mw[1] + site.pipeline_mw[2]
            power += site.power_mw
        region.queue_mw = queue
        region.power_mw = power


@compiled
def share_connections(w, r, rate, ready_mw, limit_mw, scale):
    """Write the share of what is ready that each kind of cloud may connect: by priority, nobody more than is ready.

    Water filling: each kind gets `min(1, x priority)` of what it has ready, with x such that the limit is used up.
    Equal priorities give the same share to all.
    """
    first = w.policy[IN_FORCE].grid_priority[r * KINDS]
    equal = True
    for kind in range(1, KINDS):
        equal = equal and w.policy[IN_FORCE].grid_priority[r * KINDS + kind] == first
    if equal:
        scale[:] = limit_mw / ready_mw
        return
    waiting = np.zeros(KINDS)
    for i in range(len(w.sites)):
        if w.sites[i].region == r:
            waiting[w.clouds[w.sites[i].cloud].kind] += w.sites[i].pipeline_mw[2] * rate
    full = np.zeros(KINDS)
    for _ in range(KINDS):
        left = limit_mw
        claims = 0.0
        for kind in range(KINDS):
            if full[kind] > 0.0:
                left -= waiting[kind]
            else:
                claims += w.policy[IN_FORCE].grid_priority[r * KINDS + kind] * waiting[kind]
        filled = False
        for kind in range(KINDS):
            if full[kind] > 0.0 or waiting[kind] <= 0.0:
                continue
            scale[kind] = w.policy[IN_FORCE].grid_priority[r * KINDS + kind] * left / claims
            if scale[kind] >= 1.0:
                scale[kind] = 1.0
                full[kind] = 1.0
                filled = True
        if not filled:
            return


@compiled
def charge_new_power(w, i, new_mw):
    """New power of a site: its owner pays the levy on it, the government what it puts into the connection."""
    site = w.sites[i]
    r = site.region
    government = GOVERNMENT_OF_REGION[r]
    levy = w.policy[IN_FORCE].datacentre_levy_usd_kw[r]
    if levy > 0.0 and w.clouds[site.cloud].active == 1:
        post(w, CLOUD0 + site.cloud, GOVERNMENT0 + government, new_mw * 1000.0 * levy, DATACENTRE_LEVIES)
    public = w.policy[IN_FORCE].grid_spending_usd_mw[r] * new_mw
    if public > 0.0:
        post(w, GOVERNMENT0 + government, POWER0 + r, public, GRID_PROGRAMMES)
        w.macro[0].subsidy_cost[government] += public


@compiled
def usable_compute(installed_h100e, installed_kw, pue, power_mw):
    """Compute with power, H100e: `min(installed, MW / (kW per H100e x PUE))`; the rest is warehoused."""
    if installed_h100e <= 0.0:
        return 0.0
    need_mw = installed_kw * pue / 1000.0
    if need_mw <= power_mw:
        return installed_h100e
    return installed_h100e * power_mw / need_mw


@compiled
def power_fleets(w):
    """Match chips with power at every site, and add up clouds and regions."""
    for k in range(len(w.clouds)):
        cloud = w.clouds[k]
        cloud.installed_h100e = 0.0
        cloud.usable_h100e = 0.0
    for r in range(N_REGIONS):
        region = w.regions[r]
        region.capacity_h100e = 0.0
        region.cuda_h100e = 0.0
        region.us_designed_h100e = 0.0
        region.load_mw = 0.0
    for i in range(len(w.sites)):
        site = w.sites[i]
        region = w.regions[site.region]
        cloud = w.clouds[site.cloud]
        site.usable_h100e = usable_compute(site.installed_h100e, site.installed_kw, site.pue, site.power_mw)
        if cloud.active == 0:
            site.usable_h100e = 0.0
        elif w.macro[0].month < site.idle_until:
            site.usable_h100e *= 1.0 - site.idle_share  # chips of an estate stand idle until a new owner runs them
        cloud.installed_h100e += site.installed_h100e
        region.capacity_h100e += site.usable_h100e
        if cloud.active == 1:
            cloud.usable_h100e += site.usable_h100e
        if site.installed_h100e > 0.0:
            powered = site.usable_h100e / site.installed_h100e
            region.cuda_h100e += site.cuda_h100e * powered
            region.us_designed_h100e += site.us_designed_h100e * powered
            region.load_mw += site.installed_kw * site.pue / 1000.0 * powered
    for k in range(len(w.clouds)):
        cloud = w.clouds[k]
        cloud.warehoused_h100e = cloud.installed_h100e - cloud.usable_h100e
    for r in range(N_REGIONS):
        region = w.regions[r]
        if region.capacity_h100e > 0.0:
            region.mix_us_designed = region.us_designed_h100e / region.capacity_h100e
            region.chip_kw = region.load_mw * 1000.0 / region.capacity_h100e


@compiled
def rebate_of_site(w, i, kwh, price):
    """What the state takes off the bill of a site, USD: discounts on its domestic chips and on the others."""
    site = w.sites[i]
    r = site.region
    others = price - after_subsidy(w, IN_FORCE, r, price, False)
    domestic_saving = price - after_subsidy(w, IN_FORCE, r, price, True)
    if domestic_saving <= 0.0:
        return 0.0
    domestic = 1.0 - site.us_designed_h100e / site.installed_h100e
    return kwh * domestic * domestic_saving + kwh * (1.0 - domestic) * others


@compiled
def pay_for_electricity(w):
    """Clouds pay for the energy that their fleets draw, with discounts, taxes and rebates; the carbon price is paid."""
    for k in range(N_CLOUDS):
        w.clouds[k].energy_cost = 0.0
        w.clouds[k].energy_bill = 0.0
    # Where a budget would not last for the month, all get the same part of their discount.
    part = np.ones(N_REGIONS)
    for r in range(N_REGIONS):
        if w.policy[IN_FORCE].power_subsidy_budget[r] < 0.0:
            continue
        claims = 0.0
        for i in range(len(w.sites)):
            if w.sites[i].region == r and w.sites[i].installed_h100e > 0.0:
                price = tariff(w, IN_FORCE, r, w.clouds[w.sites[i].cloud].kind)
                claims += rebate_of_site(w, i, energy_of_site(w, i), price)
        left = budget_left(w, IN_FORCE, r, POWER)
        if claims > left:
            part[r] = left / claims
            log_event(w, BOUND_SUBSIDY_BUDGET, r, -1, w.policy[IN_FORCE].power_subsidy_budget[r])
    for i in range(len(w.sites)):
        site = w.sites[i]
        if site.installed_h100e <= 0.0:
            continue
        cloud = w.clouds[site.cloud]
        kwh = energy_of_site(w, i)
        price = tariff(w, IN_FORCE, site.region, cloud.kind)
        bill = kwh * price
        post(w, CLOUD0 + site.cloud, POWER0 + site.region, bill, ELECTRICITY)
        cloud.energy_cost += bill
        cloud.energy_bill += bill
        wanted = rebate_of_site(w, i, kwh, price)
        rebate = wanted * part[site.region]
        paid = pay_subsidy(w, site.region, POWER, CLOUD0 + site.cloud, rebate, SUBSIDIES)
        cloud.energy_cost -= paid
        cloud.energy_cost += tax_power(w, i, kwh, price - (paid / kwh if kwh > 0.0 else 0.0))
    collect_carbon_price(w)
