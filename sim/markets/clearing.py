"""Clearing of mutual debts: who pays what when firms owe each other more than some of them have.

Eisenberg and Noe (2001), "Systemic risk in financial systems", Management Science 47(2), 236-249, with the costs of
default of Rogers and Veraart (2013), "Failure and rescue in an interbank network", Management Science 59(4), 882-898.

Firm i owes L_ij to firm j, in all P_i = sum_j L_ij, and has outside assets e_i >= 0. A firm that can pays in full; one
that cannot pays all that it has left, to its creditors in proportion to what it owes them:

    p_i = P_i                                          if e_i + sum_j p_j L_ji / P_j >= P_i
    p_i = alpha e_i + beta sum_j p_j L_ji / P_j        otherwise

alpha is the part of a failed firm's outside assets that its creditors recover, beta that of its claims on others. The
p computed here is the greatest solution, by the fictitious default algorithm: begin with nobody in default, add those
who cannot pay, solve for what the failed ones pay, and repeat until nobody is added.

Debts to outsiders (lenders, users, the state) go to a sink: a node that owes nothing, so that it never fails and what
it receives is not passed on. Every outsider may be a node of its own.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from sim.compiled import compiled

ROUNDING = 1e-12
"""Part of a debt by which assets may fall short through rounding alone; a cent of ten billion USD."""


@compiled
def received_by(liabilities, owed, paid, firm):
    """USD that a firm receives from all others if they pay `paid` (n,), each in proportion to its debts `owed` (n,)."""
    total = 0.0
    for payer in range(owed.size):
        if payer != firm and owed[payer] > 0.0:
            total += paid[payer] * (liabilities[payer, firm] / owed[payer])
    return total


@compiled
def payments_of_failed(liabilities, owed, outside_assets, recovery_outside, recovery_interbank, failed, paid):
    """Set `paid` of the `failed` firms to what they have left, given that all others pay in full (others' unchanged).

    The linear system p_i = alpha e_i + beta sum_j p_j L_ji / P_j among failed firms is solved by elimination without
    a subtraction (Grassmann, Taksar and Heyman 1985, Operations Research 33(5), 1107-1116): a firm's debts are split
    into shares that flow to other failed firms and a share that leaks out (to solvent firms, outsiders, and the costs
    of default), which always add up to one, so a pivot is the sum of a row and never suffers from cancellation.
    """
    n = owed.size
    members = np.flatnonzero(failed)
    m = members.size
    share = np.zeros((m, m))
    leak = np.zeros(m)
    value = np.zeros(m)
    for a in range(m):
        i = members[a]
        claims = 0.0
        kept = 0.0
        for j in range(n):
            if j == i:
                continue
            if failed[j] == 0:
                kept += liabilities[i, j] / owed[i]
                if owed[j] > 0.0:
                    claims += liabilities[j, i]
        for b in range(m):
            if b != a:
                part = liabilities[i, members[b]] / owed[i]
                share[a, b] = recovery_interbank[members[b]] * part
                kept += (1.0 - recovery_interbank[members[b]]) * part
        leak[a] = kept
        value[a] = recovery_outside[i] * outside_assets[i] + recovery_interbank[i] * claims
    pivot = np.zeros(m)
    for k in range(m - 1, -1, -1):
        pivot[k] = leak[k]
        for b in range(k):
            pivot[k] += share[k, b]
        if pivot[k] <= 0.0:
            continue
        for a in range(k):
            part = share[a, k] / pivot[k]
            leak[a] += part * leak[k]
            for b in range(k):
                if b != a:
                    share[a, b] += part * share[k, b]
        for b in range(k):
            value[b] += value[k] * (share[k, b] / pivot[k])
    for k in range(m):
        i = members[k]
        if pivot[k] <= 0.0:
            # a closed circle of debts that loses nothing: any payment is consistent, the greatest is the debt
            paid[i] = owed[i]
            continue
        total = value[k]
        for a in range(k):
            total += paid[members[a]] * share[a, k]
        paid[i] = min(total / pivot[k], owed[i])


@compiled
def clearing_payments(liabilities, outside_assets, recovery_outside, recovery_interbank, paid):
    """Fill `paid` f8 (n,) USD with the greatest clearing vector; returns (default flags i8 (n,), rounds).

    `liabilities` f8 (n, n) USD, >= 0: the row owes the column; the diagonal is not looked at. `outside_assets` f8 (n,)
    USD, >= 0. `recovery_outside` and `recovery_interbank` are alpha and beta of each firm, f8 (n,), in [0, 1]: a firm
    whose creditors wait has 1, one that is wound up has less. Rounds count the times that
    firms were added to the failed: 0 if all can pay, at most n. Creditor j of i receives paid[i] L_ij / P_i; use
    `split_cents` for whole cents. Nothing is checked here: `clear` checks.
    """
    n = outside_assets.size
    owed = np.zeros(n)
    for i in range(n):
        for j in range(n):
            if j != i:
                owed[i] += liabilities[i, j]
        paid[i] = owed[i]
    failed = np.zeros(n, np.int64)
    fails_now = np.zeros(n, np.int64)
    rounds = 0
    while True:
        added = 0
        for i in range(n):
            fails_now[i] = failed[i]
            if failed[i] == 0 and owed[i] > 0.0:
                assets = outside_assets[i] + received_by(liabilities, owed, paid, i)
                if assets < owed[i] * (1.0 - ROUNDING):
                    fails_now[i] = 1
                    added += 1
        if added == 0:
            return failed, rounds
        rounds += 1
        failed[:] = fails_now
        payments_of_failed(liabilities, owed, outside_assets, recovery_outside, recovery_interbank, failed, paid)


@compiled
def split_cents(total_cents, weights, out):
    """Split whole cents in proportion to `weights` f8 (n,) >= 0 by largest remainder; fills `out` i8 (n,).

    Every share is within a cent of its exact value and the shares add up to the total; of equal remainders the first
    comes first, and a weight of zero gets nothing. Returns the cents given out: all, or none if no weight is positive.
    """
    n = weights.size
    whole = 0.0
    for i in range(n):
        out[i] = 0
        whole += weights[i]
    if not whole > 0.0 or total_cents <= 0:
        return np.int64(0)
    remainder = np.full(n, -1.0)
    left = np.int64(total_cents)
    for i in range(n):
        if weights[i] > 0.0:
            exact = total_cents * (weights[i] / whole)
            floor = np.floor(exact)
            out[i] = np.int64(floor)
            remainder[i] = exact - floor
            left -= out[i]
    while left > 0:
        best = 0
        for i in range(1, n):
            if remainder[i] > remainder[best]:
                best = i
        out[best] += 1
        remainder[best] -= 1.0
        left -= 1
    while left < 0:  # rounding of very large totals only
        best = -1
        for i in range(n):
            if out[i] > 0 and (best < 0 or remainder[i] < remainder[best]):
                best = i
        out[best] -= 1
        remainder[best] += 1.0
        left += 1
    return np.int64(total_cents)


@dataclasses.dataclass(frozen=True, slots=True)
class Clearing:
    """Outcome of `clear`: what each firm pays in all, USD; who defaults; what creditors receive; rounds of failures."""

    paid: np.ndarray
    defaults: np.ndarray
    received: np.ndarray
    rounds: int


def clear(
    liabilities: np.ndarray, outside_assets: np.ndarray, recovery_outside: float = 1.0, recovery_interbank: float = 1.0
) -> Clearing:
    """Clear debts (n, n) USD, the row owes the column, given outside assets (n,) USD; checks what it is given.

    Raises ValueError for shapes that do not fit, amounts that are negative or not finite, a firm that owes to itself,
    and recovery rates outside [0, 1].
    """
    debts = np.ascontiguousarray(liabilities, dtype=np.float64)
    assets = np.ascontiguousarray(outside_assets, dtype=np.float64)
    if assets.ndim != 1 or debts.shape != (assets.size, assets.size):
        raise ValueError(f"liabilities of shape {debts.shape} do not fit assets of shape {assets.shape}")
    if not (np.isfinite(debts).all() and np.isfinite(assets).all()):
        raise ValueError("liabilities and assets must be finite")
    if (debts < 0.0).any() or (assets < 0.0).any():
        raise ValueError("liabilities and assets must not be negative")
    if np.diagonal(debts).any():
        raise ValueError("a firm cannot owe to itself")
    for name, rate in (("recovery_outside", recovery_outside), ("recovery_interbank", recovery_interbank)):
        if not 0.0 <= rate <= 1.0:
            raise ValueError(f"{name} is {rate}, not between 0 and 1")
    paid = np.zeros(assets.size)
    alpha, beta = np.full(assets.size, float(recovery_outside)), np.full(assets.size, float(recovery_interbank))
    failed, rounds = clearing_payments(debts, assets, alpha, beta, paid)
    owed = debts.sum(axis=1)
    shares = np.divide(debts, owed[:, None], out=np.zeros_like(debts), where=owed[:, None] > 0.0)
    return Clearing(paid, failed.astype(bool), paid @ shares, int(rounds))
