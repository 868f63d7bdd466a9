"""Model against data: the shipped validation, and every observed series beside the run on the page."""

from __future__ import annotations

from typing import Any

import pandas as pd
import reacton.ipyvuetify as v
import solara

from sim.browser import evidence_data, evidence_summary
from sim.browser.evidence_chart import comparison_chart, how_to_read
from sim.browser.parts.words import words
from sim.browser.shown import Shown
from sim.browser.views import pieces
from sim.browser.views.pieces import Drawn
from sim.errors import InputError

FIRST = ("new_compute_share", "nvidia")
MET = {True: "yes", False: "no", None: "not run"}


@solara.component
def Evidence(shown: Shown | None, dark: bool) -> Any:
    """The page. Its scores are of the shipped validation; the chart is of the run on the page where it can be."""
    with solara.Div() as main:
        pieces.style()
        words("h1", "Evidence: the model against data")
        words("p", "Observed values to the end of 2025, none of which is replayed in a run, beside what the model "
              "says.", "ws-muted")  # fmt: skip
        try:
            Verdict()
            OneSeries(shown, dark)
            Scores()
        except InputError as error:
            words("p", f"The results that came with the package cannot be read: {error}", "ws-muted")
    return main


@solara.component
def Verdict() -> Any:
    """Goals that were set in advance, and the two scored blocks."""
    with solara.Div(classes=["ws-cards"]) as main:
        with solara.Div(classes=["ws-card"]):
            words("h2", "What the validation says")
            pieces.lines(evidence_summary.lines())
        with solara.Div(classes=["ws-card"]):
            words("h2", "Goals set in advance")
            goals = [(goal.aim, goal.found, MET[goal.met]) for goal in evidence_summary.aims()]
            pieces.data_table(pd.DataFrame(goals, columns=["Goal", "Result", "Met?"]), "Goals set in advance")
        with solara.Div(classes=["ws-card", "ws-wide"]):
            words("h2", "Scores against naive forecasts")
            words("p", "The naive forecasts carry on the last value (drift) or the trend. Mean field: the same model "
                  "without differences between developers.", "ws-muted")  # fmt: skip
            pieces.data_table(evidence_summary.blocks(), "Scores by block")
    return main


@solara.component
def OneSeries(shown: Shown | None, dark: bool) -> Any:
    """A series to choose, its chart, and its observations one by one."""
    chosen, set_chosen = solara.use_state(FIRST)
    pairs = evidence_data.observed_pairs()
    place = {f"{metric}/{key}": (metric, key) for metric, key in pairs}
    items = [{"text": evidence_data.series_words(*pair), "value": name} for name, pair in place.items()]
    one = solara.use_memo(lambda: evidence_data.compare(*chosen, shown), [chosen, shown])
    with solara.Div(classes=["ws-gap"]) as main:
        with solara.Div(classes=["ws-fields"]):
            v.Autocomplete(
                label=f"Observed series ({len(items)})", items=items, v_model="/".join(chosen), dense=True,
                on_v_model=lambda name: set_chosen(place[name]) if name in place else None, outlined=True,
                hide_details=True, auto_select_first=True,
            )  # fmt: skip
        words("p", evidence_data.sentence(one), "ws-lead")
        numbers = one.rows.assign(metric=one.metric, key=one.key, unit=one.unit)
        Drawn(one.label, comparison_chart(one, dark), numbers, f"evidence-{'-'.join(chosen).replace('/', '-')}", dark,
              how_to_read(one))  # fmt: skip
        with solara.Div(classes=["ws-card", "ws-gap"]):
            words("h2", f"Observations of “{one.label}”")
            pieces.data_table(evidence_data.readable(one), f"Observations of {one.label}")
    return main


@solara.component
def Scores() -> Any:
    """Where the model is wrong, all series, patterns, largest misfits."""
    block, set_block = solara.use_state("validation_2024")
    wrong = evidence_summary.misfits()
    with solara.Div() as main:
        with solara.Div(classes=["ws-card", "ws-gap"]):
            words("h2", "Where the model is wrong")
            words("p", f"The {len(wrong)} series of the test year on which it is worse than both naive forecasts, "
                  "worst first. Reasons are judgements from the structure of the model.", "ws-muted")  # fmt: skip
            pieces.data_table(wrong, "Series that lose to naive forecasts")
            pieces.Opens("Largest misfits at the last observation of each series", misfit_table)
        with solara.Div(classes=["ws-card", "ws-gap"]):
            words("h2", "All scored series")
            words("p", "Error: mean absolute error of the median, as a percentage for levels and in points for shares. "
                  "In band: share of observations within 5–95 %.", "ws-muted")  # fmt: skip
            with solara.Div(classes=["ws-fields"]):
                v.Select(
                    label="Scored", items=[{"text": text, "value": name} for name, text in
                    evidence_summary.BLOCKS.items()], v_model=block, on_v_model=set_block, dense=True, outlined=True,
                    hide_details=True,
                )  # fmt: skip
            frame = evidence_summary.every_series(block)
            pieces.data_table(frame.drop(columns=["metric", "key"], errors="ignore"), "All scored series")
        with solara.Div(classes=["ws-card", "ws-gap"]):
            words("h2", "Patterns that the model must show")
            words("p", "Each criterion was set before the ensemble was scored; the median over worlds must lie in its "
                  "range.", "ws-muted")  # fmt: skip
            pieces.data_table(evidence_summary.patterns(), "Patterns")
    return main


def misfit_table() -> None:
    """The last observation of each series against the baseline."""
    said, frame = evidence_summary.largest_misfits()
    pieces.lines(said)
    pieces.data_table(frame, "Largest misfits")
