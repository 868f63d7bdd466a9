"""Clouds and the compute they own and rent out, by owner and by region."""

from __future__ import annotations

import numpy as np

from sim.accounts import CLOUD_KEYS
from sim.measures.panel import Panel
from sim.measures.registry import Series, metric
from sim.measures.series import WORLD, by_key, herfindahl, ratio, regional_ratio, regions_and_mean, regions_and_sum
from sim.world import CN, REGIONS

NAMED_CLOUDS = (
    "microsoft", "amazon", "google", "meta", "oracle", "coreweave", "xai", "alibaba", "bytedance", "tencent",
    "huawei_cloud",
)  # fmt: skip
BIG4 = ("microsoft", "amazon", "google", "meta")
MANY_FIRMS = ("other_us", "other_cn", "eu_cloud", "gulf_cloud", "sea_cloud", "row_cloud")
"""Rows that stand for many small firms: no single share to square in an index of concentration."""
NAMED = [CLOUD_KEYS.index(key) for key in NAMED_CLOUDS]
FOUR = [CLOUD_KEYS.index(key) for key in BIG4]
SINGLE = [index for index, key in enumerate(CLOUD_KEYS) if key not in MANY_FIRMS]
FRINGE = [CLOUD_KEYS.index(key) for key in MANY_FIRMS]


def by_region_of_site(panel: Panel, per_site: np.ndarray) -> np.ndarray:
    """Sums over the sites of each region: shape (months, sites) to (months, 6)."""
    return per_site @ np.eye(len(REGIONS))[panel.sites["region"][0]]


def hhi_of_clouds(per_cloud: np.ndarray) -> np.ndarray:
    """Herfindahl-Hirschman index of clouds (months,); rows that stand for many small firms are a fringe."""
    return herfindahl(per_cloud[:, SINGLE], per_cloud[:, FRINGE].sum(axis=1))


@metric("compute_owner_stock_h100e", unit="H100e", keys="cloud, big4, cn_all, other", aggregation="end")
def owner_stock(panel: Panel) -> Series:
    """Compute that a cloud has installed or in store; `cn_all`: all Chinese owners, `other`: who is in no other key."""
    stock = panel.clouds["installed_h100e"]
    chinese = panel.clouds["region"][0] == CN
    rest = ~chinese
    rest[NAMED] = False
    return {
        **by_key(stock[:, NAMED], NAMED_CLOUDS),
        "big4": stock[:, FOUR].sum(axis=1),
        "cn_all": stock[:, chinese].sum(axis=1),
        "other": stock[:, rest].sum(axis=1),
    }


@metric("hhi_compute_owners", unit="0-10,000", keys="world", aggregation="mean")
def hhi_owners(panel: Panel) -> Series:
    """Herfindahl-Hirschman index of owners by installed compute; small owners are a fringe that adds no square."""
    return {WORLD: hhi_of_clouds(panel.clouds["installed_h100e"])}


@metric("hhi_cloud_revenue", unit="0-10,000", keys="world", aggregation="mean")
def hhi_cloud_revenue(panel: Panel) -> Series:
    """Herfindahl-Hirschman index of clouds by AI revenue; small clouds are a fringe that adds no square."""
    return {WORLD: hhi_of_clouds(panel.clouds["revenue"])}


@metric("compute_region_share", unit="share", keys="region", aggregation="mean")
def region_share(panel: Panel) -> Series:
    """Region's part of the compute installed at all sites."""
    installed = by_region_of_site(panel, panel.sites["installed_h100e"])
    return by_key(ratio(installed, installed.sum(axis=1, keepdims=True)), REGIONS)


@metric("cuda_share_of_compute", unit="share", keys="region, world", aggregation="mean")
def cuda_share(panel: Panel) -> Series:
    """Usable compute on the dominant vendor's software, over usable compute."""
    return regional_ratio(panel.regions["cuda_h100e"], panel.regions["capacity_h100e"])


@metric("capex_usd", unit="USD/month", keys="cloud, big4", aggregation="sum")
def capex(panel: Panel) -> Series:
    """All capital spending, AI and other; `big4` is Microsoft, Amazon, Google and Meta."""
    spent = panel.clouds["capex"]
    return {**by_key(spent[:, NAMED], NAMED_CLOUDS), "big4": spent[:, FOUR].sum(axis=1)}


def published_rent(panel: Panel) -> np.ndarray:
    """Price that price lists and brokers report, USD per H100e-hour (months, 6): part spot, part one-year contract."""
    weight = panel.regional_parameter("clouds_published_spot_weight")
    return weight * panel.regions["rent_spot"] + (1.0 - weight) * panel.regions["rent_contract"]


@metric("gpu_rental_usd_per_h100_hour", unit="USD/hour", keys="region, world", aggregation="mean")
def rental_of_h100(panel: Panel) -> Series:
    """Published price of an hour of an H100: spot and contract mixed as published, times the premium of an H100."""
    price = published_rent(panel) * panel.regional_parameter("clouds_h100_premium")
    return regions_and_mean(price, panel.regions["capacity_h100e"])


@metric("gpu_rental_usd_per_h100e_hour", unit="USD/hour", keys="region, world", aggregation="mean")
def rental_of_h100e(panel: Panel) -> Series:
    """One-year contract price of an H100e-hour of new compute."""
    return regions_and_mean(panel.regions["rent_contract"], panel.regions["capacity_h100e"])


@metric("compute_utilisation", unit="share", keys="region, world", aggregation="mean")
def utilisation(panel: Panel) -> Series:
    """Compute in use over usable compute."""
    return regional_ratio(panel.regions["used_h100e"], panel.regions["capacity_h100e"])


@metric("chips_warehoused_h100e", unit="H100e", keys="region, world", aggregation="end")
def warehoused(panel: Panel) -> Series:
    """Compute delivered to sites that has no power yet."""
    idle = np.maximum(panel.sites["installed_h100e"] - panel.sites["usable_h100e"], 0.0)
    return regions_and_sum(by_region_of_site(panel, idle))
