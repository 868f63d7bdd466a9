"""Small worlds for the tests of the economy: built once, handed out as copies that a test may change."""

from __future__ import annotations

import functools

import numpy as np

import sim
from sim.agents import business
from sim.economy import Economy, Run, run_scenario
from sim.ledger import open_month
from sim.world import World

SPARE_MONTHS = 6
"""Months of horizon left after a world is handed out."""


@functools.cache
def baseline():
    """The shipped baseline with few developers, to 2030-12."""
    return sim.load_scenario("baseline", overrides={"developers.count": 200})


@functools.cache
def scenario(months=12, overrides=()):
    """The baseline cut to `months`, with a tuple of (path, value) on top."""
    text = f"{2023 + (months - 1) // 12}-{(months - 1) % 12 + 1:02d}"
    return baseline().until(text).with_overrides(dict(overrides))


def copy_of(array):
    """Copy of an array, or of each member of a named tuple."""
    return type(array)(*(member.copy() for member in array)) if isinstance(array, tuple) else array.copy()


def copy_world(world):
    """An independent world in the same state."""
    return World(**{name: copy_of(getattr(world, name)) for name in world.fields})


@functools.cache
def _lived(months, overrides, seed):
    economy = Economy(scenario(months + SPARE_MONTHS, overrides), seed)
    for _ in range(months):
        economy.step()
    return economy


def world_after(months, overrides=(), seed=1):
    """World at the beginning of month number `months`: flows are zero, the journal is open, no act has run."""
    economy = _lived(months, overrides, seed)
    world = copy_world(economy.world)
    world.macro["month"] = months
    world.policy[:] = economy.timeline.policy[months]
    open_month(world)
    business.begin_month(world)
    return world


@functools.cache
def run_of(months=12, overrides=(), seed=1) -> Run:
    """A run of the cut baseline, shared by tests that only look."""
    return run_scenario(scenario(months, overrides), seed=seed)


def parameters(world):
    """Parameters of the world's month (one row; may be changed)."""
    return world.p[int(world.macro["month"][0])]


def closes(world):
    """Whether the month's payments so far have two ends each."""
    from sim.ledger import residual_cents

    return residual_cents(world) == 0


def flow_usd(world, flow):
    """USD paid this month under a flow."""
    return world.flows[flow].sum() / 100.0


def same_bytes(one, other):
    """Whether two worlds are in the same state, byte for byte."""
    return all(
        np.array_equal(np.asarray(a).view(np.uint8), np.asarray(b).view(np.uint8))
        for name in one.fields
        for a, b in zip(_members(getattr(one, name)), _members(getattr(other, name)), strict=True)
    )


def _members(field):
    return field if isinstance(field, tuple) else (field,)
