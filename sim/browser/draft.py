"""A scenario as a visitor edits it. Knows nothing of pages: what it means, its file, and a link that carries it."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sim.errors import InputError
from sim.policy.schema import Policy
from sim.scenario import files
from sim.scenario.load import load_scenario, policy_of_file, read_scenario_text
from sim.scenario.model import Scenario
from sim.scenario.sparse import sparse_yaml

LARGEST_UPLOAD = 1_000_000
"""Bytes of a scenario file that is taken."""
LARGEST_LINK = 8_000
"""Characters of the part of a link that carries a draft."""
LARGEST_CONTENT = 200_000
"""Bytes of what a link may hold when it is unpacked."""
LAYER = "browser"
FILE = Path("my-scenario.yaml")


@dataclasses.dataclass(frozen=True)
class Draft:
    """What a visitor starts from, and what is changed. Drafts are equal if they mean the same."""

    base: str = "baseline"
    """Id of a shipped scenario."""
    text: str | None = None
    """A file that was uploaded, instead of `base`."""
    values: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """Parameter path -> value as a file would say it."""
    off: frozenset[str] = frozenset()
    """Policies that are taken out."""
    on: tuple[str, ...] = ()
    """Policies of the library that are added."""
    changes: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    """Policy -> changed fields: announced, effective, expires, and `parameters` to be merged."""

    @property
    def changed(self) -> bool:
        """Whether anything differs from what it starts from."""
        return bool(self.values or self.off or self.on or self.changes)

    def start(self) -> Scenario:
        """The scenario without the visitor's changes. Raises InputError."""
        if self.text is None:
            return load_scenario(self.base)
        scenario, problems = read_scenario_text(self.text, FILE)
        if scenario is None or problems:
            raise problems[0]
        return scenario

    def scenario(self) -> Scenario:
        """The scenario as edited. Raises InputError for a value or a policy that cannot be."""
        start = self.start()
        if not self.changed:
            return start
        policies = [self._policy(one) for one in start.policies if one.id not in self.off]
        known = {one.id for one in policies}
        policies += [self._policy(shipped_policy(name)) for name in self.on if name not in known]
        name = start.id if start.id.endswith("-changed") else f"{start.id}-changed"[:80]
        edited = dataclasses.replace(
            start, id=name, title=f"{start.title}, changed"[:200], policies=tuple(policies),
            baseline=start.baseline or start.id,
        )  # fmt: skip
        return edited.with_overrides(self.values, LAYER) if self.values else edited

    def _policy(self, policy: Policy) -> Policy:
        given = self.changes.get(policy.id)
        if not given:
            return policy
        plain = policy.model_dump(mode="json")
        parameters = {**plain["parameters"], **given.get("parameters", {})}
        try:
            return Policy.model_validate({**plain, **given, "parameters": parameters})
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join((policy.id, *(str(part) for part in first["loc"])))
            raise InputError(first["msg"].removeprefix("Value error, "), file=FILE.name, key=key) from None

    def yaml(self) -> str:
        """The file that gives this scenario on the command line: sparse, with the comments of an upload kept."""
        scenario = self.scenario()
        file = Path(f"{scenario.id}.yaml")
        if self.text is not None:
            return sparse_yaml(scenario, file, original=self.text)
        if not self.changed:
            return sparse_yaml(dataclasses.replace(scenario, id=f"{scenario.id}-copy"), file, extends=self.base)
        return sparse_yaml(scenario, file, extends=self.base)

    def with_value(self, path: str, value: Any) -> Draft:
        """A parameter set; None takes the change back. Raises InputError for an impossible value."""
        values = {name: one for name, one in self.values.items() if name != path}
        if value is not None:
            values[path] = value
        found = dataclasses.replace(self, values=values)
        found.scenario()
        return found

    def with_policy(self, name: str, present: bool) -> Draft:
        """A policy put in or taken out."""
        inherited = {one.id for one in self.start().policies}
        off, on = set(self.off), [one for one in self.on if one != name]
        off.discard(name)
        if name in inherited and not present:
            off.add(name)
        if name not in inherited and present:
            on.append(name)
        return dataclasses.replace(self, off=frozenset(off), on=tuple(on))

    def with_change(self, name: str, field: str, value: Any) -> Draft:
        """A field of a policy changed (`effective`, `parameters.levy_rate`). Raises InputError if it cannot be."""
        own = {key: dict(one) if isinstance(one, Mapping) else one for key, one in self.changes.get(name, {}).items()}
        head, _, inner = field.partition(".")
        if inner:
            own.setdefault(head, {})[inner] = value
        else:
            own[head] = value
        found = dataclasses.replace(self, changes={**self.changes, name: own})
        found.scenario()
        return found

    def link(self) -> str:
        """Text for the address of a page: `Draft.of_link` gives the draft back. Raises InputError if it is too long."""
        content = {
            "base": self.base, "text": self.text, "values": dict(self.values), "off": sorted(self.off),
            "on": list(self.on), "changes": {key: dict(one) for key, one in self.changes.items()},
        }  # fmt: skip
        packed = zlib.compress(json.dumps(content, sort_keys=True, ensure_ascii=False).encode(), 9)
        text = base64.urlsafe_b64encode(packed).decode().rstrip("=")
        if len(text) > LARGEST_LINK:
            raise InputError("this scenario is too long for a link: save its file instead", key="link")
        return text

    @staticmethod
    def of_link(text: str) -> Draft:
        """The draft of a link. Raises InputError for anything that no page has written."""
        if len(text) > LARGEST_LINK:
            raise InputError("longer than any link that this page writes", key="link")
        try:
            packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            unpacker = zlib.decompressobj()
            plain = unpacker.decompress(packed, LARGEST_CONTENT)
            if unpacker.unconsumed_tail:
                raise InputError("holds more than any scenario", key="link")
            found = json.loads(plain)
        except (ValueError, zlib.error, binascii.Error):
            raise InputError("is damaged: copy it anew from the page that showed it", key="link") from None
        return _checked(found)


