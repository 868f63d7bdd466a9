"""Arithmetic of the patterns on made-up worlds: a criterion can fail, and which pattern kills which set."""

from __future__ import annotations

import numpy as np
import pytest

from sim.errors import InputError, RunError
from sim.evidence.pattern_criteria import CRITERIA, Criterion
from sim.evidence.pattern_facts import SERIES, month_of, series_facts, war_of
from sim.evidence.patterns import facts_of, kills_of, row_of, run_patterns
from sim.study.engine import Outcome

BETWEEN = Criterion("P1.1", "what", "fact", 1.0, 2.0, "1.5", "made up")


def facts(*values: float) -> dict[str, np.ndarray]:
    return {"fact": np.array(values)}


def test_the_median_decides_and_the_share_is_reported() -> None:
    row = row_of(BETWEEN, facts(1.5, 1.6, 9.0))
    assert row.passed and row.model == 1.6 and row.share == pytest.approx(2 / 3) and row.worlds == 3
    assert not row_of(BETWEEN, facts(0.5, 0.6, 1.5)).passed
    assert not row_of(BETWEEN, facts(2.0, 2.0, 2.0)).passed  # the range is open


def test_a_world_without_the_number_does_not_show_the_pattern() -> None:
    half = facts(1.5, np.nan)
    assert not row_of(BETWEEN, half).passed
    lenient = Criterion("P1.1", "what", "fact", 1.0, 2.0, "1.5", "made up", least_defined=0.5)
    assert row_of(lenient, half).passed and row_of(lenient, half).share == 0.5
    wanted = Criterion("P1.1", "what", "fact", 1.0, 2.0, "1.5", "made up", least_defined=0.5, least_share=0.75)
    assert not row_of(wanted, half).passed
    assert not row_of(lenient, facts(np.nan, np.nan)).passed


def good_facts(worlds: int) -> dict[str, np.ndarray]:
    """Facts in the middle of every range, the same in every world."""
    found = {}
    for criterion in CRITERIA:
        low, high = max(criterion.above, -1e6), min(criterion.below, 1e6)
        found[criterion.fact] = np.full(worlds, (low + high) / 2)
    return found


def test_kills_name_the_pattern_and_the_set() -> None:
    made = good_facts(3)
    assert kills_of(made).drop(columns="set").to_numpy().all()
    made["growth_2025"][1] = 7.0
    made["margin_after"] = made["after_above_war"]
    made["after_above_war"][2] = np.nan  # a war that lasts beyond the horizon
    made["margin_before"][2] = np.nan  # no war at all
    table = kills_of(made)
    assert table["P1"].tolist() == [True, False, True]
    assert table["P10"].tolist() == [True, True, False]
    assert table.drop(columns=["set", "P1", "P10"]).to_numpy().all()


def test_facts_of_made_up_series() -> None:
    values = np.ones((2, len(SERIES.pairs), 60))
    made = SERIES.pairs.index(("new_compute_h100e", "world"))
    values[:, made, 12:24], values[:, made, 24:36] = 3.0, 6.0
    legal = SERIES.pairs.index(("china_compute_stock_h100e", "legal"))
    values[:, legal] = np.arange(60.0)
    values[1, legal, month_of(2025, 4) :] = values[1, legal, month_of(2025, 4)]
    share = SERIES.pairs.index(("new_compute_share", "nvidia"))
    values[0, share, 0] = np.nan  # a month without sales is left out of the year
    found = series_facts(values)
    np.testing.assert_allclose(found["growth_2024"], 3.0)
    np.testing.assert_allclose(found["growth_2025"], 2.0)
    np.testing.assert_allclose(found["bound_over_before"], [1.0, 0.0])
    np.testing.assert_allclose(found["nvidia_2023"], 1.0)


def test_the_first_war_and_none() -> None:
    assert war_of(np.array([0.0, 1.0, 1.0, 0.0, 1.0])) == (1, 3)
    assert war_of(np.array([0.0, 1.0])) == (1, 2)
    start, _ = war_of(np.zeros(5))
    assert start >= 5


def test_broken_worlds_and_none() -> None:
    with pytest.raises(InputError, match="at least one world"):
        run_patterns(())
    with pytest.raises(RunError, match="broke down"):
        facts_of([Outcome(np.empty((0, 0)), failed="accounts do not close")] * 3)
