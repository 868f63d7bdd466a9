"""Sensitivity indices of one output of a design: Sobol', Morris, PAWN, and how much of its spread is chance.

Positions of a design are between 0 and 1; an output has a value per point, NaN where there is a gap.
"""

from __future__ import annotations

import dataclasses

import numpy as np

RESAMPLES = 1000
NINETY_FIVE = 1.959963984540054
SLICES = 10
LEAST_IN_SLICE = 10
DUMMIES = 99
ALIKE = 1e-12
"""Variance, against the square of the largest value, at which an output is the same but for rounding."""


def varies(values: np.ndarray) -> bool:
    """Whether finite values differ by more than rounding."""
    finite = values[np.isfinite(values)]
    return bool(finite.size > 1 and np.var(finite) > ALIKE * np.max(np.abs(finite)) ** 2)


@dataclasses.dataclass(frozen=True)
class SobolIndices:
    """First and total order of every column, and the standard deviations of both over resampled blocks."""

    first: np.ndarray
    total: np.ndarray
    first_error: np.ndarray
    total_error: np.ndarray
    blocks: int
    left_out: int
    """Blocks with a gap."""


def sobol_indices(values: np.ndarray, columns: int, *, seed: int, resamples: int = RESAMPLES) -> SobolIndices:
    """Estimators of Saltelli et al. 2010 (table 2, b and f), as SALib has them; blocks are resampled for the errors.

    `values` (n * (columns + 2),) is in the order of `SALib.sample.sobol` without second order. A block with a gap is
    left out. Every resample is a row of weights, so that all of them are one product of matrices.
    """
    blocks = values.reshape(-1, columns + 2)
    whole = blocks[np.isfinite(blocks).all(axis=1)]
    count = len(whole)
    scaled = (whole - whole.mean()) / whole.std()
    first, mixed, last = scaled[:, :1], scaled[:, 1:-1], scaled[:, -1:]
    parts = np.hstack([last * (mixed - first), 0.5 * (first - mixed) ** 2])
    ends = np.hstack([first + last, first**2 + last**2]) / 2

    def shares(weights: np.ndarray) -> np.ndarray:
        means = weights @ ends
        variance = np.maximum(means[:, 1] - means[:, 0] ** 2, np.finfo(float).tiny)
        return np.asarray((weights @ parts) / variance[:, None])

    found = shares(np.full((1, count), 1 / count))[0]
    drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=resamples) / count
    error = shares(drawn).std(axis=0, ddof=1)
    return SobolIndices(
        found[:columns], found[columns:], error[:columns], error[columns:], count, len(blocks) - count
    )  # fmt: skip


@dataclasses.dataclass(frozen=True)
class MorrisIndices:
    """Mean, mean size and spread of the elementary effects of every column, per whole range of the column."""

    mean: np.ndarray
    size: np.ndarray
    spread: np.ndarray
    size_error: np.ndarray
    """Half the 95 % interval of `size`."""
    trajectories: int
    left_out: int


def morris_indices(positions: np.ndarray, values: np.ndarray, *, levels: int, seed: int) -> MorrisIndices:
    """Morris 1991 with the mean of absolute effects of Campolongo et al. 2007, by SALib.

    A trajectory with a gap is left out. `positions` (points, columns), `values` (points,).
    """
    from SALib.analyze import morris

    count = positions.shape[1]
    whole = np.isfinite(values.reshape(-1, count + 1)).all(axis=1)
    kept = np.repeat(whole, count + 1)
    problem = {"names": [str(n) for n in range(count)], "num_vars": count, "bounds": [[0.0, 1.0]] * count}
    found = morris.analyze(
        problem, positions[kept], values[kept], num_levels=levels, num_resamples=RESAMPLES, seed=seed
    )  # fmt: skip
    mean, size, spread, error = (
        np.asarray(found[name], dtype=np.float64) for name in ("mu", "mu_star", "sigma", "mu_star_conf")
    )
    return MorrisIndices(mean, size, spread, error, int(whole.sum()), int((~whole).sum()))


