"""Drivers against SALib, closed forms and planted answers."""

from __future__ import annotations

import numpy as np
import pytest
from made_sweep import made_sweep, real_sweep

from sim.analysis import indices
from sim.analysis.drivers import drivers_of, method_of, outputs_of
from sim.analysis.drivers_words import finding, gaps, split_words
from sim.cli import main
from sim.errors import InputError
from sim.study.design import unit_points_of

TEXT = """
schema_version: 1
id: made
title: A made sweep
scenarios: [baseline, no-controls]
uncertainties: {{include: [chips.generation_ramp_months, chips.learning_rate]}}
design: {{method: {method}, n: {n}}}
replicates: {{count: 2}}
parameters: central
set: {{developers.count: 200}}
until: 2024-12
measures:
  - {{metric: open_token_share, key: world, at: 2024-12}}
"""
SHARE = "open_token_share[world] 2024-12"


def planted(folder, method, n, failures=()):
    """The effect of no-controls is 0.3 of the first column plus 0.1 of the second."""
    text = TEXT.format(method=method, n=n)
    from made_sweep import study_in

    points = unit_points_of(study_in(folder, text))
    rng = np.random.default_rng(4)
    base = np.repeat(rng.normal(0.5, 0.02, (len(points), 1)), 2, axis=1)
    effect = 0.3 * points[:, :1] + 0.1 * points[:, 1:2]
    values = np.stack([base, base + effect])
    for scenario, sample, replicate in failures:
        values[scenario, sample, replicate] = np.nan
    places = [("baseline" if s == 0 else "no-controls", a, r) for s, a, r in failures]
    return made_sweep(folder, {SHARE: values}, places, text)


def found_in(sweep, level=False):
    """The drivers of a sweep by its own method."""
    return drivers_of(sweep, outputs_of(sweep, sweep.study.measures, [], level), method_of(sweep, None))


def ishigami(x):
    """Ishigami & Homma 1990 with a = 7, b = 0.1, on positions between 0 and 1."""
    a, b, c = (np.pi * (2 * x[:, :3] - 1)).T
    return np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a)


@pytest.mark.filterwarnings("ignore")
def test_sobol_is_salibs_and_ishigamis():
    from SALib.analyze import sobol
    from SALib.sample import sobol as sampling

    problem = {"names": list("abcd"), "num_vars": 4, "bounds": [[0.0, 1.0]] * 4}
    values = ishigami(sampling.sample(problem, 4096, calc_second_order=False, seed=1))
    own = indices.sobol_indices(values, 4, seed=1)
    theirs = sobol.analyze(problem, values, calc_second_order=False, num_resamples=200, seed=1)
    assert own.first == pytest.approx(theirs["S1"], abs=1e-12) and own.total == pytest.approx(theirs["ST"], abs=1e-12)
    assert 1.96 * own.first_error == pytest.approx(theirs["S1_conf"], rel=0.25, abs=1e-9)
    assert own.first == pytest.approx([0.3139, 0.4424, 0.0, 0.0], abs=0.02)
    assert own.total == pytest.approx([0.5576, 0.4424, 0.2437, 0.0], abs=0.02)
    values[9] = np.nan
    assert (indices.sobol_indices(values, 4, seed=1).blocks, indices.sobol_indices(values, 4, seed=1).left_out) == (
        4095, 1,
    )  # fmt: skip


@pytest.mark.filterwarnings("ignore")
def test_pawn_is_salibs():
    from SALib.analyze import pawn

    rng = np.random.default_rng(2)
    x = rng.random((600, 3))
    y = np.round(ishigami(x), 1)  # with equal values
    problem = {"names": list("abc"), "num_vars": 3, "bounds": [[0.0, 1.0]] * 3}
    theirs = pawn.analyze(problem, x, y, S=10)
    for column in range(3):
        own = indices.pawn_distances(y, indices.slices_of(x[:, column], 10))
        assert np.median(own) == pytest.approx(theirs["median"][column], abs=1e-12)
        assert own.max() == pytest.approx(theirs["maximum"][column], abs=1e-12)


def test_components_are_unbiased_with_common_seeds():
    rng = np.random.default_rng(3)
    found = [
        indices.components_of(
            2 * rng.normal(size=(40, 1)) + rng.normal(size=(1, 4)) + 0.5 * rng.normal(size=(40, 4))
        )
        for _ in range(400)
    ]  # fmt: skip
    assert np.mean([one.points for one in found]) == pytest.approx(4.0, rel=0.05)
    assert np.mean([one.chance for one in found]) == pytest.approx(1.25, rel=0.12)


