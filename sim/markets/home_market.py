"""The Chinese market for tokens: who sells what at which price, how concentrated it is, what prices are in peace.

Users in China cannot buy closed foreign models, so that Chinese labs set list prices among themselves: under an
umbrella that their customers are used to, above costs by a margin in the concentration of the market.
"""

from __future__ import annotations

from sim.accounts import N_LABS
from sim.compiled import compiled
from sim.numerics import exp, log, power
from sim.world import CN, LAB_API, MANAGED, SLOTS_PER_LAB

NO_PRICE = 1e9
"""Stands for the price of what is not on sale."""


@compiled
def at_home(w, l):
    """Whether lab `l` sells in the Chinese market this month."""
    lab = w.labs[l]
    return lab.active == 1 and lab.origin == 1 and w.macro[0].month >= lab.entry


@compiled
def cheapest_own(w, l):
    """Lowest list price among the flagships of lab `l` (USD/Mtoken), or a large number."""
    best = NO_PRICE
    for k in range(2):
        model = w.models[l * SLOTS_PER_LAB + k]
        if model.available == 1 and 0.0 < model.price < best:
            best = model.price
    return best


@compiled
def newest_flagship(w, l):
    """Model slot of the latest flagship of lab `l` that has a price, or -1."""
    slot = -1
    for k in range(2):
        m = l * SLOTS_PER_LAB + k
        priced = w.models[m].available == 1 and w.models[m].price > 0.0
        if priced and (slot < 0 or w.models[m].released > w.models[slot].released):
            slot = m
    return slot


@compiled
def flagship_price(w, l):
    """List price of the latest flagship of lab `l` (USD/Mtoken), or a large number."""
    m = newest_flagship(w, l)
    return w.models[m].price if m >= 0 else NO_PRICE


@compiled
def typical_price(w, l):
    """Geometric mean list price of the other Chinese labs' latest flagships (USD/Mtoken); next to 0 without any."""
    total = 0.0
    count = 0.0
    for other in range(N_LABS):
        if other == l or not at_home(w, other):
            continue
        price = flagship_price(w, other)
        if price < NO_PRICE:
            total += log(price)
            count += 1.0
    return exp(total / count) if count > 0.0 else 1e-9


@compiled
def worth_price(price, behind_eci, worth):
    """Price (USD/Mtoken) at which a rival that is behind by some points would be as good a buy if it were not behind.

    `P exp(v [q - q_j]+)`: v, the worth of a point of capability in ln price, is theta/(10 alpha) of customers' choice.
    """
    return price * exp(worth * max(0.0, behind_eci))


@compiled
def rival_price(w, l):
    """Lowest list price (latest flagships, USD/Mtoken) of another Chinese lab, adjusted for what its quality lacks."""
    worth = w.p[w.macro[0].month].pricing_war_quality_worth
    best = NO_PRICE
    for other in range(N_LABS):
        if other != l and at_home(w, other):
            price = flagship_price(w, other)
            if price < NO_PRICE:
                best = min(best, worth_price(price, w.labs[l].best_q - w.labs[other].best_q, worth))
    return best


@compiled
def foreign_price(w):
    """Median-like list price of foreign flagships: geometric mean over labs outside China, latest models."""
    total = 0.0
    count = 0.0
    for l in range(N_LABS):
        if w.labs[l].active == 0 or w.labs[l].origin == 1:
            continue
        for k in range(2):
            model = w.models[l * SLOTS_PER_LAB + k]
            if model.available == 1 and model.open == 0 and model.price > 0.0:
                total += log(model.price)
                count += 1.0
    if count == 0.0:
        return 10.0
    return exp(total / count)


@compiled
def count_home_market(w):
    """Shares of Chinese labs in the tokens used in China, and how concentrated own APIs are there."""
    p = w.p[w.macro[0].month]
    macro = w.macro[0]
    total = 0.0
    for c in range(len(w.communities)):
        if w.communities[c].region == CN:
            total += w.communities[c].tokens_m
    macro.home_concentration = 0.0
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.origin != 1:
            continue
        own = 0.0
        every = 0.0
        for c in range(len(w.communities)):
            if w.communities[c].region != CN:
                continue
            for m in range(l * SLOTS_PER_LAB, (l + 1) * SLOTS_PER_LAB):
                every += w.tokens[c, m]
                own += w.channel_tokens[c, m, LAB_API]
                if w.models[m].open == 0:
                    own += w.channel_tokens[c, m, MANAGED]
        lab.home_share = own / total if total > 0.0 else 0.0
        lab.home_model_share = every / total if total > 0.0 else 0.0
        lab.home_share_memory += (lab.home_share - lab.home_share_memory) / p.pricing_war_share_memory_months
        macro.home_concentration += lab.home_share * lab.home_share


@compiled
def remember_prices(w, l):
    """What customers of lab `l` are used to moves to what they pay and see: geometric mean of its list and rivals'."""
    p = w.p[w.macro[0].month]
    lab = w.labs[l]
    own = flagship_price(w, l)
    if own >= NO_PRICE:
        return
    rivals = typical_price(w, l)
    seen = power(own * rivals, 0.5) if rivals > 1e-8 else own
    if lab.reference_price <= 0.0:
        lab.reference_price = own
    lab.reference_price *= exp(p.pricing_reference_speed * log(seen / lab.reference_price))


@compiled
def concentrated_markup(concentration, elasticity, most):
    """Price over cost with Cournot rivals: `1 / (1 - min(m, H / eta))`, H the Herfindahl index of shares.

    Cowling and Waterson (1976, Economica 43). With n equal firms H = 1/n: each firm that leaves raises the margin.
    """
    return 1.0 / (1.0 - min(most, concentration / elasticity))


@compiled
def home_markup(w):
    """Price over cost that the concentration of the Chinese market leaves in peace."""
    p = w.p[w.macro[0].month]
    return concentrated_markup(w.macro[0].home_concentration, p.pricing_home_elasticity, p.pricing_home_margin_max)


@compiled
def margin_is_bound(w):
    """Whether the bound on the margin by concentration binds on the home market."""
    p = w.p[w.macro[0].month]
    return w.macro[0].home_concentration / p.pricing_home_elasticity > p.pricing_home_margin_max


@compiled
def full_cost(w, m):
    """List price (USD/Mtoken) at which what is really received covers the compute of model `m`."""
    return w.models[m].marginal_cost / w.p[w.macro[0].month].pricing_realisation


@compiled
def peace_price(w, m):
    """List price (USD/Mtoken) of model `m` on the home market in peace.

    Cost and a Cournot margin in the concentration of the market; more as long as customers are used to more, up to a
    share of what foreign flagships cost (the umbrella).
    """
    p = w.p[w.macro[0].month]
    model = w.models[m]
    lab = w.labs[model.lab]
    price = full_cost(w, m) * home_markup(w)
    umbrella = p.pricing_umbrella_share * foreign_price(w)
    if lab.reference_price > 0.0:
        umbrella = min(umbrella, lab.reference_price)
    if model.small == 1:
        umbrella *= p.pricing_umbrella_small
    return max(price, umbrella)


@compiled
def may_raise(w, l):
    """Whether lab `l` can raise list prices: it rations, or its home market got concentrated since it set them."""
    p = w.p[w.macro[0].month]
    lab = w.labs[l]
    if lab.serving_pressure > 1.0:
        return True
    risen = w.macro[0].home_concentration - lab.concentration_seen
    return lab.origin == 1 and lab.at_war == 0 and risen > p.pricing_rise_concentration
