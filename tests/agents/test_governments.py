"""Governments: the law of the month is put into the tables; deals are scheduled, announced and paid."""

import numpy as np
import pytest
from worlds import closes, flow_usd, scenario, world_after

from sim import accounts as a
from sim.agents import governments
from sim.agents.governments import Tranche
from sim.economy import Economy
from sim.events import DEAL, KINDS
from sim.ledger import CAPACITY_INVESTMENT, LAB_EQUITY, PREPAYMENTS, VENDOR_EQUITY, balance_usd
from sim.policy.schema import Event
from sim.world import CN


def test_tranches_of_a_deal_add_up_to_its_amount_within_the_horizon():
    cut = scenario(96)
    schedule = governments.schedule_deals(cut)
    for row, event in enumerate(cut.events):
        if event.kind != "deal":
            continue
        mine = [(month, t) for month, tranches in schedule.items() for t in tranches if t.row == row]
        deal = event.fields
        if deal.contingent:
            assert all(t.amount_usd == 0.0 for _, t in mine)
        begin = deal.starts.year * 12 + deal.starts.month - 1 - cut.start_month
        end = deal.ends.year * 12 + deal.ends.month - 1 - cut.start_month
        if not deal.contingent and begin >= 0 and end < cut.months:
            assert sum(t.amount_usd for _, t in mine) == pytest.approx(deal.cash_usd)
        if mine:
            assert sum(t.first for _, t in mine) == 1
            assert min(mine)[1].first


def test_accounts_of_firms_in_deals():
    assert governments.account_of("openai") == a.LAB0 + a.LAB_KEYS.index("openai")
    assert governments.account_of("nvidia") == a.VENDOR0 + a.NVIDIA
    assert governments.account_of("oracle") == a.CLOUD0 + a.ORACLE
    assert governments.account_of("intel") == a.FOUNDRY
    assert governments.account_of("nobody") is None


def pay(kind, payer, payee, usd=1e9, first=True):
    world = world_after(24)
    governments.execute_deals(world, {24: [Tranche(kind, payer, payee, usd, first, 0)]}, 24)
    assert closes(world)
    return world


def test_equity_for_compute_moves_money_to_the_lab():
    world = pay("equity_for_compute", "microsoft", "openai")
    assert flow_usd(world, LAB_EQUITY) == 1e9
    assert world.accounts[0] - world.opening[0] == 10**11


def test_a_vendors_stake_in_a_customer_is_remembered():
    before = world_after(24)
    world = pay("equity", "nvidia", "coreweave")
    assert flow_usd(world, VENDOR_EQUITY) == 1e9
    assert world.macro["vendor_equity"][0] - before.macro["vendor_equity"][0] == 1e9
    assert world.clouds["stake_nvidia"][a.COREWEAVE] > before.clouds["stake_nvidia"][a.COREWEAVE]


def test_a_cluster_bought_ahead_is_a_prepayment():
    before = world_after(24)
    world = pay("cluster_bought_ahead", "oracle", "nvidia")
    paid = world.prepaid[a.NVIDIA, a.ORACLE] - before.prepaid[a.NVIDIA, a.ORACLE]
    assert paid == pytest.approx(flow_usd(world, PREPAYMENTS)) and paid > 0.0


def test_funding_an_assembly_partner_adds_capacity_under_construction():
    before = world_after(24)
    world = pay("assembly_partner_funding", "nvidia", "intel")
    assert world.vendors["packages_pipeline"][a.NVIDIA, 0] > before.vendors["packages_pipeline"][a.NVIDIA, 0]
    assert flow_usd(world, CAPACITY_INVESTMENT) + flow_usd(world, VENDOR_EQUITY) == pytest.approx(1e9)


def test_take_or_pay_is_a_memo_item_and_moves_no_money():
    world = pay("take_or_pay", "openai", "oracle")
    assert world.labs["commitments_usd"][0] >= 1e9
    assert not world.flows.any()


def test_deals_of_strangers_and_empty_tranches_are_announced_only():
    for world in (pay("equity", "somebody", "openai"), pay("equity", "nvidia", "openai", usd=0.0)):
        assert not world.flows.any()
        logged = world.events[: int(world.event_count[0])]
        assert KINDS[int(logged[-1, 1])] == "deal" and logged[-1, 1] == DEAL


def test_the_law_of_the_month_reaches_chips_and_products():
    cut = scenario(24)
    economy = Economy(cut)
    world, line = economy.world, economy.timeline
    for month in np.flatnonzero(line.changed):
        world.macro["month"] = month
        governments.apply_law(world, line, int(month))
        assert (world.skus["china_share"] == line.china[month][:, 0]).all()
        assert (world.skus["china_levy"] == line.china[month][:, 2]).all()
        assert world.policy[0] == line.policy[month]
        for v in range(a.N_VENDORS):
            s = world.vendors["compliant_sku"][v]
            assert s == -1 or world.skus["china_share"][s] > 0.0
    assert (world.vendors["compliant_sku"][world.vendors["region"] == CN] == -1).all()


def test_an_event_without_effect_has_no_tranche():
    event = Event.model_validate(
        {
            "id": "letter",
            "date": "2024-02-01",
            "kind": "deal",
            "fields": {**scenario(24).events[0].fields.model_dump(mode="json"), "contingent": True},
        }
    )
    import dataclasses

    schedule = governments.schedule_deals(dataclasses.replace(scenario(24), events=(event,)))
    assert all(t.amount_usd == 0.0 for tranches in schedule.values() for t in tranches)
    assert balance_usd(world_after(1), a.FOUNDRY) >= 0.0
