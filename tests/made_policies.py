"""Short ways to write policies for the tests of instruments, and rows of the law without a scenario."""

import datetime as dt

import numpy as np

from sim.policy.export_controls import Regime
from sim.policy.month import fill, neutral_rows
from sim.policy.schema import Policy


def policy(instrument, parameters, name="test", announced="2023-06-01", effective="2023-06-01", **more):
    """A dated policy, or one with a trigger if `trigger` is among the rest."""
    dates = {} if "trigger" in more else {"announced": announced, "effective": effective}
    return Policy.model_validate(
        {"id": name, "title": name, "instrument": instrument, "actor": "test", "parameters": parameters,
         "reference": "Illustration", **dates, **more}
    )  # fmt: skip


def row_of(*policies, day="2023-12-31"):
    """Row of the law on a day."""
    row = neutral_rows(1)[0]
    fill(Regime(policies), row, dt.date.fromisoformat(day))
    return row


def changed_fields(row):
    """Names of the fields that differ from the law without any policy."""
    neutral = neutral_rows(1)[0]
    return {name for name in row.dtype.names if not np.array_equal(row[name], neutral[name])}
