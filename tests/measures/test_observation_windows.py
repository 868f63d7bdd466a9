"""Windows of observations: what one number from a monthly series means."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.measures import window_unit, window_value
from sim.measures.windows import last_month


@pytest.fixture
def numbers():
    """1 to 24, from January 2023."""
    return pd.Series(np.arange(1.0, 25.0), index=pd.date_range("2023-01-31", periods=24, freq="ME"))


@pytest.mark.parametrize(
    ("window", "aggregation", "date", "expected"),
    [
        ("instant", "mean", "2023-03-14", 3.0),
        ("instant", "end", "2023-03-31", 3.0),
        ("week", "mean", "2024-02-04", 14.0),
        ("month", "sum", "2023-03-31", 3.0),
        ("quarter", "sum", "2023-03-31", 6.0),
        ("quarter", "mean", "2023-03-31", 2.0),
        ("quarter", "end", "2023-03-31", 3.0),
        ("half", "sum", "2023-06-30", 21.0),
        ("year", "sum", "2023-12-31", 78.0),
        ("year", "mean", "2024-06-30", 12.5),
        ("year", "end", "2024-06-30", 18.0),
        ("cumulative", "sum", "2023-04-30", 10.0),
        ("cumulative", "end", "2023-04-30", 4.0),
        ("cumulative", "mean", "2023-04-30", 4.0),
    ],
)
def test_windows_by_hand(numbers, window, aggregation, date, expected):
    assert window_value(numbers, window, aggregation, date) == expected


@pytest.mark.parametrize(
    ("date", "window", "expected"),
    [
        ("2023-10-29", "quarter", "2023-10"),
        ("2023-04-30", "quarter", "2023-04"),
        ("2024-01-28", "quarter", "2024-01"),
        ("2022-05-01", "quarter", "2022-04"),
        ("2024-02-01", "year", "2024-01"),
        ("2024-01-05", "half", "2023-12"),
        ("2024-02-01", "instant", "2024-02"),
        ("2024-02-01", "week", "2024-02"),
        ("2024-02-01", "cumulative", "2024-02"),
    ],
)
def test_fiscal_quarters_end_in_the_month_that_they_cover(date, window, expected):
    month = pd.Period(expected, "M")
    assert last_month(date, window) == 12 * month.year + month.month - 1


@pytest.mark.parametrize(
    ("window", "date"),
    [
        ("instant", "2022-12-31"),
        ("quarter", "2023-02-28"),
        ("year", "2023-11-30"),
        ("month", "2025-01-31"),
        ("cumulative", "2022-06-30"),
        ("cumulative", "2025-06-30"),
    ],
)
def test_outside_the_horizon_there_is_no_value(numbers, window, date):
    assert np.isnan(window_value(numbers, window, "sum", date))


def test_a_month_without_a_value_leaves_its_windows_without_one(numbers):
    gappy = numbers.drop(numbers.index[4])
    assert np.isnan(window_value(gappy, "quarter", "mean", "2023-06-30"))
    assert window_value(gappy, "quarter", "mean", "2023-08-31") == 7.0
    assert window_value(gappy, "quarter", "end", "2023-06-30") == 6.0
    assert np.isnan(window_value(gappy, "cumulative", "sum", "2023-06-30"))
    assert np.isnan(window_value(numbers[:0], "cumulative", "sum", "2023-06-30"))


def test_replicates_keep_their_columns(numbers):
    both = pd.DataFrame({0: numbers, 1: 10.0 * numbers})
    assert window_value(both, "quarter", "sum", "2023-03-31").tolist() == [6.0, 60.0]
    assert np.isnan(window_value(both, "quarter", "sum", "2023-01-31")).tolist() == [True, True]


@given(st.integers(0, 6))
def test_quarters_add_up_to_the_year(start):
    series = pd.Series(np.arange(24.0) ** 2, index=pd.date_range("2023-01-31", periods=24, freq="ME"))
    ends = series.index[start + 2 : start + 12 : 3]
    quarters = sum(window_value(series, "quarter", "sum", end) for end in ends)
    assert quarters == window_value(series, "year", "sum", ends[-1])


def test_unknown_words_are_refused(numbers):
    with pytest.raises(ValueError, match="unknown window 'decade'"):
        window_value(numbers, "decade", "sum", "2023-12-31")
    with pytest.raises(ValueError, match="unknown aggregation"):
        window_value(numbers, "year", "median", "2023-12-31")


@pytest.mark.parametrize(
    ("unit", "window", "aggregation", "expected"),
    [
        ("USD/month", "quarter", "sum", "USD/quarter"),
        ("chips/month", "year", "sum", "chips/year"),
        ("USD/month", "month", "sum", "USD/month"),
        ("USD/month", "instant", "sum", "USD/month"),
        ("USD/month", "cumulative", "sum", "USD"),
        ("share", "year", "mean", "share"),
        ("H100e", "cumulative", "end", "H100e"),
    ],
)
def test_units_of_windows(unit, window, aggregation, expected):
    assert window_unit(unit, window, aggregation) == expected
