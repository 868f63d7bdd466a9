"""Which scenarios may be compared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sim.dated import month_text
from sim.errors import InputError

if TYPE_CHECKING:
    from sim.scenario.model import Scenario


def check_comparable(baseline: Scenario, policies: Sequence[Scenario]) -> None:
    """Raises InputError, with what to do, unless every policy can be set against the baseline in the same worlds."""
    if not policies:
        raise InputError("nothing to compare the baseline with: name at least one more scenario")
    seen: dict[str, Scenario] = {baseline.id: baseline}
    for policy in policies:
        if any(policy.digest() == other.digest() for other in seen.values()):
            what = "with itself" if policy.digest() == baseline.digest() else "twice"
            raise InputError(f"{policy.id} is compared {what}: name different scenarios", file=policy.file)
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


def check_settings(scenarios: Sequence[Scenario], paths: Iterable[str]) -> None:
    """Raises InputError if a parameter set in all scenarios is one in which they differ: that would undo a policy."""
    baseline = scenarios[0]
    for path in paths:
        for policy in scenarios[1:]:
            if path in baseline.registry and policy.value_of(path) != baseline.value_of(path):
                raise InputError(
                    f"{policy.id} differs from {baseline.id} in this very parameter, and a value set in all scenarios "
                    "would undo that; leave it out",
                    file="--set",
                    key=path,
                )
