"""The parameter registry: every number of the model that is not state, with unit, range, evidence and source.

Records live in `sim/parameters/*.yaml`, one file per group. They are read once, checked and frozen; checked records are
kept in the user's cache folder under a digest of the files and of the code that checks them, because reading YAML takes
longer than a short run.
"""

from __future__ import annotations

import difflib
import functools
import hashlib
import json
import os
import pathlib
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from pydantic import ValidationError

from sim.cache import cache_root
from sim.dated import Dated
from sim.errors import InputError
from sim.registry_records import KEYS, Parameter, Record, expand
from sim.yaml_file import Document, read_yaml

PACKAGE_ROOT = pathlib.Path(__file__).parent
PARAMETERS = PACKAGE_ROOT / "parameters"
_CHECKED_BY = ("registry.py", "registry_records.py", "yaml_file.py", "dated.py", "scenario/units.py")


class Registry:
    """All parameters by path, and the table of their values by month."""

    def __init__(self, records: Mapping[str, Record]) -> None:
        """Expand checked records, given by name (`energy.electricity_price`). Raises ValueError as `expand` does."""
        self.records = dict(records)
        self.parameters: dict[str, Parameter] = {}
        for name, record in self.records.items():
            for parameter in expand(name, record):
                self.parameters[parameter.path] = parameter
        self._defaults: dict[tuple[int, int], np.ndarray] = {}

    def __contains__(self, path: object) -> bool:
        return path in self.parameters

    def __iter__(self) -> Iterator[str]:
        return iter(self.parameters)

    def __len__(self) -> int:
        return len(self.parameters)

    def __getitem__(self, path: str) -> Parameter:
        """The parameter at a path. Raises InputError with the nearest path."""
        try:
            return self.parameters[path]
        except KeyError:
            raise InputError("unknown parameter", key=path, hint=self.nearest(path)) from None

    def nearest(self, path: str) -> str | None:
        """The path most like a misspelt one, if any is like it."""
        found = difflib.get_close_matches(path, self.parameters, n=1, cutoff=0.6)
        if not found:  # right name, wrong or missing group
            last = path.rpartition(".")[2]
            found = [known for known in self.parameters if known.rpartition(".")[2] == last][:1]
        if not found:  # only the group, as in nested mappings
            found = [known for known in self.parameters if known.startswith(f"{path}.")][:1]
        return found[0] if found else None

    @functools.cached_property
    def dtype(self) -> np.dtype:
        """Layout of the run-time table: an f8 field per record, of shape (6,) by region or (5,) by segment."""
        fields: list[Any] = []
        for name, record in self.records.items():
            size = len(KEYS[record.by])
            field = name.replace(".", "_")
            fields.append((field, np.float64, (size,)) if size else (field, np.float64))
        return np.dtype(fields, align=True)

    def table(self, overrides: Mapping[str, Dated], start: int, months: int) -> np.ndarray:
        """Values by month: a structured array of shape (months,) from month number `start` on.

        `overrides` replaces whole paths; all others take their default. Regions are in the order us cn eu gulf sea
        row, segments router startup enterprise public platform. Raises InputError for an unknown path.
        """
        if (start, months) not in self._defaults:
            empty = np.zeros(months, dtype=self.dtype)
            self._fill(empty, {path: parameter.default for path, parameter in self.parameters.items()}, start)
            self._defaults[start, months] = empty
        table = self._defaults[start, months].copy()
        self._fill(table, overrides, start)
        return table

    def _fill(self, table: np.ndarray, values: Mapping[str, Dated], start: int) -> None:
        for path, dated in values.items():
            parameter = self[path]
            column = table[parameter.field]
            monthly = dated.knots[0][1] if len(dated.knots) == 1 else dated.monthly(start, len(table))
            if parameter.column is None:
                column[:] = monthly
            else:
                column[:, parameter.column] = monthly

    def describe(self, path: str) -> dict[str, Any]:
        """Everything the registry knows about a path, as plain values for a table, a slider or a page of a report."""
        parameter = self[path]
        plain = parameter.record.model_dump(exclude={"by", "value", "low", "high"})
        bounds = {name: path and path.knots for name, path in (("low", parameter.low), ("high", parameter.high))}
        return {
            "path": path,
            "field": parameter.field,
            "key": parameter.key,
            "default": parameter.default.knots,
            **bounds,
            **plain,
        }


