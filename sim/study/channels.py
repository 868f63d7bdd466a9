"""Which mechanism carries an effect: the same worlds once more with one mechanism off in both arms.

A channel is switched off from the first month in which the two scenarios differ, so that history stays what it was.
Its contribution in a world is the effect less the effect without it. Contributions need not add up to the effect:
mechanisms work through each other, and one that is off changes what others have to do.
"""

from __future__ import annotations

import dataclasses
import functools
import pathlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sim.dated import month_text
from sim.errors import InputError
from sim.registry_records import KEYS
from sim.study.effects import Panel, difference, named, windowed
from sim.study.looks import CONFIDENCE, half_width
from sim.yaml_file import read_yaml

if TYPE_CHECKING:
    from sim.registry import Registry
    from sim.scenario.model import Scenario

CHANNELS = pathlib.Path(__file__).with_name("channels.yaml")
REST = "rest"
LEAST_PART = 0.25  # of an effect that its main channel carries
REST_LABEL = "Rest (interactions, and what no channel covers)"
CHANNEL_COLUMNS = (
    "policy", "label", "metric", "key", "unit", "date", "channel", "channel_label", "effect", "without",
    "contribution", "low", "high", "p05", "p95", "worlds", "clear",
)  # fmt: skip


class Times(BaseModel):
    """A multiple of what the scenario says."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    times: float = Field(gt=0)


class ChannelRecord(BaseModel):
    """A channel as the file writes it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    label: str = Field(min_length=1, max_length=60)
    description: str = Field(min_length=1)
    off: dict[str, float | str | Times] = Field(min_length=1)
    control: bool = False


@dataclasses.dataclass(frozen=True)
class Channel:
    """A mechanism and how to switch it off: `off` maps parameter paths to values, or to multiples (`Times`)."""

    id: str
    label: str
    description: str
    off: Mapping[str, float | str | Times]
    control: bool = False

    def without(self, scenario: Scenario, month: int) -> Scenario:
        """The scenario with the mechanism off from `month` (12 x year + month - 1) on, whatever layer set it."""
        values: dict[str, Any] = {}
        for path, value in self.off.items():
            if isinstance(value, Times):
                months = range(month, scenario.end_month + 1)
                own = scenario.value_of(path).monthly(month, len(months))
                values[path] = {month_text(m): x * value.times for m, x in zip(months, own.tolist(), strict=True)}
            else:
                values[path] = {month_text(month): value}
        return scenario.with_overrides(values, f"channel {self.id} off")


def read_channels(registry: Registry, file: pathlib.Path = CHANNELS) -> tuple[Channel, ...]:
    """The channels of a file in its order. Raises InputError, with file and key, for anything that cannot be used.

    Every path must be a parameter, every value within its bounds or one of its options and other than its default.
    """
    found = []
    for name, raw in read_yaml(file).data.items():
        try:
            record = ChannelRecord.model_validate(raw)
        except ValidationError as error:
            last = error.errors()[-1]  # of a value that may be several things, the last thing tried says most
            place = ".".join(str(part) for part in (name, *last["loc"]))
            raise InputError(str(last["msg"]), file=str(file), key=place) from None
        off = {path: value for written, value in record.off.items() for path in _paths(written, registry, file, name)}
        for path, value in off.items():
            _check(registry, path, value, file)
        found.append(Channel(str(name), record.label, record.description, off, record.control))
    return tuple(found)


@functools.cache
def shipped_channels() -> tuple[Channel, ...]:
    """The channels of this version of the model."""
    from sim.registry import load_registry

    return read_channels(load_registry())


def _paths(written: str, registry: Registry, file: pathlib.Path, name: str) -> list[str]:
    keys: Sequence[str] = [""]
    if ".*." in written:
        record = registry.records.get(written.replace(".*.", "."))
        keys = KEYS[record.by if record else None]
    paths = [written.replace("*", key) for key in keys]
    for path in paths or [written]:
        if path not in registry or not paths:
            raise InputError("unknown parameter", file=str(file), key=f"{name}: {written}", hint=registry.nearest(path))
    return paths


def _check(registry: Registry, path: str, value: float | str | Times, file: pathlib.Path) -> None:
    record, default = registry[path].record, registry[path].default
    if isinstance(value, Times):
        return
    try:
        number = record.number(value)
    except ValueError as error:
        raise InputError(str(error), file=str(file), key=path) from None
    if all(number == knot for _, knot in default.knots):
        raise InputError("is the default: that switches nothing off", file=str(file), key=path)


@dataclasses.dataclass(frozen=True)
class Without:
    """Headline values with a channel off in the worlds of the decomposition: baseline and policy, (world, row, month).

    A world that broke down with the channel off has no values (NaN).
    """

    channel: Channel
    baseline: np.ndarray
    policy: np.ndarray


