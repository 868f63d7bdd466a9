"""Labs as firms: compute, revenue, cash, margin, valuation, commitments, concentration."""

from __future__ import annotations

import numpy as np

from sim.accounts import LAB0, LAB_KEYS, N_LABS
from sim.measures.panel import Panel
from sim.measures.registry import Series, metric
from sim.measures.series import WORLD, by_key, herfindahl, only_where, ratio

LEAST_REVENUE_USD = 1000.0
"""Below this monthly revenue a gross margin says nothing (the state carries none)."""


def of_labs_in_business(panel: Panel, values: np.ndarray) -> Series:
    """Values per lab, shape (months, labs), while it is in business."""
    return by_key(only_where(panel.lab_in_business, values), LAB_KEYS)


def cash(panel: Panel) -> np.ndarray:
    """Balances of labs, USD (months, labs)."""
    return panel.accounts[:, LAB0 : LAB0 + N_LABS] / 100.0


@metric("lab_compute_h100e", unit="H100e", keys="lab", aggregation="end")
def lab_compute(panel: Panel) -> Series:
    """Compute that the lab has, rented or its owner's, for research, training and serving."""
    return of_labs_in_business(panel, panel.labs["compute_h100e"])


@metric("lab_revenue_usd_per_year", unit="USD/year", keys="lab", aggregation="mean")
def lab_revenue(panel: Panel) -> Series:
    """Twelve times the month's revenue: own API and resold, assistants, other lines."""
    return of_labs_in_business(panel, 12.0 * panel.labs["revenue"])


@metric("lab_cash_usd", unit="USD", keys="lab", aggregation="end")
def lab_cash(panel: Panel) -> Series:
    """Balance of the lab's account."""
    return of_labs_in_business(panel, cash(panel))


@metric("lab_gross_margin", unit="share", keys="lab", aggregation="mean")
def lab_margin(panel: Panel) -> Series:
    """Revenue less cost of revenue (serving, platform costs, delivery, people who run it), over revenue."""
    earning = panel.labs["revenue"] > LEAST_REVENUE_USD
    return of_labs_in_business(panel, only_where(earning, panel.labs["gross_margin"]))


@metric("api_gross_margin", unit="share", keys="lab, cn_all, us_all", aggregation="mean")
def api_gross_margin(panel: Panel) -> Series:
    """Margin of API sales (own and through clouds) after the compute that they take; `cn_all`, `us_all` all labs."""
    sales, cost = panel.labs["api_revenue"], panel.labs["api_cost"]
    earning = sales > LEAST_REVENUE_USD
    series = of_labs_in_business(panel, only_where(earning, 1.0 - ratio(cost, sales)))
    for name, origin in (("us_all", 0), ("cn_all", 1)):
        here = panel.labs["origin"] == origin
        total = np.where(here, sales, 0.0).sum(axis=1)
        margin = 1.0 - ratio(np.where(here, cost, 0.0).sum(axis=1), total)
        series[name] = only_where(total > LEAST_REVENUE_USD, margin)
    return series


@metric("price_war_participants", unit="count", keys="cn", aggregation="mean")
def price_war_participants(panel: Panel) -> Series:
    """Labs that are in the price war of the Chinese market; 0 while there is none."""
    return {"cn": panel.now["price_war_labs"].astype(np.float64)}


@metric("lab_valuation_usd", unit="USD", keys="lab", aggregation="end")
def lab_valuation(panel: Panel) -> Series:
    """Value by the last round that the lab sought; none for a lab that is part of another firm."""
    value = panel.labs["valuation_usd"]
    return of_labs_in_business(panel, only_where(value > 0.0, value))


@metric("commitment_cover", unit="ratio", keys="lab, world", aggregation="mean")
def commitment_cover(panel: Panel) -> Series:
    """Cash and a year of present revenue, over take-or-pay commitments still to be bought; only labs that have some."""
    owed = panel.labs["commitments_usd"]
    means = np.maximum(cash(panel), 0.0) + 12.0 * panel.labs["revenue"]
    has = owed > 0.0
    world = ratio(np.where(has, means, 0.0).sum(axis=1), np.where(has, owed, 0.0).sum(axis=1))
    return {**of_labs_in_business(panel, ratio(means, owed)), WORLD: world}


@metric("hhi_token_revenue", unit="0-10,000", keys="world", aggregation="mean")
def hhi_token_revenue(panel: Panel) -> Series:
    """Herfindahl-Hirschman index of labs by revenue from tokens sold on own APIs and through clouds."""
    return {WORLD: herfindahl(panel.labs["api_revenue"])}
