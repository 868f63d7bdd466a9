"""Bans on models by origin: who obeys, what they may still choose, and how a ban that is coming weighs on a choice.

Obeying is a trait of a user, platform or factory: a number in [0, 1) from its own stream, drawn once; who is below the
compliance of a ban obeys it, this month and every month. Users of one community are therefore cut into groups by the
compliances that hold there, now and as expected, and each group chooses among what it may use.
"""

from __future__ import annotations

import numpy as np

from sim.accounts import N_REGIONS
from sim.agents.choice_kernel import MODELS, POSITIONS, Group, Offer, choose_among
from sim.compiled import compiled
from sim.draws import COMPLIANCE, PLATFORM_COMPLIANCE
from sim.numerics import exp
from sim.streams import uniform
from sim.world import EXPECTED, IN_FORCE, PLATFORM

N_ORIGINS, N_SEGMENTS = 3, 5
BANNED = -1e30
SEATING, LEAVING = 1_000_000, 2_000_000
"""Places in the streams of a community's draws for what is not the monthly choice."""


@compiled
def banned_share(w, row, origin, region, segment):
    """Share of users of a segment of a region who may not use models of an origin, by row IN_FORCE or EXPECTED."""
    return w.policy[row].model_ban[(origin * N_REGIONS + region) * N_SEGMENTS + segment]


@compiled
def is_barred(w, row, i, origin, region):
    """Whether platform `i` obeys a ban of models of an origin for platforms in a region."""
    share = banned_share(w, row, origin, region, PLATFORM)
    return share > 0.0 and uniform(w.macro[0].seed, w.keys[PLATFORM_COMPLIANCE, i], 0, 0) < share


@compiled
def group_borders(w, region, segment, borders):
    """Number of groups into which bans, in force or expected, cut a segment of a region; 0 without any ban.

    Fills `borders` (f8 [2 N_ORIGINS + 2], rising): group g holds users whose trait is in [borders[g], borders[g + 1]).
    """
    groups = 0
    for row in (IN_FORCE, EXPECTED):
        for origin in range(N_ORIGINS):
            if banned_share(w, row, origin, region, segment) > 0.0:
                groups = 1
    if groups == 0:
        return 0
    borders[0] = 0.0
    borders[1] = 1.0
    for row in (IN_FORCE, EXPECTED):
        for origin in range(N_ORIGINS):
            groups = add_border(borders, groups, banned_share(w, row, origin, region, segment))
    return groups


@compiled
def add_border(borders, groups, share):
    """Put a share between the borders of `groups` groups, unless it is there; returns the number of groups."""
    for g in range(groups + 1):
        if borders[g] == share:
            return groups
    k = groups
    while borders[k] > share:
        borders[k + 1] = borders[k]
        k -= 1
    borders[k + 1] = share
    return groups + 1


@compiled
def cost_of_leaving(p, segment):
    """What a model that will have to be dropped is worth less (utility): the cost of switching, if still held by then.

    `(kappa_family + kappa_model) exp(-rho H / 2)`: the ban comes on average half the foresight H ahead, and a share rho
    of users reconsiders every month anyway.
    """
    months = 0.5 * p.governments_foresight_months
    switching = p.developers_switching_family[segment] + p.developers_switching_model[segment]
    return switching * exp(-p.developers_reconsider[segment] * months)


