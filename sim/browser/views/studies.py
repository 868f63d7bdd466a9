"""A finished sweep: what it is, fans by policy, drivers, regret, and a box of worlds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import reacton.ipyvuetify as v
import solara
import solara.lab

from sim.analysis.fan import fan_table
from sim.analysis.regret import goal_table, regret_table
from sim.browser import study_charts, study_files, study_findings
from sim.browser.parts.words import words
from sim.browser.shown import Shown
from sim.browser.views import pieces
from sim.browser.views.pieces import Drawn
from sim.browser.views.study_box import BoxOf
from sim.browser.views.study_parts import attempt, choice, policy_items, ready
from sim.study.sweep_reader import Sweep

COMMANDS = (
    "weightshift list --studies",
    "weightshift sweep robust-policies --dry-run",
    "weightshift sweep robust-policies",
)
LEVEL = ""
"""Of a choice of effects: the measure itself."""


@solara.component
def Studies(shown: Shown | None, dark: bool) -> Any:
    """The page; studies are made by the command line, whatever was run here."""
    asked, set_asked = solara.use_state("")
    again, set_again = solara.use_state(0)
    found = solara.use_memo(study_files.finished_studies, [again])
    known = [one.id for one in found]
    chosen = asked if asked in known else (known[0] if known else "")
    with solara.Div() as main:
        pieces.style()
        words("h1", "Studies: many worlds, many policies")
        words("p", "Finished sweeps: every policy in the same worlds, over uncertain parameters. Made by the command "
              "line; looked at here.", "ws-muted")  # fmt: skip
        if not found:
            Empty(lambda: set_again(again + 1))
        else:
            with solara.Div(classes=["ws-fields"]):
                v.Select(
                    label=f"Study ({len(found)} finished)", v_model=chosen, on_v_model=set_asked, dense=True,
                    items=[{"text": f"{one.title} · {one.runs:,} runs · {one.id}", "value": one.id} for one in found],
                    outlined=True, hide_details=True,
                )  # fmt: skip
                solara.Button("Look again", icon_name="mdi-refresh", text=True, on_click=lambda: set_again(again + 1))
            Study(chosen, dark).key(chosen)
    return main


@solara.component
def Empty(on_again: Callable[[], None]) -> Any:
    """How to make a study."""
    with solara.Div(classes=["ws-card"]) as main:
        words("h2", "No finished study yet")
        looked = " and ".join(f"“{place}”" for place in study_files.places())
        words("p", f"Looked in {looked}. A study is a file of scenarios, uncertain parameters and measures; a sweep "
              "simulates it and keeps every run:", "ws-lead")  # fmt: skip
        words("pre", "\n".join(COMMANDS), "ws-doc", "white-space:pre-wrap")
        words("p", "weightshift browse --studies DIR looks in another folder too.", "ws-lead")
        solara.Button("Look again", icon_name="mdi-refresh", text=True, on_click=on_again)
    return main


@solara.component
def Study(study: str, dark: bool) -> Any:
    """One finished study."""
    task = solara.lab.use_task(lambda: attempt(lambda: study_files.opened(study)), dependencies=[study])
    with solara.Div() as main:
        if sweep := ready(task, "Reading the study"):
            with solara.Div(classes=["ws-card", "ws-gap"]):
                words("h2", sweep.study.title)
                pieces.facts(study_files.facts(sweep))
            Fans(sweep, dark)
            DriversOf(sweep, dark)
            RegretOf(sweep, dark)
            BoxOf(sweep, dark)
    return main


@solara.component
def Fans(sweep: Sweep, dark: bool) -> Any:
    """Fan chart of a series under some policies, or of their differences to the first."""
    policies = policy_items(sweep)
    series = {f"{metric}/{key}": (pair, label) for pair, label in study_findings.series_of(sweep)
              for metric, key in [pair]}  # fmt: skip
    name, set_name = solara.use_state(next(iter(series)))
    difference, set_difference = solara.use_state(False)
    shown, set_shown = solara.use_state([one for one, _ in policies[: study_findings.FANS]])
    asked = [one for one, _ in policies if one in shown] or [policies[0][0]]
    task = solara.lab.use_task(
        lambda: attempt(lambda: study_findings.fan(sweep, series[name][0], asked)), dependencies=[name, *asked]
    )
    with solara.Div(classes=["ws-gap"]) as main:
        with solara.Div(classes=["ws-fields"]):
            v.Autocomplete(
                label="Series", items=[{"text": label, "value": one} for one, (_, label) in series.items()],
                v_model=name, on_v_model=lambda one: set_name(one) if one in series else None, dense=True,
                outlined=True, hide_details=True,
            )  # fmt: skip
            v.Select(
                label="Policies", items=[{"text": text, "value": one} for one, text in policies], v_model=asked,
                on_v_model=set_shown, multiple=True, dense=True, outlined=True, hide_details=True,
            )  # fmt: skip
            if len(policies) > 1:
                v.Switch(label="Difference to the first policy", v_model=difference, on_v_model=set_difference,
                         dense=True, hide_details=True)  # fmt: skip
        fans = ready(task, "Reading every run")
        if fans is not None:
            seen = difference and bool(fans.differences)
            note = "Median, 25–75 % and 5–95 % of worlds; each policy in the same worlds. Dashed: the data end here."
            if seen:
                note = f"Difference to {fans.reference.brief} world by world. {note}"
            Drawn(series[name][1], study_charts.fan_chart(fans, sweep.dates, seen), fan_table(fans, sweep.dates),
                  f"fan-{name.replace('/', '-')}", dark, note)  # fmt: skip
    return main


@solara.component
def DriversOf(sweep: Sweep, dark: bool) -> Any:
    """Tornado of a measure, or of a policy's effect on it."""
    measures = study_findings.measures_of(sweep)
    effects = [(one.name, f"Effect of: {one.brief}") for one in study_findings.effects_of(sweep)]
    name, set_name = solara.use_state(measures[0][0])
    effect, set_effect = solara.use_state(effects[0][0] if effects else LEVEL)
    task = solara.lab.use_task(
        lambda: attempt(lambda: study_findings.drivers(sweep, name, effect)), dependencies=[name, effect]
    )
    with solara.Div(classes=["ws-gap"]) as main:
        with solara.Div(classes=["ws-fields"]):
            choice("What moves", measures, name, set_name)
            first = (LEVEL, f"The measure itself ({policy_items(sweep)[0][1]})")
            choice("Of", [first, *effects], effect, set_effect)
        with solara.Div(classes=["ws-card"]):
            words("h2", "What drives it")
            found = ready(task, "Working out the indices")
            if found is not None:
                pieces.lines(study_findings.driver_lines(sweep, found))
        if found is not None and found.outputs:
            solara.Div(classes=["ws-gap"])
            what = "outer fifths of its range" if found.method != "morris" else "whole range about the middle"
            Drawn("How far each parameter moves it", study_charts.tornado_chart(found, found.outputs[0]), found.table,
                  "drivers", dark, f"Mean where the parameter is low and where it is high ({what}). Pale: not told "
                  "from noise. Table: the indices.")  # fmt: skip
    return main


