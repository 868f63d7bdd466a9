"""Turnover of firms: labs that run dry, new labs and neoclouds that profit and funding invite, and how a lab closes."""

from __future__ import annotations

import numpy as np

from sim.accounts import CLOUD0, COREWEAVE, INVESTORS_US, LAB0, N_CLOUDS, N_LABS
from sim.agents.clouds import NEOCLOUD, tanh
from sim.agents.labs import investors_of
from sim.compiled import compiled
from sim.draws import ENTRY_DRAW
from sim.events import DISTRESS, ENTRY, EXIT, MODEL_WITHDRAWN, log_event
from sim.ledger import CLOUD_EQUITY, LAB_EQUITY, WIND_UP, balance_usd, post
from sim.markets.deals import ANNOUNCED, CANCELLED, RUNNING
from sim.markets.stakes import lose_stakes, sell_all_shares
from sim.numerics import exp, log
from sim.streams import uniform
from sim.world import NO_ONE, SLOTS_PER_LAB


@compiled
def watch_runway(w):
    """Count the months in which a lab's cash would not last, or its means are too small to keep up at home.

    Spending follows cash, so that a lab that nobody funds would starve for ever; its people leave before that.
    """
    t = w.macro[0].month
    p = w.p[t]
    spent = np.zeros(3)
    labs = np.zeros(3)
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.active == 1 and t >= lab.entry:
            spent[lab.origin] += lab.compute_cost + lab.staff_usd
            labs[lab.origin] += 1.0
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.active == 0 or lab.owner >= 0 or t <= lab.entry + 6:
            continue
        cash = balance_usd(w, LAB0 + l)
        spending = max(lab.compute_cost + lab.staff_usd, p.alliances_least_spending_usd)
        short = cash < p.finance_exit_runway_months * spending and lab.raise_usd <= 0.0
        rivals = spent[lab.origin] / max(labs[lab.origin], 1.0)
        if lab.origin < 2 and t > lab.entry + p.finance_start_up_months and spending < p.finance_viable_share * rivals:
            short = True
        lab.distress = lab.distress + 1.0 if short else 0.0
        if lab.distress == 3.0:
            log_event(w, DISTRESS, l, 0, cash)


@compiled
def enter_markets(w):
    """New labs enter with funding and growth, new neoclouds where a chip is worth more than it costs."""
    t = w.macro[0].month
    p = w.p[t]
    macro = w.macro[0]
    if p.finance_entry < 0.5:
        return
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.active == 0 and lab.entry > t and lab.releases == 0 and lab.seed_usd > 0.0:
            # A slot for an entrant: the hazard rises with mood and with how fast the market grows.
            hazard = p.finance_lab_entry_per_year / 12.0 * macro.sentiment * (1.0 + tanh(macro.revenue_growth_labs))
            if uniform(macro.seed, w.keys[ENTRY_DRAW, l], t, 0) < hazard:
                found_lab(w, l)
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        if cloud.active == 0 and cloud.entry > t and cloud.kind == NEOCLOUD:
            attractive = max(0.0, best_hurdle(w) - 1.0)
            hazard = p.finance_neocloud_entry_per_year / 12.0 * macro.sentiment * attractive
            if uniform(macro.seed, w.keys[ENTRY_DRAW, 16 + k % 16], t, 1) < hazard:
                cloud.active = 1
                cloud.entry = t
                cloud.ai_capex_plan = p.finance_neocloud_seed_usd / 24.0
                cloud.valuation_usd = p.finance_neocloud_seed_usd
                post(w, INVESTORS_US, CLOUD0 + k, p.finance_neocloud_seed_usd, CLOUD_EQUITY)
                macro.entries_neoclouds += 1.0
                log_event(w, ENTRY, 100 + k, -1, p.finance_neocloud_seed_usd)


@compiled
def best_hurdle(w):
    """Value over cost of a new chip at the neoclouds in business: the largest; what an entrant would look at."""
    best = w.clouds[COREWEAVE].hurdle_ratio if w.clouds[COREWEAVE].active == 1 else 0.0
    for k in range(N_CLOUDS):
        if w.clouds[k].kind == NEOCLOUD and w.clouds[k].active == 1:
            best = max(best, w.clouds[k].hurdle_ratio)
    return best


@compiled
def found_lab(w, l):
    """A new lab starts with seed money, people who know what is published, and no model yet."""
    t = w.macro[0].month
    p = w.p[t]
    lab = w.labs[l]
    macro = w.macro[0]
    lab.active = 1
    lab.entry = t
    frontier = macro.frontier_cn if lab.origin == 1 else macro.frontier_us
    start = min(macro.frontier_open, frontier) - p.finance_entrant_gap_eci
    lab.anchor_q = start
    lab.potential_q = start
    lab.best_q = start - 5.0
    # What is published can be repeated with the compute that it took, which the entrant does not have yet.
    peer = 1000.0
    for other in range(N_LABS):
        if w.labs[other].active == 1 and w.labs[other].open_now == 1 and w.labs[other].training_stock > peer:
            peer = w.labs[other].training_stock
    lab.training_stock = 1000.0
    lab.anchor_ln_e = log(0.3 * peer + 0.7 * lab.training_stock) + lab.ln_algorithm
    lab.length_of_run = 5
    lab.months_to_release = NO_ONE
    money = lab.seed_usd * exp(p.finance_seed_growth * t / 12.0)
    post(w, investors_of(w, l), LAB0 + l, money, LAB_EQUITY)
    macro.entries_labs += 1.0
    log_event(w, ENTRY, l, -1, money)


@compiled
def close_lab(w, l, heir):
    """A lab leaves: closed models are withdrawn, open weights stay with hosts, what cash is left goes to `heir`.

    Its contracts end with it, those that would have brought it money included.
    """
    lab = w.labs[l]
    sell_all_shares(w, l)
    for c in range(len(w.contracts)):
        contract = w.contracts[c]
        open_contract = contract.state == ANNOUNCED or contract.state == RUNNING
        if open_contract and (contract.payer == LAB0 + l or contract.payee == LAB0 + l):
            contract.state = CANCELLED
    lab.active = 0
    lab.entry = NO_ONE
    lab.compute_h100e = 0.0
    lab.compute_wanted_h100e = 0.0
    lab.contract_h100e = 0.0
    lab.training_h100e = 0.0
    lab.compute_cost = 0.0
    lab.budget_usd = 0.0
    lab.staff_usd = 0.0
    lab.revenue = 0.0
    lab.valuation_usd = 0.0
    lab.arrears_usd = 0.0
    lab.arrears_months = 0.0
    closed = 0
    for k in range(SLOTS_PER_LAB):
        model = w.models[l * SLOTS_PER_LAB + k]
        if model.available == 1 and model.open == 0:
            model.available = 0
            closed += 1
    if closed > 0:
        log_event(w, MODEL_WITHDRAWN, l, -1, lab.best_q)
    lose_stakes(w, l)
    post(w, LAB0 + l, heir, max(0.0, balance_usd(w, LAB0 + l)), WIND_UP)
    w.macro[0].exits_labs += 1.0
    log_event(w, EXIT, l, -1, lab.best_q)
