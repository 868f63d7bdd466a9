"""What the law says of one chip for one buyer on one day."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Status = Literal["free", "licence", "case_by_case", "denial", "out_of_scope"]

# A case-by-case review is also a licence requirement: what differs is how it is decided, which the terms say.
RESTRICTION: dict[Status, int] = {"out_of_scope": 0, "free": 0, "case_by_case": 1, "licence": 1, "denial": 2}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The seller's key. Permission is not trade: the buyer's government holds the second key."""

    status: Status
    approval_rate: float
    """Share of applications granted; 1 where no licence is needed, 0 under denial."""
    delay_months: float = 0.0
    """Months from application to decision."""
    levy_rate: float = 0.0
    """Share of the revenue owed to the licensing government."""
    volume_cap_share: float = math.inf
    """Largest volume as a share of the vendor's sales of the chip in its home market; infinite: no cap."""
    rule_id: str | None = None
    """Policy that decides; None where no rule applies."""
    reason: str = ""
    """The clause and the numbers that met it."""

    @property
    def needs_licence(self) -> bool:
        """Whether a sale without application is unlawful."""
        return RESTRICTION[self.status] > 0

    @property
    def restriction(self) -> int:
        """0 no licence needed, 1 licence needed, 2 denied."""
        return RESTRICTION[self.status]
