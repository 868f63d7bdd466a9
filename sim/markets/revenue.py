"""Who pays for tokens and assistants: from users to labs, clouds and hosts, flow by flow."""

from __future__ import annotations

import numpy as np

from sim.accounts import CLOUD0, HOST0, HOUSEHOLDS, LAB0, N_LABS, N_REGIONS, USERS0
from sim.agents.choice_kernel import MODELS
from sim.agents.consumer_agents import agent_payment, ripeness
from sim.agents.developers import channel_prices, count_holders
from sim.agents.platform_models import is_closed, pay_licence, served_model
from sim.compiled import compiled
from sim.ledger import (
    API_PAYMENTS,
    ASSISTANT_PAYMENTS,
    HOST_PAYMENTS,
    LIABILITY_COSTS,
    OTHER_MODEL_SALES,
    PAYOUTS,
    PLATFORM_COSTS,
    REVENUE_SHARE,
    balance_usd,
    post,
)
from sim.markets.liability import liability_usd_mtok, pay_fixed_costs, platform_liability_usd_mtok
from sim.numerics import exp, log
from sim.world import CN, HOST, LAB_API, MANAGED, NO_ONE, SELF, US


@compiled
def sell_tokens(w):
    """Users pay for tokens by channel; clouds keep a share of what they resell; hosts keep what rent leaves."""
    t = w.macro[0].month
    p = w.p[t]
    prices = np.empty(4)
    api = np.zeros((N_REGIONS, N_LABS))
    managed = np.zeros((N_REGIONS, N_LABS))
    hosted = np.zeros(N_REGIONS)
    liable_hosts = np.zeros(N_REGIONS)
    liable_users = np.zeros(N_REGIONS)
    served = np.zeros(N_LABS)
    for c in range(len(w.communities)):
        r = w.communities[c].region
        for m in range(MODELS):
            if w.tokens[c, m] <= 0.0:
                continue
            model = w.models[m]
            channel_prices(w, c, m, p, prices)
            x = w.channel_tokens[c, m]
            api[r, model.lab] += x[LAB_API] * prices[LAB_API] * p.pricing_realisation
            served[model.lab] += x[LAB_API] * model.marginal_cost
            if model.open == 0:
                served[model.lab] += x[MANAGED] * model.marginal_cost
                managed[r, model.lab] += x[MANAGED] * prices[MANAGED] * p.pricing_realisation
                hosted[r] += x[HOST] * prices[HOST]
            else:
                hosted[r] += x[HOST] * prices[HOST] + x[MANAGED] * prices[MANAGED]
                liability = liability_usd_mtok(w, m, r)
                liable_hosts[r] += (x[HOST] + x[MANAGED]) * liability
                liable_users[r] += x[SELF] * liability
    for l in range(N_LABS):
        lab = w.labs[l]
        lab.api_revenue = 0.0
        for r in range(N_REGIONS):
            lab.api_revenue += post(w, USERS0 + r, LAB0 + l, api[r, l] + managed[r, l], API_PAYMENTS)
            if lab.host >= 0 and managed[r, l] > 0.0:
                share = managed[r, l] * p.pricing_cloud_revenue_share
                lab.api_revenue -= post(w, LAB0 + l, CLOUD0 + lab.host, share, REVENUE_SHARE)
                w.clouds[lab.host].managed_income += share
                w.clouds[lab.host].revenue += share
        lab.api_cost = served[l]
        lab.api_gross_margin = 1.0 - lab.api_cost / lab.api_revenue if lab.api_revenue > 1000.0 else 0.0
    for r in range(N_REGIONS):
        post(w, USERS0 + r, HOST0 + r, hosted[r], HOST_PAYMENTS)
        post(w, HOST0 + r, HOUSEHOLDS, liable_hosts[r], LIABILITY_COSTS)
        post(w, USERS0 + r, HOUSEHOLDS, liable_users[r], LIABILITY_COSTS)


