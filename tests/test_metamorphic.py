"""Relations between runs that must hold whatever the parameters: units of money, order of agents, network effects."""

import dataclasses

import numpy as np
import pytest
from worlds import baseline, copy_world, scenario

from sim import initial, signposts
from sim.accounts import NVIDIA
from sim.agents import developers, hub, platforms
from sim.agents.choice_kernel import recount
from sim.economy import Economy
from sim.scenario.model import Scenario
from sim.tables.law import POLICY

MONETARY = [
    name.replace(".", "_") for name, record in baseline().registry.records.items() if record.unit.startswith("USD")
]
REAL_COLUMN, REAL_TABLE, REAL_TIMELINE = initial.column, Scenario.parameter_table, signposts.timeline


def economy_in_units(monkeypatch, months, factor, seed=1):
    """The baseline without deals, with every amount of money `factor` times as large.

    Monetary are the parameters whose unit begins with USD, the columns of initial tables named so, unit costs of chips
    and the amounts of money in the law of the month.
    """

    def table(self):
        p = REAL_TABLE(self)
        for name in MONETARY:
            p[name] *= factor
        return p

    def timeline(*arguments):
        line = REAL_TIMELINE(*arguments)
        skus, policy = line.skus.copy(), line.policy.copy()
        skus["unit_cost"] *= factor
        for name, _, _, unit, _ in POLICY:
            if unit.startswith("USD"):
                policy[name] *= factor
        return line._replace(skus=skus, policy=policy)

    with monkeypatch.context() as patch:
        patch.setattr(initial, "column", lambda t, n: REAL_COLUMN(t, n) * (factor if "usd" in n else 1.0))
        patch.setattr(Scenario, "parameter_table", table)
        patch.setattr(signposts, "timeline", timeline)
        economy = Economy(dataclasses.replace(scenario(months), events=()), seed)
    world = economy.world
    # Three amounts of the first state are written in the code and not in a table: past capital at 30,000 USD per
    # H100e, the order book at 50,000 USD per H100e, and the prices of the model that was on offer.
    world.clouds["capital_usd"] *= factor
    world.backlog[NVIDIA] /= factor
    for name in ("price", "launch_price", "marginal_cost", "host_price"):
        world.models[name][0] *= factor
    return economy


def shares(economy):
    """Token shares of models, shares of vendors in new compute, capability of labs, over all months so far."""
    history = economy.history
    tokens, shipped = history.models["tokens_m"], history.vendors["shipped_h100e"]
    return (
        tokens / np.maximum(tokens.sum(axis=1, keepdims=True), 1e-9),
        shipped / np.maximum(shipped.sum(axis=1, keepdims=True), 1e-9),
        history.labs["best_q"],
    )


def gaps(monkeypatch, months, factor):
    one, other = (economy_in_units(monkeypatch, months, x) for x in (1.0, factor))
    for _ in range(months):
        one.step()
        other.step()
    prices = other.history.vendors["price"] / np.maximum(one.history.vendors["price"], 1e-9)
    found = [np.abs(a - b).max() for a, b in zip(shares(one), shares(other), strict=True)]
    return found, prices[:, NVIDIA]


@pytest.mark.parametrize("factor", [2.0, 0.5])
def test_doubling_all_money_leaves_shares_unchanged(monkeypatch, factor):
    """Ten months: exact but for rounding to cents (1e-2 USD of 1e6 and more, 1e-8), which choices do not feel."""
    (tokens, compute, capability), prices = gaps(monkeypatch, 10, factor)
    assert tokens < 1e-6
    assert compute < 1e-6
    assert capability < 1e-6
    assert prices == pytest.approx(factor, rel=1e-6)


def test_doubling_all_money_over_three_years(monkeypatch):
    """Three years: exact but for cents and for floors in USD that guard divisions; a release could tip by a hair."""
    (tokens, compute, capability), prices = gaps(monkeypatch, 36, 2.0)
    assert tokens < 1e-3
    assert compute < 1e-3
    assert capability < 0.01
    assert prices == pytest.approx(2.0, rel=1e-3)


def permuted(monkeypatch, table, order, seed, months):
    """Economy whose initial table has its rows in another order, lived for `months`."""
    real = initial.read_initial

    def read(name):
        rows = real(name)
        return tuple(rows[i] for i in order) if name == table else rows

    with monkeypatch.context() as patch:
        patch.setattr(initial, "read_initial", read)
        patch.setattr(initial, "column", lambda t, n: np.array([float(row[n] or 0) for row in read(t)]))
        economy = Economy(scenario(months), seed)
    for _ in range(months):
        economy.step()
    return economy


