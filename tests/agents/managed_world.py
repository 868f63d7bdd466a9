"""What the tests of managed services and of their stacks share: who sells, the switches, the acts that are paid."""

from hypothesis import settings

from sim.accounts import META, N_CLOUDS, XAI_CLOUD
from sim.agents import managed
from sim.markets import compute

QUICK = settings(max_examples=25, deadline=None)
OFF = (("managed.offering", "off"),)
LICENSED_ONLY = (("managed.stack_choice", "licensed_only"),)
SELLERS = [k for k in range(N_CLOUDS) if k not in (META, XAI_CLOUD)]


def sold(world):
    """Live the acts in which compute and services are paid."""
    compute.pay_rents(world)
    managed.sell_services(world)
    return world
