"""Reasons, kept by hand, why the model is wrong about a series or a test: `docs/evidence_notes.yaml`."""

from __future__ import annotations

from pathlib import Path

from sim.errors import InputError
from sim.yaml_file import read_yaml

FIELDS = ("metric", "key", "why")
ROW_FIELDS = ("id", "why")


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


def read_row_notes(path: Path) -> dict[str, str]:
    """Why a row of a table fails (an event test, a published number): text by the id of the row.

    Raises InputError as `read_notes` does.
    """
    document = read_yaml(path).data
    rows = document.get("rows", []) if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise InputError("has no list 'rows'", file=str(path))
    found: dict[str, str] = {}
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict) or set(row) != set(ROW_FIELDS) or not all(str(row[one]).strip() for one in row):
            raise InputError(f"row {number} needs {', '.join(ROW_FIELDS)} and nothing else", file=str(path))
        if row["id"] in found:
            raise InputError(f"row {number} says {row['id']} again", file=str(path))
        found[str(row["id"])] = " ".join(str(row["why"]).split())
    return found


def note_of(notes: list[dict[str, str]], metric: str, key: str) -> str:
    """The reason for a series, or for its metric as a whole; empty if none is known."""
    known = {(note["metric"], note["key"]): note["why"] for note in notes}
    return known.get((metric, key)) or known.get((metric, "any"), "")
