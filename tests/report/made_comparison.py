"""A comparison made up from the made-up long table: a policy is the baseline with some series moved."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import synthetic
from ruamel.yaml import YAML

from sim.measures.headlines import HEADLINES, window_unit
from sim.report.longtable import LongTable

WORLDS = 6
END = pd.Timestamp("2030-12-31")
MOVED = {
    ("us_designed_share_of_tokens", "cn_models"): 0.05,
    ("china_compute_stock_h100e", "total"): 0.2,
    ("layer_value_added_usd", "chips"): -0.1,
    ("hhi_new_compute", "world"): 0.01,
}
"""Multiples by which a policy moves series from 2026 on; downloads move by chance alone."""
CHANNELS = {"smuggling": 0.6, "porting": 0.3, "hoarding": -0.1, "control": 0.0, "rest": 0.2}
STAMP = {
    "model_version": "0.0", "git": {"commit": None, "dirty": None}, "source_sha256": "0" * 64, "python": "3.12",
    "platform": {"system": "Linux", "machine": "x86_64"}, "dependencies": {"numpy": "2"}, "started_utc": "now",
}  # fmt: skip


def scenario(name, title=None, policies=None, settings=None, events=()):
    """A resolved scenario as plain values."""
    found = YAML(typ="safe", pure=True).load(synthetic.resolved_yaml(name))
    found["title"] = title or f"Policy {name}"
    found["policies"] = found["policies"] if policies is None else policies
    found["set"] = settings or found["set"]
    found["events"] = list(events)
    return found


def moved(frame, size, seed):
    """The table of a world under a policy."""
    frame = frame.copy()
    late = frame["date"] > pd.Timestamp("2025-12-31")
    for (metric, key), part in MOVED.items():
        rows = late & (frame["metric"] == metric) & (frame["key"] == key)
        frame.loc[rows, "value"] *= 1 + size * part * (1 + 0.2 * np.sin(seed))
    rows = late & (frame["metric"] == "hub_download_share") & (frame["key"] == "cn")
    frame.loc[rows, "value"] += 0.01 * (-1) ** seed
    return frame


def effect_rows(policy, one, other):
    """Effects at the ends of 2027 and 2030."""
    rows = []
    for item in HEADLINES:
        for end in (pd.Timestamp("2027-12-31"), END):
            a, b = (table.window(item.metric, item.key, end, item.window) for table in (one, other))
            if a.size == 0:
                continue
            d = b - a
            width = 2.57 * d.std(ddof=1) / np.sqrt(d.size)
            apart, paired = a.var(ddof=1) + b.var(ddof=1), d.var(ddof=1)
            rows.append(
                {
                    "policy": policy, "label": item.label, "half": item.half, "metric": item.metric, "key": item.key,
                    "unit": window_unit(one.unit(item.metric, item.key), item.window), "window": item.window,
                    "date": end, "baseline": np.median(a), "value": np.median(b), "difference": np.median(d),
                    "p05": np.quantile(d, 0.05), "p95": np.quantile(d, 0.95), "mean": d.mean(), "half_width": width,
                    "target": 0.01, "reached": width <= 0.01, "share_above": (d > 0).mean(),
                    "variance_ratio": apart / paired if paired > 0 else np.inf, "worlds": d.size,
                    "main_channel": "smuggling" if item.key == "total" else "",
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def channel_rows(effects):
    """Every channel carries a fixed part of every effect."""
    rows = []
    for _, row in effects[effects["date"] == END].iterrows():
        for name, part in CHANNELS.items():
            mean = part * row["mean"]
            rows.append(
                {
                    **{key: row[key] for key in ("policy", "label", "metric", "key", "unit", "date")},
                    "channel": name, "channel_label": f"Channel {name}", "effect": row["mean"],
                    "without": row["mean"] - mean, "contribution": mean, "low": mean - 0.1 * abs(mean),
                    "high": mean + 0.1 * abs(mean), "p05": mean, "p95": mean, "worlds": WORLDS,
                    "clear": name == "smuggling",
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def comparison(policies=1, titles=None, scenarios=None, channels=True):
    """A comparison of the baseline with `policies` policies, sizes 1, 2, ..."""
    names = [f"policy-{number}" for number in range(1, policies + 1)]
    base = pd.concat(
        [synthetic.timeseries(seed).assign(replicate=seed, scenario="baseline") for seed in range(WORLDS)],
        ignore_index=True,
    )
    tables = {"baseline": base}
    for number, name in enumerate(names, 1):
        parts = [moved(base[base["replicate"] == seed], number, seed).assign(scenario=name) for seed in range(WORLDS)]
        tables[name] = pd.concat(parts, ignore_index=True)
    wide = {name: LongTable(table) for name, table in tables.items()}
    effects = pd.concat([effect_rows(name, wide["baseline"], wide[name]) for name in names], ignore_index=True)
    events = pd.concat([synthetic.events().assign(scenario=name, replicate=0) for name in tables], ignore_index=True)
    known = {name: scenario(name, (titles or {}).get(name)) for name in tables}
    rows = channel_rows(effects)
    return SimpleNamespace(
        path=Path("outputs/made"),
        manifest={
            "kind": "weightshift comparison", "seeds": list(range(1, WORLDS + 1)), "worlds": WORLDS, "quick": False,
            "first_difference": dict.fromkeys(names, "2026-01"), "stopped": "maximum", "failed": [],
            "scenario_sha256": dict.fromkeys(tables, "f" * 64), **STAMP,
        },
        scenarios=known | (scenarios or {}),
        baseline="baseline",
        policies=tuple(names),
        timeseries=pd.concat(tables.values(), ignore_index=True).assign(sample=0),
        effects=effects,
        channels=rows if channels else rows.iloc[:0],
        events=events,
        bounds=pd.DataFrame(
            [("baseline", "bound_hbm", 10), ("policy-1", "bound_hbm", 40), ("baseline", "bound_permits", 1)],
            columns=["scenario", "kind", "count"],
        ),
    )  # fmt: skip
