"""The ablation table lists every switch, and its worlds do not depend on how many processes live them."""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from test_docs import ROOT, tool

from sim.registry import load_registry

ablation = tool("ablation")
PAGE = (ROOT / "docs" / "ablation.md").read_text(encoding="utf-8")


def test_page_lists_every_switch_and_option_of_the_registry() -> None:
    records = {path: record for path, record in load_registry().records.items() if record.role == "R"}
    assert re.findall(r"^- `([\w.]+)` \(", PAGE, flags=re.M) == list(records)
    options = {f"`{path}`: {o}" for path, record in records.items() for o in record.options if o != record.value}
    assert options <= set(re.findall(r"^\| (`[\w.]+`: [^|]+) \|", PAGE, flags=re.M))


def test_difference_is_paired_and_in_its_unit() -> None:
    base, changed = np.array([2.0, 4.0, 0.0]), np.array([3.0, 3.0, 1.0])
    found = ablation.difference(changed, base, "ratio")
    assert found[:2] == pytest.approx([50.0, -25.0]) and np.isnan(found[2])
    assert ablation.difference(changed, base, "points") == pytest.approx([100.0, -100.0, 100.0])
    assert ablation.difference(changed, base, "count") == pytest.approx([1.0, -1.0, 1.0])


def test_sign_needs_an_interval_without_zero_and_a_median_that_counts() -> None:
    change = ablation.Variant("some.switch", "off", None)
    base = np.ones((1, 20, len(ablation.HEADLINES)))
    lift = np.zeros_like(base)
    lift[0, :, 0] = np.linspace(0.1, 0.3, 20)  # a rise in every world
    lift[0, :, 1] = np.linspace(-0.1, 0.2, 20)  # either way
    lift[0, :, 2] = 1e-6  # the same everywhere, and negligible
    table = ablation.effects(np.concatenate([base, base + lift]), [change])
    assert list(table["sign"][:3]) == ["▲", "", ""]
    assert table["median"][0] == pytest.approx(20.0) and table["above"][0] == 1.0
    assert table["low"][0] < table["median"][0] < table["high"][0]


@pytest.mark.slow
def test_a_tiny_ablation_gives_the_same_bytes_with_one_worker_and_two(tmp_path: pathlib.Path) -> None:
    files = []
    for workers in ("1", "2"):
        file = tmp_path / f"{workers}.csv"
        options = ["--switch", "industry.physical_ai", "--seeds", "2", "--developers", "200"]
        subprocess.run(
            [sys.executable, str(ROOT / "tools" / "ablation.py"), *options, "--workers", workers, "--csv", str(file)],
            check=True, capture_output=True, timeout=500,
        )  # fmt: skip
        files.append(file)
    assert files[0].read_bytes() == files[1].read_bytes()
    table = pd.read_csv(files[0]).set_index(["switch", "measure"])
    robots = table.loc["industry.physical_ai", "tokens of robots, 2030"]
    assert robots["low"] == robots["high"] == -100.0  # no robot runs a model when the mechanism is off
