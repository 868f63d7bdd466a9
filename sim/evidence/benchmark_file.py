"""Files of published numbers, `scenarios/benchmarks/*.yaml`: what is run, what is read, and what others found."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sim.dated import parse_month
from sim.errors import InputError
from sim.measures.keys import keys_of
from sim.measures.registry import METRICS
from sim.policy.schema import Policy
from sim.scenario import files
from sim.scenario.model import Scenario
from sim.scenario.problems import input_errors, nearest
from sim.yaml_file import Document, read_yaml

FOLDER = "benchmarks"
FACTS = ("route_chips_2024", "reallocation_saving")
"""Numbers of a world that no metric holds: see `sim.evidence.benchmark_facts`."""
CALCULATIONS = ("corners", "verdicts")
"""Tables of rows that code works out by itself: see `sim.evidence.benchmarks`."""
Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[tuple[Text, ...], Field(strict=False)]


class Strict(BaseModel):
    """Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


class Run(Strict):
    """A scenario that the file needs, and how it differs from the one named."""

    scenario: Text = "baseline"
    """Id of a scenario."""
    without: Texts = ()
    """Policies that are taken out."""
    policies: Annotated[tuple[dict[str, Any], ...], Field(strict=False)] = ()
    """Policies that are added, written out."""
    set: dict[str, Any] = {}
    """Parameters."""


class Quantity(Strict):
    """A number of each world: a metric, summed over keys, or a fact."""

    run: Text = "base"
    """Which of the runs."""
    metric: Text | None = None
    """Name of a metric."""
    keys: Texts = ()
    """Its series, summed."""
    at: str | int = "end"
    """A month (2025-12), a calendar year (2025), or end."""
    since: str | None = None
    """A month: the growth since then, of a stock."""
    fact: Literal["route_chips_2024", "reallocation_saving"] | None = None
    """A number that no metric holds, instead of a metric."""

    @model_validator(mode="after")
    def _one_source(self) -> Quantity:
        if (self.metric is None) == (self.fact is None):
            raise ValueError("give either 'metric' or 'fact'")
        if self.metric is not None and not self.keys:
            raise ValueError("a metric needs 'keys'")
        if self.since is not None and len(str(self.at)) == 4:
            raise ValueError("since goes with a month, not with a year")
        return self


class Row(Strict):
    """One published number: the median over worlds must lie between `low` and `high`."""

    id: Text
    """Short name, unique among all files."""
    what: Text
    """In words, with the unit."""
    of: Quantity
    """What is read."""
    over: Quantity | None = None
    """Divided by this, if given."""
    low: float | None = None
    """Least value that agrees; none if not given."""
    high: float | None = None
    """Largest value that agrees; none if not given."""
    spread: bool = False
    """Whether the standard deviation of the logarithm is meant, not the median."""
    published: Text
    """What the source says."""
    source: Text = ""
    """Its own source; that of the file if not given."""

    @model_validator(mode="after")
    def _a_range(self) -> Row:
        if self.low is None and self.high is None:
            raise ValueError("give 'low', 'high' or both")
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise ValueError(f"low, {self.low:g}, is not below high, {self.high:g}")
        return self


class BenchmarkFile(Strict):
    """Numbers of one source."""

    schema_version: Literal[1]
    """1."""
    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    """Name of the benchmark; the file is called so."""
    title: Text
    """A line for tables."""
    source: Text
    """Who published it; how sure that is."""
    tolerance: Text = "as each row says"
    """Why the ranges are as wide as they are."""
    until: str = "2025-12"
    """Last month of the runs."""
    runs: dict[Text, Run] = {"base": Run()}
    """What is simulated, by a name that rows use."""
    rows: Annotated[tuple[Row, ...], Field(strict=False)] = ()
    """The numbers."""
    calculation: Literal["corners", "verdicts"] | None = None
    """Instead of rows: a table that code works out without runs."""


@dataclasses.dataclass(frozen=True)
class Benchmark:
    """A file, checked, with its scenarios."""

    head: BenchmarkFile
    file: str
    scenarios: dict[str, Scenario]
    """By the name of the run."""


def benchmark_files() -> list[Path]:
    """The shipped files, by name."""
    return sorted((files.shipped_folder() / FOLDER).glob("*.yaml"))


def read_benchmark(file: Path) -> Benchmark:
    """A checked file. Raises InputError for the first problem, with file, line, key and the nearest valid name."""
    document = read_yaml(file)
    if not isinstance(document.data, dict):
        raise InputError("not a mapping of keys to values", file=document.file)
    try:
        head = BenchmarkFile.model_validate(document.data)
    except ValidationError as error:
        raise input_errors(error, document, (), BenchmarkFile, document.data)[0] from None
    if head.id != file.stem:
        raise document.error(f"the file is called {file.stem}", ("id",))
    if (head.calculation is None) == (not head.rows):
        raise document.error("needs either rows or a calculation", ("rows",))
    try:
        parse_month(head.until, day_allowed=False)
    except ValueError as error:
        raise document.error(str(error), ("until",)) from None
    for number, row in enumerate(head.rows):
        for field, quantity in (("of", row.of), ("over", row.over)):
            if quantity is not None:
                _check_quantity(document, head, quantity, ("rows", number, field))
    scenarios = {} if head.calculation else {name: _scenario(document, head, name) for name in head.runs}
    return Benchmark(head, document.file, scenarios)


def _check_quantity(document: Document, head: BenchmarkFile, asked: Quantity, place: tuple[str | int, ...]) -> None:
    if asked.run not in head.runs:
        raise document.error(f"no run '{asked.run}'", (*place, "run"), hint=nearest(asked.run, head.runs))
    if asked.metric is None:
        return
    from sim.measures import table  # noqa: F401  (metrics register when it is read)

    if asked.metric not in METRICS:
        hint = nearest(asked.metric, METRICS)
        raise document.error(f"no metric '{asked.metric}'", (*place, "metric"), hint=hint)
    known = keys_of(asked.metric)
    for key in asked.keys:
        if key not in known:
            raise document.error(f"{asked.metric} has no key '{key}'", (*place, "keys"), hint=nearest(key, known))
    for name, month in (("at", str(asked.at)), ("since", asked.since)):
        if month is None or month == "end" or (name == "at" and len(month) == 4 and month.isdigit()):
            continue
        try:
            parse_month(month, day_allowed=False)
        except ValueError as error:
            raise document.error(str(error), (*place, name)) from None


def _scenario(document: Document, head: BenchmarkFile, name: str) -> Scenario:
    from sim.evidence.event_cases import without_policies
    from sim.scenario.load import load_scenario

    run = head.runs[name]
    try:
        scenario = load_scenario(run.scenario).until(head.until)
        if run.without:
            scenario = without_policies(scenario, run.without)
        if run.set:
            scenario = scenario.with_overrides(run.set)
    except InputError as error:
        raise document.error(error.message, ("runs", name), hint=error.hint) from None
    added = []
    for number, policy in enumerate(run.policies):
        try:
            added.append(Policy.model_validate(policy))
        except ValidationError as error:
            raise input_errors(error, document, ("runs", name, "policies", number), Policy, policy)[0] from None
    return dataclasses.replace(scenario, policies=(*scenario.policies, *added)) if added else scenario
