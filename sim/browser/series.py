"""The series that the pages of the browser draw: a run computes exactly these."""

from __future__ import annotations

from sim.evidence.observations import read_observations
from sim.study.series import SeriesList, compared_series
from sim.world import REGIONS

LABS = ("openai", "anthropic", "google_deepmind", "xai", "meta", "mistral", "deepseek", "qwen", "moonshot", "zhipu")
PAGES: dict[str, tuple[str, ...]] = {
    "china_rented_h100e": ("cn",),
    "compute_owner_stock_h100e": ("big4", "oracle", "coreweave", "xai", "cn_all", "other"),
    "us_designed_share_of_tokens": ("cn_models", "open_models", "world"),
    "us_platform_share_of_open_tokens": ("world",),
    "ai_power_gw": (*REGIONS, "world"),
    "compute_region_share": REGIONS,
    "electricity_price_usd_per_kwh": (*REGIONS, "world"),
    "energy_share_of_token_cost": (*REGIONS, "world"),
    "chips_warehoused_h100e": (*REGIONS, "world"),
    "list_price_usd_per_mtok": LABS,
    "open_token_share": ("api_all", "world", "router", "us_enterprise", *REGIONS),
    "open_spend_share": ("api_all",),
    "open_primary_share": ("api_all",),
    "token_share": ("world/us", "world/cn", "world/eu", "router/cn"),
    "firm_adoption_share": ("us/any",),
    "hub_download_share": ("us", "cn", "eu"),
    "vendor_financed_revenue_share": ("nvidia", "world"),
}
"""What pages draw beside the series of a comparison, which hold the headlines."""


def page_series() -> SeriesList:
    """Every series that a page draws, each once: those of comparisons, of `PAGES`, and all that have observations."""
    drawn = [(metric, key) for metric, keys in PAGES.items() for key in keys]
    observed = read_observations()
    pairs = zip(observed["metric"], observed["key"], strict=True)
    return SeriesList(tuple(dict.fromkeys([*compared_series().pairs, *drawn, *pairs])))


SERIES = page_series()
