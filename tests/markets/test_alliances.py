"""Deals that firms decide on: the free row, what makes each deal pay, and switches that turn mechanisms off."""

import dataclasses
import functools

import numpy as np
import pytest
from finance_world import T, events_of, flow_names, put, quiet_world, set_cash
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import baseline, parameters

from sim.accounts import AMD, CLOUD0, COREWEAVE, GOOGLE, LAB0, MICROSOFT, N_VENDORS, NVIDIA, ORACLE, VENDOR0
from sim.economy import run_scenario
from sim.event_text import _named
from sim.markets import alliances, deals
from sim.world import CN, NO_ONE

QUICK = settings(max_examples=30, deadline=None)
OPENAI = LAB0


# ---------------------------------------------------------------- the table


def test_a_new_contract_takes_an_empty_row():
    world = quiet_world()
    put(world, 0, deals.MEMO, OPENAI, VENDOR0)
    row = alliances.sign(world, deals.TAKE_OR_PAY, OPENAI, CLOUD0, 36, 5e9)
    contract = world.contracts[row]
    assert row == 1 and contract["state"] == deals.RUNNING
    assert (contract["starts"], contract["ends"]) == (T + 1, T + 36)
    assert contract["total_usd"] == contract["left_usd"] == 5e9


def test_the_oldest_row_that_is_over_is_used_again_and_nothing_of_it_is_left():
    world = quiet_world()
    for row in range(deals.MAX_CONTRACTS):
        put(world, row, deals.WARRANTS, OPENAI, VENDOR0)
    put(world, 7, deals.WARRANTS, OPENAI, VENDOR0 + AMD, state=deals.OVER, ends=T - 3, total_usd=1.0)
    put(world, 9, deals.WARRANTS, OPENAI, VENDOR0 + AMD, state=deals.OVER, ends=T - 5, total_usd=1.0, held_m=2.0)
    for name in world.contracts.dtype.names:
        if name not in ("kind", "payer", "payee", "state", "ends", "held_m", "event"):
            world.contracts[name][7] = 99
    row = alliances.sign(world, deals.CLUSTER, CLOUD0, VENDOR0, 9, 5e9)
    assert row == 7, "row 9 is older, but shares are still held under it"
    untouched = ("kind", "state", "payer", "payee", "announced", "starts", "ends", "total_usd", "left_usd", "event")
    for name in world.contracts.dtype.names:
        if name not in untouched:
            assert world.contracts[name][7] == 0, name
    with pytest.raises(ValueError, match="full"):
        alliances.sign(world, deals.CLUSTER, CLOUD0, VENDOR0, 9, 5e9)


def test_running_contracts_are_counted_by_sides():
    world = quiet_world()
    put(world, 0, deals.BACKSTOP, VENDOR0, CLOUD0 + 1)
    put(world, 1, deals.BACKSTOP, VENDOR0, CLOUD0 + 2)
    put(world, 2, deals.BACKSTOP, VENDOR0, CLOUD0 + 2, state=deals.OVER)
    assert alliances.running_between(world, deals.BACKSTOP, VENDOR0, NO_ONE) == 2
    assert alliances.running_between(world, deals.BACKSTOP, NO_ONE, CLOUD0 + 2) == 1
    assert alliances.running_between(world, deals.CLUSTER, NO_ONE, NO_ONE) == 0


def test_firms_of_all_kinds_have_their_names_in_the_log():
    keys = ("openai",)
    assert [_named(keys, n) for n in (0, 100, 200, 301, -1)] == ["openai", "microsoft", "nvidia", "anthropic", ""]


# ---------------------------------------------------------------- strategic investors


def test_strategic_payoff_by_hand():
    assert alliances.strategic_payoff(0.4, 0.75, 0.8, 0.1, 0.2) == pytest.approx(0.4 * 0.75 * 0.8 + 0.1 - 0.2)


unit = st.floats(0.0, 1.0)


