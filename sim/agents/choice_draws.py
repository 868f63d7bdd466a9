"""Who reconsiders, and with what random numbers: stratified sampling of developers on counter-based words.

Each stratum of 1 / rho places picks one developer; the last stratum is as full as the others and a pick beyond the last
developer is nobody. Its random numbers hang on the key of the community, the stratum and the month alone, so one more
developer changes nobody else's. Of the four Philox words of a stratum the first picks the developer, the second the
portfolio position, the third the nest and the fourth the model within it.
"""

from __future__ import annotations

import numpy as np

from sim.compiled import compiled
from sim.streams import (
    LOW32,
    PHILOX32_MULTIPLIER_0,
    PHILOX32_MULTIPLIER_1,
    PHILOX32_WEYL_0,
    PHILOX32_WEYL_1,
    SHIFT32,
)

BLOCK = 128  # strata, and so developers, worked on together
SHARES = np.array([[840, 0, 0, 0], [560, 280, 0, 0], [480, 240, 120, 0], [448, 224, 112, 56]], dtype=np.int64)
"""Tokens of each position out of `FULL`, by the number of positions less one: each position half the one before."""
FULL = 840
FULL_WORD = np.uint64(FULL)
BORDERS = np.ascontiguousarray(np.cumsum(SHARES, axis=1)[:, :3])

TWO_TO_MINUS_32 = 1.0 / 4294967296.0
TWO_TO_MINUS_23 = np.float32(1.0 / 8388608.0)
HALF = np.float32(0.5)


@compiled
def draw_words(key: int, first: int, month: int, count: int, words: np.ndarray) -> None:
    """Random words (32 bits in u8 [4, BLOCK]) of strata first .. first + count - 1: counter (stratum, month, 0, 0).

    The same as `streams.philox4x32`, round by round over the block, a form that LLVM vectorises.
    """
    w0, w1, w2, w3 = words[0], words[1], words[2], words[3]
    for d in range(count):
        w0[d] = np.uint64(first + d)
        w1[d] = np.uint64(month)
        w2[d] = w3[d] = np.uint64(0)
    k0, k1 = key & LOW32, key >> SHIFT32
    for _ in range(10):
        for d in range(count):
            product0, product1 = PHILOX32_MULTIPLIER_0 * w0[d], PHILOX32_MULTIPLIER_1 * w2[d]
            w0[d] = (product1 >> SHIFT32) ^ w1[d] ^ k0
            w2[d] = (product0 >> SHIFT32) ^ w3[d] ^ k1
            w1[d] = product1 & LOW32
            w3[d] = product0 & LOW32
        k0 = (k0 + PHILOX32_WEYL_0) & LOW32
        k1 = (k1 + PHILOX32_WEYL_1) & LOW32


@compiled
def draw_places(first: int, count: int, stratum_width: float, word: np.ndarray, places: np.ndarray) -> None:
    """Candidates of each stratum, i4 [3, BLOCK]: its first place, its pick if that is taken, its pick if it is free.

    Stratum s covers the places from s w to (s + 1) w, w >= 1. Neighbours share a place where their border is not whole,
    with parts p (of the earlier) and q. Each gets it with its own part, never both: if the earlier took it, the later
    draws among its other places, else it takes it with probability q / (1 - p). So every index is picked with
    probability exactly 1 / w, and at most once a month.
    """
    shared, other, free = places[0], places[1], places[2]
    for d in range(count):
        low, high = (first + d) * stratum_width, (first + d + 1) * stratum_width
        u = np.float64(word[d]) * TWO_TO_MINUS_32
        place = np.int32(low)
        over = low - place
        last = np.int32(high)
        last = last - 1 if np.float64(last) >= high else last
        # a whole border shares nothing: `mine` is then the probability of the first place like any other
        mine = (1.0 - over) / (stratum_width - over)
        begin = place + 1.0
        rest = max(1.0 - mine, 1e-9)
        beyond = np.int32(begin + max(u - mine, 0.0) / rest * (high - begin))
        among = np.int32(begin + u * (high - begin))
        shared[d] = place
        other[d] = min(among, last)
        free[d] = place if u < mine else min(beyond, last)


@compiled
def pick(count: int, taken: np.int32, places: np.ndarray) -> np.int32:
    """Row 0 of `places` becomes the pick of each stratum, given the pick before the first; the last pick."""
    shared, other, free = places[0], places[1], places[2]
    for d in range(count):
        hit = np.int32(taken == shared[d])
        taken = np.int32(free[d] + hit * (other[d] - free[d]))  # no branch: its outcome is random
        shared[d] = taken
    return taken


@compiled
def pick_position(word: np.uint64, positions: int) -> np.int64:
    """A portfolio position with probability equal to its share of tokens, from 32 random bits."""
    ticket = np.int64((word * FULL_WORD) >> SHIFT32)
    k = positions - 1
    return np.int64(ticket >= BORDERS[k, 0]) + np.int64(ticket >= BORDERS[k, 1]) + np.int64(ticket >= BORDERS[k, 2])


@compiled
def unit_single(word: np.uint64) -> np.float32:
    """A single strictly inside (0, 1) from 32 random bits: multiples of 2**-23 plus 2**-24."""
    return (np.float32(np.int32(word >> np.uint64(9))) + HALF) * TWO_TO_MINUS_23
