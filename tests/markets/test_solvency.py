"""Solvency in miniature: a payment missed, grace, cuts, takeovers, winding up, fleets sold, losses and the spread."""

import numpy as np
import pytest
from finance_world import T, events_of, kinds_of, put, quiet_world, received_usd, set_cash
from hypothesis import example, given, settings
from hypothesis import strategies as st
from worlds import closes, flow_usd, parameters

from sim import checks
from sim.accounts import (
    AMD,
    CLOUD0,
    COREWEAVE,
    CREDIT,
    GOOGLE,
    HOUSEHOLDS,
    INVESTORS_US,
    LAB0,
    LAB_KEYS,
    MICROSOFT,
    N_CLOUDS,
    N_LABS,
    N_VENDORS,
    NVIDIA,
    ORACLE,
    OTHER_US,
    VENDOR0,
)
from sim.agents import grids
from sim.ledger import (
    ACQUISITIONS,
    ASSET_SALES,
    BACKSTOPS,
    CHIP_SALES,
    INTEREST,
    REPAYMENTS,
    TAKE_OR_PAY,
    WIND_UP,
    balance_usd,
)
from sim.markets import capital, deals, solvency, takeovers
from sim.world import NO_ONE, SLOTS_PER_LAB

QUICK = settings(max_examples=40, deadline=None)
OPENAI, ANTHROPIC = LAB0, LAB0 + 1
DEEPMIND = LAB_KEYS.index("google_deepmind")


def overdue_lab(world, unpaid=1e9, cash=0.0, months=None, lab=0):
    """Lab owes rent to Oracle since more than creditors wait; no cloud but Oracle is owed anything."""
    p = parameters(world)
    months = p["credit_grace_months"] + 1.0 if months is None else months
    put(
        world, lab, deals.TAKE_OR_PAY, LAB0 + lab, CLOUD0 + ORACLE, total_usd=10e9, left_usd=9e9, unpaid_usd=unpaid,
        ends=T + 35,
    )  # fmt: skip
    set_cash(world, LAB0 + lab, cash)
    world.labs["arrears_usd"][lab] = unpaid
    world.labs["arrears_months"][lab] = months
    world.labs["restructured"][lab] = NO_ONE
    world.labs["valuation_usd"][lab] = 4e9
    return world


def shut_credit_lines(world):
    """No cloud has money to spare, nor can it borrow."""
    world.clouds["borrowing_base"] = 0.0
    for k in range(N_CLOUDS):
        set_cash(world, CLOUD0 + k, 0.0)


def settle(world):
    """The acts of solvency in their order."""
    solvency.decide_on_distress(world)
    solvency.clear_debts(world)
    solvency.close_failed(world)
    assert closes(world)


# ---------------------------------------------------------------- clearing the month


def test_who_can_pay_pays_all_and_nothing_is_logged():
    world = overdue_lab(quiet_world(), unpaid=1e6, cash=1e12, months=2.0)
    solvency.clear_debts(world)
    assert received_usd(world, TAKE_OR_PAY, CLOUD0 + ORACLE) == 1e6
    assert world.contracts["unpaid_usd"][0] == world.labs["arrears_usd"][0] == world.labs["arrears_months"][0] == 0.0
    assert not kinds_of(world) and closes(world)


def test_a_lab_with_dues_above_its_cash_misses_a_payment_and_keeps_what_it_needs_to_work():
    world = overdue_lab(quiet_world(), months=0.0)
    world.labs["compute_cost"][0], world.labs["staff_usd"][0] = 3e7, 2e7
    reserve = parameters(world)["credit_operating_reserve_months"] * 5e7
    set_cash(world, OPENAI, reserve + 4e8)
    solvency.clear_debts(world)
    assert received_usd(world, TAKE_OR_PAY, CLOUD0 + ORACLE) == pytest.approx(4e8, abs=1.0)
    assert balance_usd(world, OPENAI) == pytest.approx(reserve, abs=1.0)
    assert events_of(world, "payment_missed") == [(0, -1, pytest.approx(6e8, abs=1.0))]
    assert world.labs["arrears_months"][0] == 1.0


