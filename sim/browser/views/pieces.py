"""Parts that the pages of text and tables share: a table, a document, a part that opens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd
import reacton.ipyvuetify as v
import solara

from sim.browser.markdown import Piece
from sim.browser.parts.words import words
from sim.report import style as report_style

CSS = (Path(__file__).parent / "pages.css").read_text(encoding="utf-8")
PAGE, FEW, SHORT = 15, 4, 16
MOST_ROWS = 200


def style() -> None:
    """The rules that these parts need beside those of the shell."""
    solara.Style(CSS)


def data_table(frame: pd.DataFrame, label: str, per_page: int = PAGE) -> None:
    """A table whose values are shown as text, in the order of the frame; one of many columns scrolls by itself."""
    names = [str(name) for name in frame.columns]
    items = frame.astype(str).set_axis([f"c{n}" for n in range(len(names))], axis=1).to_dict("records")
    whole = [f"ws-whole-{number + 1}" for number in range(len(names)) if _short(items, number)]
    table = v.DataTable(
        headers=[{"text": name, "value": f"c{number}"} for number, name in enumerate(names)],
        items=items, dense=True, disable_sort=True, hide_default_footer=len(items) <= per_page,
        items_per_page=per_page, footer_props={"items-per-page-options": [per_page, 50, -1]}, mobile_breakpoint=0,
        class_=" ".join([*whole, *(["ws-many"] if len(names) > FEW else [])]),
    )  # fmt: skip
    v.Html(tag="div", class_="ws-scroll", children=[table],
           attributes={"tabindex": "0", "role": "region", "aria-label": label})  # fmt: skip


def _short(items: Sequence[Mapping[Any, Any]], number: int) -> bool:
    """Whether all cells of a column fit a line."""
    return all(len(row[f"c{number}"]) <= SHORT for row in items)


def facts(pairs: Iterable[tuple[str, str]]) -> None:
    """Names with their values."""
    with v.Html(tag="dl", class_="ws-facts"):
        for name, value in pairs:
            words("dt", name)
            words("dd", value)


def lines(texts: Sequence[str], tag: str = "p") -> None:
    """Sentences, one below the other."""
    for text in texts:
        words(tag, text, "ws-lead")


def document(pieces: Sequence[Piece]) -> None:
    """Elements of a shipped document."""
    v.Html(tag="div", class_="ws-doc", children=[element(piece) for piece in pieces])


def element(piece: Piece) -> Any:
    """A piece as an element; a table may be wider than the page and scrolls by itself."""
    inside = [one if isinstance(one, str) else element(one) for one in piece.inside]
    found = v.Html(tag=_tag(piece.tag), children=inside, attributes=dict(piece.attributes))
    if piece.tag != "table":
        return found
    return v.Html(
        tag="div", class_="ws-scroll", children=[found],
        attributes={"tabindex": "0", "role": "region", "aria-label": "Table"},
    )  # fmt: skip


def _tag(tag: str) -> str:
    """Headings within a section of a page stand one level lower than in their document."""
    return "h4" if tag in ("h4", "h5", "h6") else tag


@solara.component
def Opens(title: str, content: Callable[[], Any], opened: bool = False) -> Any:
    """A heading that opens and closes what is below it; that is made only when it is open."""
    is_open, set_open = solara.use_state(opened)
    with solara.Div(classes=["ws-open"]) as main:
        with v.Html(tag="h3"):
            solara.Button(
                title, text=True, icon_name="mdi-chevron-down" if is_open else "mdi-chevron-right",
                on_click=lambda: set_open(not is_open), attributes={"aria-expanded": str(is_open).lower()},
            )  # fmt: skip
        if is_open:
            content()
    return main


def themed(chart: alt.TopLevelMixin, dark: bool) -> alt.TopLevelMixin:
    """A chart in the colours of the page."""
    ink, grid = ("#dddddd", "#3a3a3a") if dark else (report_style.INK, report_style.FAINT)
    return chart.configure(
        background="transparent", view=alt.ViewConfig(strokeWidth=0),
        axis=alt.AxisConfig(labelColor=ink, titleColor=ink, gridColor=grid, domainColor=grid, tickColor=grid,
                            titleFontWeight="normal"),
        legend=alt.LegendConfig(labelColor=ink, titleColor=ink, titleFontWeight="normal"),
    )  # fmt: skip


@solara.component
def Drawn(
    title: str, chart: alt.TopLevelMixin, table: pd.DataFrame, file: str, dark: bool, note: str = "", least: int = 0
) -> Any:
    """A card: title, what the chart shows, the chart, and its numbers as a table or a file.

    A chart that needs at least `least` pixels of width scrolls by itself where there are fewer.
    """
    is_open, set_open = solara.use_state(False)
    with solara.Div(classes=["ws-card"]) as main:
        words("h2", title)
        if note:
            words("p", note, "ws-muted")
        with (
            v.Html(tag="div", class_="ws-scroll", attributes={"role": "img", "aria-label": f"{title}. {note}"}),
            v.Html(tag="div", style_=f"min-width:{least}px"),
        ):
            solara.FigureAltair(themed(chart, dark))
        with solara.Div(classes=["ws-buttons"]):
            solara.Button(
                "Table", text=True, small=True, icon_name="mdi-table", on_click=lambda: set_open(not is_open),
                attributes={"aria-expanded": str(is_open).lower()},
            )  # fmt: skip
            button = solara.Button("Download", text=True, small=True, icon_name="mdi-download")
            solara.FileDownload(lambda: table.to_csv(index=False), filename=f"{file}.csv", mime_type="text/csv",
                                children=[button])  # fmt: skip
        if is_open:
            data_table(table.head(MOST_ROWS), title)
    return main
