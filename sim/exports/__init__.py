"""Results in formats that others read: spreadsheet, text, the IAMC table, Parquet, with a data package beside them."""
