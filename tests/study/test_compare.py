"""Comparisons of small worlds: pairing, stopping, failures, the same numbers with any number of processes."""

import dataclasses
import os
import signal

import numpy as np
import pandas as pd
import pytest
from small import options, scenario, unused

from sim.errors import InputError, RunError
from sim.measures.headlines import HEADLINES
from sim.study import engine
from sim.study.compare import Options, compare, folder_name
from sim.study.comparison import read_comparison, write_comparison
from sim.study.engine import Outcome
from sim.study.series import compared_series
from sim.study.worlds import World

POWER = "us-power-price-doubled"
WAR = "stress-price-war"


@pytest.fixture(scope="module")
def two():
    return compare(scenario(), [scenario(POWER), scenario(WAR)], options(), out=None)


def test_every_headline_has_an_effect_of_every_policy(two):
    last = two.effects[two.effects["date"] == two.effects["date"].max()]
    for policy in (POWER, WAR):
        assert list(last.loc[last["policy"] == policy, "label"]) == [item.label for item in HEADLINES]
    assert set(two.effects["date"].dt.strftime("%Y-%m")) == {"2025-12", "2026-12"}


def test_worlds_are_the_same_until_the_scenarios_differ(two):
    """Same seeds and streams: to the end of 2025 the series are equal to the last bit."""
    wide = two.timeseries.pivot_table(
        index=["metric", "key", "date", "replicate"], columns="scenario", values="value", observed=True
    )
    before = wide[wide.index.get_level_values("date") < pd.Timestamp(2026, 1, 1)]
    for policy in (POWER, WAR):
        assert (before[policy] == before["baseline"]).all()
        assert (wide[policy] != wide["baseline"]).any()
    zero = two.effects[two.effects["date"] == pd.Timestamp(2025, 12, 31)]
    assert (zero["mean"] == 0.0).all() and zero["reached"].all()


def test_worlds_of_different_seeds_differ(two):
    part = two.timeseries[(two.timeseries["metric"] == "capex_usd") & (two.timeseries["scenario"] == "baseline")]
    assert part.groupby("replicate")["value"].sum().nunique() == 3


def test_a_policy_that_is_never_in_force_gives_exactly_zero_and_stops_at_the_minimum():
    found = compare(scenario(), [unused()], options(maximum=50, channels=True, channel_worlds=2), out=None)
    assert found.manifest["worlds"] == 3 and found.manifest["stopped"] == "reached"
    for name in ("mean", "difference", "half_width", "share_above", "p05", "p95"):
        assert (found.effects[name] == 0.0).all()
    assert not len(found.channels)
    assert (found.over_time["median"] == 0.0).all()


def test_worlds_are_added_until_the_maximum_when_intervals_stay_long():
    found = compare(scenario(), [scenario(WAR)], options(maximum=5, half_width=1e-9), out=None)
    assert found.manifest["looks"] == [3, 5]
    assert (found.manifest["worlds"], found.manifest["stopped"]) == (5, "maximum")
    assert not found.effects["reached"].all()


def test_swapping_the_arms_negates_the_effects(two):
    back = compare(scenario(WAR), [scenario()], options(), out=None)
    there = two.effects[two.effects["policy"] == WAR].reset_index(drop=True)
    assert np.array_equal(there["mean"], -back.effects["mean"])
    assert np.array_equal(there["baseline"], back.effects["value"])
    assert np.array_equal(there["half_width"], back.effects["half_width"])


def test_one_or_two_processes_give_the_same_bytes(tmp_path):
    folders = []
    for workers in (1, 2):
        found = compare(
            scenario(), [scenario(WAR)], options(workers=workers, channels=True, channel_worlds=2),
            out=tmp_path / str(workers),
        )  # fmt: skip
        folders.append(write_comparison(found, quick=True).path)
    tables = [path.name for path in folders[0].iterdir() if path.suffix in (".csv", ".parquet", ".yaml")]
    assert len(tables) == 8
    for name in tables:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name


def test_an_ensemble_of_worlds_can_be_plugged_in():
    worlds = [World(i, 5, (("energy.us.electricity_price", price),)) for i, price in enumerate((0.05, 0.08, 0.12))]
    found = compare(scenario(), [scenario(POWER)], options(), out=None, worlds=worlds)
    energy = found.timeseries[
        (found.timeseries["metric"] == "electricity_price_usd_per_kwh") & (found.timeseries["key"] == "us")
    ].pivot_table(index="date", columns=["scenario", "replicate"], values="value", observed=True)
    early, late = energy.loc[pd.Timestamp(2024, 6, 30)], energy.loc[pd.Timestamp(2026, 12, 31)]
    assert (early["baseline"].diff().dropna() > 0.01).all()
    assert (early[POWER] == early["baseline"]).all()
    assert np.ptp(late[POWER]) < 0.02 < np.ptp(late["baseline"])


