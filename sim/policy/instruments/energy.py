"""Instruments on energy, sites and public money for chips and computing."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from sim.policy.base import Region, Share, listed
from sim.policy.conditions import Origin
from sim.policy.instruments.base import Parameters


class ChipSubsidy(Parameters):
    """The state pays a share of the price of chips."""

    label: ClassVar[str] = "Subsidy of chips"
    touches: ClassVar[str] = "price of chips to the buyer"

    destinations: listed(Region) = Field(min_length=1)  # type: ignore[valid-type]
    """Regions of the buyer."""
    rate: Share
    """Share of the price that the state pays."""
    design_origins: listed(Origin) = ()  # type: ignore[valid-type]
    """Chips that are subsidised; empty: all."""


class PowerSubsidy(Parameters):
    """The state lowers the power price of data centres, possibly only of those on domestic chips."""

    label: ClassVar[str] = "Subsidy of power"
    touches: ClassVar[str] = "power price of data centres"

    destinations: listed(Region) = Field(min_length=1)  # type: ignore[valid-type]
    """Regions of the data centre."""
    max_discount: Share
    """Largest discount on the price, share."""
    floor_price_usd_kwh: float = Field(default=0, ge=0)
    """The discount does not push the price below this, USD/kWh."""
    design_origins: listed(Origin) = ()  # type: ignore[valid-type]
    """Chips on which the site must run; empty: any."""


class ComputeSubsidy(Parameters):
    """The state pays a share of the rent of computing (vouchers)."""

    label: ClassVar[str] = "Subsidy of computing"
    touches: ClassVar[str] = "rent paid for computing"

    destinations: listed(Region) = Field(min_length=1)  # type: ignore[valid-type]
    """Regions of the user."""
    rate: Share
    """Share of the rent that the state pays."""
    budget_usd_per_year: float | None = Field(default=None, ge=0)
    """Largest sum a year, USD; null: no limit."""
    design_origins: listed(Origin) = ()  # type: ignore[valid-type]
    """Chips on which the computing must run; empty: any."""


INSTRUMENTS: dict[str, type[Parameters]] = {
    "chip_subsidy": ChipSubsidy,
    "power_subsidy": PowerSubsidy,
    "compute_subsidy": ComputeSubsidy,
}
