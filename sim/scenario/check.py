"""All problems of files, ids and whole folders: what cannot be read, and what can be read but makes no sense.

A run refuses the first kind. The second kind is found here only, since a session may well take a rule away and leave
those that refer to it.
"""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sim.dated import month_of, month_text
from sim.errors import InputError
from sim.policy.conditions import ChipScope
from sim.policy.schema import Policy
from sim.registry import PARAMETERS
from sim.scenario import files
from sim.scenario.load import policy_of_file, read_policy, read_with_places
from sim.scenario.model import FIRST_MONTH, Scenario
from sim.scenario.problems import nearest
from sim.scenario.reader import Reader
from sim.yaml_file import Document, Path, read_yaml

OTHER_FOLDERS = ("schema",)
"""Folders below `scenarios` that hold nothing to check."""
Others = Callable[[str], list[InputError] | None]
"""Problems of a file that is neither a scenario nor a policy; None for a name that it does not know."""


@dataclasses.dataclass(frozen=True)
class Checked:
    """A name that was given, or a file of a folder that was given, and its problems in the order of files and lines."""

    name: str
    problems: tuple[InputError, ...]


def check_names(
    names: Iterable[str], parameters: pathlib.Path = PARAMETERS, others: Others = lambda name: None
) -> list[Checked]:
    """Check files, folders and ids of scenarios or policies. A folder without a YAML file is a problem.

    `others` is asked first: it checks kinds of files that this module does not know (studies, benchmarks).
    """
    return [found for name in names for found in _check_name(name, parameters, others)]


def _check_name(name: str, parameters: pathlib.Path, others: Others) -> Iterator[Checked]:
    folder = pathlib.Path(name)
    if name and _is_folder(folder):
        inside = [file for file in sorted(folder.rglob("*.yaml")) if not _elsewhere(file.relative_to(folder))]
        if not inside:
            yield Checked(name, (InputError("no scenario or policy in this folder", file=name),))
        for file in inside:
            yield _check_one(str(file), parameters, others)
    else:
        yield _check_one(name, parameters, others)


def _check_one(name: str, parameters: pathlib.Path, others: Others) -> Checked:
    found = others(name)
    return check_file(name, parameters) if found is None else Checked(name, tuple(found))