def failing(monkeypatch, bad):
    """Outcomes that break down where `bad(scenario, seed)` holds, in this process."""
    real = engine.live

    def live(setting, task):
        if bad(setting.scenarios[task.scenario].id, task.world.seed):
            return Outcome(np.empty((0, 0)), failed="accounts of nvidia differ by 1 cent")
        return real(setting, task)

    monkeypatch.setattr(engine, "live", live)


def test_a_world_that_breaks_down_everywhere_is_left_out_and_named(monkeypatch):
    failing(monkeypatch, lambda name, seed: seed == 2)
    found = compare(scenario(), [scenario(WAR)], options(), out=None)
    assert found.manifest["seeds"] == [1, 3] and found.manifest["worlds"] == 2
    assert found.manifest["failed"] == [
        {"scenario": name, "seed": 2, "reason": "accounts of nvidia differ by 1 cent"} for name in ("baseline", WAR)
    ]
    assert set(found.timeseries["replicate"]) == {0, 2}


def test_a_world_that_breaks_down_in_one_arm_only_stops_the_comparison(monkeypatch):
    failing(monkeypatch, lambda name, seed: seed == 2 and name == WAR)
    with pytest.raises(RunError, match=r"seed 2 breaks down in stress-price-war.*no fair difference: accounts"):
        compare(scenario(), [scenario(WAR)], options(), out=None)


def test_mostly_broken_worlds_stop_the_comparison(monkeypatch):
    failing(monkeypatch, lambda name, seed: seed != 2)
    with pytest.raises(RunError, match="most worlds break down"):
        compare(scenario(), [scenario(WAR)], options(), out=None)


def test_another_error_is_not_taken_for_a_broken_world(monkeypatch):
    def broken(setting, task):
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(engine, "live", broken)
    with pytest.raises(ZeroDivisionError):
        compare(scenario(), [scenario(WAR)], options(), out=None)


class Poison:
    """A world that kills the process in which it arrives."""

    def __reduce__(self):
        return _kill_this_process, ()


def _kill_this_process():
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_that_dies_is_an_error_and_no_endless_wait():
    task = engine.Task(0, Poison(), compared_series(), False)
    with engine.engine(engine.Setting((scenario(),), scenario()), 2) as runner, pytest.raises(RunError, match="killed"):
        runner.run([task])


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"minimum": 1}, "one world has no interval"),
        ({"maximum": 2}, "at least the minimum"),
        ({"half_width": 0.0}, "above zero"),
        ({"half_width": float("nan")}, "above zero"),
        ({"workers": 0}, "at least 1"),
        ({"channels": True, "channel_worlds": 1}, "at least 2"),
    ],
)
def test_options_that_make_no_sense_are_refused(changes, word):
    with pytest.raises(InputError, match=word):
        options(**changes).check()


def test_a_horizon_without_a_december_is_refused():
    short = [scenario(name).until("2023-10") for name in ("baseline", WAR)]
    with pytest.raises(InputError, match="does not reach a December"):
        compare(short[0], short[1:], Options(), out=None)


def test_folder_is_named_after_the_scenarios_and_never_too_long():
    assert folder_name(scenario(), [scenario(POWER), scenario(WAR)]) == f"baseline-vs-{POWER}-{WAR}"
    many = folder_name(scenario(), [scenario(WAR)] * 20)
    assert len(many) == 120 and many != folder_name(scenario(), [scenario(WAR)] * 21)


def test_a_comparison_is_read_back_as_it_was_written(two, tmp_path):
    written = write_comparison(dataclasses.replace(two, path=tmp_path / "out"), quick=True)
    back = read_comparison(tmp_path / "out")
    assert back.manifest == written.manifest and back.policies == (POWER, WAR) and back.baseline == "baseline"
    assert {name: dict(value) for name, value in back.scenarios.items()} == dict(two.scenarios)
    for name in ("effects", "over_time", "channels", "events", "bounds"):
        one, other = getattr(two, name), getattr(back, name)
        pd.testing.assert_frame_equal(
            one.reset_index(drop=True), other, check_dtype=False, check_categorical=False, check_index_type=False
        )
    assert (two.timeseries["value"].to_numpy() == back.timeseries["value"].to_numpy()).all()
    for name in ("scenario", "replicate", "metric", "key", "unit"):
        assert (two.timeseries[name].astype(str).to_numpy() == back.timeseries[name].astype(str).to_numpy()).all()
