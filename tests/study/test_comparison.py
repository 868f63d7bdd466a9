"""The folder of a comparison: whole or not there, and refused when it was changed."""

import json

import numpy as np
import pandas as pd
import pytest

from sim.errors import InputError
from sim.results import read_run
from sim.results.folder import COMPARISON_KIND, MANIFEST
from sim.study import comparison as module
from sim.study.channels import CHANNEL_COLUMNS
from sim.study.comparison import BOUND_COLUMNS, EVENTS, Comparison, read_comparison, write_comparison
from sim.study.effects import EFFECT_COLUMNS, OVER_TIME_COLUMNS


def made(path):
    """A comparison of two made-up scenarios with two rows of each table."""
    series = pd.DataFrame(
        {
            "scenario": pd.Categorical(["a", "a", "b", "b"]),
            "sample": np.int32(0),
            "replicate": np.array([0, 1, 0, 1], dtype=np.int32),
            "date": pd.to_datetime(["2025-12-31"] * 4).as_unit("ms"),
            "metric": pd.Categorical(["capex_usd"] * 4),
            "key": pd.Categorical(["big4"] * 4),
            "unit": pd.Categorical(["USD/month"] * 4),
            "value": [1.0, 2.0, 3.5, 0.1],
        }
    )

    def table(columns):
        texts = {"policy", "label", "half", "metric", "key", "unit", "window", "channel", "channel_label", "scenario"}
        texts |= {"kind", "agent", "other", "text", "main_channel"}
        row = {name: "" if name in ("agent", "main_channel") else "nan" if name in texts else 0.5 for name in columns}
        dated = {"date": pd.Timestamp(2025, 12, 31)} if "date" in columns else {}
        dated |= {"replicate": 0} if "replicate" in columns else {}
        return pd.DataFrame([{**row, **dated}] * 2, columns=list(columns))

    manifest = {
        "kind": COMPARISON_KIND, "baseline": "a", "policies": ["b"],
        "resolved": {"a": "id: a\nset: {}\n", "b": "id: b\nset: {x: 1}\n"},
    }  # fmt: skip
    return Comparison(
        path=path, manifest=manifest, scenarios={}, baseline="a", policies=("b",), timeseries=series,
        effects=table(EFFECT_COLUMNS), over_time=table(OVER_TIME_COLUMNS), channels=table(CHANNEL_COLUMNS),
        events=table(EVENTS.names), bounds=table(BOUND_COLUMNS),
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "write_report", lambda comparison, folder, quick: None)
    return write_comparison(made(tmp_path / "out")).path


def test_texts_and_numbers_come_back(folder):
    back = read_comparison(folder)
    assert back.scenarios == {"a": {"id": "a", "set": {}}, "b": {"id": "b", "set": {"x": 1}}}
    assert list(back.timeseries["value"]) == [1.0, 2.0, 3.5, 0.1]
    assert isinstance(back.timeseries["metric"].dtype, pd.CategoricalDtype)
    assert set(back.events["agent"]) == {""} and set(back.events["other"]) == {"nan"}
    assert back.events["date"].iloc[0] == pd.Timestamp(2025, 12, 31)
    assert "resolved" not in back.manifest


@pytest.mark.parametrize(
    "name", ["timeseries.parquet", "effects.csv", "channels.csv", "b.resolved.yaml", "events.parquet"]
)
def test_a_changed_or_missing_file_is_refused_by_name(folder, name):
    kept = (folder / name).read_bytes()
    (folder / name).write_bytes(kept + b" ")
    with pytest.raises(InputError, match=rf"{name}: file differs"):
        read_comparison(folder)
    (folder / name).unlink()
    with pytest.raises(InputError, match=rf"{name}: file is missing"):
        read_comparison(folder)


def test_a_comparison_is_no_run_and_a_run_no_comparison(folder):
    with pytest.raises(InputError, match="is a weightshift comparison, not a weightshift result"):
        read_run(folder)
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps({**manifest, "kind": "weightshift result"}))
    with pytest.raises(InputError, match="is a weightshift result, not a weightshift comparison"):
        read_comparison(folder)


def test_a_folder_of_somebody_else_is_left_alone(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="not a weightshift result"):
        write_comparison(made(tmp_path / "out"))
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out" / "thesis.txt").read_text() == "mine"


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_interrupted_write_leaves_what_was_there(folder, monkeypatch, error):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def interrupted(comparison, folder, quick):
        raise error

    monkeypatch.setattr(module, "write_report", interrupted)
    with pytest.raises(error):
        write_comparison(made(folder))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
