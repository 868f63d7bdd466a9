"""What the other instruments say on a day: inputs, foundries, caps, subsidiaries, remote access, subsidies."""

from __future__ import annotations

import datetime as dt
import math

from sim.policy.instruments.energy import ChipSubsidy, ComputeSubsidy, PowerSubsidy
from sim.policy.instruments.trade import (
    CountryCaps,
    EntityCaps,
    EntityRule,
    FoundryRule,
    InputControl,
    RemoteAccessRule,
    SmugglingEnforcement,
)
from sim.policy.law import Law


class MeasuresInForce(Law):
    """Queries on the policies in force that are not about the seller's or the buyer's key for a chip."""

    def treated_as(self, destination: str, headquarters: str | None, as_of: dt.date) -> tuple[str, ...]:
        """Destinations whose rules a buyer meets: where it is and, under an entity rule, where its head office is."""
        if headquarters is None or headquarters == destination:
            return (destination,)
        for _, rule in self.applying(EntityRule, as_of):
            if headquarters in rule.headquarters and (not rule.destinations or destination in rule.destinations):
                return (destination, headquarters)
        return (destination,)

    def hbm_allowed(self, destination: str, as_of: dt.date) -> bool:
        """Whether memory stacks may be sold to chip makers of the destination; the latest control in force counts."""
        return self.input_allowed("hbm_stacks", destination, as_of)

    def input_allowed(self, item: str, destination: str, as_of: dt.date) -> bool:
        """Whether an input to chip making (hbm_stacks, chip_tools) may be sold to the destination."""
        allowed = True
        for _, control in self.applying(InputControl, as_of):
            if control.item == item and destination in control.destinations:
                allowed = control.allowed
        return allowed

    def memory_line(self, destination: str, as_of: dt.date) -> float:
        """Bandwidth density (GB/s per mm2) from which the control of memory in force holds; 0 without one."""
        line = 0.0
        for _, control in self.applying(InputControl, as_of):
            if control.item == "hbm_stacks" and destination in control.destinations:
                line = control.min_bandwidth_density_gb_s_mm2
        return line

    def foundry_rules(self, design_origin: str, as_of: dt.date) -> list[FoundryRule]:
        """Foundry rules in force for designers of this origin, oldest first."""
        return [rule for _, rule in self.applying(FoundryRule, as_of) if design_origin in rule.design_origins]

    def foundry_allowed(
        self,
        design_origin: str,
        as_of: dt.date,
        transistors_billion: float = math.inf,
        approved_packager: bool = False,
    ) -> bool:
        """Whether a foundry abroad may make advanced dies for a designer of this origin."""
        return not any(
            design_origin in rule.design_origins
            and transistors_billion >= rule.transistors_billion_below
            and not (approved_packager and rule.approved_packager_exempt)
            for _, rule in self.applying(FoundryRule, as_of)
        )

    def country_caps(self, region: str, as_of: dt.date) -> list[CountryCaps]:
        """Caps whose period runs in a region on the day, the tightest first."""
        found = [
            caps
            for _, caps in self.applying(CountryCaps, as_of)
            if region in caps.countries and caps.starts <= as_of <= caps.ends
        ]
        return sorted(found, key=lambda caps: _region_cap(caps, region))

    def region_cap_h100e(self, region: str, as_of: dt.date) -> float:
        """Most H100e that the capped countries of a region may receive over the period; infinite without a cap."""
        return min((_region_cap(caps, region) for caps in self.country_caps(region, as_of)), default=math.inf)

    def entity_cap_h100e(self, cloud: str, as_of: dt.date) -> float:
        """Most computing on US-designed chips that a named operator may hold, H100e; infinite without a cap."""
        found = [caps.cap_h100e for _, caps in self.applying(EntityCaps, as_of) if cloud in caps.clouds]
        return min(found, default=math.inf)

    def enforcement(self, region: str, as_of: dt.date) -> tuple[float, float, float]:
        """Hazard of detection over normal, added risk and fine (shares of value) on routes through a region."""
        hazard, risk, fine = 1.0, 0.0, 0.0
        for _, act in self.applying(SmugglingEnforcement, as_of):
            if region in act.regions:
                hazard *= act.hazard_multiplier
                risk += act.added_route_risk
                fine += act.fine_share_of_value
        return hazard, risk, fine

    def remote_access_share(self, headquarters: str, destination: str, as_of: dt.date) -> float:
        """Share of a tenant's demand for controlled computing abroad that may be served, 0 to 1."""
        if headquarters == destination:
            return 1.0
        shares = [
            rule.permitted_share
            for _, rule in self.applying(RemoteAccessRule, as_of)
            if headquarters in rule.headquarters and (not rule.destinations or destination in rule.destinations)
        ]
        return min(shares, default=1.0)

    def chip_subsidy_rate(self, destination: str, design_origin: str, as_of: dt.date) -> float:
        """Share of the chip price that the state pays, 0 to 1."""
        return self._subsidy_rate(ChipSubsidy, destination, design_origin, as_of)

    def compute_subsidy_rate(self, destination: str, design_origin: str, as_of: dt.date) -> float:
        """Share of the rent that the state pays, 0 to 1, before any limit of budget."""
        return self._subsidy_rate(ComputeSubsidy, destination, design_origin, as_of)

    def compute_subsidy_budget_usd_per_year(self, destination: str, as_of: dt.date) -> float:
        """Sum of the yearly budgets of the compute subsidies in force, USD; infinite if one has no limit."""
        budgets = [
            math.inf if subsidy.budget_usd_per_year is None else subsidy.budget_usd_per_year
            for _, subsidy in self.applying(ComputeSubsidy, as_of)
            if destination in subsidy.destinations
        ]
        return float(sum(budgets))

    def power_price(self, destination: str, design_origin: str, as_of: dt.date, price_usd_kwh: float) -> float:
        """Price of power after subsidy for a site on chips of this origin, USD/kWh; never above the price given."""
        price = price_usd_kwh
        for _, subsidy in self.applying(PowerSubsidy, as_of):
            eligible = not subsidy.design_origins or design_origin in subsidy.design_origins
            if destination in subsidy.destinations and eligible:
                price = min(price, max(price_usd_kwh * (1.0 - subsidy.max_discount), subsidy.floor_price_usd_kwh))
        return price

    def _subsidy_rate(
        self, instrument: type[ChipSubsidy] | type[ComputeSubsidy], destination: str, design_origin: str, as_of: dt.date
    ) -> float:
        rates = [
            subsidy.rate
            for _, subsidy in self.applying(instrument, as_of)
            if destination in subsidy.destinations
            and (not subsidy.design_origins or design_origin in subsidy.design_origins)
        ]
        return min(1.0, sum(rates))


def _region_cap(caps: CountryCaps, region: str) -> float:
    aligned = caps.aligned_multiplier if region in caps.aligned_regions else 1.0
    return caps.cap_h100e * caps.countries[region] * aligned  # type: ignore[index]
