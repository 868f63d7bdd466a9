"""Scenario choice, save, upload and link."""

from __future__ import annotations

import functools
import threading
from typing import Any

import reacton.ipyvuetify as v
import solara
from ipyvuetify.extra import FileInput

from sim.browser.draft import MAX_UPLOAD, Draft, encode, read_upload, scenario_ids, scenario_of, yaml_of
from sim.browser.visitor import Visitor
from sim.errors import InputError
from sim.scenario import files
from sim.yaml_file import read_yaml


@functools.cache
def titles() -> list[dict[str, str]]:
    """Scenarios to choose from, with their titles."""
    found = []
    places = {file.stem: file for file in files.shipped_scenarios()}
    for name in scenario_ids():
        try:
            title = str(read_yaml(places[name]).data.get("title", name))
        except InputError:
            continue
        found.append({"text": title, "value": name})
    return found


@solara.component
def ScenarioChoice(visitor: Visitor) -> Any:
    """Which scenario to begin with, and its question."""
    draft = visitor.draft.value
    items = titles()
    if draft.text is not None:
        items = [{"text": "(uploaded) " + draft.base, "value": ""}, *items]
    scenario = visitor.base()
    with solara.Column(gap="4px") as main:
        v.Autocomplete(
            label="Scenario", items=items, v_model="" if draft.text is not None else draft.base, dense=True,
            outlined=True,
            on_v_model=lambda name: visitor.load(Draft(name)) if name else None, hide_details=True,
        )  # fmt: skip
        if scenario is not None and scenario.question:
            solara.Text(" ".join(scenario.question.split()), classes=["ws-muted"])
        for problem in visitor.problems.value:
            solara.Error(problem, dense=True)
    return main


@solara.component
def Files(visitor: Visitor) -> Any:
    """Save as YAML, upload, link, and reset all."""
    router = solara.use_router()
    draft = visitor.draft.value

    def link() -> None:
        try:
            scenario_of(draft)
            router.push(f"{router.path}?s={encode(draft)}")
            visitor.notice.set("The address of this page now holds your scenario: copy it, and others see the same.")
        except InputError as error:
            visitor.problems.set((str(error),))

    def text() -> bytes:
        try:
            return yaml_of(draft).encode()
        except InputError as error:
            visitor.problems.set((str(error),))
            return f"# {error}\n".encode()

    name = name_of(draft)
    with solara.Column(gap="4px") as main:
        with solara.Div(classes=["ws-buttons"]):
            with solara.FileDownload(text, filename=name, mime_type="application/yaml"):
                solara.Button("Save YAML", icon_name="mdi-download", outlined=True, small=True)
            solara.Button("Link", icon_name="mdi-link-variant", outlined=True, small=True, on_click=link)
            solara.Button(
                "Reset all", icon_name="mdi-restore", outlined=True, small=True, disabled=not draft.changed,
                on_click=lambda: visitor.draft.set(visitor.draft.value.reset()),
            )  # fmt: skip
        Upload(visitor)
        if visitor.notice.value:
            solara.Info(visitor.notice.value, dense=True)
    return main


def name_of(draft: Draft) -> str:
    """Name of the saved file: that of its id."""
    if draft.text is not None and not draft.changed:
        return f"{draft.base}.yaml"
    try:
        return f"{scenario_of(draft).id}.yaml"
    except InputError:
        return f"{draft.base}.yaml"


@solara.component
def Upload(visitor: Visitor) -> Any:
    """A file is read, checked and shown; a broken one changes nothing and says what `weightshift check` says."""
    info, set_info = solara.use_state([])
    wired, set_wired = solara.use_state(None)
    picker = FileInput.element(
        label="Upload a scenario (YAML)", accept=".yaml,.yml", multiple=False, on_file_info=set_info
    )

    def wire() -> None:
        if info:
            widget = solara.get_widget(picker)
            widget.version += 1
            widget.reset_stats()
            set_wired(widget.get_files())

    solara.use_effect(wire, [info])

    def read(cancel: threading.Event) -> None:
        if not wired:
            return
        given = wired[0]
        name = str(given["name"])
        raw = b" " * (MAX_UPLOAD + 1) if given["size"] > MAX_UPLOAD else given["file_obj"].read(MAX_UPLOAD + 1)
        scenario, problems = read_upload(raw, name)
        if scenario is None:
            visitor.problems.set(tuple(map(str, problems[:8])))
            return
        visitor.load(Draft(scenario.id, raw.decode("utf-8-sig")))
        visitor.notice.set(f"{name} was read: {scenario.title}")

    solara.use_thread(read, [wired])
    return picker
