"""Reading a scenario file with all that it extends and names, and collecting every problem on the way."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from sim.dated import parse_month
from sim.errors import InputError
from sim.registry import Registry
from sim.scenario import files
from sim.scenario.dropping import left_settings, left_without_object, without_dropped
from sim.scenario.events import event_of_deal, validate_event
from sim.scenario.layers import Setting
from sim.scenario.model import FIRST_MONTH, check_horizon
from sim.scenario.problems import input_errors
from sim.scenario.schema import Horizon, ScenarioFile
from sim.scenario.settings import SettingsReader
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
    dropped: frozenset[str] = frozenset()
    """Policies that it or a scenario that it extends drops, and that it does not list itself."""


class Reader:
    """Reads files, remembers those that are extended twice, and collects every problem."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.problems: list[InputError] = []
        self.event_places: dict[str, tuple[str | None, int | None]] = {}
        self.policy_places: dict[str, tuple[Document, Path]] = {}
        self.policy_sets: list[tuple[Policy, str, Any, Document, Path]] = []
        self.settings = SettingsReader(registry, self.problems)
        self.done: dict[pathlib.Path, Resolved | None] = {}

    def read(self, file: pathlib.Path, chain: tuple[pathlib.Path, ...]) -> Resolved | None:
        """A file with everything it extends, or None if it has problems. `chain` holds the files that extend it."""
        real = file.resolve()
        if real not in self.done:
            document = read_yaml(file)
            self.done[real] = self._resolve(file, document, (*chain, real))
        return self.done[real]

    def read_document(self, file: pathlib.Path, document: Document) -> Resolved | None:
        """A text that would stand in `file`, with everything it extends. Raises InputError if it is no mapping."""
        if not isinstance(document.data, dict):
            raise InputError("not a mapping of keys to values", file=document.file, line=document.line(()))
        return self._resolve(file, document, (file.resolve(),))

    def policy_file(self, file: pathlib.Path) -> Policy | None:
        """The policy of a file that stands alone, checked."""
        try:
            document = read_yaml(file)
        except InputError as error:
            self.problems.append(error)
            return None
        policy, raw_set = self._policy(document, (), document.data)
        if policy is not None:
            self._check_name(policy, document, file)
            self.settings.lay_policy({}, policy, raw_set, document, ())
        return policy

    def _check_name(self, policy: Policy, document: Document, file: pathlib.Path) -> None:
        if policy.id != file.stem:
            message = f"'{policy.id}' differs from the file's name '{file.stem}'"
            self.problems.append(document.error(message, ("id",)))

    def _resolve(self, file: pathlib.Path, document: Document, chain: tuple[pathlib.Path, ...]) -> Resolved | None:
        before = len(self.problems)
        try:
            head = ScenarioFile.model_validate(document.data)
        except ValidationError as error:
            self.problems += input_errors(error, document, (), ScenarioFile, document.data)
            self._look_further(file, document, error, chain)
            return None
        parents = self._parents(file, document, head, chain)
        horizon = self._horizon(document, head, parents)
        baseline = head.baseline or self._common("baseline", document, {p.head.id: p.baseline for p in parents})
        own = self._own_policies(file, document, head)
        policies, dropped = self._policies(document, head, parents, [policy for policy, *_ in own])
        events = self._events(document, head, parents)
        settings = self.settings.inherited(document, head.set, [(p.head.id, p.settings) for p in parents])
        self.problems += left_settings(document, head.drop, settings, head.set)
        for policy, raw_set, source, base in own:
            self.settings.lay_policy(settings, policy, raw_set, source, base)
            for path, raw in raw_set.items() if isinstance(raw_set, dict) else ():
                self.policy_sets.append((policy, path, raw, source, (*base, "set", path)))
        for path, raw in head.set.items():
            self.settings.lay(settings, path, raw, document, ("set", path), f"set of {head.id}")
        if len(self.problems) > before:
            return None
        return Resolved(head, document.file, horizon, baseline, policies, events, settings, dropped)

    def _look_further(
        self, file: pathlib.Path, document: Document, error: ValidationError, chain: tuple[pathlib.Path, ...]
    ) -> None:
        """After an error of form, still report what is wrong in all other sections: one check shows everything."""
        wrong = {detail["loc"][0] for detail in error.errors() if detail["loc"]}
        needed = {"schema_version": 1, "id": "unnamed", "title": "unnamed"}
        try:
            head = ScenarioFile.model_validate(
                needed | {key: value for key, value in document.data.items() if key not in wrong}
            )
        except ValidationError:
            return
        self._parents(file, document, head, chain)
        scratch: dict[str, Setting] = {}
        for policy, raw_set, source, base in self._own_policies(file, document, head):
            self.settings.lay_policy(scratch, policy, raw_set, source, base)
        self._events(document, head, [])
        for path, raw in head.set.items():
            self.settings.lay(scratch, path, raw, document, ("set", path), "set")

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

    # policies and events

    def _policies(
        self, document: Document, head: ScenarioFile, parents: list[Resolved], own: list[Policy]
    ) -> tuple[dict[str, Policy], frozenset[str]]:
        """Policies of the scenario, and those that it or a parent drops and that it does not list itself."""
        listed = {policy.id: policy for policy in own}
        merged = self._merged("policies", document, [(parent.head.id, parent.policies) for parent in parents])
        before = frozenset().union(*(parent.dropped for parent in parents))
        merged = {name: policy for name, policy in merged.items() if name not in before}
        kept, problems = without_dropped(document, head.drop, merged, listed)
        self.problems += problems
        policies = {**kept, **listed}
        dropped = (before | frozenset(head.drop)) - frozenset(listed)
        if dropped:
            self.problems += left_without_object(document, dropped, policies)
        return policies, dropped

    def _own_policies(
        self, file: pathlib.Path, document: Document, head: ScenarioFile
    ) -> list[tuple[Policy, Any, Document, Path]]:
        """Policies that the file lists: each with its `set` as written, the document that holds it and where."""
        own: list[tuple[Policy, Any, Document, Path]] = []
        for index, item in enumerate(head.policies):
            source, data, found = document, item, None
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
                base, data = (), source.data
            policy, raw_set = self._policy(source, base, data)
            if policy is None:
                continue
            if found is not None:
                self._check_name(policy, source, found)
            if any(policy.id == other.id for other, *_ in own):
                self.problems.append(document.error(f"policy {policy.id} is listed twice", ("policies", index)))
            own.append((policy, raw_set, source, base))
        return own

    def _policy(self, source: Document, base: Path, data: Any) -> tuple[Policy | None, Any]:
        from sim.policy.schema import Policy

        plain = {key: value for key, value in data.items() if key != "set"}
        try:
            policy = Policy.model_validate(plain)
            self.policy_places[policy.id] = (source, base)
            return policy, data.get("set", {})
        except ValidationError as error:
            self.problems += input_errors(error, source, base, Policy, plain)
            return None, None

    def _events(self, document: Document, head: ScenarioFile, parents: list[Resolved]) -> dict[str, Event]:
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
            if isinstance(item, dict):
                here = document.error("", (*place, "fields", "path"))
                self.event_places[event.id] = (here.file, here.line)
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
