"""Windows, quantiles and observed points, worked by hand."""

import itertools

import numpy as np
import pandas as pd
import pytest
import synthetic
from hypothesis import given
from hypothesis import strategies as st

from sim.report.longtable import LongTable, quantiles
from sim.report.observed import nearest, points
from sim.report.style import spread


def table(unit, metric="x", values=range(1, 13), replicate=0):
    dates = synthetic.month_ends("2025-01", "2025-12")
    return pd.DataFrame(
        {"date": dates, "metric": metric, "key": "k", "unit": unit, "value": values, "replicate": replicate}
    )


@pytest.mark.parametrize(
    ("unit", "metric", "window", "expected"),
    [
        ("USD/month", "capex_usd", "quarter", 33.0),
        ("USD/month", "capex_usd", "year", 78.0),
        ("USD/month", "capex_usd", "cumulative", 78.0),
        ("share", "open_token_share", "quarter", 11.0),
        ("share", "open_token_share", "month", 12.0),
        ("H100e", "compute_stock_h100e", "year", 12.0),
    ],
)
def test_a_window_adds_flows_averages_rates_and_takes_the_end_of_stocks(unit, metric, window, expected):
    values = LongTable(table(unit, metric)).window(metric, "k", pd.Timestamp("2025-12-31"), window)
    assert values.tolist() == [expected]


def test_a_window_that_the_run_does_not_cover_is_empty():
    read = LongTable(table("share"))
    assert read.window("x", "k", pd.Timestamp("2025-02-28"), "quarter").size == 0
    assert read.window("x", "other", pd.Timestamp("2025-12-31"), "month").size == 0


def test_replicates_become_columns_in_any_order_of_rows():
    frame = pd.concat([table("share"), table("share", values=range(13, 25), replicate=4)]).sample(
        frac=1, random_state=1
    )
    read = LongTable(frame)
    assert read.replicates == 2
    assert read.series("x", "k").to_numpy().tolist() == [[i, i + 12] for i in range(1, 13)]


def test_quantiles_skip_worlds_without_a_value():
    wide = np.array([[1.0, 3.0, np.nan], [np.nan, np.nan, np.nan]])
    assert quantiles(wide, (0.5,))[0][0] == 2.0
    assert np.isnan(quantiles(wide, (0.5,))[0][1])


def test_observed_sums_become_monthly_points_in_the_middle_of_their_window(observed):
    point = points(observed, "capex_usd", "google").iloc[0]
    assert point["value"] == pytest.approx(2.8e10 / 3)
    assert point["date"].strftime("%Y-%m") == "2025-11"
    assert points(observed, "capability_eci", "us").iloc[0]["date"] == pd.Timestamp("2025-06-30")
    assert points(observed, "nothing", "us").empty


def test_nearest_observation_must_be_comparable(observed):
    end = pd.Timestamp("2025-12-31")
    assert nearest(observed, "capex_usd", "big4", end, "year")["value"] == 4.16e11
    assert nearest(observed, "capex_usd", "big4", end, "quarter") is None
    assert nearest(observed, "open_token_share", "api_all", end, "quarter")["value"] == 0.2
    assert nearest(observed, "open_token_share", "api_all", pd.Timestamp("2027-12-31"), "quarter") is None


@given(st.lists(st.floats(0, 1), max_size=12), st.floats(0.001, 0.4))
def test_labels_keep_their_order_their_distance_and_stay_inside(positions, gap):
    placed = spread(positions, gap, 0.0, 1.0)
    assert len(placed) == len(positions)
    room = min(gap, 1.0 / max(len(positions) - 1, 1))
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    assert all(b - a >= room - 1e-9 for a, b in itertools.pairwise(sorted(placed)))
    assert all(placed[a] <= placed[b] + 1e-9 for a, b in itertools.pairwise(order))
    assert all(-1e-9 <= place <= 1 + 1e-9 for place in placed)
