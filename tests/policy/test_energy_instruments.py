"""Instruments on energy and public money: every parameter changes the law, and the law changes the economy."""

import numpy as np
import pytest
from policy.energy_law import law_of, world_under
from pydantic import ValidationError
from worlds import closes, copy_world, same_bytes, world_after

from sim import economy
from sim.agents import business
from sim.policy.instruments.energy import CLOUD_KINDS, INSTRUMENTS
from sim.policy.month import neutral_rows

CHIPS = {"destinations": ["us", "cn"], "rate": 0.3}
POWER = {"destinations": ["us", "cn"], "max_discount": 0.4}
CHINA = {"destinations": ["cn"], "max_discount": 0.4}
VOUCHER = {"destinations": ["us", "cn"], "rate": 0.3}
TARIFF = {"destinations": ["us"], "tax_usd_kwh": 0.02}
CARBON = {"destinations": ["eu"], "usd_per_t": 80.0}
GRID = {"destinations": ["us"], "limit_factor": 0.05}
LEVY = {"destinations": ["us"], "usd_per_kw": 500.0}
PUBLIC = {"destinations": ["us"], "budget_usd_per_year": 2e8}

CASES = [
    ("chip_subsidy", CHIPS, "destinations", ["us"]),
    ("chip_subsidy", CHIPS, "rate", 0.2),
    ("chip_subsidy", CHIPS, "budget_usd_per_year", 1e6),
    ("chip_subsidy", CHIPS, "design_origins", ["cn"]),
    ("power_subsidy", POWER, "destinations", ["us"]),
    ("power_subsidy", POWER, "max_discount", 0.3),
    ("power_subsidy", POWER, "floor_price_usd_kwh", 0.07),
    ("power_subsidy", POWER, "budget_usd_per_year", 1e5),
    ("power_subsidy", CHINA, "design_origins", ["cn"]),
    ("compute_subsidy", VOUCHER, "destinations", ["us"]),
    ("compute_subsidy", VOUCHER, "rate", 0.2),
    ("compute_subsidy", VOUCHER, "budget_usd_per_year", 1e5),
    ("compute_subsidy", VOUCHER, "design_origins", ["cn"]),
    ("power_tariff", TARIFF, "destinations", ["us", "cn"]),
    ("power_tariff", TARIFF, "tax_usd_kwh", 0.03),
    ("power_tariff", TARIFF, "rebate_usd_kwh", 0.01),
    ("power_tariff", TARIFF, "price_usd_kwh", 0.05),
    ("power_tariff", TARIFF, "kinds", ["neocloud"]),
    ("carbon_price", CARBON, "destinations", ["eu", "us"]),
    ("carbon_price", CARBON, "usd_per_t", 90.0),
    ("carbon_price", CARBON, "free_allocation", 0.9),
    ("carbon_price", CARBON, "behind_meter_covered", False),
    ("grid_programme", GRID, "destinations", ["us", "eu"]),
    ("grid_programme", GRID, "lag_factor", 0.5),
    ("grid_programme", GRID, "limit_factor", 0.1),
    ("grid_programme", GRID, "public_cost_usd_per_mw", 1e5),
    ("grid_programme", GRID, "priority", {"neocloud": 5.0}),
    ("datacentre_levy", LEVY, "destinations", ["us", "eu"]),
    ("datacentre_levy", LEVY, "usd_per_kw", 900.0),
    ("datacentre_levy", LEVY, "permitted_share", 0.5),
    ("public_compute", PUBLIC, "destinations", ["us", "cn"]),
    ("public_compute", PUBLIC, "budget_usd_per_year", 3e8),
    ("public_compute", PUBLIC, "open_weights_only", True),
]


def test_every_parameter_of_every_instrument_has_a_case():
    tested = {(name, key) for name, _, key, _ in CASES}
    assert tested == {(name, key) for name, model in INSTRUMENTS.items() for key in model.model_fields}


@pytest.mark.parametrize(("name", "base", "key", "value"), CASES, ids=[f"{case[0]}-{case[2]}" for case in CASES])
def test_every_parameter_changes_the_law_and_then_the_economy(name, base, key, value):
    changed = {**base, key: value}
    assert law_of((name, base)).tobytes() != law_of((name, changed)).tobytes()
    worlds = [world_under((name, parameters)) for parameters in (base, changed)]
    for world in worlds:
        for _ in range(2):  # a budget that is used up is felt in the month after
            economy.live_month(world)
            assert closes(world)
            world.macro["month"] += 1
            world.opening[:] = world.accounts
            for table in (world.journal, world.receipts, world.flows):
                table[:] = 0
            business.begin_month(world)
        world.policy[:] = neutral_rows(1)[0]
    assert not same_bytes(*worlds)


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("power_subsidy", {**POWER, "design_origins": ["us"]}, "alone is not modelled"),
        ("power_subsidy", {**POWER, "design_origins": ["cn"]}, "in China only"),
        ("compute_subsidy", {**VOUCHER, "rate": 1.0}, "at most 0.95"),
        ("datacentre_levy", {"destinations": ["us"]}, "give usd_per_kw"),
        ("grid_programme", {**GRID, "priority": {"bank": 2.0}}, "priority"),
        ("power_tariff", {**TARIFF, "kinds": ["bank"]}, "kinds"),
        ("carbon_price", {**CARBON, "usd_per_t": -1.0}, "usd_per_t"),
    ],
)
def test_what_the_model_cannot_do_is_refused(name, parameters, message):
    with pytest.raises(ValidationError, match=message):
        law_of((name, parameters))


