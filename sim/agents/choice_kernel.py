"""The developers' monthly choice: one community, those who reconsider, one portfolio position each.

Mixed nested logit in ln price (economy.md, "Developers' choice"). Utility of model j for developer i in a position:

    V_ij = base_j - price_i ln P_j + quality_i q_j + open_i [j open] + origin_i [j Chinese]
         + kappa_family [same lab as now] + kappa_same [same model as now] + lambda_stack [same stack as now]

with the developer's own deviations from the segment's tastes, whose means are inside `base_j`. Nests: closed, open, and
the outside good alone (V = 0, plus `kappa_none` if the position is empty now). In a nest g of dissimilarity
mu_g = 1 - sigma_g: P(g) ~ exp(I_g), I_g = mu_g ln sum exp(V_ij / mu_g), P(j | g) ~ exp(V_ij / mu_g).

Form: blocks of 128 developers, one short loop per model over the block in single precision (LLVM vectorises loops that
touch few arrays), utilities multiplied by log2 e / mu_g beforehand, running sums in place, inversion by counting.
No fast-math anywhere, so every x86-64 gives the same bytes. Randomness: one Philox4x32 block per stratum and month.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.agents.choice_math import exp2_single, log2_single
from sim.compiled import compiled
from sim.streams import (
    LOW32,
    PHILOX32_MULTIPLIER_0,
    PHILOX32_MULTIPLIER_1,
    PHILOX32_WEYL_0,
    PHILOX32_WEYL_1,
    SHIFT32,
)
from sim.world import Developers

MODELS = 64  # slots; choice = 255 stands for an empty position, the outside good
POSITIONS = 4
NONE = np.uint8(255)
BLOCK = 128
LANES = 16  # a block is padded to a multiple of the widest vector
CLOSED, OPEN = 0, 1
AVAILABLE_ABOVE = -1e29
SHARES = np.array([[840, 0, 0, 0], [560, 280, 0, 0], [480, 240, 120, 0], [448, 224, 112, 56]], dtype=np.int64)
"""Tokens of each position out of `FULL`, by the number of positions less one: each position half the one before."""
FULL = 840
FULL_WORD = np.uint64(FULL)
BORDERS = np.ascontiguousarray(np.cumsum(SHARES, axis=1)[:, :3])

LOG2_E = 1.4426950408889634
LN_2 = 0.6931471805599453
TWO_TO_MINUS_32 = 1.0 / 4294967296.0
TWO_TO_MINUS_23 = np.float32(1.0 / 8388608.0)
HALF = np.float32(0.5)
ZERO = np.float32(0.0)
HELD_ELSEWHERE = np.float32(-1000.0)


class Offer(NamedTuple):
    """Models as one community sees them this month, arrays of length M <= 64."""

    base: np.ndarray  # f8, mean utility of the segment; -inf where the model cannot be had
    ln_price: np.ndarray  # f8
    quality: np.ndarray  # f8
    is_open: np.ndarray  # u1 or bool
    chinese: np.ndarray  # u1 or bool
    family: np.ndarray  # integer >= 0, the lab; must stay valid in slots that a developer may still hold
    stack: np.ndarray  # integer >= 0, the software stack


class Terms(NamedTuple):
    """Scalar terms of a segment's choice, utility units (sigma: share)."""

    sigma_closed: float
    sigma_open: float
    kappa_family: float
    kappa_same: float
    lambda_stack: float
    kappa_none: float


class Table(NamedTuple):
    """Available models sorted by nest, family and stack, coefficients scaled to powers of two."""

    slot: np.ndarray  # i8 [k + 1], slot of the k-th available model, then M for the outside good
    rank: np.ndarray  # i8 [M + 1], inverse of `slot`; k (no row of its own) for what cannot be had
    code: np.ndarray  # i4 [2, M + 1], family and stack by slot, -1 for none
    ends: np.ndarray  # i8 [3], first closed (0), first open, end
    coefficient: np.ndarray  # f4 [k, 4]: base, price, quality, origin


@compiled
def nest_scale(terms: Terms, nest: int) -> float:
    """log2(e) / (1 - sigma) of a nest."""
    return LOG2_E / (1.0 - (terms.sigma_open if nest == OPEN else terms.sigma_closed))


