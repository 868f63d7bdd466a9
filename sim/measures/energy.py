"""Electricity: megawatts, energy, price, its part in the cost of tokens, emissions."""

from __future__ import annotations

import numpy as np

from sim.measures.panel import Panel
from sim.measures.registry import Series, metric
from sim.measures.series import regions_and_mean, regions_and_sum
from sim.world import HOURS_PER_MONTH

HOURS_PER_YEAR = 12.0 * HOURS_PER_MONTH


def ai_draw_mw(panel: Panel) -> np.ndarray:
    """Average power that AI data centres draw, MW (months, 6): full load times the draw at this utilisation.

    The same formula as the electricity bill: `load x (idle + (1 - idle) x utilisation)`.
    """
    idle = panel.regional_parameter("energy_idle_draw")
    return panel.regions["load_mw"] * (idle + (1.0 - idle) * panel.regions["utilisation"])


@metric("datacentre_power_gw", unit="GW", keys="region, world", aggregation="mean")
def datacentre_power(panel: Panel) -> Series:
    """Full load of AI chips that have power, PUE included, and the load of other data centres."""
    return regions_and_sum((panel.regions["load_mw"] + panel.regions["other_datacentre_mw"]) / 1000.0)


@metric("ai_power_gw", unit="GW", keys="region, world", aggregation="mean")
def ai_power(panel: Panel) -> Series:
    """Full load of AI chips that have power, PUE included."""
    return regions_and_sum(panel.regions["load_mw"] / 1000.0)


@metric("datacentre_electricity_twh", unit="TWh/year", keys="region, world", aggregation="mean")
def datacentre_electricity(panel: Panel) -> Series:
    """Electricity that data centres use at this month's rate over a year: AI at its utilisation, and others."""
    return regions_and_sum((ai_draw_mw(panel) + panel.regions["other_datacentre_mw"]) * HOURS_PER_YEAR / 1e6)


@metric("electricity_price_usd_per_kwh", unit="USD/kWh", keys="region, world", aggregation="mean")
def electricity_price(panel: Panel) -> Series:
    """Price that data centres pay, after its response to load; `world` weighted by data-centre load."""
    load = panel.regions["load_mw"] + panel.regions["other_datacentre_mw"]
    return regions_and_mean(panel.regions["electricity_price"], load)


@metric("energy_share_of_token_cost", unit="share", keys="region, world", aggregation="mean")
def energy_share(panel: Panel) -> Series:
    """Electricity of an hour of compute, over its full hourly cost; `world` weighted by usable compute."""
    return regions_and_mean(panel.regions["token_cost_energy_share"], panel.regions["capacity_h100e"])


@metric("emissions_mt_co2", unit="Mt/month", keys="region, world", aggregation="sum")
def emissions(panel: Panel) -> Series:
    """Carbon dioxide of the electricity that AI draws: energy times the grid's dated intensity."""
    kg = ai_draw_mw(panel) * 1000.0 * HOURS_PER_MONTH * panel.regional_parameter("energy_grid_intensity_kg_per_kwh")
    return regions_and_sum(np.asarray(kg) / 1e9)
