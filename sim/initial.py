"""The economy in January 2023: tables of `sim/data/initial/` turned into the first state of the world."""

from __future__ import annotations

import csv
import functools
import io
from importlib import resources

import numpy as np

from sim import accounts as a
from sim import numerics
from sim.agents.choice_kernel import MODELS, recount
from sim.agents.choice_setup import Spread, draw_intensity, draw_positions, draw_tastes, seat_developers
from sim.agents.industry import AGES
from sim.agents.managed import open_services
from sim.draws import key_table
from sim.errors import InputError
from sim.events import CAPACITY
from sim.ledger import FLOWS, SECTORS
from sim.policy.timeline import Timeline
from sim.streams import draw_key, stream
from sim.world import HOURS_PER_MONTH, NO_ONE, REGIONS, SEGMENTS, SLOTS_PER_LAB, TABLES, Developers, World, dtype_of

ORIGINS = ("us", "cn", "eu")
CLOUD_KINDS = ("hyperscaler", "own_use", "neocloud", "lab_own", "national")
PAST_MONTHS = 72
"""Months before the start over which the initial fleet was bought."""


@functools.cache
def read_initial(name: str) -> tuple[dict[str, str], ...]:
    """Rows of an initial-state table. Raises InputError if the file is missing."""
    resource = resources.files("sim") / "data" / "initial" / f"{name}.csv"
    try:
        text = resource.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError("initial state is missing", file=str(resource)) from None
    return tuple(csv.DictReader(io.StringIO(text)))


@functools.cache
def column(table: str, name: str) -> np.ndarray:
    """A numeric column of an initial-state table, f8 (rows,)."""
    return np.array([float(row[name] or 0) for row in read_initial(table)])


def index_of(keys: tuple[str, ...], name: str) -> int:
    """Row of a key, or -1 for an empty name."""
    return keys.index(name) if name else NO_ONE


def build_world(
    parameters: np.ndarray, timeline: Timeline, seed: int, contracts: np.ndarray, agent_releases: np.ndarray
) -> World:
    """First state of the world: parameters (one row a month), chips and policies, seed, contracts, agent releases.

    `contracts` and `agent_releases` are the tables made of the scenario's events. Raises InputError if the initial
    tables contradict each other.
    """
    p = parameters[0]
    months = len(parameters)
    rows = {
        "regions": a.N_REGIONS, "vendors": a.N_VENDORS, "skus": len(timeline.skus), "clouds": a.N_CLOUDS,
        "sites": len(read_initial("sites")), "labs": a.N_LABS, "models": a.N_LABS * SLOTS_PER_LAB,
        "communities": len(read_initial("communities")), "platforms": len(a.PLATFORM_KEYS),
        "agent_releases": len(agent_releases),
        "industries": a.N_REGIONS, "software": len(a.SOFTWARE_KEYS),
        "vintages": len(a.SOFTWARE_COHORTS) * len(read_initial("buyout_vintages")),
        "routes": len(read_initial("routes")), "contracts": len(contracts), "macro": 1, "policy": 2,
    }  # fmt: skip
    tables = {name: np.zeros(rows[name], dtype_of(fields)) for name, fields in TABLES.items()}
    tables["skus"][:] = timeline.skus
    tables["skus"]["sale_share"], tables["skus"]["sale_cap"] = 1.0, NO_ONE
    tables["contracts"][:] = contracts
    tables["policy"][:] = timeline.policy[0]
    tables["agent_releases"][:] = agent_releases
    _vendors(tables, timeline)
    _clouds(tables, p)
    fleet, cohorts = _sites(tables, timeline, months, p)
    _labs(tables, p)
    _platforms(tables)
    _regions(tables, p)
    _others(tables, p, seed)
    developers, keys = _developers(tables, p, seed)
    n = len(tables["communities"])
    balances, sectors = _balances(tables, p)
    world = World(
        p=parameters,
        **tables,
        backlog=_backlog(tables),
        backlog_abroad=np.zeros((a.N_VENDORS, a.N_CLOUDS)),
        shipped=np.zeros((a.N_VENDORS, a.N_CLOUDS)),
        bought=_bought(tables),
        prepaid=np.zeros((a.N_VENDORS, a.N_CLOUDS)),
        payable=np.zeros((a.N_VENDORS, a.N_CLOUDS)),
        earmark=np.zeros((a.N_VENDORS, a.N_CLOUDS)),
        rents=np.zeros((a.N_LABS, a.N_CLOUDS)),
        stake=np.zeros((a.N_HOLDERS, a.N_ISSUERS)),
        stake_cost=np.zeros((a.N_HOLDERS, a.N_ISSUERS)),
        fleet=fleet,
        cohorts=cohorts,
        lab_region=_lab_regions(tables),
        lab_wish=_lab_regions(tables),
        users=np.zeros((n, MODELS + 1), np.int64),
        weight=np.zeros((n, MODELS + 1), np.int64),
        channel_price=np.zeros((n, MODELS, 4)),
        channel_tokens=np.zeros((n, MODELS, 4)),
        tokens=np.zeros((n, MODELS)),
        accounts=balances,
        opening=balances.copy(),
        journal=np.zeros((len(FLOWS), a.N_ACCOUNTS), np.int64),
        receipts=np.zeros((len(FLOWS), a.N_ACCOUNTS), np.int64),
        flows=np.zeros((len(FLOWS), len(SECTORS), len(SECTORS)), np.int64),
        sector_of=sectors,
        keys=key_table(),
        community_keys=keys,
        holders=np.zeros(a.N_LABS + 1, np.int64),
        events=np.zeros((CAPACITY, 5)),
        event_count=np.zeros(1, np.int64),
        developers=developers,
    )
    _first_counts(world)
    open_services(world)
    return world


