"""Worlds under a law on models: the row of an instrument put into force, or only expected."""

from __future__ import annotations

import functools

from worlds import baseline

from sim.policy.export_controls import Regime
from sim.policy.month import fill, neutral_rows
from sim.policy.schema import Policy
from sim.scenario.model import Scenario
from sim.world import EXPECTED, IN_FORCE


def law_policy(instrument, announced="2024-01-01", effective="2024-01-01", **parameters):
    """A policy with the given parameters."""
    head = {"id": "test-policy", "title": "test", "actor": "test", "reference": "test", "instrument": instrument}
    dates = {"announced": announced, "effective": effective}
    return Policy.model_validate({**head, **dates, "parameters": parameters})


def put_law(world, instrument, rows=(IN_FORCE, EXPECTED), **parameters):
    """Put one instrument into rows of the world's law, which are neutral otherwise; returns the world."""
    record = law_policy(instrument, **parameters)
    world.policy[:] = neutral_rows(2)
    for row in rows:
        fill(Regime([record]), world.policy[row], record.effective)
    return world


@functools.cache
def _cut(end: str) -> Scenario:
    return baseline().until(end)


def scenario_with(instrument, end="2025-12", announced="2024-01-01", effective="2024-01-01", **parameters):
    """The baseline to a month, with one more policy."""
    import dataclasses

    base = _cut(end)
    record = law_policy(instrument, announced, effective, **parameters)
    return dataclasses.replace(base, policies=(*base.policies, record))
