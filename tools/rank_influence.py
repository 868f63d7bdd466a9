"""Writes sim/study/influence.csv from a finished sweep of the study `influence` (Morris screening).

    weightshift sweep influence --out outputs/influence
    python tools/rank_influence.py outputs/influence

Influence of a parameter: its mu* (mean of absolute elementary effects, Campolongo et al. 2007) over the sum of mu* of
all parameters, that is the part of all movement that is its own, averaged over the measures of the study. Effects are
taken on the ranks of a measure, so that a few worlds with a default or a glut do not decide (as for rank regression:
Saltelli and Sobol' 1995).
"""

from __future__ import annotations

import pathlib
import sys
import warnings

import numpy as np
import pandas as pd

from sim.errors import InputError
from sim.study.design import DUMMY, names_of, problem_of, unit_points_of
from sim.study.sweep_reader import read_sweep
from sim.study.uncertain import RANKING


def ranking(folder: pathlib.Path) -> pd.DataFrame:
    """Columns path, influence, metric (where it weighs most), most influential first; less than noise is left out.

    Raises InputError for a sweep that is not of a Morris design, or in which runs failed.
    """
    from SALib.analyze import morris

    sweep = read_sweep(folder)
    study = sweep.study
    if study.method != "morris":
        raise InputError(f"is a {study.method} design; a ranking needs morris", file=str(folder))
    problem, points = problem_of(study), unit_points_of(study)
    names = list(names_of(study))
    shares = np.zeros((len(study.measures), len(names)))
    for row, measure in enumerate(study.measures):
        values = sweep.table(measure)[0].mean(axis=1)
        whole = _whole_trajectories(values, len(names) + 1)
        values = pd.Series(values).rank().to_numpy()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # a measure that never moves has no share
            found = morris.analyze(problem, points[whole], values[whole], num_levels=4, seed=1)
        moved = np.asarray(found["mu_star"], dtype=np.float64)
        total = moved.sum()
        shares[row] = moved / total if total > 0.0 else 0.0
    influence = shares.mean(axis=0)
    noise = influence[names.index(DUMMY)] if DUMMY in names else 0.0
    best = shares.argmax(axis=0)
    frame = pd.DataFrame({"path": names, "influence": influence,
                          "metric": [study.measures[one].name for one in best]})  # fmt: skip
    kept = frame[(frame["path"] != DUMMY) & (frame["influence"] > noise)]
    return kept.sort_values(["influence", "path"], ascending=[False, True], kind="stable").reset_index(drop=True)


def _whole_trajectories(values: np.ndarray, length: int) -> np.ndarray:
    """Rows of trajectories in which every run is there."""
    known = np.isfinite(values).reshape(-1, length).all(axis=1)
    if not known.any():
        raise InputError("no trajectory is whole", key="runs")
    return np.repeat(known, length)


def main() -> int:
    """Write the ranking and say how long it is; exit code 2 for bad input."""
    if len(sys.argv) != 2:
        print("usage: python tools/rank_influence.py FOLDER", file=sys.stderr)
        return 2
    try:
        table = ranking(pathlib.Path(sys.argv[1]))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    partial = RANKING.with_name(f".{RANKING.name}.part")
    table.to_csv(partial, index=False, float_format="%.5g", lineterminator="\n")
    partial.replace(RANKING)
    print(f"{RANKING}: {len(table)} parameters; first {', '.join(table['path'][:5])}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
