"""Layers: who wins, what is kept, what may not be combined."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.scenario.load import load_scenario
from sim.scenario.model import Scenario

HEAD = "schema_version: 1\nid: {id}\ntitle: A test\n"
PRICE = "energy.us.electricity_price"


class Folder:
    """A folder of scenario files for one test."""

    def __init__(self, path: pathlib.Path, parameters: pathlib.Path) -> None:
        self.path, self.parameters = path, parameters

    def write(self, name: str, text: str = "") -> None:
        file = self.path / f"{name}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(HEAD.format(id=file.stem) + text)

    def load(self, name: str, **overrides: Any) -> Scenario:
        return load_scenario(self.path / f"{name}.yaml", overrides or None, parameters=self.parameters)

    def problem(self, name: str) -> str:
        with pytest.raises(InputError) as caught:
            self.load(name)
        return str(caught.value).removeprefix(f"{self.path}/")


@pytest.fixture
def folder(tmp_path: pathlib.Path, sample_parameters: pathlib.Path) -> Folder:
    return Folder(tmp_path, sample_parameters)


POLICY = """id: {id}
title: A levy
instrument: levy
actor: us
announced: 2024-01-10
effective: 2024-03-15
expires: {expires}
parameters: {{destinations: [cn], rate: 0.15}}
reference: illustration
"""


def price(scenario: Scenario, month: str) -> float:
    from sim.dated import parse_month

    return scenario.value_of(PRICE).at(parse_month(month))


def test_an_empty_scenario_has_every_default(folder: Folder) -> None:
    folder.write("plain")
    scenario = folder.load("plain")
    assert (scenario.months, dict(scenario.values), scenario.policies) == (96, {}, ())
    assert scenario.parameter_table()["developers_count"][0] == 10_000


def test_each_layer_beats_the_one_below_and_the_beaten_stay_visible(folder: Folder) -> None:
    folder.write("parent", f"set:\n  {PRICE}: 0.11\n")
    folder.write("child", f"extends: [parent]\nset:\n  {PRICE}: 0.12 USD/kWh\n")
    scenario = load_scenario(folder.path / "child.yaml", {PRICE: 0.13}, parameters=folder.parameters)
    layers = scenario.layers_of(PRICE)
    assert [(layer.name, layer.written, layer.line) for layer in layers] == [
        ("registry", "{2023-01: 0.08, 2024-01: 0.09}", 2),
        ("set of parent", "0.11", 5),
        ("set of child", "0.12 USD/kWh", 6),
        ("override", "0.13", None),
    ]
    assert price(scenario, "2025-01") == 0.13


def test_a_dated_value_keeps_the_earlier_ones(folder: Folder) -> None:
    folder.write("later", f"set:\n  {PRICE}: {{2026-01: 0.16}}\n")
    scenario = folder.load("later")
    got = [price(scenario, month) for month in ("2023-01", "2023-07", "2025-12", "2026-01", "2030-12")]
    assert got == pytest.approx([0.08, 0.085, 0.09, 0.16, 0.16])


def test_grandchildren_inherit_and_diamonds_are_no_conflict(folder: Folder) -> None:
    folder.write("top", "set:\n  developers.count: 500\n")
    folder.write("left", "extends: [top]\nset:\n  energy.response: 0.3\n")
    folder.write("right", f"extends: [top]\nset:\n  {PRICE}: 0.2\n")
    folder.write("bottom", "extends: [left, right]\n")
    scenario = folder.load("bottom")
    assert set(scenario.values) == {"developers.count", "energy.response", PRICE}


def test_parents_that_differ_are_an_error_unless_the_child_decides(folder: Folder) -> None:
    folder.write("a", f"set:\n  {PRICE}: 0.1\n")
    folder.write("b", f"set:\n  {PRICE}: 0.2\n")
    folder.write("both", "extends: [a, b]\n")
    a, b = folder.path / "a.yaml", folder.path / "b.yaml"
    assert folder.problem("both") == f"both.yaml:4: {PRICE}: a ({a}:5) and b ({b}:5) set it differently; set it here"
    folder.write("decides", f"extends: [a, b]\nset:\n  {PRICE}: 0.15\n")
    assert price(folder.load("decides"), "2023-01") == 0.15
    folder.write("half", f"extends: [a, b]\nset:\n  {PRICE}: {{2026-01: 0.15}}\n")
    assert "set it differently" in folder.problem("half")


def test_parents_with_other_horizons_are_an_error_unless_the_child_decides(folder: Folder) -> None:
    folder.write("short", "horizon: {start: 2023-01, end: 2024-12}\n")
    folder.write("long", "horizon: {start: 2023-01, end: 2040-12}\n")
    folder.write("both", "extends: [short, long]\n")
    assert folder.problem("both") == "both.yaml:4: horizon: short and long differ; set it here"
    folder.write("child", "extends: [short]\n")
    assert folder.load("child").months == 24
    folder.write("decides", "extends: [short, long]\nhorizon: {end: 2026-12}\n")
    assert folder.load("decides").months == 48


def test_a_policy_sets_parameters_while_it_is_in_force(folder: Folder) -> None:
    folder.write("uses", "policies: [tariff]\n")
    (folder.path / "policies").mkdir()
    text = POLICY.format(id="tariff", expires="2025-06-30") + f"set:\n  {PRICE}: 0.2\n"
    (folder.path / "policies" / "tariff.yaml").write_text(text)
    scenario = folder.load("uses")
    got = [price(scenario, month) for month in ("2024-02", "2024-03", "2025-05", "2025-06", "2030-01")]
    assert got == pytest.approx([0.09, 0.2, 0.2, 0.09, 0.09])
    assert scenario.layers_of(PRICE)[-1].name == "policy tariff"
    assert folder.load("uses", **{PRICE: 0.1}).values[PRICE].is_constant


def test_later_policies_win_and_set_wins_over_policies(folder: Folder) -> None:
    inline = "policies:\n"
    for name, value in (("one", 0.2), ("two", 0.21)):
        lines = (POLICY.format(id=name, expires="null") + f"set:\n  {PRICE}: {value}\n").splitlines()
        inline += f"  - {lines[0]}\n" + "".join(f"    {line}\n" for line in lines[1:])
    folder.write("ordered", inline)
    assert price(folder.load("ordered"), "2026-01") == 0.21
    folder.write("stronger", inline + f"set:\n  {PRICE}: 0.22\n")
    assert price(folder.load("stronger"), "2026-01") == 0.22


def test_a_policy_that_is_never_in_force_sets_nothing_but_is_checked(folder: Folder) -> None:
    text = POLICY.format(id="proposed", expires="null").replace("effective: 2024-03-15", "effective: null")
    (folder.path / "policies").mkdir()
    file = folder.path / "policies" / "proposed.yaml"
    folder.write("uses", "policies: [proposed]\n")
    file.write_text(text + f"set:\n  {PRICE}: 0.2\n")
    assert dict(folder.load("uses").values) == {}
    file.write_text(text + f"set:\n  {PRICE}: 0.2 USD\n")
    message = f"policies/proposed.yaml:11: {PRICE}: '0.2 USD': unit USD is not convertible to USD/kWh"
    assert folder.problem("uses") == message


def test_a_shock_must_name_a_parameter(folder: Folder) -> None:
    shock = "{id: shock, date: 2026-01-01, kind: parameter_shock, fields: {path: %s, factor: 2}}"
    folder.write("good", f"events: [{shock % PRICE}]\n")
    assert [event.id for event in folder.load("good").events] == ["shock"]
    folder.write("bad", f"events: [{shock % 'energy.us.electricity_prize'}]\n")
    expected = (
        "bad.yaml:4: energy.us.electricity_prize: unknown parameter (did you mean 'energy.us.electricity_price'?)"
    )
    assert folder.problem("bad") == expected


def test_nested_groups_are_answered_with_a_full_path(folder: Folder) -> None:
    folder.write("nested", "set:\n  developers:\n    count: 500\n")
    assert folder.problem("nested").startswith(
        "nested.yaml:5: developers: unknown parameter (did you mean 'developers."
    )


def test_a_policy_listed_twice_is_an_error(folder: Folder) -> None:
    folder.write("twice", "policies:\n  - us-2025-08-levy\n  - us-2025-08-levy\n")
    assert folder.problem("twice") == "twice.yaml:6: policies[1]: policy us-2025-08-levy is listed twice"


def test_a_child_adds_policies_after_those_it_inherits(folder: Folder) -> None:
    folder.write("parent", "policies: [us-2025-08-levy]\nevents: [openai-aws]\n")
    folder.write("child", "extends: [parent]\npolicies: [us-2025-01-foundry-rule]\nevents: [openai-azure]\n")
    scenario = folder.load("child")
    assert [policy.id for policy in scenario.policies] == ["us-2025-08-levy", "us-2025-01-foundry-rule"]
    assert [event.id for event in scenario.events] == ["openai-aws", "openai-azure"]


def test_a_switch_takes_names_and_booleans(folder: Folder) -> None:
    for text in ("off", "false", '"off"'):
        folder.write("switched", f"set:\n  developers.network_effect: {text}\n")
        assert folder.load("switched").parameter_table()["developers_network_effect"][0] == 0
    folder.write("switched", "set:\n  developers.network_effect: maybe\n")
    assert folder.problem("switched") == "switched.yaml:5: developers.network_effect: 'maybe' is not one of off, on"


def test_overrides_are_checked_like_files(folder: Folder) -> None:
    folder.write("plain")
    with pytest.raises(InputError, match=r"^energy\.us\.price: unknown parameter"):
        folder.load("plain", **{"energy.us.price": 1})
    with pytest.raises(InputError, match=r"^developers\.count: 99 is outside its bounds 100 to 5000000 developer$"):
        folder.load("plain", **{"developers.count": 99})


def test_a_scenario_cannot_be_changed(folder: Folder) -> None:
    folder.write("plain")
    scenario = folder.load("plain", **{PRICE: 0.1})
    with pytest.raises(AttributeError):
        scenario.id = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        scenario.values[PRICE] = None  # type: ignore[index]


settable = st.fixed_dictionaries(
    {},
    optional={
        PRICE: st.floats(0.01, 1.9).map(lambda value: round(value, 6)),
        "energy.response": st.dictionaries(
            st.sampled_from(["2023-01", "2024-06", "2026-01", "2029-03"]), st.floats(0, 5), min_size=1
        ),
        "developers.count": st.integers(100, 5_000_000),
        "developers.network_effect": st.sampled_from(["off", "on"]),
    },
)


@settings(max_examples=25, deadline=None)
@given(layers=st.lists(settable, min_size=1, max_size=3))
def test_files_that_extend_one_another_equal_overrides_in_the_same_order(
    layers: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory, sample_parameters: pathlib.Path
) -> None:
    folder = Folder(tmp_path_factory.mktemp("layers"), sample_parameters)
    for index, layer in enumerate(layers):
        extends = f"extends: [layer{index - 1}]\n" if index else ""
        lines = "".join(f"  {path}: {_yaml(value)}\n" for path, value in layer.items())
        folder.write(f"layer{index}", extends + ("set:\n" + lines if lines else ""))
    by_files = folder.load(f"layer{len(layers) - 1}")
    by_overrides = folder.load("layer0")
    for layer in layers[1:]:
        by_overrides = by_overrides.with_overrides(layer)
    assert by_files.values == by_overrides.values
    assert by_files.parameter_table().tobytes() == by_overrides.parameter_table().tobytes()

    resolved = folder.path / "resolved.yaml"
    resolved.write_text(by_files.resolved_yaml())
    again = folder.load("resolved")
    assert again == by_files
    assert again.parameter_table().tobytes() == by_files.parameter_table().tobytes()


def _yaml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {item!r}" for key, item in value.items()) + "}"
    return str(value)
