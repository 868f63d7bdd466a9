"""What a study file may say."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(min_length=1)]
Role = Literal["X", "L", "R"]
Method = Literal["full_factorial", "lhs", "sobol", "morris", "ensemble"]


class Strict(BaseModel):
    """Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


class Uncertainties(Strict):
    """Which parameters the design varies between their 5 and 95 % values."""

    role: Role | Annotated[tuple[Role, ...], Field(strict=False)] = ()
    """X exogenous uncertainties, L levers, R structural switches; all if not given."""
    top: int | None = Field(default=None, ge=1)
    """As many of them as matter most, by the shipped ranking."""
    include: tuple[Text, ...] = Field(default=(), strict=False)
    """Paths, or patterns such as `labs.*`; all if not given."""
    exclude: tuple[Text, ...] = Field(default=(), strict=False)
    """Paths or patterns that are left out."""


class Design(Strict):
    """How points are laid into the space of what is uncertain."""

    method: Method = "full_factorial"
    """full_factorial: every combination of n levels; lhs: Latin hypercube of n points; sobol: n x (parameters + 2)
    points; morris: n trajectories of (parameters + 1) points; ensemble: n parameter sets that the data leave open."""
    n: int | None = Field(default=None, ge=1, le=1_000_000)
    """Levels, points, base sample, trajectories or sets."""
    seed: int = Field(default=1, ge=0)
    """Seed of the design; worlds have their own."""


class Replicates(Strict):
    """Worlds in which every sample is simulated, the same for all."""

    count: int = Field(default=1, ge=1, le=100_000)
    """How many."""
    seed: int = Field(default=1, ge=0)
    """Seed of the first."""


class MeasureEntry(Strict):
    """One number of a run."""

    metric: Text
    """Name of a metric."""
    key: Text
    """Which of its series."""
    at: str | int = "end"
    """A month (2030-12), a calendar year (2030), or end."""
    goal: Text | None = None
    """`>= 0.3`, `<= 5`, or only the direction: high or low."""


class StudyFile(Strict):
    """A parameter sweep."""

    schema_version: Literal[1]
    """1."""
    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    """Name of the study; the file is called so."""
    title: Text
    """A line for lists and figures."""
    question: str = ""
    """What the study is to answer."""
    scenarios: tuple[Text, ...] = Field(min_length=1, strict=False)
    """Ids, or files relative to the study; the first is the reference for effects."""
    uncertainties: Uncertainties | None = None
    """What the design varies."""
    levers: dict[Text, Annotated[tuple[Any, ...], Field(strict=False)]] = Field(default_factory=dict)
    """Values of parameters that a policy maker could choose; every combination is simulated."""
    design: Design = Design()
    """How what is uncertain is varied."""
    replicates: Replicates = Replicates()
    """Worlds of each sample."""
    parameters: Text = "ensemble"
    """Where worlds draw what the design does not vary: ensemble, central, 2024, or a file."""
    set: dict[Text, Any] = Field(default_factory=dict)
    """Values in all scenarios, as with --set."""
    until: Text | None = None
    """Last month of all scenarios, YYYY-MM, if not their own."""
    measures: tuple[MeasureEntry, ...] = Field(min_length=1, strict=False)
    """What is kept of every run."""
    analysis: dict[Text, Any] = Field(default_factory=dict)
    """Options of the analyses, by their names: drivers, discover, regret, fan."""
