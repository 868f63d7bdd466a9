"""Scenario discovery: the worlds in which something happens, as a box of a few limits (Bryant & Lempert 2010).

Boxes come from PRIM (Friedman & Fisher 1999) as EMA Workbench has it (Kwakkel 2017). What is ours: which box of the
peeling trajectory is taken, which of its limits are kept, and how often each returns when worlds are drawn anew.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.analysis.box import Box, Side, sought_box, within
from sim.analysis.cases import Cases
from sim.analysis.regret import design_effect
from sim.errors import InputError

if TYPE_CHECKING:
    from sim.analysis.cases import Dimension

LEAST_CASES = 10
"""Fewer cases of interest, or fewer others, say nothing about a box."""
LEAST_GROUPS = 5
"""In so many different points, at least."""
SEED = 1
Progress = Callable[[int, int], None]


@dataclasses.dataclass(frozen=True)
class Limit:
    """One limit of a box: a number, or the options that stay."""

    dimension: Dimension
    side: str
    value: float
    options: tuple[str, ...]
    quasi_p: float
    """Chance of a box as dense without this limit (one-sided binomial test, Bryant & Lempert 2010), with cases divided
    by the design effect: runs of one point are no independent cases."""
    stability: float
    """Share of resamples in whose box the same dimension is limited on the same side; NaN without resamples."""


@dataclasses.dataclass(frozen=True)
class Discovery:
    """What was found; `limits` is empty if no limit is told from chance."""

    cases: Cases
    limits: tuple[Limit, ...]
    coverage: float
    """Share of all cases of interest that lie in the box."""
    density: float
    """Share of the box's runs that are cases of interest."""
    inside: np.ndarray
    """Which rows lie in the box."""
    trajectory: pd.DataFrame
    """step, coverage, density, mass, limits (dimensions restricted): the boxes of the peeling, then the one taken."""
    effect: float
    """Design effect: by how much runs of one point are alike."""
    resamples: int
    boxless: int
    """Resamples in which no limit was told from chance."""
    stability: dict[Side, float]
    """Share of resamples in which a limit appears, for all that ever did, the most frequent first."""
    unseen: tuple[float, float]
    """Coverage and density of the resamples' boxes in the points that they were not found with; NaN without them."""

    @property
    def base(self) -> float:
        """Share of all runs that are cases of interest."""
        return float(self.cases.y.mean())


def discover(cases: Cases, *, most: int = 4, resamples: int = 30, progress: Progress | None = None) -> Discovery:
    """The box with the best balance of coverage and density, of at most `most` dimensions.

    The same cases give the same answer. Raises InputError if there are too few cases.
    """
    check_enough(cases)
    effect = design_effect(cases.y, cases.groups)
    found, peeled = sought_box(cases.x, cases.y, cases.groups, most)
    limits, trajectory = found.limits, _trajectory(peeled)
    counted, boxless, unseen = _resampled(cases, most, resamples, progress)
    stability = {side: count / resamples for side, count in counted.items()} if resamples else {}
    inside = within(cases.x, limits)
    hits = int(cases.y[inside].sum())
    coverage, density = hits / int(cases.y.sum()), hits / int(inside.sum())
    if limits:
        row = {
            "step": len(trajectory), "coverage": coverage, "density": density, "mass": float(inside.mean()),
            "limits": len({name for name, _ in limits}), "taken": True,
        }  # fmt: skip
        trajectory = pd.concat([trajectory, pd.DataFrame([row])], ignore_index=True)
    told = [
        Limit(
            cases.dimensions[name], side, limits[name, side][0], limits[name, side][1], found.quasi_p[name, side],
            stability.get((name, side), 0.0) if resamples else math.nan,
        )
        for name, side in sorted(limits, key=lambda one: (found.quasi_p[one], one))
    ]  # fmt: skip
    return Discovery(
        cases, tuple(told), coverage, density, inside, trajectory, effect, resamples, boxless, stability, unseen
    )