@solara.component
def RegretOf(sweep: Sweep, dark: bool) -> Any:
    """Heat maps of regret and of goals."""
    task = solara.lab.use_task(lambda: attempt(lambda: study_findings.regret(sweep)), dependencies=[])
    with solara.Div(classes=["ws-gap"]) as main:
        with solara.Div(classes=["ws-card"]):
            words("h2", "Which policy is robust")
            found = ready(task, "Comparing policies world by world")
            if found is not None:
                pieces.lines(study_findings.regret_lines(sweep, found))
        if found is not None:
            with solara.Div(classes=["ws-cards", "ws-gap"]):
                cells = study_charts.regret_cells(found)
                Drawn(
                    "Regret",
                    study_charts.heat_chart(
                        cells, "yelloworangebrown", study_charts.ceiling_of(cells), "part of the measure’s spread"
                    ),
                    regret_table(found),
                    "regret",
                    dark,
                    "What a policy gives up against the best one of each world: 90th percentile over worlds.",
                    study_charts.least_width(cells),
                )
                if found.goals:
                    Drawn(
                        "Goals",
                        study_charts.heat_chart(study_charts.goal_cells(found), "blues", 1.0, "share of worlds"),
                        goal_table(found),
                        "goals",
                        dark,
                        "In which share of worlds a policy reaches each goal, and all of them.",
                        study_charts.least_width(cells),
                    )
    return main
