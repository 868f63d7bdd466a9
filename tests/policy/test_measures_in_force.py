"""The second key, inputs, foundries, caps, remote access and subsidies."""

import math

import pytest
from policy.law import chip, day, policy, regime_to_date

from sim.policy.chips import chip_specs
from sim.policy.export_controls import Regime

CHIPS = chip_specs()


def test_buyers_key_turns_in_steps_and_spares_domestic_chips():
    regime = regime_to_date()
    months = ("2025-06-30", "2025-07-31", "2025-09-30", "2026-01-31")
    permitted = [regime.buyer_permission(CHIPS["h200"], "cn", day(month)) for month in months]
    assert permitted[0] == 1 and permitted == sorted(permitted, reverse=True) and len(set(permitted)) == 4
    assert regime.buyer_permission(CHIPS["ascend-910c"], "cn", day("2026-02-28")) == 1
    assert regime.buyer_permission(CHIPS["h200"], "eu", day("2026-02-28")) == 1
    assert 0 < regime.buyer_permission(CHIPS["mi308x"], "cn", day("2026-02-28")) < 1, "state-funded sites only"


def test_the_two_keys_are_separate():
    regime, when = regime_to_date(), day("2026-02-28")
    assert regime.verdict(CHIPS["h200"], "cn", when).approval_rate > 0
    assert regime.buyer_permission(CHIPS["h200"], "cn", when) < 0.05
    assert regime.verdict(CHIPS["b300"], "cn", when).status == "denial"


def test_second_guidance_replaces_the_first():
    h20 = CHIPS["h20"]
    assert regime_to_date().buyer_permission(h20, "cn", day("2025-09-30")) == pytest.approx(0.1)


def test_block_lets_the_excepted_share_in():
    block = policy("import_block", {"destinations": ["cn"], "excepted_share": 0.2, "scope": {"skus": ["test"]}})
    assert Regime([block]).buyer_permission(chip(), "cn", day("2024-01-31")) == 0.2
    assert Regime([block]).buyer_permission(chip(sku="other"), "cn", day("2024-01-31")) == 1


def test_memory_control_and_its_lifting():
    assert regime_to_date().hbm_allowed("cn", day("2024-11-30"))
    assert not regime_to_date().hbm_allowed("cn", day("2024-12-31"))
    assert regime_to_date().hbm_allowed("us", day("2024-12-31"))
    lifted = policy(
        "input_control",
        {"item": "hbm_stacks", "destinations": ["cn"], "allowed": True},
        announced="2026-01-01",
        effective="2027-01-01",
    )
    assert regime_to_date().with_policies([lifted]).hbm_allowed("cn", day("2027-01-31"))
    assert regime_to_date().input_allowed("chip_tools", "cn", day("2026-12-31"))


def test_foundry_rule():
    regime = regime_to_date()
    assert regime.foundry_allowed("cn", day("2024-12-31"))
    assert not regime.foundry_allowed("cn", day("2025-01-31"))
    assert regime.foundry_allowed("cn", day("2025-01-31"), transistors_billion=29.9)
    assert regime.foundry_allowed("cn", day("2025-01-31"), approved_packager=True)
    assert regime.foundry_allowed("us", day("2025-01-31"))


def test_country_caps_count_countries_and_alignment():
    caps = policy(
        "country_caps",
        {
            "countries": {"gulf": 6, "sea": 2},
            "cap_h100e": 100,
            "starts": "2024-01-01",
            "ends": "2024-12-31",
            "aligned_multiplier": 2,
            "aligned_regions": ["gulf"],
        },
    )
    found = [Regime([caps]).region_cap_h100e(region, day("2024-06-30")) for region in ("gulf", "sea", "eu")]
    assert found == [1200, 200, math.inf]
    assert Regime([caps]).region_cap_h100e("gulf", day("2025-01-31")) == math.inf


def test_remote_access():
    rule = policy("remote_access_rule", {"headquarters": ["cn"], "destinations": ["sea"], "permitted_share": 0.1})
    regime, when = Regime([rule]), day("2024-01-31")
    found = [regime.remote_access_share(*pair, when) for pair in (("cn", "sea"), ("cn", "us"), ("us", "sea"))]
    assert found == [0.1, 1, 1]
    everywhere = Regime([policy("remote_access_rule", {"headquarters": ["cn"]})])
    assert everywhere.remote_access_share("cn", "us", when) == 0
    assert everywhere.remote_access_share("cn", "cn", when) == 1, "computing at home is not remote"


def test_cheap_power_is_for_domestic_chips_only():
    regime, when = regime_to_date(), day("2025-11-30")
    assert regime.power_price("cn", "cn", when, 0.08) == pytest.approx(0.056)
    assert regime.power_price("cn", "cn", when, 0.2) == pytest.approx(0.1), "never more than the largest discount"
    assert regime.power_price("cn", "cn", when, 0.05) == 0.05, "a subsidy never raises the price"
    assert regime.power_price("cn", "us", when, 0.08) == 0.08
    assert regime.power_price("eu", "cn", when, 0.08) == 0.08
    assert regime.power_price("cn", "cn", day("2025-10-31"), 0.08) == 0.08


def test_subsidies_of_chips_and_computing():
    when = day("2024-01-31")
    chips = policy("chip_subsidy", {"destinations": ["cn"], "rate": 0.3, "design_origins": ["cn"]}, id="chips")
    compute = policy("compute_subsidy", {"destinations": ["eu"], "rate": 0.7, "budget_usd_per_year": 1e9}, id="compute")
    more = policy("compute_subsidy", {"destinations": ["eu"], "rate": 0.7, "budget_usd_per_year": 2e9}, id="more")
    regime = Regime([chips, compute, more])
    assert regime.chip_subsidy_rate("cn", "cn", when) == 0.3
    assert regime.chip_subsidy_rate("cn", "us", when) == 0
    assert regime.compute_subsidy_rate("eu", "us", when) == 1, "never more than the whole rent"
    assert regime.compute_subsidy_budget_usd_per_year("eu", when) == 3e9
