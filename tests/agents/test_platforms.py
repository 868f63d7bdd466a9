"""Consumer platforms: Bass diffusion, shares of users, the model that is served."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import copy_world, parameters, world_after

from sim.agents import platforms

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
    american = world.platforms["origin"] == 0
    assert all(platforms.platform_weight(world, i, 1, p) == 0.0 for i in np.flatnonzero(american))


def test_american_platforms_never_serve_chinese_models():
    world = world_after(40)
    world.labs["open_now"] = 1
    world.labs["best_q"][world.labs["origin"] == 1] += 100.0
    platforms.choose_platform_model(world)
    for platform in world.platforms:
        if platform["origin"] == 0:
            assert world.labs["origin"][platform["serving_lab"]] != 1


def test_a_platform_changes_to_a_better_open_model_only_beyond_its_bonus():
    world = world_after(40)
    i = int(np.flatnonzero(world.platforms["origin"] == 1)[0])
    own = int(world.platforms["lab"][i])
    other = next(n for n in np.flatnonzero((world.labs["origin"] == 1) & (world.labs["active"] == 1)) if n != own)
    world.labs["open_now"] = 0
    world.labs["open_now"][other] = 1
    bonus = float(parameters(world)["platforms_own_model_bonus_eci"])
    for ahead, serving in ((bonus * 0.5, own), (bonus + 1.0, other)):
        world.labs["best_q"][other] = world.labs["best_q"][own] + ahead
        platforms.choose_platform_model(world)
        assert world.platforms["serving_lab"][i] == serving
        assert world.platforms["uses_open"][i] == (serving == other)


def test_platforms_ask_their_labs_for_compute():
    world = world_after(40)
    world.labs["inference_h100e"] = 0.0
    platforms.serve_platforms(world)
    wanted = np.zeros(len(world.labs))
    np.add.at(wanted, world.platforms["lab"], world.platforms["compute_h100e"])
    assert world.labs["inference_h100e"] == pytest.approx(wanted)
    assert wanted.sum() > 0.0
    assert world.platforms["total_users"] == pytest.approx(world.platforms["users"].sum(axis=1))


def test_size_of_other_products():
    assert platforms.embedded_base(1) == 1.0
    assert all(0.0 < platforms.embedded_base(i) <= 1.0 for i in range(6))
