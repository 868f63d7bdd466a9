"""Conditional policies in a run: when they fire, what they are worth, and that the past stays as it was."""

import dataclasses

import numpy as np
import pytest
from made_policies import policy
from worlds import same_bytes, scenario

from sim.economy import Economy, run_scenario
from sim.measures import METRICS
from sim.measures.panel import Panel
from sim.signposts import Watch

ALWAYS = {"metric": "credit_spread", "key": "world", "above": -1.0}
NOTHING = {"metric": "credit_spread", "key": "world", "above": 1e9}
REMEDY = ("interoperability_remedy", {"friction_share": 0.3, "speed_per_year": 1.0})
CHIP_RULE = (
    "chip_threshold_rule",
    {"destinations": ["cn"], "clauses": [{"name": "line", "verdict": "licence",
                                          "all_of": [{"measure": "tpp", "at_least": 1000.0}]}]},
)  # fmt: skip


def world_with(*policies, months=36):
    return dataclasses.replace(scenario(months), policies=(*scenario(months).policies, *policies))


def same_series(one, other):
    return one.timeseries.equals(other.timeseries)


def lived(*policies, months=36, seed=1):
    return run_scenario(world_with(*policies, months=months), seed=seed)


def test_a_trigger_that_is_always_true_equals_the_dated_policy():
    watch = {**ALWAYS, "since": "2024-03-01", "notice_months": 6, "lasts_months": 12}
    fired = lived(policy(*REMEDY, trigger=watch))
    dated = lived(policy(*REMEDY, announced="2024-04-01", effective="2024-10-01", expires="2025-10-01"))
    assert same_series(fired, dated)
    assert np.array_equal(fired.history.policy.view(np.uint8), dated.history.policy.view(np.uint8))
    assert np.array_equal(fired.history.accounts, dated.history.accounts)
    assert not same_series(fired, lived())
    kinds = fired.events[fired.events["agent"] == "test"]
    assert kinds["kind"].tolist() == ["rule_triggered", "rule_announced", "rule_in_force", "rule_expires"]
    assert [f"{date:%Y-%m}" for date in kinds["date"]] == ["2024-03", "2024-04", "2024-10", "2025-10"]


@pytest.mark.parametrize("rule", [REMEDY, CHIP_RULE])
def test_a_trigger_that_is_never_true_changes_no_byte(rule):
    plain, armed = lived(), lived(policy(*rule, trigger={**NOTHING, "until_back": 0.0, "repeats": True}))
    assert same_series(plain, armed)
    assert np.array_equal(plain.history.accounts, armed.history.accounts)
    assert plain.events.equals(armed.events)


def test_nobody_foresees_a_trigger():
    watch = {**ALWAYS, "since": "2024-03-01", "notice_months": 6}
    economy = Economy(world_with(policy(*REMEDY, trigger=watch)), 1)
    for _ in range(15):
        economy.step()
    expected = economy.history.policy["friction_remedy_rate"][:, 1]
    assert (expected == 0.0).all()
    economy.step()
    assert economy.history.policy["friction_remedy_rate"][15].tolist() == [0.0, 1.0]


def test_the_past_rows_of_the_law_stay():
    watch = {**ALWAYS, "since": "2024-03-01"}
    economy = Economy(world_with(policy(*CHIP_RULE, trigger=watch)), 1)
    before = economy.timeline
    for _ in range(16):
        economy.step()
    after = economy.timeline
    assert after is not before
    for name in ("china", "policy", "changed", "new_chips"):
        assert np.array_equal(getattr(after, name)[:15], getattr(before, name)[:15]), name
    assert after.names[: len(before.names)] != before.names or not np.array_equal(after.china[15:], before.china[15:])


def test_vendors_derive_chips_for_china_after_a_triggered_rule():
    """The same chips as after the dated rule, in other rows, with the same consequences up to rounding."""
    watch = {**ALWAYS, "since": "2024-03-01", "notice_months": 1}
    fired = lived(policy(*CHIP_RULE, trigger=watch), months=48)
    dated = lived(policy(*CHIP_RULE, announced="2024-04-01", effective="2024-05-01"), months=48)
    chips = [
        sorted((f"{row.date:%Y-%m}", row.agent) for row in run.events.itertuples() if row.kind == "compliant_chip")
        for run in (fired, dated)
    ]
    assert chips[0] == chips[1]
    plain = lived(months=48)
    new = {name for _, name in chips[0]} - set(plain.events[plain.events["kind"] == "compliant_chip"]["agent"])
    assert new
    assert len(fired.timeseries) == len(dated.timeseries)
    close = np.isclose(fired.timeseries["value"], dated.timeseries["value"], rtol=1e-6, atol=1e-9)
    assert close.mean() > 0.999
    sold = {name for name, row in zip(fired.economy.timeline.names, fired.economy.timeline.skus, strict=True)
            if row["variant"] == 1 and not name.startswith("spare")}  # fmt: skip
    assert new <= sold


