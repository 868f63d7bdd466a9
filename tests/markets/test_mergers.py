"""Mergers by decision: money, chips, users, tokens, debts and stakes are conserved; owners keep their value."""

import numpy as np
import pytest
from finance_world import T, events_of, put, quiet_world, received_usd, set_cash
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import closes, copy_world, parameters, same_bytes, world_after

from sim import checks
from sim.accounts import (
    AMD,
    CLOUD0,
    CLOUD_KEYS,
    COREWEAVE,
    GOOGLE,
    LAB0,
    LAB_KEYS,
    META,
    MICROSOFT,
    N_CLOUDS,
    N_HOLDERS,
    N_LABS,
    N_VENDORS,
    NVIDIA,
    ORACLE,
    TENCENT,
    VENDOR0,
)
from sim.agents import choice_kernel
from sim.ledger import ACQUISITIONS
from sim.markets import alliances, deals, mergers, stakes
from sim.policy.instruments.competition import CHINESE_CLOUDS, CHINESE_LABS, CHIP_DESIGNERS, GROUPS
from sim.world import CN, EXPECTED, IN_FORCE, NO_ONE, SLOTS_PER_LAB

QUICK = settings(max_examples=15, deadline=None)
OPENAI, ANTHROPIC, DEEPMIND, XAI, META_LAB = range(5)
MOONSHOT, ZHIPU = LAB_KEYS.index("moonshot"), LAB_KEYS.index("zhipu")
SINGLE = [k for k, name in enumerate(CLOUD_KEYS) if name not in GROUPS and not name.startswith("neocloud")]
INDEPENDENT = (OPENAI, ANTHROPIC, XAI)
EXTENSIVE = (
    "loans_usd", "bonds_usd", "capital_usd", "internal_demand_scale", "customers_h100e", "installed_h100e",
    "revenue_smooth", "operating_cash_flow", "ai_capex_plan", "managed_knowledge_usd", "valuation_usd",
)  # fmt: skip


def lived(months=T):
    return copy_world(world_after(months))


def kept(world):
    """What a merger must conserve."""
    return {
        "cash": int(world.accounts.sum()),
        "chips": world.fleet.sum(axis=0),
        "users": world.users.sum(axis=1),
        "weight": world.weight.sum(axis=1),
        "held": world.users[:, :-1].sum(axis=1),
        "tokens": world.tokens.sum(axis=1),
        "channels": world.channel_tokens.sum(axis=(1, 2)),
        "power": world.sites["power_mw"].sum(),
        "backlog": world.backlog.sum(axis=1),
        "payable": world.payable.sum(axis=1),
        "prepaid": world.prepaid.sum(axis=1),
        "commitments": world.contracts["left_usd"][world.contracts["state"] == deals.RUNNING].sum(),
        **{name: world.clouds[name].sum() for name in EXTENSIVE},
    }


def same(before, after, but=()):
    for name, value in before.items():
        if name not in but:
            assert np.allclose(value, after[name], rtol=1e-12, atol=1e-9), name


@pytest.mark.parametrize(("l", "heir"), [(ANTHROPIC, OPENAI), (OPENAI, XAI), (ZHIPU, MOONSHOT), (META_LAB, ANTHROPIC)])
def test_merging_labs_conserves_everything(l, heir):
    world = lived()
    before, cash = kept(world), world.accounts[[LAB0 + l, LAB0 + heir]].sum()
    mergers.merge_labs(world, l, heir)
    same(before, kept(world))
    assert world.accounts[LAB0 + l] == 0
    assert world.accounts[LAB0 + heir] == cash
    assert closes(world)
    assert (world.labs["active"][l], world.labs["active"][heir]) == (0, 1)
    assert events_of(world, "merger_ordered")[0][:2] == (l, heir)
    for c, community in enumerate(world.communities):
        users, weight = np.zeros_like(world.users[c]), np.zeros_like(world.weight[c])
        first = int(community["first"])
        choice_kernel.recount(world.developers, first, first + int(community["count"]), users, weight)
        assert np.array_equal(users, world.users[c])
        assert np.array_equal(weight, world.weight[c])


def slots(lab):
    return slice(lab * SLOTS_PER_LAB, (lab + 1) * SLOTS_PER_LAB)


