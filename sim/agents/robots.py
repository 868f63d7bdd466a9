"""Physical AI: which lab's model robots run, in the robot or over the network; tokens, payments, learning.

A robot acts where the network is slow or absent, so a model over the network masters less than one in the robot. What
runs in the robot must be adapted by its maker, which open weights allow; a closed model runs there under a licence.
"""

from __future__ import annotations

import numpy as np

from sim.accounts import HOST0, HOUSEHOLDS, LAB0, N_LABS, N_REGIONS, USERS0
from sim.agents.developers import HOURS_SECONDS, local_taste, origin_distaste
from sim.agents.industry import factory_price, running_cost, yearly_charge
from sim.agents.procurement import any_robot_ban, divide_by_ban
from sim.agents.weights_law import runs_at
from sim.compiled import compiled
from sim.ledger import LIABILITY_COSTS, MODEL_LICENCES, PHYSICAL_AI_PAYMENTS, post
from sim.markets.liability import liability_usd_mtok
from sim.markets.tokens import throughput, token_cost
from sim.numerics import exp, log, power
from sim.world import CN, ENTERPRISE, LAB_API, NO_ONE, SELF, SLOTS_PER_LAB

MODELS = N_LABS * SLOTS_PER_LAB
SECONDS_PER_DAY = 86_400.0
EDGE, CLOUD = 0, 1


@compiled
def mastered(capability, penalty_eci, midpoint_eci, width_eci):
    """Share of physical tasks that a robot masters: `1 / (1 + exp(-(q - penalty - midpoint) / width))`."""
    return 1.0 / (1.0 + exp(-(capability - penalty_eci - midpoint_eci) / width_eci))


@compiled
def learned_skill(robot_months, most_eci, half_robot_months):
    """Skill from deployment (ECI) with diminishing returns and a bound: `most D / (D + D_half)`."""
    return most_eci * robot_months / (robot_months + half_robot_months)


@compiled
def edge_computer(p, size):
    """Compute that a robot needs on board for a model of relative size (H100e): one robot cannot fill a batch."""
    per_second = p.industry_tokens_per_robot_day / SECONDS_PER_DAY / p.industry_duty
    return per_second / (throughput(p, size) * p.industry_edge_throughput_share)


@compiled
def is_sold(w, l, r):
    """Whether closed models and the own API of lab `l` are sold to factories of region `r`: law and sales abroad."""
    lab = w.labs[l]
    if r == CN:
        return lab.origin == 1
    return lab.origin != 1 or lab.served_abroad > 0.5


@compiled
def hosted_price(w, p, r, m):
    """Price of open model `m` at hosts of region `r` (USD/Mtoken): compute at their use, liability, a thin margin."""
    cost = token_cost(w.regions[r].rent_contract, p.labs_host_utilisation, throughput(p, w.models[m].size))
    return (cost + liability_usd_mtok(w, m, r)) * (1.0 + w.macro[0].host_margin)


