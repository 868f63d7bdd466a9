"""The box of a few limits that tells cases from others: PRIM by EMA Workbench, and which of its limits are kept."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.analysis.regret import design_effect
from sim.analysis.workbench import quiet, workbench

PEEL, SMALLEST = 0.05, 0.05
"""Part of a box that a peel removes, and part of all runs that the last box holds (Friedman & Fisher's values)."""
SIGNIFICANT = 0.05
"""A limit with a larger quasi-p is dropped."""
SOUGHT = 20
"""Dimensions given to PRIM at most: among a hundred that do nothing some would fit by chance, and take its peels."""
Side = tuple[str, str]
"""A dimension, and `low`, `high` or `options`."""
Limits = dict[Side, tuple[float, tuple[str, ...]]]


@dataclasses.dataclass(frozen=True)
class Box:
    """A box: its limits, the chance of each without it (see `quasi_p`), and its balance."""

    limits: Limits
    quasi_p: dict[Side, float]
    score: float


def effects_of(x: pd.DataFrame, y: np.ndarray, groups: np.ndarray) -> dict[str, float]:
    """The design effect by which the cases that tell of a dimension are divided.

    Runs of one point are alike, so they tell of the point's parameters once. What differs between runs of the same
    point (scenario, levers) is told by each of them.
    """
    effect = design_effect(y, groups)
    order = np.argsort(groups, kind="stable")
    same = groups[order][1:] == groups[order][:-1]
    codes = {name: pd.factorize(x[name])[0][order] for name in x.columns}
    return {name: 1.0 if (code[1:] != code[:-1])[same].any() else effect for name, code in codes.items()}


def sought_box(x: pd.DataFrame, y: np.ndarray, groups: np.ndarray, most: int) -> tuple[Box, Any]:
    """Peel, then take the box that balances coverage and density best once its needless limits are dropped."""
    prim = workbench("prim")
    effects = effects_of(x, y, groups)
    sought = screened(x, y, effects, SOUGHT)
    with quiet():
        peeled = prim.Prim(x[sought], y, peel_alpha=PEEL, paste_alpha=PEEL, mass_min=SMALLEST).find_box()
    best = Box({}, {}, 0.0)
    for lims in peeled.box_lims if peeled is not None else []:
        one = pruned(x, y, limits_in(lims, peeled.box_lims[0]), effects, most)
        one = pruned(x, y, with_options(x, y, one.limits, sought), effects, most)
        if one.score > best.score + 1e-12:
            best = one
    return best, peeled


def is_options(column: pd.Series) -> bool:
    """Whether a column holds options, not numbers."""
    return not pd.api.types.is_numeric_dtype(column.dtype)


def screened(x: pd.DataFrame, y: np.ndarray, effects: dict[str, float], most: int) -> list[str]:
    """The dimensions whose values differ most between cases and others, in the order of the columns.

    By the chance of such a difference (Kolmogorov-Smirnov; chi-squared for options), runs counted as in `quasi_p`.
    """
    from scipy.stats import chi2, kstwobign

    if x.shape[1] <= most:
        return list(x.columns)
    count, cases = len(y), int(y.sum())
    chance = {}
    for name in x.columns:
        codes, values = pd.factorize(x[name], sort=True)
        of_cases = np.bincount(codes[y], minlength=len(values)) / max(cases, 1)
        of_others = np.bincount(codes[~y], minlength=len(values)) / max(count - cases, 1)
        size = cases * (count - cases) / count / effects[name]
        if is_options(x[name]):
            mean = np.bincount(codes, minlength=len(values)) / count
            chance[name] = float(chi2.logsf(size * float(((of_cases - of_others) ** 2 / mean).sum()), len(values) - 1))
        else:
            gap = float(np.abs(np.cumsum(of_cases - of_others)).max())
            chance[name] = math.log(max(float(kstwobign.sf(gap * math.sqrt(size))), 1e-300))
    kept = set(sorted(chance, key=lambda name: (chance[name], name))[:most])
    return [str(name) for name in x.columns if name in kept]


def with_options(x: pd.DataFrame, y: np.ndarray, limits: Limits, names: Sequence[str]) -> Limits:
    """Limits with those of options that better the balance: PRIM hardly peels an option that many runs have.

    Options are kept in the order of their density in the box, the best first: one of these subsets is the best of all
    (Breiman et al. 1984, for two classes).
    """
    limits = dict(limits)
    for name in names:
        if not is_options(x[name]) or (name, "options") in limits:
            continue
        inside = within(x, limits)
        column = x[name].astype(str)
        order = [
            str(option) for option in sorted(set(column[inside]), key=lambda o: (-y[inside & (column == o)].mean(), o))
        ]
        best = balance(y, inside) if limits else 0.0
        for length in range(1, len(order)):
            kept = tuple(sorted(order[:length]))
            score = balance(y, inside & column.isin(kept).to_numpy())
            if score > best + 1e-12:
                best, limits[name, "options"] = score, (math.nan, kept)
    return limits


def limits_in(box: pd.DataFrame, whole: pd.DataFrame) -> Limits:
    """The limits of a box of the workbench that are not those of all cases."""
    found: Limits = {}
    for name in box.columns:
        low, high = box[name].iloc[0], box[name].iloc[1]
        first, last = whole[name].iloc[0], whole[name].iloc[1]
        if isinstance(low, set):
            if low != first:
                found[name, "options"] = (math.nan, tuple(sorted(map(str, low))))
            continue
        if low != first:
            found[name, "low"] = (float(low), ())
        if high != last:
            found[name, "high"] = (float(high), ())
    return found


def _mask(x: pd.DataFrame, side: Side, limit: tuple[float, tuple[str, ...]]) -> np.ndarray:
    column = x[side[0]]
    if side[1] == "options":
        return column.astype(str).isin(limit[1]).to_numpy()
    values = column.to_numpy(dtype=np.float64)
    return values >= limit[0] if side[1] == "low" else values <= limit[0]


def within(x: pd.DataFrame, limits: Limits) -> np.ndarray:
    """Which rows lie within all limits, shape (rows,)."""
    inside = np.ones(len(x), dtype=bool)
    for side, limit in limits.items():
        inside &= _mask(x, side, limit)
    return inside


def pruned(x: pd.DataFrame, y: np.ndarray, limits: Limits, effects: dict[str, float], most: int) -> Box:
    """Drop limits one by one: those that chance explains, then the least useful until `most` dimensions are left."""
    masks = {side: _mask(x, side, limit) for side, limit in limits.items()}
    while masks:
        inside = np.logical_and.reduce(list(masks.values()))
        without = {
            side: np.logical_and.reduce([m for other, m in masks.items() if other != side] or [np.ones_like(inside)])
            for side in masks
        }
        chance = {side: quasi_p(y, inside, rest, effects[side[0]]) for side, rest in without.items()}
        weakest = max(chance, key=lambda side: (chance[side], side))
        if chance[weakest] > SIGNIFICANT:
            del masks[weakest]
        elif len({name for name, _ in masks}) > most:
            del masks[max(without, key=lambda side: (balance(y, without[side]), side))]
        else:
            return Box({side: limits[side] for side in masks}, chance, balance(y, inside))
    return Box({}, {}, 0.0)


def quasi_p(y: np.ndarray, inside: np.ndarray, without: np.ndarray, effect: float) -> float:
    """Chance of at least as many cases in the box if it were only as dense as the box without the limit."""
    from scipy.stats import binom

    cases, runs = float(y[inside].sum()) / effect, float(inside.sum()) / effect
    return float(binom.sf(round(cases) - 1, max(round(runs), 1), float(y[without].mean())))


def balance(y: np.ndarray, inside: np.ndarray) -> float:
    """Correlation of lying in the box with being of interest (Matthews 1975): coverage and density both raise it."""
    count = len(y)
    box, cases, both = int(inside.sum()), int(y.sum()), int(y[inside].sum())
    scale = math.sqrt(box * (count - box) * cases * (count - cases))
    return (count * both - box * cases) / scale if scale else 0.0
