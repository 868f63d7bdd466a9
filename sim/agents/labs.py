"""Labs: knowledge, training runs, releases, open or closed, porting, budgets.

A lab turns compute and knowledge into capability, decides when a run is worth a release, whether the weights are open,
what to charge, how much to spend, and on whose chips to serve.
"""

from __future__ import annotations

from sim.accounts import CLOUD0, HOUSEHOLDS, INVESTORS_CN, INVESTORS_US, LAB0, N_LABS
from sim.agents.clouds import LAB_OWN
from sim.agents.weights_law import (
    export_line,
    grant_worth,
    line_is_coming,
    open_grant_year,
    pay_grant,
    release_line,
    runs_at,
)
from sim.compiled import compiled
from sim.draws import OPENNESS, RELEASE_NOISE, RUN_LENGTH
from sim.events import BOUND_RELEASE_LIMIT, OPEN_RELEASE, RELEASE, STANCE_CHANGE, log_event
from sim.ledger import OWNER_SUBSIDY, RESEARCH_STAFF, balance_usd, post
from sim.numerics import exp, log
from sim.streams import normal, uniform
from sim.world import CN, HOURS_PER_MONTH, IN_FORCE, SLOTS_PER_LAB

LN10 = 2.302585092994046
N_ORIGINS = 3


@compiled
def research_gain(gain_per_year, frugality, scarcity, compute_h100e, half_compute_h100e):
    """Growth of ln algorithmic efficiency a month from a lab's own research.

    `g/12 (1 + frugality x scarcity) C / (C + C_half)`: research needs compute, and scarcity makes it more careful.
    """
    return gain_per_year / 12.0 * (1.0 + frugality * scarcity) * compute_h100e / (compute_h100e + half_compute_h100e)


@compiled
def diffusion(psi_per_year, gap_eci, eci_per_decade):
    """Growth of ln algorithmic efficiency a month from others' knowledge: `psi/12 x gap` in ln effective compute.

    In a steady state a pure follower is 12/psi months behind.
    """
    return psi_per_year / 12.0 * max(0.0, gap_eci) * LN10 / eci_per_decade


@compiled
def advantage(gap_eci, compute_ratio, eci_per_decade):
    """How much more efficient than the leader a lab is (ln): capability gap less the gap in compute.

    `ln A / A* = gap ln 10 / b - ln (C / C*)`; a follower at the leader's level with a tenth of its compute has 2.3.
    """
    return gap_eci * LN10 / eci_per_decade - log(max(compute_ratio, 1e-6))


@compiled
def advance_knowledge(w):
    """Training compute and algorithms accumulate; knowledge diffuses from open weights and by distillation."""
    t = w.macro[0].month
    p = w.p[t]
    first = 1.0
    second = 1.0
    for l in range(N_LABS):
        if w.labs[l].active == 1:
            stock = w.labs[l].training_stock
            if stock > first:
                second = first
                first = stock
            elif stock > second:
                second = stock
    w.macro[0].second_training_stock = second
    leader = 0
    for l in range(N_LABS):
        if w.labs[l].active == 1 and t >= w.labs[l].entry and w.labs[l].potential_q > w.labs[leader].potential_q:
            leader = l
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.active == 0 or t < lab.entry:
            continue
        before = lab.training_stock
        lab.training_stock += lab.training_h100e - lab.training_stock / p.labs_training_memory_months
        scarcity = max(0.0, min(2.0, log(second / max(lab.training_stock, 1.0)) / LN10))
        gain = research_gain(
            p.labs_research_gain, p.labs_frugality, scarcity, lab.training_h100e, p.labs_research_half_h100e
        )
        # Knowledge of a rival is learned from what it released, and only from what is better than one's own; what is
        # borrowed stands in for compute that the follower lacks, and is not multiplied by compute that it gets later.
        ahead = advantage(
            lab.potential_q - w.labs[leader].potential_q, lab.training_stock / w.labs[leader].training_stock,
            p.labs_eci_per_decade,
        )  # fmt: skip
        borrowed = 1.0 / (1.0 + exp(-(ahead - p.labs_follower_efficiency) / 0.5))
        open_best = best_of_others(w, l, 1)
        learned = diffusion(p.labs_diffusion_open, open_best - lab.potential_q, p.labs_eci_per_decade)
        learned += learned_from_closed(w, l, p)
        gain += learned * (1.0 - borrowed)
        if l != leader and lab.training_stock > before > 0.0:
            gain -= log(lab.training_stock / before) * borrowed
        lab.ln_algorithm += gain
        effective = log(max(lab.training_stock, 1.0)) + lab.ln_algorithm
        # What robots at home teach passes into general capability in part, once.
        if p.industry_capability_feedback > 0.5:
            lab.anchor_q += w.industries[lab.region].learned * p.industry_learning_transfer
        lab.potential_q = lab.anchor_q + p.labs_eci_per_decade / LN10 * (effective - lab.anchor_ln_e)


