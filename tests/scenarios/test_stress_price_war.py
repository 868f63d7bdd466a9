"""A price war to the end in China, in pairs of worlds with the same seed: what must move, why, and what must not."""

import functools

import numpy as np
import pytest

import sim
from sim.accounts import NVIDIA
from sim.economy import Economy

SEEDS = (1, 2, 3, 4)
BEGINS, UNTIL = 36, "2028-12"
"""January 2026; two more years are enough to see it."""


@functools.cache
def history(name, seed, overrides=()):
    settings = {"developers.count": 500} | dict(overrides)
    scenario = sim.load_scenario(name, overrides=settings).until(UNTIL)
    economy = Economy(scenario, seed)
    for _ in range(scenario.months):
        economy.step()
    return economy.history


@pytest.fixture(params=SEEDS)
def pair(request):
    """(baseline, stress) of the same seed."""
    return history("baseline", request.param), history("stress-price-war", request.param)


def chinese(each):
    return each.labs["origin"][0] == 1


def of_pairs(measure, name="stress-price-war", overrides=()):
    """Means over seeds of a measure, in the baseline and in the stress."""
    both = [(measure(history("baseline", s)), measure(history(name, s, overrides))) for s in SEEDS]
    return np.mean(both, axis=0)


def list_price(each):
    """Geometric mean list price of Chinese flagships on sale, over months, USD/Mtoken."""
    models = each.models[BEGINS:]
    there = (models["available"] == 1) & (models["price"] > 0.0) & (models["small"] == 0)
    there &= chinese(each)[models["lab"]]
    return float(np.exp(np.log(models["price"][there]).mean()))


def margin(each):
    """Margin of Chinese API sales after compute."""
    labs = each.labs[BEGINS:][:, chinese(each)]
    return float(1.0 - labs["api_cost"].sum() / labs["api_revenue"].sum())


def share_of_tokens(each):
    """Share of developers' tokens that run on Chinese models."""
    tokens = each.tokens[BEGINS:].sum(axis=(0, 1))
    return float(tokens[chinese(each)[each.models["lab"][0]]].sum() / tokens.sum())


def test_nothing_moves_before_its_date(pair):
    base, war = pair
    for table in ("clouds", "vendors", "labs", "models", "regions", "macro", "accounts"):
        assert getattr(base, table)[:BEGINS].tobytes() == getattr(war, table)[:BEGINS].tobytes(), table


def test_more_labs_fight_and_prices_of_chinese_models_fall(pair):
    """Every undercut is answered at once and down to half of the cost: flagships get cheaper, more labs are at war."""
    fighting = [each.macro["price_war_labs"][BEGINS:].mean() for each in pair]
    assert fighting[1] > fighting[0] + 1.0
    base, war = (list_price(each) for each in pair)
    assert war < 0.9 * base


def test_margins_of_chinese_labs_fall_below_zero(pair):
    """They sell below cost, so that more use means more loss; their API revenue falls all the same."""
    base, war = pair
    assert margin(war) < 0.0 < margin(base) + 0.2
    assert margin(war) < margin(base) - 0.3
    earned = [each.labs["api_revenue"][BEGINS:][:, chinese(each)].sum() for each in pair]
    assert earned[1] < earned[0]


def test_owners_pay_for_it():
    """Platform owners cover what their labs do not earn: subsidies rise on the mean of the worlds, and in most.

    In a single world fewer chips for an owner, by a release that tipped, can outweigh what the war costs its lab.
    """

    def subsidies(each):
        owned = chinese(each) & (each.labs["owner"][0] >= 0)
        return each.labs["owner_subsidy"][BEGINS:][:, owned].sum()

    ratios = [subsidies(history("stress-price-war", s)) / subsidies(history("baseline", s)) for s in SEEDS]
    assert sum(ratio > 1.0 for ratio in ratios) >= 3 and sum(ratios) / len(ratios) > 1.0


def test_chinese_models_are_used_more():
    """They are almost free: their share of tokens rises on the mean of the worlds, and in no world falls clearly."""
    base, war = of_pairs(share_of_tokens)
    assert war > base + 0.03
    assert all(
        share_of_tokens(history("stress-price-war", s)) > share_of_tokens(history("baseline", s)) - 0.03 for s in SEEDS
    )


def test_chinese_labs_stay_at_least_as_open():
    """What openness gives up, the margin, is gone: the share of Chinese labs with open flagships holds or rises."""
    base, war = of_pairs(lambda each: float(each.labs["open_now"][BEGINS:][:, chinese(each)].mean()))
    assert war > base - 0.03


def test_no_fewer_labs_leave(pair):
    """Losses drive labs out; nothing in a price war keeps one in business."""
    base, war = (each.macro["exits_labs"][-1, 0] for each in pair)
    assert war >= base


def test_the_vendor_of_chips_hardly_notices(pair):
    """Chinese API sales are a small part of the demand for compute, and what is cheap is used more."""
    base, war = (each.vendors["revenue"][BEGINS:, NVIDIA].sum() for each in pair)
    assert war == pytest.approx(base, rel=0.02)


def test_electricity_prices_do_not_move(pair):
    base, war = (each.regions["electricity_price"] for each in pair)
    assert war == pytest.approx(base, rel=0.01)


def test_without_price_wars_nothing_of_it_happens():
    """The structural switch: with it off, both worlds have no war, and Chinese margins stay far above those at war."""
    for seed in SEEDS[:2]:
        off = history("stress-price-war", seed, (("pricing.price_war", "off"),))
        assert not off.macro["price_war_labs"].any()
        assert margin(off) > margin(history("stress-price-war", seed)) + 0.3


def test_owners_money_makes_the_war_deeper():
    """Without cross-subsidy labs inside larger firms have to earn what serving costs: smaller losses in China."""
    alone = (("pricing.owner_cross_subsidy_in_war", "off"),)
    for seed in SEEDS[:2]:
        assert margin(history("stress-price-war", seed, alone)) > margin(history("stress-price-war", seed)) + 0.1
