"""Frozen, strict base model and the small types that policies, events and instruments share."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

REGIONS = ("us", "cn", "eu", "gulf", "sea", "row")

Region = Literal["us", "cn", "eu", "gulf", "sea", "row"]
Share = Annotated[float, Field(ge=0, le=1)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=80)]
Grade = Literal["A", "B", "C", "D"]

_DATE = re.compile(r"^(\d{4})-(\d{2})(?:-(\d{2}))?$")


def parse_day(value: Any) -> Any:
    """Read `2025-04-09`, or `2025-04` as the first day of the month; leave anything else to pydantic's own error.

    YAML already gives dates; JSON and the command line give text. A date with a time of day is refused.
    """
    if isinstance(value, dt.datetime):
        raise ValueError("expected a day such as 2025-04-09, without a time")
    if not isinstance(value, str):
        return value
    found = _DATE.match(value.strip())
    if found is None:
        raise ValueError(f"expected a day such as 2025-04-09, not '{value}'")
    year, month, day = found.groups(default="1")
    return dt.date(int(year), int(month), int(day))


Day = Annotated[
    dt.date,
    BeforeValidator(parse_day),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}(-\d{2})?$", "examples": ["2025-04-09"]}),
]


class Frozen(BaseModel):
    """A record that cannot be changed, refuses unknown keys and does not coerce text into numbers."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        validate_default=True,
        use_attribute_docstrings=True,
    )


def listed(item: Any) -> Any:
    """Type of a tuple that may be written as a YAML list (strict mode alone would refuse the list)."""
    return Annotated[tuple[item, ...], Field(strict=False)]
