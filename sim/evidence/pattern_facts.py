"""What the patterns P1-P12 are read from: a few numbers of each world, shape (worlds,) each."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.accounts import LAB_KEYS, NVIDIA
from sim.study.series import SeriesList
from sim.world import CN, SLOTS_PER_LAB, US

END_2025 = 36
"""Months from January 2023 to December 2025."""
CHINA_2025 = {"legal": 402e3, "smuggled": 662e3, "huawei": 708e3, "total": 1.82e6}
"""H100e in China at the end of 2025 (observed.csv, china_compute_stock_h100e)."""
CAPEX = {2023: 155e9, 2024: 251e9, 2025: 416e9}
"""USD a year of the four largest US clouds (observed.csv, capex_usd)."""
SERIES = SeriesList((
    ("new_compute_h100e", "world"), ("new_compute_share", "nvidia"), ("hhi_compute_stock", "world"),
    ("hhi_compute_owners", "world"), ("vendor_gross_margin", "nvidia"), ("vendor_backlog_months", "nvidia"),
    ("chip_cost_usd_per_h100e", "nvidia"), ("gpu_rental_usd_per_h100_hour", "us"),
    *(("china_compute_stock_h100e", key) for key in CHINA_2025), ("capability_eci", "us"), ("capability_eci", "open"),
    ("capability_eci", "closed"), ("capability_lag_months", "cn_behind_us"),
    ("price_at_quality_usd_per_mtok", "eci_126"), ("open_token_share", "api_all"), ("open_spend_share", "api_all"),
    ("token_share", "router/cn"), ("token_share", "us_enterprise/cn"), ("open_token_share", "us_enterprise"),
    ("new_derivative_share", "qwen"), ("capex_usd", "big4"), ("capex_debt_share", "world"),
    ("vendor_financed_revenue_share", "world"), ("energy_share_of_token_cost", "us"),
))  # fmt: skip
WAR = ("war_start", "war_months", "war_mean_cut", "war_largest_cut", "margin_before", "margin_at_war",
       "margin_then", "then_over_before", "margin_after", "after_above_war", "after_below_before")  # fmt: skip


def month_of(year: int, month: int) -> int:
    """Column of a month, January 2023 = 0."""
    return 12 * (year - 2023) + month - 1


def year_of(year: int) -> slice:
    """Columns of a calendar year."""
    return slice(month_of(year, 1), month_of(year, 12) + 1)


class HistoryFacts:
    """Reader for `sim.study.engine`: numbers for P3, P4, P6, P9, P10 and P12 that no series holds."""

    def read(self, history: Any) -> dict[str, float]:
        """Facts by name; NaN where a world has no such thing (no price war, say)."""
        return {
            **_rents(history.regions),
            **like_for_like(history.models),
            **_families(history.labs),
            **war_facts(history),
            "capacity": float(history.regions["capacity_h100e"][END_2025 - 1].sum()),
            "compliant_lag": compliant_lag(history.skus),
        }


class CapacityOnly:
    """Reader for the two variants of P12: usable compute of the world at end-2025, H100e."""

    def read(self, history: Any) -> dict[str, float]:
        """One fact, `capacity`."""
        return {"capacity": float(history.regions["capacity_h100e"][END_2025 - 1].sum())}


def _rents(regions: np.ndarray) -> dict[str, float]:
    spot, contract = regions["rent_spot"][:END_2025], regions["rent_contract"][:END_2025]
    changes = np.diff(np.log(spot[:, US]))
    apart = ~np.isclose(spot, contract)
    return {
        "spot_rises": float((changes > 0.002).mean()),
        "spot_falls": float((changes < -0.002).mean()),
        "spot_apart": float(apart.any()),
    }


def compliant_lag(skus: np.ndarray) -> float:
    """Months from the rule of October 2023 to the first volume of an Nvidia chip designed for China after it."""
    rule, last = month_of(2023, 10), skus[END_2025 - 1]
    designed = (last["variant"] == 1) & (last["vendor"] == NVIDIA) & (last["launch"] > rule)
    return float(last["launch"][designed].min() - rule) if designed.any() else float("nan")


def like_for_like(models: np.ndarray) -> dict[str, float]:
    """Fall a year of the list price of closed models on sale at end-2025 that are six months old or more."""
    last = models[END_2025 - 1]
    alive = (last["available"] == 1) & (last["released"] < 30) & (last["open"] == 0)
    age = (END_2025 - 1 - last["released"][alive]) / 12
    if not age.sum():
        return {"like_for_like": float("nan")}
    yearly = np.log(last["launch_price"][alive] / last["price"][alive]).sum() / age.sum()
    return {"like_for_like": float(1.0 - np.exp(-yearly))}


def _families(labs: np.ndarray) -> dict[str, float]:
    new = labs["derivatives_new"][month_of(2025, 8)]
    return {"top_families": float(np.sort(new / new.sum())[::-1][:2].sum())}


def war_of(on: np.ndarray) -> tuple[int, int]:
    """First month of the first price war, and the first month after it (or after the horizon).

    `on` is 1 in the months of war, shape (months,). Without a war both are `len(on) + 2`.
    """
    padded = np.concatenate(([0.0], on, [0.0]))
    changes = np.flatnonzero(np.diff(padded))
    return (int(changes[0]), int(changes[1])) if len(changes) else (len(padded), len(padded))


def cuts_of(history: Any, start: int) -> np.ndarray:
    """Fall of the list price of flagships that stay on sale, from the month before their lab joins to 3 months on."""
    models, cuts = history.models, []
    for lab in np.flatnonzero(history.labs["origin"][0] == CN):
        joined = np.flatnonzero(history.labs["at_war"][start : start + 6, lab])
        month = start + int(joined[0]) if len(joined) else 0
        if not 1 <= month < len(models) - 3:
            continue
        for slot in (SLOTS_PER_LAB * lab, SLOTS_PER_LAB * lab + 1):
            before, after = models[month - 1, slot], models[month + 3, slot]
            if before["available"] and after["available"] and before["released"] == after["released"]:
                cuts.append(1.0 - after["price"] / before["price"])
    return np.array(cuts)


def api_margin(labs: np.ndarray, which: np.ndarray) -> float:
    """Margin of API sales over the lab-months that are picked; NaN without revenue."""
    revenue = labs["api_revenue"][which].sum()
    return float(1.0 - labs["api_cost"][which].sum() / revenue) if revenue > 0 else float("nan")


def war_facts(history: Any) -> dict[str, float]:
    """Facts of P10: `WAR`, and what holds with or without a war (Zhipu 2024, OpenAI 2025, China over the US)."""
    labs = history.labs
    months = len(labs)
    month = np.arange(months)[:, None]
    chinese, american, year = labs["origin"] == CN, labs["origin"] == US, (month >= 24) & (month < END_2025)
    zhipu = np.arange(labs.shape[1])[None, :] == LAB_KEYS.index("zhipu")
    found = dict.fromkeys(WAR, float("nan")) | {
        "zhipu_2024": api_margin(labs, zhipu & (month >= 12) & (month < 24)),
        "openai_2025": float(labs["gross_margin"][24:END_2025, LAB_KEYS.index("openai")].mean()),
        "cn_over_us": float(labs["revenue"][chinese & year].sum() / labs["revenue"][american & year].sum()),
    }
    start, end = war_of(history.macro["price_war"][:, 0])
    if start >= months:
        return found
    cuts = cuts_of(history, start)
    first_year = chinese & (month >= start + 1) & (month <= start + 12)
    before = api_margin(labs, chinese & (month >= start - 6) & (month < start))
    fighting = api_margin(labs, first_year & (labs["at_war"] == 1))
    everyone = api_margin(labs, first_year & (month >= start + 4))
    after = float("nan")
    if end + 6 <= months:
        after = api_margin(labs, chinese & (month >= end) & (month < end + 12))
    return found | {
        "war_start": float(start),
        "war_months": float(end - start),
        "war_mean_cut": float(cuts.mean()) if len(cuts) else float("nan"),
        "war_largest_cut": float(cuts.max()) if len(cuts) else float("nan"),
        "margin_before": before,
        "margin_at_war": fighting,
        "margin_then": everyone,
        "margin_after": after,
        "then_over_before": everyone / before,
        "after_above_war": after - fighting,
        "after_below_before": before - after,
    }


def series_facts(values: np.ndarray) -> dict[str, np.ndarray]:
    """Facts from `SERIES` of shape (worlds, series, months): each of shape (worlds,)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # means of months in which a series is undefined are NaN
        return {**_compute(values), **_china(values), **_models(values), **_use(values), **_money(values)}