def slices_of(column: np.ndarray, count: int) -> np.ndarray:
    """The slice that each value lies in: its own level where there are few levels, else one of `count` quantiles.

    As SALib cuts, the largest value of all lies in no slice (-1) where slices are quantiles.
    """
    levels, place = np.unique(column, return_inverse=True)
    if len(levels) <= count:
        return np.asarray(place.reshape(-1))
    edges = np.quantile(column, np.minimum(np.arange(count + 1) / count, 1.0))
    found = np.searchsorted(edges, column, side="right") - 1
    return np.where(found < count, found, -1)


def pawn_distances(values: np.ndarray, slices: np.ndarray) -> np.ndarray:
    """Kolmogorov-Smirnov distances between the values within each slice and all values, shape (slices with values,).

    The indices of Pianosi & Wagener 2018 are their median and their maximum.
    """
    order = np.argsort(values, kind="stable")
    ranked = values[order]
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)  # the last of equal values
    member = slices[order][:, None] == np.arange(slices.max() + 1)[None, :]
    inside = np.cumsum(member, axis=0, dtype=np.float64)[ends]
    within = inside[-1] > 0
    overall = (ends + 1.0) / len(ranked)
    return np.asarray(np.abs(inside[:, within] / inside[-1, within] - overall[:, None]).max(axis=0))


def slice_count(points: int) -> int:
    """Slices of a column, so that each holds enough points."""
    return int(np.clip(points // LEAST_IN_SLICE, 2, SLICES))


def pawn_floor(values: np.ndarray, slices: np.ndarray, *, seed: int) -> float:
    """The largest median distance that columns which act on nothing reach: the slices shuffled, `DUMMIES` times."""
    rng = np.random.default_rng(seed)
    return max(float(np.median(pawn_distances(values, rng.permutation(slices)))) for _ in range(DUMMIES))


@dataclasses.dataclass(frozen=True)
class Components:
    """Unbiased estimates of variance; an estimate may be below zero where the truth is about zero."""

    points: float
    """Between points."""
    worlds: float
    """Between replicates, the same at all points."""
    rest: float
    """Between replicates, different from point to point."""
    used: int
    """Points without a gap."""

    @property
    def chance(self) -> float:
        """All that replicates differ by."""
        return self.worlds + self.rest


def components_of(values: np.ndarray) -> Components | None:
    """Two-way analysis of variance with random effects (Searle, Casella & McCulloch 1992), values (points, replicates).

    Replicates have the same seeds at all points, so part of chance is common to the points, which analysing one way
    would take off the points' variance. Points with a gap are left out; None with fewer than two points or replicates.
    """
    whole = values[np.isfinite(values).all(axis=1)]
    points, replicates = whole.shape
    if points < 2 or replicates < 2:
        return None
    grand, rows, columns = whole.mean(), whole.mean(axis=1), whole.mean(axis=0)
    of_points = replicates * float(((rows - grand) ** 2).sum()) / (points - 1)
    of_worlds = points * float(((columns - grand) ** 2).sum()) / (replicates - 1)
    left = whole - rows[:, None] - columns[None, :] + grand
    rest = float((left**2).sum()) / ((points - 1) * (replicates - 1))
    return Components((of_points - rest) / replicates, (of_worlds - rest) / points, rest, points)


def main_effect(values: np.ndarray, slices: np.ndarray) -> float:
    """Variance of the mean within slices, unbiased: one way, random effects, slices of different sizes.

    Points of no slice (-1) are left out.
    """
    values, slices = values[slices >= 0], slices[slices >= 0]
    counts = np.bincount(slices).astype(np.float64)
    sums = np.bincount(slices, values)[counts > 0]
    counts = counts[counts > 0]
    if len(counts) < 2 or len(counts) >= len(values):
        return 0.0
    means, total = sums / counts, counts.sum()
    between = float((counts * (means - values.mean()) ** 2).sum()) / (len(counts) - 1)
    within = (float((values**2).sum()) - float((counts * means**2).sum())) / (total - len(counts))
    each = (total - (counts**2).sum() / total) / (len(counts) - 1)
    # each weights slices as they were drawn; sizes are nearly equal, so it is the variance of the slices' means
    return (between - within) / each * (len(counts) - 1) / len(counts)
