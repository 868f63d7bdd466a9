"""Explanations of policies, events, instruments, head fields; those of parameters are in tests of the command line."""

from __future__ import annotations

import pytest

from sim.errors import InputError
from sim.scenario.explain import explain_lines
from sim.scenario.load import load_scenario

CASE = "us-2026-01-case-by-case"


def explain(key: str, name: str = "baseline") -> list[str]:
    return explain_lines(load_scenario(name), key)


def test_a_policy_is_told_with_dates_parameters_assumptions_and_source() -> None:
    lines = explain("us-2025-08-levy")
    assert lines[0].startswith("us-2025-08-levy: ")
    assert lines[1] == "  Levy on licensed sales (levy) by us-government; touches cost of licensed sales"
    assert any(line.startswith("  announced 2025-08-") and "in force from" in line for line in lines)
    assert "  rate = 0.15 share" in lines
    assert lines[lines.index("  rate = 0.15 share") + 1] == (
        "    Share of revenue; levies in force at once add up, to at most 1."
    )
    assert lines[-1].startswith("  source  ")


@pytest.mark.parametrize("key", [f"{CASE}.parameters.clauses[1].all_of[0].at_least",
                                 f"{CASE}.parameters.clauses.1.all_of.0.at_least"])  # fmt: skip
def test_a_parameter_inside_lists_is_found_by_its_number(key: str) -> None:
    lines = explain(key)
    assert lines[:2] == [f"{key} = 21000.0", "  Lower end, included."]


def test_a_parameter_of_a_policy_has_unit_type_default_assumption_and_source() -> None:
    key = f"{CASE}.parameters.terms.levy_rate"
    assert explain(key) == [
        f"{key} = 0.25 share",
        "  Share of the sales value owed to the licensing government.",
        "  type    number from 0 to 1 or null",
        "  default null",
        f"  of      {CASE}: Case-by-case review below H200-class lines",
        "  assumed an approval rate of one half and a delay of three months are assumed; levy and cap are in the rule",
        "  source  BIS case-by-case rule 2026-01-15; 25 % tariff under Section 232",
    ]


def test_dates_events_instruments_and_head_fields_are_told() -> None:
    assert explain(f"{CASE}.effective")[0] == f"{CASE}.effective = 2026-01-15"
    assert explain("nvda-intel.fields.cash_usd")[0] == "nvda-intel.fields.cash_usd = 5000000000.0 USD"
    assert explain("nvda-intel")[1].startswith("  deal on 2025-09-18: A contract between two firms")
    assert explain("levy")[:4] == [
        "levy: Levy on licensed sales",
        "  A share of the revenue of licensed sales is owed to the licensing government.",
        "  touches cost of licensed sales",
        "  used by us-2025-08-levy",
    ]
    assert explain("horizon")[0] == "horizon = 2023-01 to 2030-12"
    assert explain("baseline")[0] == "baseline = nothing"
    assert explain("references")[0].startswith("references = [The legal text")


@pytest.mark.parametrize(
    ("key", "message", "hint"),
    [
        (f"{CASE}.parameters.terms.levy_rat", "unknown field", f"{CASE}.parameters.terms.levy_rate"),
        (f"{CASE}.levy_rate", "unknown field", f"{CASE}.parameters.terms.levy_rate"),
        (f"{CASE}.announced.x", "unknown field", f"{CASE}.announced"),
        (f"{CASE}.parameters.clauses[9]", "unknown field", None),
        ("us-2026-01-case-by-cse", "no parameter, policy, event, instrument or head field of this name", CASE),
        ("statsu", "no parameter, policy, event, instrument or head field of this name", "status"),
        ("energy.us.electricity_prize", "unknown parameter", "energy.us.electricity_price"),
        ("", "no parameter, policy, event, instrument or head field of this name", None),
    ],
)
def test_an_unknown_key_has_its_nearest_name(key: str, message: str, hint: str | None) -> None:
    with pytest.raises(InputError) as caught:
        explain(key)
    assert (caught.value.message, caught.value.hint) == (message, hint)
    assert (caught.value.file or "").endswith("baseline.yaml")


def test_every_policy_and_event_of_the_baseline_and_all_their_fields_can_be_explained() -> None:
    scenario = load_scenario("baseline")
    for record in (*scenario.policies, *scenario.events):
        assert explain_lines(scenario, record.id)
        for path in leaves(record.model_dump(mode="json")):
            lines = explain_lines(scenario, f"{record.id}.{path}")
            assert lines[1].startswith("  ") and not lines[1].startswith("  of"), f"{record.id}.{path} has no meaning"


def leaves(value: object, at: str = "") -> list[str]:
    if isinstance(value, dict) and value:
        return [path for key, item in value.items() for path in leaves(item, f"{at}.{key}" if at else str(key))]
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [path for index, item in enumerate(value) for path in leaves(item, f"{at}[{index}]")]
    return [] if at.startswith("assumptions.") else [at]
