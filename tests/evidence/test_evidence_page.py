"""The evidence page: verdicts are counted right, nothing is said that was not run, and the kept page is current."""

from __future__ import annotations

import importlib
import importlib.util
import pathlib
import sys

import made_results
import numpy as np
import pandas as pd
import pytest

from sim.errors import InputError
from sim.evidence.marked import fill, parts
from sim.evidence.notes import note_of, read_notes
from sim.evidence.page import goals, shown_patterns
from sim.evidence.page_figures import drawings, png
from sim.evidence.page_sections import evidence_page
from sim.evidence.stored import SERIES_FIELDS, read_stored, write_table
from sim.evidence.verdict import losing, tally, truth, with_standing

ROOT = pathlib.Path(__file__).parents[2]
DOCS = ROOT / "docs"


def writer():
    """The module of `tools/`, which is not a package."""
    spec = importlib.util.spec_from_file_location("write_evidence", ROOT / "tools" / "write_evidence.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["write_evidence"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evidence")
    made_results.write_all(folder)
    return read_stored(folder)


def frame(*rows: tuple[float, float | None, float | None]) -> pd.DataFrame:
    made = [{**dict.fromkeys(SERIES_FIELDS, np.nan), "metric": "m", "key": str(number), "n": 2, "score": score,
             "score_drift": drift, "score_trend": trend}
            for number, (score, drift, trend) in enumerate(rows)]  # fmt: skip
    columns = ["n", "score", "score_drift", "score_trend", "score_mean_field", "coverage90"]
    found = pd.DataFrame(made)
    return found.assign(**{name: found[name].astype(float) for name in columns})


def test_standing_counts_against_every_naive_forecast_that_there_is() -> None:
    marked = with_standing(
        frame((0.1, 0.2, 0.3), (0.25, 0.2, 0.3), (0.4, 0.2, 0.3), (0.4, 0.2, None), (0.1, None, 0.2), (0.1, None, None),
              (0.2, 0.2, 0.2))
    )  # fmt: skip
    assert list(marked["standing"]) == ["better", "between", "worse", "worse", "better", "alone", "between"]
    assert marked["ratio"].iloc[0] == pytest.approx(0.5) and marked["ratio"].iloc[3] == pytest.approx(2.0)


def test_a_tally_leaves_out_series_without_a_naive_forecast() -> None:
    count = tally(frame((0.1, 0.2, 0.3), (0.1, 0.2, 0.3), (0.4, 0.2, 0.3), (9.0, None, None)))
    assert (count.series, count.compared, count.better, count.worse) == (4, 3, 2, 1)
    assert count.share == pytest.approx(2 / 3) and count.share_met


def test_coverage_is_over_points_not_series() -> None:
    series = frame((0.1, 0.2, 0.3), (0.1, 0.2, 0.3)).assign(n=[1.0, 9.0], coverage90=[0.0, 1.0])
    assert tally(series).coverage == pytest.approx(0.9) and tally(series).coverage_met
    assert not tally(series.assign(coverage90=1.0)).coverage_met  # a band that holds everything says nothing


def test_losing_is_worst_first() -> None:
    assert list(losing(frame((0.4, 0.2, 0.3), (0.9, 0.2, 0.3), (0.1, 0.2, 0.3)))["key"]) == ["1", "0"]


def test_a_pattern_of_several_rows_needs_all_of_them() -> None:
    rows = pd.DataFrame(
        {"id": ["P1", "P4a", "P4b", "P10", "P2", "P2b"], "passed": [True, True, False, "True", True, None]}
    )
    assert shown_patterns(rows) == {"P1": True, "P4": False, "P10": True, "P2": None}


def test_truth_of_texts() -> None:
    assert [truth(value) for value in (True, "False", 1.0, "", float("nan"))] == [True, False, True, None, None]


def test_goals_say_what_is_not_met(stored) -> None:
    found = {goal.aim[:6]: goal for goal in goals(stored)}
    assert found["better"].found == "12 of 20: 60 %" and found["better"].met is False
    assert found["80 % t"].found == "75 %" and found["80 % t"].met is False
    assert found["the tw"].found == "11 of 12; not P4" and found["the tw"].met is False


def test_the_page_names_what_loses_and_what_has_no_metric(stored) -> None:
    text = evidence_page(stored, [{"metric": "metric_1", "key": "key_2", "why": "Because."}])
    assert "0 of 3 goals that were set in advance are met" in text
    lost = [line for line in text.splitlines() if line.startswith("| `metric_") and "0.90" in line]
    assert (
        len(lost) == 4
        and sum("Because." in line for line in lost) == 1
        and sum("not known" in line for line in lost) == 3
    )
    assert "`moon_base` us (the model has no such metric)" in text
    assert "pseudo-out-of-sample" in text and "in sample" in text and "Not run yet" not in text


