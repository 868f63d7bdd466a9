"""Liability for open weights: who pays, what it does to prices, what it does to hosts."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from law_world import put_law
from test_industry import at_capability
from worlds import closes, copy_world, flow_usd, parameters, world_after

from sim.accounts import HOST0, HOUSEHOLDS, LAB0, LAB_KEYS, PLATFORM_KEYS, USERS0
from sim.agents import developers, platform_models, robots
from sim.ledger import LIABILITY_COSTS, balance_usd
from sim.markets import liability, revenue, tokens
from sim.world import CN, EU, HOST, IN_FORCE, LAB_API, MANAGED, SELF, US

QUICK = settings(max_examples=25, deadline=None)
MONTHS = 30
COSTS = st.floats(0.0, 50.0)
EVERYWHERE = ["us", "cn", "eu", "gulf", "sea", "row"]
META_APP, QWEN = PLATFORM_KEYS.index("meta"), LAB_KEYS.index("qwen")


def channel_prices(world):
    """Prices of every model in every community by channel."""
    found = np.zeros((len(world.communities), len(world.models), 4))
    for c in range(len(found)):
        for m in np.flatnonzero(world.models["available"] == 1):
            developers.channel_prices(world, c, m, parameters(world), found[c, m])
    return found


def test_hosts_clouds_and_self_hosters_pass_the_cost_on_and_labs_do_not_bear_it():
    free = channel_prices(world_after(MONTHS))
    world = put_law(world_after(MONTHS), "open_weights_liability", regions=["us"], usd_per_mtoken=0.5)
    dearer = channel_prices(world)
    margin = float(world.macro["host_margin"][0])
    managed = 1.0 + 2.0 * parameters(world)["developers_managed_premium"]
    rise = dearer - free
    here = world.communities["region"] == US
    is_open = (world.models["open"] == 1) & (world.models["available"] == 1)
    assert rise[:, is_open][here][:, :, HOST] == pytest.approx(0.5 * (1.0 + margin))
    assert rise[:, is_open][here][:, :, MANAGED] == pytest.approx(0.5 * (1.0 + margin) * managed)
    assert rise[:, is_open][here][:, :, SELF] == pytest.approx(0.5)
    assert (rise[:, :, LAB_API] == 0.0).all() and (rise[~here] == 0.0).all() and (rise[:, ~is_open] == 0.0).all()


def test_models_below_the_capability_that_counts_cost_nothing():
    world = world_after(MONTHS)
    is_open = np.flatnonzero((world.models["open"] == 1) & (world.models["available"] == 1))
    line = float(np.median(world.models["q"][is_open]))
    put_law(world, "open_weights_liability", regions=["eu"], usd_per_mtoken=0.5, from_eci=line)
    for m in is_open:
        expected = 0.5 if world.models["q"][m] >= line else 0.0
        assert liability.liability_usd_mtok(world, m, EU) == expected
        assert liability.liability_usd_mtok(world, m, US) == 0.0


@QUICK
@given(COSTS, COSTS)
def test_a_liability_never_lowers_the_host_price(one, other):
    seen = []
    for cost in (0.0, *sorted((one, other))):
        world = world_after(MONTHS)
        if cost > 0.0:
            put_law(world, "open_weights_liability", regions=EVERYWHERE, usd_per_mtoken=cost)
        tokens.set_token_prices(world)
        seen.append((world.models["host_price"].copy(), channel_prices(world)[:, :, [HOST, MANAGED, SELF]]))
    for low, high in itertools.pairwise(seen):
        assert (low[0] <= high[0]).all() and (low[1] <= high[1]).all()


def used(world):
    """The world after a month's use and prices, ready to be paid for."""
    developers.choose_models(world)
    developers.use_tokens(world)
    return world


def test_what_is_paid_is_tokens_times_cost_by_who_serves_them():
    world = put_law(used(world_after(MONTHS)), "open_weights_liability", regions=["us"], usd_per_mtoken=0.5)
    here = world.communities["region"] == US
    served = world.channel_tokens[here][:, world.models["open"] == 1].sum(axis=(0, 1))
    before = balance_usd(world, HOUSEHOLDS)
    revenue.sell_tokens(world)
    assert flow_usd(world, LIABILITY_COSTS) == pytest.approx(0.5 * (served[HOST] + served[MANAGED] + served[SELF]))
    assert world.journal[LIABILITY_COSTS, HOST0 + US] / 100 == pytest.approx(-0.5 * (served[HOST] + served[MANAGED]))
    assert world.journal[LIABILITY_COSTS, USERS0 + US] / 100 == pytest.approx(-0.5 * served[SELF])
    assert balance_usd(world, HOUSEHOLDS) - before >= flow_usd(world, LIABILITY_COSTS) - 0.01
    assert closes(world)


