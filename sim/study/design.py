"""Points, lever combinations and samples of a study."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from sim.study.study_file import Study

DUMMY = "dummy"
"""A column that acts on nothing: what an analysis finds for it is noise."""
WITH_DUMMY = ("lhs", "sobol", "morris")
MORRIS_LEVELS = 4


def names_of(study: Study) -> list[str]:
    """Columns of the design: paths, and the dummy where the design has one."""
    return [one.path for one in study.uncertain] + [DUMMY] * (study.method in WITH_DUMMY)


def problem_of(study: Study) -> dict[str, Any]:
    """The design as SALib describes a problem, in positions between 0 and 1."""
    names = names_of(study)
    return {"names": names, "num_vars": len(names), "bounds": [[0.0, 1.0]] * len(names)}


def unit_points_of(study: Study) -> np.ndarray:
    """Positions between 0 and 1, shape (points, columns of `names_of`); the same bytes for the same study.

    Latin hypercube: McKay, Beckman & Conover 1979. Sobol': Saltelli et al. 2010, first and total order. Morris 1991.
    """
    problem, n, seed = problem_of(study), study.n, study.design_seed
    if study.method == "lhs":
        from scipy.stats import qmc

        return qmc.LatinHypercube(problem["num_vars"], rng=seed).random(n)
    if study.method == "sobol":
        from SALib.sample import sobol

        return np.asarray(sobol.sample(problem, n, calc_second_order=False, scramble=True, seed=seed))
    if study.method == "morris":
        from SALib.sample import morris

        return np.asarray(morris.sample(problem, n, num_levels=MORRIS_LEVELS, seed=seed))
    if study.method == "ensemble":
        ranks = _members(study).rank(method="average").to_numpy()
        return (ranks - 0.5) / len(ranks)
    levels = [
        (np.arange(len(one.options)) + 0.5) / len(one.options) if one.options else np.linspace(0.0, 1.0, n)
        for one in study.uncertain
    ]
    points = list(itertools.product(*levels))  # a single one without uncertain parameters
    return np.array(points, dtype=np.float64).reshape(len(points), len(levels))


def points_of(study: Study) -> pd.DataFrame:
    """A row per point, a column per uncertain path, and the dummy; see `Uncertain` for what a column holds."""
    if study.method == "ensemble":
        return _members(study)
    positions = unit_points_of(study)
    columns = {
        one.path: [one.column(float(position)) for position in positions[:, number]]
        for number, one in enumerate(study.uncertain)
    }
    if study.method in WITH_DUMMY:
        columns[DUMMY] = positions[:, -1].tolist()
    return pd.DataFrame(columns, index=range(len(positions)), dtype=np.float64)


def _members(study: Study) -> pd.DataFrame:
    from sim.study.ensemble import read_ensemble

    ensemble = read_ensemble(study.ensemble_name)
    if ensemble is None:
        raise ValueError("the design needs an ensemble")
    return ensemble.members.iloc[: study.n].reset_index(drop=True)


def combinations_of(study: Study) -> list[dict[str, Any]]:
    """Every combination of lever values, the last lever changing fastest; one empty combination without levers."""
    return [dict(zip(study.levers, values, strict=True)) for values in itertools.product(*study.levers.values())]


def samples_of(study: Study) -> pd.DataFrame:
    """A row per sample (point x combination); columns point, levers, uncertain paths, dummy."""
    points, combinations = points_of(study), combinations_of(study)
    count = len(combinations)
    frame = points.loc[points.index.repeat(count)].reset_index(drop=True)
    levers = {
        path: [shown(combination[path]) for combination in combinations] * len(points) for path in study.levers
    }  # fmt: skip
    head = pd.DataFrame({"point": np.repeat(points.index.to_numpy(), count), **levers}, index=frame.index)
    return pd.concat([head, frame], axis=1).rename_axis("sample")


def shown(value: Any) -> Any:
    """A lever's value as a cell: numbers stay numbers, switches and dated values become text."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return value if isinstance(value, int | float | str) else str(value)


def overrides_of(study: Study, columns: Iterable[str], row: np.ndarray) -> tuple[tuple[str, Any], ...]:
    """What a point fixes, as a world takes it; `row` holds its columns in their order."""
    values = dict(zip(columns, row.tolist(), strict=True))
    return tuple((one.path, one.raw(values[one.path])) for one in study.uncertain)
