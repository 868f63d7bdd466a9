"""Trade: inputs of chip makers, foundries, subsidiaries, caps, remote access, smuggling."""

from __future__ import annotations

import datetime as dt

import numpy as np

from sim.accounts import CLOUD_KEYS
from sim.policy.export_controls import Regime
from sim.world import REGIONS


def fill(regime: Regime, row: np.void, day: dt.date) -> None:
    """Write what the instruments on trade say on a day."""
    _inputs(regime, row, day)
    _caps(regime, row, day)
    for index, region in enumerate(REGIONS):
        row["entity_offshore"][index] = 1.0 if region == "cn" or len(regime.treated_as(region, "cn", day)) == 1 else 0.0
        hazard, risk, fine = regime.enforcement(region, day)
        row["detection_hazard"][index] = hazard
        row["route_risk"][index] = risk
        row["smuggling_fine"][index] = fine
        for home, headquarters in enumerate(REGIONS):
            cell = home * len(REGIONS) + index
            row["remote_access"][cell] = regime.remote_access_share(headquarters, region, day)


def _inputs(regime: Regime, row: np.void, day: dt.date) -> None:
    row["hbm_allowed"] = 1.0 if regime.hbm_allowed("cn", day) else 0.0
    row["hbm_line_gb_s_mm2"] = regime.memory_line("cn", day)
    row["tools_allowed"] = 1.0 if regime.input_allowed("chip_tools", "cn", day) else 0.0
    rules = regime.foundry_rules("cn", day)
    if rules:
        row["foundry_open"] = 0.0
        row["foundry_line_billion"] = min(rule.transistors_billion_below for rule in rules)
        row["foundry_packager_exempt"] = all(rule.approved_packager_exempt for rule in rules)


def _caps(regime: Regime, row: np.void, day: dt.date) -> None:
    """The tightest cap of a region holds, with its own exemption; what US operators must keep at home adds up."""
    for index, region in enumerate(REGIONS):
        running = regime.country_caps(region, day)
        if not running:
            continue
        caps = running[0]
        row["country_cap_h100e"][index] = regime.region_cap_h100e(region, day)
        row["country_cap_since"][index] = (caps.starts.year - 2023) * 12 + caps.starts.month - 1
        row["country_cap_exempt"][index] = caps.exempt_h100e_per_customer_year
        row["home_share_min"] = max(row["home_share_min"], *(each.home_share_min for each in running))
        row["country_share_max"][index] = min(
            1.0,
            *(each.single_country_share_max * each.countries[region] for each in running),  # type: ignore[index]
        )
    for index, cloud in enumerate(CLOUD_KEYS):
        cap = regime.entity_cap_h100e(cloud, day)
        row["entity_cap_h100e"][index] = cap if np.isfinite(cap) else -1.0
