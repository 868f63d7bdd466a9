"""A result folder is whole or absent, says where it comes from, and is never somebody else's folder."""

import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import synthetic

from sim.errors import InputError, RunError
from sim.report.figures import FIGURES
from sim.results import read_run, run_to_folder
from sim.results import write as write_module
from sim.results.folder import exchange

FILES = {
    "scenario.resolved.yaml", "timeseries.parquet", "events.csv", "ledger.parquet", "summary.csv", "report.html",
    "figures/compute_by_vendor.png", "figures/adoption.png",
}  # fmt: skip


def quick_run(out, *, seed=1, replicates=1, run=synthetic.run_scenario):
    return run_to_folder(synthetic.Scenario(), seed=seed, replicates=replicates, out=out, quick=True, run=run)


def hidden(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".")]


def test_the_folder_holds_all_files_and_the_manifest_names_them(result):
    manifest = json.loads((result / "manifest.json").read_text())
    present = {path.relative_to(result).as_posix() for path in result.rglob("*") if path.is_file()}
    assert set(manifest["files"]) >= FILES
    assert present == set(manifest["files"]) | {"manifest.json"}
    assert len([name for name in present if name.endswith(".png")]) == len(FIGURES)
    assert manifest["seeds"] == [7, 8]
    assert manifest["model_version"] and manifest["python"] and "numpy" in manifest["dependencies"]
    assert re.fullmatch("[0-9a-f]{64}", manifest["scenario_sha256"])
    assert manifest["files"]["scenario.resolved.yaml"]["sha256"] == manifest["scenario_sha256"]
    assert hidden(result.parent) == []


def test_a_run_reads_back_as_it_was_written(result):
    data = read_run(result)
    for replicate, seed in enumerate((7, 8)):
        world = synthetic.run_scenario(synthetic.Scenario(), seed=seed)
        rows = data.timeseries[data.timeseries["replicate"] == replicate].reset_index(drop=True)
        assert list(rows.columns) == ["scenario", "sample", "replicate", "date", "metric", "key", "unit", "value"]
        assert set(rows["scenario"]) == {"baseline"} and set(rows["sample"]) == {0}
        assert rows["value"].tolist() == world.timeseries["value"].tolist()
        assert (rows["date"].to_numpy() == world.timeseries["date"].to_numpy()).all()
        flows = data.ledger[data.ledger["replicate"] == replicate]
        assert flows["usd_cents"].dtype == "int64"
        assert flows["usd_cents"].tolist() == world.ledger["usd_cents"].tolist()
        assert data.events[data.events["replicate"] == replicate]["text"].tolist() == world.events["text"].tolist()
    assert data.scenario["id"] == "baseline" and len(data.scenario["policies"]) == len(synthetic.POLICIES)
    assert {"median", "p05", "p95"} <= set(data.summary.columns)


def test_the_same_worlds_give_the_same_bytes(tmp_path):
    one, two = quick_run(tmp_path / "one", seed=3), quick_run(tmp_path / "two", seed=3)
    other = quick_run(tmp_path / "other", seed=4)
    for name in ("timeseries.parquet", "ledger.parquet", "events.csv", "summary.csv", "figures/compute_by_vendor.png"):
        assert (one / name).read_bytes() == (two / name).read_bytes(), name
    assert (one / "timeseries.parquet").read_bytes() != (other / "timeseries.parquet").read_bytes()


def test_world_n_is_the_same_alone_or_among_others(tmp_path):
    alone = read_run(quick_run(tmp_path / "alone", seed=6)).timeseries
    among = read_run(quick_run(tmp_path / "among", seed=5, replicates=2)).timeseries
    second = among[among["replicate"] == 1].reset_index(drop=True)
    pd.testing.assert_frame_equal(second.drop(columns="replicate"), alone.drop(columns="replicate"))


@pytest.mark.parametrize("content", [None, "{}", "not json", '{"kind": "something else", "files": {}}'])
def test_a_foreign_folder_is_refused_and_left_alone(tmp_path, content):
    out = tmp_path / "mine"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    if content is not None:
        (out / "manifest.json").write_text(content)
    before = sorted(path.name for path in out.iterdir())
    with pytest.raises(InputError, match="not a weightshift result") as caught:
        quick_run(out, run=lambda *a, **k: pytest.fail("must refuse before it runs"))
    assert str(caught.value).startswith(str(out))
    assert sorted(path.name for path in out.iterdir()) == before
    assert hidden(tmp_path) == []


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(InputError, match="not a folder"):
        quick_run(tmp_path / "out")
    assert (tmp_path / "out").read_text() == "a file"


def test_an_empty_folder_and_missing_parents_are_fine(tmp_path):
    (tmp_path / "empty").mkdir()
    assert read_run(quick_run(tmp_path / "empty"))
    assert read_run(quick_run(tmp_path / "a" / "b" / "c"))


def test_files_that_a_user_added_survive_the_next_run(tmp_path):
    out = quick_run(tmp_path / "out", seed=1)
    (out / "notes.md").write_text("keep me")
    (out / "figures" / "mine.png").write_bytes(b"png")
    quick_run(out, seed=2)
    assert (out / "notes.md").read_text() == "keep me"
    assert (out / "figures" / "mine.png").read_bytes() == b"png"
    assert read_run(out).manifest["seeds"] == [2]
    assert hidden(tmp_path) == []


