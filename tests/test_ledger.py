"""Double entry: cents, two ends, three records that must agree, and breaches that name their accounts."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import run_of, scenario, world_after

import sim
from sim import ledger
from sim.accounts import FOUNDRY, HOUSEHOLDS, LAB0, N_ACCOUNTS, NVIDIA, USERS0, VENDOR0, account_table
from sim.economy import Economy, live_month
from sim.errors import RunError
from sim.ledger import API_PAYMENTS, CHIP_SALES, FLOWS, SECTOR_INDEX, SECTORS, post

QUICK = settings(max_examples=25, deadline=None)
NAMES = account_table()[0]
FLOWS_OF_POLICIES = {
    "power_taxes": "carbon-and-levy",
    "datacentre_levies": "carbon-and-levy",
    "public_compute": "public-compute",
    "grid_programmes": "us-grid-accelerated",
    "liability_costs": "open-weights-liability",
    "penalties": "enforcement-doubled",
}
"""Flows that no baseline has, and a scenario with a policy that makes them."""


def test_cents_are_the_nearest_whole_number():
    assert [ledger.cents(x) for x in (0.0, 0.004, 0.005, 1.0, 1.239)] == [0, 0, 1, 100, 124]
    assert ledger.cents(-1.239) == -124


def test_a_payment_has_two_ends_and_a_name():
    world = world_after(3)
    before = world.accounts.copy()
    assert post(world, USERS0, LAB0, 12.34, API_PAYMENTS) == 12.34
    change = world.accounts - before
    assert change[USERS0] == -1234 and change[LAB0] == 1234
    assert not np.delete(change, [USERS0, LAB0]).any()
    assert world.journal[API_PAYMENTS, LAB0] == 1234
    assert world.receipts[API_PAYMENTS, LAB0] == 1234 and world.receipts.sum() == 1234
    users, labs = SECTOR_INDEX["users"], SECTOR_INDEX["labs_us"]
    assert world.flows[API_PAYMENTS, users, labs] == 1234
    assert world.flows.sum() == 1234


def test_a_negative_amount_is_paid_the_other_way_round():
    one, other = world_after(3), world_after(3)
    post(one, USERS0, LAB0, -5.0, API_PAYMENTS)
    post(other, LAB0, USERS0, 5.0, API_PAYMENTS)
    assert (one.accounts == other.accounts).all()
    assert (one.flows == other.flows).all()


def test_nothing_is_written_for_a_payment_to_oneself_or_of_nothing():
    world = world_after(3)
    assert post(world, LAB0, LAB0, 5.0, API_PAYMENTS) == 0.0
    assert post(world, LAB0, USERS0, 0.004, API_PAYMENTS) == 0.0
    assert not world.flows.any()
    assert not world.journal.any() and not world.receipts.any()


account = st.integers(0, N_ACCOUNTS - 1)
payment = st.tuples(account, account, st.floats(-1e12, 1e12), st.integers(0, len(FLOWS) - 1))


@QUICK
@given(st.lists(payment, max_size=40))
def test_any_sequence_of_payments_closes_and_keeps_the_sum_of_money(payments):
    world = world_after(3)
    total = world.accounts.sum()
    for payer, payee, amount, flow in payments:
        post(world, payer, payee, amount, flow)
    assert world.accounts.sum() == total
    assert ledger.residual_cents(world) == 0
    assert not world.journal.sum(axis=1).any()
    of_sector = np.eye(len(SECTORS), dtype=np.int64)[world.sector_of]
    assert (world.receipts @ of_sector == world.flows.sum(axis=1)).all()
    assert ((world.receipts - world.journal) @ of_sector == world.flows.sum(axis=2)).all()
    ledger.check(world, NAMES)


def break_one_leg(world):
    """A payment whose payee is forgotten."""
    world.accounts[VENDOR0 + NVIDIA] -= 700
    world.journal[CHIP_SALES, VENDOR0 + NVIDIA] -= 700


def break_without_journal(world):
    """Money moved from one account to another that skips the journal."""
    world.accounts[FOUNDRY] -= 300
    world.accounts[HOUSEHOLDS] += 300


def break_sector(world):
    """A payment by users written in the matrix under another sector."""
    post(world, USERS0, LAB0, 2.0, API_PAYMENTS)
    world.flows[API_PAYMENTS, SECTOR_INDEX["users"], SECTOR_INDEX["labs_us"]] -= 200
    world.flows[API_PAYMENTS, SECTOR_INDEX["software"], SECTOR_INDEX["labs_us"]] += 200


def break_receipts(world):
    """A sale that the seller books twice among what it received."""
    post(world, USERS0, LAB0, 2.0, API_PAYMENTS)
    world.receipts[API_PAYMENTS, LAB0] += 200


BREACHES = [
    (break_receipts, ["flow api_payments: the accounts received", "cents, the matrix says"]),
    (break_one_leg, ["chip_sales is out by -700 cents", "vendor/nvidia"]),
    (break_without_journal, ["foundry changed by -300 cents without an entry", "households changed by 300 cents"]),
    (break_sector, ["sector users", "sector software"]),
]


@pytest.mark.parametrize(("breach", "named"), BREACHES, ids=[breach.__name__ for breach, _ in BREACHES])
def test_a_breach_is_found_and_its_accounts_are_named(breach, named):
    world = world_after(3)
    breach(world)
    assert ledger.residual_cents(world) > 0
    with pytest.raises(RunError, match="the accounts do not close") as caught:
        ledger.check(world, NAMES)
    for text in named:
        assert text in str(caught.value)


@pytest.mark.parametrize(("breach", "named"), BREACHES, ids=[breach.__name__ for breach, _ in BREACHES])
def test_a_broken_payment_stops_the_run(breach, named):
    economy = Economy(scenario(4))
    economy.step()
    economy.acts = (breach, live_month)
    with pytest.raises(RunError) as caught:
        economy.step()
    for text in ("2023-02", *named):
        assert text in str(caught.value)
    assert economy.month == 1
    assert economy.history.months == 1


def test_opening_a_month_forgets_the_last():
    world = world_after(3)
    post(world, USERS0, LAB0, 2.0, API_PAYMENTS)
    ledger.open_month(world)
    assert (world.opening == world.accounts).all()
    assert not world.journal.any() and not world.receipts.any() and not world.flows.any()


def test_balance_in_usd():
    world = world_after(3)
    world.accounts[LAB0] = 12345
    assert ledger.balance_usd(world, LAB0) == 123.45


def test_matrix_of_a_run_explains_every_change_of_net_worth():
    """Rows and columns: what each sector paid less what it received is the fall of its balances, month by month."""
    run = run_of(12)
    matrix = run.ledger
    assert list(matrix.columns) == ["date", "flow", "from_sector", "to_sector", "usd_cents"]
    assert (matrix["usd_cents"] > 0).all()
    assert set(matrix["flow"]) <= set(FLOWS)
    sectors = np.array(account_table()[1])
    opening = Economy(scenario(12)).world.accounts
    balances = np.vstack([opening, run.history.accounts])
    for month, date in enumerate(pd.DatetimeIndex(matrix["date"].unique())):
        now = matrix[matrix["date"] == date]
        received = now.groupby("to_sector")["usd_cents"].sum()
        paid = now.groupby("from_sector")["usd_cents"].sum()
        change = balances[month + 1] - balances[month]
        for index, name in enumerate(SECTORS):
            assert received.get(name, 0) - paid.get(name, 0) == change[sectors == index].sum()
    assert balances.sum(axis=1).min() == balances.sum(axis=1).max()


def test_every_flow_is_used_by_somebody_or_is_known_to_be_free():
    """In the baseline to 2030 nearly every flow carries money; the rest needs a policy or a rare event."""
    used = set(run_of(96).ledger["flow"])
    rare = {"wind_up", "asset_sales", "settlements", "acquisitions", "take_or_pay", "levies"}
    assert set(FLOWS) - used <= rare | FLOWS_OF_POLICIES.keys()


@pytest.mark.parametrize("flow", sorted(FLOWS_OF_POLICIES))
def test_flows_that_need_a_policy_carry_money_under_it(flow):
    run = sim.run(sim.load_scenario(FLOWS_OF_POLICIES[flow], overrides={"developers.count": 300}), seed=1)
    assert flow in set(run.ledger["flow"])
