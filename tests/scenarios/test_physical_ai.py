"""Earlier physical AI, in pairs of worlds with the same seed: what must move, which way and why, and what must not."""

import functools

import numpy as np
import pytest

import sim
from sim.accounts import LAB_KEYS
from sim.economy import Economy
from sim.world import CN, EU, GULF, REGIONS, US

SEEDS = (1, 2)
BEGINS, SOON, END = 36, 59, 71
"""January 2026; December 2027; December 2028."""


@functools.cache
def history(name, seed, **switches):
    overrides = {"developers.count": 300, **{f"industry.{key}": option for key, option in switches.items()}}
    scenario = sim.load_scenario(name, overrides=overrides).until("2028-12")
    economy = Economy(scenario, seed)
    for _ in range(scenario.months):
        economy.step()
    return economy.history


@pytest.fixture(params=SEEDS)
def pair(request):
    """(baseline, scenario) of the same seed."""
    return history("baseline", request.param), history("physical-ai", request.param)


def test_nothing_moves_before_its_date(pair):
    base, more = pair
    for table in ("industries", "labs", "models", "regions", "vendors", "clouds", "software", "macro", "accounts"):
        one, other = getattr(base, table)[:BEGINS], getattr(more, table)[:BEGINS]
        assert one.tobytes() == other.tobytes(), table


def test_robots_use_many_times_the_tokens(pair):
    """More tasks are mastered by the same models, so more places pay for a robot that adapts."""
    base, more = (each.industries["tokens_m"].sum(axis=1) for each in pair)
    assert more[SOON] > 5.0 * base[SOON] > 0.0
    assert more[END] > 1.5 * base[END]


def test_factories_install_more_robots_most_in_china(pair):
    """Places pay everywhere; China has the most places in manufacturing and the cheapest robots."""
    base, more = (each.industries["robots"][END] for each in pair)
    gain = more - base
    assert (gain > 0.0).all()
    assert gain[CN] == gain.max() and gain[CN] > 3.0 * max(gain[US], gain[EU])
    assert gain[GULF] == gain.min()


def test_robots_on_foundation_models_become_cheaper_by_being_made(pair):
    base, more = pair
    for price in ("module_price", "unit_price"):
        assert (more.industries[price][END] < base.industries[price][END]).all()


def mean_change(table, field, seeds=(1, 2, 3, 4)):
    """Relative change of a total in December 2027, mean over pairs: releases that tip either way average out."""
    totals = [
        [getattr(history(name, s), table)[field][SOON].sum() for name in ("baseline", "physical-ai")] for s in seeds
    ]
    return float(np.mean([more / base - 1.0 for base, more in totals]))


def test_open_models_are_not_used_less(pair):
    """Most robots run open weights on board, and their use counts as use of the lab's open models."""
    base, more = pair
    assert mean_change("labs", "adopters") > -0.02
    assert more.labs["robots"][SOON].sum() > base.labs["robots"][SOON].sum()
    assert more.industries["edge_share"][SOON].sum(axis=1).min() > 0.5


def test_chinese_labs_learn_more_than_american_ones(pair):
    """Data stay in the region where robots work, and most of the additional ones work in China."""
    base, more = pair
    gain = more.industries["learning"][END] - base.industries["learning"][END]
    assert gain[CN] > gain[US] > 0.0


def test_what_they_learn_raises_capability_in_china_more():
    """Mean of pairs: a part of it passes into general capability, some thousandths of a point, less than chance."""
    gains = [
        history("physical-ai", s).labs["potential_q"][SOON] - history("baseline", s).labs["potential_q"][SOON]
        for s in (1, 2, 3, 4)
    ]
    deepseek, anthropic = LAB_KEYS.index("deepseek"), LAB_KEYS.index("anthropic")
    capability = np.mean(gains, axis=0)
    assert capability[deepseek] > capability[anthropic]


def test_demand_for_compute_rises_a_little():
    """What runs over the network needs data centres; what runs on board does not. Mean of pairs."""
    assert -0.001 < mean_change("regions", "demand_h100e") < 0.01


def test_software_firms_and_the_law_are_left_alone(pair):
    """Factories are no customers of software firms here; the law of the scenario is that of the baseline."""
    base, more = pair
    assert more.software["defaults"] == pytest.approx(base.software["defaults"], rel=0.02, abs=0.5)
    one, other = (sim.load_scenario(name) for name in ("baseline", "physical-ai"))
    assert [rule.id for rule in one.policies] == [rule.id for rule in other.policies]
    assert np.array_equal(base.macro["china_stock"][SOON, :, 1] > 0.0, more.macro["china_stock"][SOON, :, 1] > 0.0)


def test_accounts_close_in_every_month(pair):
    for each in pair:
        assert not each.macro["ledger_residual"].any()


def test_switched_off_there_is_no_physical_ai_and_factories_go_on():
    off, on = history("physical-ai", 1, physical_ai="off"), history("physical-ai", 1)
    assert not off.industries["physical"].any() and not off.industries["tokens_m"].any()
    assert not off.industries["learning"].any() and not off.labs["physical_revenue"].any()
    before = slice(0, 24)
    assert off.industries["robots"][before] == pytest.approx(on.industries["robots"][before], rel=1e-4)
    assert off.industries["robots"][-1].sum() < on.industries["robots"][-1].sum()
    assert on.labs["physical_revenue"][-1].sum() > 0.0


def test_where_the_edge_favours_nobody_closed_models_win_more_robots():
    """The same capability and cost without the worth of weights that can be adapted; in China all labs are open."""
    neutral, favours = history("physical-ai", 1, edge_openness="neutral"), history("physical-ai", 1)

    def licensed(history):
        industries = history.industries[-1]
        is_open = history.models["open"][-1] == 1
        closed = (industries["edge_model"] >= 0) & ~is_open[industries["edge_model"]]
        return (industries["edge_share"] * closed).sum(axis=1)

    elsewhere = np.arange(len(REGIONS)) != CN
    assert (licensed(neutral) > licensed(favours))[elsewhere].all()
    assert neutral.labs["physical_revenue"][-1].sum() > favours.labs["physical_revenue"][-1].sum()
