"""Views of bands and nothing else: a chart a measure. What is shown where no finer view was written."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import altair as alt
import pandas as pd
import solara

from sim.browser.parts.words import words
from sim.browser.shown import Shown
from sim.browser.views.about import About
from sim.browser.views.evidence import Evidence
from sim.browser.views.studies import Studies
from sim.report import style

alt.data_transformers.disable_max_rows()


@dataclasses.dataclass(frozen=True)
class View:
    """A page: its address, name, picture, and the component that draws it (`shown`, `dark`)."""

    path: str
    label: str
    icon: str
    component: Callable[[Shown, bool], Any]


@dataclasses.dataclass(frozen=True)
class Card:
    """A chart of a metric: title, keys, and what a value is multiplied by for its unit."""

    title: str
    metric: str
    keys: tuple[str, ...]
    unit: str
    scale: float = 1.0


def band_chart(shown: Shown, card: Card, dark: bool) -> alt.LayerChart:
    """Medians with bands of 5 to 95 %; the baseline dashed."""
    parts = []
    for side, name in ((shown, "run"), (shown.baseline, "baseline")):
        if side is None:
            continue
        for key in card.keys:
            band = side.band(card.metric, key)
            band[["low", "median", "high"]] *= card.scale
            parts.append(band.assign(key=style.LABELS.get(key, key.replace("_", " ")), side=name))
    frame = pd.concat(parts) if parts else pd.DataFrame()
    labels = [style.LABELS.get(key, key.replace("_", " ")) for key in card.keys]
    colours = [style.COLOURS.get(key, style.BLUE) for key in card.keys]
    if dark:
        colours = ["#dddddd" if colour == style.INK else colour for colour in colours]
    colour = alt.Color(
        "key:N", title=None, scale=alt.Scale(domain=labels, range=colours), legend=alt.Legend(orient="top")
    )
    x = alt.X("date:T", title=None, axis=alt.Axis(format="%Y", tickCount="year"))
    base = alt.Chart(frame).encode(x=x, color=colour)
    tip = [
        alt.Tooltip("date:T", format="%B %Y"),
        "key:N",
        "side:N",
        *(alt.Tooltip(f"{n}:Q", format=".3g") for n in BAND),
    ]
    area = base.mark_area(opacity=0.18).encode(
        y=alt.Y("low:Q", title=card.unit), y2="high:Q", detail="side:N"
    ).transform_filter("datum.side == 'run'")  # fmt: skip
    line = base.mark_line(strokeWidth=2).encode(
        y="median:Q", tooltip=tip, strokeDash=alt.StrokeDash("side:N", scale=DASHES, legend=None)
    )
    return (area + line).properties(width="container", height=230).configure(**look(dark))


BAND = ("low", "median", "high")
DASHES = alt.Scale(domain=["run", "baseline"], range=[[1, 0], [5, 4]])


def look(dark: bool) -> dict[str, Any]:
    """Config of a chart."""
    ink = "#dddddd" if dark else style.INK
    grid = "#333333" if dark else style.FAINT
    return {
        "background": "transparent", "view": alt.ViewConfig(strokeWidth=0),
        "axis": alt.AxisConfig(labelColor=ink, titleColor=ink, gridColor=grid, domainColor=grid, tickColor=grid),
        "legend": alt.LegendConfig(labelColor=ink, titleColor=ink),
    }  # fmt: skip


def view_of(heading: str, cards: tuple[Card, ...]) -> Callable[[Shown, bool], Any]:
    """A page of cards."""

    @solara.component
    def Cards(shown: Shown, dark: bool) -> Any:
        with solara.Div() as main:
            words("h1", heading)
            words("p", f"{shown.title}; {shown.note}.", "ws-muted")
            with solara.Div(classes=["ws-cards"]):
                for card in cards:
                    with solara.Div(classes=["ws-card"]):
                        words("h2", card.title)
                        if any(shown.has(card.metric, key) for key in card.keys):
                            solara.FigureAltair(band_chart(shown, card, dark))
                        else:
                            words("p", "Not computed yet.", "ws-muted")
        return main

    return Cards


VIEWS = (
    View("/", "Overview", "mdi-view-dashboard", view_of("Does compute stay concentrated while open models spread?", (
        Card("Share of new compute by vendor", "new_compute_share", ("nvidia", "huawei", "google_tpu"), "%", 100),
        Card("Open models’ share of API tokens", "open_token_share", ("api_all",), "% of tokens", 100),
        Card("China’s best model behind the US", "capability_lag_months", ("cn_behind_us",), "months"),
        Card("Compute in China", "china_compute_stock_h100e", ("total", "legal", "huawei"), "million H100e", 1e-6),
    ))),
    View("chips", "Chips and controls", "mdi-chip", view_of("Chips and export controls", (
        Card("Compute in China by source", "china_compute_stock_h100e", ("legal", "smuggled"), "million H100e", 1e-6),
        Card("New compute by vendor", "new_compute_share", ("nvidia", "amd", "google_tpu", "huawei"), "%", 100),
    ))),
    View("energy", "Compute and energy", "mdi-flash", view_of("Compute and energy", (
        Card("Power of AI chips", "ai_power_gw", ("us", "cn", "eu"), "GW"),
        Card("Electricity price", "electricity_price_usd_per_kwh", ("us", "cn"), "USD/kWh"),
    ))),
    View("models", "Models and prices", "mdi-brain", view_of("Models and prices", (
        Card("Best models", "capability_eci", ("us", "cn", "open", "closed"), "ECI"),
        Card("Price at fixed quality", "price_at_quality_usd_per_mtok", ("eci_126", "eci_140"), "USD/Mtok"),
    ))),
    View("adoption", "Adoption", "mdi-account-group", view_of("Adoption on four yardsticks", (
        Card("Open share of tokens", "open_token_share", ("api_all",), "% of tokens", 100),
        Card("Open share of spend", "open_spend_share", ("api_all",), "% of spend", 100),
        Card("Firms whose main model is open", "open_primary_share", ("api_all",), "% of firms", 100),
        Card("Downloads", "hub_download_share", ("us", "cn", "eu"), "% of downloads", 100),
    ))),
    View("money", "Money", "mdi-cash", view_of("Money", (
        Card("Value added by layer", "layer_value_added_usd", ("energy", "chips", "cloud", "models"), "bn USD/month", 1e-9),
    ))),
    View("evidence", "Evidence", "mdi-scale-balance", Evidence),
    View("studies", "Studies", "mdi-chart-scatter-plot", Studies),
    View("about", "About", "mdi-information", About),
)  # fmt: skip
