"""Charts of a finished sweep, from the tables of its analyses alone."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import altair as alt
import numpy as np
import pandas as pd

from sim.analysis.fan import COLUMNS
from sim.analysis.wording import difference_in_words, drawn_in, goal_words, measure_label, series_label
from sim.browser.study_findings import tornado
from sim.report import style
from sim.report.wording import percent

if TYPE_CHECKING:
    from sim.analysis.discover import Discovery
    from sim.analysis.drivers import Drivers, Output
    from sim.analysis.fan import Fan, SeriesFans
    from sim.analysis.regret import Regret

ENDS = ("parameter low", "parameter high")
LINES = (style.BLUE, style.VERMILLION, style.GREEN, style.PURPLE, style.ORANGE, style.SKY)
FAINT = "#9a9a9a"
DOTS = 250
"""Of either kind in a row: every so-manieth run is shown beyond it."""
WIDE = 26
"""Letters of a line of a label: a chart must fit a telephone."""
CELL = 12
"""Letters of a line in a cell."""
LINES_OF_LABEL = "split(datum.label, '\\n')"
LABELS = alt.Axis(labelExpr=LINES_OF_LABEL, labelLimit=190)


def fan_chart(fans: SeriesFans, dates: pd.DatetimeIndex, difference: bool) -> alt.LayerChart:
    """Median, 25-75 % and 5-95 % by month under each policy, or of its difference to the reference."""
    group: Sequence[Fan] = (fans.differences if difference else fans.values)[: len(LINES)]
    values = np.array([fan.bands for fan in group], dtype=np.float64)
    scale, unit = drawn_in(fans.unit, values, difference=difference)
    parts = [
        pd.DataFrame(
            {"date": dates, "policy": fan.policy.brief, "worlds": fan.worlds,
             **{name: row * scale for name, row in zip(COLUMNS, fan.bands, strict=True)}}
        )
        for fan in group
    ]  # fmt: skip
    frame = pd.concat(parts).dropna(subset=["median"]) if parts else pd.DataFrame(columns=["date", "policy"])
    names = [fan.policy.brief for fan in group]
    colour = alt.Color(
        "policy:N", title=None, scale=alt.Scale(domain=names, range=list(LINES[: len(names)])),
        legend=alt.Legend(orient="top", labelLimit=280, columns=2, symbolOpacity=1),
    )  # fmt: skip
    x = alt.X("date:T", title=None, axis=alt.Axis(format="%Y", tickCount="year", labelOverlap=True))
    base = alt.Chart(frame).encode(x=x, color=colour)
    tip = [alt.Tooltip("date:T", format="%B %Y"), "policy:N", "worlds:Q",
           *(alt.Tooltip(f"{name}:Q", format=".3~g") for name in COLUMNS)]  # fmt: skip
    title, about = f"difference, {unit}" if difference else unit, alt.Scale(zero=difference)
    wide = base.mark_area(opacity=0.12).encode(y=alt.Y("p05:Q", title=title, scale=about), y2="p95:Q")
    half = base.mark_area(opacity=0.18).encode(y=alt.Y("p25:Q", title=title, scale=about), y2="p75:Q")
    line = base.mark_line(strokeWidth=2).encode(y=alt.Y("median:Q", title=title, scale=about), tooltip=tip)
    edge = alt.Chart(pd.DataFrame({"date": [style.DATA_EDGE]})).mark_rule(strokeDash=[4, 3], color=FAINT).encode(x=x)
    return alt.layer(wide, half, line, edge).properties(width="container", height=320)


def tornado_chart(found: Drivers, output: Output) -> alt.LayerChart:
    """Mean of the output where each parameter is low and where it is high; faint where not told from noise."""
    rows = tornado(found, output)
    scale, unit = drawn_in(
        output.measure.unit, rows[["mean_low", "mean_high"]].to_numpy(dtype=float), difference=output.effect
    )
    parts = []
    for side, name, of in ((ENDS[0], "mean_low", "low"), (ENDS[1], "mean_high", "high")):
        parts.append(pd.DataFrame({
            "parameter": [_short(text) for text in rows["label"]], "whole": rows["label"].to_list(),
            "from": rows["middle"] * scale, "to": rows[name] * scale, "end": side,
            "at": rows[of].astype(str).to_list(), "told": rows["told"].to_list(),
        }))  # fmt: skip
    frame = pd.concat(parts)
    order = [_short(text) for text in rows["label"]]
    title = f"{'difference, ' if output.effect else ''}{unit}"
    bars = alt.Chart(frame).mark_bar(height=10).encode(
        y=alt.Y("parameter:N", sort=order, title=None, axis=LABELS), yOffset=alt.YOffset("end:N", sort=list(ENDS)),
        x=alt.X("from:Q", title=title, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=5)), x2="to:Q",
        color=alt.Color("end:N", title=None, legend=alt.Legend(orient="top"), scale=alt.Scale(
            domain=list(ENDS), range=[style.ORANGE, style.BLUE])),
        opacity=alt.condition("datum.told", alt.value(1.0), alt.value(0.3)),
        tooltip=[alt.Tooltip("whole:N", title="parameter"), "end:N", "at:N", alt.Tooltip("to:Q", format=".3~g"),
                 alt.Tooltip("told:N", title="told from noise")],
    )  # fmt: skip
    middle = alt.Chart(frame.head(1)).mark_rule(color=FAINT).encode(x=alt.X("from:Q", title=title))
    return alt.layer(bars, middle).properties(width="container", height=max(36 * len(order), 80))


def regret_cells(found: Regret) -> pd.DataFrame:
    """A row per policy and measure: the 90th percentile of regret, as a part of the measure's spread and in words."""
    order = np.argsort(found.worst, kind="stable")
    rows = []
    for number in order:
        for one in found.measures:
            rows.append({
                "policy": _short(found.policies[number].brief), "measure": _short(measure_label(one.measure)),
                "part": float(one.scaled[number]), "words": difference_in_words(
                    float(one.high[number]), one.measure.unit),
            })  # fmt: skip
    return pd.DataFrame(rows)


