"""Money: circular finance, defaults, credit, share prices, entry, the ledger."""

from __future__ import annotations

import numpy as np

from sim import ledger
from sim.accounts import CLOUD_KEYS, LAB_KEYS, VENDOR_KEYS
from sim.ledger import SECTOR_INDEX
from sim.measures.chips import vendor_revenue
from sim.measures.compute import FOUR, NAMED, NAMED_CLOUDS
from sim.measures.panel import Panel
from sim.measures.registry import Series, metric
from sim.measures.series import WORLD, by_key, only_where, ratio, trailing_sum

LABS = [SECTOR_INDEX[name] for name in ("labs_us", "labs_cn", "labs_eu")]
VENDORS, CLOUDS = SECTOR_INDEX["vendors"], SECTOR_INDEX["clouds"]
CENTS = 100.0

LISTED_CLOUDS = ("microsoft", "amazon", "google", "meta", "oracle", "alibaba", "tencent", "coreweave")
LISTED_VENDORS = ("nvidia", "amd", "cambricon")
MONTH_OF_LISTING = {"coreweave": 26}
"""Months since January 2023 when a firm was listed later: CoreWeave in March 2025."""


def between(panel: Panel, payers: list[int], payees: list[int]) -> np.ndarray:
    """Money between firms from some sectors to others, USD/month (months,): no subsidy of an owner to its own lab."""
    paid = panel.flows[:, :, payers][..., payees].sum(axis=(2, 3))
    return (paid.sum(axis=1) - paid[:, ledger.OWNER_SUBSIDY]) / CENTS


def circulation(forward: tuple[np.ndarray, ...], backward: tuple[np.ndarray, ...]) -> np.ndarray:
    """Money on directed cycles among three sectors a, b, c, USD (months,).

    `forward` holds a->b, b->c, c->a, `backward` b->a, c->b, a->c. What goes both ways between two sectors lies on
    cycles of two; of the rest, the smallest link of the way round lies on a cycle of three.
    """
    pairs = [np.minimum(one, other) for one, other in zip(forward, backward, strict=True)]
    left = [one - pair for one, pair in zip(forward, pairs, strict=True)]
    right = [other - pair for other, pair in zip(backward, pairs, strict=True)]
    round_trip = np.minimum.reduce(left) + np.minimum.reduce(right)
    return 2.0 * np.add.reduce(pairs) + 3.0 * round_trip


@metric("circular_flow_share", unit="share", keys="world", aggregation="mean")
def circular_flow(panel: Panel) -> Series:
    """Part of the money paid among vendors, clouds and labs that lies on directed cycles of these three sectors.

    Sums of the past year, so that a round in one month and the rent of the next can meet. What an owner gives to its
    own lab, which pays it back as rent, is one firm's book-keeping and is left out.
    """

    def paid(payers: list[int], payees: list[int]) -> np.ndarray:
        return trailing_sum(between(panel, payers, payees), 12)

    vendors, clouds, labs = [VENDORS], [CLOUDS], LABS
    forward = (paid(vendors, labs), paid(labs, clouds), paid(clouds, vendors))
    backward = (paid(labs, vendors), paid(clouds, labs), paid(vendors, clouds))
    return {WORLD: ratio(circulation(forward, backward), np.add.reduce(forward + backward))}


@metric("vendor_financed_revenue_share", unit="share", keys="vendor, world", aggregation="mean")
def vendor_financed(panel: Panel) -> Series:
    """Money that comes from vendors back to them: equity in customers, backstops, warrants sold, over revenue.

    Sums of the past year. Money is fungible: it is the part of sales that vendors could be said to have paid for.
    """
    paid, sold = trailing_sum(panel.vendors["financed_usd"], 12), trailing_sum(vendor_revenue(panel), 12)
    return {**by_key(ratio(paid, sold), VENDOR_KEYS), WORLD: ratio(paid.sum(axis=1), sold.sum(axis=1))}


@metric("vendor_equity_in_customers_usd", unit="USD", keys="vendor, world", aggregation="end")
def vendor_equity(panel: Panel) -> Series:
    """Vendors' equity in their customers, at cost; what was lost with a failed customer is written off."""
    return {**by_key(panel.vendors["stakes_usd"], VENDOR_KEYS), WORLD: panel.now["vendor_equity"]}


