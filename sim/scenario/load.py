"""Reading a scenario: the entry points.

Layers, weakest first: registry default, extended scenarios, policies in order, `set`, overrides (`--set`).
"""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sim.dated import parse_month
from sim.errors import InputError
from sim.registry import PARAMETERS, load_registry
from sim.scenario import files
from sim.scenario.model import Frozen, Scenario, effective_values
from sim.scenario.reader import Reader, Resolved
from sim.scenario.schema import Horizon
from sim.scenario.shocks import ShockError
from sim.yaml_file import parse_yaml, shown_path

if TYPE_CHECKING:
    from sim.policy.schema import Policy


def load_scenario(
    path_or_id: str | pathlib.Path,
    overrides: Mapping[str, Any] | None = None,
    *,
    layer: str = "override",
    parameters: pathlib.Path = PARAMETERS,
) -> Scenario:
    """Read a scenario by path or by id, with overrides as the strongest layer, called `layer` in explanations.

    Raises InputError for the first problem found.
    """
    scenario, problems = read_scenario(path_or_id, parameters)
    if scenario is None or problems:
        raise problems[0]
    return scenario.with_overrides(overrides, layer) if overrides else scenario


def read_scenario(
    path_or_id: str | pathlib.Path, parameters: pathlib.Path = PARAMETERS
) -> tuple[Scenario | None, list[InputError]]:
    """A scenario and every problem found in it; the scenario is None if it cannot be made at all."""
    scenario, problems, _ = read_with_places(path_or_id, parameters)
    return scenario, problems


def read_with_places(
    path_or_id: str | pathlib.Path, parameters: pathlib.Path = PARAMETERS
) -> tuple[Scenario | None, list[InputError], Reader]:
    """As `read_scenario`, with the reader, which knows where everything stands."""
    reader = Reader(load_registry(parameters))
    try:
        file = files.find(str(path_or_id), files.scenario_folders(None), pathlib.Path(), "scenario")
        resolved = reader.read(file, ())
    except InputError as error:
        return None, [*reader.problems, error], reader
    return *_made(reader, resolved, parameters), reader


def read_scenario_text(
    text: str, file: pathlib.Path, parameters: pathlib.Path = PARAMETERS
) -> tuple[Scenario | None, list[InputError]]:
    """A scenario of a text that would stand in `file`, which need not exist, and every problem found in it."""
    reader = Reader(load_registry(parameters))
    try:
        resolved = reader.read_document(file, parse_yaml(text, shown_path(file)))
    except InputError as error:
        return None, [*reader.problems, error]
    return _made(reader, resolved, parameters)


def _made(
    reader: Reader, resolved: Resolved | None, parameters: pathlib.Path
) -> tuple[Scenario | None, list[InputError]]:
    if reader.problems or resolved is None:
        return None, reader.problems
    head, horizon = resolved.head, resolved.horizon or Horizon()
    start, end = parse_month(horizon.start), parse_month(horizon.end)
    scenario = Scenario(
        id=head.id,
        title=head.title,
        question=head.question,
        status=head.status,
        authors=head.authors,
        baseline=resolved.baseline,
        start_month=start,
        end_month=end,
        policies=tuple(resolved.policies.values()),
        events=tuple(resolved.events.values()),
        values=effective_values(reader.registry, resolved.settings, start),
        notes=head.notes,
        references=head.references,
        settings=Frozen(resolved.settings),
        file=resolved.file,
        parameters_folder=parameters,
    )
    try:
        if any(event.kind == "parameter_shock" for event in scenario.events):
            scenario.parameter_table()
    except ShockError as error:
        place = reader.event_places.get(error.event, (resolved.file, None))
        return scenario, [InputError(error.message, file=place[0], line=place[1], key=error.key)]
    return scenario, []


def read_policy(file: pathlib.Path, parameters: pathlib.Path = PARAMETERS) -> list[InputError]:
    """Every problem found in a policy file that stands alone."""
    reader = Reader(load_registry(parameters))
    reader.policy_file(file)
    return reader.problems


def policy_of_file(file: pathlib.Path, parameters: pathlib.Path = PARAMETERS) -> Policy | None:
    """The policy of a file, without what it sets; None if the file has problems."""
    reader = Reader(load_registry(parameters))
    policy = reader.policy_file(file)
    return None if reader.problems else policy
