"""Helpers of the tests of instruments on energy: a row of the law, and a world under it."""

import datetime as dt

from policy.law import policy
from worlds import world_after

from sim.policy.export_controls import Regime
from sim.policy.month import fill, neutral_rows

DAY = dt.date(2025, 6, 30)


def law_of(*policies):
    """Rows of the table `policy` (1,) with the given (instrument, parameters) in force."""
    made = [policy(name, values, id=f"p-{index}") for index, (name, values) in enumerate(policies)]
    rows = neutral_rows(1)
    fill(Regime(made), rows[0], DAY)
    return rows


def world_under(*policies, month=30):
    """World at the beginning of a month under this law alone, in force and expected."""
    world = world_after(month)
    world.policy[:] = law_of(*policies)[0]
    return world
