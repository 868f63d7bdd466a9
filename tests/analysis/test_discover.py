"""Scenario discovery: a box that was planted is found, noise is not, and gaps, limits and names are handled."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from made_sweep import STUDY, made_sweep, real_sweep, with_failed_run
from scipy.stats import ks_2samp

from sim.analysis import workbench as bench
from sim.analysis.box import limits_in, quasi_p, screened, with_options, within
from sim.analysis.cases import SCENARIO, cases_of
from sim.analysis.conditions import condition_of, failing
from sim.analysis.discover import discover, limit_table
from sim.analysis.discover_words import limit_words, verdict
from sim.cli import main
from sim.errors import InputError
from sim.report import style
from sim.report.discover_figures import box_figure, trajectory_figure

SHARE, REVENUE, POWER = (
    "open_token_share[world] 2024-12", "chip_revenue_usd[nvidia] 2024", "electricity_price_usd_per_kwh[us] end",
)  # fmt: skip
RAMP, RATE = "chips.generation_ramp_months", "chips.learning_rate"
NOISE = ("chips.dies_per_wafer", "chips.inventory_cover_months", "chips.pool_growth_max", "chips.allocation_rule")
PLANTED = STUDY.replace("n: 4", "n: 200").replace(f"[{RAMP}, {RATE}]", f"[{RAMP}, {RATE}, {', '.join(NOISE)}]")


def planted(folder, *, noise: bool = False, text: str = PLANTED):
    """The share is low where the ramp is longer than 10 months and learning slower than 8 %, without controls only."""
    sweep = made_sweep(folder, {}, text=text)
    shape, samples = sweep.shape, sweep.samples
    rng = np.random.default_rng(7)
    low = np.zeros(shape, dtype=bool)
    low[1] = ((samples[RAMP] > 10) & (samples[RATE] < 0.08)).to_numpy()[:, None]
    if noise:
        low = rng.random(shape[:2])[..., None].repeat(shape[2], axis=2) < 0.3
    values = np.where(low, 0.1, 0.4) + 0.01 * rng.random(shape)
    sweep.values.update({SHARE: values, REVENUE: np.full(shape, 1e10), POWER: np.full(shape, 0.05)})
    return sweep


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    """A sweep with a planted box."""
    return planted(tmp_path_factory.mktemp("planted"))


@pytest.fixture(scope="module")
def cases(sweep):
    """Its runs, those of interest marked."""
    return cases_of(sweep, condition_of("open_token_share < 0.2", sweep.study))


@pytest.fixture(scope="module")
def found(cases):
    """The box."""
    return discover(cases, resamples=6)


def test_a_planted_box_is_found_and_nothing_else(cases, found):
    assert set(cases.dimensions) == {RAMP, RATE, *NOISE, "energy.us.electricity_price", SCENARIO}
    limits = {(one.dimension.name, one.side): one for one in found.limits}
    assert set(limits) == {(RAMP, "low"), (RATE, "high"), (SCENARIO, "options")}
    assert limits[RAMP, "low"].value == pytest.approx(10, abs=0.5)
    assert limits[RATE, "high"].value == pytest.approx(0.08, abs=0.008)
    assert limits[SCENARIO, "options"].options == ("no-controls",)
    assert found.coverage > 0.9 and found.density > 0.9 and found.base < 0.15
    assert all(one.quasi_p < 0.01 and one.stability >= 0.8 for one in found.limits)
    assert found.unseen[1] > 0.75


def test_the_box_in_words(found):
    words = "\n".join(verdict(found))
    assert "Open token share, world, December 2024 below 20 %: in" in words
    assert "the scenario is no-controls (of baseline, no-controls; quasi-p below 0.001" in words
    assert (
        "ramp of a chip generation is above 10" in words.replace("above 9.", "above 10")
        and " months (of 6 months" in words
    )
    assert "cost fall per doubling of a chip's output is below" in words and "% (of 2 % to 18 %" in words
    assert f"Coverage {found.coverage:.2f}" in words and "6 resamples of the points" in words


def test_the_same_cases_give_the_same_answer(cases, found):
    again = discover(cases, resamples=6)
    assert again.limits == found.limits and again.stability == found.stability and again.unseen == found.unseen
    pd.testing.assert_frame_equal(limit_table(again), limit_table(found))


def test_where_there_is_only_noise_no_box_holds_in_points_that_were_not_seen(tmp_path):
    sweep = planted(tmp_path, noise=True)
    found = discover(cases_of(sweep, condition_of("open_token_share < 0.2", sweep.study)), resamples=6)
    # a limit may pass the test by luck; what it promises does not hold, and it does not return
    assert not found.limits or found.unseen[1] < 1.25 * found.base
    assert all(one.stability <= 0.5 for one in found.limits)
    with style.styled():
        trajectory_figure(found)
    if not found.limits:
        assert "No limit can be told from chance" in " ".join(verdict(found))


def test_one_policy_alone(sweep):
    condition = condition_of("open_token_share < 0.2", sweep.study)
    cases = cases_of(sweep, condition, "no-controls")
    assert SCENARIO not in cases.dimensions and len(cases.y) == 200 * 2 * 2
    found = discover(cases, resamples=0)
    assert {one.dimension.name for one in found.limits} == {RAMP, RATE}
    assert np.isnan(found.limits[0].stability) and "resamples" not in " ".join(verdict(found))
    with pytest.raises(InputError, match="did you mean 'no-controls'"):
        cases_of(sweep, condition, "no-control")


def test_quasi_p_is_that_of_the_workbench_where_runs_are_independent(cases):
    prim = bench.workbench("prim")
    with bench.quiet():
        box = prim.Prim(cases.x, cases.y).find_box()
    step = len(box.box_lims) // 2
    limits = limits_in(box.box_lims[step], box.box_lims[0])
    inside = within(cases.x, limits)
    assert inside.sum() == box.peeling_trajectory["n"][step]
    sides = {"low": 0, "high": 1, "options": 0}
    for name, side in limits:
        rest = within(cases.x, {key: value for key, value in limits.items() if key != (name, side)})
        expected = box.p_values[step][name][sides[side]]
        assert quasi_p(cases.y, inside, rest, 1.0) == pytest.approx(expected, abs=1e-9)
    # four runs that say the same tell as much as one
    assert quasi_p(cases.y, inside, np.ones_like(inside), 4.0) > quasi_p(cases.y, inside, np.ones_like(inside), 1.0)


def test_of_many_dimensions_those_that_tell_are_sought():
    rng = np.random.default_rng(5)
    x = pd.DataFrame(rng.random((600, 60)), columns=[f"p{number:02d}" for number in range(60)])
    x["kind"] = np.array(["a", "b", "c"], dtype=object)[rng.integers(0, 3, 600)]
    y = ((x["p07"] > 0.5) & (x["p41"] < 0.6) & (x["kind"] != "b")).to_numpy()
    effects = dict.fromkeys(x.columns, 1.0)
    assert screened(x, y, effects, 3) == ["p07", "p41", "kind"]
    assert screened(x[["p00", "p01"]], y, effects, 3) == ["p00", "p01"]
    # the ranking is by the chance that SciPy's tests give
    wanted = {name: ks_2samp(x[name][y], x[name][~y], method="asymp").pvalue for name in x.columns[:60]}
    assert set(screened(x.drop(columns="kind"), y, effects, 5)) == set(sorted(wanted, key=wanted.get)[:5])


def test_options_are_limited_where_peeling_would_not():
    rng = np.random.default_rng(6)
    x = pd.DataFrame({"kind": np.repeat(np.array(["a", "b", "c", "d"], dtype=object), 50), "p": rng.random(200)})
    y = (x["kind"].isin(["b", "d"]) & (rng.random(200) < 0.7)).to_numpy()
    assert with_options(x, y, {}, ["kind", "p"])["kind", "options"][1] == ("b", "d")
    # a limit that is there stays
    given = {("kind", "options"): (float("nan"), ("b",))}
    assert with_options(x, y, given, ["kind"]) == given
    assert with_options(x, rng.random(200) < 2, {}, ["kind"]) == {}


def test_failed_and_undefined_runs_are_left_out_and_counted(tmp_path):
    sweep = planted(tmp_path)
    sweep.values[SHARE][0, 3, 1] = np.nan
    sweep.values[SHARE][1, 5, 0] = np.nan
    broken = dataclasses.replace(
        sweep, failures=pd.DataFrame({"scenario": ["baseline"], "sample": [3], "replicate": [1], "seed": [2]})
    )
    object.__setattr__(broken, "values", sweep.values)
    cases = cases_of(broken, condition_of("open_token_share < 0.2", broken.study))
    assert (cases.failed, cases.undefined, len(cases.y)) == (1, 1, 1600 - 2)


def test_too_few_cases_are_said_with_what_to_do(sweep):
    study = sweep.study
    with pytest.raises(InputError, match=r"only 0 of 1,600 runs.*loosen the condition; a tenth of the runs lie below"):
        discover(cases_of(sweep, condition_of("open_token_share < 1 %", study)))
    with pytest.raises(InputError, match=r"are not of interest.*tighten the condition"):
        discover(cases_of(sweep, condition_of("open_token_share < 0.99", study)))


def test_conditions_are_taken_apart_and_units_are_converted(sweep):
    study = sweep.study
    one = condition_of("open_token_share[world] 2024-12 <= 20 % and chip_revenue_usd > 12 billion USD/year", study)
    assert [term.measure.name for term in one.terms] == [SHARE, REVENUE]
    assert [term.goal.threshold for term in one.terms] == [pytest.approx(0.2), pytest.approx(1.2e10)]
    assert one.words.startswith(
        "Open token share, world, December 2024 at most 20 % and Nvidia’s data-centre revenue, 2024"
    )
    assert condition_of("electricity_price_usd_per_kwh<0.1", study).terms[0].measure.name == POWER


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("open_token_shar < 0.2", "did you mean 'open_token_share'"),
        ("open_token_share", "is not NAME < NUMBER"),
        ("open_token_share == 0.2", "is not NAME < NUMBER"),
        ("open_token_share < 0.2 < 0.3", "is not NAME < NUMBER"),
        ("open_token_share < 0.2 and", "'0.2 and' is not a number|is not"),
        ("open_token_share < 0.2 or chip_revenue_usd > 1", "is not NAME < NUMBER"),
        ("open_token_share < __import__('os').system('true')", "is not a number"),
        ("open_token_share < 3 GW", "not convertible"),
        ("x" * 2000, "longer than"),
    ],
)
def test_what_is_no_condition_is_said(sweep, text, message):
    with pytest.raises(InputError, match=message):
        condition_of(text, sweep.study)


def test_a_missed_goal_is_the_opposite_of_a_goal_that_is_met(sweep):
    condition = failing(1, sweep.study)
    met, known = condition.of_interest(sweep)
    assert known.all() and np.array_equal(met, ~(sweep.values[SHARE] >= 0.2))
    assert condition.words == "Open token share, world, December 2024 below 20 %"
    with pytest.raises(InputError, match=r"no goal 2; there are: 1 open_token_share\[world\] 2024-12 >= 0.2"):
        failing(2, sweep.study)


def test_limits_of_every_kind_in_words(found):
    one = found.limits[0]

    def said(side, value, **changes):
        plain = {
            "name": "a.b",
            "label": "Time to build",
            "options": (),
            "integer": False,
            "dated": False,
            "unit": "month",
        }
        dimension = dataclasses.replace(one.dimension, **{**plain, **changes})
        return dataclasses.replace(one, dimension=dimension, side=side, value=value)

    assert limit_words([said("low", 3.14159)]) == "time to build is above 3.14 months"
    assert limit_words([said("low", 0.05, unit="share"), said("high", 0.125, unit="share")]) == (
        "time to build is between 5 % and 12.5 %"
    )
    assert limit_words([said("low", 3.5, integer=True)]) == "time to build is at least 4 months"
    assert limit_words([said("high", 3.5, integer=True)]) == "time to build is at most 3 months"
    assert limit_words([said("low", 517538.0, unit="chip")]) == "time to build is above 518,000 chips"
    assert limit_words([said("low", 1.0, integer=True)]) == "time to build is at least 1 month"
    assert limit_words([said("low", 2.5, unit="kW")]) == "time to build is above 2.5 kW"
    assert limit_words([said("high", 0.31, dated=True)]) == (
        "time to build lies less than 31 % of the way from its low to its high path"
    )


def test_figures_show_a_row_for_each_dimension(found):
    with style.styled():
        box, trajectory = box_figure(found), trajectory_figure(found)
    assert len(box.axes) == 3 and len(trajectory.axes) == 2
    assert "of the runs in this box" in box.texts[0].get_text().replace("\n", " ")


REAL = STUDY.replace("n: 4", "n: 24")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A sweep really simulated: 192 runs."""
    return real_sweep(tmp_path_factory.mktemp("discover"), REAL).folder