@metric("cloud_debt_usd", unit="USD", keys="cloud, world", aggregation="end")
def cloud_debt(panel: Panel) -> Series:
    """Loans and bonds that clouds owe for AI capital."""
    debt = panel.clouds["loans_usd"] + panel.clouds["bonds_usd"]
    return {**by_key(debt[:, NAMED], NAMED_CLOUDS), WORLD: debt.sum(axis=1)}


@metric("capex_debt_share", unit="share", keys="big4, world", aggregation="mean")
def debt_financed(panel: Panel) -> Series:
    """Part of clouds' AI capital spending of the past year that new debt paid for: rise of debt over spending."""
    debt = panel.clouds["loans_usd"] + panel.clouds["bonds_usd"]
    rise = np.diff(debt, axis=0, prepend=0.0 * debt[:1]).clip(min=0.0)
    spent = panel.clouds["ai_capex"]
    return {
        "big4": ratio(trailing_sum(rise[:, FOUR].sum(axis=1), 12), trailing_sum(spent[:, FOUR].sum(axis=1), 12)),
        WORLD: ratio(trailing_sum(rise.sum(axis=1), 12), trailing_sum(spent.sum(axis=1), 12)),
    }


@metric("take_or_pay_unpaid_usd", unit="USD", keys="lab, world", aggregation="end")
def unpaid(panel: Panel) -> Series:
    """Take-or-pay that has fallen due and has not been paid."""
    owed = panel.labs["arrears_usd"]
    return {**by_key(owed, LAB_KEYS), WORLD: owed.sum(axis=1)}


@metric("defaults", unit="count", keys="clouds, labs, software", aggregation="end")
def defaults(panel: Panel) -> Series:
    """Firms that have defaulted since the start, by sector; a firm that was reorganised may fail again."""
    now = panel.now
    software = panel.software["defaults"].sum(axis=1)
    return {"clouds": now["defaults_clouds"], "labs": now["defaults_labs"], "software": software}


@metric("stranded_compute_h100e", unit="H100e", keys="clouds", aggregation="end")
def stranded(panel: Panel) -> Series:
    """Compute that defaulted clouds have left since the start."""
    return {"clouds": panel.now["stranded_h100e"]}


@metric("credit_spread", unit="1/year", keys="world", aggregation="mean")
def credit_spread(panel: Panel) -> Series:
    """Interest of private credit over the risk-free rate."""
    return {WORLD: panel.now["credit_spread"]}


@metric("equity_price_index", unit="2023-01 = 100", keys="listed firm", aggregation="mean")
def equity_price(panel: Panel) -> Series:
    """Share price of a listed vendor or cloud over its price at the start."""
    prices = {key: panel.vendors["equity_index"][:, VENDOR_KEYS.index(key)] for key in LISTED_VENDORS}
    prices |= {key: panel.clouds["equity_index"][:, CLOUD_KEYS.index(key)] for key in LISTED_CLOUDS}
    for key, price in prices.items():
        prices[key] = only_where((panel.month >= MONTH_OF_LISTING.get(key, 0)) & (price > 0.0), price)
    return prices


def host_turnover(panel: Panel, sign: float) -> np.ndarray:
    """Hosts that came (sign 1) or went (sign -1) since the first month, net within a month."""
    return np.cumsum(np.maximum(sign * np.diff(panel.now["hosts"], prepend=panel.now["hosts"][:1]), 0.0))


@metric("entries", unit="count", keys="labs, hosts, neoclouds", aggregation="end")
def entries(panel: Panel) -> Series:
    """Firms that have entered since the start; hosts net of exits in the same month."""
    now = panel.now
    return {"labs": now["entries_labs"], "hosts": host_turnover(panel, 1.0), "neoclouds": now["entries_neoclouds"]}


@metric("exits", unit="count", keys="labs, hosts, neoclouds", aggregation="end")
def exits(panel: Panel) -> Series:
    """Firms that have left since the start; hosts net of entries in the same month."""
    now = panel.now
    return {"labs": now["exits_labs"], "hosts": host_turnover(panel, -1.0), "neoclouds": now["exits_neoclouds"]}


@metric("ledger_residual_usd", unit="USD", keys="world", aggregation="sum")
def ledger_residual(panel: Panel) -> Series:
    """What does not close in the accounts of the month: zero, or the run has stopped."""
    return {WORLD: panel.now["ledger_residual"] / CENTS}