def test_users_of_closed_models_go_to_the_heir_and_the_better_model_stays():
    world = lived()
    l, heir = ANTHROPIC, OPENAI
    both = world.users[:, slots(l)].sum() + world.users[:, slots(heir)].sum()
    closed = (world.models["available"][slots(l)] == 1) & (world.models["open"][slots(l)] == 0)
    assert closed.any()
    world.models["q"][l * SLOTS_PER_LAB] = best = world.models["q"].max() + 5.0
    world.models["available"][l * SLOTS_PER_LAB] = 1
    mergers.merge_labs(world, l, heir)
    assert world.users[:, slots(heir)].sum() == both
    assert world.models["q"][slots(heir)].max() == best
    assert (world.models["lab"] == np.repeat(np.arange(N_LABS), SLOTS_PER_LAB)).all()
    assert not world.models["available"][slots(l)][closed].any()


def test_open_weights_stay_where_they_are_hosted():
    world = lived()
    world.models["available"][slots(ANTHROPIC)] = world.models["open"][slots(ANTHROPIC)] = 1
    users = world.users[:, slots(ANTHROPIC)].copy()
    mergers.merge_labs(world, ANTHROPIC, OPENAI)
    assert (world.models["available"][slots(ANTHROPIC)] == 1).all()
    assert np.array_equal(world.users[:, slots(ANTHROPIC)], users)


@QUICK
@given(
    st.lists(st.floats(0.0, 0.04), min_size=N_HOLDERS, max_size=N_HOLDERS),
    st.lists(st.floats(0.0, 0.04), min_size=N_HOLDERS, max_size=N_HOLDERS),
    st.floats(0.0, 1e12), st.floats(1e6, 1e12),
)  # fmt: skip
def test_owners_keep_the_value_of_their_stakes(one, other, value, heirs_value):
    world = quiet_world()
    world.stake[:, ANTHROPIC], world.stake[:, OPENAI] = one, other
    worth = np.array(one) * value + np.array(other) * heirs_value
    mergers.exchange_stakes(world, ANTHROPIC, OPENAI, value, heirs_value)
    assert np.allclose(world.stake[:, OPENAI] * (value + heirs_value), worth)
    assert (world.stake[:, ANTHROPIC] == 0.0).all()


def test_an_owned_acquirer_buys_the_owners_out():
    world = quiet_world()
    set_cash(world, CLOUD0 + GOOGLE, 4e9)
    world.labs["valuation_usd"][ANTHROPIC] = 10e9
    world.stake[NVIDIA, ANTHROPIC], world.stake[N_VENDORS + GOOGLE, ANTHROPIC] = 0.1, 0.2
    put(world, 0, deals.TAKE_OR_PAY, LAB0 + ANTHROPIC, CLOUD0 + GOOGLE, total_usd=1e9)
    put(world, 1, deals.TAKE_OR_PAY, LAB0 + ANTHROPIC, CLOUD0 + ORACLE, total_usd=1e9)
    put(world, 2, deals.EQUITY, VENDOR0 + NVIDIA, LAB0 + ANTHROPIC, total_usd=1e9)
    mergers.merge_labs(world, ANTHROPIC, DEEPMIND)
    assert received_usd(world, ACQUISITIONS, VENDOR0 + NVIDIA) == pytest.approx(1e9)
    assert world.clouds["bonds_usd"][GOOGLE] == pytest.approx(4e9)  # 8 billion are due to others
    assert world.accounts[CLOUD0 + GOOGLE] == 0
    assert world.contracts["state"][:3].tolist() == [deals.CANCELLED, deals.RUNNING, deals.CANCELLED]
    assert world.contracts["payer"][1] == LAB0 + DEEPMIND
    assert closes(world)


def test_an_owner_of_the_target_gets_a_stake_in_an_independent_acquirer():
    world = quiet_world()
    world.labs["valuation_usd"][[META_LAB, OPENAI]] = 10e9, 30e9
    put(world, 0, deals.EQUITY, VENDOR0 + NVIDIA, LAB0 + META_LAB, total_usd=1e9)
    mergers.merge_labs(world, META_LAB, OPENAI)
    assert world.stake[N_VENDORS + META, OPENAI] == pytest.approx(0.25)
    assert world.contracts["payee"][0] == LAB0 + OPENAI


@QUICK
@given(st.sampled_from(SINGLE), st.sampled_from(SINGLE))
def test_merging_clouds_conserves_everything(k, heir):
    world = lived()
    if k == heir or not mergers.trades(world.clouds[k], T) or not mergers.trades(world.clouds[heir], T):
        return
    before, cash = kept(world), world.accounts[[CLOUD0 + k, CLOUD0 + heir]].sum()
    labs = (world.labs["owner"] == k).sum() + (world.labs["owner"] == heir).sum()
    mergers.merge_clouds(world, k, heir)
    same(before, kept(world), but=("commitments",))
    assert world.accounts[CLOUD0 + heir] == cash
    assert (world.labs["owner"] == heir).sum() == labs
    assert not (world.sites["cloud"] == k).any()
    shares = world.sites["share"][world.sites["cloud"] == heir].sum()
    assert shares == pytest.approx(1.0, abs=0.05)
    assert closes(world)
    checks.check_identities(world)
    assert world.macro["chip_gap"][0] <= checks.TOLERANCE


