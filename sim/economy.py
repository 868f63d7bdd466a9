"""The month of the AI economy: read `ACTS` and you know the model.

Every act is one function over the state of the world (`sim.world`), in the order in which things happen. No arithmetic
is done here. Two acts are plain Python because they seldom have anything to do: the law of the month and the deals.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
import pandas as pd

from sim import checks, initial, ledger
from sim.accounts import account_table
from sim.agents import business, clouds, developers, governments, grids, hub, industry, labs, platforms, software, vendors
from sim.agents.views import create_agents
from sim.errors import RunError
from sim.event_text import event_table
from sim.history import History
from sim.markets import capital, chips, compute, revenue, tokens
from sim.policy.timeline import timeline

if TYPE_CHECKING:
    from sim.scenario.model import Scenario

ACTS: tuple[tuple[str, tuple[Callable[[Any], Any], ...]], ...] = (
    ("Energy: prices move, megawatts are energised", (
        business.begin_month,
        grids.set_electricity_prices,
        grids.connect_sites,
    )),
    ("Chips: capacity is built, chips are made, shipped and powered; some are smuggled, some retired", (
        vendors.advance_capacity,
        vendors.update_products,
        vendors.make_chips,
        chips.allocate_and_ship,
        chips.smuggle,
        chips.retire_chips,
        grids.power_fleets,
    )),
    ("Labs: runs end, models are released, knowledge spreads", (
        labs.advance_knowledge,
        labs.finish_runs,
        labs.release_models,
        labs.measure_frontiers,
        labs.port_to_domestic_chips,
    )),
    ("Prices: costs are updated, lists are revised, price wars begin and end", (
        tokens.feel_price_pressure,
        tokens.watch_price_war,
        tokens.set_token_prices,
    )),
    ("Use: developers choose, tokens are used, assistants and robots join in", (
        developers.choose_models,
        developers.use_tokens,
        developers.load_compute,
        platforms.serve_platforms,
        industry.deploy_robots,
    )),
    ("Compute: demand meets capacity, region by region", (
        compute.want_compute,
        compute.clear_compute_market,
        compute.assign_compute,
        labs.split_compute,
    )),
    ("Diffusion: the hub counts, ecosystems grow, software friction erodes", (
        hub.run_hub,
        vendors.erode_friction,
        revenue.trace_chips_of_tokens,
        revenue.survey_firms,
    )),
    ("Money: revenues and costs are paid", (
        compute.pay_rents,
        grids.pay_for_electricity,
        revenue.sell_tokens,
        revenue.sell_assistants,
        revenue.run_hosts,
        labs.pay_staff_and_subsidies,
        business.run_other_business,
    )),
    ("Plans: budgets, funding, capital spending, power, orders", (
        capital.move_sentiment,
        capital.fund_labs,
        labs.plan_budgets,
        clouds.offer_managed_services,
        clouds.plan_capex,
        clouds.place_chips,
        clouds.plan_power,
        chips.order_chips,
        chips.fade_memory,
    )),
    ("Vendors: prices, capacity, pay-outs", (
        vendors.set_chip_prices,
        vendors.order_capacity,
        capital.pay_out_profits,
    )),
    ("Credit: software firms, debt, share prices, entry and exit", (
        software.run_software,
        clouds.settle_debt,
        capital.price_listed_firms,
        capital.enter_and_exit,
        business.add_up_layers,
    )),
)  # fmt: skip


def plan() -> list[tuple[str, str]]:
    """(heading, act) of the month in order, for documents, profiles and tests; the Python acts come first."""
    first = [("Policies: the law of the month, deals", "apply_law"), ("Policies: the law of the month, deals", "execute_deals")]
    return first + [(heading, act.__name__) for heading, acts in ACTS for act in acts]


class Economy(mesa.Model):
    """One world: call `step` for a month, or `run_for(n)`; agents are views of the rows of `world`.

    `scenario` fixes parameters, policies and events; all randomness comes from named streams of `seed`.
    """

    def __init__(self, scenario: Scenario, seed: int = 1) -> None:
        super().__init__(rng=seed)
        self.world_scenario = scenario
        self.seed = seed
        parameters = scenario.parameter_table()
        lag = int(parameters[0]["export_controls_design_lag_months"])
        self.timeline = timeline(scenario.policies, scenario.start_month, scenario.months, lag)
        self.world = initial.build_world(parameters, self.timeline, seed)
        self.deals = governments.schedule_deals(scenario)
        self.history = History(self.world, scenario.months)
        self.account_names = account_table()[0]
        self.dates = pd.DatetimeIndex(scenario.month_ends())
        self.month = 0
        self.failed: str | None = None
        create_agents(self)

    def step(self) -> None:
        """Live one month. Raises RunError if an account, the chips or the megawatts do not close."""
        if self.failed is not None:
            raise RunError(f"this world has already failed: {self.failed}")
        if self.month >= self.world_scenario.months:
            raise RunError("the horizon of the scenario is over")
        try:
            self._live()
        except (RunError, ValueError) as error:
            self.failed = str(error)
            raise RunError(f"{self.dates[self.month]:%Y-%m}: {error}") from error
        self.month += 1

    def _live(self) -> None:
        world = self.world
        world.macro["month"] = self.month
        ledger.open_month(world)
        governments.apply_law(world, self.timeline, self.month)
        governments.execute_deals(world, self.deals, self.month)
        for _, acts in ACTS:
            for act in acts:
                act(world)
        checks.check_month(world, self.account_names, self.dates[self.month])
        self.history.record(world)


@dataclasses.dataclass(frozen=True)
class Run:
    """Result of one world: `timeseries` (date, metric, key, unit, value), `events`, `ledger`, `seconds`, `history`."""

    timeseries: pd.DataFrame
    events: pd.DataFrame
    ledger: pd.DataFrame
    seconds: float
    history: History


def run_scenario(scenario: Scenario, seed: int = 1, progress: Callable[[int, int], None] | None = None) -> Run:
    """Live through the whole horizon of a scenario. Raises RunError if the world breaks down.

    `progress(month, months)` is called after every month.
    """
    from sim.measures import measure

    begin = time.perf_counter()
    economy = Economy(scenario, seed)
    for month in range(scenario.months):
        economy.step()
        if progress is not None:
            progress(month + 1, scenario.months)
    timeseries = measure(economy.history, np.asarray(scenario.month_ends()))
    events = event_table(economy)
    matrix = ledger.transaction_flow_matrix(economy.history.flows, economy.dates)
    return Run(timeseries, events, matrix, time.perf_counter() - begin, economy.history)
