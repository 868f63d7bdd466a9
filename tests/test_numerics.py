"""Elementary functions against the mathematics library and against exact identities."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import numerics

RNG = np.random.default_rng(20230101)


def ulps(found: float, expected: float) -> float:
    if found == expected:
        return 0.0
    return abs(found - expected) / math.ulp(expected)


def worst(function, reference, points) -> float:
    return max(ulps(function(float(x)), reference(float(x))) for x in points)


CASES = [
    ("exp", math.exp, np.concatenate([RNG.uniform(-40, 40, 20_000), RNG.uniform(-700, 700, 5_000)]), 1.5),
    ("log", math.log, np.concatenate([RNG.lognormal(0, 10, 20_000), RNG.uniform(0.5, 2, 10_000)]), 1.5),
    ("log1p", math.log1p, np.concatenate([RNG.uniform(-0.99, 3, 20_000), 10.0 ** RNG.uniform(-18, 9, 10_000)]), 2.5),
    ("expm1", math.expm1, np.concatenate([RNG.uniform(-3, 3, 20_000), RNG.uniform(-40, 40, 10_000)]), 2.5),
    ("logistic", lambda x: 1 / (1 + math.exp(-x)), RNG.uniform(-30, 30, 10_000), 4.0),
]


@pytest.mark.parametrize(("name", "reference", "points", "bound"), CASES, ids=[case[0] for case in CASES])
def test_close_to_the_mathematics_library(name, reference, points, bound) -> None:
    assert worst(getattr(numerics, name), reference, points) <= bound


def test_expm1_and_log1p_keep_tiny_arguments() -> None:
    for x in (0.0, 5e-324, 1e-300, -1e-18, 1e-16, -1e-9):
        assert ulps(numerics.expm1(x), math.expm1(x)) <= 1
        assert ulps(numerics.log1p(x), math.log1p(x)) <= 1


@pytest.mark.parametrize(("largest", "bound"), [(20.0, 1.5), (300.0, 6.0)])
def test_power_close_to_the_mathematics_library(largest: float, bound: float) -> None:
    bases = np.concatenate([RNG.lognormal(0, 5, 10_000), RNG.uniform(0.5, 2, 10_000), 1 + RNG.normal(0, 1e-6, 1000)])
    found = 0.0
    for x, t in zip(bases.tolist(), RNG.uniform(-1, 1, bases.size).tolist(), strict=True):
        y = t * min(100 / max(abs(math.log(x)), 1e-9), largest)
        found = max(found, ulps(numerics.power(x, y), math.pow(x, y)))
    assert found <= bound


def test_power_at_its_corners() -> None:
    assert numerics.power(0.0, 0.0) == numerics.power(-1.0, 0.0) == numerics.power(1.0, math.inf) == 1.0
    assert numerics.power(0.0, 2.0) == 0.0
    assert numerics.power(0.0, -2.0) == math.inf
    assert math.isnan(numerics.power(-2.0, 0.5))
    assert numerics.power(2.0, 10.0) == 1024.0
    assert numerics.power(0.25, 0.5) == 0.5
    assert numerics.power(10.0, 400.0) == math.inf
    assert numerics.power(10.0, -400.0) == 0.0
    assert numerics.power(math.inf, -1.0) == 0.0
    assert numerics.power(7.25, 1.0) == 7.25


def test_exp_and_log_at_their_corners() -> None:
    assert numerics.exp(0.0) == 1.0
    assert numerics.log(1.0) == 0.0
    assert numerics.exp(710.0) == numerics.exp(math.inf) == math.inf
    assert numerics.exp(-746.0) == numerics.exp(-math.inf) == 0.0
    assert math.isclose(numerics.exp(709.7), math.exp(709.7), rel_tol=1e-15)
    assert math.isclose(numerics.exp(-740.0), math.exp(-740.0), abs_tol=1e-323)
    assert numerics.log(0.0) == numerics.log1p(-1.0) == -math.inf
    assert numerics.log(math.inf) == numerics.log1p(math.inf) == math.inf
    assert math.isclose(numerics.log(5e-324), math.log(5e-324), rel_tol=1e-15)
    for function in (numerics.exp, numerics.log, numerics.log1p, numerics.expm1, numerics.logistic):
        assert math.isnan(function(math.nan))
    assert math.isnan(numerics.log(-1.0))
    assert numerics.logistic(-800.0) == 0.0
    assert numerics.logistic(800.0) == 1.0


@given(x=st.floats(-700, 700), step=st.floats(1e-9, 10))
@settings(deadline=None)
def test_exp_is_monotone_and_log_inverts_it(x: float, step: float) -> None:
    assert numerics.exp(x + step) >= numerics.exp(x)
    assert math.isclose(numerics.log(numerics.exp(x)), x, rel_tol=1e-14, abs_tol=1e-15)


def test_normal_quantile_against_the_standard_library() -> None:
    quantile = statistics.NormalDist().inv_cdf
    points = np.concatenate([RNG.uniform(1e-6, 1 - 1e-6, 20_000), 10.0 ** RNG.uniform(-300, -1, 2_000)])
    for u in points:
        assert math.isclose(numerics.normal_quantile(float(u)), quantile(float(u)), rel_tol=2e-15, abs_tol=1e-17)
    # P(Z < 1.959963984540054) = 0.975: the point that every table prints
    assert math.isclose(numerics.normal_quantile(0.975), 1.959963984540054, rel_tol=1e-15)
    assert numerics.normal_quantile(0.0) == -math.inf
    assert numerics.normal_quantile(1.0) == math.inf
    assert math.isnan(numerics.normal_quantile(1.5))
    assert math.isnan(numerics.normal_quantile(-0.5))


@given(u=st.floats(1e-12, 0.5))
@settings(deadline=None)
def test_normal_quantile_is_antisymmetric(u: float) -> None:
    assert math.isclose(numerics.normal_quantile(u), -numerics.normal_quantile(1.0 - u), rel_tol=1e-4, abs_tol=1e-15)


def test_normal_cdf_close_to_scipy_in_the_middle_and_far_out() -> None:
    special = pytest.importorskip("scipy.special")
    points = np.concatenate([RNG.normal(0, 1.5, 20_000), RNG.uniform(-37, 9, 20_000), [0.0, 0.66291, -5.65685424949]])
    found = np.array([numerics.normal_cdf(float(x)) for x in points])
    near = points > -5.0
    np.testing.assert_allclose(found[near], special.ndtr(points[near]), rtol=1e-14)
    np.testing.assert_allclose(found, special.ndtr(points), rtol=1e-12)  # scipy itself rounds x**2 far out


def test_normal_cdf_at_its_ends_and_against_its_inverse() -> None:
    assert numerics.normal_cdf(0.0) == 0.5
    assert numerics.normal_cdf(-math.inf) == numerics.normal_cdf(-40.0) == 0.0
    assert numerics.normal_cdf(math.inf) == numerics.normal_cdf(40.0) == 1.0
    assert math.isnan(numerics.normal_cdf(math.nan))
    for u in (1e-12, 0.003, 0.2, 0.5, 0.8, 0.999):
        assert numerics.normal_cdf(numerics.normal_quantile(u)) == pytest.approx(u, rel=1e-12)
