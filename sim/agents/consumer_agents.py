"""Agents of assistants' users: what they are worth to a platform, to whom it offers them, who takes them up.

Adoption is Bass diffusion (Bass 1969, Management Science 15) among the users whom a platform can serve: innovation
depends on how able its model is and on releases of agents, imitation on how many people in the region have an agent,
whatever their platform.
"""

from __future__ import annotations

from sim.accounts import N_REGIONS
from sim.agents.agent_wave import push_on
from sim.compiled import compiled
from sim.numerics import exp, logistic, power

DAYS_PER_MONTH = 730.0 / 24.0


@compiled
def readiness(q, midpoint, width):
    """Part of consumers' tasks that an agent on a model of capability `q` (ECI) does reliably: a logistic."""
    return logistic((q - midpoint) / width)


@compiled
def adopters(agents, potential, innovation, imitation, peers, dropout):
    """Users with an agent after a month: Bass hazard `p + q peers` among those without; above the potential they drop.

    `peers` is the share of agents among all who might have one in the region. With `peers = agents / potential` and
    short steps this is Bass diffusion.
    """
    if agents > potential:
        return agents - dropout * (agents - potential)
    return agents + (potential - agents) * (1.0 - exp(-(innovation + imitation * peers)))


@compiled
def ripeness(w, i, p):
    """How far monetisation has ripened since the launch of platform `i` (0 to 1)."""
    return 1.0 - exp(-(w.macro[0].month - w.platforms[i].launch + 1.0) / p.platforms_monetisation_months)


@compiled
def agent_payment(p, r):
    """What a user with an agent pays more than one without in region `r`, USD a year: some subscribe because of it.

    The rest is audience: those with an agent are shown and sell more.
    """
    subscriptions = p.platforms_agent_payers * p.platforms_subscription_usd_year[r]
    return subscriptions + p.platforms_agent_uplift * p.platforms_revenue_per_user_year[r]


@compiled
def agent_worth(w, i, r, p):
    """What an agent adds to the worth of a user to platform `i` in region `r`, USD a month.

    Owners of other products value a user more than what the assistant itself earns.
    """
    owner = p.platforms_owner_worth if w.labs[w.platforms[i].lab].owner >= 0 else 1.0
    return agent_payment(p, r) * owner / 12.0 * ripeness(w, i, p)


@compiled
def offered(cost, worth, payers, steepness):
    """Share of users to whom a platform offers agents: who pays always, others as far as they are worth their cost.

    Users differ; the worth of one is log-logistic around `worth`, so that a share `1 / (1 + (cost/worth)^k)` of those
    who do not pay is worth `cost`, the compute of a modest agent.
    """
    if worth <= 0.0:
        return 0.0, payers
    free = 1.0 / (1.0 + power(cost / worth, steepness))
    return free, payers + (1.0 - payers) * free


@compiled
def within_limits(tokens, cost, worth):
    """Tokens under the limits that a platform sets: `X / (1 + cost X / worth)`; the cost stays below the worth."""
    return tokens / (1.0 + cost * tokens / worth) if worth > 0.0 else 0.0


@compiled
def tokens_of_agent(q, p):
    """Tokens that a user with a plain agent asks for over those of one without: longer tasks as models get better."""
    longer = exp(p.platforms_agent_task_growth * (q - p.platforms_agent_at_eci))
    return 1.0 + (p.platforms_agent_multiplier - 1.0) * longer


@compiled
def spread_agents(w):
    """Users take up agents, by platform and region; new agents ask for the tokens that agents of the day ask for."""
    p = w.p[w.macro[0].month]
    for r in range(N_REGIONS):
        reach = 0.0
        before = 0.0
        for i in range(len(w.platforms)):
            reach += w.platforms[i].users[r] * p.platforms_agent_ceiling
            before += w.platforms[i].agent_users[r]
        if reach <= 0.0:
            continue
        peers = before / reach
        asked = before * w.regions[r].agent_use
        after = 0.0
        for i in range(len(w.platforms)):
            had = w.platforms[i].agent_users[r]
            tokens = take_up_agents(w, i, r, peers, p)
            now = w.platforms[i].agent_users[r]
            if now > had:
                asked += (now - had) * tokens
            else:
                asked -= (had - now) * w.regions[r].agent_use
            after += now
        if after > 0.0:
            w.regions[r].agent_use = asked / after
    for i in range(len(w.platforms)):
        platform = w.platforms[i]
        agents = 0.0
        for r in range(N_REGIONS):
            agents += platform.agent_users[r]
        platform.agent_share = agents / platform.total_users if platform.total_users > 0.0 else 0.0


@compiled
def take_up_agents(w, i, r, peers, p):
    """Move the agents of platform `i` in region `r` by a month; returns tokens of a new agent over a plain one."""
    platform = w.platforms[i]
    platform.agent_offer[r] = 0.0
    if p.platforms_agents < 0.5 or platform.users[r] <= 0.0 or platform.served_q <= 0.0:
        platform.agent_users[r] = 0.0
        return 1.0
    cost = p.platforms_agent_least_tokens_day * DAYS_PER_MONTH / 1e6 * platform.token_cost
    worth = agent_worth(w, i, r, p)
    platform.agent_offer[r], access = offered(cost, worth, p.platforms_agent_payers, p.platforms_agent_offer_steepness)
    able = readiness(platform.served_q, p.platforms_agent_at_eci, p.platforms_agent_width_eci)
    push, tokens = push_on(w, r, platform.serving_lab, platform.served_q)
    platform.agent_users[r] = adopters(
        platform.agent_users[r], platform.users[r] * p.platforms_agent_ceiling * able * access,
        p.platforms_agent_innovation / 12.0 * able * push, p.platforms_agent_imitation / 12.0, peers,
        p.platforms_agent_dropout,
    )  # fmt: skip
    return tokens


@compiled
def agent_tokens(w, i, r, chat, p):
    """Tokens (Mtoken/month) of agents on platform `i` in region `r` beyond `chat`, those of a user without an agent."""
    platform = w.platforms[i]
    if platform.agent_users[r] <= 0.0:
        return 0.0
    asked = chat * (platform.agent_multiplier * w.regions[r].agent_use - 1.0)
    return platform.agent_users[r] * within_limits(asked, platform.token_cost, agent_worth(w, i, r, p))
