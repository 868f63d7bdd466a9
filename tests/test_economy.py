"""The economy as a whole: the clock, randomness by named streams, failure for good."""

import dataclasses
import hashlib
import io
import subprocess
import sys

import numpy as np
import pytest
from worlds import baseline, copy_of, run_of, same_bytes, scenario

from sim.economy import Economy, live_month, run_scenario
from sim.errors import RunError
from sim.measures.registry import METRICS, Metric
from sim.policy.schema import Event, Policy


def digest(frame):
    """SHA-256 of a table as Parquet."""
    stream = io.BytesIO()
    frame.to_parquet(stream)
    return hashlib.sha256(stream.getvalue()).hexdigest()


def test_a_step_is_a_month_and_the_horizon_ends():
    economy = Economy(scenario(2))
    assert economy.month == 0
    economy.step()
    economy.step()
    assert economy.month == economy.history.months == 2
    with pytest.raises(RunError, match="horizon"):
        economy.step()
    assert economy.month == 2


def test_mesa_runs_the_model():
    economy = Economy(scenario(6))
    for _ in range(3):
        economy.step()
    assert economy.history.months == 3


def test_a_failed_world_stays_dead():
    def breach(world):
        raise ValueError("broken on purpose")

    economy = Economy(scenario(6))
    economy.step()
    economy.acts = (breach,)
    with pytest.raises(RunError, match="2023-02: broken on purpose"):
        economy.step()
    economy.acts = (live_month,)
    with pytest.raises(RunError, match="already failed: broken on purpose"):
        Economy.step(economy)
    assert economy.month == economy.history.months == 1


def test_progress_is_told_every_month():
    seen = []
    run_scenario(scenario(4), progress=lambda month, months: seen.append((month, months)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_run_gives_a_long_table():
    run = run_of(12)
    assert list(run.timeseries.columns) == ["date", "metric", "key", "unit", "value"]
    assert run.timeseries["date"].nunique() == 12
    assert not run.timeseries.duplicated(["date", "metric", "key"]).any()
    assert np.isfinite(run.timeseries["value"]).all()
    assert run.seconds > 0.0


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others():
    first = digest(run_of(18).timeseries)
    again = run_scenario(scenario(18), seed=1)
    assert digest(again.timeseries) == first
    assert digest(again.ledger) == digest(run_of(18).ledger)
    assert digest(run_scenario(scenario(18), seed=2).timeseries) != first


def test_a_fresh_process_gives_the_same_bytes():
    code = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "from test_economy import digest\n"
        "from worlds import run_of\n"
        "print(digest(run_of(18).timeseries))\n"
    )
    root = __file__.rsplit("/tests/", 1)[0]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True)
    assert done.stdout.split()[-1] == digest(run_of(18).timeseries)


def test_worlds_do_not_share_state():
    """Two economies stepped in turn live as each would alone."""
    one, two, alone = Economy(scenario(6), 1), Economy(scenario(6), 2), Economy(scenario(6), 1)
    for _ in range(4):
        one.step()
        two.step()
    for _ in range(4):
        alone.step()
    assert same_bytes(one.world, alone.world)
    assert not same_bytes(one.world, two.world)


def test_one_more_developer_changes_no_other_developers_choices_in_the_first_month():
    few = Economy(scenario(3, (("developers.count", 200),)))
    more = Economy(scenario(3, (("developers.count", 201),)))
    before = copy_of(few.world.developers)
    few.step()
    more.step()
    assert (before.choice == 255).all()
    assert more.world.communities["count"].sum() == few.world.communities["count"].sum() + 1
    for small, large in zip(few.world.communities, more.world.communities, strict=True):
        assert 0 <= large["count"] - small["count"] <= 1
        mine = slice(small["first"], small["first"] + small["count"])
        same = slice(large["first"], large["first"] + small["count"])
        for name in ("choice", "positions", "intensity", "taste_price", "taste_quality", "taste_open", "taste_origin"):
            here, there = getattr(few.world.developers, name), getattr(more.world.developers, name)
            assert (here[mine] == there[same]).all(), name


def test_one_more_metric_changes_nothing(monkeypatch):
    before = run_of(12).timeseries
    dummy = Metric("dummy_metric", "count", "world", "A one.", "end", lambda panel: {"world": np.ones(panel.months)})
    monkeypatch.setitem(METRICS, "dummy_metric", dummy)
    after = run_scenario(scenario(12)).timeseries
    assert (after["metric"] == "dummy_metric").sum() == 12
    rest = after[after["metric"] != "dummy_metric"].reset_index(drop=True)
    for column in ("date", "metric", "key", "unit"):
        assert (rest[column].astype(str) == before[column].astype(str)).all()
    assert rest["value"].to_numpy().tobytes() == before["value"].to_numpy().tobytes()


@pytest.mark.parametrize("announced", ["2022-10-07", "2024-06-01"])
def test_one_more_policy_that_never_binds_changes_no_byte(announced):
    given = next(p for p in scenario(24).policies if p.id == "us-2023-10-advanced-computing")
    plain = given.model_dump(mode="json")
    plain |= {"id": "never-in-force", "announced": announced, "effective": None, "expires": None, "supersedes": ()}
    unused = Policy.model_validate(plain)
    more = dataclasses.replace(scenario(24), policies=(*scenario(24).policies, unused))
    assert digest(run_scenario(more).timeseries) == digest(run_of(24).timeseries)


def test_one_more_event_without_effect_changes_no_byte():
    deal = next(event for event in baseline().events if event.kind == "deal").model_dump(mode="json")
    deal |= {"id": "letter-of-intent"}
    deal["fields"]["deal"] = "letter_of_intent"
    more = dataclasses.replace(scenario(24), events=(*scenario(24).events, Event.model_validate(deal)))
    run = run_scenario(more)
    assert digest(run.timeseries) == digest(run_of(24).timeseries)
    assert digest(run.ledger) == digest(run_of(24).ledger)


def test_the_past_does_not_know_the_future():
    """A shorter horizon, or a change from 2025 on, leaves every byte of 2023 and 2024 as it was."""
    short = run_of(12).timeseries
    long = run_of(24).timeseries
    cut = long[long["date"] <= short["date"].max()]
    key = ["date", "metric", "key"]
    merged = short.merge(cut, on=key, suffixes=("", "_long"))
    assert len(merged) == len(short) == len(cut)
    assert (merged["value"] == merged["value_long"]).all()
    later = run_of(30, (("energy.us.electricity_price", 0.5),))
    assert not later.timeseries.equals(run_of(30).timeseries)
