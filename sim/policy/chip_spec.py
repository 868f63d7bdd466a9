"""What export law looks at on a chip, and the two quantities that it is written in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

DesignOrigin = Literal["us", "cn"]


def total_processing_performance(tops_by_bits: Mapping[int, float]) -> float:
    """Total processing performance (TPP): the largest product of dense TOPS and bit length over the precisions.

    Args: bit length -> dense TOPS, counted as published (a multiply-add is two operations already).
    Returns TPP in TOPS x bits. Raises ValueError for an empty mapping or a value that is not positive.
    Source: ECCN 3A090, technical note (88 FR 73458).
    """
    if not tops_by_bits:
        raise ValueError("no precision given")
    if any(bits <= 0 or tops < 0 for bits, tops in tops_by_bits.items()):
        raise ValueError(f"bit lengths must be positive and TOPS not negative: {dict(tops_by_bits)}")
    return max(bits * tops for bits, tops in tops_by_bits.items())


def performance_density(tpp: float, die_mm2: float) -> float:
    """TPP per mm2 of die area. Raises ValueError if the area is not positive. Source: ECCN 3A090 (88 FR 73458)."""
    if not die_mm2 > 0:
        raise ValueError(f"die area must be positive, not {die_mm2}")
    return tpp / die_mm2


@dataclass(frozen=True, slots=True)
class ChipSpec:
    """A chip as the law sees it: TPP (TOPS x bits), die area (mm2), bandwidths (GB/s), memory (GB), H100e (1)."""

    sku: str
    vendor: str
    design_origin: DesignOrigin
    tpp: float
    die_mm2: float
    interconnect_gb_s: float
    hbm_bw_gb_s: float
    hbm_gb: float
    h100e: float

    @property
    def performance_density(self) -> float:
        """TPP per mm2."""
        return performance_density(self.tpp, self.die_mm2)

    def measure(self, name: str) -> float:
        """Value of one measure of `sim.policy.conditions.Measure`. Raises AttributeError for an unknown name."""
        return float(getattr(self, name))
