"""The command line: one line per error with file, line, key and nearest name, exit codes, nothing written in vain."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import types
from typing import Any

import pytest

from sim import __version__
from sim.cli import app, main
from sim.errors import RunError

COMMANDS = ("run", "compare", "list", "check", "diff", "explain", "new", "resolve", "schema", "doctor")

# file, line and message of each malformed fixture: the wording is a contract
BAD = {
    "unknown-key": ":4: horizn: unknown key (did you mean 'horizon'?)",
    "unknown-nested-key": ":4: horizon.ends: unknown key (did you mean 'end'?)",
    "unknown-parameter": ":5: developers.cout: unknown parameter (did you mean 'developers.count'?)",
    "duplicate-key": ":6: status: key given twice, first on line 4",
    "duplicate-parameter": ":6: developers.count: key given twice, first on line 5",
    "wrong-unit": ":5: developers.count: '500 USD': unit USD is not convertible to developer",
    "unknown-unit": ":5: developers.count: '500 develpers': 'develpers' is not a unit",
    "not-a-number": ":5: developers.count: 'many' is not a number, or a number with a unit",
    "not-whole": ":5: developers.count: 500.5 is not a whole number",
    "not-finite": ":5: developers.count: nan is not a finite number",
    "boolean-number": ":5: developers.count: true is not a number",
    "bad-month": ":4: horizon.end: '2024-13' is not a month, expected YYYY-MM",
    "bad-date-in-set": ":5: developers.count: '2024' is not a month, expected YYYY-MM or YYYY-MM-DD",
    "horizon-backwards": ":4: horizon.end: ends 2022-12, before it starts 2023-01",
    "horizon-start": ":5: horizon.start: starts 2022-06; only 2023-01 is possible, the month of the initial state",
    "outside-bounds": ":5: developers.count: 10 is outside its bounds 100 to 5000000 developer",
    "outside-bounds-dated": ":7: developers.count: 5000001 is outside its bounds 100 to 5000000 developer",
    "cycle-self": ":4: extends: goes in a circle: cycle-self -> cycle-self",
    "missing-parent": ":4: extends: no scenario 'baselin' (did you mean 'baseline'?)",
    "missing-policy": ":5: policies: no policy 'us-2025-08-levi' (did you mean 'us-2025-08-levy'?)",
    "agent-closed-without-lab": ":8: events[0].fields: a closed agent works with one lab's models: name its lab",
    "agent-weak-boost": ":10: events[0].fields.boost: should be greater than or equal to 1, not 0.5",
    "agent-unknown-lab": ":11: events[0].fields.lab: unknown lab 'deepsek' (did you mean 'deepseek'?)",
    "agent-unknown-region": ":11: events[0].fields.regions[1]: 'asia' is not one of us, cn, eu, gulf, sea, row",
    "agent-region-twice": ":11: events[0].fields.regions: given twice: cn",
    "agent-misspelt-field": ":11: events[0].fields.need_eci: unknown key (did you mean 'needs_eci'?)",
    "agent-no-boost": ":8: events[0].fields.boost: missing",
    "agent-half-open": ":9: events[0].fields.openness: 'partly' is not one of open, closed",
    "event-unknown-kind": ":7: events[0].kind: unknown kind of event 'agent_relese' (did you mean 'agent_release'?)",
    "missing-deal": ":5: events: no deal 'openai-orcale' (did you mean 'openai-oracle'?)",
    "bad-policy": ":9: policies[0].announced: day is out of range for month",
    "bad-status": ":4: status: 'porposal' is not one of on the books, proposal, stress, illustrative"
    " (did you mean 'proposal'?)",
    "bad-version": ":1: schema_version: should be 1, not 2",
    "no-id": ":1: id: missing",
    "extends-text": ":4: extends: should be a list, not 'baseline'",
    "tab": ":5: not valid YAML: found character '\\t' that cannot start any token",
    "unclosed": ":5: not valid YAML: expected ',' or ']', but got ':'",
    "alias": ":4: question: aliases (*name) are not allowed; write the value again",
    "tag": ":4: notes: tag tag:yaml.org,2002:python/object:os.system is not allowed",
    "two-documents": ":4: not valid YAML: more than one document",
    "list": ":1: not a mapping of keys to values",
    "empty": ": empty file",
    "only-comment": ": empty file",
    "not-text": ":2: not UTF-8 text",
    "many": ":4: statos: unknown key (did you mean 'status'?)",
}
ELSEWHERE = {  # the line at fault is in a file that this one extends
    "cycle-one": "cycle-three.yaml:5: extends: goes in a circle: cycle-one -> cycle-two -> cycle-three -> cycle-one",
    "cycle-two": "cycle-one.yaml:4: extends: goes in a circle: cycle-two -> cycle-three -> cycle-one -> cycle-two",
    "cycle-three": "cycle-two.yaml:4: extends: goes in a circle: cycle-three -> cycle-one -> cycle-two -> cycle-three",
    "parents-differ": "parents-differ.yaml:4: developers.count: parent-a ({bad}/parents/parent-a.yaml:5) and parent-b"
    " ({bad}/parents/parent-b.yaml:5) set it differently; set it here",
}


class Done:
    """Exit code and output of a command."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def weightshift(capsys: pytest.CaptureFixture[str], tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command in an empty working folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str | pathlib.Path) -> Done:
        with pytest.raises(SystemExit) as caught:
            main([str(argument) for argument in arguments])
        output = capsys.readouterr()
        return Done(int(caught.value.code or 0), output.out, output.err)

    return run


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Stand-in for the simulation that notes what it was asked to run."""
    asked: list[dict[str, Any]] = []

    def run_to_folder(
        scenario: Any, *, seed: int, replicates: int, out: pathlib.Path, progress: Any, quick: bool, ensemble: Any
    ) -> pathlib.Path:
        if seed == 13:
            raise RunError("accounts of nvidia differ by 1 cent")
        if seed == 14:
            raise ZeroDivisionError("a bug")
        progress(1, 1)
        asked.append({"scenario": scenario, "seed": seed, "replicates": replicates, "out": out, "quick": quick})
        out.mkdir(parents=True)
        (out / "report.html").write_text("")
        return out

    module = types.ModuleType("sim.results")
    module.run_to_folder = run_to_folder  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sim.results", module)
    summary = types.ModuleType("sim.report.summary")
    summary.print_summary = lambda folder: print(  # type: ignore[attr-defined]
        f"results: {folder}\nreport:  {folder}/report.html"
    )
    monkeypatch.setitem(sys.modules, "sim.report.summary", summary)
    return asked


def test_every_fixture_has_its_wording(bad_files: pathlib.Path) -> None:
    assert {file.stem for file in bad_files.glob("*.yaml")} == set(BAD) | set(ELSEWHERE)


@pytest.mark.parametrize("name", sorted(BAD | ELSEWHERE))
def test_a_malformed_file_gives_one_line_and_writes_nothing(
    name: str, weightshift: Any, runs: list, bad_files: pathlib.Path, tmp_path: pathlib.Path
) -> None:
    file = bad_files / f"{name}.yaml"
    done = weightshift("run", file)
    expected = f"{file}{BAD[name]}" if name in BAD else f"{bad_files}/{ELSEWHERE[name].format(bad=bad_files)}"
    assert (done.code, done.out, done.err) == (2, "", expected + "\n")
    assert list(tmp_path.iterdir()) == []
    assert runs == []


def test_a_file_of_50_mb_is_refused_without_being_read(weightshift: Any, runs: list, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "huge.yaml"
    with file.open("wb") as stream:
        stream.write(b"schema_version: 1\nnotes: ")
        stream.truncate(50_000_000)
    done = weightshift("run", "huge.yaml")
    assert (done.code, done.err) == (2, "huge.yaml: a file of 50.0 MB, larger than the 1 MB allowed\n")
    assert list(tmp_path.iterdir()) == [file]


def test_deep_nesting_is_refused(weightshift: Any, tmp_path: pathlib.Path) -> None:
    (tmp_path / "deep.yaml").write_text("notes: " + "[" * 5_000)
    done = weightshift("check", "deep.yaml")
    assert (done.code, done.err) == (2, "deep.yaml: nested deeper than 30 levels\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "baselin"], "weightshift: no scenario 'baselin' (did you mean 'baseline'?)"),
        (["run", "none.yaml"], "weightshift: no such file: none.yaml"),
        (["run", "."], "weightshift: no scenario '.'; weightshift list names them"),
        (["run", "baseline", "--set", "developers.count"],
         "--set: 'developers.count' is not of the form PATH=VALUE"),
        (["run", "baseline", "--set", "developers.cout=500"],
         "--set: developers.cout: unknown parameter (did you mean 'developers.count'?)"),
        (["run", "baseline", "--set", "developers.count=1"],
         "--set: developers.count: 1 is outside its bounds 100 to 5000000 developer"),
        (["run", "baseline", "--set", "developers.count=500", "--set", "developers.count=600"],
         "--set: developers.count: set twice"),
        (["run", "baseline", "--until", "2022-12"], "weightshift: --until: ends 2022-12, before it starts 2023-01"),
        (["run", "baseline", "--until", "soon"], "weightshift: --until: 'soon' is not a month, expected YYYY-MM"),
        (["run", "baseline", "--sed", "3"], "weightshift: No such option: --sed (Possible options: --seed, --set)"),
        (["explain", "baseline", "developers.cout"],
         "{shipped}/baseline.yaml: developers.cout: unknown parameter (did you mean 'developers.count'?)"),
        (["diff", "baseline", "baselin"], "weightshift: no scenario 'baselin' (did you mean 'baseline'?)"),
        (["schema", "polcy"],
         "weightshift: no schema 'polcy'; there are scenario, policy, parameters, study, benchmark "
         "(did you mean 'policy'?)"),
    ],
)  # fmt: skip
def test_bad_arguments_give_one_line_and_write_nothing(
    arguments: list[str], message: str, weightshift: Any, runs: list, tmp_path: pathlib.Path
) -> None:
    from sim.scenario.files import shipped_folder

    done = weightshift(*arguments)
    assert (done.code, done.err) == (2, message.format(shipped=shipped_folder()) + "\n")
    assert list(tmp_path.iterdir()) == []
    assert runs == []


@pytest.mark.parametrize(
    "arguments",
    [["rn"], ["run"], ["run", "baseline", "--seed", "x"], ["run", "baseline", "--replicates", "0"], ["list", "--all"]],
)
def test_misuse_is_one_line_with_code_2(arguments: list[str], weightshift: Any) -> None:
    done = weightshift(*arguments)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)


def test_out_that_is_a_file_is_refused(weightshift: Any, runs: list, tmp_path: pathlib.Path) -> None:
    (tmp_path / "taken").write_text("")
    done = weightshift("run", "baseline", "--out", "taken")
    assert (done.code, done.err) == (2, "taken: --out: not a folder\n")
    assert weightshift("run", "baseline", "--out", "taken/below").code == 2
    assert runs == []


def test_run_hands_over_what_was_asked_and_says_where_the_report_is(weightshift: Any, runs: list) -> None:
    done = weightshift("run", "baseline", "--seed", "7", "--replicates", "3", "--until", "2025-12",
                       "--set", "developers.count=2000")  # fmt: skip
    (asked,) = runs
    assert (asked["seed"], asked["replicates"], asked["out"]) == (7, 3, pathlib.Path("outputs/baseline"))
    assert asked["scenario"].months == 36
    assert asked["scenario"].parameter_table()["developers_count"][0] == 2_000
    assert (done.code, done.err) == (0, "")
    assert done.out == "results: outputs/baseline\nreport:  outputs/baseline/report.html\n"


def test_quick_is_one_world_with_few_developers(weightshift: Any, runs: list, tmp_path: pathlib.Path) -> None:
    assert weightshift("run", "baseline", "--quick", "--replicates", "9", "--out", tmp_path / "here").code == 0
    (asked,) = runs
    assert (asked["replicates"], asked["out"], asked["scenario"].months) == (1, tmp_path / "here", 96)
    assert asked["quick"]
    assert asked["scenario"].parameter_table()["developers_count"][0] == 500


def test_a_failed_run_is_one_line_with_code_1(weightshift: Any, runs: list) -> None:
    done = weightshift("run", "baseline", "--seed", "13")
    assert (done.code, done.err) == (1, "weightshift: the run failed: accounts of nvidia differ by 1 cent\n")
    done = weightshift("run", "baseline", "--seed", "14")
    assert (done.code, done.err) == (1, "weightshift: unexpected ZeroDivisionError: a bug (--debug shows where)\n")


def stand_in_economy(monkeypatch: pytest.MonkeyPatch, run_scenario: Any) -> None:
    module = types.ModuleType("sim.economy")
    module.run_scenario = run_scenario  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sim.economy", module)


def test_doctor_tells_versions_and_runs_a_year(weightshift: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    stand_in_economy(monkeypatch, lambda scenario, seed: asked.append((scenario.months, seed)))
    done = weightshift("doctor")
    assert (done.code, asked) == (0, [(12, 1)])
    for word in ("python", "numba", "cache", "smoke run    ok: 12 months"):
        assert word in done.out


def test_doctor_fails_with_the_smoke_run(weightshift: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(scenario: Any, seed: int) -> None:
        raise RunError("accounts differ")

    stand_in_economy(monkeypatch, fail)
    done = weightshift("doctor")
    assert (done.code, done.out.splitlines()[-1]) == (1, "smoke run    failed: RunError: accounts differ")


def test_the_package_runs_what_it_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    import sim

    stand_in_economy(monkeypatch, lambda scenario, seed: (scenario.id, seed))
    assert sim.run(sim.load_scenario("baseline", overrides={"developers.count": 500}), seed=4) == ("baseline", 4)


def test_debug_shows_where(runs: list) -> None:
    with pytest.raises(ZeroDivisionError):
        main(["run", "baseline", "--seed", "14", "--debug", "--out", "unused"])


def test_check_reports_everything_at_once(weightshift: Any, bad_files: pathlib.Path) -> None:
    file = bad_files / "many.yaml"
    done = weightshift("check", file, "baseline")
    assert done.code == 2
    assert done.out == "baseline: no problems\n"
    assert done.err.splitlines() == [
        f"{file}:4: statos: unknown key (did you mean 'status'?)",
        f"{file}:5: horizon.end: 'never' is not a month, expected YYYY-MM",
        f"{file}:6: authors: should be a list, not 7",
        f"{file}:8: developers.cout: unknown parameter (did you mean 'developers.count'?)",
        f"{file}:9: developers.count: '1 USD': unit USD is not convertible to developer",
    ]


def test_check_knows_the_keys_inside_a_policy(weightshift: Any, bad_files: pathlib.Path) -> None:
    file = bad_files / "bad-policy.yaml"
    lines = weightshift("check", file).err.splitlines()
    assert f"{file}:10: policies[0].efective: unknown key (did you mean 'effective'?)" in lines


def test_check_takes_policy_files(weightshift: Any, tmp_path: pathlib.Path) -> None:
    from sim.scenario.files import shipped_folder

    good = shipped_folder() / "policies" / "us-2025-08-levy.yaml"
    (tmp_path / "other-name.yaml").write_text(good.read_text() + "set:\n  developers.cout: 500\n")
    done = weightshift("check", good, "other-name.yaml")
    assert (done.code, done.out) == (2, f"{good}: no problems\n")
    last = len(good.read_text().splitlines()) + 2
    assert done.err.splitlines() == [
        "other-name.yaml:2: id: 'us-2025-08-levy' differs from the file's name 'other-name'",
        f"other-name.yaml:{last}: developers.cout: unknown parameter (did you mean 'developers.count'?)",
    ]


def test_explain_lists_the_layers_from_strongest_to_weakest(weightshift: Any, tmp_path: pathlib.Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "schema_version: 1\nid: mine\ntitle: Mine\nextends: [baseline]\nset:\n  developers.count: 600\n"
    )
    done = weightshift("explain", "mine.yaml", "developers.count", "--set", "developers.count=700")
    lines = [" ".join(line.split()) for line in done.out.splitlines()]
    assert (done.code, lines[0]) == (0, "developers.count = 700 developer")
    assert lines[2:4] == ["wins --set 700", "over set of mine 600 (mine.yaml:6)"]
    assert lines[4].startswith("over registry 10000 (")
    assert lines[4].endswith("sim/parameters/developers.yaml:3)")
    assert any(line.startswith("range 1000 to 1000000 developer") for line in lines)
    assert any(line == "grade assumed" for line in lines)
    assert any(line.startswith("source ") for line in lines)


def test_list_names_the_shipped_scenarios(weightshift: Any) -> None:
    done = weightshift("list")
    assert done.code == 0
    assert any(line.split()[0] == "baseline" for line in done.out.splitlines())


def test_schema_is_printed_and_written(weightshift: Any, tmp_path: pathlib.Path) -> None:
    import json

    printed = weightshift("schema", "policy").out
    assert json.loads(printed)["title"] == "Policy"
    assert weightshift("schema", "--write", tmp_path / "schemas").code == 0
    assert (tmp_path / "schemas" / "policy.json").read_text() == printed


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_has_an_example(command: str, weightshift: Any) -> None:
    done = weightshift(command, "--help")
    assert done.code == 0
    assert f"Example: weightshift {command}" in " ".join(done.out.split())


def test_every_command_is_tested_for_its_help() -> None:
    import typer

    assert set(COMMANDS) <= set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def test_help_and_version_and_nothing(weightshift: Any) -> None:
    assert weightshift("--version").out == f"weightshift {__version__}\n"
    assert weightshift().out == weightshift("--help").out
    assert "Commands:" in weightshift("--help").out


def test_help_imports_nothing_heavy() -> None:
    code = """
