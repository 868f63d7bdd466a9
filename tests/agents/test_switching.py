"""Switching rules: cheaper moves between families of models and out of managed services, by region."""

import math

import numpy as np
import pytest
from choice_world import counted, make_developers, make_offer, with_terms
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import copy_world, world_after

from sim.accounts import MICROSOFT
from sim.agents import choice_kernel as kernel
from sim.agents import developers, managed
from sim.agents.choice_expected import switching_factors
from sim.world import EU, EXPECTED, IN_FORCE, US

QUICK = settings(max_examples=25, deadline=None)


def moved_between_families(factor, months=6):
    """Developers who hold a model of another family after some months than before."""
    offer, people = make_offer(20), make_developers(3000, positions=1)
    terms = with_terms(kappa_family=1.5 * factor, kappa_same=0.0, lambda_stack=0.0)
    users, weight = counted(people, offer)
    kernel.choose(people, 0, 3000, offer, terms, 1.0, np.uint64(7), 0, -1, users, weight)
    before = people.choice[:, 0].copy()
    kernel.choose(people, 0, 3000, offer, terms, 1.0, np.uint64(7), 1, -1, users, weight)
    both = (before < 255) & (people.choice[:, 0] < 255)
    return int((offer.family[before[both]] != offer.family[people.choice[both, 0]]).sum())


def test_the_chance_to_leave_a_family_rises_as_switching_gets_cheaper():
    moved = [moved_between_families(factor) for factor in (1.0, 0.7, 0.4, 0.0)]
    assert moved == sorted(moved)
    assert moved[-1] > 1.1 * moved[0]


@QUICK
@given(st.floats(0.0, 3.0), st.floats(0.0, 3.0))
def test_the_weight_of_staying_never_rises_as_switching_gets_cheaper(one, other):
    cheap, dear = (switching_factors(with_terms(kappa_family=0.9 * factor)) for factor in sorted((one, other)))
    assert (cheap[:2, 0] <= dear[:2, 0]).all()


def test_developers_of_the_region_move_more_and_others_do_not():
    base, ruled = copy_world(world_after(30)), copy_world(world_after(30))
    ruled.policy["switching_factor"][IN_FORCE, EU] = 0.0
    before = base.developers.choice.copy()
    for world in (base, ruled):
        developers.choose_models(world)
    here = base.communities["region"] == EU
    for c, community in enumerate(base.communities):
        members = slice(int(community["first"]), int(community["first"] + community["count"]))
        same = np.array_equal(base.developers.choice[members], ruled.developers.choice[members])
        assert same or here[c]
    assert ruled.communities["switchers"][here].sum() >= base.communities["switchers"][here].sum()
    assert before.shape == ruled.developers.choice.shape


def test_leaving_a_service_has_a_closed_form():
    world = copy_world(world_after(30))
    world.policy["managed_switching_factor"][IN_FORCE, US] = 0.25
    assert managed.freed(world, US, math.exp(2.0), 2.0) == pytest.approx(math.exp(0.5))
    assert managed.freed(world, EU, math.exp(2.0), 2.0) == math.exp(2.0)


@QUICK
@given(st.floats(0.01, 10.0), st.floats(0.0, 4.0), st.floats(0.0, 10.0), st.floats(0.0, 10.0), st.floats(1.0, 10.0))
def test_a_lower_factor_never_lowers_the_share_who_leave(pull, bond, one, other, offers):
    world = copy_world(world_after(30))
    leave = []
    for factor in sorted((one, other)):
        world.policy["managed_switching_factor"][IN_FORCE, US] = factor
        leave.append(1.0 - managed.staying(pull, managed.freed(world, US, math.exp(bond), bond), offers))
    assert leave[0] >= leave[1] - 1e-15


def test_customers_join_more_readily_once_the_rule_is_announced():
    base, announced, ruled = (copy_world(world_after(30)) for _ in range(3))
    announced.policy["managed_switching_factor"][EXPECTED] = 0.2
    ruled.policy["managed_switching_factor"][IN_FORCE] = 0.2
    assert managed.eased(announced, US, 1.3, 0.5) == pytest.approx(1.3 * math.exp(0.5 * 0.8))
    for world in (base, announced, ruled):
        managed.compete_for_customers(world)
    share = [world.clouds["managed_segment"][MICROSOFT].sum() for world in (base, announced, ruled)]
    assert share[1] > share[0] > share[2]  # join more, leave more
