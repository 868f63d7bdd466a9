"""The ensemble smoother with multiple data assimilation: a step that moves parameter sets towards the data.

Emerick and Reynolds (2013), "Ensemble smoother with multiple data assimilation", Computers and Geosciences 55:3-15. For
a linear model with normal errors, K steps with the error covariance inflated by K give samples of the posterior; for
others they are an approximation, and what comes out is filtered by real runs afterwards. Correlations that a finite
ensemble cannot tell from chance move nothing (correlation-based localisation: Luo and Bhakta 2020, Journal of
Petroleum Science and Engineering 184:106559).
"""

from __future__ import annotations

import numpy as np


def step(
    scores: np.ndarray, white: np.ndarray, noise: np.ndarray, inflation: float, threshold: float | None = None
) -> np.ndarray:
    """New scores of shape (members, parameters) after one assimilation.

    `white` are residuals (model minus data) whitened so that data errors have unit variance, shape (members, data);
    `noise` are standard normal draws of the same shape; `inflation` is the factor on the error variance. `threshold` is
    the least |correlation| of a parameter and a datum that counts; `3 / sqrt(members)` if None.
    """
    members = len(scores)
    away = (scores - scores.mean(axis=0)) / np.sqrt(members - 1)
    response = (white - white.mean(axis=0)) / np.sqrt(members - 1)
    left, size, right = np.linalg.svd(response, full_matrices=False)
    # C_zd (C_dd + inflation I)^-1 in the space that the members span; the rest of the data space has no covariance.
    gain = (away.T @ left) * (size / (size**2 + inflation)) @ right
    limit = 3.0 / np.sqrt(members) if threshold is None else threshold
    spread = np.outer(np.linalg.norm(away, axis=0), np.linalg.norm(response, axis=0))
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = np.where(spread > 0.0, (away.T @ response) / spread, 0.0)
    gain = np.where(np.abs(correlation) >= limit, gain, 0.0)
    return scores - (white + np.sqrt(inflation) * noise) @ gain.T
