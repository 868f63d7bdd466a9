"""The same bytes on every x86-64: other instruction sets, other numbers of threads, a cold cache of compiled code."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

RUN = """
import hashlib, sim, sim.economy
scenario = sim.load_scenario("baseline", overrides={"developers.count": 2000}).until("2024-12")
run = sim.run(scenario, seed=3)
digest = hashlib.sha256()
for name in ("labs", "regions", "vendors", "clouds", "tokens", "users", "accounts", "flows"):
    digest.update(getattr(run.history, name).tobytes())
digest.update(run.timeseries["value"].to_numpy().tobytes())
print(digest.hexdigest())
"""

MACHINES = {
    "native": {},
    "two threads": {"OMP_NUM_THREADS": "2", "NUMBA_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"},
    "avx2": {
        "NUMBA_CPU_NAME": "haswell",
        "NPY_DISABLE_CPU_FEATURES": "AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL",
    },
    "sse2": {"NUMBA_CPU_NAME": "x86-64", "NUMBA_CPU_FEATURES": ""},
}


def digest_on(machine: str, cache: pathlib.Path) -> str:
    """SHA-256 of a two-year baseline in a fresh process that believes to be on another processor."""
    environment = os.environ | {"WEIGHTSHIFT_CACHE": str(cache / machine.replace(" ", "-")), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, "-c", RUN], env=environment | MACHINES[machine], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.minutes
def test_the_same_bytes_on_other_processors_and_threads(tmp_path: pathlib.Path) -> None:
    found = {machine: digest_on(machine, tmp_path) for machine in MACHINES}
    assert len(set(found.values())) == 1, found
