"""Instruments on trade: who may sell, buy, import, rent and smuggle chips and what they are made of."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from sim.policy.base import Day, Frozen, Region, Share, Slug, listed
from sim.policy.chips import Vendor
from sim.policy.conditions import ChipScope, Clause, Origin
from sim.policy.instruments.base import Parameters

Cloud = Literal[
    "microsoft", "amazon", "google", "meta", "oracle", "coreweave", "xai", "other_us", "alibaba", "bytedance",
    "tencent", "huawei_cloud", "other_cn", "eu_cloud", "gulf_cloud", "sea_cloud", "row_cloud", "neocloud_1",
    "neocloud_2", "neocloud_3",
]  # fmt: skip
"""Operators of data centres; other_us, other_cn and the regional clouds are groups of smaller firms."""

TENANTS = ("us", "cn", "eu")
"""Regions in which labs, the tenants of the model, have their head office."""
TRANSIT = ("us", "gulf", "sea", "row")
"""Regions through which smuggling routes lead (sim/data/initial/routes.csv)."""


def only(given: tuple[str, ...], possible: tuple[str, ...], key: str, why: str) -> None:
    """Refuse a value with which nothing would happen. Raises ValueError naming the parameter and the reason."""
    wrong = [value for value in given if value not in possible]
    if wrong:
        raise ValueError(f"{key}: {', '.join(wrong)} would change nothing: {why}")


class LicenceTerms(Frozen):
    """How applications are treated; an absent term leaves the earlier one."""

    approval_rate: Share | None = None
    """Share of applications that is granted."""
    delay_months: float | None = Field(default=None, ge=0, le=60)
    """Months between application and decision."""
    levy_rate: Share | None = None
    """Share of the sales value owed to the licensing government."""
    volume_cap_share_of_home_sales: float | None = Field(default=None, ge=0)
    """Licensed volume at most this share of the vendor's sales of the chip in its home market over the past year.

    A chip cut for China is not sold at home: for it, all sales of the vendor at home count.
    """


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
    companies: listed(Vendor) = ()  # type: ignore[valid-type]
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
    """Bandwidth density from which stacks are controlled, GB/s per mm2 (0 to about 15); only for hbm_stacks."""

    @model_validator(mode="after")
    def _acts(self) -> InputControl:
        only(self.destinations, ("cn",), "destinations", "only China has chip makers that import these inputs")
        if self.item == "chip_tools" and self.min_bandwidth_density_gb_s_mm2 > 0:
            raise ValueError("min_bandwidth_density_gb_s_mm2: tools have no memory bandwidth")
        return self


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

    @model_validator(mode="after")
    def _acts(self) -> FoundryRule:
        only(self.design_origins, ("cn",), "design_origins", "designers elsewhere have no foundry of their own country")
        return self


class CountryCaps(Parameters):
    """Computing on US-designed chips that a country may receive over a period is capped."""

    label: ClassVar[str] = "Caps per country"
    touches: ClassVar[str] = "computing that a destination may receive"

    countries: dict[Region, int] = Field(min_length=1)
    """Capped countries in each region (1 or more): a region's cap is the cap per country times this number."""
    cap_h100e: float = Field(ge=0)
    """Cap per country over the whole period, H100e of chips received since its first day and still there."""
    starts: Day
    """First day that counts, to the month."""
    ends: Day
    """Last day that counts; from the next day on nothing is capped."""
    aligned_multiplier: float = Field(default=1, ge=1)
    """Multiple of the cap for a country that aligns its own controls."""
    aligned_regions: listed(Region) = ()  # type: ignore[valid-type]
    """Regions whose countries are aligned."""
    exempt_h100e_per_customer_year: float = Field(default=0, ge=0)
    """Small orders outside the cap, H100e per firm and year."""
    home_share_min: Share = 0
    """Least share of a US operator's computing that must be in the US: the rest of its new chips may go abroad."""
    single_country_share_max: Share = 1
    """Largest share of a US operator's computing in one capped country; a region holds as many times more."""

    @model_validator(mode="after")
    def _acts(self) -> CountryCaps:
        if self.ends < self.starts:
            raise ValueError(f"ends {self.ends} is before starts {self.starts}")
        if "us" in self.countries:
            raise ValueError("countries: us is the home of the vendors, to which nothing is exported")
        empty = [region for region, number in self.countries.items() if number < 1]
        if empty:
            raise ValueError(f"countries: {', '.join(empty)} holds no capped country: leave it out")
        only(self.aligned_regions, tuple(self.countries), "aligned_regions", "no country there is capped")
        return self

    def own_dates(self) -> tuple[dt.date, ...]:
        """First day that counts, and the day after the last one."""
        return self.starts, self.ends + dt.timedelta(days=1)


