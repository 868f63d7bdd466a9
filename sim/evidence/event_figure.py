"""The figure of the event tests: a panel per event, lived with it and without it."""

from __future__ import annotations

import dataclasses

import matplotlib.dates as mdates
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.report import style
from sim.report.observed import points, read_observed

WIDTH, HEIGHT = 9.0, 8.6
FROM, TO = pd.Timestamp("2023-06-30"), pd.Timestamp("2026-12-31")


@dataclasses.dataclass(frozen=True)
class Panel:
    """What one event shows: the title says the event, the axis the unit; `scale` turns the model's unit into it."""

    case: str
    title: str
    axis: str
    day: str
    scale: float
    log: bool = False
    series: tuple[str, str] = ("", "")
    """Observed series drawn beside it; a stock by its growth a month."""
    quoted: tuple[tuple[str, float], ...] = ()
    """Points that no series of observed.csv holds: see the sources of the criteria."""


PANELS = (
    Panel("E1", "Rule of October 2023", "legal sales to China,\nthousand H100e a month", "2023-10-17", 1e-3,
          series=("china_compute_stock_h100e", "legal")),
    Panel("E2", "H20 letters of April 2025", "Nvidia's AI chips to China,\nbillion USD a month", "2025-04-09", 1e-9,
          quoted=(("2025-03", 5.5 / 3), ("2025-06", 2.8 / 3))),
    Panel("E3", "Price war of May 2024", "cheapest Chinese flagship,\nUSD per million tokens", "2024-05-15", 1.0,
          log=True),
    Panel("E4", "Open weights of January 2025", "Chinese share of router\ntokens, per cent", "2025-01-20", 100.0,
          series=("token_share", "router/cn")),
    Panel("E5", "Memory rule of December 2024", "memory stacks in store,\nmillion", "2024-12-02", 1e-6,
          quoted=(("2024-12", 13.0),)),
)  # fmt: skip
LIVES = (("with", style.BLUE, "as it was"), ("without", style.ORANGE, "the same worlds without the event"))


def _dates(months: pd.Series) -> pd.Series:
    return pd.to_datetime(months) + pd.offsets.MonthEnd(0)


def _seen(panel: Panel) -> pd.DataFrame:
    """Observed points in the unit of the panel: columns date, value."""
    if panel.quoted:
        quoted = pd.DataFrame(panel.quoted, columns=["month", "value"])
        return pd.DataFrame({"date": _dates(quoted["month"]), "value": quoted["value"]})
    found = points(read_observed(), *panel.series)[["date", "value"]]
    if panel.series[0].endswith("_stock_h100e"):
        months = found["date"].diff().dt.days / 30.44
        found = found.assign(value=found["value"].diff() / months, date=found["date"] - found["date"].diff() / 2)
    found = found.assign(value=found["value"] * panel.scale)
    return found[found["date"].between(FROM, TO)]


def _draw(axes: Axes, panel: Panel, rows: pd.DataFrame) -> None:
    for life, colour, label in LIVES:
        part = rows[(rows["case"] == panel.case) & (rows["life"] == life)]
        dates = _dates(part["month"])
        axes.fill_between(dates, part["low"] * panel.scale, part["high"] * panel.scale, color=colour, alpha=0.18, lw=0)
        axes.plot(dates, part["median"] * panel.scale, color=colour, lw=1.6, label=label)
    seen = _seen(panel)
    if len(seen):
        axes.scatter(seen["date"], seen["value"], color=style.INK, s=16, zorder=4, label="observed")
    axes.axvline(float(mdates.date2num(pd.Timestamp(panel.day))), color=style.MUTED, lw=0.9, ls=(0, (4, 3)))
    if panel.log:
        axes.set_yscale("log")
        axes.set_yticks([0.1, 0.3, 1, 3, 10], ["0.1", "0.3", "1", "3", "10"])
        axes.minorticks_off()
    else:
        axes.set_ylim(bottom=0)
    axes.set_xlim(float(mdates.date2num(FROM)), float(mdates.date2num(TO)))
    axes.xaxis.set_major_locator(mdates.YearLocator())
    axes.xaxis.set_major_formatter(mdates.DateFormatter("%Y"))
    axes.set_title(f"{panel.case}  {panel.title}", loc="left", fontsize=style.PANEL_SIZE)
    axes.set_ylabel(panel.axis, fontsize=style.SMALL_SIZE)


def event_paths(rows: pd.DataFrame) -> Figure:
    """Median and 5-95 % band over worlds of one path per event, with and without it; the dashed line is its day.

    `rows` as of `sim.evidence.event_tests.paths_of`.
    """
    figure = Figure(figsize=(WIDTH, HEIGHT))
    figure.text(0.02, 1 - 0.2 / HEIGHT, "Five events of the past, and the same worlds without them",
                fontsize=style.TITLE_SIZE, weight="bold", va="top")  # fmt: skip
    figure.text(0.02, 1 - 0.47 / HEIGHT, "Lines: median over worlds; bands: 5 to 95 %; dashed: the day of the event",
                fontsize=style.SUBTITLE_SIZE, color=style.MUTED, va="top")  # fmt: skip
    grid = figure.subplots(3, 2, gridspec_kw={"hspace": 0.42, "wspace": 0.26})
    figure.subplots_adjust(left=0.10, right=0.98, bottom=0.05, top=1 - 1.0 / HEIGHT)
    places = list(grid.flat)
    for axes, panel in zip(places, PANELS, strict=False):
        _draw(axes, panel, rows)
    places[-1].set_axis_off()
    handles, labels = places[1].get_legend_handles_labels()
    places[-1].legend(handles, labels, loc="center", frameon=False, fontsize=style.LABEL_SIZE)
    return figure
