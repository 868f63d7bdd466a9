"""scenarios/agent-wave.yaml: an open agent is taken up in China from March 2026, elsewhere from June. Paired runs.

What should move, and why: agents multiply the tokens of users and developers, so tokens rise at once; the compute they
need raises what labs bid for it, so rents rise as far as capacity was full; clouds see the demand and buy chips, which
shows at Nvidia only after their planning and delivery. What should not move: anything before the release; the price of
electricity, whose grids hardly feel a few per cent of AI load; how many people use assistants at all.

Signs that hold in every pair are stated so. Where labs react (a Chinese lab that sees its models used may stay closed
in one world and open up in the other), single pairs differ by chance and the mean over seeds is stated.
"""

import dataclasses
import functools

import numpy as np
import pytest

import sim
from sim.accounts import NVIDIA
from sim.economy import Economy, run_scenario
from sim.history import ARRAYS
from sim.policy.schema import Event
from sim.world import CN, TABLES, US

SEEDS = (1, 2, 3, 4, 5, 6)
RELEASE = 38  # March 2026, counted from January 2023
JUNE_2026, DECEMBER_2026, DECEMBER_2027 = 41, 47, 59


def scenario(name, **overrides):
    paths = {path.replace("__", "."): value for path, value in overrides.items()}
    return sim.load_scenario(name, overrides={"developers.count": 400, **paths}).until("2027-12")


@functools.cache
def pair(seed):
    """(baseline, wave) over the same draws."""
    return tuple(run_scenario(scenario(name), seed=seed) for name in ("baseline", "agent-wave"))


def lived(world_scenario, seed=1):
    economy = Economy(world_scenario, seed)
    for _ in range(world_scenario.months):
        economy.step()
    return economy.history


def series(run, metric, key):
    table = run.timeseries
    return table[(table["metric"] == metric) & (table["key"] == key)]["value"].to_numpy()


def changes(metric, key, first, last):
    """Wave over baseline, mean of months `first` to `last`, one number a seed."""
    found = []
    for seed in SEEDS:
        baseline, wave = (series(run, metric, key)[first : last + 1].mean() for run in pair(seed))
        found.append(wave / baseline - 1.0)
    return np.array(found)


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_differs_before_the_release(seed):
    baseline, wave = (run.history for run in pair(seed))
    for name in (*TABLES, *ARRAYS):
        if name != "agent_releases":
            assert getattr(baseline, name)[:RELEASE].tobytes() == getattr(wave, name)[:RELEASE].tobytes(), name


def test_more_people_have_agents_first_in_china_then_everywhere():
    for seed in SEEDS:
        baseline, wave = (run.history.platforms["agent_users"].sum(axis=1) for run in pair(seed))
        assert wave[RELEASE + 1, CN] > 1.5 * baseline[RELEASE + 1, CN]
        assert wave[RELEASE + 1, US] == pytest.approx(baseline[RELEASE + 1, US], rel=0.02)
        assert (wave[DECEMBER_2026] > 1.5 * baseline[DECEMBER_2026]).all()


def test_imitation_carries_the_wave_on_when_the_release_has_faded():
    """The release has lost its last strength before December 2027; those who have an agent still set an example."""
    for seed in SEEDS:
        baseline, wave = (run.history.platforms["agent_users"].sum(axis=(1, 2)) for run in pair(seed))
        assert wave[DECEMBER_2027] > 1.2 * baseline[DECEMBER_2027]


def test_tokens_rise_in_platforms_and_in_the_world():
    assert (changes("tokens_per_assistant_user_day", "world", RELEASE + 6, DECEMBER_2026) > 0.3).all()
    assert (changes("tokens_per_day", "world", RELEASE + 6, DECEMBER_2026) > 0.0).all()
    assert (changes("tokens_per_day", "router", RELEASE + 6, DECEMBER_2026) > 0.1).all()
    for region in ("cn", "us"):
        assert np.mean(changes("tokens_per_day", region, RELEASE + 6, DECEMBER_2026)) > 0.05, region
    for seed in SEEDS:
        baseline, wave = (run.history.platforms["compute_h100e"][DECEMBER_2026] for run in pair(seed))
        assert wave.sum() > baseline.sum()


def test_developers_take_up_agents_too_where_models_are_able():
    for seed in SEEDS:
        baseline, wave = (run.history.communities["agent_intensity"] for run in pair(seed))
        assert (wave[DECEMBER_2026] >= baseline[DECEMBER_2026] * 0.999).all()
        assert wave[DECEMBER_2026].mean() > 1.2 * baseline[DECEMBER_2026].mean()


