"""New files are whole or not there, and nothing is written over another file."""

from __future__ import annotations

import os
import pathlib

import pytest

from sim.errors import InputError
from sim.scenario.write_new import write_new


def test_a_new_file_is_written_with_its_folder(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "deep" / "er" / "mine.yaml"
    write_new(file, "für\n")
    assert file.read_text(encoding="utf-8") == "für\n"
    assert [part.name for part in file.parent.iterdir()] == ["mine.yaml"]


def test_nothing_is_written_over(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("old")
    with pytest.raises(InputError, match="already there; nothing is written over it"):
        write_new(file, "new")
    (tmp_path / "dangling.yaml").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputError, match="already there"):
        write_new(tmp_path / "dangling.yaml", "new")
    assert file.read_text() == "old"


@pytest.mark.parametrize("broken", ["fsync", "link"])
def test_a_failure_leaves_nothing(broken: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, broken, fail)
    monkeypatch.setattr(os, "rename", fail)
    with pytest.raises(InputError, match="cannot be written: No space left on device"):
        write_new(tmp_path / "mine.yaml", "text")
    assert list(tmp_path.iterdir()) == []


def test_another_process_that_was_faster_is_not_overwritten(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mine.yaml"
    link = os.link

    def late(draft: str, target: pathlib.Path) -> None:
        file.write_text("theirs")
        link(draft, target)

    monkeypatch.setattr(os, "link", late)
    with pytest.raises(InputError, match="already there"):
        write_new(file, "mine")
    assert file.read_text() == "theirs"
    assert [part.name for part in tmp_path.iterdir()] == ["mine.yaml"]


def test_a_file_system_without_links_will_do(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", none)
    write_new(tmp_path / "mine.yaml", "text")
    assert (tmp_path / "mine.yaml").read_text() == "text"
