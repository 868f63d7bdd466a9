"""The export-control rule engine: what may a vendor sell to whom, and may the buyer take it, on a given day.

Pure and table-driven: all numbers come from policy records, nothing is drawn at random and nothing is remembered.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sim.policy.chip_spec import ChipSpec
from sim.policy.conditions import ChipScope, Clause, Condition
from sim.policy.instruments.trade import (
    ChipThresholdRule,
    ImportBlock,
    ImportGuidance,
    Levy,
    LicencePolicy,
    LicenceRequirement,
    LicenceTerms,
)
from sim.policy.measures_in_force import MeasuresInForce
from sim.policy.schema import Policy
from sim.policy.verdict import Verdict

Ruled = tuple[Policy, ChipThresholdRule | LicenceRequirement]

_SEVERITY = {"case_by_case": 0, "licence": 1, "denial": 2}


def meets(chip: ChipSpec, conditions: Sequence[Condition]) -> bool:
    """Whether the chip meets every condition; true for none."""
    return all(
        (condition.at_least is None or value >= condition.at_least)
        and (condition.below is None or value < condition.below)
        for condition in conditions
        for value in [sum(chip.measure(name) for name in condition.measures)]
    )


def in_scope(chip: ChipSpec, scope: ChipScope) -> bool:
    """Whether a measure with this scope covers the chip."""
    return (
        (not scope.vendors or chip.vendor in scope.vendors)
        and (not scope.design_origins or chip.design_origin in scope.design_origins)
        and (not scope.skus or chip.sku in scope.skus)
        and meets(chip, scope.all_of)
    )


@dataclass(frozen=True, slots=True)
class Requirement:
    """A rule that catches a chip, and the clause by which it does."""

    policy: Policy
    clause: Clause
    rule: ChipThresholdRule | LicenceRequirement

    def reason(self, chip: ChipSpec) -> str:
        """The clause and the chip's own numbers."""
        names = dict.fromkeys(name for condition in self.clause.all_of for name in condition.measures)
        numbers = ", ".join(f"{name} {chip.measure(name):.6g}" for name in names)
        return f"{self.clause.name}: {self.clause}" + (f" ({numbers})" if numbers else "")


