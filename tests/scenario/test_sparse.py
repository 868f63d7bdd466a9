"""Sparse files: they load as an equal scenario, say only what differs, and keep the comments of what they replace."""

from __future__ import annotations

import dataclasses
import functools
import pathlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.dated import month_text, parse_month
from sim.policy.schema import Event, Policy
from sim.scenario.files import shipped_folder
from sim.scenario.load import load_scenario, read_scenario_text
from sim.scenario.model import Scenario
from sim.scenario.sparse import sparse_yaml
from sim.yaml_file import parse_yaml

PRICE = "energy.us.electricity_price"
SCENARIOS = sorted(file.stem for file in shipped_folder().glob("*.yaml"))
FILE = shipped_folder() / "mine.yaml"


@functools.cache
def shipped(name: str) -> Scenario:
    return load_scenario(shipped_folder() / f"{name}.yaml")


def said(text: str) -> dict[str, Any]:
    return parse_yaml(text, "mine.yaml").data


def again(text: str, file: pathlib.Path = FILE) -> Scenario:
    scenario, problems = read_scenario_text(text, file)
    assert [str(problem) for problem in problems] == []
    assert scenario is not None
    return scenario


def test_only_what_differs_is_said() -> None:
    mine = shipped("baseline").with_overrides({PRICE: {"2026-01": 0.17}, "developers.count": 500})
    mine = dataclasses.replace(mine, id="mine", title="Mine", baseline="baseline", notes="", question="", references=())
    text = sparse_yaml(mine, FILE, extends="baseline")
    assert text.splitlines()[0] == "# yaml-language-server: $schema=schema/scenario.json"
    data = said(text)
    assert data.pop("set") == {"developers.count": 500, PRICE: {"2026-01": 0.17}}
    head = {"schema_version": 1, "id": "mine", "title": "Mine", "extends": ["baseline"], "baseline": "baseline"}
    assert data == head | {"status": "on the books", "authors": ["The weightshift authors"]}
    assert again(text) == mine


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_shipped_scenario_saved_over_itself_is_the_same_text_in_the_same_words(name: str) -> None:
    file = shipped_folder() / f"{name}.yaml"
    original = file.read_text()
    text = sparse_yaml(shipped(name), file, original=original)
    assert said(text) == said(original)
    comments = [line.strip() for line in original.splitlines() if line.strip().startswith("#")]
    assert [line.strip() for line in text.splitlines() if line.strip().startswith("#")] == comments
    assert again(text, file) == shipped(name)


def test_a_changed_value_leaves_comments_units_and_everything_else_in_place() -> None:
    file = shipped_folder() / "stress-price-war.yaml"
    original = file.read_text()
    mine = shipped("stress-price-war").with_overrides({"pricing.war_follow": {"2026-01": 0.5}, "developers.count": 500})
    text = sparse_yaml(mine, file, original=original)
    added = [line for line in text.splitlines() if line not in original.splitlines()]
    gone = [line for line in original.splitlines() if line not in text.splitlines()]
    assert added == ["  developers.count: 500", "  pricing.war_follow: {2026-01: 0.5}"]
    assert gone == ["  pricing.war_follow: {2026-01: 0.95}"]
    assert "{2026-01: 1 month}" in text
    assert again(text, file) == mine


def test_a_value_set_back_is_no_longer_said() -> None:
    file = shipped_folder() / "us-power-price-doubled.yaml"
    back = dataclasses.replace(shipped("us-power-price-doubled"), values=shipped("baseline").values)
    text = sparse_yaml(back, file, original=file.read_text())
    assert "set" not in said(text)
    assert again(text, file) == back


def test_policies_are_named_where_a_file_says_the_same_and_written_out_where_not() -> None:
    base = shipped("baseline")
    last = base.policies[-1]
    earlier = Policy.model_validate(last.model_dump(mode="json") | {"announced": "2025-09-01"})
    short = dataclasses.replace(base, id="mine", policies=(*base.policies[:-1], earlier))
    data = said(sparse_yaml(short, FILE, extends="baseline"))
    (own,) = data["policies"]
    assert (own["id"], own["announced"]) == (last.id, "2025-09-01")
    alone = dataclasses.replace(base, id="mine", policies=base.policies[:2], events=base.events[:3])
    data = said(sparse_yaml(alone, FILE))
    assert data["policies"] == [policy.id for policy in base.policies[:2]]
    assert data["events"] == [event.id for event in base.events[:3]]


def test_an_inherited_policy_that_is_gone_is_dropped() -> None:
    base = shipped("baseline")
    mine = dataclasses.replace(base, id="mine", policies=base.policies[:-2])
    text = sparse_yaml(mine, FILE, extends="baseline")
    assert said(text)["drop"] == [policy.id for policy in base.policies[-2:]]
    assert again(text) == mine


def test_an_added_event_is_written_out() -> None:
    base = shipped("baseline")
    plain = {"id": "wave", "date": "2026-03-01", "kind": "agent_release", "fields": {"openness": "open", "boost": 4.0}}
    mine = dataclasses.replace(base, id="mine", events=(*base.events, Event.model_validate(plain)))
    text = sparse_yaml(mine, FILE, extends="baseline")
    assert said(text)["events"] == [plain]
    assert again(text) == mine


def test_what_a_sparse_file_cannot_say_becomes_the_resolved_file() -> None:
    base = shipped("baseline")
    for mine in (
        dataclasses.replace(base, id="mine", events=base.events[1:]),
        dataclasses.replace(base, id="mine", events=base.events[::-1]),
        dataclasses.replace(base, id="mine", policies=base.policies[::-1]),
        dataclasses.replace(base, id="mine", policies=base.policies[2:]),
    ):
        text = sparse_yaml(mine, FILE, extends="baseline")
        assert text == mine.resolved_yaml()
        assert again(text) == mine


@st.composite
def changed(draw: st.DrawFn) -> tuple[str, Scenario]:
    name = draw(st.sampled_from(SCENARIOS))
    base = shipped(name)
    overrides: dict[str, Any] = {}
    months = st.integers(parse_month("2022-06"), parse_month("2031-06")).map(month_text)
    for path in draw(st.lists(st.sampled_from(list(base.registry)), max_size=6, unique=True)):
        record = base.registry[path].record
        if record.options:
            values: st.SearchStrategy[Any] = st.sampled_from(record.options)
        else:
            parameter = base.registry[path]
            assert parameter.low is not None and parameter.high is not None
            low, high = parameter.low.knots[0][1], parameter.high.knots[0][1]
            values = st.integers(int(low), int(high)) if record.integer else st.floats(low, high, allow_subnormal=False)
        overrides[path] = draw(st.one_of(values, st.dictionaries(months, values, min_size=1, max_size=3)))
    mine = base.with_overrides(overrides)
    if draw(st.booleans()):
        mine = mine.until(draw(st.sampled_from(["2024-12", "2030-12", "2035-06"])))
    words = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=60)
    notes = draw(words).strip()
    return name, dataclasses.replace(mine, id="mine", notes=notes)


@settings(max_examples=30, deadline=None)
@given(made=changed(), over=st.booleans())
def test_any_settings_come_back(made: tuple[str, Scenario], over: bool) -> None:
    name, mine = made
    original = (shipped_folder() / f"{name}.yaml").read_text() if over else None
    text = sparse_yaml(mine, FILE, extends=None if over else name, original=original)
    found = again(text)
    assert found == mine
    assert found.resolved_yaml() == mine.resolved_yaml()
    assert len(text) < len(mine.resolved_yaml()) / 10, "a sparse file is sparse"
