"""Chips that vendors cut for China: which projects they begin, when, and which come on sale.

A vendor thinks again about each of its products whenever a rule is announced, and about a new product a design lag
before it comes on sale. It looks for the best cut that needs no licence, and for the best one that a review case by
case may grant; it begins a project if what both governments can be expected to let through is worth a product.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sim.policy.chips import Chip
from sim.policy.compliant_sku import DesignRules, Variant, best_compliant_variant
from sim.policy.export_controls import Regime
from sim.policy.months import FAR, last_day, month_index
from sim.policy.verdict import Status

SELLERS = ("nvidia", "amd")  # vendors that design for the Chinese market
UNLICENSED: tuple[Status, ...] = ("free", "out_of_scope")
CHANNELS: tuple[tuple[Status, ...], ...] = (UNLICENSED, (*UNLICENSED, "case_by_case"))
"""Ways to sell in China: without a licence, or under review as well."""
AHEAD_MONTHS = 12  # how long before its launch a product is considered at an announcement


class Project(NamedTuple):
    """A chip cut for China that comes on sale."""

    chip: Chip
    variant: Variant
    begin: int
    """First month on sale, counted from the start of the run."""
    end: int
    """Last month of production: that of the product it is cut from."""
    name: str


class Occasion(NamedTuple):
    """A day on which a vendor thinks about a chip for China, and the month in which a project begun then is ready."""

    day: dt.date
    ready: int
    launch_of: str
    """Product whose launch it is; empty: an announcement, at which all products are considered."""


def projects(chips: Sequence[Chip], regime: Regime, start: int, months: int, lag: int) -> Iterator[Project]:
    """Projects that come on sale, in the order in which they are begun.

    Vendors work on the rules that they know, in force or announced, and drop a project that another rule overtakes.
    """
    seen: set[tuple[str, tuple[float, ...]]] = set()
    for occasion in _occasions(chips, regime, start, months, lag):
        known = regime.known(occasion.day)
        for chip in chips:
            if occasion.launch_of not in ("", chip.sku):
                continue
            begin, end = _span(chip, occasion, start)
            if begin >= months or begin > end:
                continue
            day = max(occasion.day, last_day(start + begin))
            if known.verdict(chip.spec, "cn", day).status in UNLICENSED:
                continue
            for channel in CHANNELS:
                found = best_compliant_variant(chip.spec, known, "cn", day, acceptable=channel)
                last = last_day(start + min(end, months - 1))
                if found is None or not _is_worth_it(chip, found, known, day, last, channel is not UNLICENSED):
                    continue
                if regime.verdict(found.spec, "cn", last_day(start + max(begin, 0))).status not in channel:
                    continue  # overtaken
                key = (chip.sku, tuple(round(x, 3) for x in (found.h100e_factor, found.spec.hbm_bw_gb_s)))
                if key in seen:
                    continue
                seen.add(key)
                suffix = "" if channel is UNLICENSED else "-review"
                name = f"{chip.sku}-cn-{occasion.day:%Y-%m}{suffix}"
                yield Project(chip, found, max(begin, 0), end, name)


def _occasions(chips: Sequence[Chip], regime: Regime, start: int, months: int, lag: int) -> list[Occasion]:
    found = []
    for announced in sorted(set(regime.announcement_dates())):
        ready = announced.year * 12 + announced.month - 1 - start + lag
        if ready < months:
            found.append(Occasion(announced, ready, ""))
    for chip in chips:
        launch = month_index(chip.launch, start, FAR)
        if chip.vendor in SELLERS and 0 <= launch < months:
            found.append(Occasion(last_day(start + launch - lag), launch, chip.sku))
    return sorted(found)


def _span(chip: Chip, occasion: Occasion, start: int) -> tuple[int, int]:
    """First and last month on sale of a project begun on an occasion; empty if it is none."""
    launch = month_index(chip.launch, start, FAR)
    end = month_index(chip.end_of_production, start, FAR)
    if chip.vendor not in SELLERS or end < max(occasion.ready, 0) or launch > occasion.ready + AHEAD_MONTHS:
        return FAR, -1
    return max(occasion.ready, launch), end


def _is_worth_it(chip: Chip, variant: Variant, known: Regime, day: dt.date, last: dt.date, licensed: bool) -> bool:
    """Whether what a cut earns, times what both governments let through, is worth a product while it could be sold.

    A cut chip costs as much to make as the whole one. Without a licence it is enough that its value is; a vendor that
    must apply, under a cap and a levy, counts the margin of a package relative to that of the whole chip,
    (value - cost / price) / (1 - cost / price), since the package could carry the whole chip for somebody else.
    """
    days = [day, *(change for change in known.change_dates() if day < change <= last)]
    share = 0.0
    for each in days:
        verdict = known.verdict(variant.spec, "cn", each)
        share = max(share, verdict.approval_rate * known.buyer_permission(variant.spec, "cn", each))
    earned = variant.value_share
    if licensed:
        cost = chip.unit_cost_usd / chip.launch_price_usd
        earned = (earned - cost) / (1.0 - cost)
    return earned * share >= DesignRules().least_value_share
