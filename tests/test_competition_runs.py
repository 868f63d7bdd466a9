"""Competition law in whole runs: at its extremes the accounts close, and what is never in force changes no byte."""

import dataclasses

import numpy as np
import pytest
from made_policies import policy
from worlds import run_of, scenario

from sim.accounts import CLOUD_KEYS, LAB_KEYS, N_VENDORS, NVIDIA
from sim.economy import run_scenario
from sim.world import EU

MONTHS = 30
EXTREMES = {
    "remedy": ("interoperability_remedy", {"friction_share": 0.0, "speed_per_year": 12}),
    "no-stakes": (
        "customer_equity_limit",
        {"max_equity_share": 0.0, "max_financed_revenue_share": 0.0, "divest_share_per_month": 1.0},
    ),
    "labs": ("merger", {"firms": "labs", "target": "anthropic", "acquirer": "google_deepmind"}),
    "clouds": ("merger", {"firms": "clouds", "target": "oracle", "acquirer": "microsoft"}),
    "no-takeovers": ("merger_control", {}),
    "free-to-leave": (
        "switching_rule", {"destinations": ["us", "eu"], "switching_factor": 0, "managed_switching_factor": 0},
    ),
    "locked-in": ("switching_rule", {"destinations": ["eu"], "switching_factor": 10, "managed_switching_factor": 10}),
}  # fmt: skip


def lived(*policies, months=MONTHS):
    base = scenario(months)
    return run_scenario(dataclasses.replace(base, policies=(*base.policies, *policies)), seed=1)


def ruled(name, effective="2024-01-01"):
    return policy(*EXTREMES[name], name=name, announced="2023-06-01", effective=effective)


@pytest.mark.parametrize("name", EXTREMES)
def test_at_its_extreme_accounts_chips_and_power_close(name):
    """A breach of an identity stops a run, and a number that is not finite stops its measures."""
    run = lived(ruled(name))
    assert run.economy.month == MONTHS
    assert np.isfinite(run.timeseries["value"]).all()


@pytest.mark.parametrize("name", EXTREMES)
def test_what_is_never_in_force_changes_no_byte(name):
    plain, proposed = run_of(MONTHS), lived(ruled(name, effective=None))
    assert plain.timeseries.equals(proposed.timeseries)
    assert np.array_equal(plain.history.accounts, proposed.history.accounts)


def test_under_a_ban_no_vendor_holds_a_customer():
    run = lived(ruled("no-stakes"))
    assert (run.economy.world.stake[:N_VENDORS] <= 1e-12).all()
    assert run.economy.world.vendors["stakes_usd"][NVIDIA] == pytest.approx(0.0, abs=1.0)


def test_merged_firms_leave_the_tables_in_the_month_of_the_merger():
    labs, clouds = lived(ruled("labs")).history, lived(ruled("clouds")).history
    lab, cloud = LAB_KEYS.index("anthropic"), CLOUD_KEYS.index("oracle")
    assert labs.labs["active"][:, lab].tolist() == [1] * 12 + [0] * (MONTHS - 12)
    assert clouds.clouds["active"][:, cloud].tolist() == [1] * 12 + [0] * (MONTHS - 12)
    assert clouds.clouds["installed_h100e"][12:, cloud].max() == 0.0
    assert labs.users[12:, :, lab * 4 : lab * 4 + 4].sum() == 0


def test_the_remedy_is_anticipated_and_nothing_before_its_announcement_changes():
    free, bound = run_of(MONTHS).history, lived(ruled("remedy")).history
    assert np.array_equal(free.accounts[:5], bound.accounts[:5])
    assert not np.array_equal(free.accounts[6:12], bound.accounts[6:12])
    assert (bound.vendors["remedy_left"][:12, NVIDIA] == 1.0).all()
    assert bound.vendors["remedy_left"][12:, NVIDIA].max() < 1.0


def test_who_may_leave_for_nothing_moves_more():
    free, bound = run_of(MONTHS).history, lived(ruled("free-to-leave")).history
    here = free.communities["region"][0] == EU
    moved = [h.communities["switchers"][12:15][:, here].sum() for h in (free, bound)]
    assert moved[1] > moved[0]
