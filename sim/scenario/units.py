"""Units of the model, and the conversion of text such as `0.40 CNY/kWh` into a parameter's unit."""

from __future__ import annotations

import functools
import re
from typing import Any

EXCHANGE_RATES = {
    "CNY": (0.14, "estimated", "7.1 CNY/USD, average 2023-25, rounded"),
    "EUR": (1.08, "estimated", "1.08 USD/EUR, average 2023-24, rounded"),
}
"""USD per unit of a currency, grade and source: fixed, so that a scenario means the same whenever it is run."""

DEFINITIONS = (
    "USD = [money] = usd = dollar",
    "CNY = {CNY} USD = cny = RMB = yuan",
    "EUR = {EUR} USD = eur = euro",
    "H100e = [compute] = h100e",
    "token = [token]",
    "ECI = [capability] = eci",
    "share = 1",
    "ratio = 1",
    "index = 1",
    "thousand = 1e3",
    "million = 1e6",
    "billion = 1e9",
    "trillion = 1e12",
    "chip = [chip]",
    "developer = [developer]",
    "firm = [firm]",
    "user = [user]",
    "model = [model]",
    "download = [download]",
    "derivative = [derivative]",
    "robot = [robot]",
    "wafer = [wafer]",
    "die = [die]",
    "stack = [stack]",
    "package = [package]",
    "TOPS = [operation_rate]",
    "TPP = [tpp]",
    "CO2 = 1",
)
_QUANTITY = re.compile(r"\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*([^\s\d].*?|1\s*/.*?)?\s*")
# what may be handed to the parser: an expression such as 9**9**9 would be worked out and never end
_UNIT = re.compile(r"(?:1|%|[A-Za-z][A-Za-z0-9_]*+|[*/() ]|(?:\*\*|\^)-?[1-9](?![\d*^]))++")


class UnitError(ValueError):
    """Text is not a quantity, or its unit does not fit."""


@functools.cache
def unit_registry() -> Any:
    """The pint registry with the model's units; a month is a twelfth of a year."""
    import pint

    registry: Any = pint.UnitRegistry(autoconvert_offset_to_baseunit=False)
    rates = {currency: rate for currency, (rate, *_) in EXCHANGE_RATES.items()}
    for definition in DEFINITIONS:
        registry.define(definition.format(**rates))
    return registry


@functools.cache
def parse_unit(text: str) -> Any:
    """A pint unit; `1` and `share` are dimensionless. Raises UnitError if it is not known."""
    if not text or len(text) > 60 or not _UNIT.fullmatch(text):
        raise UnitError(f"'{text}' is not a unit")
    try:
        return unit_registry().parse_units(text.replace("%", "percent"))
    except Exception:
        raise UnitError(f"'{text}' is not a unit") from None


@functools.cache
def factor(given: str, wanted: str) -> float:
    """What a number in unit `given` is multiplied by to be in unit `wanted`. Raises UnitError if they do not fit."""
    one, other = parse_unit(given), parse_unit(wanted)
    try:
        return float(unit_registry().Quantity(1, one).to(other).magnitude)
    except Exception:
        raise UnitError(f"unit {given} is not convertible to {wanted}") from None


def split_quantity(text: str) -> tuple[float, str]:
    """Number and unit of a text (unit empty if there is none). Raises UnitError if there is no number in front."""
    found = _QUANTITY.fullmatch(text) if len(text) <= 100 else None
    if found is None:
        raise UnitError(f"'{text[:40]}' is not a number, or a number with a unit")
    return float(found.group(1)), (found.group(2) or "").strip()


def convert(text: str, wanted: str) -> float:
    """Number of a quantity such as `0.40 CNY/kWh` in the unit `wanted`.

    Text without a unit is taken only where the wanted unit is dimensionless. Raises UnitError.
    """
    number, unit = split_quantity(text)
    if not unit:
        if parse_unit(wanted).dimensionless:
            return number
        raise UnitError(f"'{text}' has no unit; write it without quotes, or with a unit such as {wanted}")
    try:
        return number * factor(unit, wanted)
    except UnitError as error:
        raise UnitError(f"'{text}': {error}") from None
