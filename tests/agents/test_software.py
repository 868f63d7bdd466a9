"""Software firms: adoption by payoff, loss of work, repricing of seats, margins under fixed costs, payments."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from worlds import baseline, closes, copy_world, flow_usd, parameters, world_after

from sim.accounts import N_ACCOUNTS, PRIVATE_EQUITY, SOFTWARE0
from sim.agents import private_equity, software
from sim.ledger import DIVIDENDS, LEGACY_CAPEX, SOFTWARE_AI_COSTS, SOFTWARE_COSTS, SOFTWARE_SALES, balance_usd

QUICK = settings(max_examples=25, deadline=None)
SHARE = st.floats(0.0, 1.0)
P = parameters(world_after(0)).copy()


def with_values(**values):
    """Parameters of the baseline's first month with some of group software replaced."""
    p = P.copy()
    for name, value in values.items():
        p[f"software_{name}"] = value
    return p


def live(world):
    """The acts of software firms and their owners in the order of the month."""
    software.adopt_ai(world)
    software.sell_software(world)
    private_equity.value_software(world)
    private_equity.service_loans(world)
    private_equity.trade_software(world)
    software.pay_out_surplus(world)


@QUICK
@given(st.floats(0.01, 5.0), st.floats(0.01, 5.0), st.floats(0.1, 1.5))
def test_shares_of_firms_are_those_of_a_lognormal(value, median, spread):
    share = software.share_above(value, median, spread)
    assert share == pytest.approx(stats.lognorm.cdf(value, spread, scale=median), rel=1e-9, abs=1e-15)
    # Below a line about the mean of the distribution, not its median.
    below = software.share_below_line(value, median, spread)
    scale = value * np.exp(-(spread**2) / 2)
    assert below == pytest.approx(stats.lognorm.cdf(median, spread, scale=scale), rel=1e-9, abs=1e-15)
    assert software.share_above(0.0, median, spread) == 0.0
    assert software.share_below_line(0.0, median, spread) == 1.0


def test_growth_is_base_less_loss_on_seats_and_use_plus_adoption():
    assert software.software_growth(0.1, 0.08, 1.0, 0.4, 0.5, 0.04) == pytest.approx(0.1 - 0.08 + 0.02)
    assert software.software_growth(0.1, 0.08, 0.5, 0.4, 0.0, 0.04) == pytest.approx(0.1 - 0.08 * 0.7)


def test_loss_of_work_by_hand_and_nothing_before_capability_or_without_the_switch():
    p = with_values(disruption_rate=0.05, disruption_exponent=1.0, exposure_breadth=1.0)
    assert software.loss_of_work(146.0, 0.8, p) == pytest.approx(0.05 * 2.0 * 0.8)
    assert software.loss_of_work(126.0, 0.8, p) == software.loss_of_work(90.0, 0.8, p) == 0.0
    p = with_values(disruption_rate=0.05, disruption_exponent=1.5, exposure_breadth=2.0)
    assert software.loss_of_work(166.0, 0.5, p) == pytest.approx(0.05 * 8.0 * 0.75)
    assert software.loss_of_work(166.0, 0.5, with_values(disruption=0.0)) == 0.0


@QUICK
@given(SHARE, SHARE, st.floats(100.0, 220.0), st.floats(100.0, 220.0), st.floats(0.0, 0.2), st.floats(0.0, 0.2))
def test_loss_rises_with_exposure_capability_and_rate(e1, e2, q1, q2, d1, d2):
    losses = [
        software.loss_of_work(q, e, with_values(disruption_rate=d))
        for e, q, d in zip(sorted((e1, e2)), sorted((q1, q2)), sorted((d1, d2)), strict=True)
    ]
    assert losses[1] >= losses[0] >= 0.0


