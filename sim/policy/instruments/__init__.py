"""The instruments a government can use: one parameter model each, and the table that names them.

To add an instrument: a class in one of the modules here (its docstring is what the browser shows, `label` its name,
`touches` the act it changes) with an entry in the module's table, the fields that it sets in `sim.tables.law`, filled
by the module of the same name in `sim.policy.month`, and the act of the economy that reads them.
"""

from __future__ import annotations

from sim.policy.instruments import competition, energy, models, trade
from sim.policy.instruments.base import Parameters

INSTRUMENTS: dict[str, type[Parameters]] = {
    **trade.INSTRUMENTS,
    **energy.INSTRUMENTS,
    **models.INSTRUMENTS,
    **competition.INSTRUMENTS,
}

__all__ = ["INSTRUMENTS", "Parameters"]