def test_a_lab_that_is_owned_pays_dues_from_what_its_owner_put_in():
    world = overdue_lab(quiet_world(), unpaid=1e8, cash=1.5e8, months=0.0)
    world.labs["owner"][0] = MICROSOFT
    world.labs["compute_cost"][0] = world.labs["staff_usd"][0] = 1e9
    solvency.clear_debts(world)
    assert world.labs["arrears_usd"][0] == 0.0 and not kinds_of(world)


@QUICK
@example([0.0, 0.0, 253064344.0], [0.0, 0.0, 0.0, 0.0, 0.0, 253064344.0], 1.5, 319862233.0)
@given(
    st.lists(st.floats(0.0, 1e10), min_size=3, max_size=3),
    st.lists(st.floats(0.0, 1e10), min_size=6, max_size=6),
    st.floats(0.0, 1e10),
    st.floats(0.0, 1e10),
)
def test_clearing_creates_no_money_and_overdraws_nobody(unpaid, cash, payable, principal):
    world = quiet_world()
    accounts = (OPENAI, ANTHROPIC, CLOUD0 + ORACLE, CLOUD0 + COREWEAVE, VENDOR0 + NVIDIA, VENDOR0 + AMD)
    for account, usd in zip(accounts, cash, strict=True):
        set_cash(world, account, usd)
    put(world, 0, deals.TAKE_OR_PAY, OPENAI, CLOUD0 + ORACLE, unpaid_usd=unpaid[0])
    put(world, 1, deals.TAKE_OR_PAY, ANTHROPIC, CLOUD0 + COREWEAVE, unpaid_usd=unpaid[1])
    put(world, 2, deals.BACKSTOP, VENDOR0 + AMD, CLOUD0 + COREWEAVE, total_usd=unpaid[2], due_usd=unpaid[2])
    world.payable[NVIDIA, COREWEAVE] = payable
    world.clouds["loans_usd"][COREWEAVE] = 2.0 * principal
    world.clouds["principal_due_usd"][COREWEAVE] = principal
    world.clouds["interest_due_usd"][COREWEAVE] = 0.01 * principal
    lenders = balance_usd(world, CREDIT)
    solvency.clear_debts(world)
    assert closes(world)
    assert (world.accounts[list(accounts)] >= 0).all()
    owed = world.contracts["unpaid_usd"]
    assert (owed >= 0.0).all() and (world.payable >= 0.0).all()
    paid = flow_usd(world, TAKE_OR_PAY)
    assert paid + owed[:2].sum() == pytest.approx(sum(unpaid[:2]), rel=1e-9, abs=0.05)
    assert flow_usd(world, CHIP_SALES) + world.payable[NVIDIA, COREWEAVE] == pytest.approx(payable, rel=1e-9, abs=0.05)
    back = flow_usd(world, REPAYMENTS) + flow_usd(world, INTEREST)
    assert balance_usd(world, CREDIT) - lenders == pytest.approx(back, abs=0.05)
    assert world.clouds["loans_usd"][COREWEAVE] == pytest.approx(2.0 * principal - flow_usd(world, REPAYMENTS), abs=1.0)
    assert flow_usd(world, BACKSTOPS) <= unpaid[2] + 0.01


@QUICK
@given(st.floats(0.0, 1e10), st.floats(0.0, 1e9), st.floats(0.0, 1e10))
def test_a_firm_in_grace_keeps_its_operating_reserve(cash, spending, unpaid):
    world = overdue_lab(quiet_world(), unpaid=unpaid, cash=cash, months=1.0)
    world.labs["compute_cost"][0], world.labs["staff_usd"][0] = 0.7 * spending, 0.3 * spending
    reserve = parameters(world)["credit_operating_reserve_months"] * spending
    before = balance_usd(world, OPENAI)
    solvency.clear_debts(world)
    assert balance_usd(world, OPENAI) >= min(before, reserve) - 0.02


def test_interest_comes_before_principal_and_unpaid_interest_is_in_arrears():
    world = quiet_world()
    set_cash(world, CLOUD0 + COREWEAVE, 1e6)
    world.clouds["loans_usd"][COREWEAVE] = 1e9
    world.clouds["interest_due_usd"][COREWEAVE], world.clouds["principal_due_usd"][COREWEAVE] = 4e6, 6e6
    solvency.clear_debts(world)
    assert flow_usd(world, INTEREST) == pytest.approx(1e6, abs=1.0)
    assert flow_usd(world, REPAYMENTS) == 0.0
    assert world.clouds["arrears_usd"][COREWEAVE] == pytest.approx(3e6, abs=1.0)
    assert world.clouds["arrears_months"][COREWEAVE] == 1.0
    assert [event[0] for event in events_of(world, "distress")] == [100 + COREWEAVE]