def test_cross_holdings_are_cancelled_and_the_others_own_the_whole():
    world = quiet_world()
    world.clouds["valuation_usd"][[COREWEAVE, ORACLE]] = 10e9, 30e9
    world.stake[N_VENDORS + ORACLE, N_LABS + COREWEAVE] = 0.4
    world.stake[NVIDIA, N_LABS + COREWEAVE] = 0.2
    world.stake[N_VENDORS + COREWEAVE, ANTHROPIC] = 0.1
    world.stake[N_VENDORS + ORACLE, ANTHROPIC] = 0.05
    put(world, 0, deals.TAKE_OR_PAY, LAB0, CLOUD0 + COREWEAVE, total_usd=1e9)
    mergers.merge_clouds(world, COREWEAVE, ORACLE)
    own = 0.4 * 0.25
    assert world.stake[N_VENDORS + ORACLE, N_LABS + ORACLE] == 0.0
    assert world.stake[NVIDIA, N_LABS + ORACLE] == pytest.approx(0.2 * 0.25 / (1.0 - own))
    assert world.stake[N_VENDORS + ORACLE, ANTHROPIC] == pytest.approx(0.15)
    assert world.contracts["payee"][0] == CLOUD0 + ORACLE


def test_a_merger_takes_place_when_both_are_in_business_and_once():
    world = lived()
    world.policy["merge_lab"][IN_FORCE, ANTHROPIC] = OPENAI
    world.policy["merge_cloud"][IN_FORCE, COREWEAVE] = MICROSOFT
    world.labs["active"][OPENAI] = 0
    mergers.merge_by_decision(world)
    assert world.labs["active"][ANTHROPIC] == 1
    assert world.clouds["active"][COREWEAVE] == 0
    world.labs["active"][OPENAI] = 1
    mergers.merge_by_decision(world)
    assert world.labs["active"][ANTHROPIC] == 0
    after = copy_world(world)
    mergers.merge_by_decision(world)
    assert same_bytes(world, after)


def test_without_a_decision_nobody_is_merged():
    world = lived()
    before = copy_world(world)
    mergers.merge_by_decision(world)
    assert same_bytes(world, before)


def test_a_firm_that_will_be_merged_makes_no_large_commitment():
    free, bound = quiet_world(29), quiet_world(29)
    bound.policy["merge_lab"][EXPECTED, :] = OPENAI
    bound.policy["merge_cloud"][EXPECTED, :] = MICROSOFT
    signed = []
    for world in (free, bound):
        world.labs["compute_wanted_h100e"] = 2.0 * world.labs["compute_h100e"] + 1.0
        for l in INDEPENDENT:
            set_cash(world, LAB0 + l, 1e12)
        world.labs["budget_usd"][list(INDEPENDENT)] = 1e9
        alliances.make_deals(world)
        kinds = world.contracts["kind"][world.contracts["state"] == deals.RUNNING]
        signed.append(int(np.isin(kinds, (deals.TAKE_OR_PAY, deals.CLUSTER)).sum()))
    assert signed[0] > 0
    assert signed[1] == 0


def test_the_lists_of_the_instrument_are_those_of_the_initial_state():
    from sim.initial import column, read_initial

    world = lived()
    assert {LAB_KEYS[l] for l in range(N_LABS) if world.labs["region"][l] == CN} == set(CHINESE_LABS)
    assert {CLOUD_KEYS[k] for k in range(N_CLOUDS) if world.clouds["region"][k] == CN} == set(CHINESE_CLOUDS)
    assert {CLOUD_KEYS[k] for k in range(N_CLOUDS) if column("clouds", "firms")[k] > 1} == set(GROUPS)
    owners = {row["owner"] for row in read_initial("vendors") if row["owner"]}
    assert owners | {"huawei_cloud"} == set(CHIP_DESIGNERS)
    assert CLOUD_KEYS[TENCENT] not in CHIP_DESIGNERS
    assert stakes.CLOUD_EVENT == 100
    assert parameters(world)["alliances_new_deals"] >= 0.0
    assert world.policy["merge_lab"][IN_FORCE, AMD] == NO_ONE
