"""Software firms by exposure to AI and by owner: they adopt AI, reprice seats, cut costs and lose work to it.

Rows of `software` are cohorts: for each exposure the publicly owned firms, then those of private equity. The firms of
private equity are kept by year of buyout in `vintages` (`sim.agents.private_equity`), with their loans.
"""

from __future__ import annotations

from sim.accounts import HOUSEHOLDS, PRIVATE_EQUITY, SOFTWARE0, USERS0
from sim.agents.choice_kernel import MODELS
from sim.compiled import compiled
from sim.ledger import DIVIDENDS, LEGACY_CAPEX, SOFTWARE_AI_COSTS, SOFTWARE_COSTS, SOFTWARE_SALES, balance_usd, post
from sim.numerics import exp, log, logistic, normal_cdf, power
from sim.world import ENTERPRISE, US

ECI_START = 126.0
"""Capability from which AI does work of software firms' customers: GPT-4 of March 2023."""


@compiled
def share_above(value, median, spread):
    """Share of firms whose threshold lies below `value`, thresholds lognormal: `Phi(ln(value / median) / spread)`.

    The probit model of diffusion: firms adopt when the gain exceeds a cost that differs from firm to firm (David 1969,
    Stanford Research Center in Economic Growth, Memorandum 71; Davies 1979, The Diffusion of Process Innovations).
    """
    if value <= 0.0:
        return 0.0
    return normal_cdf(log(value / median) / spread)


@compiled
def share_below_line(mean, line, spread):
    """Share of firms below a line, lognormal about a mean: `Phi(ln(line / mean) / s + s / 2)`.

    A mean of zero or less puts all firms below it.
    """
    if mean <= 0.0:
        return 1.0
    return normal_cdf(log(line / mean) / spread + 0.5 * spread)


@compiled
def enterprise_customers(w):
    """Row of the community of US enterprises: software firms pay its token price and serve such customers."""
    for c in range(len(w.communities)):
        if w.communities[c].region == US and w.communities[c].segment == ENTERPRISE:
            return c
    return 0


@compiled
def usable_capability(w, c):
    """Best capability (ECI) among models that community `c` can buy through some channel; 0 where there is none."""
    best = 0.0
    for m in range(MODELS):
        model = w.models[m]
        if model.available == 0 or model.q <= best:
            continue
        for h in range(4):
            if w.channel_price[c, m, h] > 0.0:
                best = model.q
    return best


@compiled
def work_by_ai(capability, token_price, p):
    """(net saving, token cost) of an adopting firm, both as shares of its labour cost.

    AI does the share `a = most x logistic((capability - middle) / width)` of the work. An hour of it takes
    `tokens_per_hour` tokens, so that tokens cost the share `price x tokens / wage` of the labour replaced.
    """
    ready = (capability - p.software_automatable_at_eci) / p.software_automatable_width_eci
    work = p.software_automatable_share * logistic(ready)
    cost = work * token_price * p.software_tokens_per_hour_m / p.software_wage_usd_per_hour
    return work - cost, cost


@compiled
def next_adoption(adoption, saving, p):
    """Share of firms that use AI a month later: towards those for whom it pays; users leave only if tokens cost more.

    What it cost to adopt is sunk: firms that have adopted stay while they save anything.
    """
    aim = share_above(saving, p.software_adoption_cost, p.software_adoption_cost_spread)
    if saving > 0.0:
        aim = max(aim, adoption)
    return adoption + (1.0 - exp(-p.software_adoption_rate / 12.0)) * (aim - adoption)


@compiled
def loss_of_work(capability, exposure, p):
    """Yearly share of seats lost as AI does the customers' work: `d A^z (1 - (1 - exposure)^breadth)`.

    A is capability over 126 in tens of ECI (economy.md, Money); zero where `software.disruption` is off.
    """
    gain = max(0.0, capability - ECI_START) / 10.0
    if p.software_disruption < 0.5 or gain <= 0.0:
        return 0.0
    reach = 1.0 - power(1.0 - exposure, p.software_exposure_breadth)
    return p.software_disruption_rate * power(gain, p.software_disruption_exponent) * reach


@compiled
def software_growth(base_growth, loss, seat_share, usage_risk, adoption, adoption_gain):
    """Yearly growth of revenue: `g0 - loss x (seats + usage_risk x (1 - seats)) + gain x adoption`."""
    return base_growth - loss * (seat_share + usage_risk * (1.0 - seat_share)) + adoption_gain * adoption


@compiled
def next_margin(margin, aim, shortfall, p):
    """EBITDA over revenue a month later: costs that stay when revenue falls short press it, firms cut back to the aim.

    `m' = m + gap (1 + gap / aim) / months - fixed x (1 - m) x shortfall / 12`, gap = aim - m, shortfall of growth
    against g0 a year. The further below its aim a firm is, the faster it cuts: twice as fast when it earns nothing.
    """
    gap = aim - margin
    haste = 1.0 + max(0.0, gap) / aim
    pressed = p.software_fixed_cost_share * (1.0 - margin) * max(0.0, shortfall) / 12.0
    return margin + gap * haste / p.software_cost_adjustment_months - pressed


