"""Developer communities: which model, through which channel, how many tokens.

A community is a region and a segment and owns individual developers as arrays. Their utility terms are the table of
segments in `sim/parameters/developers.yaml`: one row a term, one column a segment.
"""

from __future__ import annotations

import numpy as np

from sim.accounts import N_LABS, N_REGIONS
from sim.agents.agent_wave import favour, push_on, taken_up_faster
from sim.agents.choice_kernel import MODELS, Offer, Terms, choose
from sim.agents.procurement import N_ORIGINS, choose_under_bans, group_borders
from sim.agents.weights_law import runs_at
from sim.compiled import compiled
from sim.markets.liability import liability_usd_mtok
from sim.markets.tokens import throughput, token_cost
from sim.numerics import exp, log, power
from sim.world import CN, ENTERPRISE, EU, HOST, IN_FORCE, LAB_API, MANAGED, SELF, STARTUP, US

UNAVAILABLE = -1e30


@compiled
def channel_prices(w, c, m, p, prices):
    """Fill `prices` (USD/Mtoken per channel) for model `m` in community `c`; 0 where a channel is closed to it."""
    model = w.models[m]
    community = w.communities[c]
    lab = w.labs[model.lab]
    chinese_market = community.region == CN
    # What a lab that is gone had opened is served by others; its own API is shut.
    api_open = lab.active == 1 and not (chinese_market and lab.origin != 1)
    if lab.origin == 1 and not chinese_market and lab.served_abroad < 0.5:
        api_open = False
    prices[LAB_API] = model.price if api_open else 0.0
    prices[MANAGED] = 0.0
    prices[HOST] = 0.0
    prices[SELF] = 0.0
    if model.open == 0:
        if api_open and (lab.origin == 0 or lab.origin == 2 or chinese_market):
            prices[MANAGED] = model.price * (1.0 + p.developers_managed_premium)
    elif runs_at(w, m, community.region):
        rent = w.regions[community.region].rent_contract
        cost = token_cost(rent, p.labs_host_utilisation, throughput(p, model.size))
        liability = liability_usd_mtok(w, m, community.region)
        prices[HOST] = (cost + liability) * (1.0 + w.macro[0].host_margin)
        prices[MANAGED] = prices[HOST] * (1.0 + p.developers_managed_premium * 2.0)
        prices[SELF] = cost * p.labs_host_utilisation / p.developers_self_host_utilisation[community.segment]
        prices[SELF] += liability


@compiled
def origin_distaste(p, region, segment, channel, chinese):
    """Distaste for a Chinese model (utility): law and trust by region and segment, less when a local host runs it."""
    if chinese == 0 or region == CN:
        return 0.0
    weight = (
        1.0
        if region == US
        else p.developers_origin_distaste_eu
        if region == EU
        else p.developers_origin_distaste_elsewhere
    )
    relief = p.developers_origin_api_weight if channel == LAB_API else p.developers_origin_relief_hosted
    return p.developers_origin_distaste[segment] * weight * relief


