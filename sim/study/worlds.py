"""The world of a replicate: what is the same in every scenario of a comparison.

All random streams of a run hang on its seed and on the names of agents and purposes, so two scenarios with one seed
draw the same numbers until the scenarios themselves make a difference (common random numbers).
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import InputError
from sim.scenario.layers import as_written, overlay

if TYPE_CHECKING:
    from sim.dated import Dated
    from sim.scenario.model import Scenario

MAXIMUM_WORLDS = 100_000
SET = "--set"


@dataclasses.dataclass(frozen=True, slots=True)
class World:
    """One possible world: its number, the seed of all its streams, and values of parameters that hold in it.

    `overrides` are (path, value) pairs as `sim.load_scenario` takes them, for ensembles of parameter sets. They lie
    below what a scenario changes: see `placed`.
    """

    replicate: int
    seed: int
    overrides: tuple[tuple[str, Any], ...] = ()


def seeded_worlds(seed: int, count: int) -> tuple[World, ...]:
    """`count` worlds with seeds `seed`, `seed + 1`, ... and no overrides. Raises InputError for bad numbers."""
    if not 1 <= count <= MAXIMUM_WORLDS:
        raise InputError(f"must be between 1 and {MAXIMUM_WORLDS:,}, not {count}", key="replicates")
    if not 0 <= seed < 2**63 - MAXIMUM_WORLDS:
        raise InputError(f"must be between 0 and 2^63, not {seed}", key="seed")
    return tuple(World(number, seed + number) for number in range(count))


def first_change(one: Dated, other: Dated, start: int, months: int) -> int | None:
    """First month (12 x year + month - 1) in which two paths differ within `months` months from `start`, or None."""
    differs = one.monthly(start, months) != other.monthly(start, months)
    return start + int(np.argmax(differs)) if differs.any() else None


def decided(scenario: Scenario, path: str) -> bool:
    """Whether a scenario fixes a parameter itself, so that no world may draw it: it has another value than the default.

    A value given with `--set` counts even if it is the default. A file that writes a default out does not fix it: a
    resolved scenario lists them all, and must live in the same worlds as the scenario that it was made from.
    """
    if path not in scenario.settings:
        return False
    names = [layer.name for layer in scenario.settings[path].layers]
    return SET in names or scenario.value_of(path) != scenario.registry[path].default


def placed(scenario: Scenario, baseline: Scenario, world: World) -> Scenario:
    """The scenario in a world: its overrides below whatever the scenario changes against the baseline.

    What the baseline itself fixes (see `decided`) no world overrides.

    A path that the scenario sets otherwise than the baseline takes the world's value before the first month in which
    the two differ, and the scenario's own from then on: the policy stays what it is in every world. Raises InputError
    for an unknown path or an impossible value.
    """
    if not world.overrides:
        return scenario
    values = {}
    for path, raw in world.overrides:
        if decided(baseline, path):
            continue
        record = scenario.registry[path].record
        own, shared = scenario.value_of(path), baseline.value_of(path)
        try:
            value = overlay(shared, scenario.registry[path], raw)
        except ValueError as error:
            raise InputError(str(error), key=path) from None
        month = first_change(own, shared, scenario.start_month, scenario.months)
        if month is not None:
            later = tuple((m, own.at(m)) for m, _ in own.knots if m > month)
            value = value.overlaid(((month, own.at(month)), *later))
        values[path] = as_written(value, record, scenario.start_month)
    return scenario.with_overrides(values, f"world {world.replicate}")