@compiled
def sell_assistants(w):
    """Subscriptions and advertising of assistants; other lines of labs: on-premise, government, foreign apps."""
    t = w.macro[0].month
    p = w.p[t]
    licences = np.zeros(N_LABS)
    for l in range(N_LABS):
        w.labs[l].assistant_revenue = 0.0
    for i in range(len(w.platforms)):
        platform = w.platforms[i]
        platform.revenue = 0.0
        platform.agent_revenue = 0.0
        platform.licence_cost = 0.0
        if is_closed(w, i):
            continue
        earned = ripeness(w, i, p) * (p.platforms_owner_monetisation if w.labs[platform.lab].owner >= 0 else 1.0)
        for r in range(N_REGIONS):
            pay = platform.users[r] * p.platforms_revenue_per_user_year[r] / 12.0 * earned
            more = platform.agent_users[r] * agent_payment(p, r) / 12.0 * earned
            platform.revenue += post(w, USERS0 + r, LAB0 + platform.lab, pay + more, ASSISTANT_PAYMENTS)
            platform.agent_revenue += more
        w.labs[platform.lab].assistant_revenue += platform.revenue
        post(w, LAB0 + platform.lab, HOUSEHOLDS, platform.revenue * p.platforms_cost_share, PLATFORM_COSTS)
        platform.licence_cost = pay_licence(w, i, LAB0 + platform.lab, LAB0 + platform.serving_lab, p)
        licences[platform.serving_lab] += platform.licence_cost
        post(w, LAB0 + platform.lab, HOUSEHOLDS, liability_of_platform(w, i), LIABILITY_COSTS)
    for l in range(N_LABS):
        lab = w.labs[l]
        if lab.active == 0 or t < lab.entry:
            continue
        ready = exp(p.labs_other_revenue_growth / 12.0 * (t - lab.entry))
        other = lab.other_revenue_start / 12.0 * ready
        lab.other_revenue = post(w, USERS0 + lab.region, LAB0 + l, other, OTHER_MODEL_SALES) + licences[l]
        lab.revenue = lab.api_revenue + lab.assistant_revenue + lab.other_revenue + lab.physical_revenue
        lab.revenue_smooth += (lab.revenue - lab.revenue_smooth) * 0.3
        lab.revenue_last += (lab.revenue_smooth - lab.revenue_last) / 12.0
        if lab.revenue_last > 1e-3 * p.alliances_least_spending_usd:
            lab.growth = log(max(lab.revenue_smooth, 1e-3 * p.alliances_least_spending_usd) / lab.revenue_last)
        delivery = (lab.other_revenue - licences[l]) * p.labs_other_cost_share
        lab.other_cost = post(w, LAB0 + l, HOUSEHOLDS, delivery, PLATFORM_COSTS)
        count_cost_of_revenue(w, l)


@compiled
def liability_of_platform(w, i):
    """What platform `i` pays this month for serving another lab's open weights, USD."""
    platform = w.platforms[i]
    m = served_model(w, i)
    return platform.tokens_m * platform_liability_usd_mtok(w, i, m) if m != NO_ONE else 0.0


@compiled
def kept_ready(serving, compute, extra, training_share):
    """Compute kept ready for a service beyond its average load, H100e: `x S / (x + S)`, S what training can spare.

    Peaks, launches, pictures, voice and tools want `x = extra`; research uses it while it is idle, and gets no less
    than its share.
    """
    spare = max(0.0, compute * (1.0 - training_share) - serving)
    return extra * spare / (extra + spare) if spare > 0.0 else 0.0


@compiled
def count_cost_of_revenue(w, l):
    """Cost of revenue and gross margin of lab `l`: serving, what is kept ready, platform costs, delivery, people.

    What an assistant's owner embeds in its other products earns there and is left out. Compute is kept ready for people
    who chat, not for agents, which can wait. Rent and people are paid elsewhere; here they are only attributed.
    """
    p = w.p[w.macro[0].month]
    lab = w.labs[l]
    chats = 0.0
    embedded = 0.0
    fees = 0.0
    for i in range(len(w.platforms)):
        platform = w.platforms[i]
        if platform.lab == l and platform.tokens_m > 0.0:
            each = platform.compute_h100e / (platform.assistant_m + platform.embedded_m)
            chats += each * (platform.assistant_m - platform.agent_tokens_m)
            embedded += each * platform.embedded_m
            fees += platform.revenue * p.platforms_cost_share + platform.licence_cost
            fees += liability_of_platform(w, i)
    serving = min(lab.inference_smooth_h100e, lab.compute_h100e)
    ready = kept_ready(serving, lab.compute_h100e, p.labs_assistant_reserve * chats, p.labs_training_share_min)
    hour = lab.compute_cost / max(lab.compute_h100e, 1.0)
    lab.inference_cost = (serving + ready) * hour
    paid_by_owner = embedded / max(lab.inference_h100e, 1.0) * serving * hour
    people = p.labs_serving_staff_share * lab.staff_usd
    lab.cost_of_revenue = lab.inference_cost - paid_by_owner + fees + lab.other_cost + people
    lab.gross_margin = 1.0 - lab.cost_of_revenue / lab.revenue if lab.revenue > 1000.0 else 0.0


