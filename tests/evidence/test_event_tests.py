"""Event tests: the counterfactual takes out the event and nothing else, and a response that is wrong fails its row."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sim.errors import InputError, RunError
from sim.evidence.event_cases import CASES, without_policies
from sim.evidence.event_criteria import CRITERIA
from sim.evidence.event_facts import (
    FACTS,
    PATHS,
    SCALARS,
    SERIES,
    cheapest_flagship,
    grown,
    mean_of,
    memory_facts,
    release_facts,
)
from sim.evidence.event_figure import PANELS, event_paths
from sim.evidence.event_tests import BASE, DRAWN, event_lives, event_setting, facts_of, gathered, paths_of, rows_of
from sim.evidence.pattern_facts import month_of
from sim.evidence.patterns import row_of
from sim.scenario.load import load_scenario
from sim.scenario.model import FIRST_MONTH
from sim.study.engine import Outcome
from sim.study.worlds import seeded_worlds
from sim.world import CN, US

SMALL = {"developers.count": 300}
MONTHS = 48


@pytest.fixture(scope="module")
def lives() -> dict:
    return event_lives(seeded_worlds(3, 2), overrides=SMALL)


def made_up() -> dict[str, np.ndarray]:
    """Paths of one world at one, and scalars at one."""
    return {name: np.ones((1, MONTHS)) for name in PATHS} | {name: np.ones(1) for name in SCALARS}


def test_each_case_takes_out_one_thing() -> None:
    setting = event_setting(SMALL)
    baseline = setting.baseline
    ids = {policy.id for policy in baseline.policies}
    for case, scenario in zip(CASES, setting.scenarios[1:], strict=True):
        own = {policy.id for policy in scenario.policies}
        changed = (own ^ ids) or {
            path for path in scenario.values if scenario.values[path] != baseline.values.get(path)
        }
        assert 1 <= len(changed) <= 3, case.id
        assert scenario.months == baseline.months


def test_a_policy_that_is_not_there_cannot_be_taken_out() -> None:
    with pytest.raises(InputError, match="no policy 'us-2099-rule'"):
        without_policies(load_scenario("baseline"), ["us-2099-rule"])


def test_lives_are_the_same_before_the_event(lives: dict) -> None:
    before = {"E1": (2023, 9), "E2": (2025, 3), "E4": (2024, 12), "E5": (2024, 11)}
    for case, (year, month) in before.items():
        column = month_of(year, month) + 1
        for path in PATHS:
            one, other = lives[BASE][path][:, :column], lives[case][path][:, :column]
            np.testing.assert_array_equal(one, other, err_msg=f"{case} {path}")


def test_every_criterion_has_its_fact_and_every_fact_its_criterion(lives: dict) -> None:
    assert set(facts_of(lives)) >= {criterion.fact for criterion in CRITERIA}
    assert {criterion.id.partition(".")[0] for criterion in CRITERIA} == set(FACTS) == {case.id for case in CASES}
    assert len({criterion.id for criterion in CRITERIA}) == len(CRITERIA)


def test_rows_come_in_order_and_cover_all_worlds(lives: dict) -> None:
    rows = rows_of(lives)
    assert [row.id for row in rows] == [criterion.id for criterion in CRITERIA]
    assert {row.worlds for row in rows} == {2}


def test_no_event_no_response() -> None:
    """Without any difference between the lives no row that asks for a response passes."""
    world = made_up()
    found = {name: value for case in CASES for name, value in FACTS[case.id](world, world).items()}
    responses = ("E1.6", "E1.7", "E2.5", "E2.6", "E3.5", "E3.6", "E4.3", "E4.4", "E4.5", "E5.1", "E5.5")
    for criterion in CRITERIA:
        if criterion.id in responses:
            assert not row_of(criterion, found).passed, criterion.id


def test_facts_of_a_made_up_release() -> None:
    base, without = made_up(), made_up()
    later = slice(month_of(2025, 7), month_of(2025, 12) + 1)
    base["token_share[router/cn]"][0, later] = 0.25
    without["token_share[router/cn]"][0, later] = 0.10
    base["price_at_quality_usd_per_mtok[eci_126]"][0, later] = 0.5
    found = release_facts(base, without)
    assert found["release_router"] == pytest.approx(0.15)
    assert found["release_price"] == pytest.approx(0.5)
    assert found["release_chips"] == pytest.approx(1.0)


def test_facts_of_a_made_up_stockpile() -> None:
    base, without = made_up(), made_up()
    base["stacks_got"][0, : month_of(2024, 12)] = 1e6
    base["stacks_got"][0, month_of(2024, 12)] = 8e6
    base["stacks_stored"][0, month_of(2024, 12)] = 13e6
    base["stacks_stored"][0, month_of(2025, 12)] = 1.3e6
    found = memory_facts(base, without)
    assert found["memory_rush"] == pytest.approx(7.0)
    assert found["memory_stock"] == pytest.approx(13.0)
    assert found["memory_left"] == pytest.approx(0.1)


def test_growth_of_a_stock_counts_the_first_month_in() -> None:
    stock = np.arange(MONTHS, dtype=float)[None] * 2.0
    assert grown(stock, (2024, 1), (2024, 12))[0] == 24.0
    assert mean_of(stock, (2023, 1), (2023, 3))[0] == 2.0
    assert np.isnan(mean_of(np.full((1, MONTHS), np.nan), (2024, 1), (2024, 2)))[0]


def test_cheapest_flagship_is_chinese_on_offer_and_large() -> None:
    models = np.zeros((1, 5), dtype=[("lab", int), ("available", int), ("small", int), ("price", float)])
    labs = np.zeros((1, 2), dtype=[("origin", int)])
    labs["origin"][0] = (US, CN)
    models["lab"][0] = (0, 1, 1, 1, 1)
    models["available"][0] = (1, 1, 1, 0, 1)
    models["small"][0] = (0, 0, 1, 0, 0)
    models["price"][0] = (0.1, 3.0, 0.2, 0.3, 2.0)
    assert cheapest_flagship(models, labs)[0] == 2.0
    models["available"] = 0
    assert np.isnan(cheapest_flagship(models, labs)[0])


def test_a_world_that_breaks_down_is_an_error() -> None:
    with pytest.raises(RunError, match="broke down: no money"):
        gathered([Outcome(np.empty((0, 0)), failed="no money")])
    with pytest.raises(InputError, match="at least one world"):
        event_lives(())


def test_the_figure_draws_a_panel_for_every_case(lives: dict) -> None:
    assert {panel.case for panel in PANELS} == set(DRAWN)
    rows = paths_of(lives, FIRST_MONTH)
    figure = event_paths(rows)
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert [title[:2] for title in titles if title] == [case.id for case in CASES]
    none = rows[rows["case"] != "E2"]
    assert len(event_paths(none).axes) == len(figure.axes)


def test_series_and_paths_have_one_name_each() -> None:
    assert len(set(PATHS)) == len(PATHS)
    assert len(PATHS) > len(SERIES.pairs)
    assert {field.name for field in dataclasses.fields(CASES[0])} == {"id", "title", "taken_out", "without"}
