"""The plan of a calibration: what is refused, and ranges as scores and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.calibration.plan import PLAN_FILE, Prior, read_plan
from sim.errors import InputError
from sim.evidence.observations import read_observations
from sim.registry import load_registry

REASON = "a reason of some length"


def test_the_shipped_plan_is_small_and_says_why():
    plan = read_plan()
    assert len(plan.parameters) < 80
    observed = set(read_observations()["metric"])
    assert {target.metric for target in plan.targets} <= observed
    for prior in plan.parameters:
        record = load_registry()[prior.path].record
        low, high = prior.bounds
        assert record.minimum is None or record.minimum <= low
        assert record.maximum is None or high <= record.maximum


@given(st.floats(-3.5, 3.5), st.sampled_from(["linear", "log"]))
def test_scores_and_values_are_inverse(score, scale):
    prior = Prior(path="clouds.value_months", reason=REASON, low=20.0, high=70.0, scale=scale)
    value = prior.value(np.array([score]))
    assert 20.0 <= value[0] <= 70.0
    np.testing.assert_allclose(prior.score(value), [score], atol=1e-4)


def test_whole_numbers_stay_whole():
    prior = Prior(path="labs.release_lag_months", reason=REASON)
    values = prior.value(np.linspace(-3, 3, 50))
    np.testing.assert_array_equal(values, np.rint(values))


GOOD = PLAN_FILE.read_text()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("clouds.value_months", "clouds.value_month", "no parameter"),
        ("  members: ", "  membres: ", "members"),
        ("discrepancy: 0.05", "discrepancy: 0.0", "greater than 0"),
        ("chips.domestic_learning_base", "chips.domestic_learning_denial", "twice"),
        ('reason: "rent of January 2023"', 'reason: "r"', "at least 10"),
    ],
)
def test_wrong_plans_name_what_is_wrong(tmp_path, old, new, expected):
    path = tmp_path / "plan.yaml"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        read_plan(path)
    assert expected in str(caught.value) and str(path) in str(caught.value)
