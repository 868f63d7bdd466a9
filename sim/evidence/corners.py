"""Theory corners: cases in which economic theory knows the answer, run with the model's own code."""

from __future__ import annotations

import pandas as pd

from sim.evidence.corner import Corner
from sim.evidence.corners_growth import growth_corners
from sim.evidence.corners_lockin import STRENGTHS, lockin_corners, outcomes
from sim.evidence.corners_openness import FEEDBACK, chance_of_opening, lived_world, openness_corners
from sim.evidence.corners_pricing import pricing_corners


def run_corners() -> list[Corner]:
    """All corners, in the order of their ids."""
    return [*pricing_corners(), *lockin_corners(), *growth_corners(), *openness_corners()]


def corner_curves() -> pd.DataFrame:
    """What the figure draws: columns `curve` (lock-in, openness), `x`, `run` and `y`."""
    shares, chance = outcomes(), chance_of_opening(lived_world())
    rows = [
        ("lock-in", strength, run, float(share))
        for strength, found in zip(STRENGTHS, shares, strict=True)
        for run, share in enumerate(found)
    ]
    rows += [("openness", float(x), 0, float(y)) for x, y in zip(FEEDBACK, chance, strict=True)]
    return pd.DataFrame(rows, columns=["curve", "x", "run", "y"])
