"""Scoring a scenario in many worlds against observed rows, beside naive forecasts and the mean-field model."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.dated import month_text
from sim.errors import InputError, RunError
from sim.evidence import mean_field, scoring
from sim.evidence.naive import forecast
from sim.evidence.observations import Scale, read_observations, scale_of, sd_of
from sim.evidence.observed_units import in_model_units
from sim.evidence.points import Points, unknown_reason
from sim.measures.windows import last_month
from sim.study.engine import Setting, Task, engine
from sim.study.ensemble import Ensemble, read_ensemble, worlds_of
from sim.study.worlds import World, placed

if TYPE_CHECKING:
    from sim.scenario.model import Scenario

MODEL_SAW = "2025-12-31"
"""Last day of the data from which values of the registry were set."""


@dataclasses.dataclass(frozen=True)
class Options:
    """What is scored and in which worlds; `first` and `last` are days between which rows must end."""

    observed: Path | None = None
    first: pd.Timestamp | None = None
    last: pd.Timestamp | None = None
    replicates: int = 100
    parameters: str = "ensemble"
    seed: int = 1
    workers: int = 1
    mean_field_runs: int = mean_field.RUNS
    mean_field_developers: int = mean_field.DEVELOPERS


@dataclasses.dataclass(frozen=True)
class Validation:
    """What `--json` prints, every scored row, and the monthly series behind them."""

    summary: dict[str, Any]
    series: list[dict[str, Any]]
    not_scored: list[dict[str, Any]]
    points: pd.DataFrame

    def answer(self) -> dict[str, Any]:
        """The answer in JSON: numbers, texts and null only."""
        return {"summary": self.summary, "series": self.series, "not_scored": self.not_scored}


def validate(scenario: Scenario, options: Options, progress: Callable[[int], None] | None = None) -> Validation:
    """Score a scenario. Raises InputError for a file that cannot be read or used, RunError if no world lives."""
    everything = read_observations(options.observed)
    frame = _between(everything, options)
    frame, left_out = _usable(frame, scenario)
    if frame.empty:
        ensemble = _ensemble(options.parameters)
        return _answer(scenario, options, ensemble, 0, 0, [], _grouped(left_out), pd.DataFrame())
    last = max(last_month(date, window) for date, window in zip(frame["date"], frame["window"], strict=True))
    scenario = scenario.until(month_text(max(last, scenario.start_month)))
    points = Points(frame, scenario.start_month, scenario.months)
    ensemble = _ensemble(options.parameters)
    worlds = worlds_of(ensemble, options.seed, options.replicates)
    values, failed = _simulate(scenario, worlds, points, options.workers, progress)
    field = mean_field.mean_field(at_centre(scenario, ensemble), options.mean_field_developers)
    field_worlds = worlds_of(None, options.seed, options.mean_field_runs)
    fields, _ = _simulate(field, field_worlds, points, options.workers, None)
    defined = np.isfinite(values).all(axis=0) & np.isfinite(mean_field.average(fields))
    left_out.extend((row, "the model has no value at its date") for row in frame[~defined].itertuples())
    frame = frame[defined].reset_index(drop=True)
    values, fields = values[:, defined], mean_field.average(fields)[defined]
    series, rows = [], []
    for (metric, key), part in frame.groupby(["metric", "key"], sort=False):
        at = part.index.to_numpy()
        one, scored = _series(part, values[:, at], fields[at], ensemble, options)
        series.append({"metric": str(metric), "key": str(key), **one})
        rows.append(scored)
    table = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame()
    return _answer(scenario, options, ensemble, len(values), failed, series, _grouped(left_out), table)


def _between(frame: pd.DataFrame, options: Options) -> pd.DataFrame:
    keep = pd.Series(True, index=frame.index)
    if options.first is not None:
        keep &= frame["date"] >= options.first
    if options.last is not None:
        keep &= frame["date"] <= options.last
    return frame[keep]


def _usable(frame: pd.DataFrame, scenario: Scenario) -> tuple[pd.DataFrame, list[tuple[Any, str]]]:
    """Rows that can be scored, in the model's units, and the others with their reasons."""
    left: list[tuple[Any, str]] = []

    def without(part: pd.DataFrame, reasons: list[str]) -> pd.DataFrame:
        bad = np.array([bool(reason) for reason in reasons], dtype=bool)
        left.extend(zip(part[bad].itertuples(), [reason for reason in reasons if reason], strict=True))
        return part[~bad]

    frame = without(frame, [unknown_reason(str(row.metric), str(row.key)) for row in frame.itertuples()])
    if frame.empty:
        return frame, left
    frame, reasons = in_model_units(frame)
    frame = without(frame, list(reasons))
    signs = [
        "a level at or below zero has no logarithm" if scale_of(str(unit)) == "log" and value <= 0.0 else ""
        for unit, value in zip(frame["unit"], frame["value"].to_numpy(dtype=np.float64), strict=True)
    ]
    frame = without(frame, signs)
    inside = [_time_reason(row, scenario) for row in frame.itertuples()]
    return without(frame, inside).reset_index(drop=True), left


