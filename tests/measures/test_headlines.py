"""The headline measures: each is measured by a run, has a window that fits it, and a label of its own."""

import numpy as np
import pandas as pd
import pytest
from worlds import run_of

from sim.measures import METRICS
from sim.measures.headlines import HEADLINES, SUMMARY_HEADLINES, window_unit
from sim.measures.windows import MONTHS_OF_WINDOW


@pytest.mark.parametrize("item", HEADLINES, ids=lambda item: item.label)
def test_headline_is_measured_by_a_run(item):
    table = run_of(12).timeseries
    part = table[(table["metric"] == item.metric) & (table["key"] == item.key)]
    late = {"price_at_quality_usd_per_mtok"}  # no model of that quality in the first year
    assert len(part) or item.metric in late
    assert np.isfinite(part["value"]).all()
    assert item.window in MONTHS_OF_WINDOW


@pytest.mark.parametrize("item", HEADLINES, ids=lambda item: item.label)
def test_flows_are_summed_over_a_whole_window_and_stocks_are_not(item):
    record = METRICS[item.metric]
    assert (record.aggregation == "sum") == (item.window == "year")
    assert (record.aggregation == "end") <= (item.window in ("month", "cumulative"))


def test_no_label_or_series_comes_twice():
    assert len({item.label for item in HEADLINES}) == len(HEADLINES)
    assert len({(item.metric, item.key) for item in HEADLINES}) == len(HEADLINES)


def test_the_summary_of_a_run_is_a_part_of_all_headlines():
    assert 10 <= len(SUMMARY_HEADLINES) < len(HEADLINES)
    assert [item for item in HEADLINES if item.in_summary] == list(SUMMARY_HEADLINES)


def test_unit_of_a_flow_over_a_year_is_per_year():
    assert window_unit("USD/month", "year") == "USD/year"
    assert window_unit("share", "quarter") == "share"
    assert window_unit("month", "quarter") == "month"


def test_unit_of_a_headline_never_is_a_flow_of_one_month():
    table = pd.Series({item.label: window_unit(METRICS[item.metric].unit, item.window) for item in HEADLINES})
    assert not table.str.endswith("/month").any()