def check_enough(cases: Cases) -> None:
    """Raise InputError, with advice, if the cases of interest or the others are too few for a box."""
    count, total = int(cases.y.sum()), len(cases.y)
    for number, groups, what, advice in (
        (count, cases.groups[cases.y], "are of interest", "loosen the condition"),
        (total - count, cases.groups[~cases.y], "are not of interest", "tighten the condition"),
    ):
        points = len(np.unique(groups))
        if number < LEAST_CASES or points < LEAST_GROUPS:
            many = f"{number:,} of {total:,} runs, in {points:,} points of the design,"
            hint = f"; {cases.advice}" if cases.advice else ""
            raise InputError(
                f"only {many} {what}, and at least {LEAST_CASES} in {LEAST_GROUPS} points are needed to tell where: "
                f"{advice}{hint}, or simulate more points",
                key=cases.asked,
            )
    if not cases.dimensions:
        raise InputError("nothing varies between these runs", key="--scenario" if cases.scenario else None)


def _trajectory(peeled: Any) -> pd.DataFrame:
    steps = peeled.peeling_trajectory
    names = {"coverage": "coverage", "density": "density", "mass": "mass", "res_dim": "limits"}
    frame = steps[list(names)].rename(columns=names).reset_index(drop=True)
    frame["limits"] = frame["limits"].astype(int)
    frame.insert(0, "step", range(len(frame)))
    return frame.assign(taken=False)


def _resampled(
    cases: Cases, most: int, resamples: int, progress: Progress | None
) -> tuple[dict[Side, int], int, tuple[float, float]]:
    """Find a box again with points drawn with replacement: how often each limit returns, and what the boxes hold of
    points that were not drawn."""
    rng = np.random.default_rng(SEED)
    names, place = np.unique(cases.groups, return_inverse=True)
    members = np.split(np.argsort(place, kind="stable"), np.cumsum(np.bincount(place))[:-1])
    counted: dict[Side, int] = {}
    boxless, hits, caught, wanted = 0, 0, 0, 0
    for number in range(resamples):
        drawn = rng.integers(0, len(names), len(names))
        rows = np.concatenate([members[group] for group in drawn])
        x, y = cases.x.iloc[rows].reset_index(drop=True), cases.y[rows]
        # A group that was drawn twice is still one group: drawing it again tells nothing new.
        found = sought_box(x, y, cases.groups[rows], most)[0] if 0 < y.sum() < len(y) else Box({}, {}, 0.0)
        if found.limits:
            for side in found.limits:
                counted[side] = counted.get(side, 0) + 1
            rest = ~np.isin(place, drawn)
            inside = rest & within(cases.x, found.limits)
            hits, caught = hits + int(cases.y[inside].sum()), caught + int(inside.sum())
            wanted += int(cases.y[rest].sum())
        else:
            boxless += 1
        if progress is not None:
            progress(number + 1, resamples)
    order = sorted(counted, key=lambda side: (-counted[side], side))
    unseen = (hits / wanted if wanted else math.nan, hits / caught if caught else math.nan)
    return {side: counted[side] for side in order}, boxless, unseen


def limit_table(found: Discovery) -> pd.DataFrame:
    """A row per limit of the box, the most certain first."""
    columns = ["path", "label", "unit", "side", "limit", "options", "low", "high", "quasi_p", "stability"]
    rows = [
        {
            "path": one.dimension.name, "label": one.dimension.label, "unit": one.dimension.unit, "side": one.side,
            "limit": one.value, "options": "; ".join(one.options), "low": one.dimension.low,
            "high": one.dimension.high, "quasi_p": one.quasi_p, "stability": one.stability,
        }
        for one in found.limits
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def stability_table(found: Discovery) -> pd.DataFrame:
    """A row per limit that appeared in any resample: path, side, share of resamples, and whether the box has it."""
    own = {(one.dimension.name, one.side) for one in found.limits}
    rows = [(name, side, share, (name, side) in own) for (name, side), share in found.stability.items()]
    return pd.DataFrame(rows, columns=["path", "side", "share", "in_box"])


def sides(limits: Sequence[Limit]) -> dict[str, list[Limit]]:
    """Limits by dimension, in their order."""
    found: dict[str, list[Limit]] = {}
    for one in limits:
        found.setdefault(one.dimension.name, []).append(one)
    return found
