"""Which series of a world a comparison keeps: the headline measures, and what its figures draw."""

from __future__ import annotations

import dataclasses

import numpy as np

from sim.errors import RunError
from sim.measures import METRICS
from sim.measures.headlines import HEADLINES
from sim.measures.table import measured_series
from sim.world import REGIONS

VENDORS = ("nvidia", "amd", "google_tpu", "amazon_trainium", "huawei", "cambricon")
LAYERS = ("energy", "chips", "cloud", "models", "applications")
YARDSTICKS = ("api_all", "world", "router", "us_enterprise")
DRAWN: dict[str, tuple[str, ...]] = {
    "new_compute_share": VENDORS,
    "compute_stock_h100e": (*VENDORS, "world"),
    "china_compute_stock_h100e": ("legal", "smuggled", "huawei", "cambricon", "total"),
    "hhi_new_compute": ("world",),
    "hhi_compute_stock": ("world",),
    "hhi_compute_owners": ("world",),
    "hhi_cloud_revenue": ("world",),
    "hhi_token_revenue": ("world",),
    "capability_eci": ("us", "cn", "open", "closed"),
    "capability_lag_months": ("cn_behind_us", "open_behind_closed"),
    "price_at_quality_usd_per_mtok": ("eci_126", "eci_140", "eci_150"),
    "token_cost_usd_per_mtok": ("open", "closed"),
    "token_price_part_usd_per_mtok": tuple(
        f"{kind}/{part}"
        for kind in ("closed", "open")
        for part in ("electricity", "depreciation", "upkeep", "cloud", "seller", "price")
    ),
    "api_gross_margin": ("cn_all", "us_all"),
    "list_price_usd_per_mtok": ("openai", "anthropic", "deepseek", "qwen"),
    "energy_share_of_token_cost": ("us", "cn", "world"),
    "electricity_price_usd_per_kwh": ("us", "cn", "world"),
    "gpu_rental_usd_per_h100e_hour": ("us", "cn", "world"),
    "gpu_rental_usd_per_h100_hour": ("us", "cn", "world"),
    "compute_utilisation": ("us", "cn", "world"),
    "ai_power_gw": (*REGIONS, "world"),
    "open_token_share": YARDSTICKS,
    "open_spend_share": ("api_all",),
    "open_primary_share": ("api_all",),
    "token_share": ("world/cn", "world/us", "router/cn"),
    "hub_download_share": ("us", "cn", "eu"),
    "layer_revenue_usd": LAYERS,
    "layer_value_added_usd": (
        *LAYERS, "chips/us", "chips/cn", "cloud/us", "cloud/cn", "models/us", "models/cn", "energy/us", "energy/cn",
    ),
    "layer_margin": LAYERS[1:],
    "chip_revenue_usd": VENDORS,
    "vendor_gross_margin": ("nvidia", "amd", "huawei"),
    "circular_flow_share": ("world",),
    "levy_revenue_usd": ("us",),
    "subsidy_cost_usd": ("us", "cn"),
    "smuggled_chips": ("cn",),
}  # fmt: skip


@dataclasses.dataclass(frozen=True, slots=True)
class SeriesList:
    """An ordered list of (metric, key)."""

    pairs: tuple[tuple[str, str], ...]

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the metrics, each once."""
        return tuple(dict.fromkeys(metric for metric, _ in self.pairs))

    def units(self) -> tuple[str, ...]:
        """Monthly unit of each series."""
        return tuple(METRICS[metric].unit for metric, _ in self.pairs)

    def read(self, history: object) -> np.ndarray:
        """The series of a run, shape (series, months), NaN where undefined.

        Raises RunError if a number is broken, or if the model has no such key.
        """
        names, keys, values = measured_series(history, self.metrics)
        place = {pair: row for row, pair in enumerate(zip(names, keys, strict=True))}
        missing = [pair for pair in self.pairs if pair not in place]
        if missing:
            raise RunError(f"metric {missing[0][0]} has no key {missing[0][1]}")
        return values[[place[pair] for pair in self.pairs]]


def compared_series() -> SeriesList:
    """Headlines first, in their order, then what only figures need."""
    drawn = [(metric, key) for metric, keys in DRAWN.items() for key in keys]
    return SeriesList(tuple(dict.fromkeys([(item.metric, item.key) for item in HEADLINES] + drawn)))


HEADLINE_SERIES = SeriesList(tuple((item.metric, item.key) for item in HEADLINES))
