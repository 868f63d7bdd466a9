"""Writes docs/gallery.md and docs/img/gallery/*.png: every scenario against its baseline, in paired worlds.

    python tools/make_gallery.py [--worlds 20] [--workers 2] [--out docs] [SCENARIO ...]

A figure is at most 60 kB. A scenario that breaks down has an entry that says so, and the command ends with 1.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import shutil
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import sim
from sim.errors import InputError, RunError
from sim.report.arms import Arm, read_arms
from sim.report.gallery import (
    LARGEST_BYTES,
    Entry,
    arm_picture,
    entry_of_arm,
    entry_of_failure,
    entry_of_run,
    gallery_text,
    run_picture,
)
from sim.scenario.files import shipped_folder
from sim.study.compare import Options, compare

if TYPE_CHECKING:
    from sim.scenario.model import Scenario

DEFAULT_BASELINE = "baseline"
Pictures = dict[str, bytes]


def shipped() -> list[str]:
    """Ids of the scenarios in `scenarios/`."""
    return sorted(file.stem for file in shipped_folder().glob("*.yaml"))


def by_baseline(names: Sequence[str]) -> dict[str, list[Scenario]]:
    """Scenarios by the id of the baseline that each is compared with; a baseline alone has an empty list."""
    groups: dict[str, list[Scenario]] = {}
    for name in names:
        scenario = sim.load_scenario(name)
        baseline = scenario.baseline or DEFAULT_BASELINE
        if baseline == scenario.id:
            groups.setdefault(baseline, [])
        else:
            groups.setdefault(baseline, []).append(scenario)
    return groups


def compared(baseline: Scenario, policies: Sequence[Scenario], worlds: int, workers: int) -> list[Arm]:
    """Arms of the policies in the same worlds."""
    options = Options(minimum=worlds, maximum=worlds, channels=False, workers=workers)
    return read_arms(compare(baseline, policies, options, out=pathlib.Path("gallery")))


def group_entries(
    baseline: Scenario, policies: Sequence[Scenario], shown: set[str], worlds: int, workers: int
) -> tuple[list[Entry], Pictures]:
    """Entries and pictures of the scenarios with one baseline, and of the baseline if it is to be shown."""
    entries: list[Entry] = []
    pictures: Pictures = {}
    try:
        arms = compared(baseline, policies, worlds, workers)
    except (InputError, RunError):  # one of them cannot be compared: find out which
        arms = []
        for policy in policies:
            try:
                arms += compared(baseline, [policy], worlds, workers)
            except (InputError, RunError) as error:
                entries.append(entry_of_failure(policy.id, policy.resolved(), baseline.id, str(error)))
    resolved = {policy.id: policy.resolved() for policy in policies}
    for arm in arms:
        entries.append(entry_of_arm(arm, resolved[arm.id], baseline.id))
        pictures[arm.id] = arm_picture(arm)
    if arms and baseline.id in shown:
        entries.append(entry_of_run(baseline.id, baseline.resolved(), arms[0].base))
        pictures[baseline.id] = run_picture(arms[0].base)
    return entries, pictures


def make_gallery(names: Sequence[str], out: pathlib.Path, worlds: int, workers: int, command: str) -> list[Entry]:
    """Write `gallery.md` and `img/gallery/` into `out`; pictures of scenarios that are gone are removed.

    Raises RunError if a picture is too large.
    """
    entries: list[Entry] = []
    pictures: Pictures = {}
    for name, policies in by_baseline(names).items():
        found, drawn = group_entries(sim.load_scenario(name), policies, set(names), worlds, workers)
        entries += found
        pictures |= drawn
    for name, content in pictures.items():
        if len(content) > LARGEST_BYTES:
            raise RunError(f"the picture of {name} has {len(content)} bytes, more than {LARGEST_BYTES}")
    folder = out / "img" / "gallery"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, content in pictures.items():
        (folder / f"{name}.png").write_bytes(content)
    (out / "gallery.md").write_text(gallery_text(entries, sim.__version__, command, worlds), encoding="utf-8")
    return entries


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description="docs/gallery.md: every scenario against its baseline")
    parser.add_argument("names", nargs="*", help="ids of scenarios; all if none is given")
    parser.add_argument("--worlds", type=int, default=20)
    parser.add_argument("--workers", type=int, default=min(os.cpu_count() or 1, 2))
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("docs"))
    given = parser.parse_args()
    entries = make_gallery(given.names or shipped(), given.out, given.worlds, given.workers, "make gallery")
    broken = [entry for entry in entries if entry.result.startswith("No result")]
    for entry in broken:
        print(f"{entry.id}: {entry.result}", file=sys.stderr)
    print(f"{len(entries)} scenarios: {given.out / 'gallery.md'}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
