"""A made-up long table with every metric and key of the metric list, to develop and test reports without an economy.

The numbers pass near observed ones up to 2025 so that the figures look like real ones; they are no result of any model.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from ruamel.yaml import YAML

REGIONS = ("us", "cn", "eu", "gulf", "sea", "row")
VENDORS = ("nvidia", "amd", "google_tpu", "amazon_trainium", "huawei", "cambricon")
LABS = [
    "openai",
    "anthropic",
    "google_deepmind",
    "xai",
    "meta",
    "mistral",
    "deepseek",
    "qwen",
    "moonshot",
    "zhipu",
    "minimax",
    "bytedance",
]
OPEN_LABS = ("meta", "mistral", "deepseek", "qwen", "moonshot", "zhipu", "minimax")
CLOUDS = [
    "microsoft",
    "amazon",
    "google",
    "meta",
    "oracle",
    "coreweave",
    "xai",
    "alibaba",
    "bytedance",
    "tencent",
    "huawei_cloud",
    "cn_all",
    "other",
]
SEGMENTS = ("router", "startup", "enterprise", "us_enterprise", "public", "platform", "api_all")
LAYERS = ("energy", "chips", "cloud", "models", "applications")

# Values at the turns of the years 2023 .. 2031, interpolated in logarithms (levels) or straight (shares).
STOCK = {
    "nvidia": (0.35e6, 1.3e6, 4.6e6, 13.6e6, 33e6, 66e6, 118e6, 190e6, 280e6),
    "amd": (1e3, 6e3, 0.33e6, 1.2e6, 3.4e6, 8e6, 16e6, 29e6, 46e6),
    "google_tpu": (14e3, 0.25e6, 1.2e6, 3.7e6, 9e6, 19e6, 36e6, 60e6, 92e6),
    "amazon_trainium": (1e3, 8e3, 0.17e6, 1.0e6, 3.2e6, 7e6, 13e6, 22e6, 33e6),
    "huawei": (1e3, 3e4, 0.2e6, 0.71e6, 1.7e6, 3.6e6, 6.5e6, 11e6, 17e6),
    "cambricon": (10, 60, 6e3, 3.5e4, 0.15e6, 0.4e6, 0.9e6, 1.7e6, 2.9e6),
}
CHINA = {
    "legal": (6e4, 0.16e6, 0.33e6, 0.40e6, 0.45e6, 0.48e6, 0.5e6, 0.52e6, 0.53e6),
    "smuggled": (1e3, 6e4, 0.25e6, 0.66e6, 1.1e6, 1.5e6, 1.9e6, 2.2e6, 2.5e6),
    "huawei": STOCK["huawei"],
    "cambricon": STOCK["cambricon"],
}
ECI = {
    "us": (120, 127, 141, 153.5, 166, 177, 187, 196, 204),
    "cn": (88, 114, 132, 146, 159, 171, 182, 192, 201),
    "open": (100, 116, 131.5, 145.5, 158, 170, 181, 191, 200),
    "closed": (120, 127, 141, 153.8, 166, 177, 187, 196, 204),
}
PRICE = {
    "openai": (30, 20, 6, 4.2, 4, 3.6, 3.2, 3, 2.8),
    "anthropic": (24, 22, 11, 10, 8, 7, 6, 5.5, 5),
    "google_deepmind": (12, 8, 4, 4.5, 4, 3.5, 3, 2.8, 2.6),
    "xai": (20, 15, 8, 6, 5, 4.5, 4, 3.6, 3.3),
    "meta": (3, 2.5, 1, 0.7, 0.5, 0.4, 0.35, 0.3, 0.28),
    "mistral": (4, 4, 2.6, 1.5, 1.2, 1, 0.9, 0.8, 0.75),
    "deepseek": (16, 2, 0.3, 0.35, 0.25, 0.2, 0.18, 0.15, 0.14),
    "qwen": (16, 5, 1.2, 0.9, 0.7, 0.5, 0.45, 0.4, 0.38),
    "moonshot": (16, 6, 2, 1.1, 0.8, 0.7, 0.6, 0.5, 0.45),
    "zhipu": (16, 7, 1.5, 1, 0.75, 0.6, 0.5, 0.45, 0.42),
    "minimax": (16, 5, 1, 0.55, 0.45, 0.4, 0.35, 0.32, 0.3),
    "bytedance": (16, 5, 0.5, 0.45, 0.4, 0.35, 0.3, 0.28, 0.27),
}
SHARES = {
    ("open_token_share", "api_all"): (0.08, 0.13, 0.18, 0.22, 0.26, 0.3, 0.33, 0.35, 0.36),
    ("open_token_share", "router"): (0.05, 0.08, 0.1, 0.33, 0.4, 0.43, 0.45, 0.46, 0.46),
    ("open_token_share", "us_enterprise"): (0.2, 0.19, 0.16, 0.11, 0.1, 0.09, 0.09, 0.09, 0.09),
    ("open_token_share", "world"): (0.1, 0.16, 0.3, 0.4, 0.45, 0.48, 0.5, 0.52, 0.53),
    ("open_spend_share", "api_all"): (0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.065, 0.07, 0.075),
    ("open_primary_share", "api_all"): (0.12, 0.13, 0.12, 0.11, 0.12, 0.13, 0.14, 0.15, 0.16),
    ("hub_download_share", "cn"): (0.05, 0.1, 0.24, 0.48, 0.56, 0.6, 0.62, 0.63, 0.64),
    ("token_share", "router/cn"): (0.005, 0.01, 0.05, 0.26, 0.32, 0.36, 0.38, 0.4, 0.4),
    ("token_share", "api_all/cn"): (0.01, 0.02, 0.06, 0.14, 0.17, 0.2, 0.22, 0.23, 0.24),
    ("token_share", "us_enterprise/cn"): (0, 0, 0.004, 0.01, 0.012, 0.013, 0.014, 0.015, 0.015),
    ("token_share", "world/cn"): (0.03, 0.06, 0.25, 0.45, 0.48, 0.5, 0.5, 0.5, 0.5),
    ("us_designed_share_of_tokens", "cn_models"): (0.97, 0.94, 0.85, 0.7, 0.58, 0.47, 0.4, 0.35, 0.31),
    ("us_designed_share_of_tokens", "open_models"): (0.98, 0.96, 0.9, 0.8, 0.71, 0.64, 0.58, 0.53, 0.5),
    ("us_designed_share_of_tokens", "world"): (0.99, 0.98, 0.95, 0.9, 0.86, 0.82, 0.79, 0.77, 0.75),
    ("us_platform_share_of_open_tokens", "world"): (0.8, 0.76, 0.6, 0.48, 0.44, 0.41, 0.4, 0.39, 0.38),
    ("cuda_share_of_compute", "world"): (0.95, 0.88, 0.78, 0.7, 0.65, 0.61, 0.58, 0.56, 0.55),
    ("vendor_gross_margin", "nvidia"): (0.63, 0.76, 0.74, 0.74, 0.73, 0.71, 0.7, 0.69, 0.68),
}
LAYER_REVENUE = {  # USD billion a month
    "energy": (0.1, 0.2, 0.6, 1.5, 3, 5, 8, 11, 14),
    "chips": (1.4, 7, 14, 27, 45, 60, 74, 86, 95),
    "cloud": (2, 4, 10, 24, 48, 74, 100, 124, 145),
    "models": (0.15, 0.4, 1.3, 4.5, 12, 24, 40, 58, 76),
    "applications": (0.3, 1, 3, 9, 22, 42, 68, 98, 130),
}
VALUE_ADDED_PART = {"energy": 0.6, "chips": 0.62, "cloud": 0.35, "models": 0.25, "applications": 0.4}
OWNED = {
    "energy": {"us": 0.6, "cn": 0.2, "eu": 0.1, "row": 0.1},
    "chips": {"us": 0.9, "cn": 0.1},
    "cloud": {"us": 0.75, "cn": 0.15, "eu": 0.04, "row": 0.06},
    "models": {"us": 0.88, "cn": 0.1, "eu": 0.02},
    "applications": {"us": 1.0},
}
PRICE_AT_QUALITY = {
    "eci_126": (36, 8, 0.3, 0.05, 0.02, 0.01, 0.006, 0.004, 0.003),
    "eci_140": (None, None, 12, 0.4, 0.06, 0.02, 0.01, 0.006, 0.005),
    "eci_150": (None, None, None, 4.5, 0.5, 0.1, 0.04, 0.02, 0.012),
}


def month_ends(start: str, end: str) -> pd.DatetimeIndex:
    """Month ends from `start` to `end`, both `YYYY-MM` and included."""
    return pd.date_range(
        pd.Period(start, "M").end_time.normalize(), pd.Period(end, "M").end_time.normalize(), freq="ME"
    )


def path(values: tuple, dates: pd.DatetimeIndex, logarithmic: bool = True) -> np.ndarray:
    """Values at the turns of the years 2023 .. 2031, read between them; NaN before the first known one."""
    known = [(year, value) for year, value in zip(range(2023, 2032), values, strict=True) if value is not None]
    x = np.array(dates.year + dates.month / 12.0)
    years = np.array([float(year) for year, _ in known])
    levels = np.array([float(value) for _, value in known])
    if logarithmic:
        levels = np.log(np.maximum(levels, 1e-12))
    read = np.interp(x, years, levels)
    return np.where(x < years[0], np.nan, np.exp(read) if logarithmic else read)


class Builder:
    """Collects series of one replicate; `shake` is a smooth multiplicative wander with mean one."""

    def __init__(self, dates: pd.DatetimeIndex, seed: int) -> None:
        self.dates, self.rng, self.parts = dates, np.random.default_rng(seed), []

    def shake(self, size: float) -> np.ndarray:
        steps = self.rng.normal(0, size / np.sqrt(len(self.dates)), len(self.dates))
        return np.exp(np.cumsum(steps))

    def add(self, metric: str, key: str, unit: str, values: np.ndarray) -> np.ndarray:
        frame = pd.DataFrame({"date": self.dates, "metric": metric, "key": key, "unit": unit, "value": values})
        self.parts.append(frame[np.isfinite(frame["value"])])
        return values


def hhi(parts: dict[str, np.ndarray]) -> np.ndarray:
    """Herfindahl-Hirschman index, 0 to 10,000, of months by parties."""
    table = np.stack(list(parts.values()))
    return 1e4 * ((table / table.sum(axis=0)) ** 2).sum(axis=0)


def add_compute(b: Builder) -> None:
    dates = b.dates
    stock = {v: b.add("compute_stock_h100e", v, "H100e", path(STOCK[v], dates) * b.shake(0.15)) for v in VENDORS}
    b.add("compute_stock_h100e", "world", "H100e", sum(stock.values()))
    new = {v: np.maximum(np.diff(stock[v], prepend=stock[v][0] * 0.94), 0) for v in VENDORS}
    total = sum(new.values())
    for vendor in VENDORS:
        b.add("new_compute_h100e", vendor, "H100e/month", new[vendor])
        b.add("new_compute_share", vendor, "share", new[vendor] / total)
        b.add("chip_revenue_usd", vendor, "USD/month", new[vendor] * 2.2e4 * np.exp(-np.arange(len(dates)) / 60))
        b.add("chip_cost_usd_per_h100e", vendor, "USD/H100e", 3e4 * np.exp(-np.arange(len(dates)) / 55) * b.shake(0.1))
        b.add("chip_tdp_watt_per_h100e", vendor, "W/H100e", 800 * np.exp(-np.arange(len(dates)) / 70))
        b.add("vendor_backlog_months", vendor, "month", 3 * b.shake(0.4))
    b.add("new_compute_h100e", "world", "H100e/month", total)
    b.add("hhi_new_compute", "world", "0-10,000", hhi(new))
    b.add("hhi_compute_stock", "world", "0-10,000", hhi(stock))
    owners = {c: stock["nvidia"] * w for c, w in zip(CLOUDS, np.linspace(0.2, 0.02, len(CLOUDS)), strict=True)}
    for cloud, values in owners.items():
        b.add("compute_owner_stock_h100e", cloud, "H100e", values)
    b.add("hhi_compute_owners", "world", "0-10,000", hhi(owners))
    for name in ("hhi_cloud_revenue", "hhi_token_revenue"):
        b.add(name, "world", "0-10,000", 2200 * b.shake(0.2))
    parts = {s: b.add("china_compute_stock_h100e", s, "H100e", path(CHINA[s], dates) * b.shake(0.25)) for s in CHINA}
    b.add("china_compute_stock_h100e", "total", "H100e", sum(parts.values()))
    b.add(
        "china_rented_h100e",
        "cn",
        "H100e",
        path((1e4, 4e4, 0.15e6, 0.4e6, 1e6, 2e6, 3.2e6, 4.6e6, 6e6), dates) * b.shake(0.4),
    )
    b.add("smuggled_chips", "cn", "chips/month", 1.2e4 * b.shake(0.6))
    for cloud in ("microsoft", "amazon", "google", "meta"):
        b.add("capex_usd", cloud, "USD/month", path((3, 3.4, 5.4, 10, 12, 14, 15, 16, 17), dates) * 1e9 * b.shake(0.1))
    b.add("capex_usd", "big4", "USD/month", path((12, 13.5, 22, 42, 50, 58, 64, 69, 73), dates) * 1e9 * b.shake(0.1))


def add_energy(b: Builder) -> None:
    dates = b.dates
    for i, region in enumerate(REGIONS):
        scale = (1, 0.5, 0.3, 0.1, 0.1, 0.3)[i]
        b.add("compute_region_share", region, "share", np.full(len(dates), (0.6, 0.15, 0.1, 0.04, 0.04, 0.07)[i]))
        rent = path((6, 4.5, 2.6, 1.8, 1.6, 1.5, 1.4, 1.3, 1.2), dates) * (1 + 0.1 * i) * b.shake(0.2)
        b.add("gpu_rental_usd_per_h100_hour", region, "USD/hour", rent)
        b.add("gpu_rental_usd_per_h100e_hour", region, "USD/hour", rent * 0.8)
        b.add("compute_utilisation", region, "share", np.clip(0.7 * b.shake(0.1), 0, 1))
        b.add("chips_warehoused_h100e", region, "H100e", 1e5 * scale * b.shake(0.5))
        b.add("datacentre_power_gw", region, "GW", path((25, 30, 38, 50, 65, 80, 95, 110, 124), dates) * scale)
        b.add("ai_power_gw", region, "GW", path((1, 3, 8, 18, 32, 46, 60, 72, 83), dates) * scale)
        b.add(
            "datacentre_electricity_twh",
            region,
            "TWh/year",
            path((160, 180, 200, 240, 300, 370, 440, 500, 560), dates) * scale,
        )
        b.add(
            "electricity_price_usd_per_kwh",
            region,
            "USD/kWh",
            np.full(len(dates), (0.083, 0.08, 0.2, 0.06, 0.09, 0.1)[i]),
        )
        b.add("energy_share_of_token_cost", region, "share", 0.05 * b.shake(0.2))
        b.add("emissions_mt_co2", region, "Mt/month", 5 * scale * b.shake(0.1))
        b.add("consumer_surplus_usd", region, "USD/month", 1e10 * scale * b.shake(0.3))


def add_models(b: Builder) -> None:
    dates = b.dates
    reached = {}
    for key, knots in ECI.items():
        reached[key] = np.maximum.accumulate(np.round(path(knots, dates, False) + b.rng.normal(0, 0.8, len(dates)), 1))
        b.add("capability_eci", key, "ECI", reached[key])
    for name, follower, leader in (("cn_behind_us", "cn", "us"), ("open_behind_closed", "open", "closed")):
        lag = []
        for month, level in enumerate(reached[follower]):
            first = int(np.argmax(reached[leader] >= level))
            lag.append(month - first if first > 0 else np.nan)
        b.add("capability_lag_months", name, "month", np.array(lag, dtype=float))
    for i, lab in enumerate(LABS):
        start = 0 if lab in ("openai", "google_deepmind", "meta") else 3 + i
        price = path(PRICE[lab], dates) * b.shake(0.15)
        held = np.repeat(price[::7], 7)[: len(dates)]
        held[:start] = np.nan
        b.add("list_price_usd_per_mtok", lab, "USD/Mtoken", held)
        b.add("capability_eci", lab, "ECI", reached["us"] - 2.0 * i)
        b.add(
            "lab_revenue_usd_per_year",
            lab,
            "USD/year",
            path((0.03, 1.5, 5, 20, 45, 80, 120, 160, 200), dates) * 1e9 / (1 + i),
        )
        for metric, unit in (("lab_compute_h100e", "H100e"), ("lab_cash_usd", "USD"), ("lab_valuation_usd", "USD")):
            b.add(metric, lab, unit, 1e6 * b.shake(0.3))
        b.add("lab_gross_margin", lab, "share", 0.5 * b.shake(0.1))
        if lab in OPEN_LABS:
            b.add("new_derivative_share", lab, "share", np.full(len(dates), 1 / len(OPEN_LABS)))
            b.add("hub_download_share", lab, "share", np.full(len(dates), 1 / len(OPEN_LABS)))
    for key, knots in PRICE_AT_QUALITY.items():
        b.add("price_at_quality_usd_per_mtok", key, "USD/Mtoken", path(knots, dates) * b.shake(0.2))
    b.add(
        "token_cost_usd_per_mtok", "open", "USD/Mtoken", path((3, 1, 0.3, 0.15, 0.07, 0.04, 0.025, 0.018, 0.014), dates)
    )
    b.add("token_cost_usd_per_mtok", "closed", "USD/Mtoken", path((9, 4, 1.5, 0.9, 0.5, 0.3, 0.2, 0.14, 0.1), dates))


def add_adoption(b: Builder) -> None:
    dates = b.dates
    for (metric, key), knots in SHARES.items():
        values = np.clip(path(knots, dates, False) * b.shake(0.12), 0, 1)
        b.add(metric, key, "share", values)
    b.add(
        "hub_downloads_cumulative",
        "world",
        "download",
        path((5, 40, 180, 900, 2500, 5000, 8000, 12000, 17000), dates) * 1e6,
    )
    for key in ("world", "router", "cn"):
        b.add("tokens_per_day", key, "token/day", path((1, 8, 50, 200, 600, 1500, 3000, 5000, 7500), dates) * 1e12)
    b.add(
        "firm_adoption_share",
        "us/any",
        "share",
        path((0.07, 0.2, 0.33, 0.46, 0.52, 0.57, 0.6, 0.62, 0.64), dates, False),
    )


def add_money(b: Builder) -> None:
    for layer, knots in LAYER_REVENUE.items():
        revenue = b.add("layer_revenue_usd", layer, "USD/month", path(knots, b.dates) * 1e9 * b.shake(0.2))
        b.add("layer_value_added_usd", layer, "USD/month", revenue * VALUE_ADDED_PART[layer])
        for owner, part in OWNED[layer].items():
            b.add("layer_revenue_usd", f"{layer}/{owner}", "USD/month", revenue * part)
            b.add("layer_value_added_usd", f"{layer}/{owner}", "USD/month", revenue * part * VALUE_ADDED_PART[layer])
    b.add("circular_flow_share", "world", "share", 0.1 * b.shake(0.3))
    b.add("levy_revenue_usd", "us", "USD/month", np.zeros(len(b.dates)))
    b.add("ledger_residual_usd", "world", "USD", np.zeros(len(b.dates)))


def add_token_prices(b: Builder) -> None:
    for kind, price in (("closed", 1.0), ("open", 0.15)):
        level = price * b.shake(0.3) * np.exp(-0.3 * np.arange(len(b.dates)) / 12)
        shares = {"electricity": 0.02, "depreciation": 0.2, "upkeep": 0.02, "cloud": 0.22, "seller": 0.54}
        parts = {part: level * share * b.shake(0.1) for part, share in shares.items()}
        for part, values in (parts | {"price": sum(parts.values())}).items():
            b.add("token_price_part_usd_per_mtok", f"{kind}/{part}", "USD/Mtoken", values)


def timeseries(seed: int = 1, start: str = "2023-01", end: str = "2030-12") -> pd.DataFrame:
    """Long table of one replicate: columns date, metric, key, unit, value."""
    b = Builder(month_ends(start, end), seed)
    for part in (add_compute, add_energy, add_models, add_adoption, add_money, add_token_prices):
        part(b)
    return pd.concat(b.parts, ignore_index=True)


def events(end: str = "2030-12") -> pd.DataFrame:
    """A few events: columns date, kind, agent, other, value, unit, text."""
    rows = [
        ("2023-03-31", "release", "openai", "", 126.2, "ECI", "GPT-4 class model released, closed"),
        ("2024-05-31", "bound_price_floor", "deepseek", "", 0.05, "USD/Mtoken", "price stopped at its floor"),
        ("2024-06-30", "bound_price_floor", "deepseek", "", 0.05, "USD/Mtoken", "price stopped at its floor"),
        ("2025-01-31", "rule", "us", "cn", 0.0, "", "input control in force"),
        ("2027-08-31", "default", "coreweave", "", 1.2e9, "USD", "interest not covered for 6 months"),
    ]
    frame = pd.DataFrame(rows, columns=["date", "kind", "agent", "other", "value", "unit", "text"])
    frame["date"] = pd.to_datetime(frame["date"])
    return frame[frame["date"] <= pd.Period(end, "M").end_time].reset_index(drop=True)


def ledger(start: str = "2023-01", end: str = "2030-12") -> pd.DataFrame:
    """Monthly flows between sectors in integer cents."""
    flows = (("tokens", "users", "labs", 4), ("rent", "labs", "clouds", 3), ("chips", "clouds", "vendors", 2))
    rows = [(date, *flow[:3], flow[3] * 10**11) for date in month_ends(start, end) for flow in flows]
    frame = pd.DataFrame(rows, columns=["date", "flow", "from_sector", "to_sector", "usd_cents"])
    return frame.astype({"usd_cents": "int64"})


@dataclasses.dataclass
class Run:
    """What `run_scenario` returns, made up."""

    timeseries: pd.DataFrame
    events: pd.DataFrame
    ledger: pd.DataFrame
    seconds: float = 0.05


@dataclasses.dataclass
class Horizon:
    start: str = "2023-01"
    end: str = "2030-12"


POLICIES = (
    ("us-2022-rule", "Threshold rule on chips to China", "us", "2022-10-07", "2022-10-07", None),
    ("us-2023-rule", "Threshold rule tightened, density test", "us", "2023-10-17", "2023-11-17", None),
    ("us-2024-memory", "Memory and tool control", "us", "2024-12-02", "2024-12-31", None),
    ("us-2025-licence", "Licence for H20 class chips", "us", "2025-04-09", "2025-04-09", None),
    ("us-2025-levy", "Levy on licensed chips", "us", "2025-08-11", "2025-08-11", "2026-01-15"),
    ("cn-2025-guidance", "Guidance to avoid foreign chips", "cn", "2025-07-31", "2025-09-17", None),
    ("cn-2025-power", "Cheap power for domestic chips", "cn", "2025-11-03", "2025-11-03", None),
    ("us-2026-case", "Case by case below a line, with levy and cap", "us", "2025-12-08", "2026-01-15", None),
    ("eu-illustrative", "Illustrative public compute", "eu", "2026-06-01", "2027-06-01", "2029-06-01"),
)


def resolved_yaml(scenario_id: str = "baseline", title: str = "Rules in force at the end of 2025") -> str:
    """A resolved scenario, as text."""
    policies = "".join(
        f"  - {{id: {i}, title: '{t}', actor: {a}, instrument: chip_threshold, announced: {n}, effective: {e}"
        + (f", expires: {x}" if x else "")
        + ", reference: made up}\n"
        for i, t, a, n, e, x in POLICIES
    )
    return (
        f"schema_version: 1\nid: {scenario_id}\ntitle: {title}\nstatus: on the books\nauthors: [test]\n"
        "question: Does computing stay concentrated while Chinese open models spread?\n"
        "horizon: {start: 2023-01, end: 2030-12}\n"
        f"policies:\n{policies}events: []\nset: {{developers.count: 10000}}\nnotes: made up\n"
    )


@dataclasses.dataclass
class Scenario:
    """The least that a scenario must offer to a result folder."""

    id: str = "baseline"
    horizon: Horizon = dataclasses.field(default_factory=Horizon)

    title: str = "Rules in force at the end of 2025"

    def resolved_yaml(self) -> str:
        return resolved_yaml(self.id)

    def resolved(self) -> dict:
        return YAML(typ="safe", pure=True).load(self.resolved_yaml())


def run_scenario(scenario: Scenario, *, seed: int) -> Run:
    """Stand-in for the economy: the same scenario and seed give the same tables."""
    start, end = str(scenario.horizon.start), str(scenario.horizon.end)
    return Run(timeseries(seed, start, end), events(end), ledger(start, end))
