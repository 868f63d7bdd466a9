"""Value by layer: what energy, chips, cloud, models and applications sell, buy from others, and keep, by owner.

Everything here is read off the journal of the accounts (`history.journal` and `history.receipts`, cents by flow and
account), and the depreciation of clouds, the one cost that is not a payment. It is cash: a chip counts when it is
paid, a prepayment when it is made. Per layer and region of the owner's headquarters:

    revenue            sales and equipment sold (TREATMENT below), to whomever: to users, other layers, the same layer
    value added        revenue - purchases from other firms for current use, inside the layer or out (refunds set off)
    operating surplus  value added - wages - levies + subsidies - depreciation of clouds
    margin             operating surplus / revenue

Layers. *Energy* is what power companies sell to data centres (not to robots), by grid region; *chips* the vendors, with
the designs that clouds own; *cloud* the clouds and the third-party hosts of open models; *models* the labs, with the
assistants that they sell themselves (one firm, one set of books: the cost of serving an assistant cannot be told from
the cost of its model without an invented transfer price); *applications* the part of software firms that has adopted
AI: their sales and wages times the adopting share of the cohort, and all of what they pay for AI. That is more than
what they sell of AI: the ledger knows no sales of AI features. Training is a current purchase, as labs book it:
research is not capitalised, so the value added of models may be negative.

Trade inside a layer (a host that rents from a cloud) is revenue of the seller and a purchase of the buyer: it adds to
revenue and cancels in value added. So does trade inside a firm, as far as the books have it: a cloud's own lab pays it
rent, and a captive chip design is paid by its owner. Compute that a cloud uses for its own products is nowhere sold
and earns nothing here, while its power and wear are costs. A lab's sales through a cloud are its revenue in full, and
the cloud's share of them is a purchase. Chips and buildings are investment: no cost of the buyer but for depreciation.

Identity, to the cent, every month (`final_payments_usd` has its right-hand side):

    sum of value added = paid by final users + equipment sold - bought from outside the five layers

where final users are all outside the layers, and the outside is makers of wafers and memory, system builders,
maintenance and app stores. System of National Accounts 2008, chapter 6 (production account) and 7 (surplus).
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Literal

import numpy as np

from sim.accounts import CLOUD0, N_CLOUDS, N_VENDORS, SOFTWARE0, SOFTWARE_KEYS, VENDOR0, account_table
from sim.ledger import FLOWS, SECTOR_INDEX, SECTORS, SOFTWARE_AI_COSTS, SOFTWARE_SALES
from sim.measures.panel import Panel
from sim.measures.registry import Series, metric
from sim.measures.series import by_key, ratio
from sim.world import REGIONS

LAYERS = ("energy", "chips", "cloud", "models", "applications")
OWNERS = ("us", "cn", "eu", "row")
OWNERS_OF_LAYER = {
    "energy": OWNERS,
    "chips": ("us", "cn"),
    "cloud": OWNERS,
    "models": ("us", "cn", "eu"),
    "applications": ("us",),
}
"""Regions in which a layer has owners at all; the rest of the 20 pairs would be columns of zeros."""
LAYER_OF_ACCOUNT = {
    "power": "energy", "vendor": "chips", "cloud": "cloud", "hosts": "cloud", "lab": "models",
    "software": "applications",
}  # fmt: skip
"""Layer by the first part of an account's name; all other accounts are outside the layers."""
CENTS = 100.0

CLOUDS = slice(CLOUD0, CLOUD0 + N_CLOUDS)
SOFTWARE_FIRMS = slice(SOFTWARE0, SOFTWARE0 + len(SOFTWARE_KEYS))

Nature = Literal[
    "sale", "equipment", "purchase", "wages", "levy", "subsidy", "investment", "outside", "finance"
]  # fmt: skip

