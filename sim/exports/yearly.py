"""Calendar years of monthly series: flows added up, shares and prices averaged, stocks in December."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.measures import METRICS

WORLDS = ["scenario", "sample", "replicate"]
SERIES = ["metric", "key", "unit"]
MONTHS = 12


def by_year(series: pd.DataFrame) -> pd.DataFrame:
    """Columns scenario, sample, replicate, metric, key, unit, window (sum, mean or end), year, value.

    `series` is long, with columns date, value and the same keys. Only years in which every month is there: the value is
    that of `sim.measures.windows.window_value` for a window `year` that ends in December.
    """
    rows = series.assign(
        year=series["date"].dt.year,
        window=series["metric"].map({name: one.aggregation for name, one in METRICS.items()}),
    )
    keys = [*WORLDS, *SERIES, "window", "year"]
    parts = [rows.loc[(rows["window"] == "end") & (rows["date"].dt.month == MONTHS), [*keys, "value"]]]
    for how in ("sum", "mean"):
        groups = rows[rows["window"] == how].groupby(keys, observed=True, sort=False)["value"]
        table = groups.agg([how, "count"]).reset_index()
        whole = table[table["count"] == MONTHS]
        parts.append(whole.rename(columns={how: "value"})[[*keys, "value"]])
    return pd.concat(parts, ignore_index=True).dropna(subset=["value"]).reset_index(drop=True)


def one_world(yearly: pd.DataFrame) -> bool:
    """Whether there is nothing to take quantiles of."""
    return len(yearly[["sample", "replicate"]].drop_duplicates()) <= 1


def quantiles(yearly: pd.DataFrame, levels: tuple[float, ...]) -> pd.DataFrame:
    """Over worlds: columns scenario, metric, key, unit, window, year, quantile, value."""
    keys = ["scenario", *SERIES, "window", "year"]
    found = yearly.groupby(keys, observed=True, sort=False)["value"].quantile(np.array(levels)).reset_index()
    return found.rename(columns={f"level_{len(keys)}": "quantile"})
