"""Policies on a timeline: switch them, edit dates and parameters; what is wrong is said where it was written."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import reacton.ipyvuetify as v
import solara

from sim.browser import controls
from sim.browser.draft import changed_policy
from sim.browser.parts.words import words
from sim.browser.visitor import Visitor
from sim.errors import InputError

if TYPE_CHECKING:
    from sim.policy.schema import Policy


@solara.component
def Policies(visitor: Visitor) -> Any:
    """Rows of the policies of the scenario, by date."""
    scenario = visitor.base()
    with solara.Column(gap="2px") as main:
        if scenario is None:
            solara.Text("The scenario cannot be read.")
        elif not scenario.policies:
            solara.Text("This scenario has no policies.", classes=["ws-muted"])
        else:
            with solara.Div(classes=["ws-years"]):
                for year in range(controls.TIMELINE[0], controls.TIMELINE[1] + 1, 3):
                    words("span", str(year))
            ends = superseded(scenario.policies, visitor.draft.value.off)
            for policy in scenario.policies:
                PolicyRow(visitor, policy, ends.get(policy.id)).key(f"{scenario.id} {policy.id}")
    return main


def superseded(policies: tuple[Policy, ...], off: tuple[str, ...]) -> dict[str, datetime.date]:
    """When a policy ends because another one comes into force."""
    ends: dict[str, datetime.date] = {}
    for policy in policies:
        if policy.id in off or policy.effective is None:
            continue
        for old in policy.supersedes:
            ends[old] = min(policy.effective, ends.get(old, policy.effective))
    return ends


@solara.component
def PolicyRow(visitor: Visitor, policy: Policy, ends: datetime.date | None) -> Any:
    """One policy: switch, title, bar of its term, and its fields when unfolded."""
    unfolded, set_unfolded = solara.use_state(False)
    draft = visitor.draft.value
    on = policy.id not in draft.off
    changed = draft.policies.get(policy.id, {})
    try:
        now, wrong = changed_policy(policy, changed), ""
    except InputError as error:
        now, wrong = policy, str(error)
    with solara.Div(classes=["ws-policy", "" if on else "ws-off"]) as main:
        with solara.Div(classes=["ws-line"]):
            v.Switch(
                v_model=on, dense=True, hide_details=True, inset=False, class_="ws-switch",
                on_v_model=lambda value: visitor.draft.set(visitor.draft.value.with_policy(policy.id, bool(value))),
                attributes={"aria-label": f"{policy.title}: in the scenario"},
            )  # fmt: skip
            with solara.Tooltip(f"{policy.actor}: {policy.reference}"):
                title = policy.title + (" (changed)" if changed else "")
                words("span", title, "ws-label", tabindex="0")
            solara.Button(
                icon_name="mdi-chevron-up" if unfolded else "mdi-pencil", icon=True, x_small=True,
                on_click=lambda: set_unfolded(not unfolded), attributes={"aria-label": f"Edit {policy.title}"},
            )  # fmt: skip
        Bar(controls.span_of(now, ends))
        if unfolded:
            for field in controls.fields_of(now if not wrong else policy):
                Field(visitor, policy, field).key(field.path)
            if changed:
                solara.Button(
                    "As it was", text=True, small=True,
                    on_click=lambda: visitor.draft.set(visitor.draft.value.without_fields(policy.id)),
                )  # fmt: skip
        if wrong:
            solara.Error(wrong, dense=True)
    return main


@solara.component
def Bar(span: tuple[float, float, float]) -> Any:
    """Hollow from announcement, solid while in force."""
    announced, force, end = (100 * part for part in span)
    with solara.Div(classes=["ws-track"]) as main:
        if force <= 100:
            words("span", "", "ws-wait", f"left: {announced:.1f}%; width: {max(force - announced, 0.8):.1f}%")
            words("span", "", "ws-force", f"left: {force:.1f}%; width: {max(end - force, 0.8):.1f}%")
        else:
            words("span", "", "ws-wait", f"left: {announced:.1f}%; width: {max(end - announced, 0.8):.1f}%")
    return main


@solara.component
def Field(visitor: Visitor, policy: Policy, field: controls.PolicyField) -> Any:
    """A date or a number; an error stands below it and nothing is changed."""
    wrong, set_wrong = solara.use_state("")

    def put(text: str) -> None:
        if text == field.text:
            set_wrong("")
            return
        try:
            value = controls.read_field(field.path, text)
            draft = visitor.draft.value.with_field(policy.id, field.path, value)
            changed_policy(policy, draft.policies[policy.id])
        except InputError as error:
            set_wrong(error.message)
            return
        set_wrong("")
        visitor.draft.set(draft)

    with solara.Tooltip(field.hint or field.label) as main:
        solara.InputText(field.label, value=field.text, on_value=put, error=wrong or False, dense=True)
    return main