def test_several_measures_combine_as_their_descriptions_say():
    law = law_of(
        ("compute_subsidy", {"destinations": ["eu"], "rate": 0.6, "budget_usd_per_year": 1e6}),
        ("compute_subsidy", {"destinations": ["eu"], "rate": 0.6, "budget_usd_per_year": 2e6}),
        ("power_subsidy", {"destinations": ["eu"], "max_discount": 0.3, "floor_price_usd_kwh": 0.05}),
        ("power_subsidy", {"destinations": ["eu"], "max_discount": 0.2}),
        ("carbon_price", {"destinations": ["eu"], "usd_per_t": 60.0, "free_allocation": 0.5}),
        ("carbon_price", {"destinations": ["eu"], "usd_per_t": 20.0, "behind_meter_covered": False}),
        ("power_tariff", {"destinations": ["eu"], "tax_usd_kwh": 0.03, "kinds": ["lab"]}),
        ("power_tariff", {"destinations": ["eu"], "rebate_usd_kwh": 0.01}),
        ("datacentre_levy", {"destinations": ["eu"], "permitted_share": 0.5}),
        ("datacentre_levy", {"destinations": ["eu"], "permitted_share": 0.5, "usd_per_kw": 7.0}),
    )[0]
    assert law["compute_subsidy"][2] == 0.95
    assert law["compute_subsidy_budget"][2] == 3e6
    assert (law["power_discount"][2], law["power_discount_floor"][2]) == (0.3, 0.05)
    assert law["carbon_price_usd_t"][2] == 80.0
    assert law["carbon_collected_usd_t"][2] == 50.0
    assert law["carbon_exempt"][2] == 0.25
    here = law["power_levy_usd_kwh"].reshape(6, 5)[2]
    assert here == pytest.approx([0.02 if kind == "lab" else -0.01 for kind in CLOUD_KINDS])
    assert (law["permit_share"][2], law["datacentre_levy_usd_kw"][2]) == (0.25, 7.0)


def test_a_law_that_says_nothing_changes_no_byte():
    silent = law_of(
        ("chip_subsidy", {"destinations": ["us"], "rate": 0.0}),
        ("power_subsidy", {"destinations": ["us"], "max_discount": 0.0}),
        ("power_tariff", {"destinations": ["us"]}),
        ("carbon_price", {"destinations": ["us"], "usd_per_t": 0.0}),
        ("grid_programme", {"destinations": ["us"]}),
    )
    assert silent.tobytes() == neutral_rows(1).tobytes()
    plain, same = world_after(30), world_after(30)
    for world, row in ((plain, neutral_rows(1)), (same, silent)):
        world.policy[:] = row[0]
        economy.live_month(world)
    assert same_bytes(plain, same)


def test_accounts_close_with_everything_at_an_extreme():
    world = world_under(
        ("chip_subsidy", {**CHIPS, "rate": 1.0, "budget_usd_per_year": 1e9}),
        ("power_subsidy", {**POWER, "max_discount": 1.0}),
        ("compute_subsidy", {**VOUCHER, "rate": 0.95}),
        ("power_tariff", {"destinations": ["us", "cn", "eu"], "rebate_usd_kwh": 2.0}),
        ("carbon_price", {"destinations": ["us", "cn"], "usd_per_t": 1000.0}),
        ("grid_programme", {**GRID, "public_cost_usd_per_mw": 1e7, "priority": {"lab": 100.0}}),
        ("datacentre_levy", {"destinations": ["us"], "usd_per_kw": 1e5, "permitted_share": 0.0}),
        ("public_compute", {"destinations": ["us", "cn", "eu"], "budget_usd_per_year": 1e10}),
    )
    before = copy_world(world)
    for _ in range(4):
        economy.live_month(world)
        assert closes(world)
        assert world.macro["chip_gap"][0] <= 1e-6
        assert world.macro["power_gap"][0] <= 1e-6
        world.macro["month"] += 1
        world.opening[:] = world.accounts
        for table in (world.journal, world.receipts, world.flows):
            table[:] = 0
        business.begin_month(world)
    assert np.isfinite(world.regions["rent_contract"]).all()
    assert world.accounts.sum() == before.accounts.sum()
