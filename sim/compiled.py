"""Compilation of the hot path, with a cache that notices every edit.

Numba keys its cache by the file that defines a function, so an edit of a helper in another file would go unseen and
old machine code would run. Here the cache directory of a module carries a digest of its source and of the source of
every `sim` module that it imports, directly or not.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import os
import pathlib
import sys

import numba
import platformdirs

import sim.world_type  # noqa: F401  its source is part of every digest: it says where compiled code finds the arrays

PACKAGE_ROOT = pathlib.Path(__file__).parent


def module_path(name: str) -> pathlib.Path | None:
    """File of a `sim` module by its dotted name, or None if the name is not a module of this package."""
    base = PACKAGE_ROOT.joinpath(*name.split(".")[1:])
    for candidate in (base.with_suffix(".py"), base / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


@functools.cache
def imported_modules(path: pathlib.Path) -> tuple[pathlib.Path, ...]:
    """Files of the `sim` modules that the file at `path` imports by absolute name.

    Only imports at the top of the module count: compiled code cannot reach what a function imports for itself.
    """
    names: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "sim":
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names if alias.name.split(".")[0] == "sim")
    return tuple(sorted({found for name in names if (found := module_path(name)) is not None}))


@functools.cache
def source_digest(path: pathlib.Path) -> str:
    """SHA-256 over the file at `path` and all `sim` files that it depends on."""
    seen: set[pathlib.Path] = set()
    todo = [path]
    while todo:
        current = todo.pop()
        if current not in seen:
            seen.add(current)
            todo.extend(imported_modules(current))
    digest = hashlib.sha256()
    for current in sorted(seen):
        digest.update(current.read_bytes())
    return digest.hexdigest()[:16]


def cache_root() -> pathlib.Path:
    """Folder of the compiled code: `WEIGHTSHIFT_CACHE` if set, else the user's cache folder."""
    return pathlib.Path(os.environ.get("WEIGHTSHIFT_CACHE") or platformdirs.user_cache_dir("weightshift"))


def folder_of(path: pathlib.Path) -> pathlib.Path:
    """Folder of the machine code of a module's functions."""
    return cache_root() / f"{path.stem}-{source_digest(path)}"


def must_compile() -> bool:
    """Whether the month of this version of the model has not been compiled on this machine yet."""
    return not any(folder_of(PACKAGE_ROOT / "economy.py").glob("*/economy.live_month-*.nbi"))


def compiled(function=None, *, inline: bool = False):
    """Compile a function of the hot path: strict IEEE arithmetic (the same bytes on every x86-64), no interpreter lock.

    Strict means no fast-math flag at all: reassociation or contraction would make results depend on the processor.
    """
    if function is None:
        return functools.partial(compiled, inline=inline)
    module = sys.modules[function.__module__]
    path = pathlib.Path(str(module.__file__))
    numba.config.CACHE_DIR = str(folder_of(path))  # type: ignore[attr-defined]
    return numba.njit(
        cache=True, nogil=True, error_model="numpy", boundscheck=False, inline="always" if inline else "never"
    )(function)
