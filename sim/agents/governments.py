"""Governments: the law of the month, and the dated deals of the scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sim import accounts as a
from sim.agents.vendors import china_product
from sim.compiled import compiled
from sim.events import DEAL, log_event
from sim.ledger import LAB_EQUITY, VENDOR_EQUITY, post
from sim.markets.chips import cancel_refused_orders
from sim.markets.delivery import prepay
from sim.policy.timeline import Timeline
from sim.world import CN, World

if TYPE_CHECKING:
    from sim.scenario.model import Scenario


def apply_law(world: World, timeline: Timeline, month: int) -> None:
    """Put the law of the month into the tables; vendors pick what they sell to China when the law or a chip changes."""
    world.policy[0] = timeline.policy[month]
    if not (timeline.changed[month] or timeline.new_chips[month]):
        return
    for column, name in enumerate(("china_share", "china_taste", "china_levy", "china_cap")):
        world.skus[name] = timeline.china[month][:, column]
    offer_china_products(world)


@compiled
def offer_china_products(w):
    """Foreign vendors choose the chip that they sell to China from now; orders that nothing can fill are cancelled."""
    for v in range(a.N_VENDORS):
        vendor = w.vendors[v]
        vendor.compliant_sku = china_product(w, v) if vendor.region != CN else -1
    cancel_refused_orders(w)


class Tranche(NamedTuple):
    """Part of a deal that falls in one month."""

    kind: str
    payer: str
    payee: str
    amount_usd: float
    first: bool
    row: int


def schedule_deals(scenario: Scenario) -> dict[int, list[Tranche]]:
    """Deals of the scenario by month from the start: amounts spread evenly from `starts` to `ends`.

    A contingent deal (a letter of intent, an option) is announced and moves no money by itself.
    """
    schedule: dict[int, list[Tranche]] = {}
    for row, event in enumerate(scenario.events):
        if event.kind != "deal":
            continue
        deal: Any = event.fields
        begin = deal.starts.year * 12 + deal.starts.month - 1 - scenario.start_month
        end = deal.ends.year * 12 + deal.ends.month - 1 - scenario.start_month
        amount = 0.0 if deal.contingent else deal.cash_usd / max(1, end - begin + 1)
        for month in range(max(begin, 0), min(end, scenario.months - 1) + 1):
            tranche = Tranche(deal.deal, deal.payer, deal.payee, amount, month == max(begin, 0), row)
            schedule.setdefault(month, []).append(tranche)
    return schedule


def account_of(name: str) -> int | None:
    """Account of a firm named in a deal, or None if the economy has no such firm."""
    for keys, start in ((a.LAB_KEYS, a.LAB0), (a.VENDOR_KEYS, a.VENDOR0), (a.CLOUD_KEYS, a.CLOUD0)):
        if name in keys:
            return start + keys.index(name)
    return a.FOUNDRY if name == "intel" else None


def execute_deals(world: World, schedule: dict[int, list[Tranche]], month: int) -> None:
    """Pay this month's tranches: equity for labs, chips bought ahead, assembly partners, take-or-pay contracts."""
    for tranche in schedule.get(month, ()):
        if tranche.first:
            log_event(world, DEAL, tranche.row, -1, tranche.amount_usd)
        if tranche.amount_usd <= 0.0:
            continue
        if tranche.kind in ("equity_for_compute", "equity"):
            _equity(world, tranche)
        elif tranche.kind == "cluster_bought_ahead":
            _cluster(world, tranche)
        elif tranche.kind in ("assembly_partner_funding", "manufacturing_reinvestment"):
            _manufacturing(world, tranche)
        elif tranche.kind == "take_or_pay" and tranche.payer in a.LAB_KEYS:
            world.labs["commitments_usd"][a.LAB_KEYS.index(tranche.payer)] += tranche.amount_usd


def _equity(world: World, tranche: Tranche) -> None:
    payer, payee = account_of(tranche.payer), account_of(tranche.payee)
    if payer is None or payee is None:
        return
    vendor_pays = tranche.payer in a.VENDOR_KEYS
    post(world, payer, payee, tranche.amount_usd, VENDOR_EQUITY if vendor_pays else LAB_EQUITY)
    if vendor_pays:
        world.macro["vendor_equity"] += tranche.amount_usd
        if tranche.payee in a.CLOUD_KEYS and tranche.payer == "nvidia":
            world.clouds["stake_nvidia"][a.CLOUD_KEYS.index(tranche.payee)] += 0.05


def _cluster(world: World, tranche: Tranche) -> None:
    if tranche.payer in a.CLOUD_KEYS and tranche.payee in a.VENDOR_KEYS:
        prepay(world, a.VENDOR_KEYS.index(tranche.payee), a.CLOUD_KEYS.index(tranche.payer), 0.1 * tranche.amount_usd)


def _manufacturing(world: World, tranche: Tranche) -> None:
    payer = account_of(tranche.payer)
    if payer is None or tranche.payer not in a.VENDOR_KEYS:
        return
    post(world, payer, a.FOUNDRY, tranche.amount_usd, VENDOR_EQUITY)
    vendor = a.VENDOR_KEYS.index(tranche.payer)
    price = float(world.p[int(world.macro["month"][0])]["chips_capacity_prepayment_usd"]) * 30.0
    world.vendors["packages_pipeline"][vendor, 0] += tranche.amount_usd / price
