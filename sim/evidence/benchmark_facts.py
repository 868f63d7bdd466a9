"""Numbers of a world that no metric holds, for published numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.world import CN

YEAR_2024 = slice(12, 24)
MID_2025 = 29
"""Column of June 2025."""


class BenchmarkFacts:
    """Reader for `sim.study.engine`: facts by name, arrays of any length."""

    def read(self, history: Any) -> dict[str, np.ndarray]:
        """Chips of each route in 2024, and the share of spending that reallocation saves; none that come later."""
        if history.months <= MID_2025:
            return {}
        return {
            "route_chips_2024": history.routes["flow"][YEAR_2024].sum(axis=0),
            "reallocation_saving": np.array([reallocation_saving(history)]),
        }


def reallocation_saving(history: Any, month: int = MID_2025) -> float:
    """Share of spending outside China that is saved if every user of a closed model takes the cheapest open one at
    least as capable, where that is cheaper (the counterfactual of Nagle and Yue 2025, with the model's prices).
    """
    models, tokens = history.models[month], history.tokens[month]
    abroad = history.communities["region"][month] != CN
    used = tokens[abroad][:, : len(models)].sum(axis=0)
    price = np.where(models["open"] == 1, models["host_price"], models["price"])
    offered = (models["available"] == 1) & (price > 0.0)
    spend = np.where(offered, used * price, 0.0)
    least = price.copy()
    for m in np.flatnonzero(offered & (models["open"] == 0)):
        equal = offered & (models["open"] == 1) & (models["q"] >= models["q"][m])
        if equal.any():
            least[m] = min(price[m], price[equal].min())
    return float(1.0 - np.where(offered, used * least, 0.0).sum() / spend.sum())
