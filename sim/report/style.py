"""One look for all report figures: colours that stay with their entity, direct labels, the data edge, the source line.

Colours are Okabe and Ito's palette (distinguishable with the common forms of colour blindness), with tints and greys
where there are more entities than hues. Text sizes are chosen for a figure that fills the width of an A4 page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib
import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

DATA_EDGE = pd.Timestamp("2025-12-31")
PROJECTION_NOTE = "conditional projection, not a forecast"
BANDS = ((0.025, 0.975, 0.11), (0.10, 0.90, 0.15), (0.25, 0.75, 0.24))
"""Bands of a fan chart, widest first: lower and upper probability (95, 80 and 50 %), opacity."""

INK, MUTED, FAINT, PAPER = "#222222", "#666666", "#d9d9d9", "#ffffff"
BLUE, SKY, GREEN, ORANGE, VERMILLION, PURPLE, YELLOW = (
    "#0072b2", "#56b4e9", "#009e73", "#e69f00", "#d55e00", "#cc79a7", "#f0e442"
)  # fmt: skip

COLOURS = {
    # vendors
    "nvidia": GREEN, "google_tpu": BLUE, "amazon_trainium": ORANGE, "amd": PURPLE, "huawei": VERMILLION,
    "cambricon": "#8c3d00",
    # sources of China's compute (Huawei and Cambricon as above)
    "legal": GREEN, "smuggled": "#7a7a7a", "rented": INK,
    # origins and openness
    "us": BLUE, "cn": VERMILLION, "eu": PURPLE, "gulf": ORANGE, "sea": SKY, "row": "#7a7a7a",
    "open": "#117733", "closed": "#4b4b8f",
    # labs
    "openai": INK, "anthropic": "#b8860b", "google_deepmind": BLUE, "xai": "#7a7a7a", "meta": SKY, "mistral": PURPLE,
    "deepseek": VERMILLION, "qwen": "#8c3d00", "moonshot": "#e08a5a", "zhipu": "#c9793b", "minimax": "#d9a066",
    "bytedance": "#a65a2a",
    # fixed quality levels, light to dark
    "eci_126": SKY, "eci_140": BLUE, "eci_150": "#00304d",
    # what a token costs
    "electricity": "#e3c800", "depreciation": GREEN, "upkeep": "#8fb8a8", "cloud_margin": SKY, "seller": PURPLE,
    # layers
    "energy": "#e3c800", "chips": GREEN, "cloud": SKY, "models": PURPLE, "applications": "#9a9a9a",
}  # fmt: skip
LABELS = {
    "nvidia": "Nvidia", "amd": "AMD", "google_tpu": "Google TPU", "amazon_trainium": "Trainium",
    "huawei": "Huawei", "cambricon": "Cambricon", "legal": "Legal imports", "smuggled": "Smuggled",
    "us": "US", "cn": "China", "eu": "EU", "gulf": "Gulf", "sea": "South-East Asia", "row": "Rest of world",
    "open": "Open weights", "closed": "Closed", "openai": "OpenAI", "anthropic": "Anthropic",
    "google_deepmind": "Google", "xai": "xAI", "meta": "Meta", "mistral": "Mistral", "deepseek": "DeepSeek",
    "qwen": "Qwen", "moonshot": "Moonshot", "zhipu": "Zhipu", "minimax": "MiniMax", "bytedance": "ByteDance",
    "microsoft": "Microsoft", "amazon": "Amazon", "google": "Google", "oracle": "Oracle", "coreweave": "CoreWeave",
    "alibaba": "Alibaba", "tencent": "Tencent", "huawei_cloud": "Huawei Cloud", "other_us": "other US clouds",
    "other_cn": "other Chinese clouds", "eu_cloud": "European clouds", "gulf_cloud": "Gulf clouds",
    "sea_cloud": "South-East Asian clouds", "row_cloud": "clouds elsewhere", "us_entrant_1": "US entrant 1",
    "us_entrant_2": "US entrant 2",
    "eci_126": "GPT-4 level (ECI 126)", "eci_140": "ECI 140", "eci_150": "ECI 150",
    "energy": "Energy", "chips": "Chips", "cloud": "Cloud", "models": "Models", "applications": "Applications",
}  # fmt: skip

TITLE_SIZE, SUBTITLE_SIZE, PANEL_SIZE, LABEL_SIZE, SMALL_SIZE = 12.5, 8.8, 9.2, 8.2, 7.0
SETTINGS: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with Matplotlib: the same on every machine
    "font.size": LABEL_SIZE,
    "text.parse_math": False,  # a dollar sign is a dollar sign
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": LABEL_SIZE,
    "ytick.labelsize": LABEL_SIZE,
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
    "text.color": INK,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
}


def styled() -> Any:
    """Context in which figures have this style, whatever the user's own Matplotlib settings are."""
    settings: dict[Any, Any] = {**dict(matplotlib.rcParamsDefault), "backend": "agg"}
    settings.update(SETTINGS)
    return matplotlib.rc_context(settings)


def label_of(key: str) -> str:
    """Name of an entity as a reader knows it."""
    return LABELS.get(key, key.replace("_", " ").capitalize())


def colour_of(key: str) -> str:
    """The one colour of an entity."""
    return COLOURS.get(key, MUTED)


