"""Contracts in force: tranches, ramps of take-or-pay, what clouds can ask for, backstops, partners, warrants' chips."""

import numpy as np
import pytest
from finance_world import T, events_of, put, quiet_world, received_usd, set_cash
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import closes, flow_usd, parameters

from sim.accounts import AMD, ASSEMBLY_PARTNER, CLOUD0, COREWEAVE, GOOGLE, LAB0, MICROSOFT, NVIDIA, ORACLE, VENDOR0
from sim.ledger import LAB_EQUITY, PARTNER_FUNDING, PREPAYMENTS, VENDOR_EQUITY
from sim.markets import contracts, deals
from sim.world import HOURS_PER_MONTH

QUICK = settings(max_examples=25, deadline=None)
OPENAI, ANTHROPIC = LAB0, LAB0 + 1


def lone(total=1200.0, starts=T, months=12):
    """A take-or-pay contract of a world, as a record."""
    world = quiet_world()
    put(world, 0, deals.TAKE_OR_PAY, OPENAI, CLOUD0 + ORACLE, total_usd=total, starts=starts, ends=starts + months - 1)
    return world, world.contracts[0]


# ---------------------------------------------------------------- closed forms


def test_the_ramp_is_a_line_up_to_one():
    assert [contracts.ramp_weight(age, 4.0) for age in range(6)] == pytest.approx([0.25, 0.5, 0.75, 1.0, 1.0, 1.0])
    assert contracts.ramp_weight(0.0, 0.0) == 1.0


def test_due_without_a_ramp_is_in_equal_parts():
    _, contract = lone()
    assert contracts.amount_due(contract, T, T, 1.0) == pytest.approx(100.0)
    assert contracts.amount_due(contract, T, T + 11, 1.0) == pytest.approx(100.0)


def test_due_with_a_ramp_by_hand():
    """Three months, ramp of two: weights 1/2, 1, 1 of 1000 are 200, 400, 400."""
    _, contract = lone(total=1000.0, months=3)
    assert [contracts.amount_due(contract, T, T + n, 2.0) for n in range(3)] == pytest.approx([200.0, 400.0, 400.0])


def test_nothing_is_due_before_the_start_and_after_the_end():
    _, contract = lone(starts=T + 3)
    assert contracts.amount_due(contract, T, T + 2, 6.0) == 0.0
    assert contracts.amount_due(contract, T, T + 15, 6.0) == 0.0


@QUICK
@given(st.floats(1.0, 1e12), st.integers(0, 30), st.integers(1, 90), st.floats(1.0, 60.0))
def test_dues_add_up_to_the_total_over_the_term(total, wait, months, ramp):
    world, contract = lone(total, T + wait, months)
    seen = [contracts.amount_due(contract, T, T + n, ramp) for n in range(wait + months + 2)]
    assert sum(seen) == pytest.approx(total, rel=1e-9)
    assert all(later >= earlier * (1 - 1e-12) for earlier, later in zip(seen[wait:], seen[wait + 1 : -2], strict=False))
    paid = 0.0
    for n in range(wait + months):
        due = contracts.amount_due(world.contracts[0], T + n, T + n, ramp)
        assert due == pytest.approx(seen[n], rel=1e-6, abs=1e-6)
        world.contracts["left_usd"][0] -= due
        paid += due
    assert paid == pytest.approx(total, rel=1e-9)


def test_a_missed_month_is_spread_over_the_rest():
    _, contract = lone()
    assert contracts.amount_due(contract, T + 6, T + 6, 1.0) == pytest.approx(200.0)


def test_tranches_are_equal_and_take_all_by_the_end():
    world, contract = lone(total=900.0, months=3)
    for n in range(3):
        part = contracts.tranche(contract, T + n)
        assert part == pytest.approx(300.0)
        world.contracts["left_usd"][0] -= part
    assert world.contracts["left_usd"][0] == pytest.approx(0.0)
    assert contracts.tranche(contract, T - 1) == 0.0


# ---------------------------------------------------------------- announcing


