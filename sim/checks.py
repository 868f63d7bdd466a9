"""Identities that hold in every month of every run: money, chips, megawatts. A breach stops the run."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim import ledger
from sim.accounts import CLOUD_KEYS, VENDOR_KEYS
from sim.compiled import compiled
from sim.errors import RunError
from sim.world import REGIONS, World

CHIP_TOLERANCE = 1e-6


@compiled
def chip_gaps(w, vendor_gap, site_gap):
    """Fill the relative gaps of made = shipped + inventory (vendors) and received = installed + retired (sites)."""
    for v in range(len(w.vendors)):
        vendor = w.vendors[v]
        gap = vendor.made_total_h100e - vendor.shipped_total_h100e - vendor.inventory_h100e
        vendor_gap[v] = abs(gap) / max(vendor.made_total_h100e, 1.0)
    worst = 0.0
    for i in range(len(w.sites)):
        site = w.sites[i]
        units = 0.0
        for s in range(len(w.skus)):
            units += w.fleet[i, s] * w.skus[s].h100e
        gap = site.received_total_h100e - site.installed_h100e - site.retired_h100e
        difference = max(abs(gap), abs(units - site.installed_h100e))
        site_gap[i] = difference / max(site.received_total_h100e, 1.0)
        worst = max(worst, site_gap[i])
    for v in range(len(w.vendors)):
        worst = max(worst, vendor_gap[v])
    return worst


@compiled
def power_gap(w):
    """Largest excess (MW) of a region's load over its energised power, and gap of regional power against its sites."""
    worst = 0.0
    for r in range(len(w.regions)):
        region = w.regions[r]
        power = 0.0
        for i in range(len(w.sites)):
            if w.sites[i].region == r:
                power += w.sites[i].power_mw
        worst = max(worst, abs(power - region.power_mw) / max(power, 1.0))
        worst = max(worst, (region.load_mw - power) / max(power, 1.0))
    return worst


def check_month(world: World, account_names: list[str], date: pd.Timestamp) -> None:
    """Raise RunError naming what does not close: accounts, vendors' chips, sites' chips, regions' megawatts."""
    world.macro["ledger_residual"] = ledger.residual_cents(world)
    ledger.check(world, account_names, f"{date:%Y-%m}")
    vendor_gap, site_gap = np.zeros(len(world.vendors)), np.zeros(len(world.sites))
    if chip_gaps(world, vendor_gap, site_gap) > CHIP_TOLERANCE:
        names = [f"vendor {VENDOR_KEYS[v]}" for v in np.flatnonzero(vendor_gap > CHIP_TOLERANCE)]
        names += [
            f"site {CLOUD_KEYS[world.sites['cloud'][i]]}/{REGIONS[world.sites['region'][i]]}"
            for i in np.flatnonzero(site_gap > CHIP_TOLERANCE)
        ]
        raise RunError(f"chips are not conserved: {', '.join(names)}")
    if power_gap(world) > CHIP_TOLERANCE:
        raise RunError("megawatts are not conserved: a region draws more than its sites have")
    if not np.isfinite(world.macro["sentiment"][0]) or not np.all(np.isfinite(world.regions["rent_contract"])):
        raise RunError("a price is not a number")
