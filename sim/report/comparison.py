"""Figures and report.html of a comparison of policies with a baseline in the same worlds."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from sim.registry import Registry, load_registry
from sim.report import style
from sim.report.arm_figures import (
    adoption_of_arms,
    arm_fans,
    concentration_of_arms,
    value_differences,
    waterfall_of_arms,
)
from sim.report.arms import Arm, ComparisonLike, read_arms
from sim.report.assumptions import grade_counts, widest_assumptions
from sim.report.cautions import bound_words, failures
from sim.report.comparison_tables import differences, full_table, summary_table
from sim.report.comparison_words import (
    answer,
    clearest,
    effect_sentence,
    half_sentences,
    pairing_sentence,
    told_count,
)
from sim.report.effect_figures import barred_rows, channel_bars, effect_fans, effects_at_end
from sim.report.figures import no_collection
from sim.report.observed import Observed
from sim.report.page import DOTS_PER_INCH, QUICK_DOTS_PER_INCH, policy_row, seeds_text, templates
from sim.report.sheet import to_png
from sim.report.waterfall_figure import METRIC

Draw = Callable[[], Figure]
MOST_ASSUMPTIONS = 12


def write_comparison_files(
    comparison: ComparisonLike, folder: Path, quick: bool = False, observed: Observed | None = None
) -> None:
    """Write `figures/*.png` and `report.html` of a comparison into `folder`.

    `quick` draws the effects at the end and over time only, at screen resolution.
    """
    arms = read_arms(comparison, observed)
    wanted = figure_list(arms, quick)
    with style.styled(), no_collection():
        dots = QUICK_DOTS_PER_INCH if quick else DOTS_PER_INCH
        figures = {name: to_png(draw(), dots) for name, (_, draw) in wanted.items()}
    (folder / "figures").mkdir(exist_ok=True)
    for name, content in figures.items():
        (folder / "figures" / f"{name}.png").write_bytes(content)
    captions = {name: caption for name, (caption, _) in wanted.items()}
    page = render_comparison(comparison, arms, figures, captions, load_registry())
    (folder / "report.html").write_text(page, encoding="utf-8")


def figure_list(arms: Sequence[Arm], quick: bool = False) -> dict[str, tuple[str, Draw]]:
    """Caption and drawing of every figure by file name: those of all policies, then those of each."""
    found: dict[str, tuple[str, Draw]] = {}
    found["effects_at_end"] = (
        "The effects on the main measures, side by side. A point right of the line means more under the policy.",
        lambda: effects_at_end(arms),
    )
    if not quick:
        found["adoption"] = (
            "Adoption of open models on four yardsticks, which do not agree and must not be exchanged.",
            lambda: adoption_of_arms(arms),
        )
        found["concentration"] = (
            "Concentration of those who make chips, of those who own them, and of labs.",
            lambda: concentration_of_arms(arms),
        )
        found["value_by_layer"] = (
            "Where value added moves: between layers, and in all.",
            lambda: value_differences(arms),
        )
    for number, arm in enumerate(arms, start=1):
        found |= figures_of_arm(arm, number, quick)
    return found


def figures_of_arm(arm: Arm, number: int, quick: bool) -> dict[str, tuple[str, Draw]]:
    """Caption and drawing of the figures of one policy, by file name."""
    found: dict[str, tuple[str, Draw]] = {
        f"effect_{number}": (
            "Paired differences over time. Red marks in the strip are what the policy scenario alone says, blue what "
            "the baseline alone says.",
            lambda: effect_fans(arm),
        )
    }
    if quick:
        return found
    if barred_rows(arm):
        found[f"channels_{number}"] = (
            "Which mechanism carries the effect: what is lost of it when one mechanism is switched off in both "
            "scenarios. Contributions need not add up.",
            lambda: channel_bars(arm),
        )
    found[f"both_{number}"] = ("Both scenarios, world by world the same chance.", lambda: arm_fans(arm))
    if arm.base.has(METRIC, "closed/price"):
        found[f"price_{number}"] = (
            "Where the price of a million tokens goes, without and with the policy.",
            lambda: waterfall_of_arms(arm),
        )
    return found


def render_comparison(
    comparison: ComparisonLike,
    arms: Sequence[Arm],
    figures: dict[str, bytes],
    captions: dict[str, str],
    registry: Registry,
) -> str:
    """The page as HTML, figures (PNG by name) inside it."""
    baseline = {"status": "", "question": "", "notes": "", **comparison.scenarios[comparison.baseline]}
    manifest = dict(comparison.manifest)
    own = [name for name in figures if not name.rpartition("_")[2].isdigit()]
    dates = arms[0].base.dates
    worlds = arms[0].base.replicates
    return templates().get_template("comparison.html").render(
        manifest=manifest,
        baseline=baseline,
        baseline_id=comparison.baseline,
        worlds=worlds,
        first=f"{dates[0]:%B %Y}",
        last=f"{dates[-1]:%B %Y}",
        year=arms[0].end.year,
        projection_note=style.PROJECTION_NOTE,
        table=summary_table(arms),
        common=[_picture(name, captions, figures) for name in own],
        arms=[_section(arm, number, comparison, figures, captions, registry) for number, arm in enumerate(arms, 1)],
        narrow=len(arms) > 3,
        pairing=pairing_sentence(manifest, arms[0]),
        assumptions=widest_assumptions(registry, MOST_ASSUMPTIONS),
        grades=grade_counts(registry),
        limits=limit_lines(comparison),
        broken=list(manifest.get("failed") or ()),
        seeds=seeds_text([int(seed) for seed in manifest.get("seeds", [])]),
        command=command_line(comparison),
        digests=[(f"SHA-256 of {name}", value) for name, value in (manifest.get("scenario_sha256") or {}).items()],
    )  # fmt: skip


def _picture(name: str, captions: dict[str, str], figures: dict[str, bytes]) -> dict[str, str]:
    return {"name": name, "caption": captions[name], "data": base64.b64encode(figures[name]).decode()}


def _section(
    arm: Arm, number: int, comparison: ComparisonLike, figures: dict[str, bytes], captions: dict[str, str],
    registry: Registry,
) -> dict[str, Any]:  # fmt: skip
    scenario = comparison.scenarios[arm.id]
    one = comparison.scenarios[comparison.baseline]
    told, count = told_count(arm)
    events = comparison.events[comparison.events["scenario"] == arm.id]
    base_events = comparison.events[comparison.events["scenario"] == comparison.baseline]
    return {
        "number": number,
        "id": arm.id,
        "title": arm.title,
        "colour": arm.colour,
        "status": str(scenario.get("status") or ""),
        "question": str(scenario.get("question") or ""),
        "answer": answer(arm),
        "compute": half_sentences(arm, "compute"),
        "spread": half_sentences(arm, "spread"),
        "also": [effect_sentence(arm, row) for row in clearest(arm, 2)],
        "brief": brief_sentences(arm),
        "told": told,
        "count": count,
        "first": "" if arm.first is None else f"{arm.first:%B %Y}",
        "from_start": arm.first is not None and arm.first <= arm.base.dates[0],
        "differences": differences(arm, one, scenario, registry),
        "policies": [policy_row(mark) | {"where": WHERE_SHORT[mark.where]} for mark in arm.marks],
        "table": full_table(arm),
        "pairing": pairing_sentence(dict(comparison.manifest), arm),
        "apart": any(mark.where for mark in arm.marks),
        "failures": failures(events, arm.base.replicates),
        "base_failures": failures(base_events, arm.base.replicates),
        "figures": [
            _picture(name, captions, figures) for name in figures if name.rpartition("_")[2] == str(number)
        ],
    }  # fmt: skip


WHERE_SHORT = {"": "both", "baseline": "baseline", "policy": "policy", "changed": "otherwise"}


def brief_sentences(arm: Arm) -> list[str]:
    """The answer, and the clearest other effect: what the first page has room for if there are several policies."""
    found = [answer(arm)] if answer(arm) else []
    for row in clearest(arm, 1):
        found.append(effect_sentence(arm, row))
    return found or ["The main measures were not measured."]


def limit_lines(comparison: ComparisonLike, limit: int = 8) -> list[str]:
    """How often limits bound a month, by scenario: those first that differ most; empty without a count."""
    bounds = getattr(comparison, "bounds", None)
    if bounds is None or len(bounds) == 0:
        return []
    wide = bounds.pivot_table(index="kind", columns="scenario", values="count", aggfunc="sum", fill_value=0)
    names = [name for name in (comparison.baseline, *comparison.policies) if name in wide]
    wide = wide[names]
    base = wide.get(comparison.baseline, 0)
    apart = np.abs(np.log1p(wide).sub(np.log1p(base), axis=0)).max(axis=1)
    shown = wide.loc[apart.sort_values(ascending=False, kind="stable").index[:limit]]
    titles = {name: "baseline" if name == comparison.baseline else name for name in names}
    return [
        f"{bound_words(str(kind))}: " + ", ".join(f"{titles[name]} {int(row[name]):,}" for name in names)
        for kind, row in shown.iterrows()
    ]


def command_line(comparison: ComparisonLike) -> str:
    """What repeats the comparison from the files beside the page."""
    manifest = comparison.manifest
    names = " ".join(f"{name}.resolved.yaml" for name in (comparison.baseline, *comparison.policies))
    seeds = manifest.get("seeds") or [1]
    worlds = manifest.get("worlds") or len(seeds)
    drawn = "" if manifest.get("ensemble") else " --parameters central"
    return f"weightshift compare {names} --seed {seeds[0]} --min-replicates {worlds} --max-replicates {worlds}{drawn}"
