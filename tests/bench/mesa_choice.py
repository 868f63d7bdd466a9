"""The developers' month as anyone would first write it: one Mesa agent per developer, a loop over models, `math`.

The same nested logit, switching terms and portfolio positions as `sim.agents.choice_kernel`, from the same arrays; its
own random numbers. It is what the kernel's speed and shares are judged against, and nothing else.
"""

from __future__ import annotations

import math

import mesa

from sim.agents.choice_draws import SHARES
from sim.agents.choice_kernel import Offer, Terms
from sim.world import Developers

NONE = 255


class Developer(mesa.Agent):
    """One developer: tastes, positions and the models held."""

    def __init__(self, model: Market, tastes: list[float], held: list[int], intensity: int) -> None:
        super().__init__(model)
        self.price, self.quality, self.open, self.origin = tastes
        self.held, self.intensity = held, intensity

    def reconsider(self) -> None:
        """With probability rho, choose anew for one position drawn by its share of tokens."""
        market = self.model
        if market.random.random() >= market.rho:
            return
        shares = market.shares[len(self.held) - 1]
        place = market.random.choices(range(len(self.held)), weights=shares[: len(self.held)])[0]
        now = self.held[place]
        new = self.choose(now, [slot for p, slot in enumerate(self.held) if p != place])
        if new != now:
            self.held[place] = new
            market.record(now, new, place, self.intensity * shares[place])

    def choose(self, now: int, others: list[int]) -> int:
        market, terms = self.model, self.model.terms
        values: list[list[float]] = [[], []]
        slots: list[list[int]] = [[], []]
        for j in market.available:
            if j in others:
                continue
            nest = market.is_open[j]
            value = market.base[j] - self.price * market.ln_price[j] + self.quality * market.quality[j]
            if nest:
                value += self.open
            if market.chinese[j]:
                value += self.origin
            if now != NONE:
                if market.family[j] == market.family[now]:
                    value += terms.kappa_family
                if market.stack[j] == market.stack[now]:
                    value += terms.lambda_stack
                if j == now:
                    value += terms.kappa_same
            values[nest].append(math.exp(value / (1.0 - (terms.sigma_open if nest else terms.sigma_closed))))
            slots[nest].append(j)
        nests = [math.exp(terms.kappa_none) if now == NONE else 1.0]
        for nest, sigma in enumerate((terms.sigma_closed, terms.sigma_open)):
            nests.append(sum(values[nest]) ** (1.0 - sigma) if values[nest] else 0.0)
        market.log_sum += math.log(sum(nests))
        market.reconsidered += 1
        drawn = market.random.choices((None, 0, 1), weights=nests)[0]
        return NONE if drawn is None else market.random.choices(slots[drawn], weights=values[drawn])[0]


class Market(mesa.Model):
    """A community of Mesa developers and its counts by model (`users`, `weight`; last entry: none)."""

    def __init__(self, developers: Developers, offer: Offer, terms: Terms, rho: float, users, weight) -> None:
        super().__init__(rng=20230101)
        for name in Offer._fields:
            setattr(self, name, getattr(offer, name).tolist())
        self.available = [j for j, base in enumerate(self.base) if base > -1e29]
        self.terms, self.rho, self.shares = terms, rho, SHARES.tolist()
        self.users, self.weight = users.tolist(), weight.tolist()
        self.log_sum, self.reconsidered = 0.0, 0
        for i in range(developers.choice.shape[0]):
            tastes = [float(field[i]) for field in developers[:4]]
            Developer(
                self, tastes, developers.choice[i, : developers.positions[i]].tolist(), int(developers.intensity[i])
            )

    def record(self, old: int, new: int, place: int, tokens: int) -> None:
        """Keep the counts by model up to date."""
        old, new = min(old, len(self.base)), min(new, len(self.base))
        self.weight[old] -= tokens
        self.weight[new] += tokens
        if place == 0:
            self.users[old] -= 1
            self.users[new] += 1

    def step(self) -> None:
        """A month: every developer in turn."""
        self.agents.do("reconsider")
