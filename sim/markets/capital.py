"""Capital: sentiment, credit spreads, valuations, funding rounds of labs and clouds, share prices, pay-outs."""

from __future__ import annotations

from sim.accounts import (
    CLOUD0,
    INVESTORS_CN,
    INVESTORS_US,
    LAB0,
    N_CLOUDS,
    N_HOLDERS,
    N_LABS,
    N_VENDORS,
    PUBLIC_EQUITY,
    VENDOR0,
)  # fmt: skip
from sim.agents.clouds import LAB_OWN, NEOCLOUD, tanh
from sim.agents.labs import investors_of
from sim.compiled import compiled
from sim.draws import RAISE, SENTIMENT
from sim.events import BOUND_EQUITY_SUPPLY, log_event
from sim.events import RAISE as RAISE_EVENT
from sim.ledger import CLOUD_EQUITY, LAB_EQUITY, PAYOUTS, balance_usd, post
from sim.markets.alliances import lawful_appetite, strategic_appetite
from sim.markets.contracts import invest
from sim.markets.deals import EQUITY, RUNNING
from sim.markets.stakes import log_refused, take_stake, within_limits
from sim.numerics import exp, log, power
from sim.streams import normal, uniform
from sim.world import CN


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
    if p.finance_sentiment < 0.5:
        macro.sentiment = p.finance_sentiment_level
    macro.cloud_losses += (macro.lender_losses - macro.cloud_losses) * 0.1
    stress = (macro.credit_losses + macro.cloud_losses) * 12.0 / p.finance_credit_book_usd
    aim_spread = p.finance_credit_spread_normal + p.finance_spread_loss_response * stress
    macro.credit_spread += (aim_spread / power(max(macro.sentiment, 0.2), 0.5) - macro.credit_spread) * 0.15
    macro.equity_supply = p.finance_equity_supply_usd_per_year / 12.0 * macro.sentiment


@compiled
def valuation(revenue_per_year, growth_ln, multiple, growth_weight, most, sentiment):
    """Value that investors see, USD: `revenue x min(most, multiple x exp(weight x growth)) x sentiment`."""
    return revenue_per_year * min(most, multiple * exp(growth_weight * growth_ln)) * sentiment


@compiled
def patience(gap_eci, loss_months, patience_gap_eci, patience_loss_months):
    """Part of a young lab's value that investors still see although it lags or sells below cost, 0 to 1.

    `1 / (1 + exp((gap - G) / 2)) / (1 + (months of loss / N)^2)`: half is gone at a lag of G behind the home frontier,
    and half after N months of sales below the cost of compute.
    """
    lost = loss_months / patience_loss_months
    return 1.0 / (1.0 + exp((gap_eci - patience_gap_eci) / 2.0)) / (1.0 + lost * lost)


@compiled
def value_labs(w):
    """Value independent labs every month: what the last round would say, with the mood of today.

    What a lab is worth without much revenue, its people and its promise, lasts as long as investors' patience.
    """
    t = w.macro[0].month
    p = w.p[t]
    mood = w.macro[0].sentiment
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.active == 0 or t < lab.entry:
            continue
        worth = valuation(
            12.0 * lab.revenue_smooth, min(lab.growth, 2.5), p.finance_revenue_multiple,
            p.finance_growth_multiple_weight, p.finance_multiple_max, mood,
        )  # fmt: skip
        floor = lab.seed_usd * p.finance_seed_value_years * exp(p.finance_seed_growth * t / 12.0)
        home = w.macro[0].frontier_cn if lab.origin == 1 else w.macro[0].frontier_us
        # European and other public and regional money pays for a lab at home whether or not it is at the frontier.
        gap = home - lab.best_q if lab.origin < 2 and lab.releases > 0 else 0.0
        floor *= patience(gap, float(lab.months_negative), p.finance_patience_gap_eci, p.finance_patience_loss_months)
        lab.valuation_usd = max(worth, floor * mood)


