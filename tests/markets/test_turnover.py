"""Turnover: runway, entry of labs and neoclouds, what a closed lab leaves behind."""

import numpy as np
import pytest
from finance_world import T, events_of, kinds_of, put, quiet_world, received_usd, set_cash
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import closes, flow_usd, parameters

from sim.accounts import AMD, CLOUD0, INVESTORS_US, LAB0, LAB_KEYS, MICROSOFT, N_VENDORS, NEOCLOUD_1, NVIDIA, VENDOR0
from sim.agents.clouds import NEOCLOUD
from sim.ledger import CLOUD_EQUITY, LAB_EQUITY, WIND_UP, balance_usd
from sim.markets import deals, turnover
from sim.world import SLOTS_PER_LAB

QUICK = settings(max_examples=20, deadline=None)
ENTRANT = LAB_KEYS.index("us_entrant_2")


# ---------------------------------------------------------------- runway


def test_months_without_runway_are_counted_and_the_third_is_an_event():
    world = quiet_world()
    world.labs["compute_cost"][0], world.labs["raise_usd"][0] = 1e8, 0.0
    set_cash(world, LAB0, 1.0)
    for month in range(1, 5):
        turnover.watch_runway(world)
        assert world.labs["distress"][0] == month
    assert [event[0] for event in events_of(world, "distress")].count(0) == 1
    world.labs["raise_usd"][0] = 1.0
    turnover.watch_runway(world)
    assert world.labs["distress"][0] == 0.0, "new money ends distress"


@pytest.mark.parametrize("field", ["owner", "entry"])
def test_labs_of_an_owner_and_new_labs_are_not_watched(field):
    world = quiet_world()
    set_cash(world, LAB0, 0.0)
    world.labs["raise_usd"][0] = 0.0
    world.labs[field][0] = MICROSOFT if field == "owner" else T - 3
    turnover.watch_runway(world)
    assert world.labs["distress"][0] == 0.0


# ---------------------------------------------------------------- entry


def sure_of_entry(world, hurdle):
    """A world in which whatever has a chance to enter does."""
    p = parameters(world)
    p["finance_lab_entry_per_year"] = p["finance_neocloud_entry_per_year"] = 1e9
    world.clouds["hurdle_ratio"] = hurdle
    world.clouds["active"][NEOCLOUD_1:] = 0
    world.clouds["entry"][NEOCLOUD_1:] = 100_000
    return world


def test_a_neocloud_enters_with_seed_money_where_a_chip_earns_more_than_it_costs():
    world = sure_of_entry(quiet_world(), 1.5)
    turnover.enter_markets(world)
    seed = parameters(world)["finance_neocloud_seed_usd"]
    assert world.clouds["active"][NEOCLOUD_1] == 1 and world.clouds["entry"][NEOCLOUD_1] == T
    assert received_usd(world, CLOUD_EQUITY, CLOUD0 + NEOCLOUD_1) == seed
    assert (100 + NEOCLOUD_1, -1, seed) in events_of(world, "entry")
    assert closes(world)


@pytest.mark.parametrize("hurdle", [0.0, 0.5, 1.0])
def test_no_neocloud_enters_where_a_chip_earns_less_than_it_costs(hurdle):
    world = sure_of_entry(quiet_world(), hurdle)
    turnover.enter_markets(world)
    assert flow_usd(world, CLOUD_EQUITY) == 0.0


def test_who_has_failed_does_not_enter_again():
    world = sure_of_entry(quiet_world(), 1.5)
    world.clouds["entry"][NEOCLOUD_1:] = -1
    world.labs["active"][ENTRANT], world.labs["entry"][ENTRANT] = 0, -1
    turnover.enter_markets(world)
    assert not world.clouds["active"][NEOCLOUD_1:].any() and world.labs["active"][ENTRANT] == 0


def test_only_neoclouds_in_business_show_what_a_chip_is_worth():
    world = quiet_world()
    world.clouds["hurdle_ratio"] = 0.4
    world.clouds["hurdle_ratio"][MICROSOFT] = 9.0
    assert turnover.best_hurdle(world) == 0.4
    world.clouds["active"][world.clouds["kind"] == NEOCLOUD] = 0
    assert turnover.best_hurdle(world) == 0.0


@QUICK
@given(st.floats(0.0, 2.0), st.floats(0.0, 2.0))
def test_a_better_mood_never_keeps_an_entrant_away(one, other):
    entered = []
    for mood in sorted((one, other)):
        world = quiet_world()
        parameters(world)["finance_lab_entry_per_year"] = 6.0
        world.macro["sentiment"] = mood
        turnover.enter_markets(world)
        entered.append(set(np.flatnonzero(world.labs["active"])))
    assert entered[0] <= entered[1]


# ---------------------------------------------------------------- exit


def closed_world(heir=INVESTORS_US):
    world = quiet_world()
    slots = slice(SLOTS_PER_LAB, 2 * SLOTS_PER_LAB)
    world.models["available"][slots], world.models["open"][slots] = 1, (0, 1, 0, 1)
    set_cash(world, LAB0 + 1, 1e8)
    put(world, 0, deals.TAKE_OR_PAY, LAB0 + 1, CLOUD0, total_usd=1e9)
    put(world, 1, deals.EQUITY, VENDOR0 + NVIDIA, LAB0 + 1, total_usd=1e9)
    put(world, 2, deals.WARRANTS, LAB0 + 1, VENDOR0 + AMD, gw=1.0, held_m=1.0)
    put(world, 3, deals.EQUITY, VENDOR0 + NVIDIA, LAB0, total_usd=1e9)
    world.stake[NVIDIA, 1], world.stake[N_VENDORS + MICROSOFT, 1] = 0.1, 0.2
    turnover.close_lab(world, 1, heir)
    return world


def test_closed_models_go_and_open_weights_stay_with_hosts():
    world = closed_world()
    slots = slice(SLOTS_PER_LAB, 2 * SLOTS_PER_LAB)
    assert world.models["available"][slots].tolist() == [0, 1, 0, 1]
    assert kinds_of(world) == ["model_withdrawn", "exit"]


def test_contracts_of_a_closed_lab_end_on_both_sides():
    world = closed_world()
    assert world.contracts["state"][:4].tolist() == [deals.CANCELLED] * 3 + [deals.RUNNING]
    assert not world.stake[:, 1].any()


def test_shares_are_sold_and_the_cash_goes_to_the_heir():
    world = closed_world(CLOUD0 + MICROSOFT)
    price = world.vendors["listed_price"][AMD] * world.vendors["equity_index"][AMD] / 100.0
    assert world.contracts["held_m"][2] == 0.0
    assert received_usd(world, WIND_UP, CLOUD0 + MICROSOFT) == pytest.approx(1e8 + 1e6 * price, abs=0.02)
    assert balance_usd(world, LAB0 + 1) == 0.0 and closes(world)


def test_a_closed_lab_asks_for_nothing_any_more():
    world = closed_world()
    for field in ("compute_h100e", "compute_wanted_h100e", "contract_h100e", "budget_usd", "valuation_usd"):
        assert world.labs[field][1] == 0.0


def test_a_new_lab_knows_what_is_published_and_has_its_seed_money():
    world = quiet_world()
    before = balance_usd(world, LAB0 + ENTRANT)
    turnover.found_lab(world, ENTRANT)
    assert balance_usd(world, LAB0 + ENTRANT) - before == received_usd(world, LAB_EQUITY, LAB0 + ENTRANT) > 0.0
    assert world.labs["best_q"][ENTRANT] < world.labs["potential_q"][ENTRANT] < world.macro["frontier_open"][0]
