"""A scenario as a sparse file: it extends another one and says only what differs.

What a browser session saves. Comments of a file that existed are kept.
"""

from __future__ import annotations

import io
import pathlib
from collections.abc import Callable
from typing import Any

from sim.dated import Dated, month_text
from sim.errors import InputError
from sim.registry_records import Record
from sim.scenario import files
from sim.scenario.events import event_of_deal
from sim.scenario.layers import as_written
from sim.scenario.load import policy_of_file, read_scenario_text
from sim.scenario.model import Scenario
from sim.yaml_file import parse_yaml, shown_path

WORDS = ("title", "question", "status", "authors", "baseline", "notes", "references")


def sparse_yaml(scenario: Scenario, file: pathlib.Path, extends: str | None = None, original: str | None = None) -> str:
    """Text of a file that loads as an equal scenario when it stands in `file`.

    It extends `extends` (an id or a path as the file would write it), or starts from the text `original` of an earlier
    version of the file and keeps its comments and what it extends; with neither it extends nothing. Where a sparse
    file cannot say it (an inherited event is gone, a rule without those that review it, another order) it is the
    resolved file. Raises InputError if `original`, or the scenario to extend, cannot be read.
    """
    text = _start(scenario, file, extends) if original is None else original
    parse_yaml(text, shown_path(file))
    tree = _yaml().load(text)
    tree["id"] = scenario.id
    _now(tree, scenario, file)
    try:
        for change in (_policies, _events, _settings, _words):
            change(tree, scenario, file)
    except InputError:
        return scenario.resolved_yaml()
    text = _text(tree)
    again, _ = read_scenario_text(text, file, scenario.parameters_folder)
    return text if again == scenario else scenario.resolved_yaml()


def _yaml() -> Any:
    from ruamel.yaml import YAML

    yaml = YAML()  # keeps comments and order
    yaml.width = 118
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.preserve_quotes = True
    return yaml


def _text(tree: Any) -> str:
    stream = io.StringIO()
    _yaml().dump(tree, stream)
    return stream.getvalue()


def _start(scenario: Scenario, file: pathlib.Path, extends: str | None) -> str:
    above = "" if extends is None else f"extends: [{extends}]\n"
    return f"{files.schema_line(file, 'scenario')}schema_version: 1\nid: {scenario.id}\ntitle: to be set\n{above}"


def _now(tree: Any, scenario: Scenario, file: pathlib.Path, without: str = "") -> Scenario:
    """The scenario that the tree stands for, leaving out one of its keys. Raises InputError for its first problem."""
    text = _text({key: value for key, value in tree.items() if key != without})
    found, problems = read_scenario_text(text, file, scenario.parameters_folder)
    if found is None:
        raise problems[0]
    return found


def _inline(values: dict[str, Any]) -> Any:
    """A mapping that is written on one line."""
    from ruamel.yaml.comments import CommentedMap

    inline = CommentedMap(values)
    inline.fa.set_flow_style()
    return inline


def _policies(tree: Any, scenario: Scenario, file: pathlib.Path) -> None:
    def written(policy: Any) -> Any:
        try:
            found = files.find(policy.id, files.policy_folders(file.parent), file.parent, "policy")
        except InputError:
            found = None
        if found is not None and policy_of_file(found, scenario.parameters_folder) == policy:
            return policy.id
        return policy.model_dump(mode="json", exclude_defaults=True)

    wanted = {policy.id: policy for policy in scenario.policies}
    _remove(tree, "policies", set(wanted))
    found = {policy.id: policy for policy in _now(tree, scenario, file, "set").policies}
    gone = [name for name in found if name not in wanted]
    if gone:
        tree["drop"] = [*tree.get("drop", []), *gone]
    _put(tree, "policies", [item for name, item in wanted.items() if found.get(name) != item], written)


def _events(tree: Any, scenario: Scenario, file: pathlib.Path) -> None:
    def written(event: Any) -> Any:
        try:
            if event_of_deal(event.id) == event:
                return event.id
        except InputError:
            pass
        return event.model_dump(mode="json", exclude_defaults=True)

    wanted = {event.id: event for event in scenario.events}
    _remove(tree, "events", set(wanted))
    found = {event.id: event for event in _now(tree, scenario, file, "set").events}
    _put(tree, "events", [item for name, item in wanted.items() if found.get(name) != item], written)


def _name(item: Any) -> str:
    """Id of an item of `policies` or `events`: a name, a path of a file, or a record."""
    if not isinstance(item, str):
        return str(item.get("id"))
    return pathlib.PurePath(item).stem if files.is_path(item) else item


def _remove(tree: Any, key: str, wanted: set[str]) -> None:
    """Take out items of the file's own list that are not wanted."""
    items = tree.get(key, [])
    for index in reversed(range(len(items))):
        if _name(items[index]) not in wanted:
            del items[index]
    if key in tree and not items:
        del tree[key]


def _put(tree: Any, key: str, items: list[Any], written: Callable[[Any], Any]) -> None:
    """Write items in place of those with their id, or at the end."""
    for item in items:
        own = tree.setdefault(key, [])
        names = [_name(other) for other in own]
        if item.id in names:
            own[names.index(item.id)] = written(item)
        else:
            own.append(written(item))


def _settings(tree: Any, scenario: Scenario, file: pathlib.Path) -> None:
    """Values: what the file says already stays as it is written; the rest is set from the month of difference on."""
    now, below = _now(tree, scenario, file), _now(tree, scenario, file, "set")
    start = scenario.start_month
    own = tree.get("set", {})
    for path in scenario.registry:
        wanted = scenario.value_of(path).trimmed(start)
        if now.value_of(path).trimmed(start) == wanted:
            continue
        own.pop(path, None)
        under = below.value_of(path).trimmed(start)
        if under != wanted:
            own[path] = _value(wanted, under, scenario.registry[path].record, start)
    if own:
        tree["set"] = own
    elif "set" in tree:
        del tree["set"]


def _value(wanted: Dated, under: Dated, record: Record, start: int) -> Any:
    """What `set` must say on top of the layers below: from the first month of difference on, if that is enough."""
    last = max(month for month, _ in (*wanted.knots, *under.knots))
    months = max(last - start, 0) + 2
    apart = (wanted.monthly(start, months) != under.monthly(start, months)).nonzero()[0]
    if len(apart) and apart[0] > 0:
        first = start + int(apart[0])
        knots = ((first, wanted.at(first)), *(knot for knot in wanted.knots if knot[0] > first))
        if under.overlaid(knots).trimmed(start) == wanted:
            return _inline({month_text(month): record.written(value) for month, value in knots})
    plain = as_written(wanted, record, start)
    return _inline(plain) if isinstance(plain, dict) else plain


def _words(tree: Any, scenario: Scenario, file: pathlib.Path) -> None:
    """Head fields and the horizon."""
    now = _now(tree, scenario, file)
    for key in WORDS:
        wanted = getattr(scenario, key)
        if getattr(now, key) != wanted:
            tree[key] = list(wanted) if isinstance(wanted, tuple) else wanted
    if (now.start_month, now.end_month) != (scenario.start_month, scenario.end_month):
        tree["horizon"] = _inline({"start": month_text(scenario.start_month), "end": month_text(scenario.end_month)})
