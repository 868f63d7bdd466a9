"""Limits on vendors' stakes in customers: in rounds, options, dated deals, guarantees and warrants; sales; the rest."""

import numpy as np
import pytest
from finance_world import T, events_of, kinds_of, put, quiet_world, received_usd, set_cash
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import closes, parameters

from sim.accounts import AMD, CLOUD0, COREWEAVE, INVESTORS_US, LAB0, MICROSOFT, N_LABS, N_VENDORS, NVIDIA, VENDOR0
from sim.ledger import SHARE_SALES, VENDOR_EQUITY
from sim.markets import alliances, capital, contracts, deals, stakes
from sim.world import EXPECTED, IN_FORCE

QUICK = settings(max_examples=25, deadline=None)
ANTHROPIC = 1
BOTH = (IN_FORCE, EXPECTED)


def limited(equity=1.0, finance=1.0, divest=0.0, rows=BOTH):
    world = quiet_world()
    world.labs["valuation_usd"][:] = 10e9
    world.clouds["valuation_usd"][:] = 10e9
    world.vendors["revenue"][:] = 1e9
    world.vendors["financed_year_usd"][:] = 0.0
    set_cash(world, VENDOR0 + NVIDIA, 100e9)
    for row in rows:
        world.policy["equity_limit"][row] = equity
        world.policy["vendor_finance_limit"][row] = finance
        world.policy["equity_divest_rate"][row] = divest
    return world


def test_room_for_equity_ends_at_the_limit():
    world = limited(equity=0.1)
    room = stakes.equity_room_usd(world, NVIDIA, ANTHROPIC, IN_FORCE)
    assert room == pytest.approx(10e9 / 9.0)
    stakes.take_stake(world, VENDOR0 + NVIDIA, LAB0 + ANTHROPIC, room)
    assert world.stake[NVIDIA, ANTHROPIC] == pytest.approx(0.1)
    world.stake[NVIDIA, ANTHROPIC] = 0.2
    assert stakes.equity_room_usd(world, NVIDIA, ANTHROPIC, IN_FORCE) == 0.0


def test_room_for_finance_counts_the_past_year_and_shares_not_yet_sold():
    world = limited(finance=0.1)
    assert stakes.finance_room_usd(world, NVIDIA, IN_FORCE) == pytest.approx(1.2e9)
    world.vendors["financed_year_usd"][NVIDIA] = 0.6e9
    world.vendors["financed_usd"][NVIDIA] = 0.1e9
    assert stakes.finance_room_usd(world, NVIDIA, IN_FORCE) == pytest.approx(1.2e9 - 0.55e9 - 0.1e9)
    world.vendors["listed_price"][NVIDIA], world.vendors["equity_index"][NVIDIA] = 100.0, 100.0
    put(world, 0, deals.WARRANTS, LAB0, VENDOR0 + NVIDIA, held_m=5.0)
    assert stakes.finance_room_usd(world, NVIDIA, IN_FORCE) == pytest.approx(0.05e9)


@QUICK
@given(st.floats(0.0, 1.0), st.floats(0.0, 0.5), st.floats(1e6, 50e9), st.floats(0.0, 0.9))
def test_a_limit_never_raises_what_a_vendor_may_hold(equity, finance, amount, held):
    free, bound = limited(), limited(equity=equity, finance=finance)
    for world in (free, bound):
        world.stake[NVIDIA, ANTHROPIC] = held
        contracts.invest(
            world, VENDOR0 + NVIDIA, LAB0 + ANTHROPIC,
            stakes.within_limits(world, VENDOR0 + NVIDIA, LAB0 + ANTHROPIC, amount),
        )  # fmt: skip
    assert bound.stake[NVIDIA, ANTHROPIC] <= free.stake[NVIDIA, ANTHROPIC] + 1e-12
    assert bound.stake[NVIDIA, ANTHROPIC] <= max(equity, held) + 1e-9
    assert received_usd(bound, VENDOR_EQUITY, LAB0 + ANTHROPIC) <= finance * 12e9 + 1.0
    assert closes(bound)


def test_a_dated_deal_pays_up_to_the_limit_and_the_excess_is_logged():
    world = limited(equity=0.05)
    put(world, 0, deals.EQUITY, VENDOR0 + NVIDIA, LAB0 + ANTHROPIC, total_usd=5e9, ends=T)
    contracts.pay_tranches(world)
    assert world.stake[NVIDIA, ANTHROPIC] == pytest.approx(0.05)
    paid = 10e9 * 0.05 / 0.95
    ((who, whom, refused),) = events_of(world, "bound_equity_limit")
    assert (who, whom, refused) == (NVIDIA, stakes.LAB_EVENT + ANTHROPIC, pytest.approx(5e9 - paid))
    assert world.contracts["left_usd"][0] == pytest.approx(5e9 - paid)
    assert closes(world)


def test_an_option_is_drawn_up_to_the_limit():
    world = limited(equity=0.05)
    put(world, 0, deals.EQUITY, VENDOR0 + NVIDIA, LAB0 + ANTHROPIC, total_usd=5e9, contingent=1)
    drawn = capital.draw_options(world, ANTHROPIC, 3e9)
    assert drawn == pytest.approx(10e9 * 0.05 / 0.95)
    assert kinds_of(world).count("bound_equity_limit") == 1


