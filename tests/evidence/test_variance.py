"""Variance between worlds is split into parameters and chance as it was put in."""

import numpy as np
import pytest

from sim.evidence.variance import components, shares


def made(between: float, within: float, sets: int = 400, seeds: int = 5) -> np.ndarray:
    random = np.random.default_rng(8)
    return 10 + between * random.standard_normal((sets, 1)) + within * random.standard_normal((sets, seeds))


@pytest.mark.parametrize(("between", "within"), [(2.0, 1.0), (1.0, 2.0), (0.5, 0.1)])
def test_components_are_those_that_were_put_in(between: float, within: float) -> None:
    found = components(made(between, within))
    assert found == (pytest.approx(between**2, rel=0.15), pytest.approx(within**2, rel=0.1))


def test_chance_alone_is_not_taken_for_parameters() -> None:
    assert shares(made(0.0, 1.0))[0] < 0.05  # the variance of means of five seeds would say a fifth


def test_components_by_hand() -> None:
    # means 1 and 3, within (2 + 2) / 2 = 2, between sets 2 x (1 + 1) / 1 = 4, so (4 - 2) / 2 = 1
    assert components(np.array([[0.0, 2.0], [2.0, 4.0]])) == (pytest.approx(1.0), pytest.approx(2.0))


def test_undefined_values_are_left_out() -> None:
    values = np.array([[0.0, 2.0, np.nan], [2.0, 4.0, np.nan], [9.0, np.nan, np.nan]])
    assert components(values) == (pytest.approx(1.0), pytest.approx(2.0))
    assert np.isnan(components(values[:1])).all()


def test_worlds_that_are_alike_have_no_shares() -> None:
    assert np.isnan(shares(np.full((4, 3), 7.0))).all()
    assert shares(np.repeat([[1.0], [2.0]], 3, axis=1)) == (pytest.approx(1.0), pytest.approx(0.0))
