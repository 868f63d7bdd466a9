"""Who uses AI: firms, users of assistants, downloads and derivatives, robots, consumer surplus."""

from __future__ import annotations

import numpy as np

from sim.accounts import LAB_KEYS, PLATFORM_KEYS
from sim.measures.panel import ORIGINS, Panel
from sim.measures.registry import Series, metric
from sim.measures.series import WORLD, by_key, only_where, ratio, regions_and_mean, regions_and_sum
from sim.measures.tokens import PER_DAY


@metric("firm_adoption_share", unit="share of firms", keys="us/any, us/lab", aggregation="mean")
def firm_adoption(panel: Panel) -> Series:
    """Part of US start-ups and enterprises that pays for any model, or for one of a lab.

    Adoption (weighted by firms) times the part of sampled firms that hold a model. `us/any` counts firms with a main
    model, or the holders of the most widely held lab if they are more: firms with only a second model are missed.
    """
    here = panel.us_firm_communities
    communities = panel.communities[:, here]
    firms = communities["firms"]
    adoption = ratio((communities["adoption"] * firms).sum(axis=1), firms.sum(axis=1))
    sampled = panel.users[:, here].sum(axis=1)
    main_model = ratio(sampled[:, :-1].sum(axis=1), sampled.sum(axis=1))
    held = ratio(panel.holders[:, :-1], panel.holders[:, -1:])
    any_model = np.fmax(main_model, held.max(axis=1))
    labs = by_key(adoption[:, None] * held, [f"us/{key}" for key in LAB_KEYS])
    return {"us/any": adoption * any_model, **labs}


@metric("assistant_weekly_users", unit="user", keys="platform", aggregation="end")
def weekly_users(panel: Panel) -> Series:
    """Weekly users of an assistant or super-app, from its launch."""
    open_now = panel.platforms["launch"] <= panel.month[:, None]
    return by_key(only_where(open_now, panel.platforms["total_users"]), PLATFORM_KEYS)


@metric("agent_users", unit="user", keys="platform, region, world", aggregation="end")
def agent_users(panel: Panel) -> Series:
    """Weekly users of assistants who have an agent; platforms from their launch."""
    platforms = panel.platforms
    users = platforms["agent_users"]
    open_now = platforms["launch"] <= panel.month[:, None]
    return {
        **by_key(only_where(open_now, users.sum(axis=2)), PLATFORM_KEYS),
        **regions_and_sum(users.sum(axis=1)),
    }


@metric("tokens_per_assistant_user_day", unit="token/user/day", keys="platform, world", aggregation="mean")
def tokens_per_assistant_user(panel: Panel) -> Series:
    """Tokens that a weekly user of an assistant asks for a day, agents included, other products of the owner not."""
    asked = panel.platforms["assistant_m"] * PER_DAY
    users = panel.platforms["total_users"]
    return {
        **by_key(ratio(asked, users), PLATFORM_KEYS),
        WORLD: ratio(asked.sum(axis=1), users.sum(axis=1)),
    }


def with_origins(panel: Panel, per_lab: np.ndarray) -> Series:
    """Amounts per lab, shape (months, labs), and their sums by origin of the lab."""
    origins = per_lab @ np.eye(len(ORIGINS))[panel.labs["origin"][0]]
    return {**by_key(per_lab, LAB_KEYS), **by_key(origins, ORIGINS)}


@metric("hub_downloads_cumulative", unit="download", keys="lab, origin, world", aggregation="end")
def downloads(panel: Panel) -> Series:
    """Downloads of open models from the hub since the start, mainline models."""
    total = panel.labs["downloads_total"]
    return {**with_origins(panel, total), WORLD: total.sum(axis=1)}


@metric("hub_download_share", unit="share", keys="lab, origin", aggregation="mean")
def download_share(panel: Panel) -> Series:
    """Part of all downloads since the start."""
    total = panel.labs["downloads_total"]
    return with_origins(panel, ratio(total, total.sum(axis=1, keepdims=True)))


@metric("new_derivative_share", unit="share", keys="lab", aggregation="mean")
def derivative_share(panel: Panel) -> Series:
    """Part of the month's new derivatives that start from a model of the lab."""
    new = panel.labs["derivatives_new"]
    return by_key(ratio(new, new.sum(axis=1, keepdims=True)), LAB_KEYS)


@metric("robots_installed", unit="robot", keys="region, world", aggregation="end")
def robots(panel: Panel) -> Series:
    """Industrial robots in use."""
    return regions_and_sum(panel.industries["robots"])


@metric("robot_installs", unit="robot/month", keys="region, world", aggregation="sum")
def robot_installs(panel: Panel) -> Series:
    """New industrial robots, renewals of worn-out ones included."""
    return regions_and_sum(panel.industries["installs"])


@metric("physical_ai_robots", unit="robot", keys="region, world", aggregation="end")
def physical_ai_robots(panel: Panel) -> Series:
    """Robots in use that run a foundation model, in the robot or over the network."""
    return regions_and_sum(panel.industries["physical"])


@metric("robot_price_usd", unit="USD/robot", keys="region, world", aggregation="mean")
def robot_price(panel: Panel) -> Series:
    """Price of a bare industrial robot, without its cell; `world` weighted by new robots."""
    return regions_and_mean(panel.industries["unit_price"], panel.industries["installs"])


@metric("physical_ai_tokens_per_day", unit="token/day", keys="region, world", aggregation="mean")
def physical_ai_tokens(panel: Panel) -> Series:
    """Tokens of robots that run foundation models, on the edge and in the cloud."""
    return regions_and_sum(panel.industries["tokens_m"] * PER_DAY)


@metric("consumer_surplus_usd", unit="USD/month", keys="region, world", aggregation="sum")
def consumer_surplus(panel: Panel) -> Series:
    """Value of AI to its users beyond what they pay, by the log-sum of their choices, against no AI."""
    return regions_and_sum(panel.regions["surplus_usd"])
