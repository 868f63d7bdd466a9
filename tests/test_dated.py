"""Paths by month: reading between knots, laying one over another, canonical form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.dated import Dated, month_start, month_text, parse_month

START = parse_month("2023-01")
MONTHS = 96
months = st.integers(START - 24, START + MONTHS + 24)
values = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 3))


@st.composite
def knots(draw: st.DrawFn) -> tuple[tuple[int, float], ...]:
    when = draw(st.lists(months, min_size=1, max_size=6, unique=True))
    return tuple((month, draw(values)) for month in sorted(when))


@st.composite
def paths(draw: st.DrawFn) -> Dated:
    linear = draw(st.booleans())
    if draw(st.booleans()):
        return Dated.constant(draw(values), linear)
    return Dated(draw(knots()), linear)


def test_months_are_read_and_written() -> None:
    assert month_text(parse_month("2026-01")) == "2026-01"
    assert parse_month("2026-01-31") == parse_month("2026-01")
    assert month_start(parse_month("2026-12")).isoformat() == "2026-12-01"


@pytest.mark.parametrize(
    "text", ["2026", "2026-13", "2026-1", "2026-02-30", "26-01", "2026-01-01T00:00", "", "0001-01"]
)
def test_other_dates_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a month|outside the years"):
        parse_month(text)


def test_a_step_path_holds_and_a_linear_path_joins() -> None:
    points = ((START, 1.0), (START + 4, 3.0))
    assert Dated(points).monthly(START - 1, 7).tolist() == [1, 1, 1, 1, 1, 3, 3]
    assert Dated(points, linear=True).monthly(START - 1, 7).tolist() == [1, 1, 1.5, 2, 2.5, 3, 3]


@given(paths(), knots())
def test_an_overlay_keeps_all_earlier_months_and_decides_all_later_ones(path: Dated, new: tuple) -> None:
    laid = path.overlaid(new)
    split = new[0][0] - START
    before, after = path.monthly(START, MONTHS), Dated(new, path.linear).monthly(START, MONTHS)
    got = laid.monthly(START, MONTHS)
    split = min(max(split, 0), MONTHS)
    np.testing.assert_array_equal(got[:split], before[:split])
    np.testing.assert_array_equal(got[split:], after[split:])


@given(paths(), months, st.integers(1, 40), values)
def test_a_window_changes_its_months_and_no_other(path: Dated, first: int, length: int, value: float) -> None:
    asked = np.arange(START - 30, START + MONTHS + 80)
    got = path.windowed(first, first + length, value).monthly(START - 30, len(asked))
    inside = (asked >= first) & (asked < first + length)
    assert (got[inside] == value).all()
    np.testing.assert_allclose(got[~inside], path.monthly(START - 30, len(asked))[~inside], rtol=1e-9, atol=1e-9)


@given(paths())
def test_the_canonical_form_has_the_same_values_and_is_its_own_canonical_form(path: Dated) -> None:
    trimmed = path.trimmed(START)
    np.testing.assert_array_equal(trimmed.monthly(START, MONTHS), path.monthly(START, MONTHS))
    assert trimmed.trimmed(START) == trimmed


@given(paths(), paths())
def test_writing_the_canonical_form_over_anything_gives_it_back(path: Dated, below: Dated) -> None:
    trimmed = path.trimmed(START)
    below = Dated(below.knots, path.linear)
    again = trimmed if trimmed.is_constant else below.overlaid(trimmed.knots)
    assert again.trimmed(START) == trimmed


@given(paths(), knots(), knots(), knots())
def test_layers_may_be_grouped_in_any_way_that_keeps_their_order(path: Dated, a: tuple, b: tuple, c: tuple) -> None:
    one_by_one = path.overlaid(a).overlaid(b).overlaid(c)
    upper_first = path.overlaid(a).overlaid(Dated(b, path.linear).overlaid(c).knots if b[0][0] < c[0][0] else c)
    np.testing.assert_allclose(
        one_by_one.monthly(START, MONTHS), upper_first.monthly(START, MONTHS), rtol=1e-9, atol=1e-6
    )
