"""Which model a platform serves: capability, cost, integration, provenance; the licence; the switch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import closes, copy_world, flow_usd, parameters, run_of, world_after

from sim.accounts import LAB0, LAB_KEYS, PLATFORM_KEYS
from sim.agents import platform_models as pm
from sim.events import KINDS, PLATFORM_SWITCH
from sim.ledger import MODEL_LICENCES

QUICK = settings(max_examples=25, deadline=None)
GOOGLE, BYTEDANCE = PLATFORM_KEYS.index("google"), PLATFORM_KEYS.index("bytedance")
QWEN, META, OWN = LAB_KEYS.index("qwen"), LAB_KEYS.index("meta"), LAB_KEYS.index("bytedance")


def only_rival(lab, ahead, size=None):
    """A world in which `lab` alone offers open weights to others, `ahead` points over ByteDance's own best."""
    world = world_after(40)
    world.models["open"] = 0
    slot = int(pm.best_model(world, lab, False))
    world.models["open"][slot] = 1
    own = int(pm.best_model(world, OWN, False))
    world.models["q"][slot] = world.models["q"][own] + ahead
    world.models["size"][slot] = world.models["size"][own] if size is None else size * world.models["size"][own]
    world.platforms["serving_lab"][BYTEDANCE] = OWN
    return world, slot


def chance(world, i, lab):
    """Chance that platform `i` picks `lab`, from a grid of uniform draws."""
    p = parameters(world)
    return np.mean([pm.pick_lab(world, i, (k + 0.5) / 400, p) == lab for k in range(400)])


def test_the_choice_is_a_logit_in_points_of_capability():
    """Two models of equal cost: `P = 1 / (1 + exp(-(gap - own bonus - integration) / scale))`."""
    world, _ = only_rival(QWEN, 14.0)
    p = parameters(world)
    p["platforms_choice_scale_eci"] = 2.0
    gap = 14.0 - p["platforms_own_model_bonus_eci"] - p["platforms_integration_eci"]
    assert chance(world, BYTEDANCE, QWEN) == pytest.approx(1.0 / (1.0 + np.exp(-gap / 2.0)), abs=3e-3)


@QUICK
@given(st.floats(0.0, 25.0), st.floats(0.0, 10.0))
def test_a_better_rival_is_never_chosen_less(ahead, more):
    one, _ = only_rival(QWEN, ahead)
    two, _ = only_rival(QWEN, ahead + more)
    assert chance(two, BYTEDANCE, QWEN) >= chance(one, BYTEDANCE, QWEN)


@QUICK
@given(st.floats(0.1, 10.0), st.floats(1.0, 5.0))
def test_a_rival_that_is_dearer_to_serve_is_never_chosen_more(size, dearer):
    one, _ = only_rival(QWEN, 13.0, size)
    two, _ = only_rival(QWEN, 13.0, size * dearer)
    assert chance(two, BYTEDANCE, QWEN) <= chance(one, BYTEDANCE, QWEN)


def test_having_changed_it_stays_for_the_cost_of_integration():
    world, _ = only_rival(QWEN, 11.0)
    before = chance(world, BYTEDANCE, QWEN)
    world.platforms["serving_lab"][BYTEDANCE] = QWEN
    assert chance(world, BYTEDANCE, QWEN) > before + 0.5


def test_american_platforms_do_not_serve_chinese_models_unless_their_taste_allows_it():
    world, slot = only_rival(QWEN, 20.0)
    p = parameters(world)
    own = int(pm.best_model(world, LAB_KEYS.index("google_deepmind"), False))
    world.models["q"][slot] = world.models["q"][own] + 20.0
    world.models["size"][slot] = world.models["size"][own]
    assert chance(world, GOOGLE, QWEN) == 0.0
    p["platforms_chinese_model_penalty_eci"] = 0.0
    assert chance(world, GOOGLE, QWEN) > 0.9


def test_chinese_platforms_may_take_foreign_open_weights_at_a_discount():
    world, _ = only_rival(META, 17.0)
    assert chance(world, BYTEDANCE, META) < 0.1
    parameters(world)["platforms_foreign_model_penalty_eci"] = 0.0
    assert chance(world, BYTEDANCE, META) > 0.9