def _fill(table: np.ndarray, name: str, columns: dict[str, str]) -> None:
    for field, source in columns.items():
        table[field] = column(name, source)


def _vendors(tables: dict[str, np.ndarray], timeline: Timeline) -> None:
    vendors = tables["vendors"]
    data = read_initial("vendors")
    vendors["region"] = [REGIONS.index(row["region"]) for row in data]
    vendors["owner"] = [index_of(a.CLOUD_KEYS, row["owner"]) for row in data]
    vendors["pool"] = [("tsmc", "smic").index(row["pool"]) for row in data]
    _fill(vendors, "vendors", {
        "entry": "entry", "packages": "packages_per_month", "stacks": "stacks_per_month",
        "stacks_inventory": "stacks_inventory", "wafers": "wafers_per_month", "yield_share": "yield_share",
        "lerner": "lerner", "friction": "friction", "sold_since_2022_h100e": "sold_since_2022_h100e",
        "cover_months": "backlog_months", "listed_price": "share_price_usd", "shares_m": "shares_million",
        "shares_start_m": "shares_million",
        "other_profit": "other_profit_usd_per_month",
    })  # fmt: skip
    for stage in range(3):
        vendors["packages_pipeline"][:, stage] = column("vendors", "packages_pipeline")
        vendors["stacks_pipeline"][:, stage] = column("vendors", "stacks_pipeline")
    vendors["equity_index"] = 100.0
    vendors["remedy_left"] = 1.0
    vendors["compliant_sku"] = NO_ONE


def _clouds(tables: dict[str, np.ndarray], p: np.void) -> None:
    clouds = tables["clouds"]
    data = read_initial("clouds")
    if tuple(row["cloud"] for row in data) != a.CLOUD_KEYS:
        raise InputError("rows do not match the list of clouds", file="sim/data/initial/clouds.csv")
    clouds["region"] = [REGIONS.index(row["region"]) for row in data]
    clouds["kind"] = [CLOUD_KINDS.index(row["kind"]) for row in data]
    entry = column("clouds", "entry")
    clouds["entry"] = np.where(entry < 0, 100_000, entry)
    clouds["active"] = entry >= 0
    _fill(clouds, "clouds", {
        "operating_cash_flow": "operating_cash_flow_usd_per_month", "legacy_capex": "legacy_capex_usd_per_month",
        "ai_capex_plan": "ai_capex_usd_per_month", "contract_share": "contract_share",
    })  # fmt: skip
    clouds["expected_growth"] = p["clouds_expected_growth_start"]
    clouds["capital_usd"] = column("clouds", "fleet_h100e") * 30_000.0
    clouds["equity_index"] = 100.0
    clouds["failed"] = NO_ONE
    clouds["firms"] = column("clouds", "firms")
    clouds["bond_rate"] = p["finance_risk_free_rate"] + p["finance_credit_spread_normal"] * p["credit_spread_bonds"]
    clouds["hurdle_ratio"] = 1.0


