"""Parts of documents that code fills in, between `<!-- evidence:NAME -->` and `<!-- /evidence:NAME -->`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

import pandas as pd

from sim.errors import InputError
from sim.evidence.page import goals, shown_patterns, table
from sim.evidence.stored import Stored
from sim.evidence.verdict import losing, passed, tally
from sim.registry import load_registry
from sim.report.wording import percent

GRADES = {
    "measured": "measured directly",
    "estimated": "estimated from data by this project or by others",
    "expert": "a judgement of experts",
    "assumed": "assumed by this project; the registry says what and why",
}


def fill(text: str, parts: Mapping[str, list[str]], file: str) -> str:
    """The text with every marked part replaced. Raises InputError if markers are not in pairs, or name no part."""
    found = re.findall(r"<!-- evidence:([a-z_]+) -->", text)
    for name in found:
        if name not in parts:
            raise InputError("is a marker that nothing fills", file=file, key=name)
    for name in found:
        begin, end = f"<!-- evidence:{name} -->", f"<!-- /evidence:{name} -->"
        if text.count(begin) != 1 or text.count(end) != 1 or text.index(end) < text.index(begin):
            raise InputError("needs one marker before and one after", file=file, key=name)
        head, rest = text.split(begin)
        _, tail = rest.split(end)
        text = "\n".join([head + begin, *parts[name], end + tail])
    return text


def scorecard(stored: Stored) -> Iterator[str]:
    """The scorecard of the model card: goals and counts in a small table."""
    rows = []
    for goal in goals(stored):
        met = {True: "met", False: "**not met**", None: "not run"}[goal.met]
        rows.append({"what": f"Goal: {goal.aim}", "result": goal.found, "met": met})
    use = stored.series("validation_2025")
    if use is not None:
        count = tally(use)
        result = f"{count.better} of {count.compared} series; {percent(count.coverage)} of points in the band"
        rows.append({"what": "2023-2025, in sample: better than both naive forecasts", "result": result, "met": ""})
    for name, what in (("events", "Responses to events of the past"), ("benchmarks", "Numbers that others published")):
        table_ = stored.table(name)
        if table_ is not None:
            good, tested = passed(table_)
            rows.append({"what": what, "result": f"{good} of {tested} inside their tolerance", "met": ""})
    yield from table({"what": "", "result": "result", "met": ""}, pd.DataFrame(rows))


def failures(stored: Stored, most: int = 6) -> Iterator[str]:
    """The worst series of the test year and the patterns not shown, in a few lines."""
    series, patterns = stored.series("validation_2024"), stored.table("patterns")
    if series is None and patterns is None:
        yield "Not measured yet; [misfits.md](misfits.md) lists the largest misfits of the baseline."
        return
    if patterns is not None:
        missing = [name for name, good in shown_patterns(patterns).items() if good is False]
        yield f"- Patterns not shown by the ensemble: {', '.join(missing) or 'none'}."
    if series is not None:
        lost = losing(series)
        names = ", ".join(f"`{row.metric}` {row.key}" for row in lost.head(most).itertuples())
        yield f"- Worse than both naive forecasts in 2025: {len(lost)} series" + (
            f"; the worst: {names}." if names else "."
        )


def grades() -> Iterator[str]:
    """Records of the registry by grade of evidence."""
    records = load_registry().records.values()
    counts: Counter[str] = Counter(record.grade for record in records)
    rows = [
        {"grade": grade, "means": means, "records": counts[grade], "share": percent(counts[grade] / len(records))}
        for grade, means in GRADES.items()
    ]
    heads = {"grade": "grade", "means": "meaning", "records": "records", "share": "share"}
    yield from table(heads, pd.DataFrame(rows))


def held_out(stored: Stored) -> Iterator[str]:
    """What the held-out year showed, for the limits."""
    series = stored.series("validation_2024")
    if series is None:
        yield "The test year has not been run for this version."
        return
    count = tally(series)
    yield (
        f"- Fitted to end-2024 and tested on 2025, the model is better than both naive forecasts on {count.better} of "
        f"{count.compared} series ({percent(count.share)}), worse than both on {count.worse}."
    )
    sure = {True: "as many as it should", False: "not what such a band promises"}[count.coverage_met]
    yield f"- {percent(count.coverage)} of the points of 2025 lie in its 5-95 % band: {sure} (goal: 80 to 97 %)."
    yield "- Structure and patterns were chosen by people who had seen 2025, so a real forecast would do worse."


def parts(stored: Stored) -> dict[str, list[str]]:
    """Every part by the name of its marker."""
    return {
        "scorecard": list(scorecard(stored)),
        "failures": list(failures(stored)),
        "grades": list(grades()),
        "held_out": list(held_out(stored)),
    }
