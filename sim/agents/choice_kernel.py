"""The developers' monthly choice: one community, those who reconsider, one portfolio position each.

Mixed nested logit in ln price (economy.md, "Developers' choice"). Utility of model j for developer i in a position:

    V_ij = base_j - price_i ln P_j + quality_i q_j + open_i [j open] + origin_i [j Chinese]
         + kappa_family [same lab as now] + kappa_same [same model as now] + lambda_stack [same stack as now]

with the developer's own deviations from the segment's tastes, whose means are inside `base_j`. Nests: closed, open, and
the outside good alone (V = 0, plus `kappa_none` if the position is empty now). In a nest g of dissimilarity
mu_g = 1 - sigma_g: P(g) ~ exp(I_g), I_g = mu_g ln sum exp(V_ij / mu_g), P(j | g) ~ exp(V_ij / mu_g).

Form: blocks of 128 developers, one short loop per model over the block in single precision (LLVM vectorises loops that
touch few arrays), utilities multiplied by log2 e / mu_g beforehand, running sums in place, inversion by counting.
No fast-math anywhere, so every x86-64 gives the same bytes. Who draws what: `choice_draws`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.agents.choice_draws import BLOCK, SHARES, draw_places, draw_words, pick, pick_position, unit_single
from sim.agents.choice_math import exp2_single, log2_single
from sim.compiled import compiled
from sim.streams import uniform
from sim.world import Developers

MODELS = 64  # slots; choice = 255 stands for an empty position, the outside good
POSITIONS = 4
NONE = np.uint8(255)
LANES = 16  # a block of developers is padded to a multiple of the widest vector
CLOSED, OPEN = 0, 1
AVAILABLE_ABOVE = -1e29
LOG2_E = 1.4426950408889634
LN_2 = 0.6931471805599453
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


class Group(NamedTuple):
    """Part of a community that chooses under its own law: those whose trait lies in [low, high)."""

    seed: int
    key: int  # of the stream of traits; the k-th uniform is that of the k-th developer of the community
    low: float
    high: float
    leaving: int  # 1: only positions whose model is barred
    barred: np.ndarray  # u1 [256] by choice, 1 for a model that the group may not use


class Table(NamedTuple):
    """Available models sorted by nest, family and stack, coefficients scaled to powers of two."""

    slot: np.ndarray  # u1 [k + 1], slot of the k-th available model, then 255 for the outside good
    rank: np.ndarray  # u1 [256], inverse of `slot` by choice; k (no row of its own) for what cannot be had
    code: np.ndarray  # i4 [2, 256], family and stack by choice, -1 for none
    ends: np.ndarray  # i8 [3], first closed (0), first open, end
    coefficient: np.ndarray  # f4 [k, 4]: base, price, quality, origin
    bonus: np.ndarray  # f4 [2 nests, 2]: same family, same stack
    begin: np.ndarray  # f4 [4]: held elsewhere (closed, open), the same model (closed, open)


@compiled
def nest_scale(terms: Terms, nest: int) -> float:
    """log2(e) / (1 - sigma) of a nest."""
    return LOG2_E / (1.0 - (terms.sigma_open if nest == OPEN else terms.sigma_closed))


@compiled
def sorted_table(offer: Offer, terms: Terms) -> Table:
    """Compact the available models: the loops over developers never see an absent one."""
    models = offer.base.shape[0]
    slot = np.empty(models + 1, np.uint8)
    order = np.empty(models, np.int64)
    code = np.full((2, 256), -1, np.int32)
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
            slot[k] = np.uint8(j)
            count += 1
            ends[1] += 1 - nest
    ends[2] = count
    slot[count] = NONE
    rank = np.full(256, count, np.uint8)
    coefficient = np.empty((count, 4), np.float32)
    bonus = np.empty((2, 2), np.float32)
    begin = np.full(4, HELD_ELSEWHERE, np.float32)
    for nest in range(2):
        scale = nest_scale(terms, nest)
        bonus[nest, 0] = terms.kappa_family * scale
        bonus[nest, 1] = terms.lambda_stack * scale
        begin[2 + nest] = terms.kappa_same * scale
    scale = nest_scale(terms, CLOSED)
    for k in range(count):
        j = slot[k]
        rank[j] = k
        if k == ends[1]:
            scale = nest_scale(terms, OPEN)
        coefficient[k, 0] = offer.base[j] * scale
        coefficient[k, 1] = offer.ln_price[j] * scale
        coefficient[k, 2] = offer.quality[j] * scale
        coefficient[k, 3] = scale if offer.chinese[j] else 0.0
    return Table(slot, rank, code, ends, coefficient, bonus, begin)


@compiled
def place_choices(
    developers: Developers, start: int, stop: int, count: int, position: int, picks: np.ndarray, word: np.ndarray,
    chosen: np.ndarray,
) -> int:  # fmt: skip
    """Fill `chosen` (i8 [3, BLOCK]: developer, position, stratum of the block) with the choices to make; how many."""
    found = 0
    for d in range(count):
        i = start + np.int64(picks[d])
        if i < stop:
            kept = np.int64(developers.positions[i])
            p = pick_position(word[d], kept) if position < 0 else position
            chosen[0, found], chosen[1, found], chosen[2, found] = i, p, d
            found += int(p < kept)
    return found


@compiled
def keep_group(developers: Developers, start: int, group: Group, chosen: np.ndarray, count: int) -> int:
    """Keep those of `chosen` who belong to the group; how many."""
    found = 0
    for d in range(count):
        i, p = chosen[0, d], chosen[1, d]
        if group.leaving == 1 and group.barred[developers.choice[i, p]] == 0:
            continue
        if group.low <= uniform(group.seed, group.key, 0, i - start) < group.high:
            chosen[0, found], chosen[1, found], chosen[2, found] = i, p, chosen[2, d]
            found += 1
    return found


@compiled
def start_values(developers: Developers, chosen: np.ndarray, count: int, table: Table, value: np.ndarray) -> None:
    """Zero the block's values (f4 [k + 1, BLOCK]), add the bonus of the same model, rule out those held elsewhere.

    A developer's empty positions and models that cannot be had point to the last row, which nobody reads.
    """
    first_open, begin = table.ends[1], table.begin
    width = (count + LANES - 1) // LANES * LANES
    for k in range(table.ends[2]):
        row = value[k]
        for d in range(width):
            row[d] = ZERO
    for d in range(count):
        i, place = chosen[0, d], chosen[1, d]
        for p in range(POSITIONS):
            k = table.rank[developers.choice[i, p]]
            value[k, d] = begin[2 * np.int64(p == place) + np.int64(k >= first_open)]


@compiled
def add_utilities(
    table: Table, nest: int, tastes: np.ndarray, now: np.ndarray, width: int, value: np.ndarray,
    scratch: np.ndarray, most: np.ndarray,
) -> None:  # fmt: skip
    """Add scaled utilities to the rows of a nest, and take their maximum per lane.

    tastes f4 [5, BLOCK], now i4 [2, BLOCK] (family, stack); `scratch` f4 [BLOCK] holds the bonus of the current lab and
    stack, which neighbouring rows share.
    """
    price, quality, origin, family_now, stack_now = tastes[0], tastes[1], tastes[3], now[0], now[1]
    coefficient, by_family, by_stack = table.coefficient, table.bonus[nest, 0], table.bonus[nest, 1]
    for d in range(width):
        most[d] = HELD_ELSEWHERE
    family = stack = np.int32(-2)
    for k in range(table.ends[nest], table.ends[nest + 1]):
        j = table.slot[k]
        if table.code[0, j] != family or table.code[1, j] != stack:
            family, stack = table.code[0, j], table.code[1, j]
            for d in range(width):
                same_family = by_family if family_now[d] == family else ZERO
                scratch[d] = same_family + (by_stack if stack_now[d] == stack else ZERO)
        row = value[k]
        c0, c1, c2, c3 = coefficient[k, 0], coefficient[k, 1], coefficient[k, 2], coefficient[k, 3]
        if c3 != ZERO:
            for d in range(width):
                row[d] += c3 * origin[d]
        for d in range(width):
            total = (row[d] + (c0 - c1 * price[d])) + (c2 * quality[d] + scratch[d])
            row[d] = total
            most[d] = total if total > most[d] else most[d]


@compiled
def running_sums(value: np.ndarray, start: int, stop: int, width: int, most: np.ndarray, total: np.ndarray) -> None:
    """Rows start .. stop - 1 become the running sums of 2**(value - most) down the rows; `total` is the last."""
    for d in range(width):
        total[d] = ZERO
    k = start
    while k + 1 < stop:  # two rows at a time halve the traffic of `total`
        row, next_row = value[k], value[k + 1]
        for d in range(width):
            first = total[d] + exp2_single(row[d] - most[d])
            second = first + exp2_single(next_row[d] - most[d])
            row[d], next_row[d], total[d] = first, second, second
        k += 2
    if k < stop:
        row = value[k]
        for d in range(width):
            total[d] += exp2_single(row[d] - most[d])
            row[d] = total[d]


@compiled
def count_below(value: np.ndarray, start: int, stop: int, width: int, target: np.ndarray, rank: np.ndarray) -> None:
    """Per lane: how many running sums of rows start .. stop - 1 do not exceed the target: the choice within a nest."""
    one, none = np.int32(1), np.int32(0)
    for d in range(width):
        rank[d] = none
    k = start
    while k + 3 < stop:
        row0, row1, row2, row3 = value[k], value[k + 1], value[k + 2], value[k + 3]
        for d in range(width):
            t = target[d]
            low = (one if row0[d] <= t else none) + (one if row1[d] <= t else none)
            rank[d] += low + (one if row2[d] <= t else none) + (one if row3[d] <= t else none)
        k += 4
    for last in range(k, stop):
        row = value[last]
        for d in range(width):
            rank[d] += one if row[d] <= target[d] else none


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
def gather(
    developers: Developers, chosen: np.ndarray, count: int, table: Table, tastes: np.ndarray, now: np.ndarray
) -> None:
    """Fill tastes (f4 [5, BLOCK], last row 1 if the position is empty) and now (i4 [2, BLOCK]) of the block."""
    for d in range(count):
        i = chosen[0, d]
        tastes[0, d] = developers.taste_price[i]
        tastes[1, d] = developers.taste_quality[i]
        tastes[2, d] = developers.taste_open[i]
        tastes[3, d] = developers.taste_origin[i]
        held = developers.choice[i, chosen[1, d]]
        tastes[4, d] = np.float32(held == NONE)
        now[0, d] = table.code[0, held]
        now[1, d] = table.code[1, held]


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
    models, available, first_open = users.shape[0] - 1, table.ends[2], table.ends[1]
    switchers = 0
    for d in range(count):
        i, p = chosen[0, d], chosen[1, d]
        ticket = unit_single(word[chosen[2, d]]) * lanes[6, d]
        closed = min(np.int64(rank[0, d]), first_open - 1)
        opened = min(first_open + np.int64(rank[1, d]), available - 1)
        k = closed + np.int64(ticket >= lanes[4, d]) * (opened - closed)
        k += np.int64(ticket >= lanes[4, d] + lanes[5, d]) * (available - opened)
        old = min(np.int64(developers.choice[i, p]), models)
        developers.choice[i, p] = table.slot[k]
        new = min(np.int64(table.slot[k]), models)
        moved = np.int64(developers.intensity[i]) * SHARES[np.int64(developers.positions[i]) - 1, p]
        weight[old] -= moved
        weight[new] += moved
        primary = np.int64(p == 0)
        users[old] -= primary
        users[new] += primary
        switchers += int(new != old)
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
    """A month of choice of the community of developers start .. stop - 1: `choose_among` of everybody."""
    everybody = Group(0, 0, 0.0, 1.0, 0, np.zeros(1, np.uint8))
    return choose_among(
        developers, start, stop, offer, terms, rho, key, month, position, users, weight, everybody
    )  # fmt: skip


@compiled
def choose_among(
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
    group: Group,
) -> tuple[int, int, float]:
    """A month of choice of a group of the community of developers start .. stop - 1; others are left as they are.

    Who reconsiders, and with what random numbers, is the same whatever the group: groups that share out a community
    choose together as one `choose` does where they have the same offer.

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
    chosen = np.empty((3, BLOCK), np.int64)
    integers = np.full((3 + 2 + 2, BLOCK), -1, np.int32)
    places, now, rank = integers[:3], integers[3:5], integers[5:]
    singles = np.zeros((5 + 8 + 2, BLOCK), np.float32)
    tastes, lanes, target = singles[:5], singles[5:13], singles[13:]
    value = np.empty((available + 1, BLOCK), np.float32)
    reconsidered, switchers, log_sum = 0, 0, 0.0
    taken = np.int32(-1)
    for first in range(0, strata, BLOCK):
        drawn = min(BLOCK, strata - first)
        draw_words(key, first, month, drawn, words)
        draw_places(first, drawn, stratum_width, words[0], places)
        taken = pick(drawn, taken, places)
        count = place_choices(developers, start, stop, drawn, position, places[0], words[1], chosen)
        if group.leaving == 1 or group.low > 0.0 or group.high < 1.0:
            count = keep_group(developers, start, group, chosen, count)
        width = (count + LANES - 1) // LANES * LANES
        gather(developers, chosen, count, table, tastes, now)
        start_values(developers, chosen, count, table, value)
        for nest in range(2):
            most, total = lanes[2 * nest], lanes[2 * nest + 1]
            add_utilities(table, nest, tastes, now, width, value, lanes[7], most)
            running_sums(value, table.ends[nest], table.ends[nest + 1], width, most, total)
        nest_weights(terms, lanes, tastes[2], tastes[4], width)
        for d in range(count):
            u = unit_single(words[3, chosen[2, d]])
            target[0, d] = u * lanes[1, d]
            target[1, d] = u * lanes[3, d]
        for nest in range(2):
            count_below(value, table.ends[nest], table.ends[nest + 1], width, target[nest], rank[nest])
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
