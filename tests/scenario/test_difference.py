"""Two scenarios compared: what differs, from when it can matter, and that nothing differs before."""

from __future__ import annotations

import dataclasses
import functools
import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.dated import month_start, month_text, parse_month
from sim.economy import Economy, Run, run_scenario
from sim.policy.events import AgentRelease
from sim.policy.schema import Event, Policy
from sim.scenario.difference import changed_fields, difference, first_difference_month
from sim.scenario.load import load_scenario
from sim.scenario.model import Scenario
from tests.worlds import scenario

PRICE = "energy.us.electricity_price"


def first(a: Scenario, b: Scenario) -> str | None:
    month = first_difference_month(a, b)
    return None if month is None else month_text(month)


def with_policies(base: Scenario, *policies: Policy, without: tuple[str, ...] = ()) -> Scenario:
    kept = [policy for policy in base.policies if policy.id not in (*without, *(new.id for new in policies))]
    return dataclasses.replace(base, policies=(*kept, *policies))


def with_events(base: Scenario, *events: Event) -> Scenario:
    return dataclasses.replace(base, events=(*base.events, *events))


def levy(announced: str, effective: str, rate: float = 0.3) -> Policy:
    return Policy.model_validate(
        {
            "id": "test-levy", "title": "A levy", "instrument": "levy", "actor": "us-bis", "announced": announced,
            "effective": effective, "parameters": {"rate": rate}, "reference": "illustration",
        }
    )  # fmt: skip


def release(date: str) -> Event:
    fields = {"openness": "open", "boost": 8.0}
    return Event.model_validate({"id": "wave", "date": date, "kind": "agent_release", "fields": fields})


def test_a_scenario_and_itself_are_the_same_world() -> None:
    found = difference(scenario(24), scenario(24))
    assert found.same_world
    assert found.nothing
    assert found.plain()["same_world"] is True


def test_words_are_reported_and_are_no_other_world() -> None:
    base = scenario(24)
    found = difference(base, dataclasses.replace(base, title="Another title", notes="", id="other"))
    assert (found.same_world, found.nothing) == (True, False)
    assert [field.key for field in found.words] == ["id", "title", "notes"]
    assert all(field.words for field in found.words)


def test_a_parameter_has_both_values_its_unit_and_where_each_was_set() -> None:
    a, b = load_scenario("baseline"), load_scenario("us-power-price-doubled")
    found = difference(a, b)
    (parameter,) = found.parameters
    assert (parameter.path, parameter.unit) == (PRICE, "USD/kWh")
    assert parameter.set_in_a.name == "registry"
    assert parameter.set_in_b.name == "set of us-power-price-doubled"
    assert parameter.set_in_b.place.endswith("us-power-price-doubled.yaml:11")
    assert parameter.b["2026-01"] == 0.17
    assert parameter.source
    assert first(a, b) == "2026-01"
    assert (found.policies, found.events, found.horizon) == ((), (), ())


def test_a_value_after_the_last_month_is_listed_and_matters_to_nobody() -> None:
    base = scenario(24)
    found = difference(base, base.with_overrides({PRICE: {"2026-01": 0.5}}))
    assert [parameter.first_month for parameter in found.parameters] == [None]
    assert found.same_world


def test_a_policy_of_one_counts_from_its_announcement() -> None:
    base = scenario(48)
    found = difference(base, with_policies(base, levy("2024-05-02", "2026-01-01")))
    (policy,) = found.policies
    assert (policy.in_a, policy.in_b, policy.fields) == (False, True, ())
    assert (policy.announced, policy.effective) == ("2024-05-02", "2026-01-01")
    assert month_text(policy.first_month or 0) == "2024-05"


def test_a_policy_in_both_is_compared_field_by_field() -> None:
    base = scenario(48)
    one = with_policies(base, levy("2024-05-02", "2026-01-01", 0.3))
    other = with_policies(base, levy("2024-03-02", "2026-01-01", 0.4))
    (policy,) = difference(one, other).policies
    assert [(field.key, field.a, field.b) for field in policy.fields] == [
        ("announced", "2024-05-02", "2024-03-02"),
        ("parameters.rate", 0.3, 0.4),
    ]
    assert first(one, other) == "2024-03"


def test_a_policy_announced_before_the_run_counts_from_its_first_month_and_after_it_never() -> None:
    base = scenario(24)
    assert first(base, with_policies(base, without=("us-2022-10-advanced-computing",))) == "2023-01"
    assert first(base, with_policies(base, levy("2029-01-01", "2029-02-01"))) is None


def test_an_event_counts_from_its_date_and_a_deal_from_its_first_payment_if_that_is_earlier() -> None:
    base = scenario(48)
    assert first(base, with_events(base, release("2025-03"))) == "2025-03"
    deal = base.events[5]
    plain = deal.model_dump(mode="json")
    early = Event.model_validate(plain | {"id": "early", "fields": plain["fields"] | {"starts": "2023-02-01"}})
    assert first(base, with_events(base, early)) == "2023-02"


def test_the_order_of_events_is_reported() -> None:
    base = scenario(24)
    found = difference(base, dataclasses.replace(base, events=base.events[::-1]))
    assert found.event_order
    assert not found.same_world


def test_a_longer_horizon_differs_from_the_month_after_the_shorter_one() -> None:
    found = difference(scenario(24), scenario(36))
    assert [(field.key, field.a, field.b) for field in found.horizon] == [("horizon.end", "2024-12", "2025-12")]
    assert month_text(found.first_month or 0) == "2025-01"


