"""What the console says after a comparison: a table per policy, how sure it is, and where the files are."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sim.report.summary import PLAIN_WIDTH, unit_words
from sim.report.wording import drawn_text, formatted, with_range

if TYPE_CHECKING:
    from sim.study.comparison import Comparison


def print_comparison(comparison: Comparison, *, console: Console | None = None) -> None:
    """Print the effects of every policy at the last year end: coloured on a terminal, plain text when piped."""
    out = console or Console(highlight=False)
    plain = not out.is_terminal
    if plain:
        out = Console(file=out.file, width=PLAIN_WIDTH, highlight=False, no_color=True, soft_wrap=True)
    end = comparison.effects["date"].max()
    labels = dict(zip(comparison.channels["channel"], comparison.channels["channel_label"], strict=True))
    out.print(escape(worlds_line(comparison)))
    for policy in comparison.policies:
        rows = comparison.effects[(comparison.effects["policy"] == policy) & (comparison.effects["date"] == end)]
        title = str(comparison.manifest["titles"][policy])
        out.print(f"\n[bold]{escape(title)}[/bold] ({escape(policy)}), against {escape(comparison.baseline)}")
        out.print(effect_table(rows, labels, plain, end.year))
        for line in policy_lines(comparison, policy, rows):
            out.print(f"  {escape(line)}")
    out.print("\n  * the 95 % interval of the mean difference leaves out zero; of many measures that do not differ at")
    out.print("    all, about one in twenty looks as if it did. After 2025: conditional projection, not a forecast.")
    for line in failure_lines(comparison):
        out.print(f"  {escape(line)}")
    out.print(f"\nresults: {escape(str(comparison.path))}", soft_wrap=True)
    if "report.html" in comparison.manifest["files"]:
        out.print(f"report:  {escape(str(comparison.path / 'report.html'))}", soft_wrap=True)


def worlds_line(comparison: Comparison) -> str:
    """`68 worlds in each of 3 scenarios, seeds 1 to 68; ...`."""
    manifest = comparison.manifest
    seeds, arms = manifest["seeds"], 1 + len(comparison.policies)
    why = (
        "every interval is as short as asked for"
        if manifest["stopped"] == "reached"
        else "the largest number allowed, with intervals still longer than asked for"
    )
    quick = "; quick run: few developers and worlds" if manifest.get("quick") else ""
    return (
        f"{manifest['worlds']} worlds in each of {arms} scenarios (the same worlds in all), seeds {seeds[0]} to "
        f"{seeds[-1]}: {why}{quick}; {drawn_text(manifest)}"
    )


def effect_table(rows: pd.DataFrame, labels: dict[str, str], plain: bool, year: int) -> Table:
    """Measure, baseline, policy, difference with its range over worlds, share of worlds above zero, main channel."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0)) if plain else Table(header_style="bold")
    table.add_column(f"Measure, {year}", no_wrap=plain)
    table.add_column("Unit", no_wrap=True)
    for name in ("Baseline", "Policy", "Difference (5-95 % of worlds)", "", "Worlds above 0"):
        table.add_column(name, justify="left" if not name else "right", no_wrap=True)
    table.add_column("Main channel", no_wrap=plain)
    for _, row in rows.iterrows():
        unit = str(row["unit"])
        table.add_row(
            str(row["label"]),
            "" if unit == "1/year" else unit_words(unit),
            shown(float(row["baseline"]), unit),
            shown(float(row["value"]), unit),
            difference_cell(row, unit),
            "*" if is_distinct(row) else "",
            f"{100 * float(row['share_above']):.0f} %",
            labels.get(str(row["main_channel"]), ""),
        )
    return table


def is_distinct(row: pd.Series) -> bool:
    """Whether the interval of the mean difference leaves out zero."""
    return abs(float(row["mean"])) > float(row["half_width"])


def difference_cell(row: pd.Series, unit: str) -> str:
    """`+1.4 pp (0.2 to 3.1)`: the median difference, and the range of nine worlds in ten."""
    middle, low, high = (signed(float(row[name]), unit) for name in ("difference", "p05", "p95"))
    return with_range(middle, low, high).replace("–", " to ")


def shown(value: float, unit: str) -> str:
    """A value in the way that fits its unit; a yearly rate as a percentage, like a share."""
    return formatted(value, "share" if unit == "1/year" else unit)


def signed(value: float, unit: str) -> str:
    """A difference with its sign: percentage points for shares and rates, else as a value of the unit."""
    if not math.isfinite(value):
        return "n/a"
    if unit.startswith("share") or unit == "1/year":
        points = 100 * abs(value)
        text = f"{points:.{1 if points >= 0.1 or points == 0.0 else 2}f} pp"
    else:
        text = formatted(abs(value), unit)
    nothing = not any(digit in text for digit in "123456789")
    return text if nothing else ("+" if value > 0 else "-") + text


def policy_lines(comparison: Comparison, policy: str, rows: pd.DataFrame) -> list[str]:
    """Variance reduction, measures whose interval is longer than asked for, and what drew the channels."""
    lines = []
    ratio = comparison.manifest["variance_ratio_median"].get(policy)
    if ratio is not None:
        lines.append(
            f"Same worlds in both: as good as {ratio:.3g} times as many unpaired runs (median ratio of variances over "
            "these measures)."
        )
    wide = rows[~rows["reached"]]
    if len(wide):
        names = "; ".join(str(label) for label in wide["label"])
        lines.append(f"Interval of the mean longer than asked for, {len(wide)} of {len(rows)}: {names}.")
    distinct = sum(is_distinct(row) for _, row in rows.iterrows())
    lines.append(f"Distinguishable from zero: {distinct} of {len(rows)} measures (*).")
    worlds = comparison.manifest["channel_worlds"]
    if worlds:
        lines.append(
            f"Main channel: the one whose absence takes most of the effect away, in {worlds} worlds; none where chance "
            "explains what is left. Contributions need not add up."
        )
    return lines


def failure_lines(comparison: Comparison) -> list[str]:
    """Runs that broke down, by scenario and seed, the first few with their reason."""
    failed = comparison.manifest["failed"]
    lines = [
        f"broke down and was left out: {item['scenario']}, seed {item['seed']}: {item['reason']}" for item in failed
    ]
    return lines if len(lines) <= 5 else [*lines[:5], f"and {len(lines) - 5} more, named in manifest.json"]
