"""Observed series beside the model: of the run on the page, or of the validation that came with the package."""

from __future__ import annotations

import dataclasses
import functools
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim.browser.documents import document
from sim.errors import InputError
from sim.evidence import scoring
from sim.evidence.observations import read_observations, scale_of
from sim.evidence.observed_units import in_model_units
from sim.evidence.points import Points
from sim.evidence.stored import Stored, read_stored
from sim.measures.headlines import HEADLINES
from sim.report.style import label_of

if TYPE_CHECKING:
    from sim.browser.shown import Shown

METRICS = {
    "api_gross_margin": "Gross margin of API sales",
    "assistant_weekly_users": "Weekly users of assistants",
    "capability_eci": "Capability of the best model",
    "capex_usd": "Capital spending",
    "china_compute_stock_h100e": "Compute in China",
    "chip_cost_usd_per_h100e": "Price of compute (per H100e)",
    "chip_revenue_usd": "Chip revenue",
    "chip_tdp_watt_per_h100e": "Power per H100e",
    "compute_owner_stock_h100e": "Compute owned",
    "compute_stock_h100e": "Compute in use by vendor",
    "datacentre_electricity_twh": "Electricity of data centres",
    "electricity_price_usd_per_kwh": "Industrial electricity price",
    "firm_adoption_share": "Firms that pay for AI",
    "hub_downloads_cumulative": "Downloads of open models",
    "lab_compute_h100e": "Compute of labs",
    "lab_gross_margin": "Gross margin of labs",
    "lab_revenue_usd_per_year": "Revenue of labs",
    "list_price_usd_per_mtok": "List price of tokens",
    "new_compute_h100e": "New compute",
    "new_compute_share": "Share of new compute",
    "new_derivative_share": "Share of new derivatives on the hub",
    "open_token_share": "Open models’ share of tokens",
    "smuggled_chips": "Smuggled chips",
    "token_share": "Share of tokens",
    "tokens_per_day": "Tokens a day",
}
KEYS = {
    "us_enterprise": "US enterprises", "router": "routers", "cn_all": "all Chinese firms", "any": "any model",
    "world": "world", "other": "others",
}  # fmt: skip
HEADLINE = {(item.metric, item.key): item.label for item in HEADLINES}
GRADES = {"A": "A: seen in the source", "B": "B: second-hand", "C": "C: unverified"}
VERDICTS = {True: "inside", False: "outside", None: "not compared"}
SHIPPED = "points_2025"
BAND = (0.05, 0.5, 0.95)


@dataclasses.dataclass(frozen=True)
class Comparison:
    """One observed series beside the model.

    `rows` has a row per observation in the model's unit: date, window, observed, low, high, confidence, median, p05,
    p95 (with the error of observation and model), inside (True, False or None where there is no model value), source.
    `band` has date, low, median, high of the worlds alone, over the window that most rows have.
    """

    metric: str
    key: str
    label: str
    unit: str
    window: str
    rows: pd.DataFrame
    band: pd.DataFrame
    origin: str
    """Whose model values they are, in words."""

    @property
    def compared(self) -> int:
        """Observations that have a value of the model."""
        return sum(one is not None for one in self.rows["inside"])

    @property
    def inside(self) -> int:
        """Observations within the band."""
        return sum(one is True for one in self.rows["inside"])


def series_words(metric: str, key: str) -> str:
    """`Compute in China: Huawei`; as the headlines call it where they do."""
    if (metric, key) in HEADLINE:
        return HEADLINE[metric, key]
    whose = ", ".join(KEYS.get(part, label_of(part)) for part in key.split("/"))
    head = METRICS.get(metric, metric.replace("_", " ").capitalize())
    return head if key == "world" else f"{head}: {whose}"


@functools.cache
def observed_pairs() -> tuple[tuple[str, str], ...]:
    """Every (metric, key) that has observations, by its name in words."""
    frame = read_observations()
    pairs = dict.fromkeys(zip(frame["metric"], frame["key"], strict=True))
    return tuple(sorted(pairs, key=lambda pair: series_words(*pair).lower()))


@functools.cache
def stored() -> Stored:
    """What the steps of the evidence found. Raises InputError for damaged files; empty if none came along."""
    return read_stored(document("evidence"))


def observed_rows(metric: str, key: str) -> pd.DataFrame:
    """Observations of a series in the model's units, by date. Raises InputError if there are none."""
    frame = read_observations()
    frame = frame[(frame["metric"] == metric) & (frame["key"] == key)]
    if frame.empty:
        raise InputError("has no observations", key=f"{metric}, {key}")
    changed, reasons = in_model_units(frame)
    return changed[reasons == ""].sort_values("date", kind="stable").reset_index(drop=True)


def compare(metric: str, key: str, shown: Shown | None) -> Comparison:
    """A series beside the run on the page, or beside the shipped validation where that run does not hold it."""
    if shown is not None and not shown.empty and shown.has(metric, key):
        return with_run(metric, key, shown)
    return with_shipped(metric, key)


