"""Models: capability, lags, prices and costs of tokens."""

from __future__ import annotations

import numpy as np

from sim.accounts import LAB_KEYS, N_LABS
from sim.measures.panel import Panel
from sim.measures.registry import Series, metric
from sim.measures.series import by_key, only_where, ratio

QUALITIES = (126, 140, 150)
UNREACHED_ECI = -1e9


def frontier(panel: Panel, name: str) -> np.ndarray:
    """Running maximum of a frontier, ECI (months,); NaN before anything has been released."""
    best = np.maximum.accumulate(panel.now[f"frontier_{name}"])
    return only_where(best > 0.0, best)


@metric("capability_eci", unit="ECI", keys="lab, us, cn, open, closed", aggregation="end")
def capability(panel: Panel) -> Series:
    """Best model released so far (running maximum), of a lab once it has released one, an origin or a kind."""
    best = np.maximum.accumulate(panel.labs["best_q"], axis=0)
    labs = by_key(only_where(panel.lab_has_released, best), LAB_KEYS)
    return {**labs, **{name: frontier(panel, name) for name in ("us", "cn", "open", "closed")}}


def months_behind(leader: np.ndarray, follower: np.ndarray) -> np.ndarray:
    """Months since the leader first reached the follower's level, between months by interpolation, 0 if not behind.

    Both are running maxima, ECI (months,). A level that the leader had from the start counts from month 0, so early
    lags are lower bounds. NaN where either is NaN.
    """
    months = np.arange(len(leader), dtype=np.float64)
    path = np.where(np.isnan(leader), UNREACHED_ECI, leader)
    first = np.searchsorted(path, follower, side="left")
    above = path[np.minimum(first, len(path) - 1)]
    below = path[np.maximum(first - 1, 0)]
    inside = (first > 0) & (above > below) & (below > UNREACHED_ECI)
    step = np.divide(follower - below, above - below, out=np.ones(len(path)), where=inside)
    reached = np.where(first == 0, 0.0, first - 1.0 + step)
    lag = np.maximum(months - reached, 0.0)
    return only_where(~np.isnan(leader) & ~np.isnan(follower), lag)


@metric("capability_lag_months", unit="month", keys="cn_behind_us, open_behind_closed", aggregation="mean")
def lags(panel: Panel) -> Series:
    """Months since the leader's frontier first reached the follower's present level, interpolated between months.

    A level that the leader had in the first month counts from then.
    """
    return {
        "cn_behind_us": months_behind(frontier(panel, "us"), frontier(panel, "cn")),
        "open_behind_closed": months_behind(frontier(panel, "closed"), frontier(panel, "open")),
    }


@metric("list_price_usd_per_mtok", unit="USD/Mtoken", keys="lab", aggregation="mean")
def list_price(panel: Panel) -> Series:
    """List price of the lab's newest flagship on offer, 3:1 blend of input and output."""
    shape = (panel.months, N_LABS, -1)
    models = panel.models
    flagship = (models["available"] == 1) & (models["small"] == 0) & (models["price"] > 0.0)
    age = np.where(flagship, models["released"], np.iinfo(np.int64).min).reshape(shape)
    newest = age.argmax(axis=2)[..., None]
    price = np.take_along_axis(models["price"].reshape(shape), newest, axis=2)[..., 0]
    offered = flagship.reshape(shape).any(axis=2)
    return by_key(only_where(offered, price), LAB_KEYS)


@metric("price_at_quality_usd_per_mtok", unit="USD/Mtoken", keys="eci_126, eci_140, eci_150", aggregation="mean")
def price_at_quality(panel: Panel) -> Series:
    """Cheapest model on offer at or above a capability: list price, or a host's price if its weights are open."""
    prices = {}
    for quality in QUALITIES:
        cheapest = np.where(panel.models["q"] >= quality, panel.cheapest_price, np.inf).min(axis=1)
        prices[f"eci_{quality}"] = only_where(np.isfinite(cheapest), cheapest)
    return prices


@metric("token_cost_usd_per_mtok", unit="USD/Mtoken", keys="open, closed", aggregation="mean")
def token_cost(panel: Panel) -> Series:
    """Marginal compute cost of a million tokens, mean over models weighted by tokens."""
    models = panel.models
    cost = models["marginal_cost"]
    costs = {}
    for key, flag in (("open", 1), ("closed", 0)):
        tokens = np.where((models["open"] == flag) & (models["available"] == 1), models["tokens_m"], 0.0)
        costs[key] = ratio((cost * tokens).sum(axis=1), tokens.sum(axis=1))
    return costs
