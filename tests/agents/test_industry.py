"""Factories: learning, the yearly cost of a robot, where robots pay, diffusion, ages, and what is paid."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import baseline, closes, copy_world, flow_usd, parameters, run_of, world_after

from sim import accounts
from sim.agents import industry, robots
from sim.events import BOUND_ROBOT_MAKERS
from sim.ledger import ROBOT_ELECTRICITY, ROBOT_SALES
from sim.world import CN, REGIONS, US

QUICK = settings(max_examples=20, deadline=None)


def month_of_industry(world):
    """The acts of factories and robots, in their order."""
    industry.price_robots(world)
    robots.choose_robot_models(world)
    industry.order_robots(world)
    industry.make_robots(world)
    robots.run_robots(world)
    return world.industries


def at_capability(world, eci):
    """Raise all models on offer so that the best is at `eci`."""
    offered = world.models["available"] == 1
    world.models["q"][offered] += eci - world.models["q"][offered].max()
    return world


def test_price_falls_by_the_learning_rate_per_doubling():
    assert industry.wright_price(40_000.0, 6e6, 6e6, 0.12) == pytest.approx(40_000.0 * 0.88)
    assert industry.wright_price(40_000.0, 18e6, 6e6, 0.12) == pytest.approx(40_000.0 * 0.88**2)
    assert industry.wright_price(40_000.0, 0.0, 6e6, 0.12) == 40_000.0
    world = world_after(12)
    p = parameters(world)
    world.industries["made"] = p["industry_robots_made_start"] / accounts.N_REGIONS
    industry.price_robots(world)
    expected = p["industry_robot_price_usd"] * (1.0 - p["industry_learning_rate"]) * p["industry_price_ratio"]
    assert world.industries["unit_price"] == pytest.approx(expected, rel=1e-12)


@QUICK
@given(st.floats(0.01, 0.3), st.floats(1.0, 30.0))
def test_the_yearly_charge_returns_capital_with_interest(rate, life):
    charge = industry.yearly_charge(1000.0, rate, life)
    assert charge * (1.0 - (1.0 + rate) ** -life) / rate == pytest.approx(1000.0)
    assert charge > 1000.0 / life


def test_a_robot_pays_in_half_of_the_places_at_the_hurdle_and_in_ever_more_as_wages_rise():
    assert industry.paying_share(np.e**2, 1.0, 0.0, 2.0, 0.6) == pytest.approx(0.5)
    shares = [industry.paying_share(float(saving), 1.0, 0.0, 2.0, 0.6) for saving in np.geomspace(0.01, 1e4, 40)]
    assert (np.diff(shares) > 0.0).all()
    assert shares[0] < 1e-3 and 0.999 < shares[-1] < 1.0


def test_diffusion_is_that_of_bass_with_paying_places_as_its_ceiling():
    assert industry.expansion(0.0, 1000.0, 0.05, 0.1) == pytest.approx(50.0)
    assert industry.expansion(500.0, 1000.0, 0.05, 0.1) == pytest.approx((0.05 + 0.05) * 500.0)
    assert industry.expansion(1000.0, 1000.0, 0.05, 0.1) == 0.0
    assert industry.expansion(2000.0, 1000.0, 0.05, 0.1) == 0.0


def test_robots_live_as_long_as_they_should_on_average():
    """One cohort of twelve years: Erlang with twelve stages has mean 12 years and standard deviation 12 / sqrt(12)."""
    ages = np.zeros(industry.AGES)
    ages[0] = 1.0
    rate = industry.AGES / (12.0 * 12.0)
    worn = np.array([industry.grow_old(ages, rate) for _ in range(1200)])
    years = (np.arange(1200) + 1.0) / 12.0
    assert worn.sum() == pytest.approx(1.0, abs=1e-9)
    mean = (worn * years).sum()
    assert mean == pytest.approx(12.0)
    assert np.sqrt((worn * years**2).sum() - mean**2) == pytest.approx(12.0 / np.sqrt(12.0), rel=0.05)


def test_robots_are_conserved_month_by_month():
    """Stock = start + installed - retired, in every region and for both kinds."""
    history = run_of(48).history.industries
    start = parameters(world_after(0))["industry_robots_start"]
    stock = start + np.cumsum(history["installs"] - history["retired"], axis=0)
    assert history["robots"] == pytest.approx(stock, rel=1e-12)
    ages = history["conventional_age"].sum(axis=2) + history["physical_age"].sum(axis=2)
    assert history["robots"] == pytest.approx(ages, rel=1e-9)
    assert history["physical"] == pytest.approx(history["physical_age"].sum(axis=2), rel=1e-9)
    assert history["made"] == pytest.approx(np.cumsum(history["installs"], axis=0), rel=1e-12)
    assert (history["physical_installs"] <= history["installs"]).all()


def test_what_is_ordered_is_delivered_or_waits():
    history = run_of(48).history.industries
    waiting = np.cumsum(history["ordered"] - history["installs"], axis=0)
    assert history["backlog"] == pytest.approx(waiting, rel=1e-9, abs=1e-6)
    assert (history["backlog"] >= 0.0).all()


def test_makers_never_deliver_more_than_they_can_make_and_share_alike():
    world = world_after(12)
    world.macro["robot_capacity"] = 20_000.0
    before = world.event_count[0]
    now = month_of_industry(world)
    assert now["installs"].sum() == pytest.approx(20_000.0)
    assert now["installs"] / (now["installs"] + now["backlog"]) == pytest.approx(
        np.full(6, now["installs"].sum()) / (now["installs"].sum() + now["backlog"].sum())
    )
    assert BOUND_ROBOT_MAKERS in world.events[before : world.event_count[0], 1]


def test_makers_capacity_settles_at_orders_and_headroom():
    """With orders held, capacity ends at orders (1 + headroom), from below and, by wear, from above."""
    for start in (0.5, 2.0):
        world = world_after(12)
        p = parameters(world)
        p["industry_makers_plant_years"] = 1.0
        world.macro["robot_capacity"] *= start
        for _ in range(300):
            world.industries["ordered"] = 5000.0
            world.industries["backlog"] += 5000.0
            industry.make_robots(world)
        assert world.macro["robot_capacity"][0] == pytest.approx(30_000.0 * (1.0 + p["industry_makers_headroom"]))
        assert world.industries["backlog"].max() < 1e-6


def test_makers_and_power_companies_are_paid_for_what_was_installed_and_used():
    world = at_capability(world_after(12), 185.0)
    world.industries["physical_order_share"] = 0.3
    p = parameters(world)
    now = month_of_industry(world)
    cell = p["industry_engineering_ratio"]
    programmed = (now["installs"] - now["physical_installs"]) * now["unit_price"] * (1.0 + cell)
    taught = now["unit_price"] * (1.0 + cell * (1.0 - p["industry_engineering_saved"]))
    adaptive = now["physical_installs"] * (taught + now["module_price"] + now["edge_usd"])
    upkeep = now["robots"] * p["industry_upkeep_share"] * now["unit_price"] / 12.0
    assert (adaptive > 0.0).all()
    assert flow_usd(world, ROBOT_SALES) == pytest.approx((programmed + adaptive + upkeep).sum(), rel=1e-9)
    energy = now["robots"] * p["industry_robot_kwh"] / 12.0 * world.regions["electricity_price"]
    assert flow_usd(world, ROBOT_ELECTRICITY) == pytest.approx(energy.sum(), rel=1e-9)
    assert closes(world)


def test_where_robots_stopped_paying_nothing_is_added_and_less_is_renewed():
    world = world_after(12)
    parameters(world)["industry_wage_usd"] *= 0.3
    now = month_of_industry(world)
    assert (now["paying_places"] < now["robots"]).all()
    assert (now["installs"] < now["retired"]).all()


def unrationed(months=12):
    """A world whose makers can make whatever is ordered: what one region gets is not taken from another."""
    world = world_after(months)
    world.macro["robot_capacity"] = 1e12
    return world


@QUICK
@given(st.floats(0.2, 5.0), st.floats(1.0, 3.0))
def test_dearer_electricity_never_means_more_robots(level, factor):
    """A robot-year costs more, so it pays in fewer places, whatever kind of robot it is."""
    installs = []
    for price in (level, level * factor):
        world = at_capability(unrationed(), 185.0)
        world.regions["electricity_price"] *= price
        installs.append(month_of_industry(world)["installs"].copy())
    assert (installs[1] <= installs[0] * (1.0 + 1e-12)).all()


@QUICK
@given(st.floats(0.3, 3.0), st.floats(1.0, 2.0))
def test_dearer_labour_never_means_fewer_robots(level, factor):
    installs = []
    for wage in (level, level * factor):
        world = unrationed()
        parameters(world)["industry_wage_usd"] *= wage
        installs.append(month_of_industry(world)["installs"].copy())
    assert (installs[1] >= installs[0] * (1.0 - 1e-12)).all()


@QUICK
@given(st.floats(120.0, 220.0), st.floats(0.0, 20.0))
def test_better_open_models_never_mean_fewer_adaptive_robots(eci, gain):
    """What is mastered rises, so the same robot costs less per task; programmed robots may be fewer."""
    made = []
    for more in (0.0, gain):
        world = at_capability(unrationed(), eci)
        world.models["q"][(world.models["available"] == 1) & (world.models["open"] == 1)] += more
        made.append(month_of_industry(world)["physical"].copy())
    assert (made[1] >= made[0] * (1.0 - 1e-12)).all()


def test_without_foundation_models_robots_are_installed_all_the_same():
    world = at_capability(world_after(12, (("industry.physical_ai", "off"),)), 200.0)
    now = month_of_industry(world)
    assert now["installs"].min() > 0.0
    assert not now["physical"].any() and not now["physical_installs"].any()
    assert not now["tokens_m"].any() and not now["learning"].any()


def test_installations_are_near_those_on_record():
    """World Robotics: 541 and 542 thousand in 2023 and 2024; China 276 and 295, 51 and 54 per cent (press releases)."""
    installs = run_of(24).history.industries["installs"].reshape(2, 12, -1).sum(axis=1)
    assert installs.sum(axis=1) == pytest.approx([541e3, 542e3], rel=0.08)
    assert installs[:, CN] == pytest.approx([276e3, 295e3], rel=0.08)
    assert installs[:, US] == pytest.approx([37.6e3, 34.2e3], rel=0.15)
    stock = run_of(24).history.industries["robots"][[11, 23]]
    assert stock.sum(axis=1) == pytest.approx([4.28e6, 4.66e6], rel=0.05)


def test_the_wave_is_put_on_record_once():
    from sim.events import ROBOT_WAVE

    world = at_capability(world_after(12), 215.0)
    before = copy_world(world).event_count[0]
    for _ in range(60):
        month_of_industry(world)
    events = world.events[before : world.event_count[0]]
    waves = events[events[:, 1] == ROBOT_WAVE]
    assert sorted(waves[:, 2]) == list(range(accounts.N_REGIONS))


RECORDS = {n: r for n, r in baseline().registry.records.items() if n.startswith("industry.") and not r.options}


def value_at(record, place):
    """A number, or one per region, at a share `place` of the way from low to high."""
    if record.by is None:
        return record.low + place * (record.high - record.low)
    return [record.low[region] + place * (record.high[region] - record.low[region]) for region in REGIONS]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(0.0, 1.0), min_size=len(RECORDS), max_size=len(RECORDS)), st.floats(130.0, 230.0))
def test_anywhere_in_the_ranges_numbers_are_finite_and_accounts_close(places, eci):
    world = at_capability(world_after(36), eci)
    p = parameters(world)
    for (name, record), place in zip(RECORDS.items(), places, strict=True):
        p[name.replace(".", "_")] = value_at(record, place)
    known = world.industries["learning"].copy()
    for _ in range(12):
        now = month_of_industry(world)
        robots.pay_for_models(world)
    assert closes(world)
    for name in now.dtype.names:
        assert np.isfinite(now[name]).all(), name
    for name in ("robots", "physical", "installs", "backlog", "retired", "unit_price", "tokens_m", "learning"):
        assert (now[name] >= 0.0).all(), name
    total = now["edge_share"].sum(axis=1) + now["cloud_share"].sum(axis=1)
    assert total == pytest.approx(np.ones(6))
    assert (now["physical"] <= now["robots"] * (1.0 + 1e-12)).all()
    assert (now["success"] <= 1.0 + 1e-12).all()
    assert (now["learning"] <= np.maximum(p["industry_learning_most_eci"], known)).all()