def goal_cells(found: Regret) -> pd.DataFrame:
    """A row per policy and goal: the share of worlds that reach it, with its interval in words."""
    order = np.argsort(found.worst, kind="stable")
    rows = []
    for number in order:
        for goal in found.goals:
            name = (
                "All goals"
                if goal.measure is None
                else (f"{series_label(goal.measure.metric, goal.measure.key)}: {goal_words(goal.measure)}")
            )
            interval = f"{100 * goal.low[number]:.0f}–{100 * goal.high[number]:.0f} %"
            rows.append({
                "policy": _short(found.policies[number].brief), "measure": _short(name),
                "part": float(goal.share[number]),
                "words": percent(float(goal.share[number])) if goal.worlds else "n/a",
                "interval": interval if goal.worlds else "n/a",
            })  # fmt: skip
    return pd.DataFrame(rows)


def heat_chart(
    cells: pd.DataFrame, scheme: Literal["yelloworangebrown", "blues"], ceiling: float, what: str
) -> alt.LayerChart:
    """Cells of policies (across) and measures (down); the number in words stands in each."""
    policies, measures = list(dict.fromkeys(cells["policy"])), list(dict.fromkeys(cells["measure"]))
    cells = cells.assign(words=["\n".join(textwrap.wrap(one, CELL)) for one in cells["words"]])
    base = alt.Chart(cells).encode(
        x=alt.X("policy:N", sort=policies, title=None, axis=alt.Axis(labelAngle=-40 if len(policies) > 2 else 0,
                labelExpr=LINES_OF_LABEL, labelLimit=150)),
        y=alt.Y("measure:N", sort=measures, title=None, axis=LABELS),
    )  # fmt: skip
    fields = [name for name in ("policy", "measure", "words", "interval") if name in cells]
    tip = [*(f"{name}:N" for name in fields), alt.Tooltip("part:Q", format=".0%", title=what)]
    shade = base.mark_rect(stroke="#8884", strokeWidth=1).encode(
        color=alt.Color("part:Q", title=what, scale=alt.Scale(scheme=scheme, domain=[0, ceiling], clamp=True),
                        legend=alt.Legend(orient="top", format=".0%", gradientLength=160)),
        tooltip=tip,
    )  # fmt: skip
    text = base.transform_calculate(lines="split(datum.words, '\\n')").mark_text(fontSize=11, lineHeight=13).encode(
        text="lines:N", tooltip=tip,
        color=alt.condition(f"datum.part > {0.6 * ceiling}", alt.value("#ffffff"), alt.value("#222222")),
    )  # fmt: skip
    return alt.layer(shade, text).properties(width="container", height=max(46 * len(measures), 92))


