"""How many worlds: looks stated in advance, and the half-width of the interval of a mean paired difference."""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

CONFIDENCE = 0.95
GROWTH = 1.5


def looks(minimum: int, maximum: int) -> tuple[int, ...]:
    """Numbers of worlds after which the intervals are looked at: `minimum`, half as many again each time, `maximum`.

    Few looks, all fixed in advance: stopping at one because an interval happens to be short makes intervals a little
    too short, and each more look would add to that (measured in tests/study/test_looks.py).
    """
    found = [minimum]
    while found[-1] < maximum:
        found.append(min(math.ceil(found[-1] * GROWTH), maximum))
    return tuple(found)


def half_width(differences: np.ndarray, confidence: float = CONFIDENCE) -> float:
    """Half-width of Student's interval of the mean of a vector, t(n - 1) s / sqrt(n); NaN for fewer than two."""
    n = len(differences)
    if n < 2:
        return math.nan
    deviation = float(np.std(differences, ddof=1))
    return float(stats.t.ppf(0.5 + confidence / 2.0, n - 1)) * deviation / math.sqrt(n)


def target(unit: str, baseline_mean: float, wanted: float) -> float:
    """Half-width aimed at: `wanted` for a share (0.01 is a percentage point), else that part of the baseline's mean.

    A count and a lag in months may well be zero in the baseline, so they count as at least 1 and 12.
    """
    if unit.startswith("share"):
        return wanted
    least = {"count": 1.0, "month": 12.0}.get(unit, 0.0)
    return wanted * max(abs(baseline_mean), least)


def variance_ratio(baseline: np.ndarray, value: np.ndarray, differences: np.ndarray) -> float:
    """Variance of an unpaired difference over that of the paired one, from vectors over the same worlds.

    Unpaired, the two variances add up; the ratio says how many times as many unpaired runs give the same interval.
    Infinite if the paired difference is the same in all worlds, NaN if nothing varies.
    """
    if len(baseline) < 2:
        return math.nan
    apart = float(np.var(baseline, ddof=1) + np.var(value, ddof=1))
    together = float(np.var(differences, ddof=1))
    if together > 0.0:
        return apart / together
    return math.inf if apart > 0.0 else math.nan