class Regime(MeasuresInForce):
    """The law made by a list of policies. Every query is a pure function of its arguments."""

    def verdict(self, chip: ChipSpec, destination: str, as_of: dt.date, headquarters: str | None = None) -> Verdict:
        """The seller's key for a chip to a buyer in `destination` on a day (the last of a month in the economy).

        `headquarters`: region of the buyer's head office; under an entity rule a subsidiary abroad counts as a buyer
        at home, and the stricter of the two verdicts holds.
        """
        places = self.treated_as(destination, headquarters, as_of)
        verdicts = [self._verdict_at(chip, place, as_of) for place in places]
        return max(verdicts, key=lambda found: (found.restriction, -found.approval_rate))

    def buyer_permission(self, chip: ChipSpec, destination: str, as_of: dt.date) -> float:
        """The buyer's key: share of demand in `destination` that its own government lets buy the chip, 0 to 1."""
        permitted = 1.0
        for _, guidance in self.applying(ImportGuidance, as_of):
            if destination in guidance.destinations and in_scope(chip, guidance.scope):
                permitted *= 1.0 - guidance.strength
        for _, block in self.applying(ImportBlock, as_of):
            if destination in block.destinations and in_scope(chip, block.scope):
                permitted *= block.excepted_share
        return permitted

    def at(self, as_of: dt.date) -> Regime:
        """The law of that day alone: the policies in force, without earlier or later ones."""
        return Regime(self.in_force(as_of))

    def known(self, as_of: dt.date) -> Regime:
        """The law as agents see it on that day: policies announced by then, with their later dates."""
        return Regime(policy for policy in self.policies if policy.announced <= as_of)

    def with_policies(self, policies: Iterable[Policy]) -> Regime:
        """This law and further acts."""
        return Regime((*self.policies, *policies))

    def _verdict_at(self, chip: ChipSpec, destination: str, as_of: dt.date) -> Verdict:
        found = self._requirement(chip, destination, as_of)
        if found is not None:
            return self._licensed(chip, destination, as_of, found)
        if chip.design_origin != "us":
            return Verdict("out_of_scope", 1.0, reason="not a US design: no licence rule in force reaches it")
        if destination == chip.design_origin:
            return Verdict("free", 1.0, reason="domestic")
        return Verdict("free", 1.0, reason="under every line in force for this destination")

    def _requirement(self, chip: ChipSpec, destination: str, as_of: dt.date) -> Requirement | None:
        """The strictest of the requirements that catch the chip, each as treated by the rules that review it."""
        rules = self.applying(ChipThresholdRule, as_of)
        requiring: list[Ruled] = [(policy, rule) for policy, rule in rules if not rule.reviews]
        caught = _catches(chip, destination, requiring)
        if not caught:  # letters reach chips below the lines of the list rules
            letters = self.applying(LicenceRequirement, as_of)
            addressed: list[Ruled] = [
                (policy, rule) for policy, rule in letters if not rule.companies or chip.vendor in rule.companies
            ]
            caught = _catches(chip, destination, addressed)
        treated = []
        for found in caught:
            reviews: list[Ruled] = [(policy, rule) for policy, rule in rules if found.policy.id in rule.reviews]
            treated.append((_catches(chip, destination, reviews) or [found])[-1])  # the latest review decides
        return max(reversed(treated), key=lambda found: _SEVERITY[found.clause.verdict], default=None)

    def _licensed(self, chip: ChipSpec, destination: str, as_of: dt.date, found: Requirement) -> Verdict:
        status, reason = found.clause.verdict, found.reason(chip)
        if status == "denial":
            return Verdict(status, 0.0, rule_id=found.policy.id, reason=reason)
        terms = [found.rule.terms]
        for _, treatment in self.applying(LicencePolicy, as_of):
            if _covers(treatment, chip, destination, found.policy.id):
                terms.append(treatment.terms)
        levies = [
            levy.rate for _, levy in self.applying(Levy, as_of) if _covers(levy, chip, destination, found.policy.id)
        ]
        approval = _latest(terms, "approval_rate", 0.0 if found.rule.presumption_of_denial else 1.0)
        return Verdict(
            status=status,
            approval_rate=approval,
            delay_months=_latest(terms, "delay_months", 0.0),
            levy_rate=min(1.0, _latest(terms, "levy_rate", 0.0) + sum(levies)),
            volume_cap_share=_latest(terms, "volume_cap_share_of_home_sales", math.inf),
            rule_id=found.policy.id,
            reason=reason,
        )


def _catches(chip: ChipSpec, destination: str, rules: Sequence[Ruled]) -> list[Requirement]:
    """For each rule that catches the chip, oldest first, the most severe clause that does (among equals the first)."""
    found = []
    for policy, rule in rules:
        if destination not in rule.destinations or chip.design_origin not in rule.design_origins:
            continue
        met = [clause for clause in rule.clauses if meets(chip, clause.all_of)]
        if met:
            found.append(Requirement(policy, max(met, key=lambda clause: _SEVERITY[clause.verdict]), rule))
    return found


def _covers(measure: LicencePolicy | Levy, chip: ChipSpec, destination: str, rule_id: str) -> bool:
    return (
        (not measure.applies_to or rule_id in measure.applies_to)
        and (not measure.destinations or destination in measure.destinations)
        and in_scope(chip, measure.scope)
    )


def _latest(terms: Sequence[LicenceTerms], name: str, default: float) -> float:
    """The last value given for a term, oldest terms first."""
    given = [value for value in (getattr(term, name) for term in terms) if value is not None]
    return float(given[-1]) if given else default