def test_plain_values_are_json_and_name_months() -> None:
    base = scenario(48)
    plain = difference(base, with_events(base, release("2025-03"))).plain()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["first_month"] == plain["events"][0]["first_month"] == "2025-03"


@pytest.mark.parametrize(
    ("a", "b", "keys"),
    [
        ({"x": 1}, {"x": 1}, []),
        ({"x": {"y": 1}}, {"x": {"y": 2, "z": 3}}, ["x.y", "x.z"]),
        ({"x": [1, 2]}, {"x": [1, 3]}, ["x"]),
        ({"x": [{"y": 1}, {"y": 2}]}, {"x": [{"y": 1}, {"y": 3}]}, ["x[1].y"]),
        ({"x": [{"y": 1}]}, {"x": []}, ["x"]),
    ],
)
def test_changed_fields_are_leaves(a: Any, b: Any, keys: list[str]) -> None:
    assert [field.key for field in changed_fields(a, b)] == keys


LAST = parse_month("2026-12")
MONTHS = [month_text(month) for month in range(parse_month("2022-06"), LAST + 4)]
NUMBERS = {
    PRICE: 0.2, "energy.cn.electricity_price": 0.02, "pricing.war_aggression": 0.4, "finance.hurdle_margin": 0.3,
    "managed.licence_usd_per_gpu_hour": 1.5, "export_controls.leakage": 0.1,
}  # fmt: skip


@functools.cache
def run_of_base(months: int) -> Run:
    return run_scenario(scenario(months), seed=3)


def before(timeseries: pd.DataFrame, month: int | None) -> pd.DataFrame:
    """Rows of the months before a month; all of them for None."""
    if month is None:
        return timeseries
    return timeseries[timeseries["date"] < pd.Timestamp(month_start(month))].reset_index(drop=True)


def variations(base: Scenario) -> st.SearchStrategy[Scenario]:
    paths = sorted(path for path in NUMBERS if path in base.registry)
    month = st.sampled_from(MONTHS)
    setting = st.builds(
        lambda path, at: base.with_overrides({path: {at: NUMBERS[path]}}), st.sampled_from(paths), month
    )
    law = st.builds(lambda at: with_policies(base, levy(f"{at}-15", "2027-06-01")), month)
    rule = st.builds(
        lambda at: with_policies(
            base, Policy.model_validate(_rule() | {"announced": f"{at}-03", "effective": "2027-09-01"})
        ),
        month,
    )
    sign = st.builds(lambda at, line: with_policies(base, signpost(at, line)), month, st.floats(0.1, 0.9))
    repeal = st.builds(lambda policy: with_policies(base, without=(policy.id,)), st.sampled_from(base.policies))
    event = st.builds(lambda at: with_events(base, release(at)), month)
    return st.one_of(setting, law, rule, sign, repeal, event)


def signpost(since: str, line: float) -> Policy:
    trigger = {
        "metric": "new_compute_share",
        "key": "nvidia",
        "above": line,
        "since": f"{since}-01",
        "notice_months": 2,
    }
    return Policy.model_validate(_rule() | {"id": "test-signpost", "trigger": trigger})


def test_a_policy_with_a_trigger_counts_from_the_first_day_on_which_it_can_be_triggered() -> None:
    base = scenario(48)
    found = difference(base, with_policies(base, signpost("2024-05", 0.5)))
    (policy,) = found.policies
    assert (policy.announced, policy.effective) == (None, None)
    assert policy.trigger == "when new_compute_share (nvidia) above 0.5, from 2024-05-01"
    assert month_text(policy.first_month or 0) == "2024-05"
    assert json.loads(json.dumps(found.plain()))["policies"][0]["trigger"] == policy.trigger


def _rule() -> dict[str, Any]:
    clause = {"name": "every strong chip", "all_of": [{"measure": "tpp", "at_least": 1000}], "verdict": "denial"}
    parameters = {"destinations": ["cn"], "clauses": [clause]}
    return {
        "id": "test-rule", "title": "A strict line", "instrument": "chip_threshold_rule", "actor": "us-bis",
        "parameters": parameters, "reference": "illustration",
    }  # fmt: skip


def test_no_parameter_is_read_ahead_of_its_month() -> None:
    base, apart = scenario(30), "2024-07"
    ends = {}
    for path in base.registry:
        parameter = base.registry[path]
        if parameter.low is not None and parameter.high is not None and path != "developers.count":
            now, high, low = (
                value.at(parse_month(apart)) for value in (parameter.default, parameter.high, parameter.low)
            )
            ends[path] = {apart: high if high != now else low}
    other = base.with_overrides(ends)
    assert first(base, other) == apart
    same = parse_month(apart) - base.start_month
    economies = [Economy(world, seed=3) for world in (base, other)]
    for month in range(same + 1):
        for economy in economies:
            economy.step()
        accounts = [economy.history.accounts[month].tobytes() for economy in economies]
        assert (accounts[0] == accounts[1]) == (month < same), month_text(base.start_month + month)


def test_the_fields_of_an_agent_release_are_those_of_the_model() -> None:
    assert isinstance(release("2025-03").fields, AgentRelease)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_run_differs_before_the_first_month_of_difference(data: st.DataObject) -> None:
    base = scenario(48)
    other = data.draw(variations(base))
    month = first_difference_month(base, other)
    same = 48 if month is None else month - base.start_month
    if same < 1:
        return
    one, two = run_of_base(48), run_scenario(other, seed=3)
    assert one.history.accounts[:same].tobytes() == two.history.accounts[:same].tobytes()
    assert before(one.timeseries, month).equals(before(two.timeseries, month))
