"""Regional grids: megawatts come late, and price answers load.

Energy acts on this economy much more through the time it takes to get power than through the price of a kWh.
"""

from __future__ import annotations

from sim.accounts import CLOUD0, GOVERNMENT0, GOVERNMENT_OF_REGION, N_REGIONS, POWER0
from sim.agents.clouds import effective_lag
from sim.compiled import compiled
from sim.events import BOUND_CONNECTION_LIMIT, log_event
from sim.ledger import ELECTRICITY, SUBSIDIES, post
from sim.world import CN, HOURS_PER_MONTH, IN_FORCE


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
        price = region.electricity_price
        region.domestic_price = price
        if r == CN and w.policy[IN_FORCE].domestic_discount > 0.0:
            region.domestic_price = min(
                price, max(price * (1.0 - w.policy[IN_FORCE].domestic_discount), w.policy[IN_FORCE].domestic_floor)
            )
        region.other_datacentre_mw = p.energy_other_datacentre_twh[r] * 1e6 / 8760.0


@compiled
def connect_sites(w):
    """Sites under construction move on through three stages (Erlang-3) and are energised, up to the region's limit."""
    p = w.p[w.macro[0].month]
    for r in range(N_REGIONS):
        region = w.regions[r]
        rate = min(1.0, 3.0 / effective_lag(p, r))
        ready = 0.0
        for i in range(len(w.sites)):
            if w.sites[i].region == r:
                ready += w.sites[i].pipeline_mw[2] * rate
        limit = p.energy_connection_limit_gw_per_year[r] * 1000.0 / 12.0
        scale = 1.0
        if ready > limit:
            scale = limit / ready
            log_event(w, BOUND_CONNECTION_LIMIT, r, -1, ready)
        region.energised_mw = 0.0
        queue = 0.0
        power = 0.0
        for i in range(len(w.sites)):
            site = w.sites[i]
            if site.region != r:
                continue
            out2 = site.pipeline_mw[2] * rate * scale
            out1 = site.pipeline_mw[1] * rate
            out0 = site.pipeline_mw[0] * rate
            site.pipeline_mw[0] -= out0
            site.pipeline_mw[1] += out0 - out1
            site.pipeline_mw[2] += out1 - out2
            site.power_mw += out2
            region.energised_mw += out2
            queue += site.pipeline_mw[0] + site.pipeline_mw[1] + site.pipeline_mw[2]
            power += site.power_mw
        region.queue_mw = queue
        region.power_mw = power


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
def pay_for_electricity(w):
    """Clouds pay for the energy that their fleets draw; domestic chips in China may have a cheaper tariff."""
    t = w.macro[0].month
    p = w.p[t]
    for k in range(len(w.clouds)):
        w.clouds[k].energy_cost = 0.0
        w.clouds[k].energy_bill = 0.0
    for i in range(len(w.sites)):
        site = w.sites[i]
        if site.installed_h100e <= 0.0:
            continue
        region = w.regions[site.region]
        cloud = w.clouds[site.cloud]
        draw = p.energy_idle_draw + (1.0 - p.energy_idle_draw) * region.utilisation
        kwh = site.installed_kw * site.pue * (site.usable_h100e / site.installed_h100e) * draw * HOURS_PER_MONTH
        bill = kwh * region.electricity_price
        post(w, CLOUD0 + site.cloud, POWER0 + site.region, bill, ELECTRICITY)
        cloud.energy_cost += bill
        cloud.energy_bill += bill
        tariff = region.domestic_price
        if site.region == CN and tariff < region.electricity_price:
            domestic = 1.0 - site.us_designed_h100e / site.installed_h100e
            rebate = kwh * domestic * (region.electricity_price - tariff)
            government = GOVERNMENT_OF_REGION[site.region]
            post(w, GOVERNMENT0 + government, CLOUD0 + site.cloud, rebate, SUBSIDIES)
            cloud.energy_cost -= rebate
            w.macro[0].subsidy_cost[government] += rebate
