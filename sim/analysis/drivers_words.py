"""What drives a measure, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from sim.analysis.policies import gap_words, in_sentence
from sim.analysis.wording import difference_in_words, measure_label, signed_words, value_words
from sim.report.wording import percent

if TYPE_CHECKING:
    from sim.analysis.drivers import Drivers, Output
    from sim.study.sweep_reader import Sweep

NAMED = 3
MORE_THAN_ALL = 1.005
"""A share of variance beyond it is an error of the estimate, and said to be one."""
TOGETHER = 4.0
"""So many parameters act together that none is worth naming alone."""
UNITS = {"sobol": ("block", "blocks"), "morris": ("trajectory", "trajectories"), "pawn": ("point", "points")}


def subject(output: Output) -> str:
    """`Nvidia’s share of new compute, 2030`, or a policy's effect on it."""
    label = measure_label(output.measure)
    return f"Effect of “{output.policy.brief}” on {in_sentence(label)}" if output.effect else label


def value(output: Output, number: float) -> str:
    """A level, or a difference with its sign."""
    return (signed_words if output.effect else value_words)(number, output.measure.unit)


def finding(found: Drivers, output: Output) -> str:
    """The strongest parameters of one output, with what they do."""
    rows = found.rows(output)
    told = rows[rows["told"].astype(bool)]
    if told.empty:
        return f"{subject(output)}: none of {many(len(rows), 'parameter')} can be told from noise."
    parts = []
    for place, (_, row) in enumerate(told.head(NAMED).iterrows()):
        strength = _strength(found.method, row, output)
        moves = f"; {moves_words(output, found.ends_of(output).loc[row['parameter']])}" if place == 0 else ""
        parts.append(f"{in_sentence(str(row['label']))} ({strength}{moves})")
    then = f"; then {' and '.join(parts[1:])}" if parts[1:] else ""
    rest = len(rows) - len(told)
    noise = f" {rest} of {many(len(rows), 'parameter')} cannot be told from noise." if rest else ""
    mixed = f" {together_words(found, output)}." if together_words(found, output) else ""
    return f"{subject(output)} moves most with {parts[0]}{then}.{noise}{mixed}"


def finding_short(found: Drivers, output: Output) -> str:
    """The finding as a panel has room for it."""
    rows = found.rows(output)
    told = rows[rows["told"].astype(bool)]
    if told.empty:
        return f"none of {many(len(rows), 'parameter')} can be told from noise"
    if words := together_words(found, output):
        return in_sentence(words)
    row = told.iloc[0]
    moves = moves_words(output, found.ends_of(output).loc[row["parameter"]]).replace(" on average", "")
    return f"most with {in_sentence(str(row['label']))}: {moves}"


def together_words(found: Drivers, output: Output) -> str:
    """Says so where parameters act together only, so that none stands for the variance; else empty.

    The sum of total orders is the mean number of parameters that act together (Owen 2003).
    """
    if found.method != "sobol":
        return ""
    rows = found.rows(output)
    count = float(rows["total"].clip(lower=0).sum())
    if count < TOGETHER:
        return ""
    acting = f"about {count:.0f} of {len(rows)}" if count < len(rows) else f"all {len(rows)}"
    chance = "; with one replicate this may be chance" if output.values.shape[1] == 1 else ""
    return f"No parameter stands for it alone: {acting} act together{chance}"


def _strength(method: str, row: pd.Series, output: Output) -> str:
    if method == "sobol":
        low, high = (100 * share_of(float(row[f"total_{end}"])) for end in ("low", "high"))
        whole = float(row["total"]) > MORE_THAN_ALL
        total = "all" if whole else percent(share_of(float(row["total"])))
        error = ", the estimate being above 100 %" if whole else ""
        interval = f"{low:.0f}–{high:.0f} %{error}"
        return f"{total} of its variance with interactions ({interval}), {percent(share_of(float(row['first'])))} alone"
    if method == "morris":
        size = difference_in_words(float(row["mu_star"]), output.measure.unit)
        return f"over its whole range moves it by {size} on average"
    return f"PAWN {row['pawn']:.2f}, noise up to {row['noise']:.2f}"


def share_of(index: float) -> float:
    """An estimated share of variance within 0 and 1: an estimate beyond is an error of the estimate."""
    return min(max(index, 0.0), 1.0)


def moves_words(output: Output, end: pd.Series) -> str:
    """`−2.1 points on average near 0.5, −12 points near 1.6`."""
    low, high = (value(output, float(end[name])) for name in ("mean_low", "mean_high"))
    return f"{low} on average near {end['low']}, {high} near {end['high']}"


def many(count: int, what: str) -> str:
    """`1 parameter`, `10 parameters`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def split_words(found: Drivers, output: Output) -> str:
    """Where the variance of single worlds comes from; empty for a screening."""
    shares = found.split_of(output)
    if shares.empty:
        return ""
    spoken = [
        f"{name} {percent(share_of(float(shares[part])))}"
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
