"""Documents that pages show: part of the repository, and copied into the wheel as scenarios are."""

from __future__ import annotations

from pathlib import Path

PACKAGE_ROOT = Path(__file__).parents[1]
DOCUMENTS = {
    "limits": "docs/limits.md",
    "odd": "docs/odd.md",
    "misfits": "docs/misfits.md",
    "evidence_notes": "docs/evidence_notes.yaml",
    "evidence": "docs/evidence",
    "citation": "CITATION.cff",
    "licence": "LICENSE",
    "data": "sim/data/README.md",
    "data_licences": "sim/data/LICENSES.md",
}
"""Where each is in the repository. `pyproject.toml` puts those outside `sim` into the wheel by the same paths."""
SHIPPED = "shipped_docs"


def document(name: str) -> Path:
    """File or folder of a document: in an installed package, or in the repository around it. KeyError if unknown."""
    path = DOCUMENTS[name]
    if path.startswith("sim/"):
        return PACKAGE_ROOT / path.removeprefix("sim/")
    inside = PACKAGE_ROOT / SHIPPED / Path(path).name
    return inside if inside.exists() else PACKAGE_ROOT.parent / path


def text_of(name: str) -> str:
    """Text of a document; empty if it did not come with the package."""
    try:
        return document(name).read_text(encoding="utf-8")
    except OSError:
        return ""
