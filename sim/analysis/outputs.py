"""Where an analysis puts its tables and figures: a folder within the sweep's, each file there whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

from sim.errors import InputError, RunError
from sim.results.folder import DISK_ERRORS


class Outputs:
    """The folder of one analysis of a sweep. Raises InputError if it cannot be written, RunError on a full disk."""

    def __init__(self, sweep: Path, name: str) -> None:
        self.folder = sweep / name
        self.written: list[str] = []
        try:
            self.folder.mkdir(exist_ok=True)
        except OSError as error:
            raise InputError(f"cannot write here: {error.strerror}", file=str(self.folder)) from None

    def table(self, name: str, frame: pd.DataFrame) -> None:
        """A CSV table: the same bytes for the same content."""
        text = frame.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d", float_format="%.12g")
        self.file(name, text.encode("utf-8"))

    def file(self, name: str, content: bytes) -> None:
        """A file, in place of one of that name."""
        path = self.folder / name
        partial = path.with_name(f".{name}.partial")
        try:
            with partial.open("wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(partial, path)
        except OSError as error:
            partial.unlink(missing_ok=True)
            reason = DISK_ERRORS.get(error.errno or 0)
            if reason is None:
                raise InputError(f"cannot write here: {error.strerror}", file=str(path)) from None
            raise RunError(f"{path}: {reason}") from None
        self.written.append(name)