import sys
from sim.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
heavy = {"numba", "mesa", "numpy", "pandas", "matplotlib", "pyarrow", "pydantic", "pint", "ruamel.yaml", "scipy"}
print("heavy:", sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "heavy: []"


def test_piped_output_is_plain() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from sim.cli import main; main(['run', '--help'])"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.isascii()
    assert "\x1b" not in done.stdout


def test_diff_ends_well_whether_scenarios_differ_or_not(weightshift: Any) -> None:
    import json

    done = weightshift("diff", "baseline", "us-power-price-doubled")
    assert (done.code, done.err) == (0, "")
    assert "They can differ from 2026-01 on." in done.out.splitlines()
    same = weightshift("diff", "baseline", "baseline")
    assert (same.code, same.out.splitlines()[-1]) == (0, "They describe the same world in the same words.")
    plain = json.loads(weightshift("diff", "baseline", "us-power-price-doubled", "--json").out)
    assert (plain["first_month"], plain["same_world"]) == ("2026-01", False)


def test_resolve_prints_and_writes_the_bytes_of_a_run(weightshift: Any, runs: list, tmp_path: pathlib.Path) -> None:
    done = weightshift("resolve", "baseline", "--set", "developers.count=500", "--until", "2026-06")
    written = weightshift("resolve", "baseline", "--set", "developers.count=500", "--until", "2026-06",
                          "--out", "folder/one.yaml")  # fmt: skip
    assert (done.code, written.code, written.out) == (0, 0, "folder/one.yaml\n")
    assert (tmp_path / "folder" / "one.yaml").read_text(encoding="utf-8") == done.out
    weightshift("run", "folder/one.yaml")
    assert runs[0]["scenario"].resolved_yaml() == done.out
    again = weightshift("resolve", "baseline", "--out", "folder/one.yaml")
    assert (again.code, again.err) == (2, "folder/one.yaml: already there; nothing is written over it\n")


def test_resolve_can_say_only_what_differs(weightshift: Any, tmp_path: pathlib.Path) -> None:
    done = weightshift("resolve", "baseline", "--set", "developers.count=500", "--extends", "baseline",
                       "--out", "few.yaml")  # fmt: skip
    assert (done.code, done.out) == (0, "few.yaml\n")
    lines = (tmp_path / "few.yaml").read_text().splitlines()
    assert lines[0].startswith("# yaml-language-server: $schema=")
    assert lines[1:3] == ["schema_version: 1", "id: few"]
    assert lines[lines.index("set:") + 1] == "  developers.count: 500"
    assert "They can differ from 2023-01 on." in weightshift("diff", "baseline", "few.yaml").out
    bad = weightshift("resolve", "baseline", "--extends", "baseline", "--out", "Few Ones.yaml")
    message = "'Few Ones' is no name: small letters, digits and hyphens, at most 80 (did you mean 'few-ones'?)"
    assert (bad.code, bad.err) == (2, f"weightshift: {message}\n")


def test_new_writes_files_that_check_clean_and_never_over_others(weightshift: Any, tmp_path: pathlib.Path) -> None:
    made = weightshift("new", "mine", "--from", "stress-price-war")
    assert (made.code, made.out) == (0, "scenarios/mine.yaml\n")
    policy = weightshift("new", "my-levy", "--policy", "--instrument", "levy")
    assert (policy.code, policy.out) == (0, "scenarios/policies/my-levy.yaml\n")
    done = weightshift("check", "scenarios/mine.yaml", "mine", "scenarios/policies/my-levy.yaml")
    assert (done.code, done.err) == (0, "")
    assert (
        weightshift("diff", "stress-price-war", "mine").out.count("They describe the same world in other words.") == 1
    )
    for name, message in {
        "mine": "scenarios/mine.yaml: already there; nothing is written over it",
        "baseline": "weightshift: a shipped scenario is called baseline; choose another name",
        "../up": "weightshift: '../up' is no name: small letters, digits and hyphens, at most 80 (did you mean 'up'?)",
    }.items():
        refused = weightshift("new", name)
        assert (refused.code, refused.out, refused.err) == (2, "", f"{message}\n")
    kept = sorted(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file())
    assert kept == ["scenarios/mine.yaml", "scenarios/policies/my-levy.yaml"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from", "baselin"], "weightshift: no scenario 'baselin' (did you mean 'baseline'?)"),
        (["--policy"],
         "weightshift: --policy: which instrument? --instrument NAME; weightshift list --instruments names them"),
        (["--instrument", "levy"], "weightshift: --instrument: belongs to --policy"),
    ],
)  # fmt: skip
def test_new_refuses_in_one_line(arguments: list[str], message: str, weightshift: Any, tmp_path: pathlib.Path) -> None:
    done = weightshift("new", "mine", *arguments)
    assert (done.code, done.out, done.err) == (2, "", f"{message}\n")
    assert list(tmp_path.iterdir()) == []


