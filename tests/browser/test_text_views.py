"""The pages on evidence, studies and the program, drawn without a browser."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import ipyvuetify as v
import pytest
import solara
import test_study_findings as studies

from sim.browser import about_text, study_files
from sim.browser.views.about import CONTENTS, About
from sim.browser.views.evidence import Evidence
from sim.browser.views.studies import Studies
from sim.browser.views.study_box import read_number

results = studies.results


def each(widget: Any, kind: type) -> Iterator[Any]:
    """All widgets of a kind in a page, from the top."""
    if isinstance(widget, kind):
        yield widget
    for child in getattr(widget, "children", ()):
        if not isinstance(child, str):
            yield from each(child, kind)


def texts(page: Any) -> str:
    """All text of a page."""
    return "\n".join(child for one in each(page, v.Html) for child in one.children if isinstance(child, str))


def number_of(page: Any) -> Any:
    """The field for the number of a condition."""
    return list(each(page, v.TextField))[-1]


def wait(page: Any, done: Callable[[], bool], seconds: float = 60.0) -> None:
    """Until a thread has done its part."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, texts(page)[-2000:]
        time.sleep(0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_evidence_shows_verdict_misfits_and_every_series_to_choose(dark) -> None:
    page, found = solara.render(Evidence(None, dark), handle_error=False)
    said = texts(page)
    assert "goals that were set in advance are met" in said
    assert "Where the model is wrong" in said
    (choice,) = list(each(page, v.Autocomplete))
    assert len(choice.items) == 101
    choice.v_model = "capability_lag_months/cn_behind_us"
    assert "Observations of “China’s best model behind the US”" in texts(page)
    found.close()


def test_about_opens_its_parts_and_leads_to_them() -> None:
    page, found = solara.render(About(None, False), handle_error=False)
    links = [widget.attributes["href"] for widget in list(each(page, v.Html)) if widget.tag == "a"]
    ids = [widget.attributes.get("id") for widget in list(each(page, v.Html)) if widget.tag == "section"]
    assert links == [f"#{name}" for name in ids] == [f"#about-{name}" for name, _ in CONTENTS]
    said = texts(page)
    assert "Projections are conditional, not forecasts" in said
    assert "Smuggled chips are an estimate by nature" not in said
    opener = next(one for one in list(each(page, v.Btn)) if "What is assumed" in one.children)
    assert opener.attributes["aria-expanded"] == "false"
    opener.click()
    assert "Smuggled chips are an estimate by nature" in texts(page)
    found.close()


def test_about_names_the_model_and_its_data() -> None:
    from sim.model_digest import model_digest

    assert model_digest() in about_text.citation()
    assert len(about_text.phases()) >= 10
    assert set(about_text.sources().columns) == {"file", "what", "origin", "licence", "as of"}
    assert "observed.csv" in set(about_text.sources()["file"])
    assert all(section.pieces for section in about_text.model_sections())
    assert [len(part) for part in about_text.limit_sections()] == [2, 6]


def test_without_studies_the_page_says_how_to_make_one(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(study_files.SETTING, raising=False)
    page, found = solara.render(Studies(None, False), handle_error=False)
    assert "weightshift sweep robust-policies" in texts(page)
    found.close()


def test_a_study_is_shown_with_all_its_findings(results, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(study_files.SETTING, str(results / "small"))
    page, found = solara.render(Studies(None, False), handle_error=False)
    wait(page, lambda: "Goals" in texts(page) and "How far each parameter moves it" in texts(page))
    assert "Least regret" in texts(page)
    next(
        one for one in each(page, v.Select) if one.label == "Measure"
    ).v_model = "electricity_price_usd_per_kwh[us] end"
    wait(page, lambda: "USD/kWh" in number_of(page).label)
    number_of(page).v_model = "many"
    wait(page, lambda: "is not a number" in texts(page))
    number_of(page).v_model = "0.075"
    wait(page, lambda: "is not a number" not in texts(page))
    next(one for one in each(page, v.Btn) if "Find the box" in one.children).click()
    wait(page, lambda: "The box" in texts(page))
    assert "It happens when" in texts(page)
    found.close()


def test_a_study_of_one_policy_says_what_does_not_apply(results, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(study_files.SETTING, str(results / "one"))
    page, found = solara.render(Studies(None, True), handle_error=False)
    wait(page, lambda: "regret compares policies" in texts(page) and "nothing can drive it" in texts(page))
    assert str(results) not in texts(page).split("nothing can drive it")[0].rsplit("Not for this study", 1)[1]
    found.close()


@pytest.mark.parametrize(("text", "number"), [
    ("12", 12.0), (" -0.5 ", -0.5), ("20 %", 20.0), ("1e6", 1e6), ("0,5", None), ("nan", None), ("", None), ("a", None),
])  # fmt: skip
def test_numbers_are_read_and_never_guessed(text, number) -> None:
    assert read_number(text) == number
