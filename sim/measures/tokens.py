"""Tokens: how many, of whose models, open or closed, on whose chips and platforms."""

from __future__ import annotations

import numpy as np

from sim.accounts import LAB_KEYS
from sim.measures.panel import GROUPS, ORIGINS, SEGMENT_GROUPS, Panel
from sim.measures.registry import Series, metric
from sim.measures.series import WORLD, by_key, ratio
from sim.world import HOURS_PER_MONTH, REGIONS, ROUTER

DAYS_PER_MONTH = HOURS_PER_MONTH / 24.0
PER_DAY = 1e6 / DAYS_PER_MONTH
"""From Mtoken/month to token/day."""
ORIGIN_GROUPS = (*SEGMENT_GROUPS, WORLD)
ORIGIN_ROWS = [GROUPS.index(group) for group in ORIGIN_GROUPS]
REGION_ROWS = [GROUPS.index(region) for region in REGIONS]
GOOGLE_LAB = LAB_KEYS.index("google_deepmind")


@metric("tokens_per_day", unit="token/day", keys="world, region, lab, google, router", aggregation="mean")
def tokens_per_day(panel: Panel) -> Series:
    """Tokens used in the world or a region, or served by a lab on its own API, through clouds and in its products.

    `google`, `openai` and `bytedance` are all products of the firm. Open models served by others count for no lab.
    What robots run on board needs no data centre and is in `physical_ai_tokens_per_day` alone.
    """
    groups = panel.tokens_by_group * PER_DAY
    labs = panel.labs["tokens_m"] * PER_DAY
    return {
        WORLD: groups[:, GROUPS.index(WORLD)],
        **by_key(groups[:, REGION_ROWS], REGIONS),
        **by_key(labs, LAB_KEYS),
        "google": labs[:, GOOGLE_LAB],
        "router": groups[:, ROUTER],
    }


@metric("token_share", unit="share", keys="segment/origin, world/origin", aggregation="mean")
def token_share(panel: Panel) -> Series:
    """Part of a segment's tokens that models of an origin serve; `platform` and `world` with assistants."""
    tokens = panel.tokens_by_group_and_origin[:, ORIGIN_ROWS]
    shares = ratio(tokens, tokens.sum(axis=2, keepdims=True))
    names = [f"{group}/{origin}" for group in ORIGIN_GROUPS for origin in ORIGINS]
    return by_key(shares.reshape(panel.months, -1), names)


@metric("open_token_share", unit="share", keys="segment, region, api_all, world", aggregation="mean")
def open_token_share(panel: Panel) -> Series:
    """Part of tokens that open-weight models serve; `platform`, regions and `world` with assistants."""
    return by_key(ratio(panel.open_tokens_by_group, panel.tokens_by_group), GROUPS)


@metric("open_spend_share", unit="share", keys="segment, region, api_all, world", aggregation="mean")
def open_spend_share(panel: Panel) -> Series:
    """Part of what developers spend that goes to open models: tokens at the maker's list price, at hosts' if open."""
    models = panel.models
    is_open = models["open"] == 1
    price = np.maximum(np.where(is_open, models["host_price"], models["price"]), 0.0)
    prices = np.stack([np.where(is_open, price, 0.0), price], axis=-1)
    spend = panel.group_of_community @ (panel.tokens @ prices)
    return by_key(ratio(spend[..., 0], spend[..., 1]), GROUPS)


@metric("open_primary_share", unit="share", keys="segment, region, api_all, world", aggregation="mean")
def open_primary_share(panel: Panel) -> Series:
    """Part of the firms with a model whose main model is open, each community counted by its adopting firms."""
    communities = panel.communities
    users = panel.users[..., :-1].astype(np.float64)
    is_open = panel.models["open"].astype(np.float64)
    flags = np.stack([is_open, np.ones_like(is_open)], axis=-1)
    adopting = communities["firms"] * communities["adoption"] / np.maximum(communities["count"], 1)
    firms = panel.group_of_community @ ((users @ flags) * adopting[..., None])
    return by_key(ratio(firms[..., 0], firms[..., 1]), GROUPS)


@metric("us_platform_share_of_open_tokens", unit="share", keys="region, world", aggregation="mean")
def us_platform_share(panel: Panel) -> Series:
    """Part of open-model tokens served by clouds, hosts and labs with headquarters in the United States."""
    now = panel.now
    everywhere = ratio(now["open_tokens_us_platform_m"], now["open_tokens_region_m"].sum(axis=1))
    regional = ratio(now["open_tokens_us_platform_region_m"], now["open_tokens_region_m"])
    return {**by_key(regional, REGIONS), WORLD: everywhere}


@metric("us_designed_share_of_tokens", unit="share", keys="cn_models, open_models, world", aggregation="mean")
def us_designed_share(panel: Panel) -> Series:
    """Part of the tokens of Chinese, open or all models that is served on chips designed in the United States."""
    now = panel.now
    return {
        "cn_models": ratio(now["tokens_cn_models_us_chips_m"], now["tokens_cn_models_m"]),
        "open_models": ratio(now["tokens_open_us_chips_m"], now["tokens_open_m"]),
        WORLD: ratio(now["tokens_us_chips_m"], now["tokens_all_m"]),
    }
