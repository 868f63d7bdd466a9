"""Files below `scenarios` that are neither scenarios nor policies: how to know, check and describe them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from sim.errors import InputError
from sim.evidence.benchmark_file import BenchmarkFile, benchmark_files, read_benchmark
from sim.scenario import files
from sim.scenario.json_schema import DIALECT
from sim.study.study_file import load_study, study_folders
from sim.study.study_schema import StudyFile
from sim.yaml_file import read_yaml


@dataclasses.dataclass(frozen=True)
class Kind:
    """A kind of file: its name, its folder below `scenarios`, keys that only it has, its model, and how it is read."""

    name: str
    folder: str
    keys: tuple[str, ...]
    model: type[BaseModel]
    read: Callable[[Path], object]

    def problems(self, file: Path) -> list[InputError]:
        """What is wrong with a file; empty if nothing is."""
        try:
            self.read(file)
        except InputError as error:
            return [error]
        return []


KINDS = (
    Kind("study", "studies", ("measures", "design", "levers"), StudyFile, load_study),
    Kind("benchmark", "benchmarks", ("rows", "calculation"), BenchmarkFile, read_benchmark),
)


def problems_of(name: str) -> list[InputError] | None:
    """Problems of a file or id of one of these kinds; None if the name belongs to none of them."""
    if not files.is_path(name):
        known = {file.stem: file for folder in study_folders() for file in sorted(folder.glob("*.yaml"))}
        known |= {file.stem: file for file in benchmark_files()}
        if name not in known:
            return None
        file = known[name]
    else:
        file = Path(name)
    kind = _kind_of(file)
    return None if kind is None else kind.problems(file)


def _kind_of(file: Path) -> Kind | None:
    for kind in KINDS:
        if file.parent.name == kind.folder:
            return kind
    try:
        data: Any = read_yaml(file).data
    except InputError:
        return None
    if not isinstance(data, Mapping):
        return None
    return next((kind for kind in KINDS if any(key in data for key in kind.keys)), None)


def schemas_of_kinds() -> dict[str, dict[str, Any]]:
    """JSON Schemas by file stem: `study`, `benchmark`."""
    return {
        kind.name: {"$schema": DIALECT, "title": f"weightshift {kind.name}", **kind.model.model_json_schema()}
        for kind in KINDS
    }


def study_lines(questions: bool) -> list[str]:
    """Studies: id and title, and the question if it is asked for."""
    found = {file.stem: file for folder in reversed(study_folders()) for file in sorted(folder.glob("*.yaml"))}
    width = max((len(name) for name in found), default=0)
    lines = []
    for name in sorted(found):
        try:
            head = read_yaml(found[name]).data
        except InputError as error:
            lines.append(f"{name:<{width}}  {error}")
            continue
        lines.append(f"{name:<{width}}  {head.get('title', '')}")
        if questions and head.get("question"):
            lines.append(f"{'':<{width}}  {' '.join(str(head['question']).split())}")
    return lines
