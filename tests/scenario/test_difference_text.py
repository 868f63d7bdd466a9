"""The text of a difference, line by line."""

from __future__ import annotations

import dataclasses
import pathlib

import pytest

from sim.scenario.difference import difference
from sim.scenario.difference_text import difference_lines
from sim.scenario.load import load_scenario
from sim.scenario.model import Scenario

LEVY = """
  - id: a-levy
    title: A levy
    instrument: levy
    actor: us-bis
    announced: 2024-01-10
    effective: 2024-03-15
    expires: {expires}
    parameters: {{rate: {rate}}}
    reference: >-
      an
      illustration
"""


def write(
    folder: pathlib.Path, name: str, text: str, sample: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> Scenario:
    monkeypatch.chdir(folder)
    (folder / f"{name}.yaml").write_text(f"schema_version: 1\nid: {name}\ntitle: Title of {name}\n{text}")
    return load_scenario(f"{name}.yaml", parameters=sample)


def test_the_whole_text(
    tmp_path: pathlib.Path, sample_parameters: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = "\nevents:\n  - {id: wave, date: 2025-03-01, kind: agent_release, fields: {openness: open, boost: 8}}\n"
    one = write(
        tmp_path, "one", "set: {developers.count: 500}\npolicies:" + LEVY.format(expires="2026-01-01", rate=0.15),
        sample_parameters, monkeypatch,
    )  # fmt: skip
    other = write(
        tmp_path, "other", "horizon: {end: 2028-12}\npolicies:" + LEVY.format(expires="2027-01-01", rate=0.25) + event,
        sample_parameters, monkeypatch,
    )  # fmt: skip
    registry = sample_parameters / "developers.yaml"
    assert difference_lines(difference(one, other)) == [
        "one: Title of one (one.yaml)",
        "other: Title of other (other.yaml)",
        "",
        "They can differ from 2023-01 on.",
        "",
        "Horizon",
        "  horizon.end: 2030-12 -> 2028-12",
        "",
        "Parameters",
        "  developers.count: Developers simulated, developer; can matter from 2023-01",
        "    one    500  by set of one (one.yaml:4)",
        f"    other  10000  by registry ({registry}:2)",
        "    default: assumed, made up for tests",
        "",
        "Policies",
        "  in both, a-levy: A levy",
        "    levy by us-bis; announced 2024-01-10, in force 2024-03-15 until 2026-01-01; can matter from 2024-01",
        "    expires: 2026-01-01 -> 2027-01-01",
        "    parameters.rate: 0.15 -> 0.25",
        "    reference: an illustration",
        "",
        "Events",
        "  only in other, wave",
        "    agent_release on 2025-03-01; can matter from 2025-03",
        "",
        "In words only",
        "  id: one -> other",
        "  title: Title of one -> Title of other",
    ]


def test_the_same_world_is_said_plainly() -> None:
    baseline = load_scenario("baseline")
    again = dataclasses.replace(baseline, notes="")
    late = baseline.with_overrides({"energy.us.electricity_price": {"2031-01": 1.0}})
    assert difference_lines(difference(baseline, baseline))[3:] == ["They describe the same world in the same words."]
    assert difference_lines(difference(baseline, again))[3] == "They describe the same world in other words."
    lines = difference_lines(difference(baseline, late))
    assert lines[3] == "They describe the same world: what differs comes after the last month."
    assert lines[6].endswith("matters only after the last month")


def test_a_policy_that_differs_in_words_only_says_so() -> None:
    baseline = load_scenario("baseline")
    renamed = baseline.policies[0].model_copy(update={"title": "Another title"})
    other = dataclasses.replace(baseline, policies=(renamed, *baseline.policies[1:]))
    lines = difference_lines(difference(baseline, other))
    assert lines[3] == "They describe the same world in other words."
    assert lines[7].endswith("differs in words only")


def test_scenarios_with_one_id_go_by_their_files(tmp_path: pathlib.Path) -> None:
    baseline = load_scenario("baseline")
    other = dataclasses.replace(baseline, file="other.yaml")
    assert difference_lines(difference(baseline, other))[1] == "other.yaml: Rules and deals in force to date"
