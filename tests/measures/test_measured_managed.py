"""Measures of managed services on histories written by hand."""

import numpy as np
import pytest
from made_history import MadeHistory, measured

from sim.accounts import CLOUD_KEYS, META, MICROSOFT, ORACLE
from sim.agents.stacks import OWN
from sim.world import HOURS_PER_MONTH


@pytest.fixture
def history():
    """Two clouds with customers of 100 H100e each at 2 USD an hour, half and a quarter of them managed."""
    made = MadeHistory(2)
    made.parameters["clouds_depreciation_months"] = 50.0
    made.parameters["clouds_upkeep_share"] = 0.06
    made.regions["rent_contract"] = 2.0
    made.regions["served_share"] = 1.0
    made.clouds["kind"][:, META] = 1
    for k, sold, premium in ((MICROSOFT, 50.0, 0.4), (ORACLE, 25.0, 0.6)):
        made.clouds["active"][:, k] = 1
        made.clouds["internal_demand_h100e"][:, k] = 200.0
        made.clouds["customers_h100e"][:, k] = 100.0
        made.clouds["managed_h100e"][:, k] = sold
        made.clouds["managed_price_premium"][:, k] = premium
    made.clouds["managed_stack"][:, MICROSOFT] = OWN
    return made


def test_share_premium_and_outages_of_the_world_weigh_clouds(history):
    share = measured("managed_service_share", history)
    assert (share["microsoft"][0], share["oracle"][0], share["world"][0]) == (0.5, 0.25, 0.375)
    assert np.isnan(share["alibaba"]).all()
    assert "meta" not in share
    assert measured("managed_price_premium", history)["world"][0] == pytest.approx((50 * 0.4 + 25 * 0.6) / 75)
    history.clouds["managed_outage"][:, ORACLE] = 0.03
    assert measured("managed_outage_share", history)["world"][0] == pytest.approx(0.01)


def test_own_use_is_no_customer(history):
    history.clouds["active"][:, META] = 1
    history.clouds["internal_demand_h100e"][:, META] = 1e6
    history.clouds["customers_h100e"][:, META] = 1e6
    assert measured("managed_service_share", history)["world"][0] == 0.375


def test_stacks_share_managed_compute(history):
    stacks = measured("managed_stack_share", history)
    assert stacks["own"][0] == pytest.approx(2 / 3)
    assert stacks["own"] + stacks["licensed"] == pytest.approx(np.ones(2))


def test_licence_revenue_is_the_vendors(history):
    history.vendors["licence_revenue"][:, 0] = 7.0
    assert measured("vendor_licence_revenue_usd", history)["nvidia"].tolist() == [7.0, 7.0]


def test_margin_of_managed_services_is_premium_less_their_costs(history):
    base = 50.0 * HOURS_PER_MONTH * 2.0
    history.clouds["managed_support_cost"][:, MICROSOFT] = 0.1 * base
    history.clouds["managed_investment"][:, MICROSOFT] = 0.02 * base
    margin = measured("managed_margin", history)
    assert margin["microsoft"][0] == pytest.approx((0.4 - 0.12) / 1.4)
    assert margin["oracle"][0] == pytest.approx(0.6 / 1.6)


def test_margin_of_a_cloud_takes_off_the_fleet_that_serves_others(history):
    k = CLOUD_KEYS.index("oracle")
    history.clouds["rent_income"][:, k] = 75.0 * HOURS_PER_MONTH * 2.0
    history.clouds["revenue"][:, k] = 300_000.0
    history.clouds["energy_cost"][:, k] = 20_000.0
    history.clouds["depreciation"][:, k] = 80_000.0  # upkeep: 80,000 x 50 x 0.06 / 12 = 20,000
    history.clouds["licence_cost"][:, k] = 10_000.0
    # Of 200 H100e in use half serve customers: half of 120,000 of fleet costs, and the licence.
    margin = measured("cloud_gross_margin", history)
    assert margin["oracle"][0] == pytest.approx((300_000.0 - 60_000.0 - 10_000.0) / 300_000.0)
    assert margin["world"][0] == pytest.approx(margin["oracle"][0])
    assert np.isnan(margin["microsoft"]).all()