def _time_reason(row: Any, scenario: Scenario) -> str:
    if last_month(row.date, row.window) > scenario.end_month:
        return f"after the last month of the scenario, {month_text(scenario.end_month)}"
    frame = pd.DataFrame([row._asdict()])
    if not Points(frame, scenario.start_month, scenario.months).inside[0]:
        return f"begins before the first month of the model, {month_text(scenario.start_month)}"
    return ""


def _ensemble(name: str) -> Ensemble | None:
    return read_ensemble("2025" if name == "ensemble" else name)


def at_centre(scenario: Scenario, ensemble: Ensemble | None) -> Scenario:
    """The scenario at the central parameter set of the ensemble, so that the mean field has seen the same data."""
    if ensemble is None:
        return scenario
    return placed(scenario, scenario, World(0, 0, ensemble.overrides(int(ensemble.provenance["centre"]))))


def _simulate(
    scenario: Scenario, worlds: tuple[World, ...], points: Points, workers: int, progress: Callable[[int], None] | None
) -> tuple[np.ndarray, int]:
    """Values at the points in worlds that live, shape (worlds, rows), and how many worlds broke down."""
    tasks = [Task(0, world, points.series, False) for world in worlds]
    with engine(Setting((scenario,), scenario), min(workers, len(tasks))) as pool:
        outcomes = pool.run(tasks, progress)
    alive = [outcome.values for outcome in outcomes if not outcome.failed]
    if not alive:
        raise RunError(f"no world lives to the end: {outcomes[0].failed}")
    return np.stack([points.read(values) for values in alive]), len(outcomes) - len(alive)


