"""Curves of the theory corners: lock-in against the network term, and openness against the flywheel."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from sim.report import style

WIDTH, HEIGHT = 9.0, 3.7


def corner_curves_figure(curves: pd.DataFrame) -> Figure:
    """`curves` as of `sim.evidence.corners.corner_curves`: columns curve, x, run, y."""
    figure = Figure(figsize=(WIDTH, HEIGHT))
    figure.text(0.02, 1 - 0.2 / HEIGHT, "Where theory knows the answer", fontsize=style.TITLE_SIZE, weight="bold",
                va="top")  # fmt: skip
    figure.text(0.02, 1 - 0.47 / HEIGHT, "Lock-in appears where theory says; openness of incumbents shows no U",
                fontsize=style.SUBTITLE_SIZE, color=style.MUTED, va="top")  # fmt: skip
    left, right = figure.subplots(1, 2, gridspec_kw={"wspace": 0.28})
    figure.subplots_adjust(left=0.08, right=0.98, bottom=0.16, top=1 - 1.05 / HEIGHT)
    shares = curves[curves["curve"] == "lock-in"]
    left.scatter(shares["x"], 100 * shares["y"], s=14, color=style.BLUE, alpha=0.35, lw=0)
    left.axvline(1.0, color=style.INK, lw=1.0, ls=(0, (4, 3)))
    left.text(0.98, 85, "threshold by theory", fontsize=style.SMALL_SIZE, ha="right")
    left.set_ylim(-3, 103)
    left.set_xlabel("network term over its threshold")
    left.set_ylabel("final share of one of two\nequal models, per cent")
    left.set_title("Arthur's lock-in: a dot is a run", loc="left", fontsize=style.PANEL_SIZE)
    chance = curves[curves["curve"] == "openness"]
    right.plot(chance["x"], 100 * chance["y"], color=style.VERMILLION, lw=1.8)
    right.set_ylim(-3, 103)
    right.set_xlabel("what adopters give back (utility)")
    right.set_ylabel("chance that an incumbent\nopens, per cent")
    right.set_title("Openness against the flywheel", loc="left", fontsize=style.PANEL_SIZE)
    return figure
