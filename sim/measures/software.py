"""Software firms by exposure to AI, and private equity: revenue, adoption, interest cover, defaults, buyouts."""

from __future__ import annotations

import numpy as np

from sim.accounts import PRIVATE_EQUITY, SOFTWARE_COHORTS, SOFTWARE_OWNERS
from sim.measures.panel import Panel
from sim.measures.registry import Series, metric
from sim.measures.series import WORLD, by_key, ratio

CENTS = 100.0


def by_exposure(rows: np.ndarray) -> np.ndarray:
    """Sums over owners: (months, cohort and owner) to (months, cohort)."""
    return rows.reshape(len(rows), len(SOFTWARE_COHORTS), len(SOFTWARE_OWNERS)).sum(axis=2)


def cohorts_and_sum(rows: np.ndarray) -> Series:
    """Amounts by cohort and their sum as `world`, from rows by cohort and owner."""
    return {**by_key(by_exposure(rows), SOFTWARE_COHORTS), WORLD: rows.sum(axis=1)}


def cohorts_and_ratio(part: np.ndarray, whole: np.ndarray) -> Series:
    """Ratio of sums by cohort, and over all as `world`, from rows by cohort and owner."""
    shares = ratio(by_exposure(part), by_exposure(whole))
    return {**by_key(shares, SOFTWARE_COHORTS), WORLD: ratio(part.sum(axis=1), whole.sum(axis=1))}


@metric("software_revenue_usd", unit="USD/month", keys="cohort, world", aggregation="sum")
def software_revenue(panel: Panel) -> Series:
    """Revenue of software firms by exposure to AI."""
    return cohorts_and_sum(panel.software["revenue"])


@metric("software_ai_adoption", unit="share", keys="cohort, world", aggregation="mean")
def software_ai_adoption(panel: Panel) -> Series:
    """Share of software firms that have adopted AI, weighted with revenue."""
    software = panel.software
    return cohorts_and_ratio(software["adoption"] * software["revenue"], software["revenue"])


@metric("software_interest_coverage", unit="ratio", keys="cohort, world", aggregation="mean")
def software_interest_coverage(panel: Panel) -> Series:
    """EBITDA over interest of software firms owned by private equity."""
    software = panel.software
    return cohorts_and_ratio(software["coverage"] * software["interest"], software["interest"])


@metric("software_defaults", unit="count", keys="cohort, world", aggregation="end")
def software_defaults(panel: Panel) -> Series:
    """Software firms that have defaulted since the start."""
    return cohorts_and_sum(panel.software["defaults"])


@metric("pe_buyouts_usd", unit="USD/month", keys="cohort, world", aggregation="sum")
def buyouts(panel: Panel) -> Series:
    """What private equity pays for software firms."""
    return cohorts_and_sum(panel.software["buyouts"])


@metric("pe_dry_powder_usd", unit="USD", keys="world", aggregation="end")
def dry_powder(panel: Panel) -> Series:
    """Money that funds hold for buyouts of software firms."""
    return {WORLD: panel.accounts[:, PRIVATE_EQUITY] / CENTS}
