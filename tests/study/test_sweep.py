"""A sweep gives the same files whatever is done to it: engines, workers, kills, interruptions."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import pathlib
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from sim.errors import InputError, RunError
from sim.study import executors, run_plan
from sim.study.run_plan import RunResult, live_runs, plan_of
from sim.study.store import Store, opened
from sim.study.study_file import load_study
from sim.study.sweep import Options, identity_of, sweep, tasks
from sim.study.sweep_reader import read_sweep, views
from sim.study.sweep_tables import FILES

STUDY = """
schema_version: 1
id: small
title: A small sweep
scenarios: [baseline, no-controls]
uncertainties: {include: [chips.wright_exponent, energy.us.electricity_price]}
levers: {pricing.openai_margin_floor: [0.1]}
design: {method: lhs, n: 6}
replicates: {count: 2}
set: {developers.count: 200}
until: 2024-12
measures:
  - {metric: open_token_share, key: world, at: 2024-12}
  - {metric: chip_revenue_usd, key: nvidia, at: 2024, goal: high}
"""


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A study of 24 short runs."""
    from sim.registry import load_registry

    registry = load_registry()
    paths = [p for p in registry if p.startswith("labs.") and registry[p].record.role == "X"][:2]
    lever = next(p for p in registry if p.startswith("energy.us.electricity_price"))
    text = STUDY.replace("chips.wright_exponent, energy.us.electricity_price", ", ".join(paths))
    text = text.replace("pricing.openai_margin_floor: [0.1]", f"{lever}: [0.06, 0.09]").replace("n: 6", "n: 3")
    file = tmp_path_factory.mktemp("study") / "small.yaml"
    file.write_text(text)
    return load_study(file)


@pytest.fixture(scope="module")
def whole(study, tmp_path_factory):
    """The sweep done in one go, with two workers."""
    folder = tmp_path_factory.mktemp("whole") / "out"
    done = sweep(study, folder, Options(workers=2))
    assert (done.runs, done.found, done.failed) == (24, 0, 0)
    return folder


def digests(folder: pathlib.Path) -> dict[str, str]:
    """SHA-256 of every table."""
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in FILES}


def test_one_worker_gives_the_same_files(study, whole, tmp_path):
    sweep(study, tmp_path / "one", Options(workers=1))
    assert digests(tmp_path / "one") == digests(whole)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_of_two_processes_gives_the_same_files(study, whole, tmp_path):
    sweep(study, tmp_path / "cluster", Options(workers=2, engine="dask"))
    assert digests(tmp_path / "cluster") == digests(whole)


def test_no_cluster_at_an_address_is_said(study, tmp_path):
    with pytest.raises(InputError, match="no Dask cluster answers"):
        sweep(study, tmp_path / "none", Options(engine="dask", address="tcp://127.0.0.1:1"))


def test_arrays_are_in_their_places(study, whole):
    found = read_sweep(whole)
    assert found.shape == (2, 6, 2)
    plan = plan_of(study)
    number = 17
    scenario, sample, replicate = plan.place(number)
    values = live_runs(plan, [number])[0].values.reshape(len(plan.series.pairs), plan.months)
    series = found.series("open_token_share", "world")[scenario, sample, replicate]
    assert np.array_equal(series, values[0].astype(np.float32), equal_nan=True)
    assert found.table(found.study.measures[0])[scenario, sample, replicate] == values[0, -1]
    assert found.table(found.study.measures[1])[scenario, sample, replicate] == pytest.approx(values[1, 12:].sum())
    assert list(found.samples.columns[:2]) == ["point", "energy.us.electricity_price"]


def test_the_lever_and_the_uncertain_reach_the_run(study, whole):
    plan = plan_of(study)
    one, other = plan.task(0), plan.task(2)
    assert one.world == dataclasses.replace(other.world) and one.scenario != other.scenario
    assert plan.setting.scenarios[0].value_of("energy.us.electricity_price").at(0) == 0.06
    fixed = {path for path, _ in plan.points[0]}
    assert fixed == {u.path for u in study.uncertain}
    assert not fixed & {path for path, _ in one.world.overrides[: -len(fixed)]}


def test_views_answer_queries(whole):
    connection = views(whole)
    assert connection.execute("SELECT count(*) FROM results").fetchone() == (48,)
    assert connection.execute("SELECT count(*) FROM series WHERE metric = 'chip_revenue_usd'").fetchone() == (24 * 24,)
    assert connection.execute('SELECT count(DISTINCT "energy.us.electricity_price") FROM runs').fetchone() == (2,)


def command(file: str, out: pathlib.Path) -> list[str]:
    """The command line of the sweep."""
    code = "import sys; from sim.cli import main; main(sys.argv[1:])"
    return [sys.executable, "-c", code, "sweep", file, "--workers", "2", "--out", str(out)]


def begun(process: subprocess.Popen, out: pathlib.Path) -> None:
    """Wait for a part that was not there before."""
    known = len(list((out / "parts").glob("part-*")))
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        if len(list((out / "parts").glob("part-*"))) > known:
            return
        time.sleep(0.01)
    raise AssertionError("no part came")


@pytest.fixture(scope="module")
def long_file(study, tmp_path_factory):
    """The study with more replicates, so that there is time to interrupt it."""
    file = tmp_path_factory.mktemp("long") / "small.yaml"
    text = pathlib.Path(study.file).read_text() if pathlib.Path(study.file).exists() else ""
    file.write_text(text.replace("count: 2}", "count: 8}"))
    return file