@compiled
def margin_aim(cohort, p):
    """Margin that a cohort's firms cut costs towards: that of the start, and the part of AI's saving that they keep."""
    net = (1.0 - cohort.margin_start) * p.software_labour_share * cohort.ai_saving * cohort.adoption
    return cohort.margin_start + (1.0 - p.software_pass_through) * max(0.0, net)


@compiled
def adopt_ai(w):
    """Firms adopt AI where it saves more than adopting costs, and turn seats into usage where seats are being lost."""
    p = w.p[w.macro[0].month]
    c = enterprise_customers(w)
    capability = usable_capability(w, c)
    saving, token_cost = work_by_ai(w.communities[c].mean_q, w.communities[c].price_index, p)
    for i in range(len(w.software)):
        cohort = w.software[i]
        cohort.ai_saving = 0.0
        cohort.ai_cost = 0.0
        if p.software_adoption > 0.5:
            cohort.ai_saving = saving
            cohort.adoption = next_adoption(cohort.adoption, saving, p)
            labour = (1.0 - cohort.margin_start) * p.software_labour_share * cohort.revenue
            cohort.ai_cost = labour * cohort.adoption * token_cost if saving > 0.0 else 0.0
        # What seats would lose until the contract is renewed again, against what converting costs.
        loss = loss_of_work(capability, cohort.exposure, p)
        at_stake = loss * (1.0 - p.software_usage_risk) * p.software_planning_years
        willing = share_above(at_stake, p.software_conversion_cost, p.software_conversion_cost_spread)
        converted = cohort.seat_share * willing / p.software_contract_months
        cohort.seat_share -= converted
        net = (1.0 - cohort.margin_start) * p.software_labour_share * cohort.ai_saving * cohort.adoption
        passed_on = p.software_pass_through * max(0.0, net)
        # Competition turns part of the saving into lower prices; converting gives up some revenue once.
        repriced = (1.0 - passed_on) / (1.0 - cohort.passed_on) * (1.0 - converted * p.software_conversion_cost)
        cohort.passed_on = passed_on
        cohort.growth = 12.0 * log(repriced) + software_growth(
            p.software_base_growth, loss, cohort.seat_share, p.software_usage_risk, cohort.adoption,
            p.software_adoption_gain if p.software_adoption > 0.5 else 0.0,
        )  # fmt: skip
        cohort.expected_growth += (cohort.growth - cohort.expected_growth) / p.software_expectation_months


@compiled
def sell_software(w):
    """Revenue grows or shrinks and is paid by users; staff, other costs and the tokens of firms' own AI are paid.

    Token costs go to the users of the United States: as enterprise communities these pay the labs and the hosts.
    """
    p = w.p[w.macro[0].month]
    for i in range(0, len(w.software), 2):
        public = w.software[i]
        public.revenue *= exp(public.growth / 12.0)
        shortfall = p.software_base_growth - public.growth
        public.margin = next_margin(public.margin, margin_aim(public, p), shortfall, p)
        owned = w.software[i + 1]
        owned.revenue = 0.0
        ebitda = 0.0
        for v in range(len(w.vintages)):
            vintage = w.vintages[v]
            if vintage.cohort != i // 2:
                continue
            # Borrowers with thin cover save on sales and development: margin now, growth forgone.
            growth = owned.growth - p.software_caution_growth_cost * vintage.thin_share
            aim = margin_aim(owned, p) + p.software_caution_margin_gain * vintage.thin_share
            vintage.revenue *= exp(growth / 12.0)
            vintage.margin = next_margin(vintage.margin, aim, p.software_base_growth - growth, p)
            owned.revenue += vintage.revenue
            ebitda += vintage.revenue * vintage.margin
        owned.margin = ebitda / max(owned.revenue, 1e-6)
    for i in range(len(w.software)):
        cohort = w.software[i]
        me = SOFTWARE0 + i
        post(w, USERS0 + US, me, cohort.revenue, SOFTWARE_SALES)
        post(w, me, USERS0 + US, cohort.ai_cost, SOFTWARE_AI_COSTS)
        post(w, me, HOUSEHOLDS, cohort.revenue * (1.0 - cohort.margin) - cohort.ai_cost, SOFTWARE_COSTS)
        post(w, me, HOUSEHOLDS, other_uses(cohort.revenue * cohort.margin, p), LEGACY_CAPEX)


@compiled
def other_uses(ebitda, p):
    """Investment and tax out of EBITDA before interest (USD/month)."""
    return max(0.0, ebitda) * (1.0 - p.software_cash_for_interest)


@compiled
def pay_out_surplus(w):
    """Firms pay out cash beyond some months of revenue to their owners; funds pass it on to their investors."""
    p = w.p[w.macro[0].month]
    for i in range(len(w.software)):
        surplus = max(0.0, balance_usd(w, SOFTWARE0 + i) - p.software_cash_months * w.software[i].revenue)
        if w.software[i].owner == 0:
            post(w, SOFTWARE0 + i, HOUSEHOLDS, surplus, DIVIDENDS)
        else:
            post(w, SOFTWARE0 + i, PRIVATE_EQUITY, surplus, DIVIDENDS)
            post(w, PRIVATE_EQUITY, HOUSEHOLDS, surplus, DIVIDENDS)
