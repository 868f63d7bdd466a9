"""Which scenarios may be compared, and from which month on they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.dated import month_of, month_text
from sim.errors import InputError
from sim.study.worlds import first_change

if TYPE_CHECKING:
    from sim.policy.schema import Policy
    from sim.policy.timeline import Timeline
    from sim.scenario.model import Scenario


def check_comparable(baseline: Scenario, policies: Sequence[Scenario]) -> None:
    """Raises InputError, with what to do, unless every policy can be set against the baseline in the same worlds."""
    if not policies:
        raise InputError("nothing to compare the baseline with: name at least one more scenario")
    seen: dict[str, Scenario] = {baseline.id: baseline}
    for policy in policies:
        if policy.digest() == baseline.digest() or any(policy.digest() == other.digest() for other in seen.values()):
            raise InputError(
                f"{policy.id} is compared with itself: every difference would be zero; name two different scenarios",
                file=policy.file,
            )
        if policy.id in seen:
            raise InputError(
                f"two scenarios have the id {policy.id}; results are told apart by it: change one", file=policy.file,
                key="id",
            )  # fmt: skip
        if (policy.start_month, policy.end_month) != (baseline.start_month, baseline.end_month):
            raise InputError(
                f"{policy.id} runs {horizon(policy)} and {baseline.id} {horizon(baseline)}: effects are read month by "
                f"month, so both must cover the same months; give one horizon to all with --until "
                f"{month_text(min(policy.end_month, baseline.end_month))}",
                file=policy.file,
                key="horizon",
            )
        seen[policy.id] = policy


def horizon(scenario: Scenario) -> str:
    """`2023-01 to 2030-12`."""
    return f"{month_text(scenario.start_month)} to {month_text(scenario.end_month)}"


def first_difference(baseline: Scenario, policy: Scenario) -> int | None:
    """First month (12 x year + month - 1) in which anything that agents see differs; None if nothing ever does.

    Parameters: the first month with another value. Law: the first month with another row in the timeline that
    governments, vendors and buyers read, which includes what is announced and not yet in force; an instrument that the
    timeline does not date (one with a trigger) counts from its announcement. Events: the date of the first event that
    only one of the two has, or has otherwise.
    """
    found = [*_values(baseline, policy), *_law(baseline, policy), *_events(baseline, policy)]
    return max(min(found), baseline.start_month) if found else None


def _values(baseline: Scenario, policy: Scenario) -> list[int]:
    paths = {*baseline.values, *policy.values}
    pairs = [(baseline.value_of(path), policy.value_of(path)) for path in sorted(paths)]
    found = [first_change(one, other, baseline.start_month, baseline.months) for one, other in pairs]
    return [month for month in found if month is not None]


def _events(baseline: Scenario, policy: Scenario) -> list[int]:
    one, other = ({event.id: event for event in scenario.events} for scenario in (baseline, policy))
    unlike = [event for here, there in ((one, other), (other, one)) for event in _unlike(here, there)]
    return [month_of(event.date) for event in unlike if month_of(event.date) <= baseline.end_month]


def _unlike[T](here: Mapping[str, T], there: Mapping[str, T]) -> list[T]:
    return [item for key, item in here.items() if there.get(key) != item]


def _law(baseline: Scenario, policy: Scenario) -> list[int]:
    one, other = ({item.id: item for item in scenario.policies} for scenario in (baseline, policy))
    unlike: list[Policy] = [*_unlike(one, other), *_unlike(other, one)]
    if not unlike:
        return []
    one_law, other_law = (_timeline(scenario) for scenario in (baseline, policy))
    months, undated = _first_other_row(one_law, other_law, baseline.months)
    found = [baseline.start_month + month for month in months]
    if undated or any(getattr(item, "trigger", None) is not None for item in unlike):
        found.append(min(month_of(item.announced) for item in unlike))
    return found


def _timeline(scenario: Scenario) -> Timeline:
    from sim.economy import Economy

    return Economy(scenario).timeline  # as the economy itself works it out


def _first_other_row(one: Timeline, other: Timeline, months: int) -> tuple[list[int], bool]:
    """First months with another row in the dated tables of two timelines, and whether anything undated differs."""
    found: list[int] = []
    undated = False
    shared = [name for name in one.names if name in other.names]
    columns = [[law.names.index(name) for name in shared] for law in (one, other)]
    for law, there in ((one, other), (other, one)):
        found += [int(law.skus["launch"][law.names.index(name)]) for name in law.names if name not in there.names]
    for name in one._fields:
        here, there = getattr(one, name), getattr(other, name)
        if name in ("names", "notices"):  # words
            continue
        if name == "skus":
            here, there = here[columns[0]], there[columns[1]]
            found += [int(x["launch"]) for x, y in zip(here, there, strict=True) if _unequal(x, y)]
        elif name == "china":
            found += _rows(here[:, columns[0]], there[:, columns[1]])
        elif isinstance(here, np.ndarray) and len(here) == len(there) == months:
            # A change that leaves the law as it was is no difference: `changed` only says when to look.
            found += [] if name in ("changed", "new_chips") else _rows(here, there)
        else:
            undated = undated or not np.array_equal(here, there)
    return [month for month in found if month < months], undated


def _rows(one: np.ndarray, other: np.ndarray) -> list[int]:
    unlike = [month for month, (here, there) in enumerate(zip(one, other, strict=True)) if _unequal(here, there)]
    return unlike[:1]


def _unequal(one: np.ndarray, other: np.ndarray) -> bool:
    return bool(np.asarray(one).tobytes() != np.asarray(other).tobytes())
