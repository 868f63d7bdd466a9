"""Which policies are in force on a day: dates, withdrawal and supersession."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TypeVar

from sim.errors import InputError
from sim.policy.instruments.base import Parameters
from sim.policy.schema import Policy

P = TypeVar("P", bound=Parameters)


def _order(policy: Policy) -> tuple[dt.date, dt.date, str]:
    return (policy.effective or dt.date.max, policy.announced, policy.id)


class Law:
    """A set of dated policies, in the order in which they come into force.

    A policy binds from `effective` until the day before `expires`, unless a policy that names it in `supersedes` has
    come into force by then; a superseded policy does not revive when its successor expires. A day outside any month
    end works too; the economy asks for the last day of the month. Raises InputError for two policies with one id.
    """

    def __init__(self, policies: Iterable[Policy]) -> None:
        self.policies: tuple[Policy, ...] = tuple(sorted(policies, key=_order))
        ids = [policy.id for policy in self.policies]
        for policy_id in ids:
            if ids.count(policy_id) > 1:
                raise InputError(f"policy '{policy_id}' is listed twice", key="policies")
        self._repealed: dict[str, dt.date] = {}
        for policy in self.policies:
            if policy.effective is not None:
                for old in policy.supersedes:
                    self._repealed[old] = min(policy.effective, self._repealed.get(old, dt.date.max))
        self._cache: dict[dt.date, tuple[Policy, ...]] = {}

    def in_force(self, as_of: dt.date) -> tuple[Policy, ...]:
        """Policies that bind on the day, oldest first."""
        if as_of not in self._cache:
            self._cache[as_of] = tuple(
                policy for policy in self.policies if policy.in_term(as_of) and not self._is_repealed(policy, as_of)
            )
        return self._cache[as_of]

    def announced_not_in_force(self, as_of: dt.date) -> tuple[Policy, ...]:
        """Policies that agents know of on the day and that do not bind yet: proposals and rules with a later start."""
        return tuple(
            policy for policy in self.policies if policy.pending(as_of) and not self._is_repealed(policy, as_of)
        )

    def change_dates(self) -> tuple[dt.date, ...]:
        """Days on which the law may differ from the day before, in order."""
        days = {policy.effective for policy in self.policies if policy.effective}
        days |= {policy.expires for policy in self.policies if policy.effective and policy.expires}
        days |= {day for policy in self.policies for day in policy.parameters.own_dates() if policy.in_term(day)}
        return tuple(sorted(days))

    def announcement_dates(self) -> tuple[dt.date, ...]:
        """Days on which something becomes known, in order."""
        return tuple(sorted({policy.announced for policy in self.policies}))

    def applying(self, instrument: type[P], as_of: dt.date) -> list[tuple[Policy, P]]:
        """Policies of one instrument in force on the day with their typed parameters, oldest first."""
        return [
            (policy, policy.parameters) for policy in self.in_force(as_of) if isinstance(policy.parameters, instrument)
        ]

    def repealed_before(self, policy: Policy) -> bool:
        """Whether a policy never comes into force because another one supersedes it by then, or it is withdrawn."""
        return policy.effective is None or self._is_repealed(policy, policy.effective) or policy.ended(policy.effective)

    def _is_repealed(self, policy: Policy, as_of: dt.date) -> bool:
        return self._repealed.get(policy.id, dt.date.max) <= as_of