@compiled
def learned_from_closed(w, l, p):
    """Growth of ln algorithmic efficiency a month of lab `l` by distilling closed models: what teaches it most.

    `max over origins of the teacher of diffusion(psi x access x law[pupil, teacher], gap to its best)`.
    """
    lab = w.labs[l]
    access = p.labs_distillation_access_cn if lab.origin == 1 else 1.0
    most = 0.0
    for teacher in range(N_ORIGINS):
        allowed = w.policy[IN_FORCE].distillation_access[lab.origin * N_ORIGINS + teacher]
        best = best_closed_of(w, l, teacher)
        psi = p.labs_diffusion_closed * access * allowed
        most = max(most, diffusion(psi, best - lab.potential_q, p.labs_eci_per_decade))
    return most


@compiled
def best_closed_of(w, l, origin):
    """Best capability (ECI) that labs of an origin other than `l` have released without weights that `l` can have."""
    best = 0.0
    for m in range(len(w.models)):
        model = w.models[m]
        teaches = model.available == 1 and model.lab != l and w.labs[model.lab].origin == origin
        if teaches and model.q > best and not runs_at(w, m, w.labs[l].region):
            best = model.q
    return best


@compiled
def best_of_others(w, l, open_only):
    """Best capability (ECI) that other labs have released; with `open_only` 1 of weights that `l` can have, else not.

    Weights that may not leave another region are closed to `l`.
    """
    best = 0.0
    for m in range(len(w.models)):
        model = w.models[m]
        better = model.available == 1 and model.lab != l and model.q > best
        if better and runs_at(w, m, w.labs[l].region) == (open_only == 1):
            best = model.q
    return best


@compiled
def finish_runs(w):
    """Runs come to their end; the model waits for post-training and tests; the next run begins."""
    t = w.macro[0].month
    p = w.p[t]
    seed = w.macro[0].seed
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.active == 0 or t < lab.entry:
            continue
        lab.age_of_run += 1
        if lab.months_to_release > 0:
            lab.months_to_release -= 1
        if lab.months_to_release >= 0 or (lab.age_of_run < lab.length_of_run and not hurries(w, l, p)):
            continue
        noise = p.labs_release_noise * normal(seed, w.keys[RELEASE_NOISE, l], t, 0)
        lab.waiting_q = lab.potential_q + noise
        lab.anchor_q = lab.potential_q
        lab.anchor_ln_e = log(max(lab.training_stock, 1.0)) + lab.ln_algorithm
        lab.months_to_release = int(p.labs_release_lag_months)
        lab.age_of_run = 0
        spread = uniform(seed, w.keys[RUN_LENGTH, l], t, 0)
        lab.length_of_run = max(1, int(lab.cadence * p.labs_run_cadence - 1.0 + 3.0 * spread))


@compiled
def hurries(w, l, p):
    """Whether lab `l` cuts its run short: what it could open today is worth a release and will soon be over the line.

    It must gain by openness on its own account, and have a step to show; what it gives up is the rest of the run.
    """
    lab = w.labs[l]
    if not line_is_coming(w, l) or lab.potential_q < lab.best_q + p.labs_release_step:
        return False
    if p.labs_open_policy > 0.5:
        return p.labs_open_policy < 1.5
    return openness_utility(w, l, lab.potential_q, p) > 0.0


