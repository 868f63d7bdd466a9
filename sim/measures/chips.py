"""Chip vendors: revenue, margin, queue, price, new compute and its concentration."""

from __future__ import annotations

import numpy as np

from sim.accounts import NVIDIA, VENDOR_KEYS
from sim.measures.panel import Panel
from sim.measures.registry import Series, metric
from sim.measures.series import WORLD, by_key, herfindahl, only_where, ratio
from sim.world import CHINA_SOURCES


def vendor_revenue(panel: Panel) -> np.ndarray:
    """Revenue of vendors, software licences included, USD/month (months, vendors)."""
    return panel.vendors["revenue"] + panel.vendors["licence_revenue"]


@metric("chip_revenue_usd", unit="USD/month", keys="vendor", aggregation="sum")
def chip_revenue(panel: Panel) -> Series:
    """Revenue of data-centre products, networking included, and for Nvidia its software licences."""
    revenue = panel.vendors["revenue"].copy()
    revenue[:, NVIDIA] += panel.vendors["licence_revenue"][:, NVIDIA]
    return by_key(revenue, VENDOR_KEYS)


@metric("vendor_gross_margin", unit="share", keys="vendor", aggregation="mean")
def gross_margin(panel: Panel) -> Series:
    """Revenue less cost of sales (chips, systems, networking, part of overheads), over revenue."""
    revenue = vendor_revenue(panel)
    return by_key(ratio(revenue - panel.vendors["cost_of_sales"], revenue), VENDOR_KEYS)


@metric("vendor_backlog_months", unit="month", keys="vendor", aggregation="mean")
def backlog(panel: Panel) -> Series:
    """Orders not yet delivered over deliveries a month, smoothed, once the vendor sells."""
    on_sale = panel.vendors["entry"] <= panel.month[:, None]
    return by_key(only_where(on_sale, panel.vendors["cover_months"]), VENDOR_KEYS)


@metric("chip_cost_usd_per_h100e", unit="USD/H100e", keys="vendor", aggregation="mean")
def chip_cost(panel: Panel) -> Series:
    """What buyers pay for a new H100e, chip only: revenue of chips over compute shipped."""
    return by_key(ratio(panel.vendors["chip_revenue"], panel.vendors["shipped_h100e"]), VENDOR_KEYS)


@metric("chip_tdp_watt_per_h100e", unit="W/H100e", keys="vendor", aggregation="mean")
def chip_power(panel: Panel) -> Series:
    """Power of the chips per H100e of the product mix, in months with shipments."""
    sold = panel.vendors["shipped_h100e"] > 0.0
    return by_key(only_where(sold, panel.vendors["product_kw"] * 1000.0), VENDOR_KEYS)


@metric("new_compute_h100e", unit="H100e/month", keys="vendor, world", aggregation="sum")
def new_compute(panel: Panel) -> Series:
    """Compute shipped to data centres."""
    shipped = panel.vendors["shipped_h100e"]
    return {**by_key(shipped, VENDOR_KEYS), WORLD: shipped.sum(axis=1)}


@metric("new_compute_share", unit="share", keys="vendor", aggregation="mean")
def new_compute_share(panel: Panel) -> Series:
    """Vendor's part of the compute shipped by all."""
    shipped = panel.vendors["shipped_h100e"]
    return by_key(ratio(shipped, shipped.sum(axis=1, keepdims=True)), VENDOR_KEYS)


@metric("compute_stock_h100e", unit="H100e", keys="vendor, world", aggregation="end")
def compute_stock(panel: Panel) -> Series:
    """Compute of all chips sold since January 2022."""
    stock = panel.vendors["sold_since_2022_h100e"]
    return {**by_key(stock, VENDOR_KEYS), WORLD: stock.sum(axis=1)}


@metric("hhi_new_compute", unit="0-10,000", keys="world", aggregation="mean")
def hhi_new_compute(panel: Panel) -> Series:
    """Herfindahl-Hirschman index of vendors by compute shipped."""
    return {WORLD: herfindahl(panel.vendors["shipped_h100e"])}


@metric("hhi_compute_stock", unit="0-10,000", keys="world", aggregation="mean")
def hhi_compute_stock(panel: Panel) -> Series:
    """Herfindahl-Hirschman index of vendors by compute sold since January 2022."""
    return {WORLD: herfindahl(panel.vendors["sold_since_2022_h100e"])}


@metric("china_compute_stock_h100e", unit="H100e", keys="legal, smuggled, huawei, cambricon, total", aggregation="end")
def china_stock(panel: Panel) -> Series:
    """Compute acquired in China since January 2022 by source; what is rented abroad is not in it."""
    stock = panel.now["china_stock"]
    return {**by_key(stock, CHINA_SOURCES), "total": stock.sum(axis=1)}


@metric("china_rented_h100e", unit="H100e", keys="cn", aggregation="end")
def china_rented(panel: Panel) -> Series:
    """Compute outside China that Chinese labs rent or Chinese clouds own."""
    return {"cn": panel.now["china_rented"]}


@metric("smuggled_chips", unit="chips/month", keys="cn", aggregation="sum")
def smuggled_chips(panel: Panel) -> Series:
    """Chips that arrive in China through smuggling routes."""
    return {"cn": panel.now["smuggled_units"]}
