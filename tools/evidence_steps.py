"""The steps of the evidence in order: what is run, and which part of the answer is kept."""

from __future__ import annotations

import json
import pathlib
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

from sim.errors import RunError
from sim.evidence.stored import write_json

if TYPE_CHECKING:
    from write_evidence import Step

TEST_YEAR = "validate rolling-origin-2024 --parameters 2024 --from 2025-01-01 --to 2025-12-31 --json"
IN_SAMPLE = "validate baseline --from 2023-01-01 --to 2025-12-31 --json"


def answer(command: str) -> dict:
    """What a `weightshift` command with --json prints. Raises RunError if it ends with an error or prints no JSON."""
    words = [sys.executable, "-c", "import sys; from sim.cli import main; main(sys.argv[1:])", *shlex.split(command)]
    root = pathlib.Path(__file__).parents[1]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=root)
    if done.returncode != 0:
        raise RunError(f"weightshift {command}: {done.stderr.strip()[-600:]}")
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise RunError(f"weightshift {command}: no JSON in its answer") from None


def steps() -> list[Step]:
    """All steps; a later one may use what an earlier one made."""
    from write_evidence import Step

    return [
        Step("validation_2024", f"weightshift {TEST_YEAR}",
             lambda folder: write_json(folder, "validation_2024", answer(TEST_YEAR))),
        Step("validation_2025", f"weightshift {IN_SAMPLE}",
             lambda folder: write_json(folder, "validation_2025", answer(IN_SAMPLE))),
    ]  # fmt: skip
