"""Scores and naive forecasts against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from sim.evidence.mean_field import ALIKE, mean_field
from sim.evidence.naive import drift_line, forecast, trend_line
from sim.evidence.observed_units import factor_between
from sim.evidence.scoring import FLOOR, crps, on_scale, pair_sum, predictive
from sim.evidence.validation import at_centre
from sim.scenario.load import load_scenario
from sim.study.ensemble import read_ensemble


@pytest.mark.parametrize("observed", [-1.0, 0.3, 2.5])
def test_crps_of_a_normal_is_the_closed_form(observed: float) -> None:
    # worlds of variance 0.64 and an error of variance 0.36 make a standard normal
    worlds = 0.8 * np.random.default_rng(4).standard_normal(20_000)
    closed = observed * (2 * norm.cdf(observed) - 1) + 2 * norm.pdf(observed) - 1 / math.sqrt(math.pi)
    assert crps(predictive(worlds, 0.6, "a point"), observed) == pytest.approx(closed, abs=0.02)


def test_crps_is_fair_for_few_worlds() -> None:
    source = np.random.default_rng(5)
    found = [crps(source.standard_normal((3, 1)), 0.5) for _ in range(20_000)]
    closed = 0.5 * (2 * norm.cdf(0.5) - 1) + 2 * norm.pdf(0.5) - 1 / math.sqrt(math.pi)
    assert np.mean(found) == pytest.approx(closed, abs=0.02)


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=30))
@settings(deadline=None)
def test_pair_sum_is_the_sum_over_pairs(values: list[float]) -> None:
    plain = sum(abs(a - b) for place, a in enumerate(values) for b in values[:place])
    assert pair_sum(np.array(values)) == pytest.approx(plain, abs=1e-9)


@given(st.floats(-5, 5), st.floats(-1, 1), st.lists(st.integers(0, 60), min_size=3, max_size=9, unique=True))
@settings(deadline=None)
def test_both_forecasts_continue_a_straight_line(level: float, slope: float, dates: list[int]) -> None:
    times = np.array(sorted(dates), dtype=float)
    for make in (drift_line, trend_line):
        line = make(times, level + slope * times)
        assert line is not None
        assert line.at(np.array([72.0]))[0] == pytest.approx(level + 72.0 * slope, abs=1e-6)


def test_too_little_past_gives_no_forecast() -> None:
    two = np.array([1.0, 2.0])
    assert drift_line(two[:1], two[:1]) is None
    assert drift_line(two, two) is not None
    assert trend_line(two, two) is None


def rows(*given: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(
        [{"metric": "capex_usd", "date": pd.Timestamp(d), "window": w, "value": v} for d, w, v in given]
    )


def test_a_year_is_forecast_from_quarters_of_a_constant_flow() -> None:
    past = rows(("2023-03-31", "quarter", 30.0), ("2023-06-30", "quarter", 30.0), ("2023-12-31", "half", 60.0))
    wanted = rows(("2024-12-31", "year", 1.0), ("2024-03-31", "month", 1.0))
    for kind in ("drift", "trend"):
        assert forecast(past, wanted, "log", kind) == pytest.approx([120.0, 10.0])


def test_a_running_total_is_not_forecast_from_flows() -> None:
    past = rows(*((f"2023-0{month}-28", "month", 10.0) for month in (1, 2, 3)))
    assert forecast(past, rows(("2024-12-31", "cumulative", 1.0)), "log", "drift") is None


def test_a_zero_level_costs_the_floor_and_a_missing_one_stays_missing() -> None:
    found = on_scale(np.array([0.0, 2.0, np.nan]), np.array([5.0, 5.0, 5.0]), "log")
    assert found[0] == pytest.approx(math.log(5.0 * FLOOR))
    assert found[1] == pytest.approx(math.log(2.0))
    assert math.isnan(found[2])


@pytest.mark.parametrize(
    ("given_unit", "wanted", "factor"),
    [
        ("USD/year", "USD/quarter", 0.25), ("USD/month", "USD/quarter", 3.0), ("%", "share", 0.01),
        ("billion USD/half", "USD/half", 1e9), ("GWh/year", "TWh/year", 1e-3), ("USD/H100-hour", "USD/hour", 1.0),
        ("kg", "ECI", None), ("USD/year", "USD", None), ("9**9**9", "share", None),
    ],
)  # fmt: skip
def test_units_are_converted_or_refused(given_unit: str, wanted: str, factor: float | None) -> None:
    assert factor_between(given_unit, wanted) == (None if factor is None else pytest.approx(factor))


def test_the_mean_field_has_the_parameters_of_the_ensemble_that_is_scored() -> None:
    scenario = load_scenario("baseline")
    ensemble = read_ensemble("2024")
    assert ensemble is not None
    field = mean_field(at_centre(scenario, ensemble))
    centre = ensemble.members.iloc[ensemble.provenance["centre"]]
    free = [path for path in ensemble.members if path not in ALIKE and "route_ln" not in path]
    for path in free:
        assert float(field.value_of(path).at(scenario.start_month)) == pytest.approx(centre[path])
    assert any(centre[path] != scenario.value_of(path).at(scenario.start_month) for path in free)
