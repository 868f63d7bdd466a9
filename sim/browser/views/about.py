"""What this is and is not: model, limits, data, version, how to cite."""

from __future__ import annotations

from typing import Any

import reacton.ipyvuetify as v
import solara

from sim.browser import about_text
from sim.browser.documents import text_of
from sim.browser.markdown import pieces_of
from sim.browser.parts.words import words
from sim.browser.shown import Shown
from sim.browser.views import pieces

CONTENTS = (
    ("what", "What this is, and is not"), ("model", "How the model works"), ("limits", "Limits"),
    ("data", "Data and licences"), ("version", "Version and licence"), ("cite", "How to cite"),
)  # fmt: skip


@solara.component
def About(shown: Shown | None, dark: bool) -> Any:
    """The page; it is the same whatever was run."""
    with solara.Div() as main:
        pieces.style()
        words("h1", "About weightshift")
        with (
            v.Html(tag="nav", class_="ws-contents", attributes={"aria-label": "On this page"}),
            v.Html(tag="ul"),
        ):
            for name, title in CONTENTS:
                v.Html(tag="li", children=[v.Html(tag="a", children=[title], attributes={"href": f"#about-{name}"})])
        with part("what"):
            words("h2", dict(CONTENTS)["what"])
            pieces.lines(about_text.WHAT)
            for one in about_text.limit_sections()[0]:
                pieces.Opens(one.title, lambda one=one: pieces.document(one.pieces))
        with part("model"):
            words("h2", dict(CONTENTS)["model"])
            words("p", "A month is a fixed order of acts; a later act sees what an earlier one did:", "ws-lead")
            with v.Html(tag="ol", class_="ws-doc"):
                for phase in about_text.phases():
                    words("li", phase)
            for one in about_text.model_sections():
                pieces.Opens(one.title, lambda one=one: pieces.document(one.pieces))
        with part("limits"):
            words("h2", dict(CONTENTS)["limits"])
            words("p", "Where the model is crude, assumed or known to be wrong. Read these before using a number.",
                  "ws-lead")  # fmt: skip
            for one in about_text.limit_sections()[1]:
                pieces.Opens(one.title, lambda one=one: pieces.document(one.pieces))
        with part("data"):
            words("h2", dict(CONTENTS)["data"])
            words("p", about_text.observed_grades(), "ws-lead")
            words("p", "Grades: " + ", ".join(f"{grade} {said}" for grade, said in about_text.GRADES) + ".", "ws-lead")
            pieces.data_table(about_text.sources(), "Input tables with origin and licence")
            pieces.Opens("Licences of the data", lambda: pieces.document(pieces_of(text_of("data_licences"))))
        with part("version"):
            words("h2", dict(CONTENTS)["version"])
            pieces.facts(about_text.versions())
            pieces.Opens("Licence of the program", lambda: words("pre", text_of("licence"), "ws-doc",
                         "white-space:pre-wrap"))  # fmt: skip
        with part("cite"):
            words("h2", dict(CONTENTS)["cite"])
            words("p", about_text.citation(), "ws-lead")
            words("pre", about_text.bibtex(), "ws-doc", "white-space:pre-wrap")
    return main


def part(name: str) -> Any:
    """A part of the page that the contents lead to."""
    return v.Html(
        tag="section", class_="ws-card ws-gap ws-section",
        attributes={"id": f"about-{name}", "aria-label": dict(CONTENTS)[name]},
    )  # fmt: skip
