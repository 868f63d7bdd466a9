"""The law of a day as a row of the table `policy`: one module per module of instruments."""

from __future__ import annotations

import datetime as dt

import numpy as np

from sim.policy.export_controls import Regime
from sim.policy.month import competition, energy, models, trade
from sim.tables.law import NEUTRAL
from sim.world import POLICY, dtype_of


def neutral_rows(rows: int) -> np.ndarray:
    """Rows of the table `policy` without any policy, shape (rows,)."""
    table = np.zeros(rows, dtype_of(POLICY))
    for name, value in NEUTRAL.items():
        table[name] = value
    return table


def fill(regime: Regime, row: np.void, day: dt.date) -> None:
    """Write what is in force on a day into a neutral row."""
    for part in (trade, energy, models, competition):
        part.fill(regime, row, day)
