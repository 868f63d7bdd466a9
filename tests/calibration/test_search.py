"""The search: the same bytes whatever happened on the way, and nothing from later data."""

import numpy as np
import pandas as pd
import pytest

from sim.calibration.make import identification, make_ensemble, misfits
from sim.calibration.plan import read_plan
from sim.calibration.search import Search, design, find, survivors
from sim.errors import RunError
from sim.evidence.observations import read_observations
from sim.study.ensemble import read_ensemble, write_ensemble

FULL = read_plan()
SMALL = FULL.model_copy(
    update={
        "parameters": FULL.parameters[:6],
        "settings": FULL.settings.model_copy(
            update={"members": 24, "iterations": 2, "developers": 200, "seeds": 2, "kept": 12, "allowed": 60}
        ),
    }
)


def silent(phase, done, total):
    pass


@pytest.fixture(scope="module")
def search():
    return Search.of(SMALL, "2023-12-31")


@pytest.fixture(scope="module")
def found(search, tmp_path_factory):
    return find(search, tmp_path_factory.mktemp("runs"), 1, silent)


def test_a_killed_search_goes_on_to_the_same_bytes(search, found, tmp_path):
    class Killed(Exception):
        pass

    def kill(phase, done, total):
        if phase == "iteration-1":
            raise Killed

    with pytest.raises(Killed):
        find(search, tmp_path, 1, kill)
    kept = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.npy")}
    assert kept and not any(name.startswith("filter") for name in kept)
    again = find(search, tmp_path, 2, silent)
    assert {name: (tmp_path / name).stat().st_mtime_ns for name in kept} == kept
    one, other = make_ensemble(search, found), make_ensemble(search, again)
    write_ensemble(one, tmp_path / "one.parquet")
    write_ensemble(other, tmp_path / "other.parquet")
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "other.parquet").read_bytes()
    back = read_ensemble(tmp_path / "one.parquet")
    pd.testing.assert_frame_equal(back.members, one.members)
    assert back.data_to == "2023-12-31" and back.provenance == one.provenance


def test_later_data_have_no_influence(found, tmp_path):
    frame = read_observations()
    late = frame["date"] > pd.Timestamp("2023-12-31")
    frame.loc[late, "value"] *= 7.0
    changed = find(Search.of(SMALL, "2023-12-31", frame), tmp_path, 1, silent)
    pd.testing.assert_frame_equal(changed.last, found.last)
    np.testing.assert_array_equal(changed.implausibility, found.implausibility)


def test_earlier_data_have(found, tmp_path):
    frame = read_observations()
    frame.loc[frame["metric"] == "new_compute_h100e", "value"] *= 3.0
    changed = find(Search.of(SMALL, "2023-12-31", frame), tmp_path, 1, silent)
    assert (changed.prior == found.prior).all().all()
    assert (changed.last != found.last).any().any()


def test_the_reports_cover_every_parameter_and_series(search, found):
    table = identification(search.plan, found)
    assert set(table["path"]) == set(SMALL.paths)
    assert ((table["low"] <= table["p05"]) & (table["p95"] <= table["high"])).all()
    assert set(table["verdict"]) <= {"identified", "weakly", "not identified"}
    worst = misfits(search, found)
    assert len(worst) == len(search.targets.series)
    assert worst["implausibility"].dropna().is_monotonic_decreasing


def test_members_that_too_many_series_rule_out_are_dropped():
    plan = SMALL.model_copy(update={"settings": SMALL.settings.model_copy(update={"allowed": 1, "cut": 3.0})})
    away = np.array([[0.0, 9.0, np.nan], [9.0, 9.0, 0.0], [1.0, 1.0, 1.0]])
    assert sorted(survivors(plan, away)) == [0, 2]
    with pytest.raises(RunError, match="all sets are ruled out"):
        survivors(plan, away[1:2])


def test_the_design_covers_every_range_evenly():
    scores = design(SMALL)
    from scipy.special import ndtr

    ranks = np.sort(np.floor(ndtr(scores) * SMALL.settings.members), axis=0)
    np.testing.assert_array_equal(ranks, np.tile(np.arange(24)[:, None], (1, 6)))
