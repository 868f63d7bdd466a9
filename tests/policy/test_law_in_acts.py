"""The law built act by act: the rules to date applied to the law of October 2022 give today's law, on every day."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.dated import month_start
from sim.policy.chips import chip_specs
from sim.policy.export_controls import Regime
from sim.policy.month import fill, neutral_rows
from sim.policy.schema import Policy
from sim.policy.timeline import work_out
from sim.policy.verdict import Verdict
from sim.scenario.load import load_scenario
from sim.world import REGIONS

FIRST = dt.date(2022, 10, 31)
ACTS: tuple[Policy, ...] = load_scenario("baseline").policies
BY_DATE = sorted(ACTS, key=lambda act: (act.announced, act.id))
NEAR = (-1, 0, 1)
REPEATED = {"us-2026-06-subsidiaries"}
"""Acts that say once more what an earlier one says: the headquarters clause of October 2023."""
YEARS = range(2021, 2031)


def days() -> list[dt.date]:
    """Days around every announcement, start and end of an act, and the last day of every year."""
    named = {day for act in ACTS for day in (act.announced, act.effective, act.expires) if day is not None}
    return sorted({day + dt.timedelta(near) for day in named for near in NEAR} | {dt.date(y, 12, 31) for y in YEARS})


def law_on(regime: Regime, day: dt.date) -> tuple[list[Verdict], list[float], bytes]:
    """Everything that the law says on a day: verdicts and the buyer's key for each chip and place, and all measures."""
    verdicts, permissions = [], []
    for chip in chip_specs().values():
        for place in REGIONS:
            for headquarters in (None, "cn"):
                verdicts.append(regime.verdict(chip, place, day, headquarters))
            permissions.append(regime.buyer_permission(chip, place, day))
    row = neutral_rows(1)
    fill(regime, row[0], day)
    return verdicts, permissions, row.tobytes()


def test_the_law_of_2022_with_every_later_act_is_the_law_of_today_and_of_every_other_day() -> None:
    law = Regime(act for act in BY_DATE if act.announced <= FIRST)
    later = [act for act in BY_DATE if act.announced > FIRST]
    assert len(law.policies) == 1
    assert len(later) == len(ACTS) - 1
    for act in later:
        law = law.with_policies([act])
    whole = Regime(ACTS)
    for day in days():
        assert law_on(law, day) == law_on(whole, day), day


def test_after_each_act_the_law_is_that_of_its_day_until_the_next_act_is_in_force() -> None:
    whole = Regime(ACTS)
    in_force = sorted((act for act in ACTS if act.effective), key=lambda act: (act.effective, act.announced, act.id))
    law = Regime([])
    seen = []
    for index, act in enumerate(in_force):
        before = law
        law = law.with_policies([act])
        following = in_force[index + 1].effective if index + 1 < len(in_force) else None
        if following == act.effective:
            continue  # two acts of one day are one change
        assert law_on(law, act.effective) == law_on(whole, act.effective), act.id
        if following is not None:
            eve = following - dt.timedelta(1)
            assert law_on(law, eve) == law_on(whole, eve), act.id
        seen.append(law_on(before, act.effective) != law_on(law, act.effective))
    assert sum(seen) >= 6, "most acts change something that the law is asked for"


def test_no_act_can_be_left_out_unseen() -> None:
    """Each act that is in force for a time and is not overtaken at once changes what the law says on some day."""
    whole = Regime(ACTS)
    silent = []
    for act in ACTS:
        without = Regime(other for other in ACTS if other.id != act.id)
        if act.effective and all(law_on(without, day) == law_on(whole, day) for day in days() if day >= act.effective):
            silent.append(act.id)
    assert set(silent) <= REPEATED


def test_an_act_that_repeats_an_earlier_one_would_be_seen_without_it() -> None:
    law = Regime(act for act in ACTS if act.id != "us-2023-10-headquarters")
    for name in REPEATED:
        without = Regime(act for act in law.policies if act.id != name)
        assert any(law_on(without, day) != law_on(law, day) for day in days())


@pytest.mark.parametrize("day", [dt.date(2025, 12, 31), dt.date(2026, 2, 1)])
def test_the_law_of_a_day_alone_says_the_same_on_that_day(day: dt.date) -> None:
    whole = Regime(ACTS)
    assert law_on(whole.at(day), day) == law_on(whole, day)


def bytes_of(policies: Iterable[Policy]) -> tuple:
    start = 12 * 2023
    assert month_start(start) == dt.date(2023, 1, 1)
    made = work_out(tuple(policies), start, 96, 9)
    arrays = tuple(np.ascontiguousarray(part).tobytes() for part in made if isinstance(part, np.ndarray))
    return (*arrays, made.names, made.notices)


@functools.cache
def in_file_order() -> tuple:
    return bytes_of(ACTS)


@settings(max_examples=12, deadline=None)
@given(order=st.permutations(ACTS))
def test_policies_in_any_order_give_the_same_timeline_to_the_byte(order: list[Policy]) -> None:
    assert bytes_of(order) == in_file_order()
