"""The chip and deal tables are typed, complete and consistent with each other."""

import pathlib

import pytest

import sim.data
from sim.policy.chip_spec import performance_density, total_processing_performance
from sim.policy.chips import DESIGN_ORIGIN, read_chips, table_rows
from sim.policy.deals import read_deals

FOLDER = pathlib.Path(sim.data.__file__).parent
CHIPS = {chip.sku: chip for chip in read_chips()}
UNIT_NAMES = {
    "a100": "A100", "h100": "H100/H200", "b200": "B200", "b300": "B300", "h20": "H20", "a800": "A800", "h800": "H800",
    "tpu-v4": "TPUv4", "tpu-v5e": "TPUv5e", "tpu-v5p": "TPUv5p", "tpu-v6e": "TPUv6e", "tpu-v7": "TPUv7",
    "mi250x": "MI250X", "mi300x": "MI300X", "mi325x": "MI325X", "mi350x": "MI350X", "mi355x": "MI355X",
    "mi308x": "MI308X", "ascend-910b": "Ascend910B", "ascend-910c": "Ascend910C", "siyuan-590": "Siyuan590",
    "trainium1": "Trainium1/Inferentia", "trainium2": "Trainium2",
}  # fmt: skip


def test_skus_are_unique():
    assert len(CHIPS) == len(read_chips())


@pytest.mark.parametrize(("sku", "name"), UNIT_NAMES.items())
def test_h100e_agrees_with_the_unit_counts(sku, name):
    rows = [row for row in table_rows("chip_units_by_quarter.csv") if row["chip"] == name]
    units, h100e = (sum(float(row[column]) for row in rows) for column in ("units_median", "h100e_median"))
    assert CHIPS[sku].h100e == pytest.approx(h100e / units, rel=0.03)


@pytest.mark.parametrize("chip", read_chips(), ids=lambda chip: chip.sku)
def test_row_is_consistent(chip):
    assert chip.performance_density == pytest.approx(performance_density(chip.tpp, chip.die_mm2), rel=0.01)
    if chip.sku != "mi308x":  # the two sources do not agree; the row says so
        assert chip.h100e == pytest.approx(chip.fp8_tops / 1979, rel=0.02)
    least = total_processing_performance({8: chip.fp8_tops, 16: chip.fp16_tflops})
    assert chip.tpp >= 0.96 * least, "4-bit may make it larger, never smaller"
    assert chip.unit_cost_usd < chip.launch_price_usd
    assert chip.foundry_pool == ("smic" if chip.design_origin == "cn" else "tsmc")
    if chip.launch and chip.end_of_production:
        assert chip.launch < chip.end_of_production
    if chip.status == "extrapolated":
        assert chip.confidence == "D" and chip.launch > "2026"
    assert (chip.launch is None) == (chip.sku == "b30a")


@pytest.mark.parametrize("vendor", DESIGN_ORIGIN)
def test_every_vendor_has_a_roadmap_to_2030(vendor):
    base = [chip for chip in CHIPS.values() if chip.vendor == vendor and chip.family == "base"]
    assert [chip.generation for chip in base] == list(range(1, len(base) + 1))
    launches = [chip.launch for chip in base]
    assert launches == sorted(launches)
    first = 2024 if vendor == "cambricon" else 2023
    for year in range(first, 2031):
        for month in (1, 12):
            when = f"{year}-{month:02}"
            sold = [chip for chip in base if chip.launch <= when <= (chip.end_of_production or "9999")]
            assert sold, f"{vendor} has nothing in production in {when}"
    later = [chip.h100e for chip in base if chip.status != "shipped"]
    assert later == sorted(later)


def test_fixtures_are_the_historic_compliant_parts():
    fixtures = {chip.sku for chip in CHIPS.values() if chip.family == "compliant_fixture"}
    assert fixtures == {"a800", "h800", "h20", "l20", "b30a", "mi308x"}


def test_deals_are_typed():
    deals = {deal.id: deal for deal in read_deals()}
    assert len(deals) == 20
    warrants = deals["openai-amd"].fields
    assert (warrants.warrants_millions, warrants.strike_usd, warrants.price_target_usd) == (160, 0.01, 600)
    assert deals["openai-azure"].fields.stake_share == 0.27
    assert deals["nvda-coreweave-backstop"].fields.contingent and not deals["openai-aws"].fields.contingent
    for deal in deals.values():
        assert set(deal.fields.overlaps) <= set(deals)
        assert deal.fields.cash_usd > 0 or deal.fields.capacity_gw > 0


def test_every_table_is_documented():
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    for path in FOLDER.glob("*.csv"):
        assert f"`{path.name}`" in readme, f"{path.name} has no row in README.md"
    for column in table_rows("chips.csv")[0]:
        assert f"`{column}`" in readme
