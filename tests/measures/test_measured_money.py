"""Circular finance, entry and prices of shares on histories written by hand."""

import numpy as np
import pytest
from made_history import MadeHistory, measured

from sim import ledger
from sim.accounts import PRIVATE_EQUITY
from sim.ledger import SECTOR_INDEX

LABS, VENDORS, CLOUDS = (SECTOR_INDEX[name] for name in ("labs_cn", "vendors", "clouds"))


@pytest.fixture
def history():
    return MadeHistory(3)


def pay(history, flow, payer, payee, usd, months=slice(None)):
    history.flows[months, flow, payer, payee] += round(100 * usd)


def test_a_vendor_that_pays_for_its_own_sales(history):
    """Vendor buys into a lab, the lab rents compute, the cloud buys chips: 10 of 10 + 10 + 40 go round."""
    pay(history, ledger.VENDOR_EQUITY, VENDORS, LABS, 10.0)
    pay(history, ledger.COMPUTE_RENT, LABS, CLOUDS, 10.0)
    pay(history, ledger.CHIP_SALES, CLOUDS, VENDORS, 40.0)
    history.vendors["revenue"][:, 0] = 40.0
    assert measured("circular_flow_share", history)["world"] == pytest.approx([0.5] * 3)
    history.vendors["financed_usd"][:, 0] = 10.0
    assert measured("vendor_financed_revenue_share", history)["nvidia"] == pytest.approx([0.25] * 3)
    assert measured("vendor_financed_revenue_share", history)["world"] == pytest.approx([0.25] * 3)


def test_an_owner_and_its_own_lab_are_no_circle(history):
    pay(history, ledger.OWNER_SUBSIDY, CLOUDS, LABS, 10.0)
    pay(history, ledger.COMPUTE_RENT, LABS, CLOUDS, 10.0)
    assert measured("circular_flow_share", history)["world"].tolist() == [0.0] * 3
    pay(history, ledger.LAB_EQUITY, CLOUDS, LABS, 5.0)
    assert measured("circular_flow_share", history)["world"] == pytest.approx([10 / 15] * 3)


def test_one_payment_weighs_on_a_year_of_revenue():
    history = MadeHistory(14)
    history.vendors["revenue"][:, 0] = 10.0
    history.vendors["financed_usd"][1, 0] = 12.0
    share = measured("vendor_financed_revenue_share", history)["world"]
    assert share[[0, 1, 2, 12, 13]] == pytest.approx([0.0, 0.6, 0.4, 0.1, 0.0])


def test_debt_that_pays_for_capital_spending(history):
    """Debt of 10 at the end of each month of 20 spent: the part of the rise; repayment is no negative finance."""
    history.clouds["ai_capex"][:, 0] = 20.0
    history.clouds["bonds_usd"][:, 0] = [10.0, 15.0, 5.0]
    assert measured("capex_debt_share", history)["big4"] == pytest.approx([0.5, 0.375, 0.25])
    assert measured("cloud_debt_usd", history)["microsoft"].tolist() == [10.0, 15.0, 5.0]


def test_hosts_come_and_go(history):
    history.macro["hosts"][:, 0] = [30.0, 34.0, 31.0]
    history.macro["exits_labs"][:, 0] = [0.0, 1.0, 1.0]
    assert measured("entries", history)["hosts"].tolist() == [0.0, 4.0, 4.0]
    assert measured("exits", history)["hosts"].tolist() == [0.0, 0.0, 3.0]
    assert measured("exits", history)["labs"].tolist() == [0.0, 1.0, 1.0]


def test_a_firm_has_a_share_price_from_its_listing():
    history = MadeHistory(28)
    history.clouds["equity_index"] = 150.0
    prices = measured("equity_price_index", history)
    assert np.isnan(prices["coreweave"]).sum() == 26
    assert prices["microsoft"].tolist() == [150.0] * 28
    assert np.isnan(prices["nvidia"]).all()


def test_governments(history):
    history.macro["levy_revenue"] = 5.0
    history.macro["subsidy_cost"] = [0.0, 7.0, 0.0, 0.0]
    assert {key: values[0] for key, values in measured("levy_revenue_usd", history).items()} == {
        "us": 5.0, "cn": 0.0, "eu": 0.0, "row": 0.0,
    }  # fmt: skip
    assert measured("subsidy_cost_usd", history)["cn"].tolist() == [7.0] * 3


def test_software_cohorts_and_defaults(history):
    history.software["revenue"] = [2.0, 1.0, 1.0, 1.0, 0.5, 0.5]
    history.software["defaults"] = [0.0, 0.0, 0.0, 1.0, 0.0, 2.0]
    history.software["coverage"] = [0.0, 2.0, 0.0, 1.0, 0.0, 2.0]
    history.software["interest"] = [0.0, 0.25, 0.0, 0.5, 0.0, 0.125]
    history.software["adoption"] = [1.0, 0.25, 0.0, 0.0, 0.0, 0.0]
    history.software["buyouts"] = [3.0, 0.0, 2.0, 0.0, 1.0, 0.0]
    history.accounts[:, PRIVATE_EQUITY] = 12_345
    history.macro["defaults_clouds"] = 1.0
    history.macro["ledger_residual"] = 250.0
    assert measured("software_revenue_usd", history)["world"].tolist() == [6.0] * 3
    assert measured("software_defaults", history)["high_exposure"].tolist() == [2.0] * 3
    cover = {key: values[0] for key, values in measured("software_interest_coverage", history).items()}
    assert cover == {"low_exposure": 2.0, "medium_exposure": 1.0, "high_exposure": 2.0, "world": 1.25 / 0.875}
    assert measured("software_ai_adoption", history)["low_exposure"][0] == pytest.approx(0.75)
    assert measured("pe_buyouts_usd", history)["world"].tolist() == [6.0] * 3
    assert measured("pe_dry_powder_usd", history)["world"].tolist() == [123.45] * 3
    assert {key: values[0] for key, values in measured("defaults", history).items()} == {
        "clouds": 1.0, "labs": 0.0, "software": 3.0,
    }  # fmt: skip
    assert measured("ledger_residual_usd", history)["world"].tolist() == [2.5] * 3
