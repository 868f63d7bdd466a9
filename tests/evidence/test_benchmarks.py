"""Published numbers: the files are read strictly, a wrong number fails, and what is read is what the row says."""

from __future__ import annotations

import csv
import json
import pathlib

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import sim.evidence.benchmarks as module
from sim.cli import app
from sim.errors import InputError, RunError
from sim.evidence.benchmark_facts import reallocation_saving
from sim.evidence.benchmark_file import benchmark_files, read_benchmark
from sim.evidence.benchmarks import (
    Lived,
    plain,
    range_words,
    read_benchmarks,
    row_of,
    run_benchmarks,
    runs_of,
    values_of,
    verdict_rows,
)
from sim.report.benchmark_figure import benchmark_figure, on_range, ranges_of
from sim.study.engine import Outcome
from sim.study.series import SeriesList
from sim.study.worlds import seeded_worlds
from sim.world import CN, US

SMALL = """\
schema_version: 1
id: small
title: A small file
source: made up
until: 2023-03
runs:
  base:
    set: {developers.count: 300}
  free:
    without: [us-2022-10-advanced-computing]
    set: {developers.count: 300}
rows:
  - id: S1
    what: stock of the world, H100e
    of: {metric: compute_stock_h100e, keys: [world], at: 2023-03}
    low: 1
    high: 1e9
    published: many
  - id: S2
    what: legal stock, free over bound
    of: {run: free, metric: china_compute_stock_h100e, keys: [legal], at: 2023-03}
    over: {metric: china_compute_stock_h100e, keys: [legal], at: 2023-03}
    low: 1
    published: more
"""


def written(folder: pathlib.Path, text: str, name: str = "small") -> pathlib.Path:
    file = folder / f"{name}.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def problem(folder: pathlib.Path, old: str, new: str) -> InputError:
    assert old in SMALL
    with pytest.raises(InputError) as caught:
        read_benchmark(written(folder, SMALL.replace(old, new)))
    return caught.value


def test_shipped_files_are_sound_and_name_their_source() -> None:
    found = read_benchmarks()
    assert len(found) == len(benchmark_files()) >= 7
    assert all(len(one.head.source) > 15 for one in found)
    assert {one.head.calculation for one in found} >= {"corners", "verdicts"}


def test_numbers_of_the_shipped_files_are_those_of_the_data() -> None:
    with (pathlib.Path(module.__file__).parents[1] / "data" / "observed.csv").open(encoding="utf-8") as stream:
        data = {(r["metric"], r["key"], r["date"][:7]): r for r in csv.DictReader(stream)}
    checked = 0
    for one in read_benchmarks():
        if one.head.id not in ("epoch-compute-stock", "lab-compute"):
            continue
        for row in one.head.rows:
            if row.over is None:
                seen = data[row.of.metric, row.of.keys[0], str(row.of.at)]
                assert float(row.published.replace(",", "")) == pytest.approx(float(seen["value"]), rel=1e-3), row.id
                if seen["low"]:
                    assert (row.low, row.high) == (
                        pytest.approx(float(seen["low"])),
                        pytest.approx(float(seen["high"])),
                    )
                checked += 1
    assert checked >= 20


@pytest.mark.parametrize(
    ("old", "new", "words", "key"),
    [
        ("    published: many", "    publisht: many", "missing", "rows"),
        (
            "metric: compute_stock_h100e, keys: [world]",
            "metric: compute_stok_h100e, keys: [world]",
            "no metric",
            "metric",
        ),
        ("keys: [world]", "keys: [wrld]", "no key 'wrld'", "keys"),
        ("run: free,", "run: fre,", "no run 'fre'", "run"),
        ("[us-2022-10-advanced-computing]", "[us-2022-10-advanced]", "no policy", "runs"),
        ("until: 2023-03", "until: soon", "soon", "until"),
        ("    low: 1\n    high: 1e9", "    low: 5\n    high: 2", "not below", "rows"),
        ("    low: 1\n    published: more", "    published: more", "low", "rows"),
        ("{developers.count: 300}\n  free", "{developers.cuont: 300}\n  free", "developers.count", "runs"),
        ("id: small", "id: large", "called small", "id"),
    ],
)
def test_a_wrong_file_says_where(tmp_path: pathlib.Path, old: str, new: str, words: str, key: str) -> None:
    error = problem(tmp_path, old, new)
    text = str(error)
    assert words in text and key in text and "small.yaml:" in text