@pytest.mark.parametrize(("method", "n"), [("sobol", 64), ("morris", 20), ("lhs", 100)])
def test_the_planted_parameter_drives_the_effect(tmp_path, method, n):
    sweep = planted(tmp_path, method, n)
    found = found_in(sweep)
    order = [one.path for one in sweep.study.uncertain]
    rows = found.rows(found.outputs[0])
    assert rows["parameter"].tolist() == order and bool(rows["told"].iloc[0])
    dummy = found.table[found.table["parameter"] == "dummy"].iloc[0]
    assert not dummy["told"]
    if method == "sobol":
        assert rows["total"].tolist() == pytest.approx([0.9, 0.1], abs=0.05) and dummy["total"] < 1e-9
    if method == "morris":
        assert rows["mu_star"].tolist() == pytest.approx([0.3, 0.1], abs=1e-9)
    assert "moves most with" in finding(found, found.outputs[0])
    if method != "morris":
        assert found.split["share"].sum() == pytest.approx(1.0)
        assert "parameters" in split_words(found, found.outputs[0])
    # the level is noise from point to point: nothing drives it
    assert not found_in(sweep, level=True).table["told"].any() or method == "morris"


@pytest.mark.parametrize(("method", "n", "kept"), [("sobol", 16, 14), ("morris", 16, 14), ("lhs", 40, 38)])
def test_gaps_are_left_out_and_said(tmp_path, method, n, kept):
    sweep = planted(tmp_path, method, n, [(0, 0, 1), (1, 39, 0)])
    found = found_in(sweep)
    assert (set(found.table["used"]), set(found.table["left_out"])) == ({kept}, {2})
    assert any("2 of" in line and "left out" in line for line in gaps(sweep, found))


def test_what_does_not_fit_is_said(tmp_path):
    sweep = planted(tmp_path, "lhs", 40)
    with pytest.raises(InputError, match="use pawn"):
        method_of(sweep, "sobol")
    with pytest.raises(InputError, match="did you mean 'no-controls'"):
        outputs_of(sweep, sweep.study.measures, ["no-control"], False)
    with pytest.raises(InputError, match="is the reference"):
        outputs_of(sweep, sweep.study.measures, ["baseline"], False)


def test_the_command_writes_the_same_bytes_twice(tmp_path, capsys):
    real_sweep(tmp_path, TEXT.format(method="morris", n=3))
    folder, before = tmp_path / "out", {}
    for again in (False, True):
        with pytest.raises(SystemExit) as end:
            main(["drivers", str(folder), *(["--json"] if again else [])])
        assert end.value.code == 0
        files = {one.name: one.read_bytes() for one in (folder / "drivers").iterdir()}
        assert not again or files == before
        before = files
    assert "morris.csv" in before and "None of 48 runs failed." in capsys.readouterr().out
    with pytest.raises(SystemExit) as end:
        main(["drivers", str(tmp_path)])
    assert end.value.code == 2


def test_a_share_above_the_whole_is_said_to_be_an_error_of_the_estimate(tmp_path):
    sweep = planted(tmp_path, "sobol", 64)
    found = found_in(sweep)
    found.table.loc[found.table["parameter"] == "chips.generation_ramp_months", "total"] = 1.4
    words = finding(found, found.outputs[0])
    assert "all of its variance" in words and "the estimate being above 100 %" in words and "140" not in words
    found.table["total"] = 2.5
    assert "all 2 act together" in finding(found, found.outputs[0])


def test_values_are_told_in_words_of_their_size():
    from sim.analysis.drivers import end_words
    from sim.analysis.wording import signed_words, value_words, when_words

    assert value_words(228_182, "H100e") == "0.228 million H100e"
    assert signed_words(-543_000, "H100e") == "\N{MINUS SIGN}0.543 million H100e"
    assert signed_words(0.032, "share") == "+3.2 points" and signed_words(0.0, "H100e") == "0"
    assert (end_words(6, "month"), end_words(1, "month"), end_words(0.04, "1/month")) == (
        "6 months", "1 month", "0.04 per month",
    )  # fmt: skip
    assert end_words(3e6, "stack/month") == "3 million stacks/month" and end_words(18, "ECI") == "18 ECI"
    assert (when_words("2030-12"), when_words("2030"), when_words("end")) == ("December 2030", "2030", "at the end")


def test_a_dated_lever_is_told_with_its_month(tmp_path):
    from made_sweep import STUDY, real_sweep

    from sim.analysis.policies import policies_of

    levers = "levers: {export_controls.detection: [{2024-02: 0.05}, {2024-02: 0.4}]}"
    text = STUDY.replace("levers: {energy.us.electricity_price: [0.06, 0.09]}", levers).replace("n: 4", "n: 2")
    found = policies_of(real_sweep(tmp_path, text))
    assert found[1].brief == "Baseline (40 % from February 2024)"
