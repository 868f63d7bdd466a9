"""Measures of a sweep by name, and what they are called in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.errors import InputError
from sim.measures.headlines import HEADLINES
from sim.report.style import label_of
from sim.report.wording import difference_words, formatted, signed
from sim.scenario.problems import nearest

if TYPE_CHECKING:
    from sim.study.measures_of_study import Measure
    from sim.study.study_file import Study

_LABELS = {(item.metric, item.key): item.label for item in HEADLINES}
_UNIT_WORDS = re.compile(r"_(usd_per_\w+|usd|h100e|eci|gw|twh|mt_co2|months)\b")
_SIZES = ((1e12, 1e12, "trillion"), (1e9, 1e9, "billion"), (1e5, 1e6, "million"), (1e4, 1e3, "thousand"))
"""From which size on a number is told in what."""
_PLAIN = ("1/year", "1", "0-10,000", "count", "ratio", "share")
"""Units that a sentence leaves out."""
_SPOKEN = {"0-10,000": "index points, 0-10,000", "month": "months", "USD/Mtoken": "USD per million tokens"}


def series_label(metric: str, key: str) -> str:
    """`Nvidia’s share of new compute`; metric and key in words where the headlines do not name them."""
    if (metric, key) in _LABELS:
        return _LABELS[metric, key]
    words = _UNIT_WORDS.sub("", metric).replace("_", " ")
    words = words.replace("hhi ", "concentration (HHI) of ")
    whose = " ".join(label_of(part) if part != "world" else "world" for part in key.split("/"))
    return f"{words[:1].upper()}{words[1:]}, {whose}"


def measure_label(measure: Measure) -> str:
    """The series and when it is read: `Nvidia’s share of new compute, 2030`."""
    return f"{series_label(measure.metric, measure.key)}, {when_words(measure.at)}"


def when_words(at: str) -> str:
    """`December 2030` for 2030-12, `2030` for a year, `at the end`."""
    if at == "end":
        return "at the end"
    return at if len(at) == 4 else f"{pd.Timestamp(f'{at}-01'):%B %Y}"


def value_words(value: float, unit: str) -> str:
    """A value with its unit, as short as a cell of a table needs it."""
    if not np.isfinite(value):
        return "n/a"
    size = _size_of(abs(value))
    if size is not None and unit not in _PLAIN and not unit.startswith("share"):
        divisor, word = size
        return f"{short_number(value / divisor)} {word} {unit_words(unit)}"
    text = formatted(value, unit)
    if unit.startswith("share") or unit in _PLAIN or text.startswith("$"):
        return text
    return f"{text} {unit_words(unit)}"


def signed_words(value: float, unit: str) -> str:
    """A difference with its sign and its unit: `+3.2 points`, `−0.54 million H100e`."""
    words = difference_words(value, unit)
    if words in ("0", "n/a") or words.endswith("points") or unit in _PLAIN:
        return words
    if _size_of(abs(value)) is not None:
        return signed(value_words(value, unit))
    return f"{words} {unit_words(unit)}"


def counted(unit: str, value: float) -> str:
    """A unit behind a number: `months`, `stacks/month`, `per month` for 1/month; empty for a plain number."""
    if unit in ("", "1", "share", "ratio", "count", "index"):
        return ""
    head, slash, rest = unit.partition("/")
    if head == "1" and slash:
        return f"per {rest}"
    several = head.isalpha() and head.islower() and len(head) > 2 and value != 1  # month, chip, wafer: not kW, not USD
    return f"{head}{'s' if several else ''}{slash}{rest}"


def short_number(value: float) -> str:
    """Three digits, none of them behind the point of a hundred."""
    return f"{value:,.0f}" if abs(value) >= 99.5 else f"{value:.3g}"


def _size_of(size: float) -> tuple[float, str] | None:
    found = next(((divisor, word) for least, divisor, word in _SIZES if size >= least), None)
    return None if found is None or found[1] == "thousand" else found


def difference_in_words(value: float, unit: str) -> str:
    """A difference without a sign, with its unit: shares in percentage points."""
    if value == 0:
        return "0"
    if np.isfinite(value) and unit.startswith("share"):
        points = 100 * value
        return f"{points:.0f} points" if abs(points) >= 9.95 else f"{points:.1f} points"
    return value_words(value, unit)


def goal_words(measure: Measure) -> str:
    """`at least 20 %, December 2030`; only the date where the goal has no threshold."""
    goal = measure.goal
    if goal is None or goal.threshold is None:
        return when_words(measure.at)
    words = {("high", False): "at least", ("low", False): "at most", ("high", True): "above", ("low", True): "below"}
    return f"{words[goal.sense, goal.strict]} {value_words(goal.threshold, measure.unit)}, {when_words(measure.at)}"


def unit_words(unit: str) -> str:
    """A unit as a reader says it."""
    return _SPOKEN.get(unit, unit)


def drawn_in(unit: str, values: np.ndarray, *, difference: bool = False) -> tuple[float, str]:
    """Multiplier and unit so that an axis has few digits: 2.1e10 USD/month is 21 billion USD/month."""
    if unit.startswith("share"):
        return 100.0, "percentage points" if difference else f"% {unit.removeprefix('share').strip()}".strip()
    finite = np.abs(values[np.isfinite(values)])
    size = float(np.quantile(finite, 0.95)) if finite.size else 0.0
    for least, divisor, word in _SIZES:
        if size >= least:
            return 1.0 / divisor, f"{word} {unit}"
    return 1.0, unit_words(unit)


def measure_named(study: Study, name: str, *, key: str) -> Measure:
    """The measure of a study called `metric[key] at`; `metric[key]` or `metric` will do where only one fits.

    Raises InputError that names `key` (an option, or the part of a condition) and the nearest name.
    """
    wanted = " ".join(name.split())
    exact = [one for one in study.measures if one.name == wanted]
    fits = exact or [one for one in study.measures if wanted in (f"{one.metric}[{one.key}]", one.metric)]
    if len(fits) == 1:
        return fits[0]
    names = [one.name for one in study.measures]
    if fits:
        raise InputError(f"'{wanted}' may be {' or '.join(one.name for one in fits)}", key=key)
    hint = nearest(wanted, [*names, *(name.rpartition(" ")[0] for name in names), *(m.metric for m in study.measures)])
    known = "" if hint else f"; it kept {', '.join(names)}"
    raise InputError(f"the sweep kept no measure '{wanted}'{known}", key=key, hint=hint)