def test_platforms_pay_for_weights_of_other_labs_by_where_their_users_are():
    world = world_after(40)
    slot = int(platform_models.best_model(world, QWEN, False))
    world.models["open"][slot] = 1
    p = parameters(world)
    free = platform_models.serving_cost(world, META_APP, slot, p)
    put_law(world, "open_weights_liability", regions=["eu"], usd_per_mtoken=2.0)
    world.platforms["users"][META_APP] = 0.0
    assert platform_models.serving_cost(world, META_APP, slot, p) == free  # at home in the United States, no users
    world.platforms["users"][META_APP, [US, EU]] = 3e6, 1e6
    assert platform_models.serving_cost(world, META_APP, slot, p) == pytest.approx(free + 0.5)
    own = int(platform_models.best_model(world, world.platforms["lab"][META_APP], False))
    assert liability.platform_liability_usd_mtok(world, META_APP, own) == 0.0
    world.platforms["serving_lab"][META_APP] = QWEN
    world.platforms["uses_open"][META_APP] = 1
    world.platforms["tokens_m"] = 0.0
    world.platforms["tokens_m"][META_APP] = 1e6
    revenue.sell_assistants(world)
    lab = LAB0 + int(world.platforms["lab"][META_APP])
    assert world.journal[LIABILITY_COSTS, lab] / 100 == pytest.approx(-5e5)
    assert flow_usd(world, LIABILITY_COSTS) == pytest.approx(5e5) and closes(world)


def test_robots_pay_on_board_and_over_the_network():
    world = at_capability(world_after(40), 185.0)
    slot = int(platform_models.best_model(world, QWEN, False))
    world.models["open"][slot] = 1
    p = parameters(world)
    p["industry_physical_ai"] = 1.0
    free = [robots.cost_of_model(world, p, US, slot, mode, 0.01, 0.2) for mode in (robots.EDGE, robots.CLOUD)]
    put_law(world, "open_weights_liability", regions=["us"], usd_per_mtoken=0.5)
    dear = [robots.cost_of_model(world, p, US, slot, mode, 0.01, 0.2) for mode in (robots.EDGE, robots.CLOUD)]
    year = p["industry_tokens_per_robot_day"] * 365.0 / 1e6
    assert dear[0] - free[0] == pytest.approx(0.5 * year)
    assert dear[1] - free[1] == pytest.approx(0.5 * year * (1.0 + world.macro["host_margin"][0]))
    industry = world.industries[US]
    for name in ("edge_share", "cloud_share", "cloud_lab_tokens_m"):
        world.industries[name] = 0.0
    industry["physical"] = 1e5
    industry["edge_share"][QWEN], industry["edge_model"][QWEN] = 0.6, slot
    industry["cloud_model"][QWEN], industry["cloud_lab_tokens_m"][QWEN] = slot, 4_000.0
    robots.pay_for_models(world)
    edge = 1e5 * year / 12.0 * 0.6
    assert flow_usd(world, LIABILITY_COSTS) == pytest.approx(0.5 * (edge + 4_000.0), rel=1e-6)
    assert closes(world)


def hosts_after(world):
    """Hosts after a month, and the margin."""
    revenue.sell_tokens(world)
    revenue.run_hosts(world)
    return float(world.macro["hosts"][0]), float(world.macro["host_margin"][0])


def test_a_fixed_cost_is_paid_by_every_host_and_drives_some_out():
    free = used(world_after(MONTHS))
    world = put_law(copy_world(free), "open_weights_liability", regions=["us", "eu"], usd_per_host_year=6e5)
    hosts = float(world.macro["hosts"][0])
    few, more = hosts_after(world), hosts_after(free)
    assert flow_usd(world, LIABILITY_COSTS) == pytest.approx(2 * hosts * 6e5 / 12.0)
    assert closes(world)
    assert few[0] < more[0] and few[1] > more[1]
    least = hosts * np.exp(
        -parameters(world)["pricing_host_entry"] + parameters(world)["pricing_host_market_growth"] / 12
    )
    assert few[0] >= least * (1 - 1e-12)


@QUICK
@given(st.floats(0.0, 1e9), st.floats(0.0, 1e9))
def test_a_larger_fixed_cost_never_leaves_more_hosts_or_a_thinner_margin(one, other):
    seen = []
    for cost in sorted((one, other)):
        world = used(world_after(MONTHS))
        if cost > 0.0:
            put_law(world, "open_weights_liability", regions=["us"], usd_per_host_year=cost)
        seen.append(hosts_after(world))
    assert seen[1][0] <= seen[0][0] and seen[1][1] >= seen[0][1]


def test_a_law_elsewhere_is_of_no_concern():
    world = put_law(world_after(MONTHS), "open_weights_liability", regions=["cn"], usd_per_mtoken=0.5)
    assert world.policy["open_liability_usd_mtok"][IN_FORCE, CN] == 0.5
    assert (channel_prices(world)[world.communities["region"] != CN]
            == channel_prices(world_after(MONTHS))[world.communities["region"] != CN]).all()  # fmt: skip
