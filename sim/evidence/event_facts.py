"""What the event tests read: monthly paths of a world with and without an event, and a few numbers of each pair."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from sim.accounts import HUAWEI, NVIDIA
from sim.evidence.pattern_facts import compliant_lag, cuts_of, month_of, war_of
from sim.study.series import SeriesList
from sim.world import CN

SERIES = SeriesList((
    ("china_compute_stock_h100e", "legal"), ("china_compute_stock_h100e", "smuggled"),
    ("china_compute_stock_h100e", "huawei"), ("token_share", "router/cn"), ("hub_download_share", "cn"),
    ("price_at_quality_usd_per_mtok", "eci_126"), ("chip_revenue_usd", "nvidia"),
))  # fmt: skip
READ = ("china_revenue", "huawei_made", "stacks_got", "stacks_stored", "cn_api_tokens", "cn_price", "china_tpp")
"""Paths that no series holds, in the order in which `EventFacts` gives them."""
PATHS = (*(f"{metric}[{key}]" for metric, key in SERIES.pairs), *READ)
SCALARS = ("compliant_lag", "compliant_tpp", "war_start", "war_largest_cut", "war_mean_cut", "war_labs")
Paths = dict[str, np.ndarray]
"""By name, shape (worlds, months); scalars shape (worlds,)."""
LABS_JOIN_MONTHS = 3
LEGAL_2024 = 144.6e3
"""H100e sold to China under licence or below the lines in 2024 (observed.csv, china_compute_stock_h100e)."""


class EventFacts:
    """Reader for `sim.study.engine`: monthly paths `READ`, shape (7, months), and numbers `SCALARS`, shape (6,)."""

    def read(self, history: Any) -> tuple[np.ndarray, np.ndarray]:
        """USD/month, H100e/month, stacks/month, stacks, Mtoken/month, USD/Mtoken, TOPS x bit; months, shares, labs."""
        vendors, labs, models, skus = history.vendors, history.labs, history.models, history.skus
        domestic = vendors["pool"] == 1
        chinese = labs["origin"] == CN
        paths = np.stack([
            vendors["china_revenue"][:, NVIDIA],
            vendors["made_h100e"][:, HUAWEI],
            np.where(domestic, vendors["stacks"], 0.0).sum(axis=1),
            np.where(domestic, vendors["stacks_inventory"], 0.0).sum(axis=1),
            np.where(chinese, labs["tokens_m"], 0.0).sum(axis=1),
            cheapest_flagship(models, labs),
            best_sold_in_china(skus),
        ])  # fmt: skip
        start, _ = war_of(history.macro["price_war"][:, 0])
        happened = start < history.months
        cuts = cuts_of(history, start) if happened else np.empty(0)
        joined = labs["at_war"][start : start + LABS_JOIN_MONTHS].any(axis=0).sum() if happened else 0
        numbers = np.array([
            compliant_lag(history.skus), compliant_tpp(history.skus), start if happened else np.nan,
            cuts.max() if len(cuts) else np.nan, cuts.mean() if len(cuts) else np.nan, joined,
        ], dtype=float)  # fmt: skip
        return paths, numbers


def cheapest_flagship(models: np.ndarray, labs: np.ndarray) -> np.ndarray:
    """Lowest list price among flagships of Chinese labs on offer each month, USD/Mtoken; shape (months,), NaN: none."""
    chinese = np.take_along_axis(labs["origin"], models["lab"].clip(0), axis=1) == CN
    offered = (models["available"] == 1) & (models["small"] == 0) & chinese & (models["price"] > 0)
    lowest = np.where(offered, models["price"], np.inf).min(axis=1)
    return np.where(np.isfinite(lowest), lowest, np.nan)


def best_sold_in_china(skus: np.ndarray) -> np.ndarray:
    """Highest total processing performance of Nvidia chips that may be sold to China each month; shape (months,)."""
    launched = skus["launch"] <= np.arange(len(skus))[:, None]
    sold = launched & (skus["vendor"] == NVIDIA) & (skus["sale_share"][:, :, CN] > 0)
    return np.where(sold, skus["tpp"], 0.0).max(axis=1)


def compliant_tpp(skus: np.ndarray) -> float:
    """Total processing performance of the first Nvidia chip that was designed for China after October 2023; or NaN."""
    last = skus[-1]
    designed = (last["variant"] == 1) & (last["vendor"] == NVIDIA) & (last["launch"] > month_of(2023, 10))
    designed &= last["launch"] <= month_of(2025, 3)
    return float(last["tpp"][designed][np.argmin(last["launch"][designed])]) if designed.any() else float("nan")


def mean_of(path: np.ndarray, first: tuple[int, int], last: tuple[int, int]) -> np.ndarray:
    """Mean over months, both included; shape (worlds,)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # undefined in all these months is NaN
        return np.nanmean(path[:, month_of(*first) : month_of(*last) + 1], axis=1)


def grown(path: np.ndarray, first: tuple[int, int], last: tuple[int, int]) -> np.ndarray:
    """Growth of a stock over months, both included; shape (worlds,)."""
    return path[:, month_of(*last)] - path[:, month_of(*first) - 1]


