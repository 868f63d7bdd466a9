"""Purposes of random draws: each agent has one named stream per purpose (`sim.streams`)."""

from __future__ import annotations

import numpy as np

from sim.streams import stream_key

PURPOSES = (
    "release_noise", "run_length", "openness", "repricing", "raise", "war_follow", "entry", "route", "sentiment",
    "default", "buyout", "platform", "compliance", "platform_compliance",
)  # fmt: skip
(
    RELEASE_NOISE, RUN_LENGTH, OPENNESS, REPRICING, RAISE, WAR_FOLLOW, ENTRY_DRAW, ROUTE_DRAW, SENTIMENT,
    DEFAULT_DRAW, BUYOUT_DRAW, PLATFORM_DRAW, COMPLIANCE, PLATFORM_COMPLIANCE,
) = range(len(PURPOSES))  # fmt: skip
MAX_AGENTS = 32


def key_table() -> np.ndarray:
    """Stream keys, shape (purpose, agent), uint64; an agent is named by kind of purpose and row."""
    return np.array(
        [[stream_key(f"agent/{row}", purpose) for row in range(MAX_AGENTS)] for purpose in PURPOSES], dtype=np.uint64
    )
