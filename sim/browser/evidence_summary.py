"""What the validation that came with the package says, in tables and sentences; nothing is computed anew."""

from __future__ import annotations

import functools
import re

import numpy as np
import pandas as pd

from sim.browser.documents import document, text_of
from sim.browser.evidence_data import series_words, stored
from sim.browser.markdown import pieces_of, table_of
from sim.errors import InputError
from sim.evidence.notes import note_of, read_notes
from sim.evidence.page import HINDSIGHT, Goal, goals, use
from sim.evidence.verdict import passed, tally, with_standing
from sim.report.wording import percent

BLOCKS = {
    "validation_2024": "Test year: fitted to end-2024, tested on 2025",
    "validation_2025": "In sample: 2023 to 2025",
}
STANDING = {"better": "better than both", "between": "better than one", "worse": "worse than both", "alone": "–"}
TESTS = {
    "patterns": "criteria of the twelve patterns", "events": "responses to past events",
    "benchmarks": "numbers that others published",
}  # fmt: skip


def aims() -> list[Goal]:
    """Goals that were set in advance, and how they came out."""
    return goals(stored())


def lines() -> list[str]:
    """The verdict in sentences."""
    found = stored()
    if not found.scores:
        return ["No results of the validation came with this package: make evidence computes them."]
    done = [goal for goal in aims() if goal.met is not None]
    met = sum(goal.met is True for goal in done)
    tests = []
    for name, what in TESTS.items():
        rows = found.table(name)
        if rows is not None:
            good, tested = passed(rows)
            tests.append(f"{good} of {tested} {what}")
    said = [f"{met} of {len(done)} goals that were set in advance are met. {use(found)}"]
    if tests:
        said.append(f"Besides, it passes {', '.join(tests)}.")
    return [*said, HINDSIGHT]


def blocks() -> pd.DataFrame:
    """A row per scored block: series, points, share in the band, and how many series beat naive forecasts."""
    rows = []
    for name, title in BLOCKS.items():
        series = stored().series(name)
        if series is None:
            continue
        one = tally(series)
        rows.append({
            "Scored": title, "Series": str(one.series), "Points": str(one.points), "In band": percent(one.coverage),
            "Better than both naive": f"{one.better} of {one.compared} ({percent(one.share)})",
            "Than one": str(one.between), "Worse than both": str(one.worse),
            "Better than mean field": f"{one.better_than_mean_field} of {one.mean_field}",
        })  # fmt: skip
    return pd.DataFrame(rows)


def every_series(block: str = "validation_2024") -> pd.DataFrame:
    """All scored series of a block, those that lose most first: points, share in band, error, best naive, standing."""
    series = stored().series(block)
    if series is None:
        return pd.DataFrame()
    marked = with_standing(series)
    order = marked["ratio"].fillna(-1.0).to_numpy()
    marked = marked.iloc[np.argsort(-order, kind="stable")]
    return pd.DataFrame({
        "Series": [series_words(m, k) for m, k in zip(marked["metric"], marked["key"], strict=True)],
        "Points": marked["n"].astype(int).astype(str).to_list(),
        "In band": [percent(float(share)) for share in marked["coverage90"]],
        "Error": [_error(value, unit) for value, unit in zip(marked["score"], marked["unit"], strict=True)],
        "Best naive": [_error(value, unit) for value, unit in zip(marked["best_naive"], marked["unit"], strict=True)],
        "Against naive forecasts": [STANDING[str(name)] for name in marked["standing"]],
        "metric": marked["metric"].to_list(), "key": marked["key"].to_list(),
    })  # fmt: skip


def misfits(block: str = "validation_2024") -> pd.DataFrame:
    """Series on which the model is worse than every naive forecast, worst first, with the reason as far as known."""
    frame = every_series(block)
    if frame.empty:
        return frame
    lost = frame[frame["Against naive forecasts"] == STANDING["worse"]]
    reasons = [note_of(_notes(), m, k) or "not known" for m, k in zip(lost["metric"], lost["key"], strict=True)]
    return lost[["Series", "Points", "In band", "Error", "Best naive"]].assign(**{"Why, as far as known": reasons})


def largest_misfits() -> tuple[list[str], pd.DataFrame]:
    """The last observation of each series against the baseline, those furthest off first, and how it was made."""
    pieces = pieces_of(text_of("misfits"))
    frame = table_of(pieces)
    if frame.empty:
        return [], frame
    names = [series_words(metric, key) for metric, key in zip(frame["metric"], frame["key"], strict=True)]
    sentences = [one for piece in pieces if piece.tag == "p" for one in re.split(r"(?<=[.]) ", piece.text)]
    said = [
        f"{one[:-1]}." if one.endswith(":") else one
        for one in sentences
        if one.startswith("Last observed") or "are within" in one
    ]
    rest = frame[["at", "over", "observed", "model", "unit", "conf."]]
    rest = rest.rename(columns={"conf.": "grade"}).rename(columns=str.capitalize)
    return said, rest.assign(Series=names)[["Series", *rest.columns]]


def patterns() -> pd.DataFrame:
    """The criteria of the patterns: what the worlds show, what was observed, passed or not."""
    from sim.evidence.verdict import truth
    from sim.report.wording import amount

    rows = stored().table("patterns")
    if rows is None:
        return pd.DataFrame()
    verdict = {True: "yes", False: "no", None: "not tested"}
    ranges = [
        f"{amount(float(row['model']))} ({amount(float(row['low']))} to {amount(float(row['high']))})"
        for row in rows.to_dict("records")
    ]
    return pd.DataFrame({
        "": rows["id"], "Pattern": rows["what"], "Model (5–95 %)": ranges, "Passes if": rows["criterion"],
        "Observed": rows["expected"].astype(str), "Worlds that show it": [percent(float(x)) for x in rows["share"]],
        "Passed": [verdict[truth(value)] for value in rows["passed"]],
    })  # fmt: skip


@functools.cache
def _notes() -> list[dict[str, str]]:
    try:
        return read_notes(document("evidence_notes"))
    except InputError:
        return []


def _error(value: float, unit: str) -> str:
    """A mean absolute error: of logarithms as a percentage, of shares in points, of ECI and months as they are."""
    from sim.evidence.observations import scale_of

    if not np.isfinite(value):
        return "–"
    if scale_of(unit) == "log":
        factor = float(np.exp(value))
        return f"{percent(factor - 1)}" if factor < 2 else f"a factor of {factor:.2g}"
    if unit.startswith("share"):
        return f"{100 * value:.1f} points"
    return f"{value:.1f} {'months' if unit == 'month' else unit}"
