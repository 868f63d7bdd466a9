"""A record of arrays that compiled functions take as one argument; see `sim.world_type`."""

from __future__ import annotations

from typing import Any

import numpy as np


def arrays_of(field: Any) -> tuple[np.ndarray, ...]:
    """Arrays of a field: itself, or the members of a tuple."""
    return field if isinstance(field, tuple) else (field,)


def address_table(fields: list[Any]) -> np.ndarray:
    """Words (i8) that compiled code reads: per array its address, then its shape.

    Raises ValueError if an array is not contiguous, aligned and writeable.
    """
    words: list[int] = []
    for array in [array for field in fields for array in arrays_of(field)]:
        if not array.flags.carray:
            raise ValueError("an array of the world is not contiguous, aligned and writeable")
        words += [array.ctypes.data, *array.shape]
    return np.array(words, dtype=np.int64)


class ArrayRecord:
    """Named arrays, or named tuples of arrays, that are changed in place and never replaced.

    The annotations of a subclass are its fields.
    """

    fields: tuple[str, ...] = ()

    def __init_subclass__(cls) -> None:
        cls.fields = tuple(cls.__annotations__)

    def __init__(self, **arrays: Any) -> None:
        """Raises TypeError if a field is missing or unknown, ValueError if an array is not contiguous."""
        from sim.world_type import type_of

        if set(arrays) != set(self.fields):
            raise TypeError(f"fields differ: {sorted(set(arrays) ^ set(self.fields))}")
        ordered = {name: arrays[name] for name in self.fields}
        table = address_table(list(ordered.values()))
        # The table is kept alive here; compiled code is given its address.
        self.__dict__.update(ordered, table=table, address=table.ctypes.data, numba_type=type_of(ordered))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"the world's arrays are changed in place; '{name}' cannot be replaced")
