"""What policies bring in and cost."""

from __future__ import annotations

import numpy as np

from sim.accounts import GOVERNMENT_KEYS
from sim.measures.panel import Panel
from sim.measures.registry import Series, metric
from sim.measures.series import by_key


@metric("levy_revenue_usd", unit="USD/month", keys="government", aggregation="sum")
def levies(panel: Panel) -> Series:
    """Levies on chip sales under licence; only the United States takes one."""
    revenue = panel.now["levy_revenue"]
    return {key: revenue if key == "us" else np.zeros(panel.months) for key in GOVERNMENT_KEYS}


@metric("subsidy_cost_usd", unit="USD/month", keys="government", aggregation="sum")
def subsidies(panel: Panel) -> Series:
    """Subsidies paid on chips, compute and electricity."""
    return by_key(panel.now["subsidy_cost"], GOVERNMENT_KEYS)
