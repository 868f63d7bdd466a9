"""Where scenarios and policies are looked for."""

from __future__ import annotations

import os
import pathlib
import re

from sim.errors import InputError
from sim.scenario.problems import nearest
from sim.yaml_file import one_line

PACKAGE_ROOT = pathlib.Path(__file__).parents[1]
LONGEST_NAME = 80


def shipped_folder() -> pathlib.Path:
    """Folder of the shipped scenarios: inside an installed package, beside it in a repository."""
    inside = PACKAGE_ROOT / "shipped_scenarios"
    return inside if inside.is_dir() else PACKAGE_ROOT.parent / "scenarios"


def is_path(name: str) -> bool:
    """Whether a name is meant as a path and not as an id."""
    return name.endswith((".yaml", ".yml")) or "/" in name or "\\" in name


def scenario_folders(beside: pathlib.Path | None) -> list[pathlib.Path]:
    """Folders searched for a scenario by its id, first match wins."""
    own = [pathlib.Path("scenarios")] if beside is None else [beside]
    return [*own, shipped_folder()]


def policy_folders(beside: pathlib.Path) -> list[pathlib.Path]:
    """Folders searched for a policy by its id, first match wins."""
    return [beside / "policies", shipped_folder() / "policies"]


def find(name: str, folders: list[pathlib.Path], beside: pathlib.Path, what: str) -> pathlib.Path:
    """File of a scenario or policy given by id or by path (relative to `beside`).

    Raises InputError without a place; its message says what was looked for.
    """
    if is_path(name):
        file = beside / name
        if not file.exists():
            raise InputError(f"no such file: {name[:200]}", hint=nearest(name, _yaml_names(file.parent, full=True)))
        return file
    for folder in folders:
        file = folder / f"{name}.yaml"
        try:
            if file.exists():
                return file
        except OSError:
            break  # a name too long for the file system
    known = [known for folder in folders for known in _yaml_names(folder)]
    hint = nearest(name, known)
    more = f"; weightshift list{' --policies' if what == 'policy' else ''} names them" if hint is None else ""
    raise InputError(f"no {what} {name[:80]!r}{more}", hint=hint)


def _yaml_names(folder: pathlib.Path, full: bool = False) -> list[str]:
    try:
        return sorted(str(file) if full else file.stem for file in folder.glob("*.yaml"))
    except OSError:
        return []


def check_name(name: str, policy: bool = False) -> None:
    """Raises InputError unless a new scenario (or policy) may have this id."""
    form = r"[a-z0-9]+(-[a-z0-9]+)*" if policy else r"[a-z0-9]+([.-][a-z0-9]+)*"
    if not re.fullmatch(form, name) or len(name) > LONGEST_NAME:
        hint = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:LONGEST_NAME].strip("-") or None
        message = f"'{one_line(name, 80)}' is no name: small letters, digits and hyphens, at most {LONGEST_NAME}"
        raise InputError(message, hint=hint)


def schema_line(file: pathlib.Path, name: str) -> str:
    """First line of a file for editors: where the schema of its kind is, seen from the file; empty if it is nowhere."""
    for folder in (file.parent, file.parent.parent, shipped_folder()):
        schema = folder / "schema" / f"{name}.json"
        if schema.is_file():
            there = os.path.relpath(schema.resolve(), file.parent.resolve())
            return f"# yaml-language-server: $schema={pathlib.Path(there).as_posix()}\n"
    return ""


def shipped_scenarios() -> list[pathlib.Path]:
    """Files of the shipped scenarios and of `scenarios/` in the working folder, by name, without doubles."""
    found: dict[str, pathlib.Path] = {}
    for folder in scenario_folders(None):
        for file in sorted(folder.glob("*.yaml")):
            found.setdefault(file.stem, file)
    return [found[name] for name in sorted(found)]
