"""datapackage.json: what the files of an export are, in the form of the Frictionless data package (version 1)."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd

from sim import __version__
from sim.exports.content import Content

DESCRIBED = {
    "scenario": "id of the scenario", "sample": "point of the design and levers, 0 in a plain run",
    "replicate": "world, 0 for the first seed", "date": "last day of the month", "metric": "name, see metrics",
    "key": "which series of the metric", "unit": "unit of the value", "value": "number in the unit",
    "model": "model and version", "region": "IAMC region", "variable": "IAMC variable",
    "usd_cents": "US dollar cents", "from_sector": "who pays", "to_sector": "who receives",
}  # fmt: skip
MEDIA = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet",
         "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}  # fmt: skip


def data_package(content: Content, files: dict[str, pd.DataFrame | None], folder: Path) -> dict[str, Any]:
    """The package of files (name -> their table, None for a workbook) that stand in `folder`."""
    origin = {key: value for key, value in content.manifest.items() if key not in ("files", "dependencies")}
    sources = [{"title": "weightshift, parameters and data with their sources", "path": "docs/odd_tables.md"}]
    return {
        "profile": "data-package",
        "name": content.id,
        "title": content.title,
        "description": " ".join(content.notes),
        "version": __version__,
        "licenses": [{"name": "MIT", "title": "MIT License"}],
        "sources": sources,
        "weightshift": {"kind": content.kind, "manifest": origin},
        "resources": [_resource(name, table, folder) for name, table in sorted(files.items())],
    }  # fmt: skip


def _resource(name: str, table: pd.DataFrame | None, folder: Path) -> dict[str, Any]:
    file = folder / name
    kind = name.rpartition(".")[2]
    found: dict[str, Any] = {
        "name": name.replace(".", "-").replace("_", "-").lower(),
        "path": name,
        "format": kind,
        "mediatype": MEDIA[kind],
        "bytes": file.stat().st_size,
        "hash": f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}",
    }
    if table is not None:
        found["profile"] = "tabular-data-resource" if kind == "csv" else "data-resource"
        found["schema"] = {"fields": [_field(str(column), table[column]) for column in table.columns]}
    return found


def _field(name: str, column: pd.Series) -> dict[str, str]:
    if pd.api.types.is_bool_dtype(column):
        kind = "boolean"
    elif pd.api.types.is_integer_dtype(column):
        kind = "integer"
    elif pd.api.types.is_numeric_dtype(column):
        kind = "number"
    elif pd.api.types.is_datetime64_any_dtype(column):
        kind = "date"
    else:
        kind = "string"
    found = {"name": name, "type": kind}
    if name in DESCRIBED or name.isdigit():
        found["description"] = DESCRIBED.get(name, "value of the calendar year")
    return found


def write_package(content: Content, files: dict[str, pd.DataFrame | None], folder: Path) -> None:
    """Write datapackage.json."""
    text = json.dumps(data_package(content, files, folder), indent=1, ensure_ascii=False, sort_keys=True, default=str)
    (folder / "datapackage.json").write_text(text + "\n", encoding="utf-8")
