"""What may be compared: the same months, different scenarios, ids that tell results apart."""

import dataclasses

import pytest

import sim
from sim.errors import InputError
from sim.study.pairs import check_comparable, check_settings


@pytest.fixture(scope="module")
def known():
    return {name: sim.load_scenario(name) for name in ("baseline", "us-power-price-doubled", "stress-price-war")}


def refused(baseline, *policies):
    with pytest.raises(InputError) as caught:
        check_comparable(baseline, policies)
    return str(caught.value)


def test_different_scenarios_over_the_same_months_pass(known):
    baseline, *policies = known.values()
    check_comparable(baseline, policies)


def test_a_baseline_alone_is_refused(known):
    assert "name at least one more scenario" in refused(known["baseline"])


def test_other_months_are_refused_with_what_to_do(known):
    shorter = known["stress-price-war"].until("2028-12")
    text = refused(known["baseline"], known["us-power-price-doubled"], shorter)
    assert "stress-price-war runs 2023-01 to 2028-12 and baseline 2023-01 to 2030-12" in text
    assert "--until 2028-12" in text


def test_a_scenario_is_not_compared_with_itself(known):
    assert "baseline is compared with itself" in refused(known["baseline"], known["baseline"])


def test_a_policy_is_not_given_twice(known):
    policy = known["stress-price-war"]
    assert "stress-price-war is compared twice" in refused(known["baseline"], policy, policy)


def test_two_scenarios_may_not_have_one_id(known):
    other = dataclasses.replace(known["stress-price-war"], id="us-power-price-doubled")
    assert "two scenarios have the id us-power-price-doubled" in refused(
        known["baseline"], known["us-power-price-doubled"], other
    )


def test_a_value_set_in_all_may_not_undo_a_policy(known):
    with pytest.raises(InputError, match=r"energy\.us\.electricity_price: us-power-price-doubled differs"):
        check_settings(list(known.values()), ["energy.us.electricity_price"])
    check_settings(list(known.values()), ["energy.cn.electricity_price", "developers.count"])