@compiled
def wanted_raise(w, l, p):
    """Round that lab `l` seeks this month (USD): enough for its plans, no more than it will dilute for."""
    lab = w.labs[l]
    cash = balance_usd(w, LAB0 + l)
    spending = max(lab.compute_cost + lab.staff_usd, lab.due_usd, p.alliances_least_spending_usd)
    runway = cash / spending
    if runway > p.finance_raise_below_runway_months:
        return 0.0
    seed = lab.seed_usd * exp(p.finance_seed_growth * w.macro[0].month / 12.0)
    plan = max(p.finance_raise_months * spending * 1.5, seed)
    return max(0.0, min(plan, p.finance_dilution_max * lab.valuation_usd))


@compiled
def fund_labs(w):
    """Labs with short runway hold rounds: financial investors ration what they have, strategic ones join if it pays.

    Options of earlier deals are drawn first; vendors and clouds fill what financial investors leave, and want a part
    of any round in which their money comes back as sales.
    """
    t = w.macro[0].month
    p = w.p[t]
    macro = w.macro[0]
    total = 0.0
    for l in range(N_LABS):
        lab = w.labs[l]
        lab.raise_usd = 0.0
        if lab.active == 1 and t >= lab.entry and lab.owner < 0:
            total += wanted_raise(w, l, p)
    macro.round_demand = total
    macro.round_supply = macro.equity_supply * p.finance_raise_concentration
    scale = 1.0
    if total > macro.round_supply:
        scale = macro.round_supply / total
        log_event(w, BOUND_EQUITY_SUPPLY, -1, -1, total)
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.active == 0 or t < lab.entry or lab.owner >= 0:
            continue
        wanted = wanted_raise(w, l, p)
        draw = uniform(macro.seed, w.keys[RAISE, l], t, 0)
        if wanted <= 0.0 or draw > p.finance_round_chance:
            continue
        lab.raise_usd = draw_options(w, l, p.alliances_strategic_share_max * wanted)
        missing = wanted * (1.0 - scale)
        seat = max(missing, p.alliances_strategic_share * wanted)
        most = min(seat, p.alliances_strategic_share_max * wanted) - lab.raise_usd
        lab.raise_usd += raise_from_strategic(w, l, most, p)
        rest = min(wanted - lab.raise_usd, scale * wanted)
        if rest > 0.0:
            take_stake(w, investors_of(w, l), LAB0 + l, rest)
            lab.raise_usd += post(w, investors_of(w, l), LAB0 + l, rest, LAB_EQUITY)
        if lab.raise_usd > 0.0:
            log_event(w, RAISE_EVENT, l, -1, lab.raise_usd)


@compiled
def draw_options(w, l, most_usd):
    """Equity that others have agreed to put in when lab `l` raises, USD drawn, up to `most_usd`."""
    t = w.macro[0].month
    drawn = 0.0
    for c in range(len(w.contracts)):
        contract = w.contracts[c]
        if contract.kind != EQUITY or contract.contingent == 0 or contract.state != RUNNING:
            continue
        if contract.payee != LAB0 + l or t < contract.starts or t > contract.ends:
            continue
        amount = min(contract.left_usd, most_usd - drawn, 0.5 * max(0.0, balance_usd(w, contract.payer)))
        if amount > 0.0:
            amount = within_limits(w, contract.payer, contract.payee, amount)
        if amount > 0.0:
            contract.left_usd -= amount
            drawn += amount
            invest(w, contract.payer, contract.payee, amount)
    return drawn


@compiled
def raise_from_strategic(w, l, most_usd, p):
    """Vendors and clouds that gain from it share `most_usd` (USD) of a round by appetite; returns what came in.

    What a limit of the law keeps a vendor from putting in, others may fill.
    """
    if most_usd <= 0.0 or p.alliances_new_deals < 0.5:
        return 0.0
    total = 0.0
    wanted = 0.0
    for holder in range(N_HOLDERS):
        appetite = strategic_appetite(w, holder, l, p)
        wanted += appetite
        total += lawful_appetite(w, holder, l, appetite)
    if wanted > total:
        log_kept_out(w, l, min(1.0, most_usd / wanted), p)
    if total <= p.alliances_least_contract_usd:
        return 0.0
    part = min(1.0, most_usd / total)
    came = 0.0
    for holder in range(N_HOLDERS):
        amount = part * lawful_appetite(w, holder, l, strategic_appetite(w, holder, l, p))
        if amount > 0.0:
            account = VENDOR0 + holder if holder < N_VENDORS else CLOUD0 + holder - N_VENDORS
            invest(w, account, LAB0 + l, amount)
            came += amount
    return came


