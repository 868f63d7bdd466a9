"""Closed forms of learning, diffusion and clearing, with the model's own functions."""

from __future__ import annotations

import numpy as np

from sim.agents.platforms import diffusion_of_users
from sim.agents.vendors import learned_cost
from sim.evidence.corner import Corner, close
from sim.markets.clearing import clear

LEARNING_RATE = 0.18
INNOVATION, IMITATION = 0.03, 0.38
"""A year: the usual averages of Bass models (Sultan, Farley and Lehmann 1990)."""
STEPS_A_YEAR = 2_000
DEBTS = np.array([[0.0, 0.5, 0.5, 1.5], [0.5, 0.0, 0.5, 0.5], [0.5, 0.5, 0.0, 0.5], [0.0, 0.0, 0.0, 0.0]])
ASSETS = np.array([1 / 2, 5 / 8, 3 / 4, 0.0])
CLEARING = (165 / 112, 159 / 112, 1.5)


def wright_slope(learning_rate: float = LEARNING_RATE) -> float:
    """Learning rate read off the slope of ln cost on log2 output, by least squares over six doublings."""
    output = np.geomspace(1.0, 64.0, 40)
    cost = [learned_cost(100.0, float(one), 1.0, learning_rate) for one in output]
    return float(1.0 - np.exp(np.polyfit(np.log2(output), np.log(cost), 1)[0]))


def bass_peak(innovation: float = INNOVATION, imitation: float = IMITATION) -> float:
    """Years until most users arrive at once, by stepping the model's rule through time."""
    users, best, peak = 0.0, 0.0, 0.0
    for step in range(30 * STEPS_A_YEAR):
        new = diffusion_of_users(users, 1.0, innovation, imitation)
        if new > best:
            best, peak = new, step / STEPS_A_YEAR
        users += new / STEPS_A_YEAR
    return peak


def growth_corners() -> list[Corner]:
    """Wright's slope, the peak of Bass' curve, and a published clearing vector."""
    exact = np.log(IMITATION / INNOVATION) / (INNOVATION + IMITATION)
    paid = clear(DEBTS, ASSETS).paid
    return [
        close("T3.1", "learning rate read off the cost curve", wright_slope(), LEARNING_RATE,
              "Wright 1936, J. Aeronautical Sciences 3", relative=1e-9),
        close("T3.2", "years to the peak of a Bass curve", bass_peak(), float(exact),
              "Bass 1969: ln(q/p)/(p + q)", relative=1e-3),
        *(close(f"T3.{number}", f"Eisenberg-Noe clearing: payment of firm {number - 2}", float(one), target,
                "example of the R package systemicrisk 0.4 (Gandy and Veraart), solved by hand", relative=1e-9)
          for number, (one, target) in enumerate(zip(paid, CLEARING, strict=False), 3)),
    ]  # fmt: skip
