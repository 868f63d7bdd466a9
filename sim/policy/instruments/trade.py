"""Instruments on trade: who may sell, buy, import, rent and smuggle chips and what they are made of."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from sim.policy.base import Day, Frozen, Region, Share, Slug, listed
from sim.policy.conditions import ChipScope, Clause, Origin
from sim.policy.instruments.base import Parameters


class LicenceTerms(Frozen):
    """How applications are treated; an absent term leaves the earlier one."""

    approval_rate: Share | None = None
    """Share of applications that is granted."""
    delay_months: float | None = Field(default=None, ge=0, le=60)
    """Months between application and decision."""
    levy_rate: Share | None = None
    """Share of the sales value owed to the licensing government."""
    volume_cap_share_of_home_sales: float | None = Field(default=None, ge=0)
    """Licensed volume at most this share of the vendor's sales of the chip in its home market."""


class ChipThresholdRule(Parameters):
    """Chips above performance lines need a licence, a case-by-case review, or are denied, for named destinations.

    With `reviews` the rule adds no requirement of its own: it replaces the treatment of chips for which one of the
    reviewed rules already requires a licence.
    """

    label: ClassVar[str] = "Chip threshold rule"
    touches: ClassVar[str] = "which chips a vendor may sell where"

    destinations: listed(Region) = Field(min_length=1)  # type: ignore[valid-type]
    """Regions of the buyer."""
    clauses: listed(Clause) = Field(min_length=1)  # type: ignore[valid-type]
    """The rule is the union of its clauses; the most severe one that a chip meets counts."""
    design_origins: listed(Origin) = ("us",)  # type: ignore[valid-type]
    """Origin of the designs under this law."""
    presumption_of_denial: bool = True
    """Applications are refused unless terms or a licence policy say otherwise."""
    reviews: listed(Slug) = ()  # type: ignore[valid-type]
    """Rules whose licence requirement this rule treats anew; empty: it requires a licence by itself."""
    terms: LicenceTerms = LicenceTerms()
    """How applications under this rule are treated."""


class LicenceRequirement(Parameters):
    """Letters to named vendors require a licence for chips that no list rule controls."""

    label: ClassVar[str] = "Licence requirement by letter"
    touches: ClassVar[str] = "which chips a vendor may sell where"

    destinations: listed(Region) = Field(min_length=1)  # type: ignore[valid-type]
    """Regions of the buyer."""
    companies: listed(Slug) = ()  # type: ignore[valid-type]
    """Vendors that received the letter; empty: all."""
    clauses: listed(Clause) = Field(min_length=1)  # type: ignore[valid-type]
    """The requirement is the union of its clauses."""
    design_origins: listed(Origin) = ("us",)  # type: ignore[valid-type]
    """Origin of the designs under this law."""
    presumption_of_denial: bool = True
    """Applications are refused unless terms or a licence policy say otherwise."""
    terms: LicenceTerms = LicenceTerms()
    """How applications are treated."""


class LicencePolicy(Parameters):
    """How applications under given rules are treated: approval rate, delay, levy, cap on volume."""

    label: ClassVar[str] = "Licence policy"
    touches: ClassVar[str] = "licensed sales, their delay and cost"

    applies_to: listed(Slug) = ()  # type: ignore[valid-type]
    """Rules whose licences it treats; empty: every licence."""
    destinations: listed(Region) = ()  # type: ignore[valid-type]
    """Regions of the buyer; empty: all."""
    scope: ChipScope = ChipScope()
    """Chips that it covers."""
    terms: LicenceTerms
    """Terms that replace the earlier ones."""

    @model_validator(mode="after")
    def _says_something(self) -> LicencePolicy:
        if self.terms == LicenceTerms():
            raise ValueError("terms: give at least one term")
        return self


class Levy(Parameters):
    """A share of the revenue of licensed sales is owed to the licensing government."""

    label: ClassVar[str] = "Levy on licensed sales"
    touches: ClassVar[str] = "cost of licensed sales"

    rate: Share
    """Share of revenue; levies in force at once add up, to at most 1."""
    applies_to: listed(Slug) = ()  # type: ignore[valid-type]
    """Rules whose licensed sales pay; empty: every licensed sale."""
    destinations: listed(Region) = ()  # type: ignore[valid-type]
    """Regions of the buyer; empty: all."""
    scope: ChipScope = ChipScope()
    """Chips that it covers."""


class ImportGuidance(Parameters):
    """The buyer's government tells buyers to avoid chips: a share of them complies."""

    label: ClassVar[str] = "Import guidance by the buyer's government"
    touches: ClassVar[str] = "share of legal demand that may still buy"

    destinations: listed(Region) = Field(min_length=1)  # type: ignore[valid-type]
    """Regions of the buyer."""
    strength: Share
    """Share of demand that complies; guidances in force at once multiply the shares that do not."""
    scope: ChipScope = ChipScope(design_origins=("us",))
    """Chips to avoid."""