def test_open_models_do_not_lose_share():
    """An open agent runs on any model: developers try open weights, and platforms lean to them."""
    for group in ("api_all", "cn", "world"):
        differences = []
        for seed in SEEDS:
            baseline, wave = (series(run, "open_token_share", group)[RELEASE:DECEMBER_2027] for run in pair(seed))
            differences.append((wave - baseline).mean())
        assert np.mean(differences) >= 0.0, group


def test_compute_becomes_scarcer_and_dearer_never_cheaper():
    """Rents answer demand over capacity: up where agents are many, in the year after the wave."""
    for region in ("cn", "us"):
        assert np.mean(changes("gpu_rental_usd_per_h100e_hour", region, DECEMBER_2026, DECEMBER_2027)) > 0.0, region
    assert np.mean(changes("lab_compute_h100e", "openai", DECEMBER_2026, DECEMBER_2027)) > 0.0


def test_nvidia_earns_more_with_a_lag():
    """Chips that are ordered because of the wave are made and delivered later: nothing in the first quarter."""
    for seed in SEEDS:
        baseline, wave = (run.history.vendors["revenue"][:, NVIDIA] for run in pair(seed))
        assert wave[RELEASE : RELEASE + 3] == pytest.approx(baseline[RELEASE : RELEASE + 3], rel=2e-3)
        assert wave[DECEMBER_2026:].sum() > baseline[DECEMBER_2026:].sum()


def test_assistants_earn_more_with_agents():
    """Some of those with an agent subscribe; the payments are on the ledger, whose accounts close every month."""
    for seed in SEEDS:
        baseline, wave = (run.history.platforms["agent_revenue"].sum(axis=1) for run in pair(seed))
        assert wave[DECEMBER_2026] > baseline[DECEMBER_2026]
    assert (changes("lab_revenue_usd_per_year", "openai", DECEMBER_2026, DECEMBER_2027) > 0.0).all()


def test_what_should_stay_where_it_was():
    """Electricity hardly feels it; who uses an assistant at all is another decision; frontiers move by compute only."""
    for region in ("us", "cn"):
        assert np.abs(changes("electricity_price_usd_per_kwh", region, RELEASE, DECEMBER_2027)).max() < 0.005
    for platform in ("openai", "google", "bytedance"):
        assert np.abs(changes("assistant_weekly_users", platform, RELEASE, DECEMBER_2026)).max() < 0.05
    assert np.abs(changes("capability_eci", "us", RELEASE, DECEMBER_2027)).max() < 0.01
    assert np.abs(changes("robots_installed", "world", RELEASE, DECEMBER_2027)).max() < 0.005


def test_the_log_tells_where_the_wave_begins():
    events = pair(1)[1].events
    waves = events[events["kind"] == "agent_wave"]
    assert waves["agent"].tolist() == ["cn", "us", "eu", "gulf", "sea", "row"]
    assert waves["date"].dt.strftime("%Y-%m").tolist() == ["2026-03"] + ["2026-06"] * 5
    assert "agent_wave" not in set(pair(1)[0].events["kind"])


def test_without_consumer_agents_the_wave_is_a_matter_of_developers():
    off = {"platforms__agents": "off"}
    baseline, wave = (lived(scenario(name, **off)) for name in ("baseline", "agent-wave"))
    assert (wave.platforms["agent_users"] == 0.0).all()
    assert (wave.platforms["agent_tokens_m"] == 0.0).all()
    assert wave.communities["tokens_m"][DECEMBER_2026].sum() > baseline.communities["tokens_m"][DECEMBER_2026].sum()


def with_event(**fields):
    event = {"id": "other", "date": "2026-03", "kind": "agent_release", "fields": {"boost": 12.0, **fields}}
    base = scenario("baseline").until("2026-12")
    return dataclasses.replace(base, events=(*base.events, Event.model_validate(event)))


def test_an_agent_that_no_model_can_run_changes_nothing():
    baseline = lived(scenario("baseline").until("2026-12"))
    wave = lived(with_event(openness="open", needs_eci=400.0, multiplier=5.0))
    for name in (*TABLES, *ARRAYS):
        if name != "agent_releases":
            assert getattr(baseline, name).tobytes() == getattr(wave, name).tobytes(), name


def test_a_closed_agent_helps_its_own_lab():
    baseline = lived(scenario("baseline").until("2026-12"))
    wave = lived(with_event(openness="closed", lab="openai", regions=["us"]))
    us_agents = [history.platforms["agent_users"][DECEMBER_2026, :, US] for history in (baseline, wave)]
    gain = us_agents[1] / us_agents[0]
    assert gain[0] > 1.5  # the assistant of OpenAI
    assert gain[2] < gain[0]  # Meta's: by the example of others only
    asked = [history.platforms["assistant_m"][DECEMBER_2026, 0] for history in (baseline, wave)]
    assert asked[1] > 1.05 * asked[0]
