"""Bans by origin of the model: who obeys, what they choose, who is untouched; platforms and factories."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from law_world import put_law
from test_robots import choosing
from worlds import copy_world, parameters, world_after

from sim.accounts import LAB_KEYS, PLATFORM_KEYS
from sim.agents import developers, industry, platform_models, platforms, procurement, robots
from sim.agents.choice_kernel import recount
from sim.draws import COMPLIANCE, PLATFORM_COMPLIANCE
from sim.streams import stream, uniform
from sim.world import CN, EU, EXPECTED, IN_FORCE, SEGMENTS, US

QUICK = settings(max_examples=15, deadline=None)
MONTHS = 32
MANY = (("developers.count", 3000),)
CHINESE = 1
SHARES = st.floats(0.0, 1.0)
BYTEDANCE, META_APP = PLATFORM_KEYS.index("bytedance"), PLATFORM_KEYS.index("meta")
QWEN, BYTEDANCE_LAB, META = (LAB_KEYS.index(key) for key in ("qwen", "bytedance", "meta"))
BAN = {"origins": ["cn"], "regions": ["us", "eu"], "segments": ["router", "startup"]}


def many():
    """A world in which Chinese models have many users abroad, at the beginning of a month."""
    return world_after(MONTHS, MANY)


def chosen(world):
    """The world after its developers have chosen."""
    developers.choose_models(world)
    return world


def in_scope(world, ban=None):
    """Communities under the ban."""
    ban = ban or BAN
    names = ("us", "cn", "eu", "gulf", "sea", "row")
    return [
        c
        for c, community in enumerate(world.communities)
        if names[community["region"]] in ban["regions"] and SEGMENTS[community["segment"]] in ban["segments"]
    ]


def members(world, c):
    first, count = int(world.communities["first"][c]), int(world.communities["count"][c])
    return slice(first, first + count)


def traits(world, c):
    """Compliance of the developers of a community, read off NumPy's own generator."""
    seed = int(world.macro["seed"][0])
    return stream(seed, f"agent/{c}", "compliance", 0).random(int(world.communities["count"][c]))


def holds_chinese(world, c):
    """Per developer: whether any position holds a Chinese model."""
    chinese = np.append(world.labs["origin"][world.models["lab"]] == CHINESE, np.zeros(192, bool))
    return chinese[world.developers.choice[members(world, c)]].any(axis=1)


def test_the_trait_is_a_stream_of_its_own_and_a_prefix_for_fewer_developers():
    world = many()
    seed = int(world.macro["seed"][0])
    for c in (0, 3):
        drawn = [uniform(seed, world.keys[COMPLIANCE, c], 0, k) for k in range(8)]
        assert drawn == traits(world, c)[:8].tolist()


@pytest.mark.parametrize("compliance", [0.3, 1.0])
def test_who_obeys_leaves_at_once_and_who_does_not_obey_chooses_as_without_a_ban(compliance):
    free, banned = many(), put_law(many(), "procurement_ban", compliance=compliance, **BAN)
    before = copy_world(free)
    chosen(free), chosen(banned)
    left = 0
    for c in in_scope(free):
        obeys = traits(free, c) < compliance
        assert not holds_chinese(banned, c)[obeys].any()
        left += int(holds_chinese(before, c)[obeys].sum())
        others = members(free, c)
        same = (free.developers.choice[others] == banned.developers.choice[others]).all(axis=1)
        assert same[~obeys].all()
    assert left > 5


def test_segments_out_of_scope_are_untouched():
    free, banned = chosen(many()), chosen(put_law(many(), "procurement_ban", **BAN))
    outside = sorted(set(range(len(free.communities))) - set(in_scope(free)))
    for c in outside:
        assert (free.developers.choice[members(free, c)] == banned.developers.choice[members(free, c)]).all()
    assert (free.users[outside] == banned.users[outside]).all()
    assert (free.weight[outside] == banned.weight[outside]).all()
    assert (free.communities[outside] == banned.communities[outside]).all()
    assert (free.users[in_scope(free)] != banned.users[in_scope(free)]).any()


def test_counts_are_those_of_a_full_pass():
    world = chosen(put_law(many(), "procurement_ban", compliance=0.6, **BAN))
    users, weight = np.zeros((2, world.users.shape[1]), np.int64)
    for c in range(len(world.communities)):
        part = members(world, c)
        recount(world.developers, part.start, part.stop, users, weight)
        assert (users == world.users[c]).all() and (weight == world.weight[c]).all()


def test_a_ban_that_reaches_nobody_changes_no_byte():
    free = chosen(many())
    nothing = chosen(put_law(many(), "procurement_ban", origins=["cn"], regions=["us"], segments=["public"],
                             compliance=0.0))  # fmt: skip
    assert (free.developers.choice == nothing.developers.choice).all()
    assert (free.communities == nothing.communities).all()