def _sites(tables: dict[str, np.ndarray], timeline: Timeline, months: int, p: np.void) -> tuple[np.ndarray, np.ndarray]:
    """Sites with their fleets: A100-class chips (TPU v4 at Google) bought evenly over the past three years."""
    sites, clouds, skus, vendors = tables["sites"], tables["clouds"], tables["skus"], tables["vendors"]
    data = read_initial("sites")
    sites["cloud"] = [a.CLOUD_KEYS.index(row["cloud"]) for row in data]
    sites["region"] = [REGIONS.index(row["region"]) for row in data]
    _fill(sites, "sites", {"share": "share", "pue": "pue"})
    fleet = np.zeros((len(sites), len(skus)))
    cohorts = np.zeros((len(sites), len(skus), months + PAST_MONTHS))
    a100, tpu = timeline.names.index("a100"), timeline.names.index("tpu-v4")
    fleets = column("clouds", "fleet_h100e")
    for i, site in enumerate(sites):
        h100e = fleets[site["cloud"]] * site["share"]
        parts = ((a100, 0.45), (tpu, 0.55)) if site["cloud"] == a.GOOGLE else ((a100, 1.0),)
        for s, part in parts:
            units = h100e * part / skus["h100e"][s]
            fleet[i, s] += units
            cohorts[i, s, PAST_MONTHS - 36 : PAST_MONTHS] += units / 36.0
            site["installed_kw"] += units * skus["kw"][s] * p["chips_server_overhead"]
            vendors["installed_h100e"][skus["vendor"][s]] += h100e * part
            if s == a100:
                site["cuda_h100e"] += h100e * part
        site["installed_h100e"] = h100e
        site["us_designed_h100e"] = h100e
        site["received_total_h100e"] = h100e
        need = site["installed_kw"] * site["pue"] / 1000.0
        site["power_mw"] = need * (1.0 + float(data[i]["power_headroom"]))
        share = float(data[i]["pipeline_share"])
        region = site["region"]
        total = sum(
            fleets[other["cloud"]] * other["share"] * float(row["pipeline_share"])
            for other, row in zip(sites, data, strict=True)
            if other["region"] == region
        )
        part = h100e * share / total if total > 0 else 0.0
        site["pipeline_mw"][:] = p["energy_pipeline_start_mw"][region] * part / 3.0
    for k in range(a.N_CLOUDS):
        clouds["installed_h100e"][k] = sites["installed_h100e"][sites["cloud"] == k].sum()
        clouds["usable_h100e"][k] = clouds["installed_h100e"][k]
    return fleet, cohorts


def _labs(tables: dict[str, np.ndarray], p: np.void) -> None:
    labs = tables["labs"]
    data = read_initial("labs")
    if tuple(row["lab"] for row in data) != a.LAB_KEYS:
        raise InputError("rows do not match the list of labs", file="sim/data/initial/labs.csv")
    labs["region"] = [REGIONS.index(row["region"]) for row in data]
    labs["origin"] = [ORIGINS.index(row["origin"]) for row in data]
    labs["owner"] = [index_of(a.CLOUD_KEYS, row["owner"]) for row in data]
    labs["host"] = [index_of(a.CLOUD_KEYS, row["host"]) for row in data]
    entry = column("labs", "entry")
    labs["entry"] = np.where(entry < 0, 100_000, entry)
    labs["active"] = entry >= 0
    _fill(labs, "labs", {
        "anchor_q": "eci", "potential_q": "eci", "best_q": "eci", "training_stock": "training_stock_h100e_months",
        "ln_algorithm": "ln_algorithm", "own_weight_feedback": "open_stance", "waiting_q": "waiting_eci",
        "length_of_run": "run_months", "size": "size", "small_size": "small_size", "small_gap": "small_gap_eci",
        "seed_usd": "seed_usd_per_year", "owner_share": "owner_share", "brand": "brand",
        "specialisation": "specialisation", "served_abroad": "served_abroad",
        "cadence": "run_months", "breadth": "breadth",
        "other_revenue_start": "other_revenue_usd_per_year", "training_h100e": "compute_h100e",
        "contract_h100e": "compute_h100e", "compute_h100e": "compute_h100e",
    })  # fmt: skip
    waiting = column("labs", "months_to_release")
    labs["months_to_release"] = np.where(waiting < 0, -1, waiting + 1)
    labs["best_q"] = np.where(entry == 0, labs["anchor_q"], 0.0)
    labs["potential_q"] = np.maximum(labs["anchor_q"], labs["waiting_q"])
    labs["anchor_q"] = labs["potential_q"]
    stock = np.maximum(labs["training_stock"], 1.0)
    labs["anchor_ln_e"] = [numerics.log(float(x)) for x in stock] + labs["ln_algorithm"]
    labs["budget_usd"] = labs["compute_h100e"] * HOURS_PER_MONTH * p["clouds_rent_start"]
    labs["served_share"] = 1.0
    labs["restructured"] = NO_ONE
    labs["price_pressure"] = 1.0
    models = tables["models"]
    models["lab"] = np.repeat(np.arange(a.N_LABS), SLOTS_PER_LAB)
    models["released"] = -100
    first = models[0]  # the model that was on offer in January 2023
    first["available"], first["q"], first["released"] = 1, labs["best_q"][0], -2
    first["size"], first["price"], first["launch_price"] = 1.0, 20.0, 20.0
    first["marginal_cost"], first["host_price"] = 8.0, 10.0


