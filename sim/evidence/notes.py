"""Reasons, kept by hand, why the model is wrong about a series: `docs/evidence_notes.yaml`."""

from __future__ import annotations

from pathlib import Path

from sim.errors import InputError
from sim.yaml_file import read_yaml

FIELDS = ("metric", "key", "why")


def read_notes(path: Path) -> list[dict[str, str]]:
    """Notes in the order of the file. `key: any` holds for all keys of the metric that have no note of their own.

    Raises InputError for a file that cannot be read, a note that lacks a field or has another, or one said twice.
    """
    document = read_yaml(path).data
    rows = document.get("notes") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise InputError("has no list 'notes'", file=str(path))
    found: dict[tuple[str, str], dict[str, str]] = {}
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict) or set(row) != set(FIELDS) or not all(str(row[field]).strip() for field in FIELDS):
            raise InputError(f"note {number} needs {', '.join(FIELDS)} and nothing else", file=str(path))
        note = {field: " ".join(str(row[field]).split()) for field in FIELDS}
        pair = (note["metric"], note["key"])
        if pair in found:
            raise InputError(f"note {number} says {pair[0]}, {pair[1]} again", file=str(path))
        found[pair] = note
    return list(found.values())


def note_of(notes: list[dict[str, str]], metric: str, key: str) -> str:
    """The reason for a series, or for its metric as a whole; empty if none is known."""
    known = {(note["metric"], note["key"]): note["why"] for note in notes}
    return known.get((metric, key)) or known.get((metric, "any"), "")
