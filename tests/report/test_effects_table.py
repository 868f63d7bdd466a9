"""What the console says of a comparison: signs, units, what is distinct from zero, what is missing."""

import io
import pathlib
import types

import pandas as pd
import pytest
from rich.console import Console

from sim.report.effects_table import difference_cell, failure_lines, is_distinct, print_comparison, shown, signed


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.0134, "share", "+1.3 pp"),
        (-0.0004, "share", "-0.04 pp"),
        (0.0, "share", "0.0 pp"),
        (0.0011, "1/year", "+0.1 pp"),
        (-39e9, "USD/year", "-39 bn"),
        (0.25, "month", "+0.2"),
        (-0.004, "month", "0.0"),
        (-0.0045, "USD/Mtoken", "-$0.0045"),
        (float("nan"), "share", "n/a"),
    ],
)
def test_a_difference_has_its_sign_and_unit_and_zero_has_none(value, unit, text):
    assert signed(value, unit) == text


def test_a_yearly_rate_is_shown_as_a_percentage():
    assert shown(0.0481, "1/year") == "4.8 %"


def row(**changes):
    base = {
        "label": "A share", "unit": "share", "metric": "m", "key": "k", "policy": "p",
        "date": pd.Timestamp(2030, 12, 31),
        "baseline": 0.5, "value": 0.52, "difference": 0.02, "p05": -0.01, "p95": 0.04, "mean": 0.02,
        "half_width": 0.005, "reached": True, "share_above": 0.85, "main_channel": "",
    }  # fmt: skip
    return {**base, **changes}


def test_the_range_follows_the_median():
    assert difference_cell(pd.Series(row()), "share") == "+2.0 pp (-1.0 to +4.0)"


def test_distinct_means_that_the_interval_of_the_mean_leaves_out_zero():
    assert is_distinct(pd.Series(row()))
    assert not is_distinct(pd.Series(row(half_width=0.03)))
    assert not is_distinct(pd.Series(row(mean=0.0, half_width=0.0)))
    assert not is_distinct(pd.Series(row(half_width=float("nan"))))


def comparison(**manifest):
    rows = [
        row(main_channel="smuggling"),
        row(label="Wide", half_width=0.2, reached=False),
        row(label="Early", date=pd.Timestamp(2025, 12, 31)),
    ]
    said = {
        "worlds": 20, "seeds": list(range(1, 21)), "stopped": "maximum", "titles": {"p": "A policy"}, "quick": False,
        "variance_ratio_median": {"p": 13.14}, "channel_worlds": 20, "failed": [], "files": {"report.html": {}},
    }  # fmt: skip
    return types.SimpleNamespace(
        path=pathlib.Path("outputs/b-vs-p"), manifest={**said, **manifest}, baseline="b", policies=("p",),
        effects=pd.DataFrame(rows),
        channels=pd.DataFrame({"channel": ["smuggling"], "channel_label": ["Smuggling of chips"]}),
    )  # fmt: skip


def printed(**manifest):
    out = io.StringIO()
    print_comparison(comparison(**manifest), console=Console(file=out, width=60))
    return out.getvalue()


def test_a_pipe_gets_whole_plain_lines():
    text = printed()
    assert "\x1b" not in text
    line = next(line for line in text.splitlines() if line.startswith("A share"))
    assert line.split("  ")[0] == "A share" and line.rstrip().endswith("85 %  Smuggling of chips")
    assert "+2.0 pp (-1.0 to +4.0)  *" in line
    assert "Early" not in text  # tables show the last year
    assert "A policy (p), against b" in text
    assert "as good as 13.1 times as many unpaired runs" in text
    assert "longer than asked for, 1 of 2: Wide." in text
    assert "Distinguishable from zero: 1 of 2 measures" in text
    assert "p-value" not in text and "significan" not in text
    assert "report:  outputs/b-vs-p/report.html" in text


def test_what_broke_down_is_named():
    failed = [{"scenario": "b", "seed": seed, "reason": "1 cent"} for seed in range(8)]
    lines = failure_lines(comparison(failed=failed))
    assert lines[0] == "broke down and was left out: b, seed 0: 1 cent" and lines[-1].startswith("and 3 more")
    assert lines[1] in printed(failed=failed)


def test_a_comparison_without_report_or_channels_says_less():
    text = printed(files={}, channel_worlds=0, variance_ratio_median={}, stopped="reached")
    assert "report:" not in text and "Main channel:" not in text and "unpaired" not in text
    assert "every interval is as short as asked for" in text
