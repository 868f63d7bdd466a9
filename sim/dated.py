"""A number that may change from month to month, written as knots (month, value).

A month is an integer, 12 x year + month - 1, so that differences are months. Months before the first knot take the
first value and months after the last knot the last value; between knots the value is held (step) or drawn as a line.
"""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import re
from collections.abc import Iterable

import numpy as np

ALWAYS = 0  # the month of a single knot that holds at all times
_MONTH = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")

Knots = tuple[tuple[int, float], ...]


def parse_month(text: str, day_allowed: bool = True) -> int:
    """Month number of `2026-01`, or of the month that holds the day `2026-01-15` if days are allowed.

    Raises ValueError for anything else, and for years outside 1900 to 2200.
    """
    found = _MONTH.fullmatch(text.strip())
    expected = "YYYY-MM or YYYY-MM-DD" if day_allowed else "YYYY-MM"
    if found is None or (found.group(3) and not day_allowed):
        raise ValueError(f"'{text}' is not a month, expected {expected}")
    try:
        day = datetime.date(int(found.group(1)), int(found.group(2)), int(found.group(3) or 1))
    except ValueError:
        raise ValueError(f"'{text}' is not a month, expected {expected}") from None
    if not 1900 <= day.year <= 2200:
        raise ValueError(f"'{text}' is outside the years 1900 to 2200")
    return month_of(day)


def month_of(day: datetime.date) -> int:
    """Month number of a day."""
    return 12 * day.year + day.month - 1


def month_text(month: int) -> str:
    """`2026-01` for a month number."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def month_start(month: int) -> datetime.date:
    """First day of a month."""
    return datetime.date(month // 12, month % 12 + 1, 1)


@dataclasses.dataclass(frozen=True, slots=True)
class Dated:
    """Knots in rising order of months, at least one, and how they are read in between."""

    knots: Knots
    linear: bool = False

    @classmethod
    def constant(cls, value: float, linear: bool = False) -> Dated:
        """The same value in every month."""
        return cls(((ALWAYS, float(value)),), linear)

    @property
    def is_constant(self) -> bool:
        """Whether it has the same value in every month."""
        return len({value for _, value in self.knots}) == 1

    def monthly(self, start: int, months: int) -> np.ndarray:
        """Values of `months` months from month `start` on, shape (months,), f8."""
        when = np.array([month for month, _ in self.knots], dtype=np.int64)
        value = np.array([value for _, value in self.knots], dtype=np.float64)
        asked = np.arange(start, start + months)
        if self.linear:
            return np.interp(asked, when, value)
        return value[np.maximum(np.searchsorted(when, asked, side="right") - 1, 0)]

    def at(self, month: int) -> float:
        """Value in one month."""
        return float(self.monthly(month, 1)[0])

    def before(self, month: int) -> Knots:
        """Knots that give the same values, to the last bit, in all months before `month`, whatever follows from it on.

        A line cut short needs a knot at its last month; where rounding would then move it, one for every month.
        """
        kept = tuple(knot for knot in self.knots if knot[0] < month) or ((ALWAYS, self.at(month - 1)),)
        first, last = kept[-1][0], month - 1
        if not self.linear or first >= last:
            return kept
        if first < self.knots[0][0] or first >= self.knots[-1][0]:
            return (*kept, (last, self.at(last)))
        exact = self.monthly(first, last - first + 1)
        short = Dated((kept[-1], (last, float(exact[-1]))), linear=True).monthly(first, len(exact))
        if (short == exact).all():
            return (*kept, (last, float(exact[-1])))
        return kept + tuple((first + step, float(exact[step])) for step in range(1, len(exact)))

    def overlaid(self, knots: Iterable[tuple[int, float]]) -> Dated:
        """This path with the given knots from the first of them on, and unchanged before."""
        new = tuple(knots)
        return dataclasses.replace(self, knots=self.before(new[0][0]) + new)

    def windowed(self, first: int, end: int | None, value: float) -> Dated:
        """This path with one value from month `first` to the month before `end` (for ever if None)."""
        if end is None:
            return self.overlaid(((first, value),))
        inside = ((first, value), (end - 1, value)) if self.linear and end - 1 > first else ((first, value),)
        after = tuple(knot for knot in self.knots if knot[0] > end)
        return dataclasses.replace(self, knots=(*self.before(first), *inside, (end, self.at(end)), *after))

    def trimmed(self, start: int) -> Dated:
        """The shortest knots that give the same values from month `start` on, so that equal paths compare equal."""
        past = [index for index, (month, _) in enumerate(self.knots) if month <= start]
        knots = self.knots[past[-1] :] if past else ((start, self.knots[0][1]), *self.knots)
        if knots[0][0] == ALWAYS:
            knots = ((start, knots[0][1]), *knots[1:])
        if not self.linear:
            knots = knots[:1] + tuple(b for a, b in itertools.pairwise(knots) if a[1] != b[1])
        trimmed = dataclasses.replace(self, knots=knots)
        return Dated.constant(knots[0][1], self.linear) if trimmed.is_constant else trimmed