def outcome(economy):
    """A few outcomes at the end: token share of open models, usable compute (ln), smuggled stock (ln), spend (ln)."""
    world = economy.world
    macro = world.macro[0]
    return np.array(
        [
            macro["tokens_open_m"] / macro["tokens_all_m"],
            np.log(world.regions["capacity_h100e"].sum()),
            np.log(1.0 + macro["china_stock"][1]),
            np.log(world.communities["spend_usd"].sum()),
        ]
    )


@pytest.mark.parametrize("table", ["communities", "routes", "sites"])
def test_order_of_agents_leaves_distributions_unchanged(monkeypatch, table):
    """Means over 24 seeds of world and reversed world differ by less than four standard errors of the difference."""
    size = len(initial.read_initial(table))
    months, seeds = 24, range(1, 25)
    given = np.array([outcome(permuted(monkeypatch, table, range(size), s, months)) for s in seeds])
    reversed_ = np.array([outcome(permuted(monkeypatch, table, range(size)[::-1], s, months)) for s in seeds])
    error = np.sqrt((given.var(axis=0, ddof=1) + reversed_.var(axis=0, ddof=1)) / len(seeds))
    assert (np.abs(given.mean(axis=0) - reversed_.mean(axis=0)) <= 4.0 * error + 1e-9).all()


def test_order_of_communities_changes_nobodys_draws(monkeypatch):
    """The first month is the same developer by developer: streams are named, not numbered."""
    size = len(initial.read_initial("communities"))
    given = permuted(monkeypatch, "communities", range(size), 1, 1).world
    other = permuted(monkeypatch, "communities", range(size)[::-1], 1, 1).world
    for c in range(size):
        one, two = given.communities[c], other.communities[size - 1 - c]
        assert (one["region"], one["segment"], one["firms"]) == (two["region"], two["segment"], two["firms"])
        count = min(one["count"], two["count"])  # a tie between equal seats may go to the other community
        assert abs(one["count"] - two["count"]) <= 1
        mine = given.developers.choice[one["first"] : one["first"] + count]
        assert (mine == other.developers.choice[two["first"] : two["first"] + count]).all()


def seat_all(world, slot):
    """Everybody starts with one and the same model, which has all the ecosystem."""
    world.developers.choice[:] = 255
    world.developers.choice[:, 0] = slot
    for position in range(1, 4):
        world.developers.choice[world.developers.positions > position, position] = slot
    for c, community in enumerate(world.communities):
        first, count = int(community["first"]), int(community["count"])
        recount(world.developers, first, first + count, world.users[c], world.weight[c])
    world.models["ecosystem"] = 0.0
    world.models["ecosystem"][slot] = 1000.0


def settled_shares(taste):
    """Users' shares (model) after five years of choosing from two opposite starts, models and prices fixed."""
    economy = Economy(scenario(90))
    for _ in range(24):
        economy.step()
    ends = []
    open_slots = np.flatnonzero((economy.world.models["available"] == 1) & (economy.world.models["open"] == 1))
    for slot in (int(open_slots[0]), int(open_slots[-1])):
        world = copy_world(economy.world)
        p = world.p
        p["developers_ecosystem_taste"] = taste
        p["hub_attachment"] = 0.0
        p["developers_reconsider"] = 0.5
        for name in ("switching_family", "switching_model", "same_stack", "outside_inertia"):
            p[f"developers_{name}"] = 0.0
        seat_all(world, slot)
        for month in range(24, 84):
            world.macro["month"] = month
            developers.choose_models(world)
            developers.use_tokens(world)
            hub.run_hub(world)
        users = world.users[:, :-1].sum(axis=0)
        ends.append(users / users.sum())
    return ends, open_slots


def test_without_network_effects_two_opposite_starts_end_in_the_same_shares():
    (one, other), _ = settled_shares(0.0)
    assert np.abs(one - other).max() < 0.01


def test_habit_alone_decides_whether_platforms_forget_where_they_began():
    """Without habit the shares of assistants' users are those of attraction from any start."""
    economy = Economy(scenario(30))
    for _ in range(24):
        economy.step()
    ends = []
    for first in (0, 1):
        world = copy_world(economy.world)
        p = world.p[24]
        world.macro["month"] = 24
        p["platforms_habit"] = 0.0
        world.platforms["users"][:, 0] = 0.0
        world.platforms["users"][first, 0] = 5e7
        for _ in range(800):
            platforms.attract_users(world, 0, p)
        users = world.platforms["users"][:, 0]
        ends.append(users / users.sum())
    assert ends[0] == pytest.approx(ends[1], abs=1e-3)
