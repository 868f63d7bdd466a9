"""Figure of regret: policies by measures, what is given up in one of ten worlds; below, how often goals are reached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.analysis.policies import Policy, in_sentence, parameter_words
from sim.analysis.regret import ALL_GOALS, GoalShare, MeasureRegret, Regret
from sim.analysis.regret_words import regret_rivals
from sim.analysis.wording import difference_in_words, goal_words, measure_label, series_label
from sim.report import style
from sim.report.sheet import new_sheet
from sim.report.sweep_sheet import draw_cells, sweep_context, unbroken, wrapped
from sim.report.wording import percent

ACROSS = 6
"""Measures beside each other; more go into a second block."""
ROWS_SHOWN = 12
ROW_INCHES, HEAD_INCHES = 0.36, 0.72


def regret_figure(found: Regret) -> Figure:
    """Heat maps, the policy with the least regret on top of all."""
    order = np.argsort(found.worst, kind="stable")[:ROWS_SHOWN]
    blocks = [found.measures[at : at + ACROSS] for at in range(0, len(found.measures), ACROSS)]
    goals = [found.goals[at : at + ACROSS] for at in range(0, len(found.goals), ACROSS)]
    figure, panels = new_sheet(
        unbroken(_title(found)),
        "Regret: what a policy gives up in a world against the policy that does best in the same world. Above: its "
        "90th percentile over worlds, in the unit of the measure; bold: the policy’s worst measure. Darker: more of "
        "how far the measure varies in all (5-95 %). "
        + ("Below: share of worlds that reach a goal, and 95 % interval." if goals else ""),
        sweep_context(),
        columns=(6.2,),
        gaps=(0.0,),
        rows=(ROW_INCHES * len(order),) * (len(blocks) + len(goals)),
        row_gap=HEAD_INCHES + 0.12,
        source=_source(found),
        left=1.9,
    )
    rows = [_row_label(found.policies[number]) for number in order]
    for axes, block in zip(panels[:, 0], blocks, strict=False):
        _regret_cells(axes, found, block, order, rows)
    for axes, group in zip(panels[len(blocks) :, 0], goals, strict=True):
        _goal_cells(axes, group, order, rows)
    return figure


def _source(found: Regret) -> str:
    """Worlds, order of the rows, and what the values in brackets are of."""
    count = len(found.policies)
    shown = f"the {ROWS_SHOWN} of {count} policies with the least regret" if count > ROWS_SHOWN else f"{count} policies"
    levers = found.policies[0].varied
    names = f" In brackets: {', '.join(in_sentence(parameter_words(path)) for path in levers)}." if levers else ""
    return (
        f"{found.worlds - found.broken:,} worlds under {shown}, in order of their worst measure: weightshift; "
        f"{style.PROJECTION_NOTE}.{names}"
    )


def _title(found: Regret) -> str:
    best = found.policies[found.by_regret].brief
    least = f"{best} is regretted least" + (", if not clearly" if regret_rivals(found) else "")
    if found.by_goals is None:
        return least
    whole = found.goals[-1]
    if whole.share[found.by_goals] == 0:
        return f"{least}; no policy reaches all goals in any world"
    often = "it" if found.by_goals == found.by_regret else found.policies[found.by_goals].brief
    share = percent(float(whole.share[found.by_goals]))
    return f"{least}; {often} reaches all goals most often, in {share} of worlds"


def _row_label(policy: Policy) -> str:
    return f"{wrapped(policy.short, 34, 2)}" + (f"\n({wrapped(policy.brief_words, 36, 1)})" if policy.varied else "")


def _regret_cells(
    axes: Axes, found: Regret, block: Sequence[MeasureRegret], order: np.ndarray, rows: Sequence[str]
) -> None:
    shades = np.stack([one.scaled[order] for one in block], axis=1)
    texts = [[difference_in_words(float(one.high[number]), one.measure.unit) for one in block] for number in order]
    # A number and its unit stand on two lines where one would not fit a cell.
    texts = [[text.replace(" ", "\n", 1) if len(text) > 9 else text for text in line] for line in texts]
    ceiling = max(0.25, max(float(one.scaled.max()) for one in found.measures))
    bold = [[one.scaled[number] >= found.worst[number] > 0 for one in block] for number in order]
    heads = [_head(one) for one in block]
    draw_cells(axes, shades, texts, heads, rows, colours="YlOrBr", ceiling=ceiling, bold=bold)
    _narrow(axes, len(block))


def _head(one: MeasureRegret) -> str:
    goal = one.measure.goal
    sense = "" if goal is None else f"({'high' if goal.sense == 'high' else 'low'} is good)"
    return f"{wrapped(measure_label(one.measure), 18, 4)}\n{sense}"


def _goal_cells(axes: Axes, goals: Sequence[GoalShare], order: np.ndarray, rows: Sequence[str]) -> None:
    shades = np.stack([goal.share[order] for goal in goals], axis=1)
    texts = [
        [
            f"{100 * goal.share[n]:.0f} %\n{100 * goal.low[n]:.0f}–{100 * goal.high[n]:.0f}" if goal.worlds else "n/a"
            for goal in goals
        ]
        for n in order
    ]
    bold = [[goal.name == ALL_GOALS for goal in goals]] * len(order)
    draw_cells(axes, shades, texts, [_goal_head(goal) for goal in goals], rows, colours="Blues", ceiling=1.0, bold=bold)
    _narrow(axes, len(goals))


def _goal_head(goal: GoalShare) -> str:
    if goal.measure is None:
        return "All goals"
    label = series_label(goal.measure.metric, goal.measure.key)
    return f"{wrapped(label, 18, 3)}\n{wrapped(goal_words(goal.measure), 19, 2)}"


def _narrow(axes: Axes, count: int) -> None:
    """Cells keep their width when there are few."""
    place: Any = axes.get_position()
    if count < ACROSS:
        axes.set_position((place.x0, place.y0, place.width * count / ACROSS, place.height))
