"""Competition law: software, stakes, mergers, switching."""

from __future__ import annotations

import datetime as dt

import numpy as np

from sim.accounts import CLOUD_KEYS, LAB_KEYS
from sim.errors import InputError
from sim.policy.export_controls import Regime
from sim.policy.instruments.competition import (
    CustomerEquityLimit,
    InteroperabilityRemedy,
    Merger,
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
    _merge(regime, row, day)
    controls = [control.allowed_below_combined_share for _, control in regime.applying(MergerControl, day)]
    if controls:
        row["takeovers_allowed"] = 0
        row["takeover_share_limit"] = min(controls)
    for _, rule in regime.applying(SwitchingRule, day):
        for region in rule.destinations:
            row["switching_factor"][REGIONS.index(region)] *= rule.switching_factor
            row["managed_switching_factor"][REGIONS.index(region)] *= rule.managed_switching_factor


def _merge(regime: Regime, row: np.void, day: dt.date) -> None:
    """Write who is merged into whom; a firm merged into one that is itself merged goes to the last.

    Raises InputError if mergers go in a circle.
    """
    for field, firms, keys in (("merge_lab", "labs", LAB_KEYS), ("merge_cloud", "clouds", CLOUD_KEYS)):
        mergers = [rule for _, rule in regime.applying(Merger, day) if rule.firms == firms]
        heirs = {keys.index(rule.target): keys.index(rule.acquirer) for rule in mergers}
        for target in heirs:
            last, steps = target, 0
            while last in heirs:
                last, steps = heirs[last], steps + 1
                if steps > len(heirs):
                    raise InputError(f"mergers of {keys[target]} go in a circle", key="policies")
            row[field][target] = last
