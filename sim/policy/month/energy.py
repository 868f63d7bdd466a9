"""Energy, sites and public money for chips and computing."""

from __future__ import annotations

import datetime as dt

import numpy as np

from sim.policy.export_controls import Regime
from sim.policy.instruments.energy import PowerSubsidy
from sim.world import REGIONS


def fill(regime: Regime, row: np.void, day: dt.date) -> None:
    """Write what the instruments on energy and public money say on a day."""
    subsidies = [rule for _, rule in regime.applying(PowerSubsidy, day) if "cn" in rule.destinations]
    row["domestic_discount"] = max((rule.max_discount for rule in subsidies), default=0.0)
    row["domestic_floor"] = min((rule.floor_price_usd_kwh for rule in subsidies), default=0.0)
    for index, region in enumerate(REGIONS):
        origin = "cn" if region == "cn" else "us"
        row["chip_subsidy"][index] = regime.chip_subsidy_rate(region, origin, day)
        row["compute_subsidy"][index] = regime.compute_subsidy_rate(region, origin, day)
