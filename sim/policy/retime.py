"""A timeline whose law changes in the middle of a run: what has happened stays, what comes is worked out anew.

The chips of a run stand in rows of compiled arrays, so that rows never move: chips that vendors derive from a rule that
nobody could foresee take spare rows, and a chip that will now not be made frees its row.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from sim.errors import RunError
from sim.policy.chip_spec import ChipSpec
from sim.policy.export_controls import Regime
from sim.policy.hoarding import FREE_SALE, terms_by_region
from sim.policy.months import FAR, last_day
from sim.policy.schema import Policy
from sim.policy.timeline import VENDOR_ORDER, Timeline
from sim.policy.variants import SELLERS
from sim.world import REGIONS

SPARE = "spare"


@dataclasses.dataclass(frozen=True)
class Rework:
    """What working out a change of law takes: start and length of the run, first month of the new law, policies."""

    start: int
    months: int
    month: int
    policies: tuple[Policy, ...]


def static_columns() -> tuple[str, ...]:
    """Columns of the chip table that describe a chip and do not change in the month."""
    return (
        "vendor", "launch", "end", "variant", "h100e", "kw", "packages", "stacks", "unit_cost", "bandwidth", "tpp",
    )  # fmt: skip


def with_spare_rows(first: Timeline) -> Timeline:
    """A timeline with empty rows at the end: two for each chip of a vendor that designs for the Chinese market."""
    sellers = [VENDOR_ORDER.index(name) for name in SELLERS]
    count = 2 * int(np.isin(first.skus["vendor"][first.skus["variant"] == 0], sellers).sum())
    skus = np.concatenate([first.skus, np.zeros(count, first.skus.dtype)])
    for row in range(len(first.skus), len(skus)):
        _empty(skus, row)
    china = np.zeros((len(first.china), len(skus), first.china.shape[2]))
    china[:, : len(first.skus)] = first.china
    names = tuple(f"{SPARE}-{number}" for number in range(count))
    nothing = dataclasses.replace(first.specs[0], sku=SPARE)
    sales = np.zeros((len(first.china), len(skus), *first.sales.shape[2:]))
    sales[...] = FREE_SALE
    sales[:, : len(first.skus)] = first.sales
    specs = first.specs + (nothing,) * count
    return first._replace(skus=skus, names=first.names + names, specs=specs, china=china, sales=sales)


def splice(past: Timeline, coming: Timeline, work: Rework) -> Timeline:
    """The months of `past` before `work.month`, then those of `coming`, on the rows of `past`.

    Raises RunError if more chips are derived than there are spare rows.
    """
    month = work.month
    skus, names, specs, china = past.skus.copy(), list(past.names), list(past.specs), past.china.copy()
    sales = past.sales.copy()
    rows = _rows_of(past, coming, month)
    for row in set(range(len(skus))) - set(rows):
        if names[row].startswith(SPARE):
            continue
        if skus["launch"][row] >= month:
            _empty(skus, row)
            names[row], china[month:, row], sales[month:, row] = f"{SPARE}-{row}", 0.0, FREE_SALE
        else:
            china[month:, row], sales[month:, row] = _terms_of_old_chip(specs[row], coming.changed, work)
    for place, row in enumerate(rows):
        skus[row], names[row], specs[row] = coming.skus[place], coming.names[place], coming.specs[place]
        china[month:, row], sales[month:, row] = coming.china[month:, place], coming.sales[month:, place]
    changed = np.concatenate([past.changed[:month], coming.changed[month:]])
    changed[month] = True
    return Timeline(
        skus=skus,
        names=tuple(names),
        specs=tuple(specs),
        china=china,
        sales=sales,
        policy=np.concatenate([past.policy[:month], coming.policy[month:]]),
        changed=changed,
        new_chips=np.concatenate([past.new_chips[:month], coming.new_chips[month:]]),
        notices=tuple(sorted(
            [notice for notice in past.notices if notice.month < month]
            + [notice for notice in coming.notices if notice.month >= month]
        )),
    )  # fmt: skip


def _rows_of(past: Timeline, coming: Timeline, month: int) -> list[int]:
    """Row of `past` for each chip of `coming`: its own, or a free one for a chip that was not foreseen."""
    known = {_identity(past, row): row for row in range(len(past.names)) if not past.names[row].startswith(SPARE)}
    rows = [known.get(_identity(coming, place), -1) for place in range(len(coming.names))]
    taken = set(rows)
    free = [
        row
        for row in range(len(past.names))
        if row not in taken and (past.names[row].startswith(SPARE) or past.skus["launch"][row] >= month)
    ]
    free.sort(key=lambda row: not past.names[row].startswith(SPARE))
    for place, row in enumerate(rows):
        if row < 0:
            if not free:
                raise RunError("vendors derive more chips after a trigger than the table of chips has room for")
            rows[place] = free.pop(0)
    return rows


def _identity(line: Timeline, row: int) -> tuple[str, float, float, float]:
    spec = line.specs[row]
    return line.names[row], spec.tpp, spec.hbm_bw_gb_s, spec.interconnect_gb_s


def _empty(skus: np.ndarray, row: int) -> None:
    """A row that stands for no chip: never on sale, with numbers that no division trips over."""
    skus[row] = np.zeros((), skus.dtype)
    for name in ("h100e", "kw", "packages", "unit_cost", "bandwidth", "tpp", "variant"):
        skus[name][row] = 1
    skus["launch"][row], skus["end"][row] = FAR, -1


def _terms_of_old_chip(spec: ChipSpec, changed: np.ndarray, work: Rework) -> tuple[np.ndarray, np.ndarray]:
    """Terms on which a chip that is on sale, and would not be derived today, may be sold: to China, and by region.

    Returns shapes (months left, 5) and (months left, regions, 4), the columns of `Timeline.china` and `Timeline.sales`.
    """
    regime = Regime(work.policies)
    china = np.zeros((work.months - work.month, 5))
    sales = np.zeros((work.months - work.month, len(REGIONS), len(FREE_SALE)))
    for t in range(work.month, work.months):
        row = t - work.month
        if t == work.month or changed[t]:
            china[row], sales[row] = terms_by_region(regime, spec, last_day(work.start + t))
        else:
            china[row], sales[row] = china[row - 1], sales[row - 1]
    return china, sales
