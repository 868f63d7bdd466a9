"""Reading a scenario: its file, what it extends, its policies and events, its settings, layer by layer.

Weakest first: registry default, extended scenarios, policies in order, `set`, overrides (`--set`).
"""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from sim.dated import Dated, month_of, parse_month
from sim.errors import InputError
from sim.registry import PARAMETERS, Registry, load_registry
from sim.registry_records import Parameter
from sim.scenario import files
from sim.scenario.layers import Layer, Setting, Term, overlay, replaces_all, written
from sim.scenario.model import FIRST_MONTH, Frozen, Scenario, check_horizon, effective_values
from sim.scenario.problems import input_errors
from sim.scenario.schema import Horizon, ScenarioFile
from sim.yaml_file import Document, Path, read_yaml

if TYPE_CHECKING:
    from sim.policy.schema import Event, Policy

MAX_CHAIN = 30


@dataclasses.dataclass(frozen=True)
class Resolved:
    """A scenario file with everything it extends, before overrides."""

    head: ScenarioFile
    file: str
    horizon: Horizon | None
    baseline: str | None
    policies: dict[str, Policy]
    events: dict[str, Event]
    settings: dict[str, Setting]


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
    loader = Loader(load_registry(parameters))
    try:
        file = files.find(str(path_or_id), files.scenario_folders(None), pathlib.Path(), "scenario")
        resolved = loader.read(file, ())
    except InputError as error:
        return None, [*loader.problems, error]
    if loader.problems or resolved is None:
        return None, loader.problems
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
        values=effective_values(loader.registry, resolved.settings, start),
        notes=head.notes,
        references=head.references,
        settings=Frozen(resolved.settings),
        file=resolved.file,
        parameters_folder=parameters,
    )
    return scenario, []


