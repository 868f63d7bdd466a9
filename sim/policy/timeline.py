"""Policies month by month, in the form that the economy reads: what may be sold to China, at what terms, from when.

Rules are dated, so everything that follows from them without the economy is worked out once per scenario: the verdict
of every chip, the variants that vendors design to each line after a lag, the buyer's own permission, and the other
measures in force.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import NamedTuple

import numpy as np

from sim.policy.chip_spec import ChipSpec
from sim.policy.chips import Chip, read_chips
from sim.policy.export_controls import Regime
from sim.policy.hoarding import FREE_SALE, terms_by_region, write_pulls
from sim.policy.instruments.trade import CountryCaps
from sim.policy.month import fill, neutral_rows
from sim.policy.months import FAR, last_day, month_index
from sim.policy.schema import Policy
from sim.policy.variants import Project, projects
from sim.world import REGIONS, SKU, dtype_of

VENDOR_ORDER = ("nvidia", "amd", "google_tpu", "amazon_trainium", "huawei", "cambricon")


class Notice(NamedTuple):
    """Something to write into the event log: month, kind, policy or chip, sentence."""

    month: int
    kind: str
    name: str
    text: str


class Timeline(NamedTuple):
    """Chips and policies by month; S chips (variants at the end), T months."""

    skus: np.ndarray  # SKU table (S,)
    names: tuple[str, ...]  # (S,)
    specs: tuple[ChipSpec, ...]  # (S,) the chips as the law sees them
    china: np.ndarray  # f8 (T, S, 5): share approved, buyer's taste, levy, cap (-1 none), delay in months
    sales: np.ndarray  # f8 (T, S, R, 4): share let through by both keys, levy, cap (-1 none), delay in months
    policy: np.ndarray  # POLICY table (T, 2): in force, and as firms expect it
    changed: np.ndarray  # bool (T,) whether anything differs from the month before
    new_chips: np.ndarray  # bool (T,) whether a chip comes on sale, or one has gone out of production
    notices: tuple[Notice, ...]


_CACHE: dict[tuple[str, int, int, int, int], Timeline] = {}


def timeline(
    policies: tuple[Policy, ...], start: int, months: int, design_lag_months: int, foresight_months: int = 12
) -> Timeline:
    """Chips and policies for a run of `months` months from month `start` (counted from year 0).

    `foresight_months`: how far ahead the law of the row EXPECTED lies, as announced by then. Worked out once per set of
    policies and process: replicates and sweeps share it.
    """
    text = "".join(policy.model_dump_json() for policy in policies)
    key = (hashlib.sha256(text.encode()).hexdigest(), start, months, design_lag_months, foresight_months)
    if key not in _CACHE:
        if len(_CACHE) >= 128:
            _CACHE.pop(next(iter(_CACHE)))
        _CACHE[key] = work_out(policies, start, months, design_lag_months, foresight_months)
    return _CACHE[key]


def work_out(
    policies: tuple[Policy, ...], start: int, months: int, design_lag_months: int, foresight_months: int = 12
) -> Timeline:
    """The timeline itself; see `timeline`."""
    regime = Regime(policies)
    chips = [chip for chip in read_chips() if chip.family == "base" and chip.launch]
    specs: list[ChipSpec] = [chip.spec for chip in chips]
    names = [chip.sku for chip in chips]
    rows = [_row(chip, start) for chip in chips]
    notices: list[Notice] = []
    for project in projects(chips, regime, start, months, design_lag_months):
        name = project.name
        specs.append(project.variant.spec)
        rows.append(_cut_row(project, start))
        names.append(name)
        notices.append(Notice(project.begin, "compliant_chip", name, f"{name}: a chip designed to the line for China"))
    skus = np.zeros(len(rows), dtype_of(SKU))
    for index, row in enumerate(rows):
        for key, value in row.items():
            skus[key][index] = value
    dates = [last_day(start + t) for t in range(months)]
    china = np.zeros((months, len(rows), 5))
    sales = np.zeros((months, len(rows), len(REGIONS), 4))
    sales[...] = FREE_SALE
    policy = neutral_rows(months)
    changes = sorted({*regime.change_dates(), *regime.announcement_dates()})
    changed = np.zeros(months, bool)
    for t, day in enumerate(dates):
        before = dates[t - 1] if t else dt.date(1900, 1, 1)
        changed[t] = t == 0 or any(before < change <= day for change in changes)
        if changed[t]:
            for index, spec in enumerate(specs):
                if rows[index]["end"] < t:
                    continue  # out of production: no terms are needed any more
                china[t, index], sales[t, index] = terms_by_region(regime, spec, day)
            fill(regime, policy[t], day)
        else:
            china[t], sales[t] = china[t - 1], sales[t - 1]
            policy[t] = policy[t - 1]
    launched, ended = skus["launch"], skus["end"] + 1
    new_chips = np.isin(np.arange(months), np.concatenate([launched, ended]))
    _wait_for_licences(china, changed)
    for r in range(len(REGIONS)):
        _wait_for_licences(sales[:, :, r], changed)
    expected = expected_law(regime, start, months, foresight_months)
    on_sale = [(spec, int(row["launch"]), int(row["end"])) for spec, row in zip(specs, rows, strict=True)]
    write_pulls(regime, policy, dates, on_sale)
    notices += _rule_notices(policies, dates)
    law = np.stack([policy, expected], axis=1)
    return Timeline(skus, tuple(names), tuple(specs), china, sales, law, changed, new_chips, tuple(sorted(notices)))


def _row(chip: Chip, start: int) -> dict[str, float]:
    return {
        "vendor": VENDOR_ORDER.index(chip.vendor),
        "launch": month_index(chip.launch, start, FAR),
        "end": month_index(chip.end_of_production, start, FAR),
        "variant": 0,
        "h100e": chip.h100e,
        "kw": chip.tdp_w / 1000.0,
        "packages": chip.packages,
        "stacks": chip.hbm_stacks,
        "unit_cost": chip.unit_cost_usd,
        "bandwidth": chip.hbm_bw_gb_s,
        "tpp": chip.tpp,
    }


def _cut_row(project: Project, start: int) -> dict[str, float]:
    """Row of a chip cut for China: less compute, less power, but not in proportion."""
    chip, variant = project.chip, project.variant
    return _row(chip, start) | {
        "launch": project.begin,
        "end": project.end,
        "variant": 1,
        "h100e": chip.h100e * variant.h100e_factor,
        "kw": chip.tdp_w / 1000.0 * (0.45 + 0.55 * variant.h100e_factor),
        "bandwidth": variant.spec.hbm_bw_gb_s,
        "tpp": variant.spec.tpp,
    }


def expected_law(regime: Regime, start: int, months: int, foresight_months: int) -> np.ndarray:
    """Law that firms expect for `foresight_months` ahead in each month, by what is announced by then; POLICY (months,).

    What firms build or sign now works under that law. A proposal without a date of effect is not expected.
    """
    rows = neutral_rows(months)
    seen: dict[tuple[tuple[str, ...], tuple[str, ...]], int] = {}
    for t in range(months):
        today, later = last_day(start + t), last_day(start + t + foresight_months)
        known = regime.known(today)
        key = (tuple(policy.id for policy in known.policies), tuple(policy.id for policy in known.in_force(later)))
        if key in seen and not _dated_caps(known, later):
            rows[t] = rows[seen[key]]
            continue
        seen[key] = t
        fill(known, rows[t], later)
    return rows


def _dated_caps(regime: Regime, day: dt.date) -> bool:
    """Whether a measure in force has dates of its own, so that two days with the same measures may differ."""
    return bool(regime.applying(CountryCaps, day))


def _wait_for_licences(table: np.ndarray, changed: np.ndarray) -> None:
    """The first licences under a policy arrive after its delay: until then nothing that needs one is delivered.

    A longer delay starts the wait anew; a shorter one does not, since applications are under way.
    First column the share let through, last column the delay; shape (months, chips, columns).
    """
    months, chips, _ = table.shape
    for chip in range(chips):
        begin = 0
        for t in range(months):
            delay = table[t, chip, -1]
            if t == 0 or delay > table[t - 1, chip, -1]:
                begin = t
            if delay > 0 and t < begin + delay:
                table[t, chip, 0] = 0.0
            elif delay > 0 and t == begin + int(np.ceil(delay)):
                changed[t] = True


def _rule_notices(policies: tuple[Policy, ...], dates: list[dt.date]) -> list[Notice]:
    notices = []
    for policy in policies:
        for kind, day in (
            ("rule_announced", policy.announced),
            ("rule_in_force", policy.effective),
            ("rule_expires", policy.expires),
        ):
            if day is None or not dates[0].replace(day=1) <= day <= dates[-1]:
                continue
            month = (day.year - dates[0].year) * 12 + day.month - dates[0].month
            notices.append(Notice(month, kind, policy.id, policy.title))
    return notices
