"""Manufacturing: factories install robots where a robot-year costs less than the labour that it saves.

Places for robots differ in how much of a robot's time they use, so the share of places where a robot pays is a
logistic function of ln(saving / cost). Factories come to it by diffusion, and renew robots that wear out.
"""

from __future__ import annotations

from sim.accounts import N_REGIONS, POWER0, ROBOT_MAKERS, USERS0
from sim.compiled import compiled
from sim.events import BOUND_ROBOT_MAKERS, ROBOT_WAVE, log_event
from sim.ledger import ROBOT_ELECTRICITY, ROBOT_SALES, post
from sim.numerics import exp, log, logistic, power

LN2 = 0.6931471805599453
AGES = 12
"""Age classes: each a twelfth of a robot's life, so that lives are Erlang distributed."""
WAVE_SHARE = 0.25
"""Share of new robots on foundation models from which a region's wave is put on record."""


@compiled
def wright_price(start_usd, made, made_before, fall_per_doubling):
    """Price after learning: `P0 ((Q0 + Q) / Q0)^(log2(1 - fall))` (Wright 1936, J. Aeronautical Sciences 3)."""
    return start_usd * power((made_before + made) / made_before, log(1.0 - fall_per_doubling) / LN2)


@compiled
def yearly_charge(capital_usd, rate, life_years):
    """Capital recovery: the constant yearly payment (USD) that returns capital with interest over its life."""
    return capital_usd * rate / (1.0 - power(1.0 + rate, -life_years))


@compiled
def paying_share(saving_usd, cost_usd, pull, hurdle, spread):
    """Share of places where a robot pays: `logistic((ln(saving / cost) + pull - hurdle) / spread)`.

    A place uses a log-logistic part of a robot-year (threshold model of diffusion: David 1969; Davies 1979).
    """
    return logistic((log(saving_usd / cost_usd) + pull - hurdle) / spread)


@compiled
def expansion(robots, places, innovation, imitation):
    """New robots a year beyond renewal: `(p + q K/K*)(K* - K)` while robots K are fewer than paying places K*.

    Bass 1969, Management Science 15, with a ceiling that moves with costs and wages.
    """
    if robots >= places:
        return 0.0
    return (innovation + imitation * robots / places) * (places - robots)


@compiled
def factory_price(p, r, unit_usd, taught):
    """Price of a robot at work (USD): robot and engineering of its cell, which teaching (1) makes cheaper."""
    return unit_usd * (1.0 + p.industry_engineering_ratio[r] * (1.0 - taught * p.industry_engineering_saved))


@compiled
def running_cost(w, p, r):
    """Upkeep and electricity of a robot-year (USD)."""
    upkeep = p.industry_upkeep_share * w.industries[r].unit_price
    return upkeep + p.industry_robot_kwh * w.regions[r].electricity_price


@compiled
def price_robots(w):
    """Robots and their sensors get cheaper as more are made in the world; wages say what a robot saves."""
    t = w.macro[0].month
    p = w.p[t]
    made = 0.0
    physical_made = 0.0
    for r in range(N_REGIONS):
        made += w.industries[r].made
        physical_made += w.industries[r].physical_made
    robot = wright_price(p.industry_robot_price_usd, made, p.industry_robots_made_start, p.industry_learning_rate)
    module = wright_price(
        p.industry_module_usd, physical_made, p.industry_modules_made_start, p.industry_module_learning_rate
    )
    for r in range(N_REGIONS):
        industry = w.industries[r]
        industry.unit_price = robot * p.industry_price_ratio[r]
        industry.module_price = module
        wage = p.industry_wage_usd[r] * exp(p.industry_wage_growth[r] * t / 12.0)
        industry.saving_usd = wage * p.industry_workers_per_robot
        capital = factory_price(p, r, industry.unit_price, 0.0)
        charge = yearly_charge(capital, p.industry_cost_of_capital[r], p.industry_robot_life_years)
        industry.robot_year_usd = charge + running_cost(w, p, r)


