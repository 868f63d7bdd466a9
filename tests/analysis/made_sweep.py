"""Sweeps in memory with values that a test knows, and a small real one."""

from __future__ import annotations

import dataclasses
import json
import pathlib

import numpy as np
import pandas as pd

from sim.study.sweep_reader import Sweep, read_sweep

STUDY = """
schema_version: 1
id: made
title: A made sweep
scenarios: [baseline, no-controls]
uncertainties: {include: [chips.generation_ramp_months, chips.learning_rate]}
levers: {energy.us.electricity_price: [0.06, 0.09]}
design: {method: lhs, n: 4}
replicates: {count: 2}
set: {developers.count: 200}
until: 2024-12
measures:
  - {metric: open_token_share, key: world, at: 2024-12, goal: ">= 0.2"}
  - {metric: chip_revenue_usd, key: nvidia, at: 2024, goal: high}
  - {metric: electricity_price_usd_per_kwh, key: us, at: end, goal: low}
"""


class MadeSweep(Sweep):
    """A sweep whose tables are given: `values[name of the measure]` (scenarios, samples, replicates)."""

    values: dict[str, np.ndarray]

    def table(self, measure):
        """The table of a measure as it was given."""
        return self.values[measure.name]


def study_in(folder: pathlib.Path, text: str = STUDY):
    """The study of a text."""
    from sim.study.study_file import load_study

    file = folder / "made.yaml"
    file.write_text(text)
    return load_study(file)


def made_sweep(folder: pathlib.Path, values: dict[str, np.ndarray], failures=(), text: str = STUDY) -> MadeSweep:
    """A sweep without runs; failures are (scenario, sample, replicate)."""
    from sim.study.design import samples_of

    study = study_in(folder, text)
    failed = pd.DataFrame(
        [(*place, 1, "broken") for place in failures], columns=["scenario", "sample", "replicate", "seed", "error"]
    )
    replicates = pd.DataFrame({"replicate": range(study.replicates), "seed": range(1, study.replicates + 1)})
    found = MadeSweep(folder, {}, study, samples_of(study), failed, replicates.assign(member=""))
    object.__setattr__(found, "values", values)
    return found


def real_sweep(folder: pathlib.Path, text: str = STUDY) -> Sweep:
    """The study really simulated: 32 short runs."""
    from sim.study.sweep import Options, sweep

    sweep(study_in(folder, text), folder / "out", Options(workers=1))
    return read_sweep(folder / "out")


def with_failed_run(source: pathlib.Path, target: pathlib.Path) -> Sweep:
    """A copy of a sweep's folder in which the fourth run failed, as the tables of such a sweep are."""
    import shutil

    import pyarrow.parquet as pq

    shutil.copytree(source, target)
    failed = ("baseline", 1, 1)
    for name in ("results.parquet", "timeseries.parquet"):
        table = pq.read_table(target / name)
        frame = table.select(["scenario", "sample", "replicate"]).to_pandas()
        keep = ~((frame["scenario"] == failed[0]) & (frame["sample"] == failed[1]) & (frame["replicate"] == failed[2]))
        pq.write_table(table.filter(keep.to_numpy()), target / name)
    (target / "failures.csv").write_text("scenario,sample,replicate,seed,error\nbaseline,1,1,2,broken\n")
    assert json.loads((target / "manifest.json").read_text())["complete"]
    return read_sweep(target)


def replaced(sweep: Sweep, **changes):
    """The sweep with other fields of its study."""
    return dataclasses.replace(sweep, study=dataclasses.replace(sweep.study, **changes))
