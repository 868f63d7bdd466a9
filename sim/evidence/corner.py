"""A theory corner: a number that economic theory gives exactly, and what the model's own code makes of it."""

from __future__ import annotations

import dataclasses
import math


@dataclasses.dataclass(frozen=True, slots=True)
class Corner:
    """One number. `low` and `high` are the model's range over random numbers, equal to `model` where none are drawn."""

    id: str
    what: str
    model: float
    low: float
    high: float
    expected: str
    source: str
    passed: bool


def close(id: str, what: str, model: float, exact: float, source: str, relative: float = 1e-6) -> Corner:
    """A corner that passes within a relative tolerance of the exact number."""
    passed = math.isclose(model, exact, rel_tol=relative, abs_tol=relative)
    return Corner(id, what, model, model, model, f"{exact:.6g}, to {relative:.0e}", source, passed)