def test_what_is_kept_out_of_a_round_others_may_fill():
    free, bound = limited(), limited(equity=0.0)
    p = parameters(free)
    came = {}
    for name, world in (("free", free), ("bound", bound)):
        set_cash(world, CLOUD0 + MICROSOFT, 300e9)
        world.vendors["stakes_usd"][NVIDIA] = 0.0
        world.vendors["revenue"][NVIDIA] = 10e9
        set_cash(world, VENDOR0 + NVIDIA, 1000e9)
        assert alliances.strategic_appetite(world, NVIDIA, ANTHROPIC, p) > 0.0
        came[name] = capital.raise_from_strategic(world, ANTHROPIC, 1e9, p)
    assert free.stake[NVIDIA, ANTHROPIC] > 0.0
    assert bound.stake[NVIDIA, ANTHROPIC] == 0.0
    clouds = slice(N_VENDORS, None)
    assert bound.stake[clouds, ANTHROPIC].sum() >= free.stake[clouds, ANTHROPIC].sum()
    assert "bound_equity_limit" in kinds_of(bound)
    assert "bound_equity_limit" not in kinds_of(free)


def test_who_will_have_to_sell_does_not_buy_and_who_may_keep_does():
    keeps, sells = limited(equity=0.05, rows=(EXPECTED,)), limited(equity=0.05, divest=0.1, rows=(EXPECTED,))
    assert alliances.lawful_appetite(keeps, NVIDIA, ANTHROPIC, 5e9) == 5e9
    assert alliances.lawful_appetite(sells, NVIDIA, ANTHROPIC, 5e9) == pytest.approx(10e9 * 0.05 / 0.95)
    cloud = N_VENDORS + MICROSOFT
    assert alliances.lawful_appetite(sells, cloud, ANTHROPIC, 5e9) == 5e9


def test_an_announced_limit_stops_promises_that_outlast_it():
    world = limited(finance=0.01, rows=(EXPECTED,))
    assert not alliances.may_promise(world, NVIDIA, CLOUD0 + COREWEAVE, 10e9, 36)
    assert alliances.may_promise(world, NVIDIA, CLOUD0 + COREWEAVE, 0.3e9, 36)
    assert kinds_of(world) == ["bound_equity_limit"]


def test_stakes_above_the_limit_are_sold_at_their_value():
    world = limited(equity=0.05, divest=0.25)
    world.stake[NVIDIA, ANTHROPIC] = 0.25
    world.stake[AMD, N_LABS + COREWEAVE] = 0.04
    world.stake_cost[NVIDIA, ANTHROPIC] = 1e9
    world.vendors["stakes_usd"][NVIDIA] = world.macro["vendor_equity"] = 1e9
    set_cash(world, INVESTORS_US, 500e9)
    stakes.sell_excess_stakes(world)
    assert world.stake[NVIDIA, ANTHROPIC] == pytest.approx(0.2)
    assert world.stake[AMD, N_LABS + COREWEAVE] == 0.04
    assert received_usd(world, SHARE_SALES, VENDOR0 + NVIDIA) == pytest.approx(0.05 * 10e9)
    assert world.vendors["stakes_usd"][NVIDIA] == pytest.approx(0.8e9)
    assert world.macro["vendor_equity"][0] == pytest.approx(0.8e9)
    assert closes(world)


def test_an_agreed_stake_of_a_vendor_stops_at_the_limit():
    world = limited(equity=0.1)
    stakes.agree_on_stake(world, NVIDIA, ANTHROPIC, 0.3)
    assert world.stake[NVIDIA, ANTHROPIC] == pytest.approx(0.1)
    stakes.agree_on_stake(world, N_VENDORS + MICROSOFT, ANTHROPIC, 0.3)
    assert world.stake[N_VENDORS + MICROSOFT, ANTHROPIC] == pytest.approx(0.3)


def test_a_guarantee_pays_no_more_than_the_vendor_may_finance():
    world = limited(finance=0.001)
    put(world, 0, deals.BACKSTOP, VENDOR0 + NVIDIA, CLOUD0 + COREWEAVE, total_usd=50e9, starts=T - 1)
    world.clouds["usable_h100e"][COREWEAVE], world.clouds["rent_income"][COREWEAVE] = 1e6, 0.0
    contracts.call_backstops(world)
    assert world.contracts["due_usd"][0] == pytest.approx(0.001 * 12e9)
    assert "bound_equity_limit" in kinds_of(world)


def test_warrants_vest_within_what_the_vendor_may_finance_and_the_rest_later():
    world = limited(finance=0.01)
    world.vendors["listed_price"][AMD], world.vendors["equity_index"][AMD] = 100.0, 100.0
    put(world, 0, deals.WARRANTS, LAB0, VENDOR0 + AMD, gw=1.0, deployed_gw=1.0, warrants_m=100.0, strike_usd=0.01)
    stakes.vest_warrants(world)
    assert world.contracts["vested_m"][0] == pytest.approx(0.01 * 12e9 / 100e6)
    world.policy["vendor_finance_limit"] = 1.0
    stakes.vest_warrants(world)
    assert world.contracts["vested_m"][0] == pytest.approx(100.0)
    assert np.isfinite(world.contracts["held_m"][0])


def test_the_memory_of_a_year_forgets_a_twelfth_a_month():
    from sim.agents import business

    world = limited()
    world.vendors["financed_year_usd"][NVIDIA], world.vendors["financed_usd"][NVIDIA] = 12e9, 2e9
    business.begin_month(world)
    assert world.vendors["financed_year_usd"][NVIDIA] == pytest.approx(13e9)
    assert world.vendors["financed_usd"][NVIDIA] == 0.0
