"""What a chip is worth to who computes on it."""

from __future__ import annotations

from sim.compiled import compiled
from sim.numerics import power


@compiled
def chip_value(h100e, bandwidth_gb_s):
    """Usefulness of a chip over an H100: geometric mean of arithmetic and memory bandwidth.

    Training is bound by arithmetic, decoding by bandwidth; equal weights are an assumption (range 0.3 to 0.7).
    """
    return power(h100e, 0.5) * power(bandwidth_gb_s / 3350.0, 0.5)
