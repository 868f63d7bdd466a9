"""What drives a measure, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from sim.analysis.policies import gap_words, in_sentence
from sim.analysis.wording import difference_in_words, measure_label, value_words
from sim.report.wording import difference_words, percent

if TYPE_CHECKING:
    from sim.analysis.drivers import Drivers, Output
    from sim.study.sweep_reader import Sweep

NAMED = 3
UNITS = {"sobol": ("block", "blocks"), "morris": ("trajectory", "trajectories"), "pawn": ("point", "points")}


def subject(output: Output) -> str:
    """`Nvidia’s share of new compute, 2030`, or a policy's effect on it."""
    label = measure_label(output.measure)
    return f"Effect of {in_sentence(output.policy.brief)} on {in_sentence(label)}" if output.effect else label


def value(output: Output, number: float) -> str:
    """A level, or a difference with its sign."""
    unit = output.measure.unit
    if not output.effect:
        return value_words(number, unit)
    words = difference_words(number, unit)
    plain = words == "0" or words.endswith("points") or unit in ("1", "count", "ratio")
    return words if plain else f"{words} {'months' if unit == 'month' else unit}"


def finding(found: Drivers, output: Output) -> str:
    """The strongest parameters of one output, with what they do."""
    rows = found.rows(output)
    told = rows[rows["told"].astype(bool)]
    if told.empty:
        return f"{subject(output)}: none of {len(rows)} parameters can be told from noise."
    ends = found.ends[(found.ends["of"] == output.of) & (found.ends["measure"] == output.measure.name)]
    ends = ends.set_index("parameter")
    parts = []
    for place, (_, row) in enumerate(told.head(NAMED).iterrows()):
        strength = _strength(found.method, row, output)
        moves = f"; {_moves(output, ends.loc[row['parameter']])}" if place == 0 else ""
        parts.append(f"{in_sentence(str(row['label']))} ({strength}{moves})")
    then = f"; then {' and '.join(parts[1:])}" if parts[1:] else ""
    rest = len(rows) - len(told)
    noise = f" {rest} of {len(rows)} parameters cannot be told from noise." if rest else ""
    return f"{subject(output)} moves most with {parts[0]}{then}.{noise}"


def _strength(method: str, row: pd.Series, output: Output) -> str:
    if method == "sobol":
        low, high = (100 * min(max(float(row[f"total_{end}"]), 0.0), 1.0) for end in ("low", "high"))
        alone = percent(max(float(row["first"]), 0.0))
        return f"{percent(float(row['total']))} of its variance with interactions ({low:.0f}–{high:.0f}), {alone} alone"
    if method == "morris":
        size = difference_in_words(float(row["mu_star"]), output.measure.unit)
        return f"over its whole range moves it by {size} on average"
    return f"PAWN {row['pawn']:.2f}, noise up to {row['noise']:.2f}"


def _moves(output: Output, end: pd.Series) -> str:
    low, high = (value(output, float(end[name])) for name in ("mean_low", "mean_high"))
    return f"{low} on average near {end['low']}, {high} near {end['high']}"


def split_words(found: Drivers, output: Output) -> str:
    """Where the variance of single worlds comes from; empty for a screening."""
    rows = found.split[(found.split["of"] == output.of) & (found.split["measure"] == output.measure.name)]
    if rows.empty:
        return ""
    shares = dict(zip(rows["part"], rows["share"], strict=True))
    spoken = [
        f"{name} {percent(min(max(float(shares[part]), 0.0), 1.0))}"
        for part, name in (
            ("parameters", "parameters"), ("structure", "structural switches"), ("levers", "levers"),
            ("chance", "chance between replicates"),
        )
        if pd.notna(shares[part]) and shares[part] != 0
    ]  # fmt: skip
    if pd.isna(shares["chance"]):
        return "  one replicate: chance cannot be told from parameters"
    return f"  variance of single worlds: {', '.join(spoken)}"


def gaps(sweep: Sweep, found: Drivers) -> list[str]:
    """How many runs failed, what was left out for it, and which outputs do not vary."""
    lines = [gap_words(sweep)]
    if len(found.table):
        one, many = UNITS[found.method]
        for output in found.outputs:
            row = found.rows(output).iloc[0]
            count, total = int(row["left_out"]), int(row["left_out"] + row["used"])
            if not count:
                continue
            name = output.measure.name + (f", effect of {output.of}" if output.effect else "")
            lines.append(
                f"{name}: {count:,} of {total:,} {one if total == 1 else many} left out, as a run failed or the "
                "measure is not defined there."
            )
    lines += [
        f"{subject(output)} does not vary, or is defined in too few worlds: no indices." for output in found.still
    ]
    if sweep.study.method == "ensemble":
        lines.append("Parameters of an ensemble are not independent: one may stand for another that moves with it.")
    if sweep.study.parameters != "central" and len(sweep.replicates) > 1 and sweep.study.method != "ensemble":
        lines.append("Chance includes the parameters that the study does not vary: each replicate draws its own set.")
    return lines
