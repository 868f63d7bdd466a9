"""Structural switches that no other test shows: off, the mechanism is gone. And every switch is under test."""

import pathlib
import re

import numpy as np
import pytest
from finance_world import T, kinds_of, put, quiet_world, set_cash
from worlds import copy_world, parameters, run_of, world_after

from sim.accounts import AMD, ASSEMBLY_PARTNER, CLOUD0, COREWEAVE, LAB0, LAB_KEYS, MICROSOFT, NVIDIA, VENDOR0
from sim.agents import labs
from sim.markets import alliances, capital, contracts, deals, solvency, takeovers, turnover
from sim.registry import load_registry
from sim.world import NO_ONE

TESTS = pathlib.Path(__file__).parent
KINDS = {
    "alliances_warrants": (deals.WARRANTS, LAB0, VENDOR0 + AMD),
    "alliances_backstops": (deals.BACKSTOP, VENDOR0 + NVIDIA, CLOUD0 + COREWEAVE),
    "alliances_partner_funding": (deals.PARTNER, VENDOR0 + NVIDIA, ASSEMBLY_PARTNER),
}


def test_every_switch_is_set_by_a_test():
    """By its path in a scenario, or by its field in a world's parameters."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in TESTS.rglob("*.py"))
    for path, record in load_registry().records.items():
        if record.role == "R":
            group, name = path.split(".")
            set_as = rf'"{group}_{name}"|"{re.escape(path)}"|\b{name}=(?:0\.0|1\.0|")'
            assert re.search(set_as, text), f"no test sets {path}"


@pytest.mark.parametrize("switch", KINDS)
def test_a_kind_of_deal_that_is_switched_off_never_comes_into_force(switch):
    states = []
    for value in (1.0, 0.0):
        world = quiet_world()
        parameters(world)[switch] = value
        put(world, 0, *KINDS[switch], total_usd=1e9, announced=T, state=deals.ANNOUNCED)
        put(world, 1, deals.TAKE_OR_PAY, LAB0, CLOUD0 + COREWEAVE, total_usd=1e9, announced=T, state=deals.ANNOUNCED)
        contracts.announce_deals(world)
        states.append(world.contracts["state"][:2].tolist())
    assert states == [[deals.RUNNING, deals.RUNNING], [deals.CANCELLED, deals.RUNNING]]


@pytest.mark.parametrize("switch", KINDS)
def test_firms_sign_no_deal_of_a_kind_that_is_switched_off(switch):
    """Scarcity, cash and stretched customers of all sorts: what is signed is the same but for that kind."""
    signed = []
    for value in (1.0, 0.0):
        world = quiet_world()
        world.macro["month"] = T + 2
        p = world.p[T + 2 : T + 3]
        p[switch] = value
        p["alliances_scarcity_cover_months"] = 0.0
        p["alliances_scarcity_months"] = 0.0
        p["alliances_least_contract_usd"] = 1.0
        p["chips_target_cover_months"] = 1e3
        p["alliances_warrant_dilution"] = 1e-9
        p["alliances_partner_payback_months"] = 1e3
        world.vendors["cover_months"] = 1.0
        for v in range(len(world.vendors)):
            set_cash(world, VENDOR0 + v, 1e12)
        coreweave = world.clouds[COREWEAVE : COREWEAVE + 1]
        coreweave["active"], coreweave["loans_usd"], coreweave["borrowing_base"] = 1, 1e9, 1e9
        world.bought[NVIDIA, COREWEAVE] = 1e6
        world.labs["compute_wanted_h100e"] = 1e9
        alliances.make_deals(world)
        running = world.contracts["kind"][world.contracts["state"] == deals.RUNNING]
        signed.append({int(kind): int((running == kind).sum()) for kind in np.unique(running)})
    kind = KINDS[switch][0]
    assert signed[0][kind] > 0 and kind not in signed[1]


def test_vendors_without_their_own_finance_want_no_part_of_a_round():
    """Required return far below what any customer earns a vendor: one with cash would come in."""
    wanted = []
    for value in (1.0, 0.0):
        world = quiet_world()
        p = parameters(world)
        p["alliances_vendor_finance"] = value
        p["alliances_required_return"] = -1.0
        world.vendors["revenue"][NVIDIA] = 1e10
        set_cash(world, VENDOR0 + NVIDIA, 1e12)
        wanted.append(alliances.strategic_appetite(world, NVIDIA, 0, p))
    assert wanted[0] > 0.0 and wanted[1] == 0.0


def test_without_takeovers_nobody_buys_a_failing_lab():
    buyers = []
    for value in (1.0, 0.0):
        world = quiet_world()
        p = parameters(world)
        p["credit_takeovers"] = value
        for k in np.flatnonzero(world.clouds["active"]):
            set_cash(world, CLOUD0 + int(k), 1e13)
        world.stake[len(world.vendors) + MICROSOFT, 0] = 0.5
        buyers.append(takeovers.buyer_of_lab(world, 0, 1e6, p))
    assert buyers[0] >= 0 and buyers[1] == NO_ONE


def test_without_clearing_no_firm_is_wound_up_for_what_it_owes():
    wound_up = []
    for value in (1.0, 0.0):
        world = quiet_world()
        p = parameters(world)
        p["credit_default_clearing"] = value
        world.labs["arrears_months"] = world.clouds["arrears_months"] = 1e3
        world.labs["distress"] = 1e3
        p["credit_takeovers"] = 0.0
        solvency.decide_on_distress(world)
        wound_up.append(int(world.clouds["winding_up"].sum()))
        assert value > 0.5 or not world.labs["winding_up"].any()
    assert wound_up[0] > 0 and wound_up[1] == 0


def test_without_moods_investors_stay_at_their_level_and_with_them_they_move():
    moods = []
    for value in ("off", "on"):
        mood = run_of(24, (("finance.sentiment", value),)).history.macro["sentiment"]
        moods.append(mood)
    assert moods[0] == pytest.approx(float(world_after(12).p[0]["finance_sentiment_level"]))
    assert np.ptp(moods[1]) > 0.01


def test_losses_of_lenders_widen_the_spread_without_moods_too():
    spreads = []
    for losses in (0.0, 1e10):
        world = world_after(24)
        parameters(world)["finance_sentiment"] = 0.0
        world.macro["credit_losses"] = losses
        capital.move_sentiment(world)
        spreads.append(world.macro["credit_spread"][0])
    assert spreads[1] > spreads[0]


def test_nobody_enters_when_entry_is_off():
    counts = []
    for value in (1.0, 0.0):
        world = world_after(24)
        p = parameters(world)
        p["finance_entry"] = value
        p["finance_lab_entry_per_year"] = p["finance_neocloud_entry_per_year"] = 1e6
        world.clouds["hurdle_ratio"] = 2.0
        before = copy_world(world).macro
        world.event_count[0] = 0
        turnover.enter_markets(world)
        counts.append([world.macro[name][0] - before[name][0] for name in ("entries_labs", "entries_neoclouds")])
        assert ("entry" in kinds_of(world)) == (value > 0.5)
    assert min(counts[0]) > 0.0 and counts[1] == [0.0, 0.0]


def test_what_robots_teach_stays_in_robots_when_the_feedback_is_off():
    base = world_after(24)
    base.industries["learned"] = 2.0
    without, nothing = copy_world(base), copy_world(base)
    parameters(without)["industry_capability_feedback"] = 0.0
    nothing.industries["learned"] = 0.0
    for world in (base, without, nothing):
        labs.advance_knowledge(world)
    active = base.labs["active"] == 1
    assert np.array_equal(without.labs["potential_q"], nothing.labs["potential_q"])
    here = LAB_KEYS.index("openai")
    gain = base.labs["potential_q"][here] - without.labs["potential_q"][here]
    assert gain == pytest.approx(2.0 * float(parameters(base)["industry_learning_transfer"]))
    assert (base.labs["potential_q"][active] >= without.labs["potential_q"][active]).all()
