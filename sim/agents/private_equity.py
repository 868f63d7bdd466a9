"""Private equity and its lenders: what software firms are worth, buyouts with debt, interest, default, sales.

Firms of one cohort and one year of buyout are a vintage. Within a vintage interest cover is lognormal about its mean,
so that arrears and defaults come from the tail of a distribution, in closed form.
"""

from __future__ import annotations

from sim.accounts import CREDIT, HOUSEHOLDS, PRIVATE_EQUITY, SOFTWARE0
from sim.agents.software import share_below_line
from sim.compiled import compiled
from sim.events import BOUND_DRY_POWDER, SOFTWARE_DEFAULT, log_event
from sim.ledger import (
    ACQUISITIONS,
    BUYOUTS,
    DIVIDENDS,
    FUND_CALLS,
    LOANS,
    RECOVERIES,
    REPAYMENTS,
    SOFTWARE_INTEREST,
    balance_usd,
    post,
)
from sim.numerics import exp, log, normal_cdf, power

FIRST_YEAR = 2023


@compiled
def part_below_line(mean, line, spread):
    """Part of the sum over firms that those below a line hold, lognormal: `Phi(ln(line / mean) / s - s / 2)`."""
    if mean <= 0.0:
        return 1.0
    return normal_cdf(log(line / mean) / spread - 0.5 * spread)


@compiled
def mean_capped(mean, cap, spread):
    """Mean of `min(X, cap)`, X lognormal about `mean`: what firms with cash X pay of a claim `cap`.

    `E min(X, K) = mean Phi(d - s) + K (1 - Phi(d))`, d = ln(K / mean) / s + s / 2 (a put on cash, as in Merton 1974,
    Journal of Finance 29(2), 449-470).
    """
    if mean <= 0.0 or cap <= 0.0:
        return 0.0
    return mean * part_below_line(mean, cap, spread) + cap * (1.0 - share_below_line(mean, cap, spread))


@compiled
def value_multiple(growth, rate, terminal_growth, half_life, conversion):
    """Enterprise value over EBITDA by the H-model: `k ((1 + gL) + H (g - gL)) / (r - gL)`, k cash per EBITDA.

    Growth g falls in a line to gL over 2H years (Fuller and Hsia 1984, Financial Analysts Journal 40(5), 49-56).
    """
    return conversion * (1.0 + terminal_growth + half_life * (growth - terminal_growth)) / (rate - terminal_growth)


@compiled
def granted_leverage(most, sentiment, rate, entry_cover, loan_to_value, price_multiple):
    """Debt over EBITDA that lenders grant: the smallest of their habit in this mood, cover at entry, part of the price.

    Cover at entry is EBITDA over interest: `L <= 1 / (rate x cover)`.
    """
    return max(0.0, min(most * sentiment, 1.0 / (rate * entry_cover), loan_to_value * price_multiple))


@compiled
def buyout_return(price_multiple, leverage, rate, growth, lift, conversion, exit_multiple, years):
    """Yearly return on the equity of a buyout, -1 where nothing is left; amounts in EBITDA of the year of entry.

    Equity in is price less debt. EBITDA in year k is `(1 + lift) exp(g k)`; cash after interest repays debt,
    `D' = D + rate x D - conversion x EBITDA`, and is kept without interest once there is none. After `years` the firm
    is sold at `exit_multiple` and debt repaid: `irr = ((exit value - D) / equity)^(1 / years) - 1`, as nothing is paid
    out on the way.
    """
    equity = price_multiple - leverage
    if equity <= 0.0:
        return -1.0
    debt = leverage
    ebitda = 1.0
    for k in range(1, int(years) + 1):
        ebitda = (1.0 + lift) * exp(growth * k)
        debt += max(0.0, debt) * rate - conversion * ebitda
    left = exit_multiple * ebitda - debt
    if left <= 0.0:
        return -1.0
    return power(left / equity, 1.0 / int(years)) - 1.0