@compiled
def choose_models(w):
    """Developers who reconsider choose a model for one of their positions, at last month's prices and ecosystems."""
    t = w.macro[0].month
    p = w.p[t]
    base = np.empty(MODELS)
    ln_price = np.empty(MODELS)
    quality = np.empty(MODELS)
    is_open = np.empty(MODELS, np.uint8)
    chinese = np.empty(MODELS, np.uint8)
    family = np.empty(MODELS, np.int64)
    stack = np.empty(MODELS, np.int64)
    utility = np.empty(4)
    price_before = np.zeros((MODELS, 4))
    ln_before = np.zeros((MODELS, 4))
    ln_ecosystem = np.zeros(MODELS)
    ln_served = np.zeros(MODELS)
    borders = np.empty(2 * N_ORIGINS + 2)
    offer = Offer(base, ln_price, quality, is_open, chinese, family, stack)
    mean_ecosystem = 1.0
    count = 1.0
    frontier = max(w.macro[0].frontier_us, w.macro[0].frontier_cn)
    for m in range(MODELS):
        if w.models[m].available == 1:
            mean_ecosystem += w.models[m].ecosystem
            count += 1.0
    mean_ecosystem /= count
    phase = 1.0 / (1.0 + exp(-(frontier - p.developers_specialisation_at_eci) / 4.0))
    for m in range(MODELS):
        model = w.models[m]
        if model.available == 1:
            ln_ecosystem[m] = log(1.0 + model.ecosystem / mean_ecosystem)
            # Ration: an API that cannot serve is worth less to who waits in its queue.
            ln_served[m] = log(max(w.labs[model.lab].served_share, 0.05)) if model.open == 0 else 0.0
    for c in range(len(w.communities)):
        community = w.communities[c]
        s = community.segment
        r = community.region
        alpha = p.developers_price_taste[s]
        for m in range(MODELS):
            model = w.models[m]
            lab = w.labs[model.lab]
            family[m] = model.lab
            stack[m] = lab.host + 1 if lab.host >= 0 else 0
            is_open[m] = 1 if runs_at(w, m, r) else 0
            chinese[m] = 1 if lab.origin == 1 else 0
            base[m] = UNAVAILABLE
            ln_price[m] = 0.0
            quality[m] = 0.0
            for h in range(4):
                w.channel_tokens[c, m, h] = 0.0
            if model.available == 0:
                continue
            prices = w.channel_price[c, m]
            channel_prices(w, c, m, p, prices)
            # A closed model is offered by its cloud only as well as the stack of the cloud's services has grown up.
            immaturity = 0.0
            if model.open == 0 and lab.host >= 0:
                immaturity = p.developers_managed_immaturity * (1.0 - w.clouds[lab.host].managed_maturity)
            total = 0.0
            for h in range(4):
                utility[h] = 0.0
                if prices[h] <= 0.0:
                    continue
                # Neighbours mostly pay the same prices: the logarithm is taken when one changes.
                if prices[h] != price_before[m, h]:
                    price_before[m, h] = prices[h]
                    ln_before[m, h] = log(prices[h] / p.developers_reference_price)
                v = -alpha * ln_before[m, h] - origin_distaste(p, r, s, h, chinese[m])
                if h == LAB_API:
                    v += p.developers_channel_lab_api[s]
                elif h == MANAGED:
                    v += p.developers_channel_managed[s] - immaturity
                elif h == SELF:
                    v += p.developers_channel_self_hosted[s]
                utility[h] = exp(v / p.developers_channel_scale)
                total += utility[h]
            if total <= 0.0:
                continue
            average = 0.0
            for h in range(4):
                share = utility[h] / total
                w.channel_tokens[c, m, h] = share
                if share > 0.0:
                    average += share * ln_before[m, h]
            inclusive = p.developers_channel_scale * log(total)
            q = (model.q - frontier) / 10.0
            quality[m] = q
            ln_price[m] = average
            # Tasks grow with what models can do: capability weighs more once agents and coding are the use.
            theta = p.developers_quality_taste[s] * (
                p.developers_early_capability_weight + (1.0 - p.developers_early_capability_weight) * phase
            )
            if p.developers_sufficiency_rule > 0.5:
                need = frontier - p.developers_sufficiency_gap
                taste = -theta * log(1.0 + exp(-(model.q - need) / p.developers_sufficiency_width))
            else:
                taste = theta * q
            special = p.developers_specialisation[s] * phase * lab.specialisation
            base[m] = (
                p.developers_constant[s]
                + taste
                + inclusive
                + p.developers_ecosystem_taste[s] * ln_ecosystem[m]
                + lab.brand * p.developers_brand_weight[s]
                + special
                # Without a vendor behind them closed weights are no easier to adopt than open ones.
                + p.developers_open_taste[s] * (1.0 if is_open[m] == 1 else 1.0 - lab.service)
                + local_taste(p, lab.region, r)
                + ln_served[m]
                - p.developers_ban_strength[s] * (1.0 if lab.origin == 1 and r != CN else 0.0)
            )
            if len(w.agent_releases) > 0:
                base[m] += p.developers_agent_favour * favour(w, r, model.lab, model.open, model.q)
        terms = Terms(
            p.developers_sigma_closed, p.developers_sigma_open,
            p.developers_switching_family[s] * w.policy[IN_FORCE].switching_factor[r],
            p.developers_switching_model[s], p.developers_same_stack[s], p.developers_outside_inertia,
        )  # fmt: skip
        groups = group_borders(w, r, s, borders)
        if groups > 0:
            reconsidered, switchers, log_sum = choose_under_bans(w, c, offer, terms, borders, groups)
            community.switchers = switchers
            if reconsidered > 0:
                community.log_sum = log_sum / reconsidered
            continue
        stop = community.first + community.count
        if t == 0:
            # Everybody is seated: each position is chosen once, with draws of its own.
            for position in range(4):
                choose(
                    w.developers, community.first, stop, offer, terms, 1.0, w.community_keys[c], 1_000_000 + position,
                    position, w.users[c], w.weight[c],
                )  # fmt: skip
        reconsidered, switchers, log_sum = choose(
            w.developers, community.first, stop, offer, terms, p.developers_reconsider[s], w.community_keys[c], t, -1,
            w.users[c], w.weight[c],
        )  # fmt: skip
        community.switchers = switchers
        if reconsidered > 0:
            community.log_sum = log_sum / reconsidered


