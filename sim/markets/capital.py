"""Capital: sentiment, funding rounds, credit, share prices, entry and exit."""

from __future__ import annotations

from sim.accounts import (
    CLOUD0,
    INVESTORS_US,
    LAB0,
    N_CLOUDS,
    N_LABS,
    N_VENDORS,
    PUBLIC_EQUITY,
    VENDOR0,
)
from sim.agents.clouds import NEOCLOUD, tanh
from sim.agents.labs import investors_of
from sim.compiled import compiled
from sim.draws import ENTRY_DRAW, RAISE, SENTIMENT
from sim.events import BOUND_EQUITY_SUPPLY, DISTRESS, ENTRY, EXIT, log_event
from sim.events import RAISE as RAISE_EVENT
from sim.ledger import LAB_EQUITY, PAYOUTS, WIND_UP, balance_usd, post
from sim.numerics import exp, log, power
from sim.streams import normal, uniform
from sim.world import SLOTS_PER_LAB


@compiled
def move_sentiment(w):
    """Investors' mood: it drifts back to normal, rises with the growth of labs' revenue, and is disturbed by chance."""
    t = w.macro[0].month
    p = w.p[t]
    macro = w.macro[0]
    now = 0.0
    before = 0.0
    for l in range(N_LABS):
        now += w.labs[l].revenue_smooth
        before += w.labs[l].revenue_last
    macro.revenue_growth_labs = log(max(now, 1.0) / max(before, 1.0))
    shock = p.finance_sentiment_noise * normal(macro.seed, w.keys[SENTIMENT, 0], t, 0)
    aim = p.finance_sentiment_level * (
        1.0 + p.finance_sentiment_growth_response * tanh(macro.revenue_growth_labs - 0.7)
    )
    macro.sentiment *= exp(p.finance_sentiment_reversion * log(max(aim, 0.05) / macro.sentiment) + shock)
    stress = macro.credit_losses * 12.0 / p.finance_credit_book_usd
    aim_spread = p.finance_credit_spread_normal + p.finance_spread_loss_response * stress
    macro.credit_spread += (aim_spread / power(max(macro.sentiment, 0.2), 0.5) - macro.credit_spread) * 0.15
    macro.equity_supply = p.finance_equity_supply_usd_per_year / 12.0 * macro.sentiment


@compiled
def valuation(revenue_per_year, growth_ln, multiple, growth_weight, most, sentiment):
    """Value that investors see, USD: `revenue x min(most, multiple x exp(weight x growth)) x sentiment`."""
    return revenue_per_year * min(most, multiple * exp(growth_weight * growth_ln)) * sentiment


@compiled
def wanted_raise(w, l, p):
    """Round that lab `l` seeks this month (USD): enough for its plans, no more than it will dilute for."""
    lab = w.labs[l]
    cash = balance_usd(w, LAB0 + l)
    spending = max(lab.compute_cost + lab.staff_usd, 1e5)
    runway = cash / spending
    if runway > p.finance_raise_below_runway_months:
        return 0.0
    worth = valuation(
        12.0 * lab.revenue_smooth, min(lab.growth, 2.5), p.finance_revenue_multiple, p.finance_growth_multiple_weight,
        p.finance_multiple_max, w.macro[0].sentiment,
    )  # fmt: skip
    floor = lab.seed_usd * p.finance_seed_value_years * exp(p.finance_seed_growth * w.macro[0].month / 12.0)
    worth = max(worth, floor * w.macro[0].sentiment)
    lab.valuation_usd = worth
    plan = max(
        p.finance_raise_months * spending * 1.5, lab.seed_usd * exp(p.finance_seed_growth * w.macro[0].month / 12.0)
    )
    return max(0.0, min(plan, p.finance_dilution_max * worth))


@compiled
def fund_labs(w):
    """Labs with short runway raise equity; what investors will put in this month is shared out if it is too little."""
    t = w.macro[0].month
    p = w.p[t]
    macro = w.macro[0]
    total = 0.0
    for l in range(N_LABS):
        lab = w.labs[l]
        lab.raise_usd = 0.0
        if lab.active == 1 and t >= lab.entry and lab.owner < 0:
            total += wanted_raise(w, l, p)
    supply = macro.equity_supply * p.finance_raise_concentration
    scale = 1.0
    if total > supply:
        scale = supply / total
        log_event(w, BOUND_EQUITY_SUPPLY, -1, -1, total)
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.active == 0 or t < lab.entry or lab.owner >= 0:
            continue
        amount = wanted_raise(w, l, p) * scale
        draw = uniform(macro.seed, w.keys[RAISE, l], t, 0)
        if amount <= 0.0 or draw > p.finance_round_chance:
            continue
        lab.raise_usd = post(w, investors_of(w, l), LAB0 + l, amount, LAB_EQUITY)
        log_event(w, RAISE_EVENT, l, -1, amount)