@pytest.mark.slow
def test_interrupted_in_two_ways_and_resumed_it_gives_the_same_files(long_file, tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    sweep(load_study(long_file), whole, Options(workers=2))
    for how in (signal.SIGKILL, signal.SIGINT):
        process = subprocess.Popen(command(str(long_file), broken), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        begun(process, broken)
        process.send_signal(how)
        _, told = process.communicate(timeout=60)
        assert process.returncode in (-signal.SIGKILL, 130, 0)
        assert b"Traceback" not in told
    done = sweep(load_study(long_file), broken, Options(workers=2, resume=True))
    assert done.found > 0
    assert digests(broken) == digests(whole)


def kill_once(plan, numbers, flag):
    """Simulate, but end the process the first time that run 5 comes by."""
    if 5 in numbers and not os.path.exists(flag):
        pathlib.Path(flag).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return live_runs(plan, numbers)


def kill_always(plan, numbers, flag):
    """Simulate, but end the process whenever run 5 comes by."""
    if 5 in numbers:
        os.kill(os.getpid(), signal.SIGKILL)
    return live_runs(plan, numbers)


@pytest.mark.parametrize(("what", "failed"), [(kill_once, 0), (kill_always, 1)])
def test_a_worker_that_dies_costs_at_most_its_own_run(study, whole, tmp_path, monkeypatch, what, failed):
    from pebble import ProcessPool

    @contextlib.contextmanager
    def deadly(plan, workers):
        with ProcessPool(workers, context=executors._context()) as pool:
            yield lambda numbers: pool.schedule(what, args=(plan, tuple(numbers), str(tmp_path / "flag")))

    monkeypatch.setattr(executors, "local", deadly)
    done = sweep(study, tmp_path / "out", Options(workers=2))
    assert done.failed == failed
    if failed:
        found = read_sweep(tmp_path / "out")
        assert list(found.failures["error"]) == ["its worker died twice: its process ended with signal 9"]
        assert np.isnan(found.table(found.study.measures[0])).sum() == 1
    else:
        assert digests(tmp_path / "out") == digests(whole)


def test_a_run_that_fails_is_tried_twice_and_recorded(study, monkeypatch):
    tried = []

    def broken(setting, task):
        tried.append(task)
        raise ZeroDivisionError("a broken\nworld")

    monkeypatch.setattr(run_plan, "live", broken)
    plan = plan_of(study)
    assert [one.error for one in live_runs(plan, [3])] == ["ZeroDivisionError: a broken world"]
    assert len(tried) == 2


def test_another_model_does_not_answer(study):
    plan = dataclasses.replace(plan_of(study), model="other")
    with pytest.raises(RunError, match="another version of the model"):
        live_runs(plan, [0])


def test_a_changed_study_is_not_mixed_in(study, whole):
    other = dataclasses.replace(study, seed=9)
    with pytest.raises(InputError, match="the study changed"):
        sweep(other, whole, Options())
    assert read_sweep(whole).manifest["complete"]


def test_done_is_done_and_fresh_begins_anew(study, whole, tmp_path):
    assert sweep(study, whole, Options()).found == 24
    with pytest.raises(InputError, match="give one of them"):
        sweep(study, whole, Options(resume=True, fresh=True))


def test_a_folder_of_somebody_else_is_left_alone(study, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="no sweep"):
        sweep(study, tmp_path, Options(fresh=True))
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_two_sweeps_in_one_folder_are_refused(study, tmp_path):
    plan = plan_of(study)
    facts = {"runs": plan.total}
    with (
        opened(tmp_path / "out", study, identity_of(study, plan), facts, resume=False, fresh=False),
        pytest.raises(InputError, match="another sweep is at work"),
        opened(tmp_path / "out", study, identity_of(study, plan), facts, resume=False, fresh=False),
    ):
        pass


def test_a_full_disk_keeps_what_was_there(study, tmp_path, monkeypatch):
    plan = plan_of(study)
    with opened(
        tmp_path / "out", study, identity_of(study, plan), {"runs": plan.total}, resume=False, fresh=False
    ) as store:
        store.add([RunResult(0, "", np.zeros(3))])
        monkeypatch.setattr("sim.study.store._sync", full)
        with pytest.raises(RunError, match="no space left on the disk"):
            store.add([RunResult(1, "", np.zeros(3))])
        assert store.done().sum() == 1
        assert len(list((tmp_path / "out" / "parts").iterdir())) == 1


def full(path):
    """A disk that is full."""
    raise OSError(28, "No space left on device")


def test_tasks_never_cross_a_group():
    missing = np.array([3, 4, 15, 16, 17, 40, 41, 42, 100])
    for workers in (1, 2, 8):
        given = tasks(missing, workers)
        assert [run for task in given for run in task] == missing.tolist()
        assert all(task[0] // 16 == task[-1] // 16 for task in given)


def test_parts_merge_in_order_and_once(tmp_path):
    (tmp_path / "parts").mkdir()
    store = Store(tmp_path, {"runs": 40, "complete": False})
    for runs in ([3, 9], [4, 5], [9], [16, 17], [39]):
        store.add([RunResult(run, "", np.array([float(run)])) for run in runs])
    blocks = list(store.merged(3))
    assert [block["run"].to_pylist() for block in blocks] == [[3, 4, 5], [9, 16, 17], [39]]
    assert store.done().sum() == 7
