"""Comparing policies with a baseline in the same worlds, until intervals are short enough."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.dated import month_text
from sim.errors import InputError, RunError
from sim.measures.headlines import HEADLINES
from sim.results.folder import COMPARISON_KIND
from sim.results.stamp import now_utc, origin
from sim.results.write import drawn_from
from sim.scenario.difference import first_difference_month
from sim.study.channels import CHANNEL_COLUMNS, Channel, Without, channel_rows, shipped_channels, with_main_channels
from sim.study.comparison import FORMAT_VERSION, Comparison
from sim.study.effects import Panel, all_reached, effect_rows, over_time, shown_ends
from sim.study.engine import Engine, Outcome, Setting, Task, engine
from sim.study.looks import looks
from sim.study.pairs import check_comparable
from sim.study.series import HEADLINE_SERIES, compared_series
from sim.study.tables import bound_table, event_table, long_table
from sim.study.worlds import World, seeded_worlds

if TYPE_CHECKING:
    from sim.scenario.model import Scenario
    from sim.study.ensemble import Ensemble

LONGEST_FOLDER_NAME = 120
SERIES = compared_series()
Report = Callable[[str, int, int], None]
"""What goes on, runs done, runs at most."""


@dataclasses.dataclass(frozen=True)
class Options:
    """How a comparison is run."""

    seed: int = 1
    minimum: int = 20
    maximum: int = 200
    half_width: float = 0.01
    channels: bool = True
    channel_worlds: int = 20
    workers: int = 1
    quick: bool = False
    settings: tuple[str, ...] = ()
    """What was set in all scenarios, as written; for the manifest."""

    def check(self) -> None:
        """Raises InputError for numbers that make no sense together."""
        if self.minimum < 2:
            raise InputError(f"must be at least 2, not {self.minimum}: one world has no interval", key="min-replicates")
        if self.maximum < self.minimum:
            raise InputError(
                f"must be at least the minimum of {self.minimum}, not {self.maximum}", key="max-replicates"
            )
        if not self.half_width > 0.0:
            raise InputError(f"must be above zero, not {self.half_width}", key="half-width")
        if self.workers < 1:
            raise InputError(f"must be at least 1, not {self.workers}", key="workers")
        if self.channels and self.channel_worlds < 2:
            raise InputError(f"must be at least 2, not {self.channel_worlds}", key="channel-worlds")


def folder_name(baseline: Scenario, policies: Sequence[Scenario]) -> str:
    """`<baseline>-vs-<policy>-<policy>`, shortened with a digest if it would be too long for a file system."""
    ids = "-".join(policy.id for policy in policies)
    name = f"{baseline.id}-vs-{ids}"
    if len(name) <= LONGEST_FOLDER_NAME:
        return name
    return f"{name[: LONGEST_FOLDER_NAME - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


@dataclasses.dataclass(frozen=True)
class Twins:
    """One arm pair of the decomposition: places of the two scenarios, channel off, in the list of all scenarios."""

    channel: Channel
    baseline: int
    policy: int


@dataclasses.dataclass(frozen=True)
class Plan:
    """Everything that is simulated: the scenarios compared first, then their variants with a channel off."""

    compared: tuple[Scenario, ...]
    variants: tuple[Scenario, ...]
    twins: dict[str, tuple[Twins, ...]]
    """By policy."""
    first: dict[str, int | None]
    """First month of a difference, by policy."""


def make_plan(baseline: Scenario, policies: Sequence[Scenario], channels: Sequence[Channel]) -> Plan:
    """Check the scenarios and lay out the runs; baselines with a channel off are shared between policies.

    Raises InputError if the scenarios cannot be compared.
    """
    check_comparable(baseline, policies)
    if not any(date.month == 12 for date in pd.DatetimeIndex(baseline.month_ends())):
        raise InputError("does not reach a December, where effects are read; give a later --until", key="horizon")
    first = {policy.id: first_difference_month(baseline, policy) for policy in policies}
    compared = (baseline, *policies)
    places: dict[tuple[str, str, int], int] = {}
    variants: list[Scenario] = []

    def place(scenario: Scenario, channel: Channel, month: int) -> int:
        key = (scenario.id, channel.id, month)
        if key not in places:
            places[key] = len(compared) + len(variants)
            variants.append(channel.without(scenario, month))
        return places[key]

    twins = {}
    for policy in policies:
        month = first[policy.id]
        twins[policy.id] = (
            ()
            if month is None
            else tuple(
                Twins(channel, place(baseline, channel, month), place(policy, channel, month)) for channel in channels
            )
        )
    return Plan(compared, tuple(variants), twins, first)


def compare(
    baseline: Scenario,
    policies: Sequence[Scenario],
    options: Options,
    *,
    out: Path,
    channels: Sequence[Channel] | None = None,
    worlds: Sequence[World] | None = None,
    ensemble: Ensemble | None = None,
    report: Report | None = None,
) -> Comparison:
    """Run the scenarios in the same worlds and measure paired differences; nothing is written.

    `channels` (default: the shipped ones) are switched off one at a time if `options.channels`. `worlds` (default: by
    `options.seed`) must hold at least `options.maximum`; `ensemble` is named in the
    manifest. A world that breaks down in every scenario is left out and
    named; one that breaks down in some of them only raises RunError, since leaving it out would bend the differences.

    Raises InputError if the scenarios or options cannot be used.
    """
    options.check()
    known = shipped_channels() if channels is None else tuple(channels)
    plan = make_plan(baseline, policies, known if options.channels else ())
    worlds = tuple(seeded_worlds(options.seed, options.maximum) if worlds is None else worlds[: options.maximum])
    started, clock = now_utc(), time.perf_counter()
    with engine(Setting((*plan.compared, *plan.variants), baseline), options.workers) as runner:
        found = _until_short(runner, plan, worlds, options, report or (lambda what, done, total: None))
        effects, panel, outcomes, kept, looked = found
        rows, broken = _decompose(runner, plan, panel, kept, options, report or (lambda what, done, total: None))
    if len(rows):
        effects = with_main_channels(effects, rows)
    failed = [
        {"scenario": scenario.id, "seed": world.seed, "reason": outcome.failed}
        for world, row in zip(worlds, outcomes, strict=False)
        for scenario, outcome in zip(plan.compared, row, strict=True)
        if outcome.failed
    ]
    end = shown_ends(panel.dates)[-1]
    ratio = effects[effects["date"] == end].groupby("policy")["variance_ratio"].median()
    ids = tuple(policy.id for policy in policies)
    manifest: dict[str, Any] = {
        "kind": COMPARISON_KIND,
        "format_version": FORMAT_VERSION,
        "baseline": baseline.id,
        "policies": list(ids),
        "titles": {scenario.id: scenario.title for scenario in plan.compared},
        "scenario_sha256": {scenario.id: scenario.digest() for scenario in plan.compared},
        "seeds": [world.seed for world in kept],
        "worlds": len(kept),
        "looks": list(looked),
        "stopped": "reached" if _reached(effects, ids, end) else "maximum",
        "half_width": options.half_width,
        "settings": list(options.settings),
        "months": baseline.months,
        "first_difference": {name: "" if month is None else month_text(month) for name, month in plan.first.items()},
        "channel_worlds": min(options.channel_worlds, len(kept)) if len(rows) else 0,
        "variance_ratio_median": {
            name: float(ratio[name]) for name in ids if name in ratio and np.isfinite(ratio[name])
        },
        "failed": failed + broken,
        "quick": options.quick,
        **drawn_from(ensemble, [world.seed for world in kept]),
        "started_utc": started,
        "simulation_seconds": round(time.perf_counter() - clock, 3),
        **origin(),
        "resolved": {scenario.id: scenario.resolved_yaml() for scenario in plan.compared},
    }
    keep = [row for row in outcomes if not row[0].failed]
    return Comparison(
        path=out,
        manifest=manifest,
        scenarios={scenario.id: scenario.resolved() for scenario in plan.compared},
        baseline=baseline.id,
        policies=ids,
        timeseries=long_table(plan.compared, kept, keep, SERIES, panel.dates),
        effects=effects,
        over_time=over_time(panel, ids),
        channels=rows,
        events=event_table(plan.compared, kept, keep),
        bounds=bound_table(plan.compared, keep),
    )


def _reached(effects: pd.DataFrame, policies: Sequence[str], end: pd.Timestamp) -> bool:
    return all_reached(effects[effects["date"] == end], policies)


def _until_short(
    runner: Engine, plan: Plan, worlds: Sequence[World], options: Options, report: Report
) -> tuple[pd.DataFrame, Panel, list[list[Outcome]], list[World], list[int]]:
    """Effects, panel, outcomes by world and scenario, worlds that lived, and the looks that were taken."""
    dates = pd.DatetimeIndex(plan.compared[0].month_ends())
    ends = shown_ends(dates)
    ids = [scenario.id for scenario in plan.compared[1:]]
    arms, done = len(plan.compared), 0
    outcomes: list[list[Outcome]] = []
    looked = []
    for look in looks(options.minimum, options.maximum):
        batch = worlds[len(outcomes) : look]
        tasks = [Task(place, world, SERIES, True) for world in batch for place in range(arms)]
        before = done

        def step(count: int) -> None:
            nonlocal done
            done += count
            report("worlds", done, options.maximum * arms)

        found = runner.run(tasks, step)
        done = before + len(tasks)
        outcomes += [found[start : start + arms] for start in range(0, len(found), arms)]
        check_failures(plan.compared, worlds, outcomes)
        looked.append(look)
        panel = _panel([row for row in outcomes if not row[0].failed], dates)
        last = effect_rows(panel, ids, options.half_width, ends[-1:])
        if all_reached(last, ids):
            break
    kept = [world for world, row in zip(worlds, outcomes, strict=False) if not row[0].failed]
    return effect_rows(panel, ids, options.half_width, ends), panel, outcomes, kept, looked


def check_failures(scenarios: Sequence[Scenario], worlds: Sequence[World], outcomes: Sequence[list[Outcome]]) -> None:
    """Raise RunError if a world broke down in some scenarios and not in others, or if most worlds broke down."""
    for world, row in zip(worlds, outcomes, strict=False):
        bad = [
            (scenario.id, outcome.failed) for scenario, outcome in zip(scenarios, row, strict=True) if outcome.failed
        ]
        if 0 < len(bad) < len(row):
            name, reason = bad[0]
            raise RunError(
                f"the world of seed {world.seed} breaks down in {', '.join(name for name, _ in bad)} and not in all "
                f"scenarios, so there is no fair difference: {reason} (in {name})"
            )
    lived = sum(not row[0].failed for row in outcomes)
    if lived < max(2, len(outcomes) / 2):
        seeds = ", ".join(str(world.seed) for world, row in zip(worlds, outcomes, strict=False) if row[0].failed)
        raise RunError(
            f"most worlds break down (seeds {seeds[:200]}): {outcomes[-1][0].failed or 'see the first seed'}"
        )


def _panel(rows: Sequence[list[Outcome]], dates: pd.DatetimeIndex) -> Panel:
    heads = len(HEADLINES)
    values = np.array([[outcome.values[:heads] for outcome in row] for row in rows])
    return Panel(values.swapaxes(0, 1), dates)


def _decompose(
    runner: Engine, plan: Plan, panel: Panel, kept: Sequence[World], options: Options, report: Report
) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Rows of all channels of all policies at the last year end, and the runs that broke down.

    None if no policy makes a difference in any world: there is nothing to carry.
    """
    worlds = kept[: options.channel_worlds]
    offset = len(plan.compared)
    tasks = [
        Task(offset + variant, world, HEADLINE_SERIES, False)
        for variant in range(len(plan.variants))
        for world in worlds
    ]
    if not tasks or not (panel.values[1:] != panel.values[:1]).any(where=np.isfinite(panel.values[1:])):
        return pd.DataFrame(columns=list(CHANNEL_COLUMNS)), []
    done = 0

    def step(count: int) -> None:
        nonlocal done
        done += count
        report("channels", done, len(tasks))

    found = runner.run(tasks, step)
    broken = [
        {"scenario": f"{plan.variants[task.scenario - offset].id} without a channel", "seed": task.world.seed,
         "reason": outcome.failed}
        for task, outcome in zip(tasks, found, strict=True) if outcome.failed
    ]  # fmt: skip
    shape = (len(HEADLINES), len(panel.dates))
    values = np.array([outcome.values if not outcome.failed else np.full(shape, np.nan) for outcome in found])
    values = values.reshape(len(plan.variants), len(worlds), *shape)
    parts = []
    for place, policy in enumerate(plan.compared[1:], start=1):
        without = [
            Without(twin.channel, values[twin.baseline - offset], values[twin.policy - offset])
            for twin in plan.twins[policy.id]
        ]
        if without:
            parts.append(channel_rows(panel, place, policy.id, without, shown_ends(panel.dates)[-1]))
    return pd.concat(parts, ignore_index=True), broken