def test_one_missed_payment_is_passed_on():
    """A lab cannot pay its cloud, so the cloud cannot pay for its chips, though its own books are in order."""
    world = overdue_lab(quiet_world(), unpaid=1e9, cash=4e8, months=0.0)
    world.labs["compute_cost"][0] = world.labs["staff_usd"][0] = 0.0
    set_cash(world, CLOUD0 + ORACLE, 0.0)
    world.payable[NVIDIA, ORACLE] = 8e8
    solvency.clear_debts(world)
    assert received_usd(world, CHIP_SALES, VENDOR0 + NVIDIA) == pytest.approx(4e8, abs=1.0)
    assert world.clouds["arrears_months"][ORACLE] == 1.0


# ---------------------------------------------------------------- a lab past its creditors' patience


def test_creditors_wait_through_the_grace_months():
    world = overdue_lab(quiet_world(), months=parameters(quiet_world())["credit_grace_months"])
    solvency.decide_on_distress(world)
    assert not kinds_of(world) and world.labs["winding_up"][0] == 0


def test_contracts_are_cut_when_going_on_is_worth_more():
    world = overdue_lab(quiet_world())
    world.labs["revenue_smooth"][0], world.labs["gross_margin"][0] = 1e9, 0.5
    world.stake[NVIDIA, 0] = 0.5
    p = parameters(world)
    settle(world)
    assert "contract_cut" in kinds_of(world) and world.labs["active"][0] == 1
    contract = world.contracts[0]
    assert contract["left_usd"] == pytest.approx(9e9 * (1.0 - p["credit_contract_cut"]))
    assert contract["unpaid_usd"] == 0.0
    assert contract["ends"] == T + 35 + int(p["credit_contract_stretch_months"])
    share = 1e9 / (4e9 + 1e9)
    assert world.stake[N_VENDORS + ORACLE, 0] == pytest.approx(share), "overdue money became shares"
    assert world.stake[NVIDIA, 0] == pytest.approx(0.5 * (1.0 - share))
    world.labs["arrears_months"][0] = 99.0
    assert not solvency.creditors_prefer_a_cut(world, 0, p), "nobody is asked twice within a year"


def failing_lab(world, **fields):
    """A lab without margin, so that creditors take its estate; it has closed and open models on offer."""
    overdue_lab(world, cash=1e6)
    world.labs["gross_margin"][0] = 0.0
    world.models["available"][:2] = 1
    world.models["open"][:2] = (0, 1)
    for field, value in fields.items():
        world.labs[field][0] = value
    return world


def test_a_rich_cloud_takes_the_lab_over_and_pays_every_owner_its_part():
    world = failing_lab(quiet_world(), host=MICROSOFT)
    shut_credit_lines(world)
    set_cash(world, CLOUD0 + MICROSOFT, 1e13)
    world.stake[N_VENDORS + MICROSOFT, 0], world.stake[NVIDIA, 0] = 0.3, 0.2
    solvency.decide_on_distress(world)
    price = parameters(world)["credit_takeover_discount"] * 4e9
    assert received_usd(world, ACQUISITIONS, INVESTORS_US) == pytest.approx(0.5 * price, abs=0.02)
    assert received_usd(world, ACQUISITIONS, VENDOR0 + NVIDIA) == pytest.approx(0.2 * price, abs=0.02)
    assert events_of(world, "merger") == [(0, MICROSOFT, pytest.approx(flow_usd(world, ACQUISITIONS), abs=0.02))]
    assert world.labs["owner"][0] == MICROSOFT and world.labs["active"][0] == 1
    assert world.stake[:, 0].sum() == world.stake[N_VENDORS + MICROSOFT, 0] == 1.0
    assert world.models["available"][0] == 1
    assert world.macro["mergers_labs"][0] >= 1.0 and closes(world)


