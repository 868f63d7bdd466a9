"""Documents of the pages: found in the repository, and sent along in the wheel."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from sim.browser import documents

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", documents.DOCUMENTS)
def test_every_document_is_there(name: str) -> None:
    found = documents.document(name)
    assert found.exists()
    assert found.is_dir() or documents.text_of(name)


def test_the_wheel_holds_all_that_lies_outside_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    sent = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    for path in documents.DOCUMENTS.values():
        if not path.startswith("sim/"):
            assert sent[path] == f"sim/{documents.SHIPPED}/{Path(path).name}"


def test_an_installed_package_reads_its_own_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sim" / documents.SHIPPED).mkdir(parents=True)
    (tmp_path / "sim" / documents.SHIPPED / "limits.md").write_text("# Ours", encoding="utf-8")
    monkeypatch.setattr(documents, "PACKAGE_ROOT", tmp_path / "sim")
    assert documents.text_of("limits") == "# Ours"
    assert documents.text_of("odd") == ""
