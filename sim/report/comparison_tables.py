"""Tables of a comparison: headline effects, and what the scenarios say differently."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from sim.measures.headlines import HEADLINES, SUMMARY_HEADLINES, Headline
from sim.registry import Registry
from sim.report.arms import Arm
from sim.report.assumptions import plain, shown
from sim.report.comparison_words import is_told, row_of, worlds_above_and_below
from sim.report.summary import unit_words
from sim.report.wording import difference_words, formatted

HALVES = {
    "compute": "Computing and its concentration",
    "spread": "Spread of open and Chinese models",
    "both": "Who earns, and who bears the risk",
}


def full_table(arm: Arm) -> list[dict[str, Any]]:
    """Every headline at the last year end: sections with rows of text cells."""
    return _sections(HEADLINES, lambda item: _full_row(arm, item))


def summary_table(arms: Sequence[Arm]) -> list[dict[str, Any]]:
    """Summary headlines: for one policy its full row, for several a cell with the difference of each."""
    if len(arms) == 1:
        return _sections(SUMMARY_HEADLINES, lambda item: _full_row(arms[0], item))
    return _sections(SUMMARY_HEADLINES, lambda item: _matrix_row(arms, item))


def _sections(items: Sequence[Headline], make: Any) -> list[dict[str, Any]]:
    found = []
    for half, title in HALVES.items():
        rows = [row for item in items if item.half == half and (row := make(item)) is not None]
        if rows:
            found.append({"title": title, "rows": rows})
    return found


def _full_row(arm: Arm, item: Headline) -> dict[str, Any] | None:
    row = row_of(arm, item.metric, item.key)
    if row is None:
        return None
    unit = str(row["unit"])
    above, _ = worlds_above_and_below(arm, row)
    return {
        "label": item.label,
        "unit": unit_words(unit),
        "baseline": formatted(row["baseline"], unit),
        "value": formatted(row["value"], unit),
        "difference": difference_words(row["difference"], unit),
        "range": range_words(row),
        "above": f"{above} of {int(row['worlds'])}",
        "channel": channel_label(arm, str(row["main_channel"])),
        "told": is_told(row),
    }


def _matrix_row(arms: Sequence[Arm], item: Headline) -> dict[str, Any] | None:
    rows = [row_of(arm, item.metric, item.key) for arm in arms]
    known = [row for row in rows if row is not None]
    if not known:
        return None
    unit = str(known[0]["unit"])
    cells = []
    for row in rows:
        if row is None:
            cells.append({"text": "–", "range": "", "told": False})
        else:
            text = difference_words(row["difference"], unit)
            cells.append({"text": text, "range": range_words(row), "told": is_told(row)})
    baseline = formatted(known[0]["baseline"], unit)
    return {"label": item.label, "unit": unit_words(unit), "baseline": baseline, "cells": cells}


def range_words(row: pd.Series) -> str:
    """`+0.4 to +3.9`: the 5 and 95 % values of the paired difference."""
    unit = str(row["unit"])
    low, high = (difference_words(row[name], unit).removesuffix(" points") for name in ("p05", "p95"))
    return low if low == high else f"{low} to {high}"


def channel_label(arm: Arm, channel: str) -> str:
    """A channel in words; empty if none was found."""
    rows = arm.channels[arm.channels["channel"] == channel] if channel else arm.channels.iloc[:0]
    return str(rows["channel_label"].iloc[0]) if len(rows) else ""


@dataclasses.dataclass(frozen=True)
class Differences:
    """What two scenarios say differently, as rows of text."""

    policies: list[dict[str, Any]]
    parameters: list[dict[str, Any]]
    events: list[dict[str, Any]]

    @property
    def empty(self) -> bool:
        """Whether nothing differs."""
        return not (self.policies or self.parameters or self.events)


WHERE = {"baseline": "baseline alone", "policy": "policy alone", "changed": "both, otherwise here"}
WORDS = ("title", "reference", "confidence", "assumptions", "description", "target")
"""Fields of a policy that describe it; a change in them alone changes nothing in the world."""


def differences(arm: Arm, one: Mapping[str, Any], other: Mapping[str, Any], registry: Registry) -> Differences:
    """What the policy scenario `other` says differently from the baseline `one` (resolved scenarios)."""
    fields = [{str(item.get("id")): item for item in side.get("policies") or ()} for side in (one, other)]
    policies = []
    for mark in arm.marks:
        if not mark.where:
            continue
        changed = changed_fields(fields[0].get(mark.id) or {}, fields[1].get(mark.id) or {})
        policies.append(
            {
                "number": mark.number,
                "title": mark.title,
                "where": WHERE[mark.where],
                "announced": f"{mark.announced:%Y-%m-%d}",
                "effective": "never" if mark.effective is None else f"{mark.effective:%Y-%m-%d}",
                "ends": "open" if mark.ends is None else f"{mark.ends:%Y-%m-%d}",
                "reference": mark.reference,
                "changed": changed if mark.where == "changed" else [],
            }
        )
    return Differences(policies, parameter_rows(one, other, registry), event_rows(one, other))


def changed_fields(one: Mapping[str, Any], other: Mapping[str, Any], prefix: str = "") -> list[str]:
    """`terms.levy_rate: 0.25 → 0.15` for every field that differs and acts."""
    found = []
    for key in dict.fromkeys([*one, *other]):
        here, there = one.get(key), other.get(key)
        if here == there or (not prefix and key in WORDS):
            continue
        if isinstance(here, Mapping) and isinstance(there, Mapping):
            found += changed_fields(here, there, f"{prefix}{key}.")
        else:
            found.append(f"{prefix}{key}: {here} → {there}")
    return found


def parameter_rows(one: Mapping[str, Any], other: Mapping[str, Any], registry: Registry) -> list[dict[str, Any]]:
    """Parameters whose values differ, with unit, grade and the registry's source."""
    mine, theirs = one.get("set") or {}, other.get("set") or {}
    rows = []
    for path in dict.fromkeys([*mine, *theirs]):
        if path not in registry or plain(mine.get(path)) == plain(theirs.get(path)):
            continue
        record = registry[path].record
        rows.append(
            {
                "path": path,
                "label": record.label,
                "baseline": shown(mine.get(path)),
                "value": shown(theirs.get(path)),
                "unit": "" if record.unit in ("1", "share") else record.unit,
                "grade": record.grade,
                "source": record.source,
            }
        )
    return rows


def event_rows(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Events that only one scenario has, or has otherwise."""
    mine, theirs = (
        {str(item.get("id") if isinstance(item, Mapping) else item): item for item in side.get("events") or ()}
        for side in (one, other)
    )
    rows = []
    for name in dict.fromkeys([*mine, *theirs]):
        here, there = mine.get(name), theirs.get(name)
        if here == there:
            continue
        item: Any = there if there is not None else here
        known = item if isinstance(item, Mapping) else {}
        where = "baseline" if there is None else "policy" if here is None else "changed"
        rows.append(
            {
                "id": name,
                "title": str(known.get("title") or known.get("kind") or name),
                "date": str(known.get("date") or ""),
                "where": WHERE[where],
                "reference": str(known.get("reference") or ""),
            }
        )
    return rows
