"""Prices of tokens: marginal cost from compute, a margin from demand, then stickiness and rationing.

What Chinese labs do among themselves is in `sim.markets.home_market` and `sim.markets.price_war`.
"""

from __future__ import annotations

import numpy as np

from sim.accounts import N_LABS
from sim.compiled import compiled
from sim.draws import REPRICING
from sim.events import BOUND_NO_INTERIOR_PRICE, log_event
from sim.markets.compute import lab_rent
from sim.markets.home_market import (
    cheapest_own,
    full_cost,
    home_markup,
    margin_is_bound,
    may_raise,
    peace_price,
)
from sim.markets.liability import liability_usd_mtok
from sim.markets.price_war import undercut_price, undercuts_now, war_price
from sim.numerics import exp, log
from sim.streams import uniform
from sim.world import US


@compiled
def token_cost(rent_usd_per_hour, utilisation, tokens_per_second):
    """Compute cost of a million tokens, USD: `(rent / utilisation) / (3600 x tokens per second) x 1e6`."""
    return rent_usd_per_hour / utilisation / (3600.0 * tokens_per_second) * 1e6


@compiled
def throughput(p, size):
    """Tokens a second that an H100e serves of a model of relative size: reference x serving efficiency / size."""
    return p.labs_tokens_per_second * p.labs_serving_efficiency / size


@compiled
def lerner_elasticity(alpha, sigma, share_in_nest, share, outer_elasticity):
    """Own-price elasticity of tokens in a nested logit in ln price with usage elasticity `eps`.

    `eta = alpha/(1-sigma) [1 - sigma s_j|g - (1-sigma) s_j] + eps` (Berry 1994, RAND J. Econ. 25, in ln price).
    """
    return alpha / (1.0 - sigma) * (1.0 - sigma * share_in_nest - (1.0 - sigma) * share) + outer_elasticity


@compiled
def lerner_price(marginal_cost, shadow_price, elasticity, least_elasticity, markup_cap):
    """(price, 1 if no interior price): `(P - mc - nu)/P = 1/eta`; where eta is too low, a capped cost-plus."""
    cost = marginal_cost + shadow_price
    if elasticity <= least_elasticity:
        return cost * markup_cap, 1
    price = cost * elasticity / (elasticity - 1.0)
    if price > cost * markup_cap:
        return cost * markup_cap, 1
    return price, 0


@compiled
def demand_elasticity(w, m):
    """Elasticity that the maker of model `m` faces: over communities, weighted by their tokens of the model."""
    t = w.macro[0].month
    p = w.p[t]
    model = w.models[m]
    total = 0.0
    weighted = 0.0
    for c in range(len(w.communities)):
        community = w.communities[c]
        if community.tokens_m <= 0.0:
            continue
        s = community.segment
        nest_total = 0.0
        lab_total = 0.0
        for j in range(len(w.models)):
            if w.models[j].available == 1 and w.models[j].open == model.open:
                nest_total += w.tokens[c, j]
                if w.models[j].lab == model.lab:
                    lab_total += w.tokens[c, j]
        share = lab_total / community.tokens_m
        within = lab_total / nest_total if nest_total > 0.0 else 0.0
        sigma = p.developers_sigma_open if model.open == 1 else p.developers_sigma_closed
        eta = lerner_elasticity(p.developers_price_taste[s], sigma, within, share, p.developers_usage_elasticity)
        weight = w.tokens[c, m] + 1e-6 * community.tokens_m
        total += weight
        weighted += weight * eta
    if total <= 0.0:
        return 2.0
    return weighted / total