def test_a_firm_owes_nothing_to_itself_after_a_takeover_and_others_stop_to_invest():
    world = failing_lab(quiet_world(), host=ORACLE)
    shut_credit_lines(world)
    set_cash(world, CLOUD0 + ORACLE, 1e13)
    put(world, 5, deals.TAKE_OR_PAY, OPENAI, CLOUD0 + MICROSOFT, total_usd=5e9)
    put(world, 6, deals.EQUITY, VENDOR0 + NVIDIA, OPENAI, total_usd=5e9)
    solvency.decide_on_distress(world)
    assert world.labs["owner"][0] == ORACLE
    assert world.contracts["state"][[0, 5, 6]].tolist() == [deals.CANCELLED, deals.RUNNING, deals.CANCELLED]
    assert world.contracts["unpaid_usd"][0] == 0.0


def test_a_cloud_that_has_a_lab_merges_the_two():
    world = failing_lab(quiet_world(), host=GOOGLE, potential_q=500.0)
    shut_credit_lines(world)
    set_cash(world, CLOUD0 + GOOGLE, 1e13)
    put(world, 5, deals.WARRANTS, OPENAI, VENDOR0 + AMD, total_usd=1e9, gw=1.0, held_m=3.0)
    stock = world.labs["training_stock"][[0, DEEPMIND]].sum()
    solvency.decide_on_distress(world)
    assert world.labs["active"][0] == 0 and world.labs["active"][DEEPMIND] == 1
    assert world.labs["potential_q"][DEEPMIND] == 500.0
    assert world.labs["training_stock"][DEEPMIND] == pytest.approx(stock)
    assert world.models["available"][:2].tolist() == [0, 1], "closed models go, open weights stay with hosts"
    assert (world.platforms["lab"] != 0).all() and (world.platforms["lab"] == DEEPMIND).sum() >= 2
    assert world.contracts["payer"][0] == LAB0 + DEEPMIND and world.contracts["unpaid_usd"][0] == 1e9
    assert world.contracts["state"][0] == deals.RUNNING, "debts to others pass to the heir"
    assert world.contracts["payer"][5] == LAB0 + DEEPMIND and world.contracts["held_m"][5] == 3.0
    assert {"merger", "model_withdrawn", "exit"} <= set(kinds_of(world))
    assert world.stake[:, 0].sum() == 0.0 and closes(world)


@pytest.mark.parametrize("reason", ["switch", "no money"])
def test_without_a_buyer_the_lab_is_wound_up(reason):
    world = failing_lab(quiet_world(), host=MICROSOFT)
    if reason == "switch":
        parameters(world)["credit_takeovers"] = 0.0
    else:
        shut_credit_lines(world)
    world.stake[NVIDIA, 0], world.stake_cost[NVIDIA, 0] = 0.2, 7e8
    world.vendors["stakes_usd"][NVIDIA] = 7e8
    put(world, 5, deals.EQUITY, VENDOR0 + NVIDIA, OPENAI, total_usd=5e9)
    owed, defaults = 1e9, world.macro["defaults_labs"][0]
    settle(world)
    p = parameters(world)
    paid = received_usd(world, TAKE_OR_PAY, CLOUD0 + ORACLE)
    assert paid == pytest.approx(p["credit_recovery_assets"] * 1e6, rel=1e-5), "the estate less the costs of default"
    assert received_usd(world, WIND_UP, HOUSEHOLDS) == pytest.approx(1e6 - paid, abs=0.02)
    assert world.labs["active"][0] == 0 and balance_usd(world, OPENAI) == 0.0
    assert world.macro["defaults_labs"][0] == defaults + 1.0
    assert world.contracts["state"][[0, 5]].tolist() == [deals.CANCELLED] * 2
    assert world.stake[NVIDIA, 0] == world.vendors["stakes_usd"][NVIDIA] == 0.0
    assert world.models["available"][:2].tolist() == [0, 1]
    assert not world.models["available"][2:SLOTS_PER_LAB][world.models["open"][2:SLOTS_PER_LAB] == 0].any()
    assert events_of(world, "payment_missed")[0][2] == pytest.approx(owed - paid, abs=1.0)
    assert "exit" in kinds_of(world) and "merger" not in kinds_of(world)