@compiled
def sorted_table(offer: Offer, terms: Terms) -> Table:
    """Compact the available models: the loops over developers never see an absent one."""
    models = offer.base.shape[0]
    slot = np.empty(models + 1, np.int64)
    order = np.empty(models, np.int64)
    code = np.full((2, models + 1), -1, np.int32)
    count = 0
    ends = np.zeros(3, np.int64)
    for j in range(models):
        code[0, j], code[1, j] = offer.family[j], offer.stack[j]
        if offer.base[j] > AVAILABLE_ABOVE:
            nest = OPEN if offer.is_open[j] else CLOSED
            key = (nest << 40) + (np.int64(offer.family[j]) << 20) + np.int64(offer.stack[j])
            k = count
            while k > 0 and order[k - 1] > key:
                order[k] = order[k - 1]
                slot[k] = slot[k - 1]
                k -= 1
            order[k] = key
            slot[k] = j
            count += 1
            ends[1] += 1 - nest
    ends[2] = count
    slot[count] = models
    rank = np.full(models + 1, count, np.int64)
    coefficient = np.empty((count, 4), np.float32)
    for k in range(count):
        j = slot[k]
        rank[j] = k
        scale = nest_scale(terms, CLOSED if k < ends[1] else OPEN)
        coefficient[k, 0] = offer.base[j] * scale
        coefficient[k, 1] = offer.ln_price[j] * scale
        coefficient[k, 2] = offer.quality[j] * scale
        coefficient[k, 3] = scale if offer.chinese[j] else 0.0
    return Table(slot, rank, code, ends, coefficient)


@compiled
def draw_words(key: int, first: int, month: int, count: int, words: np.ndarray) -> None:
    """Random words (32 bits in u8 [4, BLOCK]) of strata first .. first + count - 1: counter (stratum, month, 0, 0).

    The same as `streams.philox4x32`, round by round over the block, a form that LLVM vectorises.
    """
    w0, w1, w2, w3 = words[0], words[1], words[2], words[3]
    for d in range(count):
        w0[d] = np.uint64(first + d)
        w1[d] = np.uint64(month)
        w2[d] = w3[d] = np.uint64(0)
    k0, k1 = key & LOW32, key >> SHIFT32
    for _ in range(10):
        for d in range(count):
            product0, product1 = PHILOX32_MULTIPLIER_0 * w0[d], PHILOX32_MULTIPLIER_1 * w2[d]
            w0[d] = (product1 >> SHIFT32) ^ w1[d] ^ k0
            w2[d] = (product0 >> SHIFT32) ^ w3[d] ^ k1
            w1[d] = product1 & LOW32
            w3[d] = product0 & LOW32
        k0 = (k0 + PHILOX32_WEYL_0) & LOW32
        k1 = (k1 + PHILOX32_WEYL_1) & LOW32


@compiled
def draw_places(first: int, count: int, stratum_width: float, word: np.ndarray, places: np.ndarray) -> None:
    """Candidates of each stratum, i4 [3, BLOCK]: its first place, its pick if that is taken, its pick if it is free.

    Stratum s covers the places from s w to (s + 1) w, w >= 1. Neighbours share a place where their border is not whole,
    with parts p (of the earlier) and q. Each gets it with its own part, never both: if the earlier took it, the later
    draws among its other places, else it takes it with probability q / (1 - p). So every index is picked with
    probability exactly 1 / w, and at most once a month.
    """
    shared, other, free = places[0], places[1], places[2]
    for d in range(count):
        low, high = (first + d) * stratum_width, (first + d + 1) * stratum_width
        u = np.float64(word[d]) * TWO_TO_MINUS_32
        place = np.int32(low)
        over = low - place
        last = np.int32(high)
        last = last - 1 if np.float64(last) >= high else last
        # a whole border shares nothing: `mine` is then the probability of the first place like any other
        mine = (1.0 - over) / (stratum_width - over)
        begin = place + 1.0
        rest = max(1.0 - mine, 1e-9)
        beyond = np.int32(begin + max(u - mine, 0.0) / rest * (high - begin))
        among = np.int32(begin + u * (high - begin))
        shared[d] = place
        other[d] = min(among, last)
        free[d] = place if u < mine else min(beyond, last)


