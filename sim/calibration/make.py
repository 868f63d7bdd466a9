"""From a search to an ensemble file, and what the data say about each parameter."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.calibration.plan import Plan
from sim.calibration.search import Found, Search, ruled_out_by
from sim.evidence.observations import scale_of
from sim.model_digest import model_digest
from sim.study.ensemble import Ensemble

IDENTIFIED, WEAKLY = 0.5, 0.8


def identification(plan: Plan, found: Found) -> pd.DataFrame:
    """What the data say about each parameter, one a row, the best known first.

    Columns path, low, high (prior), p05, p50, p95 (members kept), ratio (standard deviation of the kept over that of
    the prior, in scores), pull (shift of the mean in prior standard deviations), verdict, with (the parameter that goes
    most together with it), correlation.
    """
    kept = found.last.iloc[found.kept]
    before, after = plan.scores(found.prior), plan.scores(kept)
    ratio = after.std(axis=0, ddof=1) / before.std(axis=0, ddof=1)
    together = np.corrcoef(after.T) - np.eye(len(plan.paths)) if len(plan.paths) > 1 else np.zeros((1, 1))
    partner = np.abs(together).argmax(axis=1)
    words = np.select([ratio < IDENTIFIED, ratio < WEAKLY], ["identified", "weakly"], "not identified")
    table = pd.DataFrame(
        {
            "path": plan.paths,
            "low": [prior.bounds[0] for prior in plan.parameters],
            "high": [prior.bounds[1] for prior in plan.parameters],
            "p05": kept.quantile(0.05).to_numpy(),
            "p50": kept.quantile(0.50).to_numpy(),
            "p95": kept.quantile(0.95).to_numpy(),
            "ratio": ratio,
            "pull": (after.mean(axis=0) - before.mean(axis=0)) / before.std(axis=0, ddof=1),
            "verdict": words,
            "with": [plan.paths[i] for i in partner],
            "correlation": together[np.arange(len(partner)), partner],
        }
    )
    return table.sort_values("ratio", kind="stable").reset_index(drop=True)


def misfits(search: Search, found: Found) -> pd.DataFrame:
    """How each target is met: series, points, discrepancy, prior, fitted (median |error|), implausibility, rules_out.

    Errors are mean absolute errors of one world over the points of a series, on its scale, median over members; the
    share of members that a series rules out is `rules_out`, of the first design `prior_rules_out`. The worst first.
    """
    rows = []
    for place, series in enumerate(search.targets.series):
        truth = search.targets.observed[series.rows]
        before = np.abs(found.prior_values[:, series.rows] - truth)
        after = np.abs(found.values[:, :, series.rows].mean(axis=1) - truth)
        each = found.implausibility[:, place]
        rows.append(
            {
                "series": series.name,
                "points": len(series.rows),
                "scale": scale_of(search.targets.points.frame["unit"].iloc[series.rows[0]]),
                "discrepancy": search.plan.discrepancy(series.metric, series.key),
                "prior": _median_of_means(before),
                "fitted": _median_of_means(after),
                "implausibility": float(np.nanmedian(each)) if np.isfinite(each).any() else np.nan,
                "rules_out": float(np.mean(each > search.plan.settings.cut)),
                "prior_rules_out": float(np.mean(found.prior_implausibility[:, place] > search.plan.settings.cut)),
            }
        )
    return pd.DataFrame(rows).sort_values("implausibility", ascending=False, kind="stable").reset_index(drop=True)


def _median_of_means(errors: np.ndarray) -> float:
    known = np.isfinite(errors)
    rows = known.any(axis=1)
    if not rows.any():
        return float("nan")
    means = np.where(known, errors, 0.0)[rows].sum(axis=1) / known[rows].sum(axis=1)
    return float(np.median(means))


def centre(plan: Plan, found: Found) -> int:
    """Place, among the kept, of the member nearest to the median of scores, weighted by how well each is known.

    A real member, run and not ruled out: a set of medians of single parameters need not be plausible together.
    """
    scores = plan.scores(found.last.iloc[found.kept])
    away = (scores - np.median(scores, axis=0)) / np.maximum(scores.std(axis=0, ddof=1), 1e-9)
    return int(np.argmin((away**2).sum(axis=1)))


def make_ensemble(search: Search, found: Found) -> Ensemble:
    """The ensemble with how it was made."""
    plan = search.plan
    members = found.last.iloc[found.kept].reset_index(drop=True)
    table = identification(plan, found)
    content = hashlib.sha256(np.ascontiguousarray(members.to_numpy()).tobytes()).hexdigest()[:12]
    pairs = {f"{t.metric} {t.key}" for t in search.targets.series}
    provenance: dict[str, Any] = {
        "digest": content,
        "data_to": f"{search.data_to:%Y-%m-%d}",
        "plan": plan.digest,
        "model": model_digest(),
        "settings": plan.settings.model_dump(),
        "points": len(search.targets.points.frame),
        "series": len(search.targets.series),
        "not_ruled_out": int((ruled_out_by(plan, found.implausibility) <= plan.settings.allowed).sum()),
        "prior_not_ruled_out": int((ruled_out_by(plan, found.prior_implausibility) <= plan.settings.allowed).sum()),
        "centre": centre(plan, found),
        "discrepancy": {name: plan.discrepancy(*name.split(" ", 1)) for name in sorted(pairs)},
        "identification": _plain(table),
        "misfits": _plain(misfits(search, found)),
        "made_by": f"weightshift calibrate --data-to {search.data_to:%Y-%m-%d}",
    }
    return Ensemble(members, provenance)


def _plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON can hold them: six digits, None for what is not defined."""
    rows = table.to_dict("records")
    return [{str(key): _value(value) for key, value in row.items()} for row in rows]


def _value(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.6g}") if np.isfinite(value) else None
    return value


def default_folder(search: Search) -> Path:
    """Where runs of this search are kept: another plan, date or model is another search."""
    return Path("outputs") / f"calibration-{search.data_to:%Y-%m}-{search.plan.digest}-{model_digest()}"
