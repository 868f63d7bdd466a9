"""The model hub: a catalogue with lineages, exposure, downloads, and framework support per chip ecosystem."""

from __future__ import annotations

from sim.accounts import N_LABS
from sim.compiled import compiled
from sim.numerics import exp, power
from sim.world import SLOTS_PER_LAB


@compiled
def attachment(derivatives, adopters, quality_gap, exponent, quality_taste, fresh):
    """Weight of a family for a new derivative: preferential attachment times quality times novelty.

    `w = (1 + derivatives)^e (1 + adopters)^0.1 exp(taste x gap to the best open) x fresh` (Barabasi and Albert 1999,
    Science 286, with sublinear exponent).
    """
    return power(1.0 + derivatives, exponent) * power(1.0 + adopters, 0.1) * exp(quality_taste * quality_gap) * fresh


@compiled
def run_hub(w):
    """Rank families, count downloads and derivatives, and let ecosystems remember adopters.

    Downloads are a measurement of what adopters do; they are not a state that anybody acts on, but the ranking is seen
    by those who look for a base model.
    """
    t = w.macro[0].month
    p = w.p[t]
    total = 0.0
    for l in range(N_LABS):
        lab = w.labs[l]
        lab.adopters = 0.0
        lab.exposure = 0.0
        best, newest = best_open(w, l)
        if best <= 0.0:
            continue
        for k in range(SLOTS_PER_LAB):
            model = w.models[l * SLOTS_PER_LAB + k]
            if model.available == 1 and model.open == 1:
                lab.adopters += model.tokens_m + model.platform_tokens_m
        fresh = exp(-float(t - newest) / p.hub_novelty_months)
        lab.exposure = attachment(
            lab.derivatives,
            lab.adopters,
            best - w.macro[0].frontier_open,
            p.hub_attachment,
            p.hub_quality_taste,
            0.2 + fresh,
        ) * (1.0 + p.hub_variety * lab.releases * lab.breadth)
        total += lab.exposure
    new_total = (
        p.hub_derivatives_per_month
        * exp(p.hub_growth / 12.0 * t)
        * exp(p.hub_quality_pull * (w.macro[0].frontier_open - 117.0))
    )
    downloads_total = (
        p.hub_downloads_per_month
        * exp(p.hub_growth / 12.0 * t)
        * exp(p.hub_quality_pull * (w.macro[0].frontier_open - 117.0))
    )
    # Machines and people that can download are many, but not without bound.
    downloads_total /= 1.0 + downloads_total / p.hub_downloads_ceiling
    new_total /= 1.0 + new_total / p.hub_derivatives_ceiling
    for l in range(N_LABS):
        if total > 0.0:
            w.labs[l].exposure /= total
    spread = normaliser(w)
    for l in range(N_LABS):
        lab = w.labs[l]
        lab.derivatives_new = 0.0
        lab.downloads = 0.0
        if lab.exposure > 0.0:
            lab.derivatives_new = new_total * lab.exposure + lab.robot_derivatives
            share = 0.5 * lab.exposure + 0.5 * power(lab.exposure, 0.8) / spread
            lab.downloads = downloads_total * share
        lab.derivatives += lab.derivatives_new - p.hub_derivative_decay * lab.derivatives
        lab.downloads_total += lab.downloads
        for k in range(SLOTS_PER_LAB):
            model = w.models[l * SLOTS_PER_LAB + k]
            if model.available == 1 and model.open == 1:
                used = model.tokens_m + model.platform_tokens_m
                arriving = used / (1.0 + used) + p.hub_ecosystem_per_derivative * lab.derivatives_new
                model.ecosystem += arriving - p.hub_ecosystem_decay * model.ecosystem
            elif model.available == 1:
                model.ecosystem += model.tokens_m / (1.0 + model.tokens_m) - p.hub_ecosystem_decay * model.ecosystem


@compiled
def best_open(w, l):
    """(best capability, month of the newest) among the models of lab `l` open to the world; (0, 0) if it has none."""
    best = 0.0
    newest = 0
    for k in range(SLOTS_PER_LAB):
        model = w.models[l * SLOTS_PER_LAB + k]
        if model.available == 1 and model.open == 1 and model.home_only == 0:
            best = max(best, model.q)
            newest = max(newest, model.released)
    return best, newest


@compiled
def normaliser(w):
    """Sum over families of exposure to the power 0.8 (many downloads go to smaller families)."""
    total = 0.0
    for l in range(N_LABS):
        if w.labs[l].exposure > 0.0 and w.labs[l].exposure <= 1.0:
            total += power(w.labs[l].exposure, 0.8)
    return max(total, 1e-9)