def test_the_page_says_of_every_part_that_it_was_not_run(tmp_path) -> None:
    text = evidence_page(read_stored(tmp_path), [])
    assert text.count("Not run yet") == 8 and "Verdict: none yet" in text and "| met |" not in text


def test_figures_are_drawn_and_repeat(stored) -> None:
    found = drawings(stored)
    assert set(found) == {"test_year", "in_sample", "patterns", "identification", "variance"}
    for draw in found.values():
        picture = png(draw)
        assert picture[:4] == b"\x89PNG" and 10_000 < len(picture) < writer().LARGEST_FIGURE and png(draw) == picture


def test_scorecards_carry_their_own_titles(stored) -> None:
    titles = {name: [text.get_text() for text in drawings(stored)[name]().texts] for name in ("test_year", "in_sample")}
    assert "tested on 2025" in titles["test_year"][0] and "2023-2025" in titles["in_sample"][0]


def test_tables_without_a_needed_column_are_refused(tmp_path) -> None:
    with pytest.raises(InputError, match="passed"):
        write_table(tmp_path, "events", pd.DataFrame({name: [1] for name in ("id", "what", "model", "low", "high",
                                                                            "expected", "source")}))  # fmt: skip
    (tmp_path / "variance.csv").write_text("label,year\na,2030\n", encoding="utf-8")
    with pytest.raises(InputError, match="parameters"):
        read_stored(tmp_path)


def test_the_test_year_begins_after_the_data_of_its_ensemble(monkeypatch) -> None:
    from sim.study.ensemble import read_ensemble

    monkeypatch.syspath_prepend(ROOT / "tools")
    evidence_steps = importlib.import_module("evidence_steps")
    words = evidence_steps.TEST_YEAR.split()
    given = {word: words[place + 1] for place, word in enumerate(words[:-1]) if word.startswith("--")}
    assert (
        read_ensemble(given["--parameters"]).data_to < given["--from"] <= "2025-01-01" and given["--to"] == "2025-12-31"
    )
    names = [step.name for step in evidence_steps.steps()]
    assert len(names) == len(set(names)) >= 6


def test_a_step_that_fails_does_not_stop_the_others(tmp_path, capsys) -> None:
    tool = writer()

    def broken(folder):
        raise InputError("no ensemble")

    steps = [tool.Step("one", "a", broken), tool.Step("two", "b", lambda folder: None)]
    assert tool.run_steps(steps, tmp_path) == ["one"] and "no ensemble" in capsys.readouterr().err
    assert list(read_stored(tmp_path).steps["step"]) == ["two"]


def test_marked_parts_are_filled_again_and_again(stored) -> None:
    text = "a\n<!-- evidence:held_out -->\nold\n<!-- /evidence:held_out -->\nb\n"
    once = fill(text, parts(stored), "x.md")
    assert "old" not in once and "12 of 20 series (60 %)" in once and once.startswith("a\n") and once.endswith("\nb\n")
    assert fill(once, parts(stored), "x.md") == once
    with pytest.raises(InputError, match="nothing fills"):
        fill("<!-- evidence:moon -->", parts(stored), "x.md")
    with pytest.raises(InputError, match="one marker"):
        fill("<!-- evidence:held_out -->", parts(stored), "x.md")


def test_grades_add_up_to_the_registry(stored) -> None:
    from sim.registry import load_registry

    rows = [line.split("|") for line in parts(stored)["grades"][2:]]
    assert sum(int(row[3]) for row in rows) == len(load_registry().records)


def test_notes(tmp_path) -> None:
    file = tmp_path / "notes.yaml"
    file.write_text("notes:\n- {metric: a, key: any, why: all}\n- {metric: a, key: b, why: one}\n", encoding="utf-8")
    notes = read_notes(file)
    assert [note_of(notes, *pair) for pair in (("a", "b"), ("a", "c"), ("z", "b"))] == ["one", "all", ""]
    file.write_text("notes:\n- {metric: a, key: b}\n", encoding="utf-8")
    with pytest.raises(InputError, match="note 1"):
        read_notes(file)


def test_kept_documents_are_those_of_the_stored_results() -> None:
    stale = [path.name for path, text in writer().documents(DOCS).items() if path.read_bytes() != text]
    assert stale == [], "run: make evidence FROM_RESULTS=1"


def test_kept_figures_are_those_of_the_stored_results() -> None:
    names = {f"{name}.png" for name in drawings(read_stored(DOCS / "evidence"))}
    assert {path.name for path in (DOCS / "img" / "evidence").glob("*.png")} == names


def test_every_series_that_loses_has_a_reason() -> None:
    series = read_stored(DOCS / "evidence").series("validation_2024")
    notes = read_notes(DOCS / "evidence_notes.yaml")
    lost = [] if series is None else losing(series)[["metric", "key"]].to_numpy().tolist()
    assert [pair for pair in lost if not note_of(notes, *pair)] == []
