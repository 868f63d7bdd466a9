"""Fixtures for all tests."""

from __future__ import annotations

import pathlib

import pytest

FIXTURES = pathlib.Path(__file__).parent / "fixtures"


@pytest.fixture(scope="session")
def sample_parameters() -> pathlib.Path:
    """Folder of a small registry with a record of each sort."""
    return FIXTURES / "parameters"


@pytest.fixture(scope="session")
def bad_files() -> pathlib.Path:
    """Folder of malformed scenario files."""
    return FIXTURES / "bad"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the baseline shows of the patterns P1-P12, beside what was observed to 2025."""
    reports = [r for state in ("passed", "failed") for r in terminalreporter.stats.get(state, [])]
    lines = [text for r in reports if r.when == "call" for name, text in r.user_properties if name == "pattern"]
    if lines:
        terminalreporter.section("patterns: the model, and what was observed to 2025")
        for text in sorted(lines, key=lambda text: int(text[1:4].partition(".")[0])):
            terminalreporter.line(text)
