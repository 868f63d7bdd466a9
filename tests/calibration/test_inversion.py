"""Stage 1: known parameters come back from made-up data, and later data have no influence."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.calibration import inversion
from sim.calibration.inversion import (
    best_by_lab,
    brand_difference,
    elasticity_of_margin,
    inversions,
    rate_of_follower,
    share_ratio,
    wright,
)
from sim.errors import InputError
from sim.evidence.observations import read_observations


@given(st.floats(-3, 3), st.floats(0.0, 0.9), st.floats(-10, 10), st.floats(0.05, 20), st.floats(0, 3), st.floats(0, 3))
def test_brand_terms_and_shares_are_inverse(brand, sigma, gap, price, theta, alpha):
    ratio = share_ratio(brand, sigma, gap, price, theta, alpha)
    if 1e-12 < ratio < 1e12:
        np.testing.assert_allclose(brand_difference(ratio, 1.0, sigma, gap, price, theta, alpha), brand, atol=1e-8)


def test_a_follower_of_the_model_has_the_speed_that_its_lag_gives():
    """The model's own equation, run to its steady state: the lag is 12/psi, and the inversion finds psi."""
    from sim.agents.labs import diffusion

    psi, growth, leader, pupil, gap = 2.0, 0.1, 0.0, 0.0, 0.0
    for _ in range(400):
        leader += growth
        gap = leader - pupil
        pupil += diffusion.py_func(psi, gap * 14.0 / np.log(10.0), 14.0)
    found = rate_of_follower(np.full(12, gap / growth))
    assert found.value == pytest.approx(psi) and found.sd == 0.0


def test_wright_finds_the_rate_that_made_the_data():
    stock = np.geomspace(1e3, 1e6, 12)
    price = 9000 * (stock / 1e3) ** np.log2(1 - 0.18)
    found = wright(stock, price)
    assert found.value == pytest.approx(0.18) and found.sd < 1e-6
    noisy = wright(stock, price * np.exp(np.random.default_rng(1).normal(0, 0.1, 12)))
    assert abs(noisy.value - 0.18) < 3 * noisy.sd


def test_margins():
    assert elasticity_of_margin(0.5) == 2.0
    with pytest.raises(ValueError, match="margin"):
        elasticity_of_margin(1.2)


def test_the_table_is_made_of_known_parameters_and_grows_with_the_data():
    early, late = inversions("2024-12"), inversions("2025-12-31")
    assert len(late) > len(early) >= 4
    assert {"labs.diffusion_closed", "chips.learning_rate", inversion.BRAND} <= set(early["path"])
    assert (late["low"] <= late["value"]).all() and (late["value"] <= late["high"]).all()
    assert late["how"].str.len().min() > 20
    with pytest.raises(InputError, match="not a date"):
        inversions("soon")


def test_later_data_have_no_influence(monkeypatch):
    before = inversions("2024-12")

    def bent():
        frame = read_observations()
        frame.loc[frame["date"] > pd.Timestamp("2024-12-31"), "value"] *= 5.0
        return frame

    monkeypatch.setattr(inversion, "read_observations", bent)
    pd.testing.assert_frame_equal(inversions("2024-12"), before)
    assert not inversions("2025-12").equals(before)


def test_models_released_later_are_not_looked_at():
    one, two = best_by_lab(pd.Timestamp("2024-06-30")), best_by_lab(pd.Timestamp("2025-06-30"))
    assert one["OpenAI"] < two["OpenAI"]