def _platforms(tables: dict[str, np.ndarray]) -> None:
    platforms = tables["platforms"]
    data = read_initial("platforms")
    platforms["lab"] = [a.LAB_KEYS.index(row["lab"]) for row in data]
    platforms["serving_lab"] = platforms["lab"]
    platforms["origin"] = [ORIGINS.index(row["origin"]) for row in data]
    _fill(platforms, "platforms", {
        "launch": "launch", "launch_abroad": "launch_abroad", "attraction": "attraction",
        "other_products": "other_products",
    })  # fmt: skip
    for r, region in enumerate(REGIONS):
        platforms["users"][:, r] = column("platforms", f"users_{region}")
    platforms["total_users"] = platforms["users"].sum(axis=1)


def _regions(tables: dict[str, np.ndarray], p: np.void) -> None:
    regions, sites, clouds = tables["regions"], tables["sites"], tables["clouds"]
    regions["electricity_price"] = p["energy_electricity_price"]
    regions["domestic_price"] = p["energy_electricity_price"]
    regions["rent_contract"] = p["clouds_rent_start"]
    regions["rent_spot"] = p["clouds_rent_start"] * p["clouds_spot_premium_start"]
    regions["served_share"] = 1.0
    regions["agent_use"] = 1.0
    for r in range(a.N_REGIONS):
        here = sites["region"] == r
        regions["capacity_h100e"][r] = sites["installed_h100e"][here].sum()
        regions["us_designed_h100e"][r] = sites["us_designed_h100e"][here].sum()
        regions["power_mw"][r] = sites["power_mw"][here].sum()
        regions["load_mw"][r] = (sites["installed_kw"] * sites["pue"])[here].sum() / 1000.0
    regions["mix_us_designed"] = 1.0
    regions["chip_kw"] = np.where(
        regions["capacity_h100e"] > 0, regions["load_mw"] * 1000.0 / np.maximum(regions["capacity_h100e"], 1.0), 1.0
    )
    regions["utilisation"] = 0.6
    given_to_labs = np.zeros(a.N_CLOUDS)
    for lab in tables["labs"]:
        if lab["owner"] >= 0:
            given_to_labs[lab["owner"]] += lab["owner_share"]
    own_work = column("clouds", "fleet_h100e") * (1.0 - given_to_labs)
    clouds["internal_demand_scale"] = own_work * p["clouds_internal_share_start"]
    clouds["internal_demand_h100e"] = clouds["internal_demand_scale"]
    clouds["customers_h100e"] = clouds["internal_demand_scale"] * p["clouds_external_share"]


