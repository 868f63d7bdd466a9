"""Relations that hold for every rule and every chip."""

import dataclasses

from hypothesis import given
from hypothesis import strategies as st
from policy.law import chip, day, policy, regime_to_date, threshold_rule

from sim.policy.chip_spec import total_processing_performance
from sim.policy.compliant_sku import best_compliant_variant
from sim.policy.export_controls import Regime

TPP = st.floats(100, 200_000)
CHIPS = st.builds(
    chip,
    vendor=st.sampled_from(["nvidia", "amd", "google_tpu"]),
    tpp=TPP,
    die_mm2=st.floats(100, 4000),
    interconnect_gb_s=st.floats(0, 5000),
    hbm_bw_gb_s=st.floats(100, 30_000),
)
DAYS = st.dates(day("2022-01-01"), day("2031-12-31"))
LINES = st.floats(100, 100_000)
NOW = day("2024-06-30")


@given(CHIPS, LINES, LINES)
def test_a_stricter_threshold_never_frees_a_chip(spec, one, other):
    strict, lenient = (Regime([threshold_rule(line)]) for line in sorted((one, other)))
    assert strict.verdict(spec, "cn", NOW).restriction >= lenient.verdict(spec, "cn", NOW).restriction


@given(CHIPS, DAYS, st.floats(1, 20), st.sampled_from(["tpp", "interconnect_gb_s", "hbm_bw_gb_s"]))
def test_a_stronger_chip_never_moves_toward_free(spec, when, factor, measure):
    stronger = dataclasses.replace(spec, **{measure: spec.measure(measure) * factor})
    regime = regime_to_date()
    assert regime.verdict(stronger, "cn", when).restriction >= regime.verdict(spec, "cn", when).restriction


@given(CHIPS, DAYS, LINES)
def test_one_more_rule_never_frees_a_chip(spec, when, line):
    more = regime_to_date().with_policies([threshold_rule(line, id="more")])
    assert more.verdict(spec, "cn", when).restriction >= regime_to_date().verdict(spec, "cn", when).restriction


@given(CHIPS, DAYS, st.floats(0, 1), st.floats(0, 1))
def test_stronger_guidance_never_raises_the_buyers_permission(spec, when, one, other):
    weak, strong = (
        regime_to_date().with_policies([policy("import_guidance", {"destinations": ["cn"], "strength": s}, id="more")])
        for s in sorted((one, other))
    )
    low, high = (regime.buyer_permission(spec, "cn", when) for regime in (strong, weak))
    assert 0 <= low <= high <= 1


@given(CHIPS, DAYS, st.sampled_from(["us", "cn", "eu", "gulf", "sea", "row"]), st.sampled_from([None, "cn", "us"]))
def test_verdict_is_complete_and_within_bounds(spec, when, destination, headquarters):
    found = regime_to_date().verdict(spec, destination, when, headquarters)
    assert 0 <= found.approval_rate <= 1 and 0 <= found.levy_rate <= 1
    assert found.delay_months >= 0 and found.volume_cap_share >= 0 and found.reason
    assert found.needs_licence == (found.rule_id is not None)
    assert found.needs_licence or found.approval_rate == 1


@given(CHIPS, DAYS)
def test_variant_is_sellable_weaker_and_worth_having(spec, when):
    variant = best_compliant_variant(spec, regime_to_date(), "cn", when)
    if variant is None:
        return
    regime = regime_to_date().known(when)
    for later in [when, *(change for change in regime.change_dates() if change > when)]:
        assert regime.verdict(variant.spec, "cn", later).status == "free"
    assert variant.spec.tpp <= spec.tpp and variant.spec.interconnect_gb_s <= spec.interconnect_gb_s
    assert variant.spec.die_mm2 == spec.die_mm2
    assert 0 < variant.h100e_factor <= 1 and variant.value_share >= 0.1 and variant.changes


@given(CHIPS, LINES, LINES)
def test_a_stricter_threshold_never_makes_the_variant_more_valuable(spec, one, other):
    strict, lenient = (Regime([threshold_rule(line)]) for line in sorted((one, other)))
    if not lenient.verdict(spec, "cn", NOW).needs_licence:
        return
    values = [best_compliant_variant(spec, regime, "cn", NOW) for regime in (strict, lenient)]
    low, high = (0.0 if found is None else found.value_share for found in values)
    assert low <= high * (1 + 1e-9) or high >= 1


@given(st.dictionaries(st.sampled_from([4, 8, 16, 32]), st.floats(0, 1e5), min_size=1), st.floats(1, 10))
def test_tpp_grows_with_throughput(tops, factor):
    more = {bits: value * factor for bits, value in tops.items()}
    assert total_processing_performance(more) >= total_processing_performance(tops)
