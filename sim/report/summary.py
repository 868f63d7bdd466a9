"""What the console says after a run: the two halves of the question, the headline measures, warnings, files."""

from __future__ import annotations

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sim.measures.headlines import SHOWN_YEARS
from sim.report.cautions import bound_warnings, failures
from sim.report.headlines import headline_rows
from sim.report.longtable import LongTable
from sim.report.observed import Observed, read_observed
from sim.report.sentences import compute_half, spread_half
from sim.report.wording import drawn_text, formatted, with_range
from sim.results.read import RunData, read_run

PLAIN_WIDTH = 240  # a table wider than a terminal is better in a file than a cut one


def print_summary(run: RunData | str, *, console: Console | None = None, observed: Observed | None = None) -> None:
    """Print the summary of a run or of a result folder: coloured on a terminal, plain text when piped."""
    data = read_run(run, verify=False, scenario=False) if isinstance(run, str) else run
    out = console or Console(highlight=False)
    plain = not out.is_terminal
    if plain:
        out = Console(file=out.file, width=PLAIN_WIDTH, highlight=False, no_color=True, soft_wrap=True)
    table = LongTable(data.timeseries)
    worlds = table.replicates
    out.print(
        f"[bold]{escape(str(data.manifest.get('title', '')))}[/bold] ({escape(str(data.manifest.get('scenario', '')))})"
    )
    out.print(_worlds_line(data, worlds))
    for heading, sentences in (
        ("Does computing stay concentrated?", compute_half(table)),
        ("Do Chinese open models spread?", spread_half(table)),
    ):
        out.print(f"\n[bold]{heading}[/bold]")
        for sentence in sentences or ["Not measured in this run, or the run does not reach a December."]:
            out.print(f"  {sentence}")
    rows = headline_rows(table, read_observed() if observed is None else observed, SHOWN_YEARS)
    if len(rows):
        out.print()
        out.print(headline_table(rows, plain))
        out.print(
            "  after 2025: conditional projection, not a forecast" + ("" if worlds > 1 else "; one world, no range")
        )
    failed = failures(data.events, worlds)
    if failed:
        out.print("\n[bold]Firms that fail or are rescued[/bold]")
        for line in failed:
            out.print(f"  {escape(line)}")
    problems = bound_warnings(data.events, worlds)
    if problems:
        out.print("\n[bold yellow]Limits that bound (they decide while they bind)[/bold yellow]")
        for problem in problems:
            out.print(f"  {escape(problem)}")
    out.print(f"\nresults: {escape(str(data.path))}", soft_wrap=True)
    out.print(f"report:  {escape(str(data.path / 'report.html'))}", soft_wrap=True)


def _worlds_line(data: RunData, worlds: int) -> str:
    seeds = data.manifest.get("seeds", [])
    named = f"seed {seeds[0]}" if len(seeds) == 1 else f"seeds {seeds[0]} to {seeds[-1]}" if seeds else ""
    seconds = sum(data.manifest.get("world_seconds", []))
    months = len(pd.unique(data.timeseries["date"]))
    quick = "; quick run: few developers, more sampling noise" if data.manifest.get("quick") else ""
    count = f"{worlds} world{'s' if worlds != 1 else ''}, {named}, {months} months"
    return f"{count}, {seconds:.2f} s of simulation{quick}; {drawn_text(data.manifest)}"


def headline_table(rows: pd.DataFrame, plain: bool) -> Table:
    """Headline measures at the ends of the shown years, with what was observed at the end of 2025."""
    years = sorted({date.year for date in rows["date"]})
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0)) if plain else Table(header_style="bold")
    table.add_column("Measure", no_wrap=plain)
    table.add_column("Unit", no_wrap=True)
    table.add_column("Observed", justify="right", no_wrap=True)
    for year in years:
        table.add_column(str(year), justify="right", no_wrap=True)
    for label, part in rows.groupby("label", sort=False):
        seen = part[part["observed"].notna()]
        unit = str(part["unit"].iloc[0])
        observed = (
            f"{formatted(float(seen['observed'].iloc[-1]), unit)} ({seen['observed_date'].iloc[-1]:%Y-%m})"
            if len(seen)
            else "-"
        )
        by_year = {row["date"].year: cell(row, unit) for _, row in part.iterrows()}
        table.add_row(str(label), unit_words(unit), observed, *(by_year.get(year, "-") for year in years))
    return table


def cell(row: pd.Series, unit: str) -> str:
    """`47 % (41–52)`: median and, where worlds differ, the 5-95 % range."""
    middle, low, high = (float(row[name]) for name in ("median", "p05", "p95"))
    return with_range(formatted(middle, unit), formatted(low, unit), formatted(high, unit))


def unit_words(unit: str) -> str:
    """Unit as shown beside a measure; a share is shown as a percentage and an index has none."""
    if unit.startswith("share") or unit == "1":
        return ""
    return {
        "USD/Mtoken": "per Mtoken",
        "USD/hour": "per hour",
        "month": "months",
        "0-10,000": "",
        "1/year": "a year",
    }.get(unit, unit)
