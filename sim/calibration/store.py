"""Runs that a calibration has done, kept as it goes: what was killed continues, and ends with the same bytes."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from pathlib import Path

import numpy as np


class Store:
    """Arrays by name in a folder; each file is there whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def get(self, name: str) -> np.ndarray | None:
        """An array that was kept, or None."""
        try:
            return np.load(self.folder / f"{name}.npy", allow_pickle=False)
        except (OSError, ValueError):
            return None

    def put(self, name: str, array: np.ndarray) -> None:
        """Keep an array."""
        partial = self.folder / f".{name}.{uuid.uuid4().hex[:8]}.npy"
        np.save(partial, array, allow_pickle=False)
        os.replace(partial, self.folder / f"{name}.npy")

    def once(self, name: str, make: Callable[[], np.ndarray]) -> np.ndarray:
        """What was kept under a name, made and kept if it is not there."""
        found = self.get(name)
        if found is None:
            found = make()
            self.put(name, found)
        return found
