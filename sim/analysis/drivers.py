"""What moves a measure of a sweep, or a policy's effect on it: sensitivity indices of every uncertain parameter.

An output is a measure under the first policy, or the difference that another policy makes in the same worlds. Indices
are of its mean over the replicates of a point. A parameter is told from noise only where its index is above what a
parameter that acts on nothing would show.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.analysis import indices
from sim.analysis.policies import by_world, chosen, parameter_words, policies_of
from sim.analysis.wording import counted
from sim.errors import InputError
from sim.report.wording import amount
from sim.study.design import DUMMY, MORRIS_LEVELS, names_of, unit_points_of

if TYPE_CHECKING:
    from sim.analysis.policies import Policy
    from sim.study.measures_of_study import Measure
    from sim.study.sweep_reader import Sweep

METHODS = ("morris", "sobol", "pawn")
LEVEL = "level"
LEAST_POINTS = 20
LARGE = 1e4
"""From here on a number is told with a word for its size."""
SEED = 1
"""Of the resamples and of the dummies."""


@dataclasses.dataclass(frozen=True)
class Output:
    """A measure of the reference, or a policy's effect on it, shape (points, replicates)."""

    measure: Measure
    policy: Policy
    effect: bool
    values: np.ndarray

    @property
    def of(self) -> str:
        """`level`, or the name of the policy whose effect it is."""
        return self.policy.name if self.effect else LEVEL

    @property
    def means(self) -> np.ndarray:
        """Mean over the replicates of every point; NaN if one is missing."""
        return np.asarray(self.values.mean(axis=1))


@dataclasses.dataclass(frozen=True)
class Drivers:
    """Everything found; the tables have a row per output and parameter, first those that can be told from noise, the
    strongest first."""

    method: str
    outputs: tuple[Output, ...]
    still: tuple[Output, ...]
    """Outputs that hardly vary, or have too few points without a gap: they have no indices."""
    table: pd.DataFrame
    """of, measure, parameter, label, the indices, noise, told, used, left_out."""
    ends: pd.DataFrame
    """of, measure, parameter, label, low, high (what the parameter is there), mean_low, mean_high, middle."""
    split: pd.DataFrame
    """of, measure, part, variance, share."""

    def rows(self, output: Output) -> pd.DataFrame:
        """The indices of an output, the dummy left out."""
        return _of(self.table[self.table["parameter"] != DUMMY], output)

    def ends_of(self, output: Output) -> pd.DataFrame:
        """What the output is at both ends of every parameter, by its path."""
        return _of(self.ends, output).set_index("parameter")

    def split_of(self, output: Output) -> pd.Series:
        """Variance of single worlds by part; empty for a screening."""
        return _of(self.split, output).set_index("part")["share"] if len(self.split) else pd.Series(dtype=float)


def _of(table: pd.DataFrame, output: Output) -> pd.DataFrame:
    return table[(table["of"] == output.of) & (table["measure"] == output.measure.name)]


def outputs_of(sweep: Sweep, measures: Sequence[Measure], effects: Sequence[str], level: bool) -> list[Output]:
    """What is asked for; if nothing is, the effect of every policy, or the level where there is only one policy.

    Raises InputError for a policy that is not in the sweep.
    """
    policies = policies_of(sweep)
    wanted: list[Policy] = [] if level else policies[1:]
    if effects:
        try:
            wanted = [one for one in chosen(policies, effects) if one.number > 0]
        except InputError as error:
            raise InputError(error.message, key="--effect", hint=error.hint) from None
        if not wanted:
            raise InputError("is the reference, which others are compared with", key="--effect")
    found = []
    for measure in measures:
        worlds = by_world(sweep, sweep.table(measure)).reshape(len(policies), -1, len(sweep.replicates))
        found += [Output(measure, one, True, worlds[one.number] - worlds[0]) for one in wanted]
        if not wanted:
            found.append(Output(measure, policies[0], False, worlds[0]))
    return found


