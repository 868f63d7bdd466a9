"""Allocation of what is scarce, delivery and its payments, retirement."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import closes, copy_world, flow_usd, parameters, world_after

from sim import checks
from sim.accounts import ALIBABA, CLOUD0, MICROSOFT, NVIDIA, ORACLE
from sim.ledger import CHIP_SALES, CONSTRUCTION, LEVIES, PREPAYMENTS
from sim.markets import delivery

QUICK = settings(max_examples=25, deadline=None)


def china_world(levy=0.0, cap=-1.0, share=1.0):
    """A world in which a compliant chip may be sold to China on the terms given."""
    world = world_after(12)
    s = int(np.flatnonzero((world.skus["vendor"] == NVIDIA) & (world.skus["launch"] <= 6))[0])
    world.vendors["compliant_sku"][NVIDIA] = s
    for name, value in (("share", share), ("taste", 1.0), ("levy", levy), ("cap", cap)):
        world.skus[f"china_{name}"][s] = value
    world.backlog[NVIDIA, ALIBABA] = 1000.0
    return world


@QUICK
@given(st.floats(0.0, 0.5), st.floats(0.0, 0.5))
def test_a_higher_levy_never_lowers_the_buyers_price(one, other):
    paid, income = [], []
    for levy in sorted((one, other)):
        world = china_world(levy)
        delivery.deliver(world, NVIDIA, ALIBABA, 500.0, parameters(world))
        paid.append(flow_usd(world, CHIP_SALES))
        income.append(flow_usd(world, LEVIES))
        assert closes(world)
    assert paid[1] >= paid[0]
    assert income[1] >= income[0]


def test_payment_of_a_delivery_is_complete():
    world = world_after(24)
    p = parameters(world)
    price = world.vendors["price"][NVIDIA]
    capital = world.clouds["capital_usd"][MICROSOFT]
    world.prepaid[:] = 0.0
    delivery.deliver(world, NVIDIA, MICROSOFT, 100.0, p)
    chips_and_network = 100.0 * price * (1.0 + p["chips_networking_share"])
    assert world.payable[NVIDIA, MICROSOFT] == pytest.approx(chips_and_network, abs=0.01)
    spent = chips_and_network + flow_usd(world, CONSTRUCTION)
    assert world.clouds["ai_capex"][MICROSOFT] == pytest.approx(spent, rel=1e-9)
    assert world.clouds["capital_usd"][MICROSOFT] - capital == pytest.approx(spent, rel=1e-9)
    paid = (world.opening - world.accounts)[CLOUD0 + MICROSOFT] / 100.0
    assert paid + world.payable[NVIDIA, MICROSOFT] == pytest.approx(spent, rel=1e-6)


def test_deliveries_are_set_off_against_what_was_prepaid():
    world = world_after(24)
    world.prepaid[:] = 0.0
    delivery.prepay(world, NVIDIA, ORACLE, 1e6)
    assert flow_usd(world, PREPAYMENTS) == 1e6
    p = parameters(world)
    price = float(world.vendors["price"][NVIDIA])
    amount = 0.5e6 / price
    delivery.deliver(world, NVIDIA, ORACLE, amount, p)
    assert world.prepaid[NVIDIA, ORACLE] == pytest.approx(0.5e6)
    assert world.payable[NVIDIA, ORACLE] == pytest.approx(0.5e6 * p["chips_networking_share"], rel=1e-5)


def test_chips_retire_cohort_by_cohort_at_the_end_of_their_life():
    world = world_after(24)
    before = copy_world(world)
    life = int(parameters(world)["clouds_chip_life_months"])
    past = world.cohorts.shape[2] - len(world.p)
    due = 24 + past - life
    delivery.retire_chips(world)
    gone = before.cohorts[:, :, due]
    assert world.fleet == pytest.approx(before.fleet - gone)
    assert not world.cohorts[:, :, due].any()
    assert world.sites["retired_h100e"] - before.sites["retired_h100e"] == pytest.approx(gone @ world.skus["h100e"])
    assert checks.chip_gap(world) <= checks.TOLERANCE
