"""Policies and events: what is accepted, what is refused, and with which words."""

import datetime as dt
import json

import pytest
from policy.law import POLICY_FILES, RULES_TO_DATE, policy, shipped_policies
from pydantic import ValidationError

from sim.policy.events import EVENT_KINDS
from sim.policy.instruments import INSTRUMENTS
from sim.policy.schema import Event, Policy
from sim.yaml_file import read_yaml

LEVY = {
    "id": "levy",
    "title": "Levy",
    "instrument": "levy",
    "actor": "us",
    "announced": "2025-08-11",
    "effective": "2025-08-11",
    "parameters": {"rate": 0.15},
    "reference": "illustration",
}


@pytest.mark.parametrize("path", POLICY_FILES, ids=lambda path: path.stem)
def test_every_shipped_policy_validates(path):
    found = Policy.model_validate(read_yaml(path).data)
    assert found.id == path.stem
    assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=../schema/policy.json\n")


def test_rules_to_date_are_shipped_and_name_each_other_rightly():
    policies = shipped_policies()
    assert set(RULES_TO_DATE) <= {path.stem for path in POLICY_FILES}
    for found in policies.values():
        named = {
            *found.supersedes,
            *getattr(found.parameters, "reviews", ()),
            *getattr(found.parameters, "applies_to", ()),
        }
        assert named <= set(policies), found.id
        assert found.confidence and found.description


@pytest.mark.parametrize("path", POLICY_FILES, ids=lambda path: path.stem)
def test_round_trip_through_json(path):
    found = Policy.model_validate(read_yaml(path).data)
    assert Policy.model_validate_json(found.model_dump_json()) == found
    assert Policy.model_validate(found.model_dump(mode="json")) == found


@pytest.mark.parametrize(
    ("changes", "place", "words"),
    [
        ({"instrument": "levi"}, ("instrument",), "unknown instrument 'levi'"),
        ({"parameters": {"rate": 1.5}}, ("parameters", "rate"), "less than or equal to 1"),
        ({"parameters": {"rate": "0.15"}}, ("parameters", "rate"), "valid number"),
        ({"parameters": {"rate": True}}, ("parameters", "rate"), "valid number"),
        ({"parameters": {"rate": float("nan")}}, ("parameters", "rate"), "finite number"),
        ({"parameters": {"rat": 0.15}}, ("parameters", "rat"), "not permitted"),
        ({"parameters": {}}, ("parameters", "rate"), "required"),
        ({"parameters": None}, ("parameters",), "valid dictionary"),
        ({"parameters": {"rate": 0.1, "destinations": ["mars"]}}, ("parameters", "destinations", 0), "Input should be"),
        ({"effective": "2025-01-01"}, (), "before announced"),
        ({"effective": "soon"}, ("effective",), "expected a day such as"),
        ({"effective": "2025-02-30"}, ("effective",), "day is out of range"),
        ({"effective": dt.datetime(2025, 8, 11, 12)}, ("effective",), "without a time"),
        ({"expires": "2025-08-11"}, (), "is not after"),
        ({"announced": None}, ("announced",), "valid date"),
        ({"id": "Not A Slug"}, ("id",), "should match pattern"),
        ({"supersedes": ["levy"]}, (), "cannot supersede itself"),
        ({"supersedes": "levy"}, ("supersedes",), "valid tuple"),
        ({"colour": "red"}, ("colour",), "not permitted"),
        ({"assumptions": {"speed": "?"}}, (), "name no parameter"),
        ({"reference": ""}, ("reference",), "at least 1 character"),
    ],
)
def test_malformed_policies(changes, place, words):
    with pytest.raises(ValidationError) as caught:
        Policy.model_validate({**LEVY, **changes})
    found = [(error["loc"], error["msg"]) for error in caught.value.errors()]
    assert any(loc == place and words in message for loc, message in found), found


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"measure": "tpp"}, "give 'at_least', 'below' or both"),
        ({"at_least": 1}, "give either 'measure' or 'sum_of'"),
        ({"measure": "tpp", "sum_of": ["tpp"], "below": 1}, "give either 'measure' or 'sum_of'"),
        ({"measure": "tpp", "at_least": 5, "below": 5}, "no chip can meet it"),
        ({"measure": "speed", "at_least": 5}, "Input should be 'tpp'"),
        ({"measure": "tpp", "at_least": -1}, "greater than or equal to 0"),
    ],
)
def test_malformed_conditions(condition, words):
    with pytest.raises(ValidationError, match=words):
        clause = {"name": "line", "all_of": [condition]}
        policy("chip_threshold_rule", {"destinations": ["cn"], "clauses": [clause]})


def test_a_licence_policy_must_say_something():
    with pytest.raises(ValidationError, match="give at least one term"):
        policy("licence_policy", {"terms": {}})


def test_policies_are_frozen():
    found = Policy.model_validate(LEVY)
    with pytest.raises(ValidationError, match="frozen"):
        found.title = "other"


def test_a_month_means_its_first_day():
    assert Policy.model_validate({**LEVY, "effective": "2026-02"}).effective == dt.date(2026, 2, 1)


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_every_instrument_is_described_for_the_browser(name):
    model = INSTRUMENTS[name]
    assert model.label and model.touches and model.__doc__
    for key, field in model.model_fields.items():
        assert field.description, f"{name}.{key} has no description"


def test_json_schema_decides_parameters_by_instrument():
    schema = Policy.model_json_schema()
    assert json.loads(json.dumps(schema)) == schema
    assert schema["properties"]["instrument"]["enum"] == list(INSTRUMENTS)
    cases = {case["if"]["properties"]["instrument"]["const"]: case["then"] for case in schema["allOf"]}
    assert set(cases) == set(INSTRUMENTS)
    levy = cases["levy"]["properties"]["parameters"]
    assert levy["properties"]["rate"]["maximum"] == 1 and levy["additionalProperties"] is False
    assert schema["properties"]["announced"]["type"] == "string"


def test_json_schema_has_no_dangling_reference():
    for model in (Policy, Event):
        text = json.dumps(model.model_json_schema())
        for name in {part.split('"')[0] for part in text.split("#/$defs/")[1:]}:
            assert name in model.model_json_schema()["$defs"]


def test_events_are_checked_by_kind():
    shock = {"id": "dear-power", "date": "2027-01", "kind": "parameter_shock"}
    found = Event.model_validate(
        {**shock, "fields": {"path": "energy.us.electricity_price", "factor": 2, "months": 12}}
    )
    assert found.fields.factor == 2
    for bad in ({"factor": 2}, {"path": "a", "factor": -1}, {"path": "a", "months": 0}, {"path": "a", "payer": "b"}):
        with pytest.raises(ValidationError):
            Event.model_validate({**shock, "fields": bad})
    with pytest.raises(ValidationError, match="unknown kind of event"):
        Event.model_validate({**shock, "kind": "meteor", "fields": {}})
    assert set(EVENT_KINDS) == {"deal", "parameter_shock", "agent_release"}
