"""The most valuable modification of a chip that a vendor may sell without a licence.

A vendor can cut the interconnect, switch off compute units (TPP falls, the die keeps its area) and cut memory
bandwidth. The lines of the law divide these three numbers into boxes, and value rises in each of them, so the best
variant sits just under some line in each number: only those corners are tried.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sim.policy.chip_spec import ChipSpec
from sim.policy.conditions import Condition
from sim.policy.export_controls import Regime
from sim.policy.instruments.trade import ChipThresholdRule, LicenceRequirement
from sim.policy.verdict import Status

FREE: tuple[Status, ...] = ("free",)


@dataclass(frozen=True, slots=True)
class DesignRules:
    """How a vendor values a modification; all values are assumptions."""

    compute_weight: float = 0.6
    """Elasticity of value to TPP."""
    memory_weight: float = 0.4
    """Elasticity of value to memory bandwidth: inference is often bound by it."""
    interconnect_weight: float = 0.1
    """Elasticity of value to interconnect."""
    margin: float = 0.01
    """Distance kept below a line, share (H20 keeps 1.3 % in TPP)."""
    memory_uplift: float = 1.2
    """Bandwidth, relative to the base chip, that newer memory allows in a low-compute design (H20 to H100: 1.19)."""
    low_compute_share: float = 0.5
    """TPP relative to the base chip up to which a design counts as low-compute: memory is not upgraded for less."""
    least_value_share: float = 0.1
    """Value relative to the base chip below which a variant is not worth a product."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A chip derived for a destination."""

    spec: ChipSpec
    base_sku: str
    h100e_factor: float
    """H100e relative to the base chip, 0 to 1."""
    value_share: float
    """Value to the buyer relative to the base chip by the vendor's own reckoning."""
    changes: tuple[str, ...]
    """What was changed, in words."""


def value_share(variant: ChipSpec, base: ChipSpec, rules: DesignRules) -> float:
    """Value of a variant relative to its base: (TPP ratio)^a (bandwidth ratio)^b (interconnect ratio)^c."""
    value = 1.0
    for measure, weight in (
        ("tpp", rules.compute_weight),
        ("hbm_bw_gb_s", rules.memory_weight),
        ("interconnect_gb_s", rules.interconnect_weight),
    ):
        if base.measure(measure) > 0:
            value *= (variant.measure(measure) / base.measure(measure)) ** weight
    return value


def best_compliant_variant(
    base: ChipSpec,
    regime: Regime,
    destination: str,
    as_of: dt.date,
    include_announced: bool = True,
    acceptable: Collection[Status] = FREE,
    rules: DesignRules | None = None,
) -> Variant | None:
    """Best variant of `base` for `destination` as vendors see the law on `as_of`, or None.

    With `include_announced` it must be acceptable under the law of the day and under every later step of the law that
    is announced by then. `acceptable` may include `case_by_case`. None if the base chip itself is acceptable, or if no
    variant is worth `rules.least_value_share` of the base chip. H100e scales with TPP.
    """
    rules = rules or DesignRules()
    law = regime.known(as_of)
    days = [as_of]
    if include_announced:
        days += [day for day in law.change_dates() if day > as_of]

    def sellable(chip: ChipSpec) -> bool:
        return all(law.verdict(chip, destination, day).status in acceptable for day in days)

    if sellable(base):
        return None
    candidates = ((value_share(chip, base, rules), chip) for chip in _corners(base, law, days, rules) if sellable(chip))
    value, best = max(candidates, key=lambda item: item[0], default=(0.0, base))
    if value < rules.least_value_share or value <= 0.0:
        return None
    factor = best.tpp / base.tpp
    named = dataclasses.replace(
        best, sku=f"{base.sku}-{destination}-{as_of:%Y-%m}", h100e=round(base.h100e * factor, 6)
    )
    return Variant(named, base.sku, factor, value, _changes(named, base))


def _corners(base: ChipSpec, law: Regime, days: Iterable[dt.date], rules: DesignRules) -> Iterable[ChipSpec]:
    """Chips just under each combination of lines, including the base chip's own numbers."""
    conditions = _conditions(law, days)
    under = 1.0 - rules.margin
    tpps = _below(base.tpp, [line * under for line in _lines(conditions, "tpp")])
    tpps |= _below(base.tpp, [line * under * base.die_mm2 for line in _lines(conditions, "performance_density")])
    links = _below(base.interconnect_gb_s, [line * under for line in _lines(conditions, "interconnect_gb_s")])
    most_memory = base.hbm_bw_gb_s * max(1.0, rules.memory_uplift)
    memories = _below(most_memory, [line * under for line in _lines(conditions, "hbm_bw_gb_s")])
    memories |= {base.hbm_bw_gb_s}
    sums = [line * under for line in _sum_lines(conditions)]
    links |= {total - memory for total in sums for memory in memories if 0 < total - memory <= base.interconnect_gb_s}
    memories |= {total - link for total in sums for link in links if 0 < total - link <= most_memory}
    for tpp, link, memory in itertools.product(sorted(tpps), sorted(links), sorted(memories)):
        if memory <= base.hbm_bw_gb_s or tpp <= rules.low_compute_share * base.tpp:
            yield dataclasses.replace(base, tpp=tpp, interconnect_gb_s=link, hbm_bw_gb_s=memory)


def _conditions(law: Regime, days: Iterable[dt.date]) -> list[Condition]:
    found: list[Condition] = []
    for day in days:
        found += [c for _, rule in law.applying(ChipThresholdRule, day) for part in rule.clauses for c in part.all_of]
        found += [c for _, rule in law.applying(LicenceRequirement, day) for part in rule.clauses for c in part.all_of]
    return found


def _lines(conditions: Iterable[Condition], measure: str) -> list[float]:
    return [
        line
        for condition in conditions
        if condition.measures == (measure,)
        for line in (condition.at_least, condition.below)
        if line
    ]


def _sum_lines(conditions: Iterable[Condition]) -> list[float]:
    """Lines on memory plus interconnect; sums of other measures have no corner of their own."""
    return [
        line
        for condition in conditions
        if set(condition.measures) == {"hbm_bw_gb_s", "interconnect_gb_s"}
        for line in (condition.at_least, condition.below)
        if line
    ]


def _below(most: float, values: Iterable[float]) -> set[float]:
    return {value for value in values if 0 < value < most} | {most}


def _changes(variant: ChipSpec, base: ChipSpec) -> tuple[str, ...]:
    names = {"tpp": "TPP", "interconnect_gb_s": "interconnect GB/s", "hbm_bw_gb_s": "memory bandwidth GB/s"}
    return tuple(
        f"{label} {base.measure(name):.0f} -> {variant.measure(name):.0f}"
        for name, label in names.items()
        if variant.measure(name) != base.measure(name)
    )