@QUICK
@given(unit, unit, unit, unit, unit, st.integers(0, 3), st.floats(0.0, 0.5))
def test_what_comes_back_never_makes_a_stake_pay_less(back, margin, share, growth, hurdle, which, more):
    terms = [back, margin, share, growth]
    before = alliances.strategic_payoff(*terms, hurdle)
    terms[which] += more
    assert alliances.strategic_payoff(*terms, hurdle) >= before
    assert alliances.strategic_payoff(*terms, hurdle + more) <= alliances.strategic_payoff(*terms, hurdle)


def eager(world):
    """A lab that grows, a vendor and a cloud with cash to spare."""
    world.labs["growth"][0] = 1.0
    world.vendors["revenue"][NVIDIA] = 1e9
    set_cash(world, VENDOR0 + NVIDIA, 1e12)
    set_cash(world, CLOUD0 + MICROSOFT, 1e12)
    parameters(world)["alliances_required_return"] = 0.0
    return world


def test_appetite_is_zero_when_it_does_not_pay_is_forbidden_or_is_used_up():
    world = eager(quiet_world())
    p = parameters(world)
    vendor, cloud = NVIDIA, N_VENDORS + MICROSOFT
    assert alliances.strategic_appetite(world, vendor, 0, p) > 0.0
    assert alliances.strategic_appetite(world, cloud, 0, p) > 0.0
    world.labs["region"][0] = CN
    assert alliances.strategic_appetite(world, vendor, 0, p) == alliances.strategic_appetite(world, cloud, 0, p) == 0.0
    world = eager(quiet_world())
    parameters(world)["alliances_vendor_finance"] = 0.0
    assert alliances.strategic_appetite(world, vendor, 0, parameters(world)) == 0.0
    assert alliances.strategic_appetite(world, cloud, 0, parameters(world)) > 0.0
    world = eager(quiet_world())
    world.vendors["stakes_usd"][NVIDIA] = 1e15
    world.stake_cost[cloud, 1] = 1e15
    assert alliances.strategic_appetite(world, vendor, 0, parameters(world)) == 0.0
    assert alliances.strategic_appetite(world, cloud, 0, parameters(world)) == 0.0
    parameters(world)["alliances_required_return"] = 9.0
    assert alliances.strategic_appetite(world, vendor, 0, parameters(world)) == 0.0


# ---------------------------------------------------------------- deals


def rationed_lab():
    world = quiet_world()
    world.labs["compute_wanted_h100e"][0] = 2.0 * world.labs["compute_h100e"][0] + 1.0
    world.labs["budget_usd"][0] = 1e9
    world.labs["compute_cost"][0] = world.labs["staff_usd"][0] = 1e6
    set_cash(world, OPENAI, 1e11)
    return world


def test_a_rationed_lab_commits_to_a_cloud_that_can_serve_it():
    world = rationed_lab()
    alliances.commit_to_cloud(world, 0, parameters(world))
    ((agent, k, total),) = events_of(world, "contract_signed")
    p = parameters(world)
    months = int(p["alliances_commitment_months"])
    assert agent == 0 and world.clouds["region"][k] != CN
    assert total == pytest.approx(p["alliances_commitment_step"] * 1e9 * months)
    assert world.contracts["payee"][0] == CLOUD0 + k and world.contracts["ends"][0] == T + months


@pytest.mark.parametrize("why", ["served", "poor", "bound", "small"])
def test_a_lab_does_not_commit_without_need_means_or_room(why):
    world = rationed_lab()
    if why == "served":
        world.labs["compute_wanted_h100e"][0] = world.labs["compute_h100e"][0]
    elif why == "poor":
        set_cash(world, OPENAI, 0.0)
    elif why == "bound":
        world.labs["due_usd"][0] = 2e9
    else:
        world.labs["budget_usd"][0] = 1e3
    alliances.commit_to_cloud(world, 0, parameters(world))
    assert not events_of(world, "contract_signed")


def test_clouds_in_arrears_get_no_commitment():
    world = rationed_lab()
    world.clouds["arrears_months"][:] = 1.0
    alliances.commit_to_cloud(world, 0, parameters(world))
    assert not events_of(world, "contract_signed")


