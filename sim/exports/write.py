"""Writing an export: a folder of files in the formats that were asked for, whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from sim.errors import InputError
from sim.exports.content import Content, read_content
from sim.exports.iamc import iamc_table
from sim.exports.package import write_package
from sim.exports.workbook import write_workbook
from sim.results.folder import EXPORT_KIND, MANIFEST, check_target, staged
from sim.results.write import list_files
from sim.scenario.problems import nearest

FORMATS = ("xlsx", "csv", "iamc", "parquet")


def formats_of(text: str) -> tuple[str, ...]:
    """`xlsx,csv` as formats in their order. Raises InputError for a name that is none."""
    asked = [part.strip().lower() for part in text.split(",") if part.strip()]
    if not asked:
        raise InputError(f"names no format; there are {', '.join(FORMATS)}", key="--to")
    for one in asked:
        if one not in FORMATS:
            known = ", ".join(FORMATS)
            raise InputError(f"no format '{one}'; there are {known}", key="--to", hint=nearest(one, FORMATS))
    return tuple(one for one in FORMATS if one in asked)


def export(folder: Path, formats: Sequence[str], out: Path) -> list[Path]:
    """Write a result folder in other formats into `out`, and say which files. What `out` held is replaced in one step.

    Raises InputError if `folder` is no result, or if `out` is there and is no export; RunError if the disk is full.
    """
    check_target(out, (EXPORT_KIND,))  # before the work, not after
    content = read_content(folder)
    with staged(out, (EXPORT_KIND,)) as staging:
        files = _write_all(content, formats, staging)
        write_package(content, files, staging)
        manifest = {"kind": EXPORT_KIND, "of": content.id, "formats": list(formats), "files": list_files(staging)}
        (staging / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return sorted(out / name for name in (*manifest["files"], MANIFEST))


def _write_all(content: Content, formats: Sequence[str], folder: Path) -> dict[str, pd.DataFrame | None]:
    files: dict[str, pd.DataFrame | None] = {}
    if "xlsx" in formats:
        write_workbook(content, folder / f"{content.id}.xlsx")
        files[f"{content.id}.xlsx"] = None
    if "iamc" in formats:
        table = iamc_table(content)
        table.to_csv(folder / "iamc.csv", index=False, float_format="%.10g", lineterminator="\n")
        files["iamc.csv"] = table
    for name, table in content.tables.items():
        if "csv" in formats:
            table.to_csv(folder / f"{name}.csv", index=False, float_format="%.10g", lineterminator="\n")
            files[f"{name}.csv"] = table
        if "parquet" in formats:
            table.to_parquet(folder / f"{name}.parquet", index=False)
            files[f"{name}.parquet"] = table
    return files