def method_of(sweep: Sweep, asked: str | None) -> str:
    """The method asked for, or the one that the design was made for. Raises InputError if the design does not fit."""
    design = sweep.study.method
    own = design if design in ("morris", "sobol") else "pawn"
    if asked is None:
        return own
    if asked not in METHODS:
        raise InputError(f"'{asked}' is none of {', '.join(METHODS)}", key="--method")
    if asked == "pawn" and design == "morris":
        raise InputError("points of a Morris design lie on paths, no sample of worlds: use morris", key="--method")
    if asked != "pawn" and asked != design:
        raise InputError(
            f"needs a study with design {{method: {asked}}}, and this one has {design}: use {own}", key="--method"
        )
    return asked


def drivers_of(sweep: Sweep, outputs: Sequence[Output], method: str) -> Drivers:
    """Indices, means at both ends of every parameter, and the split of variance, for every output.

    Raises InputError if nothing is uncertain or there are too few points.
    """
    if not sweep.study.uncertain:
        raise InputError("the study has no uncertain parameters, so nothing can drive it", file=str(sweep.folder))
    design = _Design(sweep)
    least = 2 if method != "pawn" else LEAST_POINTS
    if design.independent.sum() < least or (method == "morris" and sweep.study.n < 2):
        points = int(design.independent.sum())
        raise InputError(f"{points} points are too few: at least {least}", file=str(sweep.folder))
    tables, ends, parts, moved, still = [], [], [], [], []
    for output in outputs:
        found = _indices(design, output, method)
        if found is None:
            still.append(output)
            continue
        moved.append(output)
        head = {"of": output.of, "measure": output.measure.name}
        strong = found[_KEY[method]].abs()
        order = strong.iloc[np.lexsort((-strong, ~found["told"].astype(bool)))].index
        tables.append(found.loc[order].assign(**head))
        ends.append(design.ends(output, found if method == "morris" else None).loc[order].assign(**head))
        if method != "morris":
            parts.append(design.split(output).assign(**head))
    return Drivers(method, tuple(moved), tuple(still), _joined(tables), _joined(ends), _joined(parts))


_KEY = {"morris": "mu_star", "sobol": "total", "pawn": "pawn"}