@compiled
def price_listed_firms(w):
    """Share price of listed vendors and clouds: smoothed profit and mood, as an index (2023-01 = 100)."""
    p = w.p[w.macro[0].month]
    mood = w.macro[0].sentiment
    for v in range(N_VENDORS):
        vendor = w.vendors[v]
        profit = vendor.revenue + vendor.licence_revenue - vendor.cost_of_sales
        vendor.profit_smooth += (profit - vendor.profit_smooth) / 6.0
        if vendor.profit_start <= 0.0 and vendor.profit_smooth > 0.0 and w.macro[0].month >= 2:
            vendor.profit_start = vendor.profit_smooth
        if vendor.profit_start > 0.0:
            aim = (
                100.0
                * mood
                * exp(p.finance_price_earnings_elasticity * log(max(vendor.profit_smooth, 1.0) / vendor.profit_start))
            )
            if vendor.equity_index <= 0.0:
                vendor.equity_index = 100.0
            vendor.equity_index *= exp(0.3 * log(aim / vendor.equity_index))
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        if cloud.active == 0:
            continue
        profit = cloud.operating_cash_flow + cloud.revenue_smooth - cloud.energy_cost - cloud.depreciation
        if cloud.equity_base <= 0.0:
            cloud.equity_base = max(profit, 1e6)
            cloud.equity_index = 100.0
        aim = 100.0 * mood * exp(p.finance_price_earnings_elasticity * log(max(profit, 1e5) / cloud.equity_base))
        cloud.equity_index *= exp(0.3 * log(aim / cloud.equity_index))


@compiled
def enter_and_exit(w):
    """New labs and neoclouds enter where profit and funding invite them; those that run out of money leave."""
    t = w.macro[0].month
    p = w.p[t]
    macro = w.macro[0]
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.active == 0 and lab.entry > t:
            # A slot for an entrant: the hazard rises with mood and with how fast the market grows.
            hazard = p.finance_lab_entry_per_year / 12.0 * macro.sentiment * (1.0 + tanh(macro.revenue_growth_labs))
            if lab.releases == 0 and lab.seed_usd > 0.0 and uniform(macro.seed, w.keys[ENTRY_DRAW, l], t, 0) < hazard:
                found_lab(w, l)
        elif lab.active == 1 and lab.owner < 0 and t > lab.entry + 6:
            spending = lab.compute_cost + lab.staff_usd
            cash = balance_usd(w, LAB0 + l)
            short = cash < p.finance_exit_runway_months * max(spending, 5e5) and lab.raise_usd <= 0.0
            lab.distress = lab.distress + 1.0 if short else 0.0
            if lab.distress == 3.0:
                log_event(w, DISTRESS, l, 0, cash)
            if lab.distress > p.finance_exit_months:
                close_lab(w, l)
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        if cloud.active == 0 and cloud.entry > t and cloud.kind == NEOCLOUD:
            attractive = max(0.0, w.clouds[5].hurdle_ratio - 1.0)
            hazard = p.finance_neocloud_entry_per_year / 12.0 * macro.sentiment * attractive
            if uniform(macro.seed, w.keys[ENTRY_DRAW, 16 + k % 16], t, 1) < hazard:
                cloud.active = 1
                cloud.entry = t
                cloud.ai_capex_plan = p.finance_neocloud_seed_usd / 24.0
                post(w, INVESTORS_US, CLOUD0 + k, p.finance_neocloud_seed_usd, LAB_EQUITY)
                macro.entries_neoclouds += 1.0
                log_event(w, ENTRY, 100 + k, -1, p.finance_neocloud_seed_usd)


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
    lab.months_to_release = -1
    money = lab.seed_usd * exp(p.finance_seed_growth * t / 12.0)
    post(w, investors_of(w, l), LAB0 + l, money, LAB_EQUITY)
    macro.entries_labs += 1.0
    log_event(w, ENTRY, l, -1, money)


@compiled
def close_lab(w, l):
    """A lab leaves: its models are withdrawn and its cash goes back to its investors."""
    lab = w.labs[l]
    lab.active = 0
    lab.entry = -1
    lab.compute_h100e = 0.0
    lab.contract_h100e = 0.0
    lab.training_h100e = 0.0
    lab.budget_usd = 0.0
    lab.revenue = 0.0
    for k in range(SLOTS_PER_LAB):
        w.models[l * SLOTS_PER_LAB + k].available = 0
    post(w, LAB0 + l, investors_of(w, l), max(0.0, balance_usd(w, LAB0 + l)), WIND_UP)
    w.macro[0].exits_labs += 1.0
    log_event(w, EXIT, l, -1, lab.best_q)


@compiled
def pay_out_profits(w):
    """Vendors, foundries, power companies and smugglers pass on to their owners what they do not need."""
    p = w.p[w.macro[0].month]
    for v in range(N_VENDORS):
        cash = balance_usd(w, VENDOR0 + v)
        keep = p.finance_vendor_cash_months * max(w.vendors[v].revenue, 1e7) + 2e9
        post(w, VENDOR0 + v, PUBLIC_EQUITY, 0.2 * max(0.0, cash - keep), PAYOUTS)
