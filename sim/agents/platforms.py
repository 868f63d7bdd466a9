"""Consumer platforms: assistants and super-apps, their users, agents, and the model that they deploy."""

from __future__ import annotations

from sim.accounts import N_REGIONS
from sim.agents.developers import HOURS_SECONDS
from sim.compiled import compiled
from sim.markets.tokens import throughput
from sim.numerics import exp, log, power
from sim.world import CN, SLOTS_PER_LAB


@compiled
def diffusion_of_users(users, potential, innovation, imitation):
    """New users a month by Bass diffusion: `(p + q users/potential)(potential - users)` (Bass 1969, Mgmt Sci 15)."""
    return (innovation + imitation * users / potential) * max(0.0, potential - users)


@compiled
def served_quality(w, i):
    """(capability, serving cost over reference) of what platform `i` serves: its own lab's model or an open one."""
    platform = w.platforms[i]
    l = platform.serving_lab
    best = 0.0
    size = 1.0
    for k in range(SLOTS_PER_LAB):
        model = w.models[l * SLOTS_PER_LAB + k]
        if model.available == 1 and model.q > best:
            best = model.q
            size = model.size
    return best, size


@compiled
def choose_platform_model(w):
    """A platform serves its own lab's model, or a better open one when the gap is worth the change of stack."""
    p = w.p[w.macro[0].month]
    for i in range(len(w.platforms)):
        platform = w.platforms[i]
        own = w.labs[platform.lab].best_q
        best_lab = platform.lab
        best = own + p.platforms_own_model_bonus_eci
        for l in range(len(w.labs)):
            lab = w.labs[l]
            if lab.active == 0 or lab.open_now == 0 or l == platform.lab:
                continue
            if platform.origin == 0 and lab.origin == 1:
                continue
            if lab.best_q > best:
                best = lab.best_q
                best_lab = l
        platform.serving_lab = best_lab
        platform.uses_open = 1 if best_lab != platform.lab else 0


@compiled
def serve_platforms(w):
    """Users join, agents multiply tokens, and every platform asks its lab for compute."""
    t = w.macro[0].month
    p = w.p[t]
    choose_platform_model(w)
    for r in range(N_REGIONS):
        attract_users(w, r, p)
    for i in range(len(w.platforms)):
        platform = w.platforms[i]
        platform.total_users = 0.0
        for r in range(N_REGIONS):
            platform.total_users += platform.users[r]
        q, size = served_quality(w, i)
        lab = w.labs[platform.lab]
        if t < platform.launch or q <= 0.0:
            platform.tokens_m = 0.0
            platform.compute_h100e = 0.0
            continue
        ready = 1.0 / (1.0 + exp(-(q - p.platforms_agent_at_eci) / p.platforms_agent_width_eci))
        platform.agent_share += (
            p.platforms_agent_adoption / 12.0 * (ready * p.platforms_agent_ceiling - platform.agent_share)
        )
        per_user = p.platforms_tokens_per_user_day * exp(p.platforms_usage_capability_pull * (q - 126.0))
        agents = 1.0 + platform.agent_share * (p.platforms_agent_multiplier - 1.0)
        assistant = platform.total_users * per_user * agents * 30.4 / 1e6
        # Owners put models into their other products as serving gets cheap: elastic in the cost of a token.
        cheap = power(p.labs_serving_efficiency, p.platforms_embedded_elasticity)
        stage = 1.0 / (1.0 + exp(-(q - p.platforms_embedded_at_eci) / 3.0))
        scale = p.platforms_embedded_scale_cn if platform.origin == 1 else p.platforms_embedded_scale_us
        aim = scale * embedded_base(i) * cheap * stage
        platform.embedded_m += (aim - platform.embedded_m) / p.platforms_embedded_months
        platform.tokens_m = (assistant + platform.embedded_m) * lab.served_share
        speed = throughput(p, p.platforms_serving_size * size)
        platform.compute_h100e = (
            (assistant + platform.embedded_m) * 1e6 / HOURS_SECONDS / speed / p.labs_serving_utilisation
        )
        lab.inference_h100e += platform.compute_h100e
        lab.tokens_m += platform.tokens_m


@compiled
def embedded_base(i):
    """Relative size of the owner's other products: search, mail, video, shops (1 = the largest)."""
    if i == 1 or i == 3:
        return 1.0
    if i == 2:
        return 0.35
    if i == 4:
        return 0.25
    return 0.02


@compiled
def attract_users(w, r, p):
    """Assistants' users in a region: all of them by diffusion, each platform's part by a logit with inertia."""
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
    for i in range(len(w.platforms)):
        platform = w.platforms[i]
        share = platform_weight(w, i, r, p) / weights
        moved = p.platforms_churn * (share * total - platform.users[r])
        platform.users[r] += new * share + moved


@compiled
def platform_weight(w, i, r, p):
    """Attraction of platform `i` in region `r`: brand, capability of what it serves, habit, and the law."""
    t = w.macro[0].month
    platform = w.platforms[i]
    if t < platform.launch:
        return 0.0
    if (r == CN) != (platform.origin == 1) and not (
        platform.origin == 1 and r != CN and platform.uses_open == 0 and w.labs[platform.lab].open_now == 1
    ):
        return 0.0
    q, _ = served_quality(w, i)
    if q <= 0.0:
        return 0.0
    abroad = p.platforms_foreign_taste if platform.origin == 1 and r != CN else 0.0
    return exp(platform.attraction + p.platforms_quality_taste * (q - w.macro[0].frontier_us) / 10.0 + abroad
               + p.platforms_habit * log(1.0 + platform.users[r] / 1e6))  # fmt: skip
