"""Governments: the law of the month."""

from __future__ import annotations

import numpy as np

from sim import accounts as a
from sim.agents.vendors import china_product
from sim.compiled import compiled
from sim.markets.chips import cancel_refused_orders
from sim.policy.timeline import Timeline
from sim.world import CN, World


def apply_law(world: World, timeline: Timeline, month: int) -> None:
    """Put the law of the month into the tables; vendors pick what they sell to China when the law or a chip changes."""
    world.policy[:] = timeline.policy[month]
    if not (timeline.changed[month] or timeline.new_chips[month]):
        return
    for column, name in enumerate(("china_share", "china_taste", "china_levy", "china_cap")):
        world.skus[name] = timeline.china[month][:, column]
    for column, name in enumerate(("sale_share", "sale_levy", "sale_cap")):
        world.skus[name] = timeline.sales[month][:, :, column]
    mark_restricted(world, month)
    offer_china_products(world)


def mark_restricted(world: World, month: int) -> None:
    """Note where a vendor may not sell all of its roadmap freely; what foreigners sell to China has its own rules."""
    skus, vendors = world.skus, world.vendors
    made = (skus["variant"] == 0) & (skus["end"] >= month)
    less = (skus["sale_share"] < 1.0) | (skus["sale_levy"] > 0.0) | (skus["sale_cap"] >= 0.0)
    for v in range(a.N_VENDORS):
        caught = less[made & (skus["vendor"] == v)].any(axis=0)
        home = vendors["region"][v] == CN
        caught[np.arange(len(caught)) != CN if home else CN] = False
        vendors["restricted"][v] = caught


@compiled
def offer_china_products(w):
    """Foreign vendors choose the chip that they sell to China from now; orders that nothing can fill are cancelled."""
    for v in range(a.N_VENDORS):
        vendor = w.vendors[v]
        vendor.compliant_sku = china_product(w, v) if vendor.region != CN else -1
    cancel_refused_orders(w)
