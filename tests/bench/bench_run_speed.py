"""A baseline run of 96 months: time, memory, and where the time goes, at three sizes of the population.

Run by `make bench`. Each size runs in a process of its own, so that its peak memory is its own. The time of compiling
or of loading compiled code is taken apart (`first run ms`), by a run before those that are measured.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

LIMIT_MS = {10_000: 100.0, 1_000_000: 1_500.0}
LIMIT_MB = {1_000_000: 1_000.0}
ROUNDS = {10_000: 15, 100_000: 7, 1_000_000: 3}
CHILD = Path(__file__).with_name("run_once.py")


@pytest.mark.parametrize("n", [10_000, 100_000, 1_000_000])
def test_run(benchmark, findings, n: int) -> None:
    environment = dict(os.environ, NUMBA_NUM_THREADS="1", OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    command = [sys.executable, str(CHILD), str(n), str(ROUNDS[n])]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    # the fixture is given the seconds that the child measured, so that they stand in the table of pytest-benchmark
    times = iter([*found["seconds"], found["seconds"][-1]])
    clock = [0.0]

    def timer() -> float:
        return clock[0]

    def measured() -> None:
        clock[0] += next(times)

    benchmark._timer = timer
    benchmark.pedantic(measured, rounds=len(found["seconds"]))
    median = 1e3 * benchmark.stats.stats.median
    findings.append(
        {
            "what": "baseline run, 96 months",
            "developers": n,
            "median_ms": median,
            "first run ms": found["first_ms"],
            "set-up ms": found["setup_ms"],
            "months ms": found["months_ms"],
            "table ms": median - found["setup_ms"] - found["months_ms"],
            "peak MB": found["peak_mb"],
            "ms by act": found["acts_ms"],
        }
    )
    assert median <= LIMIT_MS.get(n, float("inf")), f"96 months with {n} developers took {median:.0f} ms"
    assert found["peak_mb"] <= LIMIT_MB.get(n, float("inf"))
