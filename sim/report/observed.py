"""Observed series, to be drawn beside a run: read once, and put in the units and at the dates of a monthly chart."""

from __future__ import annotations

import functools
from pathlib import Path

import pandas as pd

from sim.report.longtable import MONTHS_OF_WINDOW

OBSERVED_FILE = Path(__file__).parents[1] / "data" / "observed.csv"
COLUMNS = ("metric", "key", "date", "window", "value", "low", "high", "unit", "source", "confidence")
NEAR = pd.Timedelta(days=190)
FLOW_SUFFIXES = ("/quarter", "/year", "/half")


class Observed:
    """Observed rows (columns COLUMNS, date as datetime64), found by metric and key."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame[list(COLUMNS)]
        groups = self.frame.groupby(["metric", "key"], sort=False)
        self._parts = {pair: part.sort_values("date") for pair, part in groups}

    def rows(self, metric: str, key: str) -> pd.DataFrame:
        """Rows of one metric and key, by date; none if nothing was observed."""
        return self._parts.get((metric, key), self.frame.iloc[:0])


@functools.cache
def read_observed(path: Path = OBSERVED_FILE) -> Observed:
    """All observed rows of a file; none if the file does not exist."""
    if not path.is_file():
        empty = pd.DataFrame({name: pd.Series(dtype="object") for name in COLUMNS})
        return Observed(empty.assign(date=pd.to_datetime([])))
    frame = pd.read_csv(path)
    return Observed(frame.assign(date=pd.to_datetime(frame["date"])))


def points(observed: Observed, metric: str, key: str) -> pd.DataFrame:
    """Points for a monthly chart: columns date, value, source.

    A window stands at its middle; a flow over a quarter or a year is divided by its months, since charts show months.
    `USD/year` with window `instant` is an annualised rate, and stays.
    """
    rows = observed.rows(metric, key)
    if rows.empty:
        return pd.DataFrame({"date": pd.to_datetime([]), "value": pd.Series(dtype=float), "source": []})
    months = rows["window"].map(MONTHS_OF_WINDOW).fillna(1).astype(float)
    is_sum = rows["unit"].astype(str).str.endswith(FLOW_SUFFIXES) & (months > 1)
    back = pd.to_timedelta((months.where(months > 1, 0.0) * 30.4 / 2).round(), unit="D")
    return pd.DataFrame(
        {
            "date": rows["date"] - back,
            "value": rows["value"].astype(float).where(~is_sum, rows["value"].astype(float) / months),
            "source": rows["source"],
        }
    )


def nearest(observed: Observed, metric: str, key: str, end: pd.Timestamp, window: str) -> pd.Series | None:
    """The observed row that can stand beside a model value over `window` up to `end`, or None.

    The row must end within NEAR of `end`; one with the same window wins, then the closest date. A flow measured over
    another window, or more than two months away, is not comparable and is passed over.
    """
    rows = observed.rows(metric, key)
    rows = rows[(rows["date"] - end).abs() <= NEAR]
    if rows.empty:
        return None
    same = rows["window"] == window
    flow = rows["unit"].astype(str).str.endswith(FLOW_SUFFIXES)
    close = (rows["date"] - end).abs() <= pd.Timedelta(days=62)
    rows = rows[(same & close) | ~flow]
    if rows.empty:
        return None
    order = pd.DataFrame({"other": ~(rows["window"] == window), "far": (rows["date"] - end).abs()})
    return rows.loc[order.sort_values(["other", "far"], kind="stable").index[0]]


def sources(observed: Observed, pairs: list[tuple[str, str]], limit: int = 5) -> str:
    """The sources of the observed points of some (metric, key) pairs, shortest unique list, as one line of text."""
    names: list[str] = []
    for metric, key in pairs:
        for source in observed.rows(metric, key)["source"]:
            name = "list prices as published" if str(source).startswith("list price of") else str(source)
            if name not in names:
                names.append(name)
    more = f"; and {len(names) - limit} more" if len(names) > limit else ""
    return "; ".join(names[:limit]) + more if names else "none in the shipped data"