@compiled
def order_robots(w):
    """Factories count the places where a robot pays, renew and order, of the kind that pays there.

    Structured places take either kind: by a logit of ln cost, a robot on a foundation model competes with a programmed
    one. Places that change from piece to piece need a robot that adapts.
    """
    p = w.p[w.macro[0].month]
    scale = p.industry_choice_scale
    for r in range(N_REGIONS):
        industry = w.industries[r]
        odds = 0.0
        if industry.physical_year_usd > 0.0:
            odds = power(industry.robot_year_usd / industry.physical_year_usd, scale)
        jobs = p.industry_jobs[r]
        pull = p.industry_pull[r]
        cost = industry.robot_year_usd * power(1.0 + odds, -1.0 / scale)
        structured = jobs * p.industry_structured_share * paying_share(
            industry.saving_usd, cost, pull, p.industry_hurdle, p.industry_spread
        )  # fmt: skip
        changing = 0.0
        if odds > 0.0:
            changing = jobs * p.industry_changing_share * paying_share(
                industry.saving_usd, industry.physical_year_usd, pull, p.industry_changing_hurdle, p.industry_spread
            )  # fmt: skip
        places = structured + changing
        aim = (structured * odds / (1.0 + odds) + changing) / places
        before = industry.physical_order_share
        industry.physical_order_share += (aim - before) / p.industry_order_months
        if before < WAVE_SHARE <= industry.physical_order_share:
            log_event(w, ROBOT_WAVE, r, -1, industry.physical_installs)
        industry.paying_places = places
        rate = AGES / (12.0 * p.industry_robot_life_years)
        worn_programmed = grow_old(industry.conventional_age, rate)
        worn_physical = grow_old(industry.physical_age, rate)
        industry.retired = worn_programmed + worn_physical
        # What wears out is renewed as far as it still pays.
        renewal = industry.retired * min(1.0, places / industry.robots) if industry.robots > 0.0 else 0.0
        spoken_for = industry.robots + industry.backlog
        new = expansion(spoken_for, places, p.industry_innovation, p.industry_imitation) / 12.0
        industry.ordered = renewal + new
        industry.backlog += industry.ordered
        industry.physical -= worn_physical
        industry.robots -= industry.retired


@compiled
def make_robots(w):
    """Makers deliver to all in proportion to their orders, up to what they can make, and plan capacity by orders.

    Capacity follows `(orders + a twelfth of the queue) (1 + headroom)` with a lag, and shrinks by wear alone.
    """
    p = w.p[w.macro[0].month]
    macro = w.macro[0]
    ordered = 0.0
    waiting = 0.0
    for r in range(N_REGIONS):
        ordered += w.industries[r].ordered
        waiting += w.industries[r].backlog
    delivered = min(1.0, macro.robot_capacity / waiting) if waiting > 0.0 else 0.0
    if waiting > macro.robot_capacity:
        log_event(w, BOUND_ROBOT_MAKERS, -1, -1, waiting - macro.robot_capacity)
    for r in range(N_REGIONS):
        industry = w.industries[r]
        industry.installs = industry.backlog * delivered
        industry.backlog -= industry.installs
        industry.physical_installs = industry.installs * industry.physical_order_share
        industry.conventional_age[0] += industry.installs - industry.physical_installs
        industry.physical_age[0] += industry.physical_installs
        industry.made += industry.installs
        industry.physical_made += industry.physical_installs
        industry.physical += industry.physical_installs
        industry.robots += industry.installs
        industry.physical_share = industry.physical / industry.robots if industry.robots > 0.0 else 0.0
        pay_for_robots(w, p, r)
    macro.robot_orders += (ordered - macro.robot_orders) / p.industry_makers_order_months
    aim = (macro.robot_orders + waiting * (1.0 - delivered) / 12.0) * (1.0 + p.industry_makers_headroom)
    if aim > macro.robot_capacity:
        macro.robot_capacity += (aim - macro.robot_capacity) / p.industry_makers_lag_months
    else:
        worn = macro.robot_capacity / (12.0 * p.industry_makers_plant_years)
        macro.robot_capacity = max(aim, macro.robot_capacity - worn)


@compiled
def grow_old(ages, rate):
    """Move robots on by age class at `rate` a month; returns how many end their life (robots)."""
    worn = ages[AGES - 1] * rate
    for k in range(AGES - 1, 0, -1):
        ages[k] += (ages[k - 1] - ages[k]) * rate
    ages[0] -= ages[0] * rate
    return worn


@compiled
def pay_for_robots(w, p, r):
    """Users of a region pay makers for robots, cells, computers and upkeep, and power companies for electricity."""
    industry = w.industries[r]
    programmed = (industry.installs - industry.physical_installs) * factory_price(p, r, industry.unit_price, 0.0)
    adaptive = factory_price(p, r, industry.unit_price, 1.0) + industry.module_price + industry.edge_usd
    upkeep = industry.robots * p.industry_upkeep_share * industry.unit_price / 12.0
    sales = programmed + industry.physical_installs * adaptive + upkeep
    energy = industry.robots * p.industry_robot_kwh / 12.0 * w.regions[r].electricity_price
    industry.spend_usd = post(w, USERS0 + r, ROBOT_MAKERS, sales, ROBOT_SALES)
    industry.spend_usd += post(w, USERS0 + r, POWER0 + r, energy, ROBOT_ELECTRICITY)
