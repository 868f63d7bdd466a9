"""Documents say what is: acts have ODD entries, generated tables are current, the README names only what exists."""

from __future__ import annotations

import importlib.util
import pathlib
import re
import shlex
import sys
from types import ModuleType

import pytest
import typer

from sim.economy import plan
from sim.registry import load_registry

ROOT = pathlib.Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ODD = (ROOT / "docs" / "odd.md").read_text(encoding="utf-8")
LIMITS = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8")
OUTPUTS = (ROOT / "outputs" / "README.md").read_text(encoding="utf-8")
CARD = (ROOT / "docs" / "model_card.md").read_text(encoding="utf-8")
EVIDENCE = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")
DOCUMENTS = {
    "README.md": README, "docs/odd.md": ODD, "docs/limits.md": LIMITS, "docs/model_card.md": CARD,
    "docs/evidence.md": EVIDENCE, "outputs/README.md": OUTPUTS,
}  # fmt: skip
HEADINGS = [
    "1 Purpose and patterns",
    "2 Entities, state variables, and scales",
    "3 Process overview and scheduling",
    "4 Design concepts",
    "5 Initialization",
    "6 Input data",
    "7 Submodels",
]
CONCEPTS = [
    "Basic principles", "Emergence", "Adaptation", "Objectives", "Learning", "Prediction", "Sensing", "Interaction",
    "Stochasticity", "Collectives", "Observation",
]  # fmt: skip
HUMAN_DECISIONS = [
    "Theoretical and empirical background.", "Individual decision making: who decides on what, how often, how.",
    "Learning.", "Individual sensing.", "Individual prediction.", "Heterogeneity.", "Group aggregation.",
]  # fmt: skip
"""Questions of ODD+D (Müller et al. 2013) beyond the headings of ODD."""
ACTS = [act for _, act in plan()]
LABELS = ("Source", "Tests", "Code")
EQUATION = re.compile(r"\*Equation[.:]\*|[=∝≥≤<>]")
"""How an entry shows its equation: by name, or by a relation in its text (names in backticks do not count)."""


def tool(name: str) -> ModuleType:
    """A module of `tools/`, which is not a package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def section(text: str, begin: str, end: str) -> str:
    """The text between two headings."""
    return text.split(begin, 1)[1].split(end, 1)[0]


def commands() -> list[list[str]]:
    """Every `weightshift` line of the README's shell blocks, as words."""
    blocks = re.findall(r"```sh\n(.*?)```", README, flags=re.S)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("weightshift ")]
    inline = re.findall(r"`(weightshift [^`]+)`", "\n".join(DOCUMENTS.values()))
    return [shlex.split(line, comments=True)[1:] for line in [*lines, *inline]]


def test_odd_has_its_headings_in_order() -> None:
    assert re.findall(r"^## (.+)$", ODD, flags=re.M) == HEADINGS
    found = re.findall(r"^### (.+)$", section(ODD, "## 4 ", "## 5 "), flags=re.M)
    assert [name for name in found if name in CONCEPTS] == CONCEPTS


def test_odd_answers_the_questions_on_decisions() -> None:
    text = section(ODD, "### Human decisions (ODD+D)", "### Structural switches")
    headings = re.findall(r"^\*\*([^*]+)\*\*", text, flags=re.M)
    assert [heading for heading in headings if heading in HUMAN_DECISIONS] == HUMAN_DECISIONS
    assert "| decider |" in text


def test_odd_gives_all_patterns_in_its_first_section() -> None:
    rows = re.findall(r"^\| (P\d+) \| \S", section(ODD, "## 1 ", "## 2 "), flags=re.M)
    assert rows == [f"P{number}" for number in range(1, 13)]


def test_odd_lists_every_act_of_the_month_in_order() -> None:
    overview = section(ODD, "## 3 ", "## 4 ")
    listed = re.findall(r"^\d+\. \[`([\w.]+)`\]", overview, flags=re.M)
    assert listed == ACTS
    headings = [f"**{heading}**" for heading in dict.fromkeys(heading for heading, _ in plan())]
    assert re.findall(r"^\*\*[^*]+\*\*$", overview, flags=re.M) == headings


