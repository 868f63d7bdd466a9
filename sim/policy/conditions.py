"""What a rule measures on a chip: thresholds, clauses of thresholds, and the set of chips that a measure covers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from sim.policy.base import Frozen, Slug, listed
from sim.policy.chips import Vendor

Measure = Literal["tpp", "performance_density", "interconnect_gb_s", "hbm_bw_gb_s", "hbm_gb", "die_mm2"]
Origin = Literal["us", "cn"]
Demand = Literal["licence", "case_by_case", "denial"]


class Condition(Frozen):
    """One measure of a chip, or a sum of measures, lies in the half-open range [at_least, below)."""

    measure: Measure | None = None
    """What is measured: tpp (TOPS x bits), performance_density (TPP/mm2), bandwidths in GB/s, hbm_gb in GB, die_mm2."""
    sum_of: listed(Measure) = ()  # type: ignore[valid-type]
    """Measures that are added up, instead of one measure."""
    at_least: float | None = Field(default=None, ge=0)
    """Lower end, included."""
    below: float | None = Field(default=None, ge=0)
    """Upper end, excluded."""

    @model_validator(mode="after")
    def _complete(self) -> Condition:
        if (self.measure is None) == (not self.sum_of):
            raise ValueError("give either 'measure' or 'sum_of'")
        if self.at_least is None and self.below is None:
            raise ValueError("give 'at_least', 'below' or both")
        if self.at_least is not None and self.below is not None and self.below <= self.at_least:
            raise ValueError(f"below {self.below:g} is not above at_least {self.at_least:g}: no chip can meet it")
        return self

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures that are added up; one in most cases."""
        return (self.measure,) if self.measure is not None else tuple(self.sum_of)

    def __str__(self) -> str:
        name = " + ".join(self.measures)
        low = "" if self.at_least is None else f"{name} >= {self.at_least:g}"
        high = "" if self.below is None else f"{name} < {self.below:g}"
        return " and ".join(part for part in (low, high) if part)


class Clause(Frozen):
    """A chip that meets every condition needs what the verdict says; a rule is the union of its clauses."""

    name: str = Field(min_length=1)
    """Short name for the reason that is printed, for example 3A090.a."""
    all_of: listed(Condition) = ()  # type: ignore[valid-type]
    """Conditions that must all hold; empty: every chip."""
    verdict: Demand = "licence"
    """licence (presumption of denial unless a licence policy says otherwise), case_by_case, or denial."""

    def __str__(self) -> str:
        return " and ".join(str(condition) for condition in self.all_of) or "every chip"


class ChipScope(Frozen):
    """The chips that a measure covers: every named restriction must hold; empty means no restriction."""

    vendors: listed(Vendor) = ()  # type: ignore[valid-type]
    """Vendors of chips, for example nvidia, amd."""
    design_origins: listed(Origin) = ()  # type: ignore[valid-type]
    """Where the chip is designed: us or cn."""
    skus: listed(Slug) = ()  # type: ignore[valid-type]
    """Named chips; variants that vendors derive in the simulation have other names, so prefer conditions."""
    all_of: listed(Condition) = ()  # type: ignore[valid-type]
    """Conditions on the chip that must all hold."""
