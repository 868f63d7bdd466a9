"""Numbers as a reader wants them in a sentence or on an axis."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def percent(share: float) -> str:
    """A share as a percentage: 0.034 as '3.4 %', 0.34 as '34 %'."""
    if not math.isfinite(share):
        return "n/a"
    value = 100 * share
    return f"{value:.1f} %" if 0 < abs(value) < 9.95 and round(value, 1) != round(value) else f"{value:.0f} %"


def amount(value: float) -> str:
    """A number with three significant digits and a word for its size: 18,300,000 as '18.3 million'."""
    if not math.isfinite(value):
        return "n/a"
    if value != 0 and abs(value) < 0.01:
        return f"{value:.1g}"
    for size, word in ((1e12, " trillion"), (1e9, " billion"), (1e6, " million")):
        if abs(value) >= 0.9995 * size:
            return f"{_three(value / size)}{word}"
    return _three(value)


def _three(value: float) -> str:
    if abs(value) >= 99.95:
        return f"{value:,.0f}"
    if abs(value) >= 9.995:
        return f"{value:.1f}".removesuffix(".0")
    return f"{value:.2f}"


def price(value: float) -> str:
    """A price in USD, with cents where they matter."""
    if not math.isfinite(value):
        return "n/a"
    if value >= 10:
        return f"${value:,.0f}"
    return f"${value:.2f}" if value >= 0.05 else f"${value:.2g}"


def short_amount(value: float) -> str:
    """As `amount`, for a table cell: 18,300,000 as '18.3 M'."""
    text = amount(value)
    for word, sign in ((" trillion", " T"), (" billion", " bn"), (" million", " M")):
        text = text.replace(word, sign)
    return text


def formatted(value: float, unit: str) -> str:
    """A value in the way that fits its unit, for a table cell."""
    if unit.startswith("share") or unit == "1/year":
        return percent(value)
    if unit == "month":
        return "n/a" if not math.isfinite(value) else f"{value:.1f}"
    if unit in ("1", "0-10,000"):
        return "n/a" if not math.isfinite(value) else f"{value:,.0f}"
    if unit.startswith(("USD/Mtoken", "USD/hour", "USD/H100-hour")):
        return price(value)
    return short_amount(value)


def with_range(middle: str, low: str, high: str) -> str:
    """`47 % (41–52)`: a sign or a word that the middle value carries is not repeated in its range."""
    if low == high:
        return middle
    number, _, word = middle.partition(" ")
    ends = [low, high]
    if word and all(text.endswith(f" {word}") for text in ends):
        ends = [text.removesuffix(f" {word}") for text in ends]
    if number.startswith("$"):
        ends = [text.removeprefix("$") for text in ends]
    return f"{middle} ({ends[0]}–{ends[1]})"


LEAST_DIFFERENCE = 1e-9
"""Below it a difference is rounding of floating-point numbers."""


def signed(text: str) -> str:
    """A number in words with its sign: a minus that is as wide as a plus, `0` without."""
    if text.strip("-0.,") == "":
        return text.removeprefix("-")
    if text.startswith("-"):
        return "\N{MINUS SIGN}" + text[1:]
    return f"+{text}" if text[:1].isdigit() else text


def difference_words(value: float, unit: str) -> str:
    """A difference in the way that fits its unit: `+3.2 points` for shares, `−18.3 bn` for amounts."""
    if not math.isfinite(value):
        return "n/a"
    if abs(value) < LEAST_DIFFERENCE:
        return "0"
    if unit.startswith("share") or unit == "1/year":
        points = 100 * value
        digits = 1 if abs(points) >= 0.095 else 2
        return signed(f"{points:.{digits}f}" if abs(points) < 99.5 else f"{points:.0f}") + " points"
    if unit in ("month", "ECI", "count"):
        return signed(f"{value:.1f}" if abs(value) >= 0.095 else f"{value:.2f}")
    if unit == "0-10,000":
        return signed(f"{value:,.0f}")
    if abs(value) < 0.01:
        return signed(f"{float(f'{value:.1g}'):.9f}".rstrip("0"))
    if 1000 <= abs(value) < 1e6:
        return signed(f"{float(f'{value:.3g}'):,.0f}")
    return signed(short_amount(value))


def price_tick(value: float, _position: int = 0) -> str:
    """Axis label of a price on a logarithmic axis."""
    if value >= 1000:
        return short_amount(value) if value >= 1e6 else f"{value:,.0f}"
    return f"{value:g}" if value >= 0.001 else f"{value:.0e}"


def drawn_text(manifest: Mapping[str, Any]) -> str:
    """How the parameters of worlds were come by."""
    drawn = manifest.get("ensemble")
    if not drawn:
        return "central parameters"
    return f"each world draws a parameter set that the data up to {drawn['data_to']} leave open"
