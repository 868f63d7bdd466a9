"""Observed files: what is read, what is refused, and the value of the model at a row."""

import numpy as np
import pandas as pd
import pytest

from sim.errors import InputError
from sim.evidence.observations import COLUMNS, NINETY_PERCENT, read_observations, scale_of, scaled, sd_of
from sim.evidence.points import Points, unknown_reason
from sim.measures import METRICS, window_value

HEAD = ",".join(COLUMNS)
GOOD = "capex_usd,meta,2023-06-30,quarter,5.0e9,,,USD/quarter,a report,A"


def write(tmp_path, *lines):
    path = tmp_path / "seen.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_the_shipped_file_reads():
    frame = read_observations()
    assert len(frame) == 772
    assert frame["value"].notna().all() and (sd_of(frame) > 0).all()


@pytest.mark.parametrize(
    ("line", "expected", "key"),
    [
        (",meta,2023-06-30,quarter,5,,,USD,s,A", "empty", "metric"),
        ("capex_usd,meta,2023-06-31,quarter,5,,,USD,s,A", "not a date", "date"),
        ("capex_usd,meta,2023-6-3,quarter,5,,,USD,s,A", "not a date", "date"),
        ("capex_usd,meta,2023-06-30,fortnight,5,,,USD,s,A", "not a window", "window"),
        ("capex_usd,meta,2023-06-30,quarter,five,,,USD,s,A", "not a number", "value"),
        ("capex_usd,meta,2023-06-30,quarter,inf,,,USD,s,A", "not a number", "value"),
        ("capex_usd,meta,2023-06-30,quarter,5,7,6,USD,s,A", "above high", "low"),
        ("capex_usd,meta,2023-06-30,quarter,5", "fields", None),
        (GOOD, "line 2 too", None),
    ],
)
def test_bad_rows_name_their_line(tmp_path, line, expected, key):
    with pytest.raises(InputError, match=expected) as caught:
        read_observations(write(tmp_path, HEAD, GOOD, line))
    assert caught.value.line == 3 and caught.value.key == key


def test_bad_files(tmp_path):
    with pytest.raises(InputError, match="no column 'window'"):
        read_observations(write(tmp_path, "metric,key,date,value,unit", "a,b,2023-01-31,1,USD"))
    with pytest.raises(InputError, match="no rows"):
        read_observations(write(tmp_path, HEAD))
    with pytest.raises(InputError):
        read_observations(tmp_path / "none.csv")


def test_limits_of_a_source_give_the_standard_error():
    rows = pd.DataFrame(
        {
            "value": [2.0, 0.5, 0.02, 3.0],
            "low": [1.0, 0.4, np.nan, np.nan],
            "high": [4.0, 0.6, np.nan, np.nan],
            "unit": ["USD", "share", "share", "USD"],
            "confidence": ["A", "A", "B", "?"],
        }
    )
    expected = [np.log(4.0) / NINETY_PERCENT, 0.2 / NINETY_PERCENT, 0.01, 0.20]
    np.testing.assert_allclose(sd_of(rows), expected)


def test_scales():
    assert scale_of("USD") == "log" and scale_of("share of firms") == "absolute"
    np.testing.assert_allclose(scaled(np.array([1.0, 0.0, -1.0]), "log"), [0.0, np.nan, np.nan])


def test_the_model_is_read_over_the_window_of_every_shipped_row():
    """Against `window_value`, row by row, on made-up series."""
    frame = read_observations()
    known = [not unknown_reason(m, k) for m, k in zip(frame["metric"], frame["key"], strict=True)]
    assert all(known)
    points = Points(frame[known], 12 * 2023, 36)
    made = np.random.default_rng(1).random((2, len(points.series.pairs), 36))
    made[:, :, 7] = np.nan
    found = points.read(made)
    dates = pd.date_range("2023-01-31", periods=36, freq="ME")
    for number, row in enumerate(points.frame.itertuples()):
        at = points.series.pairs.index((row.metric, row.key))
        series = pd.Series(made[1, at], index=dates)
        expected = window_value(series, row.window, METRICS[row.metric].aggregation, row.date)
        np.testing.assert_allclose(found[1, number], expected)
        assert points.inside[number] or np.isnan(expected)
