"""Who pays for tokens and assistants, and on whose chips tokens run."""

import numpy as np
import pytest
from worlds import closes, flow_usd, parameters, world_after

from sim.accounts import HOST0, HOUSEHOLDS, N_LABS, N_REGIONS, USERS0
from sim.agents import developers, platforms
from sim.ledger import API_PAYMENTS, ASSISTANT_PAYMENTS, HOST_PAYMENTS, PLATFORM_COSTS, REVENUE_SHARE, balance_usd
from sim.markets import revenue
from sim.world import LAB_API, MANAGED, US


def used(months=30):
    """A world in which tokens have been used this month."""
    world = world_after(months)
    for act in (developers.choose_models, developers.use_tokens, developers.load_compute):
        act(world)
    return world


def test_users_pay_for_all_tokens_and_labs_hosts_and_clouds_receive_it():
    world = used()
    revenue.sell_tokens(world)
    assert closes(world)
    paid = -(world.accounts - world.opening)[USERS0 : USERS0 + N_REGIONS].sum() / 100.0
    assert paid == pytest.approx(flow_usd(world, API_PAYMENTS) + flow_usd(world, HOST_PAYMENTS))
    net = flow_usd(world, API_PAYMENTS) - flow_usd(world, REVENUE_SHARE)
    assert world.labs["api_revenue"].sum() == pytest.approx(net, rel=1e-9)
    assert paid > 0.0


def test_a_cloud_keeps_its_share_of_what_it_resells():
    without, with_share = used(), used()
    parameters(without)["pricing_cloud_revenue_share"] = 0.0
    for world in (without, with_share):
        revenue.sell_tokens(world)
    assert flow_usd(without, REVENUE_SHARE) == 0.0
    assert flow_usd(with_share, REVENUE_SHARE) > 0.0
    assert (with_share.labs["api_revenue"] <= without.labs["api_revenue"] + 1e-6).all()


def test_assistants_earn_by_user_and_nothing_before_their_launch():
    world = used()
    world.platforms["launch"] = 1000.0
    revenue.sell_assistants(world)
    assert flow_usd(world, ASSISTANT_PAYMENTS) == 0.0
    one, two = used(), used()
    two.platforms["users"] *= 2.0
    two.platforms["agent_users"] *= 2.0
    for world in (one, two):
        revenue.sell_assistants(world)
    assert two.platforms["revenue"] == pytest.approx(2.0 * one.platforms["revenue"])
    assert closes(one)
    there = one.labs[(one.labs["active"] == 1) & (one.labs["entry"] <= 30)]
    lines = ("api_revenue", "assistant_revenue", "other_revenue", "physical_revenue")
    assert there["revenue"] == pytest.approx(sum(there[line] for line in lines))


def test_compute_kept_ready_never_takes_what_training_needs():
    assert revenue.kept_ready(10.0, 100.0, 0.0, 0.35) == 0.0
    assert revenue.kept_ready(10.0, 100.0, 55.0, 0.35) == pytest.approx(27.5)  # as much as could be spared: half of it
    assert revenue.kept_ready(70.0, 100.0, 55.0, 0.35) == 0.0
    assert revenue.kept_ready(10.0, 100.0, 1e9, 0.35) == pytest.approx(55.0, rel=1e-6)


def test_cost_of_revenue_is_made_of_its_parts():
    world = used()
    platforms.serve_platforms(world)
    revenue.sell_tokens(world)
    revenue.sell_assistants(world)
    p = parameters(world)
    labs = world.labs[(world.labs["active"] == 1) & (world.labs["entry"] <= 30)]
    earning = labs[labs["revenue"] > 1000.0]
    assert earning["gross_margin"] == pytest.approx(1.0 - earning["cost_of_revenue"] / earning["revenue"])
    assert (labs["inference_cost"] <= labs["compute_cost"] * (1 + 1e-9)).all()
    assert (labs["cost_of_revenue"] >= labs["other_cost"] + p["labs_serving_staff_share"] * labs["staff_usd"]).all()
    assert labs["other_cost"].sum() > 0.0
    fees = flow_usd(world, PLATFORM_COSTS)
    assert fees == pytest.approx(
        labs["other_cost"].sum() + p["platforms_cost_share"] * world.platforms["revenue"].sum(), rel=1e-9
    )
    assert closes(world)


