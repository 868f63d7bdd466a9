"""Patterns P1-P12 that the baseline must show at once (`sim.evidence.patterns`), on a few seeds.

Each test puts on the scorecard what the model shows against what was observed to the end of 2025, and fails where the
pattern is absent.
"""

from __future__ import annotations

import pytest

from sim.evidence.pattern_criteria import CRITERIA
from sim.evidence.patterns import PATTERNS, PatternRow, rows_of
from sim.evidence.patterns import pattern_facts as facts_of_worlds
from sim.study.worlds import seeded_worlds


@pytest.fixture(scope="module")
def rows() -> dict[str, PatternRow]:
    return {row.id: row for row in rows_of(facts_of_worlds(seeded_worlds(1, 4)))}


def test_every_pattern_has_criteria() -> None:
    assert {criterion.pattern for criterion in CRITERIA} == set(PATTERNS)
    assert len({criterion.id for criterion in CRITERIA}) == len(CRITERIA)


@pytest.mark.parametrize("name", [criterion.id for criterion in CRITERIA])
def test_pattern(rows: dict[str, PatternRow], name: str, record_property) -> None:
    row = rows[name]
    model = f"{row.model:.3g} [{row.low:.3g}, {row.high:.3g}], {row.share:.0%}"
    record_property("pattern", f"{row.id:6s} {row.what:70s} {model:32s} {row.expected}")
    assert row.passed, f"{row.what}: {model}, wanted {row.criterion}"
