"""Observations over the band of the model."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from sim.analysis.wording import drawn_in
from sim.browser.evidence_data import GRADES, VERDICTS, Comparison
from sim.evidence.observations import scale_of
from sim.report import style

SHAPES = {"A": "circle", "B": "diamond", "C": "triangle-up"}
MARGIN = pd.Timedelta(days=75)
"""Months of the model drawn before the first and after the last observation."""
WIDE = 30.0
"""A series whose largest value is so many times its smallest is drawn on a logarithmic axis."""


def comparison_chart(one: Comparison, dark: bool) -> alt.LayerChart:
    """Area and line: worlds of the model; thin bars: the same with the error of observation and of the model, by which
    a point counts as inside; points: observations with their range, their grade by shape, their verdict by colour."""
    rows, band, unit = _scaled(one)
    log = _logarithmic(one)
    scale = alt.Scale(type="log", nice=False) if log else alt.Scale(zero=False)
    ink, hue = ("#e6e6e6", style.SKY) if dark else (style.INK, style.BLUE)
    first, last = rows["date"].min() - MARGIN, rows["date"].max() + MARGIN
    band = band[band["date"].between(first, last)]
    axis = alt.Axis(format="%Y", tickCount="year", labelOverlap=True)
    x = alt.X("date:T", title=None, axis=axis, scale=alt.Scale(domain=[str(first)[:10], str(last)[:10]]))
    y = alt.Y("median:Q", title=unit, scale=scale, axis=alt.Axis(tickCount=5))
    tip = [alt.Tooltip("date:T", format="%d %B %Y")]
    worlds = alt.Chart(band).encode(x=x)
    months = [*tip, *(alt.Tooltip(f"{name}:Q", format=".3~s") for name in ("low", "median", "high"))]
    area = worlds.mark_area(opacity=0.22, color=hue).encode(y=alt.Y("low:Q", title=unit, scale=scale), y2="high:Q")
    line = worlds.mark_line(color=hue, strokeWidth=2).encode(y=y, tooltip=months)
    seen = alt.Chart(rows).encode(x=x)
    wide = seen.mark_rule(color=hue, opacity=0.45, strokeWidth=4).encode(
        y=alt.Y("p05:Q", title=unit, scale=scale), y2="p95:Q"
    )
    centre = seen.mark_tick(color=hue, thickness=2, width=9).encode(y=y)
    hues = dict(zip(VERDICTS.values(), (ink, "#ff8a3d" if dark else style.VERMILLION, "#9a9a9a"), strict=True))
    verdicts = [name for name in hues if name in set(rows["verdict"])]
    colour = alt.Color("verdict:N", title="Observed", scale=alt.Scale(
        domain=verdicts, range=[hues[name] for name in verdicts]
    ), legend=alt.Legend(orient="top", symbolType="circle"))  # fmt: skip
    grades = [grade for grade in SHAPES if grade in set(one.rows["confidence"])]
    shape = alt.Shape(
        "grade:N", title="Grade",
        scale=alt.Scale(domain=grades, range=[SHAPES[grade] for grade in grades]),
        legend=alt.Legend(orient="top", symbolFillColor=ink, symbolStrokeColor=ink),
    )  # fmt: skip
    span = seen.mark_rule(strokeWidth=1.2).encode(y=alt.Y("low:Q", title=unit, scale=scale), y2="high:Q", color=colour)
    text = [*tip, "verdict:N", alt.Tooltip("meaning:N", title="grade"), alt.Tooltip("said:N", title="observed"),
            alt.Tooltip("band:N", title="model, 5–95 %"), alt.Tooltip("source:N")]  # fmt: skip
    points = seen.mark_point(size=62, filled=True, opacity=1).encode(
        y=alt.Y("observed:Q", title=unit, scale=scale), color=colour, shape=shape, tooltip=text
    )
    spans = [span] if rows[["low", "high"]].notna().all(axis=1).any() else []
    bars = [wide, centre] if rows["median"].notna().any() else []
    model = [area, line] if len(band) else []
    return alt.layer(*model, *bars, *spans, points).properties(width="container", height=300)


def _scaled(one: Comparison) -> tuple[pd.DataFrame, pd.DataFrame, str]:
    """Rows and band in a unit that needs few digits."""
    from sim.browser.evidence_data import readable

    everything = np.concatenate([one.rows["observed"], one.rows["median"], one.band["high"]]).astype(np.float64)
    factor, unit = drawn_in(one.unit, everything)
    words = readable(one)
    rows = one.rows.assign(
        verdict=[VERDICTS[value] for value in one.rows["inside"]],
        grade=one.rows["confidence"], meaning=[GRADES.get(grade, "") for grade in one.rows["confidence"]],
        said=words["Observed"], band=words["Model (5–95 %)"],
        **{name: one.rows[name] * factor for name in ("observed", "low", "high", "median", "p05", "p95")},
    )  # fmt: skip
    band = one.band.assign(**{name: one.band[name] * factor for name in ("low", "median", "high")})
    rows, band = _without_zero(rows, one), _without_zero(band, one)
    return rows.drop(columns="inside"), band, unit


def _without_zero(frame: pd.DataFrame, one: Comparison) -> pd.DataFrame:
    """Values at or below zero have no place on a logarithmic axis: months without one are left out."""
    if not _logarithmic(one):
        return frame
    names = [name for name in ("low", "median", "high", "p05", "p95", "observed") if name in frame]
    positive = frame.assign(**{name: frame[name].where(~(frame[name] <= 0)) for name in names})
    return positive.dropna(subset=["low", "median", "high"]) if "observed" not in frame else positive


def _logarithmic(one: Comparison) -> bool:
    values = np.concatenate([one.rows["observed"], one.rows["median"]]).astype(np.float64)
    values = values[np.isfinite(values)]
    if scale_of(one.unit) != "log" or not len(values) or values.min() <= 0:
        return False
    return bool(values.max() / values.min() > WIDE)


def how_to_read(one: Comparison) -> str:
    """The line below the chart's title."""
    other = int((one.rows["window"] != one.window).sum())
    more = f" {other} observations are over another window; the table compares them over their own." if other else ""
    over = "" if one.window in ("instant", "cumulative") else f" Values over a {one.window}."
    grades = ", ".join(GRADES.values())
    return (
        "Line and area: median and 5–95 % of the model’s worlds. Bars: the same with the error of observation and "
        f"of the model, by which an observation counts as inside.{over}{more} Grade {grades}."
    )
