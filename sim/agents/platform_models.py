"""Which model a consumer platform serves: its own lab's, or the open weights of another lab."""

from __future__ import annotations

import numpy as np

from sim.accounts import N_LABS
from sim.agents.agent_wave import favour
from sim.agents.procurement import is_barred
from sim.agents.weights_law import runs_at
from sim.compiled import compiled
from sim.draws import PLATFORM_DRAW
from sim.events import PLATFORM_SWITCH, log_event
from sim.ledger import MODEL_LICENCES, post
from sim.markets.compute import lab_rent
from sim.markets.liability import platform_liability_usd_mtok
from sim.markets.tokens import throughput, token_cost
from sim.numerics import exp, log
from sim.streams import uniform
from sim.world import CN, EXPECTED, IN_FORCE, NO_ONE, SLOTS_PER_LAB, US


@compiled
def is_closed(w, i):
    """Whether platform `i` is not there: not yet opened, or its lab has left the market and nobody runs it."""
    platform = w.platforms[i]
    return w.macro[0].month < platform.launch or w.labs[platform.lab].active == 0


@compiled
def best_model(w, l, open_only, region=NO_ONE):
    """Slot of the most capable model that lab `l` has on offer (of its open ones if `open_only`), or -1.

    With a `region`, open weights that may not leave another region do not count as open.
    """
    best = NO_ONE
    if w.labs[l].active == 0:
        return best
    for m in range(l * SLOTS_PER_LAB, (l + 1) * SLOTS_PER_LAB):
        model = w.models[m]
        if model.available == 0 or model.q <= 0.0 or (open_only and model.open == 0):
            continue
        if open_only and region != NO_ONE and not runs_at(w, m, region):
            continue
        if best == NO_ONE or model.q > w.models[best].q:
            best = m
    return best


@compiled
def model_for(w, i, l):
    """Slot of what platform `i` would serve of lab `l`: anything of its own lab, open weights of another; -1 none.

    None of a lab whose models the law keeps from it at home.
    """
    region = home_region(w.platforms[i])
    if is_barred(w, IN_FORCE, i, w.labs[l].origin, region):
        return NO_ONE
    return best_model(w, l, l != w.platforms[i].lab, region)


@compiled
def served_model(w, i):
    """Slot of the model that platform `i` serves now, or -1."""
    return model_for(w, i, w.platforms[i].serving_lab)


@compiled
def serving_cost(w, i, m, p):
    """Cost of a million tokens of model `m` on the machines of platform `i`, USD: rents, the model's size, liability.

    Most of the traffic runs on tiers smaller than the best model (`platforms.serving_size`).
    """
    speed = throughput(p, p.platforms_serving_size * w.models[m].size)
    compute = token_cost(lab_rent(w, w.platforms[i].lab), p.labs_serving_utilisation, speed)
    return compute + platform_liability_usd_mtok(w, i, m)


@compiled
def home_region(platform):
    """Region whose law and fashion a platform follows when it picks a model: China for Chinese ones."""
    return CN if platform.origin == 1 else US


@compiled
def worth_of_model(w, i, l, m, p):
    """Net worth of serving model `m` of lab `l` on platform `i`, in points of capability (ECI).

    `q + own - integration - law - c ln(cost + licence) + fashion`: a platform's own model saves face and staff, another
    lab than now costs integration, origins that law or trust keep out cost most, and cost counts per logarithm.
    """
    platform = w.platforms[i]
    lab = w.labs[l]
    worth = w.models[m].q - p.platforms_cost_weight_eci * log(serving_cost(w, i, m, p))
    if l == platform.lab:
        worth += p.platforms_own_model_bonus_eci
    else:
        # A licence is paid out of revenue: it weighs like a cost that is higher by the same share.
        worth -= p.platforms_cost_weight_eci * log(1.0 + p.platforms_licence_share)
        if platform.origin != 1 and lab.origin == 1:
            worth -= p.platforms_chinese_model_penalty_eci
        if platform.origin == 1 and lab.origin != 1:
            worth -= p.platforms_foreign_model_penalty_eci
    if l != platform.serving_lab:
        worth -= p.platforms_integration_eci
    if is_barred(w, EXPECTED, i, lab.origin, home_region(platform)):
        # What will have to be replaced costs the integration of another model.
        worth -= p.platforms_integration_eci
    open_weights = w.models[m].open
    return worth + p.platforms_agent_favour_eci * favour(w, home_region(platform), l, open_weights, w.models[m].q)


@compiled
def pick_lab(w, i, draw, p):
    """Lab whose model platform `i` serves from now: a logit over what it may serve, `draw` uniform in [0, 1).

    The switch `platforms.model_choice` keeps it on its own lab. Without any model it stays where it is.
    """
    platform = w.platforms[i]
    worth = np.full(N_LABS, -np.inf)
    best = -np.inf
    for l in range(N_LABS):
        m = model_for(w, i, l)
        if m != NO_ONE and (l == platform.lab or p.platforms_model_choice > 0.5):
            worth[l] = worth_of_model(w, i, l, m, p)
            best = max(best, worth[l])
    if best == -np.inf:
        return platform.serving_lab
    total = 0.0
    for l in range(N_LABS):
        if worth[l] > -np.inf:
            worth[l] = exp((worth[l] - best) / p.platforms_choice_scale_eci)
            total += worth[l]
        else:
            worth[l] = 0.0
    chosen = platform.serving_lab
    below = 0.0
    for l in range(N_LABS):
        if worth[l] > 0.0:
            below += worth[l]
            chosen = l
            if below > draw * total:
                break
    return chosen


@compiled
def choose_platform_model(w):
    """Every quarter, and when its model is gone, a platform decides which lab's model it serves."""
    t = w.macro[0].month
    p = w.p[t]
    for i in range(len(w.platforms)):
        platform = w.platforms[i]
        if is_closed(w, i):
            platform.uses_open = 0
            platform.serving_open = 0
            platform.served_q = 0.0
            platform.token_cost = 0.0
            continue
        if (t + i) % 3 == 0 or t == platform.launch or served_model(w, i) == NO_ONE:
            before = platform.serving_lab
            draw = uniform(w.macro[0].seed, w.keys[PLATFORM_DRAW, i], t, 0)
            platform.serving_lab = pick_lab(w, i, draw, p)
            if platform.serving_lab != before and t > platform.launch:
                log_event(w, PLATFORM_SWITCH, i, platform.serving_lab, w.models[served_model(w, i)].q)
        m = served_model(w, i)
        platform.uses_open = 1 if platform.serving_lab != platform.lab else 0
        platform.serving_open = w.models[m].open if m != NO_ONE else 0
        platform.served_q = w.models[m].q if m != NO_ONE else 0.0
        platform.token_cost = serving_cost(w, i, m, p) if m != NO_ONE else 0.0


@compiled
def pay_licence(w, i, payer, payee, p):
    """A platform pays the maker of the open model that it serves a share of its revenue; returns the payment, USD."""
    platform = w.platforms[i]
    if platform.uses_open == 0:
        return 0.0
    return post(w, payer, payee, platform.revenue * p.platforms_licence_share, MODEL_LICENCES)
