"""Writing a new file: whole or not at all, and never over another one."""

from __future__ import annotations

import os
import pathlib
import tempfile

from sim.errors import InputError
from sim.yaml_file import shown_path


def write_new(file: pathlib.Path, text: str) -> None:
    """Write a text into a file that does not exist yet; its folder is made. Raises InputError."""
    name = shown_path(file)
    if file.exists() or file.is_symlink():
        raise InputError("already there; nothing is written over it", file=name)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name[:40]}.", suffix=".part")
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", file=name) from None
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(draft, 0o666 & ~_umask())
        _put(draft, file, name)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", file=name) from None
    finally:
        pathlib.Path(draft).unlink(missing_ok=True)


def _put(draft: str, file: pathlib.Path, name: str) -> None:
    """Give the complete draft its name; a link fails where another process was faster."""
    try:
        os.link(draft, file)
    except FileExistsError:
        raise InputError("already there; nothing is written over it", file=name) from None
    except OSError:  # a file system without links
        os.rename(draft, file)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
