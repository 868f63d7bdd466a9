"""Seating developers in communities and drawing who they are: once per run, stable in their number.

Every quantity of a developer comes from its own named stream, one uniform each, so that a larger population repeats the
smaller one and adds to it.
"""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np

from sim import numerics
from sim.compiled import compiled
from sim.streams import stream

LARGEST_INTENSITY = 1_000_000  # keeps every sum of intensity times shares far inside 64 bits


class Spread(NamedTuple):
    """How much developers of a community differ in taste."""

    price_mean: float  # the segment's price coefficient, utility per ln USD
    price_sigma: float  # standard deviation of the log of the individual coefficient
    quality: float  # standard deviation, utility per unit of `Offer.quality`
    open: float  # standard deviation, utility
    origin: float  # standard deviation, utility


def seat_developers(total: int, weights: np.ndarray) -> np.ndarray:
    """Developers per community (i8), proportional to `weights` by the divisor method of Sainte-Lague.

    House-monotone: one more developer goes to exactly one community. Ties go to the earlier community. Raises
    ValueError for a negative total or weights that are negative or all zero.
    """
    weights = np.asarray(weights, dtype=np.float64)
    if total < 0 or not np.all(weights >= 0.0) or not 0.0 < weights.sum() < np.inf:
        raise ValueError("seats need a total >= 0 and weights >= 0 with a positive, finite sum")
    # below this multiplier no seat can be one too many; the few that are left are given one by one
    multiplier = max(0.0, (total - weights.size / 2) / weights.sum())
    seats = np.floor(multiplier * weights + 0.5).astype(np.int64)
    queue = [(-w / (2 * int(s) + 1), k) for k, (w, s) in enumerate(zip(weights, seats, strict=True)) if w > 0.0]
    heapq.heapify(queue)
    for _ in range(total - int(seats.sum())):
        _, k = queue[0]
        seats[k] += 1
        heapq.heapreplace(queue, (-weights[k] / (2 * int(seats[k]) + 1), k))
    return seats


@compiled
def fill_normals(uniforms: np.ndarray, normals: np.ndarray) -> None:
    """Standard normals (f8) by inversion; a uniform of exactly 0 is read as 2**-54."""
    for i in range(uniforms.size):
        normals[i] = numerics.normal_quantile(max(uniforms[i], 5.551115123125783e-17))


@compiled
def fill_exponentials(exponents: np.ndarray, values: np.ndarray) -> None:
    """Element-wise exp, the same bytes on every machine."""
    for i in range(exponents.size):
        values[i] = numerics.exp(exponents[i])


def _uniforms(seed: int, community: str, purpose: str, count: int) -> np.ndarray:
    return stream(seed, f"developers/{community}", purpose, 0).random(count)


def _normals(uniforms: np.ndarray) -> np.ndarray:
    normals = np.empty_like(uniforms)
    fill_normals(uniforms, normals)
    return normals


def _exp(exponents: np.ndarray) -> np.ndarray:
    values = np.empty_like(exponents)
    fill_exponentials(exponents, values)
    return values


def tastes_of(normals: np.ndarray, spread: Spread) -> np.ndarray:
    """Deviations (f4 [4, n]: price, quality, open, origin) from standard normals (f8 [4, n]).

    The individual price coefficient is lognormal around the segment's, so nobody likes a higher price (Train 2009,
    "Discrete Choice Methods with Simulation", chapter 6).
    """
    sigma = spread.price_sigma
    coefficient = spread.price_mean * _exp(sigma * normals[0] - 0.5 * sigma * sigma)
    scale = np.array([[spread.quality], [spread.open], [spread.origin]])
    return np.concatenate([[coefficient - spread.price_mean], scale * normals[1:]]).astype(np.float32)


def draw_tastes(seed: int, community: str, count: int, spread: Spread) -> np.ndarray:
    """Tastes (f4 [4, count]: price, quality, open, origin) of developers; a prefix of them for a smaller count."""
    purposes = ("taste_price", "taste_quality", "taste_open", "taste_origin")
    return tastes_of(np.stack([_normals(_uniforms(seed, community, name, count)) for name in purposes]), spread)


def draw_intensity(seed: int, community: str, count: int, median: float, sigma: float) -> np.ndarray:
    """Token weights (i4 [count], 1 .. `LARGEST_INTENSITY`), lognormal and rounded; a prefix for a smaller count."""
    normals = _normals(_uniforms(seed, community, "intensity", count))
    return np.clip(np.rint(median * _exp(sigma * normals)), 1, LARGEST_INTENSITY).astype(np.int32)


def draw_positions(seed: int, community: str, count: int, shares: np.ndarray) -> np.ndarray:
    """Portfolio positions (u1 [count], 1 .. 4) with the given shares of developers; a prefix for a smaller count."""
    borders = np.cumsum(np.asarray(shares, dtype=np.float64))[:-1] / np.sum(shares)
    uniforms = _uniforms(seed, community, "positions", count)
    return (1 + np.searchsorted(borders, uniforms, side="right")).astype(np.uint8)


def quadrature_normals(points: int) -> np.ndarray:
    """A fixed rule of equal weights for the four tastes: standard normals (f8 [4, points]) of Sobol' points.

    `points` must be a power of two; half a step is added so that no coordinate is 0.
    """
    from scipy.stats import qmc  # slow to import, and only this variant needs it

    exponent = points.bit_length() - 1
    if points < 1 or points != 1 << exponent:
        raise ValueError(f"a Sobol' rule needs a power of two, not {points} points")
    cube = qmc.Sobol(d=4, scramble=False).random_base2(exponent) + 0.5 / points
    return np.stack([_normals(np.ascontiguousarray(column)) for column in cube.T])
