"""A sweep in formats that others read."""

from __future__ import annotations

import pandas as pd
from made_sweep import real_sweep

from sim.exports.write import export


def test_a_sweep_is_exported(tmp_path):
    sweep = real_sweep(tmp_path)
    files = {file.name for file in export(sweep.folder, ("iamc", "csv", "xlsx"), tmp_path / "export")}
    assert {"iamc.csv", "results.csv", "samples.csv", "failures.csv", "made.xlsx", "datapackage.json"} <= files
    results = pd.read_csv(tmp_path / "export" / "results.csv")
    assert len(results) == len(sweep.results)
    iamc = pd.read_csv(tmp_path / "export" / "iamc.csv")
    assert set(iamc["scenario"]) == {"baseline", "no-controls"}
