"""Mesa agents: each is a readable view of its row in the tables of the world."""

from __future__ import annotations

from typing import Any

import mesa

from sim.accounts import CLOUD_KEYS, LAB_KEYS, PLATFORM_KEYS, SOFTWARE_COHORTS, SOFTWARE_KEYS, VENDOR_KEYS
from sim.world import REGIONS, SEGMENTS


class TableAgent(mesa.Agent):
    """An agent whose state is row `row` of table `table` of the world; fields read and write through."""

    table = ""

    def __init__(self, model: mesa.Model, row: int, key: str) -> None:
        super().__init__(model)
        self.row = row
        self.key = key

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name in ("model", "row", "key"):
            raise AttributeError(name)
        try:
            return getattr(self.model.world, self.table)[name][self.row]
        except (KeyError, ValueError):
            raise AttributeError(f"{type(self).__name__} {self.key} has no '{name}'") from None

    def __setattr__(self, name: str, value: Any) -> None:
        own = self.__dict__
        if "key" in own and not name.startswith("_"):
            rows = getattr(own["model"].world, self.table)
            if name in (rows.dtype.names or ()):
                rows[name][own["row"]] = value
                return
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.key})"


class Vendor(TableAgent):
    """Designs and sells chips: decides price, output, capacity, products for restricted markets."""

    table = "vendors"


class Cloud(TableAgent):
    """Owns fleets and megawatts: decides capital spending, chip mix, region, managed services."""

    table = "clouds"


class Lab(TableAgent):
    """Trains and releases models: decides budgets, runs, openness, prices, porting."""

    table = "labs"


class Community(TableAgent):
    """Region and segment with individual developers, who choose models and channels and use tokens."""

    table = "communities"

    @property
    def developers(self) -> slice:
        """Rows of its developers in `model.world.developers`."""
        return slice(int(self.first), int(self.first + self.count))


class Platform(TableAgent):
    """Consumer assistant or super-app: decides which model it serves; its users adopt agents."""

    table = "platforms"


class Grid(TableAgent):
    """Regional grid and compute market."""

    table = "regions"


class Industry(TableAgent):
    """Manufacturing of a region: installs robots."""

    table = "industries"


class SoftwareCohort(TableAgent):
    """Software firms of one exposure to AI and one owner: they adopt AI, reprice, cut, default."""

    table = "software"


class Vintage(TableAgent):
    """Software firms that private equity bought in one year, and their loans."""

    table = "vintages"


class Route(TableAgent):
    """A smuggling route."""

    table = "routes"


class Economywide(TableAgent):
    """Hub, investors and governments: what one row of economy-wide state holds."""

    table = "macro"


def create_agents(model: mesa.Model) -> None:
    """Register one agent per row; the order is fixed, so agent ids are too."""
    world = model.world  # type: ignore[attr-defined]
    communities = [f"{REGIONS[c['region']]}/{SEGMENTS[c['segment']]}" for c in world.communities]
    vintages = [f"{SOFTWARE_COHORTS[v['cohort']]}/{v['year']}" for v in world.vintages]
    kinds: tuple[tuple[type[TableAgent], Any], ...] = (
        (Vendor, VENDOR_KEYS), (Cloud, CLOUD_KEYS), (Lab, LAB_KEYS), (Community, communities),
        (Platform, PLATFORM_KEYS), (Grid, REGIONS), (Industry, REGIONS), (SoftwareCohort, SOFTWARE_KEYS),
        (Vintage, vintages), (Route, [f"route {n + 1}" for n in range(len(world.routes))]),
        (Economywide, ("hub, investors, governments",)),
    )  # fmt: skip
    for kind, keys in kinds:
        for row, key in enumerate(keys):
            kind(model, row, key)
