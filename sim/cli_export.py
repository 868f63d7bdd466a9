"""`weightshift export`: a result in formats that others read."""

from __future__ import annotations

import os
import pathlib

import typer


def export_command(folder: pathlib.Path, formats: str, out: pathlib.Path | None) -> None:
    """Write the files and name them with their size."""
    from sim.exports.write import export, formats_of

    asked = formats_of(formats)
    for file in export(folder, asked, folder.with_name(f"{folder.name}-export") if out is None else out):
        typer.echo(f"{file}  {file.stat().st_size / 1e6:,.1f} MB" if file.is_file() else f"{file}{os.sep}")
