"""The IAMC table: model, scenario, region, variable, unit and a column a year, as pyam and scenario explorers read it.

A metric is a variable, `AI|Compute Stock H100e|Nvidia`. A key is a region only where the metric says that its keys are
regions; the `us` of `capability_eci` is the origin of labs and stays part of the variable. The value is the median over
worlds; with several worlds the 5th and 95th percentiles are variables of their own, as climate diagnostics have them.
"""

from __future__ import annotations

import pandas as pd

from sim import __version__
from sim.exports.content import Content
from sim.exports.yearly import by_year, one_world, quantiles
from sim.measures import METRICS

MODEL = f"weightshift {__version__}"
REGIONS = {
    "world": "World", "us": "United States", "cn": "China", "eu": "European Union", "gulf": "Gulf",
    "sea": "South-East Asia", "row": "Rest of World",
}  # fmt: skip
INDEX = ["model", "scenario", "region", "variable", "unit"]
SUFFIXES = {0.5: "", 0.05: "|5th Percentile", 0.95: "|95th Percentile"}
SPELT = {
    "h100e": "H100e", "h100": "H100", "eci": "ECI", "usd": "USD", "gw": "GW", "twh": "TWh", "hhi": "HHI", "ai": "AI",
    "api": "API", "cn": "China", "us": "US", "eu": "EU", "row": "Rest of World", "gpu": "GPU", "kwh": "kWh",
    "mtok": "Mtoken", "co2": "CO2", "mt": "Mt", "pe": "PE", "cuda": "CUDA", "tdp": "TDP", "openai": "OpenAI",
    "deepseek": "DeepSeek", "amd": "AMD", "xai": "xAI", "tpu": "TPU", "coreweave": "CoreWeave",
}  # fmt: skip


def iamc_table(content: Content) -> pd.DataFrame:
    """Columns model, scenario, region, variable, unit, then years; a row per scenario and variable, NaN undefined."""
    yearly = by_year(content.series)
    table = quantiles(yearly, (0.5,) if one_world(yearly) else tuple(SUFFIXES))
    pairs = table[["metric", "key"]].astype(str).drop_duplicates()
    names = pd.DataFrame(
        [(metric, key, *name_of(metric, key)) for metric, key in pairs.itertuples(index=False)],
        columns=["metric", "key", "region", "variable"],
    )
    long = table.astype({"metric": str, "key": str, "scenario": str}).merge(names, on=["metric", "key"])
    long["model"] = MODEL
    long["variable"] += long["quantile"].map(SUFFIXES)
    long["unit"] = [yearly_unit(str(unit)) for unit in long["unit"]]
    wide = long.pivot(index=INDEX, columns="year", values="value").reset_index()  # raises for two rows of one name
    wide.columns = [str(name) for name in wide.columns]
    return wide.sort_values(INDEX, kind="stable").reset_index(drop=True)


def name_of(metric: str, key: str) -> tuple[str, str]:
    """Region and variable of a series: `capex_usd`, `big4` is World and `AI|Capex USD|Big4`."""
    variable = f"AI|{words(metric)}"
    declared = [part.strip() for part in METRICS[metric].keys.split(",")]
    if key in REGIONS and _is_place(key, declared):
        return REGIONS[key], variable
    head, _, rest = key.partition("/")
    if rest and (head == "world" or (head in REGIONS and any(part.startswith(f"{head}/") for part in declared))):
        return REGIONS[head], f"{variable}|{_parts(rest)}"
    return "World", f"{variable}|{_parts(key)}"


def _is_place(key: str, declared: list[str]) -> bool:
    """Whether a region's name as key is one: beside labs, `us` and `cn` are where models come from."""
    if key == "world" or "region" in declared or "government" in declared:
        return True
    return key in declared and "lab" not in declared


def _parts(key: str) -> str:
    return "|".join(words(part) for part in key.split("/"))


def words(name: str) -> str:
    """`compute_stock_h100e` as Compute Stock H100e."""
    return " ".join(SPELT.get(part, part[:1].upper() + part[1:]) for part in name.split("_"))


def yearly_unit(unit: str) -> str:
    """A flow a month becomes a flow a year."""
    return unit.removesuffix("/month") + "/yr" if unit.endswith("/month") else unit