def test_deals_begin_on_their_day_and_end_with_their_term():
    world = quiet_world()
    put(world, 0, deals.MEMO, OPENAI, VENDOR0, state=deals.ANNOUNCED, announced=T, event=3)
    put(world, 1, deals.MEMO, OPENAI, VENDOR0, state=deals.ANNOUNCED, announced=T + 1, event=4)
    put(world, 2, deals.EQUITY, VENDOR0, OPENAI, ends=T - 1)
    put(world, 3, deals.TAKE_OR_PAY, OPENAI, CLOUD0, ends=T - 1, unpaid_usd=5.0)
    contracts.announce_deals(world)
    assert world.contracts["state"][:4].tolist() == [deals.RUNNING, deals.ANNOUNCED, deals.OVER, deals.RUNNING]
    assert [event[0] for event in events_of(world, "deal")] == [3]


@QUICK
@given(st.floats(0.0, 0.6), st.floats(0.0, 0.4), st.floats(0.01, 1.0))
def test_an_agreed_stake_leaves_at_most_the_rest_to_others(one, other, agreed):
    world = quiet_world()
    world.stake[NVIDIA, 0], world.stake[6 + GOOGLE, 0] = one, other
    put(world, 0, deals.TAKE_OR_PAY, OPENAI, CLOUD0, state=deals.ANNOUNCED, announced=T, stake_after=agreed)
    contracts.announce_deals(world)
    assert world.stake[6 + MICROSOFT, 0] == agreed
    assert world.stake[:, 0].sum() <= 1.0 + 1e-12
    if one + other + agreed <= 1.0:
        assert world.stake[[NVIDIA, 6 + GOOGLE], 0] == pytest.approx([one, other], abs=1e-12)


# ---------------------------------------------------------------- paying tranches


def test_equity_is_paid_booked_and_bought_at_the_valuation():
    world = quiet_world()
    set_cash(world, VENDOR0 + NVIDIA, 1e12)
    world.labs["valuation_usd"][1] = 9e9
    put(world, 0, deals.EQUITY, VENDOR0 + NVIDIA, ANTHROPIC, total_usd=12e9)
    contracts.pay_tranches(world)
    assert received_usd(world, VENDOR_EQUITY, ANTHROPIC) == 1e9
    assert world.stake[NVIDIA, 1] == pytest.approx(0.1)
    assert world.vendors["stakes_usd"][NVIDIA] == world.macro["vendor_equity"][0] == 1e9
    assert world.contracts["left_usd"][0] == 11e9
    assert events_of(world, "stake_taken") == [(NVIDIA, 1, 1e9)]
    contracts.pay_tranches(world)
    assert len(events_of(world, "stake_taken")) == 1, "a first stake is taken once"
    assert closes(world)


def test_a_poor_investor_pays_half_of_what_it_has():
    world = quiet_world()
    set_cash(world, CLOUD0 + GOOGLE, 100.0)
    put(world, 0, deals.EQUITY, CLOUD0 + GOOGLE, ANTHROPIC, total_usd=12e9)
    contracts.pay_tranches(world)
    assert flow_usd(world, LAB_EQUITY) == 50.0


@pytest.mark.parametrize("gone", [{"active": 0}, {"entry": T + 5}, {"owner": MICROSOFT}])
def test_nobody_puts_money_into_a_lab_that_is_gone_not_there_yet_or_owned(gone):
    world = quiet_world()
    set_cash(world, VENDOR0 + NVIDIA, 1e12)
    for field, value in gone.items():
        world.labs[field][1] = value
    put(world, 0, deals.EQUITY, VENDOR0 + NVIDIA, ANTHROPIC, total_usd=12e9)
    contracts.pay_tranches(world)
    assert flow_usd(world, VENDOR_EQUITY) == 0.0 and not world.stake.any()


def test_a_contingent_commitment_waits_for_a_round():
    world = quiet_world()
    set_cash(world, VENDOR0 + NVIDIA, 1e12)
    put(world, 0, deals.EQUITY, VENDOR0 + NVIDIA, ANTHROPIC, total_usd=12e9, contingent=1)
    contracts.pay_tranches(world)
    assert flow_usd(world, VENDOR_EQUITY) == 0.0 and world.contracts["left_usd"][0] == 12e9