def test_vested_shares_belong_to_the_estate():
    world = failing_lab(quiet_world(), host=MICROSOFT)
    shut_credit_lines(world)
    put(world, 5, deals.WARRANTS, OPENAI, VENDOR0 + AMD, gw=1.0, held_m=1.0)
    worth = 1e6 * world.vendors["listed_price"][AMD] * world.vendors["equity_index"][AMD] / 100.0
    settle(world)
    recovered = parameters(world)["credit_recovery_assets"] * (1e6 + worth)
    assert received_usd(world, TAKE_OR_PAY, CLOUD0 + ORACLE) == pytest.approx(recovered, rel=1e-5)
    assert world.contracts["held_m"][5] == 0.0 and balance_usd(world, OPENAI) == 0.0


def test_the_buyer_of_a_lab_is_on_its_side_of_the_law_and_has_the_means():
    world = quiet_world()
    shut_credit_lines(world)
    p = parameters(world)
    assert takeovers.buyer_of_lab(world, 0, 1e9, p) == NO_ONE
    set_cash(world, CLOUD0 + COREWEAVE, 1e13)
    assert takeovers.buyer_of_lab(world, 0, 1e9, p) == NO_ONE, "a neocloud cannot carry a lab"
    set_cash(world, CLOUD0 + 8, 1e13)
    assert takeovers.buyer_of_lab(world, 0, 1e9, p) == NO_ONE, "a Chinese cloud does not buy a lab abroad"
    assert takeovers.buyer_of_lab(world, LAB_KEYS.index("deepseek"), 1e9, p) == 8
    for k in (MICROSOFT, ORACLE):
        set_cash(world, CLOUD0 + k, 1e13)
    world.labs["host"][0] = NO_ONE
    world.stake[N_VENDORS + ORACLE, 0] = 0.3
    assert takeovers.buyer_of_lab(world, 0, 1e9, p) == ORACLE
    assert takeovers.buyer_of_lab(world, 0, 1e14, p) == NO_ONE


# ---------------------------------------------------------------- clouds that cannot serve their debts


def failing_neocloud(cash=5e7, firms=1.0):
    world = quiet_world()
    k = COREWEAVE
    world.clouds["loans_usd"][k], world.clouds["capital_usd"][k] = 5e9, 3e9
    world.clouds["hurdle_ratio"][k] = 0.5
    world.clouds["arrears_months"][k] = parameters(world)["credit_grace_months"] + 1.0
    world.clouds["firms"][k] = firms
    world.clouds["interest_due_usd"][k] = 4e7
    world.backlog[:, k] = 0.0
    world.backlog[NVIDIA, k], world.prepaid[NVIDIA, k] = 1000.0, 1e6
    set_cash(world, CLOUD0 + k, cash)
    return world, k


def test_the_fleet_of_a_failed_neocloud_is_sold_and_stands_idle_for_a_while():
    world, k = failing_neocloud()
    sites = np.flatnonzero(world.sites["cloud"] == k)
    chips = world.sites["installed_h100e"].sum()
    capital_before = world.clouds["capital_usd"].copy()
    world.stake[N_VENDORS + k, 1] = 0.1
    put(world, 0, deals.TAKE_OR_PAY, OPENAI, CLOUD0 + k, total_usd=1e9)
    settle(world)
    p = parameters(world)
    ((agent, buyer, sold),) = events_of(world, "fleet_sold")
    assert agent == k and buyer != k and (world.sites["cloud"][sites] == buyer).all()
    assert sold == pytest.approx(world.sites["installed_h100e"][sites].sum())
    assert world.sites["installed_h100e"].sum() == chips
    paid = received_usd(world, ASSET_SALES, CLOUD0 + k)
    assert paid == pytest.approx(p["credit_fire_sale_share"] * 3e9 * 0.5)
    assert world.clouds["capital_usd"][buyer] - capital_before[buyer] == pytest.approx(paid)
    assert world.clouds["capital_usd"][k] == 0.0
    estate = p["credit_recovery_assets"] * (5e7 + paid)
    assert received_usd(world, REPAYMENTS, CREDIT) + received_usd(world, INTEREST, CREDIT) == pytest.approx(
        estate, rel=1e-5
    )
    assert balance_usd(world, CLOUD0 + k) == 0.0 and world.clouds["active"][k] == 0
    assert events_of(world, "orders_cancelled") == [(NVIDIA, k, 1000.0)]
    assert world.backlog[NVIDIA, k] == world.prepaid[NVIDIA, k] == 0.0
    assert world.contracts["state"][0] == deals.CANCELLED
    assert world.stake[N_VENDORS + k].sum() == 0.0
    lost = world.macro["lender_losses"][0]
    assert lost == pytest.approx(5e9 + 4e7 - estate, rel=1e-5)
    assert events_of(world, "write_off") == [(k, -1, pytest.approx(lost))]
    assert world.clouds["loans_usd"][k] == 0.0
    checks.check_identities(world)
    assert world.macro["chip_gap"][0] <= checks.TOLERANCE
    grids.power_fleets(world)
    assert not world.sites["usable_h100e"][sites].any()
    world.macro["month"] = T + int(p["credit_idle_months"])
    grids.power_fleets(world)
    powered = sites[world.sites["power_mw"][sites] > 0.0]
    assert (world.sites["usable_h100e"][powered] > 0.0).all()
    assert world.clouds["installed_h100e"][k] == 0.0


