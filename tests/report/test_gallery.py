"""The gallery: every scenario, its question, a computed paragraph, a small figure; and the command that makes it."""

import importlib.util
import pathlib
import re

import made_comparison
import pytest

from sim.report.arms import read_arms
from sim.report.comparison_words import effect_sentence, row_of
from sim.report.gallery import (
    FIXED,
    LARGEST_BYTES,
    Entry,
    anchor,
    arm_picture,
    entry_of_arm,
    entry_of_failure,
    entry_of_run,
    gallery_text,
    measure_of,
    panels_of,
    run_picture,
)
from sim.scenario.files import shipped_folder

ROOT = pathlib.Path(__file__).parents[2]
GALLERY = ROOT / "docs" / "gallery.md"
SHIPPED = sorted(file.stem for file in shipped_folder().glob("*.yaml"))


@pytest.fixture(scope="module")
def made():
    return made_comparison.comparison(2)


@pytest.fixture(scope="module")
def arms(made, observed):
    return read_arms(made, observed)


def entries_of(made, arms):
    found = [entry_of_arm(arm, made.scenarios[arm.id], "baseline") for arm in arms]
    return [*found, entry_of_run("baseline", made.scenarios["baseline"], arms[0].base)]


def test_an_entry_has_question_result_figure_and_file(made, arms):
    text = gallery_text(entries_of(made, arms), "0.1", "make gallery", made_comparison.WORLDS)
    for name in ("baseline", "policy-1", "policy-2"):
        assert f"(../scenarios/{name}.yaml)" in text and f"(img/gallery/{name}.png)" in text
    assert text.count("Does computing stay concentrated while Chinese open models spread?") == 3
    flat = " ".join(text.split())
    assert "raises the part of Chinese models’ tokens" in flat
    assert effect_sentence(arms[0], row_of(arms[0], "layer_value_added_usd", "chips")) in flat
    assert "not a forecast" in flat and max(map(len, text.splitlines())) < 200


def test_the_baseline_comes_first_then_what_is_on_the_books():
    given = [
        Entry("c", "Third", "illustrative", "", "a", "x"),
        Entry("b", "Second", "stress", "", "a", "x"),
        Entry("a", "First", "stress", "", "a", "x"),
        Entry("d", "Law", "on the books", "", "a", "x"),
    ]
    headings = re.findall(r"^## (.*)$", gallery_text(given, "0.1", "make gallery", 2), re.MULTILINE)
    assert headings == ["First", "Law", "Second", "Third"]


def test_links_of_the_list_meet_their_headings():
    assert anchor("China’s labs: a “war”, 2026-27") == "chinas-labs-a-war-2026-27"


def test_a_scenario_that_breaks_down_is_named_and_has_no_figure():
    entry = entry_of_failure("bad", {"title": "Bad", "status": "stress"}, "baseline", "the world of seed 3 breaks down")
    text = gallery_text([entry], "0.1", "make gallery", 2)
    assert "No result: the world of seed 3 breaks down" in text and "img/gallery" not in text


def test_pictures_are_small_and_the_same_each_time(arms):
    for picture in (arm_picture(arms[0]), run_picture(arms[0].base)):
        assert picture.startswith(b"\x89PNG") and len(picture) < LARGEST_BYTES
    assert arm_picture(arms[0]) == arm_picture(arms[0])


def test_the_third_panel_is_what_moves_most_clearly(arms):
    *fixed, third = panels_of(arms[0])
    assert tuple(fixed) == FIXED
    assert (third.metric, third.key) not in {(item.metric, item.key) for item in FIXED}
    row = row_of(arms[0], "layer_value_added_usd", "chips")
    measure = measure_of(row)
    assert (measure.unit, measure.scale) == ("billion USD/month", 1e-9)
    assert measure_of(row_of(arms[0], "hhi_new_compute", "world")).unit == "index"


@pytest.mark.parametrize("name", SHIPPED)
def test_the_gallery_names_every_shipped_scenario(name):
    text = GALLERY.read_text(encoding="utf-8")
    assert f"(../scenarios/{name}.yaml)" in text
    picture = ROOT / "docs" / "img" / "gallery" / f"{name}.png"
    assert picture.is_file() and picture.stat().st_size <= LARGEST_BYTES


def tool():
    spec = importlib.util.spec_from_file_location("make_gallery", ROOT / "tools" / "make_gallery.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_command_compares_scenarios_with_their_baseline(tmp_path, monkeypatch):
    make = tool()
    short = sim_with(monkeypatch, make, "2026-12", 200)
    entries = make.make_gallery(["baseline", "us-power-price-doubled"], tmp_path, 2, 1, "make gallery")
    assert short == {"baseline", "us-power-price-doubled"}
    assert {entry.id: entry.baseline for entry in entries} == {
        "baseline": "baseline",
        "us-power-price-doubled": "baseline",
    }
    text = (tmp_path / "gallery.md").read_text(encoding="utf-8")
    assert "2 paired worlds" in " ".join(text.split())
    assert sorted(path.stem for path in (tmp_path / "img" / "gallery").iterdir()) == sorted(short)


def sim_with(monkeypatch, make, until, developers):
    """Let the command load short scenarios with few developers; returns the set of ids that it loads."""
    loaded = set()
    real = make.sim.load_scenario

    def load(name):
        loaded.add(name)
        return real(name, overrides={"developers.count": developers}).until(until)

    monkeypatch.setattr(make.sim, "load_scenario", load)
    return loaded
