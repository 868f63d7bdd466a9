"""Value by layer: the table of flows, closed forms on made journals, the identity, and a real run to the cent."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_history import MadeHistory, measured

from sim import accounts as a
from sim import ledger
from sim.ledger import FLOWS, SECTORS
from sim.measures import value
from sim.measures.panel import Panel
from sim.world import CN, EU, GULF, REGIONS

OPENAI, DEEPSEEK, MISTRAL = (a.LAB0 + a.LAB_KEYS.index(key) for key in ("openai", "deepseek", "mistral"))
NVIDIA, HUAWEI = a.VENDOR0 + a.NVIDIA, a.VENDOR0 + a.HUAWEI
ORACLE, ALIBABA, GULF_CLOUD = a.CLOUD0 + a.ORACLE, a.CLOUD0 + a.ALIBABA, a.CLOUD0 + a.GULF_CLOUD
USERS, POWER, HOST = a.USERS0, a.POWER0, a.HOST0
SECTORS_OF_LAYER = {
    "energy": ["power"],
    "chips": ["vendors"],
    "cloud": ["clouds"],
    "models": ["labs_us", "labs_cn", "labs_eu"],
    "applications": ["software"],
}


@pytest.fixture
def history():
    made = MadeHistory(2)
    made.vendors["region"][:, [a.HUAWEI, a.CAMBRICON]] = CN
    made.clouds["region"][:, a.EU_CLOUD] = EU
    made.clouds["region"][:, a.GULF_CLOUD] = GULF
    return made


def first_month(name, history):
    return {key: values[0] for key, values in measured(name, history).items() if values[0]}


# ---------------------------------------------------------------- the table of flows


def test_every_flow_of_the_ledger_has_a_treatment_and_no_other():
    assert set(value.TREATMENT) == set(FLOWS)
    for name, (nature, sellers) in value.TREATMENT.items():
        assert bool(sellers) == (nature in ("sale", "equipment")), name
        assert set(sellers) <= set(value.LAYERS), name


def test_accounts_of_layers_fill_their_sectors():
    """Sectors are wholly in one layer or out of all, so that the matrix of sectors can check the accounts."""
    names, sectors = a.account_table()
    layers = value.accounts_of_layers()
    for layer, members in SECTORS_OF_LAYER.items():
        expected = np.isin(sectors, [SECTORS.index(name) for name in members])
        assert (expected == (layers == value.LAYERS.index(layer))).all(), layer
    assert {names[i].split("/")[0] for i in np.flatnonzero(layers < 0)}.isdisjoint(value.LAYER_OF_ACCOUNT)


# ---------------------------------------------------------------- closed forms


def test_a_dollar_that_goes_through_all_layers(history):
    """Users pay a lab 100, it rents for 60, the cloud buys power for 10 and chips for 40, which cost 15 to make."""
    history.pay(USERS, OPENAI, 100.0, ledger.API_PAYMENTS)
    history.pay(OPENAI, ORACLE, 60.0, ledger.COMPUTE_RENT)
    history.pay(OPENAI, a.HOUSEHOLDS, 30.0, ledger.RESEARCH_STAFF)
    history.pay(ORACLE, POWER, 10.0, ledger.ELECTRICITY)
    history.pay(ORACLE, NVIDIA, 40.0, ledger.CHIP_SALES)
    history.pay(NVIDIA, a.FOUNDRY, 15.0, ledger.CHIP_MAKING)
    history.pay(NVIDIA, a.HOUSEHOLDS, 5.0, ledger.VENDOR_OVERHEADS)
    history.clouds["depreciation"][:, a.ORACLE] = 8.0
    assert first_month("layer_revenue_usd", history) == {
        "energy": 10.0, "chips": 40.0, "cloud": 60.0, "models": 100.0,
        "energy/us": 10.0, "chips/us": 40.0, "cloud/us": 60.0, "models/us": 100.0,
    }  # fmt: skip
    added = first_month("layer_value_added_usd", history)
    assert {key: added[key] for key in ("energy", "chips", "cloud", "models")} == {
        "energy": 10.0, "chips": 25.0, "cloud": 50.0, "models": 40.0,
    }  # fmt: skip
    assert first_month("layer_final_payments_usd", history) == {"users": 100.0, "equipment": 40.0, "outside": 15.0}
    surplus = first_month("layer_operating_surplus_usd", history)
    assert (surplus["models"], surplus["chips"], surplus["cloud"]) == (10.0, 20.0, 42.0)
    margin = first_month("layer_margin", history)
    assert (margin["models"], margin["chips"], margin["cloud/us"]) == pytest.approx((0.1, 0.5, 0.7))


def test_owners_by_headquarters_and_grids_by_region(history):
    history.pay(USERS, DEEPSEEK, 3.0, ledger.API_PAYMENTS)
    history.pay(USERS, MISTRAL, 2.0, ledger.OTHER_MODEL_SALES)
    history.pay(DEEPSEEK, ALIBABA, 5.0, ledger.COMPUTE_RENT)
    history.pay(USERS, GULF_CLOUD, 7.0, ledger.MANAGED_SERVICES)
    history.pay(USERS, HOST + REGIONS.index("sea"), 4.0, ledger.HOST_PAYMENTS)
    history.pay(ALIBABA, HUAWEI, 11.0, ledger.CHIP_SALES)
    history.pay(GULF_CLOUD, POWER + REGIONS.index("row"), 1.0, ledger.ELECTRICITY)
    found = first_month("layer_revenue_usd", history)
    parts = {key: amount for key, amount in found.items() if "/" in key}
    assert parts == {
        "models/cn": 3.0, "models/eu": 2.0, "cloud/cn": 5.0, "cloud/row": 11.0, "chips/cn": 11.0, "energy/row": 1.0,
    }  # fmt: skip


def test_trade_inside_a_layer_is_revenue_and_cancels_in_value_added(history):
    """A host sells 10 and rents for 8 from a cloud; an owner's lab pays its own cloud."""
    history.pay(USERS, HOST, 10.0, ledger.HOST_PAYMENTS)
    history.pay(HOST, ORACLE, 8.0, ledger.COMPUTE_RENT)
    assert first_month("layer_revenue_usd", history)["cloud"] == 18.0
    assert first_month("layer_value_added_usd", history)["cloud"] == 10.0


