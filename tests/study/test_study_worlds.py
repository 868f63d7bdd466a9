"""The world of a replicate: seeds, and overrides of an ensemble that leave a policy what it is."""

import numpy as np
import pytest

import sim
from sim.dated import parse_month
from sim.errors import InputError
from sim.study.worlds import World, first_change, placed, seeded_worlds

PRICE = "energy.us.electricity_price"
LEARNING = "chips.domestic_learning_denial"


@pytest.fixture(scope="module")
def pair():
    return sim.load_scenario("baseline"), sim.load_scenario("us-power-price-doubled")


def test_seeds_follow_one_another():
    assert [(world.replicate, world.seed) for world in seeded_worlds(7, 3)] == [(0, 7), (1, 8), (2, 9)]


@pytest.mark.parametrize(("seed", "count"), [(1, 0), (1, 100_001), (-1, 5), (2**63, 5)])
def test_impossible_worlds_are_refused(seed, count):
    with pytest.raises(InputError):
        seeded_worlds(seed, count)


def test_a_world_without_overrides_leaves_the_scenario_as_it_is(pair):
    baseline, policy = pair
    assert placed(policy, baseline, World(0, 1)) is policy


def test_an_override_holds_in_every_scenario(pair):
    baseline, _ = pair
    world = World(3, 4, ((LEARNING, 0.2),))
    for scenario in pair:
        assert placed(scenario, baseline, world).value_of(LEARNING).at(parse_month("2027-05")) == 0.2


def test_a_policy_lies_above_the_world(pair):
    """The world has another power price; from 2026 on the policy's own price holds, whatever the world says."""
    baseline, policy = pair
    world = World(0, 1, ((PRICE, 0.05),))
    bare, priced = (placed(scenario, baseline, world).value_of(PRICE) for scenario in (baseline, policy))
    start, months = baseline.start_month, baseline.months
    assert (bare.monthly(start, months) == 0.05).all()
    own = policy.value_of(PRICE)
    first = first_change(own, baseline.value_of(PRICE), start, months)
    assert first == parse_month("2026-01")
    assert np.array_equal(priced.monthly(start, first - start), bare.monthly(start, first - start))
    assert np.array_equal(priced.monthly(first, 60), own.monthly(first, 60))


def test_an_impossible_override_names_its_path(pair):
    baseline, policy = pair
    with pytest.raises(InputError, match=PRICE):
        placed(policy, baseline, World(0, 1, ((PRICE, -3.0),)))
    with pytest.raises(InputError, match=r"energy\.us\.prise"):
        placed(policy, baseline, World(0, 1, (("energy.us.prise", 1.0),)))