@compiled
def openness_utility(w, l, q, p):
    """Net attraction of open over closed weights for the flagship of lab `l` with capability `q` (utility).

    Gains: cloud and device complements of the owner, feedback from adopters, harm to rivals ahead, state incentive, and
    a grant at its worth against the same costs as the margin.
    Losses: the margin on its own API that hosts would compete away, and the lead that weights would give away.
    """
    lab = w.labs[l]
    margin = max(0.0, lab.api_revenue - lab.api_cost)
    stake = margin / (margin + lab.compute_cost + lab.staff_usd + 1.0)
    best_open = max(best_of_others(w, l, 1), w.macro[0].frontier_open)
    frontier = w.macro[0].frontier_closed
    lead = max(0.0, q - best_open)
    behind = max(0.0, frontier - q)
    complement = p.labs_open_complement if lab.owner >= 0 and w.clouds[lab.owner].kind == 0 and lab.origin == 1 else 0.0
    if lab.owner >= 0 and w.clouds[lab.owner].kind == 1:
        complement = p.labs_open_complement * 1.5
    incentive = p.labs_open_state_incentive_cn if lab.origin == 1 else p.labs_open_state_incentive_us
    # In a price war at home the margin that openness gives up is already gone, and attention is worth more.
    war = p.labs_open_price_war_pull if lab.origin == 1 and w.macro[0].price_war > 0.5 else 0.0
    late = p.labs_open_follower_pull * min(1.0, lab.months_behind / 12.0)
    return (
        lab.own_weight_feedback
        + complement
        + incentive
        + war
        + late
        + p.labs_open_rival_harm * min(behind, 15.0) / 10.0
        - p.labs_open_margin_loss * stake * 4.0
        - p.labs_open_lead_loss * lead / 5.0
        + grant_worth(w, l, q, margin, p.labs_open_margin_loss * 4.0, max(1.0, lab.cadence * p.labs_run_cadence))
    )


@compiled
def release_models(w):
    """Labs release what waits, if it is better than what they have; each release is open or closed by its profit."""
    t = w.macro[0].month
    p = w.p[t]
    seed = w.macro[0].seed
    open_grant_year(w)
    build_services(w)
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.active == 0 or t < lab.entry or lab.months_to_release != 0:
            continue
        lab.months_to_release = -1
        if lab.waiting_q < lab.best_q + p.labs_release_step:
            continue
        q = lab.waiting_q
        utility = openness_utility(w, l, q, p)
        draw = uniform(seed, w.keys[OPENNESS, l], t, 0)
        opened = 1 if draw < 1.0 / (1.0 + exp(-utility / p.labs_open_noise)) else 0
        if p.labs_open_policy > 0.5:
            opened = 1 if p.labs_open_policy < 1.5 else 0
        wished = opened
        line = release_line(w, IN_FORCE, lab.origin)
        if opened == 1 and q > line:
            opened = 0
            log_event(w, BOUND_RELEASE_LIMIT, l, 0, q)
        if lab.releases > 0 and opened != lab.open_now:
            log_event(w, STANCE_CHANGE, l, opened, utility)
        if lab.releases == 0:
            lab.service = 0.0 if opened == 1 else 1.0
        lab.open_now = opened
        lab.best_q = max(lab.best_q, q)
        put_model(w, l, 0, q, opened)
        # The small tier is distilled from the flagship: cheaper, less capable, more often open.
        small_utility = utility + p.labs_open_small_bonus
        small_draw = uniform(seed, w.keys[OPENNESS, l], t, 1)
        small_open = 1 if wished == 1 or small_draw < 1.0 / (1.0 + exp(-small_utility / p.labs_open_noise)) else 0
        if small_open == 1 and q - lab.small_gap > line:
            small_open = 0
            log_event(w, BOUND_RELEASE_LIMIT, l, 1, q - lab.small_gap)
        put_model(w, l, 1, q - lab.small_gap, small_open)
        if opened == 1:
            pay_grant(w, l, q)
        lab.releases += 1
        log_event(w, OPEN_RELEASE if opened == 1 else RELEASE, l, opened, q)