class ImportBlock(Parameters):
    """Customs of the buyer's country stops chips, but for an excepted share."""

    label: ClassVar[str] = "Import block by the buyer's government"
    touches: ClassVar[str] = "share of legal demand that may still buy"

    destinations: listed(Region) = Field(min_length=1)  # type: ignore[valid-type]
    """Regions of the buyer."""
    excepted_share: Share = 0
    """Share of demand let in under special circumstances."""
    scope: ChipScope = ChipScope(design_origins=("us",))
    """Chips that are stopped."""


class InputControl(Parameters):
    """Memory stacks or tools for making chips may or may not be sold to named destinations."""

    label: ClassVar[str] = "Control of inputs to chip making"
    touches: ClassVar[str] = "inputs available to chip makers of the destination"

    item: Literal["hbm_stacks", "chip_tools"]
    """What is controlled."""
    destinations: listed(Region) = Field(min_length=1)  # type: ignore[valid-type]
    """Regions of the buyer."""
    allowed: bool = False
    """False forbids; true allows what an earlier control forbade (the latest one in force counts)."""
    min_bandwidth_density_gb_s_mm2: float = Field(default=0, ge=0)
    """Memory bandwidth density above which stacks are controlled, GB/s per mm2."""


class FoundryRule(Parameters):
    """Foundries outside the country must presume that advanced logic for designers of an origin is controlled."""

    label: ClassVar[str] = "Foundry rule"
    touches: ClassVar[str] = "access of designers to foreign foundries"

    design_origins: listed(Origin) = ("cn",)  # type: ignore[valid-type]
    """Designers to whom it applies."""
    transistors_billion_below: float = Field(ge=0)
    """Dies with fewer transistors (billion) stay free."""
    approved_packager_exempt: bool = True
    """Whether dies packaged by an approved house stay free."""


class CountryCaps(Parameters):
    """Computing sold to a country over a period is capped."""

    label: ClassVar[str] = "Caps per country"
    touches: ClassVar[str] = "computing that a destination may receive"

    countries: dict[Region, int] = Field(min_length=1)
    """Capped countries in each region: the cap of a region is the cap per country times this number."""
    cap_h100e: float = Field(ge=0)
    """Cap per country over the whole period, H100e."""
    starts: Day
    """First day that counts."""
    ends: Day
    """Last day that counts."""
    aligned_multiplier: float = Field(default=1, ge=1)
    """Multiple of the cap for a country that aligns its own controls."""
    aligned_regions: listed(Region) = ()  # type: ignore[valid-type]
    """Regions whose countries are aligned."""
    exempt_h100e_per_customer_year: float = Field(default=0, ge=0)
    """Small orders outside the cap, H100e per customer and year."""
    home_share_min: Share = 0
    """Least share of a US operator's computing that must be in the US."""
    single_country_share_max: Share = 1
    """Largest share of a US operator's computing in one capped country."""


class EntityRule(Parameters):
    """Controls follow the head office: subsidiaries abroad of firms from a region are treated as if at home."""

    label: ClassVar[str] = "Entity rule for subsidiaries abroad"
    touches: ClassVar[str] = "which buyers abroad count as buyers of the controlled destination"

    headquarters: listed(Region) = Field(min_length=1)  # type: ignore[valid-type]
    """Regions of the head office."""
    destinations: listed(Region) = ()  # type: ignore[valid-type]
    """Regions where subsidiaries are covered; empty: all."""


class RemoteAccessRule(Parameters):
    """Renting controlled computing abroad to firms from a region is restricted."""

    label: ClassVar[str] = "Remote-access rule"
    touches: ClassVar[str] = "computing that firms may rent abroad"

    headquarters: listed(Region) = Field(min_length=1)  # type: ignore[valid-type]
    """Regions of the tenant's head office."""
    destinations: listed(Region) = ()  # type: ignore[valid-type]
    """Regions of the data centres; empty: all."""
    permitted_share: Share = 0
    """Share of the demand for rental that may still be served."""


INSTRUMENTS: dict[str, type[Parameters]] = {
    "chip_threshold_rule": ChipThresholdRule,
    "licence_requirement": LicenceRequirement,
    "licence_policy": LicencePolicy,
    "levy": Levy,
    "import_guidance": ImportGuidance,
    "import_block": ImportBlock,
    "input_control": InputControl,
    "foundry_rule": FoundryRule,
    "country_caps": CountryCaps,
    "entity_rule": EntityRule,
    "remote_access_rule": RemoteAccessRule,
}
