"""An interoperability remedy: the dominant vendor must let its software run on the chips of others.

The state is the part of the alternatives' software friction that remedies have left. Who decides on what lasts (buyers
of chips, clouds on their stacks, the vendor on its own) looks at what will be left by the law that is announced.
"""

from __future__ import annotations

from sim.accounts import N_VENDORS, NVIDIA
from sim.compiled import compiled
from sim.numerics import exp
from sim.world import EXPECTED, IN_FORCE


@compiled
def remedied(left, share, rate_per_year, months):
    """Part of software friction that a remedy leaves after some months: `s + (left - s) e^(-rate t)`, never more."""
    if left <= share:
        return left
    return share + (left - share) * exp(-rate_per_year * months / 12.0)


@compiled
def remedy_ahead(w, p):
    """Part of today's friction that firms count on when what they order now is in use, by the law that they expect."""
    law = w.policy[EXPECTED]
    left = w.vendors[NVIDIA].remedy_left
    if law.friction_remedy_rate <= 0.0 or left <= 0.0:
        return 1.0
    return remedied(left, law.friction_share, law.friction_remedy_rate, p.governments_foresight_months) / left


@compiled
def friction_ahead(w, v, p):
    """Software friction (utility) that a buyer of chips of vendor `v` expects to meet in use."""
    friction = w.vendors[v].friction
    return friction * remedy_ahead(w, p) if friction > 0.0 else friction


@compiled
def open_software(w):
    """A remedy in force opens the dominant vendor's software to other chips; what has been opened stays open."""
    law = w.policy[IN_FORCE]
    before = w.vendors[NVIDIA].remedy_left
    if law.friction_remedy_rate <= 0.0 or before <= 0.0:
        return
    after = remedied(before, law.friction_share, law.friction_remedy_rate, 1.0)
    w.vendors[NVIDIA].remedy_left = after
    for v in range(N_VENDORS):
        if v != NVIDIA and w.vendors[v].friction > 0.0:
            w.vendors[v].friction *= after / before
