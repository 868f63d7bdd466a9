"""Private equity and its lenders: valuation, returns of buyouts, interest from the tail, default, sales, dry powder."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from worlds import closes, copy_world, flow_usd, parameters, world_after

from sim import events
from sim.accounts import PRIVATE_EQUITY
from sim.agents import private_equity as pe
from sim.agents.software import share_below_line
from sim.ledger import (
    BUYOUTS,
    FUND_CALLS,
    LOANS,
    RECOVERIES,
    REPAYMENTS,
    SOFTWARE_INTEREST,
    balance_usd,
)

QUICK = settings(max_examples=25, deadline=None)
POSITIVE = st.floats(0.05, 20.0)
SPREADS = st.floats(0.1, 1.2)


def set_spread(world, spread):
    world.macro["credit_spread"] = spread


@QUICK
@given(POSITIVE, POSITIVE, SPREADS)
def test_what_firms_pay_is_the_mean_of_cash_capped_by_the_claim(mean, cap, spread):
    cash = stats.lognorm(spread, scale=mean * np.exp(-(spread**2) / 2))
    below = cash.cdf(cap)
    paid = pe.mean_capped(mean, cap, spread)
    assert paid == pytest.approx(cash.expect(lambda x: x, ub=cap) + cap * (1.0 - below), rel=1e-6, abs=1e-9)
    assert paid <= min(mean, cap) * (1.0 + 1e-12)
    assert pe.part_below_line(mean, cap, spread) <= share_below_line(mean, cap, spread)


def test_nobody_pays_out_of_nothing():
    assert pe.mean_capped(0.0, 3.0, 0.5) == pe.mean_capped(3.0, 0.0, 0.5) == 0.0
    assert pe.part_below_line(0.0, 1.0, 0.5) == 1.0


def test_multiple_is_gordon_without_extra_growth_and_falls_with_rates():
    assert pe.value_multiple(0.03, 0.09, 0.03, 5.0, 0.7) == pytest.approx(0.7 * 1.03 / 0.06)
    assert pe.value_multiple(0.13, 0.09, 0.03, 5.0, 1.0) == pytest.approx((1.03 + 0.5) / 0.06)
    assert pe.value_multiple(0.1, 0.10, 0.03, 5.0, 0.7) < pe.value_multiple(0.1, 0.09, 0.03, 5.0, 0.7)


def test_return_of_a_buyout_in_closed_form():
    irr = pe.buyout_return(10.0, 0.0, 0.1, 0.0, 0.0, 0.0, 20.0, 5.0)
    assert irr == pytest.approx(2.0**0.2 - 1.0)
    # Debt that nothing repays compounds: left is M exp(5 g) (1 + lift) - L (1 + r)^5.
    irr = pe.buyout_return(12.0, 6.0, 0.09, 0.08, 0.2, 0.0, 12.0, 5.0)
    left = 12.0 * 1.2 * np.exp(0.4) - 6.0 * 1.09**5
    assert irr == pytest.approx((left / 6.0) ** 0.2 - 1.0)
    assert pe.buyout_return(6.0, 6.0, 0.09, 0.1, 0.0, 0.7, 12.0, 5.0) == -1.0
    assert pe.buyout_return(12.0, 6.0, 0.2, -0.5, 0.0, 0.7, 3.0, 5.0) == -1.0


def test_return_of_a_buyout_discounts_its_cash_flows_to_zero():
    price, debt, rate, growth, lift, cash, multiple = 19.0, 6.3, 0.09, 0.07, 0.25, 0.7, 15.0
    owed = debt
    for k in range(1, 6):
        owed += owed * rate - cash * (1.0 + lift) * np.exp(growth * k)
    flows = np.array([debt - price, 0.0, 0.0, 0.0, 0.0, multiple * (1.0 + lift) * np.exp(growth * 5) - owed])
    root = optimize.brentq(lambda r: (flows / (1.0 + r) ** np.arange(6)).sum(), -0.5, 1.0)
    assert pe.buyout_return(price, debt, rate, growth, lift, cash, multiple, 5.0) == pytest.approx(root)


@QUICK
@given(
    st.floats(8.0, 25.0), st.floats(0.0, 7.0), st.floats(0.02, 0.2), st.floats(0.02, 0.2), st.floats(-0.3, 0.2),
    st.floats(-0.3, 0.2),
)  # fmt: skip
def test_dearer_debt_and_slower_growth_never_raise_the_return(price, debt, r1, r2, g1, g2):
    r1, r2 = sorted((r1, r2))
    g1, g2 = sorted((g1, g2))
    best = pe.buyout_return(price, debt, r1, g2, 0.2, 0.7, 15.0, 5.0)
    assert pe.buyout_return(price, debt, r2, g2, 0.2, 0.7, 15.0, 5.0) <= best + 1e-12
    assert pe.buyout_return(price, debt, r1, g1, 0.2, 0.7, 15.0, 5.0) <= best + 1e-12


def test_lenders_limit_leverage_by_mood_cover_and_price():
    assert pe.granted_leverage(6.0, 1.0, 0.05, 1.5, 0.5, 20.0) == 6.0
    assert pe.granted_leverage(6.0, 0.5, 0.05, 1.5, 0.5, 20.0) == 3.0
    assert pe.granted_leverage(6.0, 1.0, 0.2, 1.25, 0.5, 20.0) == pytest.approx(4.0)
    assert pe.granted_leverage(6.0, 1.0, 0.05, 1.5, 0.5, 4.0) == pytest.approx(2.0)


@QUICK
@given(st.floats(0.0, 0.3), st.floats(0.0, 0.3))
def test_higher_rates_never_mean_fewer_defaults_or_more_buyouts(one, other):
    defaults, arrears, bought = [], [], []
    for spread in sorted((one, other)):
        world = world_after(24)
        set_spread(world, spread)
        pe.value_software(world)
        pe.service_loans(world)
        pe.trade_software(world)
        defaults.append(world.software["defaults"].copy())
        arrears.append(world.software["arrears"].copy())
        bought.append(world.software["buyouts"].copy())
    assert (defaults[1] >= defaults[0]).all()
    assert (arrears[1] >= arrears[0] - 0.01).all()
    assert (bought[1] <= bought[0]).all()


def test_interest_is_paid_as_far_as_cash_goes_and_the_rest_is_added_to_the_loan():
    world = world_after(24)
    p = parameters(world)
    p["software_default_hazard"] = p["software_cash_sweep"] = 0.0
    before = copy_world(world)
    pe.service_loans(world)
    rate = p["finance_risk_free_rate"] + world.macro["credit_spread"][0]
    due = before.vintages["debt_usd"] * rate / 12.0
    cash = before.vintages["revenue"] * before.vintages["margin"] * p["software_cash_for_interest"]
    pays = np.array([pe.mean_capped(c, d, float(p["software_cover_spread"])) for c, d in zip(cash, due, strict=True)])
    assert flow_usd(world, SOFTWARE_INTEREST) == pytest.approx(pays.sum())
    assert world.vintages["debt_usd"] == pytest.approx(before.vintages["debt_usd"] + due - pays)
    assert world.software["arrears"][1::2].sum() == pytest.approx((due - pays).sum())
    assert (world.software["defaults"] == before.software["defaults"]).all()
    assert closes(world)


def test_a_default_is_a_claim_reduced_and_a_firm_sold_for_less():
    world = world_after(24)
    p = parameters(world)
    p["software_cash_sweep"] = 0.0
    before = copy_world(world)
    pe.service_loans(world)
    after = world.software[1::2]
    owned = before.software[1::2]
    failed = after["defaults"] - owned["defaults"]
    assert (failed > 0.0).all()
    assert after["firms"] == pytest.approx(owned["firms"] - failed)
    kept = (1.0 - p["software_closed_share"]) * failed
    assert world.software["firms"][0::2] == pytest.approx(before.software["firms"][0::2] + kept)
    # Interest due, less what was paid, less what was written off or recovered, is the change of the debt.
    written_off, recovered = after["losses"].sum(), flow_usd(world, RECOVERIES)
    change = after["debt_usd"].sum() - owned["debt_usd"].sum()
    assert change == pytest.approx(after["arrears"].sum() - written_off - recovered)
    assert 0.3 < recovered / (recovered + written_off) < 0.8
    gone = world.events[int(before.event_count[0]) : int(world.event_count[0])]
    assert {int(kind) for kind in gone[:, 1]} <= {events.SOFTWARE_DEFAULT}
    assert closes(world)


def test_weak_firms_leave_so_that_the_cover_of_the_others_rises():
    world = world_after(24)
    set_spread(world, 0.1)
    before = copy_world(world)
    pe.service_loans(world)
    firms = world.vintages["firms"] / np.maximum(before.vintages["firms"], 1e-9)
    revenue = world.vintages["revenue"] / np.maximum(before.vintages["revenue"], 1e-9)
    bought = before.vintages["firms"] > 0.0
    assert (revenue[bought] > firms[bought]).all()


@pytest.mark.parametrize("link", [0.0, 1.0])
def test_losses_reach_the_spread_only_through_the_link(link):
    world = world_after(24)
    parameters(world)["software_credit_link"] = link
    set_spread(world, 0.1)
    world.macro["credit_losses"] = 1e8
    pe.service_loans(world)
    losses = world.software["losses"].sum()
    assert losses > 0.0
    assert world.macro["credit_losses"][0] == pytest.approx(0.9e8 + 0.1 * losses * link)


def test_buyouts_are_paid_with_loans_and_called_money():
    world = world_after(24)
    before = copy_world(world)
    pe.value_software(world)
    pe.trade_software(world)
    listed = world.software[0::2]
    assert (listed["buyouts"] > 0.0).all()
    assert flow_usd(world, BUYOUTS) == pytest.approx(listed["buyouts"].sum())
    assert flow_usd(world, FUND_CALLS) > 0.0
    p = parameters(world)
    price = listed["multiple"] * (1.0 + p["software_takeover_premium"])
    equity = (listed["buyouts"] * (1.0 - listed["leverage"] / price)).sum()
    change = balance_usd(world, PRIVATE_EQUITY) - balance_usd(before, PRIVATE_EQUITY)
    assert change == pytest.approx(flow_usd(world, FUND_CALLS) - equity, rel=1e-6)
    debt = world.vintages["debt_usd"].sum() - before.vintages["debt_usd"].sum()
    assert debt == pytest.approx(flow_usd(world, LOANS) - flow_usd(world, REPAYMENTS))
    # Firms change hands, none is made or lost.
    for name in ("firms", "revenue"):
        assert world.software[name].sum() == pytest.approx(before.software[name].sum())
    assert closes(world)


def test_without_dry_powder_buyouts_are_cut_and_the_bound_is_logged():
    world = world_after(24)
    moved = world.accounts[PRIVATE_EQUITY]
    world.accounts[-1] += moved
    world.accounts[PRIVATE_EQUITY] = 0
    parameters(world)["software_fund_calls_usd_per_year"] = 1.2e9
    first = int(world.event_count[0])
    pe.value_software(world)
    pe.trade_software(world)
    logged = world.events[first : int(world.event_count[0])]
    assert events.BOUND_DRY_POWDER in logged[:, 1]
    assert balance_usd(world, PRIVATE_EQUITY) == pytest.approx(0.0, abs=1.0)
    assert 0.0 < flow_usd(world, BUYOUTS) < 1e9


def test_switched_off_private_equity_neither_calls_nor_buys_nor_sells():
    world = world_after(24)
    parameters(world)["software_buyouts"] = 0.0
    before = copy_world(world)
    pe.value_software(world)
    pe.trade_software(world)
    assert not world.flows.any()
    assert (world.vintages == before.vintages).all()
    assert (world.software["buyouts"] == 0.0).all()


def test_only_ripe_firms_worth_more_than_their_debt_are_sold():
    world = world_after(24)
    before = copy_world(world)
    world.software["multiple"] = 1e-3
    pe.sell_firms(world)
    assert (world.vintages["revenue"] == before.vintages["revenue"]).all()
    world = copy_world(before)
    pe.sell_firms(world)
    ripe = 2025 - world.vintages["year"] >= parameters(world)["software_exit_after_years"]
    assert (world.vintages["firms"][ripe] < before.vintages["firms"][ripe]).all()
    assert (world.vintages["firms"][~ripe] == before.vintages["firms"][~ripe]).all()
    # The better firms are sold: more earnings than firms or debt.
    sold = before.vintages["firms"][ripe] / world.vintages["firms"][ripe]
    earned = before.vintages["revenue"][ripe] / world.vintages["revenue"][ripe]
    assert (earned >= sold).all()
    assert closes(world)


def test_a_new_year_joins_the_two_oldest_vintages():
    world = world_after(24)
    before = copy_world(world)
    v = pe.vintage_of_year(world, 1, 2025)
    mine = world.vintages["cohort"] == 1
    assert world.vintages["year"][v] == 2025 and world.vintages["debt_usd"][v] == 0.0
    for name in ("revenue", "debt_usd", "firms"):
        assert world.vintages[name][mine].sum() == pytest.approx(before.vintages[name][mine].sum())
    assert (world.vintages[~mine] == before.vintages[~mine]).all()
    assert len(set(world.vintages["year"][mine])) == mine.sum()
    assert pe.vintage_of_year(world, 1, 2025) == v


def test_funds_borrow_only_up_to_what_lenders_grant():
    world = world_after(24)
    world.software["leverage"] = 0.5
    before = copy_world(world)
    pe.borrow_on_firms(world)
    assert (world.vintages["debt_usd"] == before.vintages["debt_usd"]).all()
    world.software["leverage"] = 9.0
    powder = balance_usd(world, PRIVATE_EQUITY)
    pe.borrow_on_firms(world)
    granted = 12.0 * 9.0 * world.vintages["revenue"] * world.vintages["margin"]
    assert (world.vintages["debt_usd"] <= granted * (1.0 + 1e-9)).all()
    assert world.vintages["debt_usd"].sum() > before.vintages["debt_usd"].sum()
    assert balance_usd(world, PRIVATE_EQUITY) == pytest.approx(powder)
