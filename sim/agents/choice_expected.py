"""Expected choice: exact probabilities of one developer, of a population, and the mean-field month.

The same utility and nests as `choice_kernel`, in double precision and without draws: for elasticities, for the
inversion of brand terms, for tests of the kernel, and for the structural variant `mean-field`.
"""

from __future__ import annotations

import numpy as np

from sim import numerics
from sim.agents.choice_draws import FULL
from sim.agents.choice_kernel import AVAILABLE_ABOVE, MODELS, OPEN, Offer, Terms
from sim.compiled import compiled
from sim.world import Developers

NEGLIGIBLE = 1e-12


@compiled
def attractions(
    offer: Offer, terms: Terms, price: float, quality: float, opened: float, origin: float, attraction: np.ndarray
) -> tuple[float, float]:
    """Fill exp((V_j - most_g) / mu_g), f8 [M], 0 where unavailable, without switching terms; the nests' `most`."""
    most_closed = most_open = -np.inf
    for j in range(offer.base.shape[0]):
        if offer.base[j] > AVAILABLE_ABOVE:
            value = offer.base[j] - price * offer.ln_price[j] + quality * offer.quality[j]
            value += (opened if offer.is_open[j] else 0.0) + (origin if offer.chinese[j] else 0.0)
            attraction[j] = value
            if offer.is_open[j]:
                most_open = max(most_open, value)
            else:
                most_closed = max(most_closed, value)
    for j in range(offer.base.shape[0]):
        if offer.base[j] > AVAILABLE_ABOVE:
            most = most_open if offer.is_open[j] else most_closed
            mu = 1.0 - (terms.sigma_open if offer.is_open[j] else terms.sigma_closed)
            attraction[j] = numerics.exp((attraction[j] - most) / mu)
        else:
            attraction[j] = 0.0
    return most_closed, most_open


@compiled
def switching_factors(terms: Terms) -> np.ndarray:
    """exp(bonus / mu_g), f8 [2 nests, 3]: same family, same model, same stack."""
    factors = np.empty((2, 3))
    for nest in range(2):
        mu = 1.0 - (terms.sigma_open if nest == OPEN else terms.sigma_closed)
        factors[nest, 0] = numerics.exp(terms.kappa_family / mu)
        factors[nest, 1] = numerics.exp(terms.kappa_same / mu)
        factors[nest, 2] = numerics.exp(terms.lambda_stack / mu)
    return factors


@compiled
def probabilities(
    offer: Offer,
    terms: Terms,
    attraction: np.ndarray,
    most_closed: float,
    most_open: float,
    factors: np.ndarray,
    now: int,
    share: np.ndarray,
) -> float:
    """Fill `share` (f8 [M + 1], last the outside good) given the slot held now (M or more: none); the log-sum."""
    models = offer.base.shape[0]
    known = now < models
    total_closed = total_open = 0.0
    for j in range(models):
        weight = attraction[j]
        nest = OPEN if offer.is_open[j] else 0
        if known and weight > 0.0:
            weight *= factors[nest, 0] if offer.family[j] == offer.family[now] else 1.0
            weight *= factors[nest, 2] if offer.stack[j] == offer.stack[now] else 1.0
            weight *= factors[nest, 1] if j == now else 1.0
        share[j] = weight
        if nest == OPEN:
            total_open += weight
        else:
            total_closed += weight
    outside = 0.0 if known else terms.kappa_none
    closed = (most_closed + (1.0 - terms.sigma_closed) * numerics.log(total_closed)) if total_closed > 0.0 else -np.inf
    opened = (most_open + (1.0 - terms.sigma_open) * numerics.log(total_open)) if total_open > 0.0 else -np.inf
    most = max(outside, max(closed, opened))
    share_closed, share_open = numerics.exp(closed - most), numerics.exp(opened - most)
    share[models] = numerics.exp(outside - most)
    total = share_closed + share_open + share[models]
    for j in range(models):
        if share[j] > 0.0:
            share[j] *= share_open / (total_open * total) if offer.is_open[j] else share_closed / (total_closed * total)
    share[models] /= total
    return most + numerics.log(total)


