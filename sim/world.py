"""The state of the economy: one table per kind of agent, one row per agent.

The month works on these tables (NumPy structured arrays), so that compiled acts read like prose (`lab.compute_h100e`)
and cost microseconds. A Mesa agent is a view of its row. Every field has a unit and a meaning: they are the "state
variables and scales" of the ODD document.

Units: money USD of 2025 (accounts: integer cents), compute H100e, power MW, tokens in millions per month, prices of
tokens USD per million (3:1 input to output), capability in ECI points, rates per month unless named otherwise.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

from sim.array_record import ArrayRecord
from sim.tables.compute import CLOUD, REGION, ROUTE, SITE, SKU, VENDOR
from sim.tables.field import Field
from sim.tables.law import POLICY
from sim.tables.models import AGENT_RELEASE, COMMUNITY, INDUSTRY, LAB, MODEL, PLATFORM_ROW
from sim.tables.money import CONTRACT, MACRO, SOFTWARE, VINTAGE

REGIONS = ("us", "cn", "eu", "gulf", "sea", "row")
US, CN, EU, GULF, SEA, ROW = range(6)
SEGMENTS = ("router", "startup", "enterprise", "public", "platform")
ROUTER, STARTUP, ENTERPRISE, PUBLIC, PLATFORM = range(5)
CHANNELS = ("lab_api", "third_party_host", "cloud_managed", "self_hosted")
LAB_API, HOST, MANAGED, SELF = range(4)
CHINA_SOURCES = ("legal", "smuggled", "huawei", "cambricon")
TIERS = ("flagship_a", "flagship_b", "small_a", "small_b")
SLOTS_PER_LAB = len(TIERS)
IN_FORCE, EXPECTED = 0, 1
"""Rows of the table `policy`: the law of this month, and the law that firms expect when what they plan now is done."""
HOURS_PER_MONTH = 730.0
NO_ONE = -1


@functools.cache
def dtype_of(fields: tuple[Field, ...]) -> np.dtype:
    """Structured type of a table; a field with size n > 0 is a row vector of n numbers."""
    return np.dtype([(name, kind, (size,)) if size else (name, kind) for name, kind, size, _, _ in fields])


TABLES: dict[str, tuple[Field, ...]] = {
    "regions": REGION,
    "vendors": VENDOR,
    "skus": SKU,
    "clouds": CLOUD,
    "sites": SITE,
    "labs": LAB,
    "models": MODEL,
    "communities": COMMUNITY,
    "platforms": PLATFORM_ROW,
    "agent_releases": AGENT_RELEASE,
    "industries": INDUSTRY,
    "software": SOFTWARE,
    "vintages": VINTAGE,
    "routes": ROUTE,
    "contracts": CONTRACT,
    "macro": MACRO,
    "policy": POLICY,
}


class Developers(NamedTuple):
    """Individual developers, community after community; n rows."""

    taste_price: np.ndarray  # f4 (n,) deviation from the segment's mean, utility per ln USD
    taste_quality: np.ndarray  # f4 (n,) deviation, utility per 10 ECI
    taste_open: np.ndarray  # f4 (n,) deviation, utility of open weights
    taste_origin: np.ndarray  # f4 (n,) deviation, utility of a Chinese model
    positions: np.ndarray  # u1 (n,) models held, 1 to 4
    intensity: np.ndarray  # i4 (n,) token weight
    choice: np.ndarray  # u1 (n, 4) model slot per position, 255 none


class World(ArrayRecord):
    """Everything that the month reads and writes."""

    p: np.ndarray  # parameters, one row per month
    macro: np.ndarray
    policy: np.ndarray
    regions: np.ndarray
    vendors: np.ndarray
    skus: np.ndarray
    clouds: np.ndarray
    sites: np.ndarray
    labs: np.ndarray
    models: np.ndarray
    communities: np.ndarray
    platforms: np.ndarray
    agent_releases: np.ndarray
    industries: np.ndarray
    software: np.ndarray
    vintages: np.ndarray
    routes: np.ndarray
    contracts: np.ndarray
    backlog: np.ndarray  # f8 (vendor, cloud) H100e ordered and not delivered
    backlog_abroad: np.ndarray  # f8 (vendor, cloud) H100e ordered by subsidiaries abroad of Chinese clouds
    shipped: np.ndarray  # f8 (vendor, cloud) H100e delivered this month
    bought: np.ndarray  # f8 (vendor, cloud) H100e delivered, memory of a year
    prepaid: np.ndarray  # f8 (vendor, cloud) USD paid ahead
    payable: np.ndarray  # f8 (vendor, cloud) USD of chips delivered and not yet paid for
    earmark: np.ndarray  # f8 (vendor, cloud) USD/month of chips that contracts call for
    rents: np.ndarray  # f8 (lab, cloud) USD of compute rent paid this month
    stake: np.ndarray  # f8 (holder, issuer) share of equity; holders are vendors and clouds, issuers labs and clouds
    stake_cost: np.ndarray  # f8 (holder, issuer) USD paid for it
    fleet: np.ndarray  # f8 (site, sku) chips
    cohorts: np.ndarray  # f8 (site, sku, month + past) chips by month of delivery
    lab_region: np.ndarray  # f8 (lab, region) where a lab's compute is
    lab_wish: np.ndarray  # f8 (lab, region) where it would be if the law let labs rent everywhere
    users: np.ndarray  # i8 (community, slot + 1) developers whose main model it is
    weight: np.ndarray  # i8 (community, slot + 1) token weight
    channel_price: np.ndarray  # f8 (community, slot, channel) USD/Mtoken when developers choose; 0 where closed
    channel_tokens: np.ndarray  # f8 (community, slot, channel) Mtoken/month
    tokens: np.ndarray  # f8 (community, slot) Mtoken/month
    accounts: np.ndarray  # i8 (account,) cents
    opening: np.ndarray  # i8 (account,) cents at the start of the month
    journal: np.ndarray  # i8 (flow, account) net cents this month
    receipts: np.ndarray  # i8 (flow, account) cents received this month, nothing set off
    flows: np.ndarray  # i8 (flow, sector, sector) cents this month
    sector_of: np.ndarray  # i8 (account,)
    keys: np.ndarray  # u8 (purpose, agent) stream keys
    community_keys: np.ndarray  # u8 (community,) keys of the developers' draws
    holders: np.ndarray  # i8 (lab + 1,) US firms that hold a model of the lab; last entry: all firms
    events: np.ndarray  # f8 (capacity, 5) month, kind, agent, other, value
    event_count: np.ndarray  # i8 (1,)
    developers: Developers
