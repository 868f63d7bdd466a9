"""Parts of the price of a million tokens: by hand, and on a real run against what the economy itself computes."""

import numpy as np
import pytest
from made_history import MadeHistory, community, measured, slot

from sim.accounts import LAB_KEYS
from sim.markets.tokens import token_cost
from sim.world import CN, HOURS_PER_MONTH, US

PARTS = ("electricity", "depreciation", "upkeep", "cloud", "seller")
OPENAI, QWEN = LAB_KEYS.index("openai"), LAB_KEYS.index("qwen")


@pytest.fixture
def history():
    """Two months: OpenAI sells a closed model from US data centres, Qwen's open weights run at US hosts."""
    made = MadeHistory(2)
    p = made.parameters
    p["labs_tokens_per_second"], p["labs_serving_efficiency"] = 1000.0, 2.0
    p["labs_serving_utilisation"], p["labs_host_utilisation"] = 0.5, 0.25
    p["pricing_realisation"], p["clouds_upkeep_share"] = 0.8, 0.12
    p["clouds_rent_start"] = 2.0
    made.regions["rent_contract"] = [[2.0] * 6, [1.0] * 6]
    made.regions["chip_kw"], made.regions["electricity_price"] = 1.5, 0.1
    made.regions["utilisation"] = 0.5
    made.clouds["usable_h100e"][:, 0] = 1000.0
    made.clouds["depreciation"][:, 0] = 0.25 * 500.0 * HOURS_PER_MONTH
    made.clouds["capital_usd"][:, 0] = 9.75 * 500.0 * HOURS_PER_MONTH
    made.lab_region[:, [OPENAI, QWEN], US] = 1.0
    cost = token_cost(2.0, 0.5, 2000.0)
    for lab, is_open in (("openai", 0), ("qwen", 1)):
        row = made.models[:, slot(lab)]
        row["available"], row["size"], row["open"] = 1, 1.0, is_open
        row["price"], row["host_price"], row["marginal_cost"] = 5.0, 1.0, cost
        made.tokens[:, community("us", "startup"), slot(lab)] = 10.0
    return made


def test_parts_are_those_of_an_hour_times_the_hours_of_a_million_tokens(history):
    found = measured("token_price_part_usd_per_mtok", history)
    hours = 1e6 / 3600.0 / 2000.0 / 0.5
    assert found["closed/electricity"] == pytest.approx(0.15 * hours)
    assert found["closed/depreciation"] == pytest.approx(0.25 * hours)
    assert found["closed/upkeep"] == pytest.approx(0.1 * hours)
    assert found["closed/cloud"] == pytest.approx((2.0 - 0.5) * hours)
    assert found["closed/price"] == pytest.approx(4.0)
    assert found["closed/seller"] == pytest.approx(4.0 - 2.0 * hours)


def test_a_host_pays_the_rent_of_the_month_before_and_serves_with_its_own_utilisation(history):
    history.regions["rent_contract"][0] = 3.0
    found = measured("token_price_part_usd_per_mtok", history)
    hours = 1e6 / 3600.0 / 2000.0 / 0.25
    rent = found["open/price"] - found["open/seller"]
    assert rent == pytest.approx([2.0 * hours, 3.0 * hours])
    assert found["open/electricity"] == pytest.approx(0.15 * hours)


def test_a_lab_pays_for_the_electricity_of_where_it_computes(history):
    history.regions["electricity_price"][:, CN] = 0.05
    at_home = measured("token_price_part_usd_per_mtok", history)["closed/electricity"]
    history.lab_region[:, OPENAI] = 0.0
    history.lab_region[:, OPENAI, CN] = 1.0
    assert measured("token_price_part_usd_per_mtok", history)["closed/electricity"] == pytest.approx(at_home / 2.0)


def test_nothing_sold_has_no_price(history):
    history.tokens[:] = 0.0
    assert all(np.isnan(values).all() for values in measured("token_price_part_usd_per_mtok", history).values())


def test_parts_add_up_and_energy_has_the_part_that_the_market_says(short_table):
    wide = short_table.pivot_table(index="date", columns=["metric", "key"], values="value", observed=True)
    part = wide["token_price_part_usd_per_mtok"]
    for kind in ("closed", "open"):
        total = sum(part[f"{kind}/{name}"] for name in PARTS)
        assert np.allclose(total, part[f"{kind}/price"], equal_nan=True, rtol=1e-12)
        assert (part[f"{kind}/price"].dropna() > 0.0).all()
    rent = part["open/price"] - part["open/seller"]
    known = rent.notna()
    market = wide["energy_share_of_token_cost"]["us"]
    assert known.sum() > 6
    assert np.allclose((part["open/electricity"] / rent)[known], market[known], rtol=1e-9)


def test_compute_cost_of_closed_models_is_what_their_labs_reckon_with(short_run, short_table):
    history, _ = short_run
    models, tokens = history.models, history.tokens.sum(axis=1)
    weight = tokens * ((models["open"] == 0) & (models["available"] == 1))
    expected = (models["marginal_cost"] * weight).sum(axis=1) / weight.sum(axis=1)
    wide = short_table.pivot_table(index="date", columns=["metric", "key"], values="value", observed=True)
    part = wide["token_price_part_usd_per_mtok"]
    assert np.allclose(part["closed/price"] - part["closed/seller"], expected)
