"""Named random streams: each agent and purpose has its own, and each month its own place in it.

A stream is Philox with key (seed, blake2b(agent, purpose)) and the month in the highest counter word, so that
neighbouring months never overlap and one more agent, purpose or metric shifts nobody's draws. `stream` gives NumPy's
generator; `uniform` and `normal` are its doubles, one at a time, from compiled code. Philox: Salmon, Moraes, Dror and
Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3", SC11.
"""

from __future__ import annotations

import functools
import hashlib

import numpy as np

from sim.compiled import compiled
from sim.numerics import normal_quantile

LOW32 = np.uint64(0xFFFFFFFF)
SHIFT32 = np.uint64(32)
PHILOX64_MULTIPLIER_0 = np.uint64(0xD2E7470EE14C6C93)
PHILOX64_MULTIPLIER_1 = np.uint64(0xCA5A826395121157)
PHILOX64_WEYL_0 = np.uint64(0x9E3779B97F4A7C15)
PHILOX64_WEYL_1 = np.uint64(0xBB67AE8584CAA73B)
PHILOX32_MULTIPLIER_0 = np.uint64(0xD2511F53)
PHILOX32_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
PHILOX32_WEYL_0 = np.uint64(0x9E3779B9)
PHILOX32_WEYL_1 = np.uint64(0xBB67AE85)
Block = tuple[np.uint64, np.uint64, np.uint64, np.uint64]
TWO_TO_MINUS_53 = 1.0 / 9007199254740992.0


def _digest(*names: str) -> np.uint64:
    """64 bits of blake2b over the names, each preceded by its length so that no two lists of names run together."""
    state = hashlib.blake2b(digest_size=8)
    for name in names:
        text = name.encode()
        state.update(len(text).to_bytes(4, "little") + text)
    return np.uint64(int.from_bytes(state.digest(), "little"))


@functools.cache
def stream_key(agent: str, purpose: str) -> np.uint64:
    """Key word of the stream of an agent for a purpose, e.g. `stream_key("lab/deepseek", "releases")`."""
    return _digest(agent, purpose)


def draw_key(seed: int, community: str, purpose: str) -> np.uint64:
    """Key of a community's developers' draws (`philox4x32`): the seed is inside, as there is no second key word."""
    return _digest(str(int(seed)), community, purpose)


def stream(seed: int, agent: str, purpose: str, month: int) -> np.random.Generator:
    """NumPy generator of an agent for a purpose in a month (0 = the first month of the horizon)."""
    key = np.array([seed, stream_key(agent, purpose)], dtype=np.uint64)
    counter = np.array([0, 0, 0, month], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=counter))


@compiled
def multiply_high(x: np.uint64, y: np.uint64) -> np.uint64:
    """High 64 bits of the 128-bit product of two unsigned 64-bit integers."""
    x_low, x_high = x & LOW32, x >> SHIFT32
    y_low, y_high = y & LOW32, y >> SHIFT32
    first = x_low * y_low
    second = x_high * y_low + (first >> SHIFT32)
    third = x_low * y_high + (second & LOW32)
    return x_high * y_high + (second >> SHIFT32) + (third >> SHIFT32)


@compiled
def philox4x64(key0: int, key1: int, c0: int, c1: int, c2: int, c3: int) -> Block:
    """One block of Philox4x64-10: four unsigned 64-bit words from a key of two words and a counter of four."""
    k0, k1 = np.uint64(key0), np.uint64(key1)
    x0, x1, x2, x3 = np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3)
    for _ in range(10):
        high0, low0 = multiply_high(PHILOX64_MULTIPLIER_0, x0), PHILOX64_MULTIPLIER_0 * x0
        high1, low1 = multiply_high(PHILOX64_MULTIPLIER_1, x2), PHILOX64_MULTIPLIER_1 * x2
        x0, x1, x2, x3 = high1 ^ x1 ^ k0, low1, high0 ^ x3 ^ k1, low0
        k0 += PHILOX64_WEYL_0
        k1 += PHILOX64_WEYL_1
    return x0, x1, x2, x3


@compiled
def uniform(seed: int, key: int, month: int, k: int) -> float:
    """The k-th double (k = 0, 1, ...) of `stream(seed, agent, purpose, month).random()`, `key` = `stream_key(...)`.

    NumPy advances the counter before it makes a block, so its first block has counter 1.
    """
    block = (np.uint64(k) >> np.uint64(2)) + np.uint64(1)
    word = np.uint64(k) & np.uint64(3)
    zero = np.uint64(0)
    x0, x1, x2, x3 = philox4x64(np.uint64(seed), np.uint64(key), block, zero, zero, np.uint64(month))
    if word == np.uint64(0):
        x = x0
    elif word == np.uint64(1):
        x = x1
    elif word == np.uint64(2):
        x = x2
    else:
        x = x3
    return np.float64(x >> np.uint64(11)) * TWO_TO_MINUS_53


@compiled
def normal(seed: int, key: int, month: int, k: int) -> float:
    """Standard normal by inversion of the k-th uniform; a uniform of exactly 0 is read as 2**-54."""
    return normal_quantile(max(uniform(seed, key, month, k), 0.5 * TWO_TO_MINUS_53))


@compiled
def philox4x32(key: int, c0: int, c1: int, c2: int, c3: int) -> Block:
    """One block of Philox4x32-10: four 32-bit words (as unsigned 64-bit) from a 64-bit key and a counter of four.

    The low half of `key` is the first key word of the reference implementation.
    """
    k0, k1 = np.uint64(key) & LOW32, np.uint64(key) >> SHIFT32
    x0, x1, x2, x3 = np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3)
    for _ in range(10):
        product0, product1 = PHILOX32_MULTIPLIER_0 * x0, PHILOX32_MULTIPLIER_1 * x2
        x0, x1, x2, x3 = (
            (product1 >> SHIFT32) ^ x1 ^ k0,
            product1 & LOW32,
            (product0 >> SHIFT32) ^ x3 ^ k1,
            product0 & LOW32,
        )
        k0 = (k0 + PHILOX32_WEYL_0) & LOW32
        k1 = (k1 + PHILOX32_WEYL_1) & LOW32
    return x0, x1, x2, x3
