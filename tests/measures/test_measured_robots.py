"""Robots: stocks, flows, prices, and where their tokens are counted."""

import numpy as np
import pytest
from made_history import MadeHistory, measured

from sim.world import CN, US


def test_robots_in_use_installed_and_on_foundation_models_add_up():
    history = MadeHistory(2)
    pairs = (("robots", "robots_installed"), ("installs", "robot_installs"), ("physical", "physical_ai_robots"))
    for name, metric in pairs:
        history.industries[name][:, CN] = 30.0
        history.industries[name][:, US] = 12.0
        series = measured(metric, history)
        assert (series["cn"] == 30.0).all() and (series["us"] == 12.0).all() and (series["world"] == 42.0).all()


def test_the_world_price_of_robots_is_weighted_by_new_robots():
    history = MadeHistory(2)
    history.industries["unit_price"][:, [CN, US]] = 20_000.0, 40_000.0
    history.industries["installs"][:, [CN, US]] = 3.0, 1.0
    series = measured("robot_price_usd", history)
    assert series["us"].tolist() == [40_000.0, 40_000.0]
    assert series["world"].tolist() == [25_000.0, 25_000.0]


def test_tokens_over_the_network_count_in_the_world_and_those_on_board_apart():
    history = MadeHistory(1)
    lab = int(np.flatnonzero(history.labs["origin"][0] == 1)[0])
    history.industries["tokens_m"][:, CN] = 50.0
    history.industries["cloud_lab_tokens_m"][:, CN, lab] = 20.0
    history.industries["cloud_open"][:, CN, lab] = 1
    day = 1e6 * 24.0 / 730.0
    assert measured("physical_ai_tokens_per_day", history)["cn"][0] == pytest.approx(50.0 * day)
    tokens = measured("tokens_per_day", history)
    assert tokens["world"][0] == pytest.approx(20.0 * day) and tokens["cn"][0] == pytest.approx(20.0 * day)
    assert tokens["us"][0] == 0.0
    assert measured("open_token_share", history)["cn"][0] == pytest.approx(1.0)
    assert measured("token_share", history)["world/cn"][0] == pytest.approx(1.0)
