"""Regret by hand: what each policy gives up, which worlds count, which goals are reached."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from made_sweep import STUDY, made_sweep, real_sweep, with_failed_run

from sim.analysis.policies import by_world, chosen, policies_of, runs_made
from sim.analysis.regret import goal_table, regret_of, regret_table, wilson
from sim.analysis.regret_words import best_rival, gaps, verdict
from sim.analysis.wording import measure_named, series_label
from sim.cli import main
from sim.errors import InputError

SHARE, REVENUE, POWER = (
    "open_token_share[world] 2024-12", "chip_revenue_usd[nvidia] 2024", "electricity_price_usd_per_kwh[us] end",
)  # fmt: skip


def values_of(rng=None):
    """Values in which scenario, lever, point and replicate can be told apart."""
    scenario, point, lever, replicate = np.meshgrid(
        np.arange(2.0), np.arange(4.0), np.arange(2.0), np.arange(2.0), indexing="ij"
    )
    shape = (2, 8, 2)
    return {
        # the share is better without controls, by the point's number; the second lever costs a fixed 0.01
        SHARE: (0.101 + 0.05 * scenario * point - 0.01 * lever + 0.05 * replicate).reshape(shape),
        REVENUE: (1e10 * (5 - 3 * scenario) + 1e9 * replicate).reshape(shape),
        POWER: (0.06 + 0.03 * lever + 0 * replicate).reshape(shape),
    }


@pytest.fixture
def sweep(tmp_path):
    """A sweep with values that are known."""
    return made_sweep(tmp_path, values_of())


def test_policies_are_scenarios_by_levers_and_worlds_points_by_replicates(sweep):
    policies = policies_of(sweep)
    assert [one.name for one in policies] == [
        "baseline, energy.us.electricity_price=0.06", "baseline, energy.us.electricity_price=0.09",
        "no-controls, energy.us.electricity_price=0.06", "no-controls, energy.us.electricity_price=0.09",
    ]  # fmt: skip
    numbers = np.arange(2 * 8 * 2).reshape(2, 8, 2)
    found = by_world(sweep, numbers)
    assert found.shape == (4, 8)
    for policy in policies:
        for point in range(4):
            scenario, lever = divmod(policy.number, 2)
            # sample = point x combinations + combination
            expected = numbers[scenario, point * 2 + lever]
            assert found[policy.number, 2 * point : 2 * point + 2].tolist() == expected.tolist()
    assert policies[2].brief == "No controls (0.06 USD/kWh)"


def test_regret_is_against_the_best_policy_of_the_same_world(sweep):
    share, revenue, power = regret_of(sweep).measures
    assert share.regret[0] == pytest.approx(np.repeat([0.0, 0.05, 0.10, 0.15], 2))
    assert share.regret[3] == pytest.approx(np.full(8, 0.01))
    assert share.regret[2] == pytest.approx(np.zeros(8))
    assert share.high[0] == pytest.approx(np.quantile(np.repeat([0.0, 0.05, 0.10, 0.15], 2), 0.9))
    # high revenue is good, a low price is
    assert revenue.regret[2] == pytest.approx(np.full(8, 3e10)) and revenue.regret[0].max() == 0
    assert power.regret[1] == pytest.approx(np.full(8, 0.03)) and power.regret[0].max() == 0
    assert power.spread == pytest.approx(0.03) and power.scaled[1] == pytest.approx(1.0)


def test_the_robust_policy_and_where_it_fails(sweep):
    found = regret_of(sweep)
    # baseline at 0.06: 0.15 of a share that varies by 0.178; no controls: all of the revenue; 0.09: all of power
    assert found.worst[1] >= 1 and found.worst[2] > 0.9 and 0.8 < found.worst[0] < 0.9
    assert found.by_regret == 0 and found.by_goals == 2
    words = " ".join(verdict(found))
    assert "Least regret: Baseline with electricity price paid by data centres (US) 0.06 USD/kWh." in words
    assert "No controls (0.06 USD/kWh) reaches all of them most often, in 62 %" in words
    assert best_rival(found.measures[0], found.policies, 0).number == 2


def test_goal_shares_count_worlds_and_hold_intervals(sweep):
    table = goal_table(regret_of(sweep))
    rows = table[table["measure"] == SHARE].set_index("policy")
    assert rows["share"].tolist() == [0.0, 0.0, 0.625, 0.375]
    assert set(table["measure"]) == {SHARE, "all goals"}
    assert ((table["low"] <= table["share"]) & (table["share"] <= table["high"])).all()
    assert rows["high"].iloc[0] > 0.3  # four points tell little


def test_a_failed_run_leaves_its_world_out_for_all_policies(tmp_path):
    values = values_of()
    for table in values.values():
        table[1, 7, 1] = np.nan  # no controls, point 3, second lever, replicate 1
    sweep = made_sweep(tmp_path, values, [("no-controls", 7, 1)])
    assert (~runs_made(sweep)).nonzero() == ([3], [7])
    found = regret_of(sweep)
    assert found.broken == 1 and all(one.regret.shape == (4, 7) for one in found.measures)
    assert set(regret_table(found)["left_out"]) == {1}
    assert "1 of 8 worlds are left out for all policies" in " ".join(gaps(found))


def test_an_undefined_value_is_no_failed_run(tmp_path):
    values = values_of()
    values[SHARE][0, 0, 0] = np.nan
    found = regret_of(made_sweep(tmp_path, values))
    assert found.broken == 0
    assert [one.undefined for one in found.measures] == [1, 0, 0]
    assert [one.regret.shape[1] for one in found.measures] == [7, 8, 8]
    assert [goal.worlds for goal in found.goals] == [7, 7]
    assert "undefined under some policy in 1 worlds" in " ".join(gaps(found))


def test_the_worst_world_is_named_by_its_place_in_all_worlds(tmp_path):
    values = values_of()
    values[SHARE][0, 0, 0] = np.nan
    values[SHARE][1, 6, 1] = 0.9  # point 3, first lever, replicate 1: world 7
    row = regret_table(regret_of(made_sweep(tmp_path, values))).query("metric == 'open_token_share'").iloc[0]
    assert row["worst_world"] == 7 and row["regret_max"] == pytest.approx(0.9 - 0.151)


def test_wilson_agrees_with_the_published_example_and_widens_for_like_worlds():
    # Newcombe 1998, Statistics in Medicine 17:857, table I: 81 of 263 gives 0.2553 to 0.3662
    met = np.arange(263) < 81
    assert wilson(met, np.arange(263)) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    alike = np.repeat(np.arange(50) < 20, 10)
    single, tenfold = wilson(alike, np.arange(500)), wilson(alike, np.repeat(np.arange(50), 10))
    assert tenfold[1] - tenfold[0] > 2.5 * (single[1] - single[0])
    assert wilson(alike, np.repeat(np.arange(50), 10)) == pytest.approx(wilson(alike[::10], np.arange(50)), rel=0.02)
    assert wilson(np.ones(500, bool), np.repeat(np.arange(50), 10))[0] == pytest.approx(50 / (50 + 1.96**2), abs=1e-3)


def test_one_policy_or_no_goal_is_said(tmp_path):
    text = STUDY.replace("[baseline, no-controls]", "[baseline]").replace("[0.06, 0.09]", "[0.06]")
    with pytest.raises(InputError, match="one policy only"):
        regret_of(made_sweep(tmp_path, {}, text=text))
    plain = "\n".join(line.split(", goal")[0] + "}" if "goal" in line else line for line in STUDY.splitlines())
    with pytest.raises(InputError, match="no measure of the study has a goal"):
        regret_of(made_sweep(tmp_path, {}, text=plain))


def test_measures_are_found_by_short_names_and_misspelt_ones_get_the_nearest(sweep):
    study = sweep.study
    assert measure_named(study, "open_token_share", key="x") is study.measures[0]
    assert measure_named(study, "chip_revenue_usd[nvidia]", key="x") is study.measures[1]
    with pytest.raises(InputError, match=r"did you mean 'open_token_share\[world\] 2024-12'"):
        measure_named(study, "open_token_shar[world] 2024-12", key="x")
    with pytest.raises(InputError, match="it kept open_token_share"):
        measure_named(study, "zzz", key="x")
    with pytest.raises(InputError, match="did you mean 'no-controls'"):
        chosen(policies_of(sweep), ["no-control"])
    assert series_label("hub_download_share", "cn") == "Chinese share of open-model downloads"
    assert series_label("chip_revenue_usd", "amd") == "Chip revenue, AMD"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A sweep really simulated."""
    return real_sweep(tmp_path_factory.mktemp("regret")).folder


