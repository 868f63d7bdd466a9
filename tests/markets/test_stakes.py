"""Stakes: what money buys, dilution, agreed stakes, warrants tranche by tranche, shares that are sold."""

import numpy as np
import pytest
from finance_world import T, events_of, put, quiet_world, received_usd, set_cash
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import closes, flow_usd, parameters

from sim.accounts import (
    AMD,
    CLOUD0,
    COREWEAVE,
    GOOGLE,
    INVESTORS_US,
    LAB0,
    MICROSOFT,
    N_LABS,
    N_VENDORS,
    NVIDIA,
    PUBLIC_EQUITY,
    VENDOR0,
)
from sim.ledger import SHARE_SALES, WARRANT_EXERCISE
from sim.markets import deals, stakes

QUICK = settings(max_examples=40, deadline=None)
money = st.floats(0.0, 1e12)


@pytest.mark.parametrize(
    ("account", "holder", "issuer"),
    [
        (LAB0, -1, 0),
        (VENDOR0 + AMD, AMD, -1),
        (CLOUD0 + GOOGLE, N_VENDORS + GOOGLE, N_LABS + GOOGLE),
        (INVESTORS_US, -1, -1),
    ],
)
def test_rows_of_holders_and_issuers(account, holder, issuer):
    assert (stakes.holder_of(account), stakes.issuer_of(account)) == (holder, issuer)


def test_share_that_new_money_buys():
    assert stakes.new_share(1.0, 9.0) == pytest.approx(0.1)
    assert stakes.new_share(1.0, 0.0) == 1.0
    assert stakes.new_share(0.0, 0.0) == 0.0


@QUICK
@given(st.lists(st.tuples(st.integers(-1, 5), st.floats(1.0, 1e11)), max_size=12), st.floats(1e6, 1e12))
def test_after_any_rounds_stakes_lie_between_zero_and_one_and_leave_the_rest_to_others(rounds, valuation):
    world = quiet_world()
    world.labs["valuation_usd"][1] = valuation
    outside = 1.0
    for holder, amount in rounds:
        payer = INVESTORS_US if holder < 0 else VENDOR0 + holder
        share = stakes.new_share(amount, valuation)
        outside = outside * (1.0 - share) + (share if holder < 0 else 0.0)
        stakes.take_stake(world, payer, LAB0 + 1, amount)
    held = world.stake[:, 1]
    assert ((held >= 0.0) & (held <= 1.0)).all()
    assert held.sum() + outside == pytest.approx(1.0), "old and new owners have all of it"
    booked = sum(amount for holder, amount in rounds if holder >= 0)
    assert world.vendors["stakes_usd"].sum() == pytest.approx(booked)
    assert world.macro["vendor_equity"][0] == pytest.approx(booked)
    assert world.stake_cost[:, 1].sum() == pytest.approx(booked)


def test_a_lost_stake_leaves_the_books_at_cost():
    world = quiet_world()
    world.labs["valuation_usd"][1] = 1e9
    stakes.take_stake(world, VENDOR0 + NVIDIA, LAB0 + 1, 1e8)
    stakes.take_stake(world, CLOUD0 + MICROSOFT, LAB0 + 1, 1e8)
    stakes.lose_stakes(world, 1)
    assert not world.stake.any() and not world.stake_cost.any()
    assert world.vendors["stakes_usd"][NVIDIA] == world.macro["vendor_equity"][0] == 0.0


def test_a_holder_that_is_gone_holds_nothing():
    world = quiet_world()
    world.stake[N_VENDORS + COREWEAVE, :3] = 0.2
    world.stake[NVIDIA, 0] = 0.1
    stakes.leave_stakes(world, N_VENDORS + COREWEAVE)
    assert world.stake.sum() == pytest.approx(0.1)


# ---------------------------------------------------------------- warrants

TERMS = {"gw_total": 6.0, "price_start": 100.0, "price_target": 600.0, "warrants_m": 60.0, "tranches": 6}


def vested(gw, price, before=0.0):
    return stakes.warrants_due(
        gw, TERMS["gw_total"], price, TERMS["price_start"], TERMS["price_target"], TERMS["warrants_m"], before,
        TERMS["tranches"],
    )  # fmt: skip


