"""What decides what a run does: equations, parameters and inputs, as one digest."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

PACKAGE_ROOT = Path(__file__).parent
MODEL_FOLDERS = ("agents", "markets", "tables", "policy", "measures", "parameters", "data")


@functools.cache
def model_digest() -> str:
    """First 12 digits of SHA-256 over the files that decide what a run does: equations, parameters, inputs."""
    digest = hashlib.sha256()
    files = [path for folder in MODEL_FOLDERS for path in sorted((PACKAGE_ROOT / folder).rglob("*"))]
    for path in [*sorted(PACKAGE_ROOT.glob("*.py")), *files]:
        if path.suffix in {".py", ".yaml", ".csv"} and not path.name.startswith("cli"):
            digest.update(path.relative_to(PACKAGE_ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
