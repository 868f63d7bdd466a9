"""Instruments on energy, sites and public money for chips and computing."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field, model_validator

from sim.policy.base import Region, Share, listed
from sim.policy.conditions import Origin
from sim.policy.instruments.base import Parameters

CloudKind = Literal["hyperscaler", "own_use", "neocloud", "lab", "national"]
CLOUD_KINDS: tuple[str, ...] = get_args(CloudKind)
"""Kinds of cloud in the order of their numbers in the tables."""
MOST_VOUCHER = 0.95
"""Most of a rent that vouchers pay, all together."""
Budget = Annotated[float | None, Field(ge=0)]


class ChipSubsidy(Parameters):
    """The state pays a share of the price of chips on delivery; buyers count on it as long as its budget lasts."""

    label: ClassVar[str] = "Subsidy of chips"
    touches: ClassVar[str] = "price of chips to the buyer"

    destinations: listed(Region) = Field(min_length=1)  # type: ignore[valid-type]
    """Regions of the buyer; its own government pays."""
    rate: Share
    """Share of the price that the state pays, 0 to 1; rates of several subsidies add up to at most 1."""
    budget_usd_per_year: Budget = None
    """Largest sum a calendar year in each region, USD; null: no limit."""
    design_origins: listed(Origin) = ()  # type: ignore[valid-type]
    """Where the subsidised chips are designed (us, cn); empty: anywhere."""


class PowerSubsidy(Parameters):
    """The state lowers the power price of data centres, in China possibly only of domestic chips."""

    label: ClassVar[str] = "Subsidy of power"
    touches: ClassVar[str] = "power price of data centres"

    destinations: listed(Region) = Field(min_length=1)  # type: ignore[valid-type]
    """Regions of the data centre; its government pays."""
    max_discount: Share
    """Largest discount on the price, share; of several the largest counts."""
    floor_price_usd_kwh: float = Field(default=0, ge=0)
    """The discount does not push the price below this, USD/kWh."""
    budget_usd_per_year: Budget = None
    """Largest sum a calendar year in each region, USD, shared with other subsidies of power there; null: no limit."""
    design_origins: listed(Origin) = ()  # type: ignore[valid-type]
    """Chips on which the site must run; empty: any. Only domestic chips in China can be singled out: [cn]."""

    @model_validator(mode="after")
    def _origin_that_the_model_tells_apart(self) -> PowerSubsidy:
        if set(self.design_origins) == {"us"}:
            raise ValueError("design_origins: a subsidy of power for US-designed chips alone is not modelled")
        if self.domestic_only and self.destinations != ("cn",):
            raise ValueError("design_origins: power for Chinese chips alone can be subsidised in China only")
        return self

    @property
    def domestic_only(self) -> bool:
        """Whether only chips designed in China have it."""
        return set(self.design_origins) == {"cn"}


class ComputeSubsidy(Parameters):
    """The state pays a share of the rent of labs (vouchers), not of labs inside a larger firm, which rent from it."""

    label: ClassVar[str] = "Subsidy of computing"
    touches: ClassVar[str] = "rent paid for computing"

    destinations: listed(Region) = Field(min_length=1)  # type: ignore[valid-type]
    """Regions of the lab; its own government pays, wherever the lab computes."""
    rate: Share
    """Share of the rent that the state pays, 0 to 0.95 in all: below 1, or demand would have no bound."""
    budget_usd_per_year: Budget = None
    """Largest sum a calendar year in each region, USD; null: no limit."""
    design_origins: listed(Origin) = ()  # type: ignore[valid-type]
    """Chips on which the computing must run (us, cn): their share of a region's compute counts; empty: any."""

    @model_validator(mode="after")
    def _never_free(self) -> ComputeSubsidy:
        if self.rate > MOST_VOUCHER:
            raise ValueError(
                f"rate {self.rate:g}: at most {MOST_VOUCHER}: free computing would be asked for without end"
            )
        return self


