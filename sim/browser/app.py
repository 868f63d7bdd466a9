"""The pages: `weightshift browse` serves them. One shell holds the bar, the sidebar and the run; a route is a view."""

from __future__ import annotations

import threading
import urllib.parse
from pathlib import Path
from typing import Any

import reacton.ipyvuetify as v
import solara
import solara.lab

from sim.browser.draft import decode
from sim.browser.parts.files import Files, ScenarioChoice
from sim.browser.parts.policies import Policies
from sim.browser.parts.run_bar import RunBar, sentence
from sim.browser.parts.sliders import Sliders
from sim.browser.parts.words import words
from sim.browser.visitor import Visitor, shared, visitor
from sim.errors import InputError

try:
    from sim.browser.views import VIEWS
except ImportError:
    from sim.browser.plain_views import VIEWS

STYLE = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
POLL_SECONDS = 0.15
threading.Thread(target=shared, daemon=True, name="first baseline").start()


@solara.component
def Layout(children: list[Any] = []) -> Any:  # noqa: B006 - Solara's convention
    """The shell: it stays while views change."""
    mine = visitor.value
    route, routes = solara.use_route(peek=True)
    router = solara.use_router()
    opened, set_opened = solara.use_state(None)
    dark = solara.lab.use_dark_effective()

    solara.use_thread(lambda cancel: watch(mine, cancel), [])
    solara.use_memo(lambda: read_link(mine, router.search), [])
    current = routes.index(route) if route in routes else 0

    def go(index: int | None) -> None:
        if index is not None and index != current:
            path = "/" + VIEWS[index].path.strip("/")
            router.push(path + (router.search or ""))

    with solara.Div(classes=["ws-main"]) as main:
        solara.Style(STYLE)
        solara.Title(f"{VIEWS[current].label} · weightshift")
        with v.AppBar(app=True, clipped_left=True, dense=True, flat=True, color="primary", dark=True):
            solara.Button(
                icon_name="mdi-tune", icon=True, on_click=lambda: set_opened(not opened),
                attributes={"aria-label": "Scenario and levers", "title": "Scenario and levers"},
            )  # fmt: skip
            v.ToolbarTitle(children=["weightshift"], class_="d-none d-md-flex mr-4")
            v.Tabs(
                v_model=current, on_v_model=go, show_arrows=True, class_="ws-nav", background_color="transparent",
                dark=True, children=[v.Tab(children=[view.label]) for view in VIEWS],
                attributes={"aria-label": "Views"},
            )  # fmt: skip
            solara.Button(
                icon_name="mdi-weather-night" if not dark else "mdi-white-balance-sunny", icon=True,
                on_click=lambda: set_dark(not dark),
                attributes={"aria-label": "Dark or light", "title": "Dark or light"},
            )  # fmt: skip
        with v.NavigationDrawer(
            app=True, clipped=True, width=350, v_model=opened, on_v_model=set_opened, mobile_breakpoint=960,
            disable_route_watcher=True,
        ):  # fmt: skip
            Side(mine)
        with v.Content():
            RunBar(mine)
            solara.Div(classes=["ws-page"], children=children)
    return main


def set_dark(dark: bool) -> None:
    """The visitor's choice of theme."""
    solara.lab.theme.dark = dark


@solara.component
def Side(mine: Visitor) -> Any:
    """Scenario, files, levers, policies."""
    with solara.Div(classes=["ws-sidebar"]) as main:
        ScenarioChoice(mine)
        Files(mine)
        words("h2", "Levers", "ws-head")
        Sliders(mine)
        words("h2", "Policies", "ws-head")
        words("span", "Hollow: announced. Solid: in force.", "ws-muted")
        Policies(mine)
    return main


def watch(mine: Visitor, cancel: threading.Event) -> None:
    """Draw again when the run has moved; nothing else of a page waits for a simulation."""
    seen: Any = None
    while not cancel.wait(POLL_SECONDS):
        version = mine.version
        if version != seen:
            seen = version
            mine.tick.set(mine.tick.peek() + 1)


def read_link(mine: Visitor, search: str | None) -> None:
    """The scenario of a link, once. A damaged one is said and changes nothing."""
    state = urllib.parse.parse_qs((search or "").lstrip("?")).get("s")
    if not state or mine.link_read:
        return
    mine.link_read = True
    try:
        mine.draft.set(decode(state[0]))
    except InputError as error:
        mine.problems.set((str(error),))


def page_of(number: int) -> Any:
    """The page of a view."""
    view = VIEWS[number]

    @solara.component
    def Page() -> Any:
        mine = visitor.value
        mine.tick.use()
        dark = solara.lab.use_dark_effective()
        shown = mine.shown
        if shown is None:
            with solara.Div(classes=["ws-empty"]) as main:
                words("h1", view.label)
                words("p", sentence(mine, mine.status))
                v.ProgressCircular(indeterminate=True, color="primary")
            return main
        return view.component(shown, dark)

    return Page


routes = [
    solara.Route(path=view.path, component=page_of(number), label=view.label, layout=Layout if number == 0 else None)
    for number, view in enumerate(VIEWS)
]
