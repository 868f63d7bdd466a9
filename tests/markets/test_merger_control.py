"""Merger control: who may buy a failing lab or a fleet; the next buyer, the event, the estate without one."""

import pytest
from finance_world import events_of, quiet_world, set_cash
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import closes, parameters

from sim.accounts import CLOUD0, COREWEAVE, MICROSOFT, N_CLOUDS, N_VENDORS, ORACLE
from sim.markets import solvency, stakes, takeovers
from sim.world import IN_FORCE, NO_ONE

QUICK = settings(max_examples=25, deadline=None)
ANTHROPIC = 1


def failing_lab(limit=None):
    """Anthropic is for sale for 1 billion USD; only Microsoft (largest stake) and Oracle have the means."""
    world = quiet_world()
    for k in range(N_CLOUDS):
        set_cash(world, CLOUD0 + k, 500e9 if k in (MICROSOFT, ORACLE) else 0.0)
        world.clouds["borrowing_base"][k] = 0.0
    world.labs["owner"][:] = NO_ONE
    world.labs["revenue_smooth"][:] = 0.0
    world.labs["revenue_smooth"][:4] = (50e6, 10e6, 30e6, 10e6)
    world.labs["owner"][2] = MICROSOFT
    world.stake[N_VENDORS + MICROSOFT, ANTHROPIC] = 0.3
    if limit is not None:
        world.policy["takeovers_allowed"][IN_FORCE] = 0
        world.policy["takeover_share_limit"][IN_FORCE] = limit
    return world


@pytest.mark.parametrize(
    ("limit", "buyer", "refused"),
    [
        (None, MICROSOFT, 0),
        (0.5, MICROSOFT, 0),
        (0.4, ORACLE, 1),
        (0.11, ORACLE, 1),
        (0.1, NO_ONE, 1),
        (0.0, NO_ONE, 1),
    ],
)
def test_the_buyer_is_the_best_that_control_allows(limit, buyer, refused):
    world = failing_lab(limit)
    assert takeovers.combined_share_of_labs(world, ANTHROPIC, MICROSOFT) == pytest.approx(0.4)
    assert takeovers.combined_share_of_labs(world, ANTHROPIC, ORACLE) == pytest.approx(0.1)
    assert takeovers.buyer_of_lab(world, ANTHROPIC, 1e9, parameters(world)) == buyer
    assert events_of(world, "takeover_forbidden") == [(ANTHROPIC, MICROSOFT, 1e9)] * refused


@QUICK
@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_stricter_control_never_lets_more_takeovers_through(one, other):
    strict, lax = sorted((one, other))
    found = [
        takeovers.buyer_of_lab(world, ANTHROPIC, 1e9, parameters(world)) for world in map(failing_lab, (strict, lax))
    ]
    assert found[0] == NO_ONE or found[1] != NO_ONE


def test_a_lab_without_a_permitted_buyer_is_wound_up():
    world = failing_lab(0.0)
    p = parameters(world)
    world.labs["distress"][ANTHROPIC] = p["finance_exit_months"] + 1.0
    solvency.decide_on_distress(world)
    assert world.labs["winding_up"][ANTHROPIC] == 1
    assert closes(world)


def test_a_fleet_goes_to_the_next_buyer_or_stands():
    free, bound, closed = (quiet_world() for _ in range(3))
    for world in (free, bound, closed):
        for k in range(N_CLOUDS):
            set_cash(world, CLOUD0 + k, 0.0)
        set_cash(world, CLOUD0 + MICROSOFT, 500e9)
        set_cash(world, CLOUD0 + ORACLE, 100e9)
        world.clouds["arrears_months"][:] = 0.0
    total = free.clouds["installed_h100e"].sum()
    share = [free.clouds["installed_h100e"][[k, COREWEAVE]].sum() / total for k in (ORACLE, MICROSOFT)]
    assert share[0] < share[1]
    for world, limit in ((bound, sum(share) / 2.0), (closed, 0.0)):
        world.policy["takeovers_allowed"][IN_FORCE] = 0
        world.policy["takeover_share_limit"][IN_FORCE] = limit
    assert solvency.buyer_of_fleet(free, COREWEAVE) == MICROSOFT
    assert solvency.buyer_of_fleet(bound, COREWEAVE) == ORACLE
    assert solvency.buyer_of_fleet(closed, COREWEAVE) == NO_ONE
    assert [event[:2] for event in events_of(bound, "takeover_forbidden")] == [
        (stakes.CLOUD_EVENT + COREWEAVE, MICROSOFT)
    ]
