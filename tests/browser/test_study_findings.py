"""Studies on the pages: only finished sweeps of the list are opened, and numbers are those of the commands."""

from __future__ import annotations

import io
import pathlib
import shutil
from typing import Any

import pandas as pd
import pytest
import vl_convert

from sim.analysis.discover import limit_table
from sim.analysis.fan import fan_table
from sim.analysis.regret import goal_table, regret_table
from sim.browser import study_charts, study_files, study_findings
from sim.browser.study_findings import Asked
from sim.cli import main
from sim.errors import InputError

STUDY = """
schema_version: 1
id: small
title: A small study
scenarios: [baseline, no-controls]
uncertainties: {include: [chips.generation_ramp_months, chips.learning_rate]}
levers: {energy.us.electricity_price: [0.06, 0.09]}
design: {method: lhs, n: 20}
replicates: {count: 1}
set: {developers.count: 200}
until: 2023-06
measures:
  - {metric: open_token_share, key: world, at: 2023-06, goal: ">= 0.2"}
  - {metric: chip_revenue_usd, key: nvidia, at: end, goal: high}
  - {metric: electricity_price_usd_per_kwh, key: us, at: end}
"""
ONE = STUDY.replace("[baseline, no-controls]", "[baseline]").replace("[0.06, 0.09]", "[0.06]").replace(
    "uncertainties: {include: [chips.generation_ramp_months, chips.learning_rate]}\n", "").replace(
    "{method: lhs, n: 20}", "{method: full_factorial}").replace("id: small", "id: one")  # fmt: skip


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> pathlib.Path:
    """A folder with a study of several policies, one of a single policy, an unfinished one and something else."""
    from sim.study.study_file import load_study
    from sim.study.sweep import Options, sweep

    place = tmp_path_factory.mktemp("studies")
    for name, text in (("small", STUDY), ("one", ONE)):
        file = place / f"{name}.yaml"
        file.write_text(text, encoding="utf-8")
        sweep(load_study(file), place / name, Options(workers=1))
    shutil.copytree(place / "small", place / "unfinished")
    manifest = place / "unfinished" / "manifest.json"
    manifest.write_text(manifest.read_text(encoding="utf-8").replace('"complete": true', '"complete": false'))
    (place / "notes").mkdir()
    (place / "broken").mkdir()
    (place / "broken" / "manifest.json").write_text('{"kind": "weightshift sweep", "complete": true, "files": {}}')
    return place


