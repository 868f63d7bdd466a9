"""Parameter sets of worlds: files, drawing, and who wins over them."""

import json

import numpy as np
import pandas as pd
import pytest

import sim
from sim.errors import InputError
from sim.results import read_run, run_to_folder
from sim.study.ensemble import Ensemble, read_ensemble, worlds_of, write_ensemble
from sim.study.worlds import World, decided, placed

PATH, OTHER = "clouds.value_months", "labs.release_lag_months"


def made(count=5):
    members = pd.DataFrame({PATH: np.linspace(35.0, 55.0, count), OTHER: np.linspace(2, 6, count).round()})
    return Ensemble(members, {"digest": "abc", "data_to": "2024-12-31", "discrepancy": {"capex_usd meta": 0.1}})


def small(**overrides):
    return sim.load_scenario("baseline", overrides={"developers.count": 200, **overrides}).until("2023-04")


@pytest.mark.parametrize("name", ["2024", "2025"])
def test_shipped_ensembles_can_be_used(name):
    ensemble = read_ensemble(name)
    assert len(ensemble.members) >= 100
    assert ensemble.data_to == f"{name}-12-31"
    scenario = small()
    for world in worlds_of(ensemble, 1, 3):
        changed = placed(scenario, scenario, world)
        assert changed.value_of(PATH).at(scenario.start_month) == dict(world.overrides)[PATH]


def test_files_come_back_and_are_the_same_bytes(tmp_path):
    write_ensemble(made(), tmp_path / "one.parquet")
    write_ensemble(made(), tmp_path / "two.parquet")
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()
    back = read_ensemble(tmp_path / "one.parquet")
    pd.testing.assert_frame_equal(back.members, made().members)
    assert back.discrepancy("capex_usd", "meta") == 0.1 and back.discrepancy("capex_usd", "google") is None
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        (pd.DataFrame({"clouds.value_month": [40.0]}), "not a parameter"),
        (pd.DataFrame({PATH: [np.nan]}), "outside"),
        (pd.DataFrame({"energy.cn.electricity_price": [-1e9]}), "outside"),
        (pd.DataFrame({PATH: []}, dtype=float), "no parameter sets"),
    ],
)
def test_broken_members_are_refused(tmp_path, members, expected):
    write_ensemble(Ensemble(members, made().provenance), tmp_path / "bad.parquet")
    with pytest.raises(InputError, match=expected):
        read_ensemble(tmp_path / "bad.parquet")


def test_other_files_are_refused(tmp_path):
    (tmp_path / "text.parquet").write_text("no table")
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "table.parquet")
    for name in ("text.parquet", "table.parquet"):
        with pytest.raises(InputError, match="not an ensemble"):
            read_ensemble(tmp_path / name)
    with pytest.raises(InputError, match="nor a file"):
        read_ensemble("2023")


def test_a_world_has_its_set_whatever_the_number_of_worlds():
    few, many = worlds_of(made(), 4, 2), worlds_of(made(), 2, 9)
    assert few[0].overrides == many[2].overrides and few[1].overrides == many[3].overrides
    taken = [made().member_of(seed) for seed in range(1, 6)]
    assert sorted(taken) == [0, 1, 2, 3, 4]
    assert isinstance(dict(few[0].overrides)[OTHER], int)
    assert worlds_of(None, 3, 2) == (World(0, 3), World(1, 4))


def test_what_a_scenario_or_the_command_line_fixes_wins():
    default = small().registry[PATH].record.value
    world = World(0, 1, ((PATH, 41.0), (OTHER, 5)))
    at = small().start_month
    assert placed(small(), small(), world).value_of(PATH).at(at) == 41.0
    changed = small(**{PATH: default + 3})
    assert placed(changed, changed, world).value_of(PATH).at(at) == default + 3
    kept = small().with_overrides({PATH: default}, "--set")
    assert decided(kept, PATH) and placed(kept, kept, world).value_of(PATH).at(at) == default
    written = small().with_overrides({PATH: default}, "a file that writes all defaults out")
    assert placed(written, written, world).value_of(PATH).at(at) == 41.0
    assert placed(kept, kept, world).value_of(OTHER).at(at) == 5


def test_a_run_draws_and_says_so_and_its_resolved_scenario_repeats_it(tmp_path):
    out = run_to_folder(small(), seed=3, replicates=3, out=tmp_path / "one", quick=True, ensemble=made())
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["ensemble"] == {"digest": "abc", "data_to": "2024-12-31", "members": [3, 4, 0]}
    drawn = pd.read_csv(out / "parameters.csv")
    np.testing.assert_allclose(drawn[PATH], made().members[PATH].iloc[[3, 4, 0]])
    again = sim.load_scenario(str(out / "scenario.resolved.yaml"))
    two = run_to_folder(again, seed=3, replicates=3, out=tmp_path / "two", quick=True, ensemble=made())
    one, same = read_run(out).timeseries, read_run(two).timeseries
    pd.testing.assert_frame_equal(one.drop(columns="scenario"), same.drop(columns="scenario"))
    central = run_to_folder(small(), seed=3, replicates=3, out=tmp_path / "three", quick=True)
    assert not (central / "parameters.csv").exists()
    assert not read_run(central).timeseries["value"].equals(one["value"])