def _others(tables: dict[str, np.ndarray], p: np.void, seed: int) -> None:
    macro = tables["macro"]
    macro["seed"] = seed
    macro["frontier_us"], macro["frontier_closed"] = 120.0, 120.0
    macro["frontier_cn"], macro["frontier_open"] = 88.0, 104.0
    macro["sentiment"] = 1.0
    macro["credit_spread"] = p["finance_credit_spread_normal"]
    macro["host_margin"] = p["pricing_host_margin_start"]
    macro["hosts"] = p["pricing_hosts_start"]
    macro["robot_capacity"] = p["industry_makers_capacity_start"] / 12.0
    macro["robot_orders"] = macro["robot_capacity"] / (1.0 + p["industry_makers_headroom"])
    macro["china_stock"][0, 0] = 31_910.0  # legal, bought in 2022 (Epoch AI)
    _industries(tables["industries"], p)
    _software(tables, p)
    routes = tables["routes"]
    routes["region"] = [REGIONS.index(row["region"]) for row in read_initial("routes")]
    _fill(routes, "routes", {"risk": "risk"})
    for n in range(len(routes)):
        draw = stream(seed, f"route/{n + 1}", "capacity", 0).random()
        normal = numerics.normal_quantile(max(draw, 1e-16))
        mean, spread = p["export_controls_route_ln_mean"], p["export_controls_route_ln_sd"]
        routes["capacity"][n] = numerics.exp(mean + spread * normal) / 12.0


def _software(tables: dict[str, np.ndarray], p: np.void) -> None:
    software, vintages = tables["software"], tables["vintages"]
    if tuple(f"{row['cohort']}/{row['owner']}" for row in read_initial("software")) != a.SOFTWARE_KEYS:
        raise InputError("rows do not match the list of cohorts", file="sim/data/initial/software.csv")
    software["owner"] = [a.SOFTWARE_OWNERS.index(row["owner"]) for row in read_initial("software")]
    _fill(software, "software", {
        "exposure": "exposure", "revenue": "revenue_usd_per_month", "revenue_start": "revenue_usd_per_month",
        "margin": "ebitda_margin", "margin_start": "ebitda_margin", "firms": "firms", "adoption": "adoption",
        "seat_share": "seat_share",
    })  # fmt: skip
    software["expected_growth"] = p["software_base_growth"]
    years = column("buyout_vintages", "year")
    shares = column("buyout_vintages", "revenue_share")
    owned = software[1::2]
    vintages["cohort"] = np.repeat(np.arange(len(owned)), len(years))
    vintages["year"] = np.tile(years, len(owned))
    vintages["revenue"] = np.outer(owned["revenue"], shares).ravel()
    vintages["margin"] = np.repeat(owned["margin"], len(years))
    vintages["firms"] = np.outer(owned["firms"], shares).ravel()
    debt_over_ebitda = np.tile(column("buyout_vintages", "debt_over_ebitda"), len(owned))
    vintages["debt_usd"] = 12.0 * vintages["revenue"] * vintages["margin"] * debt_over_ebitda
    owned["debt_usd"] = vintages["debt_usd"].reshape(len(owned), -1).sum(axis=1)


def _industries(industries: np.ndarray, p: np.void) -> None:
    """Robots by age: each age class is smaller than the next younger by the past growth of installations."""
    robots = p["industry_robots_start"]
    shape = np.array([[numerics.exp(-float(g) * k) for k in range(AGES)] for g in p["industry_past_growth"]])
    industries["conventional_age"] = robots[:, None] * shape / shape.sum(axis=1, keepdims=True)
    pilots = p["industry_physical_share_start"] * robots if p["industry_physical_ai"] > 0.5 else 0.0 * robots
    industries["conventional_age"][:, 0] -= pilots
    industries["physical_age"][:, 0] = pilots
    industries["robots"] = robots
    industries["physical"] = pilots
    industries["physical_made"] = pilots
    industries["physical_share"] = pilots / robots
    industries["unit_price"] = p["industry_robot_price_usd"] * p["industry_price_ratio"]
    industries["module_price"] = p["industry_module_usd"]
    industries["edge_model"] = NO_ONE
    industries["cloud_model"] = NO_ONE


