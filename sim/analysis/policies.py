"""Policies of a sweep (scenarios crossed with lever combinations) and the worlds that all of them meet.

A world is a point of the design with a replicate: the same uncertain values, seed and ensemble member under every
policy. So policies are compared world by world.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.analysis.wording import counted, when_words
from sim.errors import InputError
from sim.results.read import read_scenario
from sim.scenario.problems import nearest
from sim.study.design import shown
from sim.study.store import SCENARIOS

if TYPE_CHECKING:
    from sim.study.sweep_reader import Sweep

NAMES = ("Chin", "Nvidia", "Huawei", "Europ", "Gulf", "Taiwan", "American", "Google", "Open AI", "Wright", "Moore")
"""Beginnings of words that keep their capital within a sentence."""


@dataclasses.dataclass(frozen=True)
class Policy:
    """A scenario with a value of every lever; `number` is its row in the arrays of `by_world`."""

    number: int
    scenario: str
    title: str
    """Title of the scenario."""
    levers: Mapping[str, Any]
    words: str
    """The levers as a reader knows them, empty without levers."""
    brief_words: str
    """The values alone of those levers that differ between policies."""
    varied: tuple[str, ...]
    """Paths of those levers."""

    @property
    def name(self) -> str:
        """As tables and the command line name it: `no-controls, energy.us.electricity_price=0.06`."""
        return ", ".join([self.scenario, *(f"{path}={value}" for path, value in self.levers.items())])

    @property
    def short(self) -> str:
        """The scenario as a figure has room for it: its id in words."""
        return self.scenario.replace("-", " ").capitalize().replace("Us ", "US ")

    @property
    def brief(self) -> str:
        """As a title has room for it."""
        return f"{self.short} ({self.brief_words})" if self.brief_words else self.short

    @property
    def label(self) -> str:
        """As a sentence names it."""
        return f"{self.short} with {self.words}" if self.words else self.short


def combinations_in(sweep: Sweep) -> int:
    """Lever combinations of a sweep."""
    return int((sweep.samples["point"] == sweep.samples["point"].iloc[0]).sum())


def policies_of(sweep: Sweep) -> list[Policy]:
    """All policies, scenario by scenario, the last lever changing fastest; the first is the reference."""
    count, names = combinations_in(sweep), list(sweep.study.levers)
    rows = sweep.samples[names].iloc[:count].to_dict("records")
    found: list[Policy] = []
    for scenario in sweep.scenarios:
        title = str(scenario_values(sweep, scenario).get("title") or scenario)
        for levers in rows:
            named = {str(path): value for path, value in levers.items()}
            raw = {path: _raw(sweep.study.levers[path], cell) for path, cell in named.items()}
            varied = tuple(path for path in named if len(sweep.study.levers[path]) > 1)
            brief = ", ".join(lever_value(path, raw[path]) for path in varied)
            found.append(Policy(len(found), scenario, title, named, lever_words(raw), brief, varied))
    return found


def _raw(values: Sequence[Any], cell: Any) -> Any:
    """The value that a cell of the samples stands for: dated ones are there as text."""
    return next((one for one in values if shown(one) == cell), cell)


def scenario_values(sweep: Sweep, scenario: str) -> dict[str, Any]:
    """A resolved scenario of the sweep's folder as plain values; empty if its file is not there."""
    file = sweep.folder / SCENARIOS / f"{scenario}.yaml"
    return read_scenario(file) if file.is_file() else {}


def lever_words(levers: Mapping[str, Any]) -> str:
    """`electricity price (US) 0.06 USD/kWh`: label, value and unit from the registry."""
    return ", ".join(
        f"{in_sentence(parameter_words(path))} {lever_value(path, value)}" for path, value in levers.items()
    )


def lever_value(path: str, value: Any) -> str:
    """A value of a lever with its unit; of a dated one, each with its month."""
    from sim.registry import load_registry

    if isinstance(value, Mapping):
        return ", ".join(f"{lever_value(path, one)} from {when_words(str(at))}" for at, one in value.items())
    unit = load_registry()[path].record.unit
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(shown(value))
    return f"{100 * value:.3g} %" if unit.startswith("share") else f"{value} {counted(unit, value)}".rstrip()


def in_sentence(text: str) -> str:
    """A label within a sentence: without its capital, unless it is an abbreviation or a name."""
    plain = text[1:2].islower() and not text.startswith(NAMES)
    return text[:1].lower() + text[1:] if plain else text


def parameter_words(path: str) -> str:
    """Label of a parameter with its key, as a reader knows it."""
    from sim.registry import load_registry
    from sim.report.style import label_of

    parameter = load_registry()[path]
    label = parameter.record.label
    return label if parameter.key is None else f"{label} ({label_of(str(parameter.key))})"


def by_world(sweep: Sweep, values: np.ndarray) -> np.ndarray:
    """An array (scenarios, samples, replicates, ...) as (policies, worlds, ...): the worlds point by point."""
    scenarios, samples, replicates, *rest = values.shape
    count = combinations_in(sweep)
    split = values.reshape(scenarios, samples // count, count, replicates, *rest)
    return np.moveaxis(split, 2, 1).reshape(scenarios * count, samples // count * replicates, *rest)


def runs_made(sweep: Sweep) -> np.ndarray:
    """Which runs did not fail, shape (policies, worlds)."""
    made = np.ones(sweep.shape, dtype=bool)
    order = {name: number for number, name in enumerate(sweep.scenarios)}
    places = (sweep.failures[name].tolist() for name in ("scenario", "sample", "replicate"))
    for scenario, sample, replicate in zip(*places, strict=True):
        made[order[str(scenario)], sample, replicate] = False
    return by_world(sweep, made)


def chosen(policies: Sequence[Policy], asked: Sequence[str]) -> list[Policy]:
    """The policies of some scenarios, or with some full names; all if none is asked for. Raises InputError."""
    for name in asked:
        if not any(name in (one.name, one.scenario) for one in policies):
            known = [one.scenario for one in policies] + [one.name for one in policies]
            raise InputError(f"the sweep has no policy '{name}'", key="--policy", hint=nearest(name, known))
    return [one for one in policies if not asked or one.name in asked or one.scenario in asked]


def gap_words(sweep: Sweep) -> str:
    """How many runs failed, in a sentence that can stand before what is done about them."""
    total, failed = int(np.prod(sweep.shape)), len(sweep.failures)
    if not failed:
        return f"None of {total:,} runs failed."
    return f"{failed:,} of {total:,} runs failed (failures.csv says why)."
