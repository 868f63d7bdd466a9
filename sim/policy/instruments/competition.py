"""Instruments of competition law: software, stakes, mergers, switching."""

from __future__ import annotations

from sim.policy.instruments.base import Parameters

INSTRUMENTS: dict[str, type[Parameters]] = {}
