"""Kinds of event and the fields that each carries."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from sim.policy.base import Day, Frozen, Share, listed

DealKind = Literal[
    "equity",
    "equity_for_compute",
    "letter_of_intent",
    "take_or_pay",
    "capacity_backstop",
    "chips_for_warrants",
    "custom_chips",
    "chips_bought_and_rented",
    "cluster_bought_ahead",
    "manufacturing_reinvestment",
    "assembly_partner_funding",
]


class Fields(Frozen):
    """Base of the fields of an event."""


class Deal(Fields):
    """A contract between two firms: money, capacity and claims that change hands over a span of months."""

    payer: str
    """Firm that pays, invests or commits (column `from` of deals.csv)."""
    payee: str
    """Firm that is paid (column `to` of deals.csv)."""
    deal: DealKind
    """Kind of contract."""
    cash_usd: float = Field(default=0, ge=0)
    """Money over the whole term, USD."""
    capacity_gw: float = Field(default=0, ge=0)
    """Data-centre power that comes with it, GW."""
    starts: Day
    """First month of payment or delivery."""
    ends: Day
    """Last month of payment or delivery."""
    warrants_millions: float = Field(default=0, ge=0)
    """Warrants handed to the payer of a chips-for-warrants deal, million shares."""
    strike_usd: float = Field(default=0, ge=0)
    """Price at which a warrant buys a share, USD."""
    price_target_usd: float = Field(default=0, ge=0)
    """Share price up to which the last warrants vest, USD."""
    stake_share: Share = 0
    """Share of the payee's equity held by the payer after the deal."""
    contingent: bool = False
    """Paid only if something happens (capacity unsold, gigawatts deployed): a memo item until then."""
    overlaps: listed(str) = ()  # type: ignore[valid-type]
    """Deals that count part of the same money or megawatts."""
    note: str = ""
    """Terms in words."""

    @model_validator(mode="after")
    def _term_in_order(self) -> Deal:
        if self.ends < self.starts:
            raise ValueError(f"ends {self.ends} before it starts {self.starts}")
        return self


class ParameterShock(Fields):
    """A parameter is multiplied, shifted, or both, for some months."""

    path: str = Field(min_length=1)
    """Parameter path of the registry, for example energy.us.electricity_price."""
    factor: float = Field(default=1, ge=0)
    """Multiplier."""
    shift: float = 0
    """Added after multiplication, in the unit of the parameter."""
    months: int = Field(default=1, ge=1)
    """How long it lasts."""
    fade_months: int = Field(default=0, ge=0)
    """Months over which it then fades linearly."""


EVENT_KINDS: dict[str, type[Fields]] = {"deal": Deal, "parameter_shock": ParameterShock}