@compiled
def choose_robot_models(w):
    """Makers and factories choose a model and a place to run it, by cost, mastery, law, origin and openness.

    Utility against a programmed robot: `lambda ln(mastery) - lambda ln(cost / cost of a programmed robot) + tastes`;
    of each lab the model that serves best. Robots in use change their model slowly (it must be qualified again).
    """
    p = w.p[w.macro[0].month]
    scale = p.industry_choice_scale
    mastery = np.zeros((MODELS, 2))
    board = np.zeros(MODELS)
    # Who adapts a model to a robot wants its weights: worth so much as a factor on what it masters.
    adapted = exp(p.industry_adaptation_taste / scale) if p.industry_edge_openness > 0.5 else 1.0
    for m in range(MODELS):
        model = w.models[m]
        if model.available == 1 and w.labs[model.lab].active == 1:
            board[m] = edge_computer(p, model.size)
            q = model.q + w.industries[w.labs[model.lab].region].learning
            for mode in range(2):
                penalty = p.industry_edge_penalty_eci if mode == EDGE else p.industry_network_penalty_eci
                mastery[m, mode] = mastered(q, penalty, p.industry_physical_at_eci, p.industry_physical_width_eci)
            if model.open == 0:
                # An API that cannot serve leaves the robot idle.
                mastery[m, CLOUD] *= w.labs[model.lab].served_share
    aim = np.empty((N_LABS, 2))
    computer = np.empty(N_LABS)
    best = np.empty(2)
    for r in range(N_REGIONS):
        industry = w.industries[r]
        rate = p.industry_cost_of_capital[r]
        capital = factory_price(p, r, industry.unit_price, 1.0)
        bare = yearly_charge(capital, rate, p.industry_robot_life_years) + running_cost(w, p, r)
        charge = yearly_charge(1.0, rate, p.industry_module_life_years)
        total = 0.0
        for l in range(N_LABS):
            industry.edge_model[l] = NO_ONE
            industry.cloud_model[l] = NO_ONE
            aim[l, EDGE] = 0.0
            aim[l, CLOUD] = 0.0
            computer[l] = 0.0
            if p.industry_physical_ai < 0.5:
                continue
            sold = is_sold(w, l, r)
            best[EDGE] = 0.0
            best[CLOUD] = 0.0
            chinese = 1 if w.labs[l].origin == 1 else 0
            ban = p.developers_ban_strength[ENTERPRISE] if chinese == 1 and r != CN else 0.0
            taste = local_taste(p, w.labs[l].region, r) - ban
            for k in range(SLOTS_PER_LAB):
                m = l * SLOTS_PER_LAB + k
                model = w.models[m]
                if mastery[m, EDGE] <= 0.0 or (model.open == 0 and not sold):
                    continue
                if model.open == 1 and not runs_at(w, m, r):
                    continue
                for mode in range(2):
                    value = mastery[m, mode] / (bare + cost_of_model(w, p, r, m, mode, board[m], charge))
                    if mode == EDGE and model.open == 1:
                        value *= adapted
                    if value > best[mode]:
                        best[mode] = value
                        if mode == EDGE:
                            industry.edge_model[l] = m
                            computer[l] = board[m]
                        else:
                            industry.cloud_model[l] = m
            # An open model on board is as foreign as software from abroad, an API as a firm abroad.
            if best[EDGE] > 0.0:
                on_board = taste - origin_distaste(p, r, ENTERPRISE, SELF, chinese)
                aim[l, EDGE] = exp(scale * log(best[EDGE] * industry.robot_year_usd) + on_board)
            if best[CLOUD] > 0.0:
                remote = taste - origin_distaste(p, r, ENTERPRISE, LAB_API, chinese)
                aim[l, CLOUD] = exp(scale * log(best[CLOUD] * industry.robot_year_usd) + remote)
            total += aim[l, EDGE] + aim[l, CLOUD]
        if any_robot_ban(w, r):
            total = divide_by_ban(w, r, aim)
        industry.physical_year_usd = 0.0
        industry.edge_usd = 0.0
        if total > 0.0:
            industry.physical_year_usd = industry.robot_year_usd * power(total, -1.0 / scale)
            for l in range(N_LABS):
                industry.edge_usd += aim[l, EDGE] / total * computer[l] * p.industry_edge_usd_per_h100e
        requalify(industry, aim, total, p.industry_requalification_months)
        industry.success = 0.0
        for l in range(N_LABS):
            if industry.edge_model[l] >= 0:
                industry.success += industry.edge_share[l] * mastery[industry.edge_model[l], EDGE]
            if industry.cloud_model[l] >= 0:
                industry.success += industry.cloud_share[l] * mastery[industry.cloud_model[l], CLOUD]


@compiled
def cost_of_model(w, p, r, m, mode, board, charge):
    """What model `m` adds to the cost of a robot-year (USD): tokens over the network, or computer and licence on board.

    Sensors and the computer on `board` (H100e) are paid by their capital `charge` (1/year).
    """
    industry = w.industries[r]
    model = w.models[m]
    tokens_m = p.industry_tokens_per_robot_day * 365.0 / 1e6
    capital = industry.module_price
    if mode == EDGE:
        capital += board * p.industry_edge_usd_per_h100e
        hours = 8760.0 * p.industry_duty
        use = board * p.industry_edge_kw_per_h100e * hours * w.regions[r].electricity_price
        if model.open == 0:
            use += tokens_m * model.price * p.industry_licence_share
        else:
            use += tokens_m * liability_usd_mtok(w, m, r)
    elif model.open == 1:
        use = tokens_m * hosted_price(w, p, r, m)
    else:
        use = tokens_m * model.price * p.pricing_realisation
    return charge * capital + use


@compiled
def requalify(industry, aim, total, months):
    """Move shares of robots in use towards what is chosen now; a model that is gone is replaced at once."""
    kept = 0.0
    for l in range(N_LABS):
        if industry.edge_model[l] < 0:
            industry.edge_share[l] = 0.0
        if industry.cloud_model[l] < 0:
            industry.cloud_share[l] = 0.0
        kept += industry.edge_share[l] + industry.cloud_share[l]
    if total <= 0.0:
        return
    for l in range(N_LABS):
        edge, cloud = aim[l, EDGE] / total, aim[l, CLOUD] / total
        if kept > 0.0:
            old_edge, old_cloud = industry.edge_share[l] / kept, industry.cloud_share[l] / kept
            industry.edge_share[l] = old_edge + (edge - old_edge) / months
            industry.cloud_share[l] = old_cloud + (cloud - old_cloud) / months
        else:
            industry.edge_share[l] = edge
            industry.cloud_share[l] = cloud


