"""Policies that a scenario takes from those it extends, without the ones that it drops.

Dropping is for another history: in this world the policy never was. Where a government ends its policy, the scenario
lists the act that supersedes it instead.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from sim.errors import InputError
from sim.scenario.layers import Setting
from sim.scenario.problems import nearest
from sim.yaml_file import Document

if TYPE_CHECKING:
    from sim.policy.schema import Policy


def without_dropped(
    document: Document, drop: Collection[str], inherited: Mapping[str, Policy], own: Collection[str]
) -> tuple[dict[str, Policy], list[InputError]]:
    """Inherited policies that are kept, and a problem for each entry of `drop` that makes no sense.

    `own`: ids of the policies that the file lists itself.
    """
    problems = []
    seen: set[str] = set()
    for index, name in enumerate(drop):
        place = ("drop", index)
        if name in seen:
            problems.append(document.error(f"policy {name} is dropped twice", place))
        elif name in own:
            problems.append(document.error(f"policy {name} is dropped and listed", place))
        elif name not in inherited:
            message = f"no policy '{name}' in the scenarios that it extends"
            problems.append(document.error(message, place, key="drop", hint=nearest(name, inherited)))
        seen.add(name)
    return {name: policy for name, policy in inherited.items() if name not in seen}, problems


def left_without_object(
    document: Document, dropped: Collection[str], policies: Mapping[str, Policy]
) -> list[InputError]:
    """A problem for each policy that treats licences under rules all of which are dropped, so that it does nothing."""
    problems = []
    for policy in policies.values():
        treated = (*getattr(policy.parameters, "reviews", ()), *getattr(policy.parameters, "applies_to", ()))
        if treated and not any(name in policies for name in treated) and any(name in dropped for name in treated):
            message = f"{policy.id} treats only what is dropped ({', '.join(treated)}): drop it too"
            problems.append(document.error(message, ("drop",), key="drop"))
    return problems


def left_settings(
    document: Document, drop: Collection[str], settings: Mapping[str, Setting], decided: Collection[str]
) -> list[InputError]:
    """A problem for each path that a dropped policy has set and that the file does not set itself."""
    layers = {f"policy {name}": name for name in drop}
    problems = []
    for path, setting in settings.items():
        by = [layers[layer.name] for layer in setting.layers if layer.name in layers]
        if by and path not in decided:
            problems.append(document.error(f"{by[-1]} is dropped and had set {path}; set it here", ("drop",), key=path))
    return problems
