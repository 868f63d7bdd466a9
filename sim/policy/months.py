"""Months of a run, as policies and roadmaps count them."""

from __future__ import annotations

import datetime as dt

from sim.dated import month_start

FAR = 10_000
"""A month that never comes."""


def month_index(text: str | None, start: int, default: int) -> int:
    """Months from the start of the run to a month written `YYYY-MM`."""
    if not text:
        return default
    year, month = int(text[:4]), int(text[5:7])
    return year * 12 + month - 1 - start


def last_day(month: int) -> dt.date:
    """Last day of a month counted from year 0."""
    return month_start(month + 1) - dt.timedelta(days=1)
