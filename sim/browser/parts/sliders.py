"""Parameters as sliders, grouped by lever, with search and reset."""

from __future__ import annotations

from typing import Any

import reacton.ipyvuetify as v
import solara

from sim.browser import controls
from sim.browser.parts.words import words
from sim.browser.visitor import Visitor

FIRST_OF_GROUP = 8


@solara.component
def Sliders(visitor: Visitor) -> Any:
    """Search, then the three groups of levers."""
    sought, set_sought = solara.use_state("")
    draft = visitor.draft.value
    with solara.Column(gap="4px") as main:
        solara.InputText("Search 800 parameters", value=sought, on_value=set_sought, continuous_update=True)
        if sought.strip():
            found = controls.find_parameters(sought)
            if not found:
                solara.Text("No parameter has these words.", classes=["ws-muted"])
            for path in found:
                Slider(visitor, path).key(f"found {path}")
            if len(found) == controls.MOST_FOUND:
                solara.Text("More match; add a word.", classes=["ws-muted"])
        else:
            changed = [path for path in draft.values if not any(path in first(group) for group in controls.GROUPS)]
            if changed:
                Group(visitor, "Changed", tuple(changed), True)
            for number, group in enumerate(controls.GROUPS):
                Group(visitor, group, controls.paths_of(group), number == 0).key(group)
    return main


def first(group: str) -> tuple[str, ...]:
    """What a group shows before it is unfolded."""
    return controls.paths_of(group)[:FIRST_OF_GROUP]


@solara.component
def Group(visitor: Visitor, name: str, paths: tuple[str, ...], open_at_first: bool) -> Any:
    """A group that unfolds, first its best-known parameters, then all."""
    unfolded, set_unfolded = solara.use_state(open_at_first)
    every, set_every = solara.use_state(False)
    touched = sum(path in visitor.draft.value.values for path in paths)
    count = f" · {touched} changed" if touched and name != "Changed" else ""
    with solara.Column(gap="0px") as main:
        solara.Button(
            f"{name}{count}", icon_name="mdi-chevron-down" if unfolded else "mdi-chevron-right", text=True,
            on_click=lambda: set_unfolded(not unfolded), classes=["ws-group"],
        )  # fmt: skip
        if unfolded:
            for path in paths if every else paths[:FIRST_OF_GROUP]:
                Slider(visitor, path).key(path)
            if len(paths) > FIRST_OF_GROUP:
                text = "Fewer" if every else f"All {len(paths)}"
                solara.Button(text, text=True, small=True, on_click=lambda: set_every(not every))
    return main


@solara.component
def Slider(visitor: Visitor, path: str) -> Any:
    """A parameter: label, value with unit, slider with a mark at the default, and its source on hover."""
    scenario = visitor.base()
    control = solara.use_memo(lambda: controls.control_of(path, scenario), [path, scenario])
    draft = visitor.draft.value
    raw = draft.values.get(path)
    changed = raw is not None

    def put(value: Any) -> None:
        visitor.draft.set(visitor.draft.value.with_value(path, value))

    with solara.Div(classes=["ws-slider", "ws-changed" if changed else ""]) as main:
        with solara.Div(classes=["ws-line"]):
            with solara.Tooltip(control.about):
                words("span", control.label, "ws-label", tabindex="0")
            if control.options:
                shown = str(raw) if changed else control.options[int(control.default)]
            else:
                value = control.number(raw) if changed else control.default
                shown = control.text(value) + (f" from {controls.CHANGE_MONTH}" if control.dated and changed else "")
            words("span", shown, "ws-value")
            if changed:
                solara.Button(
                    icon_name="mdi-restore", icon=True, x_small=True, on_click=lambda: put(None),
                    attributes={"aria-label": f"Reset {control.label}", "title": "Reset to default"},
                )  # fmt: skip
        if control.options:
            v.Select(
                items=list(control.options), v_model=shown, on_v_model=put, dense=True, hide_details=True,
                attributes={"aria-label": control.label},
            )  # fmt: skip
        else:
            here = control.position(value)
            v.Slider(
                min=0, max=controls.STEPS, step=1, v_model=round(here), dense=True, hide_details=True,
                on_v_model=lambda place: moved(control, place, here, put), attributes={"aria-label": control.label},
            )  # fmt: skip
            mark = 100 * control.position(control.default) / controls.STEPS
            with solara.Div(classes=["ws-scale"]):
                words("span", control.text(control.low), "ws-end")
                words("span", "", "ws-mark", f"left: calc(8px + (100% - 16px) * {mark / 100:.4f})")
                words("span", control.text(control.high), "ws-end")
    return main


def moved(control: controls.Control, place: float, before: float, put: Any) -> None:
    """A slider was moved; what a page repeats on drawing is no move."""
    if round(place) == round(before):
        return
    if round(place) == round(control.position(control.default)):
        put(None)
        return
    put(control.raw(control.value(place)))
