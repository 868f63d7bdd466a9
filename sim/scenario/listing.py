"""What there is to choose from: scenarios, policies, instruments, parameters, a line each."""

from __future__ import annotations

from sim.errors import InputError
from sim.policy.described import meaning
from sim.policy.instruments import INSTRUMENTS
from sim.policy.schema import Policy
from sim.registry import load_registry
from sim.scenario import files
from sim.scenario.layers import value_text
from sim.scenario.load import policy_of_file
from sim.scenario.problems import nearest
from sim.scenario.schema import STATUSES
from sim.yaml_file import read_yaml


def scenario_lines(questions: bool) -> list[str]:
    """Scenarios grouped by status: id and title, and the question if it is asked for; unreadable files last."""
    groups: dict[str, list[str]] = {status: [] for status in STATUSES}
    shipped = files.shipped_scenarios()
    width = max((len(file.stem) for file in shipped), default=0)
    for file in shipped:
        try:
            head = read_yaml(file).data
        except InputError as error:
            groups.setdefault("unreadable", []).append(f"  {file.stem:<{width}}  {error}")
            continue
        lines = groups.setdefault(str(head.get("status", "illustrative")), [])
        lines.append(f"  {file.stem:<{width}}  {head.get('title', '')}")
        if questions and head.get("question"):
            lines.append(f"  {'':<{width}}  {' '.join(str(head['question']).split())}")
    return [line for status, lines in groups.items() if lines for line in (status, *lines)]


def policy_lines() -> list[str]:
    """Policy files: id, instrument, dates or condition, title."""
    found: dict[str, Policy] = {}
    for folder in files.policy_folders(files.scenario_folders(None)[0]):
        for file in sorted(folder.glob("*.yaml")):
            policy = policy_of_file(file)
            if policy is not None:
                found.setdefault(policy.id, policy)
    width, kinds = (max((len(text) for text in texts), default=0) for texts in (found, INSTRUMENTS))
    lines = []
    for name in sorted(found):
        policy = found[name]
        day = "conditional" if policy.trigger is not None else f"{policy.effective or 'never'}"
        lines.append(f"{name:<{width}}  {policy.instrument:<{kinds}}  {day:<11}  {policy.title}")
    return lines


def instrument_lines() -> list[str]:
    """Instruments: name, label, what it touches, and its description in a sentence."""
    width = max(map(len, INSTRUMENTS))
    lines = []
    for name, model in INSTRUMENTS.items():
        sentence = meaning(model).partition(". ")[0].rstrip(".")
        lines.append(f"{name:<{width}}  {model.label}; touches {model.touches}")
        lines.append(f"{'':<{width}}  {sentence}.")
    return lines


def parameter_lines(prefix: str) -> list[str]:
    """Parameters whose path begins with a prefix: default, unit, label. Raises InputError if there is none."""
    registry = load_registry()
    paths = [path for path in registry if path.startswith(prefix)]
    if not paths:
        groups = {part for path in registry for part in (path.partition(".")[0], path)}
        raise InputError(f"no parameter begins with '{prefix[:80]}'", hint=nearest(prefix, sorted(groups)))
    width = max(map(len, paths))
    return [
        f"{path:<{width}}  {value_text(registry[path].default, registry[path].record)} {registry[path].record.unit}; "
        f"{registry[path].record.label}"
        for path in paths
    ]
