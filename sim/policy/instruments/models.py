"""Instruments on models: their weights, their origin, what they learn from each other."""

from __future__ import annotations

from sim.policy.instruments.base import Parameters

INSTRUMENTS: dict[str, type[Parameters]] = {}
