"""The ensemble: parameter sets that the data to a date leave open, from which worlds draw their parameters.

One row is one set, in drawing order; one column is one parameter by its path. How the sets were made stands in the
file itself (`provenance`).
"""

from __future__ import annotations

import dataclasses
import json
import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sim.errors import InputError
from sim.registry import load_registry
from sim.study.worlds import World, seeded_worlds

DATA = Path(__file__).parents[1] / "data"
SHIPPED = {"2025": DATA / "ensemble.parquet", "2024": DATA / "ensemble_2024.parquet"}
"""Fitted to data up to the end of that year; 2025 is the one that runs draw from."""
PROVENANCE = b"weightshift provenance"


@dataclasses.dataclass(frozen=True)
class Ensemble:
    """`members`: one parameter set a row, columns are paths; `provenance`: how they were made."""

    members: pd.DataFrame
    provenance: Mapping[str, Any]

    @property
    def data_to(self) -> str:
        """Last day of the data that the sets have seen, YYYY-MM-DD."""
        return str(self.provenance["data_to"])

    @property
    def digest(self) -> str:
        """Tells one ensemble from another."""
        return str(self.provenance["digest"])

    def discrepancy(self, metric: str, key: str) -> float | None:
        """Standard deviation of the model's discrepancy from a series on its scale; None if it was no target."""
        return self.provenance["discrepancy"].get(f"{metric} {key}")

    def overrides(self, member: int) -> tuple[tuple[str, float | int], ...]:
        """A set as a world takes it."""
        registry = load_registry()
        row = zip(self.members.columns.astype(str), self.members.iloc[member].astype(float), strict=True)
        return tuple((path, round(value) if registry[path].record.integer else value) for path, value in row)

    def member_of(self, seed: int) -> int:
        """The set of the world with a seed: it does not depend on how many worlds are drawn.

        Sets stand in random order, so neighbouring seeds, taken in turn, are a fair sample without repetition.
        """
        return seed % len(self.members)


def worlds_of(ensemble: Ensemble | None, seed: int, count: int) -> tuple[World, ...]:
    """Worlds with seeds `seed`, `seed + 1`, ..., each with its own set; central values without an ensemble."""
    worlds = seeded_worlds(seed, count)
    if ensemble is None:
        return worlds
    return tuple(dataclasses.replace(w, overrides=ensemble.overrides(ensemble.member_of(w.seed))) for w in worlds)


def read_ensemble(name: str | Path = "2025") -> Ensemble | None:
    """A shipped ensemble by the year of its data, or a file; None for "central", or if none is shipped.

    Raises InputError for a file that cannot be read, has paths that are no parameters, or values out of bounds.
    """
    if str(name) == "central":
        return None
    shipped = SHIPPED.get(str(name))
    if shipped is not None and not shipped.is_file():
        return None
    path = shipped or Path(name)
    if not path.is_file():
        raise InputError(
            "is neither 'ensemble', 'central', 2024 nor 2025, nor a file", file=str(path), key="--parameters"
        )
    try:
        table = pq.read_table(path)
        provenance = json.loads(table.schema.metadata[PROVENANCE])
        members = table.to_pandas()
        ensemble = Ensemble(members.astype(np.float64), provenance)
        _ = ensemble.data_to, ensemble.digest, ensemble.provenance["discrepancy"]
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException):
        raise InputError("is not an ensemble of parameter sets; make one with calibrate", file=str(path)) from None
    _check(ensemble, path)
    return ensemble


def _check(ensemble: Ensemble, path: Path) -> None:
    registry = load_registry()
    if ensemble.members.empty:
        raise InputError("has no parameter sets", file=str(path))
    for name, column in ensemble.members.items():
        if str(name) not in registry:
            near = registry.nearest(str(name))
            raise InputError("is not a parameter", file=str(path), key=str(name), hint=near and f"did you mean {near}?")
        record = registry[str(name)].record
        low = -np.inf if record.minimum is None else record.minimum
        high = np.inf if record.maximum is None else record.maximum
        if not (np.isfinite(column).all() and (column >= low).all() and (column <= high).all()):
            raise InputError(f"has values outside {low:g} to {high:g}", file=str(path), key=str(name))


def write_ensemble(ensemble: Ensemble, path: Path) -> None:
    """Write the file whole or not at all; the same content gives the same bytes."""
    table = pa.Table.from_pandas(ensemble.members, preserve_index=False)
    text = json.dumps(ensemble.provenance, sort_keys=True, allow_nan=False)
    table = table.replace_schema_metadata({PROVENANCE: text.encode()})
    partial = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    try:
        pq.write_table(table, partial, compression="zstd")
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
