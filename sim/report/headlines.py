"""The headline measures of a run in a table, beside what was observed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.measures.headlines import SUMMARY_HEADLINES, window_unit
from sim.report.longtable import LongTable, quantiles
from sim.report.observed import Observed, nearest, read_observed


def headline_rows(table: LongTable, observed: Observed, years: tuple[int, ...] | None = None) -> pd.DataFrame:
    """One row per headline and year that the run covers to its December.

    Columns: label, half, metric, key, unit, window, date, median, p05, p95, replicates, observed, observed_date,
    observed_source. Observed columns are empty where nothing comparable was observed.
    """
    covered = sorted({date.year for date in table.dates if date.month == 12})
    rows = []
    for item in SUMMARY_HEADLINES:
        for year in covered if years is None else [year for year in years if year in covered]:
            end = pd.Timestamp(year, 12, 31)
            values = table.window(item.metric, item.key, end, item.window)
            if values.size == 0 or np.isnan(values).all():
                continue
            low, middle, high = (float(value) for value in quantiles(values, (0.05, 0.5, 0.95)))
            seen = nearest(observed, item.metric, item.key, end, item.window)
            rows.append(
                {
                    "label": item.label,
                    "half": item.half,
                    "metric": item.metric,
                    "key": item.key,
                    "unit": window_unit(table.unit(item.metric, item.key), item.window),
                    "window": item.window,
                    "date": end,
                    "median": middle,
                    "p05": low,
                    "p95": high,
                    "replicates": int(np.isfinite(values).sum()),
                    "observed": float("nan") if seen is None else float(seen["value"]),
                    "observed_date": pd.NaT if seen is None else seen["date"],
                    "observed_source": "" if seen is None else str(seen["source"]),
                }
            )
    return pd.DataFrame(rows, columns=COLUMNS)


COLUMNS = [
    "label", "half", "metric", "key", "unit", "window", "date", "median", "p05", "p95", "replicates", "observed",
    "observed_date", "observed_source",
]  # fmt: skip


def summary_table(timeseries: pd.DataFrame | LongTable, observed: Observed | None = None) -> pd.DataFrame:
    """Content of summary.csv: every headline at every year end, with the 5-95 % range over replicates."""
    table = timeseries if isinstance(timeseries, LongTable) else LongTable(timeseries)
    return headline_rows(table, read_observed() if observed is None else observed)
