"""The month as data, as one compiled piece and act by act; the record of arrays that compiled code takes."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim import economy
from sim.array_record import ArrayRecord
from sim.compiled import compiled


class Pair(ArrayRecord):
    """Two arrays of different kinds."""

    counts: np.ndarray
    values: np.ndarray


@compiled
def add_last_value(pair):
    """Write the last value of the matrix into the last count."""
    pair.counts[-1] = pair.values[-1, -1]
    return pair.values.shape[0] * 10 + pair.values.shape[1]


def test_compiled_code_reads_and_writes_the_arrays_of_a_record():
    pair = Pair(counts=np.zeros(3, np.int64), values=np.arange(8.0).reshape(2, 4))
    assert add_last_value(pair) == 24
    assert pair.counts.tolist() == [0, 0, 7]


def test_a_record_refuses_what_compiled_code_could_not_find_again():
    with pytest.raises(TypeError, match="values"):
        Pair(counts=np.zeros(3))
    with pytest.raises(ValueError, match="contiguous"):
        Pair(counts=np.zeros(6)[::2], values=np.zeros((2, 2)))
    pair = Pair(counts=np.zeros(3), values=np.zeros((2, 2)))
    with pytest.raises(AttributeError, match="counts"):
        pair.counts = np.ones(3)


def test_the_plan_names_every_act_of_the_month_once():
    steps = [step for heading, step in economy.plan() if heading != economy.POLICIES]
    assert [step.split(".")[1] for step in steps] == [act.__name__ for act in economy.ACTS]
    assert len(set(steps)) == len(steps)
    called = {name for name in economy.live_month.py_func.__code__.co_names if not hasattr(economy, name)}
    assert called == {act.__name__ for act in economy.ACTS}


def test_the_month_in_one_piece_and_act_by_act_give_the_same_bytes():
    scenario = sim.load_scenario("baseline", overrides={"developers.count": 300})
    whole, parts = economy.Economy(scenario, seed=3), economy.Economy(scenario, seed=3)
    parts.acts = economy.ACTS
    for _ in range(14):
        whole.step()
        parts.step()
    for name in whole.world.fields:
        if name != "developers":
            assert getattr(whole.world, name).tobytes() == getattr(parts.world, name).tobytes(), name
    assert whole.world.developers.choice.tobytes() == parts.world.developers.choice.tobytes()
    assert whole.history.labs.shape[0] == 14
