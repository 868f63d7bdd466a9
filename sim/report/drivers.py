"""What parts the worlds of one run: which measures at the end of 2025 go with the outcome at the end."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pandas as pd

from sim.measures.headlines import SUMMARY_HEADLINES, Headline
from sim.report import style
from sim.report.longtable import LongTable

LEAST_WORLDS = 12
"""Fewer worlds tell nothing about what goes together."""
CHANCE = 0.01
"""Probability that a table of pairs that have nothing to do with each other shows any of them."""
OUTCOMES = ("us_designed_share_of_tokens", "hub_download_share", "open_token_share")
SHOWN = 8


@dataclasses.dataclass(frozen=True)
class EarlySign:
    """A headline measure at the end of year `first` that goes with an outcome at the end of year `last`."""

    outcome: str
    sign: str
    correlation: float
    first: int
    last: int


def early_signs(table: LongTable) -> list[EarlySign]:
    """Pairs whose rank correlation over worlds chance does not explain (Bonferroni), strongest first; few worlds, none.

    Only runs that reach at least a December after the data edge have an outcome to look at.
    """
    first = style.DATA_EDGE
    last = max((date for date in table.dates if date.month == 12), default=first)
    if table.replicates < LEAST_WORLDS or last <= first:
        return []
    outcomes = [item for item in SUMMARY_HEADLINES if item.metric in OUTCOMES]
    pairs = list(itertools.product(outcomes, SUMMARY_HEADLINES))
    found = [(outcome, sign, *_correlation(table, outcome, last, sign, first)) for outcome, sign in pairs]
    rows = [
        EarlySign(outcome.label, sign.label, correlation, first.year, last.year)
        for outcome, sign, correlation, chance in found
        if np.isfinite(correlation) and chance * len(pairs) < CHANCE
    ]
    return sorted(rows, key=lambda row: -abs(row.correlation))[:SHOWN]


def _correlation(
    table: LongTable, outcome: Headline, last: pd.Timestamp, sign: Headline, first: pd.Timestamp
) -> tuple[float, float]:
    """Spearman's rank correlation and its p-value; NaN where a measure is missing or the same in all worlds."""
    from scipy.stats import spearmanr

    y = table.window(outcome.metric, outcome.key, last, outcome.window)
    x = table.window(sign.metric, sign.key, first, sign.window)
    if x.size == 0 or y.size == 0:
        return float("nan"), 1.0
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    if known.sum() < LEAST_WORLDS or np.ptp(x) == 0.0 or np.ptp(y) == 0.0:
        return float("nan"), 1.0
    result = spearmanr(x, y)
    return float(result.statistic), float(result.pvalue)
