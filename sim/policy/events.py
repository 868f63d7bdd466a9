"""Kinds of event and the fields that each carries."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from sim.policy.base import REGIONS, Day, Frozen, Region, Share, listed

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
    """Share of the payer's equity that the payee holds once it is signed (a supplier with a stake in its customer)."""
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


class AgentRelease(Fields):
    """Somebody releases an agent that people take up: it speeds up the adoption of agents where models are able.

    It begins in the month of the event. What follows (tokens, compute, prices) is left to the economy.
    """

    openness: Literal["open", "closed"]
    """Whether others may run it: an open one works with the models of any platform, a closed one with its lab's."""
    lab: str | None = None
    """Lab whose models it favours; none: an open one favours all open weights."""
    regions: listed(Region) = Field(default=REGIONS, min_length=1)  # type: ignore[valid-type]
    """Regions where people take it up."""
    boost: float = Field(ge=1, le=50)
    """Multiplier on the rate at which users and developers take up agents unprompted by others, at full strength."""
    multiplier: float = Field(default=1, ge=1, le=20)
    """Tokens of an agent of this kind over those of a plain one."""
    needs_eci: float = Field(default=0, ge=0, le=400)
    """Capability below which it does not work."""
    months: int = Field(default=6, ge=1, le=120)
    """Months at full strength."""
    fade_months: int = Field(default=0, ge=0, le=120)
    """Months over which it then fades linearly."""

    @field_validator("lab")
    @classmethod
    def _known_lab(cls, value: str | None) -> str | None:
        from sim.accounts import LAB_KEYS

        if value is not None and value not in LAB_KEYS:
            raise ValueError(f"unknown lab '{value}'; known: {', '.join(LAB_KEYS)}")
        return value

    @field_validator("regions")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if twice := sorted({region for region in value if value.count(region) > 1}):
            raise ValueError(f"given twice: {', '.join(twice)}")
        return value

    @model_validator(mode="after")
    def _closed_has_a_lab(self) -> AgentRelease:
        if self.openness == "closed" and self.lab is None:
            raise ValueError("a closed agent works with one lab's models: name its lab")
        return self


EVENT_KINDS: dict[str, type[Fields]] = {
    "deal": Deal,
    "parameter_shock": ParameterShock,
    "agent_release": AgentRelease,
}
