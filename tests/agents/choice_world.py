"""A small world of choice for the tests, and the nested logit written out plainly."""

from __future__ import annotations

import numpy as np

from sim.agents import choice_kernel as kernel
from sim.agents.choice_kernel import Offer, Terms
from sim.world import Developers

TERMS = Terms(sigma_closed=0.3, sigma_open=0.75, kappa_family=0.9, kappa_same=0.5, lambda_stack=0.3, kappa_none=0.2)


def with_terms(**changes: float) -> Terms:
    return TERMS._replace(**changes)


def make_offer(models: int, seed: int = 3) -> Offer:
    rng = np.random.default_rng(seed)
    slots = np.arange(models)
    return Offer(
        base=rng.normal(0.0, 0.8, models),
        ln_price=rng.normal(0.0, 1.5, models),
        quality=rng.normal(0.0, 1.0, models),
        is_open=(slots % 3 == 0).astype(np.uint8),
        chinese=(slots % 4 == 0).astype(np.uint8),
        family=slots % 7,
        stack=slots % 2,
    )


def make_developers(
    n: int, *, spread: float = 1.0, positions: int | None = None, first: int = 0, last: int | None = None
) -> Developers:
    """The first n developers of an endless list (or a slice of them), all without a model."""
    part = slice(first, n if last is None else last)
    tastes = [
        (spread * scale * np.random.default_rng(k).normal(size=n)).astype(np.float32)[part]
        for k, scale in enumerate((0.3, 0.3, 0.4, 0.6))
    ]
    kept = np.random.default_rng(10).integers(1, 5, n).astype(np.uint8)[part]
    if positions is not None:
        kept[:] = positions
    intensity = (1 + 10 * np.random.default_rng(11).pareto(1.5, n)).clip(1, 1e6).astype(np.int32)[part]
    choice = np.full((kept.size, 4), 255, np.uint8)
    return Developers(
        taste_price=tastes[0],
        taste_quality=tastes[1],
        taste_open=tastes[2],
        taste_origin=tastes[3],
        positions=kept,
        intensity=intensity,
        choice=choice,
    )


def counted(developers: Developers, offer: Offer) -> tuple[np.ndarray, np.ndarray]:
    users, weight = np.zeros((2, offer.base.size + 1), np.int64)
    kernel.recount(developers, 0, developers.choice.shape[0], users, weight)
    return users, weight


def run_months(developers, offer, terms, rho, key, *, months: int):
    """Users and weights at the end, and the log-sums of the months."""
    users, weight = counted(developers, offer)
    n = developers.choice.shape[0]
    log_sums = [
        kernel.choose(developers, 0, n, offer, terms, rho, key, month, -1, users, weight)[2] for month in range(months)
    ]
    return users, weight, np.array(log_sums)


def nested_logit(offer, terms, tastes, now, others=()) -> tuple[np.ndarray, float, list[int]]:
    """Probabilities [M + 1] of one developer, the log-sum, and the models in the order of nest, family, stack."""
    models = offer.base.size
    value = offer.base - tastes[0] * offer.ln_price + tastes[1] * offer.quality
    value = value + tastes[2] * offer.is_open + tastes[3] * offer.chinese
    if now < models:
        value = value + terms.kappa_family * (offer.family == offer.family[now])
        value = value + terms.lambda_stack * (offer.stack == offer.stack[now])
        value[now] += terms.kappa_same
    value[list(others)] = -np.inf
    share, inclusive = np.zeros(models + 1), []
    for nest, sigma in enumerate((terms.sigma_closed, terms.sigma_open)):
        inside = (np.asarray(offer.is_open) == nest) & (value > -1e29)
        within = np.exp(value[inside] / (1 - sigma))
        inclusive.append((1 - sigma) * np.log(within.sum()) if inside.any() else -np.inf)
        share[:models][inside] = within / within.sum()
    inclusive.append(terms.kappa_none if now >= models else 0.0)
    log_sum = np.log(np.sum(np.exp(inclusive)))
    nests = np.exp(np.array(inclusive) - log_sum)
    share[:models] *= nests[np.asarray(offer.is_open, dtype=int)]
    share[models] = nests[2]
    order = sorted(range(models), key=lambda j: (offer.is_open[j], offer.family[j], offer.stack[j], j))
    return share, float(log_sum), order