@compiled
def run_hosts(w):
    """Third-party hosts pay out their surplus; entry while margins are good, exit while they are bad, moves the margin.

    Free entry: `margin = m0 (hosts0 / hosts)^0.5`, hosts follow profit, after what the law costs a host, with a lag.
    Nobody leaves faster than at no margin at all.
    """
    t = w.macro[0].month
    p = w.p[t]
    profit = 0.0
    burden = pay_fixed_costs(w)
    for r in range(N_REGIONS):
        cash = balance_usd(w, HOST0 + r)
        profit += cash
        post(w, HOST0 + r, HOUSEHOLDS, cash, PAYOUTS)
    macro = w.macro[0]
    pull = max(-1.0, (macro.host_margin - burden - p.pricing_host_margin) / p.pricing_host_margin)
    macro.hosts *= exp(p.pricing_host_entry * pull + p.pricing_host_market_growth / 12.0)
    aim = p.pricing_host_margin_start * exp(-0.5 * log(macro.hosts / p.pricing_hosts_start))
    macro.host_margin += (max(aim, 0.0) - macro.host_margin) * 0.2


@compiled
def trace_chips_of_tokens(w):
    """On whose chips tokens run: the dependency of Chinese and of open models on US-designed chips."""
    macro = w.macro[0]
    macro.tokens_cn_models_m = 0.0
    macro.tokens_cn_models_us_chips_m = 0.0
    macro.tokens_open_m = 0.0
    macro.tokens_open_us_chips_m = 0.0
    macro.tokens_all_m = 0.0
    macro.tokens_us_chips_m = 0.0
    macro.open_tokens_us_platform_m = 0.0
    for r in range(N_REGIONS):
        macro.open_tokens_region_m[r] = 0.0
        macro.open_tokens_us_platform_region_m[r] = 0.0
    us_owned = np.zeros(N_REGIONS)
    total = np.zeros(N_REGIONS)
    for i in range(len(w.sites)):
        site = w.sites[i]
        total[site.region] += site.usable_h100e
        if w.clouds[site.cloud].region == US:
            us_owned[site.region] += site.usable_h100e
    for c in range(len(w.communities)):
        r = w.communities[c].region
        local = w.regions[r].mix_us_designed
        american = us_owned[r] / max(total[r], 1.0)
        for m in range(MODELS):
            x = w.tokens[c, m]
            if x <= 0.0:
                continue
            model = w.models[m]
            own_share = lab_us_chips(w, model.lab)
            own = x if model.open == 0 else w.channel_tokens[c, m, LAB_API]
            others = x - own
            us_chips = own * own_share + others * local
            count_tokens(w, model.lab, model.open, x, us_chips)
            if model.open == 1:
                macro.open_tokens_region_m[r] += x
                platform = others * american
                if w.labs[model.lab].origin == 0:
                    platform += own
                macro.open_tokens_us_platform_region_m[r] += platform
                macro.open_tokens_us_platform_m += platform
    for i in range(len(w.platforms)):
        platform = w.platforms[i]
        lab = platform.serving_lab
        us_chips = platform.tokens_m * lab_us_chips(w, platform.lab)
        count_tokens(w, lab, platform.serving_open, platform.tokens_m, us_chips)
    for r in range(N_REGIONS):
        american = us_owned[r] / max(total[r], 1.0)
        count_robots(w, r, american)


@compiled
def count_robots(w, r, american):
    """Add what robots of region `r` use over the network; what runs in the robot needs no data centre."""
    macro = w.macro[0]
    industry = w.industries[r]
    for l in range(N_LABS):
        x = industry.cloud_lab_tokens_m[l]
        if x <= 0.0:
            continue
        opened = industry.cloud_open[l]
        local = w.regions[r].mix_us_designed
        count_tokens(w, l, opened, x, x * (local if opened == 1 else lab_us_chips(w, l)))
        if opened == 1:
            macro.open_tokens_region_m[r] += x
            macro.open_tokens_us_platform_region_m[r] += x * american
            macro.open_tokens_us_platform_m += x * american


@compiled
def count_tokens(w, l, opened, tokens, on_us_chips):
    """Add tokens of lab `l` to the totals by origin and openness."""
    macro = w.macro[0]
    macro.tokens_all_m += tokens
    macro.tokens_us_chips_m += on_us_chips
    if w.labs[l].origin == 1:
        macro.tokens_cn_models_m += tokens
        macro.tokens_cn_models_us_chips_m += on_us_chips
    if opened == 1:
        macro.tokens_open_m += tokens
        macro.tokens_open_us_chips_m += on_us_chips


@compiled
def lab_us_chips(w, l):
    """Share of a lab's own serving that runs on US-designed chips: where it computes, and how far it has ported."""
    lab = w.labs[l]
    share = 0.0
    for r in range(N_REGIONS):
        mix = w.regions[r].mix_us_designed
        if r == CN and lab.origin == 1:
            mix = 1.0 - lab.porting_share
        share += w.lab_region[l, r] * mix
    return share


@compiled
def survey_firms(w):
    """Which share of firms in the United States pays for whose models (as a card-payments survey would see it)."""
    w.holders[N_LABS] = count_holders(w, US, w.holders[:N_LABS])