def _series(
    frame: pd.DataFrame, values: np.ndarray, fields: np.ndarray, ensemble: Ensemble | None, options: Options
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Scores of one series and its rows; `values` of shape (worlds, rows), `fields` of shape (rows,)."""
    metric, key, unit = (str(frame[name].iloc[0]) for name in ("metric", "key", "unit"))
    scale, raw = scale_of(unit), frame["value"].to_numpy(dtype=np.float64)
    observed = scoring.on_scale(raw, raw, scale)
    worlds = scoring.on_scale(values, raw, scale)
    middle = np.median(worlds, axis=0)
    naive = {
        "drift": _naive(frame, scale, "drift", options), "trend": _naive(frame, scale, "trend", options)
    }  # fmt: skip
    disc = discrepancy_of(ensemble, metric, key, unit)
    draws = draws_of(frame, worlds, disc)
    band = np.array([np.quantile(each, scoring.BAND) for each in draws])
    alone = np.quantile(worlds, scoring.BAND, axis=0)

    def error(forecasts: np.ndarray | None) -> float | None:
        if forecasts is None:
            return None
        return _finite(scoring.mean_absolute_error(scoring.on_scale(forecasts, raw, scale), observed))

    one = {
        "n": len(frame),
        "unit": unit,
        "scale": scale,
        "score": _finite(scoring.mean_absolute_error(middle, observed)),
        "score_drift": error(naive["drift"]),
        "score_trend": error(naive["trend"]),
        "score_mean_field": error(fields),
        "coverage90": float(np.mean((observed >= band[:, 0]) & (observed <= band[:, 2]))),
        "coverage90_worlds": float(np.mean((observed >= alone[0]) & (observed <= alone[2]))),
        "crps": _finite(float(np.mean([scoring.crps(d, float(o)) for d, o in zip(draws, observed, strict=True)]))),
        "discrepancy": disc,
    }
    nothing = np.full(len(frame), math.nan)
    columns = {
        "model_median": scoring.off_scale(middle, scale),
        "p05": scoring.off_scale(band[:, 0], scale),
        "p95": scoring.off_scale(band[:, 2], scale),
        "worlds_p05": scoring.off_scale(alone[0], scale),
        "worlds_p95": scoring.off_scale(alone[2], scale),
        "drift": nothing if naive["drift"] is None else naive["drift"],
        "trend": nothing if naive["trend"] is None else naive["trend"],
        "mean_field": fields,
    }
    return one, frame.rename(columns={"value": "observed"}).assign(**columns)


def draws_of(frame: pd.DataFrame, worlds: np.ndarray, discrepancy: float) -> list[np.ndarray]:
    """What would be observed at each row of a series, with error of observation and of the model.

    `worlds` of shape (worlds, rows) on the scale of the series; per row an array (worlds, draws) on the same scale.
    """
    sds = np.hypot(sd_of(frame), discrepancy)
    names = [f"{row.metric}/{row.key}/{row.date:%Y-%m-%d}/{row.window}" for row in frame.itertuples()]
    return [scoring.predictive(worlds[:, n], float(sds[n]), names[n]) for n in range(len(frame))]


def discrepancy_of(ensemble: Ensemble | None, metric: str, key: str, unit: str) -> float:
    """Standard deviation of the model's discrepancy; none is known, and none is used, for central parameters."""
    if ensemble is None:
        return 0.0
    found = ensemble.discrepancy(metric, key)
    return scoring.default_discrepancy(unit) if found is None else float(found)


def _naive(frame: pd.DataFrame, scale: Scale, kind: Any, options: Options) -> np.ndarray | None:
    """Forecast of a series' rows from the shipped observations before the first date scored."""
    shipped = read_observations()
    before = frame["date"].min() if options.first is None else options.first
    same = (shipped["metric"] == frame["metric"].iloc[0]) & (shipped["key"] == frame["key"].iloc[0])
    past = shipped[same & (shipped["date"] < before)]
    if past.empty:
        return None
    past, reasons = in_model_units(past)
    return forecast(past[reasons == ""], frame, scale, kind)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _grouped(left_out: list[tuple[Any, str]]) -> list[dict[str, Any]]:
    """Rows that were not scored, counted by series and reason."""
    counts: dict[tuple[str, str, str], int] = {}
    for row, reason in left_out:
        place = (row.metric, row.key, reason)
        counts[place] = counts.get(place, 0) + 1
    return [{"metric": m, "key": k, "n": n, "reason": reason} for (m, k, reason), n in counts.items()]


def _answer(
    scenario: Scenario, options: Options, ensemble: Ensemble | None, worlds: int, failed: int,
    series: list[dict[str, Any]], not_scored: list[dict[str, Any]], points: pd.DataFrame,
) -> Validation:  # fmt: skip
    seen = MODEL_SAW if ensemble is None else ensemble.data_to
    n = sum(one["n"] for one in series)

    def share(fields: tuple[str, ...]) -> float | None:
        both = [one for one in series if all(one[field] is not None for field in fields)]
        better = [all(one["score"] < one[field] for field in fields) for one in both]
        return sum(better) / len(better) if better else None

    def covered(field: str) -> float | None:
        return sum(one[field] * one["n"] for one in series) / n if n else None

    def middle(field: str) -> float | None:
        found = [one[field] for one in series if one[field] is not None]
        return float(np.median(found)) if found else None

    summary: dict[str, Any] = {
        "scenario": scenario.id,
        "series": len(series),
        "points": n,
        "points_not_scored": sum(one["n"] for one in not_scored),
        "first": f"{points['date'].min():%Y-%m-%d}" if n else None,
        "last": f"{points['date'].max():%Y-%m-%d}" if n else None,
        "worlds": worlds,
        "worlds_failed": failed,
        "parameters": "central" if ensemble is None else options.parameters,
        "parameters_saw_data_to": seen,
        "sample": sample_of(points["date"], seen) if n else None,
        "compared": sum(one["score_drift"] is not None and one["score_trend"] is not None for one in series),
        "better_than_drift": share(("score_drift",)),
        "better_than_trend": share(("score_trend",)),
        "better_than_both": share(("score_drift", "score_trend")),
        "better_than_mean_field": share(("score_mean_field",)),
        "coverage90": covered("coverage90"),
        "coverage90_worlds": covered("coverage90_worlds"),
        "median_score": middle("score"),
        "median_score_drift": middle("score_drift"),
        "median_score_trend": middle("score_trend"),
        "median_score_mean_field": middle("score_mean_field"),
        "median_crps": middle("crps"),
        "predictive_band": "worlds and error of observation; no discrepancy is known for central parameters"
        if ensemble is None
        else "worlds, error of observation and discrepancy of the model",
    }
    summary["verdict"] = verdict(summary)
    return Validation(summary, series, not_scored, points)


def sample_of(dates: pd.Series, seen: str) -> str:
    """Whether the parameters have seen the dates scored."""
    later = dates > pd.Timestamp(seen)
    return "out of sample" if later.all() else "partly in sample" if later.any() else "in sample"


def verdict(summary: dict[str, Any]) -> str:
    """The outcome in words."""
    if not summary["series"]:
        return "Nothing could be scored: see what was not scored, and why."
    both, coverage = summary["better_than_both"], summary["coverage90"]
    naive = (
        "No series has a past long enough for both naive forecasts."
        if both is None
        else f"Better than both naive forecasts on {both:.0%} of the {summary['compared']} series that have both: "
        + ("the goal of two thirds is met." if both >= 2 / 3 else "short of the goal of two thirds.")
    )
    held = "within" if 0.80 <= coverage <= 0.97 else "outside"
    return (
        f"{naive} The 5-95 % band holds {coverage:.0%} of {summary['points']} points, {held} the goal of 80 to 97 %. "
        f"The parameters have seen data to {summary['parameters_saw_data_to']}: {summary['sample']}."
    )


def parse_day(text: str | None, key: str) -> pd.Timestamp | None:
    """A day YYYY-MM-DD. Raises InputError."""
    if text is None:
        return None
    try:
        if len(text) != 10:
            raise ValueError(text)
        return pd.Timestamp(pd.to_datetime(text, format="%Y-%m-%d"))
    except ValueError:
        raise InputError(f"'{text}' is not a date YYYY-MM-DD", key=key) from None