def _one(values: np.ndarray, metric: str, key: str) -> np.ndarray:
    return values[:, SERIES.pairs.index((metric, key)), :]


def _compute(values: np.ndarray) -> dict[str, np.ndarray]:
    made, share = _one(values, "new_compute_h100e", "world"), _one(values, "new_compute_share", "nvidia")
    yearly = {year: made[:, year_of(year)].sum(axis=1) for year in (2023, 2024, 2025)}
    held = {year: np.nanmean(share[:, year_of(year)], axis=1) for year in (2023, 2025)}
    stock, owners = _one(values, "hhi_compute_stock", "world"), _one(values, "hhi_compute_owners", "world")
    margin = _one(values, "vendor_gross_margin", "nvidia")
    price, rent = _one(values, "chip_cost_usd_per_h100e", "nvidia"), _one(values, "gpu_rental_usd_per_h100_hour", "us")
    return {
        "growth_2024": yearly[2024] / yearly[2023],
        "growth_2025": yearly[2025] / yearly[2024],
        "nvidia_2023": held[2023],
        "nvidia_2025": held[2025],
        "nvidia_fall": held[2023] - held[2025],
        "vendor_hhi": stock[:, 35],
        "vendor_hhi_change": stock[:, 35] - stock[:, 11],
        "owner_hhi_change": owners[:, 35] - owners[:, 11],
        **{f"margin_{year}": margin[:, year_of(year)].mean(axis=1) for year in (2023, 2024, 2025)},
        "queue": np.nanmax(_one(values, "vendor_backlog_months", "nvidia")[:, :END_2025], axis=1),
        "chip_price_fall": 1.0 - (price[:, 35] / price[:, month_of(2023, 6)]) ** (12.0 / 30.0),
        "rent_ratio": rent[:, month_of(2025, 10)] / rent[:, month_of(2023, 6)],
    }


