"""Agent releases ("OpenClaw"-type events): how strongly they act, where, and on whom.

A release changes no outcome. It multiplies the rate at which users of assistants and developers take up agents without
the example of others, where the model that serves them is able enough; imitation, cost and the markets do the rest.
A scenario without releases has an empty table, and everything here returns what leaves the month as it is.
"""

from __future__ import annotations

from sim.accounts import N_REGIONS
from sim.compiled import compiled
from sim.events import AGENT_WAVE, log_event


@compiled
def release_strength(age, months, fade_months):
    """Strength (0 to 1) of a release `age` months after it: full for `months`, then a line down over `fade_months`."""
    if age < 0:
        return 0.0
    if age < months:
        return 1.0
    return max(0.0, 1.0 - (age - months + 1.0) / (fade_months + 1.0))


@compiled
def acts_on(w, e, r, l, q):
    """Strength of release `e` in region `r` on who is served a model of lab `l` (-1: models of many) of capability `q`.

    A closed agent works with the models of its own lab only.
    """
    release = w.agent_releases[e]
    if release.in_region[r] < 0.5 or q < release.needs_eci or (release.open == 0 and release.lab != l):
        return 0.0
    return release_strength(w.macro[0].month - release.begin, release.months, release.fade_months)


@compiled
def push_on(w, r, l, q):
    """(multiplier on the rate of innovation, tokens of a new agent over a plain one) from all releases; (1, 1) if none.

    Arguments as in `acts_on`.
    """
    push = 1.0
    tokens = 1.0
    for e in range(len(w.agent_releases)):
        strength = acts_on(w, e, r, l, q)
        push *= 1.0 + (w.agent_releases[e].boost - 1.0) * strength
        tokens *= 1.0 + (w.agent_releases[e].multiplier - 1.0) * strength
    return push, tokens


@compiled
def favour(w, r, l, is_open, q):
    """How far (0 upwards) releases in force favour a model of lab `l`: the lab they name, or else any open weights."""
    total = 0.0
    for e in range(len(w.agent_releases)):
        release = w.agent_releases[e]
        if release.lab == l or (release.lab < 0 and is_open == 1):
            total += acts_on(w, e, r, l, q)
    return total


@compiled
def taken_up_faster(rate, push):
    """Share of a gap closed in a month if the usual share is `rate` and `push` months' worth happens in one."""
    if push == 1.0:
        return rate
    left = 1.0
    whole = int(push)
    for _ in range(whole):
        left *= 1.0 - rate
    return 1.0 - left * (1.0 - rate * (push - whole))


@compiled
def begin_waves(w):
    """Write into the event log where a release begins to act: it is out, and some model there is able enough."""
    for e in range(len(w.agent_releases)):
        release = w.agent_releases[e]
        for r in range(N_REGIONS):
            if release.begun[r] > 0.5 or not reaches_someone(w, e, r):
                continue
            release.begun[r] = 1.0
            users = 0.0
            agents = 0.0
            for i in range(len(w.platforms)):
                users += w.platforms[i].users[r]
                agents += w.platforms[i].agent_users[r]
            log_event(w, AGENT_WAVE, r, e, agents / users if users > 0.0 else 0.0)


@compiled
def reaches_someone(w, e, r):
    """Whether release `e` acts on a community, or on users of a platform, in region `r`."""
    for c in range(len(w.communities)):
        if w.communities[c].region == r and acts_on(w, e, r, -1, w.communities[c].mean_q) > 0.0:
            return True
    for i in range(len(w.platforms)):
        platform = w.platforms[i]
        if platform.users[r] > 0.0 and acts_on(w, e, r, platform.serving_lab, platform.served_q) > 0.0:
            return True
    return False
