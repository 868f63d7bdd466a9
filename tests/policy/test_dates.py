"""Announced, in force, expired, superseded."""

import itertools

import pytest
from policy.law import chip, day, policy, regime_to_date, shipped_policies, threshold_rule

from sim.errors import InputError
from sim.policy.chips import chip_specs
from sim.policy.export_controls import Regime


def _ids(policies):
    return [found.id for found in policies]


def test_rule_binds_from_its_effective_day():
    regime, a800 = regime_to_date(), chip_specs()["a800"]
    assert regime.verdict(a800, "cn", day("2023-10-31")).status == "free"
    assert regime.verdict(a800, "cn", day("2023-11-16")).status == "free"
    assert regime.verdict(a800, "cn", day("2023-11-17")).status == "licence"


def test_between_announcement_and_force_agents_know():
    regime = regime_to_date()
    assert "us-2023-10-advanced-computing" in _ids(regime.announced_not_in_force(day("2023-10-31")))
    assert "us-2023-10-advanced-computing" not in _ids(regime.announced_not_in_force(day("2023-09-30")))
    assert "us-2023-10-advanced-computing" not in _ids(regime.announced_not_in_force(day("2023-11-30")))


def test_diffusion_rule_was_awaited_and_never_in_force():
    regime = regime_to_date()
    assert "us-2025-01-ai-diffusion" in _ids(regime.announced_not_in_force(day("2025-01-31")))
    assert "us-2025-01-ai-diffusion" not in _ids(regime.announced_not_in_force(day("2025-05-31")))
    for month in ("2025-01-31", "2025-05-31", "2026-12-31"):
        assert "us-2025-01-ai-diffusion" not in _ids(regime.in_force(day(month)))
        assert regime.region_cap_h100e("gulf", day(month)) == float("inf")


def test_expiry_is_the_first_day_without_the_rule():
    regime = Regime([threshold_rule(1000, expires="2024-06-01")])
    assert regime.verdict(chip(), "cn", day("2024-05-31")).status == "licence"
    assert regime.verdict(chip(), "cn", day("2024-06-01")).status == "free"


def test_superseded_rule_lapses_and_does_not_revive():
    old = threshold_rule(1000, id="old")
    new = threshold_rule(50000, id="new", effective="2024-03-01", expires="2024-06-01", supersedes=["old"])
    regime = Regime([new, old])
    months = ("2024-02-29", "2024-03-31", "2024-06-30")
    assert [_ids(regime.in_force(day(month))) for month in months] == [["old"], ["new"], []]


def test_a_rule_that_never_comes_into_force_supersedes_nothing():
    old, new = threshold_rule(1000, id="old"), threshold_rule(2000, id="new", effective=None, supersedes=["old"])
    assert _ids(Regime([old, new]).in_force(day("2030-12-31"))) == ["old"]


def test_october_2023_drops_the_interconnect_test():
    assert _ids(regime_to_date().in_force(day("2023-11-30"))) == [
        "us-2023-10-advanced-computing",
        "us-2023-10-headquarters",
    ]


def test_change_dates_are_the_only_days_on_which_the_law_changes():
    regime = regime_to_date()
    changes = regime.change_dates()
    assert list(changes) == sorted(set(changes))
    assert day("2023-11-17") in changes and day("2025-05-13") not in changes
    for first, last in itertools.pairwise(changes):
        before = last.fromordinal(last.toordinal() - 1)
        assert regime.in_force(first) == regime.in_force(before)
        assert regime.in_force(before) != regime.in_force(last)


def test_a_policy_listed_twice_is_an_error():
    with pytest.raises(InputError, match="'old' is listed twice"):
        Regime([threshold_rule(1000, id="old"), threshold_rule(2000, id="old")])


def test_order_of_the_list_does_not_matter():
    policies = list(shipped_policies().values())
    forward, backward = Regime(policies), Regime(reversed(policies))
    assert forward.policies == backward.policies


def test_round_trip_the_law_of_2022_and_every_later_act_is_todays_law():
    regime = regime_to_date()
    law_of_2022 = regime.at(day("2022-12-31"))
    assert _ids(law_of_2022.policies) == ["us-2022-10-advanced-computing"]
    known = {found.id for found in law_of_2022.policies}
    today = law_of_2022.with_policies(found for found in regime.policies if found.id not in known)
    for when in ("2023-06-30", "2024-06-30", "2025-06-30", "2026-02-28", "2026-12-31"):
        assert today.in_force(day(when)) == regime.in_force(day(when))
        for spec in chip_specs().values():
            for destination in ("cn", "us", "sea"):
                assert today.verdict(spec, destination, day(when)) == regime.verdict(spec, destination, day(when))


def test_the_law_of_a_day_alone_gives_that_days_verdicts():
    for when in ("2023-06-30", "2024-06-30", "2026-02-28"):
        alone = regime_to_date().at(day(when))
        for spec in chip_specs().values():
            assert alone.verdict(spec, "cn", day(when)) == regime_to_date().verdict(spec, "cn", day(when))


def test_known_law_hides_what_is_not_announced():
    assert "us-2025-04-licence-letters" not in _ids(regime_to_date().known(day("2025-03-31")).policies)


def test_an_unused_policy_changes_no_verdict():
    extra = policy("chip_subsidy", {"destinations": ["eu"], "rate": 0.2}, id="extra")
    more = regime_to_date().with_policies([extra])
    for spec in chip_specs().values():
        assert more.verdict(spec, "cn", day("2026-02-28")) == regime_to_date().verdict(spec, "cn", day("2026-02-28"))
