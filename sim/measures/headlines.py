"""The headline measures of a run and of a comparison: what they are called, and over which window they count."""

from __future__ import annotations

import dataclasses
from typing import Literal

from sim.measures import windows

SHOWN_YEARS = (2025, 2027, 2030)
Half = Literal["compute", "spread", "both"]


@dataclasses.dataclass(frozen=True)
class Headline:
    """One measure: `window` (see windows.MONTHS_OF_WINDOW) ends with December of a year."""

    label: str
    metric: str
    key: str
    window: str
    half: Half
    """Which half of the question it belongs to; `both`: who earns and who bears the risk."""
    in_summary: bool = True
    """Whether the summary of a run shows it; a comparison shows all."""


def _more(label: str, metric: str, key: str, window: str, half: Half) -> Headline:
    return Headline(label, metric, key, window, half, in_summary=False)


HEADLINES = (
    Headline("Nvidia’s share of new compute", "new_compute_share", "nvidia", "quarter", "compute"),
    Headline(
        "Tokens of Chinese models served on US-designed chips", "us_designed_share_of_tokens", "cn_models", "quarter",
        "compute",
    ),
    Headline("Concentration of new compute by vendor (HHI)", "hhi_new_compute", "world", "quarter", "compute"),
    _more("Concentration of compute by owner (HHI)", "hhi_compute_owners", "world", "month", "compute"),
    Headline("Compute in China", "china_compute_stock_h100e", "total", "cumulative", "compute"),
    _more("Compute in China made by Huawei", "china_compute_stock_h100e", "huawei", "cumulative", "compute"),
    _more("Compute in China that was smuggled", "china_compute_stock_h100e", "smuggled", "cumulative", "compute"),
    _more("Compute abroad used by Chinese firms", "china_rented_h100e", "cn", "month", "compute"),
    Headline(
        "Open-model tokens served by US clouds and hosts", "us_platform_share_of_open_tokens", "world", "quarter",
        "compute",
    ),
    Headline("Capital spending of the four largest US clouds", "capex_usd", "big4", "year", "compute"),
    Headline("Rental of an H100 in the US", "gpu_rental_usd_per_h100_hour", "us", "month", "compute"),
    Headline("Energy’s share of the cost of a token, US", "energy_share_of_token_cost", "us", "quarter", "compute"),
    _more("Power of AI chips in the US", "ai_power_gw", "us", "month", "compute"),
    _more("Power of AI chips in China", "ai_power_gw", "cn", "month", "compute"),
    Headline("Open models’ share of API tokens", "open_token_share", "api_all", "quarter", "spread"),
    Headline("Open models’ share of API spend", "open_spend_share", "api_all", "quarter", "spread"),
    Headline("API firms whose main model is open", "open_primary_share", "api_all", "quarter", "spread"),
    Headline("Chinese share of open-model downloads", "hub_download_share", "cn", "cumulative", "spread"),
    Headline("Chinese models’ share of all tokens", "token_share", "world/cn", "quarter", "spread"),
    _more("Capability of the best US model", "capability_eci", "us", "month", "spread"),
    _more("Capability of the best Chinese model", "capability_eci", "cn", "month", "spread"),
    Headline("China’s best model behind the US", "capability_lag_months", "cn_behind_us", "quarter", "spread"),
    Headline("Price of a model of ECI 140", "price_at_quality_usd_per_mtok", "eci_140", "month", "spread"),
    _more("Price of a model of ECI 150", "price_at_quality_usd_per_mtok", "eci_150", "month", "spread"),
    _more("Tokens used in the world", "tokens_per_day", "world", "quarter", "spread"),
    _more("Nvidia’s data-centre revenue", "chip_revenue_usd", "nvidia", "year", "both"),
    _more("Nvidia’s gross margin", "vendor_gross_margin", "nvidia", "quarter", "both"),
    _more("Value added of energy", "layer_value_added_usd", "energy", "year", "both"),
    _more("Value added of chips", "layer_value_added_usd", "chips", "year", "both"),
    _more("Value added of clouds", "layer_value_added_usd", "cloud", "year", "both"),
    _more("Value added of models", "layer_value_added_usd", "models", "year", "both"),
    _more("Value added of applications", "layer_value_added_usd", "applications", "year", "both"),
    _more("Value of AI to users beyond its price", "consumer_surplus_usd", "world", "year", "both"),
    _more("Clouds that have defaulted", "defaults", "clouds", "cumulative", "both"),
    _more("Credit spread", "credit_spread", "world", "quarter", "both"),
    _more("Carbon dioxide of AI’s electricity", "emissions_mt_co2", "world", "year", "both"),
)  # fmt: skip
"""Every headline measure, in the order in which tables show them."""

SUMMARY_HEADLINES = tuple(item for item in HEADLINES if item.in_summary)
"""The shorter list of the summary of one run."""


def window_unit(unit: str, window: str) -> str:
    """Unit of a flow summed over a window: USD/month over a year is USD/year; all units per month are flows."""
    return windows.window_unit(unit, window, "sum")