@pytest.mark.parametrize("month", [1, 7, 20, 35])
def test_what_a_trigger_reads_is_the_reported_series(month):
    """Every measure of a month is the same, whether later months are known or not."""
    run = lived()

    class Part:
        def __init__(self, history, months):
            self.history, self.months, self.parameters = history, months, history.parameters
            self.sku_vendor = history.sku_vendor

        def __getattr__(self, name):
            return getattr(self.history, name)[: self.months]

    whole, part = Panel(run.history), Panel(Part(run.history, month + 1))
    for name, record in METRICS.items():
        late, early = record.function(whole), record.function(part)
        for key in late:
            # A product of matrices may round its last digit by how many months stand in it.
            assert np.isclose(late[key][month], early[key][month], rtol=1e-12, atol=0.0, equal_nan=True), (name, key)


def first_above(values, line, begin):
    """First month from `begin` on whose value is above a line, or None."""
    found = np.flatnonzero(values[begin:] > line)
    return begin + int(found[0]) if len(found) else None


def test_two_seeds_pass_the_signpost_in_different_months():
    seeds, begin = (1, 2, 3), 12
    values = {}
    for seed in seeds:
        frame = lived(seed=seed).timeseries
        values[seed] = frame[(frame["metric"] == "credit_spread") & (frame["key"] == "world")]["value"].to_numpy()
    lines = np.quantile(values[1][begin:], [0.5, 0.7, 0.9, 0.95])
    differ = [line for line in lines if len({first_above(values[seed], line, begin) for seed in seeds}) > 1]
    assert differ
    watch = {"metric": "credit_spread", "key": "world", "above": float(differ[0]), "since": "2024-01-01"}
    for seed in seeds:
        events = lived(policy(*REMEDY, trigger=watch), seed=seed).events
        months = [12 * (d.year - 2023) + d.month - 1 for d in events[events["kind"] == "rule_triggered"]["date"]]
        first = first_above(values[seed], differ[0], begin)
        assert months == ([] if first is None else [first])


class Made:
    """A metric that a test writes, in the place of `sim.signposts.Values`."""

    def __init__(self, values):
        self.values = values

    def all_last(self, trigger, holds):
        last = self.values[-trigger.for_months :]
        return len(last) == trigger.for_months and all(holds(value) for value in last)


def terms_of(values, **trigger):
    """Months (announced, effective, expires) that a made series gives to a policy, counted from January 2023."""
    start = 2023 * 12
    rule = policy(*REMEDY, trigger={"metric": "credit_spread", "key": "world", "above": 0.5, **trigger})
    watch = Watch(rule, rule.trigger)

    for month in range(len(values)):
        watch.look(start, month, Made(values[: month + 1]))

    def number(date):
        return None if date is None else date.year * 12 + date.month - 1 - start

    return [(number(d.announced), number(d.effective), number(d.expires)) for d in watch.dated]


@pytest.mark.parametrize(
    ("values", "trigger", "terms"),
    [
        ([0, 1, 0, 1], {}, [(2, 2, None)]),
        ([0, 1, 1, 1], {"for_months": 2}, [(3, 3, None)]),
        ([0, 1, 0, 1], {"for_months": 2}, []),
        ([1, 1, 1, 1], {"since": "2023-03-15"}, [(3, 3, None)]),
        ([0, 0, 0, 1], {"until": "2023-03-31"}, []),
        ([0, 0, 1, 1], {"until": "2023-03-01"}, [(3, 3, None)]),
        ([1, 0.4, 0.2, 1], {"until_back": 0.3}, [(1, 1, 3)]),
        ([1, 0.4, 0.2, 0, 1], {"until_back": 0.3, "repeats": True}, [(1, 1, 3), (5, 5, None)]),
        ([1, 1, 0, 0, 0], {"until_back": 0.3, "notice_months": 6}, [(1, None, 3)]),
        ([1, 1, 1, 1, 1], {"lasts_months": 2, "repeats": True}, [(1, 1, 3), (3, 3, 5), (5, 5, 7)]),
        ([1, 1, 1, 1, 1], {"lasts_months": 2}, [(1, 1, 3)]),
        ([1, 0.2, 0.4, 0.2, 0.2], {"until_back": 0.3, "for_months": 1}, [(1, 1, 2)]),
        ([1, 1, 0.2, 0.4, 0.2, 0.2], {"until_back": 0.3, "for_months": 2}, [(2, 2, 6)]),
    ],
)
def test_terms_that_a_series_gives(values, trigger, terms):
    assert terms_of(values, **trigger) == terms


def test_a_rule_that_comes_and_goes_keeps_its_accounts_and_its_chips():
    run = lived(months=36)
    spread = run.timeseries
    spread = spread[(spread["metric"] == "credit_spread") & (spread["key"] == "world")]["value"]
    line = float(spread.median())
    watch = {"metric": "credit_spread", "key": "world", "above": line, "until_back": line, "repeats": True}
    rule = policy(*CHIP_RULE, trigger=watch)
    events = lived(rule, months=36).events  # a breach would have stopped the run
    fired = (events["kind"] == "rule_triggered").sum()
    assert fired >= 1
    assert same_bytes(lived(rule).economy.world, lived(rule).economy.world)


def test_without_a_trigger_nothing_is_read():
    economy = Economy(scenario(6), 1)
    assert economy.signposts.watches == []
    assert economy.timeline.names == Economy(scenario(6), 2).timeline.names
    assert not any(name.startswith("spare") for name in economy.timeline.names)
