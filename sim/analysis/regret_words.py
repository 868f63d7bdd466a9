"""Which policy is robust, and where it fails, in sentences."""

from __future__ import annotations

import numpy as np

from sim.analysis.policies import Policy
from sim.analysis.regret import GoalShare, MeasureRegret, Regret
from sim.analysis.wording import difference_in_words, goal_words, measure_label, series_label
from sim.report.wording import percent

SMALL = 0.05
"""A 90th percentile of regret below this part of the measure's spread is hardly a regret."""
RIVAL = 0.10
"""A policy that has the least regret in so many resamples is not told from the best one."""


def verdict(found: Regret) -> list[str]:
    """A few sentences: the most robust policy by regret, by goals, and where each falls short."""
    by_regret, by_goals = found.by_regret, found.by_goals
    policy = found.policies[by_regret]
    sentences = [f"Least regret: {policy.label}. {_worst_words(found, by_regret)}", _sure_words(found)]
    if by_goals is None:
        sentences.append("No goal has a threshold, so no share of worlds that reach it can be told.")
        return sentences
    whole = found.goals[-1]
    best = found.policies[by_goals]
    if whole.share[by_goals] == 0:
        sentences.append(f"Goals: no policy reaches all of them in any of {whole.worlds:,} worlds.")
        sentences.append(_missed_words(found, by_regret))
        return sentences
    same = "The same policy" if by_goals == by_regret else best.brief
    sentences.append(f"Goals: {same} reaches all of them most often, in {share_words(whole, by_goals)} of worlds.")
    rivals = goal_rivals(found, by_goals)
    if rivals:
        sentences.append(
            f"In paired worlds it cannot be told from {listed([one.brief for one in rivals])}: the 95 % interval of "
            "the difference holds zero."
        )
    sentences.append(_missed_words(found, by_goals))
    return [one for one in sentences if one]


def regret_rivals(found: Regret) -> list[Policy]:
    """Other policies that have the least regret in at least a tenth of resamples, the likeliest first."""
    order = np.argsort(-found.least, kind="stable")
    return [found.policies[n] for n in order if n != found.by_regret and found.least[n] >= RIVAL]


def goal_rivals(found: Regret, best: int) -> list[Policy]:
    """Policies that reach all goals as often as the best one, as far as paired worlds can tell."""
    whole = found.goals[-1]
    return [one for one in found.policies if one.number != best and whole.more_often(best, one.number)[0] <= 0]


def _sure_words(found: Regret) -> str:
    sure = f"It stays the one with the least regret in {percent(float(found.least[found.by_regret]))} of resamples"
    rivals = regret_rivals(found)
    if not rivals:
        return f"{sure} of the worlds."
    others = listed([f"{one.brief} is it in {percent(float(found.least[one.number]))}" for one in rivals])
    return f"{sure} of the worlds; {others}."


def _worst_words(found: Regret, number: int) -> str:
    """The measure for which a policy gives up most, and against whom."""
    worst = max(found.measures, key=lambda one: float(one.scaled[number]))
    high = float(worst.high[number])
    if high == 0:
        return "It is the best, or as good as the best, for every measure in nine of ten worlds."
    words = difference_in_words(high, worst.measure.unit)
    part = percent(float(worst.scaled[number]))
    rival = best_rival(worst, found.policies, number)
    most = (
        f"It gives up most for {_quoted(worst)}: in one of ten worlds at least {words} against the best policy there "
        f"({part} of how far the measure varies in all); most often that is {rival.brief}."
    )
    return most if worst.scaled[number] >= SMALL else f"It gives up hardly anything. {most}"


def best_rival(one: MeasureRegret, policies: list[Policy], number: int) -> Policy:
    """The policy that is best most often in the worlds in which another gives up most (the worst tenth)."""
    regret = one.regret[number]
    bad = regret >= np.quantile(regret, 0.9)
    counts = (one.regret[:, bad] == 0).sum(axis=1)
    counts[number] = -1
    return policies[int(np.argmax(counts))]


def _missed_words(found: Regret, number: int) -> str:
    """The goal that a policy misses most often."""
    single = found.goals[:-1]
    worst = min(single, key=lambda one: float(np.nan_to_num(one.share[number], nan=1.0)))
    if worst.measure is None or worst.share[number] >= 1:
        return ""
    label = series_label(worst.measure.metric, worst.measure.key)
    return (
        f"{found.policies[number].brief} fails most often on “{label}: {goal_words(worst.measure)}”, "
        f"reached in {share_words(worst, number)} of worlds."
    )


def share_words(goal: GoalShare, number: int) -> str:
    """`62 % (52-71 %)`."""
    low, high = (f"{100 * end:.0f}" for end in (goal.low[number], goal.high[number]))
    return f"{percent(float(goal.share[number]))} ({low}-{high} %)"


def gaps(found: Regret) -> list[str]:
    """What was left out, in sentences; empty if nothing was."""
    lines = []
    if found.broken:
        lines.append(
            f"{found.broken:,} of {found.worlds:,} worlds are left out for all policies, since a run of one of them "
            "failed there."
        )
    for one in found.measures:
        if one.undefined:
            lines.append(
                f"“{measure_label(one.measure)}” is undefined under some policy in {one.undefined:,} worlds, which are "
                "left out for it (and for all goals, if it has a threshold)."
            )
    return lines


def _quoted(one: MeasureRegret) -> str:
    return f"“{measure_label(one.measure)}”"


def listed(names: list[str]) -> str:
    """`a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
