"""Channels: the shipped ones switch something off, contributions of a made-up world are found, chance is told apart."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from small import options, scenario

from sim.dated import parse_month
from sim.errors import InputError
from sim.measures.headlines import HEADLINES, Headline
from sim.registry import load_registry
from sim.study.channels import (
    REST,
    Channel,
    Times,
    Without,
    channel_rows,
    is_clear,
    read_channels,
    shipped_channels,
    with_main_channels,
)
from sim.study.compare import compare, make_plan
from sim.study.effects import Panel, effect_rows

ITEM = Headline("A stock", "china_compute_stock_h100e", "total", "cumulative", "compute")
DATES = pd.date_range("2025-01-31", periods=12, freq="ME")
END = DATES[-1]
WORLDS = 30


def channel(name, control=False):
    return Channel(name, name.title(), "", {}, control)


class Linear:
    """Worlds in which the effect is the sum of what channels carry, plus noise that every run has of its own."""

    def __init__(self, carried, noise=0.0, seed=0):
        self.carried, self.noise = carried, noise
        self.generator = np.random.default_rng(seed)
        self.base = self.generator.uniform(50.0, 100.0, WORLDS)

    def arm(self, effect=0.0):
        value = self.base + effect + self.noise * self.generator.standard_normal(WORLDS)
        return np.repeat(value[:, None, None], len(DATES), axis=2)

    def rows(self):
        total = sum(self.carried.values())
        panel = Panel(np.array([self.arm(), self.arm(total)]), DATES, (ITEM,))
        without = [
            Without(channel(name), self.arm(-7.0), self.arm(total - part - 7.0)) for name, part in self.carried.items()
        ]
        without.append(Without(channel("control", True), self.arm(), self.arm(total)))
        rows = channel_rows(panel, 1, "policy", without, END)
        effects = with_main_channels(effect_rows(panel, ["policy"], 0.01, [END]), rows)
        return rows.set_index("channel"), effects


def test_contributions_of_a_linear_world_are_found_and_add_up():
    rows, effects = Linear({"first": 5.0, "second": 3.0, "none": 0.0, "against": -2.0}).rows()
    assert rows["contribution"].to_dict() == pytest.approx(
        {"first": 5.0, "second": 3.0, "none": 0.0, "against": -2.0, "control": 0.0, REST: 0.0}, abs=1e-9
    )
    assert (rows["effect"] - 6.0).abs().max() < 1e-9
    assert rows.loc["first", "without"] == pytest.approx(1.0)
    assert effects["main_channel"].tolist() == ["first"]


def test_what_no_channel_covers_is_the_rest():
    world = Linear({"first": 5.0, "hidden": 4.0})
    total = 9.0
    panel = Panel(np.array([world.arm(), world.arm(total)]), DATES, (ITEM,))
    rows = channel_rows(panel, 1, "policy", [Without(channel("first"), world.arm(), world.arm(4.0))], END)
    rest = rows.set_index("channel").loc[REST]
    assert rest["contribution"] == pytest.approx(4.0) and not rest["clear"]


def test_intervals_cover_the_truth_and_noise_is_not_clear():
    """Over 60 made-up studies: intervals as wide as they say, and hardly ever a channel that carries nothing."""
    inside, clear, found = [], [], []
    for seed in range(60):
        rows, effects = Linear({"strong": 6.0, **{f"none{i}": 0.0 for i in range(8)}}, noise=2.0, seed=seed).rows()
        nothing = rows[rows.index.str.startswith("none")]
        inside += list((nothing["low"] <= 0.0) & (nothing["high"] >= 0.0))
        clear += list(nothing["clear"])
        found += list(effects["main_channel"])
    assert 0.91 < np.mean(inside) < 0.985
    assert np.mean(clear) < 0.01
    assert np.mean(np.array(found) == "strong") > 0.95


def test_a_small_part_of_an_effect_is_not_its_main_channel():
    _, effects = Linear({"small": 1.0, "uncovered": 9.0}).rows()
    assert effects["main_channel"].tolist() == ["uncovered"]
    world = Linear({"small": 1.0})
    panel = Panel(np.array([world.arm(), world.arm(10.0)]), DATES, (ITEM,))
    rows = channel_rows(panel, 1, "policy", [Without(channel("small"), world.arm(), world.arm(9.0))], END)
    assert rows["clear"].tolist() == [True, False]
    assert with_main_channels(effect_rows(panel, ["policy"], 0.01, [END]), rows)["main_channel"].tolist() == [""]


def test_an_effect_that_may_be_zero_has_no_main_channel():
    effects = pd.DataFrame(
        {"policy": "p", "metric": "m", "key": "k", "date": [END, END], "mean": [1.0, 1.0], "half_width": [2.0, 0.5]}
    )
    rows = pd.DataFrame(
        {"policy": "p", "metric": "m", "key": "k", "date": [END], "channel": "c", "effect": 1.0, "contribution": 1.0,
         "clear": True}
    )  # fmt: skip
    assert with_main_channels(effects, rows)["main_channel"].tolist() == ["", "c"]


def test_a_world_that_broke_down_without_a_channel_is_left_out_of_it():
    world = Linear({"first": 5.0})
    panel = Panel(np.array([world.arm(), world.arm(5.0)]), DATES, (ITEM,))
    broken = world.arm()
    broken[:4] = np.nan
    rows = channel_rows(panel, 1, "p", [Without(channel("first"), broken, world.arm(0.0))], END).set_index("channel")
    assert rows["worlds"].to_dict() == {"first": WORLDS - 4, REST: WORLDS - 4}
    assert rows.loc["first", "contribution"] == pytest.approx(5.0)


def test_more_channels_ask_for_more():
    values = np.random.default_rng(3).standard_normal(30) + 0.45
    assert is_clear(values, 1, 0.0)
    assert not is_clear(values, 200, 0.0)
    assert not is_clear(values, 1, 5.0)
    assert not is_clear(values[:1], 1, 0.0)


@pytest.mark.parametrize("item", shipped_channels(), ids=lambda item: item.id)
def test_a_shipped_channel_can_be_switched_off_from_a_month_on(item):
    """Before the month nothing moves; from it on every path has the value of the file."""
    base = scenario()
    month = parse_month("2026-01")
    off = item.without(base, month)
    for path, value in item.off.items():
        before, after = base.value_of(path), off.value_of(path)
        assert (before.monthly(base.start_month, 36) == after.monthly(base.start_month, 36)).all()
        now = after.at(month + 5)
        if isinstance(value, Times):
            assert now == before.at(month + 5) * value.times
        else:
            assert now == base.registry[path].record.number(value)
        assert now != before.at(month + 5)


def test_one_channel_is_the_control_and_ids_and_labels_are_unique():
    known = shipped_channels()
    assert [item.id for item in known if item.control] == ["control"]
    assert len({item.label for item in known}) == len(known) and REST not in {item.id for item in known}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("off: {export_controls.detektion: 1.0}", "unknown parameter (did you mean 'export_controls.detection'?)"),
        ("off: {developers.count: 7.0}", "outside its bounds"),
        ("off: {pricing.price_war: maybe}", "is not one of off, on"),
        ("off: {pricing.price_war: 'on'}", "switches nothing off"),
        ("off: {energy.*.price_response: 0.0}", "unknown parameter"),
        ("off: {}", "at least 1 item"),
        ("off: {labs.frugality: {times: -1.0}}", "greater than 0"),
        ("on: {labs.frugality: 0.0}", "Extra inputs are not permitted"),
    ],
)
def test_a_channel_that_cannot_be_used_is_refused(tmp_path, text, message):
    file = tmp_path / "channels.yaml"
    file.write_text(f"bad:\n  label: Bad\n  description: Bad.\n  {text}\n")
    with pytest.raises(InputError) as caught:
        read_channels(load_registry(), file)
    assert message in str(caught.value) and str(file) in str(caught.value)


def test_a_baseline_with_a_channel_off_is_shared_between_policies():
    policies = [scenario("us-power-price-doubled"), scenario("stress-price-war")]
    plan = make_plan(scenario(), policies, shipped_channels())
    assert len(plan.variants) == 3 * len(shipped_channels())
    one, other = plan.twins.values()
    assert [twin.baseline for twin in one] == [twin.baseline for twin in other]
    assert not {twin.policy for twin in one} & {twin.policy for twin in other}


def test_the_mechanism_that_a_policy_acts_through_carries_all_of_it():
    """A price war fought without price wars: both arms are the same world, so the channel carries the whole effect."""
    war = [item for item in shipped_channels() if item.id in ("price_war", "smuggling")]
    found = compare(
        scenario(), [scenario("stress-price-war")], options(minimum=4, maximum=4, channels=True, channel_worlds=4),
        out=None, channels=war,
    )  # fmt: skip
    rows = found.channels.set_index(["channel", "label"])
    assert len(rows) == 3 * len(HEADLINES)
    assert (rows.loc["price_war", "without"] == 0.0).all()
    assert (rows.loc["price_war", "contribution"] == rows.loc["price_war", "effect"]).all()
    assert (rows.loc["price_war", "effect"] != 0.0).any()
    assert found.manifest["channel_worlds"] == 4


def test_without_smuggling_a_rule_on_smuggling_changes_nothing():
    """Forced: where no chip is smuggled, the ceiling of a route cannot matter."""
    tight = scenario().with_overrides({"export_controls.route_ceiling": {"2025-01": 1000.0}})
    tight = dataclasses.replace(tight, id="low-ceiling")
    smuggling = [item for item in shipped_channels() if item.id == "smuggling"]
    found = compare(
        scenario(), [tight], options(channels=True, channel_worlds=3), out=None, channels=smuggling
    ).channels.set_index(["channel", "key"])
    row = found.loc[("smuggling", "smuggled")]
    assert row["effect"] < 0.0 and row["without"] == 0.0 and row["contribution"] == row["effect"]
