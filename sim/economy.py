"""The month of the AI economy: read `live_month` and you know the model.

Every act is one function over the state of the world (`sim.world`), in the order in which things happen. No arithmetic
is done here. The month is compiled as one piece; the law of the month comes before it in plain Python, because it
seldom changes.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
import pandas as pd

from sim import checks, initial, ledger
from sim.accounts import account_table
from sim.agents import (
    agent_wave,
    business,
    clouds,
    developers,
    governments,
    grids,
    hub,
    industry,
    labs,
    managed,
    platforms,
    private_equity,
    robots,
    software,
    stacks,
    vendors,
)
from sim.agents.views import create_agents
from sim.compiled import compiled
from sim.errors import RunError
from sim.event_text import event_table
from sim.history import History
from sim.markets import (
    alliances,
    capital,
    chips,
    compute,
    contracts,
    deals,
    delivery,
    grey,
    mergers,
    price_war,
    revenue,
    solvency,
    stakes,
    tokens,
    turnover,
)
from sim.policy.agent_releases import release_table
from sim.signposts import Signposts

if TYPE_CHECKING:
    from sim.scenario.model import Scenario

POLICIES = "Policies: the law of the month"


@compiled
def live_month(w):
    """A month of the economy, after the law of the month: every line is an act, in order."""
    # Energy: prices move, megawatts are energised
    business.begin_month(w)
    contracts.announce_deals(w)
    contracts.fall_due(w)
    grids.set_electricity_prices(w)
    grids.connect_sites(w)

    # Chips: capacity is built, chips are made, shipped and powered; some are smuggled, some retired
    vendors.advance_capacity(w)
    contracts.advance_partners(w)
    vendors.update_products(w)
    vendors.make_chips(w)
    chips.allocate_and_ship(w)
    grey.smuggle(w)
    delivery.retire_chips(w)
    grids.power_fleets(w)

    # Labs: runs end, models are released, knowledge spreads
    labs.advance_knowledge(w)
    labs.finish_runs(w)
    labs.release_models(w)
    labs.measure_frontiers(w)
    labs.port_to_domestic_chips(w)

    # Prices: costs are updated, lists are revised, price wars begin and end
    tokens.feel_price_pressure(w)
    price_war.watch_price_war(w)
    tokens.set_token_prices(w)

    # Use: developers choose, tokens are used, assistants and robots join in
    agent_wave.begin_waves(w)
    developers.choose_models(w)
    developers.use_tokens(w)
    developers.load_compute(w)
    platforms.serve_platforms(w)
    industry.price_robots(w)
    robots.choose_robot_models(w)
    industry.order_robots(w)
    industry.make_robots(w)
    robots.run_robots(w)

    # Compute: demand meets capacity, region by region
    compute.want_compute(w)
    compute.clear_compute_market(w)
    compute.assign_compute(w)
    labs.split_compute(w)

    # Diffusion: the hub counts, ecosystems grow, software friction erodes
    hub.run_hub(w)
    vendors.erode_friction(w)
    revenue.trace_chips_of_tokens(w)
    revenue.survey_firms(w)

    # Money: revenues and costs are paid
    compute.pay_rents(w)
    contracts.meet_commitments(w)
    managed.sell_services(w)
    grids.pay_for_electricity(w)
    revenue.sell_tokens(w)
    robots.pay_for_models(w)
    revenue.sell_assistants(w)
    revenue.run_hosts(w)
    labs.pay_staff_and_subsidies(w)
    business.run_other_business(w)

    # Alliances: mood, valuations, rounds, stakes, deals that firms decide on
    capital.move_sentiment(w)
    capital.value_labs(w)
    contracts.pay_tranches(w)
    capital.fund_labs(w)
    capital.fund_clouds(w)
    alliances.make_deals(w)
    contracts.count_deployed(w)
    stakes.vest_warrants(w)
    stakes.sell_shares(w)

    # Plans: budgets, capital spending, power, orders
    labs.plan_budgets(w)
    stacks.improve_stacks(w)
    stacks.review_stacks(w)
    managed.compete_for_customers(w)
    clouds.plan_capex(w)
    clouds.place_chips(w)
    clouds.plan_power(w)
    chips.order_chips(w)
    chips.cancel_unpayable_orders(w)
    chips.fade_memory(w)

    # Vendors: prices, capacity, pay-outs
    vendors.set_chip_prices(w)
    vendors.order_capacity(w)
    capital.pay_out_profits(w)

    # Credit: software firms, debt, clearing, failures and rescues, mergers, share prices, entry
    software.adopt_ai(w)
    software.sell_software(w)
    private_equity.value_software(w)
    private_equity.service_loans(w)
    private_equity.trade_software(w)
    software.pay_out_surplus(w)
    clouds.settle_debt(w)
    contracts.call_backstops(w)
    turnover.watch_runway(w)
    solvency.decide_on_distress(w)
    solvency.clear_debts(w)
    solvency.close_failed(w)
    mergers.merge_by_decision(w)
    capital.price_listed_firms(w)
    turnover.enter_markets(w)
    business.pass_on_incomes(w)

    # Identities: accounts, chips and megawatts close
    checks.check_identities(w)


@functools.cache
def plan() -> tuple[tuple[str, str], ...]:
    """(heading, `module.act`) of the month in order, read off the source of `live_month`.

    Tests, profiles and documents use it. The acts in plain Python come first.
    """
    before = ("governments.apply_law", "ledger.open_month")
    steps = [(POLICIES, act) for act in before]
    heading = POLICIES
    for line in inspect.getsource(live_month.py_func).splitlines():
        line = line.strip()
        if line.startswith("# "):
            heading = line.removeprefix("# ")
        elif line.endswith("(w)"):
            steps.append((heading, line.removesuffix("(w)")))
    return tuple(steps)


ACTS: tuple[Callable[[Any], Any], ...] = tuple(
    getattr(globals()[step.split(".")[0]], step.split(".")[1]) for heading, step in plan() if heading != POLICIES
)
"""The acts of `live_month` one by one, for who wants to time them or to stop between them."""


class Economy(mesa.Model):
    """One world: call `step` for a month, or `run_for(n)`; agents are views of the rows of `world`.

    `scenario` fixes parameters, policies and events; all randomness comes from named streams of `seed`.
    Put `ACTS` (say, with a clock around each) in place of `acts` to live the month act by act.
    """

    def __init__(self, scenario: Scenario, seed: int = 1) -> None:
        super().__init__(rng=seed)
        self.world_scenario = scenario
        self.seed = seed
        parameters = scenario.parameter_table()
        lag = int(parameters[0]["export_controls_design_lag_months"])
        foresight = int(parameters[0]["governments_foresight_months"])
        self.signposts = Signposts(scenario, lag, foresight)
        self.timeline = self.signposts.first_timeline()
        agreed = deals.contract_table(scenario.events, scenario.start_month)
        releases = release_table(scenario)
        self.world = initial.build_world(parameters, self.timeline, seed, agreed, releases)
        self.history = History(self.world, scenario.months)
        self.account_names = account_table()[0]
        self.dates = pd.DatetimeIndex(scenario.month_ends())
        self.acts: tuple[Callable[[Any], Any], ...] = (live_month,)
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

    def _wrapped_step(self) -> None:
        """Mesa's clock schedules the next step only after one that returned: a dead or finished world says so."""
        if self.failed is not None or self.month >= self.world_scenario.months:
            self._user_step()
        super()._wrapped_step()

    def _live(self) -> None:
        world = self.world
        world.macro["month"] = self.month
        governments.apply_law(world, self.timeline, self.month)
        ledger.open_month(world)
        for act in self.acts:
            act(world)
        checks.require_identities(world, self.account_names)
        self.history.record()
        if self.signposts.watches:
            self.timeline = self.signposts.read(world, self.history, self.timeline)


@dataclasses.dataclass(frozen=True)
class Run:
    """Result of one world: `timeseries` is the long table (date, metric, key, unit, value) of `docs/odd.md`.

    `events` and `ledger` are made when first asked for: a sweep that reads measures pays for measures only.
    """

    timeseries: pd.DataFrame
    seconds: float
    economy: Economy = dataclasses.field(repr=False)

    @property
    def history(self) -> History:
        """Every table at the end of every month."""
        return self.economy.history

    @functools.cached_property
    def events(self) -> pd.DataFrame:
        """What happened: date, kind, agent, other, value, unit, text."""
        return event_table(self.economy)

    @functools.cached_property
    def ledger(self) -> pd.DataFrame:
        """Monthly transaction-flow matrix: date, flow, from_sector, to_sector, usd_cents; zero entries left out."""
        return ledger.transaction_flow_matrix(self.history.flows, self.economy.dates)


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
    return Run(timeseries, time.perf_counter() - begin, economy)
