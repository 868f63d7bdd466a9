"""Effects of policies in plain words, computed from the table of effects: in how many worlds, how much, or not told."""

from __future__ import annotations

import math
import re

import numpy as np
import pandas as pd

from sim.measures.headlines import SUMMARY_HEADLINES
from sim.report.arms import Arm
from sim.report.wording import amount, difference_words, formatted

MAIN_OF_HALF = {
    "compute": (
        ("us_designed_share_of_tokens", "cn_models"),
        ("new_compute_share", "nvidia"),
        ("china_compute_stock_h100e", "total"),
    ),
    "spread": (
        ("open_token_share", "api_all"),
        ("hub_download_share", "cn"),
        ("capability_lag_months", "cn_behind_us"),
    ),
}
"""Measures of which the summary always speaks, whether they move or not."""
ALWAYS = tuple(pair for pairs in MAIN_OF_HALF.values() for pair in pairs)
SUBJECTS = {
    MAIN_OF_HALF["compute"][0]: "the part of Chinese models’ tokens that is served on US-designed chips",
    MAIN_OF_HALF["compute"][2]: "the stock of compute in China",
    MAIN_OF_HALF["spread"][1]: "the Chinese share of open-model downloads",
    MAIN_OF_HALF["spread"][2]: "the lag of China’s best model behind the US",
    ("price_at_quality_usd_per_mtok", "eci_140"): "the price of a model of ECI 140",
    ("price_at_quality_usd_per_mtok", "eci_150"): "the price of a model of ECI 150",
    ("energy_share_of_token_cost", "us"): "energy’s share of the cost of a token in the US",
    ("tokens_per_day", "world"): "the number of tokens used in the world",
    ("us_platform_share_of_open_tokens", "world"): "the part of open-model tokens served by US clouds and hosts",
    ("open_primary_share", "api_all"): "the part of API firms whose main model is open",
    ("ai_power_gw", "us"): "the power that AI chips draw in the US",
    ("ai_power_gw", "cn"): "the power that AI chips draw in China",
    ("consumer_surplus_usd", "world"): "the value of AI to its users beyond its price",
    ("defaults", "clouds"): "the number of clouds that have defaulted",
}
"""Subjects of sentences where the label of the table would not do."""
UNITS_IN_SENTENCES = {
    "USD/Mtoken": "USD per million tokens",
    "USD/hour": "USD an hour",
    "USD/year": "USD a year",
    "month": "months",
    "token/day": "tokens a day",
    "Mt/year": "megatonnes a year",
    "H100e": "H100 equivalents",
    "GW": "GW",
    "ECI": "points of the index",
}
"""How units are said; shares are in points, and indices and counts have none."""
PROPER = ("Nvidia", "China", "Chinese", "API", "US")
LEAST_POINTS, LEAST_PART = 0.005, 0.01
"""A difference below half a percentage point, or one per cent of the baseline, is not called large."""


def is_told(row: pd.Series) -> bool:
    """Whether the 95 % interval of the mean paired difference excludes zero, and the middle world agrees in sign."""
    sure = math.isfinite(row["half_width"]) and abs(row["mean"]) > row["half_width"]
    return bool(sure and row["mean"] * row["difference"] > 0.0)


def is_large(row: pd.Series) -> bool:
    """Whether a difference is worth a sentence: see LEAST_POINTS and LEAST_PART."""
    if str(row["unit"]).startswith("share"):
        return abs(row["difference"]) >= LEAST_POINTS
    return abs(row["difference"]) >= LEAST_PART * abs(row["baseline"])


def worlds_above_and_below(arm: Arm, row: pd.Series) -> tuple[int, int]:
    """In how many worlds a headline is higher, and lower, under the policy."""
    found = arm.window(row["metric"], row["key"], row["date"], row["window"])
    if found.size == 0:
        above = round(float(row["share_above"]) * int(row["worlds"]))
        return above, int(row["worlds"]) - above
    return int((found > 0).sum()), int((found < 0).sum())


def in_sentence(row: pd.Series) -> str:
    """A headline as the subject of a sentence that does not begin with it."""
    label = SUBJECTS.get((str(row["metric"]), str(row["key"])), str(row["label"]))
    return label if label.startswith(PROPER) else label[:1].lower() + label[1:]


def effect_sentence(arm: Arm, row: pd.Series) -> str:
    """What the policy does to one headline, in one sentence."""
    above, below = worlds_above_and_below(arm, row)
    worlds, unit, name = int(row["worlds"]), str(row["unit"]), in_sentence(row)
    if above == below == 0:
        return f"In all {worlds} worlds, {name} is the same as without the policy."
    after = f" {UNITS_IN_SENTENCES[unit]}" if unit in UNITS_IN_SENTENCES else ""
    middle = long_words(difference_words(row["difference"], unit)) + after
    if not is_told(row):
        return (
            f"The effect on {name} cannot be told from zero: {middle} in the middle world, higher in {above} and lower "
            f"in {below} of {worlds} worlds."
        )
    up = row["mean"] > 0
    count = above if up else below
    low, high = (long_words(difference_words(row[name], unit)) for name in ("p05", "p95"))
    levels = long_words(f"{formatted(row['value'], unit)} instead of {formatted(row['baseline'], unit)}")
    return (
        f"In {count} of {worlds} worlds, {name} is {'higher' if up else 'lower'}: {middle} in the middle world "
        f"({low.removesuffix(' points')} to {high.removesuffix(' points')} in nine of ten); {levels}."
    )


