"""Consumer platforms: assistants and super-apps per region, their users, and what they ask of models and compute."""

from __future__ import annotations

from sim.accounts import N_REGIONS
from sim.agents.consumer_agents import DAYS_PER_MONTH, agent_tokens, spread_agents, tokens_of_agent
from sim.agents.developers import HOURS_SECONDS
from sim.agents.platform_models import choose_platform_model, is_closed, served_model
from sim.agents.procurement import is_barred
from sim.compiled import compiled
from sim.markets.tokens import throughput
from sim.numerics import exp, log, logistic, power
from sim.world import CN, IN_FORCE, NO_ONE


@compiled
def diffusion_of_users(users, potential, innovation, imitation):
    """New users a month by Bass diffusion: `(p + q users/potential)(potential - users)` (Bass 1969, Mgmt Sci 15)."""
    return (innovation + imitation * users / potential) * max(0.0, potential - users)


@compiled
def serve_platforms(w):
    """Platforms pick models, users join, agents multiply tokens, and every platform asks its lab for compute."""
    t = w.macro[0].month
    p = w.p[t]
    for m in range(len(w.models)):
        w.models[m].platform_tokens_m = 0.0
    choose_platform_model(w)
    for r in range(N_REGIONS):
        attract_users(w, r, p)
    for i in range(len(w.platforms)):
        platform = w.platforms[i]
        platform.total_users = 0.0
        for r in range(N_REGIONS):
            platform.total_users += platform.users[r]
    spread_agents(w)
    for i in range(len(w.platforms)):
        use_platform(w, i, p)


@compiled
def use_platform(w, i, p):
    """Tokens and compute of platform `i`; the maker of an open model that it serves sees them as adoption."""
    platform = w.platforms[i]
    platform.tokens_m = 0.0
    platform.assistant_m = 0.0
    platform.agent_tokens_m = 0.0
    platform.compute_h100e = 0.0
    m = served_model(w, i)
    if is_closed(w, i) or m == NO_ONE:
        platform.embedded_m = 0.0
        return
    q = platform.served_q
    chat = p.platforms_tokens_per_user_day * exp(p.platforms_usage_capability_pull * (q - 126.0))
    chat *= DAYS_PER_MONTH / 1e6
    platform.agent_multiplier = tokens_of_agent(q, p)
    for r in range(N_REGIONS):
        platform.agent_tokens_m += agent_tokens(w, i, r, chat, p)
    platform.assistant_m = platform.total_users * chat + platform.agent_tokens_m
    embed(w, i, p)
    lab = w.labs[platform.lab]
    asked = platform.assistant_m + platform.embedded_m
    platform.tokens_m = asked * lab.served_share
    speed = throughput(p, p.platforms_serving_size * w.models[m].size)
    platform.compute_h100e = asked * 1e6 / HOURS_SECONDS / speed / p.labs_serving_utilisation
    lab.inference_h100e += platform.compute_h100e
    lab.tokens_m += platform.tokens_m
    if platform.uses_open == 1:
        w.labs[platform.serving_lab].open_tokens_m += platform.tokens_m
        w.models[m].platform_tokens_m += platform.tokens_m


@compiled
def uses_worth_their_tokens(scale, cost, reference_cost, exponent):
    """Tokens a month of those uses in other products that are worth more than they cost: `S (c/c0)^-e`.

    The worth of uses per million tokens has a Pareto tail: a share `(c/c0)^-e` of the tokens of possible uses is worth
    more than `c`.
    """
    return scale * power(cost / reference_cost, -exponent)


@compiled
def embed(w, i, p):
    """The owner puts models into those uses of its other products that are worth their tokens, as far as able."""
    platform = w.platforms[i]
    scale = p.platforms_embedded_scale_cn if platform.origin == 1 else p.platforms_embedded_scale_us
    midpoint = p.platforms_embedded_at_eci_cn if platform.origin == 1 else p.platforms_embedded_at_eci_us
    able = logistic((platform.served_q - midpoint) / p.platforms_embedded_width_eci)
    worth = uses_worth_their_tokens(
        scale * platform.other_products, platform.token_cost, p.platforms_embedded_reference_cost,
        p.platforms_embedded_elasticity,
    )  # fmt: skip
    platform.embedded_m += (worth * able - platform.embedded_m) / p.platforms_embedded_months


@compiled
def attract_users(w, r, p):
    """Assistants' users in a region: all of them by diffusion, each platform's part by a logit with inertia.

    Every month a part of users looks around, all of those whose platform has closed. Who moves takes the agent along:
    the agents of those who leave go to where the leavers go.
    """
    total = 0.0
    weights = 0.0
    for i in range(len(w.platforms)):
        platform = w.platforms[i]
        total += platform.users[r]
        weights += platform_weight(w, i, r, p)
    if weights <= 0.0:
        return
    potential = p.platforms_population_m[r] * 1e6 * p.platforms_user_ceiling
    new = diffusion_of_users(total, potential, p.platforms_innovation / 12.0, p.platforms_imitation / 12.0)
    looking = 0.0
    for i in range(len(w.platforms)):
        looking += looking_around(w, i, r, p)
    movers = 0.0
    moving_agents = 0.0
    for i in range(len(w.platforms)):
        platform = w.platforms[i]
        moved = platform_weight(w, i, r, p) / weights * looking - looking_around(w, i, r, p)
        if moved < 0.0:
            agents = platform.agent_users[r] * (-moved / platform.users[r])
            moving_agents += agents
            platform.agent_users[r] -= agents
        else:
            movers += moved
    for i in range(len(w.platforms)):
        platform = w.platforms[i]
        share = platform_weight(w, i, r, p) / weights
        moved = share * looking - looking_around(w, i, r, p)
        if moved > 0.0:
            platform.agent_users[r] += moving_agents * moved / movers
        platform.users[r] += new * share + moved


@compiled
def looking_around(w, i, r, p):
    """Users of platform `i` in region `r` who choose afresh this month: a part of them, all once it has left there."""
    platform = w.platforms[i]
    here = w.labs[platform.lab].active == 1 and not is_shut_out(w, i, r)
    return platform.users[r] * (p.platforms_churn if here else 1.0)


@compiled
def is_shut_out(w, i, r):
    """Whether platform `i` is closed in region `r`, as it serves a model that it may not serve there."""
    return is_barred(w, IN_FORCE, i, w.labs[w.platforms[i].serving_lab].origin, r)


@compiled
def platform_weight(w, i, r, p):
    """Attraction of platform `i` in region `r`: brand, capability of what it serves, habit, and the law."""
    t = w.macro[0].month
    platform = w.platforms[i]
    at_home = (r == CN) == (platform.origin == 1)
    # Foreign assistants are closed to China by law; Chinese ones go abroad when their owners open them there.
    if is_closed(w, i) or (not at_home and (r == CN or t < platform.launch_abroad)):
        return 0.0
    if platform.served_q <= 0.0 or is_shut_out(w, i, r):
        return 0.0
    abroad = p.platforms_foreign_taste[r] if platform.origin == 1 and r != CN else 0.0
    return exp(platform.attraction + p.platforms_quality_taste * (platform.served_q - w.macro[0].frontier_us) / 10.0
               + abroad + p.platforms_habit * log(1.0 + platform.users[r] / 1e6))  # fmt: skip