def test_a_clouds_share_of_a_labs_sales_is_bought_by_the_lab(history):
    history.pay(USERS, OPENAI, 10.0, ledger.API_PAYMENTS)
    history.pay(OPENAI, ORACLE, 2.0, ledger.REVENUE_SHARE)
    assert first_month("layer_revenue_usd", history)["models"] == 10.0
    assert first_month("layer_value_added_usd", history)["models"] == 8.0
    assert first_month("layer_value_added_usd", history)["cloud"] == 2.0


def test_only_adopters_of_ai_are_applications(history):
    """Of software firms' sales, wages and surplus the adopting part; what they pay for AI is all theirs."""
    history.software["adoption"] = 0.25
    history.pay(USERS, a.SOFTWARE0, 400.0, ledger.SOFTWARE_SALES)
    history.pay(a.SOFTWARE0, a.HOUSEHOLDS, 240.0, ledger.SOFTWARE_COSTS)
    history.pay(a.SOFTWARE0, USERS, 10.0, ledger.SOFTWARE_AI_COSTS)
    history.pay(USERS, OPENAI, 10.0, ledger.API_PAYMENTS)
    assert first_month("layer_revenue_usd", history)["applications/us"] == 100.0
    assert first_month("layer_value_added_usd", history)["applications"] == 90.0
    assert first_month("layer_operating_surplus_usd", history)["applications"] == 30.0
    assert first_month("layer_revenue_usd", history)["models"] == 10.0
    assert first_month("layer_final_payments_usd", history) == {"users": 100.0}


def test_investment_finance_and_resold_chips_are_neither_revenue_nor_cost(history):
    for flow in (ledger.CONSTRUCTION, ledger.LEGACY_CAPEX, ledger.INTEREST, ledger.PAYOUTS):
        history.pay(ORACLE, a.BUILDERS, 9.0, flow)
    for flow in (ledger.SMUGGLED_CHIPS, ledger.LEGACY_INCOME, ledger.LOANS, ledger.ASSET_SALES):
        history.pay(a.HOUSEHOLDS, ORACLE, 9.0, flow)
    history.pay(ORACLE, OPENAI, 9.0, ledger.OWNER_SUBSIDY)
    for name in ("layer_revenue_usd", "layer_value_added_usd", "layer_operating_surplus_usd"):
        assert first_month(name, history) == {}


def test_levies_and_subsidies_lie_between_value_added_and_surplus(history):
    history.pay(ORACLE, NVIDIA, 100.0, ledger.CHIP_SALES)
    history.pay(NVIDIA, a.GOVERNMENT0, 15.0, ledger.LEVIES)
    history.pay(a.GOVERNMENT0, ORACLE, 4.0, ledger.SUBSIDIES)
    assert first_month("layer_value_added_usd", history) == {"chips": 100.0, "chips/us": 100.0}
    surplus = first_month("layer_operating_surplus_usd", history)
    assert (surplus["chips"], surplus["cloud"]) == (85.0, 4.0)


def test_a_refund_is_set_off_in_value_added_and_is_no_sale(history):
    """A cloud gives back rent, a vendor a prepayment: the receiver has sold nothing."""
    history.pay(ORACLE, OPENAI, 6.0, ledger.COMPUTE_RENT)
    history.pay(NVIDIA, ORACLE, 5.0, ledger.PREPAYMENTS)
    assert first_month("layer_revenue_usd", history) == {}
    added = first_month("layer_value_added_usd", history)
    assert (added["cloud"], added["models"], added["chips"]) == (-6.0, 6.0, -5.0)
    assert first_month("layer_final_payments_usd", history) == {"equipment": -5.0}