def test_a_cloud_pays_ahead_once_and_only_in_a_queue_that_lasts():
    for tight in (0.0, 99.0):
        world = quiet_world()
        world.vendors["tight_months"][NVIDIA] = tight
        world.clouds["hurdle_ratio"][ORACLE], world.clouds["ai_capex_plan"][ORACLE] = 1.5, 1e9
        set_cash(world, CLOUD0 + ORACLE, 1e12)
        for _ in range(2):
            alliances.buy_ahead(world, ORACLE, parameters(world))
        signed = events_of(world, "contract_signed")
        assert len(signed) == (1 if tight else 0)
    assert signed[0][:2] == (100 + ORACLE, 200 + NVIDIA)


def test_a_queue_is_counted_in_months_on_end():
    world = quiet_world()
    p = parameters(world)
    world.vendors["tight_months"][:] = 0.0
    world.vendors["cover_months"][:] = p["alliances_scarcity_cover_months"] + 1.0
    alliances.watch_queues(world, p)
    alliances.watch_queues(world, p)
    assert (world.vendors["tight_months"] == 2.0).all()
    world.vendors["cover_months"][:] = 0.0
    alliances.watch_queues(world, p)
    assert not world.vendors["tight_months"].any()


def test_a_vendor_stands_behind_a_neocloud_that_lenders_doubt():
    world = quiet_world()
    world.vendors["cover_months"][NVIDIA] = 0.0
    set_cash(world, VENDOR0 + NVIDIA, 1e13)
    world.bought[:] = 0.0
    world.bought[NVIDIA, COREWEAVE] = 1e6
    p = parameters(world)
    alliances.stand_behind_customers(world, NVIDIA, p)
    assert not events_of(world, "contract_signed"), "without debts there is no doubt"
    world.clouds["loans_usd"][COREWEAVE], world.clouds["borrowing_base"][COREWEAVE] = 1e9, 1e9
    for _ in range(2):
        alliances.stand_behind_customers(world, NVIDIA, p)
    ((agent, k, total),) = events_of(world, "contract_signed")
    assert (agent, k) == (200 + NVIDIA, COREWEAVE)
    assert world.contracts["left_usd"][0] == total > 0.0


def test_a_challenger_gives_warrants_to_the_largest_lab_that_wants_more():
    world = rationed_lab()
    world.labs["host"][0] = MICROSOFT
    world.labs["budget_usd"][0] = 1e10
    world.vendors["cover_months"][AMD] = 0.0
    p = parameters(world)
    for _ in range(2):
        alliances.give_warrants(world, AMD, p)
    ((agent, lab, _),) = events_of(world, "contract_signed")
    assert (agent, lab) == (200 + AMD, 300)
    contract = world.contracts[0]
    assert contract["gw"] > 0.0
    assert contract["warrants_m"] == pytest.approx(p["alliances_warrant_dilution"] * world.vendors["shares_m"][AMD])
    assert contract["price_target_usd"] > contract["price_start_usd"] > 0.0


def test_firms_decide_once_a_quarter():
    for month, signs in ((T, False), (T + 1, False), (T + 2, True)):
        world = rationed_lab()
        world.macro["month"] = month
        alliances.make_deals(world)
        assert bool(events_of(world, "contract_signed")) == signs


# ---------------------------------------------------------------- switches, in whole runs

DRY = (("finance.equity_supply_usd_per_year", 5e8),)
"""Hardly any money of financial investors: labs run dry, so that the mechanisms of failure have work to do."""


@functools.cache
def whole_run(settings_=(), dated=True):
    scenario = baseline().with_overrides(dict(settings_))
    return run_scenario(scenario if dated else dataclasses.replace(scenario, events=()), 1)


def happened(run):
    return set(run.events["kind"].unique())


def test_without_new_deals_nobody_makes_one():
    on, off = (whole_run((("alliances.new_deals", x),), dated=False) for x in ("on", "off"))
    kinds = {"contract_signed", "stake_taken", "warrants_vest", "backstop_called"}
    assert kinds <= happened(on) and not kinds & happened(off)
    flows = {"vendor_equity", "prepayments", "backstops", "share_sales", "warrant_exercise"}
    assert flows <= flow_names(on) and not flows & flow_names(off)
    stakes = off.economy.world.stake
    assert set(stakes[stakes > 0.0]) <= {1.0}, "only a lab that was taken over is held"
    assert not off.economy.world.contracts["state"].any()


