"""Instruments of competition law as rows of the law: every parameter arrives, several in force at once combine."""

import pytest
from made_policies import changed_fields, policy, row_of
from pydantic import ValidationError

from sim.accounts import LAB_KEYS
from sim.errors import InputError
from sim.policy.instruments.competition import INSTRUMENTS
from sim.world import EU, US

EXAMPLES = {
    "interoperability_remedy": {"friction_share": 0.4, "speed_per_year": 0.5},
    "customer_equity_limit": {
        "max_equity_share": 0.1, "max_financed_revenue_share": 0.05, "divest_share_per_month": 0.2
    },
    "merger": {"firms": "labs", "target": "anthropic", "acquirer": "openai"},
    "merger_control": {"allowed_below_combined_share": 0.3},
    "switching_rule": {"destinations": ["eu"], "switching_factor": 0.5, "managed_switching_factor": 0.2},
}  # fmt: skip
OTHER = {
    "friction_share": 0.7, "speed_per_year": 2.0, "max_equity_share": 0.2, "max_financed_revenue_share": 0.1,
    "divest_share_per_month": 0.5, "allowed_below_combined_share": 0.1, "destinations": ["us"],
    "switching_factor": 0.9, "managed_switching_factor": 0.9, "target": "xai", "acquirer": "meta",
}  # fmt: skip
CLOUDS = {"firms": "clouds", "target": "xai", "acquirer": "meta"}
PAIRS = [(name, key) for name, parameters in EXAMPLES.items() for key in parameters]


@pytest.mark.parametrize("name", [name for name in INSTRUMENTS if name in EXAMPLES])
def test_an_instrument_in_force_changes_the_law_and_an_expired_one_does_not(name):
    assert changed_fields(row_of(policy(name, EXAMPLES[name])))
    over = policy(name, EXAMPLES[name], expires="2023-09-01")
    assert not changed_fields(row_of(over))


@pytest.mark.parametrize(("name", "key"), PAIRS)
def test_no_parameter_is_ignored(name, key):
    changed = {**EXAMPLES[name], key: OTHER[key]} if key != "firms" else CLOUDS
    assert row_of(policy(name, EXAMPLES[name])).tobytes() != row_of(policy(name, changed)).tobytes()


def test_of_two_remedies_the_lower_share_and_the_higher_speed_count():
    remedies = [
        policy("interoperability_remedy", {"friction_share": share, "speed_per_year": speed}, f"r-{speed:g}")
        for share, speed in ((0.4, 1.0), (0.6, 3.0))
    ]
    row = row_of(*remedies)
    assert (row["friction_share"], row["friction_remedy_rate"]) == (0.4, 3.0)


def test_of_two_limits_and_two_controls_the_stricter_counts():
    row = row_of(
        policy("customer_equity_limit", {"max_equity_share": 0.1}, "a"),
        policy("customer_equity_limit", {"max_equity_share": 0.05, "max_financed_revenue_share": 0.2}, "b"),
        policy("merger_control", {"allowed_below_combined_share": 0.3}, "c"),
        policy("merger_control", {}, "d"),
    )
    assert (row["equity_limit"], row["vendor_finance_limit"]) == (0.05, 0.2)
    assert (row["takeovers_allowed"], row["takeover_share_limit"]) == (0, 0.0)


def test_switching_rules_multiply_where_they_hold():
    row = row_of(
        policy("switching_rule", {"destinations": ["eu", "us"], "switching_factor": 0.5}, "a"),
        policy("switching_rule", {"destinations": ["eu"], "switching_factor": 0.5}, "b"),
    )
    assert (row["switching_factor"][EU], row["switching_factor"][US]) == (0.25, 0.5)
    assert (row["managed_switching_factor"] == 1.0).all()


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("customer_equity_limit", {}),
        ("customer_equity_limit", {"max_financed_revenue_share": 0.1, "divest_share_per_month": 0.1}),
        ("switching_rule", {"destinations": ["eu"]}),
        ("interoperability_remedy", {"friction_share": 0.5, "speed_per_year": 0}),
        ("merger", {"firms": "labs", "target": "openai", "acquirer": "openai"}),
        ("merger", {"firms": "labs", "target": "openai", "acquirer": "deepseek"}),
        ("merger", {"firms": "clouds", "target": "openai", "acquirer": "microsoft"}),
        ("merger", {"firms": "clouds", "target": "other_us", "acquirer": "microsoft"}),
        ("merger", {"firms": "clouds", "target": "google", "acquirer": "microsoft"}),
    ],
)
def test_a_policy_that_says_nothing_is_refused(name, parameters):
    with pytest.raises(ValidationError):
        policy(name, parameters)


def test_a_misspelt_firm_gets_the_nearest_name():
    with pytest.raises(ValidationError, match="did you mean anthropic"):
        policy("merger", {"firms": "labs", "target": "antropic", "acquirer": "openai"})


def merger(target, acquirer):
    return policy("merger", {"firms": "labs", "target": target, "acquirer": acquirer}, f"{target}-{acquirer}")


def test_a_chain_of_mergers_ends_at_the_last_firm_and_a_circle_is_refused():
    row = row_of(merger("xai", "anthropic"), merger("anthropic", "openai"))
    assert row["merge_lab"][[LAB_KEYS.index("xai"), LAB_KEYS.index("anthropic")]].tolist() == [0, 0]
    with pytest.raises(InputError, match="circle"):
        row_of(merger("xai", "anthropic"), merger("anthropic", "xai"))