def test_an_idle_economy_has_revenue_of_zero_and_no_margin(history):
    assert all((values == 0.0).all() for values in measured("layer_revenue_usd", history).values())
    assert all(np.isnan(values).all() for values in measured("layer_margin", history).values())


def test_energy_has_no_margin_as_its_costs_are_unknown(history):
    history.pay(ORACLE, POWER, 10.0, ledger.ELECTRICITY)
    margin = measured("layer_margin", history)
    assert np.isnan(margin["energy"]).all() and np.isnan(margin["energy/us"]).all()


# ---------------------------------------------------------------- what always holds


def listed_in_the_matrix(history, layer):
    """Cents (months,) that sectors of a layer received under the flows that are its sales, from the matrix alone."""
    sectors = [SECTORS.index(name) for name in SECTORS_OF_LAYER[layer]]
    flows = [place for place, name in enumerate(FLOWS) if layer in value.TREATMENT[name][1]]
    return history.flows[:, flows][..., sectors].sum(axis=(1, 2, 3))


def check_against_the_matrix(history):
    panel = Panel(history)
    books = value.layer_accounts(panel)
    for place, layer in enumerate(value.LAYERS):
        listed = listed_in_the_matrix(history, layer)
        if layer == "applications":
            sales = history.receipts[:, ledger.SOFTWARE_SALES, value.SOFTWARE_FIRMS]
            listed = listed - (sales - np.rint(sales * history.software["adoption"]).astype(np.int64)).sum(axis=1)
        assert (books.revenue[:, place].sum(axis=1) == listed).all(), layer
    final = value.final_payments_cents(panel)
    assert (books.value_added.sum(axis=(1, 2)) == final["users"] + final["equipment"] - final["outside"]).all()
    for name in ("layer_revenue_usd", "layer_value_added_usd"):
        series = measured(name, history)
        for layer in value.LAYERS:
            parts = sum(series[f"{layer}/{owner}"] for owner in value.OWNERS_OF_LAYER[layer])
            assert parts == pytest.approx(series[layer], rel=1e-12, abs=1e-6), (name, layer)


account = st.integers(0, a.N_ACCOUNTS - 1)
payment = st.tuples(account, account, st.integers(0, 10**12), st.integers(0, len(FLOWS) - 1))


@settings(max_examples=40, deadline=None)
@given(st.lists(payment, max_size=60), st.lists(st.floats(0.0, 1.0), min_size=1, max_size=8))
def test_any_journal_agrees_with_the_matrix_to_the_cent(payments, adoption):
    """Whoever pays whom under whatever name: layers' sales are those of the matrix, and the identity holds."""
    history = MadeHistory(1)
    history.vendors["region"][:, [a.HUAWEI, a.CAMBRICON]] = CN
    history.software["adoption"] = np.resize(adoption, history.software["adoption"].shape)
    for payer, payee, cents, flow in payments:
        if payer != payee:
            history.pay(payer, payee, cents / 100.0, flow)
    check_against_the_matrix(history)


def test_a_real_run_agrees_with_the_matrix_to_the_cent_every_month(short_run):
    history, _ = short_run
    check_against_the_matrix(history)
    books = value.layer_accounts(Panel(history))
    assert (books.revenue.sum(axis=(0, 2)) > 0).all()


def test_in_a_real_run_layers_sell_only_what_is_listed_as_theirs(short_run):
    """A receipt under a sale that the table does not know as this layer's would be missing from its revenue."""
    history, _ = short_run
    rest = history.receipts.copy()
    rest[:, *value.cells_sold()] = 0
    sold = rest[:, value.flows_of("sale", "equipment", "purchase")][:, :, value.accounts_of_layers() >= 0]
    assert not sold.any()


def test_in_a_real_run_every_owner_is_in_a_region_that_its_layer_lists(short_run):
    history, _ = short_run
    layers, owners = value.accounts_of_layers(), value.owners_of_accounts(*value.headquarters(Panel(history)))
    for layer, owner in {(layers[i], owners[i]) for i in np.flatnonzero(layers >= 0)}:
        assert value.OWNERS[owner] in value.OWNERS_OF_LAYER[value.LAYERS[layer]]


def test_in_a_real_run_labs_and_clouds_agree_with_their_own_books(short_run):
    """Ledger by flow against the running totals that agents keep, to rounding: gross of the clouds' share of sales."""
    history, _ = short_run
    series = measured("layer_revenue_usd", history)
    share = history.flows[:, ledger.REVENUE_SHARE].sum(axis=(1, 2)) / 100.0
    labs = np.where(history.labs["active"] == 1, history.labs["revenue"], 0.0).sum(axis=1)
    assert series["models"] == pytest.approx(labs + share, rel=0.02)
    assert series["energy"] == pytest.approx(history.clouds["energy_bill"].sum(axis=1), rel=1e-6)
