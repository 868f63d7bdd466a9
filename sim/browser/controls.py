"""What the sidebar offers: parameters as sliders with the registry's bounds, policies as rows of a timeline. Pure."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import math
from typing import TYPE_CHECKING, Any

from sim.dated import month_text, parse_month
from sim.errors import InputError
from sim.registry import load_registry
from sim.registry_records import Parameter
from sim.scenario.layers import value_text

if TYPE_CHECKING:
    from sim.policy.schema import Policy
    from sim.scenario.model import Scenario

STEPS = 200
CHANGE_MONTH = "2026-01"
"""From when a slider acts on a parameter whose values are dated: the past stays as it was."""
MOST_FOUND = 25
GROUPS: dict[str, tuple[str, ...]] = {
    "Energy": (
        "energy.us.electricity_price", "energy.cn.electricity_price", "energy.us.time_to_power_months",
        "energy.cn.time_to_power_months", "energy.us.connection_limit_gw_per_year",
        "energy.cn.connection_limit_gw_per_year", "energy.price_response",
    ),
    "Export controls": (
        "export_controls.detection", "export_controls.levy_pass_through",
    ),
    "Prices and subsidies": (
        "pricing.host_margin", "pricing.war_aggression",
    ),
}  # fmt: skip
PREFIXES = {"Energy": "energy.", "Export controls": "export_controls.", "Prices and subsidies": "pricing."}
"""The three levers that users reach for first; every other parameter is found by search."""
TIMELINE = (2022, 2031)


@dataclasses.dataclass(frozen=True)
class Control:
    """A parameter as a slider or a choice. `low` and `high` are its 5 and 95 % values at the month of change."""

    path: str
    label: str
    unit: str
    default: float
    low: float
    high: float
    log: bool
    integer: bool
    dated: bool
    options: tuple[str, ...]
    about: str
    """What it is, evidence grade and source."""

    def position(self, value: float) -> float:
        """Place of a value on the slider, 0 to STEPS."""
        if self.high <= self.low:
            return 0.0
        if self.log:
            share = (math.log(value) - math.log(self.low)) / (math.log(self.high) - math.log(self.low))
        else:
            share = (value - self.low) / (self.high - self.low)
        return STEPS * min(max(share, 0.0), 1.0)

    def value(self, position: float) -> float:
        """Value at a place of the slider: rounded to three digits, never outside low and high."""
        share = min(max(position / STEPS, 0.0), 1.0)
        if self.log:
            raw = math.exp(math.log(self.low) + share * (math.log(self.high) - math.log(self.low)))
        else:
            raw = self.low + share * (self.high - self.low)
        if self.integer:
            return float(round(raw))
        return min(max(float(f"{raw:.3g}"), self.low), self.high)

    def raw(self, value: float) -> Any:
        """What `set` says: from the month of change on where the registry's value is dated."""
        plain: Any = int(value) if self.integer else value
        return {CHANGE_MONTH: plain} if self.dated else plain

    def number(self, raw: Any) -> float:
        """The number in a raw value, for the slider; the default where it holds none."""
        if isinstance(raw, dict):
            raw = list(raw.values())[-1] if raw else None
        return float(raw) if isinstance(raw, int | float) and not isinstance(raw, bool) else self.default

    def text(self, value: float) -> str:
        """A value with its unit."""
        unit = "" if self.unit in ("1", "share") else f" {self.unit}"
        if self.unit == "share":
            return f"{100 * value:.3g} %"
        return f"{value:,.0f}{unit}" if abs(value) >= 1000 else f"{value:.3g}{unit}"


def control_of(path: str, scenario: Scenario | None = None) -> Control:
    """A parameter as a control; its default is what the scenario says. Raises InputError for an unknown path."""
    parameter = load_registry()[path]
    record = parameter.record
    month = parse_month(CHANGE_MONTH)
    value = (parameter.default if scenario is None else scenario.value_of(path)).trimmed(month)
    low = value.at(month) if parameter.low is None else parameter.low.at(month)
    high = value.at(month) if parameter.high is None else parameter.high.at(month)
    default = value.at(month)
    log = record.distribution in ("loguniform", "lognormal") and low > 0
    return Control(
        path=path,
        label=f"{record.label} ({NAMES.get(parameter.key, parameter.key)})" if parameter.key else record.label,
        unit=record.unit,
        default=default,
        low=min(low, default),
        high=max(high, default),
        log=log,
        integer=record.integer,
        dated=not parameter.default.is_constant,
        options=record.options,
        about=_about(parameter),
    )


