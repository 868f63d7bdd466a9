"""Releases of agents: strength over time, whom they act on, and that they are inputs of diffusion and nothing else."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import scenario

from sim.accounts import LAB_KEYS
from sim.agents import agent_wave, consumer_agents
from sim.economy import Economy
from sim.events import AGENT_WAVE
from sim.policy.agent_releases import release_table
from sim.policy.schema import Event

QUICK = settings(max_examples=40, deadline=None)
OPENAI, META, QWEN = (LAB_KEYS.index(key) for key in ("openai", "meta", "qwen"))
US, CN, EU = 0, 1, 2
MONTHS = 12


def with_release(months=MONTHS, date="2023-07", **fields):
    """The small baseline with one agent release of July 2023 (month 6)."""
    event = {
        "id": "wave",
        "date": date,
        "kind": "agent_release",
        "fields": {"openness": "open", "boost": 4.0, **fields},
    }
    base = scenario(months)
    return dataclasses.replace(base, events=(*base.events, Event.model_validate(event)))


def world_at(month, **fields):
    """World of the first month with the calendar moved to `month`: what releases do does not depend on the rest."""
    world = Economy(with_release(**fields)).world
    world.macro["month"] = month
    return world


def test_strength_is_full_then_falls_on_a_line():
    strengths = [agent_wave.release_strength(age, 3, 3) for age in range(-2, 9)]
    assert strengths == pytest.approx([0, 0, 1, 1, 1, 0.75, 0.5, 0.25, 0, 0, 0])
    assert [agent_wave.release_strength(age, 2, 0) for age in range(4)] == [1, 1, 0, 0]


def test_the_table_holds_what_the_event_says():
    row = release_table(with_release(regions=["cn", "eu"], lab="qwen", multiplier=3.0, needs_eci=150.0, fade_months=5))[
        0
    ]
    assert (row["begin"], row["months"], row["fade_months"], row["open"], row["lab"]) == (6, 6, 5, 1, QWEN)
    assert (row["boost"], row["multiplier"], row["needs_eci"]) == (4.0, 3.0, 150.0)
    assert row["in_region"].tolist() == [0, 1, 1, 0, 0, 0]
    assert len(release_table(scenario(MONTHS))) == 0
    assert release_table(with_release(date="2022-11"))["begin"].tolist() == [-2]


def test_a_release_acts_in_its_regions_from_its_month_where_models_are_able():
    world = world_at(6, regions=["cn"], needs_eci=130.0)
    assert agent_wave.push_on(world, CN, QWEN, 131.0) == (4.0, 1.0)
    assert agent_wave.push_on(world, CN, QWEN, 129.0) == (1.0, 1.0)
    assert agent_wave.push_on(world, US, QWEN, 131.0) == (1.0, 1.0)
    world.macro["month"] = 5
    assert agent_wave.push_on(world, CN, QWEN, 131.0) == (1.0, 1.0)


def test_a_closed_agent_works_with_its_own_labs_models_only():
    world = world_at(6, openness="closed", lab="openai", multiplier=2.0)
    assert agent_wave.push_on(world, US, OPENAI, 140.0) == (4.0, 2.0)
    assert agent_wave.push_on(world, US, META, 140.0) == (1.0, 1.0)
    assert agent_wave.push_on(world, US, -1, 140.0) == (1.0, 1.0)
    assert agent_wave.favour(world, US, OPENAI, 0, 140.0) == 1.0
    assert agent_wave.favour(world, US, META, 1, 140.0) == 0.0


def test_an_open_agent_favours_all_open_weights_or_its_labs():
    anybody, labs_own = world_at(6), world_at(6, lab="qwen")
    assert [agent_wave.favour(anybody, US, META, is_open, 140.0) for is_open in (0, 1)] == [0.0, 1.0]
    assert [agent_wave.favour(labs_own, US, l, 1, 140.0) for l in (META, QWEN)] == [0.0, 1.0]


def test_without_releases_nothing_is_pushed_or_favoured():
    world = Economy(scenario(MONTHS)).world
    assert agent_wave.push_on(world, US, OPENAI, 150.0) == (1.0, 1.0)
    assert agent_wave.favour(world, US, META, 1, 150.0) == 0.0
    agent_wave.begin_waves(world)
    assert world.event_count[0] == 0


@QUICK
@given(st.floats(0.0, 0.5), st.floats(1.0, 40.0), st.floats(0.0, 5.0))
def test_taking_up_faster_is_more_months_in_one_and_never_overshoots(rate, push, more):
    faster = agent_wave.taken_up_faster(rate, push)
    assert rate - 1e-12 <= faster <= 1.0
    assert agent_wave.taken_up_faster(rate, push + more) >= faster - 1e-12
    assert agent_wave.taken_up_faster(rate, 1.0) == rate
    assert agent_wave.taken_up_faster(rate, 3.0) == pytest.approx(1.0 - (1.0 - rate) ** 3)


def test_the_log_says_once_where_a_wave_begins():
    economy = Economy(with_release(regions=["us", "cn"], needs_eci=115.0))
    for _ in range(MONTHS):
        economy.step()
    world = economy.world
    logged = world.events[: int(world.event_count[0])]
    waves = logged[logged[:, 1] == AGENT_WAVE]
    # In the United States models are able when it is released; in China it waits for them.
    assert waves[:, 2].tolist()[0] == US
    assert waves[0, 0] == 6
    assert sorted(waves[:, 2].tolist()) == sorted(set(waves[:, 2].tolist()))
    assert world.agent_releases["begun"][0, 2:].sum() == 0.0


def test_more_users_take_up_agents_and_the_new_ones_ask_for_more():
    plain, pushed = Economy(scenario(MONTHS)).world, world_at(6, multiplier=3.0)
    plain.macro["month"] = 6
    for world in (plain, pushed):
        world.platforms["served_q"] = 150.0
        world.platforms["token_cost"] = 0.1
        world.platforms["users"] = 1e6
        world.platforms["agent_users"][:, EU] = 1e4
        consumer_agents.spread_agents(world)
    assert (pushed.platforms["agent_users"] >= plain.platforms["agent_users"]).all()
    assert pushed.platforms["agent_users"].sum() > plain.platforms["agent_users"].sum()
    assert plain.regions["agent_use"] == pytest.approx(np.ones(6))
    # Old agents ask for what they asked for, new ones for three times as much: an average by number.
    new = pushed.platforms["agent_users"].sum(axis=0)[EU] - 6e4
    assert pushed.regions["agent_use"][EU] == pytest.approx((6e4 + 3.0 * new) / (6e4 + new))