@compiled
def log_kept_out(w, l, part, p):
    """Log what vendors would have put into a round of lab `l` beyond the limits of the law, at `part` of appetites."""
    for v in range(N_VENDORS):
        appetite = strategic_appetite(w, v, l, p)
        log_refused(w, VENDOR0 + v, LAB0 + l, part * appetite - lawful_appetite(w, v, l, appetite))


@compiled
def fund_clouds(w):
    """All clouds are valued; those without a large business of their own sell shares for part of what they build."""
    t = w.macro[0].month
    p = w.p[t]
    mood = w.macro[0].sentiment
    for k in range(N_CLOUDS):
        cloud = w.clouds[k]
        cloud.equity_raised_usd = 0.0
        if cloud.active == 0 or t < cloud.entry:
            continue
        book = max(0.0, cloud.capital_usd + balance_usd(w, CLOUD0 + k) - cloud.loans_usd - cloud.bonds_usd)
        earned = cloud.revenue_smooth
        if cloud.kind < NEOCLOUD:
            earned += cloud.operating_cash_flow  # who buys a share of such a firm buys its other business too
        cloud.valuation_usd = mood * max(book, 12.0 * p.credit_cloud_revenue_multiple * earned)
        if cloud.kind < NEOCLOUD:
            continue
        if cloud.arrears_months > 0.0 or cloud.hurdle_ratio < p.credit_equity_hurdle:
            continue
        if cloud.kind == LAB_OWN:
            cloud.equity_raised_usd = equip_own_fleet(w, k, p)
            continue
        wanted = p.clouds_outside_equity_share * cloud.ai_capex_plan * mood
        most = p.finance_dilution_max / 12.0 * cloud.valuation_usd
        amount = min(wanted, most)
        if amount > 0.0:
            payer = INVESTORS_CN if cloud.region == CN else INVESTORS_US
            take_stake(w, payer, CLOUD0 + k, amount)
            cloud.equity_raised_usd = post(w, payer, CLOUD0 + k, amount, CLOUD_EQUITY)


@compiled
def equip_own_fleet(w, k, p):
    """A lab with a fleet of its own puts part of each round into it, as equity; returns USD paid in this month."""
    paid = 0.0
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.active == 1 and lab.host == k and lab.owner < 0 and lab.raise_usd > 0.0:
            amount = p.credit_own_fleet_share * lab.raise_usd
            take_stake(w, LAB0 + l, CLOUD0 + k, amount)
            paid += post(w, LAB0 + l, CLOUD0 + k, amount, CLOUD_EQUITY)
    return paid


@compiled
def price_listed_firms(w):
    """Share price of listed vendors and clouds: smoothed profit and mood, as an index (2023-01 = 100)."""
    p = w.p[w.macro[0].month]
    mood = w.macro[0].sentiment
    for v in range(N_VENDORS):
        vendor = w.vendors[v]
        profit = vendor.other_profit + vendor.revenue + vendor.licence_revenue - vendor.cost_of_sales
        vendor.profit_smooth += (profit - vendor.profit_smooth) / 6.0
        if vendor.profit_start <= 0.0 and vendor.profit_smooth > 0.0 and w.macro[0].month >= 2:
            vendor.profit_start = vendor.profit_smooth
        if vendor.profit_start > 0.0:
            aim = (
                100.0
                * mood
                * exp(p.finance_price_earnings_elasticity * log(max(vendor.profit_smooth, 1.0) / vendor.profit_start))
            )
            if vendor.shares_m > 0.0:
                aim *= vendor.shares_start_m / vendor.shares_m  # profit is shared with those who exercised warrants
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
def pay_out_profits(w):
    """Vendors, foundries, power companies and smugglers pass on to their owners what they do not need."""
    p = w.p[w.macro[0].month]
    for v in range(N_VENDORS):
        cash = balance_usd(w, VENDOR0 + v)
        keep = p.finance_vendor_cash_months * w.vendors[v].revenue + 0.1 * p.finance_supplier_cash_usd
        post(w, VENDOR0 + v, PUBLIC_EQUITY, 0.2 * max(0.0, cash - keep), PAYOUTS)
