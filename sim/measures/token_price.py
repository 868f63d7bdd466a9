"""What a million tokens cost and who keeps the rest: electricity, chips and buildings, upkeep, cloud, seller.

The compute cost of a million tokens is the rent of the hours of an H100e that it takes (`token_cost` of the market),

    hours = 1e6 / (3600 x tokens a second x utilisation)      tokens a second = reference x efficiency / size,

and every part of an hour's rent is a part of that cost. Of the rent, electricity is the power of the fleet at full load
times the price that data centres pay (the definition of `energy_share_of_token_cost`); depreciation and upkeep are what
clouds of the region book, over the hours that are used; the rest is what clouds keep for interest, profit and idle
years, negative where rents do not cover the fleet. Above the rent, the seller (a lab, or a host of open weights) keeps
the difference to the price: for research, staff and profit. The parts add up to the price.
"""

from __future__ import annotations

import numpy as np

from sim.measures.panel import Panel
from sim.measures.registry import Series, metric
from sim.measures.series import ratio
from sim.world import HOURS_PER_MONTH, REGIONS, US

PARTS = ("electricity", "depreciation", "upkeep", "cloud", "seller")
KINDS = ("closed", "open")
MONTHS_PER_YEAR = 12.0


def hours_per_mtok(panel: Panel, utilisation: str) -> np.ndarray:
    """Hours of an H100e that a million tokens of each model take, shape (months, slots)."""
    speed = panel.parameter("labs_tokens_per_second") * panel.parameter("labs_serving_efficiency")
    used = panel.parameter(utilisation)
    return 1e6 / 3600.0 * ratio(panel.models["size"], (speed * used)[:, None])


def cost_of_hour(panel: Panel) -> np.ndarray:
    """Electricity, depreciation and upkeep of a used H100e-hour by region, USD, shape (3, months, 6).

    Fleets are those of the clouds with headquarters in the region; idle hours are borne by the used ones. Zero where a
    region has no fleet.
    """
    regions, clouds = panel.regions, panel.clouds
    home = np.eye(len(REGIONS))[clouds["region"][0]]
    hours = clouds["usable_h100e"] @ home * HOURS_PER_MONTH * regions["utilisation"]
    upkeep = (clouds["capital_usd"] + clouds["depreciation"]) * panel.parameter("clouds_upkeep_share")[:, None]
    booked = [clouds["depreciation"], upkeep / MONTHS_PER_YEAR]
    electricity = regions["chip_kw"] * regions["electricity_price"]
    return np.stack([electricity, *(np.nan_to_num(ratio(usd @ home, hours)) for usd in booked)])


def last_month(values: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Values at the end of the month before, `first` in the first month: prices are set before rents move."""
    return np.concatenate([np.broadcast_to(first, values.shape[1:])[None], values[:-1]])


def parts_of(price: np.ndarray, rent: np.ndarray, booked: np.ndarray, weight: np.ndarray) -> Series:
    """Parts of the mean price by PARTS, and `price`, shape (months,) each; arguments by model slot, NaN if unsold."""
    total = weight.sum(axis=1)

    def mean(values: np.ndarray) -> np.ndarray:
        return ratio((values * weight).sum(axis=1), total)

    costs = [mean(part) for part in booked]
    paid, rented = mean(price), mean(rent)
    return dict(zip((*PARTS, "price"), (*costs, rented - sum(costs), paid - rented, paid), strict=True))


@metric(
    "token_price_part_usd_per_mtok", unit="USD/Mtoken", aggregation="mean",
    keys="closed, open, each /electricity, /depreciation, /upkeep, /cloud, /seller, /price",
)  # fmt: skip
def token_price_part(panel: Panel) -> Series:
    """Parts of what developers pay for a million tokens: of closed models at their labs, of open ones at a US host.

    Means over models, weighted by developers' tokens; list prices as realised, before premiums of resellers.
    """
    models, hour = panel.models, cost_of_hour(panel)
    tokens = panel.tokens.sum(axis=1) * (models["available"] == 1)
    where = last_month(panel.lab_region, panel.lab_region[0])
    by_lab = np.einsum("tlr,ptr->ptl", where, hour)[:, :, models["lab"][0]]
    hours = hours_per_mtok(panel, "labs_serving_utilisation")
    closed = parts_of(
        models["price"] * panel.parameter("pricing_realisation")[:, None],
        models["marginal_cost"],
        by_lab * hours,
        tokens * (models["open"] == 0),
    )
    at_host = hours_per_mtok(panel, "labs_host_utilisation")
    rents = last_month(panel.regions["rent_contract"], panel.regional_parameter("clouds_rent_start")[0])
    opened = parts_of(
        models["host_price"],
        at_host * rents[:, US, None],
        hour[:, :, US, None] * at_host,
        tokens * (models["open"] == 1),
    )
    found = zip(KINDS, (closed, opened), strict=True)
    return {f"{kind}/{part}": values for kind, parts in found for part, values in parts.items()}
