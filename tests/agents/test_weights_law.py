"""Grants for open weights, lines above which weights stay closed or at home, and what labs learn from closed models."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from law_world import put_law
from worlds import closes, copy_world, flow_usd, parameters, world_after

from sim.accounts import GOVERNMENT0, LAB0, LAB_KEYS
from sim.agents import developers, hub, labs, platform_models, robots, weights_law
from sim.events import BOUND_RELEASE_LIMIT, BOUND_SUBSIDY_BUDGET
from sim.ledger import SUBSIDIES, balance_usd
from sim.world import CN, EXPECTED, HOST, IN_FORCE, LAB_API, MANAGED, SELF, SLOTS_PER_LAB, US

QUICK = settings(max_examples=25, deadline=None)
MONTHS = 30
OPENAI, META, DEEPSEEK, MISTRAL = (LAB_KEYS.index(key) for key in ("openai", "meta", "deepseek", "mistral"))
SIZES = st.floats(0.0, 1e11)
POINTS = st.floats(80.0, 220.0)


def about_to_release(lab, q=None):
    """A world in which one lab releases this month, better than what it has; without any law."""
    world = world_after(MONTHS)
    world.labs["months_to_release"] = -1
    world.labs["months_to_release"][lab] = 0
    world.labs["waiting_q"][lab] = world.labs["best_q"][lab] + 10.0 if q is None else q
    return world


def utility(world, lab, q=150.0):
    return labs.openness_utility(world, lab, q, parameters(world))


def new_models(world, lab):
    """(flagship, small tier) that a lab released this month."""
    mine = world.models[lab * SLOTS_PER_LAB : (lab + 1) * SLOTS_PER_LAB]
    fresh = mine[(mine["released"] == MONTHS) & (mine["available"] == 1)]
    return tuple(fresh[fresh["small"] == tier][0] for tier in (0, 1))


def events_of(world, kind):
    raw = world.events[: int(world.event_count[0])]
    return raw[(raw[:, 0] == MONTHS) & (raw[:, 1] == kind)]


# -- grants


def test_a_grant_is_worth_what_the_margin_is_worth():
    """A grant that pays, month for month, exactly the margin at stake takes that term out of the decision."""
    world = about_to_release(OPENAI)
    p, lab = parameters(world), world.labs[OPENAI]
    lab["api_revenue"], lab["api_cost"] = 9e7, 4e7
    months = lab["cadence"] * p["labs_run_cadence"]
    closed = utility(world, OPENAI)
    put_law(world, "open_weights_incentive", origins=["us"], grant_usd=float(5e7 * months))
    with_grant = utility(world, OPENAI)
    lost = p["labs_open_margin_loss"] * 4.0 * 5e7 / (5e7 + lab["compute_cost"] + lab["staff_usd"] + 1.0)
    assert with_grant - closed == pytest.approx(lost)


def test_a_grant_is_for_labs_of_its_origin_from_its_capability_on():
    world = put_law(about_to_release(OPENAI), "open_weights_incentive", origins=["us"], grant_usd=1e9, from_eci=140.0)
    without = copy_world(world)
    without.policy["open_grant_usd"] = 0.0
    assert utility(world, OPENAI, 140.0) > utility(without, OPENAI, 140.0)
    assert utility(world, OPENAI, 139.0) == utility(without, OPENAI, 139.0)
    assert utility(world, DEEPSEEK, 150.0) == utility(without, DEEPSEEK, 150.0)


@QUICK
@given(SIZES, SIZES, st.sampled_from([OPENAI, META, DEEPSEEK, MISTRAL]))
def test_a_larger_grant_never_makes_opening_less_attractive(one, other, lab):
    seen = [
        utility(
            put_law(about_to_release(lab), "open_weights_incentive", origins=["us", "cn", "eu"], grant_usd=usd), lab
        )
        for usd in sorted((one, other))
    ]
    assert seen[1] >= seen[0]


@pytest.mark.parametrize("lab", [OPENAI, DEEPSEEK, MISTRAL])
def test_the_government_of_its_country_pays_for_an_open_flagship_only(lab):
    for wish, paid in ((1.0, 2.5e8), (2.0, 0.0)):
        world = about_to_release(lab)
        put_law(world, "open_weights_incentive", origins=["us", "cn", "eu"], grant_usd=2.5e8)
        parameters(world)["labs_open_policy"] = wish
        origin = int(world.labs["origin"][lab])
        before = balance_usd(world, LAB0 + lab), balance_usd(world, GOVERNMENT0 + origin)
        labs.release_models(world)
        assert flow_usd(world, SUBSIDIES) == pytest.approx(paid)
        assert balance_usd(world, LAB0 + lab) - before[0] == pytest.approx(paid)
        assert before[1] - balance_usd(world, GOVERNMENT0 + origin) == pytest.approx(paid)
        assert world.macro["open_grants_usd"][0, origin] == pytest.approx(paid)
        assert closes(world)


def test_the_budget_of_a_year_ends_grants_until_the_next():
    world = about_to_release(OPENAI)
    put_law(world, "open_weights_incentive", origins=["us"], grant_usd=2e8, budget_usd_per_year=3e8)
    parameters(world)["labs_open_policy"] = 1.0
    world.macro["open_grants_usd"][0, 0] = 2e8
    assert weights_law.grant_due(world, OPENAI, 150.0) == pytest.approx(1e8)
    labs.release_models(world)
    assert flow_usd(world, SUBSIDIES) == pytest.approx(1e8)
    assert len(events_of(world, BOUND_SUBSIDY_BUDGET)) == 1
    assert weights_law.grant_due(world, META, 150.0) == 0.0
    assert utility(world, META) == utility(put_law(copy_world(world), "distillation_enforcement",
                                                   pupils=["cn"], teachers=["us"], access=1.0), META)  # fmt: skip
    world.macro["month"] = 36
    weights_law.open_grant_year(world)
    assert weights_law.grant_due(world, META, 150.0) == pytest.approx(2e8)


# -- lines


@pytest.mark.parametrize(
    ("line", "flagship", "small"),
    [({"above_eci": 200.0}, 1, 1), ({"above_eci": 148.0}, 0, 1), ({"above_eci": 0.0}, 0, 0)],
)
def test_a_line_keeps_weights_closed_and_leaves_a_small_tier_below_it_open(line, flagship, small):
    world = about_to_release(DEEPSEEK, 150.0)
    world.labs["small_gap"][DEEPSEEK] = 5.0
    put_law(world, "release_restriction", origins=["cn"], **line)
    parameters(world)["labs_open_policy"] = 1.0
    older = world.models["open"][(world.models["released"] < MONTHS) & (world.models["available"] == 1)].sum()
    labs.release_models(world)
    found = new_models(world, DEEPSEEK)
    assert tuple(int(model["open"]) for model in found) == (flagship, small)
    assert len(events_of(world, BOUND_RELEASE_LIMIT)) == 2 - flagship - small
    kept = world.models["open"][(world.models["released"] < MONTHS) & (world.models["available"] == 1)].sum()
    assert kept >= older - 2  # at most the two slots that the new models took


def test_a_line_behind_the_frontier_moves_with_it():
    world = put_law(about_to_release(OPENAI), "release_restriction", origins=["us"], behind_frontier_eci=7.0)
    frontier = max(world.macro["frontier_us"][0], world.macro["frontier_cn"][0])
    assert weights_law.release_line(world, IN_FORCE, 0) == pytest.approx(frontier - 7.0)
    assert weights_law.release_line(world, IN_FORCE, 1) > 1e8
    world.macro["frontier_us"] += 30.0
    assert weights_law.release_line(world, IN_FORCE, 0) == pytest.approx(frontier + 23.0)


@QUICK
@given(POINTS, POINTS, POINTS, st.sampled_from([OPENAI, META, DEEPSEEK, MISTRAL]))
def test_a_lower_line_never_permits_more(one, other, q, lab):
    opened = []
    free = about_to_release(lab, q)
    for line in (None, *sorted((one, other), reverse=True)):
        world = copy_world(free)
        if line is not None:
            put_law(world, "release_restriction", origins=["us", "cn", "eu"], above_eci=line)
        labs.release_models(world)
        opened.append(world.models["open"].sum())
    assert opened[0] >= opened[1] >= opened[2]


@QUICK
@given(st.floats(0.0, 60.0), st.floats(0.0, 60.0), POINTS)
def test_a_greater_distance_never_permits_more(one, other, q):
    opened = []
    for behind in sorted((one, other)):
        world = about_to_release(META, q)
        put_law(world, "release_restriction", origins=["us"], behind_frontier_eci=behind)
        labs.release_models(world)
        opened.append(world.models["open"].sum())
    assert opened[0] >= opened[1]


def in_training(lab, ahead=5.0):
    """A world in which a lab is in the middle of a run that would already be worth a release."""
    world = world_after(MONTHS)
    world.labs["months_to_release"] = -1
    world.labs["age_of_run"] = 1
    world.labs["length_of_run"] = 9
    world.labs["potential_q"][lab] = world.labs["best_q"][lab] + ahead
    return world


def hurried(world, lab):
    labs.finish_runs(world)
    return int(world.labs["months_to_release"][lab]) >= 0


@pytest.mark.parametrize("scope", ["publication", "export"])
def test_labs_that_would_open_release_under_a_line_that_is_coming(scope):
    line = {"origins": ["cn"], "scope": scope, "above_eci": 0.0}
    for rows, hurries in (((EXPECTED,), True), ((IN_FORCE, EXPECTED), False), ((), False)):
        world = in_training(DEEPSEEK)
        parameters(world)["labs_open_policy"] = 1.0
        assert hurried(put_law(world, "release_restriction", rows, **line), DEEPSEEK) == hurries
    world = put_law(in_training(OPENAI), "release_restriction", (EXPECTED,), **line)
    assert not hurried(world, OPENAI)


def test_who_has_nothing_to_show_or_would_not_open_does_not_hurry():
    line = {"origins": ["cn"], "above_eci": 0.0}
    world = put_law(in_training(DEEPSEEK, ahead=0.0), "release_restriction", (EXPECTED,), **line)
    assert not hurried(world, DEEPSEEK)
    world = put_law(in_training(DEEPSEEK), "release_restriction", (EXPECTED,), **line)
    parameters(world)["labs_open_policy"] = 2.0
    assert not hurried(world, DEEPSEEK)
    for taste, hurries in ((20.0, True), (-20.0, False)):
        world = put_law(in_training(DEEPSEEK), "release_restriction", (EXPECTED,), **line)
        world.labs["own_weight_feedback"][DEEPSEEK] = taste
        assert hurried(world, DEEPSEEK) == hurries


# -- weights that stay at home


def kept_at_home():
    """A world in which DeepSeek has just released open weights that may not leave China, far ahead of all others."""
    world = about_to_release(DEEPSEEK, 190.0)
    put_law(world, "release_restriction", origins=["cn"], scope="export", above_eci=0.0)
    parameters(world)["labs_open_policy"] = 1.0
    labs.release_models(world)
    slot = int(np.flatnonzero((world.models["lab"] == DEEPSEEK) & (world.models["q"] == 190.0))[0])
    assert (world.models["open"][slot], world.models["home_only"][slot]) == (1, 1)
    return world, slot


def test_others_run_such_weights_at_home_only():
    world, slot = kept_at_home()
    world.models["price"][slot] = 1.0
    p = parameters(world)
    prices = np.empty(4)
    for c in range(len(world.communities)):
        developers.channel_prices(world, c, slot, p, prices)
        at_home = world.communities["region"][c] == CN
        assert all((prices[h] > 0.0) == at_home for h in (HOST, MANAGED, SELF))
        assert prices[LAB_API] > 0.0 or not at_home
    assert platform_models.best_model(world, DEEPSEEK, True, CN) == slot
    assert platform_models.best_model(world, DEEPSEEK, True, US) != slot


def test_abroad_such_weights_teach_and_compete_as_closed_ones():
    world, _ = kept_at_home()
    assert labs.best_of_others(world, OPENAI, 0) == 190.0 > labs.best_of_others(world, OPENAI, 1)
    assert labs.best_of_others(world, LAB_KEYS.index("qwen"), 1) == 190.0
    before = float(world.macro["frontier_open"][0])
    labs.measure_frontiers(world)
    assert world.macro["frontier_open"][0] == before < world.macro["frontier_closed"][0]
    assert hub.best_open(world, DEEPSEEK)[0] < 190.0


def test_robots_abroad_do_without_them():
    world, slot = kept_at_home()
    world.models["available"][:] = 0
    world.models["available"][slot] = 1
    parameters(world)["industry_physical_ai"] = 1.0
    robots.choose_robot_models(world)
    has_one = (world.industries["edge_model"] >= 0).any(axis=1) | (world.industries["cloud_model"] >= 0).any(axis=1)
    assert has_one.tolist() == [region == CN for region in range(len(has_one))]


# -- distillation


def learned(world, lab):
    return labs.learned_from_closed(world, lab, parameters(world))


def behind(lab):
    """A world in which a lab is far behind the closed models of the United States."""
    world = world_after(MONTHS)
    world.labs["potential_q"][lab] = 90.0
    return world


def test_enforcement_scales_what_is_learned_from_the_protected_teachers_only():
    law = {"pupils": ["cn"], "teachers": ["us"], "access": 0.25}
    world = behind(DEEPSEEK)
    world.models["available"][world.labs["origin"][world.models["lab"]] != 0] = 0
    free = learned(world, DEEPSEEK)
    assert learned(put_law(world, "distillation_enforcement", **law), DEEPSEEK) == pytest.approx(0.25 * free)
    world = behind(MISTRAL)
    free = learned(world, MISTRAL)
    assert learned(put_law(world, "distillation_enforcement", **law), MISTRAL) == free > 0.0


def test_other_teachers_take_the_place_of_protected_ones():
    world = behind(DEEPSEEK)
    slot = LAB_KEYS.index("bytedance") * SLOTS_PER_LAB
    world.models["available"][slot], world.models["open"][slot], world.models["q"][slot] = 1, 0, 110.0
    put_law(world, "distillation_enforcement", pupils=["cn"], teachers=["us"], access=0.0)
    p = parameters(world)
    psi = p["labs_diffusion_closed"] * p["labs_distillation_access_cn"]
    best = labs.best_closed_of(world, DEEPSEEK, 1)
    assert best >= 110.0
    assert learned(world, DEEPSEEK) == pytest.approx(labs.diffusion(psi, best - 90.0, p["labs_eci_per_decade"]))


@QUICK
@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_less_access_never_raises_learning(one, other):
    seen = []
    for access in sorted((one, other)):
        world = world_after(MONTHS)
        put_law(world, "distillation_enforcement", pupils=["cn", "eu", "us"], teachers=["us", "cn"], access=access)
        labs.advance_knowledge(world)
        seen.append(world.labs["ln_algorithm"].copy())
    assert (seen[0] <= seen[1]).all()
