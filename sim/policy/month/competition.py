"""Competition law: software, stakes, mergers, switching."""

from __future__ import annotations

import datetime as dt

import numpy as np

from sim.policy.export_controls import Regime
from sim.policy.instruments.competition import (
    CustomerEquityLimit,
    InteroperabilityRemedy,
    MergerControl,
    SwitchingRule,
)
from sim.world import REGIONS


def fill(regime: Regime, row: np.void, day: dt.date) -> None:
    """Write what the instruments on competition say on a day."""
    for _, remedy in regime.applying(InteroperabilityRemedy, day):
        row["friction_share"] = min(row["friction_share"], remedy.friction_share)
        row["friction_remedy_rate"] = max(row["friction_remedy_rate"], remedy.speed_per_year)
    for _, limit in regime.applying(CustomerEquityLimit, day):
        if limit.max_equity_share is not None:
            row["equity_limit"] = min(row["equity_limit"], limit.max_equity_share)
        if limit.max_financed_revenue_share is not None:
            row["vendor_finance_limit"] = min(row["vendor_finance_limit"], limit.max_financed_revenue_share)
        row["equity_divest_rate"] = max(row["equity_divest_rate"], limit.divest_share_per_month)
    controls = [control.allowed_below_combined_share for _, control in regime.applying(MergerControl, day)]
    if controls:
        row["takeovers_allowed"] = 0
        row["takeover_share_limit"] = min(controls)
    for _, rule in regime.applying(SwitchingRule, day):
        for region in rule.destinations:
            row["switching_factor"][REGIONS.index(region)] *= rule.switching_factor
            row["managed_switching_factor"][REGIONS.index(region)] *= rule.managed_switching_factor