class PowerTariff(Parameters):
    """What data centres pay for a kWh is taxed, rebated, or set by the regulator."""

    label: ClassVar[str] = "Tariff for data centres"
    touches: ClassVar[str] = "power price of data centres"

    destinations: listed(Region) = Field(min_length=1)  # type: ignore[valid-type]
    """Regions of the data centre."""
    tax_usd_kwh: float = Field(default=0, ge=0, le=2)
    """Tax that the cloud pays to the government, USD/kWh, 0 to 2; several add up."""
    rebate_usd_kwh: float = Field(default=0, ge=0, le=2)
    """Rebate that the government pays, USD/kWh, 0 to 2, at most the price."""
    price_usd_kwh: float | None = Field(default=None, ge=0, le=2)
    """Regulated price instead of the market's, USD/kWh; the power company bears the difference. null: the market's."""
    kinds: listed(CloudKind) = ()  # type: ignore[valid-type]
    """Kinds of cloud concerned (hyperscaler, own_use, neocloud, lab, national); empty: all."""


class CarbonPrice(Parameters):
    """A price on the carbon of electricity: power companies pay it and pass on a part in the regional price."""

    label: ClassVar[str] = "Carbon price"
    touches: ClassVar[str] = "price of electricity"

    destinations: listed(Region) = Field(min_length=1)  # type: ignore[valid-type]
    """Regions where the electricity is used."""
    usd_per_t: float = Field(ge=0, le=1000)
    """Price of a tonne of CO2, USD of 2025, 0 to 1000; several add up."""
    free_allocation: Share = 0
    """Share of allowances given away: it lowers what the government receives, not the cost at the margin."""
    behind_meter_covered: bool = True
    """Whether power made behind the meter pays as well; it is taken to emit as the grid does."""


class GridProgramme(Parameters):
    """Grids are built out, or held up; who is connected first is decided."""

    label: ClassVar[str] = "Grid programme"
    touches: ClassVar[str] = "megawatts energised"

    destinations: listed(Region) = Field(min_length=1)  # type: ignore[valid-type]
    """Regions of the grid."""
    lag_factor: float = Field(default=1, ge=0.1, le=10)
    """Time from a request to grid power over normal, 0.1 to 10; below 1 is faster. Not of sites behind the meter."""
    limit_factor: float = Field(default=1, ge=0, le=10)
    """Most that can be energised in a month over normal, 0 to 10."""
    public_cost_usd_per_mw: float = Field(default=0, ge=0, le=1e7)
    """What the government pays the power company for each megawatt energised, USD, 0 to 10 million."""
    priority: dict[CloudKind, Annotated[float, Field(ge=0.01, le=100)]] = Field(default_factory=dict)
    """Weight of a kind of cloud where more is ready than can be connected, 0.01 to 100; kinds not named have 1."""


class DatacentreLevy(Parameters):
    """New power for data centres is charged, or permitted in part only."""

    label: ClassVar[str] = "Levy on data centres"
    touches: ClassVar[str] = "requests for power"

    destinations: listed(Region) = Field(min_length=1)  # type: ignore[valid-type]
    """Regions of the site."""
    usd_per_kw: float = Field(default=0, ge=0, le=100_000)
    """Paid to the government when new power is energised, USD/kW, 0 to 100,000; several add up."""
    permitted_share: Share = 1
    """Share of new requests for power that are permitted, 0 (a moratorium) to 1; what is under way goes on."""

    @model_validator(mode="after")
    def _does_something(self) -> DatacentreLevy:
        if self.usd_per_kw == 0 and self.permitted_share == 1:
            raise ValueError("give usd_per_kw, permitted_share or both")
        return self


class PublicCompute(Parameters):
    """The government rents computing at the market's rent for labs of its region, each entitled lab the same."""

    label: ClassVar[str] = "Public computing"
    touches: ClassVar[str] = "computing of labs"

    destinations: listed(Region) = Field(min_length=1)  # type: ignore[valid-type]
    """Regions of the labs; labs inside a larger firm are not entitled."""
    budget_usd_per_year: float = Field(gt=0)
    """Money a calendar year in each region, USD, spent in equal months; what no lab can use is not spent."""
    open_weights_only: bool = False
    """Only for labs whose latest flagship has open weights."""


INSTRUMENTS: dict[str, type[Parameters]] = {
    "chip_subsidy": ChipSubsidy,
    "power_subsidy": PowerSubsidy,
    "compute_subsidy": ComputeSubsidy,
    "power_tariff": PowerTariff,
    "carbon_price": CarbonPrice,
    "grid_programme": GridProgramme,
    "datacentre_levy": DatacentreLevy,
    "public_compute": PublicCompute,
}