def test_odd_has_an_entry_for_every_act() -> None:
    entries = re.findall(r"^### 7\.(\d+) `([\w.]+)`$", ODD, flags=re.M)
    assert [act for _, act in entries] == ACTS
    assert [int(number) for number, _ in entries] == list(range(1, len(ACTS) + 1))
    bodies = re.split(r"^### 7\.\d+ `[\w.]+`$", ODD, flags=re.M)[1:]
    assert [act for act, body in zip(ACTS, bodies, strict=True) if not re.search(r"\*Code:\*\s+\[", body)] == []


def entries() -> dict[str, str]:
    """Text of each entry of section 7 by act."""
    text = section(ODD, "## 7 Submodels", "### The law: instruments")
    parts = re.split(r"^### 7\.\d+ `([\w.]+)`$", text, flags=re.M)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize("act", ACTS)
def test_an_entry_has_equation_source_and_tests(act: str) -> None:
    body = entries()[act]
    assert EQUATION.search(re.sub(r"`[^`]*`|\([^()]*\)", "", body)), "no equation"
    for label in LABELS:
        assert re.search(rf"\*{label}:\*\s+\S", body), f"no {label}"
    named = re.findall(r"tests/[\w/]+\.py", body.split("*Tests:*")[1].split("*Code:*")[0])
    assert named and any(act_is_used(act, file) for file in named), f"none of {named} exercises it"


def act_is_used(act: str, file: str) -> bool:
    """Whether a test file exercises an act: it names its module, or all of the economy."""
    module = act.split(".")[0]
    text = (ROOT / file).read_text(encoding="utf-8")
    return re.search(rf"\b{module}\b|\bEconomy\b|\brun_scenario\b|\bload_scenario\b", text) is not None


def test_works_that_odd_lists_are_cited_and_the_other_way_round() -> None:
    text, listed = ODD.split("### References")
    text = " ".join(text.split())
    works = set(re.findall(r"^- (\w[\w-]*), .*?\b((?:19|20)\d\d)\.", listed, flags=re.M))
    assert len(works) > 20
    assert [name for name, year in works if not re.search(rf"{name}\b[^;|]{{0,60}}?\b{year}\b", text)] == []
    lines = [" ".join(work.split()) for work in re.split(r"^- ", listed, flags=re.M)]
    cited = re.findall(r"([A-Z][\w-]+) (?:et al\. )?(19\d\d|200\d)\b", text)
    months = ("January", "June", "November", "December", "Accounts")
    missing = [pair for pair in cited if not any(pair[0] in line and pair[1] in line for line in lines)]
    assert [pair for pair in missing if pair[0] not in months] == [], "cited, not listed"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_test_files_that_documents_name_exist(name: str) -> None:
    named = re.findall(r"\btests/[\w/]+\.py\b", DOCUMENTS[name])
    bare = re.findall(r"(?<![\w/])test_\w+(?:\.py)?(?=[,.;) ]|$)", DOCUMENTS[name], flags=re.M)
    known = {path.stem for path in (ROOT / "tests").rglob("test_*.py")}
    assert [path for path in named if not (ROOT / path).exists()] == []
    assert [word for word in bare if word.removesuffix(".py") not in known] == []


def test_entries_link_to_the_file_of_their_act() -> None:
    files = {act: file for _, act, file, _ in tool("write_odd_tables").acts()}
    bodies = re.split(r"^### 7\.\d+ `([\w.]+)`$", ODD, flags=re.M)[1:]
    for act, body in zip(bodies[::2], bodies[1::2], strict=True):
        assert f"](../{files[act]})" in body, act


def test_generated_tables_are_current() -> None:
    tables = tool("write_odd_tables")
    assert tables.TARGET.read_text(encoding="utf-8") == tables.text(), "run: python tools/write_odd_tables.py"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_parameters_that_documents_name_exist(name: str) -> None:
    registry = load_registry()
    groups = "|".join(sorted({record.split(".")[0] for record in registry.records}))
    known = {*registry.records, *registry.parameters}
    named = re.findall(rf"`((?:{groups})\.[a-z_0-9.]+)`", DOCUMENTS[name])
    unknown = [path for path in named if path not in known and path not in ACTS]
    assert unknown == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    folder = (ROOT / name).parent
    for target in re.findall(r"\]\(([^)]+)\)", DOCUMENTS[name]):
        file, _, anchor = target.partition("#")
        path = folder / file if file else ROOT / name
        assert path.exists(), target
        if anchor and path.suffix == ".md":
            assert anchor in anchors(path.read_text(encoding="utf-8")), target


