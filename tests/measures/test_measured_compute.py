"""Chips, clouds and energy on histories written by hand."""

import numpy as np
import pytest
from made_history import MadeHistory, measured

from sim.accounts import CLOUD_KEYS, VENDOR_KEYS


@pytest.fixture
def history():
    return MadeHistory(4)


def test_revenue_counts_networking_and_licences(history):
    history.vendors["revenue"][:, 0] = 90.0
    history.vendors["licence_revenue"][:, 0] = 10.0
    history.vendors["cost_of_sales"][:, 0] = 25.0
    assert measured("chip_revenue_usd", history)["nvidia"].tolist() == [100.0] * 4
    margins = measured("vendor_gross_margin", history)
    assert margins["nvidia"].tolist() == [0.75] * 4
    assert np.isnan(margins["amd"]).all()


def test_what_buyers_pay_is_money_over_compute(history):
    history.vendors["chip_revenue"][1:, 0] = 60_000.0
    history.vendors["shipped_h100e"][1:, 0] = 2.0
    history.vendors["product_kw"][:, 0] = 0.7
    cost = measured("chip_cost_usd_per_h100e", history)["nvidia"]
    assert np.isnan(cost[0]) and cost[1:].tolist() == [30_000.0] * 3
    power = measured("chip_tdp_watt_per_h100e", history)["nvidia"]
    assert np.isnan(power[0]) and power[1:].tolist() == [700.0] * 3


def test_shares_of_new_compute_add_up(history):
    history.vendors["shipped_h100e"] = [60.0, 20.0, 10.0, 10.0, 0.0, 0.0]
    shares = measured("new_compute_share", history)
    assert sum(shares.values()) == pytest.approx(np.ones(4))
    assert shares["huawei"].tolist() == [0.0] * 4
    assert measured("new_compute_h100e", history)["world"].tolist() == [100.0] * 4
    assert measured("hhi_new_compute", history)["world"] == pytest.approx(np.full(4, 4200.0))


def test_a_vendor_that_does_not_sell_yet_has_no_queue(history):
    history.vendors["entry"][:, 1] = 2
    history.vendors["cover_months"] = 3.0
    queue = measured("vendor_backlog_months", history)
    assert np.isnan(queue["amd"]).tolist() == [True, True, False, False]


def test_sources_of_chinese_compute_add_up(history):
    history.macro["china_stock"] = [4.0, 3.0, 2.0, 1.0]
    stock = measured("china_compute_stock_h100e", history)
    assert list(stock) == ["legal", "smuggled", "huawei", "cambricon", "total"]
    assert [values[0] for values in stock.values()] == [4.0, 3.0, 2.0, 1.0, 10.0]


def test_owners_are_counted_once(history):
    history.clouds["installed_h100e"] = 2.0 ** np.arange(len(CLOUD_KEYS))
    stock = {key: values[0] for key, values in measured("compute_owner_stock_h100e", history).items()}
    assert stock["big4"] == 1 + 2 + 4 + 8
    assert stock["cn_all"] == 256 + 512 + 1024 + 2048 + 4096
    named = ("microsoft", "amazon", "google", "meta", "oracle", "coreweave", "xai")
    assert sum(stock[key] for key in named) + stock["cn_all"] + stock["other"] == 2.0 ** len(CLOUD_KEYS) - 1


def test_many_small_owners_are_no_single_owner(history):
    installed = history.clouds["installed_h100e"]
    installed[:, CLOUD_KEYS.index("microsoft")] = 50.0
    installed[:, CLOUD_KEYS.index("other_us")] = 50.0
    assert measured("hhi_compute_owners", history)["world"].tolist() == [2500.0] * 4


def test_region_shares_follow_sites_not_owners(history):
    history.sites["installed_h100e"] = [30.0, 30.0, 20.0, 20.0]
    history.sites["usable_h100e"] = [30.0, 10.0, 25.0, 20.0]
    shares = measured("compute_region_share", history)
    assert [shares[key][0] for key in ("us", "cn", "gulf", "eu")] == [0.6, 0.2, 0.2, 0.0]
    waiting = measured("chips_warehoused_h100e", history)
    assert (waiting["us"][0], waiting["cn"][0], waiting["world"][0]) == (20.0, 0.0, 20.0)


def test_published_rent_mixes_spot_and_contract(history):
    history.regions["rent_spot"] = 5.0
    history.regions["rent_contract"] = 2.0
    history.regions["capacity_h100e"] = [3.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    history.parameters["clouds_published_spot_weight"] = [1.0, 0.5, 0.25, 0.0, 9.0, 9.0, 9.0]
    history.parameters["clouds_h100_premium"] = 1.1
    assert measured("gpu_rental_usd_per_h100_hour", history)["us"] == pytest.approx([5.5, 3.85, 3.025, 2.2])
    history.regions["rent_contract"][:, 0] = 4.0
    assert measured("gpu_rental_usd_per_h100e_hour", history)["world"] == pytest.approx(np.full(4, 3.5))


def test_world_ratios_are_ratios_of_sums(history):
    history.regions["capacity_h100e"] = [100.0, 300.0, 0.0, 0.0, 0.0, 0.0]
    history.regions["used_h100e"] = [100.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    history.regions["cuda_h100e"] = [100.0, 60.0, 0.0, 0.0, 0.0, 0.0]
    assert measured("compute_utilisation", history)["world"].tolist() == [0.25] * 4
    cuda = measured("cuda_share_of_compute", history)
    assert (cuda["cn"][0], cuda["world"][0]) == (0.2, 0.4)
    assert np.isnan(cuda["eu"]).all()


def test_power_energy_and_emissions_from_one_load(history):
    history.regions["load_mw"] = 1000.0
    history.regions["other_datacentre_mw"] = 3000.0
    history.regions["utilisation"] = 0.5
    history.regions["electricity_price"] = 0.1
    history.parameters["energy_idle_draw"] = 0.4
    history.parameters["energy_grid_intensity_kg_per_kwh"] = 0.5
    assert measured("ai_power_gw", history)["us"][0] == 1.0
    assert measured("datacentre_power_gw", history)["world"][0] == 24.0
    # 700 MW of AI and 3,000 MW of others through 8,760 hours
    assert measured("datacentre_electricity_twh", history)["us"][0] == pytest.approx(3.7 * 8.76)
    # 700 MW x 730 h = 511 GWh at 0.5 kg/kWh
    assert measured("emissions_mt_co2", history)["us"][0] == pytest.approx(0.2555)
    assert measured("electricity_price_usd_per_kwh", history)["world"][0] == pytest.approx(0.1)


def test_capex_of_the_four(history):
    history.clouds["capex"][:, : len(VENDOR_KEYS)] = [5.0, 4.0, 3.0, 2.0, 1.0, 1.0]
    assert measured("capex_usd", history)["big4"].tolist() == [14.0] * 4
