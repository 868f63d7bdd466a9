"""The two halves of the question, answered in plain sentences that are computed from a run."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from sim.report.longtable import LongTable, quantiles
from sim.report.wording import percent, with_range

SENTENCE_YEARS = (2025, 2030)


@dataclasses.dataclass(frozen=True)
class Share:
    """A share of a run at the end of a year, over replicates."""

    year: int
    median: float
    low: float
    high: float
    worlds: int

    @property
    def text(self) -> str:
        """`47 % (41–52)`; the range of 5-95 % only where there are several worlds that differ in it."""
        return with_range(percent(self.median), percent(self.low), percent(self.high))


def share_at(table: LongTable, metric: str, key: str, year: int) -> Share | None:
    """The share over the last quarter of a year, or None if the run did not measure it."""
    values = table.window(metric, key, pd.Timestamp(year, 12, 31), "quarter")
    values = values[np.isfinite(values)]
    if values.size == 0:
        return None
    low, middle, high = (float(value) for value in quantiles(values, (0.05, 0.5, 0.95)))
    return Share(year, middle, low, high, values.size)


def sentence_years(table: LongTable) -> list[int]:
    """2025 and 2030 where the run covers them, else its last full year."""
    covered = [date.year for date in table.dates if date.month == 12]
    found = [year for year in SENTENCE_YEARS if year in covered]
    return found or covered[-1:]


def _moved(shares: list[Share], subject: str) -> str:
    """`subject is 70 % at the end of 2025 and falls to 31 % by the end of 2030`."""
    first = shares[0]
    if len(shares) == 1:
        return f"{subject} is {first.text} at the end of {first.year}"
    last = shares[-1]
    change = last.median - first.median
    verb = "stays near" if abs(change) < 0.02 else ("rises to" if change > 0 else "falls to")
    return f"{subject} is {first.text} at the end of {first.year} and {verb} {last.text} by the end of {last.year}"


def _measured(table: LongTable, metric: str, key: str) -> list[Share]:
    found = [share_at(table, metric, key, year) for year in sentence_years(table)]
    return [share for share in found if share is not None]


def compute_half(table: LongTable) -> list[str]:
    """Half one: does the computing stay concentrated in one US vendor?"""
    sentences = []
    dependence = _measured(table, "us_designed_share_of_tokens", "cn_models")
    if dependence:
        subject = "the share of the tokens of Chinese models that is served on US-designed chips"
        sentences.append(_capital(_moved(dependence, subject)) + ".")
    nvidia = _measured(table, "new_compute_share", "nvidia")
    if nvidia:
        sentences.append(_capital(_moved(nvidia, "Nvidia’s share of the world’s new compute")) + ".")
    return sentences


def spread_half(table: LongTable) -> list[str]:
    """Half two: how far do Chinese open models spread, by tokens and by downloads?"""
    sentences = []
    downloads = _measured(table, "hub_download_share", "cn")
    if downloads:
        subject = "by downloads, the Chinese share of open models (cumulative)"
        sentences.append(_capital(_moved(downloads, subject)) + ".")
    of_open = _measured(table, "cn_share_of_open_tokens", "world")
    tokens = _measured(table, "token_share", "world/cn")
    if of_open:
        sentences.append(_capital(_moved(of_open, "by tokens, the Chinese share of open models")) + ".")
    elif tokens:
        subject = "by tokens, the Chinese share of all models, open and closed together,"
        sentences.append(_capital(_moved(tokens, subject)) + ".")
    open_tokens, open_spend = (
        _measured(table, "open_token_share", "api_all"),
        _measured(table, "open_spend_share", "api_all"),
    )
    if open_tokens and open_spend:
        a, b = open_tokens[-1], open_spend[-1]
        sentences.append(
            f"Open models of any origin have {a.text} of API tokens and {b.text} of API spend at the end of {a.year}."
        )
    return sentences


def answer_line(table: LongTable) -> str:
    """Both halves in one sentence for the head of a report; empty if one half was not measured."""
    dependence, downloads = (
        _measured(table, "us_designed_share_of_tokens", "cn_models"),
        _measured(table, "hub_download_share", "cn"),
    )
    if not dependence or not downloads:
        return ""
    last, spread = dependence[-1], downloads[-1]
    return (
        f"At the end of {last.year} in this run, {spread.text} of open-model downloads are Chinese, and "
        f"{last.text} of the tokens of Chinese models are served on US-designed chips."
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