@compiled
def local_taste(p, lab_region, region):
    """Taste for a lab of one's own region: language, law, sales force (utility)."""
    if lab_region == region:
        return p.developers_home_taste_eu if region == EU else p.developers_home_taste
    return 0.0


@compiled
def saturated(tokens, spend, ceiling):
    """Tokens after the budget of the community binds smoothly: `X / (1 + spend / ceiling)`."""
    return tokens / (1.0 + spend / ceiling)


@compiled
def use_tokens(w):
    """Developers use tokens: more as models get better and cheaper; cheap models are used more by the same people."""
    t = w.macro[0].month
    p = w.p[t]
    paid = np.zeros(MODELS)
    for m in range(MODELS):
        w.models[m].tokens_m = 0.0
        w.models[m].own_tokens_m = 0.0
    for c in range(len(w.communities)):
        community = w.communities[c]
        s = community.segment
        room = 1.0 - community.adoption / p.developers_adoption_ceiling[s]
        community.adoption += p.developers_adoption_rate[s] / 12.0 * community.adoption * room
        used = 0.0
        everyone = 0.0
        for m in range(MODELS):
            used += w.weight[c, m]
            everyone += w.weight[c, m]
        everyone += w.weight[c, MODELS]
        total = 0.0
        for m in range(MODELS):
            w.tokens[c, m] = 0.0
            if w.weight[c, m] > 0 and w.models[m].available == 1:
                paid[m] = paid_price(w, c, m)
                relative = paid[m] / community.price_index
                w.tokens[c, m] = w.weight[c, m] * power(max(relative, 1e-4), -p.developers_usage_elasticity_within)
                total += w.tokens[c, m]
        if total <= 0.0:
            community.tokens_m = 0.0
            community.spend_usd = 0.0
            for m in range(MODELS):
                for h in range(4):
                    w.channel_tokens[c, m, h] = 0.0
            continue
        need = (
            community.tokens_base_m
            * community.adoption
            * (used / everyone)
            * exp(p.developers_usage_capability_pull * (community.mean_q - 126.0))
            * power(community.price_index / p.developers_reference_price, -p.developers_usage_elasticity)
            * community.agent_intensity
        )
        ceiling = community.firms * p.developers_spend_ceiling_usd[s] * community.adoption
        need = saturated(need, need * community.price_index, ceiling)
        # Habits and budgets follow need with a lag of some months.
        previous = community.tokens_m if community.tokens_m > 0.0 else need
        tokens = previous * exp(log(need / previous) / p.developers_budget_months)
        spend = 0.0
        mean_q = 0.0
        sum_tokens = 0.0
        for m in range(MODELS):
            if w.tokens[c, m] <= 0.0:
                for h in range(4):
                    w.channel_tokens[c, m, h] = 0.0
                continue
            lab = w.labs[w.models[m].lab]
            served = 1.0 if w.models[m].open == 1 else lab.served_share
            x = tokens * w.tokens[c, m] / total * served
            w.tokens[c, m] = x
            spend += x * paid[m]
            mean_q += x * w.models[m].q
            sum_tokens += x
            w.models[m].tokens_m += x
            for h in range(4):
                w.channel_tokens[c, m, h] *= x
            if w.models[m].open == 0:
                w.models[m].own_tokens_m += x
            else:
                w.models[m].own_tokens_m += w.channel_tokens[c, m, LAB_API]
        community.tokens_m = sum_tokens
        community.spend_usd = spend
        if sum_tokens > 0.0:
            index = spend / sum_tokens
            community.price_index *= exp(0.3 * log(index / community.price_index))
            community.mean_q += (mean_q / sum_tokens - community.mean_q) * 0.3
        growth = p.developers_agent_growth[s] / 12.0
        ready = 1.0 / (1.0 + exp(-(w.macro[0].frontier_us - p.developers_agent_at_eci) / p.developers_agent_width_eci))
        # A release of an agent that runs on what they use makes them take up agents faster, and for longer tasks.
        push, longer = push_on(w, community.region, -1, community.mean_q)
        aim = 1.0 + (p.developers_agent_multiplier[s] * longer - 1.0) * ready
        community.agent_intensity += (aim - community.agent_intensity) * taken_up_faster(growth, push)
        describe_community(w, c)


