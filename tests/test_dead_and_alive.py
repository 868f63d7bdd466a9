"""What a world must not do in silence: go on after a failure, lose what is written to an agent, miscount downloads."""

from __future__ import annotations

import numpy as np
import pytest
from worlds import parameters, scenario, world_after

from sim.agents import hub, views
from sim.economy import Economy
from sim.errors import RunError


def test_agents_write_through():
    economy = Economy(scenario(3))
    nvidia = economy.agents_by_type[views.Vendor][0]
    nvidia.price = 23_456.0
    assert economy.world.vendors["price"][0] == 23_456.0


def test_downloads_add_up():
    w = world_after(30)
    hub.run_hub(w)
    p = parameters(w)
    total = p["hub_downloads_per_month"] * np.exp(
        p["hub_growth"] / 12 * 30 + p["hub_quality_pull"] * (w.macro["frontier_open"][0] - 117)
    )
    total /= 1 + total / p["hub_downloads_ceiling"]
    assert w.labs["downloads"].sum() == pytest.approx(total)


def test_a_failed_world_refuses_the_next_step():
    """Mesa 3.5 reschedules a step only after it returned: after an exception, economy.step() silently does nothing."""
    economy = Economy(scenario(6))

    def breach(world):
        raise ValueError("broken on purpose")

    economy.acts = (breach,)
    with pytest.raises(RunError):
        economy.step()
    with pytest.raises(RunError, match="already failed"):
        economy.step()


def test_step_beyond_the_horizon_raises_every_time():
    economy = Economy(scenario(1))
    economy.step()
    for _ in range(2):
        with pytest.raises(RunError, match="horizon"):
            economy.step()
