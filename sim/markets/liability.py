"""Liability for open weights: what it costs to serve them, who pays, and what a host must earn to bear it."""

from __future__ import annotations

from sim.accounts import HOST0, HOUSEHOLDS, N_REGIONS
from sim.compiled import compiled
from sim.ledger import HOST_PAYMENTS, LIABILITY_COSTS, PHYSICAL_AI_PAYMENTS, post
from sim.world import CN, IN_FORCE, US


@compiled
def liability_usd_mtok(w, m, region):
    """Cost of liability of a million tokens of model `m` served by somebody other than its maker in a region, USD.

    Zero for closed models and for those below the capability from which the law counts.
    """
    law = w.policy[IN_FORCE]
    if w.models[m].open == 0 or w.models[m].q < law.open_liability_from_eci[region]:
        return 0.0
    return law.open_liability_usd_mtok[region]


@compiled
def platform_liability_usd_mtok(w, i, m):
    """The same for what platform `i` serves: by region of its users; of its head office while it has none.

    A platform that serves its own lab's model serves what it made, and is not liable as a host.
    """
    platform = w.platforms[i]
    if w.models[m].lab == platform.lab:
        return 0.0
    users = 0.0
    cost = 0.0
    for r in range(N_REGIONS):
        users += platform.users[r]
        cost += platform.users[r] * liability_usd_mtok(w, m, r)
    if users <= 0.0:
        return liability_usd_mtok(w, m, CN if platform.origin == 1 else US)
    return cost / users


@compiled
def pay_fixed_costs(w):
    """Hosts pay what the law costs them whatever they serve; returns it as a share of their sales (0 without a law).

    Every host serves all regions, and pays in each that has such a law.
    """
    law = w.policy[IN_FORCE]
    cost = 0.0
    sales = 0.0
    for r in range(N_REGIONS):
        due = w.macro[0].hosts * law.host_compliance_usd[r] / 12.0
        if due > 0.0:
            cost += post(w, HOST0 + r, HOUSEHOLDS, due, LIABILITY_COSTS)
        sales += (w.receipts[HOST_PAYMENTS, HOST0 + r] + w.receipts[PHYSICAL_AI_PAYMENTS, HOST0 + r]) / 100.0
    return cost / max(sales, 1.0) if cost > 0.0 else 0.0
