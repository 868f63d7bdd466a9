"""Reading `set` mappings of files into settings, layer upon layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sim.dated import Dated, month_of
from sim.errors import InputError
from sim.registry import Registry
from sim.registry_records import Parameter
from sim.scenario.layers import Layer, Setting, Term, overlay, replaces_all, written
from sim.scenario.model import FIRST_MONTH
from sim.yaml_file import Document, Path

if TYPE_CHECKING:
    from sim.policy.schema import Policy


class SettingsReader:
    """Lays written values over one another; whatever is wrong goes to `problems`."""

    def __init__(self, registry: Registry, problems: list[InputError]) -> None:
        self.registry = registry
        self.problems = problems

    def lay_policy(
        self, settings: dict[str, Setting], policy: Policy, raw_set: Any, source: Document, base: Path
    ) -> None:
        """Lay the `set` of the policy at `base` over `settings`.

        Scalars hold from its month of effect to the month before it expires; dated values as they are written. A policy
        that is never in force is checked and sets nothing.
        """
        if not isinstance(raw_set, dict):
            self.problems.append(source.error("should be a mapping of paths to values", (*base, "set")))
            return
        if raw_set and policy.trigger is not None:
            message = "a policy with a trigger cannot set parameters: they are read before the run, its dates are not"
            self.problems.append(source.error(message, (*base, "set")))
            return
        for path, raw in raw_set.items():
            first = FIRST_MONTH if policy.effective is None else month_of(policy.effective)
            end = None if policy.expires is None else month_of(policy.expires)
            if end is not None and end <= first:
                end = first + 1
            target = settings if policy.effective is not None else {}
            place = (*base, "set", path)
            self.lay(target, path, raw, source, place, f"policy {policy.id}", Term(first, end))

    def lay(
        self,
        settings: dict[str, Setting],
        path: str,
        raw: Any,
        document: Document,
        place: Path,
        layer: str,
        term: Term | None = None,
    ) -> None:
        """Lay one written value over `settings`, as a layer of the given name."""
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

    def inherited(
        self, document: Document, own: Mapping[str, Any], parents: list[tuple[str, dict[str, Setting]]]
    ) -> dict[str, Setting]:
        """Settings of all parents (id and settings) together; what they set differently must be in `own`."""
        settings: dict[str, Setting] = {}
        owner: dict[str, str] = {}
        start = FIRST_MONTH
        for parent, inherited in parents:
            for path, setting in inherited.items():
                known = settings.get(path)
                if known is not None and known.value.trimmed(start) != setting.value.trimmed(start):
                    if not _decided(own, path, start):
                        both = f"{owner[path]} ({known.winner.place}) and {parent} ({setting.winner.place})"
                        message = f"{both} set it differently; set it here"
                        self.problems.append(document.error(message, ("extends",), key=path))
                    continue
                settings[path] = setting
                owner[path] = parent
        return settings


def _decided(own: Mapping[str, Any], path: str, start: int) -> bool:
    try:
        return path in own and replaces_all(own[path], start)
    except ValueError:
        return True  # the date itself is reported where it stands


def _culprit(below: Dated, parameter: Parameter, raw: Any) -> Path:
    """Date of the first wrong entry of a mapping by month, so that the error can name its line."""
    for date, item in raw.items() if isinstance(raw, dict) else ():
        try:
            overlay(below, parameter, {date: item})
        except ValueError:
            return (date,)
    return ()
