"""Deals of a scenario as contracts: who may deal with whom, terms that began earlier, what is not known."""

import itertools

import pytest
from worlds import baseline

from sim import accounts as a
from sim.errors import InputError
from sim.markets import deals
from sim.policy.events import Deal
from sim.policy.schema import Event
from sim.world import NO_ONE

START = 2023 * 12
LAB, VENDOR, CLOUD = a.LAB0, a.VENDOR0, a.CLOUD0
PARTIES = {"lab": LAB, "vendor": VENDOR, "cloud": CLOUD, "partner": a.ASSEMBLY_PARTNER}


def deal(**fields):
    """A deal of 12 MUSD over 2024 unless told otherwise."""
    usual = {
        "payer": "openai", "payee": "oracle", "deal": "take_or_pay", "cash_usd": 12e6,
        "starts": "2024-01", "ends": "2024-12",
    }  # fmt: skip
    return Event.model_validate({"id": "test", "date": "2024-01-15", "kind": "deal", "fields": usual | fields})


def running(table):
    return table[table["state"] != deals.EMPTY]


def test_names_are_accounts():
    assert deals.account_of("openai") == a.LAB0
    assert deals.account_of("amd") == a.VENDOR0 + a.AMD
    assert deals.account_of("coreweave") == a.CLOUD0 + a.COREWEAVE
    assert {deals.account_of(name) for name in deals.PARTNERS} == {a.ASSEMBLY_PARTNER}
    assert {deals.account_of(name) for name in deals.OUTSIDERS} == {NO_ONE}


def test_an_unknown_firm_is_an_error_that_names_the_nearest():
    with pytest.raises(InputError, match="nvidea") as error:
        deals.account_of("nvidea")
    assert "nvidia" in str(error.value.hint)


ALLOWED = {
    deals.EQUITY: {("vendor", "lab"), ("vendor", "cloud"), ("cloud", "lab"), ("cloud", "cloud")},
    deals.TAKE_OR_PAY: {("lab", "cloud")},
    deals.BACKSTOP: {("vendor", "cloud")},
    deals.WARRANTS: {("lab", "vendor")},
    deals.CLUSTER: {("cloud", "vendor")},
    deals.PARTNER: {("vendor", "partner")},
}


@pytest.mark.parametrize("kind", ALLOWED)
def test_every_kind_has_its_two_sides(kind):
    fitting = {
        (one, other)
        for one, other in itertools.product(PARTIES, repeat=2)
        if deals.sides(kind, PARTIES[one], PARTIES[other])
    }
    assert fitting == ALLOWED[kind]


def test_a_deal_becomes_a_row_that_waits_for_its_day():
    (row,) = running(deals.contract_table((deal(),), START))
    assert row["kind"] == deals.TAKE_OR_PAY and row["state"] == deals.ANNOUNCED
    assert (row["payer"], row["payee"]) == (a.LAB0, a.CLOUD0 + a.ORACLE)
    assert (row["announced"], row["starts"], row["ends"]) == (12, 12, 23)
    assert row["total_usd"] == row["left_usd"] == 12e6


def test_what_fell_due_before_the_run_is_left_out():
    (row,) = running(deals.contract_table((deal(),), START + 12 + 3))
    assert (row["announced"], row["starts"], row["ends"]) == (0, 0, 8)
    assert row["total_usd"] == pytest.approx(9e6)
    assert not running(deals.contract_table((deal(),), START + 24)).size


def test_a_deal_between_the_wrong_sides_is_an_error():
    with pytest.raises(InputError, match="cannot be simulated"):
        deals.contract_table((deal(payer="oracle", payee="openai"),), START)


def test_a_scenario_cannot_fill_the_table():
    with pytest.raises(InputError, match="more than"):
        deals.contract_table((deal(),) * (deals.MAX_CONTRACTS // 2 + 1), START)


def test_all_deals_of_the_baseline_fit_and_every_kind_is_known():
    events = [event for event in baseline().events if event.kind == "deal"]
    table = running(deals.contract_table(tuple(baseline().events), baseline().start_month))
    assert len(table) == len(events)
    assert set(deals.KIND_OF_DEAL) >= {event.fields.deal for event in events if isinstance(event.fields, Deal)}
    assert (table["ends"] >= table["starts"]).all()
    assert (table["total_usd"] >= 0.0).all()
