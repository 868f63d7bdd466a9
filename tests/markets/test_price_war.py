"""The Chinese home market: who undercuts, follows and leaves; what prices are in war and in peace."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import closes, copy_world, parameters, run_of, scenario, world_after

from sim.accounts import CLOUD0, LAB0, LAB_KEYS
from sim.economy import Economy
from sim.events import PRICE_WAR_END, PRICE_WAR_START, WAR_JOIN
from sim.markets import compute, home_market, price_war, tokens
from sim.world import CN

QUICK = settings(max_examples=40, deadline=None)
DEEPSEEK, QWEN, MOONSHOT, ZHIPU, BYTEDANCE = (
    LAB_KEYS.index(name) for name in ("deepseek", "qwen", "moonshot", "zhipu", "bytedance")
)
UP = st.floats(0.01, 5.0)


def market(prices, qualities=None, month=20):
    """A world at peace with only these Chinese flagships on sale: list price (USD/Mtoken) by lab, all equally good."""
    world = world_after(month)
    world.macro["price_war"] = world.macro["price_war_months"] = 0.0
    labs, models = world.labs, world.models
    chinese = labs["origin"] == 1
    labs["active"][chinese] = 0
    world.event_count[0] = 0
    world.tokens[:, chinese[models["lab"]]] = 0.0
    world.channel_tokens[:, chinese[models["lab"]]] = 0.0
    models["available"][chinese[models["lab"]]] = 0
    for name in ("at_war", "war_months", "undercut_months", "war_fatigue", "months_negative", "war_loss_usd"):
        labs[name] = 0
    for lab, price in prices.items():
        labs["active"][lab], labs["entry"][lab] = 1, 0
        labs["best_q"][lab] = (qualities or {}).get(lab, 120.0)
        model = models[4 * lab]
        model["available"], model["price"], model["open"], model["released"] = 1, price, 0, month - 3
        model["marginal_cost"], model["small"] = 0.6, 0
        labs["reference_price"][lab] = price
        labs["api_revenue"][lab], labs["api_cost"][lab] = 2e6, 1e6
        world.accounts[LAB0 + lab] = 10**13
        world.tokens[world.communities["region"] == CN, 4 * lab] = 1.0
    p = parameters(world)
    p["pricing_war_follow"] = p["pricing_war_notice_months"] = 1.0
    p["pricing_war_means_scale"] = 0.1
    p["pricing_war_threat_share"] = 1e-6
    return world


def kinds(world):
    return world.events[: world.event_count[0], 1].astype(int).tolist()


def watched(world, times=1):
    for _ in range(times):
        price_war.watch_price_war(world)
    return world.labs["at_war"]


# Closed forms


@pytest.mark.parametrize("n", [1, 2, 5, 10])
def test_the_margin_of_equal_firms_is_one_over_their_number_and_the_elasticity(n):
    markup = home_market.concentrated_markup(1.0 / n, 2.0, 0.9)
    assert 1.0 - 1.0 / markup == pytest.approx(1.0 / (2.0 * n))


@QUICK
@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.9, 4.0))
def test_concentration_never_lowers_the_markup(one, other, elasticity):
    low, high = sorted((one, other))
    assert (
        1.0
        <= home_market.concentrated_markup(low, elasticity, 0.6)
        <= home_market.concentrated_markup(high, elasticity, 0.6)
    )
    assert home_market.concentrated_markup(1.0, 0.5, 0.6) == pytest.approx(2.5)


def test_temptation_by_hand():
    """A tenth of the market at 10 and cost 2 for 12 months: 9.6; half of it at 7 for 3 months: 7.5. Not worth it."""
    assert price_war.temptation(0.1, 0.5, 10.0, 0.7, 2.0, 3.0, 12.0) == 0.0
    assert price_war.temptation(0.05, 0.5, 10.0, 0.7, 2.0, 3.0, 12.0) == pytest.approx(1.0 - 4.8 / 7.5)
    assert price_war.temptation(0.0, 0.5, 10.0, 0.7, 8.0, 3.0, 12.0) == 0.0  # an undercut below cost


@QUICK
@given(st.floats(0.0, 0.5), st.floats(0.0, 0.5), st.floats(0.05, 0.9), st.floats(0.1, 6.0), st.floats(0.1, 6.0))
def test_the_small_and_the_frugal_are_tempted_most(one, other, reach, cost, cost_too):
    small, large = sorted((one, other))
    cheap, dear = sorted((cost, cost_too))
    at = price_war.temptation
    assert at(small, reach, 10.0, 0.7, cheap, 3.0, 12.0) >= at(large, reach, 10.0, 0.7, cheap, 3.0, 12.0)
    assert at(small, reach, 10.0, 0.7, cheap, 3.0, 12.0) >= at(small, reach, 10.0, 0.7, dear, 3.0, 12.0) - 1e-12


@QUICK
@given(st.floats(0.0, 200.0), st.floats(0.0, 200.0))
def test_more_staying_power_never_lowers_the_chance_to_follow(one, other):
    low, high = sorted((one, other))
    assert price_war.ability(low, 12.0, 4.0) <= price_war.ability(high, 12.0, 4.0)
    assert price_war.ability(12.0, 12.0, 4.0) == 0.5


@QUICK
@given(st.floats(0.01, 20.0), st.floats(-20.0, 40.0), st.floats(-20.0, 40.0))
def test_a_rival_that_is_behind_looks_dearer_than_it_is_and_one_ahead_not_cheaper(price, one, other):
    less, more = sorted((one, other))
    at = home_market.worth_price
    assert price <= at(price, less, 0.1) <= at(price, more, 0.1)
    assert at(price, -5.0, 0.1) == price
    assert at(1.0, 10.0, 0.1) == pytest.approx(np.e)


# Beginning


def test_typical_and_cheapest_prices():
    world = market({DEEPSEEK: 1.0, QWEN: 4.0, MOONSHOT: 9.0})
    assert home_market.cheapest_own(world, QWEN) == 4.0
    assert home_market.typical_price(world, DEEPSEEK) == pytest.approx(6.0)  # geometric mean of 4 and 9
    assert home_market.cheapest_own(world, 0) < home_market.NO_PRICE
    assert home_market.cheapest_own(world, ZHIPU) == home_market.NO_PRICE


def test_a_deep_undercut_at_equal_quality_is_followed_and_is_a_war():
    world = market({DEEPSEEK: 1.0, QWEN: 10.0, BYTEDANCE: 10.0})
    at_war = watched(world)
    assert at_war[[DEEPSEEK, QWEN, BYTEDANCE]].tolist() == [1, 1, 1]  # who provoked it is in it
    assert world.macro["price_war"][0] == 1.0 and world.macro["price_war_labs"][0] == 3.0
    assert kinds(world).count(PRICE_WAR_START) == 1 and kinds(world).count(WAR_JOIN) == 2


@pytest.mark.parametrize(
    ("prices", "qualities"),
    [
        ({DEEPSEEK: 8.0, QWEN: 10.0}, None),  # too little below
        ({DEEPSEEK: 1.0, QWEN: 10.0}, {DEEPSEEK: 60.0, QWEN: 120.0}),  # not of equal quality
        ({QWEN: 10.0}, None),  # no rival
    ],
)
def test_no_war_without_an_undercut_at_equal_quality(prices, qualities):
    world = market(prices, qualities)
    assert not watched(world, 5).any()
    assert world.macro["price_war"][0] == 0.0 and PRICE_WAR_START not in kinds(world)


def test_a_lone_cut_is_watched_first():
    world = market({DEEPSEEK: 1.0, QWEN: 10.0})
    parameters(world)["pricing_war_notice_months"] = 3.0
    assert not watched(world, 2).any()
    assert watched(world).all() or world.labs["at_war"][QWEN] == 1


def test_a_rival_without_customers_is_let_be():
    world = market({DEEPSEEK: 1.0, QWEN: 10.0})
    p = parameters(world)
    p["pricing_war_threat_share"] = 0.5
    world.labs["home_model_share"][DEEPSEEK] = 0.01
    assert price_war.threat(world, QWEN, world.p[20]) == pytest.approx(0.02)
    world.labs["home_model_share"][DEEPSEEK] = 0.5
    assert price_war.threat(world, QWEN, world.p[20]) == 1.0
    world.labs["home_model_share"][DEEPSEEK] = 0.0
    world.labs["at_war"][DEEPSEEK] = 1  # known to have purpose
    assert price_war.threat(world, QWEN, world.p[20]) == 1.0


def test_lost_share_alarms_without_an_undercut():
    world = market({DEEPSEEK: 8.0, QWEN: 10.0})
    world.labs["home_share_memory"][QWEN], world.labs["home_share"][QWEN] = 0.4, 0.1
    assert price_war.threat(world, QWEN, world.p[20]) == pytest.approx(0.75)
    world.labs["home_share"][QWEN] = 0.35
    assert price_war.threat(world, QWEN, world.p[20]) == 0.0


def test_a_lab_without_means_does_not_follow_and_a_tired_one_neither():
    world = market({DEEPSEEK: 1.0, MOONSHOT: 10.0})
    world.labs["compute_cost"][MOONSHOT] = 50e6
    world.accounts[LAB0 + MOONSHOT] = 0
    parameters(world)["pricing_war_means_scale"] = 0.1
    assert watched(world)[MOONSHOT] == 0
    world.accounts[LAB0 + MOONSHOT] = 10**13
    world.labs["war_fatigue"][MOONSHOT] = 1.0
    parameters(world)["pricing_war_fatigue_months"] = 1e12
    assert watched(world)[MOONSHOT] == 0
    world.labs["war_fatigue"][MOONSHOT] = 0.0
    assert watched(world)[MOONSHOT] == 1


def test_an_owner_lends_its_means_and_the_switch_takes_them_away():
    world = market({QWEN: 10.0, MOONSHOT: 10.0})
    world.labs["api_revenue"][QWEN], world.labs["api_cost"][QWEN] = 1e6, 3e6
    owner = int(world.labs["owner"][QWEN])
    purse = parameters(world)["pricing_war_owner_tolerance"] * 12.0 * world.clouds["operating_cash_flow"][owner]
    assert price_war.means(world, QWEN) == pytest.approx(min(purse / 2e6, 120.0))
    world.labs["war_loss_usd"][QWEN] = purse
    assert price_war.means(world, QWEN) == 0.0
    world.labs["war_loss_usd"][QWEN] = 0.0
    parameters(world)["pricing_owner_cross_subsidy_in_war"] = 0.0
    assert price_war.means(world, QWEN) == 0.0
    world.accounts[CLOUD0 + owner] = -1
    parameters(world)["pricing_owner_cross_subsidy_in_war"] = 1.0
    assert price_war.means(world, QWEN) == 0.0
    burn = max(world.labs["compute_cost"][MOONSHOT] + world.labs["staff_usd"][MOONSHOT]
               - world.labs["revenue"][MOONSHOT], 1e5)  # fmt: skip
    assert price_war.means(world, MOONSHOT) == pytest.approx(1e11 / burn)


@QUICK
@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_higher_probability_of_following_never_means_fewer_followers(one, other):
    low, high = sorted((one, other))
    joined = []
    for chance in (low, high):
        world = market({DEEPSEEK: 1.0, QWEN: 10.0, BYTEDANCE: 10.0, ZHIPU: 10.0, MOONSHOT: 10.0})
        parameters(world)["pricing_war_follow"] = chance
        joined.append(watched(world).sum())
    assert joined[0] <= joined[1]


# End


def test_losses_beyond_patience_end_it_for_a_lab_in_proportion_to_its_means():
    for months_of_cash, stays in ((6.0, False), (60.0, True)):
        world = market({DEEPSEEK: 1.0, MOONSHOT: 2.0, ZHIPU: 2.0})
        labs = world.labs
        labs["at_war"][[DEEPSEEK, MOONSHOT, ZHIPU]] = 1
        labs["reference_price"][:] = 50.0  # nobody is relieved
        labs["api_revenue"][MOONSHOT], labs["api_cost"][MOONSHOT] = 1e6, 2e6
        labs["months_negative"][MOONSHOT] = 10.0
        labs["compute_cost"][MOONSHOT], labs["staff_usd"][MOONSHOT], labs["revenue"][MOONSHOT] = 10e6, 0.0, 0.0
        world.accounts[LAB0 + MOONSHOT] = round(months_of_cash * 10e6 * 100)
        world.macro["price_war"] = 1.0
        assert bool(watched(world)[MOONSHOT]) is stays
        assert labs["war_fatigue"][MOONSHOT] == (0.0 if stays else 1.0)
        assert world.macro["price_war"][0] == 1.0  # two are left


def test_a_lab_that_nobody_undercuts_any_more_leaves_and_below_two_the_war_is_over():
    world = market({DEEPSEEK: 1.0, QWEN: 1.0})
    world.labs["at_war"][[DEEPSEEK, QWEN]] = 1
    world.labs["war_months"][[DEEPSEEK, QWEN]] = 5.0
    world.macro["price_war"], world.macro["price_war_months"] = 1.0, 9.0
    world.macro["home_concentration"] = 0.0
    assert home_market.peace_price(world, 4 * QWEN) < 1.0 / 0.7
    assert not watched(world).any()
    assert world.macro["price_war"][0] == 0.0 and world.macro["price_war_months"][0] == 0.0
    assert kinds(world)[-1] == PRICE_WAR_END


def test_as_long_as_customers_expect_more_an_undercut_stays_an_undercut():
    world = market({DEEPSEEK: 1.0, QWEN: 1.0})
    world.labs["at_war"][[DEEPSEEK, QWEN]] = 1
    world.labs["reference_price"][[DEEPSEEK, QWEN]] = 30.0
    world.macro["price_war"] = 1.0
    assert watched(world)[[DEEPSEEK, QWEN]].tolist() == [1, 1]
    assert (world.labs["reference_price"][[DEEPSEEK, QWEN]] < 30.0).all()


def test_a_lab_that_closes_leaves_the_war():
    world = market({DEEPSEEK: 1.0, QWEN: 10.0, BYTEDANCE: 10.0})
    watched(world)
    world.labs["active"][QWEN] = 0
    assert watched(world)[QWEN] == 0


def test_the_switch_ends_and_prevents_war():
    world = market({DEEPSEEK: 1.0, QWEN: 10.0})
    watched(world)
    parameters(world)["pricing_price_war"] = 0.0
    assert not watched(world, 3).any()
    off = run_of(30, (("developers.count", 300), ("pricing.price_war", "off")))
    assert not off.history.macro["price_war"].any() and not off.history.labs["at_war"].any()
    assert "price_war_start" not in set(off.events["kind"])


# Prices


def test_at_war_prices_go_to_what_the_cheapest_rival_can_go_down_to_but_not_below_the_own_floor():
    world = market({DEEPSEEK: 2.0, MOONSHOT: 10.0, ZHIPU: 10.0})
    world.labs["at_war"][[DEEPSEEK, MOONSHOT]] = 1
    slot = 4 * MOONSHOT
    floor = price_war.war_floor(world, slot)
    markup = float(parameters(world)["pricing_war_markup"])
    assert floor == pytest.approx(home_market.full_cost(world, slot) * markup)
    world.models["marginal_cost"][4 * DEEPSEEK] = 1.2  # serves dearer: what it can go to is above the own floor
    rival = price_war.war_floor(world, 4 * DEEPSEEK)
    match = float(parameters(world)["pricing_war_match"])
    assert floor < match * rival == pytest.approx(price_war.war_price(world, slot))
    world.models["marginal_cost"][4 * DEEPSEEK] = 0.1
    assert price_war.war_price(world, slot) == pytest.approx(floor)
    world.labs["at_war"][DEEPSEEK] = 0  # at peace it stays where it is
    assert price_war.war_price(world, slot) == pytest.approx(match * 2.0)


def test_a_lab_that_is_ahead_keeps_the_worth_of_its_lead():
    world = market({DEEPSEEK: 2.0, MOONSHOT: 10.0}, {DEEPSEEK: 110.0, MOONSHOT: 120.0})
    world.labs["at_war"][[DEEPSEEK, MOONSHOT]] = 1
    worth = float(parameters(world)["pricing_war_quality_worth"])
    expected = price_war.war_floor(world, 4 * DEEPSEEK) * np.exp(10.0 * worth) * parameters(world)["pricing_war_match"]
    assert price_war.war_price(world, 4 * MOONSHOT) == pytest.approx(expected)
    assert price_war.war_price(world, 4 * DEEPSEEK) == pytest.approx(price_war.war_floor(world, 4 * DEEPSEEK))


def test_an_owner_sells_below_cost_and_less_so_without_idle_compute_or_cross_subsidy():
    world = market({QWEN: 10.0, MOONSHOT: 10.0})
    alone = price_war.war_floor(world, 4 * MOONSHOT)
    world.regions["utilisation"][CN] = 1.0
    busy = price_war.war_floor(world, 4 * QWEN)
    world.regions["utilisation"][CN] = 0.3
    idle = price_war.war_floor(world, 4 * QWEN)
    assert idle < busy == pytest.approx(alone * float(parameters(world)["pricing_war_owner_markup"]))
    parameters(world)["pricing_owner_cross_subsidy_in_war"] = 0.0
    assert price_war.war_floor(world, 4 * QWEN) == pytest.approx(alone)


@QUICK
@given(UP, UP)
def test_a_lab_that_serves_cheaper_can_go_lower(one, other):
    cheap, dear = sorted((one, other))
    world = market({DEEPSEEK: 10.0, MOONSHOT: 10.0})
    world.models["marginal_cost"][4 * DEEPSEEK], world.models["marginal_cost"][4 * MOONSHOT] = cheap, dear
    assert price_war.war_floor(world, 4 * DEEPSEEK) <= price_war.war_floor(world, 4 * MOONSHOT)


def test_small_models_are_the_loss_leaders():
    world = market({MOONSHOT: 10.0})
    flagship = price_war.war_floor(world, 4 * MOONSHOT)
    world.models["small"][4 * MOONSHOT] = 1
    small = parameters(world)["pricing_war_small_markup"]
    assert price_war.war_floor(world, 4 * MOONSHOT) == pytest.approx(small * flagship)


def test_followers_reprice_within_the_month():
    world = market({DEEPSEEK: 1.0, QWEN: 10.0, BYTEDANCE: 10.0})
    watched(world)
    tokens.set_token_prices(world)
    assert world.models["price"][4 * QWEN] < 2.0 and world.models["price"][4 * BYTEDANCE] < 2.0
    assert world.models["price"][4 * DEEPSEEK] <= 1.0


def test_peace_prices_rise_with_concentration_and_the_umbrella_only_as_far_as_customers_remember():
    world = market({QWEN: 1.0})
    world.labs["reference_price"][QWEN] = 0.1
    at = []
    for concentration in (0.1, 0.2, 0.5, 1.0):
        world.macro["home_concentration"] = concentration
        at.append(home_market.peace_price(world, 4 * QWEN))
    assert at == sorted(at) and at[0] < at[-1]
    umbrella = float(parameters(world)["pricing_umbrella_share"]) * home_market.foreign_price(world)
    world.labs["reference_price"][QWEN] = umbrella / 2.0
    assert home_market.peace_price(world, 4 * QWEN) == pytest.approx(max(at[-1], umbrella / 2.0))
    world.labs["reference_price"][QWEN] = 1000.0
    assert home_market.peace_price(world, 4 * QWEN) == pytest.approx(max(at[-1], umbrella))


def test_prices_rise_only_when_rationed_or_when_the_market_is_more_concentrated():
    world = market({QWEN: 1.0})
    world.labs["serving_pressure"][QWEN] = 0.5
    world.macro["home_concentration"] = world.labs["concentration_seen"][QWEN] = 0.2
    assert not home_market.may_raise(world, QWEN)
    world.macro["home_concentration"] = 0.4
    assert home_market.may_raise(world, QWEN)
    world.labs["at_war"][QWEN] = 1
    assert not home_market.may_raise(world, QWEN)
    world.labs["serving_pressure"][QWEN] = 1.5
    assert home_market.may_raise(world, QWEN)
    assert not home_market.may_raise(world, 0) or world.labs["serving_pressure"][0] > 1.0


def test_without_aggression_nobody_breaks_the_umbrella():
    world = market({DEEPSEEK: 10.0, QWEN: 10.0})
    world.labs["home_model_share"][QWEN] = 0.5
    world.labs["home_share"][DEEPSEEK] = 0.0
    parameters(world)["pricing_war_aggression"] = 1.0
    assert price_war.undercuts_now(world, DEEPSEEK)
    assert price_war.undercut_price(world, 4 * DEEPSEEK) < 7.0
    parameters(world)["pricing_war_aggression"] = 0.0
    assert not price_war.undercuts_now(world, DEEPSEEK)


# Cost advantages


def test_cheap_power_for_domestic_chips_reaches_labs_that_have_ported():
    world = market({DEEPSEEK: 10.0, QWEN: 10.0})
    world.lab_region[:] = 0.0
    world.lab_region[:, CN] = 1.0
    world.labs["porting_share"][DEEPSEEK], world.labs["porting_share"][QWEN] = 0.5, 0.0
    region = world.regions[CN]
    region["domestic_price"] = region["electricity_price"]
    before = compute.lab_rent(world, DEEPSEEK)
    assert before == pytest.approx(compute.lab_rent(world, QWEN))
    region["domestic_price"] = region["electricity_price"] - 0.03
    passed = float(parameters(world)["pricing_power_rebate_passed_on"])
    assert compute.lab_rent(world, DEEPSEEK) == pytest.approx(before - 0.5 * 0.03 * region["chip_kw"] * passed)
    assert compute.lab_rent(world, QWEN) == pytest.approx(before)


def test_shares_of_the_home_market_add_up():
    world = world_after(30)
    home_market.count_home_market(world)
    labs, chinese = world.labs, world.labs["origin"] == 1
    assert 0.0 < labs["home_model_share"][chinese].sum() <= 1.0 + 1e-9
    assert (labs["home_share"] <= labs["home_model_share"] + 1e-12).all()
    assert world.macro["home_concentration"][0] == pytest.approx((labs["home_share"][chinese] ** 2).sum())
    assert not labs["home_model_share"][~chinese].any()


def test_the_war_uses_its_own_draws_and_moves_no_money_by_itself():
    world = world_after(20)
    before = copy_world(world)
    price_war.watch_price_war(world)
    assert closes(world) and (world.accounts == before.accounts).all()
    assert (world.models["price"] == before.models["price"]).all()


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_a_world_lives_anywhere_in_the_ranges_of_the_price_war(data):
    registry = scenario(36).registry
    names = [path for path in registry if path.startswith(("pricing.war_", "pricing.home_", "pricing.umbrella_"))]
    drawn = {
        path: data.draw(st.sampled_from([registry[path].record.low, registry[path].record.high])) for path in names
    }
    economy = Economy(scenario(36, tuple({"developers.count": 200, **drawn}.items())), 1)
    for _ in range(36):
        economy.step()
    models, labs = economy.history.models, economy.history.labs
    there = (models["available"] == 1) & (models["released"] >= 0)
    assert (models["price"][there] > 0.0).all() and np.isfinite(models["price"][there]).all()
    assert np.isin(labs["at_war"], (0, 1)).all() and not labs["at_war"][:, labs["origin"][0] != 1].any()
    on = economy.history.macro["price_war"][:, 0] > 0.5
    assert ((economy.history.macro["price_war_labs"][:, 0] >= 2.0) == on).all()


def test_without_owners_money_owned_labs_lose_less():
    def losses(overrides):
        economy = Economy(scenario(36, overrides), 2)
        for _ in range(36):
            economy.step()
        labs = economy.history.labs
        owned = (labs["origin"][0] == 1) & (labs["owner"][0] >= 0)
        return np.maximum(labs["api_cost"] - labs["api_revenue"], 0.0)[:, owned].sum()

    base = (("developers.count", 1000),)
    assert losses((*base, ("pricing.owner_cross_subsidy_in_war", "off"))) <= losses(base)
