"""Physical AI: which model robots run and where, tokens and compute, payments, learning from deployment."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_industry import at_capability, month_of_industry
from worlds import closes, copy_world, flow_usd, parameters, world_after

from sim.accounts import LAB_KEYS
from sim.agents import industry, robots
from sim.ledger import MODEL_LICENCES, PHYSICAL_AI_PAYMENTS
from sim.world import CN, US

QUICK = settings(max_examples=20, deadline=None)
CHINESE = [row for row, key in enumerate(LAB_KEYS) if key in ("deepseek", "qwen", "moonshot", "zhipu", "minimax")]


def choosing(eci=185.0, months=40, **changes):
    """A world with robots on foundation models that chose a model this month, without a past."""
    world = at_capability(world_after(months), eci)
    for name, value in changes.items():
        parameters(world)["industry_" + name] = value
    world.industries["edge_share"] = 0.0
    world.industries["cloud_share"] = 0.0
    world.industries["physical_age"][:, 0] += 10_000.0
    world.industries["physical"] += 10_000.0
    world.industries["robots"] += 10_000.0
    return world


def open_share(world):
    """Share of robots by region whose model has open weights."""
    industries, is_open = world.industries, world.models["open"] == 1
    edge = np.where(industries["edge_model"] >= 0, is_open[industries["edge_model"]], False)
    cloud = np.where(industries["cloud_model"] >= 0, is_open[industries["cloud_model"]], False)
    return (industries["edge_share"] * edge + industries["cloud_share"] * cloud).sum(axis=1)


def test_mastery_is_a_half_at_its_midpoint_and_falls_by_the_penalty():
    assert robots.mastered(180.0, 0.0, 180.0, 10.0) == pytest.approx(0.5)
    assert robots.mastered(190.0, 10.0, 180.0, 10.0) == pytest.approx(0.5)
    assert robots.mastered(200.0, 0.0, 180.0, 10.0) == pytest.approx(1.0 / (1.0 + np.exp(-2.0)))


def test_skill_from_deployment_has_diminishing_returns_and_a_bound():
    skills = np.array([robots.learned_skill(float(d), 6.0, 4e6) for d in np.linspace(0.0, 1e9, 50)])
    assert robots.learned_skill(4e6, 6.0, 4e6) == pytest.approx(3.0)
    assert skills[0] == 0.0 and (np.diff(skills) > 0.0).all() and (np.diff(skills, 2) < 0.0).all()
    assert skills[-1] < 6.0


def test_shares_are_a_logit_of_cost_per_task_mastered():
    """Of two labs the odds are (mastery / cost) to the power of the sharpness of choice, times tastes."""
    world = choosing(adaptation_taste=0.0)
    p = parameters(world)
    p["developers_origin_distaste"] = 0.0
    p["developers_ban_strength"] = 0.0
    p["developers_home_taste"] = 0.0
    industry.price_robots(world)
    robots.choose_robot_models(world)
    now, scale = world.industries[US], p["industry_choice_scale"]
    assert now["edge_share"].sum() + now["cloud_share"].sum() == pytest.approx(1.0)
    labs = np.flatnonzero(now["edge_share"] > 0.0)
    rate, life = p["industry_cost_of_capital"][US], p["industry_robot_life_years"]
    taught = now["unit_price"] * (1.0 + p["industry_engineering_ratio"][US] * (1.0 - p["industry_engineering_saved"]))
    bare = taught * rate / (1.0 - (1.0 + rate) ** -life)
    bare += p["industry_upkeep_share"] * now["unit_price"]
    bare += p["industry_robot_kwh"] * world.regions["electricity_price"][US]
    charge = rate / (1.0 - (1.0 + rate) ** -p["industry_module_life_years"])
    odds = []
    for l in labs:
        model = world.models[now["edge_model"][l]]
        board = robots.edge_computer(p, model["size"])
        extra = robots.cost_of_model(world, p, US, int(now["edge_model"][l]), robots.EDGE, board, charge)
        q = model["q"] + world.industries["learning"][world.labs["region"][l]]
        mastery = robots.mastered(
            q, p["industry_edge_penalty_eci"], p["industry_physical_at_eci"], p["industry_physical_width_eci"]
        )
        odds.append((mastery / (bare + extra)) ** scale)
    shares = now["edge_share"][labs]
    assert shares / shares.sum() == pytest.approx(np.array(odds) / np.sum(odds), rel=1e-9)


def test_open_weights_win_the_edge_and_closed_models_the_network():
    favours = choosing()
    month_of_industry(favours)
    shares = favours.industries
    assert (shares["edge_share"].sum(axis=1) > 0.5).all()
    neutral = choosing(edge_openness=0.0)
    month_of_industry(neutral)
    assert (open_share(favours) >= open_share(neutral)).all()
    assert (open_share(favours)[[US, CN]] - open_share(neutral)[[US, CN]] > 0.0).any()


def test_law_keeps_foreign_closed_models_out_of_chinese_factories():
    world = choosing()
    world.models["open"][world.models["lab"] == 0] = 0
    month_of_industry(world)
    assert world.industries["edge_share"][CN, 0] == world.industries["cloud_share"][CN, 0] == 0.0
    assert world.industries["edge_share"][US, 0] + world.industries["cloud_share"][US, 0] > 0.0


@QUICK
@given(st.floats(0.0, 15.0), st.floats(0.0, 15.0))
def test_a_slower_network_never_moves_robots_to_the_network(one, other):
    shares = []
    for penalty in sorted((one, other)):
        world = choosing(network_penalty_eci=penalty)
        month_of_industry(world)
        shares.append(world.industries["cloud_share"].sum(axis=1))
    assert (shares[1] <= shares[0] + 1e-12).all()


def test_robots_at_work_change_their_model_slowly_and_at_once_if_it_is_gone():
    world = choosing()
    month_of_industry(world)
    before = copy_world(world).industries["edge_share"]
    favourite = int(before[US].argmax())
    world.models["q"][world.models["lab"] == favourite] -= 60.0
    month_of_industry(world)
    after = world.industries["edge_share"][US, favourite]
    months = parameters(world)["industry_requalification_months"]
    assert before[US, favourite] * (1.0 - 1.5 / months) < after < before[US, favourite]
    world.labs["active"][favourite] = 0
    month_of_industry(world)
    assert not world.industries["edge_share"][:, favourite].any()
    total = world.industries["edge_share"].sum(axis=1) + world.industries["cloud_share"].sum(axis=1)
    assert total == pytest.approx(np.ones(6))


def test_tokens_by_model_lab_and_compute_add_up():
    world = choosing()
    before = copy_world(world)
    now = month_of_industry(world)
    added = world.models["tokens_m"].sum() - before.models["tokens_m"].sum()
    assert now["tokens_m"].sum() == pytest.approx(added, rel=1e-9)
    p = parameters(world)
    need = now["physical"] * p["industry_tokens_per_robot_day"] * 365.0 / 12.0 / 1e6
    assert (now["tokens_m"] <= need * (1.0 + 1e-12)).all()
    assert now["cloud_lab_tokens_m"].sum(axis=1) == pytest.approx(now["cloud_tokens_m"])
    assert world.labs["robots"].sum() == pytest.approx(now["physical"].sum())
    more = world.labs["inference_h100e"] - before.labs["inference_h100e"]
    hosted = world.regions["host_h100e"] - before.regions["host_h100e"]
    assert (more >= 0.0).all() and (hosted >= 0.0).all()
    assert more.sum() + hosted.sum() > 0.0
    adopters = world.labs["open_tokens_m"] - before.labs["open_tokens_m"]
    assert adopters[CHINESE].sum() > 0.0


def test_factories_pay_labs_for_the_network_and_licences_and_hosts_for_open_models():
    world = choosing(edge_openness=0.0)
    month_of_industry(world)
    robots.pay_for_models(world)
    paid = flow_usd(world, MODEL_LICENCES) + flow_usd(world, PHYSICAL_AI_PAYMENTS)
    assert flow_usd(world, MODEL_LICENCES) > 0.0
    assert 0.0 < world.labs["physical_revenue"].sum() <= paid * (1.0 + 1e-9)
    assert closes(world)


def test_labs_learn_at_home_and_part_of_it_passes_into_general_capability_once():
    from sim.agents import labs

    world = choosing(learning_transfer=0.2)
    for name in ("research_gain", "diffusion_open", "diffusion_closed"):
        parameters(world)["labs_" + name] = 0.0
    world.labs["training_h100e"] = 0.0
    month_of_industry(world)
    learned = world.industries["learned"].copy()
    assert (learned > 0.0).all()
    without = copy_world(world)
    without.industries["learned"] = 0.0
    for each in (world, without):
        labs.advance_knowledge(each)
    gain = world.labs["potential_q"] - without.labs["potential_q"]
    active = (world.labs["active"] == 1) & (world.labs["entry"] <= 40)
    expected = 0.2 * learned[world.labs["region"]]
    assert gain[active] == pytest.approx(expected[active], rel=1e-6)