def test_new_can_start_from_a_file_elsewhere(weightshift: Any, tmp_path: pathlib.Path) -> None:
    (tmp_path / "elsewhere.yaml").write_text(
        "schema_version: 1\nid: elsewhere\ntitle: Elsewhere\nextends: [baseline]\n"
    )
    assert weightshift("new", "mine", "--from", "elsewhere.yaml").code == 0
    done = weightshift("check", "scenarios/mine.yaml")
    assert (done.code, done.err) == (0, "")


def test_list_groups_scenarios_by_status_and_names_policies_instruments_and_parameters(weightshift: Any) -> None:
    lines = weightshift("list").out.splitlines()
    assert lines[0] == "on the books"
    assert any(line.split()[:1] == ["stress-price-war"] for line in lines[lines.index("stress") :])
    assert "While Chinese labs drive" in weightshift("list", "--questions").out
    assert "us-2025-08-levy" in weightshift("list", "--policies").out
    assert "cost of licensed sales" in weightshift("list", "--instruments").out
    found = weightshift("list", "--parameters", "energy.us").out.splitlines()
    assert found and all(line.startswith("energy.us.") for line in found)
    bad = weightshift("list", "--parameters", "enrgy")
    assert (bad.code, bad.err) == (2, "weightshift: no parameter begins with 'enrgy' (did you mean 'energy'?)\n")
