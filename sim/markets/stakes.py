"""Stakes: who owns whom after rounds, swaps and warrants, and what shares are worth.

Vendors and clouds are the strategic holders; labs and clouds issue. What they do not hold belongs to founders, staff
and financial investors. A new round dilutes all earlier stakes.
"""

from __future__ import annotations

import numpy as np

from sim.accounts import (
    CLOUD0,
    INVESTORS_CN,
    INVESTORS_US,
    LAB0,
    N_CLOUDS,
    N_HOLDERS,
    N_ISSUERS,
    N_LABS,
    N_VENDORS,
    PUBLIC_EQUITY,
    VENDOR0,
)
from sim.compiled import compiled
from sim.events import BOUND_EQUITY_LIMIT, STAKE_TAKEN, WARRANTS_VEST, log_event
from sim.ledger import SHARE_SALES, WARRANT_EXERCISE, balance_usd, post
from sim.markets.deals import RUNNING
from sim.markets.deals import WARRANTS as WARRANT_DEAL
from sim.world import CN, IN_FORCE

CLOUD_EVENT, VENDOR_EVENT, LAB_EVENT = 100, 200, 300
"""Events that may speak of firms of several kinds number clouds, vendors and labs from here (`sim.event_text`)."""


@compiled
def holder_of(account):
    """Row of a vendor or cloud among holders, or -1."""
    if VENDOR0 <= account < VENDOR0 + N_VENDORS:
        return account - VENDOR0
    if CLOUD0 <= account < CLOUD0 + N_CLOUDS:
        return N_VENDORS + account - CLOUD0
    return -1


@compiled
def issuer_of(account):
    """Row of a lab or cloud among issuers, or -1."""
    if LAB0 <= account < LAB0 + N_LABS:
        return account - LAB0
    if CLOUD0 <= account < CLOUD0 + N_CLOUDS:
        return N_LABS + account - CLOUD0
    return -1


@compiled
def in_business(w, account):
    """Whether the lab or cloud that holds an account can issue shares: it has entered, and is not gone."""
    t = w.macro[0].month
    if LAB0 <= account < LAB0 + N_LABS:
        lab = w.labs[account - LAB0]
        return lab.active == 1 and t >= lab.entry and lab.owner < 0
    cloud = w.clouds[account - CLOUD0]
    return cloud.active == 1 and t >= cloud.entry


@compiled
def equity_room_usd(w, v, issuer, law):
    """Money that vendor `v` may still put into new shares of an issuer under a row of the law, USD.

    New money a into value V takes the stake s to `s (1 - x) + x` with `x = a / (V + a)`: the limit L allows
    `x = (L - s) / (1 - s)`.
    """
    limit = w.policy[law].equity_limit
    if limit >= 1.0:
        return np.inf
    held = w.stake[v, issuer]
    if held >= limit:
        return 0.0
    share = (limit - held) / (1.0 - held)
    return max(0.0, value_of_issuer(w, issuer)) * share / (1.0 - share)


@compiled
def finance_room_usd(w, v, law):
    """Own money and shares with which vendor `v` may still let customers pay under a row of the law, USD.

    The limit is a share of a year's revenue at the going rate; what customers were given in the past year and have not
    yet sold counts.
    """
    limit = w.policy[law].vendor_finance_limit
    if limit >= 1.0:
        return np.inf
    vendor = w.vendors[v]
    used = vendor.financed_year_usd * 11.0 / 12.0 + vendor.financed_usd
    for c in range(len(w.contracts)):
        if w.contracts[c].held_m > 0.0 and w.contracts[c].payee == VENDOR0 + v:
            used += w.contracts[c].held_m * 1e6 * share_price(w, v)
    return max(0.0, limit * 12.0 * vendor.revenue - used)


@compiled
def may_invest(w, payer, payee, amount_usd, law):
    """Part of an investment in a customer's equity that the limits on chip vendors allow, USD."""
    v = payer - VENDOR0
    if v < 0 or v >= N_VENDORS:
        return amount_usd
    return min(amount_usd, equity_room_usd(w, v, issuer_of(payee), law), finance_room_usd(w, v, law))


@compiled
def within_limits(w, payer, payee, amount_usd):
    """Part of an agreed investment that is made, USD; what a limit on vendors keeps out is logged."""
    allowed = may_invest(w, payer, payee, amount_usd, IN_FORCE)
    log_refused(w, payer, payee, amount_usd - allowed)
    return allowed


@compiled
def log_refused(w, payer, payee, refused_usd):
    """Write money that a limit on vendors keeps out of a customer into the log; less than a dollar is rounding."""
    if refused_usd > 1.0:
        issuer = issuer_of(payee)
        customer = LAB_EVENT + issuer if issuer < N_LABS else CLOUD_EVENT + issuer - N_LABS
        log_event(w, BOUND_EQUITY_LIMIT, payer - VENDOR0, customer, refused_usd)