@compiled
def pick_position(word: int, positions: int) -> int:
    """A portfolio position with probability equal to its share of tokens, from 32 random bits."""
    ticket = np.int64((word * FULL_WORD) >> SHIFT32)
    borders = BORDERS[positions - 1]
    return np.int64(ticket >= borders[0]) + np.int64(ticket >= borders[1]) + np.int64(ticket >= borders[2])


@compiled
def utilities(
    table: Table,
    offer: Offer,
    terms: Terms,
    tastes: np.ndarray,
    now: np.ndarray,
    width: int,
    bonus: np.ndarray,
    value: np.ndarray,
) -> None:
    """Scaled utilities (f4 [k, BLOCK]) of a block: tastes f4 [4, BLOCK], now i4 [2, BLOCK] (family, stack)."""
    price, quality, origin = tastes[0], tastes[1], tastes[3]
    family_now, stack_now = now[0], now[1]
    coefficient = table.coefficient
    family = stack = np.int32(-2)
    for k in range(table.ends[2]):
        j = table.slot[k]
        scale = nest_scale(terms, CLOSED if k < table.ends[1] else OPEN)
        if k == table.ends[1] or offer.family[j] != family or offer.stack[j] != stack:
            family, stack = np.int32(offer.family[j]), np.int32(offer.stack[j])
            by_family, by_stack = np.float32(terms.kappa_family * scale), np.float32(terms.lambda_stack * scale)
            for d in range(width):
                same_family = by_family if family_now[d] == family else ZERO
                bonus[d] = same_family + (by_stack if stack_now[d] == stack else ZERO)
        row = value[k]
        c0, c1, c2, c3 = coefficient[k, 0], coefficient[k, 1], coefficient[k, 2], coefficient[k, 3]
        for d in range(width):
            row[d] = (c0 - c1 * price[d]) + (c2 * quality[d] + bonus[d])
        if c3 != ZERO:
            for d in range(width):
                row[d] += c3 * origin[d]


@compiled
def inclusive_value(value: np.ndarray, start: int, stop: int, width: int, most: np.ndarray, total: np.ndarray) -> None:
    """Per lane: maximum and running sum of 2**(value - maximum) over rows start .. stop - 1; rows become the sums."""
    for d in range(width):
        most[d] = HELD_ELSEWHERE
        total[d] = ZERO
    for k in range(start, stop):
        row = value[k]
        for d in range(width):
            most[d] = row[d] if row[d] > most[d] else most[d]
    for k in range(start, stop):
        row = value[k]
        for d in range(width):
            total[d] += exp2_single(row[d] - most[d])
            row[d] = total[d]


@compiled
def count_below(value: np.ndarray, start: int, stop: int, width: int, target: np.ndarray, rank: np.ndarray) -> None:
    """Per lane: how many running sums of rows start .. stop - 1 do not exceed the target: the choice within a nest."""
    for d in range(width):
        rank[d] = 0
    for k in range(start, stop):
        row = value[k]
        for d in range(width):
            rank[d] += np.int32(1) if row[d] <= target[d] else np.int32(0)


@compiled
def nest_weights(terms: Terms, lanes: np.ndarray, opened: np.ndarray, empty: np.ndarray, width: int) -> None:
    """Per lane, from maximum and total of the nests (rows 0-3 of `lanes`): their weights, the grand total, the log-sum.

    Rows of lanes (f4 [8, BLOCK]): 0, 1 closed maximum and total; 2, 3 open; 4, 5 weights of closed and open; 6 total;
    7 log-sum in powers of two. `opened` is the taste for open weights, common to its nest; `empty` marks no model now.
    """
    mu_closed, mu_open = np.float32(1.0 - terms.sigma_closed), np.float32(1.0 - terms.sigma_open)
    log2_e, stay = np.float32(LOG2_E), np.float32(terms.kappa_none * LOG2_E)
    closed_most, closed_total, open_most, open_total = lanes[0], lanes[1], lanes[2], lanes[3]
    closed_weight, open_weight, total, log_sum = lanes[4], lanes[5], lanes[6], lanes[7]
    for d in range(width):
        closed_weight[d] = mu_closed * (closed_most[d] + log2_single(closed_total[d]))
    for d in range(width):
        open_weight[d] = mu_open * (open_most[d] + log2_single(open_total[d])) + log2_e * opened[d]
    for d in range(width):
        outside = stay * empty[d]
        most = outside if outside > closed_weight[d] else closed_weight[d]
        most = open_weight[d] if open_weight[d] > most else most
        total[d] = exp2_single(outside - most)
        log_sum[d] = most
    for d in range(width):
        closed_weight[d] = exp2_single(closed_weight[d] - log_sum[d])
        open_weight[d] = exp2_single(open_weight[d] - log_sum[d])
        total[d] = closed_weight[d] + open_weight[d] + total[d]
    for d in range(width):
        log_sum[d] = log_sum[d] + log2_single(total[d])


