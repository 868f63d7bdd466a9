"""Golden runs of the shipped scenarios are reproduced; their update needs a reason."""

import pathlib

import golden
import pytest


@pytest.mark.parametrize("scenario", golden.SCENARIOS)
def test_golden_run_is_reproduced(scenario):
    expected, found = golden.read(scenario), golden.headline_values(scenario)
    assert found[["year", "metric", "key"]].equals(expected[["year", "metric", "key"]])
    wrong = [
        f"{row.year} {row.metric} {row.key}: {value!r} instead of {row.value!r}"
        for row, value in zip(expected.itertuples(), found["value"], strict=True)
        if value != pytest.approx(row.value, rel=1e-9, abs=1e-12, nan_ok=True)
    ]
    assert not wrong, "results changed; if they should: make golden REASON='...'\n" + "\n".join(wrong)


def test_every_shipped_scenario_has_a_golden_run():
    assert {file.stem for file in pathlib.Path(golden.FOLDER).glob("*.csv")} == set(golden.SCENARIOS)


def test_before_2026_the_two_scenarios_are_the_same():
    one, other = (golden.headline_values(name) for name in ("baseline", "us-power-price-doubled"))
    past = one["year"] < 2026
    assert one["value"][past].equals(other["value"][past])
    assert (one["value"][~past].to_numpy() != other["value"][~past].to_numpy()).any()


@pytest.mark.parametrize("reason", ["", "   "])
def test_an_update_without_a_reason_is_refused_and_writes_nothing(reason, tmp_path, monkeypatch):
    monkeypatch.setattr(golden, "FOLDER", tmp_path)
    monkeypatch.setattr(golden, "CHANGES", tmp_path / "CHANGES.md")
    with pytest.raises(ValueError, match="only with a reason"):
        golden.update(reason)
    assert not list(tmp_path.iterdir())


def test_an_update_writes_values_that_read_back_and_its_reason(tmp_path, monkeypatch):
    monkeypatch.setattr(golden, "FOLDER", tmp_path)
    monkeypatch.setattr(golden, "CHANGES", tmp_path / "CHANGES.md")
    golden.update("first")
    lines = golden.update("nothing changed")
    assert all("largest relative change" in line for line in lines)
    for name in golden.SCENARIOS:
        assert golden.largest_change(golden.read(name), golden.headline_values(name)) < 1e-12
    written = (tmp_path / "CHANGES.md").read_text(encoding="utf-8").splitlines()
    assert len(written) == 2 and "first" in written[0] and "nothing changed" in written[1]


def test_first_values_of_a_new_scenario_leave_the_others_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(golden, "FOLDER", tmp_path)
    monkeypatch.setattr(golden, "CHANGES", tmp_path / "CHANGES.md")
    monkeypatch.setattr(golden, "SCENARIOS", golden.SCENARIOS[:2])
    kept, new = golden.SCENARIOS
    (tmp_path / f"{kept}.csv").write_text("as it was", encoding="utf-8")
    assert golden.update("a new scenario", only_new=True) == [f"{new}: first values"]
    assert (tmp_path / f"{kept}.csv").read_text(encoding="utf-8") == "as it was"
    assert golden.read(new)["value"].notna().any()


def test_every_update_has_left_its_reason():
    assert golden.CHANGES.read_text(encoding="utf-8").count("\n- ") >= 1