TREATMENT: dict[str, tuple[Nature, tuple[str, ...]]] = {
    "electricity": ("sale", ("energy",)),
    "chip_sales": ("equipment", ("chips",)),
    "prepayments": ("equipment", ("chips",)),
    "software_licences": ("sale", ("chips",)),
    "compute_rent": ("sale", ("cloud",)),
    "self_hosting": ("sale", ("cloud",)),
    "managed_services": ("sale", ("cloud",)),
    "host_payments": ("sale", ("cloud",)),
    "revenue_share": ("sale", ("cloud",)),
    "take_or_pay": ("sale", ("cloud",)),
    "backstops": ("sale", ("cloud",)),
    "api_payments": ("sale", ("models",)),
    "assistant_payments": ("sale", ("models",)),
    "other_model_sales": ("sale", ("models",)),
    "model_licences": ("sale", ("models",)),
    "physical_ai_payments": ("sale", ("cloud", "models")),
    "software_ai_costs": ("sale", ("cloud", "models")),
    "software_sales": ("sale", ("applications",)),
    "chip_making": ("purchase", ()),
    "cloud_upkeep": ("purchase", ()),
    "platform_costs": ("purchase", ()),
    "vendor_overheads": ("wages", ()),
    "research_staff": ("wages", ()),
    "managed_support": ("wages", ()),
    "software_costs": ("wages", ()),
    "levies": ("levy", ()),
    "subsidies": ("subsidy", ()),
    "power_taxes": ("levy", ()),
    "datacentre_levies": ("levy", ()),
    "penalties": ("levy", ()),
    "public_compute": ("subsidy", ()),
    "grid_programmes": ("subsidy", ()),
    "liability_costs": ("wages", ()),
    "smuggled_chips": ("investment", ()),
    "construction": ("investment", ()),
    "legacy_capex": ("investment", ()),
    "capacity_investment": ("investment", ()),
    "partner_funding": ("investment", ()),
    "asset_sales": ("investment", ()),
    "robot_sales": ("outside", ()),
    "robot_electricity": ("outside", ()),
    "legacy_income": ("outside", ()),
    "incomes": ("outside", ()),
    "lab_equity": ("finance", ()),
    "vendor_equity": ("finance", ()),
    "cloud_equity": ("finance", ()),
    "owner_subsidy": ("finance", ()),
    "loans": ("finance", ()),
    "bonds": ("finance", ()),
    "repayments": ("finance", ()),
    "interest": ("finance", ()),
    "software_interest": ("finance", ()),
    "payouts": ("finance", ()),
    "dividends": ("finance", ()),
    "buyouts": ("finance", ()),
    "share_sales": ("finance", ()),
    "warrant_exercise": ("finance", ()),
    "fund_calls": ("finance", ()),
    "acquisitions": ("finance", ()),
    "wind_up": ("finance", ()),
    "settlements": ("finance", ()),
    "recoveries": ("finance", ()),
}
"""What every flow of the ledger is: its nature, and the layers whose sale it is.

`sale`: revenue of an account of the layers named, a current purchase of a payer of any layer. `equipment`: the same
revenue, but investment of the payer, hence no cost in value added. `purchase`: a current purchase from outside the
layers. `wages`, `levy` and `subsidy` lie between value added and operating surplus. `investment`: fixed capital,
neither revenue nor cost (chips that are resold are old equipment that changes hands). `outside`: other business, and
what households and users do among themselves. `finance`: changes of assets and debts, interest and dividends.
"""


def flows_of(*natures: Nature) -> list[int]:
    """Places in `FLOWS` of the flows of these natures, in the order of the ledger."""
    return [place for place, name in enumerate(FLOWS) if TREATMENT[name][0] in natures]


@functools.cache
def accounts_of_layers() -> np.ndarray:
    """Layer of every account, or -1, shape (accounts,)."""
    prefixes = [name.split("/")[0] for name in account_table()[0]]
    return np.array([LAYERS.index(LAYER_OF_ACCOUNT[p]) if p in LAYER_OF_ACCOUNT else -1 for p in prefixes])


@functools.cache
def owners_of_accounts(vendors: tuple[int, ...], clouds: tuple[int, ...]) -> np.ndarray:
    """Region of the owner of every account, place in OWNERS, shape (accounts,); 0 outside the layers.

    Vendors and clouds by their headquarters (regions given), labs by their sector, power companies and hosts by grid,
    software firms US.
    """
    names, sectors = account_table()
    owners = np.zeros(len(names), np.int64)
    for place, name in enumerate(names):
        prefix, _, key = name.partition("/")
        if prefix in ("power", "hosts"):
            owners[place] = owner_of_region(REGIONS.index(key))
        elif prefix == "lab":
            owners[place] = OWNERS.index(SECTORS[sectors[place]].removeprefix("labs_"))
    owners[VENDOR0 : VENDOR0 + N_VENDORS] = [owner_of_region(region) for region in vendors]
    owners[CLOUDS] = [owner_of_region(region) for region in clouds]
    return owners