@pytest.mark.parametrize("step", ["simulate", "write_report_files", "list_files"])
def test_a_crash_at_any_step_leaves_what_was_there(tmp_path, monkeypatch, step):
    out = quick_run(tmp_path / "out", seed=1)
    before = (out / "manifest.json").read_bytes()

    def crash(*arguments, **options):
        raise RuntimeError("crash")

    with monkeypatch.context() as patch:
        patch.setattr(write_module, step, crash)
        with pytest.raises(RuntimeError):
            quick_run(out, seed=2)
        with pytest.raises(RuntimeError):
            quick_run(tmp_path / "new", seed=2)
    assert (out / "manifest.json").read_bytes() == before
    assert read_run(out).manifest["seeds"] == [1]
    assert not (tmp_path / "new").exists()
    assert hidden(tmp_path) == []


def test_a_full_disk_is_said_plainly_and_leaves_nothing(tmp_path, monkeypatch):
    def full(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(write_module, "write_report_files", full)
    with pytest.raises(RunError, match="no space left on the disk"):
        quick_run(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


SCRIPT = """
import pathlib, resource, sys, time
sys.path[:0] = [{tests!r}, {root!r}]
import synthetic
from sim.errors import RunError
from sim.results import run_to_folder
out, mode = pathlib.Path(sys.argv[1]), sys.argv[2]
if mode == "limit":
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
def world(scenario, *, seed):
    if mode == "hang" and seed == 2:
        out.with_name("started").write_text("x")
        time.sleep(60)
    return synthetic.run_scenario(scenario, seed=seed)
try:
    run_to_folder(synthetic.Scenario(), seed=1, replicates=3, out=out, quick=True, run=world)
except RunError as error:
    sys.exit(f"RunError: {{error}}")
"""


def start(out: Path, mode: str) -> subprocess.Popen:
    here = Path(__file__)
    script = SCRIPT.format(tests=str(here.parent), root=str(here.parents[2]))
    return subprocess.Popen([sys.executable, "-c", script, str(out), mode], stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("existing", [False, True])
def test_a_killed_run_leaves_the_old_result_or_none(tmp_path, existing):
    out = tmp_path / "out"
    if existing:
        quick_run(out, seed=9)
    process = start(out, "hang")
    deadline = time.monotonic() + 50
    while not (tmp_path / "started").exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert (tmp_path / "started").exists(), "the run did not get to its second world"
    assert out.exists() == existing
    if existing:
        assert read_run(out).manifest["seeds"] == [9]
    assert len(hidden(tmp_path)) == 1  # what the killed run had begun
    quick_run(out, seed=5)
    assert read_run(out).manifest["seeds"] == [5]
    assert hidden(tmp_path) == []


def test_a_write_that_the_system_cuts_short_leaves_nothing(tmp_path):
    process = start(tmp_path / "out", "limit")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "RunError" in said and "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def test_exchange_without_the_system_call(tmp_path, monkeypatch):
    import ctypes

    class Library:
        pass

    monkeypatch.setattr(ctypes, "CDLL", lambda *a, **k: Library())
    one, other = tmp_path / ".x.partial-1-00000000", tmp_path / "x"
    for folder in (one, other):
        folder.mkdir()
        (folder / "name").write_text(folder.name)
    exchange(one, other)
    assert (other / "name").read_text() == one.name
    assert hidden(tmp_path) == []


def test_a_result_set_aside_by_a_killed_run_comes_back(tmp_path):
    out = quick_run(tmp_path / "out", seed=1)
    nobody = 2**22 + 1  # above the largest process id of Linux
    out.rename(tmp_path / f".out.old-{nobody}-0123abcd")
    with pytest.raises(RuntimeError):
        quick_run(out, seed=2, run=lambda *a, **k: (_ for _ in ()).throw(RuntimeError("fails")))
    assert read_run(out).manifest["seeds"] == [1]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda out: (out / "manifest.json").unlink(), "not a weightshift result"),
        (lambda out: (out / "timeseries.parquet").unlink(), "missing"),
        (lambda out: (out / "events.csv").write_text("changed"), "differs"),
        (lambda out: (out / "ledger.parquet").write_bytes(b"PAR1"), "differs"),
    ],
)
def test_a_damaged_result_is_refused_with_the_name_of_the_file(tmp_path, damage, message):
    out = quick_run(tmp_path / "out")
    damage(out)
    with pytest.raises(InputError, match=message):
        read_run(out)


def test_a_result_that_is_no_parquet_is_refused_even_unverified(tmp_path):
    out = quick_run(tmp_path / "out")
    (out / "ledger.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match="Parquet"):
        read_run(out, verify=False)


def test_a_world_without_a_column_is_an_error_and_leaves_nothing(tmp_path):
    def broken(scenario, *, seed):
        world = synthetic.run_scenario(scenario, seed=seed)
        world.timeseries = world.timeseries.drop(columns="unit")
        return world

    with pytest.raises(RunError, match="unit"):
        quick_run(tmp_path / "out", run=broken)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("name", "value"), [("replicates", 0), ("seed", -1)])
def test_impossible_numbers_are_refused(tmp_path, name, value):
    arguments = {"seed": 1, "replicates": 1, name: value}
    with pytest.raises(InputError, match=name):
        run_to_folder(synthetic.Scenario(), out=tmp_path / "out", run=synthetic.run_scenario, **arguments)


def test_progress_is_told_after_every_world(tmp_path):
    told = []
    run_to_folder(
        synthetic.Scenario(), seed=1, replicates=3, out=tmp_path / "out", quick=True, run=synthetic.run_scenario,
        progress=lambda done, total: told.append((done, total)),
    )  # fmt: skip
    assert told == [(1, 3), (2, 3), (3, 3)]
