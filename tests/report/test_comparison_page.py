"""The report of a comparison: its words and numbers are those of the table of effects, its figures show them."""

import base64
import re

import made_comparison
import numpy as np
import pandas as pd
import pytest
import synthetic
from matplotlib.collections import FillBetweenPolyCollection
from test_page import parsed

from sim.registry import load_registry
from sim.report import style
from sim.report.arm_figures import value_differences, waterfall_of_arms
from sim.report.arms import merged_marks, read_arms
from sim.report.comparison import command_line, figure_list, limit_lines, write_comparison_files
from sim.report.comparison_tables import changed_fields, differences, full_table, summary_table
from sim.report.comparison_words import (
    answer,
    clearest,
    effect_sentence,
    is_told,
    long_words,
    pairing_sentence,
    row_of,
    worlds_above_and_below,
)
from sim.report.effect_figures import channel_bars, effect_fans, effects_at_end, shown_channels
from sim.report.main_figure import MAIN
from sim.report.value_figure import LAYERS
from sim.report.wording import difference_words, signed


@pytest.fixture(scope="module")
def made():
    return made_comparison.comparison(1)


@pytest.fixture(scope="module")
def arm(made, observed):
    return read_arms(made, observed)[0]


@pytest.fixture(scope="module")
def folder(made, tmp_path_factory, observed):
    out = tmp_path_factory.mktemp("comparison")
    write_comparison_files(made, out, observed=observed)
    return out


@pytest.fixture(scope="module")
def page(folder):
    return (folder / "report.html").read_text(encoding="utf-8")


def drawn(figure):
    return {next((t.get_text() for t in axes.texts if t.get_fontweight() == "bold"), ""): axes for axes in figure.axes}


def styled(draw, *arguments):
    with style.styled():
        return draw(*arguments)


def test_every_figure_is_written_and_inside_the_page(folder, page, arm):
    names = list(figure_list([arm]))
    assert sorted(path.stem for path in (folder / "figures").iterdir()) == sorted(names)
    images = parsed(page).images
    assert len(images) == len(names)
    inside = {base64.b64decode(image.removeprefix("data:image/png;base64,")) for image in images}
    assert inside == {path.read_bytes() for path in (folder / "figures").iterdir()}


def test_the_page_needs_nothing_from_outside_and_says_what_it_must(page):
    reader = parsed(page)
    assert reader.loads == [] and not re.search(r"@import|url\(", page)
    assert not {"script", "iframe", "link", "object", "embed"} & set(reader.tags)
    for part in (
        "Does computing stay concentrated?", "Headline measures at the end of 2030", "what differs", "What drives it",
        "need not add up", "Assumptions that matter", "Limits", "How to make this result again", "paired",
        "conditional projection, not a forecast", "--seed 1 --min-replicates 6 --max-replicates 6", "Channel smuggling",
        "memory limits the output of chips: baseline 10, policy-1 40",
    ):  # fmt: skip
        assert part in page, part


@pytest.mark.parametrize("count", [2, 5])
def test_several_policies_have_a_section_each(count, tmp_path, observed):
    several = made_comparison.comparison(count, titles={"policy-2": "<b>Hostile</b> {{ 1 }}"})
    write_comparison_files(several, tmp_path, quick=True, observed=observed)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert f"{count} policies against one baseline" in page
    assert "<b>Hostile" not in page and "&lt;b&gt;Hostile" in page and "{{ 1 }}" in page
    assert len(list((tmp_path / "figures").iterdir())) == 1 + count
    for number in range(1, count + 1):
        assert f'id="effect_{number}"' in page
    arms = read_arms(several, observed)
    assert len({arm.colour for arm in arms}) == count
    names = figure_list(arms)
    assert {"adoption", "concentration", "value_by_layer", f"channels_{count}", f"price_{count}"} <= set(names)
    with style.styled():
        for name in ("adoption", "concentration", "value_by_layer"):
            figure = names[name][1]()
            everything = " ".join(text.get_text() for text in figure.texts)
            assert everything.count("■") == count


def test_a_sentence_counts_worlds_and_says_how_much(arm):
    row = row_of(arm, "china_compute_stock_h100e", "total")
    sentence = effect_sentence(arm, row)
    assert sentence.startswith("In 6 of 6 worlds, the stock of compute in China is higher: +")
    assert long_words(difference_words(row["difference"], "H100e")) in sentence and "H100 equivalents" in sentence


def test_what_chance_explains_is_said_not_to_be_told_from_zero(arm):
    row = row_of(arm, "hub_download_share", "cn")
    assert not is_told(row)
    sentence = effect_sentence(arm, row)
    assert sentence.startswith("The effect on the Chinese share of open-model downloads cannot be told from zero")
    assert "higher in 3 and lower in 3 of 6 worlds" in sentence


def test_what_does_not_move_is_the_same_in_all_worlds(arm):
    row = row_of(arm, "open_spend_share", "api_all")
    assert (
        effect_sentence(arm, row)
        == "In all 6 worlds, open models’ share of API spend is the same as without the policy."
    )


