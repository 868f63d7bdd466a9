"""Energy, sites and public money for chips and computing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import numpy as np

from sim.policy.export_controls import Regime
from sim.policy.instruments.energy import (
    CLOUD_KINDS,
    MOST_VOUCHER,
    CarbonPrice,
    ChipSubsidy,
    ComputeSubsidy,
    DatacentreLevy,
    GridProgramme,
    PowerSubsidy,
    PowerTariff,
    PublicCompute,
)
from sim.world import REGIONS


def fill(regime: Regime, row: np.void, day: dt.date) -> None:
    """Write what the instruments on energy and public money say on a day."""
    _power_subsidies(regime, row, day)
    _subsidies(regime, row, day)
    _tariffs(regime, row, day)
    _carbon(regime, row, day)
    _grids(regime, row, day)
    _sites(regime, row, day)
    _public_compute(regime, row, day)


def _budget(given: Iterable[float | None]) -> float:
    """Sum of yearly budgets; -1 if there is none or one has no limit."""
    budgets = list(given)
    return -1.0 if not budgets or None in budgets else float(sum(budget or 0.0 for budget in budgets))


def _power_subsidies(regime: Regime, row: np.void, day: dt.date) -> None:
    """Of several discounts the largest counts, with its own floor (of equal ones the lowest floor)."""

    def best(rules: list[PowerSubsidy]) -> tuple[float, float]:
        chosen = max(rules, key=lambda rule: (rule.max_discount, -rule.floor_price_usd_kwh), default=None)
        return (chosen.max_discount, chosen.floor_price_usd_kwh) if chosen else (0.0, 0.0)

    rules = [rule for _, rule in regime.applying(PowerSubsidy, day)]
    domestic = [rule for rule in rules if rule.domestic_only]
    row["domestic_discount"], row["domestic_floor"] = best(domestic)
    for index, region in enumerate(REGIONS):
        here = [rule for rule in rules if region in rule.destinations]
        discount, floor = best([rule for rule in here if not rule.domestic_only])
        row["power_discount"][index], row["power_discount_floor"][index] = discount, floor
        row["power_subsidy_budget"][index] = _budget(rule.budget_usd_per_year for rule in here)


def _subsidies(regime: Regime, row: np.void, day: dt.date) -> None:
    chips = [rule for _, rule in regime.applying(ChipSubsidy, day)]
    computing = [rule for _, rule in regime.applying(ComputeSubsidy, day)]
    for index, region in enumerate(REGIONS):
        home, foreign = ("cn", "us") if region == "cn" else ("us", "cn") if region == "us" else ("", "us")
        row["chip_subsidy"][index] = regime.chip_subsidy_rate(region, home, day) if home else 0.0
        row["chip_subsidy_foreign"][index] = regime.chip_subsidy_rate(region, foreign, day)
        # Free computing would be asked for without end: several vouchers add up to no more than one may give.
        row["compute_subsidy"][index] = min(MOST_VOUCHER, regime.compute_subsidy_rate(region, "us", day))
        row["compute_subsidy_domestic"][index] = min(MOST_VOUCHER, regime.compute_subsidy_rate(region, "cn", day))
        for name, rules in (("chip_subsidy_budget", chips), ("compute_subsidy_budget", computing)):
            row[name][index] = _budget(rule.budget_usd_per_year for rule in rules if region in rule.destinations)


def _tariffs(regime: Regime, row: np.void, day: dt.date) -> None:
    """Taxes and rebates add up; of several regulated prices the latest counts."""
    for _, rule in regime.applying(PowerTariff, day):
        for place in _places(rule.destinations, rule.kinds):
            row["power_levy_usd_kwh"][place] += rule.tax_usd_kwh - rule.rebate_usd_kwh
            if rule.price_usd_kwh is not None:
                row["power_price_usd_kwh"][place] = rule.price_usd_kwh


def _carbon(regime: Regime, row: np.void, day: dt.date) -> None:
    """Prices of carbon add up."""
    for index, region in enumerate(REGIONS):
        rules = [rule for _, rule in regime.applying(CarbonPrice, day) if region in rule.destinations]
        price = sum(rule.usd_per_t for rule in rules)
        row["carbon_price_usd_t"][index] = price
        row["carbon_collected_usd_t"][index] = sum(rule.usd_per_t * (1.0 - rule.free_allocation) for rule in rules)
        if price > 0.0:
            exempt = sum(rule.usd_per_t for rule in rules if not rule.behind_meter_covered)
            row["carbon_exempt"][index] = exempt / price


def _grids(regime: Regime, row: np.void, day: dt.date) -> None:
    """Factors and priorities of several programmes multiply, their money adds up."""
    for _, rule in regime.applying(GridProgramme, day):
        for region in rule.destinations:
            index = REGIONS.index(region)
            row["grid_lag_factor"][index] *= rule.lag_factor
            row["grid_limit_factor"][index] *= rule.limit_factor
            row["grid_spending_usd_mw"][index] += rule.public_cost_usd_per_mw
            for kind, weight in rule.priority.items():
                row["grid_priority"][index * len(CLOUD_KINDS) + CLOUD_KINDS.index(kind)] *= weight


def _sites(regime: Regime, row: np.void, day: dt.date) -> None:
    """Levies on new power add up, shares that are permitted multiply."""
    for _, rule in regime.applying(DatacentreLevy, day):
        for region in rule.destinations:
            row["datacentre_levy_usd_kw"][REGIONS.index(region)] += rule.usd_per_kw
            row["permit_share"][REGIONS.index(region)] *= rule.permitted_share


def _public_compute(regime: Regime, row: np.void, day: dt.date) -> None:
    for _, rule in regime.applying(PublicCompute, day):
        name = "public_compute_open_usd" if rule.open_weights_only else "public_compute_usd"
        for region in rule.destinations:
            row[name][REGIONS.index(region)] += rule.budget_usd_per_year / 12.0


def _places(regions: Iterable[str], kinds: tuple[str, ...]) -> list[int]:
    """Positions in a field by region x kind of cloud; no kinds: all."""
    chosen = kinds or CLOUD_KINDS
    return [REGIONS.index(region) * len(CLOUD_KINDS) + CLOUD_KINDS.index(kind) for region in regions for kind in chosen]
