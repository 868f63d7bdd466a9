"""Policies month by month: lags, variants, hoarding, what changes when."""

import datetime as dt

import numpy as np
import pytest
from worlds import scenario

from sim.dated import parse_month
from sim.policy import timeline as module
from sim.policy.month import neutral_rows
from sim.policy.months import FAR, last_day, month_index
from sim.policy.timeline import timeline
from sim.tables.law import NEUTRAL
from sim.world import CN, EXPECTED, IN_FORCE, POLICY, REGIONS

START = parse_month("2023-01")


@pytest.fixture(scope="module")
def baseline_line():
    """Timeline of the baseline to 2030-12."""
    return timeline(scenario(96).policies, START, 96, 3)


@pytest.fixture(scope="module")
def free_line():
    """Timeline of a world without any policy."""
    return timeline((), START, 96, 3)


def test_months_and_days():
    assert month_index("2023-01", START, FAR) == 0
    assert month_index("2024-03", START, FAR) == 14
    assert month_index("2022-11", START, FAR) == -2
    assert month_index("", START, FAR) == month_index(None, START, FAR) == FAR
    assert last_day(START) == dt.date(2023, 1, 31)
    assert last_day(START + 13) == dt.date(2024, 2, 29)


def test_shapes(baseline_line):
    chips = len(baseline_line.names)
    assert len(set(baseline_line.names)) == chips == len(baseline_line.skus)
    assert baseline_line.china.shape == (96, chips, 5)
    assert len(baseline_line.policy) == len(baseline_line.changed) == len(baseline_line.new_chips) == 96


def test_a_world_without_controls_has_no_compliant_chips_and_sells_freely(free_line):
    assert not free_line.skus["variant"].any()
    made = free_line.skus["end"] >= 0
    terms = free_line.china[0][made]  # share approved, buyer's taste, levy, cap, delay
    assert (terms == [1.0, 1.0, 0.0, -1.0, 0.0]).all()
    assert (free_line.china == free_line.china[0]).all()
    assert free_line.changed.sum() == 1 and free_line.changed[0]
    assert not free_line.policy[:, IN_FORCE]["stockpile_pull"].any()
    assert (free_line.policy[:, IN_FORCE]["remote_access"] == 1.0).all()
    assert free_line.notices == ()


def test_products_are_the_same_with_and_without_policies(baseline_line, free_line):
    """Roadmaps are given; only what vendors derive for China depends on the law."""
    plain = baseline_line.skus["variant"] == 0
    assert baseline_line.skus[plain].tobytes() == free_line.skus.tobytes()


def test_variants_are_worse_than_their_parents_and_sellable_when_they_come(baseline_line):
    skus = baseline_line.skus
    variants = np.flatnonzero(skus["variant"])
    assert len(variants) > 0
    for index in variants:
        name = baseline_line.names[index]
        parent = baseline_line.names.index(name.split("-cn-")[0])
        assert skus["vendor"][index] == skus["vendor"][parent]
        assert skus["tpp"][index] <= skus["tpp"][parent]
        assert skus["h100e"][index] <= skus["h100e"][parent]
        launch = skus["launch"][index]
        assert 0 <= launch < 96
        # Sold from its launch, unless a later rule came into force while it was designed.
        known = name.split("-cn-")[1].removesuffix("-review")
        later = [p for p in scenario(96).policies if p.effective and f"{p.announced:%Y-%m}" > known]
        overtaken = any(p.effective <= last_day(START + int(launch)) for p in later)
        waits = baseline_line.china[launch, index, 4] > 0.0  # the first licences come after their delay
        assert baseline_line.china[launch, index, 0] > 0.0 or overtaken or waits


@pytest.mark.parametrize("lag", [1, 3, 9])
def test_variants_come_a_design_lag_after_the_announcement(lag):
    line = timeline(scenario(96).policies, START, 96, lag)
    for index in np.flatnonzero(line.skus["variant"]):
        year, month = (int(part) for part in line.names[index].split("-cn-")[1].split("-")[:2])
        announced = year * 12 + month - 1 - START
        assert line.skus["launch"][index] >= max(announced + lag, 0)


def test_terms_change_only_in_months_that_say_so(baseline_line):
    law = baseline_line.policy[:, IN_FORCE]
    for t in range(1, 96):
        if not baseline_line.changed[t]:
            assert (baseline_line.china[t] == baseline_line.china[t - 1]).all()
            for name in ("remote_access", "foundry_open", "domestic_discount", "chip_subsidy", "country_cap_h100e"):
                assert (law[name][t] == law[name][t - 1]).all()