class EntityCaps(Parameters):
    """Named operators may hold computing on US-designed chips only up to a cap; zero is an entity list.

    What they hold already stays with them until it is retired. They can turn to chips designed at home, rent from
    others, or to smugglers, whom no cap reaches.
    """

    label: ClassVar[str] = "Caps or listing of named firms"
    touches: ClassVar[str] = "US-designed chips delivered to a firm"

    clouds: listed(Cloud) = Field(min_length=1)  # type: ignore[valid-type]
    """Operators, each with the cap for itself; other_us, other_cn and the regional clouds are groups of firms."""
    cap_h100e: float = Field(default=0, ge=0)
    """Most computing on US-designed chips that each may hold, H100e; 0: nothing more is delivered."""


class EntityRule(Parameters):
    """Controls follow the head office: subsidiaries abroad of firms from a region are treated as if at home."""

    label: ClassVar[str] = "Entity rule for subsidiaries abroad"
    touches: ClassVar[str] = "which buyers abroad count as buyers of the controlled destination"

    headquarters: listed(Region) = Field(min_length=1)  # type: ignore[valid-type]
    """Regions of the head office; China only, as no other controlled region has firms with sites abroad."""
    destinations: listed(Region) = ()  # type: ignore[valid-type]
    """Regions where subsidiaries are covered; empty: all."""

    @model_validator(mode="after")
    def _acts(self) -> EntityRule:
        only(self.headquarters, ("cn",), "headquarters", "only Chinese firms of the model buy through subsidiaries")
        only(self.destinations, ("us", "eu", "gulf", "sea", "row"), "destinations", "that is the head office's home")
        return self


class RemoteAccessRule(Parameters):
    """Renting computing abroad to firms from a region is restricted."""

    label: ClassVar[str] = "Remote-access rule"
    touches: ClassVar[str] = "computing that firms may rent abroad"

    headquarters: listed(Region) = Field(min_length=1)  # type: ignore[valid-type]
    """Regions of the tenant's head office: us, cn or eu, where the labs are."""
    destinations: listed(Region) = ()  # type: ignore[valid-type]
    """Regions of the data centres; empty: all."""
    permitted_share: Share = 0
    """Share of the demand for rental that may still be served."""

    @model_validator(mode="after")
    def _acts(self) -> RemoteAccessRule:
        only(self.headquarters, TENANTS, "headquarters", "no lab has its head office there")
        return self


class SmugglingEnforcement(Parameters):
    """More inspection along smuggling routes: more is found and seized, and a route pays only at a higher premium."""

    label: ClassVar[str] = "Enforcement against smuggling"
    touches: ClassVar[str] = "what smuggling routes carry and lose"

    regions: listed(Region) = Field(min_length=1)  # type: ignore[valid-type]
    """Transit regions in which it is enforced: us, gulf, sea, row."""
    hazard_multiplier: float = Field(default=1, ge=0, le=100)
    """Hazard of detection over normal: with d the normal share found, 1 - (1 - d)^m is found; several multiply."""
    added_route_risk: float = Field(default=0, ge=0, le=10)
    """Premium (share of the chip's price) that a carrier asks on top for the risk to itself; several add up."""
    fine_share_of_value: float = Field(default=0, ge=0, le=20)
    """Fine over the value of what is seized, paid to the government of the transit region; several add up."""

    @model_validator(mode="after")
    def _acts(self) -> SmugglingEnforcement:
        only(self.regions, TRANSIT, "regions", "no route leads through it")
        if self.hazard_multiplier == 1 and self.added_route_risk == 0 and self.fine_share_of_value == 0:
            raise ValueError("give hazard_multiplier, added_route_risk or fine_share_of_value")
        return self


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
    "entity_caps": EntityCaps,
    "entity_rule": EntityRule,
    "remote_access_rule": RemoteAccessRule,
    "smuggling_enforcement": SmugglingEnforcement,
}
