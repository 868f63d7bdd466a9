"""Keys of the metrics, without a run: they do not depend on it."""

from __future__ import annotations

import functools

import numpy as np

from sim import accounts as a
from sim.history import ARRAYS
from sim.ledger import FLOWS, SECTORS
from sim.measures.panel import Panel
from sim.measures.table import METRICS
from sim.world import SLOTS_PER_LAB, TABLES, dtype_of


class BlankHistory:
    """One month of nothing in the shapes of a `sim.history.History`."""

    def __init__(self) -> None:
        from sim.registry import load_registry
        from sim.scenario.model import FIRST_MONTH

        models, communities = a.N_LABS * SLOTS_PER_LAB, 1
        self.months = 1
        self.parameters = load_registry().table({}, FIRST_MONTH, 1)
        rows = {
            "regions": a.N_REGIONS, "vendors": a.N_VENDORS, "clouds": a.N_CLOUDS, "labs": a.N_LABS, "models": models,
            "platforms": len(a.PLATFORM_KEYS), "industries": a.N_REGIONS, "software": len(a.SOFTWARE_KEYS), "policy": 2,
        }  # fmt: skip
        shapes: dict[str, tuple[int, ...]] = {
            "tokens": (communities, models), "users": (communities, models + 1),
            "flows": (len(FLOWS), len(SECTORS), len(SECTORS)), "shipped": (a.N_VENDORS, a.N_CLOUDS),
            "lab_region": (a.N_LABS, a.N_REGIONS), "holders": (a.N_LABS + 1,), "accounts": (a.N_ACCOUNTS,),
            "journal": (len(FLOWS), a.N_ACCOUNTS), "receipts": (len(FLOWS), a.N_ACCOUNTS),
        }  # fmt: skip
        self.sku_vendor = np.zeros(1, np.int64)
        for name, fields in TABLES.items():
            setattr(self, name, np.zeros((1, rows.get(name, 1)), dtype_of(fields)))
        for name in ARRAYS:
            setattr(self, name, np.zeros((1, *shapes[name])))


@functools.cache
def keys_of(metric: str) -> tuple[str, ...]:
    """Keys of a metric in the order of its table. Raises KeyError for an unknown metric."""
    with np.errstate(all="ignore"):
        return tuple(METRICS[metric].function(Panel(BlankHistory())))