def test_the_margin_of_api_sales_is_what_tokens_leave_over_their_compute():
    world = used()
    revenue.sell_tokens(world)
    own = world.channel_tokens[:, :, LAB_API].sum(axis=0)
    own += np.where(world.models["open"] == 0, world.channel_tokens[:, :, MANAGED].sum(axis=0), 0.0)
    cost = np.bincount(world.models["lab"], own * world.models["marginal_cost"], N_LABS)
    assert world.labs["api_cost"] == pytest.approx(cost, rel=1e-9)
    sold = world.labs["api_revenue"] > 1000.0
    margin = 1.0 - world.labs["api_cost"] / np.maximum(world.labs["api_revenue"], 1.0)
    assert world.labs["api_gross_margin"][sold] == pytest.approx(margin[sold])


def test_hosts_pass_on_their_cash_and_entry_competes_the_margin_away():
    world = used()
    revenue.sell_tokens(world)
    revenue.run_hosts(world)
    assert all(balance_usd(world, HOST0 + r) == 0.0 for r in range(N_REGIONS))
    assert closes(world)
    assert balance_usd(world, HOUSEHOLDS) > 0.0
    p = parameters(world)
    p["pricing_host_market_growth"] = 0.0
    for _ in range(600):
        revenue.run_hosts(world)
    assert world.macro["host_margin"][0] == pytest.approx(float(p["pricing_host_margin"]), rel=1e-3)
    free_entry = p["pricing_host_margin_start"] * (world.macro["hosts"][0] / p["pricing_hosts_start"]) ** -0.5
    assert world.macro["host_margin"][0] == pytest.approx(free_entry, rel=1e-3)


def test_tokens_on_american_chips_are_a_part_of_all_tokens():
    world = used(40)
    revenue.trace_chips_of_tokens(world)
    macro = world.macro[0]
    for kind in ("cn_models", "open"):
        assert 0.0 <= macro[f"tokens_{kind}_us_chips_m"] <= macro[f"tokens_{kind}_m"] * (1 + 1e-9)
        assert macro[f"tokens_{kind}_m"] <= macro["tokens_all_m"]
    assert macro["tokens_us_chips_m"] <= macro["tokens_all_m"] * (1 + 1e-9)
    assert (macro["open_tokens_us_platform_region_m"] <= macro["open_tokens_region_m"] * (1 + 1e-9)).all()
    everything = world.tokens.sum() + world.platforms["tokens_m"].sum() + world.industries["cloud_tokens_m"].sum()
    assert macro["tokens_all_m"] == pytest.approx(everything)


def test_a_fully_ported_lab_at_home_uses_no_american_chips():
    world = used(40)
    chinese = int(np.flatnonzero(world.labs["origin"] == 1)[0])
    world.lab_region[chinese] = 0.0
    world.lab_region[chinese, 1] = 1.0
    world.labs["porting_share"][chinese] = 1.0
    assert revenue.lab_us_chips(world, chinese) == 0.0
    world.labs["porting_share"][chinese] = 0.25
    assert revenue.lab_us_chips(world, chinese) == pytest.approx(0.75)


def test_survey_counts_firms():
    world = used()
    revenue.survey_firms(world)
    total = world.holders[N_LABS]
    firms = np.isin(world.communities["segment"], (1, 2)) & (world.communities["region"] == US)
    assert total == world.communities["count"][firms].sum()
    assert (world.holders[:N_LABS] <= total).all()
