"""Runs the steps of the evidence and writes docs/evidence.md, its figures, and the marked parts of other documents.

    python tools/write_evidence.py                     # all steps (make evidence)
    python tools/write_evidence.py --only patterns     # one step, then the documents
    python tools/write_evidence.py --from-results      # the documents from what is stored

What a step found is kept in docs/evidence/ with its command, its seconds and the digest of the source.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import pathlib
import sys
import time
from collections.abc import Callable, Sequence

from sim.errors import InputError, RunError
from sim.evidence.marked import fill, parts
from sim.evidence.notes import read_notes, read_row_notes
from sim.evidence.page_figures import drawings, png
from sim.evidence.page_sections import evidence_page
from sim.evidence.stored import note_step, read_stored
from sim.results.stamp import now_utc, source_sha256

ROOT = pathlib.Path(__file__).parents[1]
DOCS = ROOT / "docs"
FILLED = ("model_card.md", "limits.md")
LARGEST_FIGURE = 200_000


@dataclasses.dataclass(frozen=True)
class Step:
    """A step: its name, how a reader would run it, and the function that runs it and stores what it found."""

    name: str
    command: str
    run: Callable[[pathlib.Path], None]


def run_steps(steps: Sequence[Step], folder: pathlib.Path) -> list[str]:
    """Run steps in order; each is stored before the next begins. Names of those that failed: the others go on."""
    failed = []
    for step in steps:
        print(f"{step.name}: {step.command}", flush=True)
        begin = time.perf_counter()
        digest = source_sha256()
        try:
            step.run(folder)
        except (InputError, RunError, ImportError) as error:
            print(f"{step.name} failed: {error}", file=sys.stderr)
            failed.append(step.name)
            continue
        seconds = round(time.perf_counter() - begin)
        note_step(
            folder,
            {"step": step.name, "command": step.command, "seconds": seconds, "source_sha256": digest,
             "made_on": now_utc()[:10]},
        )  # fmt: skip
    return failed


def documents(docs: pathlib.Path) -> dict[pathlib.Path, bytes]:
    """Content of every file that is made from the stored results. Raises InputError for bad results or markers."""
    stored = read_stored(docs / "evidence")
    notes = read_notes(docs / "evidence_notes.yaml")
    reasons = read_row_notes(docs / "evidence_notes.yaml")
    found = {docs / "evidence.md": evidence_page(stored, notes, reasons).encode()}
    filled = parts(stored)
    for name in FILLED:
        text = (docs / name).read_text(encoding="utf-8")
        found[docs / name] = fill(text, filled, str(docs / name)).encode()
    return found


def figures(docs: pathlib.Path) -> dict[pathlib.Path, bytes]:
    """The figures of the page. Raises RunError if one is too large to be kept."""
    found = {}
    for name, draw in drawings(read_stored(docs / "evidence")).items():
        picture = png(draw)
        if len(picture) > LARGEST_FIGURE:
            raise RunError(f"figure {name} has {len(picture):,} bytes; at most {LARGEST_FIGURE:,} are kept")
        found[docs / "img" / "evidence" / f"{name}.png"] = picture
    return found


def write(files: dict[pathlib.Path, bytes]) -> None:
    """Write files, each at once, and say where."""
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.part")
        partial.write_bytes(content)
        os.replace(partial, path)
        print(path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what was asked for; exit code 0 done, 1 a run failed, 2 bad input."""
    from evidence_steps import steps

    parser = argparse.ArgumentParser(description="Runs the steps of the evidence and writes its page.")
    known = {step.name: step for step in steps()}
    parser.add_argument("--from-results", action="store_true", help="run nothing")
    parser.add_argument("--only", action="append", choices=list(known), help="only this step; may be given again")
    options = parser.parse_args(arguments)
    failed: list[str] = []
    try:
        if not options.from_results:
            failed = run_steps([known[name] for name in options.only or known], DOCS / "evidence")
        write({**figures(DOCS), **documents(DOCS)})
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    except RunError as error:
        print(error, file=sys.stderr)
        return 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "tools")]
    sys.exit(main())