class Loader:
    """Reads files, remembers those that are extended twice, and collects every problem."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.problems: list[InputError] = []
        self.done: dict[pathlib.Path, Resolved | None] = {}

    def read(self, file: pathlib.Path, chain: tuple[pathlib.Path, ...]) -> Resolved | None:
        """A file with everything it extends, or None if it has problems. `chain` holds the files that extend it."""
        real = file.resolve()
        if real not in self.done:
            document = read_yaml(file)
            self.done[real] = self._resolve(file, document, (*chain, real))
        return self.done[real]

    def _resolve(self, file: pathlib.Path, document: Document, chain: tuple[pathlib.Path, ...]) -> Resolved | None:
        before = len(self.problems)
        try:
            head = ScenarioFile.model_validate(document.data)
        except ValidationError as error:
            self.problems += input_errors(error, document, (), ScenarioFile, document.data)
            self._look_further(document)
            return None
        parents = self._parents(file, document, head, chain)
        horizon = self._horizon(document, head, parents)
        baseline = head.baseline or self._common("baseline", document, {p.head.id: p.baseline for p in parents})
        policies, own = self._policies(file, document, head, parents)
        events = self._events(document, head, parents)
        settings = self._inherited(document, head, parents)
        for index, policy, raw_set, source, base in own:
            self._apply_policy(settings, policy, raw_set, source, base, f"policy {policy.id}", index)
        for path, raw in head.set.items():
            self._apply(settings, path, raw, document, ("set", path), f"set of {head.id}", None)
        if len(self.problems) > before:
            return None
        return Resolved(head, document.file, horizon, baseline, policies, events, settings)

    def _look_further(self, document: Document) -> None:
        """After an error of form, still report what is wrong in `set`, so that one check shows all."""
        settings = document.data.get("set")
        if isinstance(settings, dict):
            scratch: dict[str, Setting] = {}
            reported = {(problem.line, problem.file) for problem in self.problems}
            for path, raw in settings.items():
                if (document.line(("set", path)), document.file) not in reported:
                    self._apply(scratch, path, raw, document, ("set", path), "set", None)

    # extends

    def _parents(
        self, file: pathlib.Path, document: Document, head: ScenarioFile, chain: tuple[pathlib.Path, ...]
    ) -> list[Resolved]:
        found = []
        for index, name in enumerate(head.extends):
            place = ("extends", index)
            try:
                parent = files.find(name, files.scenario_folders(file.parent), file.parent, "scenario")
            except InputError as error:
                self.problems.append(document.error(error.message, place, key="extends", hint=error.hint))
                continue
            real = parent.resolve()
            if real in chain:
                loop = [part.stem for part in chain[chain.index(real) :]] + [parent.stem]
                self.problems.append(document.error(f"goes in a circle: {' -> '.join(loop)}", place, key="extends"))
            elif len(chain) > MAX_CHAIN:
                self.problems.append(document.error(f"more than {MAX_CHAIN} scenarios deep", place, key="extends"))
            else:
                try:
                    resolved = self.read(parent, chain)
                except InputError as error:
                    self.problems.append(error)
                    continue
                if resolved is not None:
                    found.append(resolved)
        return found

    def _common(self, key: str, document: Document, given: Mapping[str, Any]) -> Any:
        """What all parents that say something agree on; a problem if they differ."""
        said = {name: value for name, value in given.items() if value is not None}
        if len(set(map(str, said.values()))) > 1:
            names = " and ".join(said)
            self.problems.append(document.error(f"{names} differ; set it here", ("extends",), key=key))
        return next(iter(said.values()), None)

    def _horizon(self, document: Document, head: ScenarioFile, parents: list[Resolved]) -> Horizon | None:
        if head.horizon is None:
            return self._common("horizon", document, {parent.head.id: parent.horizon for parent in parents})
        given = document.data["horizon"]
        start = parse_month(head.horizon.start)
        try:
            check_horizon(start, parse_month(head.horizon.end))
        except InputError as error:
            key = "start" if "start" in given and start != FIRST_MONTH else "end"
            self.problems.append(document.error(error.message, ("horizon", key)))
        return head.horizon

    def _inherited(self, document: Document, head: ScenarioFile, parents: list[Resolved]) -> dict[str, Setting]:
        settings: dict[str, Setting] = {}
        owner: dict[str, str] = {}
        start = FIRST_MONTH
        for parent in parents:
            for path, setting in parent.settings.items():
                known = settings.get(path)
                if known is not None and known.value.trimmed(start) != setting.value.trimmed(start):
                    if not self._decided(head, path, start):
                        both = f"{owner[path]} ({known.winner.place}) and {parent.head.id} ({setting.winner.place})"
                        message = f"{both} set it differently; set it here"
                        self.problems.append(document.error(message, ("extends",), key=path))
                    continue
                settings[path] = setting
                owner[path] = parent.head.id
        return settings

    @staticmethod
    def _decided(head: ScenarioFile, path: str, start: int) -> bool:
        try:
            return path in head.set and replaces_all(head.set[path], start)
        except ValueError:
            return True  # the date itself is reported where it stands

    # policies and events

    def _policies(
        self, file: pathlib.Path, document: Document, head: ScenarioFile, parents: list[Resolved]
    ) -> tuple[dict[str, Policy], list[tuple[int, Policy, Any, Document, Path]]]:
        policies = self._merged("policies", document, [(parent.head.id, parent.policies) for parent in parents])
        own: list[tuple[int, Policy, Any, Document, Path]] = []
        for index, item in enumerate(head.policies):
            source, data, stem = document, item, None
            base: Path = ("policies", index)
            if isinstance(item, str):
                try:
                    found = files.find(item, files.policy_folders(file.parent), file.parent, "policy")
                except InputError as error:
                    self.problems.append(document.error(error.message, base, key="policies", hint=error.hint))
                    continue
                try:
                    source = read_yaml(found)
                except InputError as error:
                    self.problems.append(error)
                    continue
                base, data, stem = (), source.data, found.stem
            policy, raw_set = self._policy(source, base, data)
            if policy is None:
                continue
            if stem is not None and policy.id != stem:
                self.problems.append(source.error(f"'{policy.id}' differs from the file's name '{stem}'", ("id",)))
            if any(policy.id == other.id for _, other, *_ in own):
                self.problems.append(document.error(f"policy {policy.id} is listed twice", ("policies", index)))
            policies[policy.id] = policy
            own.append((index, policy, raw_set, source, base))
        return policies, own

    def _policy(self, source: Document, base: Path, data: Any) -> tuple[Policy | None, Any]:
        from sim.policy.schema import Policy

        plain = {key: value for key, value in data.items() if key != "set"}
        try:
            return Policy.model_validate(plain), data.get("set", {})
        except ValidationError as error:
            self.problems += input_errors(error, source, base, Policy, plain)
            return None, None

    def _events(self, document: Document, head: ScenarioFile, parents: list[Resolved]) -> dict[str, Event]:
        from sim.scenario.events import event_of_deal, validate_event

        events = self._merged("events", document, [(parent.head.id, parent.events) for parent in parents])
        seen: set[str] = set()
        for index, item in enumerate(head.events):
            place = ("events", index)
            try:
                event = event_of_deal(item) if isinstance(item, str) else validate_event(item)
            except InputError as error:
                self.problems.append(document.error(error.message, place, key="events", hint=error.hint))
                continue
            except ValidationError as error:
                from sim.policy.schema import Event

                self.problems += input_errors(error, document, place, Event, item)
                continue
            path = getattr(event.fields, "path", None)
            if path is not None and path not in self.registry:
                hint = self.registry.nearest(path)
                self.problems.append(
                    document.error("unknown parameter", (*place, "fields", "path"), key=path, hint=hint)
                )
            if event.id in seen:
                self.problems.append(document.error(f"event {event.id} is listed twice", place))
            seen.add(event.id)
            events[event.id] = event
        return events

    def _merged(self, what: str, document: Document, given: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        owner: dict[str, str] = {}
        for parent, items in given:
            for name, item in items.items():
                if name in merged and merged[name] != item:
                    message = f"{owner[name]} and {parent} have different versions of {name}"
                    self.problems.append(document.error(message, ("extends",), key=what))
                merged[name] = item
                owner.setdefault(name, parent)
        return merged

    # settings

    def _apply_policy(
        self, settings: dict[str, Setting], policy: Policy, raw_set: Any, source: Document, base: Path,
        layer: str, index: int,
    ) -> None:  # fmt: skip
        """Settings of a policy hold from its month of effect to the month before it expires."""
        if not isinstance(raw_set, dict):
            self.problems.append(source.error("should be a mapping of paths to values", (*base, "set")))
            return
        for path, raw in raw_set.items():
            first = FIRST_MONTH if policy.effective is None else month_of(policy.effective)
            end = None if policy.expires is None else month_of(policy.expires)
            if end is not None and end <= first:
                end = first + 1
            target = settings if policy.effective is not None else {}
            self._apply(target, path, raw, source, (*base, "set", path), layer, Term(first, end))

    def _apply(
        self, settings: dict[str, Setting], path: str, raw: Any, document: Document, place: Path, layer: str,
        term: Term | None,
    ) -> None:  # fmt: skip
        if path not in self.registry:
            hint = self.registry.nearest(path)
            self.problems.append(document.error("unknown parameter", place, key=path, hint=hint))
            return
        parameter = self.registry[path]
        known = settings.get(path)
        below: Dated = parameter.default if known is None else known.value
        try:
            value = overlay(below, parameter, raw, term)
        except ValueError as error:
            self.problems.append(document.error(str(error), (*place, *_culprit(below, parameter, raw)), key=path))
            return
        mark = Layer(layer, document.file, document.line(place), written(raw))
        settings[path] = Setting(path, value, (*(known.layers if known else ()), mark))


def _culprit(below: Dated, parameter: Parameter, raw: Any) -> Path:
    """Date of the first wrong entry of a mapping by month, so that the error can name its line."""
    for date, item in raw.items() if isinstance(raw, dict) else ():
        try:
            overlay(below, parameter, {date: item})
        except ValueError:
            return (date,)
    return ()
