"""Where the runs of a sweep are simulated: a pool of processes on this machine, or a Dask cluster.

Both answer to the interface of `concurrent.futures`, so the sweep itself does not know which it has. A worker of
either may be killed at any time: its task ends with `WorkerDied`, and another worker takes its place.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sim.errors import InputError, RunError
from sim.study.engine import compile_once
from sim.study.run_plan import RunPlan, RunResult, live_runs

if TYPE_CHECKING:
    from concurrent.futures import Future

Submit = Callable[[Sequence[int]], "Future[list[RunResult]]"]
PRELOADED = ["sim.economy", "sim.measures.table", "sim.event_text", "sim.study.run_plan"]


class WorkerDied(Exception):
    """The process that had a task ended without an answer."""


class PoolLost(Exception):
    """The whole pool is gone; what was in flight must be given out again."""


@contextlib.contextmanager
def local(plan: RunPlan, workers: int) -> Iterator[Submit]:
    """`workers` processes of this machine, started once. On leaving with an error running tasks are stopped."""
    from pebble import ProcessPool

    compile_once(plan.setting.baseline)
    pool = ProcessPool(workers, initializer=_begin, initargs=(plan,), context=_context())
    try:
        yield lambda numbers: pool.schedule(_answer, args=(tuple(numbers),))
    except BaseException:
        pool.stop()
        pool.join(10)
        raise
    pool.close()
    pool.join()


def _context() -> Any:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    # A worker that replaces a killed one is a fork of a process that has imported the model already.
    context.set_forkserver_preload(PRELOADED)
    return context


_PLAN: list[RunPlan] = []  # of a worker process: what its first message said


def _begin(plan: RunPlan) -> None:
    # Ctrl-C reaches every process of the terminal; only the one in charge may answer it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _PLAN[:] = [plan]


def _answer(numbers: Sequence[int]) -> list[RunResult]:
    return live_runs(_PLAN[0], numbers)


@contextlib.contextmanager
def dask(plan: RunPlan, workers: int, address: str | None) -> Iterator[Submit]:
    """A Dask cluster: the one at `address`, or one of `workers` processes on this machine for the time of the sweep.

    Raises InputError if Dask is not installed, or no cluster answers at the address.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise InputError("needs the extra 'distributed'", key="--engine dask") from None
    with contextlib.ExitStack() as stack:
        if address is None:
            compile_once(plan.setting.baseline)
            cluster: Any = stack.enter_context(
                LocalCluster(
                    n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None,
                    host="127.0.0.1", silence_logs=50,
                )
            )  # fmt: skip
        else:
            cluster = address
        try:
            client = stack.enter_context(Client(cluster, timeout=20, set_as_default=False))
        except (OSError, ValueError) as error:
            raise InputError(f"no Dask cluster answers at {address}: {error}", key="--address") from None
        known = client.scatter(plan, broadcast=True, hash=False)
        executor = client.get_executor(pure=False)
        yield lambda numbers: executor.submit(live_runs, known, tuple(numbers))


def answer_of(future: Future[list[RunResult]]) -> list[RunResult]:
    """What a task found. Raises WorkerDied or PoolLost if its process or the pool ended, RunError for another model."""
    try:
        return future.result()
    except RunError:
        raise
    except concurrent.futures.process.BrokenProcessPool as error:
        raise PoolLost(str(error)) from None
    except concurrent.futures.CancelledError:
        raise WorkerDied("its task was cancelled") from None
    except Exception as error:
        raise WorkerDied(_reason(error)) from None


def _reason(error: Exception) -> str:
    code = getattr(error, "exitcode", None)
    if isinstance(code, int):
        return f"its process ended with signal {-code}" if code < 0 else f"its process ended with code {code}"
    if type(error).__name__ == "KilledWorker":
        return "it ended several workers of the cluster"
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
