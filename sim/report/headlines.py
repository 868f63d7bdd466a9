"""The headline measures of a run: what they are called, over which window they count, and what was observed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from sim.report.longtable import LongTable, quantiles
from sim.report.observed import Observed, nearest, read_observed

SHOWN_YEARS = (2025, 2027, 2030)


@dataclasses.dataclass(frozen=True)
class Headline:
    """One measure: `window` (see longtable.MONTHS_OF_WINDOW) ends with December of a year."""

    label: str
    metric: str
    key: str
    window: str
    half: str
    """Which half of the question it belongs to: compute, spread, or both."""


HEADLINES = (
    Headline("Nvidia’s share of new compute", "new_compute_share", "nvidia", "quarter", "compute"),
    Headline(
        "Tokens of Chinese models served on US-designed chips", "us_designed_share_of_tokens", "cn_models", "quarter",
        "compute",
    ),
    Headline("Concentration of new compute by vendor (HHI)", "hhi_new_compute", "world", "quarter", "compute"),
    Headline("Compute in China", "china_compute_stock_h100e", "total", "cumulative", "compute"),
    Headline(
        "Open-model tokens served by US clouds and hosts", "us_platform_share_of_open_tokens", "world", "quarter",
        "compute",
    ),
    Headline("Capital spending of the four largest US clouds", "capex_usd", "big4", "year", "compute"),
    Headline("Rental of an H100 in the US", "gpu_rental_usd_per_h100_hour", "us", "month", "compute"),
    Headline("Energy’s share of the cost of a token, US", "energy_share_of_token_cost", "us", "quarter", "compute"),
    Headline("Open models’ share of API tokens", "open_token_share", "api_all", "quarter", "spread"),
    Headline("Open models’ share of API spend", "open_spend_share", "api_all", "quarter", "spread"),
    Headline("API firms whose main model is open", "open_primary_share", "api_all", "quarter", "spread"),
    Headline("Chinese share of open-model downloads", "hub_download_share", "cn", "cumulative", "spread"),
    Headline("Chinese models’ share of all tokens", "token_share", "world/cn", "quarter", "spread"),
    Headline("China’s best model behind the US", "capability_lag_months", "cn_behind_us", "quarter", "spread"),
    Headline("Price of a model of ECI 140", "price_at_quality_usd_per_mtok", "eci_140", "month", "spread"),
)  # fmt: skip
_WINDOW_UNIT = {"quarter": "/quarter", "year": "/year", "half": "/half"}


def window_unit(unit: str, window: str) -> str:
    """Unit of a flow summed over a window: USD/month over a year is USD/year."""
    return (
        unit.removesuffix("/month") + _WINDOW_UNIT[window]
        if unit.endswith("/month") and window in _WINDOW_UNIT
        else unit
    )


def headline_rows(table: LongTable, observed: Observed, years: tuple[int, ...] | None = None) -> pd.DataFrame:
    """One row per headline and year that the run covers to its December.

    Columns: label, half, metric, key, unit, window, date, median, p05, p95, replicates, observed, observed_date,
    observed_source. Observed columns are empty where nothing comparable was observed.
    """
    covered = sorted({date.year for date in table.dates if date.month == 12})
    rows = []
    for item in HEADLINES:
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