def test_shares_levies_and_caps_are_what_they_should_be(baseline_line):
    share, taste, levy, cap, delay = (baseline_line.china[:, :, column] for column in range(5))
    assert ((share >= 0.0) & (share <= 1.0)).all()
    assert ((taste >= 0.0) & (taste <= 1.0)).all()
    assert ((levy >= 0.0) & (levy < 1.0)).all()
    assert (cap >= -1.0).all()
    assert (delay >= 0.0).all()
    assert levy.max() > 0.0  # August 2025


def test_buyers_hoard_between_announcement_and_force_only():
    policies = tuple(p for p in scenario(96).policies if p.id == "us-2023-10-advanced-computing")
    (policy,) = policies
    line = timeline(policies, START, 24, 3)
    pull = line.policy[:, IN_FORCE]["stockpile_pull"][:, CN]
    assert not np.delete(line.policy[:, IN_FORCE]["stockpile_pull"], CN, axis=1).any(), "nobody else is concerned"
    days = np.array([last_day(START + t).day for t in range(24)])
    assert ((pull >= 0.0) & (pull <= 1.0)).all()
    assert pull @ days == pytest.approx((policy.effective - policy.announced).days, abs=2)
    for t in range(24):
        if pull[t] > 0.0:
            assert policy.announced <= last_day(START + t)
            assert last_day(START + t).replace(day=1) < policy.effective
        pending = policy.announced <= last_day(START + t) < policy.effective
        assert (line.policy[:, IN_FORCE]["months_to_rule"][t] >= 0.0) == pending


def test_new_chips_are_flagged_when_they_come_and_after_they_go(baseline_line):
    launches = baseline_line.skus["launch"]
    for t in range(96):
        expected = (launches == t).any() or (baseline_line.skus["end"] + 1 == t).any()
        assert baseline_line.new_chips[t] == expected


def test_notices_are_in_order_and_inside_the_horizon(baseline_line):
    months = [notice.month for notice in baseline_line.notices]
    assert months == sorted(months)
    assert min(months) >= 0 and max(months) < 96
    assert {notice.kind for notice in baseline_line.notices} >= {"rule_announced", "rule_in_force", "compliant_chip"}


def test_worked_out_once_per_set_of_policies():
    one = timeline(scenario(96).policies, START, 96, 3)
    assert timeline(scenario(96).policies, START, 96, 3) is one
    assert timeline(scenario(96).policies, START, 96, 4) is not one
    fresh = module.work_out(scenario(96).policies, START, 96, 3)
    assert fresh.china.tobytes() == one.china.tobytes()
    assert fresh.skus.tobytes() == one.skus.tobytes()


def test_a_shorter_run_sees_the_same_past(baseline_line):
    short = timeline(scenario(96).policies, START, 40, 3)
    for name in short.names:
        old, new = baseline_line.names.index(name), short.names.index(name)
        assert (short.china[:, new] == baseline_line.china[:40, old]).all()
    assert (short.policy[:, IN_FORCE]["hbm_allowed"] == baseline_line.policy[:, IN_FORCE]["hbm_allowed"][:40]).all()


def test_regional_columns_follow_the_order_of_regions(baseline_line):
    assert baseline_line.policy[:, IN_FORCE]["country_cap_h100e"].shape == (96, len(REGIONS))
    assert (baseline_line.policy[:, IN_FORCE]["country_cap_h100e"][0] == -1.0).all()


def test_firms_expect_what_is_announced_and_has_a_date():
    policies = tuple(p for p in scenario(96).policies if p.id == "us-2024-12-memory-control")
    (policy,) = policies
    line = timeline(policies, START, 40, 3, 6)
    for t in range(40):
        today, later = last_day(START + t), last_day(START + t + 6)
        known = policy.announced <= today and policy.effective <= later
        assert line.policy[t, EXPECTED]["hbm_allowed"] == (0.0 if known else 1.0)
    assert (line.policy[:, IN_FORCE]["hbm_allowed"] >= line.policy[:, EXPECTED]["hbm_allowed"]).all()


def test_without_policies_every_field_is_neutral(free_line):
    assert free_line.policy.tobytes() == np.stack([neutral_rows(96)] * 2, axis=1).tobytes()


def test_neutral_values_are_fields():
    assert set(NEUTRAL) <= {name for name, *_ in POLICY}