def read_records(folder: pathlib.Path) -> tuple[dict[str, Record], list[InputError]]:
    """Records of all YAML files of a folder by name, and every problem found in them."""
    records: dict[str, Record] = {}
    problems: list[InputError] = []
    for file in sorted(folder.glob("*.yaml")):
        try:
            document = read_yaml(file)
        except InputError as error:
            problems.append(error)
            continue
        for name, fields in document.data.items():
            record = _record(document, name, fields, problems)
            if record is not None:
                records[f"{file.stem}.{name}"] = record
    _check_fields(records, problems)
    return records, problems


def _record(document: Document, name: str, fields: Any, problems: list[InputError]) -> Record | None:
    from sim.scenario.units import UnitError, parse_unit

    if not isinstance(fields, dict):
        problems.append(document.error("not a record", (name,)))
        return None
    try:
        record = Record.model_validate(fields)
        parse_unit(record.unit)
        expand(f"{pathlib.Path(document.file).stem}.{name}", record)
        return record
    except ValidationError as error:
        for detail in error.errors():
            place = (name, *detail["loc"][:1])
            message = detail["msg"].removeprefix("Value error, ")
            hint = None
            if detail["type"] == "extra_forbidden":
                message = "unknown field"
                hint = next(iter(difflib.get_close_matches(str(detail["loc"][0]), Record.model_fields, n=1)), None)
            elif detail["type"] == "missing":
                message = "missing"
            problems.append(document.error(message, place, hint=hint))
    except UnitError as error:
        problems.append(document.error(str(error), (name, "unit")))
    except ValueError as error:
        problems.append(document.error(str(error), (name, "value")))
    return None


def _check_fields(records: Mapping[str, Record], problems: list[InputError]) -> None:
    seen: dict[str, str] = {}
    for name in records:
        field = name.replace(".", "_")
        if field in seen:
            problems.append(InputError(f"takes the same field {field} as {seen[field]}", key=name))
        seen[field] = name


def load_registry(folder: pathlib.Path = PARAMETERS) -> Registry:
    """The registry of a folder, read once per process. Raises InputError for the first problem found in it."""
    return _load(folder.resolve())


@functools.cache
def _load(folder: pathlib.Path) -> Registry:
    kept = cache_root() / f"registry-{_digest(folder)}.json"
    try:
        plain = json.loads(kept.read_text(encoding="utf-8"))
        return Registry({name: Record.model_validate(fields) for name, fields in plain.items()})
    except (OSError, ValueError):
        pass  # not kept yet, or damaged: read the files
    records, problems = read_records(folder)
    if problems:
        raise problems[0]
    registry = Registry(records)
    _keep(kept, {name: record.model_dump(mode="json", exclude_unset=True) for name, record in records.items()})
    return registry


def _digest(folder: pathlib.Path) -> str:
    digest = hashlib.sha256()
    for file in (*sorted(folder.glob("*.yaml")), *(PACKAGE_ROOT / name for name in _CHECKED_BY)):
        content = file.read_bytes()
        digest.update(f"{file.name} {len(content)} ".encode() + content)
    return digest.hexdigest()[:20]


def _keep(file: pathlib.Path, plain: dict[str, Any]) -> None:
    """Write the checked records; a cache that cannot be written is no reason to stop."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False, encoding="utf-8") as stream:
            json.dump(plain, stream)
        os.replace(stream.name, file)
    except OSError:
        return
