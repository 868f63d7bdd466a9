"""What a result says about its own origin, enough to make it again: the content of `manifest.json`."""

from __future__ import annotations

import datetime as dt
import hashlib
import platform
import subprocess
from importlib import metadata
from pathlib import Path

import sim

PACKAGE_ROOT = Path(__file__).parents[1]
DEPENDENCIES = (
    "mesa", "numpy", "scipy", "pandas", "numba", "llvmlite", "pydantic", "ruamel.yaml", "pint", "pyarrow", "matplotlib"
)  # fmt: skip
_MODEL_SUFFIXES = {".py", ".yaml", ".csv", ".html"}


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def source_sha256() -> str:
    """SHA-256 over the names and contents of the model's own files: tells an edited model where no commit can."""
    digest = hashlib.sha256()
    for path in sorted(PACKAGE_ROOT.rglob("*")):
        if path.suffix in _MODEL_SUFFIXES and path.is_file():
            digest.update(path.relative_to(PACKAGE_ROOT).as_posix().encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def dependency_versions() -> dict[str, str]:
    """Installed versions of the packages that numbers or files depend on."""
    found = {}
    for name in DEPENDENCIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def git_state() -> dict[str, str | bool | None]:
    """Commit of the model's source and whether files differ from it; None where there is no repository of it.

    An installed copy may lie inside somebody else's repository: only one that tracks this package's files counts.
    """
    unknown: dict[str, str | bool | None] = {"commit": None, "dirty": None}
    if _git("ls-files", "--error-unmatch", "errors.py") is None:
        return unknown
    commit, changes = _git("rev-parse", "HEAD"), _git("status", "--porcelain", "--untracked-files=normal", "--", ".")
    if commit is None or changes is None:
        return unknown
    return {"commit": commit.strip(), "dirty": bool(changes.strip())}


def _git(*arguments: str) -> str | None:
    command = ["git", "--no-optional-locks", "-C", str(PACKAGE_ROOT), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def origin() -> dict:
    """Version, commit, source digest, Python, platform and dependency versions."""
    return {
        "model_version": sim.__version__,
        "git": git_state(),
        "source_sha256": source_sha256(),
        "python": platform.python_version(),
        "platform": {"system": platform.system(), "machine": platform.machine(), "release": platform.release()},
        "dependencies": dependency_versions(),
    }


def now_utc() -> str:
    """The time now, to the second."""
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
