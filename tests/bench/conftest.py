"""What the benchmarks found, as a short table at the end and in `outputs/bench.json`."""

from __future__ import annotations

import json
import pathlib
import platform

import pytest

ROWS = pytest.StashKey[list[dict]]()
OUTPUT = pathlib.Path(__file__).parents[2] / "outputs" / "bench.json"


def pytest_configure(config: pytest.Config) -> None:
    config.stash[ROWS] = []


@pytest.fixture
def findings(request: pytest.FixtureRequest) -> list[dict]:
    """Rows of the closing table: dictionaries with `what`, `developers`, `median_ms` and further figures."""
    return request.config.stash[ROWS]


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    rows = config.stash[ROWS]
    if not rows:
        return
    terminalreporter.section("speed")
    terminalreporter.write_line(f"{'what':34}{'developers':>12}{'median':>14}  further figures")
    for row in rows:
        further = {key: value for key, value in row.items() if key not in ("what", "developers", "median_ms")}
        text = ", ".join(f"{key} {value:.4g}" for key, value in further.items() if not isinstance(value, dict))
        terminalreporter.write_line(f"{row['what']:34}{row['developers']:>12,}{row['median_ms']:>11.3f} ms  {text}")
        for key, value in further.items():
            if isinstance(value, dict):
                parts = sorted(value.items(), key=lambda part: -part[1])
                terminalreporter.write_line(f"    {key}: " + ", ".join(f"{name} {ms:.3g}" for name, ms in parts))
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps({"processor": platform.processor() or platform.machine(), "rows": rows}, indent=1))
    terminalreporter.write_line(f"saved to {OUTPUT.relative_to(OUTPUT.parents[1])}")
