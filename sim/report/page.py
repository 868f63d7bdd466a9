"""report.html: one file that needs nothing else, neither a network nor the folder it lies in."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from sim.measures.headlines import SHOWN_YEARS, SUMMARY_HEADLINES, Headline
from sim.registry import Registry, load_registry
from sim.report import style
from sim.report.assumptions import changed_parameters, grade_counts, widest_assumptions
from sim.report.cautions import bound_warnings, count_of, failures
from sim.report.drivers import LEAST_WORLDS, early_signs
from sim.report.figures import FIGURES, QUICK_FIGURES, draw_all, make_context
from sim.report.headlines import headline_rows
from sim.report.observed import Observed
from sim.report.policy_strip import PolicyMark, read_policies
from sim.report.sentences import answer_line, compute_half, spread_half
from sim.report.sheet import Context
from sim.report.summary import cell, unit_words
from sim.report.wording import formatted
from sim.results.read import RunData

DOTS_PER_INCH, QUICK_DOTS_PER_INCH = 170, 90


def write_figures_and_page(
    data: RunData, folder: Path, *, quick: bool = False, observed: Observed | None = None
) -> None:
    """Write `figures/*.png` and `report.html` of a run into `folder`; `quick` draws QUICK_FIGURES only."""
    policies = read_policies(data.scenario.get("policies") or ())
    context = make_context(data.timeseries, policies, observed)
    if quick:
        figures = draw_all(context, names=QUICK_FIGURES, dots_per_inch=QUICK_DOTS_PER_INCH)
    else:
        figures = draw_all(context, dots_per_inch=DOTS_PER_INCH)
    (folder / "figures").mkdir(exist_ok=True)
    for name, content in figures.items():
        (folder / "figures" / f"{name}.png").write_bytes(content)
    page = render_page(data, context, figures, load_registry())
    (folder / "report.html").write_text(page, encoding="utf-8")


def render_page(data: RunData, context: Context, figures: Mapping[str, bytes], registry: Registry) -> str:
    """The page as HTML, figures (PNG by name) inside it."""
    table = context.table
    scenario = {"status": "", "question": "", "notes": "", "authors": [], **data.scenario}
    settings = scenario.get("set") or {}
    return (
        templates()
        .get_template("run.html")
        .render(
            scenario=scenario,
            manifest=data.manifest,
            worlds=table.replicates,
            projected=context.dates[-1] > style.DATA_EDGE,
            first=f"{context.dates[0]:%B %Y}",
            last=f"{context.dates[-1]:%B %Y}",
            projection_note=style.PROJECTION_NOTE,
            answer=answer_line(table),
            compute=compute_half(table),
            spread=spread_half(table),
            policies=[policy_row(mark) for mark in context.policies],
            headlines=headline_sections(context),
            years=[year for year in SHOWN_YEARS if pd.Timestamp(year, 12, 31) in table.dates],
            figures=[
                {"name": kind.name, "caption": kind.caption, "data": base64.b64encode(figures[kind.name]).decode()}
                for kind in FIGURES
                if kind.name in figures
            ],
            all_figures=len(FIGURES),
            signs=early_signs(table),
            least_worlds=LEAST_WORLDS,
            cautions=bound_warnings(data.events, table.replicates),
            failures=failures(data.events, table.replicates),
            defaults=count_of(data.events, "default"),
            changed=changed_parameters(registry, settings),
            assumptions=widest_assumptions(registry),
            grades=grade_counts(registry),
            missing=[item.label for item in SUMMARY_HEADLINES if not table.has(item.metric, item.key)],
            seeds=seeds_text(data.manifest.get("seeds", [])),
        )
    )


def templates() -> Environment:
    """The page templates, strict and escaping."""
    environment = Environment(
        loader=PackageLoader("sim.report", "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, finalize=unbroken,
    )  # fmt: skip
    environment.filters["capitalise"] = capitalised
    return environment


def capitalised(text: str) -> str:
    """The text with its first letter in upper case, the rest as it is."""
    return text[:1].upper() + text[1:]


def unbroken(value: Any) -> Any:
    """Text whose numbers do not part from their sign at the end of a line."""
    if isinstance(value, str):
        return value.replace(" %", "\N{NO-BREAK SPACE}%")
    return value


def policy_row(mark: PolicyMark) -> dict[str, Any]:
    """A policy as the table shows it."""
    return {
        "number": mark.number,
        "title": mark.title,
        "actor": actor_words(mark.actor),
        "instrument": mark.instrument.replace("_", " "),
        "announced": f"{mark.announced:%Y-%m-%d}",
        "effective": "never" if mark.effective is None else f"{mark.effective:%Y-%m-%d}",
        "ends": "" if mark.ends is None else f"{mark.ends:%Y-%m-%d}",
        "reference": mark.reference,
    }


def actor_words(actor: str) -> str:
    """`China customs` for `cn-customs`, `US BIS` for `us-bis`."""
    first, *rest = actor.split("-")
    return " ".join([style.LABELS.get(first, first), *(part.upper() if len(part) <= 3 else part for part in rest)])


def headline_sections(context: Context) -> list[dict[str, Any]]:
    """The headline table in its two halves: label, window, unit, observed, and a cell per shown year."""
    rows = headline_rows(context.table, context.observed, SHOWN_YEARS)
    titles = {"compute": "Computing and its concentration", "spread": "Spread of open and Chinese models"}
    return [
        {
            "title": title,
            "rows": [
                _headline(item, rows)
                for item in SUMMARY_HEADLINES
                if item.half == half and (rows["label"] == item.label).any()
            ],
        }
        for half, title in titles.items()
    ]


def _headline(item: Headline, rows: pd.DataFrame) -> dict[str, Any]:
    part = rows[rows["label"] == item.label]
    unit = str(part["unit"].iloc[0])
    seen = part[part["observed"].notna()]
    observed = source = when = ""
    if len(seen):
        last = seen.iloc[-1]
        observed, when = formatted(float(last["observed"]), unit), f"{last['observed_date']:%Y-%m}"
        source = str(last["observed_source"])
    cells = {row["date"].year: cell(row, unit) for _, row in part.iterrows()}
    return {
        "label": item.label,
        "unit": unit_words(unit),
        "observed": observed,
        "source": source,
        "when": when,
        "cells": cells,
    }


def seeds_text(seeds: list[int]) -> str:
    """`7`, or `7 to 16`."""
    if not seeds:
        return "unknown"
    return str(seeds[0]) if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
