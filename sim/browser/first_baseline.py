"""The baseline that a page shows at once: shipped with the package, and computed anew where the model has changed.

`python -m sim.browser.first_baseline` writes the shipped file; `make browser-baseline` calls it.
"""

from __future__ import annotations

import io
import json
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sim.browser.live_run import SEED, many, running, shown_of
from sim.browser.shown import Shown
from sim.browser.worlds_pool import Job, WorldPool, WorldResult
from sim.model_digest import model_digest
from sim.report.policy_strip import read_policies
from sim.scenario.load import load_scenario
from sim.scenario.model import Scenario
from sim.study.ensemble import read_ensemble, worlds_of
from sim.study.series import compared_series

FILE = Path(__file__).parent / "data" / "baseline.parquet"
WORLDS = 20
ABOUT = b"weightshift baseline"


def stamp(scenario: Scenario) -> dict[str, str | int]:
    """What the numbers depend on: another model, scenario or ensemble makes the file stale."""
    ensemble = read_ensemble()
    drawn = "central" if ensemble is None else ensemble.digest
    return {"model": model_digest(), "scenario": scenario.digest(), "ensemble": drawn, "worlds": WORLDS}


def write_baseline(results: list[WorldResult], scenario: Scenario, file: Path = FILE) -> None:
    """Keep the series that comparisons draw: a row a series and world, a float32 column a month."""
    wanted = [pair for pair in compared_series().pairs if pair in results[0].pairs]
    place = {pair: row for row, pair in enumerate(results[0].pairs)}
    values = np.concatenate([[result.values[place[pair]] for result in results] for pair in wanted])
    frame = pd.DataFrame(values.astype(np.float32), columns=[str(month) for month in range(values.shape[1])])
    frame.insert(0, "metric", np.repeat([metric for metric, _ in wanted], len(results)))
    frame.insert(1, "key", np.repeat([key for _, key in wanted], len(results)))
    money = results[0].money.to_json(orient="split", double_precision=2)
    about = json.dumps({**stamp(scenario), "money": money}, sort_keys=True)
    table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata({ABOUT: about.encode()})
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    pq.write_table(table, partial, compression="zstd", compression_level=19)
    partial.replace(file)


def read_baseline(scenario: Scenario, file: Path = FILE) -> Shown | None:
    """The shipped baseline, or None if there is none or it was made with another model, scenario or ensemble."""
    try:
        table = pq.read_table(file)
        about = json.loads(table.schema.metadata[ABOUT])
        if any(about.get(key) != value for key, value in stamp(scenario).items()):
            return None
        frame = table.to_pandas()
        money = pd.read_json(io.StringIO(about["money"]), orient="split")
    except (OSError, KeyError, ValueError, TypeError, pa.ArrowException):
        return None
    months = frame.columns[2:]
    series = {
        (str(metric), str(key)): part[months].to_numpy(dtype=np.float64)
        for (metric, key), part in frame.groupby(["metric", "key"], sort=False)
    }
    return Shown(
        title=scenario.title,
        dates=pd.DatetimeIndex(scenario.month_ends()),
        live_months=len(months),
        series=series,
        marks=tuple(read_policies(scenario.policies)),
        money=money,
        note=many(WORLDS),
    )


class FirstBaseline:
    """What all visitors see before they run anything: the shipped file at once, all series when they are computed."""

    def __init__(self, pool: WorldPool) -> None:
        self._pool = pool
        self._lock = threading.Lock()
        self._job: Job | None = None
        self._full: Shown | None = None
        self.scenario = load_scenario("baseline")
        self.shipped = read_baseline(self.scenario)

    def start(self) -> None:
        """Ask for all series, once."""
        with self._lock:
            if self._job is None:
                self._job = baseline_job(self.scenario)
                self._pool.start(self.scenario)
                self._pool.submit(self._job)

    @property
    def version(self) -> tuple[int, bool]:
        """Changes when there is something new."""
        return (0 if self._job is None else self._job.done), self._pool.ready.is_set()

    @property
    def progress(self) -> tuple[int, int]:
        """Worlds done and asked for."""
        return (0, WORLDS) if self._job is None else (self._job.done, WORLDS)

    @property
    def problem(self) -> str:
        """Why there will be none."""
        return self._pool.problem or ("" if self._job is None else self._job.failed)

    @property
    def shown(self) -> Shown | None:
        """The best there is; None while the first is computed."""
        with self._lock:
            if self._full is None and self._job is not None and self._job.finished:
                results = [result for result in self._job.results if result is not None]
                self._full = shown_of(self.scenario, results, many(WORLDS))
            return self._full or self.shipped


def baseline_job(scenario: Scenario) -> Job:
    """The worlds of the shipped baseline."""
    return Job(scenario, scenario, worlds_of(read_ensemble(), SEED, WORLDS))


def main() -> None:
    """Compute the baseline and write the shipped file."""
    scenario = load_scenario("baseline")
    with running(WorldPool(), scenario) as pool:
        job = baseline_job(scenario)
        pool.submit(job)
        while not job.over:
            time.sleep(0.1)
    if not job.finished:
        raise SystemExit(job.failed or "cancelled")
    write_baseline([result for result in job.results if result is not None], scenario)


if __name__ == "__main__":
    main()
