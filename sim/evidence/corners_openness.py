"""Openness of an incumbent against the strength of the flywheel: what adopters of its weights give back.

The design note expects a U: a weak flywheel costs little to give away, a strong one is worth feeding, and between them
an incumbent keeps what it has. The model's rule (`openness_utility`) is tried as it is, on labs of a lived world.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.accounts import LAB_KEYS
from sim.agents.labs import openness_utility
from sim.evidence.corner import Corner

INCUMBENTS = ("openai", "anthropic", "google_deepmind")
FEEDBACK = np.linspace(-2.0, 6.0, 17)
"""Utility that adopters give back per release, from none to far more than any lab has at the start."""
MONTHS = 30
DEPTH = 0.02
SOURCE = "design note on theory tests (the flywheel); no public source known"


def lived_world() -> Any:
    """A small world of the baseline in mid-2025."""
    from sim.economy import Economy
    from sim.scenario.load import load_scenario

    economy = Economy(load_scenario("baseline", overrides={"developers.count": 500}), 1)
    for _ in range(MONTHS):
        economy.step()
    return economy.world


def chance_of_opening(world: Any, feedback: np.ndarray = FEEDBACK) -> np.ndarray:
    """Mean chance over incumbents that the next flagship is open, for each strength; shape (strengths,)."""
    p = world.p[MONTHS - 1]
    found = np.empty((len(INCUMBENTS), len(feedback)))
    for row, name in enumerate(INCUMBENTS):
        number = LAB_KEYS.index(name)
        before = world.labs["own_weight_feedback"][number]
        for column, strength in enumerate(feedback):
            world.labs["own_weight_feedback"][number] = strength
            utility = openness_utility(world, number, world.labs["potential_q"][number], p)
            found[row, column] = 1.0 / (1.0 + np.exp(-utility / p["labs_open_noise"]))
        world.labs["own_weight_feedback"][number] = before
    return found.mean(axis=0)


def depth_of_u(chance: np.ndarray) -> float:
    """How far the lowest point lies below the lower of the two ends; 0 for a path that only rises or falls."""
    return float(min(chance[0], chance[-1]) - chance.min())


def openness_corners(chance: np.ndarray | None = None) -> list[Corner]:
    """The U, and that a strong flywheel opens weights at all."""
    found = chance_of_opening(lived_world()) if chance is None else chance
    depth, end = depth_of_u(found), float(found[-1])
    return [
        Corner("T4.1", "incumbents' chance of opening: depth of the U in the strength of the flywheel", depth, depth,
               depth, f"at least {DEPTH:g}", SOURCE, depth >= DEPTH),
        Corner("T4.2", "incumbents' chance of opening with the strongest flywheel", end, end, end, "above 0.5", SOURCE,
               end > 0.5),
    ]  # fmt: skip