@compiled
def choose_under_bans(w, c, offer, terms, borders, groups):
    """A month of choice of community `c` group by group; returns what `choose` does.

    Who obeys and holds a banned model in any position leaves it now: no habit holds it, and every such position is
    chosen anew among what is allowed. The rest is the monthly choice, with the same draws for everybody as without a
    ban.
    """
    t = w.macro[0].month
    p = w.p[t]
    community = w.communities[c]
    s, r = community.segment, community.region
    key, trait_key = w.community_keys[c], w.keys[COMPLIANCE, c]
    stop = community.first + community.count
    leaving = cost_of_leaving(p, s)
    base = np.empty(MODELS)
    barred = np.zeros(256, np.uint8)
    reconsidered, switchers, log_sum = 0, 0, 0.0
    for g in range(groups):
        for m in range(MODELS):
            origin = w.labs[w.models[m].lab].origin
            base[m] = offer.base[m]
            barred[m] = 0
            if banned_share(w, IN_FORCE, origin, r, s) >= borders[g + 1]:
                base[m] = BANNED
                barred[m] = 1
            elif banned_share(w, EXPECTED, origin, r, s) >= borders[g + 1]:
                base[m] -= leaving
        allowed = Offer(
            base, offer.ln_price, offer.quality, offer.is_open, offer.chinese, offer.family, offer.stack
        )  # fmt: skip
        everyone = Group(w.macro[0].seed, trait_key, borders[g], borders[g + 1], 0, barred)
        if t == 0:
            for position in range(POSITIONS):
                choose_among(
                    w.developers, community.first, stop, allowed, terms, 1.0, key, SEATING + position, position,
                    w.users[c], w.weight[c], everyone,
                )  # fmt: skip
        if holds_barred(w.developers, community.first, stop, everyone):
            leavers = Group(w.macro[0].seed, trait_key, borders[g], borders[g + 1], 1, barred)
            for position in range(POSITIONS):
                switchers += choose_among(
                    w.developers, community.first, stop, allowed, terms, 1.0, key, LEAVING + POSITIONS * t + position,
                    position, w.users[c], w.weight[c], leavers,
                )[1]  # fmt: skip
        one, moved, logs = choose_among(
            w.developers, community.first, stop, allowed, terms, p.developers_reconsider[s], key, t, -1,
            w.users[c], w.weight[c], everyone,
        )  # fmt: skip
        reconsidered += one
        switchers += moved
        log_sum += logs
    return reconsidered, switchers, log_sum


@compiled
def holds_barred(developers, start, stop, group):
    """Whether anybody of the group holds a model that the group may not use."""
    for i in range(start, stop):
        for p in range(np.int64(developers.positions[i])):
            if group.barred[developers.choice[i, p]] == 1:
                trait = uniform(group.seed, group.key, 0, i - start)
                if group.low <= trait < group.high:
                    return True
    return False


@compiled
def robot_ban(w, origin, region):
    """Share of factories of a region that may not qualify models of an origin: by the law, in force or expected.

    Qualifying a model takes months, so that one that will be banned is not begun.
    """
    place = origin * N_REGIONS + region
    return max(w.policy[IN_FORCE].robot_ban[place], w.policy[EXPECTED].robot_ban[place])


@compiled
def divide_by_ban(w, region, aim):
    """Rewrite odds of models for robots (f8 [lab, mode]) so that the share of factories that obeys avoids banned ones.

    Every group of factories has the same odds among what it may use. Returns the sum of the odds that an average
    factory has; the rows then sum to it.
    """
    borders = np.empty(N_ORIGINS + 2)
    groups = 1
    borders[0], borders[1] = 0.0, 1.0
    for origin in range(N_ORIGINS):
        groups = add_border(borders, groups, robot_ban(w, origin, region))
    mixed = np.zeros(aim.shape)
    mean = 0.0
    for g in range(groups):
        width = borders[g + 1] - borders[g]
        left = 0.0
        for l in range(aim.shape[0]):
            if robot_ban(w, w.labs[l].origin, region) < borders[g + 1]:
                left += aim[l, 0] + aim[l, 1]
        if left <= 0.0:
            continue
        mean += width * left
        for l in range(aim.shape[0]):
            if robot_ban(w, w.labs[l].origin, region) < borders[g + 1]:
                for mode in range(aim.shape[1]):
                    mixed[l, mode] += width * aim[l, mode] / left
    whole = mixed.sum()
    for l in range(aim.shape[0]):
        for mode in range(aim.shape[1]):
            aim[l, mode] = mean * mixed[l, mode] / whole if whole > 0.0 else 0.0
    return mean


@compiled
def any_robot_ban(w, region):
    """Whether any factory of a region must avoid any model."""
    largest = 0.0
    for origin in range(N_ORIGINS):
        largest = max(largest, robot_ban(w, origin, region))
    return largest > 0.0
