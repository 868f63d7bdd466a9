"""A sweep as EMA Workbench takes its own results: `(experiments, outcomes)` of `perform_experiments`, a row per run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.analysis.policies import by_world, policies_of, runs_made

if TYPE_CHECKING:
    from sim.study.measures_of_study import Measure
    from sim.study.sweep_reader import Sweep

MODEL = "weightshift"
RESERVED = ("scenario", "policy", "model")
"""Columns with a meaning in EMA Workbench. What it calls a scenario is a world, and what we call one is a policy."""


def as_ema(
    sweep: Sweep,
    measures: Sequence[Measure] = (),
    *,
    series: bool = False,
    complete: bool = False,
    identifiers: bool = False,
) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Experiments and outcomes; a run that failed has no row.

    Columns of experiments: uncertain paths and `dummy`, levers, `scenario` (number of the world: point x replicates +
    replicate), `policy` (our scenario and lever values) and `model`. Switches, levers that are no numbers and policies
    are categories. Outcomes by the name of the measure, shape (rows,); with `series` also every series by
    `metric[key]`, shape (rows, months). With `complete`, runs in which a measure is undefined have no row either:
    feature scoring takes no gaps. With `identifiers`, all names are Python identifiers, which the workbench asks for
    where parameters or outcomes are declared, as before `save_results`: `open_token_share_world_2030_12`.
    """
    asked = list(measures or sweep.study.measures)
    values = {one.name: by_world(sweep, sweep.table(one)) for one in asked}
    kept = runs_made(sweep)
    if complete:
        kept = kept & np.all([np.isfinite(table) for table in values.values()], axis=0)
    policy, world = np.nonzero(kept)
    outcomes = {name: table[kept] for name, table in values.items()}
    if series:
        for metric, key in sweep.study.series.pairs:
            outcomes[f"{metric}[{key}]"] = by_world(sweep, sweep.series(metric, key))[kept]
    experiments = _experiments(sweep, policy, world)
    if not identifiers:
        return experiments, outcomes
    return experiments.rename(columns=_identifiers(experiments.columns)), {
        name: outcomes[old] for old, name in _identifiers(outcomes).items()
    }


def _identifiers(names: Iterable[str]) -> dict[str, str]:
    """Each name with all that an identifier cannot hold as underscores; a number is added where two become alike."""
    found: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"\W+", "_", name).strip("_")
        taken = sum(other == plain or other.startswith(f"{plain}__") for other in found.values())
        found[name] = f"{plain}__{taken + 1}" if taken else plain
    return found


def _experiments(sweep: Sweep, policy: np.ndarray, world: np.ndarray) -> pd.DataFrame:
    study, policies = sweep.study, policies_of(sweep)
    points = sweep.samples.drop_duplicates("point").drop(columns=["point", *study.levers])
    frame = points.iloc[world // len(sweep.replicates)].reset_index(drop=True)
    for one in study.uncertain:
        if one.options:
            names = [one.options[int(code)] for code in frame[one.path]]
            frame[one.path] = pd.Categorical(names, categories=list(one.options))
        elif one.integer and not one.dated:
            frame[one.path] = frame[one.path].astype(np.int64)
    for path in study.levers:
        column = pd.Series([policies[number].levers[path] for number in policy])
        frame[path] = column if pd.api.types.is_numeric_dtype(column.dtype) else column.astype("category")
    frame["scenario"] = world
    frame["policy"] = pd.Categorical([policies[number].name for number in policy], [one.name for one in policies])
    frame["model"] = pd.Categorical([MODEL] * len(frame))
    return frame