def test_fire_sales_are_limited_by_what_buyers_can_pay():
    world, k = failing_neocloud()
    shut_credit_lines(world)
    set_cash(world, CLOUD0 + MICROSOFT, 1e6)
    solvency.decide_on_distress(world)
    assert received_usd(world, ASSET_SALES, CLOUD0 + k) == 5e5
    assert (world.sites["cloud"] != k).all()


def test_losses_of_lenders_raise_the_spread_next_month():
    spreads = []
    for fails in (False, True):
        world, k = failing_neocloud()
        if not fails:
            world.clouds["arrears_months"][k] = 0.0
            set_cash(world, CLOUD0 + k, 1e12)
        settle(world)
        parameters(world)["finance_sentiment_noise"] = 0.0
        capital.move_sentiment(world)
        spreads.append(world.macro["credit_spread"][0])
    assert spreads[1] > spreads[0]


def test_a_group_fails_in_part_and_goes_on_with_less_debt():
    world, k = failing_neocloud(cash=0.0, firms=10.0)
    assert k != OTHER_US
    world.clouds["ai_capex_plan"][k] = 1e8
    settle(world)
    assert world.clouds["active"][k] == 1
    assert 0.0 < world.clouds["loans_usd"][k] < 5e9
    assert 0.0 < world.backlog[NVIDIA, k] < 1000.0
    assert world.clouds["ai_capex_plan"][k] < 1e8
    assert not events_of(world, "fleet_sold") and (world.sites["cloud"] == k).any()
    mine = world.sites["cloud"] == k
    assert (world.sites["idle_share"][mine] == 0.5).all()
    lost = world.macro["lender_losses"][0]
    assert lost == pytest.approx(5e9 + 4e7 - world.clouds["loans_usd"][k])


def test_a_part_that_stands_idle_is_not_woken_by_the_next_failure():
    world, k = failing_neocloud(cash=0.0, firms=10.0)
    mine = world.sites["cloud"] == k
    world.sites["idle_until"][mine], world.sites["idle_share"][mine] = T + 3, 0.8
    settle(world)
    assert world.sites["idle_share"][mine] == pytest.approx(0.9)


def test_a_group_that_goes_on_pays_with_all_its_cash():
    world, _ = failing_neocloud(cash=3e7, firms=10.0)
    settle(world)
    assert received_usd(world, INTEREST, CREDIT) == pytest.approx(3e7, abs=1.0)


def test_a_lab_of_a_failed_cloud_is_on_its_own():
    world, k = failing_neocloud()
    world.labs["owner"][0] = world.labs["host"][1] = k
    settle(world)
    assert world.labs["owner"][0] == world.labs["host"][1] == NO_ONE


def test_without_clearing_nobody_fails_and_all_is_paid_on_credit():
    world, k = failing_neocloud(cash=0.0)
    parameters(world)["credit_default_clearing"] = 0.0
    overdue_lab(world)
    world.payable[NVIDIA, k] = 1e8
    settle(world)
    assert not kinds_of(world)
    assert world.payable[NVIDIA, k] == world.clouds["arrears_usd"][k] == 0.0
    assert received_usd(world, TAKE_OR_PAY, CLOUD0 + ORACLE) == 1e9
    assert world.labs["active"][:N_LABS].sum() == quiet_world().labs["active"].sum()
