"""A month of the developers' choice: the kernel, beside the same month written as plain Mesa agents.

Run by `make bench`. 40 models in two nests, 15 % of developers reconsider a month, up to four positions each.
"""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from sim.agents import choice_kernel as kernel
from sim.compiled import compiled
from sim.streams import draw_key

sys.path.append(str(Path(__file__).parents[1] / "agents"))
from choice_world import TERMS, counted, make_developers, make_offer, run_months
from mesa_choice import Market

MODELS, RHO = 40, 0.15
LEAST_RATIO = 100.0
KEY = draw_key(1, "bench", "choice")


def settled(n: int):
    """A community some months after its seats were filled."""
    developers, offer = make_developers(n), make_offer(MODELS)
    users, weight, _ = run_months(developers, offer, TERMS, 1.0, KEY, months=6)
    return developers, offer, users, weight


@compiled
def months_of_choice(developers, firsts, lasts, offer, terms, rho, key, start, months, users, weight):
    """Some months of several communities from compiled code, as the economy calls the kernel; choices made."""
    chosen = 0
    for month in range(start, start + months):
        for c in range(firsts.shape[0]):
            chosen += kernel.choose(
                developers, firsts[c], lasts[c], offer, terms, rho[c], key + np.uint64(c), month, -1, users, weight
            )[0]
    return chosen


@pytest.mark.parametrize("n", [10_000, 100_000, 1_000_000])
def test_kernel(benchmark, findings, n: int) -> None:
    developers, offer, users, weight = settled(n)
    month = count(10)

    def choose() -> int:
        return kernel.choose(developers, 0, n, offer, TERMS, RHO, KEY, next(month), -1, users, weight)[0]

    chosen = choose()
    benchmark.pedantic(choose, rounds=max(20, 4_000_000 // n), warmup_rounds=3)
    median = benchmark.stats.stats.median
    findings.append(
        {
            "what": "choice kernel, one community",
            "developers": n,
            "median_ms": 1e3 * median,
            "ns per choice": 1e9 * median / chosen,
            "ns per choice x model": 1e9 * median / chosen / MODELS,
        }
    )
    assert np.array_equal(users, counted(developers, offer)[0])


@pytest.mark.parametrize("n", [10_000, 100_000, 1_000_000])
def test_thirty_communities(benchmark, findings, n: int) -> None:
    """96 months of 30 communities with the segments' shares that reconsider, called from compiled code."""
    developers, offer, users, weight = settled(n)
    borders = np.linspace(0, n, 31).astype(np.int64)
    rho = np.tile([0.5, 0.3, 0.1, 0.05, 0.2], 6)

    def run() -> int:
        return months_of_choice(developers, borders[:-1], borders[1:], offer, TERMS, rho, KEY, 20, 96, users, weight)

    chosen = run()
    benchmark.pedantic(run, rounds=5 if n < 1_000_000 else 2)
    median = benchmark.stats.stats.median
    findings.append(
        {
            "what": "choice kernel, 96 months x 30",
            "developers": n,
            "median_ms": 1e3 * median,
            "ns per choice x model": 1e9 * median / chosen / MODELS,
        }
    )


@pytest.mark.parametrize("n", [10_000, 100_000])
def test_plain_mesa(benchmark, findings, n: int) -> None:
    """Same month, same shares, one `mesa.Agent` per developer: the kernel must be at least 100 times faster."""
    developers, offer, users, weight = settled(n)
    market = Market(developers, offer, TERMS, RHO, users, weight)
    months = 4
    benchmark.pedantic(market.step, rounds=months)
    slow = benchmark.stats.stats.median
    times, log_sums, reconsidered = [], 0.0, 0
    for month in range(months):
        start = benchmark._timer()
        chosen, _, log_sum = kernel.choose(developers, 0, n, offer, TERMS, RHO, KEY, 50 + month, -1, users, weight)
        times.append(benchmark._timer() - start)
        log_sums, reconsidered = log_sums + log_sum, reconsidered + chosen
    # two samples of choices made from the same state: the same distribution over models, the same mean log-sum
    kept = users + np.array(market.users) > 20
    test = stats.chi2_contingency(np.stack([users[kept], np.array(market.users)[kept]]))
    assert test.pvalue > 1e-3
    assert market.log_sum / market.reconsidered == pytest.approx(log_sums / reconsidered, abs=0.1)
    assert market.reconsidered == pytest.approx(RHO * n * months, rel=0.1)
    ratio = slow / float(np.median(times))
    findings.append(
        {
            "what": "plain Mesa, same month",
            "developers": n,
            "median_ms": 1e3 * slow,
            "kernel ms": 1e3 * float(np.median(times)),
            "times faster": ratio,
            "p of equal shares": test.pvalue,
        }
    )
    assert ratio >= LEAST_RATIO
