"""Effects from made-up worlds whose differences are known, and properties of pairing."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.measures.headlines import Headline
from sim.study.effects import Panel, all_reached, difference, effect_rows, over_time, shown_ends

ITEMS = (
    Headline("A share", "new_compute_share", "nvidia", "quarter", "compute"),
    Headline("Money in a year", "capex_usd", "big4", "year", "compute"),
    Headline("A stock", "china_compute_stock_h100e", "total", "cumulative", "compute"),
)
DATES = pd.date_range("2025-01-31", periods=24, freq="ME")


def made(worlds=40, shift=(0.02, 3.0, 5.0), noise=0.001, seed=0):
    """Two arms: a common world, and the second shifted by known amounts with a little noise of its own."""
    generator = np.random.default_rng(seed)
    base = generator.uniform(0.2, 0.8, (worlds, len(ITEMS), 1)) + np.zeros(len(DATES))
    moved = base + np.array(shift)[:, None] + noise * generator.standard_normal((worlds, len(ITEMS), 1))
    return Panel(np.array([base, moved]), DATES, ITEMS)


def rows_of(panel, wanted=0.01):
    return effect_rows(panel, ["policy"], wanted, shown_ends(panel.dates)).set_index(["label", "date"])


def test_year_ends_are_the_shown_ones_and_the_last():
    assert shown_ends(DATES) == [pd.Timestamp(2025, 12, 31), pd.Timestamp(2026, 12, 31)]
    assert shown_ends(pd.date_range("2023-01-31", periods=95, freq="ME"))[-1] == pd.Timestamp(2029, 12, 31)


def test_a_known_shift_is_found_over_each_window():
    rows = rows_of(made())
    last = pd.Timestamp(2026, 12, 31)
    assert rows.loc[("A share", last), "mean"] == pytest.approx(0.02, abs=0.001)
    assert rows.loc[("Money in a year", last), "mean"] == pytest.approx(12 * 3.0, abs=0.01)
    assert rows.loc[("Money in a year", last), "unit"] == "USD/year"
    assert rows.loc[("A stock", last), "mean"] == pytest.approx(5.0, abs=0.001)
    assert (rows["share_above"] == 1.0).all()
    assert (rows["worlds"] == 40).all()


def test_the_interval_is_that_of_paired_differences():
    """Noise of 0.001 in the difference, whatever the spread of the worlds: t(39) s / sqrt(40)."""
    rows = rows_of(made())
    width = rows.loc[("A share", DATES[-1]), "half_width"]
    assert width == pytest.approx(2.0227 * 0.001 / np.sqrt(40), rel=0.35)
    assert rows.loc[("A share", DATES[-1]), "variance_ratio"] > 1e4


def test_targets_are_reached_or_not():
    assert all_reached(rows_of(made(noise=0.001)).reset_index(), ["policy"])
    wide = rows_of(made(noise=0.5)).reset_index()
    assert not wide["reached"].any() and not all_reached(wide, ["policy"])


def test_a_policy_without_a_row_has_not_reached_anything():
    assert not all_reached(rows_of(made()).reset_index(), ["policy", "other"])


@given(st.integers(0, 1000), st.floats(0.0, 2.0))
def test_swapping_the_arms_negates_the_effects(seed, noise):
    panel = made(worlds=7, noise=noise, seed=seed)
    there = rows_of(panel)
    back = rows_of(Panel(panel.values[::-1], DATES, ITEMS))
    for one, other in (("mean", "mean"), ("difference", "difference"), ("p05", "p95"), ("p95", "p05")):
        assert np.allclose(there[one], -back[other], rtol=1e-9, atol=1e-12)
    assert np.allclose(there["half_width"], back["half_width"])
    assert np.array_equal(there["baseline"], back["value"])
    assert np.allclose(there["share_above"], 1.0 - back["share_above"])


def test_a_policy_that_changes_nothing_has_effects_of_exactly_zero():
    panel = made()
    rows = rows_of(Panel(panel.values[[0, 0]], DATES, ITEMS))
    for name in ("mean", "difference", "p05", "p95", "half_width", "share_above"):
        assert (rows[name] == 0.0).all()
    assert rows["reached"].all()
    monthly = over_time(Panel(panel.values[[0, 0]], DATES, ITEMS), ["policy"])
    assert (monthly[["median", "p025", "p975", "share_above"]] == 0.0).all(axis=None)


def test_worlds_in_which_a_measure_is_undefined_are_left_out_of_it_alone():
    panel = made()
    panel.values[1, :5, 0] = np.nan
    rows = rows_of(panel)
    assert set(rows.loc["A share", "worlds"]) == {35}
    assert set(rows.loc["A stock", "worlds"]) == {40}
    panel.values[0, :, 0] = np.nan
    assert "A share" not in rows_of(panel).index.get_level_values("label")


def test_rounding_of_sums_is_no_difference():
    one = np.array([115.24, 0.0, 1.0])
    assert difference(one, one + np.array([1.4e-14, 0.0, 1e-6])).tolist() == pytest.approx([0.0, 0.0, 1e-6])


def test_months_are_in_the_monthly_unit_and_fans_are_nested():
    rows = over_time(made(noise=0.3), ["policy"])
    money = rows[rows["metric"] == "capex_usd"]
    assert set(money["unit"]) == {"USD/month"} and len(money) == 24
    assert money["median"].to_numpy() == pytest.approx(3.0, abs=0.4)
    order = rows[["p025", "p10", "p25", "median", "p75", "p90", "p975"]].to_numpy()
    assert (np.diff(order, axis=1) >= 0.0).all()
