"""Vendors design to the threshold: the variants of history follow from the rules."""

import pytest
from policy.law import chip, day, regime_to_date, threshold_rule

from sim.policy.chips import chip_specs
from sim.policy.compliant_sku import DesignRules, best_compliant_variant, value_share
from sim.policy.export_controls import Regime


def _best(sku, when, **options):
    return best_compliant_variant(chip_specs()[sku], regime_to_date(), "cn", day(when), **options)


@pytest.mark.parametrize(("sku", "like"), [("a100", "a800"), ("h100", "h800")])
def test_october_2022_cuts_the_interconnect(sku, like):
    base, historic, variant = chip_specs()[sku], chip_specs()[like], _best(sku, "2022-10-31")
    assert variant.spec.tpp == base.tpp == pytest.approx(historic.tpp, rel=0.001)
    assert 590 <= variant.spec.interconnect_gb_s < 600
    assert variant.h100e_factor == 1 and variant.value_share > 0.9
    assert variant.changes == (f"interconnect GB/s {base.interconnect_gb_s:.0f} -> 594",)


def test_october_2023_gives_an_h20():
    variant, h20 = _best("h100", "2023-12-31"), chip_specs()["h20"]
    assert variant.spec.tpp == pytest.approx(h20.tpp, rel=0.01) and variant.spec.tpp < 2400
    assert variant.spec.die_mm2 == h20.die_mm2 and variant.spec.performance_density < 3.2
    assert variant.spec.hbm_bw_gb_s == pytest.approx(h20.hbm_bw_gb_s, rel=0.02)
    assert variant.spec.interconnect_gb_s == h20.interconnect_gb_s
    assert variant.spec.h100e == pytest.approx(h20.h100e, rel=0.02)


def test_an_announced_rule_is_designed_for_before_it_binds():
    assert _best("h100", "2023-10-31").spec.tpp < 2400
    assert _best("h100", "2023-10-31", include_announced=False).spec.tpp == 15832
    assert _best("h100", "2023-09-30").spec.tpp == 15832


def test_letters_of_april_2025_leave_an_l20_like_part_or_nothing():
    variant = _best("h100", "2025-04-30")
    assert variant is not None and variant.spec.hbm_bw_gb_s < 1400 and variant.spec.tpp < 2400
    assert variant.spec.hbm_bw_gb_s + variant.spec.interconnect_gb_s < 1700
    assert _best("b200", "2025-04-30") is None


def test_no_variant_where_the_base_chip_is_free():
    assert best_compliant_variant(chip_specs()["h100"], regime_to_date(), "eu", day("2024-06-30")) is None
    assert best_compliant_variant(chip_specs()["h100"], Regime([]), "cn", day("2024-06-30")) is None


def test_no_variant_that_is_not_worth_a_product():
    rule = Regime([threshold_rule(500)])
    strict = DesignRules(least_value_share=0.9)
    assert best_compliant_variant(chip(), rule, "cn", day("2024-06-30"), rules=strict) is None
    assert best_compliant_variant(chip(), rule, "cn", day("2024-06-30")) is not None


def test_no_variant_where_every_chip_is_denied():
    assert best_compliant_variant(chip(), Regime([threshold_rule(0, "denial")]), "cn", day("2024-06-30")) is None


def test_case_by_case_can_be_designed_for():
    variant = _best("b300", "2026-02-28", acceptable=("free", "case_by_case"))
    assert 20_000 < variant.spec.tpp < 21_000 and variant.spec.hbm_bw_gb_s < 6500
    assert _best("h200", "2026-02-28", acceptable=("free", "case_by_case")) is None, "sells as it is"


def test_memory_is_upgraded_only_in_low_compute_designs():
    assert _best("a100", "2022-10-31").spec.hbm_bw_gb_s == chip_specs()["a100"].hbm_bw_gb_s


def test_value_of_the_base_chip_is_one():
    assert value_share(chip(), chip(), DesignRules()) == 1
    assert value_share(chip(interconnect_gb_s=0.0), chip(interconnect_gb_s=0.0), DesignRules()) == 1


def test_variants_have_names_that_tell_them_apart():
    assert _best("h100", "2023-12-31").spec.sku == "h100-cn-2023-12"
