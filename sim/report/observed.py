"""Observed series, to be drawn beside a run: read once, and put in the units and at the dates of a monthly chart."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sim.report.longtable import MONTHS_OF_WINDOW

OBSERVED_FILE = Path(__file__).parents[1] / "data" / "observed.csv"
COLUMNS = ("metric", "key", "date", "window", "value", "low", "high", "unit", "source", "confidence")
NEAR = pd.Timedelta(days=190)
FLOW_SUFFIXES = ("/quarter", "/year", "/half")


def read_observed(path: Path = OBSERVED_FILE) -> pd.DataFrame:
    """All observed rows (columns COLUMNS, date as datetime64); no rows if the file does not exist."""
    if not path.is_file():
        return pd.DataFrame({name: pd.Series(dtype="object") for name in COLUMNS}).assign(date=pd.to_datetime([]))
    frame = pd.read_csv(path)
    frame["date"] = pd.to_datetime(frame["date"])
    return frame[list(COLUMNS)]


def rows_of(observed: pd.DataFrame, metric: str, key: str) -> pd.DataFrame:
    """Observed rows of one metric and key, by date."""
    return observed[(observed["metric"] == metric) & (observed["key"] == key)].sort_values("date")


def points(observed: pd.DataFrame, metric: str, key: str) -> pd.DataFrame:
    """Points for a monthly chart: columns date, value, source.

    A window stands at its middle; a flow over a quarter or a year is divided by its months, since charts show months.
    `USD/year` with window `instant` is an annualised rate, and stays.
    """
    rows = rows_of(observed, metric, key)
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


def nearest(observed: pd.DataFrame, metric: str, key: str, end: pd.Timestamp, window: str) -> pd.Series | None:
    """The observed row that can stand beside a model value over `window` up to `end`, or None.

    The row must end within NEAR of `end`; one with the same window wins, then the closest date. A flow measured over
    another window, or more than two months away, is not comparable and is passed over.
    """
    rows = rows_of(observed, metric, key)
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


def sources(observed: pd.DataFrame, pairs: list[tuple[str, str]], limit: int = 5) -> str:
    """The sources of the observed points of some (metric, key) pairs, shortest unique list, as one line of text."""
    names: list[str] = []
    for metric, key in pairs:
        for source in rows_of(observed, metric, key)["source"]:
            name = "list prices as published" if str(source).startswith("list price of") else str(source)
            if name not in names:
                names.append(name)
    more = f"; and {len(names) - limit} more" if len(names) > limit else ""
    return "; ".join(names[:limit]) + more if names else "none in the shipped data"
