"""Managed services of clouds: who is on them, at what price and reliability, on whose stack, and what clouds keep."""

from __future__ import annotations

import numpy as np

from sim.accounts import CLOUD_KEYS, NVIDIA
from sim.agents.stacks import LAB_OWN, OWN
from sim.measures.compute import NAMED_CLOUDS
from sim.measures.panel import Panel
from sim.measures.registry import Series, metric
from sim.measures.series import WORLD, by_key, ratio
from sim.world import HOURS_PER_MONTH

SELLERS = tuple(key for key in NAMED_CLOUDS if key not in ("meta", "xai"))
SOLD = [CLOUD_KEYS.index(key) for key in SELLERS]


def other_work(panel: Panel) -> np.ndarray:
    """Compute in use at a cloud other than for labs and hosts: its own and its customers', H100e (months, clouds)."""
    clouds = panel.clouds
    served = panel.regions["served_share"][:, clouds["region"][0]]
    return clouds["internal_demand_h100e"] * served * (clouds["active"] == 1)


def customers(panel: Panel) -> np.ndarray:
    """Compute of a cloud's outside customers, H100e (months, clouds)."""
    return panel.clouds["customers_h100e"] * (panel.clouds["active"] == 1)


def rent(panel: Panel) -> np.ndarray:
    """Contract rent at a cloud's home, USD per H100e-hour (months, clouds)."""
    return panel.regions["rent_contract"][:, panel.clouds["region"][0]]


def sellers_and_ratio(part: np.ndarray, whole: np.ndarray) -> Series:
    """Ratio per named cloud that sells compute, and of the sums over all clouds as `world`."""
    return {**by_key(ratio(part, whole)[:, SOLD], SELLERS), WORLD: ratio(part.sum(axis=1), whole.sum(axis=1))}


@metric("managed_service_share", unit="share", keys="cloud that sells compute, world", aggregation="mean")
def managed_share(panel: Panel) -> Series:
    """Part of the compute of clouds' outside customers that is sold as a managed service and not as raw hours."""
    clouds = panel.clouds
    selling = (clouds["kind"] != 1) & (clouds["kind"] != LAB_OWN)
    return sellers_and_ratio(clouds["managed_h100e"], customers(panel) * selling)


@metric("managed_price_premium", unit="share", keys="cloud that sells compute, world", aggregation="mean")
def managed_premium(panel: Panel) -> Series:
    """Price of a managed hour over a raw hour, less one; `world` is the mean over managed sales."""
    sales = panel.clouds["managed_h100e"] * rent(panel)
    return sellers_and_ratio(sales * panel.clouds["managed_price_premium"], sales)


@metric("managed_outage_share", unit="share", keys="cloud that sells compute, world", aggregation="mean")
def managed_outage(panel: Panel) -> Series:
    """Part of the hours in which managed services are down; `world` is the mean over managed compute."""
    compute = panel.clouds["managed_h100e"]
    return sellers_and_ratio(compute * panel.clouds["managed_outage"], compute)


@metric("managed_stack_share", unit="share", keys="licensed, own", aggregation="mean")
def managed_stacks(panel: Panel) -> Series:
    """Part of managed compute on the dominant vendor's licensed stack, and on clouds' own stacks."""
    compute = panel.clouds["managed_h100e"]
    own = ratio((compute * (panel.clouds["managed_stack"] == OWN)).sum(axis=1), compute.sum(axis=1))
    return {"licensed": 1.0 - own, "own": own}


@metric("vendor_licence_revenue_usd", unit="USD/month", keys="nvidia", aggregation="sum")
def licence_revenue(panel: Panel) -> Series:
    """What clouds pay the dominant vendor for the software of their managed services."""
    return {"nvidia": panel.vendors["licence_revenue"][:, NVIDIA]}


def managed_costs(panel: Panel) -> np.ndarray:
    """Licences, support and engineers of managed services, USD/month (months, clouds)."""
    clouds = panel.clouds
    return clouds["licence_cost"] + clouds["managed_support_cost"] + clouds["managed_investment"]


@metric("managed_margin", unit="share", keys="cloud that sells compute, world", aggregation="mean")
def managed_margin(panel: Panel) -> Series:
    """Premium of managed services less licences, support and engineers, over the price paid for them."""
    base = panel.clouds["managed_h100e"] * HOURS_PER_MONTH * rent(panel)
    premium = panel.clouds["managed_price_premium"]
    return sellers_and_ratio(base * premium - managed_costs(panel), base * (1.0 + premium))


@metric("cloud_gross_margin", unit="share", keys="cloud that sells compute, world", aggregation="mean")
def cloud_margin(panel: Panel) -> Series:
    """AI revenue of a cloud less what that costs, over the revenue.

    Costs are licences, support and engineers of managed services, and energy, upkeep and depreciation of the part of
    the used fleet that serves others than the cloud itself. `world` is the mean by revenue of the clouds that sell.
    """
    clouds = panel.clouds
    upkeep = (
        clouds["depreciation"]
        * (panel.parameter("clouds_depreciation_months") * panel.parameter("clouds_upkeep_share") / 12.0)[:, None]
    )
    hours = HOURS_PER_MONTH * rent(panel)
    sold = ratio(clouds["rent_income"], hours) + clouds["managed_h100e"]
    own = other_work(panel) - customers(panel)
    fleet = (clouds["energy_cost"] + upkeep + clouds["depreciation"]) * ratio(sold, sold + own)
    revenue = np.where((clouds["kind"] != 1) & (clouds["kind"] != LAB_OWN), clouds["revenue"], 0.0)
    kept = np.where(revenue > 0.0, revenue - np.nan_to_num(fleet) - managed_costs(panel), 0.0)
    return sellers_and_ratio(kept, revenue)
