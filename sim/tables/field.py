"""What a field of a table is: name, kind of number, size, unit, meaning."""

from __future__ import annotations

Field = tuple[str, str, int, str, str]


def real(name: str, unit: str, meaning: str, size: int = 0) -> Field:
    """A field of real numbers; with `size` n > 0 a row vector of n numbers."""
    return (name, "f8", size, unit, meaning)


def whole(name: str, unit: str, meaning: str, size: int = 0) -> Field:
    """A field of whole numbers: counts, months, flags, indices."""
    return (name, "i8", size, unit, meaning)