@QUICK
@given(st.floats(0.01, 100.0), st.floats(0.01, 100.0), st.floats(110.0, 200.0), SHARE)
def test_dearer_tokens_never_save_more_nor_bring_more_adopters(one, other, capability, adoption):
    saved, adopters = [], []
    for price in sorted((one, other)):
        saving, cost = software.work_by_ai(capability, price, P)
        saved.append(saving)
        adopters.append(software.next_adoption(adoption, saving, P))
        assert cost >= 0.0
    assert saved[1] <= saved[0]
    assert adopters[1] <= adopters[0]


def test_saving_by_hand_and_nothing_where_tokens_cost_as_much_as_labour():
    p = with_values(automatable_share=0.5, wage_usd_per_hour=80.0, tokens_per_hour_m=2.0)
    saving, cost = software.work_by_ai(float(p["software_automatable_at_eci"]), 10.0, p)
    assert (saving, cost) == pytest.approx((0.25 * 0.75, 0.25 * 0.25))
    saving, _ = software.work_by_ai(190.0, 40.0, p)
    assert saving == pytest.approx(0.0)


def test_adopters_stay_while_they_save_and_leave_when_tokens_cost_more():
    assert software.next_adoption(0.9, 1e-4, P) == pytest.approx(0.9)
    assert software.next_adoption(0.9, -0.1, P) < 0.9
    median = float(P["software_adoption_cost"])
    moved = software.next_adoption(0.1, median, P) - 0.1
    assert moved == pytest.approx(0.4 * (1.0 - np.exp(-P["software_adoption_rate"] / 12.0)))


def test_costs_that_stay_press_the_margin_until_firms_have_cut():
    p = with_values(fixed_cost_share=0.4, cost_adjustment_months=12.0)
    assert software.next_margin(0.3, 0.3, 0.0, p) == pytest.approx(0.3)
    assert software.next_margin(0.3, 0.3, 0.12, p) == pytest.approx(0.3 - 0.4 * 0.7 * 0.01)
    assert software.next_margin(0.24, 0.36, 0.0, p) == pytest.approx(0.24 + 0.01 * (1.0 + 1.0 / 3.0))
    assert software.next_margin(0.0, 0.36, 0.0, p) == pytest.approx(0.06)
    assert software.next_margin(0.36, 0.24, 0.0, p) == pytest.approx(0.35)
    assert software.next_margin(0.3, 0.3, -0.1, p) == pytest.approx(0.3)


def test_revenue_compounds_at_the_growth_of_the_cohort_and_is_paid():
    world = world_after(30)
    before = copy_world(world)
    software.adopt_ai(world)
    software.sell_software(world)
    after = world.software
    listed = after["owner"] == 0
    grown = before.software["revenue"] * np.exp(after["growth"] / 12.0)
    assert after["revenue"][listed] == pytest.approx(grown[listed])
    # Firms of private equity with thin cover grow less: they save on sales and development.
    assert (after["revenue"][~listed] < grown[~listed]).all()
    assert flow_usd(world, SOFTWARE_SALES) == pytest.approx(after["revenue"].sum())
    assert flow_usd(world, SOFTWARE_AI_COSTS) == pytest.approx(after["ai_cost"].sum())
    costs = after["revenue"] * (1.0 - after["margin"]) - after["ai_cost"]
    invested = after["revenue"] * after["margin"] * (1.0 - parameters(world)["software_cash_for_interest"])
    assert flow_usd(world, SOFTWARE_COSTS) == pytest.approx(costs.sum())
    assert flow_usd(world, LEGACY_CAPEX) == pytest.approx(invested.sum())
    assert closes(world)
    assert SOFTWARE0 + len(after) <= N_ACCOUNTS


def test_firms_have_adopted_by_the_end_of_2025_because_tokens_became_cheap():
    cheap, dear = world_after(36), world_after(36)
    dear.communities["price_index"] = 40.0
    for world in (cheap, dear):
        software.adopt_ai(world)
    assert (cheap.software["adoption"] > 0.3).all()
    assert (dear.software["adoption"] < cheap.software["adoption"]).all()
    assert (dear.software["ai_saving"] < 0.0).all() and (dear.software["ai_cost"] == 0.0).all()


