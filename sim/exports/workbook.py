"""A workbook: a cover that says what it is, then a sheet a table, with units and frozen heads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from sim.errors import InputError
from sim.exports.content import SERIES, Content
from sim.exports.yearly import by_year, one_world, quantiles

MOST_ROWS = 1_048_575
WIDEST, NARROWEST = 60, 8
STATISTICS = {0.05: "5 %", 0.5: "median", 0.95: "95 %"}
LONG_TABLES = ("ledger", "events", "results")
TOO_LONG = "{name} has {rows:,} rows, more than a sheet holds; it is in the csv and parquet exports."


def years_table(content: Content) -> pd.DataFrame:
    """Series as a spreadsheet wants them: scenario, metric, key, unit, window, statistic, and a column a year."""
    yearly = by_year(content.series)
    found = quantiles(yearly, (0.5,) if one_world(yearly) else tuple(STATISTICS))
    found["statistic"] = "one world" if one_world(yearly) else found["quantile"].map(STATISTICS)
    index = ["scenario", "metric", "key", "unit", "window", "statistic"]
    wide = found.pivot(index=index, columns="year", values="value").reset_index()
    wide.columns = [str(name) for name in wide.columns]
    return wide


def write_workbook(content: Content, file: Path) -> None:
    """Write the workbook. Raises InputError if the library for it is not installed."""
    try:
        import xlsxwriter
    except ImportError:
        raise InputError(
            "needs XlsxWriter", key="--to", hint="pip install 'weightshift[export]', or export csv"
        ) from None
    sheets: dict[str, pd.DataFrame] = {"by year": years_table(content)}
    sheets |= {name: table for name, table in content.tables.items() if name not in (SERIES, *LONG_TABLES)}
    left_out = []
    for name in LONG_TABLES:
        table = content.tables.get(name)
        if table is not None and len(table) <= MOST_ROWS:
            sheets[name] = table
        elif table is not None:
            left_out.append(TOO_LONG.format(name=name, rows=len(table)))
    with xlsxwriter.Workbook(str(file), {"constant_memory": False, "nan_inf_to_errors": False}) as book:
        formats = {
            "head": book.add_format({"bold": True, "bg_color": "#e8eef4", "bottom": 1, "valign": "top"}),
            "title": book.add_format({"bold": True, "font_size": 15}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "number": book.add_format({"num_format": "#,##0.####"}),
            "share": book.add_format({"num_format": "0.0%"}),
        }
        book.set_properties({"title": content.title, "comments": " ".join(content.notes), "author": "weightshift"})
        # The day of a workbook is part of its bytes: it is that of the result, so that exports can be compared.
        book.set_properties({"created": pd.Timestamp("2000-01-01").to_pydatetime()})
        _cover(book.add_worksheet("about"), content, list(sheets), [*content.notes, *left_out], formats)
        for name, table in sheets.items():
            _sheet(book.add_worksheet(name[:31]), table, formats)


def _cover(sheet: Any, content: Content, sheets: list[str], notes: list[str], formats: dict[str, Any]) -> None:
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 110, formats["wrap"])
    sheet.hide_gridlines(2)
    sheet.write(0, 0, content.title, formats["title"])
    manifest = content.manifest
    rows = [
        ("what", f"{content.kind} {content.id}"), ("made", str(manifest.get("created", manifest.get("made", "")))),
        ("model", f"weightshift {manifest.get('version', manifest.get('model_version', ''))}"),
        ("seeds", str(manifest.get("seeds", ""))), ("sheets", ", ".join(sheets)),
        ("windows", "flows are sums of a year, shares and prices averages, stocks the value of December"),
    ]  # fmt: skip
    rows += [("read this", note) for note in notes]
    for number, (name, text) in enumerate(rows, 2):
        sheet.write(number, 0, name)
        sheet.write(number, 1, text[:32_000], formats["wrap"])


def _sheet(sheet: Any, table: pd.DataFrame, formats: dict[str, Any]) -> None:
    sheet.freeze_panes(1, 0)
    shares = table["unit"].astype(str).str.startswith("share").to_numpy() if "unit" in table else None
    for place, name in enumerate(table.columns):
        sheet.write(0, place, str(name), formats["head"])
        column = table[name]
        if pd.api.types.is_datetime64_any_dtype(column):
            style, values = formats["date"], [None if pd.isna(one) else one.to_pydatetime() for one in column]
        elif pd.api.types.is_bool_dtype(column):
            style, values = None, [bool(one) for one in column]
        elif pd.api.types.is_numeric_dtype(column):
            style, values = formats["number"], [None if pd.isna(one) else float(one) for one in column]
        else:
            style, values = None, ["" if pd.isna(one) else str(one)[:32_000] for one in column.astype(object)]
        for row, value in enumerate(values, 1):
            if value is None or value == "":
                continue
            share = style is formats["number"] and shares is not None and shares[row - 1]
            by_row = formats["share"] if share else style
            sheet.write(row, place, value, by_row) if by_row is not None else _plain(sheet, row, place, value)
        longest = max((len(str(one)) for one in [name, *column.head(200)]), default=8)
        sheet.set_column(place, place, min(max(longest + 1, NARROWEST), WIDEST))
    if len(table):
        sheet.autofilter(0, 0, len(table), max(len(table.columns) - 1, 0))


def _plain(sheet: Any, row: int, place: int, value: Any) -> None:
    # Text is written as text: a title that begins with = is no formula.
    if isinstance(value, str):
        sheet.write_string(row, place, value)
    else:
        sheet.write(row, place, value)
