"""The three tables of a result folder: columns, types and Parquet files with the same bytes for the same content."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sim.errors import InputError, RunError

TIMESERIES = pa.schema(
    [
        ("scenario", pa.string()),
        ("sample", pa.int32()),
        ("replicate", pa.int32()),
        ("date", pa.timestamp("ms")),
        ("metric", pa.string()),
        ("key", pa.string()),
        ("unit", pa.string()),
        ("value", pa.float64()),
    ]
)
LEDGER = pa.schema(
    [
        ("scenario", pa.string()),
        ("sample", pa.int32()),
        ("replicate", pa.int32()),
        ("date", pa.timestamp("ms")),
        ("flow", pa.string()),
        ("from_sector", pa.string()),
        ("to_sector", pa.string()),
        ("usd_cents", pa.int64()),
    ]
)
EVENT_COLUMNS = ("scenario", "sample", "replicate", "date", "kind", "agent", "other", "value", "unit", "text")
_PLACE = ("scenario", "sample", "replicate")


def to_arrow(frame: pd.DataFrame, schema: pa.Schema, *, scenario: str, replicate: int, sample: int = 0) -> pa.Table:
    """The frame as a table of `schema`, with its scenario, sample and replicate filled in.

    Raises RunError if a column is missing: a result that lacks one must not be written.
    """
    missing = [name for name in schema.names if name not in _PLACE and name not in frame]
    if missing:
        raise RunError(f"the run gave a table without column {', '.join(missing)}")
    rows = len(frame)
    place = {"scenario": [scenario] * rows, "sample": [sample] * rows, "replicate": [replicate] * rows}
    columns = []
    for field in schema:
        if field.name in place:
            columns.append(pa.array(place[field.name], type=field.type))
        elif pa.types.is_timestamp(field.type):
            days = pd.to_datetime(frame[field.name]).to_numpy(dtype="datetime64[ms]")
            columns.append(pa.array(days, type=field.type))
        elif pa.types.is_string(field.type):
            # A categorical column keeps its categories; anything else is read as text.
            columns.append(pa.array(frame[field.name].astype(object), type=field.type, from_pandas=True))
        else:
            columns.append(pa.array(frame[field.name].to_numpy(), type=field.type))
    return pa.Table.from_arrays(columns, schema=schema)


class ParquetTable:
    """A Parquet file that grows by one row group per replicate, without anything in it that differs between runs."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._writer = pq.ParquetWriter(path, schema, compression="zstd", version="2.6", store_schema=False)

    def add(self, table: pa.Table) -> None:
        """Append the rows of `table`."""
        if len(table):
            self._writer.write_table(table, row_group_size=1 << 20)

    def close(self) -> None:
        """Write the footer."""
        self._writer.close()


def read_parquet(path: Path, schema: pa.Schema, *, categorical: bool = False) -> pd.DataFrame:
    """A table of a result folder; InputError if it cannot be read or lacks a column of `schema`.

    With `categorical`, columns of text come as categories: a table of many worlds is several times smaller so.
    """
    texts = [field.name for field in schema if pa.types.is_string(field.type)] if categorical else None
    try:
        table = pq.read_table(path, read_dictionary=texts)
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"cannot be read as Parquet: {str(error).splitlines()[0]}", file=str(path)) from error
    missing = [name for name in schema.names if name not in table.column_names]
    if missing:
        raise InputError(f"column {missing[0]} is missing", file=str(path))
    return table.select(schema.names).to_pandas()


def event_rows(frame: pd.DataFrame, *, scenario: str, replicate: int, sample: int = 0) -> pd.DataFrame:
    """The events of one replicate with EVENT_COLUMNS; dates as `YYYY-MM-DD`."""
    rows = frame.reindex(columns=[name for name in EVENT_COLUMNS if name not in _PLACE])
    rows = rows.assign(date=pd.to_datetime(rows["date"]).dt.strftime("%Y-%m-%d"))
    rows = rows.assign(scenario=scenario, sample=sample, replicate=replicate)
    return rows[list(EVENT_COLUMNS)]
