"""The shipped scenarios and policies: valid, round-trip, and described by schemas that are up to date."""

from __future__ import annotations

import json
import pathlib
import pickle

import pytest

from sim.dated import month_text
from sim.scenario.files import shipped_folder
from sim.scenario.json_schema import schema_text, schemas
from sim.scenario.load import load_scenario, read_scenario
from sim.scenario.model import Scenario
from sim.study.kinds import schemas_of_kinds

SCENARIOS = sorted(shipped_folder().glob("*.yaml"))
POLICIES = sorted((shipped_folder() / "policies").glob("*.yaml"))


@pytest.fixture(scope="module")
def baseline() -> Scenario:
    return load_scenario("baseline")


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_a_shipped_scenario_has_no_problems_and_is_named_after_its_id(file: pathlib.Path) -> None:
    scenario, problems = read_scenario(file)
    assert [str(problem) for problem in problems] == []
    assert scenario is not None
    assert scenario.id == file.stem
    assert scenario.question


@pytest.mark.parametrize("file", [*SCENARIOS, *POLICIES], ids=lambda file: file.stem)
def test_the_first_line_names_a_schema_that_exists(file: pathlib.Path) -> None:
    start, _, name = file.read_text().splitlines()[0].partition("$schema=")
    assert start == "# yaml-language-server: "
    assert (file.parent / name).is_file()


def test_the_baseline_covers_2023_to_2030_and_lists_every_shipped_rule_on_the_books(baseline: Scenario) -> None:
    assert (month_text(baseline.start_month), month_text(baseline.end_month), baseline.months) == (
        "2023-01", "2030-12", 96,
    )  # fmt: skip
    assert str(baseline.month_ends()[0]) == "2023-01-31"
    assert str(baseline.month_ends()[-1]) == "2030-12-31"
    dated = [policy.announced for policy in baseline.policies]
    assert dated == sorted(dated)


def test_the_baseline_lists_every_deal(baseline: Scenario) -> None:
    from sim.policy.deals import read_deals

    assert [event.id for event in baseline.events] == [event.id for event in read_deals()]


def test_the_resolved_file_alone_gives_an_equal_scenario(baseline: Scenario, tmp_path: pathlib.Path) -> None:
    changed = baseline.with_overrides({"developers.count": 500}).until("2027-06")
    file = tmp_path / "scenario.resolved.yaml"
    file.write_text(changed.resolved_yaml())
    again = load_scenario(file)
    assert again == changed
    assert again.resolved_yaml() == changed.resolved_yaml()
    assert again.digest() == changed.digest() != baseline.digest()
    assert again.parameter_table().tobytes() == changed.parameter_table().tobytes()


def test_the_resolved_file_holds_every_parameter(baseline: Scenario) -> None:
    assert list(baseline.resolved()["set"]) == list(baseline.registry)


def test_a_scenario_can_be_sent_to_another_process(baseline: Scenario) -> None:
    assert pickle.loads(pickle.dumps(baseline)) == baseline


@pytest.mark.parametrize("name", ["scenario", "policy", "parameters", "study", "benchmark"])
def test_the_kept_schemas_are_those_that_the_code_generates(name: str) -> None:
    kept = (shipped_folder() / "schema" / f"{name}.json").read_text(encoding="utf-8")
    message = "out of date: run `weightshift schema --write scenarios/schema`"
    assert kept == schema_text((schemas() | schemas_of_kinds())[name]), message


def test_the_scenario_schema_offers_every_path_with_its_bounds() -> None:
    settings = json.loads(schema_text(schemas()["scenario"]))["properties"]["set"]
    assert settings["additionalProperties"] is False
    number = settings["properties"]["developers.count"]["anyOf"][0]["anyOf"][0]
    assert number == {"type": "integer", "minimum": 100.0, "maximum": 5_000_000.0}