def ratio(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """`one / other`; NaN where `other` is not positive."""
    return np.divide(one, other, out=np.full(np.shape(one), np.nan), where=other > 0)


def rule_facts(base: Paths, without: Paths) -> Paths:
    """E1."""
    legal, smuggled = "china_compute_stock_h100e[legal]", "china_compute_stock_h100e[smuggled]"
    year = (2024, 1), (2024, 12)
    return {
        "rule_lag": base["compliant_lag"],
        "rule_tpp": base["compliant_tpp"],
        "rule_line": ratio(base["china_tpp"][:, month_of(2024, 6)], without["china_tpp"][:, month_of(2024, 6)]),
        "rule_legal": ratio(grown(base[legal], *year), grown(without[legal], *year)),
        "rule_smuggled": (grown(base[smuggled], *year) - grown(without[smuggled], *year)) / 1e3,
        "rule_level": grown(base[legal], *year) / LEGAL_2024,
        "rule_dip": ratio(grown(base[legal], (2024, 1), (2024, 3)), grown(base[legal], (2023, 7), (2023, 9))),
    }


def licence_facts(base: Paths, without: Paths) -> Paths:
    """E2: Nvidia's fiscal quarters begin in February and May."""
    legal, smuggled = "china_compute_stock_h100e[legal]", "china_compute_stock_h100e[smuggled]"
    before, after = ((2025, 2), (2025, 4)), ((2025, 5), (2025, 7))
    own, free = base["china_revenue"], without["china_revenue"]
    half = (2025, 7), (2025, 12)
    return {
        "licence_before": 3.0 * mean_of(own, *before) / 1e9,
        "licence_fall": 3.0 * (mean_of(own, *before) - mean_of(own, *after)) / 1e9,
        "licence_ratio": ratio(mean_of(own, *after), mean_of(own, *before)),
        "licence_effect": ratio(mean_of(own, *after), mean_of(free, *after)),
        "licence_legal": ratio(grown(base[legal], *after), grown(base[legal], (2024, 10), (2025, 3)) / 2.0),
        "licence_smuggled": (grown(base[smuggled], *half) - grown(without[smuggled], *half)) / 1e3,
        "licence_huawei": ratio(mean_of(base["huawei_made"], (2026, 1), (2026, 12)),
                                mean_of(without["huawei_made"], (2026, 1), (2026, 12))),
    }  # fmt: skip


def war_facts(base: Paths, without: Paths) -> Paths:
    """E3."""
    year = (2024, 6), (2025, 5)
    return {
        "war_start": base["war_start"],
        "war_largest": base["war_largest_cut"],
        "war_mean": base["war_mean_cut"],
        "war_labs": base["war_labs"],
        "war_price": ratio(mean_of(base["cn_price"], *year), mean_of(without["cn_price"], *year)),
        "war_tokens": ratio(mean_of(base["cn_api_tokens"], *year), mean_of(without["cn_api_tokens"], *year)),
    }


def release_facts(base: Paths, without: Paths) -> Paths:
    """E4."""
    half, later = ((2025, 1), (2025, 6)), ((2025, 7), (2025, 12))
    share, hub, price = "token_share[router/cn]", "hub_download_share[cn]", "price_at_quality_usd_per_mtok[eci_126]"
    chips = "chip_revenue_usd[nvidia]"
    return {
        "release_share": mean_of(base[share], (2025, 2), (2025, 6)),
        "release_router": mean_of(base[share], *later) - mean_of(without[share], *later),
        "release_hub": mean_of(base[hub], *later) - mean_of(without[hub], *later),
        "release_price": ratio(mean_of(base[price], *later), mean_of(without[price], *later)),
        "release_chips": ratio(mean_of(base[chips], *later), mean_of(without[chips], *later)),
        "release_rise": mean_of(base[share], *half) - mean_of(base[share], (2024, 7), (2024, 12)),
    }


def memory_facts(base: Paths, without: Paths) -> Paths:
    """E5."""
    got, stored, made = "stacks_got", "stacks_stored", "huawei_made"
    return {
        "memory_rush": (mean_of(base[got], (2024, 12), (2024, 12)) - mean_of(base[got], (2024, 6), (2024, 11))) / 1e6,
        "memory_stock": base[stored][:, month_of(2024, 12)] / 1e6,
        "memory_imports": ratio(
            mean_of(base[got], (2025, 1), (2025, 12)), mean_of(without[got], (2025, 1), (2025, 12))
        ),
        "memory_2025": ratio(mean_of(base[made], (2025, 1), (2025, 12)), mean_of(without[made], (2025, 1), (2025, 12))),
        "memory_2026": ratio(mean_of(base[made], (2026, 7), (2026, 12)), mean_of(without[made], (2026, 7), (2026, 12))),
        "memory_left": ratio(base[stored][:, month_of(2025, 12)], base[stored][:, month_of(2024, 12)]),
    }


FACTS = {"E1": rule_facts, "E2": licence_facts, "E3": war_facts, "E4": release_facts, "E5": memory_facts}