def test_groups_with_the_same_offer_choose_together_as_the_community_does():
    """European models are banned, and there are none to be had: two groups, one choice."""
    free, banned = many(), many()
    gone = free.labs["origin"][free.models["lab"]] == 2
    for world in (free, banned):
        world.models["available"][gone] = 0
    put_law(banned, "procurement_ban", origins=["eu"], regions=["us"], segments=["startup", "public"], compliance=0.4)
    chosen(free), chosen(banned)
    held = np.append(gone, np.zeros(192, bool))[many().developers.choice].any(axis=1)
    same = (free.developers.choice == banned.developers.choice).all(axis=1)
    assert same[~held].all()


@QUICK
@given(SHARES, SHARES)
def test_a_stricter_ban_never_leaves_more_users_of_the_banned_origin_among_who_obeys(one, other):
    low, high = sorted((one, other))
    free, lax, strict = (many() for _ in range(3))
    put_law(lax, "procurement_ban", compliance=low, **BAN)
    put_law(strict, "procurement_ban", compliance=high, **BAN)
    for world in (free, lax, strict):
        chosen(world)
    for c in in_scope(free):
        users = [int(holds_chinese(world, c).sum()) for world in (free, lax, strict)]
        assert users[0] >= users[1] >= users[2]
        assert not holds_chinese(strict, c)[traits(free, c) < high].any()


def test_the_same_people_obey_month_after_month():
    world = put_law(many(), "procurement_ban", compliance=0.5, **BAN)
    for _ in range(4):
        chosen(world)
        for c in in_scope(world):
            assert not holds_chinese(world, c)[traits(world, c) < 0.5].any()
        world.macro["month"] += 1
    assert any(holds_chinese(world, c)[traits(world, c) >= 0.5].any() for c in in_scope(world))


def test_a_ban_at_the_start_seats_people_under_it():
    world = chosen(put_law(world_after(0, MANY), "procurement_ban", origins=["us", "eu"], regions=["us"],
                           segments=["startup"], compliance=1.0))  # fmt: skip
    ban = {"regions": ["us"], "segments": ["startup"]}
    origin = np.append(world.labs["origin"][world.models["lab"]], np.full(192, -1))
    for c in in_scope(world, ban):
        assert set(origin[world.developers.choice[members(world, c)]].ravel()) <= {CHINESE, -1}


def test_a_ban_that_is_coming_is_avoided_by_those_who_will_obey_and_by_nobody_else():
    ban = {"origins": ["us"], "regions": ["us", "eu"], "segments": ["startup", "enterprise"]}
    free = chosen(many())
    world = chosen(put_law(many(), "procurement_ban", (EXPECTED,), compliance=0.5, **ban))
    american = free.labs["origin"][free.models["lab"]] == 0
    fewer = 0
    for c in in_scope(free, ban):
        will = traits(free, c) < 0.5
        same = (free.developers.choice[members(free, c)] == world.developers.choice[members(free, c)]).all(axis=1)
        assert same[~will].all()
        fewer += int((free.users[c, :-1] - world.users[c, :-1])[american].sum())
    assert fewer > 0


def test_leaving_costs_a_switch_as_far_as_the_model_would_still_be_held():
    p = parameters(many())
    for s in range(len(SEGMENTS)):
        switch = p["developers_switching_family"][s] + p["developers_switching_model"][s]
        held = np.exp(-p["developers_reconsider"][s] * 0.5 * p["governments_foresight_months"])
        assert procurement.cost_of_leaving(p, s) == pytest.approx(switch * held)


def test_borders_cut_a_segment_by_what_holds_now_and_what_will():
    world = many()
    borders = np.empty(8)
    public = SEGMENTS.index("public")
    assert procurement.group_borders(world, US, public, borders) == 0
    ban = {"regions": ["us"], "segments": ["public"]}
    put_law(world, "procurement_ban", (IN_FORCE,), origins=["cn", "eu"], compliance=0.4, **ban)
    other = put_law(copy_world(world), "procurement_ban", (EXPECTED,), origins=["cn"], compliance=0.9, **ban)
    world.policy[EXPECTED] = other.policy[EXPECTED]
    groups = procurement.group_borders(world, US, public, borders)
    assert borders[: groups + 1].tolist() == [0.0, 0.4, 0.9, 1.0]
    assert procurement.group_borders(world, EU, public, borders) == 0


# -- platforms


def a_platform_serving(i, lab):
    """A world in which a platform serves the open weights of a lab of the other country."""
    world = world_after(40)
    slot = int(platform_models.best_model(world, lab, False))
    world.models["open"][slot] = 1
    world.platforms["serving_lab"][i] = lab
    platform_models.choose_platform_model(world)
    world.platforms["serving_lab"][i] = lab
    assert platform_models.served_model(world, i) == slot
    # not the month of its quarterly decision
    world.macro["month"] = int(world.macro["month"][0]) + (1 - int(world.macro["month"][0]) - i) % 3
    return world


def trait_of_platform(world, i):
    return uniform(int(world.macro["seed"][0]), world.keys[PLATFORM_COMPLIANCE, i], 0, 0)


