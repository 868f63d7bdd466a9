"""Finished sweeps that the pages may open: those in the folder of results, and in one given when the pages begin."""

from __future__ import annotations

import dataclasses
import functools
import os
from pathlib import Path
from typing import Any

from sim.analysis.drivers import method_of
from sim.errors import InputError
from sim.results.folder import MANIFEST, SWEEP_KIND, read_manifest
from sim.study.sweep_reader import Sweep, read_sweep
from sim.study.sweep_tables import FAILURES

SETTING = "WEIGHTSHIFT_STUDIES"
RESULTS = "outputs"
MOST = 200
"""So many studies are listed at most."""
DESIGNS = {
    "full_factorial": "every combination", "lhs": "Latin hypercube", "sobol": "Sobol’ sequence with its partners",
    "morris": "Morris trajectories", "ensemble": "sets of the calibrated ensemble",
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Finished:
    """A finished sweep, as its manifest says; `id` is what a page may ask for."""

    id: str
    folder: Path
    title: str
    runs: int
    scenarios: tuple[str, ...]
    made_on: str


def places() -> list[Path]:
    """Folders that are looked through, each once."""
    given = os.environ.get(SETTING, "").strip()
    found = [Path(RESULTS), *([Path(given)] if given else [])]
    return list({path.resolve(): path for path in found}.values())


def finished_studies() -> list[Finished]:
    """Finished sweeps in those folders, or that such a folder is itself; the newest first."""
    found: dict[str, Finished] = {}
    for place in places():
        for folder in [place, *_inside(place)]:
            one = _read(folder)
            if one is not None and one.id not in found and len(found) < MOST:
                found[one.id] = one
    return sorted(found.values(), key=lambda one: (one.made_on, one.id), reverse=True)


def _inside(place: Path) -> list[Path]:
    try:
        return sorted(path for path in place.iterdir() if path.is_dir() and not path.name.startswith("."))
    except OSError:
        return []


def _read(folder: Path) -> Finished | None:
    manifest = read_manifest(folder, (SWEEP_KIND,))
    if manifest is None or not manifest.get("complete"):
        return None
    try:
        return Finished(
            str(folder), folder, str(manifest.get("title") or manifest["study"]), int(manifest["runs"]),
            tuple(str(name) for name in manifest["scenarios"]), str(manifest.get("started_utc", ""))[:10],
        )  # fmt: skip
    except (KeyError, TypeError, ValueError):
        return None


def opened(study: str) -> Sweep:
    """A sweep of the list by its id. Raises InputError for any other, and for one that cannot be read."""
    known = {one.id: one for one in finished_studies()}
    if study not in known:
        raise InputError("is none of the finished studies that are listed", key=study[:200])
    folder = known[study].folder
    return _opened(folder, (folder / MANIFEST).stat().st_mtime_ns)


@functools.lru_cache(maxsize=4)
def _opened(folder: Path, _changed: int) -> Sweep:
    return read_sweep(folder)


def facts(sweep: Sweep) -> list[tuple[str, str]]:
    """What a sweep is: name and value of each fact."""
    study, manifest = sweep.study, sweep.manifest
    points, replicates = int(sweep.samples["point"].nunique()), len(sweep.replicates)
    levers = "; ".join(f"{path}: {', '.join(str(one) for one in values)}" for path, values in study.levers.items())
    failed = f"{len(sweep.failures):,} of {int(manifest['runs']):,}"
    told: list[tuple[str, Any]] = [
        ("Question", " ".join(study.question.split())),
        ("Scenarios", ", ".join(sweep.scenarios)),
        ("Levers", levers),
        ("Uncertain parameters", f"{len(study.uncertain)}" if study.uncertain else "none"),
        ("Design", f"{DESIGNS.get(study.method, study.method)}, {points:,} points × {replicates:,} replicates"),
        ("Runs", f"{int(manifest['runs']):,}"),
        ("Failed", f"none of {int(manifest['runs']):,}" if sweep.failures.empty else f"{failed} ({FAILURES} says why)"),
        ("Months", f"{manifest['start']} to {manifest['end']}"),
        ("Model", f"{manifest.get('model', '')}, made {str(manifest.get('started_utc', ''))[:10]}"),
        ("Drivers by", method_of(sweep, None) if study.uncertain else ""),
        ("Folder", str(sweep.folder)),
    ]
    return [(name, str(value)) for name, value in told if value]
