"""A box of scenario discovery in words."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sim.analysis.box import SIGNIFICANT, SOUGHT
from sim.analysis.cases import SCENARIO, Cases, Dimension
from sim.analysis.discover import Discovery, Limit, sides
from sim.analysis.policies import in_sentence
from sim.analysis.wording import counted
from sim.report.wording import amount, percent

SIDE_SHORT = {"low": "lower limit", "high": "upper limit", "options": ""}
SIDE_WORDS = {"low": "above a limit", "high": "below a limit", "options": "some options"}


def number_words(value: float, dimension: Dimension) -> str:
    """A value of a dimension with its unit."""
    if dimension.dated:
        return percent(value)
    unit = dimension.unit
    if unit.startswith("share"):
        return f"{100 * value:.3g} %"
    rounded = value if dimension.integer or not value else float(f"{value:.3g}")
    text = amount(rounded) if abs(value) >= 1e4 else f"{value:.0f}" if dimension.integer else f"{value:.3g}"
    return f"{text} {counted(unit, value)}".rstrip()


def limit_words(limits: Sequence[Limit]) -> str:
    """The limits of one dimension: `learning rate is between 4 % and 12 %`."""
    dimension = limits[0].dimension
    name = in_sentence(dimension.label)
    if dimension.options:
        kept = [shown(option) for option in dimension.options if option in limits[0].options]
        return f"{'the scenario' if dimension.name == SCENARIO else name} is {' or '.join(kept)}"
    ends = {one.side: one.value for one in limits}
    if dimension.integer:
        ends = {side: math.ceil(value) if side == "low" else math.floor(value) for side, value in ends.items()}
    low, high = (number_words(ends[side], dimension) if side in ends else "" for side in ("low", "high"))
    if dimension.dated:
        place = f"between {low} and {high}" if low and high else f"more than {low}" if low else f"less than {high}"
        return f"{name} lies {place} of the way from its low to its high path"
    if low and high:
        return f"{name} is between {low} and {high}"
    if dimension.integer:
        return f"{name} is at least {low}" if low else f"{name} is at most {high}"
    return f"{name} is above {low}" if low else f"{name} is below {high}"


def shown(option: str) -> str:
    """An option as a reader sees it."""
    return option.replace("_", " ")


def range_words(dimension: Dimension) -> str:
    """What the design gives a dimension."""
    if dimension.options:
        return f"of {', '.join(shown(option) for option in dimension.options)}"
    return f"of {number_words(dimension.low, dimension)} to {number_words(dimension.high, dimension)}"


def verdict(found: Discovery) -> list[str]:
    """The box in sentences, a line per limit, and how far it can be trusted."""
    cases = found.cases
    count, total = int(cases.y.sum()), len(cases.y)
    where = f" under {cases.scenario}" if cases.scenario else ""
    lines = [f"{cases.words}{where}: in {count:,} of {total:,} runs ({percent(found.base)})."]
    if not found.limits:
        lines.append("No limit can be told from chance: more points of the design, or fewer parameters, may show one.")
        return [*lines, *trust(found)]
    lines.append("It happens when")
    groups = list(sides(found.limits).values())
    for place, limits in enumerate(groups):
        certain = certainties(limits)
        joined = " and" if place < len(groups) - 1 else "."
        lines.append(f"  {limit_words(limits)} ({range_words(limits[0].dimension)}; {certain}){joined}")
    lines.append(
        f"Coverage {found.coverage:.2f}: so much of all cases lies in this box. Density {found.density:.2f}: so many "
        f"of the runs in it are cases, against {found.base:.2f} of all runs."
    )
    return [*lines, *trust(found)]


def certainty(one: Limit) -> str:
    """`quasi-p 0.003, in 93 % of resamples`."""
    chance = "quasi-p below 0.001" if one.quasi_p < 0.001 else f"quasi-p {one.quasi_p:.2g}"
    return chance if math.isnan(one.stability) else f"{chance}, in {percent(one.stability)} of resamples"


def certainties(limits: Sequence[Limit]) -> str:
    """The certainty of each limit of a dimension; of two, which is which."""
    if len(limits) == 1:
        return certainty(limits[0])
    return "; ".join(f"{SIDE_SHORT[one.side]} {certainty(one)}" for one in limits)


def trust(found: Discovery) -> list[str]:
    """What resampling says of the box."""
    lines = []
    count = len(found.cases.dimensions)
    if count > SOUGHT:
        lines.append(
            f"Of {count} things that vary, a box was sought in the {SOUGHT} that differ most between cases and others "
            "(in every resample anew)."
        )
    if found.resamples:
        coverage, density = found.unseen
        boxless = f" ({found.boxless} found no box)" if found.boxless else ""
        held = (
            f"; in points they were not found with, their boxes hold a coverage of {coverage:.2f} and a density of "
            f"{density:.2f}"
            if math.isfinite(density)
            else ""
        )
        lines.append(f"{found.resamples} resamples of the points{boxless}{held}.")
        shaky = [one for one in found.limits if one.stability < 0.5]
        if shaky:
            lines.append("Limits that return in fewer than half of the resamples are not to be relied on.")
    if found.effect > 1.05:
        lines.append(
            f"Runs of one point are alike (design effect {found.effect:.1f}); quasi-p values allow for it, and a limit "
            f"with one above {SIGNIFICANT:g} is dropped."
        )
    return lines


def gaps(cases: Cases) -> list[str]:
    """What was left out."""
    lines = []
    if cases.failed:
        lines.append(f"{cases.failed:,} runs that failed are left out.")
    if cases.undefined:
        lines.append(f"{cases.undefined:,} runs in which a measure of the condition is undefined are left out.")
    return lines