@compiled
def paid_price(w, c, m):
    """Average price (USD/Mtoken) that community `c` pays for model `m` over the channels it uses."""
    prices = w.channel_price[c, m]
    total = 0.0
    weight = 0.0
    for h in range(4):
        x = w.channel_tokens[c, m, h]
        if x > 0.0:
            total += x * prices[h]
            weight += x
    return total / weight if weight > 0.0 else max(w.models[m].price, 1e-3)


@compiled
def describe_community(w, c):
    """Shares that are read off the developers: open as main model, using at all, channels of open tokens."""
    community = w.communities[c]
    users = 0
    open_users = 0
    channels = community.channel_share
    total = 0.0
    for h in range(4):
        channels[h] = 0.0
    for m in range(MODELS):
        users += w.users[c, m]
        if w.models[m].open == 1:
            open_users += w.users[c, m]
            for h in range(4):
                channels[h] += w.channel_tokens[c, m, h]
                total += w.channel_tokens[c, m, h]
    if total > 0.0:
        for h in range(4):
            channels[h] /= total
    community.open_primary = open_users / users if users > 0 else 0.0
    everyone = users + w.users[c, MODELS]
    community.using = users / everyone if everyone > 0 else 0.0


@compiled
def load_compute(w):
    """Turn tokens into compute: labs' own APIs and managed clouds, third-party hosts, and self-hosting, by region."""
    t = w.macro[0].month
    p = w.p[t]
    per_second = 1e6 / (HOURS_SECONDS)
    for l in range(N_LABS):
        w.labs[l].inference_h100e = 0.0
        w.labs[l].tokens_m = 0.0
        w.labs[l].open_tokens_m = 0.0
    for r in range(N_REGIONS):
        w.regions[r].host_h100e = 0.0
        w.regions[r].self_hosted_h100e = 0.0
        w.regions[r].host_tokens_m = 0.0
        w.regions[r].tokens_m = 0.0
        w.regions[r].surplus_usd = 0.0
    for c in range(len(w.communities)):
        community = w.communities[c]
        region = w.regions[community.region]
        region.tokens_m += community.tokens_m
        alpha = p.developers_price_taste[community.segment]
        region.surplus_usd += community.spend_usd * max(0.0, community.log_sum) / alpha
        for m in range(MODELS):
            if w.tokens[c, m] <= 0.0:
                continue
            model = w.models[m]
            lab = w.labs[model.lab]
            speed = throughput(p, model.size)
            api = w.channel_tokens[c, m, LAB_API]
            managed = w.channel_tokens[c, m, MANAGED]
            host = w.channel_tokens[c, m, HOST]
            own = w.channel_tokens[c, m, SELF]
            served = max(lab.served_share, 0.05) if model.open == 0 else 1.0
            if model.open == 0:
                lab.inference_h100e += (api + managed) / served * per_second / speed / p.labs_serving_utilisation
                lab.tokens_m += api + managed
            else:
                lab.inference_h100e += api * per_second / speed / p.labs_serving_utilisation
                lab.tokens_m += api
                lab.open_tokens_m += host + managed + own
                region.host_h100e += (host + managed) * per_second / speed / p.labs_host_utilisation
                region.host_tokens_m += host + managed
                region.self_hosted_h100e += (
                    own * per_second / speed / p.developers_self_host_utilisation[community.segment]
                )


HOURS_SECONDS = 730.0 * 3600.0


@compiled
def count_holders(w, region, holders):
    """Developers of firms (startup, enterprise) of a region that hold any model of each lab; fills `holders` (labs)."""
    counts = np.zeros(64, np.int64)  # by lab; an empty position (255) counts for a lab that does not exist
    choice = w.developers.choice
    total = 0
    for c in range(len(w.communities)):
        community = w.communities[c]
        if community.region != region or (community.segment != STARTUP and community.segment != ENTERPRISE):
            continue
        total += community.count
        for i in range(community.first, community.first + community.count):
            # Positions that a developer does not keep are empty. A lab held twice counts once.
            first, second, third, last = choice[i, 0] >> 2, choice[i, 1] >> 2, choice[i, 2] >> 2, choice[i, 3] >> 2
            counts[first] += 1
            counts[second] += np.int64(second != first)
            counts[third] += np.int64((third != first) & (third != second))
            counts[last] += np.int64((last != first) & (last != second) & (last != third))
    holders[:] = counts[: len(holders)]
    return total