def _checked(found: Any) -> Draft:
    kinds = {"base": str, "text": str | None, "values": dict, "off": list, "on": list, "changes": dict}
    good = (
        isinstance(found, dict)
        and set(found) == set(kinds)
        and all(isinstance(found[key], kind) for key, kind in kinds.items())
        and all(isinstance(one, str) for one in (*found["off"], *found["on"], *found["values"], *found["changes"]))
        and all(isinstance(one, dict) for one in found["changes"].values())
    )
    if not good or files.is_path(found["base"]):
        raise InputError("says nothing that this page understands", key="link")
    draft = Draft(
        found["base"], found["text"], found["values"], frozenset(found["off"]), tuple(found["on"]), found["changes"]
    )
    draft.scenario()
    return draft


def uploaded(content: bytes) -> Draft:
    """A draft of an uploaded file. Raises InputError with the text that `weightshift check` prints."""
    if len(content) > LARGEST_UPLOAD:
        raise InputError(f"larger than {LARGEST_UPLOAD:,} bytes: this is no scenario", file=FILE.name)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError("not text in UTF-8", file=FILE.name) from None
    draft = Draft(text=text)
    draft.start()
    return draft


def problems_of_upload(content: bytes) -> list[str]:
    """What `weightshift check` says about a file, a line each; empty if nothing."""
    try:
        _, problems = read_scenario_text(content[:LARGEST_UPLOAD].decode("utf-8"), FILE)
    except UnicodeDecodeError:
        return [f"{FILE.name}: not text in UTF-8"]
    return [str(one) for one in problems]


def shipped_policy(name: str) -> Policy:
    """A policy of the library. Raises InputError for a name that it does not have."""
    file = files.shipped_folder() / "policies" / f"{name}.yaml"
    found = policy_of_file(file) if not files.is_path(name) and file.is_file() else None
    if found is None:
        raise InputError(f"no policy '{name[:80]}' in the library", key="policies")
    return found