@compiled
def value_software(w):
    """Investors value firms by expected growth and mood; lenders set leverage; funds compute the return of a buyout."""
    p = w.p[w.macro[0].month]
    macro = w.macro[0]
    rate = p.finance_risk_free_rate + macro.credit_spread
    for i in range(0, len(w.software), 2):
        public = w.software[i]
        owned = w.software[i + 1]
        for k in range(2):
            cohort = w.software[i + k]
            worth = macro.sentiment * value_multiple(
                public.expected_growth, p.finance_risk_free_rate + p.software_equity_premium,
                p.software_terminal_growth, p.software_growth_half_life, p.software_cash_conversion,
            )  # fmt: skip
            # Whoever only winds a firm down still gets some years of cash from its contracts.
            cohort.multiple = max(worth, p.software_run_off_multiple)
        price = public.multiple * (1.0 + p.software_takeover_premium)
        public.leverage = granted_leverage(
            p.software_leverage, macro.sentiment, rate, p.software_entry_cover, p.software_loan_to_value, price
        )
        # Funds expect the margin that the firms they own had over listed ones when they underwrote them.
        lift = owned.margin_start / public.margin_start - 1.0
        public.buyout_irr = buyout_return(
            price, public.leverage, rate, public.expected_growth, lift, p.software_cash_conversion, public.multiple,
            p.software_holding_years,
        )  # fmt: skip
        owned.leverage = public.leverage
        owned.buyout_irr = public.buyout_irr


@compiled
def hand_over(w, vintage, revenue, firms):
    """Move revenue (USD/month) and firms of a vintage to the listed firms of its exposure."""
    public = w.software[2 * vintage.cohort]
    total = public.revenue + revenue
    public.margin = (public.margin * public.revenue + vintage.margin * revenue) / max(total, 1e-6)
    public.revenue = total
    public.firms += firms


