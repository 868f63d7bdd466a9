"""The event log as sentences."""

import pathlib
import re

import pandas as pd
import pytest
from worlds import run_of, scenario, world_after

import sim
from sim import events
from sim.economy import Economy
from sim.event_text import SENTENCES, event_table

SOURCES = sorted(pathlib.Path(sim.__file__).parent.rglob("*.py"))


def logged_kinds():
    """Names of the kinds that some act of the model writes, read off the sources."""
    found = set()
    for source in SOURCES:
        for call in re.findall(r"log_event\(\w+, ([^,]+),", source.read_text(encoding="utf-8")):
            found |= set(re.findall(r"\b[A-Z][A-Z_]+\b", call))
    return {name.removesuffix("_EVENT").lower() for name in found}


def test_every_kind_that_is_written_has_a_sentence():
    kinds = logged_kinds()
    assert {"release", "raise", "deal", "bound_hbm"} <= kinds
    assert kinds <= set(events.KINDS)
    assert kinds - {"deal"} <= set(SENTENCES)


def test_sentences_are_of_known_kinds_and_can_be_filled_in():
    for kind, (keys, unit, sentence) in SENTENCES.items():
        assert kind in events.KINDS
        assert unit
        text = sentence.format(agent=keys[0] if keys else "", other="another", value=1234.5)
        assert "{" not in text and "  " not in text


def test_codes_follow_the_list():
    for index, kind in enumerate(events.KINDS):
        assert getattr(events, kind.upper()) == index


def test_table_of_a_run():
    run = run_of(96)
    table = run.events
    assert list(table.columns) == ["date", "kind", "agent", "other", "value", "unit", "text"]
    assert table["date"].is_monotonic_increasing
    assert table["date"].min() >= pd.Timestamp("2023-01-31")
    assert table["text"].str.len().min() > 5
    assert {"release", "open_release", "raise", "rule_in_force", "deal"} <= set(table["kind"])
    releases = table[table["kind"] == "open_release"]
    assert releases["text"].str.contains("open weights").all()
    assert not table["text"].str.contains(r"\bnan\b").any()


def test_a_second_party_is_named():
    economy = Economy(scenario(3))
    economy.step()
    events.log_event(economy.world, events.PLATFORM_SWITCH, 3, 7, 141.25)
    table = event_table(economy)
    row = table[table["kind"] == "platform_switch"].iloc[-1]
    assert (row["kind"], row["agent"], row["other"]) == ("platform_switch", "bytedance", "qwen")
    assert row["text"] == "bytedance now serves a model of qwen, capability 141.2"


def test_rules_are_told_in_the_month_in_which_they_bind():
    table = run_of(96).events
    rules = table[table["kind"] == "rule_in_force"].set_index("agent")["date"]
    for policy in scenario(96).policies:
        if policy.effective is not None and policy.effective.year >= 2023 and policy.effective.year <= 2030:
            told = rules[policy.id]
            assert (told.year, told.month) == (policy.effective.year, policy.effective.month)


def test_only_the_past_is_told():
    economy = Economy(scenario(24))
    assert event_table(economy).empty
    economy.step()
    assert (event_table(economy)["date"] == pd.Timestamp("2023-01-31")).all()


def test_a_written_event_becomes_its_sentence():
    economy = Economy(scenario(24))
    economy.step()
    events.log_event(economy.world, events.DEFAULT, 5, -1, 2.5e9)
    events.log_event(economy.world, events.ENTRY, 105, -1, 1e9)
    table = event_table(economy)
    last = table[(table["kind"] == "default") | ((table["kind"] == "entry") & (table["agent"] == "coreweave"))]
    assert list(last["agent"]) == ["coreweave", "coreweave"]
    assert last["text"].iloc[0] == "coreweave defaults on 2,500,000,000 USD"


def test_a_full_log_raises():
    world = world_after(2)
    world.event_count[0] = events.CAPACITY
    with pytest.raises(ValueError, match="full"):
        events.log_event(world, events.RELEASE, 0, 0, 0.0)
