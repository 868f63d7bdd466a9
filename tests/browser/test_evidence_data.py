"""Observed series beside the model: the numbers of `weightshift validate`."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from sim.browser import evidence_data, evidence_summary
from sim.browser.documents import document
from sim.browser.evidence_chart import comparison_chart, how_to_read
from sim.browser.shown import Shown
from sim.evidence.validation import Options, validate
from sim.scenario.load import load_scenario

PAIR = ("new_compute_share", "nvidia")
OTHER = ("chip_revenue_usd", "amd")


@pytest.fixture(scope="module")
def scored():
    """Three worlds of the baseline, scored by the command's function, and the same worlds as a page shows them."""
    from sim.study.engine import Setting, Task, engine
    from sim.study.ensemble import read_ensemble, worlds_of
    from sim.study.series import SeriesList

    scenario = load_scenario("baseline", overrides={"developers.count": 300}).until("2025-12")
    found = validate(scenario, Options(replicates=3, last=pd.Timestamp("2025-12-31"), mean_field_runs=1))
    worlds = worlds_of(read_ensemble(), 1, 3)
    with engine(Setting((scenario,), scenario), 1) as machine:
        outcomes = machine.run([Task(0, world, SeriesList((PAIR, OTHER)), False) for world in worlds], None)
    values = np.stack([outcome.values for outcome in outcomes])
    dates = pd.DatetimeIndex(scenario.month_ends())
    series = {pair: values[:, row, :] for row, pair in enumerate((PAIR, OTHER))}
    return found, Shown("three worlds", dates, len(dates), series)


@pytest.mark.parametrize("pair", [PAIR, OTHER])
def test_a_run_is_scored_as_the_command_scores_it(scored, pair) -> None:
    found, shown = scored
    one = evidence_data.compare(*pair, shown)
    points = found.points[(found.points["metric"] == pair[0]) & (found.points["key"] == pair[1])].sort_values("date")
    rows = one.rows[one.rows["median"].notna()]
    assert list(rows["date"]) == list(points["date"])
    for ours, theirs in (("median", "model_median"), ("p05", "p05"), ("p95", "p95"), ("observed", "observed")):
        assert rows[ours].to_numpy() == pytest.approx(points[theirs].to_numpy(), rel=1e-9)
    score = next(row for row in found.series if (row["metric"], row["key"]) == pair)
    assert one.inside / one.compared == pytest.approx(score["coverage90"])
    assert one.origin == "the run: three worlds"


def test_the_band_is_of_the_worlds_over_the_window_of_the_observations(scored) -> None:
    _, shown = scored
    one = evidence_data.compare(*OTHER, shown)
    monthly = shown.series[OTHER]
    assert one.window == "quarter"
    assert one.band["median"].iloc[-1] == pytest.approx(np.median(monthly[:, -3:].sum(axis=1)))
    assert len(one.band) == shown.live_months - 2  # the first quarter ends with the third month


def test_months_that_a_run_has_not_reached_are_not_compared(scored) -> None:
    import dataclasses

    _, shown = scored
    young = dataclasses.replace(shown, live_months=13)
    one = evidence_data.compare(*PAIR, young)
    assert one.rows.loc[one.rows["date"] > "2024-01-31", "inside"].isna().all()
    assert 0 < one.compared < len(one.rows)
    born = evidence_data.compare(*PAIR, dataclasses.replace(shown, live_months=1))
    assert born.compared == 0
    assert "yet" in evidence_data.sentence(born)
    assert comparison_chart(born, True).to_dict()


def test_without_a_run_the_shipped_validation_is_shown() -> None:
    one = evidence_data.compare(*PAIR, None)
    file = pd.read_csv(document("evidence") / "points_2025.csv")
    file = file[(file["metric"] == PAIR[0]) & (file["key"] == PAIR[1])]
    rows = one.rows[one.rows["median"].notna()]
    assert rows["median"].to_list() == file["model_median"].to_list()
    stored = json.loads((document("evidence") / "validation_2025.json").read_text(encoding="utf-8"))["series"]
    for pair in evidence_data.observed_pairs():
        one = evidence_data.compare(*pair, None)
        score = next((row for row in stored if (row["metric"], row["key"]) == pair), None)
        if score:
            assert one.compared == score["n"]
            assert one.inside / one.compared == pytest.approx(score["coverage90"])


def test_every_observed_series_has_a_chart_a_name_and_a_table() -> None:
    names = [evidence_data.series_words(*pair) for pair in evidence_data.observed_pairs()]
    assert len(set(names)) == len(names) >= 100
    assert not [name for name in names if "_" in name]
    for pair in evidence_data.observed_pairs():
        one = evidence_data.compare(*pair, None)
        assert comparison_chart(one, False).to_dict()["layer"]
        assert len(evidence_data.readable(one)) == len(one.rows)
        assert "Grade A" in how_to_read(one)


def test_totals_are_those_of_the_stored_answers() -> None:
    answer = json.loads((document("evidence") / "validation_2024.json").read_text(encoding="utf-8"))["summary"]
    row = evidence_summary.blocks().iloc[0]
    assert (int(row["Series"]), int(row["Points"])) == (answer["series"], answer["points"])
    assert row["In band"] == f"{100 * answer['coverage90']:.0f} %"
    assert len(evidence_summary.every_series()) == answer["series"]


def test_misfits_have_reasons_and_the_verdict_counts_what_is_missed() -> None:
    wrong = evidence_summary.misfits()
    assert len(wrong) == int(evidence_summary.blocks().iloc[0]["Worse than both"])
    assert not (wrong["Why, as far as known"] == "not known").any()
    missed = sum(goal.met is not True for goal in evidence_summary.aims())
    assert evidence_summary.lines()[0].startswith(f"{3 - missed} of 3 goals")


def test_largest_misfits_are_those_of_the_document() -> None:
    said, frame = evidence_summary.largest_misfits()
    text = document("misfits").read_text(encoding="utf-8")
    assert len(frame) == sum(line.startswith("| `") for line in text.splitlines())
    assert len(said) == 2
    assert not any("tools/" in sentence for sentence in said)
    assert all(sentence.endswith(".") for sentence in said)
    assert frame.iloc[0]["Series"] == "Gross margin of API sales: Zhipu"


def test_a_run_of_the_pages_holds_every_observed_series() -> None:
    from sim.browser.series import SERIES
    from sim.evidence.points import unknown_reason

    assert set(evidence_data.observed_pairs()) <= set(SERIES.pairs)
    assert not [pair for pair in SERIES.pairs if unknown_reason(*pair)]


@pytest.mark.parametrize("dark", [False, True])
def test_the_chart_becomes_a_picture(dark) -> None:
    import vl_convert

    chart = comparison_chart(evidence_data.compare("chip_revenue_usd", "amd", None), dark).properties(width=300)
    assert len(vl_convert.vegalite_to_png(chart.to_json(), vl_version="5.20", scale=1)) > 5000
