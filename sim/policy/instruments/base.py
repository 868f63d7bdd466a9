"""Base of the parameters of an instrument."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from sim.policy.base import Frozen


class Parameters(Frozen):
    """Base of the parameters of an instrument: its docstring is what the browser shows."""

    label: ClassVar[str] = ""
    """Its name for people."""
    touches: ClassVar[str] = ""
    """What it changes, in a few words."""

    def own_dates(self) -> tuple[dt.date, ...]:
        """Days inside the term of the policy on which what it says changes."""
        return ()
