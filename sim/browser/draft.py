"""A scenario as a visitor edits it: what it is based on, and what was changed. Pure values; knows nothing of pages.

The text is made by `sim.scenario.sparse`, as files are, so what is exported is what was run.
"""

from __future__ import annotations

import base64
import binascii
import copy
import dataclasses
import json
import pathlib
import re
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from sim.errors import InputError
from sim.scenario import files
from sim.scenario.load import load_scenario, read_scenario_text
from sim.scenario.model import Scenario
from sim.scenario.sparse import sparse_yaml

if TYPE_CHECKING:
    from sim.policy.schema import Policy

MAX_UPLOAD = 200_000
"""Bytes of a file that a visitor may send."""
MAX_LINK = 30_000
"""Characters of the state in a link."""
MAX_CHANGES = 400
MAX_STATE = 400_000
"""Bytes of the state when it is unpacked: a small link must not unpack into a large one."""
LINK_VERSION = 1


@dataclasses.dataclass(frozen=True)
class Draft:
    """A shipped scenario (`base`, an id) or the text of an uploaded one, and the changes made to it.

    `values` maps parameter paths to raw values as `set` takes them; `off` names policies taken away; `policies` maps
    a policy to changed fields by path, such as `effective` or `parameters.strength`.
    """

    base: str = "baseline"
    text: str | None = None
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    off: tuple[str, ...] = ()
    policies: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)

    @property
    def changed(self) -> bool:
        """Whether it differs from what it is based on."""
        return bool(self.values or self.off or self.policies)

    def with_value(self, path: str, value: Any) -> Draft:
        """With a parameter set; None takes the change back."""
        values = {key: old for key, old in self.values.items() if key != path}
        if value is not None:
            values[path] = value
        return dataclasses.replace(self, values=values)

    def with_policy(self, name: str, on: bool) -> Draft:
        """With a policy switched on or off."""
        rest = tuple(other for other in self.off if other != name)
        return dataclasses.replace(self, off=rest if on else (*rest, name))

    def with_field(self, name: str, path: str, value: Any) -> Draft:
        """With a field of a policy changed."""
        policies = {key: dict(fields) for key, fields in self.policies.items()}
        policies.setdefault(name, {})[path] = value
        return dataclasses.replace(self, policies=policies)

    def without_fields(self, name: str) -> Draft:
        """With a policy as it was."""
        return dataclasses.replace(self, policies={key: item for key, item in self.policies.items() if key != name})

    def reset(self) -> Draft:
        """Without any change."""
        return dataclasses.replace(self, values={}, off=(), policies={})


def scenario_of(draft: Draft) -> Scenario:
    """The scenario as it would be simulated. Raises InputError as `weightshift check` reports it."""
    scenario = base_of(draft)
    policies, known = [], {policy.id for policy in scenario.policies}
    for name in (*draft.off, *draft.policies):
        if name not in known:
            raise InputError(f"{scenario.id} has no policy '{name[:80]}'", key="policies")
    for policy in scenario.policies:
        if policy.id in draft.off:
            continue
        policies.append(changed_policy(policy, draft.policies.get(policy.id, {})))
    if tuple(policies) != scenario.policies:
        scenario = dataclasses.replace(scenario, policies=tuple(policies))
    if draft.values:
        scenario = scenario.with_overrides(dict(draft.values), "set")
    if draft.changed:
        title = scenario.title if scenario.title.endswith(", changed") else f"{scenario.title}, changed"
        scenario = dataclasses.replace(scenario, id=export_id(scenario.id), title=title[:200])
    if scenario.values or scenario.events:
        scenario.parameter_table()
    return scenario


def export_id(name: str) -> str:
    """Id of a changed scenario: never that of the shipped one."""
    return name if name.endswith("-mine") else f"{name}-mine"[: files.LONGEST_NAME]


def base_of(draft: Draft) -> Scenario:
    """What the draft is based on. Raises InputError."""
    if draft.text is not None:
        scenario, problems = read_upload(draft.text.encode(), f"{draft.base}.yaml")
        if scenario is None:
            raise problems[0]
        return scenario
    if draft.base not in scenario_ids():
        raise InputError(f"no scenario {draft.base[:80]!r}")
    return load_scenario(draft.base)


def scenario_ids() -> list[str]:
    """Ids of the scenarios to choose from: shipped ones, and those of the working folder; the baseline first."""
    names = [file.stem for file in files.shipped_scenarios()]
    return sorted(names, key=lambda name: (name != "baseline", name))


def baseline_of(scenario: Scenario) -> Scenario:
    """The scenario to compare with, over the same months: the one that the file names, else the shipped baseline."""
    from sim.dated import month_text

    name = scenario.baseline if scenario.baseline in scenario_ids() else "baseline"
    baseline = load_scenario(str(name))
    return baseline if baseline.end_month == scenario.end_month else baseline.until(month_text(scenario.end_month))


