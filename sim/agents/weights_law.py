"""The law on weights as labs meet it: lines above which they may not be open or leave home, and grants for opening."""

from __future__ import annotations

from sim.accounts import GOVERNMENT0, LAB0
from sim.compiled import compiled
from sim.events import BOUND_SUBSIDY_BUDGET, log_event
from sim.ledger import SUBSIDIES, post
from sim.world import EXPECTED, IN_FORCE

MONTHS_PER_YEAR = 12


@compiled
def best_released(w):
    """Capability of the best model released so far by anybody (ECI): what a relative line is measured from."""
    return max(w.macro[0].frontier_us, w.macro[0].frontier_cn)


@compiled
def release_line(w, row, origin):
    """Highest capability (ECI) whose weights labs of an origin may open, under row IN_FORCE or EXPECTED of the law."""
    law = w.policy[row]
    return min(law.open_limit_eci[origin], best_released(w) - law.open_limit_behind_eci[origin])


@compiled
def export_line(w, row, origin):
    """Highest capability (ECI) whose open weights may leave the home region of labs of an origin."""
    law = w.policy[row]
    return min(law.export_limit_eci[origin], best_released(w) - law.export_limit_behind_eci[origin])


@compiled
def runs_at(w, m, region):
    """Whether anybody in a region may run model `m`: its weights are open and not kept at home elsewhere."""
    model = w.models[m]
    return model.open == 1 and (model.home_only == 0 or w.labs[model.lab].region == region)


@compiled
def grant_due(w, l, q):
    """What lab `l` gets now for opening a flagship of capability `q` (USD): the grant, as far as the year's money goes.

    Nothing below the capability that earns it, and nothing if the law forbids the release.
    """
    law = w.policy[IN_FORCE]
    origin = w.labs[l].origin
    grant = law.open_grant_usd[origin]
    if grant <= 0.0 or q < law.open_grant_from_eci[origin] or q > release_line(w, IN_FORCE, origin):
        return 0.0
    budget = law.open_grant_budget_usd[origin]
    if budget >= 0.0:
        grant = max(0.0, min(grant, budget - w.macro[0].open_grants_usd[origin]))
    return grant


@compiled
def grant_worth(w, l, q, margin, weight, months_between):
    """Worth of the grant in the utility of opening: `weight x (grant / months) / costs`.

    Opening costs a lab the margin on its own API, which enters the decision as a share of its costs (margin, compute,
    people; USD a month) times `weight`. A grant is money of the same kind, spread over the months between releases: one
    that equals the margin given up cancels that loss.
    """
    due = grant_due(w, l, q)
    if due <= 0.0:
        return 0.0
    lab = w.labs[l]
    return weight * (due / months_between) / (margin + lab.compute_cost + lab.staff_usd + 1.0)


@compiled
def open_grant_year(w):
    """The budget of grants is a year's, counted from the first month of the run."""
    if w.macro[0].month % MONTHS_PER_YEAR == 0:
        for origin in range(len(w.macro[0].open_grants_usd)):
            w.macro[0].open_grants_usd[origin] = 0.0


@compiled
def pay_grant(w, l, q):
    """The government of the lab's origin pays for the open flagship of lab `l`; returns the grant, USD."""
    law = w.policy[IN_FORCE]
    lab = w.labs[l]
    due = grant_due(w, l, q)
    if due < law.open_grant_usd[lab.origin] and q >= law.open_grant_from_eci[lab.origin]:
        log_event(w, BOUND_SUBSIDY_BUDGET, lab.region, l, law.open_grant_budget_usd[lab.origin])
    if due <= 0.0:
        return 0.0
    w.macro[0].open_grants_usd[lab.origin] += due
    w.macro[0].subsidy_cost[lab.origin] += due
    return post(w, GOVERNMENT0 + lab.origin, LAB0 + l, due, SUBSIDIES)


@compiled
def line_is_coming(w, l):
    """Whether what lab `l` could release open to the world today may not be under the law that it expects."""
    lab = w.labs[l]
    q = lab.potential_q
    now = min(release_line(w, IN_FORCE, lab.origin), export_line(w, IN_FORCE, lab.origin))
    later = min(release_line(w, EXPECTED, lab.origin), export_line(w, EXPECTED, lab.origin))
    return later < q <= now