@compiled
def service_loans(w):
    """Firms of private equity pay interest as far as cash goes; the weakest default, lenders recover part of the loan.

    Unpaid interest is added to the loan. A default is a claim reduced: lenders sell the firm for what it is worth in
    distress, at most the claim; some are closed, the others go on without debt.
    """
    t = w.macro[0].month
    p = w.p[t]
    macro = w.macro[0]
    rate = p.finance_risk_free_rate + macro.credit_spread
    spread = p.software_cover_spread
    hazard = 1.0 - exp(-p.software_default_hazard / 12.0)
    total_losses = 0.0
    for e in range(len(w.software) // 2):
        cohort = w.software[2 * e + 1]
        me = SOFTWARE0 + 2 * e + 1
        paid = 0.0
        due = 0.0
        earned = 0.0
        recovered = 0.0
        swept = 0.0
        failing = 0.0
        cohort.losses = 0.0
        for v in range(len(w.vintages)):
            vintage = w.vintages[v]
            if vintage.cohort != e or vintage.firms <= 0.0:
                continue
            ebitda = vintage.revenue * vintage.margin
            interest = vintage.debt_usd * rate / 12.0
            earned += ebitda
            vintage.coverage = ebitda / interest if interest > 0.0 else 0.0
            vintage.thin_share = 0.0
            vintage.distressed_share = 0.0
            if interest <= 0.0:
                continue
            cash = max(0.0, ebitda) * p.software_cash_for_interest
            pays = mean_capped(cash, interest, spread)
            repays = p.software_cash_sweep * (cash - pays)
            repays = max(0.0, min(repays, vintage.debt_usd))
            vintage.debt_usd += interest - pays - repays
            vintage.thin_share = share_below_line(vintage.coverage, p.software_caution_cover, spread)
            vintage.distressed_share = share_below_line(vintage.coverage, p.software_distress_cover, spread)
            # Of the distressed, lenders give up on some each month; these earn less than their part of the firms.
            gone = vintage.distressed_share * hazard
            tail = part_below_line(vintage.coverage, p.software_distress_cover, spread) * hazard
            claim = vintage.debt_usd * gone
            worth = (1.0 - p.software_distress_discount) * cohort.multiple * 12.0 * max(0.0, ebitda) * tail
            gets = min(claim, worth)
            hand_over(
                w, vintage, vintage.revenue * tail * (1.0 - p.software_closed_share),
                vintage.firms * gone * (1.0 - p.software_closed_share),
            )  # fmt: skip
            failing += vintage.firms * gone
            vintage.revenue *= 1.0 - tail
            vintage.firms *= 1.0 - gone
            vintage.debt_usd -= claim
            cohort.losses += claim - gets
            paid += pays
            due += interest
            recovered += gets
            swept += repays
        post(w, me, CREDIT, paid, SOFTWARE_INTEREST)
        post(w, me, CREDIT, swept, REPAYMENTS)
        post(w, HOUSEHOLDS, CREDIT, recovered, RECOVERIES)
        cohort.interest = due
        cohort.arrears = due - paid
        cohort.coverage = earned / due if due > 0.0 else 0.0
        cohort.defaults += failing
        if failing >= 1.0:
            log_event(w, SOFTWARE_DEFAULT, 2 * e + 1, -1, failing)
        total_losses += cohort.losses
    count_owned(w)
    # Losses of lenders have a memory of ten months. Whoever else writes off loans adds a tenth of it the same way.
    macro.credit_losses *= 0.9
    if p.software_credit_link > 0.5:
        macro.credit_losses += 0.1 * total_losses


@compiled
def count_owned(w):
    """Sum the vintages into the cohorts of private equity: revenue, margin, firms, debt, share with thin cover."""
    for e in range(len(w.software) // 2):
        cohort = w.software[2 * e + 1]
        cohort.revenue = 0.0
        cohort.firms = 0.0
        cohort.debt_usd = 0.0
        ebitda = 0.0
        thin = 0.0
        for v in range(len(w.vintages)):
            vintage = w.vintages[v]
            if vintage.cohort == e:
                cohort.revenue += vintage.revenue
                cohort.firms += vintage.firms
                cohort.debt_usd += vintage.debt_usd
                ebitda += vintage.revenue * vintage.margin
                thin += vintage.firms * vintage.thin_share
        cohort.margin = ebitda / max(cohort.revenue, 1e-6)
        cohort.thin_share = thin / max(cohort.firms, 1e-6)


@compiled
def vintage_of_year(w, e, year):
    """Row of the vintage of a cohort and year. In a new year the two oldest are joined to make room for it."""
    oldest = -1
    second = -1
    for v in range(len(w.vintages)):
        if w.vintages[v].cohort != e:
            continue
        if w.vintages[v].year == year:
            return v
        if oldest < 0 or w.vintages[v].year < w.vintages[oldest].year:
            second = oldest
            oldest = v
        elif second < 0 or w.vintages[v].year < w.vintages[second].year:
            second = v
    old = w.vintages[oldest]
    join(w.vintages[second], old.revenue, old.margin, old.debt_usd, old.firms)
    old.year = year
    old.revenue = 0.0
    old.margin = 0.0
    old.debt_usd = 0.0
    old.firms = 0.0
    old.coverage = 0.0
    old.thin_share = 0.0
    old.distressed_share = 0.0
    return oldest


@compiled
def join(vintage, revenue, margin, debt_usd, firms):
    """Add firms to a vintage; margins are weighted with revenue."""
    total = vintage.revenue + revenue
    vintage.margin = (vintage.margin * vintage.revenue + margin * revenue) / max(total, 1e-6)
    vintage.revenue = total
    vintage.debt_usd += debt_usd
    vintage.firms += firms


@compiled
def sell_firms(w):
    """Funds sell grown-up firms that are worth more than their loans; loans are repaid, the rest goes to investors."""
    t = w.macro[0].month
    p = w.p[t]
    year = FIRST_YEAR + t // 12
    spread = p.software_cover_spread
    pace = 1.0 - exp(-p.software_exit_rate / 12.0 * w.macro[0].sentiment)
    for e in range(len(w.software) // 2):
        cohort = w.software[2 * e + 1]
        cohort.sales = 0.0
        for v in range(len(w.vintages)):
            vintage = w.vintages[v]
            if vintage.cohort != e or year - vintage.year < p.software_exit_after_years or vintage.firms <= 0.0:
                continue
            worth = 12.0 * cohort.multiple * vintage.revenue * vintage.margin
            sold = pace * (1.0 - share_below_line(worth, vintage.debt_usd, spread)) if vintage.debt_usd > 0.0 else pace
            part = pace * (1.0 - part_below_line(worth, vintage.debt_usd, spread)) if vintage.debt_usd > 0.0 else pace
            price = max(0.0, worth) * part
            repaid = vintage.debt_usd * sold
            cohort.sales += post(w, HOUSEHOLDS, PRIVATE_EQUITY, price, ACQUISITIONS)
            post(w, PRIVATE_EQUITY, CREDIT, repaid, REPAYMENTS)
            post(w, PRIVATE_EQUITY, HOUSEHOLDS, price - repaid, DIVIDENDS)
            hand_over(w, vintage, vintage.revenue * part, vintage.firms * sold)
            vintage.revenue *= 1.0 - part
            vintage.firms *= 1.0 - sold
            vintage.debt_usd -= repaid


@compiled
def borrow_on_firms(w):
    """Funds borrow on firms that carry less debt than lenders now grant, and pass the money on to their investors."""
    p = w.p[w.macro[0].month]
    pace = 1.0 - exp(-p.software_recap_rate / 12.0)
    for v in range(len(w.vintages)):
        vintage = w.vintages[v]
        granted = 12.0 * w.software[2 * vintage.cohort].leverage * vintage.revenue * vintage.margin
        if granted > vintage.debt_usd:
            loan = post(w, CREDIT, PRIVATE_EQUITY, pace * (granted - vintage.debt_usd), LOANS)
            post(w, PRIVATE_EQUITY, HOUSEHOLDS, loan, DIVIDENDS)
            vintage.debt_usd += loan


@compiled
def buy_firms(w):
    """Funds call money from investors and buy listed firms where the return beats their hurdle, with lenders' money.

    Targets differ: of the firms that come up for sale the share `Phi((irr - hurdle) / spread)` is bought.
    """
    t = w.macro[0].month
    p = w.p[t]
    macro = w.macro[0]
    # Investors commit less when funds sit on more than a normal amount.
    powder = max(0.0, balance_usd(w, PRIVATE_EQUITY))
    normal = p.finance_opening_private_equity_usd
    calls = p.software_fund_calls_usd_per_year / 12.0 * macro.sentiment * 2.0 * normal / (normal + powder)
    powder += post(w, HOUSEHOLDS, PRIVATE_EQUITY, calls, FUND_CALLS)
    wanted = 0.0
    for i in range(0, len(w.software), 2):
        public = w.software[i]
        taken = p.software_deal_flow / 12.0
        taken *= normal_cdf((public.buyout_irr - p.software_hurdle) / p.software_hurdle_spread)
        price = public.multiple * (1.0 + p.software_takeover_premium)
        public.buyouts = 12.0 * max(0.0, public.revenue * public.margin) * taken * price
        wanted += public.buyouts * (1.0 - public.leverage / price)
    scale = 1.0
    if wanted > powder:
        scale = powder / wanted
        log_event(w, BOUND_DRY_POWDER, -1, -1, wanted - powder)
    for i in range(0, len(w.software), 2):
        public = w.software[i]
        price = public.multiple * (1.0 + p.software_takeover_premium)
        public.buyouts *= scale
        ebitda = public.buyouts / (12.0 * price)
        if ebitda <= 0.0:
            continue
        share = ebitda / (public.revenue * public.margin)
        debt = post(w, CREDIT, PRIVATE_EQUITY, 12.0 * ebitda * public.leverage, LOANS)
        post(w, PRIVATE_EQUITY, HOUSEHOLDS, public.buyouts, BUYOUTS)
        v = vintage_of_year(w, i // 2, FIRST_YEAR + t // 12)
        join(w.vintages[v], public.revenue * share, public.margin, debt, public.firms * share)
        public.revenue *= 1.0 - share
        public.firms *= 1.0 - share


@compiled
def trade_software(w):
    """Funds sell firms they have held long enough, borrow on others and buy listed ones; nothing if switched off."""
    p = w.p[w.macro[0].month]
    for i in range(len(w.software)):
        w.software[i].buyouts = 0.0
        w.software[i].sales = 0.0
    if p.software_buyouts > 0.5:
        sell_firms(w)
        borrow_on_firms(w)
        buy_firms(w)
        count_owned(w)
