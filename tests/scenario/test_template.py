"""Templates: valid as they stand, valid with every example in use, and complete."""

from __future__ import annotations

import pathlib
import re

import pytest

from sim.errors import InputError
from sim.policy.described import described
from sim.policy.instruments import INSTRUMENTS
from sim.policy.schema import Policy
from sim.scenario.difference import difference
from sim.scenario.files import shipped_folder
from sim.scenario.load import load_scenario, read_policy, read_scenario_text
from sim.scenario.schema import ScenarioFile
from sim.scenario.template import example_parameters, policy_template, scenario_template
from sim.yaml_file import parse_yaml

SCENARIOS = sorted(file.stem for file in shipped_folder().glob("*.yaml"))
FILE = shipped_folder() / "mine.yaml"


def in_use(text: str) -> str:
    """The text with the mark taken off every example."""
    return re.sub(r"^(\s*)# (?!yaml-language-server)", r"\1", text, flags=re.MULTILINE)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_template_changes_nothing_yet_and_every_example_in_it_works(name: str) -> None:
    base = load_scenario(name)
    text = scenario_template("mine", base, name, FILE)
    scenario, problems = read_scenario_text(text, FILE)
    assert [str(problem) for problem in problems] == []
    assert scenario is not None and difference(base, scenario).same_world
    used, problems = read_scenario_text(in_use(text), FILE)
    assert [str(problem) for problem in problems] == []
    found = difference(base, used)
    assert "my-levy" in {policy.id for policy in found.policies}
    assert [event.id for event in found.events] == ["my-agent"]
    groups = {parameter.path.partition(".")[0] for parameter in found.parameters}
    assert groups == {"energy", "export_controls", "pricing"}


def test_a_scenario_template_shows_every_section_and_every_instrument() -> None:
    text = scenario_template("mine", load_scenario("baseline"), "baseline", FILE)
    assert set(parse_yaml(in_use(text), "mine.yaml").data) == set(ScenarioFile.model_fields) - {"authors"}
    for name, model in INSTRUMENTS.items():
        assert re.search(rf"^##   {name} +{re.escape(model.touches)}$", text, flags=re.MULTILINE), name
    assert text.splitlines()[0] == "# yaml-language-server: $schema=schema/scenario.json"


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_a_policy_template_is_valid_and_has_every_parameter(instrument: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "mine.yaml"
    text = policy_template("mine", instrument, file)
    file.write_text(text, encoding="utf-8")
    assert [str(problem) for problem in read_policy(file)] == []
    model = INSTRUMENTS[instrument]
    for field in described(model):
        assert field.text, f"{instrument}.{field.path} says nothing of itself"
        assert field.text in text, field.path
        assert re.search(rf"^\s+(# |## )?{field.name}: ", text, flags=re.MULTILINE), field.path
    assert model.touches in text
    parameters = parse_yaml(text, "mine.yaml").data["parameters"]
    assert set(re.findall(r"^  (?:# )?([a-z]\w*):", text.partition("parameters:")[2], flags=re.MULTILINE)) == set(
        model.model_fields
    )
    values, whence = example_parameters(instrument)
    assert model.model_validate(parameters) == model.model_validate(values)
    assert (whence == "") or f"The values are those of {whence}, as an example." in text


@pytest.mark.parametrize("instrument", ["levy", "licence_policy", "switching_rule", "import_block", "merger_control"])
def test_without_a_shipped_policy_parameters_are_made_up_that_the_instrument_accepts(
    instrument: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Instruments that name firms or make sense for few places have a shipped policy to take the example from."""
    from sim.scenario import template

    monkeypatch.setattr(template, "_shipped_examples", dict)
    values, whence = example_parameters(instrument)
    assert (bool(values), whence) == (True, "")
    INSTRUMENTS[instrument].model_validate(values)


@pytest.mark.parametrize("bad", ["", "My Name", "a/b", "../up", "-a", "a..b", "ä", "x" * 81, "a\nb", "con fig.yaml"])
def test_bad_names_are_refused(bad: str) -> None:
    base = load_scenario("baseline")
    with pytest.raises(InputError, match="is no name: small letters, digits and hyphens, at most 80"):
        scenario_template(bad, base, "baseline", FILE)
    with pytest.raises(InputError, match="is no name"):
        policy_template(bad, "levy", FILE)


def test_an_unknown_instrument_has_its_nearest_name() -> None:
    with pytest.raises(InputError) as caught:
        policy_template("mine", "levi", FILE)
    assert caught.value.hint == "levy"
    assert "known: chip_threshold_rule, " in caught.value.message


def test_every_field_of_a_policy_is_in_the_template() -> None:
    text = policy_template("mine", "levy", FILE)
    said = set(re.findall(r"^(?:# )?([a-z]+):", text, flags=re.MULTILINE))
    assert said >= set(Policy.model_fields) - {"confidence", "description", "trigger"}