def _is_folder(path: pathlib.Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False  # a name that no file can have


def _elsewhere(file: pathlib.Path) -> bool:
    return any(part in OTHER_FOLDERS or part.startswith(".") for part in file.parts[:-1])


def check_file(name: str, parameters: pathlib.Path = PARAMETERS) -> Checked:
    """Check a file, or a scenario or policy by its id."""
    policy = _policy_file(name)
    if policy is not None:
        found = read_policy(policy, parameters) or _of_policy(policy, parameters)
    else:
        scenario, problems, reader = read_with_places(name, parameters)
        found = problems or ([] if scenario is None else list(_of_scenario(scenario, reader)))
    return Checked(name, tuple(sorted(found, key=lambda problem: (problem.file or "", problem.line or 0))))


def _policy_file(name: str) -> pathlib.Path | None:
    """File of a policy, given by its path or, where no scenario has this id, by its id."""
    if files.is_path(name):
        file = pathlib.Path(name)
        try:
            data = read_yaml(file).data
        except InputError:
            return file if file.parent.name == "policies" else None
        return file if _looks_like_policy(data) or file.parent.name == "policies" else None
    try:
        files.find(name, files.scenario_folders(None), pathlib.Path(), "scenario")
        return None
    except InputError:
        pass
    try:
        return files.find(name, files.policy_folders(pathlib.Path("scenarios")), pathlib.Path(), "policy")
    except InputError:
        return None


def _looks_like_policy(data: dict[str, Any]) -> bool:
    return "instrument" in data or ("schema_version" not in data and "announced" in data)


def _of_policy(file: pathlib.Path, parameters: pathlib.Path) -> list[InputError]:
    """What makes no sense in a policy that stands alone: names of policies, vendors and chips that nobody knows."""
    policy = policy_of_file(file, parameters)
    if policy is None:
        return []
    document = read_yaml(file)
    folders = files.policy_folders(file.parent.parent)
    return [*_references(policy, document, (), set(), folders), *_names(policy, document, ())]


def _of_scenario(scenario: Scenario, reader: Reader) -> Iterator[InputError]:
    known = {policy.id: policy for policy in scenario.policies}
    here = pathlib.Path(scenario.file or "").parent
    folders = files.policy_folders(here)
    yield from _baseline(scenario, here)
    for policy in scenario.policies:
        document, base = reader.policy_places[policy.id]
        yield from _references(policy, document, base, set(known), folders)
        yield from _names(policy, document, base)
        yield from _without_object(policy, document, base, set(known))
    yield from _circles(known, reader)
    yield from _overlaps(known, reader)
    yield from _deals(scenario, reader)


def _baseline(scenario: Scenario, here: pathlib.Path) -> Iterator[InputError]:
    document = read_yaml(pathlib.Path(scenario.file or ""))
    if "baseline" not in document.data:
        return  # said by a scenario that it extends, which has a check of its own
    try:
        files.find(str(scenario.baseline), [here, *files.scenario_folders(None)], here, "scenario")
    except InputError as error:
        yield document.error(error.message, ("baseline",), hint=error.hint)


def _references(
    policy: Policy, document: Document, base: Path, present: set[str], folders: list[pathlib.Path]
) -> Iterator[InputError]:
    """Names of other policies that are neither in the scenario nor in any file."""
    filed = {file.stem for folder in folders for file in folder.glob("*.yaml")}
    lists: dict[Path, tuple[str, ...]] = {("supersedes",): policy.supersedes}
    for name in ("reviews", "applies_to"):
        lists[("parameters", name)] = getattr(policy.parameters, name, ())
    for key, names in lists.items():
        for index, name in enumerate(names):
            if name not in present | filed:
                hint = nearest(name, present | filed)
                yield document.error(f"no policy '{name}'", (*base, *key, index), hint=hint)


def _names(policy: Policy, document: Document, base: Path) -> Iterator[InputError]:
    """Names of vendors and chips that are in no table."""
    from sim.policy.chips import chip_specs
    from sim.policy.timeline import VENDOR_ORDER

    chips = chip_specs()
    scope = getattr(policy.parameters, "scope", None)
    companies = getattr(policy.parameters, "companies", ())
    given: list[tuple[Path, tuple[str, ...], tuple[str, ...], str]] = []
    given.append((("parameters", "companies"), companies, VENDOR_ORDER, "vendor"))
    if isinstance(scope, ChipScope):
        given.append((("parameters", "scope", "vendors"), scope.vendors, VENDOR_ORDER, "vendor"))
        given.append((("parameters", "scope", "skus"), scope.skus, tuple(chips), "chip"))
    for place, names, known, what in given:
        for index, name in enumerate(names):
            if name not in known:
                yield document.error(f"no {what} '{name}'", (*base, *place, index), hint=nearest(name, known))


def _without_object(policy: Policy, document: Document, base: Path, present: set[str]) -> Iterator[InputError]:
    """A policy that treats licences under rules of which the scenario has none does nothing."""
    for key in ("reviews", "applies_to"):
        treated = getattr(policy.parameters, key, ())
        if treated and not present & set(treated):
            names = " or ".join(treated)
            yield document.error(f"{policy.id} treats only {names}, not in this scenario", (*base, "parameters", key))


def _circles(known: dict[str, Policy], reader: Reader) -> Iterator[InputError]:
    """Policies that supersede each other: each circle once, where its first policy stands."""
    told: set[frozenset[str]] = set()
    for name in known:
        chain = _circle(name, known)
        if chain and frozenset(chain) not in told:
            told.add(frozenset(chain))
            document, base = reader.policy_places[name]
            yield document.error(f"goes in a circle: {' -> '.join((*chain, name))}", (*base, "supersedes"))


def _circle(name: str, known: dict[str, Policy]) -> tuple[str, ...]:
    """Shortest chain of supersession from a policy back to itself; empty if there is none."""
    chains: list[tuple[str, ...]] = [(name,)]
    seen = {name}
    while chains:
        chain = chains.pop(0)
        for old in known[chain[-1]].supersedes:
            if old == name:
                return chain
            if old in known and old not in seen:
                seen.add(old)
                chains.append((*chain, old))
    return ()


def _overlaps(known: dict[str, Policy], reader: Reader) -> Iterator[InputError]:
    """Policies that set one parameter to different values in the same months: only one of them can hold."""
    sets = [item for item in reader.policy_sets if item[0].id in known and item[0].effective is not None]
    for index, (policy, path, raw, document, place) in enumerate(sets):
        for other, path_too, raw_too, source, place_too in sets[:index]:
            if path != path_too or raw == raw_too or policy.id == other.id or other.id in policy.supersedes:
                continue
            first, end = max(_term(policy)[0], _term(other)[0]), min(_term(policy)[1], _term(other)[1])
            if first < end:
                there = f"{source.file}:{source.line(place_too)}"
                message = f"policies {other.id} ({there}) and {policy.id} set it differently from {month_text(first)}"
                yield document.error(message, place, key=path)


def _term(policy: Policy) -> tuple[int, int]:
    """Months in which a policy sets parameters: the first, and the one after the last."""
    begin = FIRST_MONTH if policy.effective is None else month_of(policy.effective)
    end = 10**6 if policy.expires is None else max(begin + 1, month_of(policy.expires))
    return begin, end


def _deals(scenario: Scenario, reader: Reader) -> Iterator[InputError]:
    """Deals that the contract table refuses: unknown firms, sides that do not fit the kind."""
    from sim.markets.deals import contract_table

    for event in scenario.events:
        try:
            contract_table((event,), scenario.start_month)
        except InputError as error:
            file, line = reader.event_places.get(event.id, (scenario.file, None))
            yield InputError(error.message, file=file, line=line, key=event.id, hint=error.hint)
