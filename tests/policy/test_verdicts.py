"""Every verdict of the table follows from the policy files."""

import pytest
from policy.law import chip, day, policy, regime_to_date, shipped_policies, threshold_rule

from sim.policy.chips import chip_specs, table_rows
from sim.policy.export_controls import Regime

ROWS = table_rows("verdicts.csv")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['chip']}-{row['as_of']}-{row['destination']}")
def test_verdict_table(row):
    spec = chip_specs()[row["chip"].lower().replace(" ", "-")]
    assert regime_to_date().verdict(spec, row["destination"], day(row["as_of"])).status == row["verdict"]


def test_the_table_is_not_empty_and_covers_every_status():
    assert len(ROWS) >= 20
    assert {row["verdict"] for row in ROWS} == {"free", "licence", "case_by_case", "denial", "out_of_scope"}


def test_reason_names_the_clause_and_the_numbers():
    verdict = regime_to_date().verdict(chip_specs()["h20"], "cn", day("2025-05-31"))
    assert verdict.rule_id == "us-2025-04-licence-letters"
    assert "hbm_bw_gb_s >= 1400" in verdict.reason and "4000" in verdict.reason


def test_other_destinations_are_free():
    for destination in ("eu", "gulf", "sea", "row", "us"):
        assert regime_to_date().verdict(chip_specs()["b300"], destination, day("2026-02-28")).status == "free"


def test_a_world_without_rules_frees_every_chip():
    for spec in chip_specs().values():
        assert not Regime([]).verdict(spec, "cn", day("2026-02-28")).needs_licence


def test_letters_bind_only_the_companies_that_got_them():
    google = chip(vendor="google_tpu", tpp=2000.0, hbm_bw_gb_s=4000.0)
    nvidia = chip(vendor="nvidia", tpp=2000.0, hbm_bw_gb_s=4000.0)
    assert regime_to_date().verdict(google, "cn", day("2025-05-31")).status == "free"
    assert regime_to_date().verdict(nvidia, "cn", day("2025-05-31")).status == "licence"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"hbm_bw_gb_s": 1399.0, "interconnect_gb_s": 300.0}, "free"),
        ({"hbm_bw_gb_s": 1400.0, "interconnect_gb_s": 0.0}, "licence"),
        ({"hbm_bw_gb_s": 100.0, "interconnect_gb_s": 1100.0}, "licence"),
        ({"hbm_bw_gb_s": 1000.0, "interconnect_gb_s": 700.0}, "licence"),
        ({"hbm_bw_gb_s": 1000.0, "interconnect_gb_s": 699.0}, "free"),
    ],
)
def test_lines_of_the_letters(changes, status):
    assert regime_to_date().verdict(chip(tpp=2300.0, **changes), "cn", day("2025-05-31")).status == status


@pytest.mark.parametrize(
    ("tpp", "die_mm2", "status"),
    [
        (4800.0, 10000.0, "licence"),  # performance alone
        (4799.0, 4000.0, "free"),  # density 1.2
        (2400.0, 1500.0, "licence"),  # density 1.6
        (2400.0, 1501.0, "free"),
        (2399.0, 800.0, "free"),  # density 3.0
        (1600.0, 500.0, "licence"),  # density 3.2
        (1600.0, 200.0, "licence"),  # density 8
        (1599.0, 100.0, "free"),
    ],
)
def test_lines_of_october_2023(tpp, die_mm2, status):
    assert regime_to_date().verdict(chip(tpp=tpp, die_mm2=die_mm2), "cn", day("2024-06-30")).status == status


def test_terms_of_the_case_by_case_rule():
    verdict = regime_to_date().verdict(chip_specs()["h200"], "cn", day("2026-02-28"))
    assert (verdict.levy_rate, verdict.volume_cap_share) == (0.25, 0.5)
    assert 0 < verdict.approval_rate < 1


def test_before_licences_were_promised_none_was_granted():
    h20 = chip_specs()["h20"]
    assert regime_to_date().verdict(h20, "cn", day("2025-06-30")).approval_rate == 0
    july, august = (regime_to_date().verdict(h20, "cn", day(d)) for d in ("2025-07-31", "2025-08-31"))
    assert july.approval_rate > 0 and july.levy_rate == 0
    assert august.levy_rate == 0.15


def test_licence_policy_replaces_only_the_terms_it_gives():
    rule = threshold_rule(1000, id="rule")
    first = policy(
        "licence_policy", {"terms": {"approval_rate": 0.8, "delay_months": 4}}, id="first", effective="2024-02-01"
    )
    second = policy("licence_policy", {"terms": {"approval_rate": 0.2}}, id="second", effective="2024-03-01")
    verdict = Regime([second, rule, first]).verdict(chip(), "cn", day("2024-03-31"))
    assert (verdict.approval_rate, verdict.delay_months) == (0.2, 4)


def test_levies_add_up_to_at_most_everything():
    levies = [policy("levy", {"rate": 0.6}, id=f"levy-{n}") for n in range(2)]
    assert Regime([threshold_rule(1000, id="rule"), *levies]).verdict(chip(), "cn", day("2024-01-31")).levy_rate == 1


def test_a_levy_on_another_rule_does_not_touch_this_one():
    levy = policy("levy", {"rate": 0.6, "applies_to": ["another"]}, id="levy")
    assert Regime([threshold_rule(1000, id="rule"), levy]).verdict(chip(), "cn", day("2024-01-31")).levy_rate == 0


def test_denial_grants_nothing_whatever_a_licence_policy_says():
    lenient = policy("licence_policy", {"terms": {"approval_rate": 1}}, id="lenient")
    verdict = Regime([threshold_rule(1000, "denial", id="rule"), lenient]).verdict(chip(), "cn", day("2024-01-31"))
    assert (verdict.status, verdict.approval_rate) == ("denial", 0)


def test_entity_rule_treats_subsidiaries_as_if_at_home():
    regime, b300 = regime_to_date(), chip_specs()["b300"]
    h100 = chip_specs()["h100"]
    assert regime.verdict(h100, "sea", day("2023-10-31"), headquarters="cn").status == "free"
    assert regime.verdict(h100, "sea", day("2023-11-30"), headquarters="cn").status == "licence"
    assert regime.verdict(b300, "sea", day("2026-06-30"), headquarters="cn").status == "denial"
    assert regime.verdict(b300, "sea", day("2026-06-30"), headquarters="us").status == "free"
    assert regime.verdict(b300, "sea", day("2026-06-30")).status == "free"


def test_another_requirement_is_not_softened_by_a_review_of_the_first():
    other = threshold_rule(1000, id="other")
    verdict = regime_to_date().with_policies([other]).verdict(chip_specs()["h200"], "cn", day("2026-02-28"))
    assert (verdict.status, verdict.rule_id) == ("licence", "other")
    denied = regime_to_date().with_policies([other]).verdict(chip_specs()["b300"], "cn", day("2026-02-28"))
    assert denied.status == "denial"


def test_a_review_leaves_chips_outside_its_destinations_alone():
    case = shipped_policies()["us-2026-01-case-by-case"]
    alone = Regime([case])
    assert alone.verdict(chip(), "cn", day("2026-02-28")).status == "free", "a review requires nothing by itself"
