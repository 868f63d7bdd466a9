"""The sections of docs/evidence.md in order, and the commands that reproduce them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from sim.evidence.page import (
    HINDSIGHT,
    NOT_RUN,
    Section,
    cell,
    page,
    pattern_text,
    result_rows,
    scored,
    table,
    wrong,
)
from sim.evidence.stored import Stored
from sim.report.wording import percent

IDENTIFIED, WEAKLY = 0.5, 0.8
"""Standard deviation after over before: below the first a parameter counts as identified, from the second on as not."""
WORST = 15


def how(stored: Stored) -> Iterator[str]:
    """What a score is."""
    yield from (
        "Each row of an observed file says what was observed, over which window, in which unit. The model runs from "
        "the state of January 2023 in many worlds; its value is read over the same window in each.",
        "",
        "- **Error.** Difference of natural logarithms for levels (0.1 is about 10 %), plain difference for shares, "
        "points of the capability index and months; mean over the points of a series. Lower is better.",
        "- **CRPS** (continuous ranked probability score): the error of a whole distribution, in the same unit; a band "
        "that is honest about its width scores better than one that is sure and wrong.",
        "- **Coverage.** Share of the points inside the 5-95 % band. Ninety per cent would be right; far fewer: the "
        "model is too sure; all: it says little.",
        "- **Naive forecasts**, made only from what had been observed before the first scored date: the last value "
        "with drift, and a straight line through the logarithms. Where there is too little to make one, the cell is "
        "empty and the series is not counted for or against the model.",
        "- **Mean field.** The same model with one developer for each community and luck switched off: what it adds "
        "to have many agents and many worlds.",
        "",
        "Series that the model has no measure for are named by the command and in the stored result; none is dropped.",
    )
    for name, label in (("validation_2024", "test year"), ("validation_2025", "2023-2025")):
        left = stored.scores.get(name, {}).get("not_scored", [])
        if left:
            named = ", ".join(_series_name(one) for one in left)
            yield from ("", f"Not scored in the {label}: {named}.")


def _series_name(one: Any) -> str:
    """A series that was not scored, with its reason if there is one."""
    if not isinstance(one, dict):
        return cell(one)
    reason = f" ({cell(one['reason'])})" if one.get("reason") else ""
    return f"`{one['metric']}` {one['key']}{reason}"


def test_year(stored: Stored) -> Iterator[str]:
    """Rolling origin."""
    yield from (
        "Parameters were fitted to observations to December 2024, from ranges that use nothing later. Then 2025 was "
        "scored in the scenario [rolling-origin-2024](../scenarios/rolling-origin-2024.yaml): it has the deals that "
        "had been announced by the end of 2024 and the rules of 2025 as they came. The test is therefore conditional "
        f"on policy, which the naive forecasts do not know. {HINDSIGHT}",
        "",
    )
    caption = "Errors against the best naive forecast and coverage, by metric, 2025"
    yield from scored(stored, "validation_2024", "test_year", caption)


def in_sample(stored: Stored) -> Iterator[str]:
    """The ensemble for use."""
    yield from (
        "The ensemble that runs draw from was fitted to observations to December 2025. Compared with the same years "
        "it is **in sample**: this says how well the model can fit, not how well it forecasts.",
        "",
    )
    caption = "Errors against the best naive forecast and coverage, by metric, 2023-2025"
    yield from scored(stored, "validation_2025", "in_sample", caption)


def calibration(stored: Stored) -> Iterator[str]:
    """Both stages of the calibration, and what the data do not identify."""
    yield from (
        "Stage 1 turns observations into parameters where the model can be solved for them; stage 2 fits the rest to "
        "many targets at once and keeps every parameter set that the data do not rule out: the ensemble.",
        "",
    )
    if stored.ensembles:
        heads = {"name": "ensemble", "sets": "sets", "data_to": "data to", "series": "series", "points": "points",
                 "not_ruled_out": "not ruled out", "digest": "digest", "made_by": "made by"}  # fmt: skip
        rows = [
            {"name": name, **{key: str(one.get(key, "")) for key in heads if key != "name"}}
            for name, one in stored.ensembles.items()
        ]
        yield from table(heads, pd.DataFrame(rows))
        yield from (
            "",
            "Not ruled out: how many of the sets of the last round stayed; the sets kept are among them. Where nearly "
            "all stay, the filter says little: the errors that the model is allowed (its discrepancies) are wide.",
            "",
        )
    fits = stored.table("calibration")
    if fits is None:
        yield NOT_RUN.format(command="make evidence")
    else:
        yield from identified(fits)
    yield from targets(stored)
    inverted = stored.table("inversion")
    if inverted is not None:
        yield from ("", "### Stage 1: parameters solved for", "")
        yield from table({str(name): str(name).replace("_", " ") for name in inverted.columns}, inverted)


def identified(fits: pd.DataFrame) -> Iterator[str]:
    """Which parameters the data identify, with figure and table."""
    known = int((fits["sd_ratio"] < IDENTIFIED).sum())
    unknown = int((fits["sd_ratio"] >= WEAKLY).sum())
    yield (
        f"Of {len(fits)} calibrated parameters the data identify {known} (their standard deviation falls below half of "
        f"what it was), {len(fits) - known - unknown} weakly, and {unknown} not (four fifths of it or more are left): "
        "sets with very different values of these fit as well, so their range is all that is known. Vary them."
    )
    yield from ("", "![Ranges before and after the data](img/evidence/identification.png)", "")
    heads = {"parameter": "parameter", "prior_low": "searched from", "prior_high": "to", "low": "kept: 5 %",
             "median": "median", "high": "95 %", "sd_ratio": "sd after / before"}  # fmt: skip
    yield from table(heads, _coded(fits.sort_values("sd_ratio", kind="stable"), "parameter"))


def targets(stored: Stored) -> Iterator[str]:
    """Series that the ensemble was fitted to and meets worst."""
    rows = stored.table("targets")
    if rows is None:
        return
    worst = rows.sort_values("implausibility", ascending=False, kind="stable").head(WORST)
    yield from ("", "### Targets that the ensemble meets worst", "")
    yield (
        f"Of {len(rows)} series. Error: median over sets, on the scale of the series; discrepancy: the error that a "
        "model this coarse was allowed (a judgement made before); implausibility: error over all that could explain "
        "it, where more than 3 speaks against a set."
    )
    yield ""
    heads = {"series": "series", "points": "points", "fitted": "error", "discrepancy": "discrepancy",
             "implausibility": "implausibility", "share": "sets that it speaks against"}  # fmt: skip
    yield from table(heads, _coded(worst.assign(share=[percent(float(one)) for one in worst["rules_out"]]), "series"))


def responses(stored: Stored, reasons: Mapping[str, str]) -> Iterator[str]:
    """Event tests: what they are, the rows, the figure, and why some fail."""
    yield from (
        "Each world is lived as it was and once more without the event, with the same parameters and random numbers: "
        "what differs is the response. The parameters were fitted to series that hold some of these events, and their "
        "authors knew all of them: a pass is less than it would be for an event that nobody had seen.",
        "",
    )
    yield from result_rows(stored, "events", "observed")
    yield from failing(stored, "events", reasons)
    if stored.table("event_paths") is not None:
        yield from ("", "![Five events with and without them](img/evidence/events.png)")


def published(stored: Stored, reasons: Mapping[str, str]) -> Iterator[str]:
    """Numbers that others published, and theory: rows, figures, and why some fail."""
    rows = stored.table("benchmarks")
    if rows is None:
        yield NOT_RUN.format(command="make evidence")
        return
    yield from (
        "Tables that others published, in [scenarios/benchmarks](../scenarios/benchmarks), each with the range that "
        "counts as agreement; the rule engine's verdicts on named chips; and cases in which economic theory knows the "
        "answer, run with the model's own code. Some of the numbers were among the targets of the calibration (stocks, "
        "compute of labs, Nagle and Yue's shares): for these, agreement is a fit. "
        "`weightshift validate --benchmarks` runs all.",
        "",
    )
    if "criterion" in rows:
        yield from ("![Published numbers and the model's](img/evidence/benchmarks.png)", "")
    yield from result_rows(stored, "benchmarks", "published")
    yield from failing(stored, "benchmarks", reasons)
    if stored.table("corner_curves") is not None:
        yield from ("", "![Lock-in and openness against theory](img/evidence/corners.png)")


def failing(stored: Stored, name: str, reasons: Mapping[str, str]) -> Iterator[str]:
    """Why rows of a table fail, as far as known."""
    rows = stored.table(name)
    lost = [] if rows is None else [str(row["id"]) for row in rows.to_dict("records") if not row["passed"]]
    if lost:
        yield from ("", "Why rows fail (kept by hand in [evidence_notes.yaml](evidence_notes.yaml)):", "")
        yield from (f"- {one}: {reasons.get(one, 'not known')}" for one in lost)


def _coded(frame: pd.DataFrame, column: str) -> pd.DataFrame:
    return frame.assign(**{column: [f"`{value}`" for value in frame[column]]})


def variance(stored: Stored) -> Iterator[str]:
    """Where differences between worlds come from."""
    shares = stored.table("variance")
    if shares is None:
        yield NOT_RUN.format(command="make evidence")
        return
    for year, part in shares.groupby("year", sort=True):
        mostly = int((part["parameters"] > 0.5).sum())
        yield (
            f"- {year}: of {len(part)} headline measures {mostly} differ between worlds mainly because parameters are "
            f"uncertain, {len(part) - mostly} mainly by chance (median share of parameters: "
            f"{percent(float(part['parameters'].median()))})."
        )
    yield from (
        "",
        "Worlds with one parameter set show the second part only. What the structure of the model adds is in neither: "
        "see [ablation.md](ablation.md).",
    )
    yield from ("", "![Variance by parameters and by chance](img/evidence/variance.png)")


def reproduce(stored: Stored) -> Iterator[str]:
    """Commands, digests, seconds."""
    yield from (
        "```sh",
        "make evidence                                 # runs all steps and writes this page",
        "make evidence FROM_RESULTS=1                  # writes this page from the stored results",
        "weightshift calibrate --data-to 2024-12       # the ensembles anew: one for the test year ...",
        "weightshift calibrate --data-to 2025-12       # ... and the one that runs draw from",
        "```",
        "",
    )
    if stored.steps.empty:
        yield "*No step has been run yet.*"
        return
    digests = stored.steps["source_sha256"].astype(str).str[:12].unique()
    if len(digests) > 1:
        yield from (
            f"**The steps were run on {len(digests)} states of the source**: numbers of different sections may belong "
            "to slightly different versions of the model.",
            "",
        )
    rows = stored.steps.assign(
        command=[f"`{one}`" if one.startswith("weightshift ") else one for one in stored.steps["command"]],
        source_sha256=[f"`{str(one)[:12]}`" for one in stored.steps["source_sha256"]],
        seconds=[f"{float(one):,.0f}" for one in stored.steps["seconds"]],
    )
    heads = {"step": "step", "command": "command", "seconds": "seconds", "source_sha256": "source", "made_on": "on"}
    yield from table(heads, rows)


def evidence_page(stored: Stored, notes: list[dict[str, str]], reasons: Mapping[str, str] | None = None) -> str:
    """The whole text of docs/evidence.md; `reasons` say why a row of events or benchmarks fails, by its id."""
    why = reasons or {}
    sections: list[Section] = [
        ("How it was scored", lambda: how(stored)),
        ("The test year: fitted to end-2024, tested on 2025", lambda: test_year(stored)),
        ("The ensemble for use: 2023-2025, in sample", lambda: in_sample(stored)),
        ("What the model gets wrong, and why", lambda: wrong(stored, notes)),
        ("Patterns", lambda: pattern_text(stored)),
        ("Responses to events of the past", lambda: responses(stored, why)),
        ("Numbers that others published", lambda: published(stored, why)),
        ("Calibration: what the data say about parameters", lambda: calibration(stored)),
        ("Parameters or chance", lambda: variance(stored)),
        ("How to reproduce", lambda: reproduce(stored)),
    ]
    return page(stored, notes, sections)
