"""The smoother against the posterior of a linear model with normal errors, which has a closed form."""

import numpy as np
import pytest

from sim.calibration.smoother import step


def posterior(members: int, steps: int, parameters: int = 3, data: int = 6):
    """Mean and covariance, exact and by the smoother, of z ~ N(0, I), y = G z + e, e ~ N(0, I)."""
    draw = np.random.default_rng(5)
    matrix, truth = draw.normal(size=(data, parameters)), draw.normal(size=data)
    scores = draw.normal(size=(members, parameters))
    for _ in range(steps):
        noise = draw.normal(size=(members, data))
        scores = step(scores, scores @ matrix.T - truth, noise, float(steps), threshold=0.0)
    covariance = np.linalg.inv(np.eye(parameters) + matrix.T @ matrix)
    return covariance @ matrix.T @ truth, covariance, scores.mean(axis=0), np.cov(scores.T)


@pytest.mark.parametrize("steps", [1, 4])
def test_a_linear_model_has_its_posterior(steps):
    mean, covariance, found, spread = posterior(20_000, steps)
    np.testing.assert_allclose(found, mean, atol=0.03)
    np.testing.assert_allclose(spread, covariance, atol=0.03)


def test_chance_correlations_move_nothing():
    """A parameter that no datum depends on keeps its spread; without the threshold it would shrink."""
    draw = np.random.default_rng(2)
    scores = draw.normal(size=(60, 40))
    noise = draw.normal(size=(60, 30))
    white = np.repeat(scores[:, :1], 30, axis=1) + 0.5 * draw.normal(size=(60, 30))
    local = step(scores, white, noise, 1.0)
    free = step(scores, white, noise, 1.0, threshold=0.0)
    unmoved = (local[:, 1:] == scores[:, 1:]).mean()
    assert unmoved > 0.9
    assert local[:, 1:].std(axis=0).mean() > 1.02 * free[:, 1:].std(axis=0).mean()
    assert local[:, 0].std() < 0.6 * scores[:, 0].std()


def test_data_that_nothing_moves_change_nothing():
    scores = np.random.default_rng(3).normal(size=(30, 4))
    np.testing.assert_array_equal(step(scores, np.ones((30, 5)), np.zeros((30, 5)), 2.0), scores)