def test_a_row_may_stand_in_one_file_only(tmp_path: pathlib.Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    paths = [written(tmp_path, SMALL), written(other, SMALL.replace("id: small", "id: same"), "same")]
    with pytest.raises(InputError, match="'S1' is in"):
        read_benchmarks(paths)


def test_rows_of_small_worlds_and_a_wrong_number_fails(tmp_path: pathlib.Path) -> None:
    worlds = seeded_worlds(1, 2)
    right = [read_benchmark(written(tmp_path, SMALL))]
    assert runs_of(right) == 2
    rows = run_benchmarks(1, worlds, right)
    assert [row.id for row in rows] == ["S1", "S2"] and all(row.passed for row in rows)
    assert rows[1].model > 1.0
    wrong = [read_benchmark(written(tmp_path, SMALL.replace("low: 1\n    high: 1e9", "low: 1e8\n    high: 1e9")))]
    assert [row.passed for row in run_benchmarks(1, worlds, wrong)] == [False, True]


def lived() -> dict[str, Lived]:
    series = SeriesList((("compute_stock_h100e", "world"), ("smuggled_chips", "cn")))
    values = np.zeros((2, 2, 24))
    values[:, 0] = np.arange(24)
    values[0, 1], values[1, 1] = 1.0, 3.0
    facts = [{"route_chips_2024": np.exp([1.0, 3.0])}, {"route_chips_2024": np.exp([5.0, 7.0])}]
    return {"base": Lived(series, values, facts)}


def quantity(text: str, folder: pathlib.Path) -> module.Quantity:
    file = written(folder, SMALL.replace("{metric: compute_stock_h100e, keys: [world], at: 2023-03}", text))
    return read_benchmark(file).head.rows[0].of


def test_quantities_are_read_as_they_say(tmp_path: pathlib.Path) -> None:
    stock = quantity("{metric: compute_stock_h100e, keys: [world], at: 2024-12, since: 2023-12}", tmp_path)
    assert values_of(stock, lived()).tolist() == [12.0, 12.0]
    flow = quantity("{metric: smuggled_chips, keys: [cn], at: 2024}", tmp_path)
    assert values_of(flow, lived()).tolist() == [12.0, 36.0]
    fact = quantity("{fact: route_chips_2024}", tmp_path)
    assert len(values_of(fact, lived())) == 4


def test_a_spread_is_that_of_the_logarithms(tmp_path: pathlib.Path) -> None:
    text = SMALL.replace("{metric: compute_stock_h100e, keys: [world], at: 2023-03}", "{fact: route_chips_2024}")
    one = read_benchmark(
        written(tmp_path, text.replace("    low: 1\n    high", "    spread: true\n    low: 1\n    high"))
    )
    row = row_of(one, one.head.rows[0], lived())
    assert row.model == pytest.approx(np.std([1.0, 3.0, 5.0, 7.0], ddof=1))


def test_a_world_that_breaks_down_is_an_error() -> None:
    with pytest.raises(RunError, match="no money"):
        module._kept([Outcome(np.empty((0, 0)), failed="no money")], SeriesList(()))
    with pytest.raises(InputError, match="at least one world"):
        run_benchmarks(1, ())


def test_verdicts_are_compared_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(row.passed for row in verdict_rows())
    import sim.policy.chips as chips

    rows = [dict(row) for row in chips.table_rows("verdicts.csv")]
    rows[0]["verdict"] = "free"
    monkeypatch.setattr(chips, "table_rows", lambda name: rows)
    assert [row.passed for row in verdict_rows()].count(False) == 1


class Past:
    """Two models, one community abroad and one in China."""

    def __init__(self, open_q: float) -> None:
        kind = [("available", int), ("open", int), ("q", float), ("price", float), ("host_price", float)]
        self.models = np.zeros((30, 2), dtype=kind)
        self.models["available"] = 1
        self.models["open"] = (0, 1)
        self.models["q"] = (100.0, open_q)
        self.models["price"], self.models["host_price"] = (10.0, 9.0), (0.0, 1.0)
        self.communities = np.zeros((30, 2), dtype=[("region", int)])
        self.communities["region"] = (US, CN)
        self.tokens = np.zeros((30, 2, 2))
        self.tokens[:, 0] = (9.0, 10.0)
        self.tokens[:, 1] = (1e6, 0.0)


def test_saving_by_reallocation() -> None:
    assert reallocation_saving(Past(100.0)) == pytest.approx(81 / 100)
    assert reallocation_saving(Past(99.0)) == 0.0


def test_words_of_ranges() -> None:
    assert range_words(1500, 2.5e6) == "1,500 to 2,500,000"
    assert range_words(None, 4) == "at most 4" and range_words(0.05, None) == "at least 0.05"
    assert plain(float("nan")) == "–"


def test_the_figure_draws_what_has_two_ends() -> None:
    rows = pd.DataFrame({
        "what": ["a", "b", "c"], "model": [2.0, 50.0, 1.0], "low": [1.0, 40.0, 1.0], "high": [3.0, 60.0, 1.0],
        "criterion": ["1 to 4", "at most 4", "1.90909, to 1e-06"], "passed": [True, False, True],
    })  # fmt: skip
    assert ranges_of(rows)["what"].tolist() == ["a"]
    assert on_range(2.0, 1.0, 4.0) == pytest.approx(0.0)
    assert on_range(1e9, 1.0, 4.0) == 4.0 and on_range(2.5, 0.0, 5.0) == 0.0
    assert len(benchmark_figure(rows).axes) == 1


def test_the_command_prints_tables_or_json(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = written(tmp_path, SMALL)
    monkeypatch.setattr(module, "benchmark_files", lambda: [file])
    call = ["validate", "--benchmarks", "--replicates", "1", "--parameters", "central", "--workers", "1"]
    text = CliRunner().invoke(app, call)
    assert text.exit_code == 0 and "2 of 2 agree" in text.stdout
    done = CliRunner().invoke(app, [*call, "--json"])
    answer = json.loads(done.stdout)
    assert answer["summary"] == {"rows": 2, "passed": 2}
    assert {"id", "what", "model", "low", "high", "expected", "source", "passed"} <= set(answer["rows"][0])


def test_the_command_refuses_what_does_not_go_together() -> None:
    done = CliRunner().invoke(app, ["validate", "--benchmarks", "--from", "2025-01-01"])
    assert done.exit_code != 0
