"""The folder of a validation: scores, every scored row, a figure per series, the answer, and its origin."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from sim.report.score_figures import score_figures
from sim.results.folder import MANIFEST, VALIDATION_KIND, staged
from sim.results.stamp import now_utc, origin
from sim.results.write import list_files
from sim.study.comparison import write_csv

if TYPE_CHECKING:
    from sim.evidence.validation import Options, Validation
    from sim.scenario.model import Scenario


def write_validation(found: Validation, scenario: Scenario, options: Options, out: Path) -> None:
    """Write the folder in one step. Raises InputError if it may not be replaced, RunError if the disk is full."""
    with staged(out) as folder:
        write_csv(pd.DataFrame(found.series), folder / "scores.csv")
        write_csv(found.points.drop(columns="line", errors="ignore"), folder / "points.csv")
        answer = json.dumps(found.answer(), indent=1, allow_nan=False)
        for name, picture in score_figures(found.points, found.series).items():
            (folder / "figures").mkdir(exist_ok=True)
            (folder / "figures" / f"{name}.png").write_bytes(picture)
        (folder / "scores.json").write_text(answer + "\n", encoding="utf-8")
        manifest = {
            "kind": VALIDATION_KIND,
            "scenario": scenario.id,
            "scenario_sha256": scenario.digest(),
            "observed": "shipped" if options.observed is None else options.observed.name,
            "replicates": options.replicates,
            "parameters": options.parameters,
            "seed": options.seed,
            "made_on": now_utc(),
            **origin(),
            "files": list_files(folder),
        }
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