def test_the_answer_names_both_halves(arm):
    text = answer(arm)
    assert "raises the part of Chinese models’ tokens" in text and "(in 6 of 6 worlds)" in text
    assert "does not change open models’ part of API tokens by more than chance" in text


def test_counts_of_worlds_are_those_of_the_table(arm):
    for _, row in arm.at_end().iterrows():
        above, below = worlds_above_and_below(arm, row)
        assert above == round(row["share_above"] * row["worlds"])
        assert above + below <= row["worlds"]


def test_clearest_effects_are_told_large_and_not_said_twice(arm):
    rows = clearest(arm, 5)
    assert rows and all(is_told(row) for row in rows)
    assert len({row["metric"] for row in rows}) == len(rows)
    assert "layer_value_added_usd" in {row["metric"] for row in rows}


def test_the_table_repeats_the_numbers_of_the_effects(arm):
    rows = {row["label"]: row for section in full_table(arm) for row in section["rows"]}
    assert list(rows) == [item for item in arm.at_end()["label"] if item in rows]
    effect = row_of(arm, "china_compute_stock_h100e", "total")
    row = rows["Compute in China"]
    assert row["difference"] == difference_words(effect["difference"], "H100e")
    assert (row["above"], row["channel"], row["told"]) == ("6 of 6", "Channel smuggling", True)
    assert not rows["Chinese share of open-model downloads"]["told"]


def test_several_policies_stand_side_by_side(observed):
    arms = read_arms(made_comparison.comparison(2), observed)
    rows = {row["label"]: row for section in summary_table(arms) for row in section["rows"]}
    one, two = (row_of(arm, "china_compute_stock_h100e", "total") for arm in arms)
    assert two["difference"] > one["difference"]
    cells = [cell["text"] for cell in rows["Compute in China"]["cells"]]
    assert cells == [difference_words(row["difference"], "H100e") for row in (one, two)]


def test_fans_are_quantiles_of_paired_differences_inside_each_other(arm):
    panels = drawn(styled(effect_fans, arm))
    item = MAIN[1]
    bands = [band for band in panels[item.name].collections if isinstance(band, FillBetweenPolyCollection)]
    values = arm.difference(item.metric, item.key).to_numpy() * item.scale
    edges = [
        pd.DataFrame(band.get_paths()[0].vertices, columns=["x", "y"]).groupby("x")["y"].agg(["min", "max"])
        for band in bands
    ]
    for edge, (low, high, _) in zip(edges, style.BANDS, strict=True):
        assert np.allclose(edge["min"], np.quantile(values, low, axis=1))
        assert np.allclose(edge["max"], np.quantile(values, high, axis=1))
    row = row_of(arm, item.metric, item.key)
    words = difference_words(row["difference"], row["unit"]).removesuffix(" points")
    assert words in [text.get_text() for text in panels[item.name].texts]


def test_effects_at_the_end_are_those_of_the_table_and_hollow_if_not_told(arm):
    panels = drawn(styled(effects_at_end, [arm]))
    for item in MAIN:
        row = row_of(arm, item.metric, item.key)
        point = next(line for line in panels[item.name].lines if line.get_marker() == "o")
        assert point.get_xdata()[0] == pytest.approx(row["difference"] * item.scale)
        assert (point.get_markerfacecolor() == arm.colour) == is_told(row)


def test_bars_of_channels_are_contributions_without_control_and_rest(arm):
    row = row_of(arm, "china_compute_stock_h100e", "total")
    shown = shown_channels(arm, row)
    assert list(shown["channel"]) == ["smuggling", "porting", "hoarding"]
    panels = drawn(styled(channel_bars, arm))
    widths = [bar.get_width() for bar in panels["Compute in China"].patches]
    assert np.array(widths[::-1]) / widths[-1] == pytest.approx(shown["contribution"] / shown["contribution"].iloc[0])
    colours = {bar.get_facecolor()[:3] for bar in panels["Compute in China"].patches}
    assert len(colours) == 2


def test_without_channels_there_are_no_bars(observed):
    bare = read_arms(made_comparison.comparison(1, channels=False), observed)[0]
    assert "channels_1" not in figure_list([bare])


def test_value_bars_are_mean_paired_differences(arm):
    axes = drawn(styled(value_differences, [arm]))["By layer, 2030"]
    for bar, layer in zip(axes.patches, LAYERS, strict=True):
        one, other = (table.window("layer_value_added_usd", layer, arm.end, "year") for table in (arm.base, arm.table))
        assert bar.get_height() == pytest.approx(np.mean(other - one) / 1e9)


def test_both_waterfalls_add_up_to_their_price(arm):
    axes = drawn(styled(waterfall_of_arms, arm))["Closed models, at their labs"]
    bars = [(bar.get_y(), bar.get_height()) for bar in axes.patches]
    assert len(bars) == 14
    for half in (bars[:7], bars[7:]):
        *steps, cost, seller, price = half
        assert sum(height for _, height in steps) == pytest.approx(cost[1])
        assert sum(seller) == pytest.approx(price[1])


