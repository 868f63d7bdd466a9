"""The chip table (`sim/data/chips.csv`) as typed rows."""

from __future__ import annotations

import csv
import functools
import io
from importlib import resources
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from sim.errors import InputError
from sim.policy.base import Frozen, Grade, Slug
from sim.policy.chip_spec import ChipSpec, DesignOrigin

Vendor = Literal["nvidia", "amd", "google_tpu", "amazon_trainium", "huawei", "cambricon"]

DESIGN_ORIGIN: dict[str, DesignOrigin] = {
    "nvidia": "us",
    "amd": "us",
    "google_tpu": "us",
    "amazon_trainium": "us",
    "huawei": "cn",
    "cambricon": "cn",
}

Month = Annotated[str | None, Field(pattern=r"^\d{4}-\d{2}$"), BeforeValidator(lambda text: text or None)]
Positive = Annotated[float, Field(gt=0), BeforeValidator(lambda text: float(text))]
Count = Annotated[float, Field(ge=0), BeforeValidator(lambda text: float(text))]


class Chip(Frozen):
    """One row of the table; units as in `sim/data/README.md`."""

    sku: Slug
    name: str
    vendor: Vendor
    family: Literal["base", "compliant_fixture"]
    generation: Annotated[int, Field(ge=1), BeforeValidator(lambda text: int(text))]
    launch: Month
    """First month of volume; None: never shipped."""
    end_of_production: Month
    """Last month of production; None: open end."""
    h100e: Positive
    fp16_tflops: Positive
    fp8_tops: Positive
    tpp: Positive
    die_mm2: Positive
    performance_density: Positive
    hbm_gb: Count
    hbm_bw_gb_s: Positive
    interconnect_gb_s: Count
    tdp_w: Positive
    packages: Count
    hbm_stacks: Count
    unit_cost_usd: Positive
    launch_price_usd: Positive
    foundry_pool: Literal["tsmc", "smic"]
    status: Literal["shipped", "announced", "extrapolated"]
    basis: str
    confidence: Grade

    @property
    def design_origin(self) -> DesignOrigin:
        """Where the vendor designs: us or cn."""
        return DESIGN_ORIGIN[self.vendor]

    @property
    def spec(self) -> ChipSpec:
        """The chip as export law sees it."""
        return ChipSpec(
            sku=self.sku,
            vendor=self.vendor,
            design_origin=self.design_origin,
            tpp=self.tpp,
            die_mm2=self.die_mm2,
            interconnect_gb_s=self.interconnect_gb_s,
            hbm_bw_gb_s=self.hbm_bw_gb_s,
            hbm_gb=self.hbm_gb,
            h100e=self.h100e,
        )


def table_rows(name: str) -> list[dict[str, str]]:
    """Rows of a table of `sim/data` as text. Raises InputError if a row has a cell too many or too few."""
    text = resources.files("sim.data").joinpath(name).read_text(encoding="utf-8")
    rows: list[dict[Any, Any]] = list(csv.DictReader(io.StringIO(text)))
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise InputError("a row with another number of cells than the head", file=f"sim/data/{name}", line=number)
    return rows


@functools.cache
def read_chips() -> tuple[Chip, ...]:
    """All chips of the table in file order. Raises pydantic.ValidationError for a cell that does not fit."""
    return tuple(Chip.model_validate(row) for row in table_rows("chips.csv"))


def chip_specs() -> dict[str, ChipSpec]:
    """SKU -> chip as export law sees it."""
    return {chip.sku: chip.spec for chip in read_chips()}
