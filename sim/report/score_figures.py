"""A figure per scored series: what was observed, the band of the model, and the naive forecasts."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim.report.style import label_of, styled
from sim.report.wording import amount

OBSERVED, MODEL, NAIVE, TREND, FIELD = "#111111", "#0072B2", "#D55E00", "#E69F00", "#009E73"
INCHES, DOTS_PER_INCH = (9.0, 4.2), 100
LEAST_RATIO_FOR_LOG = 3.0
JITTER_DAYS = 12


def score_figures(points: pd.DataFrame, series: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    """PNG pictures by name `<metric>-<key>`, one per series of `sim.evidence.validation.Validation`."""
    found = {}
    for one in series:
        part = points[(points["metric"] == one["metric"]) & (points["key"] == one["key"])]
        name = re.sub(r"[^A-Za-z0-9_]+", "-", f"{one['metric']}-{one['key']}")
        found[name] = _picture(part.sort_values("date", kind="stable"), one)
    return found


def _picture(rows: pd.DataFrame, one: Mapping[str, Any]) -> bytes:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, NullFormatter

    with styled():
        figure = Figure(figsize=INCHES, layout="constrained")
        axes = figure.subplots()
        _draw(axes, rows)
        values = rows[["observed", "model_median"]].to_numpy(dtype=np.float64)
        if one["scale"] == "log" and values.min() > 0 and values.max() / values.min() > LEAST_RATIO_FOR_LOG:
            axes.set_yscale("log")
        axes.set_ylabel(one["unit"])
        axes.yaxis.set_major_formatter(FuncFormatter(_tick))
        axes.yaxis.set_minor_formatter(NullFormatter())
        locator = AutoDateLocator(maxticks=7)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
        axes.set_title(f"{one['metric'].replace('_', ' ')}: {label_of(one['key'])}", loc="left", fontsize=10)
        axes.text(0.0, -0.16, _scores(one), transform=axes.transAxes, fontsize=8, va="top", color="#444444")
        axes.legend(fontsize=8, frameon=False, loc="center left", bbox_to_anchor=(1.01, 0.5))
        picture = io.BytesIO()
        figure.savefig(picture, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    return picture.getvalue()


def _tick(value: float, place: int) -> str:
    return f"{value:.3g}" if abs(value) < 1e4 else amount(value)


def _draw(axes: Any, rows: pd.DataFrame) -> None:
    dates = rows["date"].to_numpy()
    middle = rows["model_median"].to_numpy(dtype=np.float64)
    for low, high, alpha, width, label in (
        ("p05", "p95", 0.25, 9.0, "model, 5-95 % of what would be observed"),
        ("worlds_p05", "worlds_p95", 0.55, 5.0, "5-95 % of worlds"),
    ):
        axes.vlines(dates, rows[low], rows[high], color=MODEL, alpha=alpha, linewidth=width, label=label, zorder=1)
    axes.plot(dates, middle, color=MODEL, marker="_", markersize=9, linewidth=1.2, label="median of worlds", zorder=3)
    axes.plot(dates, rows["mean_field"], color=FIELD, linestyle=":", marker=".", label="mean-field version", zorder=2)
    for column, colour, label in (("drift", NAIVE, "naive: drift"), ("trend", TREND, "naive: trend")):
        if rows[column].notna().all():
            axes.plot(
                dates, rows[column], color=colour, linestyle="--", marker=".", linewidth=1.0, label=label, zorder=2
            )
    value = rows["observed"].to_numpy(dtype=np.float64)
    low = np.nan_to_num(value - rows["low"].to_numpy(dtype=np.float64))
    high = np.nan_to_num(rows["high"].to_numpy(dtype=np.float64) - value)
    axes.errorbar(
        dates, value, yerr=np.maximum([low, high], 0.0), fmt="o", color=OBSERVED, markersize=4, capsize=2,
        label="observed", zorder=4,
    )  # fmt: skip
    span = pd.Timedelta(days=JITTER_DAYS * 3)
    axes.set_xlim(rows["date"].min() - span, rows["date"].max() + span)


def _scores(one: Mapping[str, Any]) -> str:
    kind = "mean absolute error of ln" if one["scale"] == "log" else "mean absolute error"

    def shown(name: str) -> str:
        return "none" if one[name] is None else f"{one[name]:.3g}"

    return (
        f"{kind}: model {shown('score')}, drift {shown('score_drift')}, trend {shown('score_trend')}, mean field "
        f"{shown('score_mean_field')}; in the band {one['coverage90']:.0%} of {one['n']} points"
    )
