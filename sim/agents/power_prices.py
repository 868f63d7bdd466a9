"""What a kWh costs a data centre: the market price with its carbon cost, a regulated price, subsidies, taxes.

Every function takes the row of the law: IN_FORCE for bills, EXPECTED for what is built to run for years.
"""

from __future__ import annotations

from sim.accounts import CLOUD0, GOVERNMENT0, GOVERNMENT_OF_REGION, N_REGIONS, POWER0
from sim.agents.public_money import POWER, budget_left
from sim.compiled import compiled
from sim.ledger import POWER_TAXES, ROBOT_ELECTRICITY, post
from sim.world import CN, HOURS_PER_MONTH, IN_FORCE

KINDS = 5


@compiled
def carbon_per_kwh(w, row, r, usd_per_t):
    """Carbon cost of a kWh in region `r` at a price per tonne, USD: price x intensity, less what is exempt.

    Power behind the meter is taken to emit as the grid does (assumed).
    """
    p = w.p[w.macro[0].month]
    covered = 1.0 - w.policy[row].carbon_exempt[r] * p.energy_behind_meter_share[r]
    return usd_per_t / 1000.0 * p.energy_grid_intensity_kg_per_kwh[r] * covered


@compiled
def carbon_in_price(w, row, r):
    """What a carbon price adds to the price of electricity in region `r`, USD/kWh."""
    price = w.policy[row].carbon_price_usd_t[r]
    if price <= 0.0:
        return 0.0
    p = w.p[w.macro[0].month]
    return carbon_per_kwh(w, row, r, price) * p.energy_carbon_pass_through[r]


@compiled
def market_price(w, row, r):
    """Price of electricity in region `r` under the law of a row, USD/kWh: today's, at the carbon cost of that law."""
    price = w.regions[r].electricity_price
    now = carbon_in_price(w, IN_FORCE, r)
    then = carbon_in_price(w, row, r)
    return price if now == then else price - now + then


@compiled
def discounted(price, discount, floor):
    """Price after a discount that does not push it below a floor."""
    return min(price, max(price * (1.0 - discount), floor)) if discount > 0.0 else price


@compiled
def tariff(w, row, r, kind):
    """What the power company bills a data centre of a kind of cloud, USD/kWh: the market price or a regulated one."""
    regulated = w.policy[row].power_price_usd_kwh[r * KINDS + kind]
    return regulated if regulated >= 0.0 else market_price(w, row, r)


@compiled
def after_subsidy(w, row, r, price, domestic):
    """Price after the state's discount, USD/kWh, on domestic chips or on others; none once its budget is used."""
    law = w.policy[row]
    cheaper = discounted(price, law.power_discount[r], law.power_discount_floor[r])
    if domestic and r == CN:
        cheaper = min(cheaper, discounted(price, law.domestic_discount, law.domestic_floor))
    if cheaper < price and budget_left(w, row, r, POWER) <= 0.0:
        return price
    return cheaper


@compiled
def site_price(w, row, r, kind, domestic):
    """What a kWh costs a data centre in the end, USD: tariff, discount, then tax or rebate; never below zero."""
    price = after_subsidy(w, row, r, tariff(w, row, r, kind), domestic)
    levy = w.policy[row].power_levy_usd_kwh[r * KINDS + kind]
    return max(0.0, price + levy) if levy != 0.0 else price


@compiled
def policy_on_power(w, row, r, kind):
    """What policy adds to the cost of a kWh of a data centre, USD: over the market price without a carbon price."""
    without = w.regions[r].electricity_price - carbon_in_price(w, IN_FORCE, r)
    return site_price(w, row, r, kind, False) - without


@compiled
def average_price(w, r):
    """What data centres of region `r` pay per kWh on average, USD, weighted by their chips' power."""
    law = w.policy[IN_FORCE]
    plain = law.power_discount[r] <= 0.0
    for kind in range(KINDS):
        here = r * KINDS + kind
        plain = plain and law.power_levy_usd_kwh[here] == 0.0 and law.power_price_usd_kwh[here] < 0.0
    if plain:
        return w.regions[r].electricity_price
    bill = 0.0
    weight = 0.0
    for i in range(len(w.sites)):
        site = w.sites[i]
        if site.region == r:
            bill += site.installed_kw * site_price(w, IN_FORCE, r, w.clouds[site.cloud].kind, False)
            weight += site.installed_kw
    return bill / weight if weight > 0.0 else w.regions[r].electricity_price


@compiled
def energy_of_site(w, i):
    """Electricity that a site draws in the month, kWh: idle chips draw a part of full power."""
    site = w.sites[i]
    if site.installed_h100e <= 0.0:
        return 0.0
    p = w.p[w.macro[0].month]
    draw = p.energy_idle_draw + (1.0 - p.energy_idle_draw) * w.regions[site.region].utilisation
    return site.installed_kw * site.pue * (site.usable_h100e / site.installed_h100e) * draw * HOURS_PER_MONTH


@compiled
def collect_carbon_price(w):
    """Power companies pay for the carbon of what AI and robots drew, as far as allowances are not free.

    What they pass on is in the price of electricity; the rest is theirs to bear.
    """
    for r in range(N_REGIONS):
        collected = w.policy[IN_FORCE].carbon_collected_usd_t[r]
        if collected <= 0.0:
            continue
        kwh = w.receipts[ROBOT_ELECTRICITY, POWER0 + r] / 100.0 / w.regions[r].electricity_price
        for i in range(len(w.sites)):
            if w.sites[i].region == r:
                kwh += energy_of_site(w, i)
        usd = kwh * carbon_per_kwh(w, IN_FORCE, r, collected)
        post(w, POWER0 + r, GOVERNMENT0 + GOVERNMENT_OF_REGION[r], usd, POWER_TAXES)


@compiled
def tax_power(w, i, kwh, price):
    """Tax on, or rebate for, the electricity of a site, a rebate at most the price; returns USD that the cloud pays."""
    site = w.sites[i]
    levy = w.policy[IN_FORCE].power_levy_usd_kwh[site.region * KINDS + w.clouds[site.cloud].kind]
    if levy == 0.0:
        return 0.0
    government = GOVERNMENT_OF_REGION[site.region]
    usd = kwh * max(levy, -price)
    post(w, CLOUD0 + site.cloud, GOVERNMENT0 + government, usd, POWER_TAXES)
    return usd
