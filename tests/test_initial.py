"""The economy in January 2023: tables read, shares that add up, identities that hold before the first month."""

import numpy as np
import pytest
from worlds import baseline, scenario

from sim import accounts as a
from sim import checks, initial
from sim.economy import Economy
from sim.errors import InputError
from sim.world import REGIONS, SEGMENTS

TABLES = ("vendors", "clouds", "sites", "labs", "platforms", "communities", "software", "routes", "buyout_vintages")


@pytest.fixture(scope="module")
def world():
    """The first state of the baseline."""
    return Economy(scenario(12)).world


def test_a_missing_table_is_an_input_error():
    with pytest.raises(InputError, match="initial state is missing"):
        initial.read_initial("planets")


@pytest.mark.parametrize("table", TABLES)
def test_tables_are_rectangular_and_say_where_numbers_come_from(table):
    rows = initial.read_initial(table)
    assert rows
    for row in rows:
        assert None not in row and None not in row.values()
        assert row["basis"].strip()


def test_numeric_columns_and_empty_cells():
    assert (initial.column("clouds", "fleet_h100e") >= 0.0).all()
    assert len(initial.column("labs", "eci")) == a.N_LABS
    assert initial.index_of(("x", "y"), "y") == 1
    assert initial.index_of(("x", "y"), "") == -1


def test_every_list_of_keys_has_its_row():
    assert tuple(row["cloud"] for row in initial.read_initial("clouds")) == a.CLOUD_KEYS
    assert tuple(row["lab"] for row in initial.read_initial("labs")) == a.LAB_KEYS
    assert tuple(row["vendor"] for row in initial.read_initial("vendors")) == a.VENDOR_KEYS
    assert tuple(row["platform"] for row in initial.read_initial("platforms")) == a.PLATFORM_KEYS
    assert tuple(f"{row['cohort']}/{row['owner']}" for row in initial.read_initial("software")) == a.SOFTWARE_KEYS
    communities = [(row["region"], row["segment"]) for row in initial.read_initial("communities")]
    assert len(set(communities)) == len(communities)
    assert all(region in REGIONS and segment in SEGMENTS for region, segment in communities)


def test_rows_that_do_not_match_the_lists_are_refused(monkeypatch):
    real = initial.read_initial

    def shuffled(name):
        rows = real(name)
        return rows[::-1] if name == "clouds" else rows

    monkeypatch.setattr(initial, "read_initial", shuffled)
    with pytest.raises(InputError, match="list of clouds"):
        Economy(scenario(12))


def test_sites_of_a_cloud_hold_its_whole_fleet(world):
    for k in range(a.N_CLOUDS):
        here = world.sites["cloud"] == k
        if here.any():
            assert world.sites["share"][here].sum() == pytest.approx(1.0)
        assert world.sites["installed_h100e"][here].sum() == pytest.approx(initial.column("clouds", "fleet_h100e")[k])


def test_chips_and_megawatts_close_before_the_first_month(world):
    assert checks.chip_gap(world) <= checks.TOLERANCE
    assert checks.power_gap(world) <= checks.TOLERANCE
    need = world.sites["installed_kw"] * world.sites["pue"] / 1000.0
    assert (world.sites["power_mw"] >= need).all()
    assert world.fleet == pytest.approx(world.cohorts.sum(axis=2))
    assert world.vendors["installed_h100e"].sum() == pytest.approx(world.sites["installed_h100e"].sum())


def test_developers_are_seated_and_nobody_has_a_model(world):
    count = int(world.p["developers_count"][0])
    assert world.communities["count"].sum() == count == len(world.developers.positions)
    assert (world.communities["first"][1:] == np.cumsum(world.communities["count"])[:-1]).all()
    assert (world.developers.choice == 255).all()
    assert (world.users[:, -1] == world.communities["count"]).all()
    assert not world.users[:, :-1].any()
    assert ((world.developers.positions >= 1) & (world.developers.positions <= 4)).all()
    assert (world.developers.intensity >= 1).all()


def test_opening_balances_in_cents(world):
    assert world.accounts.dtype == np.int64
    assert (world.accounts >= 0).all()
    assert world.accounts[a.LAB0] == round(initial.column("labs", "cash_usd")[0] * 100)
    names, sectors = a.account_table()
    assert len(names) == len(set(names)) == a.N_ACCOUNTS
    assert (world.sector_of == sectors).all()
    assert names[a.FOUNDRY] == "foundry" and names[a.HOUSEHOLDS] == "households"
    assert names[a.POWER0] == "power/us" and names[a.GOVERNMENT0 + 1] == "government/cn"


def test_the_first_model_is_the_best_of_its_time(world):
    on_offer = world.models["available"] == 1
    assert on_offer.sum() == 1
    assert world.models["lab"][on_offer][0] == a.LAB_KEYS.index("openai")
    assert world.labs["best_q"].max() <= world.macro["frontier_us"][0]


def test_entrants_wait(world):
    for name in ("us_entrant_1", "cn_entrant_1"):
        lab = world.labs[a.LAB_KEYS.index(name)]
        assert lab["active"] == 0 and lab["entry"] > 1000
    assert (world.clouds["active"][: a.NEOCLOUD_1] == 1).all()


def test_routes_draw_their_capacity_from_their_own_streams():
    """Median and spread of ln(chips a year) over seeds are those of the prior, within sampling error."""
    capacities = np.array([Economy(scenario(1), seed).world.routes["capacity"] * 12.0 for seed in range(60)])
    logs = np.log(capacities)
    p = baseline().parameter_table()[0]
    mean, spread = float(p["export_controls_route_ln_mean"]), float(p["export_controls_route_ln_sd"])
    n = logs.size
    assert logs.mean() == pytest.approx(mean, abs=4 * spread / np.sqrt(n))
    assert logs.std() == pytest.approx(spread, rel=4 / np.sqrt(2 * n))
    assert len(np.unique(capacities)) == n
    correlation = np.corrcoef(logs.T)
    assert np.abs(correlation - np.eye(len(correlation))).max() < 4 / np.sqrt(60)


def test_the_same_seed_builds_the_same_world_and_another_seed_another():
    one, same, other = (Economy(scenario(12), seed).world for seed in (1, 1, 2))
    assert one.routes.tobytes() == same.routes.tobytes()
    assert (one.developers.taste_price == same.developers.taste_price).all()
    assert (one.developers.taste_price != other.developers.taste_price).any()
    assert one.clouds.tobytes() == other.clouds.tobytes()  # history has no luck in it


def test_vintages_hold_what_private_equity_owns(world):
    assert initial.column("buyout_vintages", "revenue_share").sum() == pytest.approx(1.0)
    owned = world.software[world.software["owner"] == 1]
    for e, cohort in enumerate(owned):
        mine = world.vintages[world.vintages["cohort"] == e]
        for name in ("revenue", "firms", "debt_usd"):
            assert mine[name].sum() == pytest.approx(cohort[name])
        assert (mine["year"] < 2023).all()
    debt_over_ebitda = owned["debt_usd"].sum() / (12.0 * owned["revenue"] * owned["margin"]).sum()
    assert 5.0 < debt_over_ebitda < 8.0
    assert 600e9 < 12.0 * world.software["revenue"].sum() < 750e9


def test_rows_of_software_that_do_not_match_the_cohorts_are_refused(monkeypatch):
    real = initial.read_initial
    monkeypatch.setattr(initial, "read_initial", lambda name: real(name)[::-1] if name == "software" else real(name))
    with pytest.raises(InputError, match="list of cohorts"):
        Economy(scenario(12))