def run(*arguments):
    """Exit code of a command."""
    with pytest.raises(SystemExit) as caught:
        main([str(argument) for argument in arguments])
    return int(caught.value.code or 0)


def test_the_command_writes_tables_and_a_figure_twice_the_same(folder, capsys):
    assert run("regret", folder) == 0
    out = capsys.readouterr().out
    assert "Least regret:" in out and "None of 32 runs failed." in out
    first = {path.name: path.read_bytes() for path in (folder / "regret").iterdir()}
    assert set(first) == {"regret.csv", "goals.csv", "regret.png"}
    assert run("regret", folder) == 0
    assert first == {path.name: path.read_bytes() for path in (folder / "regret").iterdir()}
    table = pd.read_csv(folder / "regret" / "regret.csv")
    assert len(table) == 4 * 3 and (table["regret_p90"] <= table["regret_max"]).all()
    power = table[table["metric"] == "electricity_price_usd_per_kwh"]
    assert power["regret_mean"].tolist() == pytest.approx([0.0, 0.03, 0.0, 0.03], abs=1e-3)


def test_the_command_says_what_failed_runs_did(folder, tmp_path, capsys):
    broken = with_failed_run(folder, tmp_path / "broken").folder
    assert run("regret", broken, "--measure", "chip_revenue_usd") == 0
    out = capsys.readouterr().out
    assert "1 of 32 runs failed" in out and "1 of 8 worlds are left out" in out
    table = pd.read_csv(broken / "regret" / "regret.csv")
    assert set(table["worlds"]) == {7} and not table["regret_p90"].isna().any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--measure", "chip_revenu_usd"), "did you mean 'chip_revenue_usd'"),
        (("--measure", "zzz"), "the sweep kept no measure 'zzz'"),
    ],
)
def test_bad_options_are_one_line(folder, capsys, arguments, message):
    assert run("regret", folder, *arguments) == 2
    err = capsys.readouterr().err
    assert message in err and len(err.strip().splitlines()) == 1


def test_a_folder_without_a_sweep_is_said(tmp_path, capsys):
    assert run("regret", tmp_path) == 2
    assert "is not the folder of a sweep" in capsys.readouterr().err
    assert not (tmp_path / "regret").exists()
