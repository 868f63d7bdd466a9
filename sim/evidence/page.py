"""The text of docs/evidence.md, made from the stored results: a summary with the verdict, then the tables behind it."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping

import pandas as pd

from sim.evidence.notes import note_of
from sim.evidence.stored import Stored
from sim.evidence.verdict import COVERAGE_GOAL, Tally, losing, passed, tally, truth, with_standing
from sim.report.wording import amount, percent

PATTERNS = tuple(f"P{number}" for number in range(1, 13))
NOT_RUN = "*Not run yet: `{command}` makes it.*"
HINDSIGHT = (
    "The test is called pseudo-out-of-sample, because only the parameters were kept from 2025: the structure of the "
    "model, the choice of what to model and the patterns were made by people who had seen 2025."
)


@dataclasses.dataclass(frozen=True, slots=True)
class Goal:
    """A goal of the evidence: what was aimed at, what came out, whether it is met (None: not run)."""

    aim: str
    found: str
    met: bool | None


def cell(value: object) -> str:
    """A value in a cell of a Markdown table: numbers to three digits, nothing for what is missing."""
    if isinstance(value, float):
        return "" if math.isnan(value) else amount(value)
    return " ".join(str(value).split()).replace("|", "\\|")


def table(head: Mapping[str, str], frame: pd.DataFrame) -> Iterator[str]:
    """A Markdown table: `head` maps column to heading."""
    yield "| " + " | ".join(head.values()) + " |"
    yield "|" + "---|" * len(head)
    for row in frame.to_dict("records"):
        yield "| " + " | ".join(cell(row[column]) for column in head) + " |"


def verdict_word(value: object) -> str:
    """Yes, no or not tested."""
    return {True: "yes", False: "**no**", None: "not tested"}[truth(value)]


def goals(stored: Stored) -> list[Goal]:
    """The goals that were set before the scores were known, and how they came out."""
    test = stored.series("validation_2024")
    found = []
    share = "better than both naive forecasts on at least two thirds of the series of the test year"
    cover = (
        f"{percent(COVERAGE_GOAL[0])} to {percent(COVERAGE_GOAL[1])} of the points of the test year in the 5-95 % band"
    )
    if test is None:
        found += [Goal(share, "not run", None), Goal(cover, "not run", None)]
    else:
        count = tally(test)
        found.append(Goal(share, f"{count.better} of {count.compared}: {percent(count.share)}", count.share_met))
        found.append(Goal(cover, percent(count.coverage), count.coverage_met))
    rows, every = stored.table("patterns"), "the twelve patterns P1 to P12 shown by the ensemble"
    if rows is None:
        found.append(Goal(every, "not run", None))
    else:
        good = shown_patterns(rows)
        missing = [name for name in PATTERNS if good.get(name) is not True]
        text = f"{len(PATTERNS) - len(missing)} of {len(PATTERNS)}" + (f"; not {', '.join(missing)}" if missing else "")
        found.append(Goal(every, text, not missing))
    return found


def shown_patterns(rows: pd.DataFrame) -> dict[str, bool | None]:
    """Per pattern (`P3` of rows `P3`, `P3a`, `P3.1`...): True if all rows passed, False if one failed."""
    found: dict[str, bool | None] = {}
    for row in rows.to_dict("records"):
        digits = "".join(letter for letter in str(row["id"])[1:3] if letter.isdigit())
        one, name = truth(row["passed"]), f"P{digits}"
        before = found.get(name, True)
        found[name] = False if one is False or before is False else (None if one is None or before is None else True)
    return found


def _met(goal: Goal) -> str:
    return {True: "met", False: "**not met**", None: "not run"}[goal.met]


def summary(stored: Stored) -> Iterator[str]:
    """Half a page: what was tested, what came out, what to use the model for."""
    each = goals(stored)
    done = [goal for goal in each if goal.met is not None]
    if not done:
        yield "**Verdict: none yet.** The steps below have not been run for this version."
    else:
        missed = [goal for goal in done if not goal.met]
        head = "all" if not missed and len(done) == len(each) else f"{len(done) - len(missed)} of {len(done)}"
        rest = "" if len(done) == len(each) else f" ({len(each) - len(done)} not run)"
        yield f"**Verdict: {head} goals that were set in advance are met{rest}.** {use(stored)}"
    yield ""
    yield from table(
        {"aim": "goal", "found": "result", "met": ""},
        pd.DataFrame([{"aim": goal.aim, "found": goal.found, "met": _met(goal)} for goal in each]),
    )
    yield ""
    for name, what in (("events", "responses to events of the past"), ("benchmarks", "numbers that others published")):
        rows = stored.table(name)
        if rows is not None:
            good, tested = passed(rows)
            yield f"- {good} of {tested} {what} come out inside the tolerance that was set for them."
    yield f"- {HINDSIGHT}"


def use(stored: Stored) -> str:
    """What the result allows, in a sentence, from the share of series that beat both naive forecasts."""
    test = stored.series("validation_2024")
    if test is None:
        return "The test year has not been run."
    share = tally(test).share
    if share >= 2 / 3:
        return (
            "A year ahead the model says more than a continued trend does, for most series; not for all: see the list."
        )
    if share >= 0.5:
        return (
            "A year ahead the model says more than a continued trend for about half of the series, and less for others."
        )
    return (
        "A year ahead a continued trend was the better forecast for most series. Use the model for what trends cannot "
        "say, differences between rules in the same worlds, and not for levels."
    )


def scored(stored: Stored, name: str, figure: str, caption: str) -> Iterator[str]:
    """A scorecard: totals, figure, and its series by metric."""
    series = stored.series(name)
    if series is None:
        yield NOT_RUN.format(command="make evidence")
        return
    count = tally(series)
    yield from totals(count)
    yield from ("", f"![{caption}](img/evidence/{figure}.png)", "")
    marked = with_standing(series)
    rows = []
    for metric, part in marked.groupby("metric", sort=True):
        one = tally(part)
        rows.append(
            {"metric": f"`{metric}`", "series": one.series, "points": one.points, "better": one.better,
             "between": one.between, "worse": one.worse, "score": float(part["score"].median()),
             "coverage": percent(one.coverage)}
        )  # fmt: skip
    heads = {"metric": "metric", "series": "series", "points": "points", "better": "better than both",
             "between": "than one", "worse": "worse than both", "score": "median error",
             "coverage": "in band"}  # fmt: skip
    yield from table(heads, pd.DataFrame(rows))


def totals(count: Tally) -> Iterator[str]:
    """Sentences on a scorecard as a whole."""
    yield f"- {count.series} series with {count.points} points were scored; {count.compared} have a naive forecast."
    yield (
        f"- Better than both naive forecasts: {count.better} ({percent(count.share)}); than one of them: "
        f"{count.between}; worse than both: {count.worse}."
    )
    yield f"- {percent(count.coverage)} of the points lie in the 5-95 % band."
    if count.mean_field:
        yield (
            f"- Better than the mean-field version of the same model: "
            f"{count.better_than_mean_field} of {count.mean_field} series."
        )


def wrong(stored: Stored, notes: list[dict[str, str]]) -> Iterator[str]:
    """The series that lose to both naive forecasts in the test year, worst first, with the reason as far as known."""
    series = stored.series("validation_2024")
    if series is None:
        yield NOT_RUN.format(command="make evidence")
        return
    lost = losing(series)
    if lost.empty:
        yield "No series loses to both."
        return
    yield (
        f"The {len(lost)} series on which the model is worse than both naive forecasts, worst first. Reasons are kept "
        "by hand in [evidence_notes.yaml](evidence_notes.yaml)."
    )
    yield ""
    rows = [
        {"series": f"`{row['metric']}`, {row['key']}", "n": row["n"], "score": row["score"], "naive": row["best_naive"],
         "why": note_of(notes, row["metric"], row["key"]) or "not known"}
        for row in lost.to_dict("records")
    ]  # fmt: skip
    heads = {"series": "series", "n": "points", "score": "error", "naive": "best naive", "why": "why"}
    yield from table(heads, pd.DataFrame(rows))


def result_rows(stored: Stored, name: str, expected: str) -> Iterator[str]:
    """Rows of patterns, events or benchmarks with their verdicts."""
    rows = stored.table(name)
    if rows is None:
        yield NOT_RUN.format(command="make evidence")
        return
    good, tested = passed(rows)
    yield from (f"{good} of {tested} pass.", "")
    shown = rows.assign(passed=[verdict_word(value) for value in rows["passed"]])
    if "share" in shown:
        shown = shown.assign(share=[percent(float(share)) for share in shown["share"]])
    heads = {"id": "", "what": "what", "model": "model: median", "low": "5 %", "high": "95 %", "criterion": "passes if",
             "expected": expected, "share": "worlds inside", "passed": "passed", "source": "source"}  # fmt: skip
    yield from table({column: head for column, head in heads.items() if column in shown}, shown)


def pattern_text(stored: Stored) -> Iterator[str]:
    """Patterns by the ensemble, and which pattern rules out which sets."""
    yield from result_rows(stored, "patterns", "expected")
    sets = stored.table("pattern_sets")
    if sets is None:
        return
    shown = sets.drop(columns="set").astype(bool)
    failures = (~shown).sum(axis=1)
    yield from ("", f"{int((failures == 0).sum())} of {len(shown)} sets show all patterns at once.", "")
    yield from ("![Share of parameter sets that show each pattern](img/evidence/patterns.png)", "")
    rows = [
        {"pattern": name, "shown": percent(float(shown[name].mean())), "failed": int((~shown[name]).sum()),
         "alone": int(((~shown[name]) & (failures == 1)).sum()), "with": _companions(shown, name)}
        for name in shown.columns
    ]  # fmt: skip
    heads = {"pattern": "pattern", "shown": "sets that show it", "failed": "sets that do not",
             "alone": "of these, that fail nothing else", "with": "fails most often with"}  # fmt: skip
    yield from table(heads, pd.DataFrame(rows))


def _companions(shown: pd.DataFrame, name: str) -> str:
    """The pattern that most often fails in the sets in which this one fails; nothing if it never fails with another."""
    failed = ~shown[~shown[name]].drop(columns=name)
    counts = failed.sum()
    return f"{counts.idxmax()} ({int(counts.max())})" if len(failed) and counts.max() > 0 else ""


Section = tuple[str, Callable[[], Iterator[str]]]


def page(stored: Stored, notes: list[dict[str, str]], sections: list[Section]) -> str:
    """The whole page: head, summary, sections with numbers."""
    lines = [
        "# Evidence",
        "",
        "How well weightshift agrees with what was observed, where it does not, and how sure one can be of either. "
        "Made by `make evidence` from the results in [evidence/](evidence): no number on this page is typed by hand.",
        "",
        "## Summary",
        "",
        *summary(stored),
        "",
    ]
    for number, (title, text) in enumerate(sections, 1):
        lines += [f"## {number} {title}", "", *text(), ""]
    return "\n".join(lines).rstrip() + "\n"
