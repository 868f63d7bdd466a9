"""Effects of policies: paired differences of headline measures, at year ends and month by month."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from sim.measures import METRICS, window_value
from sim.measures.headlines import HEADLINES, SHOWN_YEARS, Headline, window_unit
from sim.study.looks import half_width, target, variance_ratio

EFFECT_COLUMNS = (
    "policy", "label", "half", "metric", "key", "unit", "window", "date", "baseline", "value", "difference", "p05",
    "p95", "mean", "half_width", "target", "reached", "share_above", "variance_ratio", "main_channel", "worlds",
)  # fmt: skip
DUST = 1e-12
FAN = {"p025": 0.025, "p10": 0.1, "p25": 0.25, "p75": 0.75, "p90": 0.9, "p975": 0.975}
OVER_TIME_COLUMNS = (
    "policy", "metric", "key", "unit", "date", "median", "p025", "p10", "p25", "p75", "p90", "p975", "share_above",
)  # fmt: skip


def item_unit(item: Headline) -> str:
    """Unit of a headline over its window."""
    return window_unit(METRICS[item.metric].unit, item.window)


def shown_ends(dates: pd.DatetimeIndex) -> list[pd.Timestamp]:
    """Year ends at which effects are shown: those of SHOWN_YEARS that the months cover, and the last of all."""
    decembers = [date for date in dates if date.month == 12]
    return [date for date in decembers if date.year in SHOWN_YEARS or date == decembers[-1]]


def difference(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """`other - one`, zero where only rounding of sums tells the two apart (DUST of the larger)."""
    apart = other - one
    return np.where(np.abs(apart) <= DUST * np.maximum(np.abs(one), np.abs(other)), 0.0, apart)


def windowed(values: np.ndarray, item: Headline, dates: pd.DatetimeIndex, end: pd.Timestamp) -> np.ndarray:
    """A headline over its window up to `end`, from monthly values of shape (worlds, months); shape (worlds,)."""
    frame = pd.DataFrame(values.T, index=dates)
    return np.asarray(window_value(frame, item.window, METRICS[item.metric].aggregation, end), dtype=np.float64)


@dataclasses.dataclass(frozen=True)
class Panel:
    """Headline measures of paired worlds: `values` (scenario, world, headline, month), the baseline first."""

    values: np.ndarray
    dates: pd.DatetimeIndex
    items: Sequence[Headline] = HEADLINES

    def pairs(self, policy: int, row: int, end: pd.Timestamp) -> tuple[np.ndarray, np.ndarray]:
        """A headline in the baseline and under a policy (1 = the first) in the worlds where both have a value."""
        one, other = (
            windowed(self.values[scenario, :, row], self.items[row], self.dates, end) for scenario in (0, policy)
        )
        both = np.isfinite(one) & np.isfinite(other)
        return one[both], other[both]


def effect_rows(panel: Panel, policies: Sequence[str], wanted: float, ends: Sequence[pd.Timestamp]) -> pd.DataFrame:
    """One row per policy, headline and year end with EFFECT_COLUMNS; `main_channel` is empty.

    A headline that has a value in no world at a date has no row.
    """
    rows = []
    for place, policy in enumerate(policies, start=1):
        for row, item in enumerate(panel.items):
            for end in ends:
                one, other = panel.pairs(place, row, end)
                if len(one):
                    rows.append({"policy": policy, "date": end, **named(item), **effect(one, other, item, wanted)})
    return pd.DataFrame(rows, columns=list(EFFECT_COLUMNS))


def named(item: Headline) -> dict[str, str]:
    """What a row says of its headline."""
    return {
        "label": item.label, "half": item.half, "metric": item.metric, "key": item.key, "unit": item_unit(item),
        "window": item.window,
    }  # fmt: skip


def effect(one: np.ndarray, other: np.ndarray, item: Headline, wanted: float) -> dict[str, float | bool | str]:
    """The numbers of a row, from a headline in the baseline and under the policy in the same worlds."""
    differences = difference(one, other)
    low, middle, high = np.quantile(differences, (0.05, 0.5, 0.95))
    width, aim = half_width(differences), target(item_unit(item), float(one.mean()), wanted)
    return {
        "baseline": float(np.median(one)),
        "value": float(np.median(other)),
        "difference": float(middle),
        "p05": float(low),
        "p95": float(high),
        "mean": float(differences.mean()),
        "half_width": width,
        "target": aim,
        "reached": bool(width <= aim),
        "share_above": float(np.mean(differences > 0.0)),
        "variance_ratio": variance_ratio(one, other, differences),
        "main_channel": "",
        "worlds": len(differences),
    }


def over_time(panel: Panel, policies: Sequence[str]) -> pd.DataFrame:
    """Paired differences month by month with OVER_TIME_COLUMNS, in the monthly unit; months without a pair left out."""
    parts = []
    for place, policy in enumerate(policies, start=1):
        for row, item in enumerate(panel.items):
            differences = difference(panel.values[0, :, row], panel.values[place, :, row])
            seen = np.isfinite(differences).any(axis=0)
            if not seen.any():
                continue
            differences = differences[:, seen]
            bands = np.nanquantile(differences, (0.5, *FAN.values()), axis=0)
            above = np.nansum(differences > 0.0, axis=0) / np.isfinite(differences).sum(axis=0)
            parts.append(
                pd.DataFrame(
                    {
                        "policy": policy,
                        "metric": item.metric,
                        "key": item.key,
                        "unit": METRICS[item.metric].unit,
                        "date": panel.dates[seen],
                        "median": bands[0],
                        **dict(zip(FAN, bands[1:], strict=True)),
                        "share_above": above,
                    }
                )
            )
    if not parts:
        return pd.DataFrame(columns=list(OVER_TIME_COLUMNS))
    return pd.concat(parts, ignore_index=True)[list(OVER_TIME_COLUMNS)]


def all_reached(effects: pd.DataFrame, policies: Sequence[str]) -> bool:
    """Whether every interval of the given rows is as short as was asked."""
    return bool(effects["reached"].all()) and set(policies) <= set(effects["policy"])
