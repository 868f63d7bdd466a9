"""Models: their weights, their origin, what they learn from each other."""

from __future__ import annotations

import datetime as dt

import numpy as np

from sim.policy.export_controls import Regime


def fill(regime: Regime, row: np.void, day: dt.date) -> None:
    """Write what the instruments on models say on a day."""
