"""`weightshift validate` as its user meets it: a file of his own, JSON, a folder, clear errors."""

import json

import pytest
from typer.testing import CliRunner

from sim.cli import app
from sim.evidence.observations import COLUMNS

HEAD = ",".join(COLUMNS)
ROWS = (
    "capex_usd,meta,2026-03-31,quarter,30,,,billion USD/quarter,made up,A",
    "capex_usd,meta,2026-06-30,half,6.0e10,5e10,7e10,USD/half,made up,A",
    "open_token_share,router,2026-02-01,week,40,,,%,made up,B",
    "capability_eci,us,2026-01-31,instant,156,,,ECI,made up,A",
    "no_such_metric,us,2026-01-31,instant,1,,,USD,made up,A",
    "capex_usd,nobody,2026-03-31,quarter,1,,,USD/quarter,made up,A",
    "capex_usd,google,2026-03-31,quarter,1,,,kilogram,made up,A",
    "capex_usd,google,2022-03-31,quarter,1e9,,,USD/quarter,made up,A",
)
SMALL = ["--replicates", "3", "--workers", "1"]


def ask(*words):
    return CliRunner().invoke(app, ["validate", *map(str, words)])


@pytest.fixture(scope="module")
def unseen(tmp_path_factory):
    path = tmp_path_factory.mktemp("unseen") / "mine.csv"
    path.write_text("\n".join([HEAD, *ROWS]) + "\n")
    return path


@pytest.fixture(scope="module")
def answer(unseen):
    result = ask("baseline", "--observed", unseen, "--json", *SMALL)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout, parse_constant=lambda text: pytest.fail(f"{text} is no JSON"))


def test_an_unseen_file_is_scored_and_what_cannot_be_is_named(answer):
    scored = {(one["metric"], one["key"]): one for one in answer["series"]}
    assert set(scored) == {("capex_usd", "meta"), ("open_token_share", "router"), ("capability_eci", "us")}
    assert scored["capex_usd", "meta"]["n"] == 2
    assert all(one["score_drift"] is not None and one["score_trend"] is not None for one in scored.values())
    left = {(one["metric"], one["key"]): one["reason"] for one in answer["not_scored"]}
    assert "no such metric" in left["no_such_metric", "us"] and "no such key" in left["capex_usd", "nobody"]
    assert sum(one["n"] for one in answer["not_scored"]) == 4
    assert answer["summary"]["sample"] == "out of sample"


def test_converted_units_score_as_if_they_had_been_written_so(answer, tmp_path):
    path = tmp_path / "same.csv"
    rows = [ROWS[0].replace("30,,,billion USD", "3e10,,,USD"), ROWS[1], ROWS[2].replace("40,,,%", "0.4,,,share")]
    path.write_text("\n".join([HEAD, *rows]) + "\n")
    result = ask("baseline", "--observed", path, "--json", *SMALL)
    same = {(one["metric"], one["key"]): one["score"] for one in json.loads(result.stdout)["series"]}
    for one in answer["series"]:
        if (one["metric"], one["key"]) in same:
            assert one["score"] == pytest.approx(same[one["metric"], one["key"]], rel=0.05)


def test_workers_change_nothing(unseen, answer):
    result = ask("baseline", "--observed", unseen, "--json", "--replicates", "3", "--workers", "2")
    assert json.loads(result.stdout)["series"] == answer["series"]


def test_the_folder_has_a_figure_per_series(unseen, tmp_path):
    out = tmp_path / "scores"
    assert ask("baseline", "--observed", unseen, "--out", out, *SMALL).exit_code == 0
    names = {path.name for path in (out / "figures").iterdir()}
    assert names == {"capex_usd-meta.png", "open_token_share-router.png", "capability_eci-us.png"}
    assert {"scores.csv", "points.csv", "scores.json", "manifest.json"} <= {path.name for path in out.iterdir()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("metric,key\na,b\n", "no column"),
        (HEAD + "\ncapex_usd,meta,2026-13-31,quarter,1,,,USD/quarter,x,A\n", "2"),
        (HEAD + "\ncapex_usd,meta,2026-03-31,decade,1,,,USD/quarter,x,A\n", "not a window"),
    ],
)
def test_malformed_files_end_with_two(tmp_path, text, expected):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    result = ask("baseline", "--observed", path, "--json")
    assert result.exit_code != 0 and result.stdout == ""
    assert expected in str(result.exception) + result.stderr


def test_a_span_that_ends_before_it_begins(unseen):
    result = ask("baseline", "--observed", unseen, "--from", "2026-06-01", "--to", "2026-01-01")
    assert result.exit_code != 0 and "--from" in str(result.exception) + result.stderr
