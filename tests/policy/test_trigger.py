"""The record of a trigger: what it may say, and how it is written and read back."""

import pytest
from made_policies import policy
from pydantic import ValidationError
from worlds import baseline, run_of

from sim.measures.keys import keys_of
from sim.measures.table import METRICS
from sim.policy.schema import Policy
from sim.policy.trigger import NEVER, Trigger

WATCH = {"metric": "credit_spread", "key": "world", "above": 0.05}
RULE = ("switching_rule", {"destinations": ["eu"], "switching_factor": 0.5})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"metric": "credit_spred"}, "unknown metric 'credit_spred'"),
        ({"key": "mars"}, "has no key 'mars'"),
        ({"below": 0.01}, "either above or below"),
        ({"above": None}, "either above or below"),
        ({"until_back": 0.06}, "must not be above"),
        ({"above": None, "below": 0.05, "until_back": 0.01}, "must not be below"),
        ({"since": "2026-01-01", "until": "2025-01-01"}, "before since"),
        ({"repeats": True}, "repeats needs an end"),
        ({"for_months": 0}, "greater than or equal to 1"),
        ({"from": "2026-01-01"}, "Extra inputs"),
    ],
)
def test_what_makes_no_sense_is_refused(changes, message):
    with pytest.raises(ValidationError, match=message):
        Trigger.model_validate({**WATCH, **changes})


def test_a_policy_has_dates_or_a_trigger():
    with pytest.raises(ValidationError, match="remove announced"):
        Policy.model_validate({**policy(*RULE, trigger=WATCH).model_dump(), "announced": "2026-01-01"})
    with pytest.raises(ValidationError, match="remove effective, expires"):
        Policy.model_validate(
            {**policy(*RULE, trigger=WATCH).model_dump(), "effective": "2026-01-01", "expires": "2027-01-01"}
        )
    dated = policy(*RULE).model_dump(mode="json")
    assert "trigger" not in dated
    dated.pop("announced")
    with pytest.raises(ValidationError, match="give announced"):
        Policy.model_validate(dated)


def test_a_conditional_policy_reads_back_as_it_was_written():
    one = policy(*RULE, trigger={**WATCH, "since": "2025-03", "until_back": 0.04, "repeats": True})
    written = one.model_dump(mode="json")
    assert not {"announced", "effective", "expires"} & set(written)
    assert Policy.model_validate(written) == one
    assert one.announced == NEVER
    assert not one.pending(NEVER.replace(year=3000))


def test_undefined_values_pass_no_line():
    trigger = Trigger.model_validate({**WATCH, "until_back": 0.04})
    assert [trigger.passed(x) for x in (0.051, 0.05, float("nan"))] == [True, False, False]
    assert [trigger.is_back(x) for x in (0.04, 0.041, float("nan"))] == [True, False, False]
    below = Trigger.model_validate({"metric": "credit_spread", "key": "world", "below": 0.02, "until_back": 0.03})
    assert [below.passed(x) for x in (0.019, 0.02)] == [True, False]
    assert [below.is_back(x) for x in (0.03, 0.029)] == [True, False]
    assert not Trigger.model_validate(WATCH).is_back(0.0)


def test_keys_without_a_run_are_those_of_a_run():
    frame = run_of(2).timeseries
    found = {metric: set(part["key"].astype(str)) for metric, part in frame.groupby("metric", observed=True)}
    for name in METRICS:
        assert len(set(keys_of(name))) == len(keys_of(name)) > 0
        assert found.get(name, set()) <= set(keys_of(name)), name


def test_every_key_is_that_of_a_whole_run():
    from sim.measures.panel import Panel

    panel = Panel(run_of(2).history)
    for name, record in METRICS.items():
        assert tuple(record.function(panel)) == keys_of(name), name


def test_the_resolved_scenario_keeps_the_trigger(tmp_path):
    import dataclasses

    import sim

    scenario = dataclasses.replace(baseline(), policies=(*baseline().policies, policy(*RULE, trigger=WATCH)))
    file = tmp_path / f"{scenario.id}.yaml"
    file.write_text(scenario.resolved_yaml())
    again = sim.load_scenario(str(file))
    assert again.policies[-1] == scenario.policies[-1]
    assert again.digest() == scenario.digest()


SCENARIO = """
schema_version: 1
id: conditional
title: Conditional
extends: [baseline]
policies:
  - id: made
    title: Made
    instrument: switching_rule
    actor: test
    reference: Illustration
    parameters: {destinations: [eu], switching_factor: 0.5}
    trigger:
      metric: METRIC
      key: KEY
      above: 0.05
SET
"""


@pytest.mark.parametrize(
    ("changes", "line", "message", "hint"),
    [
        ({"METRIC": "credit_spred", "KEY": "world"}, 14, "unknown metric", "credit_spread"),
        ({"METRIC": "credit_spread", "KEY": "wrld"}, 15, "no key", "world"),
        (
            {"METRIC": "credit_spread", "KEY": "world", "SET": "    set: {chips.buyer_elasticity: 3}"}, 17,
            "cannot set parameters", None,
        ),
    ],
)  # fmt: skip
def test_a_file_with_a_wrong_trigger_is_refused_with_line_and_nearest_name(tmp_path, changes, line, message, hint):
    import sim
    from sim.errors import InputError

    text = SCENARIO.lstrip()
    for key, value in {"SET": "", **changes}.items():
        text = text.replace(key, value)
    file = tmp_path / "conditional.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=message) as raised:
        sim.load_scenario(str(file))
    assert raised.value.hint == hint
    assert abs(raised.value.line - line) <= 1


def test_the_policy_strip_shows_what_has_dates():
    from sim.report.policy_strip import read_policies

    both = [policy(*RULE, "dated"), policy(*RULE, "conditional", trigger=WATCH)]
    assert [mark.id for mark in read_policies(both)] == ["dated"]
    assert [mark.id for mark in read_policies([one.model_dump(mode="json") for one in both])] == ["dated"]
