"""Mesa agents are views of rows of the tables."""

import mesa
import pytest
from worlds import scenario

from sim.accounts import CLOUD_KEYS, LAB_KEYS, VENDOR_KEYS
from sim.agents import views
from sim.economy import Economy


@pytest.fixture(scope="module")
def economy():
    """A world two months old."""
    economy = Economy(scenario(3))
    economy.step()
    economy.step()
    return economy


def test_a_model_of_mesa_with_one_agent_per_row(economy):
    assert isinstance(economy, mesa.Model)
    kinds = economy.agents_by_type
    world = economy.world
    for kind, table in (
        (views.Vendor, world.vendors), (views.Cloud, world.clouds), (views.Lab, world.labs),
        (views.Community, world.communities), (views.Platform, world.platforms), (views.Grid, world.regions),
        (views.Industry, world.industries), (views.SoftwareCohort, world.software), (views.Vintage, world.vintages),
        (views.Route, world.routes), (views.Economywide, world.macro),
    ):  # fmt: skip
        assert len(kinds[kind]) == len(table)
        assert [agent.row for agent in kinds[kind]] == list(range(len(table)))
    assert len(economy.agents) == sum(len(agents) for agents in kinds.values())


def test_keys_name_the_agents(economy):
    assert [lab.key for lab in economy.agents_by_type[views.Lab]] == list(LAB_KEYS)
    assert [cloud.key for cloud in economy.agents_by_type[views.Cloud]] == list(CLOUD_KEYS)
    assert [vendor.key for vendor in economy.agents_by_type[views.Vendor]] == list(VENDOR_KEYS)
    communities = [agent.key for agent in economy.agents_by_type[views.Community]]
    assert len(set(communities)) == len(communities)
    assert "us/router" in communities
    assert repr(economy.agents_by_type[views.Lab][0]) == "Lab(openai)"


def test_select_and_get_read_the_state(economy):
    chinese = economy.agents_by_type[views.Lab].select(lambda lab: lab.origin == 1)
    assert {"deepseek", "qwen"} <= {lab.key for lab in chinese}
    big = economy.agents.select(agent_type=views.Cloud).select(lambda cloud: cloud.installed_h100e > 50_000)
    assert {cloud.key for cloud in big} >= {"microsoft", "google"}
    prices = economy.agents_by_type[views.Vendor].get("price")
    assert prices == list(economy.world.vendors["price"])


def test_reading_follows_the_world(economy):
    nvidia = economy.agents_by_type[views.Vendor][0]
    was = economy.world.vendors["price"][0]
    try:
        economy.world.vendors["price"][0] = 12_345.0
        assert nvidia.price == 12_345.0
    finally:
        economy.world.vendors["price"][0] = was


def test_an_unknown_field_names_the_agent(economy):
    with pytest.raises(AttributeError, match="Lab openai has no 'colour'"):
        _ = economy.agents_by_type[views.Lab][0].colour


def test_a_community_owns_a_slice_of_the_developers(economy):
    seen = 0
    for community in economy.agents_by_type[views.Community]:
        assert community.developers.start == seen
        seen = community.developers.stop
    assert seen == len(economy.world.developers.positions)


def test_an_agent_has_no_cash_of_its_own(economy):
    for kind in (views.Lab, views.Cloud, views.Vendor):
        names = economy.world.labs.dtype.names if kind is views.Lab else ()
        assert "cash" not in names and "cash_usd" not in names
        with pytest.raises(AttributeError):
            _ = economy.agents_by_type[kind][0].cash_usd
