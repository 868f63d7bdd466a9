"""A result folder appears whole or not at all: it is built in a hidden sibling and then takes its place in one step.

A killed run leaves at most the hidden sibling, which the next run to the same place clears away. Files that a user put
into a result folder are carried over; a folder that is not a result of ours is refused.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

from sim.errors import InputError, RunError

MANIFEST = "manifest.json"
KIND = "weightshift result"
COMPARISON_KIND = "weightshift comparison"
VALIDATION_KIND = "weightshift validation"
SWEEP_KIND = "weightshift sweep"
EXPORT_KIND = "weightshift export"
RESULT_KINDS = (KIND, COMPARISON_KIND, VALIDATION_KIND)
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_STAGING = re.compile(r"^\.(?P<name>.+)\.partial-(?P<pid>\d+)-[0-9a-f]{8}$")
DISK_ERRORS = {
    errno.ENOSPC: "no space left on the disk",
    errno.EDQUOT: "disk quota exceeded",
    errno.EFBIG: "file too large",
}


def read_manifest(folder: Path, kinds: tuple[str, ...] = RESULT_KINDS) -> dict | None:
    """The manifest of a result folder of ours of one of the kinds, or None if the folder has none that can be read."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    ours = isinstance(found, dict) and found.get("kind") in kinds and isinstance(found.get("files"), dict)
    return found if ours else None


def check_target(out: Path, kinds: tuple[str, ...] = RESULT_KINDS) -> None:
    """Raise InputError unless `out` is free, an empty folder, or a folder of ours of one of the kinds."""
    if not out.exists():
        return
    if not out.is_dir():
        raise InputError("exists and is not a folder", file=str(out))
    if any(out.iterdir()) and read_manifest(out, kinds) is None:
        what = "weightshift result" if kinds == RESULT_KINDS else " or ".join(kinds)
        raise InputError(f"folder exists and is not a {what}; nothing was written", file=str(out))


@contextlib.contextmanager
def staged(out: Path, kinds: tuple[str, ...] = RESULT_KINDS) -> Iterator[Path]:
    """Give an empty folder to write into; on leaving without an error it becomes `out`, otherwise it is removed.

    Raises InputError if `out` may not be replaced or its parent cannot be written, RunError if the disk is full.
    """
    out = out.resolve()
    check_target(out, kinds)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        clear_stale(out)
        staging = out.parent / f".{out.name}.partial-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        staging.mkdir()
    except OSError as error:
        raise InputError(f"cannot write here: {error.strerror}", file=str(out)) from error
    try:
        yield staging
        sync_tree(staging)
        check_target(out, kinds)
        put_in_place(staging, out, kinds)
    except OSError as error:
        reason = DISK_ERRORS.get(error.errno or 0)
        if reason is None:
            raise
        raise RunError(f"{out}: {reason}; nothing was written there") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def sync_tree(folder: Path) -> None:
    """Force every file and folder below `folder` to the disk."""
    for path in [folder, *folder.rglob("*")]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def put_in_place(staging: Path, out: Path, kinds: tuple[str, ...] = RESULT_KINDS) -> None:
    """Make `staging` the folder `out`. What was there ends up in `staging`; a user's own files are carried over."""
    if not out.exists():
        os.rename(staging, out)
    else:
        carry_over(out, staging, kinds)
        exchange(staging, out)
    descriptor = os.open(out.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def carry_over(old: Path, new: Path, kinds: tuple[str, ...] = RESULT_KINDS) -> None:
    """Copy files of `old` that its manifest does not name into `new`, where no file of that name is there already."""
    manifest = read_manifest(old, kinds)
    ours = {MANIFEST, *(manifest["files"] if manifest else ())}
    for path in sorted(old.rglob("*")):
        name = path.relative_to(old)
        if name.as_posix() in ours or (path.is_dir() and not path.is_symlink()):
            continue
        target = new / name
        if not os.path.lexists(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target, follow_symlinks=False)


def exchange(one: Path, other: Path) -> None:
    """Swap two folders of the same parent: in one step where the system can, else by two renames.

    A kill between the two renames leaves the old folder under the hidden name; `clear_stale` puts it back.
    """
    library = ctypes.CDLL(None, use_errno=True)
    if hasattr(library, "renameat2"):
        arguments = (_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
        if library.renameat2(*arguments) == 0:
            return
    aside = one.with_name(one.name.replace(".partial-", ".old-"))
    os.rename(other, aside)
    os.rename(one, other)
    shutil.rmtree(aside, ignore_errors=True)


def clear_stale(out: Path) -> None:
    """Remove what killed runs to `out` left beside it; give a result back that was set aside and never replaced."""
    for path in out.parent.glob(f".{glob_quoted(out.name)}.*-*"):
        as_staging = path.with_name(path.name.replace(".old-", ".partial-"))
        found = _STAGING.match(as_staging.name)
        if found is None or found["name"] != out.name or is_alive(int(found["pid"])):
            continue
        if ".old-" in path.name and not out.exists():
            os.rename(path, out)
        else:
            shutil.rmtree(path, ignore_errors=True)


def glob_quoted(name: str) -> str:
    """`name` with the characters quoted that mean something in a glob pattern."""
    return re.sub(r"([*?\[])", r"[\1]", name)


def is_alive(pid: int) -> bool:
    """Whether a process with this id runs on this machine."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
