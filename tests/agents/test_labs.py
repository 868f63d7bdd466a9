"""Labs: research, diffusion and its steady-state lag, releases, openness, budgets, split of compute."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import closes, copy_world, parameters, world_after

from sim.accounts import INVESTORS_CN, INVESTORS_US, LAB0, LAB_KEYS, N_LABS
from sim.agents import labs
from sim.ledger import balance_usd
from sim.world import CN, SLOTS_PER_LAB

QUICK = settings(max_examples=25, deadline=None)
DEEPSEEK, OPENAI = LAB_KEYS.index("deepseek"), LAB_KEYS.index("openai")


def test_research_is_half_its_most_at_half_compute_and_rises_with_scarcity():
    assert labs.research_gain(1.2, 0.0, 0.0, 500.0, 500.0) == pytest.approx(0.05)
    assert labs.research_gain(1.2, 0.0, 0.0, 0.0, 500.0) == 0.0
    assert labs.research_gain(1.2, 0.3, 2.0, 1e12, 500.0) == pytest.approx(0.1 * 1.6)


def test_diffusion_is_proportional_to_the_gap_and_stops_at_the_top():
    assert labs.diffusion(3.0, 7.0, 14.0) == pytest.approx(3.0 / 12.0 * 0.5 * np.log(10.0))
    assert labs.diffusion(3.0, 0.0, 14.0) == 0.0
    assert labs.diffusion(3.0, -5.0, 14.0) == 0.0


@pytest.mark.parametrize("psi", [1.0, 1.7, 3.0])
@pytest.mark.parametrize("growth_eci", [0.5, 1.25])
def test_a_pure_follower_is_twelve_over_psi_months_behind(psi, growth_eci):
    """Leader gains `growth_eci` a month; the follower only learns. The lag is gap over growth, whatever the growth."""
    per_decade = 14.0
    leader, follower = 100.0, 100.0
    for _ in range(400):
        gain = labs.diffusion(psi, leader - follower, per_decade)
        follower += per_decade / labs.LN10 * gain
        leader += growth_eci
    # measured before this month's learning, as the labs see it
    assert (leader - follower) / growth_eci == pytest.approx(12.0 / psi, rel=1e-6)


def test_best_of_others_leaves_out_the_lab_itself_and_the_wrong_kind():
    world = world_after(30)
    models = world.models
    for row in (OPENAI, DEEPSEEK):
        for kind in (0, 1):
            fits = (models["available"] == 1) & (models["lab"] != row) & (models["open"] == kind)
            assert labs.best_of_others(world, row, kind) == models["q"][fits].max(initial=0.0)


def test_knowledge_and_training_compute_accumulate():
    world = world_after(24)
    before = copy_world(world)
    labs.advance_knowledge(world)
    there = (world.labs["active"] == 1) & (world.labs["entry"] <= 24)
    assert (world.labs["ln_algorithm"][there] >= before.labs["ln_algorithm"][there]).all()
    memory = parameters(world)["labs_training_memory_months"]
    stock = before.labs["training_stock"] * (1 - 1 / memory) + before.labs["training_h100e"]
    assert world.labs["training_stock"][there] == pytest.approx(stock[there])


@QUICK
@given(st.floats(0.0, 4.0), st.floats(0.0, 4.0))
def test_faster_diffusion_never_lowers_any_labs_knowledge(one, other):
    seen = []
    for psi in sorted((one, other)):
        world = world_after(24)
        parameters(world)["labs_diffusion_open"] = psi
        labs.advance_knowledge(world)
        seen.append(world.labs["ln_algorithm"].copy())
    assert (seen[1] >= seen[0]).all()


def test_a_state_incentive_adds_to_the_attraction_of_open_weights_of_its_labs_only():
    world = world_after(24)
    p = parameters(world)
    before = [labs.openness_utility(world, row, 120.0, p) for row in (DEEPSEEK, OPENAI)]
    p["labs_open_state_incentive_cn"] += 1.5
    after = [labs.openness_utility(world, row, 120.0, p) for row in (DEEPSEEK, OPENAI)]
    assert after[0] - before[0] == pytest.approx(1.5)
    assert after[1] == before[1]


@QUICK
@given(st.floats(100.0, 160.0), st.floats(100.0, 160.0))
def test_a_longer_lead_over_open_weights_never_makes_opening_more_attractive(one, other):
    world = world_after(24)
    low, high = sorted((one, other))
    p = parameters(world)
    utility = [labs.openness_utility(world, OPENAI, q, p) for q in (low, high)]
    assert utility[1] <= utility[0]


@pytest.mark.parametrize(("policy", "opened"), [(1.0, 1), (2.0, 0)])
def test_the_structural_switch_decides_every_release(policy, opened):
    world = world_after(24)
    parameters(world)["labs_open_policy"] = policy
    world.labs["months_to_release"] = 0
    world.labs["waiting_q"] = world.labs["best_q"] + 20.0
    labs.release_models(world)
    new = (world.models["released"] == 24) & (world.models["small"] == 0)
    assert new.any()
    assert (world.models["open"][new] == opened).all()


def test_a_run_that_is_not_better_is_not_released():
    world = world_after(24)
    world.labs["months_to_release"] = 0
    world.labs["waiting_q"] = world.labs["best_q"]
    before = world.labs["releases"].copy()
    labs.release_models(world)
    assert (world.labs["releases"] == before).all()


def test_a_new_model_takes_the_slot_of_the_older_one_of_its_tier():
    world = world_after(24)
    base = OPENAI * SLOTS_PER_LAB
    for _ in range(3):
        released = world.models["released"][base : base + 2].copy()
        there = world.models["available"][base : base + 2].copy()
        labs.put_model(world, OPENAI, 0, 140.0, 0)
        changed = np.flatnonzero(world.models["q"][base : base + 2] == 140.0)
        assert len(changed) == 1
        if there.all():
            assert released[changed[0]] == released.min()
        world.models["q"][base + changed[0]] = 139.0
        world.macro["month"] += 1


def test_frontiers_never_fall():
    world = world_after(30)
    before = world.macro[0].copy()
    world.labs["best_q"] = 0.0
    world.models["available"] = 0
    labs.measure_frontiers(world)
    for name in ("frontier_us", "frontier_cn", "frontier_open", "frontier_closed"):
        assert world.macro[name][0] == before[name]


def test_porting_moves_towards_the_domestic_share_and_only_in_china():
    world = world_after(36)
    world.regions["mix_us_designed"][CN] = 0.0
    before = world.labs["porting_share"].copy()
    labs.port_to_domestic_chips(world)
    chinese = (world.labs["origin"] == 1) & (world.labs["active"] == 1)
    assert (world.labs["porting_share"][chinese] > before[chinese]).all()
    assert (world.labs["porting_share"][~chinese] == before[~chinese]).all()
    assert (world.labs["porting_share"] <= 1.0).all()


def test_budgets_of_independent_labs_never_exceed_half_their_cash():
    world = world_after(24)
    labs.plan_budgets(world)
    for row in range(N_LABS):
        lab = world.labs[row]
        if lab["active"] and lab["owner"] < 0 and lab["entry"] <= 24:
            spending = lab["budget_usd"] + lab["staff_usd"]
            assert 0.0 <= spending <= max(0.0, balance_usd(world, LAB0 + row)) * 0.5 * (1 + 1e-12)


def test_compute_is_split_without_loss_and_training_keeps_its_floor():
    world = world_after(24)
    world.labs["inference_h100e"] *= 50.0
    labs.split_compute(world)
    floor = float(parameters(world)["labs_training_share_min"])
    there = (world.labs["active"] == 1) & (world.labs["entry"] <= 24)
    now = world.labs[there]
    assert (now["training_h100e"] >= floor * now["compute_h100e"] * (1 - 1e-12)).all()
    assert (now["training_h100e"] <= now["compute_h100e"]).all()
    assert ((now["served_share"] >= 0.0) & (now["served_share"] <= 1.0)).all()
    assert (now["served_share"] < 1.0).any()


def test_owners_make_their_labs_whole():
    world = world_after(24)
    labs.pay_staff_and_subsidies(world)
    assert closes(world)
    for row in range(N_LABS):
        lab = world.labs[row]
        if lab["active"] and lab["owner"] >= 0 and lab["entry"] <= 24:
            assert balance_usd(world, LAB0 + row) == pytest.approx(lab["compute_cost"], abs=0.02)


def test_investors_by_origin():
    world = world_after(1)
    for row in range(N_LABS):
        expected = INVESTORS_CN if world.labs["origin"][row] == 1 else INVESTORS_US
        assert labs.investors_of(world, row) == expected


def test_who_does_much_with_little_compute_serves_cheaper():
    world = world_after(30)
    chinese = np.flatnonzero((world.labs["origin"] == 1) & (world.labs["active"] == 1) & (world.labs["entry"] <= 30))
    world.labs["potential_q"][chinese] = 130.0
    world.labs["training_stock"][chinese] = 20_000.0
    assert labs.frugal_size(world, chinese[0]) == pytest.approx(1.0)
    world.labs["training_stock"][chinese[0]] = 2_000.0
    k = float(parameters(world)["labs_frugal_serving"])
    ahead = np.log(10.0) * (1.0 - 1.0 / len(chinese))
    assert labs.frugal_size(world, chinese[0]) == pytest.approx(np.exp(-k * np.tanh(ahead / 2.0)))
    assert labs.frugal_size(world, chinese[1]) > 1.0
    parameters(world)["labs_frugal_serving"] = 0.0
    assert labs.frugal_size(world, chinese[0]) == 1.0
