"""Scores of points: errors on their scale, the predictive distribution, its coverage and its CRPS."""

from __future__ import annotations

import numpy as np

from sim.evidence.observations import Scale
from sim.streams import stream

DRAWS = 20
"""Draws of the error of observation and model per world."""

FLOOR = 1e-3
"""A level of the model or of a forecast below this part of the observed value counts as this part of it: a zero has no
logarithm, so the error is cut at ln(1000), about 6.9, instead of being infinite or left out."""

BAND = (0.05, 0.5, 0.95)

DISCREPANCY_LOG = 0.25
DISCREPANCY_ABSOLUTE = {"share": 0.04, "share of firms": 0.04, "ECI": 2.0, "month": 2.0}
"""Standard deviation of what the structure of the model leaves out, on the scale of a series, where the calibration
recorded none for it: assumed, a quarter of a level and four points of a share."""


def default_discrepancy(unit: str) -> float:
    """Discrepancy of a series that was no target of the calibration."""
    return DISCREPANCY_ABSOLUTE.get(unit, DISCREPANCY_LOG)


def on_scale(values: np.ndarray, observed: np.ndarray, scale: Scale) -> np.ndarray:
    """Values of shape (..., rows) on the scale on which they are compared with `observed`, shape (rows,); NaN stays.

    Levels are cut at FLOOR times the observed value, which must be positive.
    """
    values = np.asarray(values, dtype=np.float64)
    if scale == "absolute":
        return values
    return np.where(np.isnan(values), np.nan, np.log(np.maximum(np.nan_to_num(values), FLOOR * observed)))


def off_scale(values: np.ndarray, scale: Scale) -> np.ndarray:
    """Back from the scale to the unit."""
    return np.asarray(values) if scale == "absolute" else np.exp(values)


def mean_absolute_error(forecast: np.ndarray, observed: np.ndarray) -> float:
    """Mean of absolute differences, both on the scale."""
    return float(np.mean(np.abs(forecast - observed)))


def predictive(worlds: np.ndarray, sd: float, name: str, draws: int = DRAWS) -> np.ndarray:
    """Draws of what would be observed at a point, shape (worlds, draws), from values of worlds, shape (worlds,).

    A normal error of standard deviation `sd` (that of the observation and of the model together) is added to each
    world; it comes from a stream of the point's own name, so that other points change nothing.
    """
    if sd <= 0.0:
        return np.asarray(worlds, dtype=np.float64)[:, None]
    normals = stream(0, name, "predictive", 0).standard_normal((len(worlds), draws))
    return np.asarray(worlds, dtype=np.float64)[:, None] + sd * normals


def crps(draws: np.ndarray, observed: float) -> float:
    """Fair continuous ranked probability score of draws, shape (worlds, draws per world), on their scale.

    `E|X - y| - E|X - X'| / 2` (Gneiting and Raftery 2007), the second mean over pairs from different worlds only: it is
    unbiased for the distribution from which worlds are drawn (fair, Ferro 2014). With one world, over all its pairs.
    """
    worlds, each = draws.shape
    error = float(np.mean(np.abs(draws - observed)))
    everything = pair_sum(draws.ravel())
    if worlds > 1:
        within = sum(pair_sum(row) for row in draws) if each > 1 else 0.0
        return error - (everything - within) / (each * each * worlds * (worlds - 1))
    return error - (everything / (each * (each - 1)) if each > 1 else 0.0)


def pair_sum(values: np.ndarray) -> float:
    """Sum of |x_i - x_j| over unordered pairs, by sorting."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    count = len(ordered)
    weights = 2.0 * np.arange(count) - (count - 1)
    return float(np.dot(weights, ordered))