def headquarters(panel: Panel) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Regions of the vendors and of the clouds of a run: the arguments of `owners_of_accounts`."""
    return tuple(panel.vendors["region"][0].tolist()), tuple(panel.clouds["region"][0].tolist())


def owner_of_region(region: int) -> int:
    """Place in OWNERS of a region of the world: the Gulf, South-East Asia and the rest are `row`."""
    return min(region, OWNERS.index("row"))


@functools.cache
def cells_sold() -> tuple[np.ndarray, np.ndarray]:
    """Flows and accounts, shape (cells,) each, of the entries in which a receipt is revenue of a layer."""
    layers = accounts_of_layers()
    pairs = [
        (flow, account)
        for flow in flows_of("sale", "equipment")
        for account in np.flatnonzero(layers >= 0)
        if LAYERS[layers[account]] in TREATMENT[FLOWS[flow]][1]
    ]
    return np.array([flow for flow, _ in pairs]), np.array([account for _, account in pairs])


def with_ai(panel: Panel, cents: np.ndarray) -> np.ndarray:
    """The part of software firms' sales or wages (months, cohorts) that falls to the adopters of AI, whole cents."""
    return np.rint(cents * panel.software["adoption"]).astype(np.int64)


@dataclasses.dataclass(frozen=True)
class LayerAccounts:
    """Production accounts in whole cents, shape (months, LAYERS, OWNERS)."""

    revenue: np.ndarray
    value_added: np.ndarray
    surplus: np.ndarray


def layer_accounts(panel: Panel) -> LayerAccounts:
    """The production accounts of a run, computed once for a panel."""
    found: LayerAccounts | None = panel.__dict__.get("_layer_accounts")
    if found is None:
        found = panel.__dict__["_layer_accounts"] = _layer_accounts(panel)
    return found


class Groups:
    """Sums of entries by layer and owner: `add_up` of cents (months, entries) has shape (months, 5, 4)."""

    def __init__(self, places: np.ndarray) -> None:
        self.order = np.argsort(places, kind="stable")
        self.groups, self.firsts = np.unique(places[self.order], return_index=True)

    def add_up(self, cents: np.ndarray) -> np.ndarray:
        """Whole cents by layer and owner."""
        sums = np.zeros((len(cents), len(LAYERS) * len(OWNERS) + 1), np.int64)
        sums[:, self.groups] = np.add.reduceat(cents[:, self.order], self.firsts, axis=1)
        return sums[:, :-1].reshape(-1, len(LAYERS), len(OWNERS))


@functools.cache
def groups_of(vendors: tuple[int, ...], clouds: tuple[int, ...]) -> tuple[Groups, Groups]:
    """Groups of the entries of `cells_sold`, and of all accounts."""
    layers, owners = accounts_of_layers(), owners_of_accounts(vendors, clouds)
    places = np.where(layers >= 0, layers * len(OWNERS) + owners, len(LAYERS) * len(OWNERS))
    return Groups(places[cells_sold()[1]]), Groups(places)


def _layer_accounts(panel: Panel) -> LayerAccounts:
    of_sales, of_accounts = groups_of(*headquarters(panel))
    sold_flows, sellers = cells_sold()
    sold = panel.receipts[:, sold_flows, sellers]
    software = sold_flows == SOFTWARE_SALES
    without_ai = sold[:, software] - with_ai(panel, sold[:, software])
    sold[:, software] -= without_ai

    # Sales less purchases is the net entry of an account; equipment counts for who sells it only.
    value_added = panel.journal[:, flows_of("sale", "purchase")].sum(axis=1)
    value_added[:, SOFTWARE_FIRMS] -= without_ai
    value_added += panel.journal[:, flows_of("equipment")].sum(axis=1) * sells_equipment()

    wages = panel.journal[:, flows_of("wages")].sum(axis=1)
    wages[:, SOFTWARE_FIRMS] = with_ai(panel, wages[:, SOFTWARE_FIRMS])
    surplus = value_added + wages + panel.journal[:, flows_of("levy", "subsidy")].sum(axis=1)
    surplus[:, CLOUDS] -= np.rint(panel.clouds["depreciation"] * CENTS).astype(np.int64)
    return LayerAccounts(of_sales.add_up(sold), of_accounts.add_up(value_added), of_accounts.add_up(surplus))


@functools.cache
def sells_equipment() -> np.ndarray:
    """1 for accounts that sell equipment, 0 for its buyers, shape (accounts,)."""
    flows, accounts = cells_sold()
    sells = np.zeros(len(accounts_of_layers()), np.int64)
    sells[accounts[np.isin(flows, flows_of("equipment"))]] = 1
    return sells


