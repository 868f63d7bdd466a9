"""A sweep in the form of EMA Workbench, handed to its own analyses as it is."""

from __future__ import annotations

import numpy as np
import pytest
from made_sweep import STUDY, real_sweep, with_failed_run

from sim.analysis.ema import RESERVED, as_ema
from sim.analysis.workbench import quiet, workbench

LEVER = "energy.us.electricity_price"
TEXT = STUDY.replace("n: 4", "n: 20").replace("chips.learning_rate]", "chips.learning_rate, chips.allocation_rule]")
POWER = "electricity_price_usd_per_kwh[us] end"


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    """160 short runs."""
    return real_sweep(tmp_path_factory.mktemp("ema"), TEXT)


def test_a_row_is_a_run_with_what_was_fixed_in_it(sweep):
    experiments, outcomes = as_ema(sweep, series=True)
    assert len(experiments) == 160 and set(RESERVED) < set(experiments.columns)
    assert all(len(values) == 160 for values in outcomes.values())
    assert outcomes["chip_revenue_usd[nvidia]"].shape == (160, 24)
    row = 97
    scenario = experiments["policy"][row].split(",")[0]
    point, replicate = divmod(int(experiments["scenario"][row]), 2)
    samples = sweep.samples
    (sample,) = samples.index[(samples["point"] == point) & (samples[LEVER] == experiments[LEVER][row])]
    results = sweep.results
    mine = results[
        (results["scenario"] == scenario) & (results["sample"] == sample) & (results["replicate"] == replicate)
    ]
    expected = dict(zip(mine["metric"].astype(str), mine["value"], strict=True))
    for metric, value in expected.items():
        (name,) = [name for name in outcomes if name.startswith(f"{metric}[") and " " in name]
        assert outcomes[name][row] == value
    assert experiments["chips.learning_rate"][row] == samples["chips.learning_rate"][sample]
    options = next(one.options for one in sweep.study.uncertain if one.path == "chips.allocation_rule")
    assert experiments["chips.allocation_rule"].dtype == "category"
    assert set(experiments["chips.allocation_rule"]) == set(options)


def test_feature_scoring_finds_what_moves_a_measure(sweep):
    experiments, outcomes = as_ema(sweep, complete=True)
    scoring = workbench("feature_scoring")
    with quiet():
        scores = scoring.get_feature_scores_all(experiments, outcomes, random_state=1)
    assert scores[POWER].idxmax() in (LEVER, "policy")
    assert scores.loc[[LEVER, "policy"], POWER].sum() > 0.8
    assert scores.loc["dummy", POWER] < 0.1


def test_prim_takes_it_and_finds_the_lever(sweep):
    experiments, outcomes = as_ema(sweep)
    prim = workbench("prim")
    with quiet():
        box = prim.Prim(experiments.drop(columns=["policy", "model"]), outcomes[POWER] > 0.08).find_box()
    assert box.coverage == 1.0 and box.density == 1.0
    assert LEVER in box.p_values[-1]


def test_the_workbench_saves_and_loads_it(sweep, tmp_path):
    experiments, outcomes = as_ema(sweep, identifiers=True)
    assert all(name.isidentifier() for name in [*experiments.columns, *outcomes])
    assert "chips_learning_rate" in experiments and "open_token_share_world_2024_12" in outcomes
    workbench("prim")
    with quiet():
        from ema_workbench import ScalarOutcome, load_results, save_results

        for name in outcomes:  # the workbench saves outcomes that were declared
            ScalarOutcome(name)
        save_results((experiments, outcomes), tmp_path / "sweep.tar.gz")
        again, values = load_results(tmp_path / "sweep.tar.gz")
    assert list(again.columns) == list(experiments.columns)
    assert all(np.allclose(values[name], outcomes[name]) for name in outcomes)


def test_a_failed_run_has_no_row(sweep, tmp_path):
    broken = with_failed_run(sweep.folder, tmp_path / "broken")
    experiments, outcomes = as_ema(broken)
    assert len(experiments) == 159 and not any(np.isnan(values).any() for values in outcomes.values())
    gone = as_ema(sweep)[0].merge(experiments, how="left", on=["scenario", "policy"], indicator=True)
    (row,) = np.flatnonzero(gone["_merge"] == "left_only")
    # sample 1 is point 0 with the second lever; its second replicate is world 1
    assert gone["scenario"][row] == 1 and gone["policy"][row] == f"baseline, {LEVER}=0.09"


def test_undefined_measures_are_dropped_only_if_asked(sweep, monkeypatch):
    measure = sweep.study.measures[0]
    plain = type(sweep).table

    def with_hole(self, asked):
        found = plain(self, asked)
        if asked is measure:
            found[0, 0, 0] = np.nan
        return found

    monkeypatch.setattr(type(sweep), "table", with_hole)
    assert len(as_ema(sweep)[0]) == 160 and np.isnan(as_ema(sweep)[1][measure.name]).sum() == 1
    assert len(as_ema(sweep, complete=True)[0]) == 159
