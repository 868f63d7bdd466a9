"""Rules that are announced and not yet in force: who sees one coming that takes something away, and so buys ahead."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim.accounts import CLOUD_KEYS
from sim.policy.chip_spec import ChipSpec
from sim.policy.export_controls import Regime
from sim.policy.instruments.trade import (
    ChipThresholdRule,
    CountryCaps,
    EntityCaps,
    EntityRule,
    ImportBlock,
    ImportGuidance,
    InputControl,
    Levy,
    LicencePolicy,
    LicenceRequirement,
)
from sim.policy.schema import Policy
from sim.world import CN, REGIONS

ON_CHIPS = (ChipThresholdRule, LicenceRequirement, LicencePolicy, Levy, ImportGuidance, ImportBlock)
OnSale = Sequence[tuple[ChipSpec, int, int]]
"""Chips with their first and last month of production, counted from the start of the run."""


class Tightening(NamedTuple):
    """What a rule takes away on the day on which it comes into force."""

    regions: tuple[bool, ...]
    """Regions whose buyers lose access to some chip, or pay more for it."""
    clouds: tuple[bool, ...]
    """Operators that meet a cap of their own."""
    subsidiaries: bool
    """Whether subsidiaries abroad of Chinese firms lose access."""
    memory: int
    """-1 memory for Chinese makers is forbidden, 1 it is allowed again, 0 no change."""
    tools: bool
    """Whether tools for Chinese makers are forbidden."""

    @property
    def anything(self) -> bool:
        """Whether anybody loses anything."""
        return any(self.regions) or any(self.clouds) or self.subsidiaries or self.tools or self.memory < 0


def terms(regime: Regime, spec: ChipSpec, destination: str, day: dt.date) -> tuple[float, float, float, float, float]:
    """Share approved, buyer's taste, levy, cap (-1 none) and delay of a chip sold to a destination on a day."""
    verdict = regime.verdict(spec, destination, day)
    share = {"free": 1.0, "out_of_scope": 1.0, "denial": 0.0}.get(verdict.status, verdict.approval_rate)
    cap = verdict.volume_cap_share if np.isfinite(verdict.volume_cap_share) else -1.0
    taste = regime.buyer_permission(spec, destination, day)
    return share, taste, verdict.levy_rate, cap, float(verdict.delay_months)


FREE_SALE = (1.0, 0.0, -1.0, 0.0)
"""Share let through, levy, cap and delay of a chip that no rule touches."""


def terms_by_region(regime: Regime, spec: ChipSpec, day: dt.date) -> tuple[np.ndarray, np.ndarray]:
    """`terms` for China, shape (5,), and for every region with both keys in one share, shape (regions, 4)."""
    china, sales = np.zeros(5), np.zeros((len(REGIONS), len(FREE_SALE)))
    for r, region in enumerate(REGIONS):
        share, taste, levy, cap, delay = terms(regime, spec, region, day)
        sales[r] = share * taste, levy, cap, delay
        if r == CN:
            china[:] = share, taste, levy, cap, delay
    return china, sales


def tightening(regime: Regime, policy: Policy, chips: Sequence[ChipSpec]) -> Tightening:
    """What changes for the worse by one policy on its first day, by the law known when it was announced."""
    day = policy.effective or policy.announced
    known = regime.known(policy.announced)
    without = Regime(other for other in known.policies if other.id != policy.id)
    rule = policy.parameters
    regions = [False] * len(REGIONS)
    if isinstance(rule, ON_CHIPS):
        regions = [any(_worse(known, without, chip, region, day) for chip in chips) for region in REGIONS]
    elif isinstance(rule, CountryCaps):
        begin = max(day, rule.starts)
        regions = [known.region_cap_h100e(r, begin) < without.region_cap_h100e(r, begin) for r in REGIONS]
    clouds = [False] * len(CLOUD_KEYS)
    if isinstance(rule, EntityCaps):
        clouds = [known.entity_cap_h100e(key, day) < without.entity_cap_h100e(key, day) for key in CLOUD_KEYS]
    subsidiaries = isinstance(rule, EntityRule) and any(
        len(known.treated_as(region, "cn", day)) > len(without.treated_as(region, "cn", day)) for region in REGIONS
    )
    memory, tools = 0, False
    if isinstance(rule, InputControl):
        after, before = (law.input_allowed(rule.item, "cn", day) for law in (known, without))
        memory = int(after) - int(before) if rule.item == "hbm_stacks" else 0
        tools = rule.item == "chip_tools" and before and not after
    return Tightening(tuple(regions), tuple(clouds), subsidiaries, memory, tools)


def _worse(known: Regime, without: Regime, chip: ChipSpec, region: str, day: dt.date) -> bool:
    """Whether a chip gets harder to buy: less is let through, a higher levy, a lower cap, a longer wait."""
    share, taste, levy, cap, delay = terms(known, chip, region, day)
    old_share, old_taste, old_levy, old_cap, old_delay = terms(without, chip, region, day)
    if old_share * old_taste <= 0.0:
        return False
    capped = cap >= 0.0 and (old_cap < 0.0 or cap < old_cap)
    return share * taste < old_share * old_taste or levy > old_levy or capped or delay > old_delay


def write_pulls(regime: Regime, policy: np.ndarray, dates: Sequence[dt.date], on_sale: OnSale) -> None:
    """Share of each month in which buyers see a rule coming that takes something from them: they hoard.

    Writes the pulls and `months_to_rule` into the rows of the law in force, shape (months,). A control of memory that
    comes into force, or is lifted, within a month acts for the rest of that month only.
    """
    for rule in regime.policies:
        if rule.effective is None or rule.effective < dates[0].replace(day=1):
            continue
        if regime.repealed_before(rule):
            continue
        first = (rule.effective.year - dates[0].year) * 12 + rule.effective.month - dates[0].month
        chips = [spec for spec, launch, end in on_sale if launch <= first <= end]
        found = tightening(regime, rule, chips)
        if not found.anything and found.memory == 0:
            continue
        for t, end in enumerate(dates):
            _write(policy[t], rule, found, end)


def _write(row: np.void, rule: Policy, found: Tightening, end: dt.date) -> None:
    effective = rule.effective or rule.announced
    begin = end.replace(day=1)
    length = calendar.monthrange(end.year, end.month)[1]
    days = (min(effective, end + dt.timedelta(days=1)) - max(rule.announced, begin)).days
    pull = max(0, days) / length
    if found.memory:
        if found.memory < 0:
            row["memory_pull"] = max(row["memory_pull"], pull)
        if begin <= effective <= end:
            elapsed = (effective - begin).days / length
            row["hbm_allowed"] = elapsed if found.memory < 0 else 1.0 - elapsed
    if found.tools:
        row["tools_pull"] = max(row["tools_pull"], pull)
    for r, tighter in enumerate(found.regions):
        if tighter:
            row["stockpile_pull"][r] = max(row["stockpile_pull"][r], pull)
    for k, tighter in enumerate(found.clouds):
        if tighter:
            row["entity_pull"][k] = max(row["entity_pull"][k], pull)
    if found.subsidiaries:
        row["subsidiary_pull"] = max(row["subsidiary_pull"], pull)
    if found.regions[CN] and rule.announced <= end < effective:
        wait = float((effective.year - end.year) * 12 + effective.month - end.month)
        row["months_to_rule"] = wait if row["months_to_rule"] < 0 else min(row["months_to_rule"], wait)