def test_without_vendor_finance_no_vendor_joins_a_round():
    on, off = (whole_run((("alliances.vendor_finance", x),), dated=False) for x in ("on", "off"))
    assert "vendor_equity" in flow_names(on) and "vendor_equity" not in flow_names(off)
    assert not off.economy.world.stake[:N_VENDORS].any()
    assert off.economy.world.stake[N_VENDORS + GOOGLE].any(), "clouds still do"


def test_without_take_or_pay_nothing_falls_due():
    on, off = (whole_run((*DRY, ("alliances.take_or_pay", x))) for x in ("on", "off"))
    kinds = {"payment_missed", "contract_cut"}
    assert kinds <= happened(on) and not kinds & happened(off)
    assert "take_or_pay" in flow_names(on) and "take_or_pay" not in flow_names(off)
    assert on.history.labs["due_usd"].any() and not off.history.labs["due_usd"].any()
    assert off.history.labs["commitments_usd"].any(), "commitments are announced all the same"


def test_without_takeovers_no_lab_is_bought():
    on, off = (whole_run((*DRY, ("credit.takeovers", x))) for x in ("on", "off"))
    assert "merger" in happened(on) and "merger" not in happened(off)
    assert on.economy.world.macro["mergers_labs"][0] > 0.0 == off.economy.world.macro["mergers_labs"][0]
    assert (off.economy.world.labs["owner"] == whole_run().history.labs["owner"][0]).all()


def test_without_clearing_of_defaults_nobody_fails():
    on, off = (whole_run((*DRY, ("credit.default_clearing", x))) for x in ("on", "off"))
    kinds = {"default", "write_off", "payment_missed", "contract_cut", "fleet_sold", "merger", "exit"}
    assert kinds <= happened(on) and not kinds & happened(off)
    flows = {"asset_sales", "settlements", "wind_up"}
    assert flows <= flow_names(on) and not flows & flow_names(off)
    assert not off.history.macro["lender_losses"].any()


PAYMENTS = {
    "raise": ("lab_equity", "vendor_equity"),
    "stake_taken": ("lab_equity", "vendor_equity", "cloud_equity"),
    "entry": ("lab_equity", "cloud_equity"),
    "merger": ("acquisitions",),
    "fleet_sold": ("asset_sales",),
    "backstop_called": ("backstops",),
    "warrants_vest": ("warrant_exercise",),
    "exit": ("wind_up", "acquisitions"),
}


@pytest.mark.parametrize("kind", PAYMENTS)
def test_every_event_of_money_has_its_payment_in_the_ledger(kind):
    run = whole_run(DRY)
    when = run.events.loc[run.events["kind"] == kind, "date"].unique()
    assert len(when)
    ledger = run.ledger[run.ledger["flow"].isin(PAYMENTS[kind])]
    missing = set(when) - set(ledger["date"].unique())
    assert not missing


@pytest.mark.parametrize("settings_", [(), DRY])
def test_over_a_whole_run_stakes_stay_shares_and_nobody_is_overdrawn(settings_):
    run = whole_run(settings_)
    world = run.economy.world
    assert (world.stake >= 0.0).all() and (world.stake.sum(axis=0) <= 1.0 + 1e-9).all()
    cost = world.stake_cost[:N_VENDORS].sum(axis=1)
    assert world.vendors["stakes_usd"] == pytest.approx(cost, abs=1.0)
    assert world.macro["vendor_equity"][0] == pytest.approx(cost.sum(), abs=1.0)
    gone = np.flatnonzero(world.clouds["active"] == 0)
    assert not world.stake[N_VENDORS + gone].any()
    labs, clouds = slice(LAB0, VENDOR0), slice(CLOUD0, CLOUD0 + len(world.clouds))
    for part in (labs, clouds):
        assert run.history.accounts[:, part].min() >= 0, "nobody spends what it has not got"
