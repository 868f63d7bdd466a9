"""The mean-field version of the model: every community is one representative developer, and luck is switched off.

It is the same code with other parameters. All developers of a community have its mean tastes, one position and the same
weight, and there are so many that shares are the expected ones; the luck of training runs, the noise of sentiment and
the spread of smuggling routes are zero. Draws that remain (when a price is revised, whether a release is open, how long
a run takes) cannot be replaced by an expectation without changing acts: they are averaged over several runs.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from sim.scenario.model import Scenario

DEVELOPERS = 50_000
RUNS = 8
"""Runs over which the draws that remain are averaged."""

ALIKE: dict[str, Any] = {
    "developers.price_taste_spread": 0.0,
    "developers.quality_taste_spread": 0.0,
    "developers.open_taste_spread": 0.0,
    "developers.origin_taste_spread": 0.0,
    "developers.intensity_sigma": 0.0,
    "developers.positions_one": 1.0,
    "developers.positions_two": 0.0,
    "developers.positions_three": 0.0,
    "developers.positions_four": 0.0,
    "labs.release_noise": 0.0,
    "finance.sentiment_noise": 0.0,
}


def mean_field(scenario: Scenario, developers: int = DEVELOPERS) -> Scenario:
    """The scenario in its mean-field version, at the values of its own parameters otherwise.

    The capacity of a smuggling route is lognormal: without spread it is set to the mean, exp(m + s^2 / 2).
    """
    start = scenario.start_month
    mean, spread = (float(scenario.value_of(f"export_controls.route_ln_{name}").at(start)) for name in ("mean", "sd"))
    routes = {
        "export_controls.route_ln_mean": mean + spread * spread / 2.0,
        "export_controls.route_ln_sd": 0.0,
    }
    return scenario.with_overrides({**ALIKE, **routes, "developers.count": developers}, "mean field")


def average(values: np.ndarray) -> np.ndarray:
    """Mean over runs of values of shape (runs, rows); NaN where no run has a value."""
    counts = np.isfinite(values).sum(axis=0)
    sums = np.nansum(values, axis=0)
    return np.where(counts > 0, sums / np.maximum(counts, 1), math.nan)