@pytest.mark.parametrize("n", range(1, 7))
def test_tranche_by_tranche(n):
    """Tranche n of 6 needs n gigawatts and a share price of 100 + 100 (n - 1)."""
    hurdle = 100.0 * n
    assert vested(float(n), hurdle) == pytest.approx(10.0 * n)
    assert vested(n - 0.01, hurdle) == pytest.approx(10.0 * (n - 1))
    assert vested(float(n), hurdle - 0.01) == pytest.approx(10.0 * (n - 1))
    assert vested(float(n), hurdle, before=10.0 * (n - 1)) == pytest.approx(10.0)


def test_nothing_is_taken_back_when_the_price_falls():
    assert vested(6.0, 50.0, before=30.0) == 0.0


@QUICK
@given(st.floats(0.0, 8.0), st.floats(0.0, 8.0), st.floats(0.0, 1000.0), st.floats(0.0, 1000.0))
def test_more_chips_and_a_higher_price_never_vest_less(gw, more_gw, price, more_price):
    (gw, more_gw), (price, more_price) = sorted((gw, more_gw)), sorted((price, more_price))
    assert 0.0 <= vested(gw, price) <= vested(more_gw, more_price) <= 60.0


def warrant_world(deployed=1.0, price=100.0):
    world = quiet_world()
    world.vendors["listed_price"][AMD], world.vendors["equity_index"][AMD] = 100.0, price
    world.vendors["shares_m"][AMD] = 1600.0
    set_cash(world, LAB0, 1e9)
    put(
        world, 0, deals.WARRANTS, LAB0, VENDOR0 + AMD, gw=6.0, deployed_gw=deployed, warrants_m=160.0, strike_usd=0.01,
        price_start_usd=100.0, price_target_usd=600.0,
    )  # fmt: skip
    return world


def test_warrants_vest_are_exercised_and_dilute_in_proportion():
    world = warrant_world()
    tranches = parameters(world)["alliances_warrant_tranches"]
    stakes.vest_warrants(world)
    new = 160.0 / tranches
    assert world.contracts["vested_m"][0] == world.contracts["held_m"][0] == pytest.approx(new)
    assert flow_usd(world, WARRANT_EXERCISE) == pytest.approx(new * 1e6 * 0.01, abs=0.01)
    assert world.vendors["shares_m"][AMD] == pytest.approx(1600.0 + new)
    assert stakes.share_price(world, AMD) * (1600.0 + new) == pytest.approx(100.0 * 1600.0), "nobody gains by paper"
    assert events_of(world, "warrants_vest") == [(0, AMD, pytest.approx(new * 1e8))]
    stakes.vest_warrants(world)
    assert len(events_of(world, "warrants_vest")) == 1
    assert closes(world)


def test_shares_are_sold_at_the_going_price_and_faster_when_cash_is_short():
    sold = []
    for cash in (1e14, 0.0):
        world = warrant_world()
        world.contracts["held_m"][0] = 10.0
        set_cash(world, LAB0, cash)
        stakes.sell_shares(world)
        sold.append(10.0 - world.contracts["held_m"][0])
        assert received_usd(world, SHARE_SALES, LAB0) == pytest.approx(sold[-1] * 1e8, abs=0.01)
        assert world.labs["share_sales_usd"][0] == pytest.approx(sold[-1] * 1e8)
    assert sold[1] == pytest.approx(2.0 * sold[0])
    assert sold[0] == pytest.approx(10.0 * parameters(world)["alliances_share_sale_per_month"])


def test_an_estate_sells_all_shares_even_of_a_contract_that_is_over():
    world = warrant_world()
    world.contracts["held_m"][0], world.contracts["state"][0] = 10.0, deals.OVER
    world.contracts["ends"][0] = T - 1
    before = world.accounts[PUBLIC_EQUITY]
    stakes.sell_all_shares(world, 1)
    assert world.contracts["held_m"][0] == 10.0, "shares of another lab stay where they are"
    stakes.sell_all_shares(world, 0)
    assert world.contracts["held_m"][0] == 0.0
    assert before - world.accounts[PUBLIC_EQUITY] == 10**11
    assert np.isclose(world.labs["share_sales_usd"][0], 1e9)
