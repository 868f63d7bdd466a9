"""The controls of a run, and how far it is."""

from __future__ import annotations

from typing import Any

import reacton.ipyvuetify as v
import solara

from sim.browser import controls
from sim.browser.live_run import REPLICATES, SPEEDS, Status
from sim.browser.parts.words import words
from sim.browser.visitor import Visitor, shared


@solara.component
def RunBar(visitor: Visitor) -> Any:
    """Run, play or pause, step, reset, speed, worlds, cancel, and a line that says what goes on."""
    visitor.tick.use()
    status = visitor.status
    run = visitor.run
    playing = status.phase == "playing"
    with solara.Div(classes=["ws-runbar"]) as main:
        with solara.Div(classes=["ws-controls"]):
            label = "Run" if visitor.draft.value == visitor.ran.value or status.phase == "idle" else "Run changes"
            solara.Button(
                label, icon_name="mdi-play-circle", color="primary", on_click=visitor.start, classes=["ws-run"]
            )
            if playing:
                icon("mdi-pause", "Pause", run.pause, False)
            else:
                icon("mdi-play", "Play on", run.play, status.phase != "paused")
            icon(
                "mdi-skip-next",
                "Step one month",
                lambda: step(visitor),
                status.phase not in ("idle", "paused", "playing"),
            )
            icon("mdi-restart", "Reset: back to the baseline", run.reset, status.phase == "idle")
            icon("mdi-stop", "Cancel", run.cancel, not status.busy)
            choice("Speed", [(f"{speed} months/s", speed) for speed in SPEEDS], visitor.speed, run.set_speed)
            choice("Worlds", [(str(n) if n else "only one", n) for n in REPLICATES], visitor.replicates, None)
        Progress(visitor, status)
    return main


def step(visitor: Visitor) -> None:
    """One month more; before a run it begins one that waits."""
    if visitor.status.phase == "idle":
        visitor.start(play=False)
    visitor.run.step()


def icon(name: str, label: str, on_click: Any, disabled: bool) -> None:
    """A button of one picture, with its name for who cannot see it."""
    solara.Button(
        icon_name=name,
        icon=True,
        on_click=on_click,
        disabled=disabled,
        attributes={"aria-label": label, "title": label},
    )


def choice(label: str, items: list[tuple[str, int]], value: solara.Reactive[int], on_value: Any) -> None:
    """A short choice."""

    def put(number: int) -> None:
        value.set(number)
        if on_value is not None:
            on_value(number)

    v.Select(
        label=label, items=[{"text": text, "value": number} for text, number in items], v_model=value.value,
        on_v_model=put, dense=True, hide_details=True, outlined=True, class_="ws-choice",
    )  # fmt: skip


@solara.component
def Progress(visitor: Visitor, status: Status) -> Any:
    """A bar and a sentence."""
    with solara.Div(classes=["ws-progress"], attributes={"role": "status", "aria-live": "polite"}) as main:
        v.ProgressLinear(
            value=100 * share(status), height=4, color="primary", indeterminate=status.phase == "preparing",
            attributes={"aria-label": "Progress"},
        )  # fmt: skip
        words("span", sentence(visitor, status), "ws-muted")
    return main


def share(status: Status) -> float:
    """How much of the run is done."""
    parts = [status.month / status.months] if status.months else []
    if status.worlds_asked:
        parts.append(status.worlds / status.worlds_asked)
    return sum(parts) / len(parts) if parts else 0.0


def sentence(visitor: Visitor, status: Status) -> str:
    """What goes on, in words."""
    first = shared().first
    if status.phase == "failed":
        return f"The run failed: {status.message}"
    if status.phase == "idle":
        done, asked = first.progress
        if first.problem:
            return first.problem
        if first.shown is None:
            return (
                compiling() if not shared().pool.ready.is_set() else f"Computing the baseline: {done} of {asked} worlds"
            )
        return "Baseline. Change something at the left, then press Run."
    if status.phase == "preparing":
        return compiling() if not shared().pool.ready.is_set() else "Preparing the world"
    shown = visitor.shown
    start = 12 * shown.dates[0].year + shown.dates[0].month - 1 if shown is not None and len(shown.dates) else 0
    month = controls.month_words(start + max(status.month - 1, 0)) if start else ""
    text = {"playing": "Playing", "paused": "Paused", "finished": "Finished"}[status.phase]
    text = f"{text}: {month}, {status.month} of {status.months} months"
    if status.background:
        queue = f", {status.ahead} others wait" if status.ahead > 1 else ""
        text += f"; {status.worlds} of {status.worlds_asked} worlds in the background{queue}"
    if status.message:
        text += f". {status.message}"
    if visitor.draft.value != visitor.ran.value:
        text += ". Shown is the run before your last changes."
    return text


def compiling() -> str:
    """Why the first run of a new installation waits."""
    return "Compiling the model for this machine, once: one to two minutes"