@compiled
def build_services(w):
    """Labs that sell closed flagships build sales, support and certificates; those with open ones let them go.

    A share closes a month, `1 / labs.service_build_months`: who has lived by open weights cannot sell closed ones the
    day after as those do who always have.
    """
    p = w.p[w.macro[0].month]
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.active == 1 and lab.releases > 0:
            goal = 0.0 if lab.open_now == 1 else 1.0
            lab.service += (goal - lab.service) / p.labs_service_build_months


@compiled
def put_model(w, l, small, q, opened):
    """Place a new model in the slot of its lab's older model of the same tier; its users move on to the successor."""
    t = w.macro[0].month
    lab = w.labs[l]
    base = l * SLOTS_PER_LAB + 2 * small
    slot = base if w.models[base].available == 0 or w.models[base].released <= w.models[base + 1].released else base + 1
    if w.models[base].available == 1 and w.models[base + 1].available == 0:
        slot = base + 1
    model = w.models[slot]
    model.available = 1
    model.lab = l
    model.small = small
    model.open = opened
    model.home_only = 1 if opened == 1 and q > export_line(w, IN_FORCE, lab.origin) else 0
    model.released = t
    model.q = q
    p = w.p[t]
    growth = exp(p.labs_size_growth * t / 12.0)
    model.size = lab.size * growth * (lab.small_size if small == 1 else 1.0) * frugal_size(w, l)
    model.price = -1.0
    model.launch_price = -1.0
    model.ecosystem = model.ecosystem * p.hub_lineage_carry_over if model.ecosystem > 0.0 else 0.0


@compiled
def frugal_size(w, l):
    """Factor on the serving cost of a model that lab `l` releases now: who needs less compute for its level serves
    cheaper too.

    `exp(-k tanh((a - mean a)/2))`, a the lab's `advantage` (ln), the mean over active labs of its origin.
    """
    t = w.macro[0].month
    p = w.p[t]
    leader = 0
    for other in range(N_LABS):
        lab = w.labs[other]
        if lab.active == 1 and t >= lab.entry and lab.training_stock > w.labs[leader].training_stock:
            leader = other
    mean = 0.0
    count = 0.0
    own = 0.0
    for other in range(N_LABS):
        lab = w.labs[other]
        if lab.active == 0 or t < lab.entry or lab.origin != w.labs[l].origin:
            continue
        ahead = advantage(
            lab.potential_q - w.labs[leader].potential_q, lab.training_stock / w.labs[leader].training_stock,
            p.labs_eci_per_decade,
        )  # fmt: skip
        mean += ahead
        count += 1.0
        if other == l:
            own = ahead
    if count <= 0.0:
        return 1.0
    # tanh(x / 2) = 2 / (1 + exp(-x)) - 1
    return exp(-p.labs_frugal_serving * (2.0 / (1.0 + exp(-(own - mean / count))) - 1.0))


@compiled
def measure_frontiers(w):
    """Best released capability by origin and by openness; how long each lab has been behind the open frontier."""
    macro = w.macro[0]
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.active == 0:
            continue
        if lab.origin == 0 and lab.best_q > macro.frontier_us:
            macro.frontier_us = lab.best_q
            macro.world_lab_us = l
        elif lab.origin == 1 and lab.best_q > macro.frontier_cn:
            macro.frontier_cn = lab.best_q
    for m in range(len(w.models)):
        model = w.models[m]
        opened = model.open == 1 and model.home_only == 0
        if model.available == 1 and opened and model.q > macro.frontier_open:
            macro.frontier_open = model.q
        elif model.available == 1 and not opened and model.q > macro.frontier_closed:
            macro.frontier_closed = model.q
    for l in range(N_LABS):
        lab = w.labs[l]
        lab.months_behind = lab.months_behind + 1 if lab.best_q < macro.frontier_open else 0


