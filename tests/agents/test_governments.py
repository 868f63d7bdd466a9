"""Governments: the law of the month is put into the tables."""

import numpy as np
from worlds import scenario

from sim import accounts as a
from sim.agents import governments
from sim.economy import Economy
from sim.world import CN


def test_the_law_of_the_month_reaches_chips_and_products():
    cut = scenario(24)
    economy = Economy(cut)
    world, line = economy.world, economy.timeline
    for month in np.flatnonzero(line.changed):
        world.macro["month"] = month
        governments.apply_law(world, line, int(month))
        assert (world.skus["china_share"] == line.china[month][:, 0]).all()
        assert (world.skus["china_levy"] == line.china[month][:, 2]).all()
        assert world.policy.tobytes() == line.policy[month].tobytes()
        assert (world.skus["sale_share"] == line.sales[month][:, :, 0]).all()
        for v in range(a.N_VENDORS):
            s = world.vendors["compliant_sku"][v]
            assert s == -1 or world.skus["china_share"][s] > 0.0
    assert (world.vendors["compliant_sku"][world.vendors["region"] == CN] == -1).all()