PAIRS = [(place, OWNERS.index(owner)) for place, layer in enumerate(LAYERS) for owner in OWNERS_OF_LAYER[layer]]
NAMES = (*LAYERS, *(f"{LAYERS[layer]}/{OWNERS[owner]}" for layer, owner in PAIRS))
OF_ENERGY = np.array([name.split("/")[0] == "energy" for name in NAMES])


def columns(values: np.ndarray) -> np.ndarray:
    """Amounts (months, 5, 4) as columns NAMES: the layers, then their parts by owner."""
    layer, owner = np.array(PAIRS).T
    return np.concatenate([values.sum(axis=2), values[:, layer, owner]], axis=1)


KEYS = "energy, chips, cloud, models, applications, each also layer/owner with owner us, cn, eu, row"


@metric("layer_revenue_usd", unit="USD/month", keys=KEYS, aggregation="sum")
def layer_revenue(panel: Panel) -> Series:
    """Sales of a layer of the AI stack, as paid; layers sell to each other, so they do not add up."""
    return by_key(columns(layer_accounts(panel).revenue) / CENTS, NAMES)


@metric("layer_value_added_usd", unit="USD/month", keys=KEYS, aggregation="sum")
def layer_value_added(panel: Panel) -> Series:
    """Sales of a layer less what it buys from other firms for current use."""
    return by_key(columns(layer_accounts(panel).value_added) / CENTS, NAMES)


@metric("layer_operating_surplus_usd", unit="USD/month", keys=", ".join(LAYERS), aggregation="sum")
def layer_surplus(panel: Panel) -> Series:
    """Value added of a layer less wages, levies and depreciation of clouds, with subsidies; of energy, value added."""
    return by_key(layer_accounts(panel).surplus.sum(axis=2) / CENTS, LAYERS)


@metric("layer_margin", unit="share", keys=KEYS, aggregation="mean")
def layer_margin(panel: Panel) -> Series:
    """Operating surplus over revenue; none for energy, whose costs are not in the accounts."""
    accounts = layer_accounts(panel)
    margin = ratio(columns(accounts.surplus), columns(accounts.revenue))
    margin[:, OF_ENERGY] = np.nan
    return by_key(margin, NAMES)


@functools.cache
def cells_between(natures: tuple[Nature, ...], payers: str, payees: str) -> np.ndarray:
    """Places in the flattened matrix of flows of these natures between two groups of sectors.

    A group is `layers` or `others`, or `makers` (sectors that sell equipment) or `buyers` (all else). A sector is
    wholly in the layers or out of them.
    """
    sectors = np.array(account_table()[1])
    inside = np.isin(np.arange(len(SECTORS)), sectors[accounts_of_layers() >= 0])
    makers = np.isin(np.arange(len(SECTORS)), sectors[sells_equipment() == 1])
    of = {"layers": inside, "others": ~inside, "makers": makers, "buyers": ~makers}
    shape = (len(FLOWS), len(SECTORS), len(SECTORS))
    cells = np.ix_(flows_of(*natures), np.flatnonzero(of[payers]), np.flatnonzero(of[payees]))
    return np.ravel_multi_index(cells, shape).ravel()


def final_payments_cents(panel: Panel) -> dict[str, np.ndarray]:
    """Right-hand side of the identity, cents (months,), from the transaction-flow matrix of sectors.

    What flows back (a refund) is set off where it was paid. Software firms pay for tokens through the accounts of
    users, who pay labs and hosts: that is no final use and no purchase from outside.
    """
    matrix = panel.flows.reshape(panel.months, -1)

    def paid(natures: tuple[Nature, ...], payers: str, payees: str) -> np.ndarray:
        return matrix[:, cells_between(natures, payers, payees)].sum(axis=1)

    software = panel.receipts[:, SOFTWARE_SALES, SOFTWARE_FIRMS]
    without_ai = (software - with_ai(panel, software)).sum(axis=1)
    through_users = panel.flows[:, SOFTWARE_AI_COSTS, SECTOR_INDEX["software"], SECTOR_INDEX["users"]]
    bought = paid(("sale", "purchase"), "layers", "others") - paid(("purchase",), "others", "layers")
    return {
        "users": paid(("sale",), "others", "layers") - without_ai - through_users,
        "equipment": paid(("equipment",), "buyers", "makers") - paid(("equipment",), "makers", "buyers"),
        "outside": bought - through_users,
    }


@metric("layer_final_payments_usd", unit="USD/month", keys="users, equipment, outside", aggregation="sum")
def final_payments(panel: Panel) -> Series:
    """What users outside the layers pay them, equipment sold, and (a cost) what layers buy from outside."""
    return {key: cents / CENTS for key, cents in final_payments_cents(panel).items()}
