"""Capital: valuation, rounds, sentiment, share prices, entry and exit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import closes, copy_world, flow_usd, parameters, world_after

from sim.accounts import INVESTORS_US, LAB0, LAB_KEYS, NVIDIA, VENDOR0
from sim.ledger import LAB_EQUITY, PAYOUTS, balance_usd
from sim.markets import capital, turnover

QUICK = settings(max_examples=25, deadline=None)


def test_valuation_is_a_multiple_that_grows_with_growth_up_to_a_bound():
    assert capital.valuation(1e9, 0.0, 10.0, 1.0, 60.0, 1.0) == pytest.approx(1e10)
    assert capital.valuation(1e9, 1.0, 10.0, 1.0, 60.0, 0.5) == pytest.approx(0.5e10 * np.e)
    assert capital.valuation(1e9, 9.0, 10.0, 1.0, 60.0, 1.0) == pytest.approx(6e10)


@QUICK
@given(st.floats(-1.0, 3.0), st.floats(-1.0, 3.0), st.floats(0.1, 2.0))
def test_faster_growth_never_lowers_value(one, other, mood):
    low, high = (capital.valuation(1e9, g, 10.0, 1.0, 60.0, mood) for g in sorted((one, other)))
    assert low <= high


def test_no_lab_raises_more_than_it_will_dilute_for():
    world = world_after(24)
    p = parameters(world)
    world.accounts[LAB0 : LAB0 + len(LAB_KEYS)] = 0
    for lab in np.flatnonzero((world.labs["active"] == 1) & (world.labs["owner"] < 0)):
        wanted = capital.wanted_raise(world, int(lab), p)
        assert 0.0 < wanted <= p["finance_dilution_max"] * world.labs["valuation_usd"][lab] * (1 + 1e-12)


def test_a_lab_with_a_long_runway_raises_nothing():
    world = world_after(24)
    world.accounts[LAB0] = 10**16
    assert capital.wanted_raise(world, 0, parameters(world)) == 0.0


def test_rounds_never_exceed_what_investors_supply():
    world = world_after(24)
    p = parameters(world)
    p["finance_round_chance"] = 1.0
    world.accounts[LAB0 : LAB0 + len(LAB_KEYS)] = 0
    world.opening[:] = world.accounts
    world.macro["equity_supply"] = 1e9
    p["alliances_new_deals"] = 0.0
    world.contracts["state"] = 0
    capital.fund_labs(world)
    raised = flow_usd(world, LAB_EQUITY)
    assert 0.0 < raised <= 1e9 * p["finance_raise_concentration"] * (1 + 1e-9)
    assert world.labs["raise_usd"].sum() == pytest.approx(raised, rel=1e-9)
    assert not world.labs["raise_usd"][world.labs["owner"] >= 0].any()
    assert closes(world)


def test_sentiment_reverts_to_its_level_without_noise_or_growth():
    world = world_after(24)
    p = parameters(world)
    p["finance_sentiment_noise"] = p["finance_sentiment_growth_response"] = 0.0
    world.macro["sentiment"] = 3.0
    for _ in range(400):
        capital.move_sentiment(world)
    assert world.macro["sentiment"][0] == pytest.approx(float(p["finance_sentiment_level"]), rel=1e-3)


@QUICK
@given(st.floats(0.0, 1e10), st.floats(0.0, 1e10))
def test_losses_of_lenders_never_narrow_the_spread(one, other):
    spreads = []
    for losses in sorted((one, other)):
        world = world_after(24)
        world.macro["credit_losses"] = losses
        capital.move_sentiment(world)
        spreads.append(world.macro["credit_spread"][0])
    assert spreads[1] >= spreads[0]


def test_share_prices_follow_profit():
    base, rich = world_after(24), world_after(24)
    rich.vendors["revenue"][NVIDIA] += 1e10
    for world in (base, rich):
        capital.price_listed_firms(world)
        assert (world.vendors["equity_index"] > 0.0).all()
    assert rich.vendors["equity_index"][NVIDIA] > base.vendors["equity_index"][NVIDIA]


def test_a_lab_that_leaves_hands_its_cash_to_its_investors():
    world = world_after(24)
    turnover.close_lab(world, 1, INVESTORS_US)
    assert balance_usd(world, LAB0 + 1) == 0.0 or world.opening[LAB0 + 1] < 0
    assert world.labs["active"][1] == 0
    assert not world.models["available"][4:8][world.models["open"][4:8] == 0].any()
    assert world.macro["exits_labs"][0] == world_after(24).macro["exits_labs"][0] + 1
    assert closes(world)


def test_an_entrant_starts_behind_the_open_frontier_with_seed_money():
    world = world_after(24)
    entrant = LAB_KEYS.index("us_entrant_2")
    before = copy_world(world)
    turnover.found_lab(world, entrant)
    lab = world.labs[entrant]
    assert lab["active"] == 1 and lab["entry"] == 24
    assert lab["potential_q"] < world.macro["frontier_open"][0]
    assert flow_usd(world, LAB_EQUITY) > 0.0
    assert world.macro["entries_labs"][0] == before.macro["entries_labs"][0] + 1
    assert closes(world)


def test_entry_needs_mood():
    gloomy = world_after(24)
    gloomy.macro["sentiment"] = 0.0
    before = gloomy.macro["entries_labs"][0]
    turnover.enter_markets(gloomy)
    assert gloomy.macro["entries_labs"][0] == before


def test_vendors_keep_what_they_need_and_pay_out_a_fifth_of_the_rest():
    world = world_after(24)
    world.accounts[VENDOR0 + NVIDIA] = 10**15
    world.opening[:] = world.accounts
    capital.pay_out_profits(world)
    left = balance_usd(world, VENDOR0 + NVIDIA)
    assert 8e12 < left < 10e12
    assert flow_usd(world, PAYOUTS) >= 10e12 - left - 0.01
    assert closes(world)
