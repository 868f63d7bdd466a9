"""Agents of assistants' users: Bass diffusion in closed form, the offer, limits, and what moves them which way."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import parameters, world_after

from sim.agents import consumer_agents as ca
from sim.agents import platforms

QUICK = settings(max_examples=25, deadline=None)


@pytest.mark.parametrize(("p", "q"), [(0.03, 0.38), (0.15, 1.4), (0.02, 1.2)])
def test_adoption_is_bass_in_closed_form(p, q):
    """`F(t) = (1 - e^-(p+q)t) / (1 + (q/p) e^-(p+q)t)` (Bass 1969), in steps of a hundredth of a month."""
    share, steps = 0.0, 100 * 12 * 6
    for _ in range(steps):
        share = ca.adopters(share, 1.0, p / 1200.0, q / 1200.0, share, 0.1)
    decay = np.exp(-(p + q) * 6.0)
    assert share == pytest.approx((1.0 - decay) / (1.0 + q / p * decay), rel=2e-3)


def test_adoption_reaches_its_potential_and_falls_back_to_it():
    agents = 0.0
    for _ in range(600):
        agents = ca.adopters(agents, 100.0, 0.02, 0.2, agents / 100.0, 0.1)
    assert agents == pytest.approx(100.0)
    assert ca.adopters(200.0, 100.0, 0.02, 0.2, 1.0, 0.25) == pytest.approx(175.0)


def test_without_innovation_and_example_nobody_has_an_agent():
    assert ca.adopters(0.0, 100.0, 0.0, 0.5, 0.0, 0.1) == 0.0
    assert ca.adopters(0.0, 100.0, 0.0, 0.5, 0.3, 0.1) > 0.0  # an example on other platforms is enough


@QUICK
@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 5.0), st.floats(0.0, 5.0), st.floats(0.0, 1.0))
def test_adoption_never_overshoots(agents, potential, innovation, imitation, peers):
    after = ca.adopters(agents, potential, innovation, imitation, peers, 0.2)
    assert min(agents, potential) - 1e-12 <= after <= max(agents, potential) + 1e-12


@QUICK
@given(st.floats(0.01, 10.0), st.floats(0.01, 10.0), st.floats(0.0, 0.3), st.floats(1.0, 5.0))
def test_the_offer_covers_those_who_are_worth_their_cost(cost, worth, payers, steepness):
    free, access = ca.offered(cost, worth, payers, steepness)
    assert free == pytest.approx(1.0 / (1.0 + (cost / worth) ** steepness))
    assert payers <= access <= 1.0
    assert ca.offered(2.0 * cost, worth, payers, steepness)[1] <= access
    assert ca.offered(cost, 0.0, payers, steepness) == (0.0, payers)


def test_half_of_the_free_users_are_worth_what_the_median_is():
    assert ca.offered(0.7, 0.7, 0.0, 3.0)[0] == pytest.approx(0.5)


@QUICK
@given(st.floats(0.01, 1e4), st.floats(0.001, 10.0), st.floats(0.01, 100.0))
def test_limits_keep_the_cost_of_an_agent_below_its_worth(tokens, cost, worth):
    used = ca.within_limits(tokens, cost, worth)
    assert used <= tokens
    assert used * cost < worth
    assert ca.within_limits(tokens, 1e-12, worth) == pytest.approx(tokens)
    assert ca.within_limits(2.0 * tokens, cost, worth) >= used
    assert ca.within_limits(tokens, cost, 0.0) == 0.0


def agents_after(quality=0.0, rent=1.0, months=6, **changed):
    """(agents, tokens of agents) by platform after some months with another capability served or other rents."""
    world = world_after(40)
    for t in range(40, 46):
        for name, value in changed.items():
            world.p[t][f"platforms_{name}"] = value
    world.platforms["served_q"] += quality
    world.platforms["token_cost"] *= rent
    for t in range(40, 40 + months):
        world.macro["month"] = t
        ca.spread_agents(world)
    p = parameters(world)
    world.platforms["agent_multiplier"] = [ca.tokens_of_agent(q, p) for q in world.platforms["served_q"]]
    tokens = [sum(ca.agent_tokens(world, i, r, 0.3, p) for r in range(6)) for i in range(6)]
    return world.platforms["agent_users"].copy(), np.array(tokens)


@QUICK
@given(st.floats(-20.0, 20.0), st.floats(0.0, 15.0))
def test_a_better_served_model_never_means_fewer_agents(quality, more):
    one, tokens_one = agents_after(quality)
    two, tokens_two = agents_after(quality + more)
    assert (two >= one * (1.0 - 1e-12)).all()
    assert (tokens_two >= tokens_one * (1.0 - 1e-12)).all()


@QUICK
@given(st.floats(0.05, 20.0), st.floats(1.0, 20.0))
def test_dearer_compute_never_means_more_agents(rent, dearer):
    one, tokens_one = agents_after(5.0, rent)
    two, tokens_two = agents_after(5.0, rent * dearer)
    assert (two <= one * (1.0 + 1e-12)).all()
    assert (tokens_two <= tokens_one * (1.0 + 1e-12)).all()


def test_cost_bites_where_users_are_worth_little():
    cheap, _ = agents_after(10.0, 1.0)
    dear, _ = agents_after(10.0, 10.0)
    us, row = dear[0, 0] / cheap[0, 0], dear[0, 5] / cheap[0, 5]
    assert row < us < 1.0


def test_the_example_crosses_platforms_within_a_region_only():
    with_example, without = world_after(40), world_after(40)
    for world in (with_example, without):
        world.platforms["agent_users"] = 0.0
        world.p[40]["platforms_agent_innovation"] = 0.0
        world.platforms["served_q"] = 160.0
    with_example.platforms["agent_users"][0, 0] = 1e6
    for world in (with_example, without):
        ca.spread_agents(world)
    assert (without.platforms["agent_users"] == 0.0).all()
    assert with_example.platforms["agent_users"][1, 0] > 0.0
    assert (with_example.platforms["agent_users"][:, 1:] == 0.0).all()


def test_agents_ask_for_more_tokens_as_models_get_better():
    p = parameters(world_after(40))
    at = float(p["platforms_agent_at_eci"])
    assert ca.tokens_of_agent(at, p) == pytest.approx(float(p["platforms_agent_multiplier"]))
    assert ca.tokens_of_agent(at + 10.0, p) > ca.tokens_of_agent(at, p)


def test_off_there_are_no_agents_and_no_tokens_of_agents():
    agents, tokens = agents_after(10.0, agents=0.0)
    assert (agents == 0.0).all()
    assert (tokens == 0.0).all()


def test_agents_multiply_the_tokens_of_a_platform():
    on, off = world_after(40), world_after(40)
    for world in (on, off):
        world.platforms["agent_users"] = 0.2 * world.platforms["users"]
    parameters(off)["platforms_agents"] = 0.0
    for world in (on, off):
        world.labs["inference_h100e"] = 0.0
        platforms.serve_platforms(world)
    opened = on.platforms["launch"] <= 40
    assert (on.platforms["assistant_m"] > 1.3 * off.platforms["assistant_m"])[opened].all()
    assert (on.platforms["compute_h100e"] > off.platforms["compute_h100e"])[opened].all()
    assert on.platforms["assistant_m"] - on.platforms["agent_tokens_m"] == pytest.approx(off.platforms["assistant_m"])
    assert on.platforms["agent_share"] == pytest.approx(
        on.platforms["agent_users"].sum(axis=1) / on.platforms["total_users"]
    )


def test_users_with_an_agent_pay_more():
    p = parameters(world_after(40))
    for r in range(6):
        expected = p["platforms_agent_payers"] * p["platforms_subscription_usd_year"][r]
        expected += p["platforms_agent_uplift"] * p["platforms_revenue_per_user_year"][r]
        assert ca.agent_payment(p, r) == pytest.approx(float(expected))


def test_owners_of_other_products_value_an_agent_more():
    world = world_after(40)
    p = parameters(world)
    independent, owned = ca.agent_worth(world, 0, 0, p), ca.agent_worth(world, 1, 0, p)
    assert owned / independent == pytest.approx(
        float(p["platforms_owner_worth"]) * ca.ripeness(world, 1, p) / ca.ripeness(world, 0, p)
    )
