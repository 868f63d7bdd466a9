"""What a run remembers: a copy of every table at the end of every month.

Measures are computed from it after the run, for all months at once: measuring cannot change what happens, and one more
metric costs nothing in the month.
"""

from __future__ import annotations

import numpy as np

from sim.world import TABLES, World

ARRAYS = ("tokens", "users", "flows", "shipped", "lab_region", "holders", "accounts", "journal", "receipts")


def _rows_of_bytes(array: np.ndarray, rows: int) -> np.ndarray:
    """A view of a contiguous array as rows of bytes."""
    return array.reshape(-1).view(np.uint8).reshape(rows, array.nbytes // max(rows, 1))


class History:
    """Monthly copies: `history.labs["best_q"]` has shape (months so far, labs).

    Attributes are the tables of `sim.world.TABLES` (structured, shape (months, rows)) and the arrays `tokens`
    (community, slot) Mtoken/month, `users` (community, slot + 1) developers, `flows` (flow, sector, sector) cents,
    `shipped` (vendor, cloud) H100e, `lab_region` (lab, region) share, `holders` (lab + 1) firms, `accounts` cents,
    `journal` and `receipts` (flow, account) cents: net, and received with nothing set off.
    """

    def __init__(self, world: World, months: int) -> None:
        self.months = 0
        self._store: dict[str, np.ndarray] = {}
        self._copies: list[tuple[np.ndarray, np.ndarray]] = []
        for name in (*TABLES, *ARRAYS):
            array = getattr(world, name)
            self._store[name] = np.zeros((months, *array.shape), array.dtype)
            # A table is copied as bytes: field by field it would take many times longer.
            self._copies.append((_rows_of_bytes(self._store[name], months), _rows_of_bytes(array, 1)[0]))
        self.parameters = world.p
        self.sku_vendor = world.skus["vendor"].copy()

    def record(self) -> None:
        """Copy the month that has just ended."""
        for store, now in self._copies:
            store[self.months] = now
        self.months += 1

    def __getattr__(self, name: str) -> np.ndarray:
        try:
            return self.__dict__["_store"][name][: self.__dict__["months"]]
        except KeyError:
            raise AttributeError(name) from None