def test_a_cluster_is_prepaid_in_part():
    world = quiet_world()
    set_cash(world, CLOUD0 + ORACLE, 1e12)
    put(world, 0, deals.CLUSTER, CLOUD0 + ORACLE, VENDOR0 + NVIDIA, total_usd=12e9)
    contracts.pay_tranches(world)
    ahead = float(parameters(world)["alliances_prepayment_share"]) * 1e9
    assert received_usd(world, PREPAYMENTS, VENDOR0 + NVIDIA) == pytest.approx(ahead)
    assert world.prepaid[NVIDIA, ORACLE] == pytest.approx(ahead)


def test_partner_funding_becomes_packages_after_the_lag_and_none_are_lost():
    world = quiet_world()
    set_cash(world, VENDOR0 + AMD, 1e12)
    world.vendors["partner_pipeline"][:] = 0.0
    world.vendors["partner_packages"][:] = 0.0
    before = world.vendors["packages"][AMD]
    put(world, 0, deals.PARTNER, VENDOR0 + AMD, ASSEMBLY_PARTNER, total_usd=12e9)
    contracts.pay_tranches(world)
    p = parameters(world)
    packages = 1e9 * p["alliances_partner_capacity_share"] / p["alliances_partner_usd_per_package"]
    assert received_usd(world, PARTNER_FUNDING, ASSEMBLY_PARTNER) == 1e9
    for _ in range(12):
        contracts.advance_partners(world)
        there = world.vendors["partner_packages"][AMD] + world.vendors["partner_pipeline"][AMD].sum()
        assert there == pytest.approx(packages)
    assert world.vendors["partner_packages"][AMD] < 0.5 * packages
    for _ in range(200):
        contracts.advance_partners(world)
    assert world.vendors["packages"][AMD] - before == pytest.approx(packages, rel=1e-3)
    assert events_of(world, "assembly_capacity")


# ---------------------------------------------------------------- falling due


@QUICK
@given(st.lists(st.floats(1e6, 1e13), min_size=1, max_size=4), st.integers(1, 60))
def test_all_customers_together_never_owe_more_than_the_cloud_can_serve(totals, months):
    world = quiet_world()
    for row, total in enumerate(totals):
        put(world, row, deals.TAKE_OR_PAY, LAB0 + row % 2, CLOUD0 + ORACLE, total_usd=total, ends=T + months - 1)
    contracts.fall_due(world)
    rent = world.regions["rent_contract"][world.clouds["region"][ORACLE]]
    can_serve = world.clouds["usable_h100e"][ORACLE] * HOURS_PER_MONTH * rent
    due = world.contracts["due_usd"][: len(totals)]
    assert 0.0 < due.sum() <= parameters(world)["alliances_contract_capacity_share"] * can_serve * (1 + 1e-9)
    assert world.labs["due_usd"].sum() == pytest.approx(due.sum())
    assert (due <= np.array(totals)).all()


def test_what_a_cloud_counts_on_is_not_above_what_its_customer_can_pay_however_many_contracts():
    world = quiet_world()
    set_cash(world, OPENAI, 1e9)
    world.labs["revenue_smooth"][0] = 1e8
    for row in range(4):
        cloud = CLOUD0 + (ORACLE, MICROSOFT)[row % 2]
        put(world, row, deals.TAKE_OR_PAY, OPENAI, cloud, total_usd=1e13, ends=T + 59)
    contracts.fall_due(world)
    means = 1e9 / parameters(world)["labs_runway_months"] + 1e8
    assert world.clouds["contracted_usd"].sum() == pytest.approx(means)


def test_what_a_cloud_counts_on_is_what_the_schedule_calls_for_then():
    world = quiet_world()
    set_cash(world, OPENAI, 1e14)
    put(world, 0, deals.TAKE_OR_PAY, OPENAI, CLOUD0 + ORACLE, total_usd=60e6, ends=T + 59)
    parameters(world)["alliances_contract_ramp_months"] = 1.0
    contracts.fall_due(world)
    assert world.clouds["contracted_usd"][ORACLE] == pytest.approx(1e6)
    world.contracts["ends"][0] = T + 2  # near its end, nobody counts on all that is left in one month
    contracts.fall_due(world)
    assert world.clouds["contracted_usd"][ORACLE] == pytest.approx(20e6)


