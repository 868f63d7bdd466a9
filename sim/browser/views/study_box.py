"""A box of worlds in which something happens: a condition to choose, and what is found."""

from __future__ import annotations

import math
from typing import Any, cast

import reacton.ipyvuetify as v
import solara
import solara.lab

from sim.analysis.discover import limit_table
from sim.browser import study_charts, study_findings
from sim.browser.parts.words import words
from sim.browser.study_findings import Asked
from sim.browser.views import pieces
from sim.browser.views.pieces import Drawn
from sim.browser.views.study_parts import attempt, choice, policy_items, ready
from sim.study.sweep_reader import Sweep


@solara.component
def BoxOf(sweep: Sweep, dark: bool) -> Any:
    """In which worlds a measure is above or below a number: a condition to choose, and the box."""
    measures = study_findings.measures_of(sweep)
    name, set_name = solara.use_state(measures[0][0])
    above, set_above = solara.use_state(True)
    policy, set_policy = solara.use_state("")
    one = study_findings.measure(sweep, name)
    advised = solara.use_memo(lambda: study_findings.threshold_advised(sweep, one, above), [name, above])
    given, set_given = solara.use_state("")
    asked, set_asked = solara.use_state(cast("Asked | None", None))
    progress, set_progress = solara.use_state((0, 1))
    task = solara.lab.use_task(
        lambda: None if asked is None else attempt(
            lambda: study_findings.discovery(sweep, asked, lambda done, total: set_progress((done, total)))
        ),
        dependencies=[asked],
    )  # fmt: skip
    unit = study_findings.unit_asked(sweep, one)[1]
    number = read_number(given) if given.strip() else advised

    def look() -> None:
        if number is not None:
            set_progress((0, 1))
            set_asked(Asked(name, above, number, policy))

    def measure(value: str) -> None:
        set_name(value)
        set_given("")

    def side(value: str) -> None:
        set_above(value == "above")
        set_given("")

    with solara.Div(classes=["ws-card", "ws-gap"]) as main:
        words("h2", "In which worlds does it happen")
        with solara.Div(classes=["ws-fields"]):
            choice("Measure", measures, name, measure)
            choice("Is", [("above", "above"), ("below", "below")], "above" if above else "below", side)
            v.TextField(label=f"Number ({unit})", v_model=given, on_v_model=set_given, dense=True, outlined=True,
                        hint=f"empty: {advised:g}", persistent_hint=True)  # fmt: skip
            choice("Under", [("", "all policies"), *policy_items(sweep)], policy, set_policy)
            solara.Button("Find the box", color="primary", on_click=look, disabled=number is None or task.pending)
        if number is None:
            words("p", f"“{given[:40]}” is not a number.", "ws-muted")
        if asked is None:
            words("p", "Looks for a few limits on parameters, levers and scenarios within which the condition "
                  "holds unusually often (PRIM). It takes some seconds.", "ws-muted")  # fmt: skip
        else:
            done, total = progress
            found = ready(task, f"Drawing the points anew: {done} of {total}" if total > 1 else "Looking")
            if found is not None:
                pieces.lines(study_findings.discovery_lines(sweep, found))
                if found.limits:
                    Drawn("The box", study_charts.box_chart(found), limit_table(found), "box", dark,
                          "Shaded: the box, along the range of each of its dimensions. Marks: runs, those of "
                          "interest above.")  # fmt: skip
    return main


def read_number(text: str) -> float | None:
    """A number as a visitor writes it; None if it is none."""
    try:
        value = float(text.strip().removesuffix("%").strip())
    except ValueError:
        return None
    return value if math.isfinite(value) else None
