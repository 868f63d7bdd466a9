import numpy as np
import pytest

from sim import measures
from sim.scenario.load import load_scenario


@pytest.fixture(scope="session")
def short_run():
    """A real history of 18 months of the baseline with few developers, and its month ends."""
    from sim.economy import Economy

    scenario = load_scenario("baseline", {"developers.count": 2000}).until("2024-06")
    economy = Economy(scenario, seed=3)
    for _ in range(scenario.months):
        economy.step()
    return economy.history, np.asarray(scenario.month_ends())


@pytest.fixture(scope="session")
def short_table(short_run):
    return measures.measure(*short_run)