@pytest.mark.parametrize(("table", "row"), [("labs", 0), ("clouds", ORACLE)])
def test_a_contract_ends_when_a_party_is_gone(table, row):
    world = quiet_world()
    put(world, 0, deals.TAKE_OR_PAY, OPENAI, CLOUD0 + ORACLE, total_usd=1e9)
    getattr(world, table)["active"][row] = 0
    contracts.fall_due(world)
    assert world.contracts["state"][0] == deals.CANCELLED
    assert world.labs["due_usd"][0] == world.clouds["contracted_usd"][ORACLE] == 0.0


def test_without_take_or_pay_a_commitment_is_a_memo():
    world = quiet_world()
    parameters(world)["alliances_take_or_pay"] = 0.0
    put(world, 0, deals.TAKE_OR_PAY, OPENAI, CLOUD0 + ORACLE, total_usd=1e9)
    contracts.fall_due(world)
    assert world.labs["commitments_usd"][0] == 1e9
    assert world.labs["due_usd"][0] == world.contracts["due_usd"][0] == 0.0
    assert world.clouds["contracted_usd"][ORACLE] == 0.0


def test_what_was_used_is_set_off_and_the_rest_is_owed():
    world = quiet_world()
    put(world, 0, deals.TAKE_OR_PAY, OPENAI, CLOUD0 + ORACLE, total_usd=1000.0, due_usd=100.0)
    put(world, 1, deals.TAKE_OR_PAY, OPENAI, CLOUD0 + ORACLE, total_usd=1000.0, due_usd=100.0)
    world.rents[0, ORACLE] = 130.0
    contracts.meet_commitments(world)
    assert world.contracts["unpaid_usd"][:2].tolist() == [0.0, 70.0], "no dollar of rent counts twice"
    assert world.contracts["left_usd"][:2].tolist() == [900.0, 900.0]
    assert world.labs["arrears_usd"][0] == 70.0


# ---------------------------------------------------------------- backstops and chips


def guaranteed(world, row, vendor, left=1e12):
    put(world, row, deals.BACKSTOP, VENDOR0 + vendor, CLOUD0 + COREWEAVE, total_usd=left, ends=T + 35)


def test_a_backstop_buys_what_stands_idle_once():
    world = quiet_world()
    guaranteed(world, 0, NVIDIA)
    guaranteed(world, 1, AMD)
    world.clouds["rent_income"][COREWEAVE] = 1e6
    contracts.call_backstops(world)
    rent = world.regions["rent_contract"][world.clouds["region"][COREWEAVE]]
    idle = world.clouds["usable_h100e"][COREWEAVE] * HOURS_PER_MONTH * rent - 1e6
    assert idle > 0.0
    assert world.contracts["due_usd"][:2].tolist() == pytest.approx([idle, 0.0])
    assert events_of(world, "backstop_called") == [(COREWEAVE, NVIDIA, pytest.approx(idle))]


def test_a_backstop_pays_no_more_than_three_times_its_monthly_part():
    world = quiet_world()
    guaranteed(world, 0, NVIDIA, left=36.0)
    world.clouds["rent_income"][COREWEAVE] = 0.0
    contracts.call_backstops(world)
    assert world.contracts["due_usd"][0] == pytest.approx(3.0)


def test_gigawatts_count_only_up_to_the_deal():
    world = quiet_world()
    host = int(world.labs["host"][0])
    put(world, 0, deals.WARRANTS, OPENAI, VENDOR0 + AMD, total_usd=1e9, gw=1e-3)
    world.earmark[AMD, host], world.shipped[AMD, host] = 1e12, 1e9
    contracts.count_deployed(world)
    assert world.contracts["deployed_gw"][0] == pytest.approx(1e-3)
