"""A history with the arrays that several measures need, computed once."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from sim.accounts import N_LABS, PLATFORM_KEYS
from sim.measures.series import ratio
from sim.world import ENTERPRISE, PLATFORM, REGIONS, ROUTER, SEGMENTS, STARTUP, US

ORIGINS = ("us", "cn", "eu")
SEGMENT_GROUPS = (
    *SEGMENTS,
    "api_all",
    *(f"{region}_enterprise" for region in REGIONS),
)
"""Keys of segments: `enterprise` of all regions, `us_enterprise` of one, `api_all` = router, startup, enterprise."""
GROUPS = (*SEGMENT_GROUPS, *REGIONS, "world")
API_SEGMENTS = (ROUTER, STARTUP, ENTERPRISE)
US_FIRMS = (STARTUP, ENTERPRISE)


class Panel:
    """View of a `sim.history.History`: its tables and arrays by name, and derived arrays.

    Derived arrays have the month as their first axis; `months` is how many months have been recorded.
    """

    def __init__(self, history: Any) -> None:
        self.history = history
        self.months: int = history.months

    def __getattr__(self, name: str) -> np.ndarray:
        if name.startswith("__") or name == "history":
            raise AttributeError(name)
        table = getattr(self.history, name)
        self.__dict__[name] = table
        return table

    def parameter(self, name: str) -> np.ndarray:
        """A parameter per month, shape (months,) or (months, 6) if it differs by region.

        Raises ValueError if the run has no such parameter.
        """
        return self.history.parameters[name][: self.months]

    def regional_parameter(self, name: str) -> np.ndarray:
        """A parameter as a column per region, shape (months, 6) or (months, 1)."""
        values = self.parameter(name)
        return values if values.ndim == 2 else values[:, None]

    @cached_property
    def month(self) -> np.ndarray:
        """Months since the start, shape (months,)."""
        return np.arange(self.months)

    @cached_property
    def now(self) -> np.ndarray:
        """Economy-wide state, structured, shape (months,)."""
        return self.history.macro[:, 0]

    @cached_property
    def slot_origin(self) -> np.ndarray:
        """1 where a model slot belongs to a lab of the origin, shape (slots, 3)."""
        return np.eye(len(ORIGINS))[self.labs["origin"][0][self.models["lab"][0]]]

    @cached_property
    def lab_in_business(self) -> np.ndarray:
        """Labs that have entered and not left, bool (months, labs)."""
        return (self.labs["active"] == 1) & (self.labs["entry"] <= self.month[:, None])

    @cached_property
    def lab_has_released(self) -> np.ndarray:
        """Labs that have, or had, a model on offer, bool (months, labs)."""
        offered = (self.models["available"] == 1).reshape(self.months, N_LABS, -1).any(axis=2)
        return np.logical_or.accumulate(offered, axis=0)

    @cached_property
    def cheapest_price(self) -> np.ndarray:
        """Lowest price of each model, USD/Mtoken (months, slots): list price, or a host's if its weights are open.

        Infinite where the model is not on offer.
        """
        models = self.models
        offered = models["available"] == 1
        listed = np.where(offered & (models["price"] > 0.0), models["price"], np.inf)
        hosted = np.where(offered & (models["open"] == 1) & (models["host_price"] > 0.0), models["host_price"], np.inf)
        return np.minimum(listed, hosted)

    @cached_property
    def group_of_community(self) -> np.ndarray:
        """1 where a community belongs to a group of GROUPS, shape (groups, communities)."""
        region, segment = self.communities["region"][0], self.communities["segment"][0]
        rows = [segment == s for s in range(len(SEGMENTS))]
        rows.append(np.isin(segment, API_SEGMENTS))
        rows += [(segment == ENTERPRISE) & (region == r) for r in range(len(REGIONS))]
        rows += [region == r for r in range(len(REGIONS))]
        rows.append(np.ones(len(region), bool))
        return np.array(rows, dtype=np.float64)

    def by_group(self, per_community: np.ndarray) -> np.ndarray:
        """Sums over the communities of each group: shape (months, communities) to (months, groups)."""
        return per_community @ self.group_of_community.T

    @cached_property
    def platform_open(self) -> np.ndarray:
        """1 where a platform serves open weights, shape (months, platforms)."""
        return self.platforms["serving_open"].astype(np.float64)

    @cached_property
    def platform_origin(self) -> np.ndarray:
        """1 where the model that a platform serves has the origin, shape (months, platforms, 3)."""
        serving = self.platforms["serving_lab"]
        return np.eye(len(ORIGINS))[np.take_along_axis(self.labs["origin"], serving, axis=1)]

    @cached_property
    def platform_group(self) -> np.ndarray:
        """Tokens of each platform by group, Mtoken/month (months, platforms, groups); by region like its users."""
        platforms = self.platforms
        share = ratio(platforms["users"], platforms["total_users"][..., None])
        regional = platforms["tokens_m"][..., None] * np.nan_to_num(share)
        grouped = np.zeros((self.months, len(PLATFORM_KEYS), len(GROUPS)))
        grouped[..., PLATFORM] = platforms["tokens_m"]
        grouped[..., -1 - len(REGIONS) : -1] = regional
        grouped[..., -1] = platforms["tokens_m"]
        return grouped

    @cached_property
    def robot_group(self) -> np.ndarray:
        """Tokens that robots use over the network by lab and group, Mtoken/month (months, labs, groups).

        What runs in the robot needs no data centre and is not counted here.
        """
        regional = self.industries["cloud_lab_tokens_m"].swapaxes(1, 2)
        grouped = np.zeros((*regional.shape[:2], len(GROUPS)))
        grouped[..., -1 - len(REGIONS) : -1] = regional
        grouped[..., -1] = regional.sum(axis=2)
        return grouped

    @cached_property
    def robot_open_group(self) -> np.ndarray:
        """The same of open models, over all labs, Mtoken/month (months, groups)."""
        industries = self.industries
        regional = (industries["cloud_lab_tokens_m"] * industries["cloud_open"]).sum(axis=2)
        grouped = np.zeros((self.months, len(GROUPS)))
        grouped[:, -1 - len(REGIONS) : -1] = regional
        grouped[:, -1] = regional.sum(axis=1)
        return grouped

    @cached_property
    def tokens_by_group(self) -> np.ndarray:
        """Tokens by group, assistants and super-apps under `platform`, Mtoken/month (months, groups)."""
        developers = self.by_group(self.tokens.sum(axis=2))
        return developers + self.platform_group.sum(axis=1) + self.robot_group.sum(axis=1)

    @cached_property
    def tokens_by_group_and_origin(self) -> np.ndarray:
        """The same by the origin of the model, Mtoken/month (months, groups, 3)."""
        communities = self.tokens @ self.slot_origin
        developers = self.group_of_community @ communities
        robots = self.robot_group.swapaxes(1, 2) @ np.eye(len(ORIGINS))[self.labs["origin"][0]]
        return developers + self.platform_group.swapaxes(1, 2) @ self.platform_origin + robots

    @cached_property
    def open_tokens_by_group(self) -> np.ndarray:
        """Tokens of open models by group, Mtoken/month (months, groups)."""
        is_open = self.models["open"].astype(np.float64)
        developers = self.by_group((self.tokens @ is_open[..., None])[..., 0])
        platforms = (self.platform_group.swapaxes(1, 2) @ self.platform_open[..., None])[..., 0]
        return developers + platforms + self.robot_open_group

    @cached_property
    def us_firm_communities(self) -> np.ndarray:
        """Start-ups and enterprises of the United States, bool (communities,)."""
        return (self.communities["region"][0] == US) & np.isin(self.communities["segment"][0], US_FIRMS)
