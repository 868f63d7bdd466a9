"""report.html stands alone, says what it must, and trusts no text that a user wrote."""

import base64
import re
from html.parser import HTMLParser

import pandas as pd
import pytest
import synthetic

from sim.events import KINDS
from sim.registry import load_registry
from sim.report.assumptions import ALWAYS_SHOWN, changed_parameters, grade_counts, span, widest_assumptions
from sim.report.cautions import BOUNDS, bound_warnings, failures
from sim.report.figures import FIGURES, QUICK_FIGURES
from sim.report.page import actor_words
from sim.results import run_to_folder


class Loads(HTMLParser):
    """Collects everything that a browser would fetch, the headings and the images."""

    def __init__(self):
        super().__init__()
        self.loads, self.tags, self.images = [], [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        for name, value in attributes:
            if name in ("src", "href", "srcset", "data", "poster", "action") and value and not value.startswith("#"):
                (self.images if value.startswith("data:") else self.loads).append(value)


@pytest.fixture(scope="module")
def page(result):
    return (result / "report.html").read_text(encoding="utf-8")


def parsed(text):
    reader = Loads()
    reader.feed(text)
    return reader


def test_nothing_is_loaded_from_outside(page):
    reader = parsed(page)
    assert reader.loads == []
    assert not re.search(r"@import|url\(", page)
    assert not {"script", "iframe", "link", "object", "embed"} & set(reader.tags)


def test_every_figure_is_inside(page, result):
    images = parsed(page).images
    assert len(images) == len(FIGURES)
    for kind, image in zip(FIGURES, images, strict=True):
        inside = base64.b64decode(image.removeprefix("data:image/png;base64,"))
        assert inside == (result / "figures" / f"{kind.name}.png").read_bytes()


def test_the_summary_is_one_page_and_comes_first(page):
    summary = page[page.index('class="summary"') : page.index("The question, and the policies")]
    assert "Headline measures" in summary and "<img" not in summary
    assert ".summary { break-after: page; }" in page


def test_every_part_of_the_report_is_there(page):
    for part in (
        "Does computing stay concentrated?", "Do Chinese open models spread?", "Headline measures", "The question",
        "Threshold rule on chips to China", "Figures", "What drives it", "Assumptions that matter", "Limits",
        "make this result again",
        "conditional projection, not a forecast", "--seed 7 --replicates 2",
    ):  # fmt: skip
        assert part in page, part


def test_text_of_a_scenario_cannot_become_markup(tmp_path):
    class Hostile(synthetic.Scenario):
        def resolved_yaml(self):
            return synthetic.resolved_yaml(self.id, title="'<script>alert(1)</script>{{ 7 * 7 }}'")

    out = run_to_folder(Hostile(), seed=1, replicates=1, out=tmp_path / "out", quick=True, run=synthetic.run_scenario)
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page and "&lt;script&gt;" in page and "{{ 7 * 7 }}" in page
    assert "One world" in page and "Quick run" in page
    assert len(parsed(page).images) == len(QUICK_FIGURES)
    assert f"{len(QUICK_FIGURES)} of {len(FIGURES)} figures" in page


def test_a_scenario_without_policies_or_question(tmp_path):
    class Bare(synthetic.Scenario):
        def resolved_yaml(self):
            return "schema_version: 1\nid: bare\ntitle: Bare\n"

    out = run_to_folder(
        Bare("bare"), seed=1, replicates=1, out=tmp_path / "out", quick=True, run=synthetic.run_scenario
    )
    assert "This scenario has no policies" in (out / "report.html").read_text(encoding="utf-8")


def test_only_what_differs_from_the_registry_is_listed_as_set():
    registry = load_registry()
    default = registry["developers.count"].default.knots[0][1]
    assert changed_parameters(registry, {"developers.count": int(default)}) == []
    assert changed_parameters(registry, {"no.such.path": 1}) == []
    row = changed_parameters(registry, {"developers.count": 500})[0]
    assert (row.path, row.value) == ("developers.count", "500")


def test_assumptions_are_assumed_and_sorted_by_width():
    registry = load_registry()
    rows = widest_assumptions(registry)
    first = [name for name in ALWAYS_SHOWN if name in registry.records]
    assert first and [row.name for row in rows[: len(first)]] == sorted(first, key=[row.name for row in rows].index)
    rest = rows[len(first) :]
    assert all(row.grade == "assumed" for row in rest)
    assert [row.spread for row in rest] == sorted((row.spread for row in rest), reverse=True)
    assert sum(grade_counts(registry).values()) == len(registry.records)
    assert (span(1, 1), span(0.05, 0.2)) == ("1", "0.05–0.2")


RECORD = """
{name}:
  by: {by}
  label: {name}
  description: made up
  unit: USD/kWh
  value: {value}
  low: {low}
  high: {high}
  role: X
  grade: {grade}
  source: made up
"""


def test_widest_range_comes_first_and_regions_share_a_row(tmp_path):
    regions = "{us: 0.1, cn: 0.2, eu: 0.3, gulf: 0.1, sea: 0.1, row: 0.1}"
    records = (
        ("narrow", "null", "0.1", "0.09", "0.11", "assumed"),
        ("wide", "region", regions, "0.01", "1", "assumed"),
        ("known", "null", "0.1", "0.001", "9", "measured"),
        ("zero", "null", "0", "0", "0.5", "assumed"),
    )
    names = ("name", "by", "value", "low", "high", "grade")
    text = "".join(RECORD.format(**dict(zip(names, row, strict=True))) for row in records)
    (tmp_path / "energy.yaml").write_text(text)
    rows = widest_assumptions(load_registry(tmp_path))
    assert [row.label for row in rows] == ["wide", "zero", "narrow"]
    assert (rows[0].value, rows[0].range, rows[0].unit) == ("0.1–0.3", "0.01–1", "USD/kWh")


def test_actors_in_words():
    assert [actor_words(name) for name in ("us-bis", "cn-customs", "us")] == ["US BIS", "China customs", "US"]


def test_who_failed_is_named_with_the_month_and_the_number_of_worlds():
    events = pd.DataFrame(
        {
            "kind": ["default", "default", "merger", "release"],
            "agent": ["coreweave", "xai", "openai", "openai"],
            "date": pd.to_datetime(["2029-03-31", "2028-02-29", "2030-01-31", "2023-03-31"]),
            "replicate": [0, 1, 0, 0],
        }
    )
    lines = failures(events, 4)
    assert lines == [
        "clouds that default: CoreWeave, xAI; first 2028-02, in 2 of 4 worlds",
        "labs taken over: OpenAI; first 2030-01, in 1 of 4 worlds",
    ]
    assert failures(events[3:], 1) == []


def test_every_limit_of_the_model_has_words():
    kinds = [kind.removeprefix("bound_") for kind in KINDS if kind.startswith("bound_")]
    assert set(kinds) == set(BOUNDS)


def test_the_most_frequent_limit_comes_first():
    rows = [("bound_hbm", "huawei"), ("bound_rent_floor", "us"), ("bound_hbm", "cambricon"), ("release", "openai")]
    events = pd.DataFrame(rows, columns=["kind", "agent"]).assign(date=pd.Timestamp("2026-01-31"), replicate=0)
    assert bound_warnings(events, 1) == [
        "memory limits the output of chips: Huawei, Cambricon; 2 times, 2026-01",
        "rents rest on running cost: US; once, 2026-01",
    ]
