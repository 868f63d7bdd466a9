"""Stored results of the evidence made up for tests: every kind of verdict occurs."""

from __future__ import annotations

import pathlib

import numpy as np
import pandas as pd

from sim.evidence.stored import note_step, write_json, write_table

PATTERNS = [f"P{number}" for number in range(1, 13)]


def series_rows() -> list[dict]:
    """Series that beat both naive forecasts, one, none, and one that has none to beat."""
    rows = []
    for number in range(24):
        drift = 0.4 if number % 6 else None
        trend = 0.2 if number % 6 else None
        score = (0.1, 0.1, 0.1, 0.1, 0.3, 0.9)[number % 6]
        rows.append(
            {"metric": f"metric_{number // 3}", "key": f"key_{number % 3}", "n": 4, "unit": "USD", "score": score,
             "score_drift": drift, "score_trend": trend, "score_mean_field": 0.2, "coverage90": 0.75, "crps": 0.07}
        )  # fmt: skip
    return rows


def write_all(folder: pathlib.Path) -> None:
    """Every file of the folder."""
    random = np.random.default_rng(5)
    for name in ("validation_2024", "validation_2025"):
        left = [{"metric": "moon_base", "key": "us", "reason": "the model has no such metric"}]
        write_json(folder, name, {"summary": {}, "series": series_rows(), "not_scored": left})
    rows = [
        {"id": name, "what": f"pattern {name}", "model": 0.7, "low": 0.6, "high": 0.8, "expected": "0.65 to 0.75",
         "source": "made up", "passed": name != "P4"}
        for name in PATTERNS
    ]  # fmt: skip
    for name in ("patterns", "events", "benchmarks"):
        write_table(folder, name, pd.DataFrame(rows))
    shown = pd.DataFrame(random.random((40, 12)) < 0.9, columns=PATTERNS)
    write_table(folder, "pattern_sets", shown.assign(set=range(40))[["set", *PATTERNS]])
    ratio = np.linspace(0.1, 1.0, 18)
    fits = pd.DataFrame({"parameter": [f"labs.made_up_{n}" for n in range(18)], "prior_low": 1.0, "prior_high": 9.0})
    write_table(folder, "calibration", fits.assign(low=5 - 4 * ratio, median=5.0, high=5 + 4 * ratio, sd_ratio=ratio))
    share = np.linspace(0.05, 0.95, 12)
    labels = [f"Headline measure {number}" for number in range(12)]
    parts = [pd.DataFrame({"label": labels, "year": year, "parameters": share, "chance": 1 - share})
             for year in (2025, 2030)]  # fmt: skip
    write_table(folder, "variance", pd.concat(parts))
    met = {"series": "tokens_per_day us", "points": 3, "prior": 0.5, "fitted": 0.4, "discrepancy": 0.2}
    write_table(folder, "targets", pd.DataFrame([{**met, "implausibility": 2.5, "rules_out": 0.2}]))
    write_table(
        folder, "inversion", pd.DataFrame({"parameter": ["labs.brand"], "solved_from": ["shares"], "value": [1.2]})
    )
    write_json(folder, "ensembles", {"2025": {"members": 200, "plan": "abc"}})
    for step in ("validation_2024", "patterns"):
        note_step(folder, {"step": step, "command": "weightshift validate", "seconds": 12, "source_sha256": "ab" * 32,
                           "made_on": "2026-01-01"})  # fmt: skip
