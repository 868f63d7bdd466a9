"""Trade: inputs of chip makers, foundries, subsidiaries, caps, remote access."""

from __future__ import annotations

import datetime as dt

import numpy as np

from sim.policy.export_controls import Regime
from sim.world import REGIONS


def fill(regime: Regime, row: np.void, day: dt.date) -> None:
    """Write what the instruments on trade say on a day."""
    row["hbm_allowed"] = 1.0 if regime.hbm_allowed("cn", day) else 0.0
    row["foundry_open"] = 1.0 if regime.foundry_allowed("cn", day) else 0.0
    row["remote_access"] = regime.remote_access_share("cn", "sea", day)
    row["entity_offshore"] = 0.0 if "cn" in regime.treated_as("sea", "cn", day) else 1.0
    for index, region in enumerate(REGIONS):
        cap = regime.region_cap_h100e(region, day)
        row["country_cap_h100e"][index] = cap if np.isfinite(cap) else -1.0