def long_words(text: str) -> str:
    """`bn` and the like of a table cell written out."""
    for short, word in ((" T", " trillion"), (" bn", " billion"), (" M", " million")):
        text = re.sub(rf"{short}\b", word, text)
    return text


def row_of(arm: Arm, metric: str, key: str) -> pd.Series | None:
    """The effect on a headline at the last year end, or None if it was not measured."""
    rows = arm.at_end()
    rows = rows[(rows["metric"] == metric) & (rows["key"] == key)]
    return rows.iloc[0] if len(rows) else None


def half_sentences(arm: Arm, half: str) -> list[str]:
    """Sentences on the main measures of one half of the question."""
    rows = [row_of(arm, metric, key) for metric, key in MAIN_OF_HALF[half]]
    return [effect_sentence(arm, row) for row in rows if row is not None]


def clearest(arm: Arm, limit: int = 3, *, summary_only: bool = False) -> list[pd.Series]:
    """Other headlines with the clearest large effects, those first whose mean is most half-widths from zero."""
    short = {(item.metric, item.key) for item in SUMMARY_HEADLINES}
    found: list[tuple[float, pd.Series]] = []
    for _, row in arm.at_end().iterrows():
        pair = (row["metric"], row["key"])
        if pair in ALWAYS or (summary_only and pair not in short) or not is_told(row) or not is_large(row):
            continue
        found.append((abs(row["mean"]) / max(float(row["half_width"]), 1e-300), row))
    found.sort(key=lambda item: -item[0])
    chosen: dict[str, pd.Series] = {}
    for _, row in found:  # the same measure at two levels, or in two countries, is one piece of news
        chosen.setdefault(str(row["metric"]), row)
    return list(chosen.values())[:limit]


def told_count(arm: Arm) -> tuple[int, int]:
    """How many headlines can be told from zero at the last year end, and how many there are."""
    rows = arm.at_end()
    return int(sum(is_told(row) for _, row in rows.iterrows())), len(rows)


def answer(arm: Arm) -> str:
    """Both halves in one sentence: dependence on US chips, and spread by downloads; empty if one is missing."""
    rows = [row_of(arm, *MAIN_OF_HALF["compute"][0]), row_of(arm, *MAIN_OF_HALF["spread"][0])]
    subjects = (
        SUBJECTS[MAIN_OF_HALF["compute"][0]],
        "open models’ part of API tokens",
    )
    known = [row for row in rows if row is not None]
    if len(known) == 2 and not any(is_told(row) for row in known):
        return (
            f"By the end of {arm.end.year}, this scenario changes neither {subjects[0]} nor {subjects[1]} by more than "
            "chance."
        )
    parts = [_verb(arm, row, subject) for row, subject in zip(rows, subjects, strict=True) if row is not None]
    if len(parts) < 2:
        return ""
    return f"By the end of {arm.end.year}, this scenario {parts[0]}, and {parts[1]}."


def _verb(arm: Arm, row: pd.Series, subject: str) -> str:
    if not is_told(row):
        return f"does not change {subject} by more than chance"
    above, below = worlds_above_and_below(arm, row)
    count = above if row["mean"] > 0 else below
    verb = "raises" if row["mean"] > 0 else "lowers"
    size = difference_words(abs(row["difference"]), str(row["unit"])).lstrip("+")
    return f"{verb} {subject} by {size} (in {count} of {int(row['worlds'])} worlds)"


def pairing_sentence(comparison_manifest: dict[str, object], arm: Arm) -> str:
    """How many worlds, and what pairing them saved."""
    rows = arm.at_end()
    worlds = int(rows["worlds"].max()) if len(rows) else 0
    ratios = rows["variance_ratio"].replace(np.inf, np.nan).dropna()
    reached = int(rows["reached"].sum())
    text = (
        f"{worlds} worlds, each with the same seed and random draws in both scenarios; the interval of {reached} of "
        f"{len(rows)} measures is as short as was asked for."
    )
    if len(ratios):
        ratio = float(ratios.median())
        times = f"{ratio:.1f}" if ratio < 10 else amount(float(f"{ratio:.2g}"))
        text += (
            f" Pairing cuts the variance of a difference {times}-fold (median over measures): unpaired runs would need "
            "as many times more worlds."
            if ratio >= 1.5
            else f" Pairing saves little here: unpaired variance over paired is {ratio:.1f} in the median."
        )
    return text
