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
