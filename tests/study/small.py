"""Small scenarios for the tests of comparisons: few developers, to the end of 2026."""

import dataclasses
import functools

import sim
from sim.study.compare import Options

UNTIL = "2026-12"


@functools.cache
def scenario(name="baseline"):
    """A shipped scenario, small."""
    return sim.load_scenario(name).with_overrides({"developers.count": 200}).until(UNTIL)


@functools.cache
def unused():
    """The baseline with another id and one more policy that is never in force."""
    policy = next(item for item in scenario().policies if item.id == "us-2025-08-levy")
    idle = policy.model_copy(update={"id": "idle-levy", "effective": None})
    return dataclasses.replace(scenario(), id="unused", policies=(*scenario().policies, idle))


def options(**changes):
    """Few worlds in one process, without channels."""
    return Options(**{"minimum": 3, "maximum": 3, "channels": False, "workers": 1, **changes})