def days(dates: Any) -> np.ndarray:
    """Dates as Matplotlib day numbers."""
    return np.asarray(mdates.date2num(np.asarray(dates, dtype="datetime64[D]")), dtype=np.float64)


def time_axis(axes: Axes, dates: pd.DatetimeIndex) -> None:
    """Years on the x axis from the first to the last month; the data edge and the projected part are marked."""
    first, last = days(dates[:1])[0] - 31, days(dates[-1:])[0]
    axes.set_xlim(first, last)
    years = range(dates[0].year, dates[-1].year + 2)
    ticks = [(year, days([f"{year}-01-01"])[0]) for year in years]
    step = 1 if width_inches(axes) / len(years) > 0.24 else 2
    shown = [(year, at) for year, at in ticks if first - 1 <= at <= last + 2 and (year - dates[0].year) % step == 0]
    axes.set_xticks([at for _, at in shown])
    axes.set_xticklabels([f"’{year % 100:02d}" for year, _ in shown])
    axes.tick_params(axis="x", length=3)
    edge = days([DATA_EDGE])[0]
    if edge < last:
        axes.axvspan(edge, last, color="#f4f4f4", zorder=0, linewidth=0)
        axes.axvline(edge, color=MUTED, linewidth=0.8, linestyle=(0, (4, 2)), zorder=1)


def edge_note(axes: Axes, dates: pd.DatetimeIndex) -> None:
    """Words above a panel that name today, where data end and the projection begins."""
    edge, last = days([DATA_EDGE])[0], days(dates[-1:])[0]
    if edge >= last:
        return
    axis = axes.get_xlim()
    days_of_inch = (axis[1] - axis[0]) / width_inches(axes)
    look: dict[str, Any] = {"transform": axes.get_xaxis_transform(), "fontsize": SMALL_SIZE, "va": "bottom"}
    room = (last - edge) / days_of_inch
    axes.text(edge, 1.008, "today", ha="center", color=INK, **look)
    words = "projection, not a forecast →" if room > 1.65 else "projection →"
    if room > 0.8:
        axes.text(edge + 0.2 * days_of_inch, 1.008, words, ha="left", color=MUTED, **look)
    if (edge - axis[0]) / days_of_inch > 0.85:
        axes.text(edge - 0.2 * days_of_inch, 1.008, "← data", ha="right", color=MUTED, **look)


def width_inches(axes: Axes) -> float:
    """Width of a panel in inches."""
    figure = axes.get_figure(root=True)
    return float(axes.get_position().width * (figure.get_size_inches()[0] if figure else 1.0))


def height_inches(axes: Axes) -> float:
    """Height of a panel in inches."""
    figure = axes.get_figure(root=True)
    return float(axes.get_position().height * (figure.get_size_inches()[1] if figure else 1.0))


def spread(positions: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions moved as little as needed to stand at least `gap` apart within [low, high], order kept.

    Least-squares: neighbours that collide are pooled and centred on the mean of where they want to be. If they do not
    all fit, the gap shrinks.
    """
    count = len(positions)
    if count == 0:
        return []
    gap = min(gap, (high - low) / max(count - 1, 1))
    order = sorted(range(count), key=lambda i: positions[i])
    wanted = [positions[i] - rank * gap for rank, i in enumerate(order)]
    pools: list[tuple[float, int]] = []
    for value in wanted:
        pools.append((value, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (mean, size), (other, more) = pools[-2], pools[-1]
            pools[-2:] = [((mean * size + other * more) / (size + more), size + more)]
    flat = [mean for mean, size in pools for _ in range(size)]
    ceiling = high - (count - 1) * gap
    result = [0.0] * count
    for rank, i in enumerate(order):
        result[i] = min(max(flat[rank], low), ceiling) + rank * gap
    return result


def end_labels(axes: Axes, items: Sequence[tuple[float, str, str]], *, size: float = LABEL_SIZE) -> None:
    """Direct labels to the right of a panel: (y in data units, text, colour). Call when the y axis is final."""
    items = [item for item in items if np.isfinite(item[0])]
    wanted = [float(axes.transAxes.inverted().transform(axes.transData.transform((0, y)))[1]) for y, _, _ in items]
    wanted = [min(max(y, 0.0), 1.0) for y in wanted]
    lines = max((text.count("\n") + 1 for _, text, _ in items), default=1)
    gap = 1.22 * lines * size / 72 / height_inches(axes)
    reach = 0.13 / width_inches(axes)
    for (_, text, colour), at, place in zip(items, wanted, spread(wanted, gap, 0.0, 1.0), strict=True):
        if abs(place - at) > 0.3 * gap:
            axes.plot(
                [1.0, 1.0 + 0.8 * reach],
                [at, place],
                transform=axes.transAxes,
                color=colour,
                linewidth=0.7,
                clip_on=False,
            )
        axes.text(1 + reach, place, text, transform=axes.transAxes, color=readable(colour), fontsize=size, va="center")


def readable(colour: str) -> str:
    """The colour, darkened until text in it has a contrast of at least 4.5 on white."""
    rgb = np.array(matplotlib.colors.to_rgb(colour))
    for _ in range(20):
        linear = np.where(rgb <= 0.03928, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        if 1.05 / (float(linear @ [0.2126, 0.7152, 0.0722]) + 0.05) >= 4.5:
            break
        rgb = rgb * 0.93
    return matplotlib.colors.to_hex((float(rgb[0]), float(rgb[1]), float(rgb[2])))
