"""Price wars of Chinese labs: who breaks the umbrella, who follows, what prices become, who leaves.

Every lab keeps its own state (`labs.at_war`, `war_months`, `reference_price`, ...). A war is what follows from their
decisions: it begins when a second lab joins, and ends when fewer than two are left in it.
"""

from __future__ import annotations

from sim.accounts import CLOUD0, LAB0, N_LABS
from sim.compiled import compiled
from sim.draws import WAR_FOLLOW
from sim.events import PRICE_WAR_END, PRICE_WAR_START, WAR_JOIN, log_event
from sim.ledger import balance_usd
from sim.markets.home_market import (
    NO_PRICE,
    at_home,
    count_home_market,
    flagship_price,
    full_cost,
    newest_flagship,
    peace_price,
    remember_prices,
    rival_price,
    worth_price,
)
from sim.numerics import exp
from sim.streams import uniform


@compiled
def temptation(own_share, reachable_share, price, undercut, cost, months_alone, horizon_months):
    """Share (0 to 1) by which the gain from an undercut exceeds what keeping the umbrella earns.

    Keeping: `H s (P - c)`. Undercutting: `T a (u P - c)`, a the share of rivals in reach, until they answer after T
    months; then nothing. Returns `max(0, 1 - keeping / undercutting)`. Collusion breaks down when many firms each have
    little of the market, and for the firm with the lowest cost first (Tirole 1988, The Theory of Industrial
    Organization, chapter 6).
    """
    gain = months_alone * reachable_share * (undercut * price - cost)
    keep = horizon_months * own_share * (price - cost)
    if gain <= 0.0:
        return 0.0
    return max(0.0, 1.0 - max(keep, 0.0) / gain)


@compiled
def means(w, l):
    """Staying power in months: an owner's tolerance of losses where it cross-subsidises, own runway otherwise.

    The owner gives a share of its yearly cash flow; losses so far come off. A lab alone has its cash over what it
    spends beyond its revenue.
    """
    p = w.p[w.macro[0].month]
    lab = w.labs[l]
    if lab.owner >= 0 and p.pricing_owner_cross_subsidy_in_war > 0.5:
        owner = w.clouds[lab.owner]
        purse = p.pricing_war_owner_tolerance * 12.0 * owner.operating_cash_flow
        if balance_usd(w, CLOUD0 + lab.owner) <= 0.0:
            return 0.0
        loss = max(lab.api_cost - lab.api_revenue, 0.0)
        return max(0.0, purse - lab.war_loss_usd) / max(loss, purse / 120.0)
    if lab.owner >= 0:
        # Without cross-subsidy a lab inside a firm has to earn what serving costs.
        return 120.0 if lab.api_revenue >= lab.api_cost else 0.0
    burn = max(lab.compute_cost + lab.staff_usd - lab.revenue, 1e5)
    return max(0.0, balance_usd(w, LAB0 + l)) / burn


@compiled
def ability(months, needed, scale):
    """Chance (0 to 1) that staying power suffices to follow: logistic in months against what a war needs."""
    return 1.0 / (1.0 + exp(-(months - needed) / scale))


@compiled
def watch_price_war(w):
    """Undercuts are seen and answered, exhausted or relieved labs leave; the war begins with two and ends below two."""
    t = w.macro[0].month
    p = w.p[t]
    macro = w.macro[0]
    count_home_market(w)
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.at_war == 1 and not at_home(w, l):
            leave_war(w, l)
        if not at_home(w, l):
            continue
        remember_prices(w, l)
        lab.war_fatigue -= lab.war_fatigue / p.pricing_war_fatigue_months
        lab.months_negative = lab.months_negative + 1.0 if lab.api_cost > lab.api_revenue > 0.0 else 0.0
        if lab.at_war == 1:
            lab.war_months += 1.0
            lab.war_loss_usd += max(0.0, lab.api_cost - lab.api_revenue)
    if p.pricing_price_war < 0.5:
        for l in range(N_LABS):
            if w.labs[l].at_war == 1:
                leave_war(w, l)
    else:
        for l in range(N_LABS):
            if at_home(w, l):
                if w.labs[l].at_war == 1:
                    consider_leaving(w, l)
                else:
                    consider_following(w, l)
    fighting = 0.0
    for l in range(N_LABS):
        fighting += w.labs[l].at_war
    if macro.price_war < 0.5 and fighting >= 2.0:
        macro.price_war = 1.0
        macro.price_war_months = 0.0
        log_event(w, PRICE_WAR_START, -1, -1, fighting)
    elif macro.price_war > 0.5 and fighting < 2.0:
        for l in range(N_LABS):
            if w.labs[l].at_war == 1:
                leave_war(w, l)
        fighting = 0.0
        macro.price_war = 0.0
        log_event(w, PRICE_WAR_END, -1, -1, macro.price_war_months)
        macro.price_war_months = 0.0
    if macro.price_war > 0.5:
        macro.price_war_months += 1.0
    macro.price_war_labs = fighting


