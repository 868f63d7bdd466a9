"""Models: their weights, their origin, what they learn from each other."""

from __future__ import annotations

import datetime as dt

import numpy as np

from sim.policy.export_controls import Regime
from sim.policy.instruments.models import (
    DistillationEnforcement,
    OpenWeightsIncentive,
    OpenWeightsLiability,
    ProcurementBan,
    ReleaseRestriction,
)
from sim.world import REGIONS, SEGMENTS

ORIGINS = ("us", "cn", "eu")


def fill(regime: Regime, row: np.void, day: dt.date) -> None:
    """Write what the instruments on models say on a day."""
    for _, grant in regime.applying(OpenWeightsIncentive, day):
        _grant(grant, row)
    for _, restriction in regime.applying(ReleaseRestriction, day):
        _restrict(restriction, row)
    for _, ban in regime.applying(ProcurementBan, day):
        _ban(ban, row)
    for _, liability in regime.applying(OpenWeightsLiability, day):
        _hold_liable(liability, row)
    for _, enforcement in regime.applying(DistillationEnforcement, day):
        for pupil in enforcement.pupils:
            for teacher in enforcement.teachers:
                place = ORIGINS.index(pupil) * len(ORIGINS) + ORIGINS.index(teacher)
                row["distillation_access"][place] *= enforcement.access


def _grant(grant: OpenWeightsIncentive, row: np.void) -> None:
    for origin in map(ORIGINS.index, grant.origins):
        row["open_grant_usd"][origin] = grant.grant_usd
        row["open_grant_budget_usd"][origin] = -1.0 if grant.budget_usd_per_year is None else grant.budget_usd_per_year
        row["open_grant_from_eci"][origin] = grant.from_eci


def _restrict(restriction: ReleaseRestriction, row: np.void) -> None:
    prefix = "open_limit" if restriction.scope == "publication" else "export_limit"
    for origin in map(ORIGINS.index, restriction.origins):
        if restriction.above_eci is not None:
            line = row[f"{prefix}_eci"]
            # A line at 0 means every model, also one below the zero of the index.
            line[origin] = min(line[origin], restriction.above_eci if restriction.above_eci > 0 else -1e9)
        if restriction.behind_frontier_eci is not None:
            behind = row[f"{prefix}_behind_eci"]
            behind[origin] = max(behind[origin], restriction.behind_frontier_eci)


def _ban(ban: ProcurementBan, row: np.void) -> None:
    for origin in map(ORIGINS.index, ban.origins):
        for region in map(REGIONS.index, ban.regions):
            for segment in map(SEGMENTS.index, ban.segments):
                place = (origin * len(REGIONS) + region) * len(SEGMENTS) + segment
                row["model_ban"][place] = max(row["model_ban"][place], ban.compliance)
            if ban.robots:
                place = origin * len(REGIONS) + region
                row["robot_ban"][place] = max(row["robot_ban"][place], ban.compliance)


def _hold_liable(liability: OpenWeightsLiability, row: np.void) -> None:
    for region in map(REGIONS.index, liability.regions):
        row["open_liability_usd_mtok"][region] = liability.usd_per_mtoken
        row["open_liability_from_eci"][region] = liability.from_eci
        row["host_compliance_usd"][region] = liability.usd_per_host_year