def run(*arguments):
    """Exit code of a command."""
    with pytest.raises(SystemExit) as caught:
        main([str(argument) for argument in arguments])
    return int(caught.value.code or 0)


def test_the_command_finds_the_lever_and_writes_the_same_files_twice(folder, capsys):
    # the price of power follows its lever and hardly anything else
    arguments = ("discover", folder, "--where", "electricity_price_usd_per_kwh > 0.08", "--resamples", "2")
    assert run(*arguments) == 0
    out = capsys.readouterr().out
    assert "electricity price" in out and "Coverage 1.00" in out and "None of 192 runs failed." in out
    first = {path.name: path.read_bytes() for path in (folder / "discover").iterdir()}
    assert set(first) == {"box.csv", "box.png", "trajectory.csv", "trajectory.png", "stability.csv"}
    assert run(*arguments) == 0
    assert first == {path.name: path.read_bytes() for path in (folder / "discover").iterdir()}
    assert pd.read_csv(folder / "discover" / "box.csv")["path"].tolist() == ["energy.us.electricity_price"]


def test_the_command_says_what_failed(folder, tmp_path, capsys):
    broken = with_failed_run(folder, tmp_path / "broken").folder
    assert run("discover", broken, "--where", "electricity_price_usd_per_kwh > 0.08", "--resamples", "0") == 0
    out = capsys.readouterr().out
    assert "1 of 192 runs failed" in out and "1 runs that failed are left out." in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "give --where"),
        (("--where", "open_token_share < 0.2", "--fails", "1"), "give --where"),
        (("--where", "open_token_shar < 0.2"), "did you mean 'open_token_share'"),
        (("--fails", "7"), "there is no goal 7"),
        (("--where", "electricity_price_usd_per_kwh < 0"), "loosen the condition"),
    ],
)
def test_bad_options_are_one_line(folder, capsys, arguments, message):
    assert run("discover", folder, *arguments) == 2
    err = capsys.readouterr().err
    assert message in err and len(err.strip().splitlines()) == 1


def test_without_the_workbench_it_is_said_what_to_install(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(f"No module named '{name}'", name="ema_workbench")

    monkeypatch.setattr(bench.importlib, "import_module", missing)
    with pytest.raises(InputError, match=r"pip install 'weightshift\[discover\]'"):
        bench.workbench("prim")


def test_the_command_line_does_not_import_the_workbench():
    code = (
        "import sys; import sim.cli; import sim.cli_discover, sim.analysis.discover, sim.analysis.ema; "
        "print([m for m in ('ema_workbench', 'seaborn', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