def channel_rows(panel: Panel, place: int, policy: str, without: Sequence[Without], end: pd.Timestamp) -> pd.DataFrame:
    """Contributions to the effect of the policy at `place` of `panel`, with CHANNEL_COLUMNS; empty without channels.

    Worlds are the first of `panel`, as many as in `without`. `clear` marks contributions that chance does not explain:
    the interval, widened for the number of channels looked at, excludes zero, and the mean lies outside what the
    control seems to carry. The row `rest` is the effect less the contributions of all channels.
    """
    rows = []
    count = sum(not item.channel.control for item in without)
    for row, item in enumerate(panel.items):
        shares: list[np.ndarray] = []
        found = [(each.channel, *_paired(panel, place, row, each, end)) for each in without]
        noise = _noise([effect - rest for channel, effect, rest in found if channel.control])
        for channel, effect, rest in found:
            if not np.isfinite(effect).any():
                continue
            contribution = effect - rest
            if not channel.control:
                shares.append(contribution)
            clear = not channel.control and is_clear(contribution[np.isfinite(contribution)], count, noise)
            rows.append(_row(policy, item, end, channel.id, channel.label, effect, rest, clear))
        if shares:
            effect = found[0][1]
            rest = np.sum(shares, axis=0)  # a world that broke down under one channel has no rest
            rows.append(_row(policy, item, end, REST, REST_LABEL, effect, rest, False))
    return pd.DataFrame(rows, columns=list(CHANNEL_COLUMNS))


def _paired(panel: Panel, place: int, row: int, without: Without, end: pd.Timestamp) -> tuple[np.ndarray, np.ndarray]:
    """Effect and effect without a channel in each world; both NaN where any of the four runs has no value."""
    worlds = len(without.baseline)
    item = panel.items[row]
    one, other = (windowed(panel.values[k, :worlds, row], item, panel.dates, end) for k in (0, place))
    bare, bent = (windowed(part[:, row], item, panel.dates, end) for part in (without.baseline, without.policy))
    effect, rest = difference(one, other), difference(bare, bent)
    broken = ~(np.isfinite(effect) & np.isfinite(rest))
    return np.where(broken, np.nan, effect), np.where(broken, np.nan, rest)


def _noise(contributions: Sequence[np.ndarray]) -> float:
    """The most that a control seems to carry: its mean, and the half-width of its interval on top."""
    found = [item[np.isfinite(item)] for item in contributions]
    return max((abs(float(item.mean())) + half_width(item) for item in found if len(item) > 1), default=0.0)


def is_clear(contribution: np.ndarray, channels: int, noise: float) -> bool:
    """Whether chance does not explain a contribution, if as many channels were looked at (Bonferroni)."""
    if len(contribution) < 2:
        return False
    mean = abs(float(contribution.mean()))
    return mean > noise and mean > half_width(contribution, 1.0 - (1.0 - CONFIDENCE) / max(channels, 1))


def _row(
    policy: str, item: Any, end: pd.Timestamp, channel: str, label: str, effect: np.ndarray, rest: np.ndarray,
    clear: bool,
) -> dict[str, Any]:  # fmt: skip
    both = np.isfinite(effect) & np.isfinite(rest)
    effect, rest = effect[both], rest[both]
    contribution = effect - rest
    if not len(contribution):
        numbers = dict.fromkeys(("effect", "without", "contribution", "low", "high", "p05", "p95"), float("nan"))
    else:
        width, mean = half_width(contribution), float(contribution.mean())
        low, high = np.quantile(contribution, (0.05, 0.95))
        numbers = {
            "effect": float(effect.mean()), "without": float(rest.mean()), "contribution": mean, "low": mean - width,
            "high": mean + width, "p05": float(low), "p95": float(high),
        }  # fmt: skip
    head = {key: value for key, value in named(item).items() if key not in ("half", "window")}
    place = {"policy": policy, "date": end, "channel": channel, "channel_label": label}
    return {**head, **place, **numbers, "worlds": len(contribution), "clear": clear}


def with_main_channels(effects: pd.DataFrame, channels: pd.DataFrame) -> pd.DataFrame:
    """Effects with `main_channel`: the clear channel that carries most of an effect, and at least a quarter of it.

    Only for the date of the decomposition, and only for effects whose interval excludes zero.
    """
    best: dict[tuple[Any, ...], str] = {}
    for names, part in channels[channels["clear"]].groupby(["policy", "metric", "key", "date"], sort=False):
        best[names] = ""
        carried = part[part["contribution"] / part["effect"] >= LEAST_PART]
        if len(carried):
            best[names] = str(carried["channel"].iloc[int(np.argmax(carried["contribution"].abs()))])
    distinct = effects["mean"].abs() > effects["half_width"]
    keys = zip(effects["policy"], effects["metric"], effects["key"], effects["date"], strict=True)
    main = [best.get(key, "") if sure else "" for key, sure in zip(keys, distinct, strict=True)]
    return effects.assign(main_channel=main)
