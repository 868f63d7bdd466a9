"""Identities that hold in every month of every run: money, chips, megawatts. A breach stops the run."""

from __future__ import annotations

import numpy as np

from sim import ledger
from sim.accounts import CLOUD_KEYS, VENDOR_KEYS
from sim.compiled import compiled
from sim.errors import RunError
from sim.world import REGIONS, World

TOLERANCE = 1e-6  # relative, of chips and megawatts; money closes to the cent


@compiled
def vendor_gap(w, v):
    """Relative gap of made = shipped + inventory of vendor `v`."""
    vendor = w.vendors[v]
    gap = vendor.made_total_h100e - vendor.shipped_total_h100e - vendor.inventory_h100e
    return abs(gap) / max(vendor.made_total_h100e, 1.0)


@compiled
def site_gap(w, i):
    """Relative gap of received = installed + retired of site `i`, and of its compute against its chips."""
    site = w.sites[i]
    units = 0.0
    for s in range(len(w.skus)):
        units += w.fleet[i, s] * w.skus[s].h100e
    gap = site.received_total_h100e - site.installed_h100e - site.retired_h100e
    return max(abs(gap), abs(units - site.installed_h100e)) / max(site.received_total_h100e, 1.0)


@compiled
def chip_gap(w):
    """Largest gap of chips at any vendor or site; nan if any of them is."""
    worst = 0.0
    for v in range(len(w.vendors)):
        gap = vendor_gap(w, v)
        if np.isnan(gap):
            return gap
        worst = max(worst, gap)
    for i in range(len(w.sites)):
        gap = site_gap(w, i)
        if np.isnan(gap):
            return gap
        worst = max(worst, gap)
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


@compiled
def check_identities(w):
    """Measure how far the accounts, the chips and the megawatts of the month are from closing."""
    macro = w.macro[0]
    macro.ledger_residual = ledger.residual_cents(w)
    macro.chip_gap = chip_gap(w)
    macro.power_gap = power_gap(w)
    macro.not_a_number = 0
    if not np.isfinite(macro.sentiment):
        macro.not_a_number = 1
    for r in range(len(w.regions)):
        if not np.isfinite(w.regions[r].rent_contract):
            macro.not_a_number = 1


def require_identities(world: World, account_names: list[str]) -> None:
    """Raise RunError naming what does not close: accounts, vendors' chips, sites' chips, regions' megawatts."""
    macro = world.macro[0]
    if macro["ledger_residual"] != 0:
        ledger.check(world, account_names)
    if not macro["chip_gap"] <= TOLERANCE:
        names = [f"vendor {key}" for v, key in enumerate(VENDOR_KEYS) if not vendor_gap(world, v) <= TOLERANCE]
        names += [
            f"site {CLOUD_KEYS[site['cloud']]}/{REGIONS[site['region']]}"
            for i, site in enumerate(world.sites)
            if not site_gap(world, i) <= TOLERANCE
        ]
        raise RunError(f"chips are not conserved: {', '.join(names)}")
    if not macro["power_gap"] <= TOLERANCE:
        raise RunError("megawatts are not conserved: a region draws more than its sites have")
    if macro["not_a_number"] != 0:
        raise RunError("a price is not a number")