def changed_policy(policy: Policy, fields: Mapping[str, Any]) -> Policy:
    """A policy with changed fields, checked anew. Raises InputError that names policy and field."""
    if not fields:
        return policy
    plain = copy.deepcopy(policy.model_dump(mode="json"))
    for path, value in fields.items():
        *above, last = path.split(".")
        inside: Any = plain
        for step in above:
            inside = inside.get(step) if isinstance(inside, dict) else None
        if not isinstance(inside, dict) or last not in inside:
            raise InputError("has no such field", key=f"{policy.id}.{path[:80]}")
        inside[last] = value
    try:
        return type(policy).model_validate(plain)
    except ValidationError as error:
        detail = error.errors()[0]
        where = ".".join(map(str, detail["loc"]))
        message = detail["msg"].removeprefix("Value error, ")
        raise InputError(message, key=f"{policy.id}.{where}" if where else policy.id) from None


def read_upload(raw: bytes, name: str) -> tuple[Scenario | None, list[InputError]]:
    """A scenario of a file that a visitor sent, and every problem in it, in the words of `weightshift check`.

    It may extend shipped scenarios by id, and never reads another file by a path.
    """
    shown = pathlib.PurePath(name.replace("\\", "/")).name[:80] or "upload.yaml"
    if len(raw) > MAX_UPLOAD:
        size = f"a file of {len(raw) / 1e6:.1f} MB, larger than the {MAX_UPLOAD / 1e6:.1f} MB allowed"
        return None, [InputError(size, file=shown)]
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return None, [InputError("not UTF-8 text", file=shown, line=raw[: error.start].count(b"\n") + 1)]
    if not text.strip():
        return None, [InputError("empty file", file=shown)]
    outside = [problem for problem in _paths_in(text, shown)]
    if outside:
        return None, outside
    place = files.shipped_folder() / shown
    scenario, problems = read_scenario_text(text, place)
    from sim.yaml_file import shown_path

    long = shown_path(place)
    told = [
        InputError(p.message, file=shown if p.file == long else p.file, line=p.line, key=p.key, hint=p.hint)
        for p in problems
    ]
    return (None if told else scenario), told


def _paths_in(text: str, name: str) -> list[InputError]:
    """Paths where ids belong: a visitor must not make the server read files."""
    from sim.yaml_file import parse_yaml

    try:
        document = parse_yaml(text, name)
    except InputError as error:
        return [error]
    if not isinstance(document.data, dict):
        return [document.error("not a mapping of keys to values")]
    found = []
    for key in ("extends", "policies", "events"):
        items = document.data.get(key)
        for index, item in enumerate(items if isinstance(items, list) else [items]):
            if isinstance(item, str) and files.is_path(item):
                found.append(document.error("a path is not allowed in the browser; give an id", (key, index)))
    return found


def yaml_of(draft: Draft) -> str:
    """The exact scenario as a file: comments of an uploaded file are kept. Raises InputError.

    A shipped scenario that was changed extends it and says only what differs.
    """
    scenario = scenario_of(draft)
    place = files.shipped_folder() / f"{scenario.id}.yaml"
    if draft.text is not None:
        return draft.text if not draft.changed else sparse_yaml(scenario, place, original=draft.text)
    if not draft.changed:
        return (files.shipped_folder() / f"{draft.base}.yaml").read_text(encoding="utf-8")
    return sparse_yaml(scenario, place, extends=draft.base)


def encode(draft: Draft) -> str:
    """The state as letters for a link. Raises InputError if it is too long for one."""
    state: dict[str, Any] = {"v": LINK_VERSION, "base": draft.base}
    for key in ("text", "values", "off", "policies"):
        value = getattr(draft, key)
        if value:
            state[key] = list(value) if isinstance(value, tuple) else value
    packed = zlib.compress(json.dumps(state, separators=(",", ":"), sort_keys=True).encode(), 9)
    text = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    if len(text) > MAX_LINK:
        raise InputError("too much was changed for a link; save the scenario as a file instead")
    return text


def decode(text: str) -> Draft:
    """The state of a link, checked as an upload is. Raises InputError."""
    wrong = InputError("this link is damaged; nothing was loaded")
    if len(text) > MAX_LINK or not re.fullmatch(r"[A-Za-z0-9_-]+", text):
        raise wrong
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        unpacker = zlib.decompressobj()
        raw = unpacker.decompress(packed, MAX_STATE)
        if unpacker.unconsumed_tail or not unpacker.eof:
            raise wrong
        state = json.loads(raw)
    except (binascii.Error, zlib.error, ValueError, RecursionError):
        raise wrong from None
    draft = _draft(state)
    if draft is None:
        raise wrong
    scenario_of(draft)
    return draft


def _draft(state: Any) -> Draft | None:
    if not isinstance(state, dict) or state.get("v") != LINK_VERSION or set(state) - {
        "v", "base", "text", "values", "off", "policies",
    }:  # fmt: skip
        return None
    base, text = state.get("base"), state.get("text")
    values, off, policies = state.get("values", {}), state.get("off", []), state.get("policies", {})
    if not (isinstance(base, str) and (text is None or isinstance(text, str)) and isinstance(off, list)):
        return None
    if not (isinstance(values, dict) and isinstance(policies, dict) and all(isinstance(name, str) for name in off)):
        return None
    if not all(isinstance(fields, dict) for fields in policies.values()):
        return None
    if len(values) + len(off) + len(policies) > MAX_CHANGES:
        return None
    return Draft(base, text, values, tuple(off), policies)
