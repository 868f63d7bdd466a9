"""Dropping policies of extended scenarios: what goes, what may not, what the errors say."""

from __future__ import annotations

import json
import pathlib

import pytest

import sim
from sim.errors import InputError
from sim.scenario.json_schema import schemas
from sim.scenario.load import load_scenario, read_scenario

HEAD = "schema_version: 1\nid: {id}\ntitle: A test\n"
RULE = """  - id: {id}
    title: A rule
    instrument: {instrument}
    actor: us
    announced: 2024-01-10
    effective: 2024-03-15
    reference: Illustration
    parameters: {parameters}
"""
THRESHOLD = "{destinations: [cn], clauses: [{name: every chip, verdict: licence}]}"
LEVY = "{rate: 0.1, applies_to: [first]}"
DEFAULT_RULES = [("first", "chip_threshold_rule", THRESHOLD), ("second", "levy", "{rate: 0.2}")]


class Folder:
    """Scenario files for one test."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path

    def write(self, name: str, text: str = "", rules: list[tuple[str, str, str]] | None = None) -> None:
        listed = "".join(RULE.format(id=id, instrument=kind, parameters=given) for id, kind, given in rules or ())
        block = f"policies:\n{listed}" if listed else ""
        (self.path / f"{name}.yaml").write_text(HEAD.format(id=name) + text + block)

    def ids(self, name: str) -> list[str]:
        return [policy.id for policy in load_scenario(self.path / f"{name}.yaml").policies]

    def problems(self, name: str) -> list[str]:
        return [str(each).removeprefix(f"{self.path}/") for each in read_scenario(self.path / f"{name}.yaml")[1]]


@pytest.fixture
def folder(tmp_path: pathlib.Path) -> Folder:
    made = Folder(tmp_path)
    made.write("top", rules=DEFAULT_RULES)
    return made


def test_a_dropped_policy_is_gone_and_the_others_stay(folder: Folder) -> None:
    folder.write("child", "extends: [top]\ndrop: [first]\n")
    assert folder.ids("top") == ["first", "second"]
    assert folder.ids("child") == ["second"]


def test_what_is_dropped_stays_dropped_for_those_who_extend_it(folder: Folder) -> None:
    folder.write("child", "extends: [top]\ndrop: [first]\n")
    folder.write("grandchild", "extends: [child]\ndrop: [second]\n")
    folder.write("other", "extends: [top]\nset:\n  developers.count: 500\n")
    folder.write("both", "extends: [other, child]\n")
    assert folder.ids("grandchild") == []
    assert folder.ids("both") == ["second"]


def test_listing_it_again_brings_it_back_as_listed(folder: Folder) -> None:
    folder.write("child", "extends: [top]\ndrop: [second]\n")
    folder.write("again", "extends: [child]\n", rules=[("second", "levy", "{rate: 0.3}")])
    folder.write("last", "extends: [again]\n")
    assert folder.ids("last") == ["first", "second"]
    assert load_scenario(folder.path / "last.yaml").policies[1].parameters.rate == 0.3


def test_an_unknown_id_names_line_and_nearest_name(folder: Folder) -> None:
    folder.write("child", "extends: [top]\ndrop:\n  - first\n  - secnd\n")
    assert folder.problems("child") == [
        "child.yaml:7: drop: no policy 'secnd' in the scenarios that it extends (did you mean 'second'?)"
    ]


def test_nothing_can_be_dropped_that_is_not_inherited(folder: Folder) -> None:
    folder.write("alone", "drop: [first]\n", rules=DEFAULT_RULES[1:])
    assert "no policy 'first'" in folder.problems("alone")[0]
    folder.write("twice", "extends: [top]\ndrop: [first, first]\n")
    assert "policy first is dropped twice" in folder.problems("twice")[0]
    folder.write("torn", "extends: [top]\ndrop: [second]\n", rules=[("second", "levy", "{rate: 0.3}")])
    assert "policy second is dropped and listed" in folder.problems("torn")[0]


def test_a_policy_left_without_what_it_treats_is_an_error(folder: Folder) -> None:
    folder.write("levied", "extends: [top]\n", rules=[("third", "levy", LEVY)])
    folder.write("hollow", "extends: [levied]\ndrop: [first]\n")
    assert folder.problems("hollow") == ["hollow.yaml:5: drop: third treats only what is dropped (first): drop it too"]
    folder.write("clean", "extends: [levied]\ndrop: [first, third]\n")
    assert folder.ids("clean") == ["second"]


def test_a_parameter_set_by_a_dropped_policy_must_be_set_here(folder: Folder) -> None:
    path = "export_controls.detection"
    (folder.path / "setting.yaml").write_text(
        HEAD.format(id="setting")
        + "policies:\n"
        + RULE.format(id="found", instrument="levy", parameters="{rate: 0.1}")
        + f"    set: {{{path}: 0.3}}\n"
    )
    folder.write("torn", "extends: [setting]\ndrop: [found]\n")
    assert folder.problems("torn") == [f"torn.yaml:5: {path}: found is dropped and had set {path}; set it here"]
    folder.write("whole", f"extends: [setting]\ndrop: [found]\nset:\n  {path}: 0.12\n")
    assert folder.ids("whole") == []


def test_the_resolved_form_needs_no_drop(folder: Folder) -> None:
    folder.write("child", "extends: [top]\ndrop: [first]\n")
    scenario = load_scenario(folder.path / "child.yaml")
    file = folder.path / "resolved.yaml"
    file.write_text(scenario.resolved_yaml())
    assert "drop" not in scenario.resolved()
    assert load_scenario(file) == scenario


def test_a_dropped_policy_leaves_no_trace_in_the_run() -> None:
    """The world without a policy is that of a file that never listed it."""
    baseline = sim.load_scenario("baseline")
    without = sim.load_scenario("no-controls")
    assert {p.id for p in baseline.policies} > {p.id for p in without.policies}
    assert all(policy in baseline.policies for policy in without.policies)


def test_the_schema_describes_it_and_a_wrong_shape_is_an_input_error(folder: Folder) -> None:
    described = schemas()["scenario"]["properties"]["drop"]
    assert "never were" in json.dumps(described)
    folder.write("shape", "extends: [top]\ndrop: first\n")
    with pytest.raises(InputError, match="should be a list"):
        load_scenario(folder.path / "shape.yaml")