def test_a_platform_at_home_under_a_ban_serves_something_else_at_once():
    ban = {"origins": ["cn"], "regions": ["us"], "segments": ["platform"]}
    world = put_law(a_platform_serving(META_APP, QWEN), "procurement_ban", **ban)
    assert platform_models.served_model(world, META_APP) == -1
    platform_models.choose_platform_model(world)
    assert world.labs["origin"][world.platforms["serving_lab"][META_APP]] != CHINESE
    assert world.platforms["served_q"][META_APP] > 0.0
    world = put_law(a_platform_serving(META_APP, QWEN), "procurement_ban", **{**ban, "segments": ["enterprise"]})
    platform_models.choose_platform_model(world)
    assert world.platforms["serving_lab"][META_APP] == QWEN


@pytest.mark.parametrize("more", [-1e-9, 1e-9])
def test_a_platform_obeys_or_does_not(more):
    world = a_platform_serving(META_APP, QWEN)
    share = float(np.clip(trait_of_platform(world, META_APP) + more, 0.0, 1.0))
    put_law(world, "procurement_ban", origins=["cn"], regions=["us"], segments=["platform"], compliance=share)
    assert procurement.is_barred(world, IN_FORCE, META_APP, CHINESE, US) == (more > 0.0)


def test_a_platform_from_elsewhere_closes_where_it_may_not_serve_its_model():
    world = world_after(40)
    world.platforms["launch_abroad"] = 0
    world.platforms["users"][BYTEDANCE, [US, EU]] = 1e7
    put_law(world, "procurement_ban", origins=["cn"], regions=["us"], segments=["platform"])
    p = parameters(world)
    platform_models.choose_platform_model(world)
    assert world.labs["origin"][world.platforms["serving_lab"][BYTEDANCE]] == CHINESE
    assert (
        platforms.platform_weight(world, BYTEDANCE, US, p) == 0.0 < platforms.platform_weight(world, BYTEDANCE, EU, p)
    )
    assert platforms.looking_around(world, BYTEDANCE, US, p) == 1e7
    everybody = world.platforms["users"][:, US].sum()
    platforms.attract_users(world, US, p)
    assert world.platforms["users"][BYTEDANCE, US] == pytest.approx(0.0, abs=1e-3)
    assert world.platforms["users"][:, US].sum() >= everybody * (1 - 1e-12)


def test_a_platform_that_sees_a_ban_coming_counts_one_more_integration():
    world = a_platform_serving(META_APP, QWEN)
    p = parameters(world)
    slot = int(platform_models.served_model(world, META_APP))
    before = platform_models.worth_of_model(world, META_APP, QWEN, slot, p)
    put_law(world, "procurement_ban", (EXPECTED,), origins=["cn"], regions=["us"], segments=["platform"])
    after = platform_models.worth_of_model(world, META_APP, QWEN, slot, p)
    assert before - after == pytest.approx(float(p["platforms_integration_eci"]))
    assert platform_models.model_for(world, META_APP, QWEN) == slot


# -- robots


def robots_under(**ban):
    world = choosing(months=40)
    if ban:
        put_law(world, "procurement_ban", **ban)
    industry.price_robots(world)
    robots.choose_robot_models(world)
    return world


def shares_by_origin(world, region):
    """Share of a region's robots on foundation models by origin of the model."""
    row = world.industries[region]
    both = row["edge_share"] + row["cloud_share"]
    return np.array([both[world.labs["origin"] == origin].sum() for origin in range(3)])


@pytest.mark.parametrize("compliance", [0.0, 0.4, 1.0])
def test_factories_that_obey_qualify_other_models(compliance):
    free = robots_under()
    banned = robots_under(origins=["cn"], regions=["us"], robots=True, compliance=compliance)
    one, other = shares_by_origin(free, US), shares_by_origin(banned, US)
    assert one[CHINESE] > 0.0
    assert other[CHINESE] == pytest.approx((1.0 - compliance) * one[CHINESE])
    assert other.sum() == pytest.approx(1.0)
    # those who obey divide up among the rest as everybody does who has no Chinese model
    rest = one / (1.0 - one[CHINESE])
    assert other[0] == pytest.approx((1.0 - compliance) * one[0] + compliance * rest[0])
    assert (shares_by_origin(free, CN) == shares_by_origin(banned, CN)).all()
    assert banned.industries["physical_year_usd"][US] >= free.industries["physical_year_usd"][US] * (1 - 1e-12)


def test_robots_are_bound_only_if_the_ban_says_so():
    free = robots_under()
    banned = robots_under(origins=["cn"], regions=["us"], segments=["enterprise", "public"])
    assert (free.industries == banned.industries).all()


def test_factories_do_not_begin_with_a_model_that_will_be_banned():
    world = put_law(choosing(months=40), "procurement_ban", (EXPECTED,), origins=["cn"], regions=["us"], robots=True)
    industry.price_robots(world)
    robots.choose_robot_models(world)
    assert shares_by_origin(world, US)[CHINESE] == 0.0
