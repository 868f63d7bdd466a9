"""Software firms by exposure to AI, their owners and their lenders: simple here, with accounts that close."""

from __future__ import annotations

from sim.accounts import CREDIT, HOUSEHOLDS, PRIVATE_EQUITY, SOFTWARE0, USERS0
from sim.compiled import compiled
from sim.ledger import BUYOUTS, LOANS, SOFTWARE_COSTS, SOFTWARE_INTEREST, SOFTWARE_SALES, balance_usd, post
from sim.numerics import exp
from sim.world import US


@compiled
def software_growth(base_growth, disruption, capability_gain, exposure, adoption, adoption_gain):
    """Yearly growth of a cohort's revenue: `g0 - d A exposure + gain x adoption`, A in tens of ECI since 126."""
    return base_growth - disruption * capability_gain * exposure + adoption_gain * adoption


@compiled
def run_software(w):
    """Cohorts grow or shrink with AI, private equity buys firms with debt, and thin coverage ends in default."""
    t = w.macro[0].month
    p = w.p[t]
    macro = w.macro[0]
    gain = max(0.0, macro.frontier_us - 126.0) / 10.0
    losses = 0.0
    for i in range(len(w.software)):
        cohort = w.software[i]
        me = SOFTWARE0 + i
        cohort.adoption += p.software_adoption_rate / 12.0 * cohort.adoption * (1.0 - cohort.adoption)
        growth = software_growth(
            p.software_base_growth,
            p.software_disruption,
            gain,
            cohort.exposure,
            cohort.adoption,
            p.software_adoption_gain,
        )
        cohort.revenue *= exp(growth / 12.0)
        post(w, USERS0 + US, me, cohort.revenue, SOFTWARE_SALES)
        ebitda = cohort.revenue * cohort.margin
        post(w, me, HOUSEHOLDS, cohort.revenue - ebitda, SOFTWARE_COSTS)
        rate = p.finance_risk_free_rate + macro.credit_spread
        interest = cohort.debt_usd * rate / 12.0
        owned = ebitda * cohort.pe_share
        cohort.coverage = owned / max(interest, 1.0)
        post(w, me, CREDIT, interest, SOFTWARE_INTEREST)
        # Default falls on the firms whose coverage is short: a logistic share of the levered part.
        hazard = p.software_default_hazard / 12.0 / (1.0 + exp((cohort.coverage - p.software_coverage_covenant) * 3.0))
        failing = cohort.firms * cohort.pe_share * hazard
        lost = cohort.debt_usd * hazard * (1.0 - p.software_recovery)
        cohort.defaults += failing
        cohort.firms -= failing
        cohort.debt_usd *= 1.0 - hazard
        cohort.losses = lost
        losses += lost
        appetite = macro.sentiment * max(0.0, 1.0 - (rate - 0.08) * 8.0)
        bought = cohort.revenue * 12.0 * p.software_buyout_rate / 12.0 * appetite * (1.0 - cohort.pe_share)
        cohort.buyouts = bought * p.software_multiple
        debt = ebitda / max(cohort.revenue, 1.0) * bought * p.software_leverage
        cohort.debt_usd += post(w, CREDIT, PRIVATE_EQUITY, debt, LOANS)
        post(w, PRIVATE_EQUITY, HOUSEHOLDS, cohort.buyouts, BUYOUTS)
        cohort.pe_share += (1.0 - cohort.pe_share) * p.software_buyout_rate / 12.0 * appetite
        surplus = balance_usd(w, me) - 3.0 * cohort.revenue
        post(w, me, PRIVATE_EQUITY, max(0.0, surplus) * cohort.pe_share, BUYOUTS)
        post(w, me, HOUSEHOLDS, max(0.0, surplus) * (1.0 - cohort.pe_share), BUYOUTS)
    macro.credit_losses += (losses - macro.credit_losses) * 0.1
