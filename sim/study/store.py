"""The folder of a sweep while it grows: immutable parts, each there whole or not at all, and what they add up to.

A part holds the runs of one task. Whatever is killed, every part that was acknowledged stays; at the end parts become
three tables that depend on the study and the model alone, not on workers, order or interruptions.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import itertools
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sim.errors import InputError, RunError
from sim.results.folder import DISK_ERRORS, MANIFEST, SWEEP_KIND
from sim.study.run_plan import RunResult

if TYPE_CHECKING:
    from sim.study.study_file import Study

PARTS, LOCK, STUDY, SCENARIOS = "parts", ".lock", "study.resolved.yaml", "scenarios"
OURS = {LOCK, PARTS, STUDY, SCENARIOS, f".{STUDY}.partial", f".{MANIFEST}.partial"}
"""All that is in the folder of a sweep that was killed before its first manifest."""
PART = pa.schema([("run", pa.int32()), ("error", pa.string()), ("values", pa.list_(pa.float64()))])
TOGETHER = 16
"""No part holds runs of two groups of so many neighbours: so parts need no sorting across the whole sweep."""
IDENTITY = ("study_sha256", "model", "ensemble", "format_version")
"""What must be the same for runs to be put together."""
SAID = {
    "study_sha256": "the study", "model": "the model", "ensemble": "the ensemble",
    "format_version": "the format of the folder",
}  # fmt: skip


class Store:
    """The parts of one sweep. Only one process may have it open: see `opened`."""

    def __init__(self, folder: Path, manifest: dict[str, Any]) -> None:
        self.folder = folder
        self.manifest = manifest

    @property
    def total(self) -> int:
        """Number of runs of the sweep."""
        return int(self.manifest["runs"])

    @property
    def complete(self) -> bool:
        """Whether all runs are done and the tables are written."""
        return bool(self.manifest["complete"])

    def part_files(self) -> list[Path]:
        """All parts that were acknowledged, in the order of their first runs."""
        return sorted((self.folder / PARTS).glob("part-*.parquet"))

    def done(self) -> np.ndarray:
        """Which runs are kept, failed ones included; shape (runs,). A part that cannot be read is dropped."""
        found = np.zeros(self.total, dtype=bool)
        for path in self.part_files():
            try:
                found[pq.read_table(path, columns=["run"])["run"].to_numpy()] = True
            except (OSError, pa.ArrowException, IndexError):
                path.unlink(missing_ok=True)
        return found

    def add(self, results: Sequence[RunResult]) -> None:
        """Keep some runs. Raises RunError if the disk is full or the folder has gone; what was kept before stays."""
        columns = [
            pa.array([one.run for one in results], PART.field("run").type),
            pa.array([one.error for one in results], PART.field("error").type),
            pa.array([one.values for one in results], PART.field("values").type),
        ]
        name = f"part-{min(one.run for one in results):08d}-{len(results):04d}.parquet"
        with self.written(self.folder / PARTS / name) as partial:
            pq.write_table(
                pa.Table.from_arrays(columns, schema=PART), partial, compression="zstd", compression_level=1,
                use_dictionary=False,
            )  # fmt: skip

    def merged(self, block: int) -> Iterator[pa.Table]:
        """All runs in order of their numbers, `block` at a time, each once: memory does not grow with the sweep."""
        waiting: list[pa.Table] = []
        rows = 0
        for _, paths in itertools.groupby(self.part_files(), lambda path: int(path.name.split("-")[1]) // TOGETHER):
            waiting.append(_each_once(pa.concat_tables([pq.read_table(path) for path in paths])))
            rows += len(waiting[-1])
            while rows >= block:
                whole = pa.concat_tables(waiting)
                yield whole.slice(0, block)
                waiting, rows = [whole.slice(block)], rows - block
        if rows:
            yield pa.concat_tables(waiting)

    def note(self, **facts: Any) -> None:
        """Put facts into the manifest."""
        self.manifest.update(facts)
        with self.written(self.folder / MANIFEST) as partial:
            partial.write_text(json.dumps(self.manifest, indent=1) + "\n", encoding="utf-8")

    def drop_parts(self) -> None:
        """Remove the parts, once the tables hold all that they held."""
        shutil.rmtree(self.folder / PARTS, ignore_errors=True)

    @contextlib.contextmanager
    def written(self, path: Path) -> Iterator[Path]:
        """A hidden name to write to, which becomes `path` when it is whole and on the disk.

        Raises RunError if the disk is full or the folder cannot be written.
        """
        partial = path.with_name(f".{path.name}.partial")
        try:
            yield partial
            _sync(partial)
            os.replace(partial, path)
            _sync(path.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
            reason = DISK_ERRORS.get(error.errno or 0, error.strerror or str(error))
            raise RunError(f"{path}: {reason}; every run kept so far is there, --resume goes on from it") from None


def _each_once(table: pa.Table) -> pa.Table:
    """Rows in order of their runs: a run is there twice if it was done again after an acknowledgement was lost."""
    _, first = np.unique(table["run"].to_numpy(), return_index=True)
    return table.take(first)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def opened(
    folder: Path, study: Study, identity: dict[str, Any], facts: dict[str, Any], *, resume: bool, fresh: bool
) -> Iterator[Store]:
    """The store of a study in a folder: begun, or gone on with.

    A folder of the same study and model is gone on with; `fresh` begins anew. Raises InputError if the folder holds
    something else, another study or version, or if another process has it open, or if it cannot be written.
    """
    if resume and fresh:
        raise InputError("goes on, --fresh begins anew: give one of them", key="--resume")
    with _made(folder), _locked(folder):
        known = _known(folder)
        if known is not None and not fresh:
            _check_same(known, identity, folder)
            (folder / PARTS).mkdir(exist_ok=True)
            yield Store(folder, known)
            return
        _clear(folder, known)
        (folder / PARTS).mkdir(exist_ok=True)
        store = Store(folder, {"kind": SWEEP_KIND, **identity, **facts, "complete": False, "files": {}})
        with store.written(folder / STUDY) as partial:
            partial.write_text(study.resolved_yaml(), encoding="utf-8")
        (folder / SCENARIOS).mkdir(exist_ok=True)
        for scenario in study.plain_scenarios():
            with store.written(folder / SCENARIOS / f"{scenario.id}.yaml") as partial:
                partial.write_text(scenario.resolved_yaml(), encoding="utf-8")
        store.note()
        yield store


@contextlib.contextmanager
def _made(folder: Path) -> Iterator[None]:
    if folder.exists() and not folder.is_dir():
        raise InputError("exists and is not a folder", file=str(folder))
    if folder.is_dir() and _known(folder) is None and {path.name for path in folder.iterdir()} - OURS:
        raise InputError("folder exists and is no sweep; nothing was written", file=str(folder))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot write here: {error.strerror}", file=str(folder)) from None
    yield


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    try:
        file: IO[str] = (folder / LOCK).open("w")
    except OSError as error:
        raise InputError(f"cannot write here: {error.strerror}", file=str(folder)) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise
            raise InputError("another sweep is at work in this folder", file=str(folder)) from None
        yield
        (folder / LOCK).unlink(missing_ok=True)


def _known(folder: Path) -> dict[str, Any] | None:
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("kind") == SWEEP_KIND and "runs" in found else None


def _check_same(known: dict[str, Any], identity: dict[str, Any], folder: Path) -> None:
    changed = [SAID[name] for name in IDENTITY if known.get(name) != identity[name]]
    if changed:
        raise InputError(
            f"{' and '.join(changed)} changed since these runs were made, and runs of two kinds are not mixed; "
            "give --fresh to begin anew, or another --out",
            file=str(folder),
        )


def _clear(folder: Path, known: dict[str, Any] | None) -> None:
    """Remove what a sweep wrote, the manifest first: a kill in between leaves no folder that looks whole."""
    (folder / MANIFEST).unlink(missing_ok=True)
    for name in (PARTS, SCENARIOS) if known else ():
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in [*(known or {}).get("files", ()), STUDY]:
        (folder / name).unlink(missing_ok=True)