@compiled
def undercuts(w, other, l, own):
    """Whether lab `other` sells far below `own`, the price of lab `l` (USD/Mtoken), at equal quality."""
    p = w.p[w.macro[0].month]
    behind = w.labs[l].best_q - w.labs[other].best_q
    return worth_price(flagship_price(w, other), behind, p.pricing_war_quality_worth) < p.pricing_war_undercut * own


@compiled
def threat(w, l, p):
    """How much lab `l` is endangered (0 to 1): by the weight of those who undercut it, or by the share it has lost.

    A rival that has little of the market is let be (judo economics: Gelman and Salop 1983, Bell J. Econ. 14); one at
    war is known to have capacity and purpose. Lost share counts when it is more than a given part of its long memory.
    """
    lab = w.labs[l]
    own = flagship_price(w, l)
    weight = 0.0
    if own >= NO_PRICE:
        return 0.0
    for other in range(N_LABS):
        if other == l or not at_home(w, other):
            continue
        if undercuts(w, other, l, own):
            weight += w.labs[other].home_model_share
            if w.labs[other].at_war == 1:
                weight += p.pricing_war_threat_share
    danger = min(1.0, weight / p.pricing_war_threat_share)
    if lab.home_share_memory > 0.02:
        lost = 1.0 - lab.home_share / lab.home_share_memory
        if lost > p.pricing_war_lost_share:
            danger = max(danger, min(1.0, lost))
    return danger


@compiled
def consider_following(w, l):
    """A lab at peace whose rivals undercut it at equal quality, or that loses share, follows with a probability."""
    t = w.macro[0].month
    p = w.p[t]
    macro = w.macro[0]
    lab = w.labs[l]
    danger = threat(w, l, p)
    lab.undercut_months = lab.undercut_months + 1.0 if danger > 0.0 else 0.0
    if danger <= 0.0:
        return
    # A lone cut may be a promotion: as long as nobody has answered, labs wait to see whether it lasts.
    if macro.price_war < 0.5 and lab.undercut_months < p.pricing_war_notice_months:
        return
    able = ability(means(w, l), p.pricing_war_means_months, p.pricing_war_means_scale)
    chance = p.pricing_war_follow * danger * able * (1.0 - lab.war_fatigue)
    if uniform(macro.seed, w.keys[WAR_FOLLOW, l], t, 0) >= chance:
        return
    own = flagship_price(w, l)
    join_war(w, l)
    log_event(w, WAR_JOIN, l, -1, rival_price(w, l))
    for other in range(N_LABS):
        # Who has provoked the answer is in the war as well.
        if other != l and at_home(w, other) and w.labs[other].at_war == 0 and undercuts(w, other, l, own):
            join_war(w, other)


@compiled
def join_war(w, l):
    """Lab `l` is at war from now."""
    lab = w.labs[l]
    lab.at_war = 1
    lab.war_months = 0.0
    lab.war_loss_usd = 0.0


@compiled
def leave_war(w, l):
    """Lab `l` is at peace from now; what it charges stays until there is a reason to change it."""
    lab = w.labs[l]
    lab.at_war = 0
    lab.war_months = 0.0
    lab.undercut_months = 0.0


