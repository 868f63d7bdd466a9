"""Series out of the long result table, as matrices of month by replicate."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd

# Aggregation over a window follows the declaration in the metric list: stocks take the value at the end, flows add up,
# everything else (shares, prices, rates, indices) is averaged over the months.
STOCKS = frozenset(
    [
        "compute_stock_h100e",
        "compute_owner_stock_h100e",
        "china_compute_stock_h100e",
        "china_rented_h100e",
        "hub_downloads_cumulative",
        "hub_download_share",
        "robots_installed",
        "vendor_equity_in_customers_usd",
        "stranded_compute_h100e",
        "defaults",
        "software_defaults",
        "entries",
        "exits",
        "lab_cash_usd",
        "lab_valuation_usd",
        "lab_compute_h100e",
        "capability_eci",
        "chips_warehoused_h100e",
        "hhi_compute_stock",
        "hhi_compute_owners",
        "compute_region_share",
        "cuda_share_of_compute",
        "assistant_weekly_users",
        "vendor_backlog_months",
        "datacentre_power_gw",
        "ai_power_gw",
    ]
)
MONTHS_OF_WINDOW = {"instant": 1, "week": 1, "month": 1, "quarter": 3, "half": 6, "year": 12, "cumulative": 1}


def is_flow(unit: str) -> bool:
    """Whether a monthly unit adds up over time (USD/month, chips/month, H100e/month, Mt/month)."""
    return unit.endswith("/month")


class LongTable:
    """A long result table (columns date, metric, key, unit, value, and replicate if there are several) to read from.

    A metric is put into matrices when it is first asked for.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        replicate = frame["replicate"] if "replicate" in frame else pd.Series(0, index=frame.index)
        dates, self._date = np.unique(frame["date"].to_numpy(dtype="datetime64[ns]"), return_inverse=True)
        names, self._column = np.unique(replicate.to_numpy(dtype=np.int64), return_inverse=True)
        self.dates = pd.DatetimeIndex(dates)
        self.replicates: int = len(names)
        self._values = frame["value"].to_numpy(dtype=np.float64)
        # Codes, not texts: a table of a hundred worlds has millions of rows and a few hundred names.
        self._key, self._keys = pd.factorize(frame["key"])
        self._unit, self._units = pd.factorize(frame["unit"])
        codes, metrics = pd.factorize(frame["metric"])
        order = np.argsort(codes, kind="stable")
        parts = np.split(order, np.cumsum(np.bincount(codes, minlength=len(metrics)))[:-1]) if len(frame) else []
        self._rows_of = dict(zip((str(name) for name in metrics), parts, strict=True))
        self._metric = functools.cache(self._read_metric)

    def _read_metric(self, metric: str) -> dict[str, tuple[pd.DataFrame, str]]:
        rows = self._rows_of.get(metric, np.empty(0, dtype=np.int64))
        codes = self._key[rows]
        found: dict[str, tuple[pd.DataFrame, str]] = {}
        for code in map(int, pd.unique(codes)):
            part, key = rows[codes == code], str(self._keys[code])
            wide = np.full((len(self.dates), self.replicates), np.nan)
            wide[self._date[part], self._column[part]] = self._values[part]
            seen = np.zeros(len(self.dates), dtype=bool)
            seen[self._date[part]] = True
            found[key] = (pd.DataFrame(wide[seen], index=self.dates[seen]), str(self._units[self._unit[part[0]]]))
        return found

    def keys(self, metric: str) -> list[str]:
        """Keys under which `metric` was measured, in the order of the table."""
        return list(self._metric(metric))

    def has(self, metric: str, key: str) -> bool:
        """Whether the run measured `metric` for `key`."""
        return key in self._metric(metric)

    def series(self, metric: str, key: str) -> pd.DataFrame:
        """Months (rows, month ends) by replicates (columns); empty if the run did not measure it."""
        found = self._metric(metric).get(key)
        return found[0] if found else pd.DataFrame()

    def unit(self, metric: str, key: str) -> str:
        """Unit of a series, or '' if the run did not measure it."""
        found = self._metric(metric).get(key)
        return found[1] if found else ""

    def window(self, metric: str, key: str, end: pd.Timestamp, window: str) -> np.ndarray:
        """One value per replicate over the window that ends with the month of `end`; empty if a month of it is missing.

        `window` is one of MONTHS_OF_WINDOW. A flow in X/month over a quarter comes back in X/quarter.
        """
        wide = self.series(metric, key)
        if wide.empty:
            return np.empty(0)
        last = pd.Timestamp(end) + pd.offsets.MonthEnd(0)
        months = pd.date_range(end=last, periods=MONTHS_OF_WINDOW[window], freq="ME")
        if not months.isin(wide.index).all():
            return np.empty(0)
        part = wide.loc[months].to_numpy()
        if metric in STOCKS:
            return part[-1]
        if window == "cumulative":
            return wide.loc[:last].to_numpy().sum(axis=0) if is_flow(self.unit(metric, key)) else part[-1]
        return part.sum(axis=0) if is_flow(self.unit(metric, key)) else part.mean(axis=0)


def quantiles(wide: pd.DataFrame | np.ndarray, probabilities: tuple[float, ...]) -> np.ndarray:
    """Quantiles over replicates (the last axis): shape (probabilities, months), or (probabilities,) for a vector."""
    values = np.asarray(wide, dtype=np.float64)
    axis = values.ndim - 1
    if values.size == 0:
        return np.full((len(probabilities), *values.shape[:-1]), np.nan)
    if values.shape[axis] == 1:
        return np.stack([values[..., 0]] * len(probabilities))
    empty = np.isnan(values).all(axis=axis)
    filled = np.where(np.expand_dims(empty, axis), 0.0, values)
    result = np.nanquantile(filled, probabilities, axis=axis)
    return np.where(empty, np.nan, result)
