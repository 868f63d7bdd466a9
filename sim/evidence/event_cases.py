"""Five events of the past, and for each the same worlds without it.

A world keeps its parameters and its random numbers; only the event is taken out. What then differs is the response.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection

from sim.errors import InputError
from sim.policy.schema import Policy
from sim.scenario.model import Scenario

UNTIL = "2026-12"
"""Last month of these runs: a stockpile of December 2024 shows when it is used up."""
OCTOBER_2023 = ("us-2023-10-advanced-computing", "us-2023-10-headquarters")
LICENCE = ("us-2025-04-licence-letters", "us-2025-07-letter-licences", "us-2025-08-levy")
"""The licences of July and their levy answer the letters of April: without the letters neither exists."""
MEMORY = ("us-2024-12-memory-control",)
WEIGHTS_KEPT = {
    "id": "test-weights-kept-2025",
    "title": "Chinese flagships of 2025 are released without weights",
    "instrument": "release_restriction",
    "actor": "cn-government",
    "announced": "2025-01-01",
    "effective": "2025-01-01",
    "target": "labs in China",
    "reference": "A counterfactual of the event tests",
    "parameters": {"origins": ["cn"], "scope": "publication", "above_eci": 0},
}
"""Announced and in force on one day, so that nobody releases ahead of it."""


@dataclasses.dataclass(frozen=True)
class Case:
    """One event; `without` takes it out of a scenario."""

    id: str
    title: str
    taken_out: str
    without: Callable[[Scenario], Scenario]


def without_policies(scenario: Scenario, ids: Collection[str]) -> Scenario:
    """The scenario without some policies. Raises InputError if it does not have one of them."""
    missing = set(ids) - {policy.id for policy in scenario.policies}
    if missing:
        raise InputError(f"has no policy '{min(missing)}'", file=scenario.file, key="policies")
    return dataclasses.replace(scenario, policies=tuple(one for one in scenario.policies if one.id not in ids))


def _kept(scenario: Scenario) -> Scenario:
    return dataclasses.replace(scenario, policies=(*scenario.policies, Policy.model_validate(WEIGHTS_KEPT)))


CASES: tuple[Case, ...] = (
    Case("E1", "The rule of October 2023 and the compliant chip after it", "the two rules of October 2023",
         lambda scenario: without_policies(scenario, OCTOBER_2023)),
    Case("E2", "The H20 licence of April 2025 and Nvidia's sales to China", "the letters of April 2025",
         lambda scenario: without_policies(scenario, LICENCE)),
    Case("E3", "The Chinese price war of May 2024", "the price war (nobody undercuts)",
         lambda scenario: scenario.with_overrides({"pricing.price_war": "off"})),
    Case("E4", "A strong open release in January 2025", "weights of Chinese models from January 2025 on",
         _kept),
    Case("E5", "The memory rule of December 2024 and the stockpile", "the memory rule",
         lambda scenario: without_policies(scenario, MEMORY)),
)  # fmt: skip
