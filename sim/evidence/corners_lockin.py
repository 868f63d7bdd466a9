"""Arthur's lock-in: two equal models, and users who like what others use.

The choice is the model's own kernel; the network term is that of act developers.choose_models, `beta ln(1 + K/mean K)`
with the mean as that act counts it. With two models `K/mean K = 3s`, s the share, so equal shares lose their stability
where `s(1 - s) d(utility)/ds = 1` at s = 1/2: `beta* = (1 - sigma)/0.6`.
"""

from __future__ import annotations

import numpy as np

from sim.agents.choice_kernel import Offer, Terms, choose
from sim.evidence.corner import Corner
from sim.streams import draw_key
from sim.world import Developers

SIGMA = 0.3
THRESHOLD = (1.0 - SIGMA) / 0.6
USERS, MONTHS, RECONSIDER, DECAY = 400, 240, 0.3, 0.1
RUNS = 40
DOMINANT = 0.8
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 0.9, 1.1, 1.25, 1.5, 2.0)
"""Network term over its threshold."""
SURE = 50.0
"""Utility of having a model at all: nobody stays outside."""
SOURCE = "Arthur 1989, Economic Journal 99; threshold derived for this term (see the code)"


def users() -> Developers:
    """Identical users with one position each, without a model."""
    none = np.zeros(USERS, np.float32)
    return Developers(
        taste_price=none, taste_quality=none.copy(), taste_open=none.copy(), taste_origin=none.copy(),
        positions=np.ones(USERS, np.uint8), intensity=np.ones(USERS, np.int32),
        choice=np.full((USERS, 4), 255, np.uint8),
    )  # fmt: skip


def final_share(strength: float, run: int) -> float:
    """Share of the first model after `MONTHS`; `strength` is the network term over its threshold."""
    developers = users()
    terms = Terms(SIGMA, 0.75, 0.0, 0.0, 0.0, 0.0)
    counts, weight = np.zeros((2, 3), np.int64)
    counts[2] = weight[2] = USERS
    installed = np.ones(2)
    flat = np.zeros(2)
    flags = np.zeros(2, np.uint8)
    own = np.arange(2)
    key = draw_key(run, "corner/lock-in", "choice")
    for month in range(MONTHS):
        mean = (1.0 + installed.sum()) / 3.0
        base = SURE + strength * THRESHOLD * np.log(1.0 + installed / mean)
        offer = Offer(base, flat, flat, flags, flags, own, own)
        rate = 1.0 if month == 0 else RECONSIDER
        choose(developers, 0, USERS, offer, terms, rate, key, month, 0 if month == 0 else -1, counts, weight)
        installed += counts[:2] - DECAY * installed
    return float(counts[0] / USERS)


def outcomes(strengths: tuple[float, ...] = STRENGTHS, runs: int = RUNS) -> np.ndarray:
    """Final shares of the first model, shape (strengths, runs)."""
    return np.array([[final_share(strength, run) for run in range(runs)] for strength in strengths])


def locked(shares: np.ndarray) -> np.ndarray:
    """Share of runs in which one of the two models holds at least `DOMINANT`, shape (strengths,)."""
    return ((shares >= DOMINANT) | (shares <= 1.0 - DOMINANT)).mean(axis=1)


def lockin_corners(shares: np.ndarray | None = None) -> list[Corner]:
    """Frequency of lock-in below and above the threshold, without the term, and who wins."""
    found = outcomes() if shares is None else shares
    frequency = dict(zip(STRENGTHS, locked(found), strict=True))
    alone, strong = found[STRENGTHS.index(0.0)], found[STRENGTHS.index(2.0)]
    first = float((strong > 0.5).mean())
    low, high = np.quantile(alone, (0.05, 0.95))
    rises = float(np.diff(locked(found)).min())

    def row(id: str, what: str, value: float, expected: str, passed: bool) -> Corner:
        return Corner(id, what, value, value, value, expected, SOURCE, bool(passed))

    return [
        Corner("T2.1", "no network term: share of one of two equal models", float(np.median(alone)), float(low),
               float(high), "0.5, to 0.05", SOURCE, bool(abs(np.median(alone) - 0.5) < 0.05)),
        row("T2.2", "half the threshold: share of runs locked in", frequency[0.5], "0", frequency[0.5] == 0.0),
        row("T2.3", "three quarters of it", frequency[0.75], "at most 0.1", frequency[0.75] <= 0.1),
        row("T2.4", "one and a half times the threshold", frequency[1.5], "at least 0.9", frequency[1.5] >= 0.9),
        row("T2.5", "twice the threshold", frequency[2.0], "1", frequency[2.0] == 1.0),
        row("T2.6", "least step of that share as the term grows", rises, "never falls by more than 0.1", rises >= -0.1),
        row("T2.7", "runs that the first of the two wins, at twice the threshold", first, "chance: 0.3 to 0.7",
            0.3 <= first <= 0.7),
    ]  # fmt: skip
