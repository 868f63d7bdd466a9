"""What separates the model from the data: covariances, whitening, implausibility."""

import numpy as np
import pandas as pd
import pytest

from sim.calibration.plan import read_plan
from sim.calibration.targets import Targets, error_covariance, used_rows
from sim.evidence.observations import read_observations, sd_of

PLAN = read_plan()
START, MONTHS = 12 * 2023, 36


@pytest.fixture(scope="module")
def targets():
    return Targets(PLAN, used_rows(PLAN, pd.Timestamp("2025-12-31")), START, MONTHS)


def test_many_quarters_of_one_series_are_few_observations():
    """The information of n equal points about a common error is bounded by the correlation of the discrepancy."""
    rows = read_observations().query("metric == 'capex_usd' and key == 'meta' and date >= '2023-01-01'")
    covariance = error_covariance(rows, 0.15, 18.0)
    np.testing.assert_allclose(np.diag(covariance), sd_of(rows) ** 2 + 0.15**2)
    ones = np.ones(len(rows))
    independent = ones @ np.linalg.inv(np.diag(np.diag(covariance))) @ ones
    together = ones @ np.linalg.inv(covariance) @ ones
    assert len(rows) == 12 and together < independent / 3


def test_whitened_errors_are_independent(targets):
    draw = np.random.default_rng(0)
    series = max(targets.series, key=lambda s: len(s.rows))
    factor = np.linalg.cholesky(series.covariance)
    values = np.tile(targets.observed, (20_000, 1))
    values[:, series.rows] += draw.normal(size=(20_000, len(series.rows))) @ factor.T
    white = targets.whitened(values)[:, series.rows]
    np.testing.assert_allclose(np.cov(white.T), np.eye(len(series.rows)), atol=0.05)


def test_implausibility_by_hand(targets):
    mean = targets.observed + 2.0
    mean = np.stack([mean, targets.observed, np.full_like(mean, np.nan)])
    chance = np.full(len(targets.observed), 0.5)
    found = targets.implausibility(mean, chance)
    for place, series in enumerate(targets.series):
        expected = np.sqrt(np.mean(4.0 / (np.diag(series.covariance) + 0.5)))
        np.testing.assert_allclose(found[0, place], expected)
    assert (found[1] == 0.0).all() and np.isnan(found[2]).all()


def test_chance_is_the_variance_over_seeds(targets):
    draw = np.random.default_rng(1)
    values = draw.normal(scale=3.0, size=(4000, 4, len(targets.observed)))
    values[:10] = np.nan
    np.testing.assert_allclose(targets.chance(values), 9.0, rtol=0.15)


def test_nothing_after_the_date_is_used():
    rows = used_rows(PLAN, pd.Timestamp("2024-12-31"))
    assert rows["date"].max() <= pd.Timestamp("2024-12-31")
    assert len(rows) > 200
