"""A scenario with every layer resolved: what a run needs, and nothing else."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import hashlib
import pathlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.dated import Dated, month_start, month_text, parse_month
from sim.errors import InputError
from sim.registry import PARAMETERS, Registry, load_registry
from sim.registry_records import Parameter
from sim.scenario.layers import Layer, Setting, as_written, overlay, written
from sim.scenario.shocks import apply_shocks, shocks_of

if TYPE_CHECKING:
    from sim.policy.schema import Event, Policy

LONGEST_MONTHS = 600


class Frozen[K, V](Mapping[K, V]):
    """A mapping that cannot be changed, compares by content and pickles."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[K, V]) -> None:
        self._items = dict(items)

    def __getitem__(self, key: K) -> V:
        return self._items[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return repr(self._items)


@dataclasses.dataclass(frozen=True)
class Scenario:
    """One world to simulate. Two scenarios are equal if they describe the same world in the same words.

    `settings` holds, for every path that some layer above the registry set, its value and all its layers; paths that
    are not in it have their default.
    """

    id: str
    title: str
    question: str
    status: str
    authors: tuple[str, ...]
    baseline: str | None
    start_month: int
    end_month: int
    policies: tuple[Policy, ...]
    events: tuple[Event, ...]
    values: Mapping[str, Dated]
    notes: str
    references: tuple[str, ...]
    settings: Mapping[str, Setting] = dataclasses.field(compare=False, repr=False)
    file: str | None = dataclasses.field(default=None, compare=False)
    parameters_folder: pathlib.Path = dataclasses.field(default=PARAMETERS, compare=False, repr=False)

    @property
    def start(self) -> datetime.date:
        """First day of the first month."""
        return month_start(self.start_month)

    @property
    def end(self) -> datetime.date:
        """First day of the last month."""
        return month_start(self.end_month)

    @property
    def months(self) -> int:
        """Number of months simulated."""
        return self.end_month - self.start_month + 1

    @property
    def registry(self) -> Registry:
        """The parameter registry that the scenario was read with."""
        return load_registry(self.parameters_folder)

    def month_ends(self) -> np.ndarray:
        """Last day of each month, shape (months,), datetime64[D]."""
        month, day = np.timedelta64(1, "M"), np.timedelta64(1, "D")
        after = np.arange(np.datetime64(self.start, "M") + month, np.datetime64(self.end, "M") + 2 * month, month)
        return after.astype("datetime64[D]") - day

    def parameter_table(self) -> np.ndarray:
        """Values of all parameters by month, shocks included: see `Registry.table`; shape (months,).

        Raises InputError if a shock takes a parameter out of its hard bounds.
        """
        table = self.registry.table(self.values, self.start_month, self.months)
        apply_shocks(table, self.registry, self.events, self.start_month)
        return table

    def shocks_on(self, path: str) -> tuple[Event, ...]:
        """Shocks to a parameter, in the order in which they act."""
        return tuple(event for event, shock in shocks_of(self.events) if shock.path == path)

    def value_of(self, path: str) -> Dated:
        """Value of a parameter, set or default. Raises InputError for an unknown path."""
        return self.values[path] if path in self.values else self.registry[path].default

    def layers_of(self, path: str) -> tuple[Layer, ...]:
        """All layers that set a path, weakest (the registry) first. Raises InputError for an unknown path."""
        parameter = self.registry[path]
        above = self.settings[path].layers if path in self.settings else ()
        return (registry_layer(parameter, self.parameters_folder), *above)

    def with_overrides(self, overrides: Mapping[str, Any], layer: str = "override") -> Scenario:
        """This scenario with values on top of all its layers; `overrides` as in `sim.load_scenario`.

        Raises InputError for an unknown path or an impossible value.
        """
        settings = dict(self.settings)
        for path, raw in overrides.items():
            parameter = self.registry[path]
            try:
                value = overlay(self.value_of(path), parameter, raw)
            except ValueError as error:
                raise InputError(str(error), key=path) from None
            below = settings[path].layers if path in settings else ()
            settings[path] = Setting(path, value, (*below, Layer(layer, None, None, written(raw))))
        return dataclasses.replace(self, settings=Frozen(settings), values=self._values(settings))

    def until(self, month: str) -> Scenario:
        """This scenario with another last month, YYYY-MM. Raises InputError if it is not a month or too early."""
        try:
            end = parse_month(month, day_allowed=False)
        except ValueError as error:
            raise InputError(str(error), key="--until") from None
        check_horizon(self.start_month, end, "--until")
        return dataclasses.replace(self, end_month=end, values=self._values(self.settings))

    def _values(self, settings: Mapping[str, Setting]) -> Frozen[str, Dated]:
        return effective_values(self.registry, settings, self.start_month)

    def resolved(self) -> dict[str, Any]:
        """Everything as plain values of a scenario file: all parameters, policies and events written out."""
        head: dict[str, Any] = {
            "schema_version": 1,
            "id": self.id,
            "title": self.title,
            "question": self.question,
            "status": self.status,
            "authors": list(self.authors),
            "horizon": {"start": month_text(self.start_month), "end": month_text(self.end_month)},
        }
        if self.baseline is not None:
            head["baseline"] = self.baseline
        registry = self.registry
        return {
            **head,
            "policies": [policy.model_dump(mode="json") for policy in self.policies],
            "events": [event.model_dump(mode="json") for event in self.events],
            "set": {
                path: as_written(self.value_of(path), registry[path].record, self.start_month) for path in registry
            },
            "notes": self.notes,
            "references": list(self.references),
        }

    def resolved_yaml(self) -> str:
        """The scenario as one file without inheritance, which loads as an equal scenario and so repeats the run."""
        return self._yaml

    @functools.cached_property
    def _yaml(self) -> str:
        import io

        from ruamel.yaml import YAML

        yaml = YAML(pure=True)
        yaml.default_flow_style = False
        yaml.width = 118
        stream = io.StringIO()
        yaml.dump(self.resolved(), stream)
        return (
            "# Everything in force in this run, no inheritance: running this file alone repeats it.\n"
            + stream.getvalue()
        )

    def digest(self) -> str:
        """SHA-256 of the resolved file."""
        return hashlib.sha256(self.resolved_yaml().encode()).hexdigest()


FIRST_MONTH = parse_month("2023-01")


def check_horizon(start: int, end: int, key: str = "horizon") -> None:
    """Raises InputError unless the months from `start` to `end` can be simulated."""
    if start != FIRST_MONTH:
        raise InputError(
            f"starts {month_text(start)}; only 2023-01 is possible, the month of the initial state", key=key
        )
    if end < start:
        raise InputError(f"ends {month_text(end)}, before it starts {month_text(start)}", key=key)
    if end - start >= LONGEST_MONTHS:
        raise InputError(f"longer than {LONGEST_MONTHS} months", key=key)


def effective_values(registry: Registry, settings: Mapping[str, Setting], start: int) -> Frozen[str, Dated]:
    """Values that differ from their default from month `start` on, in canonical form, in the registry's order."""
    values = {}
    for path in registry:
        if path in settings:
            value = settings[path].value.trimmed(start)
            if value != registry[path].default.trimmed(start):
                values[path] = value
    return Frozen(values)


def registry_layer(parameter: Parameter, folder: pathlib.Path) -> Layer:
    """The weakest layer: the default of the registry."""
    from sim.yaml_file import shown_path

    group, _, rest = parameter.path.partition(".")
    name = rest.rpartition(".")[2]
    file = folder / f"{group}.yaml"
    lines = file.read_text(encoding="utf-8").splitlines()
    line = next((number for number, text in enumerate(lines, 1) if text.startswith(f"{name}:")), None)
    start = parameter.default.knots[0][0]
    return Layer("registry", shown_path(file), line, written(as_written(parameter.default, parameter.record, start)))