def _china(values: np.ndarray) -> dict[str, np.ndarray]:
    end = {f"cn_{key}": _one(values, "china_compute_stock_h100e", key)[:, 35] / seen for key, seen in
           CHINA_2025.items()}  # fmt: skip
    legal = _one(values, "china_compute_stock_h100e", "legal")

    def monthly(first: tuple[int, int], last: tuple[int, int]) -> np.ndarray:
        start, stop = month_of(*first), month_of(*last)
        return (legal[:, stop] - legal[:, start - 1]) / (stop - start + 1)

    before = monthly((2024, 10), (2025, 3))
    return end | {
        "bound_over_before": monthly((2025, 5), (2025, 7)) / before,
        "later_over_before": monthly((2025, 10), (2025, 12)) / before,
    }


def _models(values: np.ndarray) -> dict[str, np.ndarray]:
    us = _one(values, "capability_eci", "us")
    slow = us[:, month_of(2024, 3)] - us[:, month_of(2023, 3)]
    fast = (us[:, 35] - us[:, month_of(2024, 3)]) / 1.75
    lag = _one(values, "capability_lag_months", "cn_behind_us")[:, month_of(2024, 12) : END_2025]
    middle = month_of(2025, 6)
    closed, opened = _one(values, "capability_eci", "closed"), _one(values, "capability_eci", "open")
    price = _one(values, "price_at_quality_usd_per_mtok", "eci_126")
    return {
        "eci_fast": fast,
        "eci_faster": fast - slow,
        "cn_lag": np.nanmean(lag, axis=1),
        "open_behind": closed[:, middle] - opened[:, middle],
        "price_fall": (price[:, month_of(2023, 4)] / price[:, month_of(2025, 4)]) ** 0.5,
    }


def _use(values: np.ndarray) -> dict[str, np.ndarray]:
    year = year_of(2025)
    tokens = 1.0 - _one(values, "open_token_share", "api_all")[:, year].mean(axis=1)
    spend = 1.0 - _one(values, "open_spend_share", "api_all")[:, year].mean(axis=1)
    router = _one(values, "token_share", "router/cn")[:, year].mean(axis=1)
    firms = _one(values, "token_share", "us_enterprise/cn")[:, year].mean(axis=1)
    opened = _one(values, "open_token_share", "us_enterprise")
    qwen = _one(values, "new_derivative_share", "qwen")
    return {
        "closed_tokens": tokens,
        "closed_spend": spend,
        "spend_over_tokens": spend - tokens,
        "open_cheaper": (spend / tokens) / ((1.0 - spend) / (1.0 - tokens)),
        "router_cn": router,
        "enterprise_cn": firms,
        "router_over_enterprise": router / firms,
        "enterprise_open_fall": opened[:, year_of(2024)].mean(axis=1) - opened[:, year].mean(axis=1),
        "qwen_2025": qwen[:, month_of(2025, 8)],
        "qwen_rise": qwen[:, month_of(2025, 8)] / qwen[:, month_of(2024, 1)],
    }


def _money(values: np.ndarray) -> dict[str, np.ndarray]:
    capex = _one(values, "capex_usd", "big4")
    spent = {year: capex[:, year_of(year)].sum(axis=1) for year in CAPEX}
    debt = _one(values, "capex_debt_share", "world")
    vendors = _one(values, "vendor_financed_revenue_share", "world")
    return {
        **{f"capex_{year}": spent[year] / seen for year, seen in CAPEX.items()},
        "capex_rise": np.minimum(spent[2024] / spent[2023], spent[2025] / spent[2024]),
        "debt_rise": debt[:, 35] / debt[:, 11],
        "vendor_finance_2023": vendors[:, 11],
        "vendor_finance_2025": vendors[:, 35],
        "energy_share": _one(values, "energy_share_of_token_cost", "us")[:, year_of(2025)].mean(axis=1),
    }


def stacked(found: Sequence[dict[str, float]]) -> dict[str, np.ndarray]:
    """Facts of worlds as arrays by name; a world without a name has NaN."""
    names = dict.fromkeys(name for one in found for name in one)
    return {name: np.array([one.get(name, np.nan) for one in found], dtype=np.float64) for name in names}
