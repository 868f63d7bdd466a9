"""What a scenario file may say. The JSON Schemas that editors read are generated from these classes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from sim.dated import month_text, parse_month

STATUSES = ("on the books", "proposal", "stress", "illustrative")
Status = Literal["on the books", "proposal", "stress", "illustrative"]


def _month(value: Any) -> Any:
    return month_text(parse_month(value, day_allowed=False)) if isinstance(value, str) else value


Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+([.-][a-z0-9]+)*$", max_length=80)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
MonthText = Annotated[str, BeforeValidator(_month), Field(pattern=r"^\d{4}-\d{2}$")]


def listed(item: Any) -> Any:
    """Type of a tuple that a file writes as a list."""
    return Annotated[tuple[item, ...], Field(strict=False)]


class Strict(BaseModel):
    """Base: frozen, unknown keys refused, no conversion between types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


class Horizon(Strict):
    """First and last month that are simulated."""

    start: MonthText = "2023-01"
    """First month: 2023-01, the month of the initial state."""
    end: MonthText = "2030-12"
    """Last month, YYYY-MM."""


class ScenarioFile(Strict):
    """A scenario: what differs from the scenarios it extends and from the parameter registry."""

    schema_version: Literal[1]
    """Version of this format."""
    id: Slug
    """Short name, and the name of its result folder."""
    title: Name
    """One line for a table or a chart."""
    question: str = ""
    """What the run is to answer."""
    status: Status = "illustrative"
    """Whether the world it describes is law, proposed, a stress test or an illustration."""
    authors: listed(Name) = ()  # type: ignore[valid-type]
    """Who wrote it."""
    extends: listed(Name) = ()  # type: ignore[valid-type]
    """Scenarios that it starts from; if two of them set the same key differently, this one must set it."""
    horizon: Horizon | None = None
    """Months simulated; 2023-01 to 2030-12 if neither this file nor one it extends says otherwise."""
    baseline: Slug | None = None
    """Scenario that it is to be compared with."""
    policies: listed(Name | dict[str, Any]) = ()  # type: ignore[valid-type]
    """Names of files in policies/, or policies written out; later ones win."""
    drop: listed(Slug) = ()  # type: ignore[valid-type]
    """Policies of the extended scenarios that never were here; to end one on a day, list the act that supersedes it."""
    events: listed(Name | dict[str, Any]) = ()  # type: ignore[valid-type]
    """Ids of deals (sim/data/deals.csv), or events written out."""
    set: dict[str, Any] = {}
    """Parameter paths and their values: a number, text with a unit, an option, or any of these by month."""
    notes: str = ""
    """Anything a reader should know."""
    references: listed(Name) = ()  # type: ignore[valid-type]
    """Sources."""
