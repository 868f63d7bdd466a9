"""Developer communities: channels and their prices, budgets, tokens, the load that they put on compute."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import copy_world, parameters, world_after

from sim.accounts import N_LABS
from sim.agents import developers
from sim.agents.choice_kernel import MODELS
from sim.world import CN, ENTERPRISE, EU, HOST, LAB_API, MANAGED, SELF, STARTUP, US

QUICK = settings(max_examples=20, deadline=None)


def test_a_budget_binds_smoothly():
    assert developers.saturated(100.0, 0.0, 50.0) == 100.0
    assert developers.saturated(100.0, 50.0, 50.0) == pytest.approx(50.0)
    price, ceiling = 3.0, 50.0
    for tokens in (1.0, 1e3, 1e9):
        assert developers.saturated(tokens, tokens * price, ceiling) * price < ceiling * (1 + 1e-12)


@QUICK
@given(st.floats(0.0, 1e9), st.floats(0.0, 1e9), st.floats(0.01, 100.0), st.floats(1.0, 1e9))
def test_more_need_never_uses_fewer_tokens(one, other, price, ceiling):
    low, high = (developers.saturated(x, x * price, ceiling) for x in sorted((one, other)))
    assert low <= high * (1 + 1e-12)


def test_distaste_for_foreign_models_is_for_chinese_models_abroad_only():
    world = world_after(12)
    p = parameters(world)
    assert developers.origin_distaste(p, US, ENTERPRISE, LAB_API, 0) == 0.0
    assert developers.origin_distaste(p, CN, ENTERPRISE, LAB_API, 1) == 0.0
    full = float(p["developers_origin_distaste"][ENTERPRISE])
    api = developers.origin_distaste(p, US, ENTERPRISE, LAB_API, 1)
    hosted = developers.origin_distaste(p, US, ENTERPRISE, HOST, 1)
    assert api == pytest.approx(full * p["developers_origin_api_weight"])
    assert hosted == pytest.approx(full * p["developers_origin_relief_hosted"])
    eu = developers.origin_distaste(p, EU, ENTERPRISE, HOST, 1)
    assert eu == pytest.approx(hosted * p["developers_origin_distaste_eu"])


def test_local_taste():
    world = world_after(1)
    p = parameters(world)
    assert developers.local_taste(p, US, US) == p["developers_home_taste"]
    assert developers.local_taste(p, EU, EU) == p["developers_home_taste_eu"]
    assert developers.local_taste(p, US, CN) == 0.0


def prices_of(world, c, m):
    prices = np.empty(4)
    developers.channel_prices(world, c, m, parameters(world), prices)
    return prices


def test_channels_are_closed_where_law_or_openness_closes_them():
    world = world_after(40)
    for c, community in enumerate(world.communities):
        for m in np.flatnonzero(world.models["available"]):
            model = world.models[m]
            lab = world.labs[model["lab"]]
            prices = prices_of(world, c, m)
            assert (prices >= 0.0).all()
            if community["region"] == CN and lab["origin"] != 1:
                assert prices[LAB_API] == 0.0
            if model["open"] == 1:
                assert prices[MANAGED] >= prices[HOST] > 0.0
                assert prices[SELF] > 0.0
            else:
                assert prices[HOST] == prices[SELF] == 0.0
                assert prices[MANAGED] == 0.0 or prices[MANAGED] >= prices[LAB_API]


@QUICK
@given(st.floats(1.0, 5.0))
def test_a_higher_rent_never_lowers_the_price_of_an_open_model(factor):
    base, dear = world_after(40), world_after(40)
    dear.regions["rent_contract"] *= factor
    for m in np.flatnonzero(base.models["available"]):
        for c in (0, 5):
            assert (prices_of(dear, c, m) >= prices_of(base, c, m)).all()


def test_everyone_is_counted_and_tokens_go_to_models_on_offer():
    world = world_after(30)
    developers.choose_models(world)
    developers.use_tokens(world)
    assert world.users.sum(axis=1) == pytest.approx(world.communities["count"])
    off = world.models["available"] == 0
    assert not world.tokens[:, : len(off)][:, off].any()
    assert world.communities["tokens_m"] == pytest.approx(world.tokens.sum(axis=1))
    assert world.models["tokens_m"] == pytest.approx(world.tokens.sum(axis=0))
    assert world.tokens == pytest.approx(world.channel_tokens.sum(axis=2), rel=1e-9)
    using = world.communities["using"]
    assert ((using >= 0.0) & (using <= 1.0)).all()
    shares = world.communities["channel_share"].sum(axis=1)
    assert all(total == pytest.approx(1.0) or total == 0.0 for total in shares)


def test_spend_stays_below_the_ceiling_of_the_community_in_the_long_run():
    """Five years of a need ten thousand times larger: budgets bind."""
    world = world_after(30)
    p = parameters(world)
    world.communities["tokens_base_m"] *= 1e4
    for _ in range(60):
        developers.use_tokens(world)
        developers.choose_models(world)
    segments = world.communities["segment"]
    ceiling = world.communities["firms"] * p["developers_spend_ceiling_usd"][segments] * world.communities["adoption"]
    assert (world.communities["spend_usd"] <= ceiling * 1.25).all()


@QUICK
@given(st.integers(0, 31), st.floats(1.0, 4.0))
def test_a_better_model_never_loses_developers(slot, decades):
    """Same draws, one model better by tens of points: nobody who reconsiders leaves it."""
    base = world_after(30)
    models = np.flatnonzero(base.models["available"])
    m = int(models[slot % len(models)])
    better = copy_world(base)
    better.models["q"][m] += 10.0 * decades
    for world in (base, better):
        parameters(world)["developers_reconsider"] = 1.0
        developers.choose_models(world)
    assert better.users[:, m].sum() >= base.users[:, m].sum()


def test_where_enough_is_enough_the_best_models_have_fewer_users():
    """`developers.sufficiency_rule`: capability beyond a need adds little, so users move to models that suffice."""
    linear, enough = world_after(60), world_after(60)
    parameters(enough)["developers_sufficiency_rule"] = 1.0
    for world in (linear, enough):
        parameters(world)["developers_reconsider"] = 1.0
        developers.choose_models(world)
    best = linear.models["q"] >= linear.models["q"].max() - 2.0
    best &= linear.models["available"] == 1
    assert enough.users[:, :MODELS][:, best].sum() < linear.users[:, :MODELS][:, best].sum()


def test_a_mature_stack_at_the_cloud_moves_closed_models_to_its_channel():
    """The handicap of a cloud falls as its services mature: more of a model is bought there, less at the lab."""
    young, mature = world_after(30), world_after(30)
    young.clouds["managed_maturity"], mature.clouds["managed_maturity"] = 0.2, 0.9
    for world in (young, mature):
        developers.choose_models(world)
    open_to_both = young.channel_tokens[:, :, MANAGED] > 0.0
    open_to_both &= (young.models["open"] == 0) & (young.channel_tokens[:, :, LAB_API] > 0.0)
    assert open_to_both.any()
    for channel, sign in ((MANAGED, 1.0), (LAB_API, -1.0)):
        change = mature.channel_tokens[:, :, channel] - young.channel_tokens[:, :, channel]
        assert (sign * change[open_to_both] > 0.0).all()


def test_load_follows_tokens():
    world = world_after(30)
    double = world_after(30)
    for w in (world, double):
        developers.choose_models(w)
        developers.use_tokens(w)
    double.tokens[:] *= 2.0
    double.channel_tokens[:] *= 2.0
    for w in (world, double):
        developers.load_compute(w)
    assert double.labs["inference_h100e"] == pytest.approx(2.0 * world.labs["inference_h100e"])
    assert double.regions["host_h100e"] == pytest.approx(2.0 * world.regions["host_h100e"])
    closed = (world.models["open"] == 0)[:MODELS]
    own = world.tokens[:, closed].sum() + world.channel_tokens[:, ~closed, LAB_API].sum()
    assert world.labs["tokens_m"].sum() == pytest.approx(own)
    others = world.channel_tokens[:, ~closed][:, :, [HOST, MANAGED, SELF]].sum()
    assert world.labs["open_tokens_m"].sum() == pytest.approx(others)


def test_firms_that_hold_a_model_are_counted_once_per_lab():
    world = world_after(30)
    holders = np.zeros(N_LABS, np.int64)
    total = developers.count_holders(world, US, holders)
    firms = np.isin(world.communities["segment"], (STARTUP, ENTERPRISE)) & (world.communities["region"] == US)
    assert total == world.communities["count"][firms].sum()
    assert ((holders >= 0) & (holders <= total)).all()
    expected = np.zeros(N_LABS, int)
    for community in world.communities[firms]:
        for i in range(community["first"], community["first"] + community["count"]):
            slots = world.developers.choice[i, : world.developers.positions[i]]
            for lab in {int(slot) // 4 for slot in slots if slot < MODELS}:
                expected[lab] += 1
    assert (holders == expected).all()
