"""The steps of the evidence in order: what is run, and which part of the answer is kept."""

from __future__ import annotations

import json
import pathlib
import shlex
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

import pandas as pd

from sim.errors import RunError
from sim.evidence.stored import ENSEMBLES, TABLES, write_json, write_rows, write_table

if TYPE_CHECKING:
    from write_evidence import Step

    from sim.study.ensemble import Ensemble

TEST_YEAR = "validate rolling-origin-2024 --parameters 2024 --from 2025-01-01 --to 2025-12-31"
IN_USE, SETS, SEEDS = "2025", 40, 4
WORLDS, FIRST_SEED = 100, 1
"""Worlds of patterns and event tests, each with a parameter set of its own."""
IN_SAMPLE = "validate baseline --from 2023-01-01 --to 2025-12-31"


def keep_scores(folder: pathlib.Path, name: str, command: str) -> None:
    """Scores of a validation, and the model's value and bands at every scored row.

    Raises RunError if the command ends with an error.
    """
    root = pathlib.Path(__file__).parents[1]
    with tempfile.TemporaryDirectory() as place:
        out = pathlib.Path(place) / name
        words = [
            sys.executable,
            "-c",
            "import sys; from sim.cli import main; main(sys.argv[1:])",
            *shlex.split(command),
        ]
        done = subprocess.run([*words, "--out", str(out)], capture_output=True, text=True, check=False, cwd=root)
        if done.returncode != 0:
            raise RunError(f"weightshift {command}: {done.stderr.strip()[-600:]}")
        write_json(folder, name, json.loads((out / "scores.json").read_text(encoding="utf-8")))
        points = pd.read_csv(out / "points.csv")
    kept = name.replace("validation", "points")
    write_table(folder, kept, points[list(TABLES[kept])])


def keep_ensembles(folder: pathlib.Path) -> None:
    """Provenance of the shipped ensembles, and what the data say about the parameters of the one that runs draw from.

    Raises RunError if that one is not shipped.
    """
    from sim.study.ensemble import SHIPPED, read_ensemble

    found = {name: read_ensemble(name) for name in SHIPPED}
    provenance = {name: dict(one.provenance) for name, one in found.items() if one is not None}
    if IN_USE not in provenance:
        raise RunError("the ensemble that runs draw from is not shipped: weightshift calibrate makes it")
    renamed = {"path": "parameter", "low": "prior_low", "high": "prior_high", "p05": "low", "p50": "median",
               "p95": "high", "ratio": "sd_ratio"}  # fmt: skip
    write_table(folder, "calibration", pd.DataFrame(provenance[IN_USE]["identification"]).rename(columns=renamed))
    write_table(folder, "targets", pd.DataFrame(provenance[IN_USE]["misfits"]))
    short = {
        name: {"sets": len(found[name].members), **{key: one[key] for key in sorted(one) if not is_table(one[key])}}
        for name, one in provenance.items()
    }
    write_json(folder, ENSEMBLES, short)


def keep_inversion(folder: pathlib.Path) -> None:
    """Stage 1 of the calibration: what single equations say with data up to end-2025."""
    from sim.calibration.inversion import inversions

    write_table(folder, "inversion", inversions("2025-12").drop(columns="source"))


def is_table(value: object) -> bool:
    """Whether an entry of a provenance is more than a number or a text."""
    return isinstance(value, list | dict)


def ensemble_in_use() -> Ensemble:
    """The ensemble that runs draw from. Raises RunError if none is shipped."""
    from sim.study.ensemble import read_ensemble

    ensemble = read_ensemble(IN_USE)
    if ensemble is None:
        raise RunError("the ensemble that runs draw from is not shipped: weightshift calibrate makes it")
    return ensemble


def keep_variance(folder: pathlib.Path) -> None:
    """Variance of headline measures by parameters and by chance, in the baseline."""
    from sim.evidence.variance import variance_table
    from sim.scenario.load import load_scenario
    from sim.study.engine import default_workers

    table = variance_table(load_scenario("baseline"), ensemble_in_use(), SETS, SEEDS, default_workers())
    write_table(folder, "variance", table)


def keep_patterns(folder: pathlib.Path) -> None:
    """Patterns P1-P12 over worlds of the ensemble, a set each, and which sets show which."""
    from sim.evidence.patterns import kills_of, pattern_facts, rows_of
    from sim.study.engine import default_workers
    from sim.study.ensemble import worlds_of

    facts = pattern_facts(worlds_of(ensemble_in_use(), FIRST_SEED, WORLDS), default_workers())
    write_rows(folder, "patterns", rows_of(facts))
    write_table(folder, "pattern_sets", kills_of(facts))


def keep_events(folder: pathlib.Path) -> None:
    """Responses to events of the past over worlds of the ensemble."""
    from sim.evidence.event_tests import event_lives, paths_of, rows_of
    from sim.scenario.model import FIRST_MONTH
    from sim.study.engine import default_workers
    from sim.study.ensemble import worlds_of

    lives = event_lives(worlds_of(ensemble_in_use(), FIRST_SEED, WORLDS), default_workers())
    write_rows(folder, "events", rows_of(lives))
    write_table(folder, "event_paths", paths_of(lives, FIRST_MONTH))


def keep_benchmarks(folder: pathlib.Path) -> None:
    """Numbers that others published."""
    from sim.evidence.benchmarks import run_benchmarks
    from sim.evidence.corners import corner_curves
    from sim.study.engine import default_workers

    write_rows(folder, "benchmarks", run_benchmarks(default_workers()))
    write_table(folder, "corner_curves", corner_curves())


def steps() -> list[Step]:
    """All steps; a later one may use what an earlier one made."""
    from write_evidence import Step

    return [
        Step("validation_2024", f"weightshift {TEST_YEAR}",
             lambda folder: keep_scores(folder, "validation_2024", TEST_YEAR)),
        Step("validation_2025", f"weightshift {IN_SAMPLE}",
             lambda folder: keep_scores(folder, "validation_2025", IN_SAMPLE)),
        Step("calibration", "read from the shipped ensembles", keep_ensembles),
        Step("inversion", "sim.calibration.inversion.inversions", keep_inversion),
        Step("patterns", f"{WORLDS} sets of the ensemble, three runs each", keep_patterns),
        Step("events", f"{WORLDS} sets of the ensemble, six runs each", keep_events),
        Step("benchmarks", "weightshift validate --benchmarks", keep_benchmarks),
        Step("variance", f"{SETS} sets of the ensemble, {SEEDS} seeds each, baseline", keep_variance),
    ]  # fmt: skip
