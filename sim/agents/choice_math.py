"""Single-precision powers and logarithms of two for the developers' choice: branch-free, so that loops vectorise.

Polynomials are least-maximum fits of the relative error: 5th degree for 2**f on [-1/2, 1/2] (7.5e-8), odd 7th degree
for log2 m on [sqrt(1/2), sqrt(2)] (1e-9), so the rounding of single precision dominates. Strict IEEE: same bytes on
every x86-64.
"""

from __future__ import annotations

import numpy as np

from sim.compiled import compiled

ROUND_SHIFT = np.float32(12582912.0)  # 1.5 * 2**23: adding it leaves the nearest integer in the low bits
SMALLEST_EXPONENT = np.float32(-126.0)
ONE = np.float32(1.0)
EXP2_1 = np.float32(0.6931469440460205)
EXP2_2 = np.float32(0.24022120237350464)
EXP2_3 = np.float32(0.05550713092088699)
EXP2_4 = np.float32(0.009675540961325169)
EXP2_5 = np.float32(0.001327647129073739)
LOG2_1 = np.float32(2.885390043258667)
LOG2_3 = np.float32(0.9617988467216492)
LOG2_5 = np.float32(0.5767141580581665)
LOG2_7 = np.float32(0.43174228072166443)
SQRT_HALF_BITS = np.int32(0x3F3504F3)
EXPONENT_MASK = np.int32(-8388608)  # 0xFF800000: sign and exponent of a single


@compiled
def exp2_single(x: np.float32) -> np.float32:
    """2**x in single precision for x <= 127; anything below -126 gives 2**-126, which stands for zero."""
    x = x if x > SMALLEST_EXPONENT else SMALLEST_EXPONENT
    shifted = x + ROUND_SHIFT
    f = x - (shifted - ROUND_SHIFT)
    poly = ONE + f * (EXP2_1 + f * (EXP2_2 + f * (EXP2_3 + f * (EXP2_4 + f * EXP2_5))))
    exponent = np.int32(np.float32(shifted).view(np.int32) << 23)
    return np.int32(np.float32(poly).view(np.int32) + exponent).view(np.float32)


@compiled
def log2_single(x: np.float32) -> np.float32:
    """log2(x) in single precision for normal x > 0."""
    bits = np.float32(x).view(np.int32)
    exponent = np.int32(np.int32(bits - SQRT_HALF_BITS) & EXPONENT_MASK)
    m = np.int32(bits - exponent).view(np.float32)
    s = (m - ONE) / (m + ONE)
    z = s * s
    return np.float32(exponent >> 23) + s * (LOG2_1 + z * (LOG2_3 + z * (LOG2_5 + z * LOG2_7)))
