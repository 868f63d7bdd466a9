"""Other business of clouds, incomes passed on; names of accounts and of draws."""

import numpy as np
import pytest
from worlds import closes, copy_world, flow_usd, world_after

from sim import accounts as a
from sim import draws
from sim.agents import business
from sim.ledger import LEGACY_CAPEX, LEGACY_INCOME, SECTORS
from sim.streams import stream_key


def test_a_month_begins_with_flows_at_zero():
    world = world_after(24)
    for name in ("revenue", "chip_revenue", "cost_of_sales", "licence_revenue", "china_revenue", "levy_paid"):
        assert not world.vendors[name].any()
    assert not world.clouds["ai_capex"].any()
    assert not world.macro["subsidy_cost"].any()


def test_clouds_earn_and_invest_in_their_other_business():
    world = world_after(24)
    business.run_other_business(world)
    there = world.clouds[(world.clouds["active"] == 1) & (world.clouds["entry"] <= 24)]
    assert flow_usd(world, LEGACY_INCOME) == pytest.approx(there["operating_cash_flow"].sum(), rel=1e-9)
    assert flow_usd(world, LEGACY_CAPEX) == pytest.approx(there["legacy_capex"].sum(), rel=1e-9)
    assert there["capex"] == pytest.approx(there["ai_capex"] + there["legacy_capex"])
    assert closes(world)


def test_incomes_are_passed_on_and_nobody_is_drawn_below_zero_for_it():
    world = world_after(24)
    total = world.accounts.sum()
    for account in (a.FOUNDRY, a.BUILDERS, a.ROBOT_MAKERS):
        world.accounts[account] += 10**14
    world.opening[:] = world.accounts
    before = copy_world(world).accounts
    business.pass_on_incomes(world)
    assert closes(world)
    assert world.accounts.sum() == total + 3 * 10**14
    keep = round(float(world.p[0]["finance_supplier_cash_usd"]) * 100)
    for account in (a.FOUNDRY, a.BUILDERS, a.ROBOT_MAKERS):
        assert world.accounts[account] == keep
    assert (world.accounts[before >= 0] >= 0).all()
    users = slice(a.USERS0, a.USERS0 + a.N_REGIONS)
    opening = round(float(world.p[0]["finance_opening_users_usd"]) * 100)
    assert (world.accounts[users] >= before[users]).all()
    assert (world.accounts[users] <= np.maximum(before[users], opening)).all()


def test_every_account_has_a_name_and_a_sector():
    names, sectors = a.account_table()
    assert len(names) == len(sectors) == a.N_ACCOUNTS
    assert set(sectors) == set(range(len(SECTORS)))
    sector_of = dict(zip(names, (SECTORS[s] for s in sectors), strict=True))
    assert sector_of["lab/openai"] == "labs_us" and sector_of["lab/deepseek"] == "labs_cn"
    assert sector_of["lab/mistral"] == "labs_eu" and sector_of["memory"] == "foundry_memory"
    assert sector_of["vendor/huawei"] == "vendors" and sector_of["cloud/huawei_cloud"] == "clouds"


def test_draws_have_a_key_per_purpose_and_agent():
    table = draws.key_table()
    assert table.shape == (len(draws.PURPOSES), draws.MAX_AGENTS)
    assert len(np.unique(table)) == table.size
    assert table[draws.RAISE, 3] == stream_key("agent/3", "raise")
    assert max(a.N_LABS, 16 + a.N_CLOUDS - 17) <= draws.MAX_AGENTS
