"""Tables of a comparison made from what is kept of its runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.study.comparison import BOUND_COLUMNS, EVENTS
from sim.study.engine import Outcome
from sim.study.series import SeriesList
from sim.study.worlds import World

if TYPE_CHECKING:
    from sim.scenario.model import Scenario


def long_table(
    scenarios: Sequence[Scenario],
    worlds: Sequence[World],
    rows: Sequence[list[Outcome]],
    series: SeriesList,
    dates: pd.DatetimeIndex,
) -> pd.DataFrame:
    """The kept series of all runs in the columns of a result's time series; undefined months have no row."""
    metrics, keys = zip(*series.pairs, strict=True)
    units = series.units()
    numbers = np.array([item.replicate for item in worlds], dtype=np.int32)
    parts = []
    ids = pd.Index([item.id for item in scenarios], dtype=str)
    for place in range(len(scenarios)):
        values = np.array([row[place].values for row in rows])
        world, row, month = (index.astype(np.int32) for index in np.nonzero(~np.isnan(values)))
        columns = {
            "scenario": pd.Categorical.from_codes(np.full(len(world), place, dtype=np.int16), ids),
            "sample": np.zeros(len(world), dtype=np.int32),
            "replicate": numbers[world],
            "date": dates.to_numpy().astype("datetime64[ms]")[month],
            "metric": _category(metrics, row),
            "key": _category(keys, row),
            "unit": _category(units, row),
            "value": values[world, row, month],
        }
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def _category(names: Sequence[str], rows: np.ndarray) -> pd.Categorical[Any]:
    known = list(dict.fromkeys(names))
    place = {name: code for code, name in enumerate(known)}
    codes = np.array([place[name] for name in names], dtype=np.int16)
    return pd.Categorical.from_codes(codes[rows], pd.Index(known, dtype=str))


def event_table(scenarios: Sequence[Scenario], worlds: Sequence[World], rows: Sequence[list[Outcome]]) -> pd.DataFrame:
    """What happened in every run, but for limits that bound."""
    parts = [
        outcome.events.assign(scenario=scenario.id, replicate=world.replicate)
        for place, scenario in enumerate(scenarios)
        for world, row in zip(worlds, rows, strict=True)
        if (outcome := row[place]).events is not None
    ]
    return pd.concat(parts, ignore_index=True)[EVENTS.names]


def bound_table(scenarios: Sequence[Scenario], rows: Sequence[list[Outcome]]) -> pd.DataFrame:
    """How often each limit bound in each scenario, over all worlds."""
    found = []
    for place, scenario in enumerate(scenarios):
        counts: dict[str, int] = {}
        for row in rows:
            for kind, count in row[place].bounds.items():
                counts[kind] = counts.get(kind, 0) + count
        found += [{"scenario": scenario.id, "kind": kind, "count": counts[kind]} for kind in sorted(counts)]
    return pd.DataFrame(found, columns=list(BOUND_COLUMNS))