@compiled
def consider_leaving(w, l):
    """A lab at war leaves when its losses have outlasted its patience, or when nobody undercuts it any more.

    Patience with negative margins is in proportion to means; who has left with losses stays away for long.
    What it would charge in peace is the measure of an undercut: once customers are used to low prices, there is none.
    """
    p = w.p[w.macro[0].month]
    lab = w.labs[l]
    m = newest_flagship(w, l)
    if m < 0:
        leave_war(w, l)
        return
    patience = p.pricing_war_patience_months * means(w, l) / p.pricing_war_means_months
    exhausted = lab.months_negative > patience
    rival = rival_price(w, l)
    relieved = rival >= p.pricing_war_undercut * peace_price(w, m)
    if exhausted:
        lab.war_fatigue = 1.0
    if exhausted or (relieved and lab.war_months >= p.pricing_war_notice_months):
        leave_war(w, l)


@compiled
def war_floor(w, m):
    """Lowest list price (USD/Mtoken) that its lab sets for model `m` at war.

    The cost of compute, less where an owner cross-subsidises: an owner counts idle compute at running cost only, and
    gives away a part. Small models are the loss leaders.
    """
    p = w.p[w.macro[0].month]
    model = w.models[m]
    lab = w.labs[model.lab]
    floor = full_cost(w, m) * p.pricing_war_markup
    if lab.owner >= 0 and p.pricing_owner_cross_subsidy_in_war > 0.5:
        region = w.regions[lab.region]
        busy = min(1.0, region.utilisation / p.clouds_normal_utilisation)
        running = region.variable_cost / region.rent_contract
        floor *= p.pricing_war_owner_markup * (running + (1.0 - running) * busy)
    if model.small == 1:
        floor *= p.pricing_war_small_markup
    return floor


@compiled
def rival_at_war(w, l):
    """Lowest price (USD/Mtoken, adjusted for quality) that lab `l` has to expect: the floors of rivals at war."""
    worth = w.p[w.macro[0].month].pricing_war_quality_worth
    best = NO_PRICE
    for other in range(N_LABS):
        m = newest_flagship(w, other)
        if other == l or m < 0 or not at_home(w, other):
            continue
        price = w.models[m].price
        if w.labs[other].at_war == 1:
            price = min(price, war_floor(w, m))
        best = min(best, worth_price(price, w.labs[l].best_q - w.labs[other].best_q, worth))
    return best


@compiled
def war_price(w, m):
    """List price (USD/Mtoken) of model `m` at war, in the month: Bertrand competition with unequal costs and quality.

    Just below what the cheapest rival can go down to, quality apart, and not below the own floor: who serves cheaper,
    or better, than all others keeps the difference.
    """
    p = w.p[w.macro[0].month]
    model = w.models[m]
    floor = war_floor(w, m)
    if model.small == 1:
        return floor
    return max(floor, min(rival_at_war(w, model.lab) * p.pricing_war_match, peace_price(w, m)))


@compiled
def undercuts_now(w, l):
    """Whether lab `l`, which reviews its list prices at peace, breaks the umbrella this month."""
    t = w.macro[0].month
    p = w.p[t]
    lab = w.labs[l]
    m = newest_flagship(w, l)
    if m < 0 or p.pricing_price_war < 0.5:
        return False
    rival = rival_price(w, l)
    if rival >= NO_PRICE or rival * p.pricing_war_undercut <= full_cost(w, m):
        return False
    reachable = 0.0
    for other in range(N_LABS):
        if other != l and at_home(w, other):
            ahead = max(0.0, w.labs[other].best_q - lab.best_q)
            reachable += w.labs[other].home_model_share * exp(-p.pricing_war_quality_worth * ahead)
    pull = temptation(
        lab.home_share, reachable, rival, p.pricing_war_undercut, full_cost(w, m), p.pricing_war_notice_months,
        p.pricing_war_horizon_months,
    )  # fmt: skip
    return uniform(w.macro[0].seed, w.keys[WAR_FOLLOW, l], t, 1) < p.pricing_war_aggression * pull


@compiled
def undercut_price(w, m):
    """List price (USD/Mtoken) of an undercut: clearly below the cheapest rival of equal quality, not below cost."""
    p = w.p[w.macro[0].month]
    lab = w.models[m].lab
    rival = rival_price(w, lab)
    return max(full_cost(w, m), 0.99 * p.pricing_war_undercut * rival)
