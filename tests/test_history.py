"""What a run remembers: copies of every month, which later months do not touch."""

import numpy as np
import pytest
from worlds import scenario

from sim.economy import Economy
from sim.history import ARRAYS, History
from sim.world import TABLES


@pytest.fixture(scope="module")
def lived():
    """An economy of four months and the tables as they were at the end of each."""
    economy = Economy(scenario(6))
    seen = []
    for _ in range(4):
        economy.step()
        seen.append({name: getattr(economy.world, name).copy() for name in (*TABLES, *ARRAYS)})
    return economy, seen


def test_every_month_is_kept_as_it_was(lived):
    economy, seen = lived
    for name in (*TABLES, *ARRAYS):
        kept = getattr(economy.history, name)
        assert kept.shape == (4, *seen[0][name].shape)
        for month in range(4):
            assert kept[month].tobytes() == seen[month][name].tobytes()


def test_months_so_far_and_no_more(lived):
    economy, _ = lived
    assert economy.history.months == 4
    assert len(economy.history.labs) == 4
    assert economy.history.parameters is economy.world.p
    assert (economy.history.sku_vendor == economy.world.skus["vendor"]).all()


def test_nothing_is_remembered_before_the_first_month():
    economy = Economy(scenario(6))
    assert economy.history.months == 0
    assert len(economy.history.macro) == 0


def test_an_unknown_name_is_an_attribute_error(lived):
    with pytest.raises(AttributeError, match="colour"):
        _ = lived[0].history.colour


def test_changing_the_world_does_not_change_its_past():
    economy = Economy(scenario(6))
    history = History(economy.world, 2)
    history.record()
    before = history.vendors["price"].copy()
    economy.world.vendors["price"] += 1.0
    assert (history.vendors["price"] == before).all()
    history.record()
    assert np.array_equal(history.vendors["price"][1], before[0] + 1.0)
