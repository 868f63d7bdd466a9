"""Agent releases of a scenario as the table that the month reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.accounts import LAB_KEYS
from sim.dated import month_of
from sim.policy.events import AgentRelease
from sim.world import AGENT_RELEASE, NO_ONE, REGIONS, dtype_of

if TYPE_CHECKING:
    from sim.scenario.model import Scenario


def release_table(scenario: Scenario) -> np.ndarray:
    """One row of `sim.world.AGENT_RELEASE` per event of kind `agent_release`, in the scenario's order; often none.

    A release dated before the start of the run acts for what is left of its months.
    """
    events = [event for event in scenario.events if isinstance(event.fields, AgentRelease)]
    table = np.zeros(len(events), dtype_of(AGENT_RELEASE))
    for row, event in zip(table, events, strict=True):
        fields = event.fields
        if not isinstance(fields, AgentRelease):
            continue
        row["begin"] = month_of(event.date) - scenario.start_month
        row["months"] = fields.months
        row["fade_months"] = fields.fade_months
        row["open"] = fields.openness == "open"
        row["lab"] = NO_ONE if fields.lab is None else LAB_KEYS.index(fields.lab)
        row["boost"] = fields.boost
        row["multiplier"] = fields.multiplier
        row["needs_eci"] = fields.needs_eci
        row["in_region"] = [region in fields.regions for region in REGIONS]
    return table