def with_shipped(metric: str, key: str) -> Comparison:
    """Beside the validation of the baseline that the package holds; without one the model's columns are empty."""
    rows = observed_rows(metric, key)
    points = stored().table(SHIPPED)
    names = ["median", "p05", "p95", "worlds_p05", "worlds_p95"]
    if points is None:
        rows = rows.assign(**dict.fromkeys(names, np.nan))
    else:
        points = points.assign(date=pd.to_datetime(points["date"])).rename(columns={"model_median": "median"})
        on = ["metric", "key", "date", "window"]
        rows = rows.merge(points[[*on, *names]], on=on, how="left")
    window = str(rows["window"].mode().iloc[0])
    part = rows[(rows["window"] == window) & rows["median"].notna()]
    band = pd.DataFrame(
        {"date": part["date"], "low": part["worlds_p05"], "median": part["median"], "high": part["worlds_p95"]}
    )
    return _made(metric, key, rows, band.reset_index(drop=True), window, "the shipped validation of the baseline")


def with_run(metric: str, key: str, shown: Shown) -> Comparison:
    """Beside the run on the page, scored as `weightshift validate` scores."""
    rows = observed_rows(metric, key)
    series = shown.values(metric, key)[:, None, :]
    start = 12 * shown.dates[0].year + shown.dates[0].month - 1
    values = Points(rows, start, shown.live_months).read(series)
    unit, observed = str(rows["unit"].iloc[0]), rows["value"].to_numpy(dtype=np.float64)
    scale = scale_of(unit)
    alive = values[np.isfinite(series[:, 0, :]).any(axis=1)]
    known = np.isfinite(alive).all(axis=0) & (len(alive) > 0) & ((scale == "absolute") | (observed > 0))
    bands = np.full((3, len(rows)), np.nan)
    if known.any():
        worlds = scoring.on_scale(alive[:, known], observed[known], scale)
        draws = _draws(rows[known], worlds, metric, key, unit)
        ends = np.array([np.quantile(one, BAND) for one in draws]).T
        bands[:, known] = scoring.off_scale(ends, scale)
        bands[1, known] = scoring.off_scale(np.median(worlds, axis=0), scale)
    rows = rows.assign(p05=bands[0], median=bands[1], p95=bands[2])
    window = str(rows["window"].mode().iloc[0])
    return _made(metric, key, rows, _rolled(rows, window, shown, start), window, f"the run: {shown.title}")


def _draws(rows: pd.DataFrame, worlds: np.ndarray, metric: str, key: str, unit: str) -> list[np.ndarray]:
    from sim.evidence.validation import discrepancy_of, draws_of
    from sim.study.ensemble import read_ensemble

    return draws_of(rows, worlds, discrepancy_of(read_ensemble(), metric, key, unit))


def _rolled(rows: pd.DataFrame, window: str, shown: Shown, start: int) -> pd.DataFrame:
    """The band of the worlds month by month, each over the window that ends there."""
    dates = shown.dates[: shown.live_months]
    first = rows.iloc[0]
    frame = pd.DataFrame({"metric": first["metric"], "key": first["key"], "date": dates, "window": window,
                          "unit": first["unit"], "line": 0})  # fmt: skip
    series = shown.values(str(first["metric"]), str(first["key"]))[:, None, :]
    values = Points(frame, start, shown.live_months).read(series)
    known = np.isfinite(values).any(axis=0)
    low, middle, high = np.nanquantile(values[:, known], BAND, axis=0) if known.any() else np.empty((3, 0))
    return pd.DataFrame({"date": dates[known], "low": low, "median": middle, "high": high})


def _made(metric: str, key: str, rows: pd.DataFrame, band: pd.DataFrame, window: str, origin: str) -> Comparison:
    value, low, high = (rows[name].to_numpy(dtype=np.float64) for name in ("value", "p05", "p95"))
    verdicts = [
        None if not np.isfinite(end) else bool(start <= one <= end)
        for one, start, end in zip(value, low, high, strict=True)
    ]
    rows = rows.rename(columns={"value": "observed"}).assign(inside=pd.Series(verdicts, index=rows.index, dtype=object))
    kept = ["date", "window", "observed", "low", "high", "confidence", "median", "p05", "p95", "inside", "source"]
    unit = str(rows["unit"].iloc[0])
    return Comparison(metric, key, series_words(metric, key), unit, window, rows[kept], band, origin)


def sentence(one: Comparison) -> str:
    """How many observations lie inside, in a sentence."""
    total = len(one.rows)
    if not one.compared:
        return f"{total} observations; none has a value of {one.origin} yet."
    rest = f"; {total - one.compared} have no model value" if one.compared < total else ""
    return f"{one.inside} of {one.compared} observations lie in the 5–95 % band of {one.origin}{rest}."


def readable(one: Comparison) -> pd.DataFrame:
    """The rows as a table to read: dates, numbers in words, verdict, source."""
    from sim.analysis.wording import value_words

    def said(value: float) -> str:
        return value_words(float(value), one.unit) if np.isfinite(value) else "–"

    rows = one.rows
    spans = [
        f"{said(low)} to {said(high)}" if np.isfinite(low) and np.isfinite(high) else "–"
        for low, high in zip(rows["p05"], rows["p95"], strict=True)
    ]
    return pd.DataFrame({
        "Date": rows["date"].dt.strftime("%Y-%m-%d"), "Over": rows["window"], "Observed": rows["observed"].map(said),
        "Grade": rows["confidence"].where(rows["confidence"] != "", "–"), "Model (median)": rows["median"].map(said),
        "Model (5–95 %)": spans, "Verdict": [VERDICTS[value] for value in rows["inside"]], "Source": rows["source"],
    })  # fmt: skip