@compiled
def unit_single(word: int) -> float:
    """A single strictly inside (0, 1) from 32 random bits: multiples of 2**-23 plus 2**-24."""
    return (np.float32(np.int32(word >> np.uint64(9))) + HALF) * TWO_TO_MINUS_23


@compiled
def gather(
    developers: Developers, chosen: np.ndarray, count: int, table: Table, tastes: np.ndarray, now: np.ndarray
) -> None:
    """Fill tastes (f4 [5, BLOCK], last row 1 if the position is empty) and now (i4 [2, BLOCK]) of the block."""
    models = table.rank.shape[0] - 1
    for d in range(count):
        i = chosen[0, d]
        tastes[0, d] = developers.taste_price[i]
        tastes[1, d] = developers.taste_quality[i]
        tastes[2, d] = developers.taste_open[i]
        tastes[3, d] = developers.taste_origin[i]
        held = min(np.int64(developers.choice[i, chosen[1, d]]), models)
        tastes[4, d] = np.float32(held == models)
        now[0, d] = table.code[0, held]
        now[1, d] = table.code[1, held]


@compiled
def switch_terms(
    developers: Developers, chosen: np.ndarray, count: int, table: Table, terms: Terms, value: np.ndarray
) -> None:
    """Add the bonus of the same model; rule out models held in other positions. The last row of `value` is a dump."""
    models, dump, first_open = table.rank.shape[0] - 1, table.ends[2], table.ends[1]
    closed = np.float32(terms.kappa_same * nest_scale(terms, CLOSED))
    opened = np.float32(terms.kappa_same * nest_scale(terms, OPEN))
    for d in range(count):
        i, place = chosen[0, d], chosen[1, d]
        k = table.rank[min(np.int64(developers.choice[i, place]), models)]
        value[k, d] += closed if k < first_open else opened
        for p in range(POSITIONS):
            k = table.rank[min(np.int64(developers.choice[i, p]), models)]
            value[k if p != place else dump, d] = HELD_ELSEWHERE


@compiled
def settle(
    developers: Developers,
    chosen: np.ndarray,
    count: int,
    table: Table,
    word: np.ndarray,
    lanes: np.ndarray,
    rank: np.ndarray,
    users: np.ndarray,
    weight: np.ndarray,
) -> int:
    """Write the block's choices and counts; the number of switchers. Free of branches: their outcome is random."""
    models, available, first_open = table.rank.shape[0] - 1, table.ends[2], table.ends[1]
    switchers = 0
    for d in range(count):
        i, p = chosen[0, d], chosen[1, d]
        ticket = unit_single(word[chosen[2, d]]) * lanes[6, d]
        closed = min(np.int64(rank[0, d]), first_open - 1)
        opened = min(first_open + np.int64(rank[1, d]), available - 1)
        k = opened if ticket < lanes[4, d] + lanes[5, d] else available
        k = closed if ticket < lanes[4, d] else k
        new = table.slot[k]
        old = min(np.int64(developers.choice[i, p]), models)
        developers.choice[i, p] = np.uint8(new) if new < models else NONE
        moved = np.int64(developers.intensity[i]) * SHARES[np.int64(developers.positions[i]) - 1, p]
        weight[old] -= moved
        weight[new] += moved
        primary = np.int64(p == 0)
        users[old] -= primary
        users[new] += primary
        switchers += np.int64(new != old)
    return switchers