def _joined(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    if not tables:
        return pd.DataFrame({"of": [], "measure": [], "parameter": []})
    whole = pd.concat(tables, ignore_index=True)
    return whole[["of", "measure", *(name for name in whole if name not in ("of", "measure"))]]


class _Design:
    """The points of a sweep, and which of them are a sample of worlds."""

    def __init__(self, sweep: Sweep) -> None:
        self.study = sweep.study
        self.names = names_of(sweep.study)
        self.positions = unit_points_of(sweep.study)
        self.labels = labels_of(self.names)
        self.independent = np.ones(len(self.positions), dtype=bool)
        if self.study.method == "sobol":  # between the two independent ends of a block all points share values
            place = np.arange(len(self.positions)) % (len(self.names) + 2)
            self.independent = (place == 0) | (place == len(self.names) + 1)

    def usable(self, output: Output) -> np.ndarray:
        """Points of the sample that have no gap."""
        return self.independent & np.isfinite(output.means)

    def slices(self, number: int, rows: np.ndarray) -> np.ndarray:
        """In which slice of a column each of some points lies; options and whole levels are slices of their own."""
        column = self.positions[rows, number]
        if number < len(self.study.uncertain) and self.study.uncertain[number].options:
            size = len(self.study.uncertain[number].options)
            return np.minimum((column * size).astype(np.int64), size - 1)
        return indices.slices_of(column, indices.slice_count(len(column)))

    def ends(self, output: Output, morris: pd.DataFrame | None) -> pd.DataFrame:
        """Mean of the output where each parameter is low and where it is high, or at its options.

        Low and high are the outer fifths of its range; for Morris the mean effect over the whole range about the
        middle.
        """
        rows = self.usable(output) if morris is None else np.isfinite(output.means)
        values = output.means[rows]
        middle = float(values.mean())
        found = []
        for number, name in enumerate(self.names):
            low, high = self._end_names(number)
            column = self.positions[rows, number]
            if morris is not None:
                half = float(morris["mu"].iloc[number]) / 2
                found.append((name, self.labels[name], low, high, middle - half, middle + half, middle))
                continue
            options = self.study.uncertain[number].options if number < len(self.study.uncertain) else ()
            if options:
                place = self.slices(number, rows)
                means = {n: float(values[place == n].mean()) for n in range(len(options)) if (place == n).any()}
                least, most = min(means, key=lambda n: means[n]), max(means, key=lambda n: means[n])
                entry = (options[least], options[most], means[least], means[most])
            else:
                bottom, top = column <= np.quantile(column, 0.2), column >= np.quantile(column, 0.8)
                entry = (low, high, float(values[bottom].mean()), float(values[top].mean()))
            found.append((name, self.labels[name], *entry, middle))
        names = ["parameter", "label", "low", "high", "mean_low", "mean_high", "middle"]
        return pd.DataFrame(found, columns=names)

    def _end_names(self, number: int) -> tuple[str, str]:
        if number >= len(self.study.uncertain):
            return "0", "1"
        one = self.study.uncertain[number]
        if one.options:
            return one.options[0], one.options[-1]
        if one.dated:
            return "low path", "high path"
        return end_words(one.low, one.unit), end_words(one.high, one.unit)

    def split(self, output: Output) -> pd.DataFrame:
        """Variance of single runs by where it comes from; parts add up to the whole.

        Structural: main effects of switches; levers: main effects of uncertain levers; parameters: all else that
        differs between points, interactions included. Chance: between replicates at the same point.
        """
        from sim.registry import load_registry

        rows = self.usable(output)
        values = output.values[rows]
        found = indices.components_of(values)
        between = found.points if found else float(np.var(values.mean(axis=1), ddof=1))
        parts = {"parameters": 0.0, "structure": 0.0, "levers": 0.0, "chance": found.chance if found else float("nan")}
        for number, one in enumerate(self.study.uncertain):
            role = load_registry()[one.path].record.role
            part = "structure" if one.options or role == "R" else "levers" if role == "L" else None
            if part is not None:
                parts[part] += indices.main_effect(values.mean(axis=1), self.slices(number, rows))
        parts["parameters"] = between - parts["structure"] - parts["levers"]
        total = between + (found.chance if found else 0.0)
        return pd.DataFrame(
            [(part, variance, variance / total) for part, variance in parts.items()],
            columns=["part", "variance", "share"],
        ).assign(points=int(rows.sum()), replicates=values.shape[1])


def end_words(value: float, unit: str) -> str:
    """`0.04 per month`, `18 ECI`, `1.2 million USD`."""
    number = amount(float(f"{value:.3g}")).replace(".00 ", " ") if abs(value) >= LARGE else f"{value:.3g}"
    return f"{number} {counted(unit, value)}".rstrip()


def labels_of(names: Sequence[str]) -> dict[str, str]:
    """What each column is called, with its path where two have one name."""
    words = {name: "Dummy (acts on nothing)" if name == DUMMY else parameter_words(name) for name in names}
    many = pd.Series(list(words.values())).duplicated(keep=False).to_numpy()
    return {
        name: f"{text} [{name}]" if twice else text for (name, text), twice in zip(words.items(), many, strict=True)
    }


def _indices(design: _Design, output: Output, method: str) -> pd.DataFrame | None:
    """Indices of every column; None if the output does not vary, or has too few points without a gap."""
    values = output.means
    if not indices.varies(values):
        return None
    found = {"sobol": _sobol, "morris": _morris, "pawn": _pawn}[method](design, output, values)
    if found is None:
        return None
    head = {"parameter": design.names, "label": [design.labels[name] for name in design.names]}
    return pd.DataFrame({**head, **found})


def _strict(columns: int) -> float:
    """Standard errors that the largest of so many null indices exceeds in one of 20 studies (Bonferroni)."""
    from scipy.stats import norm

    return float(norm.ppf(1 - 0.025 / columns))


def _sobol(design: _Design, output: Output, values: np.ndarray) -> dict[str, Any] | None:
    size = len(design.names)
    blocks = values.reshape(-1, size + 2)
    whole = blocks[np.isfinite(blocks).all(axis=1)]
    if len(whole) < 2 or not indices.varies(whole[:, [0, -1]]):
        return None
    found = indices.sobol_indices(values, size, seed=SEED)
    noise = float(found.total[-1] + indices.NINETY_FIVE * found.total_error[-1])
    chance = _chance_of_mean(output)
    noise = max(noise, chance / float(np.var(whole[:, [0, -1]])))
    half = indices.NINETY_FIVE
    return {
        "first": found.first, "first_low": found.first - half * found.first_error,
        "first_high": found.first + half * found.first_error,
        "total": found.total, "total_low": found.total - half * found.total_error,
        "total_high": found.total + half * found.total_error, "noise": noise,
        # chance alone moves the total order, but not the first, which is a covariance of independent draws
        "told": (found.total - half * found.total_error > noise)
        | (found.first - _strict(size) * found.first_error > 1e-9),
        "used": found.blocks, "left_out": found.left_out,
    }  # fmt: skip


def _chance_of_mean(output: Output) -> float:
    """Variance of a point's mean by chance that differs between points; 0 where replicates cannot tell."""
    found = indices.components_of(output.values)
    return 0.0 if found is None else max(found.rest, 0.0) / output.values.shape[1]


def _morris(design: _Design, output: Output, values: np.ndarray) -> dict[str, Any] | None:
    size = len(design.names)
    if np.isfinite(values.reshape(-1, size + 1)).all(axis=1).sum() < 2:
        return None
    found = indices.morris_indices(design.positions, values, levels=MORRIS_LEVELS, seed=SEED)
    step = MORRIS_LEVELS / (2 * (MORRIS_LEVELS - 1))
    # mean absolute difference of two normal draws of chance, per step
    noise = max(
        float(found.size[-1] + found.size_error[-1]), 2 / np.sqrt(np.pi) * np.sqrt(_chance_of_mean(output)) / step
    )
    told_by_mean = np.abs(found.mean) > _strict(size) * found.spread / np.sqrt(found.trajectories) + 1e-12
    return {
        "mu_star": found.size, "mu_star_low": found.size - found.size_error,
        "mu_star_high": found.size + found.size_error, "mu": found.mean, "sigma": found.spread, "noise": noise,
        "told": (found.size - found.size_error > noise) | (told_by_mean & (found.trajectories >= 10)),
        "used": found.trajectories, "left_out": found.left_out,
    }  # fmt: skip


def _pawn(design: _Design, output: Output, values: np.ndarray) -> dict[str, Any] | None:
    rows = design.usable(output)
    kept = values[rows]
    if len(kept) < LEAST_POINTS or not indices.varies(kept):
        return None
    distances, floors = [], []
    known: dict[tuple[int, ...], float] = {}
    for number in range(len(design.names)):
        place = design.slices(number, rows)
        distances.append(indices.pawn_distances(kept, place))
        sizes = tuple(np.sort(np.bincount(place[place >= 0])).tolist())
        if sizes not in known:
            known[sizes] = indices.pawn_floor(kept, place, seed=SEED)
        floors.append(known[sizes])
    median = np.array([np.median(each) for each in distances])
    return {
        "pawn": median, "pawn_max": np.array([each.max() for each in distances]), "noise": np.array(floors),
        "told": median > np.array(floors), "used": int(rows.sum()),
        "left_out": int(design.independent.sum() - rows.sum()),
    }  # fmt: skip
