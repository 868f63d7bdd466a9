"""Consumer platforms: Bass diffusion, shares of users, the model that is served."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import copy_world, parameters, world_after

from sim.accounts import LAB0, LAB_KEYS, PLATFORM_KEYS
from sim.agents import hub, platform_models, platforms
from sim.markets import revenue
from sim.world import CN, SEA, US

QUICK = settings(max_examples=25, deadline=None)


@pytest.mark.parametrize(("p", "q"), [(0.03, 0.38), (0.01, 0.6), (0.02, 1.2)])
def test_bass_adoption_peaks_at_its_closed_form_time(p, q):
    """Peak of new users at `ln(q/p)/(p+q)` (Bass 1969); integrated in small steps."""
    users, step, sales = 0.0, 0.01, []
    while users < 0.99:
        new = platforms.diffusion_of_users(users, 1.0, p, q)
        sales.append(new)
        users += new * step
    assert np.argmax(sales) * step == pytest.approx(np.log(q / p) / (p + q), abs=0.1)
    assert max(sales) == pytest.approx((p + q) ** 2 / (4 * q), rel=1e-2)


def test_diffusion_begins_with_innovators_and_ends_at_the_potential():
    assert platforms.diffusion_of_users(0.0, 1000.0, 0.02, 0.4) == pytest.approx(20.0)
    assert platforms.diffusion_of_users(1000.0, 1000.0, 0.02, 0.4) == 0.0
    assert platforms.diffusion_of_users(1200.0, 1000.0, 0.02, 0.4) == 0.0


@QUICK
@given(st.integers(0, 5))
def test_new_users_of_a_region_are_those_of_diffusion(r):
    world = world_after(24)
    before = copy_world(world)
    p = parameters(world)
    platforms.attract_users(world, r, p)
    total = float(before.platforms["users"][:, r].sum())
    potential = float(p["platforms_population_m"][r] * 1e6 * p["platforms_user_ceiling"])
    new = platforms.diffusion_of_users(
        total, potential, float(p["platforms_innovation"] / 12.0), float(p["platforms_imitation"] / 12.0)
    )
    change = world.platforms["users"][:, r].sum() - total
    assert change == pytest.approx(new, rel=1e-9) or change == 0.0
    assert (world.platforms["users"][:, r] >= 0.0).all()


def test_a_platform_is_closed_before_its_launch_and_where_the_law_keeps_it_out():
    world = world_after(24)
    p = parameters(world)
    world.platforms["launch"] = 100.0
    assert all(platforms.platform_weight(world, i, r, p) == 0.0 for i in range(6) for r in range(6))
    world.platforms["launch"] = 0.0
    world.platforms["launch_abroad"] = 0.0
    american = world.platforms["origin"] == 0
    assert all(platforms.platform_weight(world, i, 1, p) == 0.0 for i in np.flatnonzero(american))


def test_platforms_ask_their_labs_for_compute():
    world = world_after(40)
    world.labs["inference_h100e"] = 0.0
    platforms.serve_platforms(world)
    wanted = np.zeros(len(world.labs))
    np.add.at(wanted, world.platforms["lab"], world.platforms["compute_h100e"])
    assert world.labs["inference_h100e"] == pytest.approx(wanted)
    assert wanted.sum() > 0.0
    assert world.platforms["total_users"] == pytest.approx(world.platforms["users"].sum(axis=1))


def test_who_leaves_a_platform_takes_the_agent_along():
    world = world_after(40)
    p = parameters(world)
    for r in range(6):
        users = world.platforms["users"][:, r]
        world.platforms["agent_users"][:, r] = users * np.linspace(0.0, 0.4, len(users))
    before = world.platforms["agent_users"].sum(axis=0)
    p["platforms_churn"] = 0.3
    for r in range(6):
        platforms.attract_users(world, r, p)
    assert world.platforms["agent_users"].sum(axis=0) == pytest.approx(before)
    assert (world.platforms["agent_users"] >= 0.0).all()
    assert (world.platforms["agent_users"] <= world.platforms["users"] + 1e-6).all()


def test_a_platform_closes_when_its_lab_has_left_and_its_users_go_elsewhere():
    world = world_after(40)
    world.platforms["agent_users"] = 0.1 * world.platforms["users"]
    users, agents = (world.platforms[name].sum(axis=0) for name in ("users", "agent_users"))
    gone = int(world.platforms["lab"][0])
    world.labs["active"][gone] = 0
    world.labs["inference_h100e"] = 0.0
    parameters(world)["platforms_agent_dropout"] = 0.0
    platforms.serve_platforms(world)
    closed = world.platforms[0]
    assert closed["users"] == pytest.approx(np.zeros(6), abs=1.0)
    assert (closed["tokens_m"], closed["embedded_m"], closed["compute_h100e"]) == (0.0, 0.0, 0.0)
    assert world.labs["inference_h100e"][gone] == 0.0
    # Nobody gives up using an assistant because of it, and agents move with their owners.
    assert (world.platforms["users"].sum(axis=0) >= users - 1.0).all()
    assert (world.platforms["agent_users"].sum(axis=0) >= agents - 1.0).all()
    before = copy_world(world)
    revenue.sell_assistants(world)
    assert world.platforms["revenue"][0] == 0.0
    assert world.accounts[LAB0 + gone] == before.accounts[LAB0 + gone]


def test_chinese_apps_reach_abroad_from_their_opening_there_and_american_ones_never_reach_china():
    world = world_after(40)
    p = parameters(world)
    world.platforms["served_q"] = 140.0
    chinese = np.flatnonzero(world.platforms["origin"] == 1)
    world.platforms["launch_abroad"][chinese] = 41.0
    assert all(platforms.platform_weight(world, i, SEA, p) == 0.0 for i in chinese)
    world.platforms["launch_abroad"][chinese] = 40.0
    assert all(platforms.platform_weight(world, i, SEA, p) > 0.0 for i in chinese)
    # With equal users, the taste for Chinese assistants decides: more in South-East Asia than in the United States.
    world.platforms["users"] = 1e6
    assert all(
        platforms.platform_weight(world, i, SEA, p) > platforms.platform_weight(world, i, US, p) for i in chinese
    )
    american = np.flatnonzero(world.platforms["origin"] == 0)
    assert all(platforms.platform_weight(world, i, CN, p) == 0.0 for i in american)


@QUICK
@given(st.floats(0.01, 10.0), st.floats(1.01, 5.0), st.floats(0.1, 3.0))
def test_owners_embed_what_is_worth_its_tokens(cost, dearer, exponent):
    """Pareto tail: `e` is the elasticity of uses in the cost of a token, and none is embedded below its worth."""
    one = platforms.uses_worth_their_tokens(100.0, cost, 1.0, exponent)
    other = platforms.uses_worth_their_tokens(100.0, cost * dearer, 1.0, exponent)
    assert np.log(one / other) == pytest.approx(exponent * np.log(dearer))
    assert platforms.uses_worth_their_tokens(100.0, 1.0, 1.0, exponent) == pytest.approx(100.0)


def test_embedded_tokens_settle_at_what_is_worth_it():
    world = world_after(40)
    p = parameters(world)
    i = 1
    for _ in range(200):
        platforms.embed(world, i, p)
    platform = world.platforms[i]
    behind = (p["platforms_embedded_at_eci_us"] - platform["served_q"]) / p["platforms_embedded_width_eci"]
    able = 1.0 / (1.0 + np.exp(behind))
    worth = (platform["token_cost"] / p["platforms_embedded_reference_cost"]) ** -p["platforms_embedded_elasticity"]
    expected = p["platforms_embedded_scale_us"] * platform["other_products"] * worth * able
    assert platform["embedded_m"] == pytest.approx(expected, rel=1e-6)


def test_another_labs_open_model_is_adoption_for_its_maker():
    """Tokens of a platform that serves another lab's open weights count for that lab, on the hub and its ecosystem."""
    own, other = world_after(40), world_after(40)
    i = PLATFORM_KEYS.index("bytedance")
    maker = LAB_KEYS.index("qwen")
    slot = int(platform_models.best_model(other, maker, True))
    other.platforms["serving_lab"][i] = maker
    other.platforms["uses_open"][i] = 1
    other.platforms["served_q"][i] = other.models["q"][slot]
    for world in (own, other):
        world.labs["open_tokens_m"] = 0.0
        world.labs["inference_h100e"] = 0.0
        world.models["platform_tokens_m"] = 0.0
        platforms.use_platform(world, i, parameters(world))
        hub.run_hub(world)
    assert own.labs["open_tokens_m"].sum() == 0.0
    tokens = float(other.platforms["tokens_m"][i])
    assert other.labs["open_tokens_m"][maker] == tokens > 0.0
    assert other.models["platform_tokens_m"].sum() == tokens
    assert other.labs["adopters"][maker] == pytest.approx(own.labs["adopters"][maker] + tokens)
    assert other.labs["exposure"][maker] > own.labs["exposure"][maker]
    # The platform still serves on its own machines.
    assert other.labs["inference_h100e"][int(other.platforms["lab"][i])] == other.platforms["compute_h100e"][i]