def least_width(cells: pd.DataFrame) -> int:
    """Below it the words of a cell would run into the next; in pixels."""
    return 180 + 80 * cells["policy"].nunique()


def ceiling_of(cells: pd.DataFrame) -> float:
    """The darkest shade: at least a quarter of a measure's spread, so that small regrets stay pale."""
    return max(0.25, float(cells["part"].max()))


def box_rows(found: Discovery) -> pd.DataFrame:
    """A row per run shown and dimension of the box: where it lies in the range of the design, 0 to 1."""
    from sim.analysis.discover import sides

    cases, parts = found.cases, []
    for name, limits in sides(found.limits).items():
        dimension = cases.dimensions[name]
        place = _places(cases.x[name], dimension.low, dimension.high, dimension.options)
        for wanted, kind in ((True, "of interest"), (False, "others")):
            rows = np.flatnonzero(cases.y == wanted)
            rows = rows[:: max(1, -(-len(rows) // DOTS))]
            parts.append(pd.DataFrame({"dimension": _short(limits[0].dimension.label), "runs": kind,
                                       "at": place[rows], "up": 0.32 if wanted else 0.68}))  # fmt: skip
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def box_bars(found: Discovery) -> pd.DataFrame:
    """A row per dimension of the box: from where to where it reaches in the range of the design, and in words."""
    from sim.analysis.discover import sides
    from sim.analysis.discover_words import certainties, limit_words

    rows = []
    for name, limits in sides(found.limits).items():
        dimension, ends = found.cases.dimensions[name], {one.side: one.value for one in limits}
        low, high = 0.0, 1.0
        if dimension.options:
            inside = [place for place, option in enumerate(dimension.options) if option in limits[0].options]
            low, high = min(inside) / len(dimension.options), (max(inside) + 1) / len(dimension.options)
        elif dimension.high > dimension.low:
            width = dimension.high - dimension.low
            low = (ends["low"] - dimension.low) / width if "low" in ends else 0.0
            high = (ends["high"] - dimension.low) / width if "high" in ends else 1.0
        rows.append({"dimension": _short(dimension.label), "from": low, "to": high, "limit": limit_words(limits),
                     "certainty": certainties(limits)})  # fmt: skip
    return pd.DataFrame(rows)


def box_chart(found: Discovery) -> alt.LayerChart:
    """Shaded: the box along the range of each of its dimensions; marks: runs of interest above, others below."""
    bars, rows = box_bars(found), box_rows(found)
    order = bars["dimension"].to_list()
    axis = alt.Axis(values=[0, 1], labelExpr="datum.value == 0 ? 'lowest' : 'highest'", labelFlush=True)
    x = alt.X("at:Q", title=None, scale=alt.Scale(domain=[0, 1]), axis=axis)
    y = alt.Y("dimension:N", sort=order, title=None, axis=LABELS)
    middle = alt.YOffset("middle:Q", scale=alt.Scale(domain=[0, 1]))
    ends = alt.X("from:Q", scale=alt.Scale(domain=[0, 1]), axis=axis, title=None)
    box = alt.Chart(bars.assign(middle=0.5)).mark_rule(color=style.BLUE, opacity=0.25, strokeWidth=42).encode(
        y=y, yOffset=middle, x=ends, x2="to:Q", tooltip=["limit:N", "certainty:N"]
    )  # fmt: skip
    ticks = alt.Chart(rows).mark_tick(thickness=1.2, size=13, opacity=0.7).encode(
        y=y, x=x, yOffset=alt.YOffset("up:Q", scale=alt.Scale(domain=[0, 1])),
        color=alt.Color("runs:N", title=None, legend=alt.Legend(orient="top"), scale=alt.Scale(
            domain=["of interest", "others"], range=[style.VERMILLION, FAINT])),
    )  # fmt: skip
    return alt.layer(box, ticks).properties(width="container", height=max(58 * len(order), 80))


def _places(column: pd.Series, low: float, high: float, options: tuple[str, ...]) -> np.ndarray:
    if options:
        place = {option: (number + 0.5) / len(options) for number, option in enumerate(options)}
        return np.array([place.get(str(value), np.nan) for value in column])
    values = column.to_numpy(dtype=np.float64)
    return (values - low) / (high - low) if high > low else np.full(len(values), 0.5)


def _short(text: str) -> str:
    """A label in at most three lines."""
    return "\n".join(textwrap.wrap(text, WIDE, max_lines=3, placeholder="…"))