RULE = {
    "id": "a",
    "title": "A",
    "actor": "us",
    "announced": "2022-10-07",
    "effective": "2022-10-07",
    "levy": {"rate": 1},
}


def test_marks_say_in_which_scenario_a_policy_is():
    other = {**RULE, "levy": {"rate": 2}}
    new = {**RULE, "id": "b", "announced": "2026-01-01", "effective": "2026-02-01"}
    gone = {**RULE, "id": "c", "announced": "2023-01-01"}
    same = {**RULE, "id": "d", "announced": "2024-01-01"}
    marks = merged_marks([RULE, gone, same], [other, new, same])
    assert [(mark.number, mark.id, mark.where) for mark in marks] == [
        (1, "a", "changed"), (2, "c", "baseline"), (3, "d", ""), (4, "b", "policy"),
    ]  # fmt: skip
    assert changed_fields(RULE, other) == ["levy.rate: 1 → 2"]


def test_what_differs_is_listed_with_dates_and_sources(observed):
    policies = made_comparison.scenario("x")["policies"]
    changed = {
        "policy-1": made_comparison.scenario(
            "policy-1",
            policies=[*policies[1:], {**policies[0], "id": "new", "title": "New rule", "announced": "2026-05-01"}],
            settings={"developers.count": 500},
            events=[{"id": "deal", "title": "A deal", "date": "2026-03-01", "reference": "press"}],
        )
    }
    made = made_comparison.comparison(1, scenarios=changed)
    arm = read_arms(made, observed)[0]
    found = differences(arm, made.scenarios["baseline"], made.scenarios["policy-1"], load_registry())
    assert {(row["title"], row["where"]) for row in found.policies} == {
        ("Threshold rule on chips to China", "baseline alone"),
        ("New rule", "policy alone"),
    }
    assert [(row["path"], row["baseline"], row["value"]) for row in found.parameters] == [
        ("developers.count", "10000", "500")
    ]
    assert found.parameters[0]["source"]
    assert [(row["title"], row["date"], row["where"]) for row in found.events] == [
        ("A deal", "2026-03-01", "policy alone")
    ]
    same = differences(arm, made.scenarios["baseline"], made.scenarios["baseline"], load_registry())
    assert same.parameters == [] and same.events == []


def test_differing_policies_stand_out_in_the_strip(observed):
    policies = made_comparison.scenario("x")["policies"]
    made = made_comparison.comparison(
        1, scenarios={"policy-1": made_comparison.scenario("policy-1", policies=policies[:-2])}
    )
    arm = read_arms(made, observed)[0]
    figure = styled(effect_fans, arm)
    colours = {line.get_color() for line in figure.axes[1].lines}
    assert style.BLUE in colours and style.INK in colours
    assert "blue: in the baseline alone" in " ".join(text.get_text() for text in figure.texts).replace("\n", " ")


def test_pairing_says_what_it_saved(made, arm):
    text = pairing_sentence(made.manifest, arm)
    assert text.startswith("6 worlds") and re.search(r"variance of a difference [\d.,]+.*-fold", text)


def test_limits_and_command_line(made):
    assert limit_lines(made)[0].startswith("memory limits the output of chips")
    assert command_line(made).startswith("weightshift compare baseline.resolved.yaml policy-1.resolved.yaml --seed 1")


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.0234, "share", "+2.3 points"),
        (-0.0004, "share", "−0.04 points"),
        (7e-15, "GW", "0"),
        (-18.3e9, "USD/year", "−18.3 bn"),
        (-108_546.0, "H100e", "−109,000"),
        (1.23, "month", "+1.2"),
        (-0.0006, "month", "0.00"),
        (0.00006, "USD/Mtoken", "+0.00006"),
        (-0.3, "0-10,000", "0"),
        (float("nan"), "share", "n/a"),
    ],
)
def test_differences_in_words(value, unit, words):
    assert difference_words(value, unit) == words


def test_signs_are_typographic():
    assert [signed(text) for text in ("1.0", "-1.0", "0.0", "-0", "n/a")] == ["+1.0", "−1.0", "0.0", "0", "n/a"]


def test_a_short_comparison_is_drawn_too(observed, tmp_path):
    made = made_comparison.comparison(1)
    cut = pd.Timestamp("2027-12-31")
    made.timeseries = made.timeseries[made.timeseries["date"] <= cut]
    made.effects = made.effects[made.effects["date"] <= cut]
    made.channels = made.channels.iloc[:0]
    write_comparison_files(made, tmp_path, observed=observed)
    assert "end of 2027" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert synthetic.LAYERS == LAYERS


def test_the_page_says_from_when_on_the_scenarios_differ(page, made, observed, tmp_path):
    assert "alike before January 2026" in page
    made = made_comparison.comparison(1)
    made.manifest["first_difference"] = {"policy-1": "2023-01"}
    write_comparison_files(made, tmp_path, quick=True, observed=observed)
    assert "differ from the first month" in (tmp_path / "report.html").read_text(encoding="utf-8")
