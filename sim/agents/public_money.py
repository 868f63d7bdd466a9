"""Public money: yearly budgets of subsidies, and payments out of them.

A subsidy with a budget is paid until the year's money is used up; then buyers no longer count on it until January.
"""

from __future__ import annotations

from sim.accounts import GOVERNMENT0, GOVERNMENT_OF_REGION
from sim.compiled import compiled
from sim.events import BOUND_SUBSIDY_BUDGET, log_event
from sim.ledger import post
from sim.world import IN_FORCE

COMPUTING, CHIPS, POWER, PUBLIC_COMPUTING = range(4)
"""What public money is paid for: positions in `region.subsidy_spent_usd`."""
NO_LIMIT_USD = 1e30


@compiled
def budget_left(w, row, r, purpose):
    """What may still be paid this year in region `r` under the law of a row, USD."""
    law = w.policy[row]
    if purpose == COMPUTING:
        budget = law.compute_subsidy_budget[r]
    elif purpose == CHIPS:
        budget = law.chip_subsidy_budget[r]
    elif purpose == POWER:
        budget = law.power_subsidy_budget[r]
    else:
        budget = 12.0 * (law.public_compute_usd[r] + law.public_compute_open_usd[r])
    if budget < 0.0:
        return NO_LIMIT_USD
    return max(0.0, budget - w.regions[r].subsidy_spent_usd[purpose])


@compiled
def pay_subsidy(w, r, purpose, payee, wanted_usd, flow):
    """The government of region `r` pays a subsidy as far as the year's budget goes; returns USD paid."""
    if wanted_usd <= 0.0:
        return 0.0
    left = budget_left(w, IN_FORCE, r, purpose)
    usd = min(wanted_usd, left)
    government = GOVERNMENT_OF_REGION[r]
    post(w, GOVERNMENT0 + government, payee, usd, flow)
    w.macro[0].subsidy_cost[government] += usd
    w.regions[r].subsidy_spent_usd[purpose] += usd
    if wanted_usd > left * (1.0 + 1e-9) and left > 0.0:
        log_event(w, BOUND_SUBSIDY_BUDGET, r, -1, w.regions[r].subsidy_spent_usd[purpose])
    return usd


@compiled
def chip_subsidy(w, row, v, r):
    """Share of the price of chips of vendor `v` that the state pays a buyer of region `r` under the law of a row."""
    home = w.vendors[v].region == r
    rate = w.policy[row].chip_subsidy[r] if home else w.policy[row].chip_subsidy_foreign[r]
    if rate > 0.0 and budget_left(w, row, r, CHIPS) <= 0.0:
        return 0.0
    return rate


@compiled
def voucher(w, l):
    """Share of the rent of lab `l` that the state pays: by chips on which it computes; none inside a larger firm."""
    lab = w.labs[l]
    us = w.policy[IN_FORCE].compute_subsidy[lab.region]
    domestic = w.policy[IN_FORCE].compute_subsidy_domestic[lab.region]
    if lab.owner >= 0 or max(us, domestic) <= 0.0 or budget_left(w, IN_FORCE, lab.region, COMPUTING) <= 0.0:
        return 0.0
    rate = 0.0
    for r in range(len(w.regions)):
        foreign = w.regions[r].mix_us_designed
        rate += w.lab_region[l, r] * (us * foreign + domestic * (1.0 - foreign))
    return rate