@compiled
def choose(
    developers: Developers,
    start: int,
    stop: int,
    offer: Offer,
    terms: Terms,
    rho: float,
    key: int,
    month: int,
    position: int,
    users: np.ndarray,
    weight: np.ndarray,
) -> tuple[int, int, float]:
    """A month of choice of the community of developers start .. stop - 1.

    `rho` is the share that reconsiders; `key` = `streams.draw_key(seed, community, purpose)`; `position` = -1 to
    reconsider a random position (with probability of its share of tokens), or a fixed position 0..3 (developers that
    keep fewer are left out), which seats a new community with rho = 1. Updates in place `developers.choice`, `users`
    (i8 [M + 1], developers by model of their first position, last entry: none) and `weight` (i8 [M + 1], sum of
    intensity times `SHARES`). Returns how many reconsidered, how many changed model, and the sum of the log-sums
    (expected utility, utility units) over those who reconsidered.
    """
    n = stop - start
    if not rho > 0.0 or n <= 0:
        return 0, 0, 0.0
    stratum_width = max(1.0, 1.0 / rho)
    strata = np.int64(np.ceil(n / stratum_width))
    table = sorted_table(offer, terms)
    available = table.ends[2]
    words = np.empty((4, BLOCK), np.uint64)
    places = np.empty((3, BLOCK), np.int32)
    chosen = np.empty((3, BLOCK), np.int64)
    singles = np.zeros((5 + 8 + 2, BLOCK), np.float32)
    tastes, lanes, target = singles[:5], singles[5:13], singles[13:]
    now = np.full((2, BLOCK), -1, np.int32)
    rank = np.empty((2, BLOCK), np.int32)
    value = np.empty((available + 1, BLOCK), np.float32)
    reconsidered, switchers, log_sum = 0, 0, 0.0
    taken = np.int32(-1)
    for first in range(0, strata, BLOCK):
        drawn = min(BLOCK, strata - first)
        draw_words(key, first, month, drawn, words)
        draw_places(first, drawn, stratum_width, words[0], places)
        count = 0
        for d in range(drawn):
            taken = places[1, d] if taken == places[0, d] else places[2, d]
            if taken < n:
                kept = np.int64(developers.positions[start + taken])
                p = pick_position(words[1, d], kept) if position < 0 else position
                if p < kept:
                    chosen[0, count], chosen[1, count], chosen[2, count] = start + taken, p, d
                    count += 1
        width = (count + LANES - 1) // LANES * LANES
        gather(developers, chosen, count, table, tastes, now)
        utilities(table, offer, terms, tastes, now, width, lanes[0], value)
        switch_terms(developers, chosen, count, table, terms, value)
        inclusive_value(value, 0, table.ends[1], width, lanes[0], lanes[1])
        inclusive_value(value, table.ends[1], available, width, lanes[2], lanes[3])
        nest_weights(terms, lanes, tastes[2], tastes[4], width)
        for d in range(count):
            u = unit_single(words[3, chosen[2, d]])
            target[0, d] = u * lanes[1, d]
            target[1, d] = u * lanes[3, d]
        count_below(value, 0, table.ends[1], width, target[0], rank[0])
        count_below(value, table.ends[1], available, width, target[1], rank[1])
        switchers += settle(developers, chosen, count, table, words[2], lanes, rank, users, weight)
        for d in range(count):
            log_sum += np.float64(lanes[7, d])
        reconsidered += count
    return reconsidered, switchers, log_sum * LN_2


@compiled
def recount(developers: Developers, start: int, stop: int, users: np.ndarray, weight: np.ndarray) -> None:
    """Fill `users` and `weight` (i8 [M + 1]) by a full pass over a community; `choose` keeps them up incrementally."""
    models = users.shape[0] - 1
    users[:] = 0
    weight[:] = 0
    for i in range(start, stop):
        kept = np.int64(developers.positions[i])
        for p in range(kept):
            held = min(np.int64(developers.choice[i, p]), models)
            weight[held] += np.int64(developers.intensity[i]) * SHARES[kept - 1, p]
            if p == 0:
                users[held] += 1


@compiled
def reassign(
    developers: Developers, start: int, stop: int, old: int, new: int, users: np.ndarray, weight: np.ndarray
) -> None:
    """Every holder of slot `old` now holds `new` (255 = none): a withdrawn model, before its slot is used again."""
    models = users.shape[0] - 1
    target = min(new, models)
    for i in range(start, stop):
        kept = np.int64(developers.positions[i])
        for p in range(kept):
            if np.int64(developers.choice[i, p]) == old:
                developers.choice[i, p] = NONE if target == models else np.uint8(target)
                moved = np.int64(developers.intensity[i]) * SHARES[kept - 1, p]
                weight[old] -= moved
                weight[target] += moved
                if p == 0:
                    users[old] -= 1
                    users[target] += 1