@pytest.fixture(autouse=True)
def _looked_in(results, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(study_files.SETTING, str(results))


@pytest.fixture
def sweep(results):
    """The study of several policies, as the pages open it."""
    return study_files.opened(str(results / "small"))


def command(*arguments: object) -> None:
    """A command of the command line, which must succeed."""
    with pytest.raises(SystemExit) as end:
        main([str(one) for one in arguments])
    assert end.value.code == 0


def drawn(chart: Any) -> bool:
    """Whether a chart becomes a picture with something in it."""
    picture = vl_convert.vegalite_to_png(chart.properties(width=300).to_json(), vl_version="5.20", scale=1)
    return len(picture) > 3000


def table_of(folder: pathlib.Path, name: str) -> pd.DataFrame:
    """A table as a command wrote it."""
    return pd.read_csv(folder / name)


def as_written(frame: pd.DataFrame) -> pd.DataFrame:
    """A table of ours with the same trip through text."""
    return pd.read_csv(io.StringIO(frame.to_csv(index=False, date_format="%Y-%m-%d", float_format="%.12g")))


def test_only_finished_sweeps_are_listed_and_opened(results) -> None:
    assert sorted(pathlib.Path(one.id).name for one in study_files.finished_studies()) == ["one", "small"]
    for name in ("unfinished", "notes", "broken", "../small", "small/../one"):
        with pytest.raises(InputError, match="none of the finished studies"):
            study_files.opened(f"{results}/{name}")


def test_without_a_setting_the_folder_of_results_is_looked_through(results, tmp_path, monkeypatch) -> None:
    monkeypatch.delenv(study_files.SETTING)
    assert study_files.finished_studies() == []
    shutil.copytree(results / "one", tmp_path / "outputs" / "mine")
    assert [one.id for one in study_files.finished_studies()] == ["outputs/mine"]
    monkeypatch.setenv(study_files.SETTING, str(results / "small"))  # a sweep's own folder will do
    assert len(study_files.finished_studies()) == 2


def test_facts_say_what_the_study_is(sweep) -> None:
    facts = dict(study_files.facts(sweep))
    assert facts["Design"] == "Latin hypercube, 20 points × 1 replicates"
    assert facts["Runs"] == "80"
    assert facts["Failed"] == "none of 80"
    assert "0.06, 0.09" in facts["Levers"]


def test_fans_are_those_of_the_command(sweep, capsys) -> None:
    command("fan", sweep.folder, "--metric", "open_token_share", "--key", "world")
    fans = study_findings.fan(sweep, ("open_token_share", "world"), [])
    ours, theirs = as_written(fan_table(fans, sweep.dates)), table_of(sweep.folder / "fan", "fan.csv")
    pd.testing.assert_frame_equal(ours, theirs)
    for difference in (False, True):
        chart = study_charts.fan_chart(fans, sweep.dates, difference)
        assert drawn(chart)
        policies = chart.to_dict()["layer"][0]["encoding"]["color"]["scale"]["domain"]
        assert len(policies) == (3 if difference else 4)


def test_drivers_are_those_of_the_command(sweep, capsys) -> None:
    name, effect = "chip_revenue_usd[nvidia] end", study_findings.effects_of(sweep)[1].name
    command("drivers", sweep.folder, "--measure", name, "--effect", effect)
    found = study_findings.drivers(sweep, name, effect)
    pd.testing.assert_frame_equal(as_written(found.table), table_of(sweep.folder / "drivers", "pawn.csv"))
    pd.testing.assert_frame_equal(as_written(found.ends), table_of(sweep.folder / "drivers", "tornado.csv"))
    assert drawn(study_charts.tornado_chart(found, found.outputs[0]))
    assert set(study_findings.tornado(found, found.outputs[0])["parameter"]) == {
        "chips.generation_ramp_months", "chips.learning_rate"
    }  # fmt: skip


def test_regret_is_that_of_the_command(sweep, capsys) -> None:
    command("regret", sweep.folder)
    found = study_findings.regret(sweep)
    pd.testing.assert_frame_equal(as_written(regret_table(found)), table_of(sweep.folder / "regret", "regret.csv"))
    pd.testing.assert_frame_equal(as_written(goal_table(found)), table_of(sweep.folder / "regret", "goals.csv"))
    cells = study_charts.regret_cells(found)
    assert len(cells) == 4 * 2
    assert drawn(study_charts.heat_chart(cells, "blues", study_charts.ceiling_of(cells), "x"))
    assert study_findings.regret_lines(sweep, found)[0].startswith("Least regret")


def test_the_box_is_that_of_the_command(sweep, capsys) -> None:
    name = "electricity_price_usd_per_kwh[us] end"
    one = study_findings.measure(sweep, name)
    number = study_findings.threshold_advised(sweep, one, above=True)
    middle = float(sweep.table(one).mean())
    asked = Asked(name, True, middle)
    command("discover", sweep.folder, "--where", f"{name} > {middle!r}")
    ticks: list[tuple[int, int]] = []
    found = study_findings.discovery(sweep, asked, lambda done, total: ticks.append((done, total)))
    pd.testing.assert_frame_equal(as_written(limit_table(found)), table_of(sweep.folder / "discover", "box.csv"))
    assert ticks[-1] == (30, 30)
    assert [limit.dimension.name for limit in found.limits] == ["energy.us.electricity_price"]
    assert drawn(study_charts.box_chart(found))
    assert number > middle


def test_thresholds_of_shares_are_in_per_cent(sweep) -> None:
    one = study_findings.measure(sweep, "open_token_share[world] 2023-06")
    factor, unit = study_findings.unit_asked(sweep, one)
    assert (factor, unit) == (100.0, "%")
    with pytest.raises(InputError, match="only 0 of 80 runs"):
        study_findings.discovery(sweep, Asked(one.name, True, 101.0))


def test_what_does_not_apply_is_said(results) -> None:
    one = study_files.opened(str(results / "one"))
    with pytest.raises(InputError, match="one policy only"):
        study_findings.regret(one)
    with pytest.raises(InputError, match="no uncertain parameters"):
        study_findings.drivers(one, study_findings.measures_of(one)[0][0], "")
    with pytest.raises(InputError, match="needed to tell where"):
        study_findings.discovery(one, Asked(study_findings.measures_of(one)[0][0], True, 10.0))
