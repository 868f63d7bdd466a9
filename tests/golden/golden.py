"""Golden runs: headline values of every shipped scenario, to be reproduced to nine digits.

The values lie beside the scenarios, in `scenarios/golden/<id>.csv`. `python tests/golden/golden.py "reason"` (or
`make golden REASON="..."`) writes them anew and appends the reason to CHANGES.md there; without a reason it refuses.
With `--new` (`make golden NEW=1 REASON="..."`) it only writes first values of scenarios that have none. A changed
golden value is a changed result of the model: say why.
"""

from __future__ import annotations

import datetime
import functools
import pathlib
import sys

import pandas as pd

import sim

FOLDER = pathlib.Path(__file__).parents[2] / "scenarios" / "golden"
CHANGES = FOLDER / "CHANGES.md"
SCENARIOS = tuple(sorted(file.stem for file in FOLDER.parent.glob("*.yaml")))
"""All that are shipped."""
SEED, DEVELOPERS = 1, 2000
HEADLINES = (
    ("new_compute_h100e", "world"),
    ("new_compute_share", "nvidia"),
    ("china_compute_stock_h100e", "total"),
    ("ai_power_gw", "us"),
    ("gpu_rental_usd_per_h100e_hour", "world"),
    ("capability_eci", "us"),
    ("capability_lag_months", "cn_behind_us"),
    ("tokens_per_day", "world"),
    ("open_token_share", "world"),
    ("layer_revenue_usd", "models"),
    ("capex_usd", "big4"),
    ("api_gross_margin", "cn_all"),
    ("circular_flow_share", "world"),
    ("vendor_financed_revenue_share", "world"),
    ("commitment_cover", "world"),
    ("defaults", "clouds"),
    ("credit_spread", "world"),
    ("software_revenue_usd", "world"),
    ("managed_service_share", "world"),
    ("agent_users", "world"),
    ("physical_ai_robots", "world"),
)
"""Metric and key of each headline; values are those of December of each year."""


@functools.cache
def headline_values(scenario: str) -> pd.DataFrame:
    """Columns year, metric, key, value: the headlines of a shipped scenario that it defines, run afresh."""
    table = sim.run(sim.load_scenario(scenario, overrides={"developers.count": DEVELOPERS}), seed=SEED).timeseries
    table = table[table["date"].dt.month == 12].assign(year=table["date"].dt.year.astype("int64"))
    series = dict(list(table.groupby(["metric", "key"], observed=True)))
    rows = pd.concat([series[pair] for pair in HEADLINES if pair in series])
    rows["metric"], rows["key"] = rows["metric"].astype(str), rows["key"].astype(str)
    return rows[["year", "metric", "key", "value"]].reset_index(drop=True)


def read(scenario: str) -> pd.DataFrame:
    """Golden values of a scenario as they were written."""
    return pd.read_csv(FOLDER / f"{scenario}.csv")


def largest_change(old: pd.DataFrame, new: pd.DataFrame) -> float:
    """Largest change of a value over the larger of old and new (at most 2), or infinity if rows differ."""
    names = ["year", "metric", "key"]
    if not old[names].equals(new[names]):
        return float("inf")
    size = pd.concat([old["value"].abs(), new["value"].abs()], axis=1).max(axis=1).clip(lower=1e-300)
    return float(((new["value"] - old["value"]).abs() / size).max())


def update(reason: str, only_new: bool = False) -> list[str]:
    """Write all golden values (or only those that are missing) and the reason; returns a line per scenario.

    Raises ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError('golden values change only with a reason: make golden REASON="what changed in the model"')
    lines = []
    for scenario in SCENARIOS:
        if only_new and (FOLDER / f"{scenario}.csv").exists():
            continue
        new = headline_values(scenario)
        file = FOLDER / f"{scenario}.csv"
        change = "first values"
        if file.exists():
            change = f"largest relative change {largest_change(read(scenario), new):.2g}"
        new.to_csv(file, index=False, float_format="%.17g", lineterminator="\n")
        lines.append(f"{scenario}: {change}")
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    with CHANGES.open("a", encoding="utf-8") as changes:
        changes.write(f"- {today}: {reason.strip()} ({'; '.join(lines)})\n")
    return lines


def main() -> int:
    """Command line: the arguments are the reason, after `--new` if only missing values are to be written."""
    words = [word for word in sys.argv[1:] if word != "--new"]
    try:
        lines = update(" ".join(words), only_new="--new" in sys.argv[1:])
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