@compiled
def set_token_prices(w):
    """Costs are updated; labs with a reason or a chance to do so set prices; hosts price at cost and a thin margin."""
    t = w.macro[0].month
    p = w.p[t]
    seed = w.macro[0].seed
    host_rent = w.regions[US].rent_contract
    seen = np.zeros(N_LABS, np.int64)
    for m in range(len(w.models)):
        model = w.models[m]
        if model.available == 0:
            continue
        lab = w.labs[model.lab]
        speed = throughput(p, model.size)
        model.marginal_cost = token_cost(lab_rent(w, model.lab), p.labs_serving_utilisation, speed)
        host_cost = token_cost(host_rent, p.labs_host_utilisation, speed)
        model.host_price = (host_cost + liability_usd_mtok(w, m, US)) * (1.0 + w.macro[0].host_margin)
    for m in range(len(w.models)):
        model = w.models[m]
        if model.available == 0:
            continue
        lab = w.labs[model.lab]
        new = model.price < 0.0
        if lab.origin == 1 and lab.at_war == 1:
            # At war list prices follow costs and rivals within the month, downwards.
            target = war_price(w, m)
            if new or target < model.price:
                model.price = target
            if new:
                model.launch_price = target
            continue
        chance = p.pricing_repricing_chance
        if lab.price_pressure < 0.5:
            chance += p.pricing_repricing_chance_undercut
        if not new and uniform(seed, w.keys[REPRICING, model.lab], t, m) >= chance:
            continue
        target = price_target(w, m)
        if lab.origin == 1 and model.small == 0 and undercuts_now(w, model.lab):
            target = min(target, undercut_price(w, m))
            model.price = target if new else min(model.price, target)
        elif new:
            model.price = target
        elif target < model.price or may_raise(w, model.lab):
            # Like-for-like list prices are cut or kept: a rise needs rationing, or rivals that have left.
            model.price *= exp(p.pricing_adjustment * log(target / model.price))
        if new:
            model.launch_price = model.price
        seen[model.lab] = 1
    for l in range(N_LABS):
        if seen[l] == 1:
            w.labs[l].concentration_seen = w.macro[0].home_concentration


@compiled
def price_target(w, m):
    """List price that the lab would set afresh for model `m` (USD/Mtoken)."""
    t = w.macro[0].month
    p = w.p[t]
    model = w.models[m]
    lab = w.labs[model.lab]
    shadow = model.marginal_cost * p.pricing_scarcity_weight * max(0.0, lab.serving_pressure - 1.0)
    if model.open == 1 and model.released < t:
        # The lab's own API competes with hosts that carry no research cost.
        price = max(model.marginal_cost, model.host_price * p.pricing_open_own_api_premium)
        return max(price, full_cost(w, m) * home_markup(w)) if lab.origin == 1 else price
    elasticity = demand_elasticity(w, m)
    cap = p.pricing_markup_cap_flagship if model.small == 0 else p.pricing_markup_cap_small
    # A lead over the best open weights is worth a premium; without one the margin is that of the hosts.
    lead = model.q - w.macro[0].frontier_open
    reach = 1.0 / (1.0 + exp(-lead / p.pricing_lead_scale_eci))
    cap = p.pricing_markup_min + (cap - p.pricing_markup_min) * reach
    price, no_interior = lerner_price(model.marginal_cost, shadow, elasticity, p.pricing_least_elasticity, cap)
    if lab.origin == 1 and margin_is_bound(w):
        no_interior = 1
    if no_interior == 1 and model.released == t:
        log_event(w, BOUND_NO_INTERIOR_PRICE, model.lab, m, elasticity)
    price = max(price, model.marginal_cost * p.pricing_markup_min)
    return max(price, peace_price(w, m)) if lab.origin == 1 else price


@compiled
def feel_price_pressure(w):
    """How far each lab's flagship is undercut: the cheapest model of equal quality over its own price."""
    for l in range(N_LABS):
        lab = w.labs[l]
        own = cheapest_own(w, l)
        best = own
        for m in range(len(w.models)):
            model = w.models[m]
            if model.available == 1 and model.lab != l and model.price > 0.0 and model.q >= lab.best_q - 1.0:
                price = model.price if model.open == 0 else min(model.price, model.host_price)
                if price < best:
                    best = price
        lab.price_pressure = best / own if own < 1e8 else 1.0