@compiled
def expected_shares(
    developers: Developers, start: int, stop: int, offer: Offer, terms: Terms, position: int, share: np.ndarray
) -> float:
    """Fill `share` (f8 [M + 1]) with the mean probabilities of developers start .. stop - 1 reconsidering `position`.

    Conditional on the models they hold now; those held in other positions are ruled out. Returns the mean log-sum. All
    developers enter, whatever their number of positions.
    """
    models = offer.base.shape[0]
    attraction, one = np.empty(models), np.empty(models + 1)
    factors = switching_factors(terms)
    share[:] = 0.0
    log_sum = 0.0
    for i in range(start, stop):
        most_closed, most_open = attractions(
            offer,
            terms,
            np.float64(developers.taste_price[i]),
            np.float64(developers.taste_quality[i]),
            np.float64(developers.taste_open[i]),
            np.float64(developers.taste_origin[i]),
            attraction,
        )
        for p in range(developers.positions[i]):
            held = np.int64(developers.choice[i, p])
            if p != position and held < models:
                attraction[held] = 0.0
        now = np.int64(developers.choice[i, position])
        log_sum += probabilities(offer, terms, attraction, most_closed, most_open, factors, now, one)
        for j in range(models + 1):
            share[j] += one[j]
    share /= max(1, stop - start)
    return log_sum / max(1, stop - start)


@compiled
def apportion(total: int, share: np.ndarray, seats: np.ndarray) -> None:
    """Fill `seats` (i8) with whole numbers that sum to `total`, by largest remainders; ties go to the earlier entry."""
    remainder = np.empty(share.shape[0])
    left = total
    whole = share.sum()
    for j in range(share.shape[0]):
        quota = total * (share[j] / whole)
        seats[j] = np.int64(quota)
        remainder[j] = quota - seats[j]
        left -= seats[j]
    while left > 0:
        j = int(np.argmax(remainder))
        seats[j] += 1
        remainder[j] -= 1.0
        left -= 1
    while left < 0:  # rounding of the quotas, when all of them are whole
        seats[np.argmax(seats)] -= 1
        left += 1


@compiled
def choose_mean_field(
    tastes: np.ndarray,
    state: np.ndarray,
    count: int,
    intensity: int,
    offer: Offer,
    terms: Terms,
    rho: float,
    users: np.ndarray,
    weight: np.ndarray,
) -> tuple[int, int, float]:
    """A month of choice in expectation, for a community of `count` developers with summed `intensity`.

    `tastes` f8 or f4 [4, Q] are the nodes of a fixed rule of equal weights (`choice_setup.quadrature_normals`); `state`
    f8 [Q, M + 1] holds, per node, the shares by model held, and is updated in place: tastes are stable, so each node
    has its own history. All positions of a portfolio are taken as one. Fills `users` and `weight` (i8 [M + 1]) and
    returns what `choose` returns: how many reconsidered, how many changed model, and the sum of the log-sums.
    """
    nodes, models = state.shape[0], offer.base.shape[0]
    attraction, one, new = np.empty(MODELS), np.empty(models + 1), np.empty(models + 1)
    mean = np.zeros(models + 1)
    factors = switching_factors(terms)
    log_sum = switched = 0.0
    for q in range(nodes):
        most_closed, most_open = attractions(
            offer,
            terms,
            np.float64(tastes[0, q]),
            np.float64(tastes[1, q]),
            np.float64(tastes[2, q]),
            np.float64(tastes[3, q]),
            attraction,
        )
        for j in range(models + 1):
            new[j] = (1.0 - rho) * state[q, j]
        for now in range(models + 1):
            mass = state[q, now]
            if mass > NEGLIGIBLE:
                log_sum += mass * probabilities(offer, terms, attraction, most_closed, most_open, factors, now, one)
                switched += mass * (1.0 - one[now])
                for j in range(models + 1):
                    new[j] += rho * mass * one[j]
            else:
                new[now] += rho * mass
        for j in range(models + 1):
            state[q, j] = new[j]
            mean[j] += new[j] / nodes
    apportion(count, mean, users)
    apportion(FULL * intensity, mean, weight)
    reconsidered = int(rho * count + 0.5)
    return reconsidered, int(rho * count * switched / nodes + 0.5), reconsidered * log_sum / nodes
