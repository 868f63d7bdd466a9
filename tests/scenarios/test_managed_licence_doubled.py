"""A dearer licence for services, in pairs of worlds with the same seed: what must move, why, and what must not."""

import functools

import numpy as np
import pytest

import sim
from sim.accounts import AMD, HUAWEI, NVIDIA, ORACLE
from sim.agents.stacks import LICENSED
from sim.economy import Economy

SEEDS = (1, 2, 3)
BEGINS, HALF, YEAR, LATE, END = 36, 41, 47, 71, 95
"""January, June and December 2026; December 2028; December 2030."""


@functools.cache
def history(name, seed):
    economy = Economy(sim.load_scenario(name, overrides={"developers.count": 300}), seed)
    for _ in range(economy.world_scenario.months):
        economy.step()
    return economy.history


@pytest.fixture(params=SEEDS)
def pair(request):
    """(baseline, scenario) of the same seed."""
    return history("baseline", request.param), history("managed-licence-doubled", request.param)


def test_nothing_moves_before_its_date(pair):
    base, dear = pair
    for table in ("clouds", "vendors", "labs", "models", "regions", "macro", "accounts"):
        assert getattr(base, table)[:BEGINS].tobytes() == getattr(dear, table)[:BEGINS].tobytes(), table


def test_at_first_the_vendor_earns_almost_twice_as_much(pair):
    """Contracts and stacks are what they were: the fee doubles, few customers have left yet."""
    base, dear = (each.vendors["licence_revenue"][:, NVIDIA] for each in pair)
    assert dear[BEGINS] == pytest.approx(2.0 * base[BEGINS], rel=1e-6)
    assert 1.5 * base[HALF] < dear[HALF] < 2.0 * base[HALF]


def test_later_clouds_build_their_own_and_the_vendor_earns_less(pair):
    """The dearer the licence, the smaller the cloud for which engineers are cheaper: the vendor loses its licensees."""
    base, dear = pair

    def licensed(each, month):
        clouds = each.clouds[month]
        return ((clouds["managed_stack"] == LICENSED) * clouds["managed_h100e"]).sum() / clouds["managed_h100e"].sum()

    for month in (YEAR, LATE, END):
        assert licensed(dear, month) < licensed(base, month)
    built = [(each.clouds["managed_stack"] != LICENSED).sum(axis=1)[LATE] for each in pair]
    assert built[1] > built[0]
    earned = [each.vendors["licence_revenue"][LATE - 11 : LATE + 1, NVIDIA].sum() for each in pair]
    assert earned[1] < 0.6 * earned[0]


def test_fewer_customers_take_a_service_while_clouds_pay_the_fee(pair):
    """Clouds on the licensed stack pass the fee on, and their customers keep raw hours."""
    premium = [each.clouds["managed_price_premium"][YEAR, ORACLE] for each in pair]
    share = [each.clouds["managed_share"][YEAR, ORACLE] for each in pair]
    assert premium[1] > premium[0] + 0.05
    assert share[1] < share[0]
    world = [
        (each.clouds["managed_share"] * each.clouds["internal_demand_h100e"]).sum(axis=1)[YEAR]
        / each.clouds["internal_demand_h100e"].sum(axis=1)[YEAR]
        for each in pair
    ]
    assert 0.9 * world[0] < world[1] < world[0]


def test_the_moat_of_the_vendor_wears_away_sooner(pair):
    """Own stacks hide the chip: software friction of the alternatives ends lower, in China as well."""
    base, dear = (each.vendors["friction"][END] for each in pair)
    assert dear[AMD] < base[AMD] and dear[HUAWEI] < base[HUAWEI]
    assert dear[AMD] > 0.95 * base[AMD]  # services are a small part of what is done to port


def test_compute_and_models_hardly_notice(pair):
    """Licences are about a thousandth of the vendor's sales: rents, the world's chips and frontiers stay within 2 %.

    A small region may differ by more: a cloud at the edge of default can be tipped by little.
    """
    base, dear = pair
    for table, field in (("regions", "rent_contract"), ("macro", "frontier_us")):
        one, other = getattr(base, table)[field][LATE], getattr(dear, table)[field][LATE]
        assert np.allclose(one, other, rtol=0.02), field
    one, other = (run.regions["capacity_h100e"][LATE].sum(axis=-1) for run in (base, dear))
    assert np.allclose(one, other, rtol=0.02)
