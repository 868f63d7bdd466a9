"""Checks of files, ids and folders: each problem with file, line, key and nearest name. The wording is a contract."""

from __future__ import annotations

import pathlib

import pytest

from sim.scenario.check import check_file, check_names
from sim.scenario.files import shipped_folder
from sim.study.kinds import problems_of

WORDING = {
    "circle-of-two": [":13: policies[0].supersedes: goes in a circle: one -> two -> one"],
    "expired-first": [":13: policies[0].expires: expires 2025-01-15 is not after 2025-02-01"],
    "no-baseline": [":4: baseline: no scenario 'basline' (did you mean 'baseline'?)"],
    "odd-deal": [":8: odd: no firm 'nvidea' to make a deal with (did you mean 'nvidia'?)"],
    "overlapping": [
        ":22: energy.us.electricity_price: policies one ({file}:13) and two set it differently from 2025-02"
    ],
    "unknown-superseded": [
        ":13: policies[0].supersedes[0]: no policy 'us-2025-08-levi' (did you mean 'us-2025-08-levy'?)"
    ],
    "everything": [
        ":4: status: 'sometime' is not one of on the books, proposal, stress, illustrative",
        ":5: extends: no scenario 'baselin' (did you mean 'baseline'?)",
        ":8: policies: no policy 'us-2025-08-levi' (did you mean 'us-2025-08-levy'?)",
        ":10: events: no deal 'nvda-intl' (did you mean 'nvda-intel'?)",
        ":12: developers.cout: unknown parameter (did you mean 'developers.count'?)",
        "{policies}/wrong-inside.yaml:8: parameters.rat: unknown key (did you mean 'rate'?)",
        "{policies}/wrong-inside.yaml:9: parameters.rate: should be less than or equal to 1, not 1.5",
    ],
    "policies/wrong-inside": [
        ":8: parameters.rat: unknown key (did you mean 'rate'?)",
        ":9: parameters.rate: should be less than or equal to 1, not 1.5",
    ],
    "policies/no-instrument": [":1: instrument: missing"],
}


@pytest.fixture
def folder(bad_files: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.chdir(tmp_path)  # paths are shown as seen from the working folder
    return bad_files / "check"


@pytest.mark.parametrize("name", sorted(WORDING))
def test_each_problem_is_named_where_it_stands(name: str, folder: pathlib.Path) -> None:
    file = folder / f"{name}.yaml"
    shown = str(file)
    expected = [
        text.format(file=shown, policies=folder / "policies")
        if text.startswith("{")
        else shown + text.format(file=shown)
        for text in WORDING[name]
    ]
    assert [str(problem) for problem in check_file(shown).problems] == expected


def test_a_policy_without_an_object_is_a_problem(folder: pathlib.Path) -> None:
    messages = [problem.message for problem in check_file(str(folder / "treats-nothing.yaml")).problems]
    assert messages[0] == "one treats only us-2023-10-advanced-computing, not in this scenario"


def test_a_folder_is_checked_with_everything_below_it(folder: pathlib.Path) -> None:
    found = {pathlib.Path(checked.name).stem: checked for checked in check_names([str(folder)])}
    assert set(found) == {file.stem for file in folder.rglob("*.yaml")}
    assert all(checked.problems for checked in found.values())


def test_everything_that_is_shipped_is_without_problems() -> None:
    problems = [
        str(problem)
        for checked in check_names([str(shipped_folder())], others=problems_of)
        for problem in checked.problems
    ]
    assert problems == []


def test_ids_of_scenarios_and_policies_will_do() -> None:
    for name in ("baseline", "us-2025-08-levy"):
        assert check_file(name).problems == ()


def test_a_name_of_nothing_and_an_empty_folder_are_problems(tmp_path: pathlib.Path) -> None:
    for name in ("nope", "", "\0", "x" * 5000, str(tmp_path)):
        (checked,) = check_names([name])
        assert len(checked.problems) == 1