@compiled
def run_robots(w):
    """Robots use tokens: on the edge no data centre is needed, over the network labs and hosts serve; labs learn."""
    p = w.p[w.macro[0].month]
    per_second = 1e6 / HOURS_SECONDS
    for l in range(N_LABS):
        w.labs[l].robots = 0.0
        w.labs[l].robot_derivatives = 0.0
    for r in range(N_REGIONS):
        industry = w.industries[r]
        region = w.regions[r]
        industry.tokens_m = 0.0
        industry.cloud_tokens_m = 0.0
        for l in range(N_LABS):
            industry.cloud_lab_tokens_m[l] = 0.0
            industry.cloud_open[l] = 0
        industry.learned = 0.0
        if p.industry_physical_ai < 0.5:
            continue
        need = industry.physical * p.industry_tokens_per_robot_day * 365.0 / 12.0 / 1e6
        for l in range(N_LABS):
            lab = w.labs[l]
            x = need * industry.edge_share[l]
            if x > 0.0:
                model = w.models[industry.edge_model[l]]
                model.tokens_m += x
                industry.tokens_m += x
                if model.open == 1:
                    lab.open_tokens_m += x
                    new = industry.physical_installs * industry.edge_share[l]
                    lab.robot_derivatives += new / 1000.0 * p.industry_derivatives_per_thousand
            y = need * industry.cloud_share[l]
            if y > 0.0:
                model = w.models[industry.cloud_model[l]]
                compute = y * per_second / throughput(p, model.size)
                if model.open == 1:
                    region.host_h100e += compute / p.labs_host_utilisation
                    region.host_tokens_m += y
                    lab.open_tokens_m += y
                else:
                    lab.inference_h100e += compute / p.labs_serving_utilisation
                    y *= lab.served_share
                    lab.tokens_m += y
                    model.own_tokens_m += y
                model.tokens_m += y
                industry.tokens_m += y
                industry.cloud_tokens_m += y
                industry.cloud_lab_tokens_m[l] = y
                industry.cloud_open[l] = model.open
            lab.robots += industry.physical * (industry.edge_share[l] + industry.cloud_share[l])
        region.tokens_m += industry.tokens_m
        industry.data_robot_months += industry.physical
        skill = learned_skill(
            industry.data_robot_months, p.industry_learning_most_eci, p.industry_learning_half_robot_months
        )
        industry.learned = max(0.0, skill - industry.learning)
        industry.learning += industry.learned


@compiled
def pay_for_models(w):
    """Factories pay labs for tokens over the network and licences on the edge, and hosts for open models."""
    p = w.p[w.macro[0].month]
    for l in range(N_LABS):
        w.labs[l].physical_revenue = 0.0
    if p.industry_physical_ai < 0.5:
        return
    for r in range(N_REGIONS):
        industry = w.industries[r]
        need = industry.physical * p.industry_tokens_per_robot_day * 365.0 / 12.0 / 1e6
        hosted = 0.0
        liable_hosts = 0.0
        liable_users = 0.0
        for l in range(N_LABS):
            lab = w.labs[l]
            if industry.edge_share[l] > 0.0:
                model = w.models[industry.edge_model[l]]
                if model.open == 0:
                    fee = need * industry.edge_share[l] * model.price * p.industry_licence_share
                    paid = post(w, USERS0 + r, LAB0 + l, fee, MODEL_LICENCES)
                    lab.physical_revenue += paid
                    industry.spend_usd += paid
                else:
                    x = need * industry.edge_share[l]
                    liable_users += x * liability_usd_mtok(w, industry.edge_model[l], r)
            y = industry.cloud_lab_tokens_m[l]
            if y > 0.0:
                model = w.models[industry.cloud_model[l]]
                if model.open == 1:
                    hosted += y * hosted_price(w, p, r, industry.cloud_model[l])
                    liable_hosts += y * liability_usd_mtok(w, industry.cloud_model[l], r)
                else:
                    bill = y * model.price * p.pricing_realisation
                    paid = post(w, USERS0 + r, LAB0 + l, bill, PHYSICAL_AI_PAYMENTS)
                    lab.physical_revenue += paid
                    industry.spend_usd += paid
        industry.spend_usd += post(w, USERS0 + r, HOST0 + r, hosted, PHYSICAL_AI_PAYMENTS)
        post(w, HOST0 + r, HOUSEHOLDS, liable_hosts, LIABILITY_COSTS)
        industry.spend_usd += post(w, USERS0 + r, HOUSEHOLDS, liable_users, LIABILITY_COSTS)
