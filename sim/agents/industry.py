"""Industry and physical AI: robots by diffusion and cost learning, edge use, learning from deployment."""

from __future__ import annotations

from sim.accounts import N_REGIONS, ROBOT_MAKERS, USERS0
from sim.compiled import compiled
from sim.ledger import ROBOT_SALES, post
from sim.numerics import exp, log, power


@compiled
def deploy_robots(w):
    """Factories install robots, cheaper as more are built; some run foundation models on the edge and use tokens.

    Edge use prefers open weights: a robot must run where there is no network and be adapted by its maker.
    """
    p = w.p[w.macro[0].month]
    world = 0.0
    start = 0.0
    for r in range(N_REGIONS):
        world += w.industries[r].robots
        start += p.industry_robots_start[r]
    price = p.industry_robot_price_usd * power(world / start, log(1.0 - p.industry_learning_rate) / 0.6931471805599453)
    for r in range(N_REGIONS):
        industry = w.industries[r]
        industry.unit_price = price
        saturation = max(0.0, 1.0 - industry.robots / p.industry_robots_ceiling[r])
        rate = p.industry_install_rate[r] * power(price / p.industry_robot_price_usd, -p.industry_price_elasticity)
        industry.installs = industry.robots * rate / 12.0 * saturation
        retired = industry.robots / (p.industry_robot_life_years * 12.0)
        industry.robots += industry.installs - retired
        post(w, USERS0 + r, ROBOT_MAKERS, industry.installs * price, ROBOT_SALES)
        ready = 1.0 / (
            1.0 + exp(-(w.macro[0].frontier_open - p.industry_physical_at_eci) / p.industry_physical_width_eci)
        )
        industry.physical_share += p.industry_physical_adoption / 12.0 * ready * (1.0 - industry.physical_share)
        industry.tokens_m = industry.robots * industry.physical_share * p.industry_tokens_per_robot_day * 30.4 / 1e6
        industry.learning += (
            p.industry_learning_feedback / 12.0 * log(1.0 + industry.robots * industry.physical_share / 1e5)
        )