def anchors(text: str) -> set[str]:
    """Anchors that a Markdown viewer gives to headings."""
    headings = re.findall(r"^#+ (.+)$", text, flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_commands_that_documents_name_exist() -> None:
    from sim.cli import app

    known = typer.main.get_command(app).commands
    words = commands()
    assert {line[0] for line in words if not line[0].startswith("-")} >= {"run", "list", "check", "explain", "schema"}
    for line in words:
        if line[0].startswith("-"):
            continue
        assert line[0] in known, line
        options = {option for parameter in known[line[0]].params for option in parameter.opts}
        assert {word for word in line if word.startswith("--")} <= options, line


def test_make_targets_that_documents_name_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, flags=re.M))
    code = re.findall(r"`make ([a-z-]+)|^make ([a-z-]+)", "\n".join(DOCUMENTS.values()), flags=re.M)
    assert {one or other for one, other in code} <= targets


def test_files_that_the_readme_names_exist() -> None:
    named = re.findall(r"`((?:sim|tests|tools|docs|scenarios)/[\w./-]*)`", "\n".join(DOCUMENTS.values()))
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_example_of_the_readme_is_a_valid_scenario(tmp_path: pathlib.Path) -> None:
    from sim.scenario.load import load_scenario

    scenario, policy, _ = re.findall(r"```yaml\n(.*?)```", README, flags=re.S)
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "us-2027-levy.yaml").write_text(policy, encoding="utf-8")
    (tmp_path / "levy-and-power.yaml").write_text(scenario, encoding="utf-8")
    loaded = load_scenario(tmp_path / "levy-and-power.yaml")
    assert loaded.policies[-1].id == "us-2027-levy" and len(loaded.policies) > 1
    assert loaded.value_of("energy.gulf.electricity_price").at(12 * 2026 + 6) == pytest.approx(0.028)


def test_trigger_of_the_readme_makes_its_policy_conditional(tmp_path: pathlib.Path) -> None:
    from sim.scenario.load import read_policy

    _, policy, trigger = re.findall(r"```yaml\n(.*?)```", README, flags=re.S)
    dates = ("announced:", "effective:")
    undated = "".join(line for line in policy.splitlines(keepends=True) if not line.startswith(dates))
    file = tmp_path / "us-2027-levy.yaml"
    file.write_text(undated + trigger, encoding="utf-8")
    assert read_policy(file) == []


def test_picture_of_the_readme_is_small() -> None:
    assert (ROOT / "docs" / "img" / "compute_by_vendor.png").stat().st_size < 330_000


def test_every_structural_switch_is_described_with_its_options() -> None:
    listed = section(ODD, "### Structural switches", "## 5 ")
    rows = dict(re.findall(r"^\| `([\w.]+)` \| ([^|]+) \|", listed, flags=re.M))
    records = load_registry().records
    assert rows == {path: ", ".join(record.options) for path, record in records.items() if record.options}


def test_every_shipped_scenario_is_listed() -> None:
    shipped = {path.stem for path in (ROOT / "scenarios").glob("*.yaml")}
    assert set(re.findall(r"^\| \[([\w-]+)\]\(\.\./scenarios/", ODD, flags=re.M)) == shipped


def test_every_kind_of_event_is_named() -> None:
    from sim.events import KINDS

    assert set(re.findall(r"`([a-z_]+)`", section(OUTPUTS, "Kinds:", "**`ledger.parquet`**"))) == set(KINDS)


def test_result_files_and_columns_are_the_ones_described() -> None:
    from sim.results.tables import EVENT_COLUMNS, LEDGER, TIMESERIES

    assert f"`{', '.join(TIMESERIES.names)}`" in README
    assert f"`{', '.join(EVENT_COLUMNS)}`" in OUTPUTS
    assert f"`{', '.join(name for name in LEDGER.names if name not in ('scenario', 'sample', 'replicate'))}`" in README