def _developers(tables: dict[str, np.ndarray], p: np.void, seed: int):
    communities = tables["communities"]
    data = read_initial("communities")
    communities["region"] = [REGIONS.index(row["region"]) for row in data]
    communities["segment"] = [SEGMENTS.index(row["segment"]) for row in data]
    _fill(communities, "communities", {
        "firms": "firms", "adoption": "adoption", "tokens_base_m": "tokens_base_mtok_per_month",
    })  # fmt: skip
    counts = seat_developers(int(p["developers_count"]), column("communities", "seats"))
    communities["count"] = counts
    communities["first"] = np.concatenate(([0], np.cumsum(counts)[:-1]))
    communities["price_index"] = p["developers_reference_price"]
    communities["mean_q"] = 120.0
    communities["agent_intensity"] = 1.0
    names = [f"{row['region']}/{row['segment']}" for row in data]
    spreads = [
        Spread(
            price_mean=float(p["developers_price_taste"][s]),
            price_sigma=float(p["developers_price_taste_spread"]),
            quality=float(p["developers_quality_taste_spread"]),
            open=float(p["developers_open_taste_spread"]),
            origin=float(p["developers_origin_taste_spread"]),
        )
        for s in communities["segment"]
    ]
    shares = np.array([p[f"developers_positions_{n}"] for n in ("one", "two", "three", "four")])
    median, sigma = float(p["developers_intensity_median"]), float(p["developers_intensity_sigma"])
    each = list(zip(names, counts.tolist(), spreads, strict=True))
    tastes = np.concatenate([draw_tastes(seed, name, count, spread) for name, count, spread in each], axis=1)
    price, quality, openness, origin = np.ascontiguousarray(tastes)
    developers = Developers(
        taste_price=price,
        taste_quality=quality,
        taste_open=openness,
        taste_origin=origin,
        positions=np.concatenate([draw_positions(seed, name, count, shares) for name, count, _ in each]),
        intensity=np.concatenate([draw_intensity(seed, name, count, median, sigma) for name, count, _ in each]),
        choice=np.full((int(counts.sum()), 4), 255, np.uint8),
    )
    keys = np.array([draw_key(seed, name, "choice") for name in names], dtype=np.uint64)
    return developers, keys


def _backlog(tables: dict[str, np.ndarray]) -> np.ndarray:
    backlog = np.zeros((a.N_VENDORS, a.N_CLOUDS))
    plans = tables["clouds"]["ai_capex_plan"]
    months = column("vendors", "backlog_months")
    backlog[a.NVIDIA] = plans / 50_000.0 * months[a.NVIDIA]
    backlog[a.GOOGLE_TPU, a.GOOGLE] = 4_000.0
    return backlog


def _bought(tables: dict[str, np.ndarray]) -> np.ndarray:
    bought = np.zeros((a.N_VENDORS, a.N_CLOUDS))
    bought[a.NVIDIA] = column("clouds", "fleet_h100e") / 36.0
    bought[a.GOOGLE_TPU, a.GOOGLE] = bought[a.NVIDIA, a.GOOGLE] * 0.6
    bought[a.NVIDIA, a.GOOGLE] *= 0.4
    return bought


def _lab_regions(tables: dict[str, np.ndarray]) -> np.ndarray:
    shares = np.zeros((a.N_LABS, a.N_REGIONS))
    for l, lab in enumerate(tables["labs"]):
        shares[l, lab["region"]] = 1.0
    return shares


def _balances(tables: dict[str, np.ndarray], p: np.void) -> tuple[np.ndarray, np.ndarray]:
    """Opening balances in cents and the sector of each account; users and investors hold what the economy spends."""
    balances = np.zeros(a.N_ACCOUNTS)
    balances[a.LAB0 : a.LAB0 + a.N_LABS] = column("labs", "cash_usd")
    balances[a.VENDOR0 : a.VENDOR0 + a.N_VENDORS] = column("vendors", "cash_usd")
    balances[a.CLOUD0 : a.CLOUD0 + a.N_CLOUDS] = column("clouds", "cash_usd")
    balances[a.USERS0 : a.USERS0 + a.N_REGIONS] = p["finance_opening_users_usd"]
    for account, name in (
        (a.CREDIT, "finance_opening_credit_usd"),
        (a.INVESTORS_US, "finance_opening_investors_usd"),
        (a.INVESTORS_CN, "finance_opening_investors_cn_usd"),
        (a.PRIVATE_EQUITY, "finance_opening_private_equity_usd"),
        (a.HOUSEHOLDS, "finance_opening_users_usd"),
    ):
        balances[account] = p[name]
    for g in range(len(a.GOVERNMENT_KEYS)):
        balances[a.GOVERNMENT0 + g] = p["finance_opening_government_usd"]
    names, sectors = a.account_table()
    if len(names) != a.N_ACCOUNTS:
        raise InputError("the list of accounts and their numbering differ")
    return np.rint(balances * 100.0).astype(np.int64), np.array(sectors, np.int64)


def _first_counts(world: World) -> None:
    """Everybody starts without a model: the outside option carries all developers and all token weight."""
    for c, community in enumerate(world.communities):
        first, count = int(community["first"]), int(community["count"])
        recount(world.developers, first, first + count, world.users[c], world.weight[c])
