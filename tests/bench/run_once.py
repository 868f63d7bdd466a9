"""Times runs of the baseline at one size of the population; prints one line of JSON. A script of `bench_run_speed`."""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time

import sim
from sim.compiled import compiled

MONTHS = 96


@compiled
def nothing(world):
    """An act that does nothing: what calling an act from Python costs by itself."""


def milliseconds(function, *arguments) -> float:
    start = time.perf_counter()
    function(*arguments)
    return 1e3 * (time.perf_counter() - start)


def by_act(scenario) -> dict[str, float]:
    """Milliseconds of each act over a run, less the cost of the call; the sum is not exactly that of `step`."""
    from sim import economy

    split = dict.fromkeys([act.__name__ for act in economy.ACTS], 0.0)
    model = economy.Economy(scenario, seed=1)
    nothing(model.world)

    def timed(act):
        def call(world):
            split[act.__name__] += milliseconds(act, world) - milliseconds(nothing, world)

        return call

    model.acts = tuple(timed(act) for act in economy.ACTS)
    for _ in range(MONTHS):
        model.step()
    return split


def main() -> None:
    count, rounds = int(sys.argv[1]), int(sys.argv[2])
    scenario = sim.load_scenario("baseline", overrides={"developers.count": count})
    first = milliseconds(sim.run, scenario, 1)
    seconds = [1e-3 * milliseconds(sim.run, scenario, 1) for _ in range(rounds)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    from sim.economy import Economy

    setup, months = [], []
    for _ in range(min(rounds, 5)):
        start = time.perf_counter()
        model = Economy(scenario, seed=1)
        setup.append(1e3 * (time.perf_counter() - start))
        months.append(milliseconds(lambda model=model: [model.step() for _ in range(MONTHS)]))
    found = {
        "seconds": seconds,
        "first_ms": first,
        "setup_ms": statistics.median(setup),
        "months_ms": statistics.median(months),
        "peak_mb": peak,
        "acts_ms": by_act(scenario),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
