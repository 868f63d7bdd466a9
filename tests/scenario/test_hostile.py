"""Whatever a file holds, reading it ends quickly and either works or says what is wrong in one line."""

from __future__ import annotations

import os
import pathlib

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.scenario.files import shipped_folder
from sim.scenario.load import read_scenario

HEAD = "schema_version: 1\nid: odd\ntitle: Odd\n"
BASELINE = (shipped_folder() / "baseline.yaml").read_text()
KEYS = ("id", "status", "authors", "extends", "horizon", "baseline", "policies", "events", "set", "notes", "x")

scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12))
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from([*KEYS, "developers.count", "2026-01", "instrument", "kind"]), inner, max_size=3
        ),
    ),
    max_leaves=8,
)


def read(folder: pathlib.Path, content: bytes) -> None:
    file = folder / "odd.yaml"
    file.write_bytes(content)
    scenario, problems = read_scenario(file)
    assert (scenario is None) == bool(problems)
    for problem in problems:
        assert len(str(problem).splitlines()) == 1
        assert str(problem).startswith(str(file))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet="ab:-{}[]&*!|>'\"%@`#?,\n\t 1.~", max_size=60))
@example(text="? [a]\n: b")
@example(text="&a [*a]")
@example(text='"a\\nb": 1')
@example(text='set: {"a\\nb": "\\e[31m", developers.count: {"20\\n": 1}}')
@example(text='status: "a\\nb"')
@example(text='policies: ["a\\nb", {instrument: "a\\nb"}]')
@example(text="%YAML 1.1\n---\nx: no")
def test_any_text(text: str, tmp_path: pathlib.Path) -> None:
    read(tmp_path, (HEAD + text).encode())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=st.dictionaries(st.sampled_from(KEYS), trees, max_size=4))
def test_any_values_under_any_keys(tree: dict, tmp_path: pathlib.Path) -> None:
    import json

    body = "".join(f"{key}: {json.dumps(value)}\n" for key, value in tree.items() if key != "id")
    read(tmp_path, (HEAD + body).encode())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, len(BASELINE) - 1), length=st.integers(0, 40), instead=st.text(max_size=3))
def test_a_damaged_baseline(place: int, length: int, instead: str, tmp_path: pathlib.Path) -> None:
    damaged = BASELINE[:place] + instead + BASELINE[place + length :]
    read(tmp_path, damaged.encode("utf-8", "surrogatepass"))


def test_special_files_are_refused(tmp_path: pathlib.Path) -> None:
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    for file in (pipe, tmp_path / "folder.yaml"):
        if not file.exists():
            file.mkdir()
        _, (problem,) = read_scenario(file)
        assert problem.message == "not a file"


def test_a_file_that_may_not_be_read_is_named(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "secret.yaml"
    file.write_text(HEAD)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(pathlib.Path, "open", refuse)
    _, (problem,) = read_scenario(file)
    assert str(problem) == f"{file}: cannot be read: Permission denied"


def test_an_alias_bomb_is_refused(tmp_path: pathlib.Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    file = tmp_path / "bomb.yaml"
    file.write_text("\n".join(lines))
    _, (problem,) = read_scenario(file)
    assert problem.message == "aliases (*name) are not allowed; write the value again"


def test_a_path_that_is_no_path_is_one_line() -> None:
    for name in ("", "\0", "x" * 5_000, "a/b/c.yaml", "~.yaml"):
        scenario, problems = read_scenario(name)
        assert scenario is None
        assert len(problems) == 1
        assert isinstance(problems[0], InputError)