def test_switches_turn_adoption_and_disruption_off():
    world = world_after(36)
    p = parameters(world)
    p["software_adoption"], p["software_disruption"] = 0.0, 0.0
    before = copy_world(world)
    software.adopt_ai(world)
    assert (world.software["adoption"] == before.software["adoption"]).all()
    assert (world.software["ai_saving"] == 0.0).all() and (world.software["ai_cost"] == 0.0).all()
    assert (world.software["seat_share"] == before.software["seat_share"]).all()
    assert (world.software["passed_on"] == 0.0).all()
    paid_back = -12.0 * np.log(1.0 - before.software["passed_on"])  # prices return once to what they were
    assert world.software["growth"] == pytest.approx(p["software_base_growth"] + paid_back)


@QUICK
@given(st.floats(0.0, 0.2), st.floats(0.0, 0.2))
def test_more_disruption_never_means_more_revenue(one, other):
    revenue = []
    for rate in sorted((one, other)):
        world = world_after(36)
        parameters(world)["software_disruption_rate"] = rate
        live(world)
        revenue.append(world.software["revenue"].reshape(-1, 2).sum(axis=1))
    assert (revenue[1] <= revenue[0] * (1.0 + 1e-12)).all()


def test_exposed_firms_convert_seats_soonest():
    world = world_after(36)
    before = world.software["seat_share"].copy()
    software.adopt_ai(world)
    converted = (before - world.software["seat_share"]) / before
    assert (converted >= 0.0).all()
    assert converted[0] < converted[2] < converted[4]


def test_customers_buy_only_what_is_on_offer_to_them():
    world = world_after(30)
    c = software.enterprise_customers(world)
    best = software.usable_capability(world, c)
    assert 126.0 < best <= world.macro["frontier_us"][0]
    world.channel_price[c] = 0.0
    assert software.usable_capability(world, c) == 0.0


def test_surplus_goes_to_owners_and_funds_keep_none_of_it():
    world = world_after(30)
    powder = balance_usd(world, PRIVATE_EQUITY)
    world.accounts[SOFTWARE0 + 1] += 10**13
    world.opening[SOFTWARE0 + 1] += 10**13
    software.pay_out_surplus(world)
    assert balance_usd(world, SOFTWARE0 + 1) == pytest.approx(3.0 * world.software["revenue"][1])
    assert balance_usd(world, PRIVATE_EQUITY) == pytest.approx(powder)
    assert flow_usd(world, DIVIDENDS) > 1e10
    assert closes(world)


RANGES = [
    (name.replace(".", "_"), record.low, record.high)
    for name, record in baseline().registry.records.items()
    if name.startswith("software.") and not record.options
]


@settings(max_examples=15, deadline=None)
@given(st.lists(SHARE, min_size=len(RANGES), max_size=len(RANGES)), st.floats(0.0, 0.3), st.floats(0.3, 2.0))
def test_anywhere_in_the_ranges_numbers_are_finite_and_accounts_close(places, spread, mood):
    world = world_after(36)
    p = parameters(world)
    for (name, low, high), place in zip(RANGES, places, strict=True):
        p[name] = low + place * (high - low)
    p["software_holding_years"] = round(float(p["software_holding_years"]))
    world.macro["credit_spread"], world.macro["sentiment"] = spread, mood
    for _ in range(6):
        live(world)
    assert closes(world)
    for table in (world.software, world.vintages):
        for name in table.dtype.names:
            assert np.isfinite(table[name]).all(), name
    for name in ("revenue", "firms", "debt_usd"):
        assert (world.vintages[name] >= 0.0).all() and (world.software[name] >= 0.0).all(), name
    for name in ("adoption", "seat_share", "thin_share"):
        assert ((world.software[name] >= 0.0) & (world.software[name] <= 1.0)).all(), name
    assert (world.accounts[SOFTWARE0 : SOFTWARE0 + 6] >= 0).all()