@compiled
def sell_excess_stakes(w):
    """Chip vendors sell what they hold above the limit to financial investors, as fast as the law says.

    The investors pay the going value; what is sold leaves the books at cost.
    """
    law = w.policy[IN_FORCE]
    if law.equity_divest_rate <= 0.0:
        return
    for v in range(N_VENDORS):
        for issuer in range(N_ISSUERS):
            held = w.stake[v, issuer]
            if held <= law.equity_limit:
                continue
            sold = law.equity_divest_rate * (held - law.equity_limit)
            region = w.labs[issuer].region if issuer < N_LABS else w.clouds[issuer - N_LABS].region
            buyer = INVESTORS_CN if region == CN else INVESTORS_US
            post(w, buyer, VENDOR0 + v, sold * max(0.0, value_of_issuer(w, issuer)), SHARE_SALES)
            cost = w.stake_cost[v, issuer] * sold / held
            w.stake[v, issuer] -= sold
            w.stake_cost[v, issuer] -= cost
            w.vendors[v].stakes_usd -= cost
            w.macro[0].vendor_equity -= cost


@compiled
def agree_on_stake(w, holder, issuer, share):
    """Set the stake of `holder` in `issuer`; where nothing else gives way, the stakes of other holders shrink."""
    limit = w.policy[IN_FORCE].equity_limit
    if holder < N_VENDORS and share > limit:
        payee = LAB0 + issuer if issuer < N_LABS else CLOUD0 + issuer - N_LABS
        log_refused(w, VENDOR0 + holder, payee, (share - limit) * value_of_issuer(w, issuer))
        share = min(share, max(limit, w.stake[holder, issuer]))
    others = 0.0
    for other in range(N_HOLDERS):
        if other != holder:
            others += w.stake[other, issuer]
    if others > 1.0 - share:
        for other in range(N_HOLDERS):
            w.stake[other, issuer] *= (1.0 - share) / others
    w.stake[holder, issuer] = share


@compiled
def new_share(amount_usd, pre_money_usd):
    """Share that new money buys: `amount / (pre-money + amount)`."""
    return amount_usd / (max(pre_money_usd, 0.0) + amount_usd) if amount_usd > 0.0 else 0.0


@compiled
def dilute(w, issuer, share):
    """New shares are issued: every earlier stake in `issuer` shrinks by `1 - share`."""
    for holder in range(N_HOLDERS):
        w.stake[holder, issuer] *= 1.0 - share


@compiled
def value_of_issuer(w, issuer):
    """Value of an issuer before new money, USD: a lab's last valuation, a cloud's value to outside investors."""
    if issuer < N_LABS:
        return w.labs[issuer].valuation_usd
    return w.clouds[issuer - N_LABS].valuation_usd


@compiled
def take_stake(w, payer, payee, amount_usd):
    """Book the stake that a payment already made buys; vendors' equity in customers is kept at cost."""
    issuer = issuer_of(payee)
    if issuer < 0 or amount_usd <= 0.0:
        return
    share = new_share(amount_usd, value_of_issuer(w, issuer))
    dilute(w, issuer, share)
    holder = holder_of(payer)
    if holder < 0:
        return
    w.stake[holder, issuer] += share
    w.stake_cost[holder, issuer] += amount_usd
    if holder < N_VENDORS:
        w.vendors[holder].stakes_usd += amount_usd
        w.vendors[holder].financed_usd += amount_usd
        w.macro[0].vendor_equity += amount_usd


@compiled
def log_stake(w, payer, payee, amount_usd):
    """Write a stake taken by a vendor or a cloud in a lab or a cloud into the log."""
    holder = holder_of(payer)
    issuer = issuer_of(payee)
    who = holder if holder < N_VENDORS else CLOUD_EVENT + holder - N_VENDORS
    log_event(w, STAKE_TAKEN, who, issuer if issuer < N_LABS else CLOUD_EVENT + issuer - N_LABS, amount_usd)


@compiled
def lose_stakes(w, issuer):
    """An issuer is gone: stakes in it are worth nothing, and leave the books at cost."""
    for holder in range(N_HOLDERS):
        w.stake[holder, issuer] = 0.0
        if holder < N_VENDORS:
            w.vendors[holder].stakes_usd -= w.stake_cost[holder, issuer]
            w.macro[0].vendor_equity -= w.stake_cost[holder, issuer]
        w.stake_cost[holder, issuer] = 0.0