def test_closed_models_of_others_are_not_for_the_taking():
    world, slot = only_rival(QWEN, 30.0)
    world.models["open"][slot] = 0
    assert chance(world, BYTEDANCE, OWN) == 1.0


def test_the_switch_keeps_platforms_on_their_own_models():
    world, _ = only_rival(QWEN, 30.0)
    assert chance(world, BYTEDANCE, QWEN) > 0.9
    parameters(world)["platforms_model_choice"] = 0.0
    assert chance(world, BYTEDANCE, OWN) == 1.0


def test_over_a_whole_run_own_only_means_own_only():
    own_only, free = (run_of(30, (("platforms.model_choice", kind),)) for kind in ("own_only", "own_or_open"))
    served = own_only.history.platforms
    assert (served["uses_open"] == 0).all()
    assert (served["serving_lab"] == served["lab"]).all()
    assert (free.history.platforms["uses_open"] == 1).any()


def test_a_change_is_logged_and_seen_in_what_is_served():
    world, slot = only_rival(QWEN, 60.0)
    before = int(world.event_count[0])
    month = int(world.macro["month"][0])
    world.macro["month"] = month + (-(month + BYTEDANCE)) % 3
    pm.choose_platform_model(world)
    logged = world.events[before : int(world.event_count[0])]
    mine = logged[(logged[:, 1] == PLATFORM_SWITCH) & (logged[:, 2] == BYTEDANCE)]
    assert KINDS[PLATFORM_SWITCH] == "platform_switch"
    assert mine[:, 3].tolist() == [QWEN]
    platform = world.platforms[BYTEDANCE]
    assert (platform["serving_lab"], platform["uses_open"], platform["serving_open"]) == (QWEN, 1, 1)
    assert platform["served_q"] == world.models["q"][slot]
    assert platform["token_cost"] == pytest.approx(pm.serving_cost(world, BYTEDANCE, slot, parameters(world)))


def test_platforms_decide_once_a_quarter():
    decided = []
    world, _ = only_rival(QWEN, 60.0)
    month = int(world.macro["month"][0])
    for t in range(month, month + 3):
        now = copy_world(world)
        now.macro["month"] = t
        pm.choose_platform_model(now)
        decided.append(int(now.platforms["serving_lab"][BYTEDANCE] == QWEN))
    assert sum(decided) == 1


def test_without_its_model_a_platform_looks_for_another_at_once():
    world, _ = only_rival(QWEN, -5.0)
    world.macro["month"] = int(world.macro["month"][0]) + (1 - int(world.macro["month"][0]) - BYTEDANCE) % 3
    world.models["available"][OWN * 4 : OWN * 4 + 4] = 0
    pm.choose_platform_model(world)
    assert world.platforms["serving_lab"][BYTEDANCE] == QWEN


def test_dearer_rents_make_every_model_dearer_to_serve():
    world = world_after(40)
    slot = int(pm.served_model(world, GOOGLE))
    p = parameters(world)
    before = pm.serving_cost(world, GOOGLE, slot, p)
    world.regions["rent_contract"] *= 3.0
    assert pm.serving_cost(world, GOOGLE, slot, p) == pytest.approx(3.0 * before)


def test_a_licence_is_a_share_of_revenue_and_has_two_ends():
    world = world_after(40)
    platform = world.platforms[BYTEDANCE]
    platform["revenue"], platform["uses_open"] = 1e6, 1
    p = parameters(world)
    p["platforms_licence_share"] = 0.05
    paid = pm.pay_licence(world, BYTEDANCE, LAB0 + OWN, LAB0 + QWEN, p)
    assert paid == pytest.approx(5e4) == pytest.approx(flow_usd(world, MODEL_LICENCES))
    assert closes(world)
    platform["uses_open"] = 0
    assert pm.pay_licence(world, BYTEDANCE, LAB0 + OWN, LAB0 + QWEN, p) == 0.0