NAMES = {
    "us": "US", "cn": "China", "eu": "Europe", "gulf": "Gulf", "sea": "South-East Asia", "row": "rest of world",
}  # fmt: skip


def _about(parameter: Parameter) -> str:
    record = parameter.record
    default = value_text(parameter.default, record)
    return (
        f"{' '.join(record.description.split())} Default: {default} {record.unit}. "
        f"Evidence: {record.grade}. Source: {' '.join(record.source.split())}"
    )


@functools.cache
def paths_of(group: str) -> tuple[str, ...]:
    """Parameters of a group: those that users reach for first, then the rest."""
    registry = load_registry()
    first = tuple(path for path in GROUPS[group] if path in registry)
    return first + tuple(path for path in registry if path.startswith(PREFIXES[group]) and path not in first)


def find_parameters(words: str, most: int = MOST_FOUND) -> list[str]:
    """Paths whose path, label or description holds every word."""
    wanted = words.lower().split()[:8]
    if not wanted:
        return []
    found = []
    for path, parameter in load_registry().parameters.items():
        key = NAMES.get(parameter.key or "", parameter.key or "")
        text = f"{path} {parameter.record.label} {key}".lower()
        if all(word in text for word in wanted):
            found.append(path)
            if len(found) == most:
                break
    return found


@dataclasses.dataclass(frozen=True)
class PolicyField:
    """A date or a plain parameter of a policy that can be edited: where it stands, its name, its value as text."""

    path: str
    label: str
    text: str
    hint: str


def fields_of(policy: Policy) -> list[PolicyField]:
    """Dates and plain parameters; lists and records stay as they are (export the file to change those)."""
    from sim.policy.described import described

    about = {field.path: field for field in described(type(policy.parameters))}
    plain = policy.model_dump(mode="json")
    fields = []
    if policy.trigger is None:
        for name, hint in (("announced", "agents know of it from this day"), ("effective", "first day in force"),
                           ("expires", "first day on which it no longer binds; empty: open end")):  # fmt: skip
            fields.append(PolicyField(name, name.capitalize(), plain[name] or "", hint))
    fields += _leaves(plain["parameters"], "", about)
    return fields


def _leaves(values: dict[str, Any], above: str, about: dict[str, Any]) -> list[PolicyField]:
    found = []
    for name, value in values.items():
        path = f"{above}{name}"
        if isinstance(value, dict):
            found += _leaves(value, f"{path}.", about)
        elif isinstance(value, bool | int | float):
            field = about.get(path)
            unit = f", {field.unit}" if field is not None and field.unit else ""
            text = {True: "yes", False: "no"}[value] if isinstance(value, bool) else f"{value:.12g}"
            label = f"{name.replace('_', ' ').capitalize()}{unit}"
            found.append(PolicyField(f"parameters.{path}", label, text, "" if field is None else field.text))
    return found


def read_field(path: str, text: str) -> Any:
    """What a visitor wrote into a field: a day, a number, yes or no, or nothing. Raises InputError."""
    text = text.strip()
    if path in ("announced", "effective", "expires"):
        if not text:
            return None
        try:
            return datetime.date.fromisoformat(text).isoformat()
        except ValueError:
            raise InputError("not a day, expected YYYY-MM-DD", key=path) from None
    if text.lower() in ("yes", "no"):
        return text.lower() == "yes"
    try:
        number = float(text)
    except ValueError:
        raise InputError("not a number", key=path.rpartition(".")[2]) from None
    if not math.isfinite(number):
        raise InputError("not a finite number", key=path.rpartition(".")[2])
    return int(number) if number == int(number) and "." not in text else number


def span_of(policy: Policy, ends: datetime.date | None = None) -> tuple[float, float, float]:
    """Announcement, entry into force and end on the timeline, as shares 0 to 1; the second above 1: never in force."""

    def share(day: datetime.date) -> float:
        first, last = (datetime.date(year, 1, 1).toordinal() for year in TIMELINE)
        return min(max((day.toordinal() - first) / (last - first), 0.0), 1.0)

    if policy.trigger is not None:
        return 0.0, 2.0, 0.0
    end = min((day for day in (policy.expires, ends) if day is not None), default=None)
    force = 2.0 if policy.effective is None else share(policy.effective)
    return share(policy.announced), force, 1.0 if end is None else share(end)


def month_words(month: int) -> str:
    """`March 2027`."""
    year, number = month_text(month).split("-")
    return f"{datetime.date(int(year), int(number), 1):%B} {year}"