@compiled
def leave_stakes(w, holder):
    """A holder is gone: its stakes pass to outside investors and leave its books."""
    for issuer in range(N_ISSUERS):
        w.stake[holder, issuer] = 0.0
        w.stake_cost[holder, issuer] = 0.0


@compiled
def share_price(w, v):
    """Price of a share of listed vendor `v`, USD: its index over the shares that warrants have created."""
    vendor = w.vendors[v]
    return vendor.listed_price * vendor.equity_index / 100.0


@compiled
def warrants_due(gw_deployed, gw_total, price, price_start, price_target, warrants_m, vested_m, tranches):
    """Warrants (million) that vest now: a tranche needs its part of the gigawatts and of the rise of the share price.

    Tranche n of N: deployed >= n/N of the total, price >= start + (n-1)/(N-1) of the way to the target. AMD's filing of
    October 2025 has tranches that vest with purchases and share-price targets up to 600 USD; equal steps are assumed.
    """
    earned = 0.0
    for n in range(1, tranches + 1):
        step = (n - 1.0) / (tranches - 1.0) if tranches > 1 else 1.0
        hurdle = price_start + step * max(price_target - price_start, 0.0)
        if gw_deployed >= gw_total * n / tranches * (1.0 - 1e-9) and price >= hurdle:
            earned = warrants_m * n / tranches
        else:
            break
    return max(0.0, earned - vested_m)


@compiled
def vest_warrants(w):
    """Warrants vest, are exercised at once at a nominal price, and dilute the vendor's other shareholders."""
    p = w.p[w.macro[0].month]
    for c in range(len(w.contracts)):
        contract = w.contracts[c]
        if contract.kind != WARRANT_DEAL or contract.state != RUNNING or contract.gw <= 0.0:
            continue
        v = contract.payee - VENDOR0
        price = share_price(w, v)
        tranches = max(1, int(p.alliances_warrant_tranches))
        new = warrants_due(
            contract.deployed_gw, contract.gw, price, contract.price_start_usd, contract.price_target_usd,
            contract.warrants_m, contract.vested_m, tranches,
        )  # fmt: skip
        if new > 0.0 and w.policy[IN_FORCE].vendor_finance_limit < 1.0:
            most = finance_room_usd(w, v, IN_FORCE) / (1e6 * price)
            log_refused(w, contract.payee, contract.payer, (new - most) * 1e6 * price)
            new = min(new, most)
        if new <= 0.0:
            continue
        contract.vested_m += new
        contract.held_m += new
        post(w, contract.payer, contract.payee, new * 1e6 * contract.strike_usd, WARRANT_EXERCISE)
        vendor = w.vendors[v]
        vendor.equity_index *= vendor.shares_m / (vendor.shares_m + new)
        vendor.shares_m += new
        log_event(w, WARRANTS_VEST, contract.payer - LAB0, v, new * 1e6 * price)


@compiled
def sell_shares(w):
    """A lab that holds a vendor's shares sells them steadily, faster when its cash runs short: chips paid with shares.

    The public buys at the going price; households supply what the public's account lacks. Vendors whose stakes in
    customers exceed a limit of the law sell in the same month.
    """
    p = w.p[w.macro[0].month]
    sell_excess_stakes(w)
    for l in range(N_LABS):
        w.labs[l].share_sales_usd = 0.0
    for c in range(len(w.contracts)):
        contract = w.contracts[c]
        if contract.held_m <= 0.0:
            continue
        l = contract.payer - LAB0
        lab = w.labs[l]
        spending = max(lab.compute_cost + lab.staff_usd, 1.0)
        short = balance_usd(w, LAB0 + l) < p.finance_raise_below_runway_months * spending
        pace = p.alliances_share_sale_per_month * (2.0 if short else 1.0)
        sold = contract.held_m * min(1.0, pace)
        if contract.held_m < 0.1:
            sold = contract.held_m
        lab.share_sales_usd += sell_held(w, c, sold)


@compiled
def sell_held(w, c, sold_m):
    """Sell `sold_m` million of the shares held under contract `c` to the public; returns what comes in, USD."""
    contract = w.contracts[c]
    contract.held_m -= sold_m
    v = contract.payee - VENDOR0
    usd = post(w, PUBLIC_EQUITY, contract.payer, sold_m * 1e6 * share_price(w, v), SHARE_SALES)
    w.vendors[v].financed_usd += usd
    return usd


@compiled
def sell_all_shares(w, l):
    """The estate of lab `l` sells the vendors' shares that warrants gave it."""
    for c in range(len(w.contracts)):
        if w.contracts[c].held_m > 0.0 and w.contracts[c].payer == LAB0 + l:
            w.labs[l].share_sales_usd += sell_held(w, c, w.contracts[c].held_m)
