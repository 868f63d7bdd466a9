"""Two sellers in a logit market: do the model's pricing rules find the Bertrand equilibrium?

The rules (`lerner_elasticity`, `lerner_price`) are iterated from far away. The equilibrium beside them knows no
elasticity: each seller maximises profit numerically, given the other's price.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize_scalar

from sim.evidence.corner import Corner, close
from sim.markets.tokens import lerner_elasticity, lerner_price

ALPHA, USAGE = 3.0, 0.6
"""Taste for ln price, and elasticity of tokens per user to price: together an elasticity well above one."""
ROUNDS = 400
STEP = 0.5
LARGEST_MARKUP = 1e6
SOURCE = "Bertrand in a nested logit: Anderson, de Palma and Thisse 1992; elasticity of Berry 1994"


def shares(prices: np.ndarray, tastes: np.ndarray, sigma: float, outside: bool) -> tuple[np.ndarray, np.ndarray]:
    """Market shares and shares within the nest of two sellers; utility `taste - alpha ln price`, outside good at 0."""
    scale = 1.0 - sigma
    weight = np.exp((tastes - ALPHA * np.log(prices)) / scale)
    nest = weight.sum() ** scale
    within = weight / weight.sum()
    return within * (nest / (nest + 1.0) if outside else 1.0), within


def by_the_rules(costs: np.ndarray, tastes: np.ndarray, sigma: float, outside: bool) -> np.ndarray:
    """Prices at which the model's rules come to rest, USD."""
    prices = 5.0 * costs
    for _ in range(ROUNDS):
        share, within = shares(prices, tastes, sigma, outside)
        target = np.array([
            lerner_price(cost, 0.0, lerner_elasticity(ALPHA, sigma, own, part, USAGE), 1.0 + 1e-9, LARGEST_MARKUP)[0]
            for cost, own, part in zip(costs, within, share, strict=True)
        ])  # fmt: skip
        prices = prices * np.exp(STEP * np.log(target / prices))
    return prices


def by_best_responses(costs: np.ndarray, tastes: np.ndarray, sigma: float, outside: bool) -> np.ndarray:
    """Prices from which neither seller gains by moving, found by maximising profits in turn, USD."""
    prices = 2.0 * costs

    def loss(ln_price: float, seller: int) -> float:
        tried = prices.copy()
        tried[seller] = np.exp(ln_price)
        share = shares(tried, tastes, sigma, outside)[0][seller]
        return -float((tried[seller] - costs[seller]) * share * tried[seller] ** -USAGE)

    for _ in range(ROUNDS):
        for seller in range(2):
            limits = (float(np.log(costs[seller])), float(np.log(50.0 * costs[seller])))
            found = minimize_scalar(loss, args=(seller,), bounds=limits, method="bounded", options={"xatol": 1e-11})
            prices[seller] = np.exp(found.x)
    return prices


def pricing_corners() -> list[Corner]:
    """Symmetric sellers without an outside good (closed form), then unequal ones in a nest with one."""
    equal = by_the_rules(np.ones(2), np.zeros(2), 0.0, outside=False)
    elasticity = ALPHA / 2.0 + USAGE
    rows = [close("T1.1", "two equal sellers: price over cost", equal[0], elasticity / (elasticity - 1.0),
                  SOURCE + "; closed form eta/(eta - 1), eta = alpha/2 + usage elasticity")]  # fmt: skip
    costs, tastes = np.array([1.0, 2.0]), np.array([1.5, 2.5])
    for number, sigma in ((2, 0.0), (4, 0.5)):
        rule = by_the_rules(costs, tastes, sigma, outside=True)
        best = by_best_responses(costs, tastes, sigma, outside=True)
        for seller in range(2):
            what = f"two unequal sellers and an outside good, sigma {sigma:g}: price of seller {seller + 1}"
            rows.append(close(f"T1.{number + seller}", what, rule[seller], best[seller], SOURCE, relative=1e-4))
    return rows