@compiled
def port_to_domestic_chips(w):
    """Chinese labs move serving to domestic chips as their share of compute at home rises; porting takes effort."""
    p = w.p[w.macro[0].month]
    region = w.regions[CN]
    domestic = 1.0 - region.mix_us_designed
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.active == 1 and lab.origin == 1:
            aim = domestic * exp(-max(0.0, w.vendors[4].friction) * p.labs_porting_resistance)
            lab.porting_share += (aim - lab.porting_share) * p.labs_porting_speed


@compiled
def plan_budgets(w):
    """Labs set budgets for compute and people from cash, revenue and, where they have one, their owner."""
    t = w.macro[0].month
    p = w.p[t]
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.active == 0 or t < lab.entry:
            lab.budget_usd = 0.0
            continue
        if lab.owner >= 0:
            plan_as_part_of_owner(w, l, p)
        else:
            cash = balance_usd(w, LAB0 + l)
            total = max(0.0, cash) / p.labs_runway_months + p.labs_revenue_spent * lab.revenue_smooth
            most = max(0.0, cash) * 0.5
            total = min(total, most)
            lab.budget_usd = total * p.labs_compute_share_of_budget
            lab.staff_usd = total - lab.budget_usd
            # What must be paid for anyway is used, as far as the cash goes.
            lab.budget_usd = max(lab.budget_usd, min(lab.due_usd, most))
            if lab.host >= 0 and w.clouds[lab.host].kind == LAB_OWN:
                # A fleet of its own is used: what the lab pays it comes back, less what running it costs.
                fleet = w.clouds[lab.host]
                full = p.clouds_utilisation_max * fleet.usable_h100e * HOURS_PER_MONTH
                lab.budget_usd = max(lab.budget_usd, min(full * w.regions[fleet.region].rent_contract, most))


@compiled
def plan_as_part_of_owner(w, l, p):
    """A lab inside a larger firm gets a share of the fleet, more when it falls behind the frontier; the owner pays."""
    lab = w.labs[l]
    owner = w.clouds[lab.owner]
    gap = max(0.0, w.macro[0].frontier_us - lab.best_q)
    aim = lab.owner_share + p.labs_owner_response * gap / 10.0 * (0.7 - lab.owner_share) / 12.0
    lab.owner_share = aim
    wanted = lab.owner_share * owner.usable_h100e
    rent = w.regions[owner.region].rent_contract
    lab.budget_usd = wanted * HOURS_PER_MONTH * rent
    lab.staff_usd = p.labs_owner_staff_share * lab.budget_usd


@compiled
def split_compute(w):
    """Labs divide the compute that they got between serving and training; customers wait before training stops."""
    t = w.macro[0].month
    p = w.p[t]
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.active == 0 or t < lab.entry:
            continue
        lab.inference_smooth_h100e += (lab.inference_h100e - lab.inference_smooth_h100e) * 0.35
        room = lab.compute_h100e * (1.0 - p.labs_training_share_min)
        serving = min(lab.inference_smooth_h100e, room)
        lab.served_share = 1.0 if lab.inference_h100e <= room else room / max(lab.inference_h100e, 1.0)
        lab.serving_pressure = lab.inference_h100e / max(room * 0.85, 1.0)
        lab.training_h100e = max(0.0, lab.compute_h100e - serving)


@compiled
def pay_staff_and_subsidies(w):
    """Labs pay people; owners cover what their labs do not earn."""
    t = w.macro[0].month
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.active == 0 or t < lab.entry:
            continue
        lab.owner_subsidy = 0.0
        if lab.owner >= 0:
            cash = balance_usd(w, LAB0 + l)
            need = lab.compute_cost + lab.staff_usd + lab.arrears_usd
            lab.owner_subsidy = post(w, CLOUD0 + lab.owner, LAB0 + l, need - cash, OWNER_SUBSIDY)
        post(w, LAB0 + l, HOUSEHOLDS, lab.staff_usd, RESEARCH_STAFF)


@compiled
def investors_of(w, l):
    """Account of the investors that fund lab `l`."""
    return INVESTORS_CN if w.labs[l].origin == 1 else INVESTORS_US
