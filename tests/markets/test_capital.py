"""Capital: valuation, rounds, sentiment, share prices, entry and exit."""

import numpy as np
import pytest
from finance_world import events_of, put, quiet_world, set_cash
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import closes, copy_world, flow_usd, parameters, world_after

from sim.accounts import AMAZON, CLOUD0, COREWEAVE, INVESTORS_US, LAB0, LAB_KEYS, N_LABS, NVIDIA, VENDOR0
from sim.agents.clouds import NEOCLOUD
from sim.ledger import CLOUD_EQUITY, LAB_EQUITY, PAYOUTS, VENDOR_EQUITY, balance_usd
from sim.markets import capital, deals, turnover

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


# ---------------------------------------------------------------- strategic rounds and clouds


def dry_lab():
    """A world in which one lab needs a round and every round takes place."""
    world = quiet_world()
    p = parameters(world)
    p["finance_round_chance"] = 1.0
    others = (world.labs["owner"] < 0) & (np.arange(len(world.labs)) != 1)
    world.accounts[LAB0 : LAB0 + len(LAB_KEYS)][others] = 10**17
    set_cash(world, LAB0 + 1, 0.0)
    world.opening[:] = world.accounts
    world.labs["valuation_usd"][1] = 1e11
    world.labs["compute_cost"][1] = world.labs["staff_usd"][1] = 1e8
    world.macro["equity_supply"] = 1e13
    return world, p


def test_an_option_is_drawn_in_a_round_and_only_once():
    world, p = dry_lab()
    p["alliances_new_deals"] = 0.0
    put(world, 0, deals.EQUITY, VENDOR0 + NVIDIA, LAB0 + 1, total_usd=1e9, contingent=1)
    set_cash(world, VENDOR0 + NVIDIA, 1e12)
    wanted = capital.wanted_raise(world, 1, p)
    capital.fund_labs(world)
    drawn = flow_usd(world, VENDOR_EQUITY)
    assert drawn == pytest.approx(min(1e9, float(p["alliances_strategic_share_max"]) * wanted))
    assert world.contracts["left_usd"][0] == pytest.approx(1e9 - drawn)
    assert world.labs["raise_usd"][1] == pytest.approx(wanted)
    assert events_of(world, "raise") == [(1, -1, pytest.approx(drawn + flow_usd(world, LAB_EQUITY)))]
    assert closes(world)


def test_strategic_investors_take_a_part_of_a_round_and_never_more_than_most_of_it():
    for supply in (1e13, 1.0):
        world, p = dry_lab()
        world.macro["equity_supply"] = supply
        p["alliances_required_return"], world.labs["growth"][1] = -1.0, 1.0
        for account in (VENDOR0 + NVIDIA, CLOUD0 + AMAZON):
            set_cash(world, account, 1e13)
        world.vendors["revenue"][NVIDIA] = 1e10
        wanted = capital.wanted_raise(world, 1, p)
        capital.fund_labs(world)
        strategic = world.stake_cost[:, 1].sum()
        assert 0.0 < strategic <= float(p["alliances_strategic_share_max"]) * wanted * (1 + 1e-9)
        assert world.labs["raise_usd"][1] <= wanted * (1 + 1e-9)
        assert 0.0 < world.stake[:, 1].sum() < 1.0
        assert closes(world)


def test_clouds_that_earn_less_than_chips_cost_or_are_in_arrears_sell_no_shares():
    for field, value in (("hurdle_ratio", 0.1), ("arrears_months", 1.0), ("hurdle_ratio", 2.0)):
        world = quiet_world()
        world.clouds["hurdle_ratio"] = 2.0
        world.clouds[field] = value
        capital.fund_clouds(world)
        assert (flow_usd(world, CLOUD_EQUITY) > 0.0) == (field == "hurdle_ratio" and value > 1.0)
        assert not world.clouds["equity_raised_usd"][world.clouds["kind"] < NEOCLOUD].any()
        assert closes(world)


def test_new_shares_of_a_cloud_dilute_its_strategic_owners():
    world = quiet_world()
    world.clouds["hurdle_ratio"] = 2.0
    world.stake[NVIDIA, N_LABS + COREWEAVE] = 0.1
    capital.fund_clouds(world)
    sold = world.clouds["equity_raised_usd"][COREWEAVE]
    share = sold / (sold + world.clouds["valuation_usd"][COREWEAVE])
    assert sold > 0.0 and world.stake[NVIDIA, N_LABS + COREWEAVE] == pytest.approx(0.1 * (1.0 - share))


def test_every_cloud_has_a_value_before_anybody_buys_shares_of_it():
    world = quiet_world()
    capital.fund_clouds(world)
    assert (world.clouds["valuation_usd"][world.clouds["active"] == 1] > 0.0).all()


@QUICK
@given(st.floats(0.0, 1e11), st.floats(0.0, 1e11))
def test_write_offs_of_clouds_never_narrow_the_spread(one, other):
    spreads = []
    for losses in sorted((one, other)):
        world = quiet_world()
        world.macro["lender_losses"] = losses
        capital.move_sentiment(world)
        spreads.append(world.macro["credit_spread"][0])
    assert spreads[1] >= spreads[0]
