"""Arithmetic that many measures share: ratios that know when they are undefined, concentration, sums by group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.measures.registry import Series
from sim.world import REGIONS

WORLD = "world"


def by_key(values: np.ndarray, keys: Sequence[str]) -> Series:
    """Columns of `values`, shape (months, keys), under their names."""
    return dict(zip(keys, values.T, strict=True))


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """`part / whole`, broadcast; NaN where `whole` is not positive."""
    part, whole = np.broadcast_arrays(part, whole)
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0.0)


def only_where(condition: np.ndarray, values: np.ndarray) -> np.ndarray:
    """`values` where the condition holds, NaN elsewhere."""
    return np.where(condition, values, np.nan)


def herfindahl(amounts: np.ndarray, fringe: np.ndarray | float = 0.0) -> np.ndarray:
    """Herfindahl-Hirschman index, 0 to 10,000: `10^4 x sum of squared shares` over the last axis.

    `fringe` (months,) is what many small sellers hold together: it counts in the whole and adds no square. NaN where
    nobody holds anything.
    """
    # A stock that has been retired to nothing may be a rounding error below zero.
    amounts = np.maximum(amounts, 0.0)
    whole = amounts.sum(axis=-1) + fringe
    return 1e4 * ratio(np.square(amounts).sum(axis=-1), np.square(whole))


def regions_and_sum(values: np.ndarray) -> Series:
    """Regional amounts, shape (months, 6), and their sum as `world`."""
    return {**by_key(values, REGIONS), WORLD: values.sum(axis=1)}


def regions_and_mean(values: np.ndarray, weights: np.ndarray) -> Series:
    """Regional rates, shape (months, 6), and their mean by `weights` as `world`."""
    return {**by_key(values, REGIONS), WORLD: ratio((values * weights).sum(axis=1), weights.sum(axis=1))}


def regional_ratio(part: np.ndarray, whole: np.ndarray) -> Series:
    """Ratio per region, shape (months, 6) each, and of the sums as `world`."""
    return {**by_key(ratio(part, whole), REGIONS), WORLD: ratio(part.sum(axis=1), whole.sum(axis=1))}


def trailing_sum(values: np.ndarray, months: int) -> np.ndarray:
    """Sum over the last `months` months, fewer at the start; the month is the first axis, shape as `values`."""
    total = np.concatenate((np.zeros((1, *values.shape[1:])), np.cumsum(values, axis=0)))
    ends = np.arange(1, len(total))
    return total[ends] - total[np.maximum(ends - months, 0)]
