"""Exports hold the numbers of the result they are made from, in the form that their readers expect."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pandas as pd
import pytest

import sim
from sim.cli import main
from sim.errors import InputError
from sim.exports.content import SERIES, read_content
from sim.exports.iamc import INDEX, iamc_table, name_of
from sim.exports.write import FORMATS, export, formats_of
from sim.exports.yearly import by_year, quantiles
from sim.measures import METRICS
from sim.measures.windows import window_value
from sim.results.write import run_to_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small run of two worlds, to the middle of 2024: its second year is not whole."""
    scenario = sim.load_scenario("baseline").with_overrides({"developers.count": 200}).until("2024-06")
    out = tmp_path_factory.mktemp("run") / "out"
    run_to_folder(scenario, seed=1, replicates=2, out=out, quick=True)
    return out


@pytest.fixture(scope="module")
def content(folder):
    return read_content(folder)


@pytest.fixture(scope="module")
def exported(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("exported") / "out"
    export(folder, FORMATS, out)
    return out


def test_years_are_windows_of_the_measures(content):
    yearly = by_year(content.series)
    assert set(yearly["year"]) == {2023, 2024} - {2024}, "half a year is no year"
    assert set(yearly["window"]) == {"sum", "mean", "end"}
    pick = yearly.groupby("window", observed=True).sample(n=40, random_state=1)
    whole = content.series.set_index(["metric", "key", "replicate"]).sort_index()
    for row in pick.itertuples():
        series = whole.loc[(row.metric, row.key, row.replicate)].set_index("date")["value"]
        expected = window_value(series, "year", METRICS[row.metric].aggregation, f"{row.year}-12-31")
        assert row.value == pytest.approx(expected, rel=1e-12), (row.metric, row.key)


def test_quantiles_of_two_worlds_are_between_them(content):
    yearly = by_year(content.series)
    found = quantiles(yearly, (0.05, 0.5, 0.95)).pivot_table(
        index=["metric", "key", "year"], columns="quantile", values="value", observed=True
    )
    both = yearly.pivot_table(index=["metric", "key", "year"], columns="replicate", values="value", observed=True)
    both = both.dropna()
    np.testing.assert_allclose(found.loc[both.index, 0.5], both.mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(found.loc[both.index, 0.05], both.min(axis=1) * 0.95 + both.max(axis=1) * 0.05)


@pytest.mark.parametrize(
    ("metric", "key", "region", "variable"),
    [
        ("ai_power_gw", "cn", "China", "AI|AI Power GW"),
        ("capability_eci", "us", "World", "AI|Capability ECI|US"),
        ("hub_download_share", "cn", "World", "AI|Hub Download Share|China"),
        ("firm_adoption_share", "us/any", "United States", "AI|Firm Adoption Share|Any"),
        ("token_share", "world/cn", "World", "AI|Token Share|China"),
        ("layer_revenue_usd", "chips/us", "World", "AI|Layer Revenue USD|Chips|US"),
        ("levy_revenue_usd", "us", "United States", "AI|Levy Revenue USD"),
        ("tokens_per_day", "sea", "South-East Asia", "AI|Tokens Per Day"),
        ("tokens_per_day", "deepseek", "World", "AI|Tokens Per Day|DeepSeek"),
        ("smuggled_chips", "cn", "China", "AI|Smuggled Chips"),
    ],
)
def test_a_key_is_a_region_only_where_the_metric_says_so(metric, key, region, variable):
    assert name_of(metric, key) == (region, variable)


def test_the_iamc_table_names_each_series_once(content):
    table = iamc_table(content)
    assert list(table.columns) == [*INDEX, "2023"]
    assert not table.duplicated(INDEX).any()
    pairs = by_year(content.series)[["metric", "key"]].drop_duplicates()
    assert len(table) == 3 * len(pairs)
    assert "H100e/yr" in set(table["unit"])
    assert not table["unit"].str.endswith("/month").any()


def test_pyam_reads_the_iamc_table(exported):
    pyam = pytest.importorskip("pyam")
    frame = pyam.IamDataFrame(exported / "iamc.csv")
    assert "China" in frame.region
    assert len(frame) == pd.read_csv(exported / "iamc.csv")["2023"].notna().sum()


def test_the_workbook_has_the_numbers_and_no_formulas(exported, content):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(exported / "baseline.xlsx")
    assert book.sheetnames[:2] == ["about", "by year"]
    assert {"summary", "policies", "parameters", "metrics"} <= set(book.sheetnames)
    assert "not forecasts" in " ".join(str(row[1].value) for row in book["about"].iter_rows())
    rows = list(book["by year"].values)
    table = pd.DataFrame(rows[1:], columns=rows[0])
    found = table[(table["metric"] == "chip_revenue_usd") & (table["key"] == "nvidia")].set_index("statistic")["2023"]
    yearly = by_year(content.series)
    own = yearly[(yearly["metric"] == "chip_revenue_usd") & (yearly["key"] == "nvidia")]["value"]
    assert found["median"] == pytest.approx(own.median())
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_csv_and_parquet_hold_every_row(exported, content):
    for name, table in content.tables.items():
        text = pd.read_csv(exported / f"{name}.csv", keep_default_na=False, low_memory=False)
        stored = pd.read_parquet(exported / f"{name}.parquet")
        assert len(text) == len(stored) == len(table), name
        assert list(text.columns) == list(stored.columns) == list(table.columns)
    stored = pd.read_parquet(exported / f"{SERIES}.parquet")
    np.testing.assert_array_equal(stored["value"], content.series["value"])


def test_the_data_package_describes_what_is_there(exported):
    package = json.loads((exported / "datapackage.json").read_text())
    paths = {one["path"] for one in package["resources"]}
    assert paths == {file.name for file in exported.iterdir()} - {"datapackage.json", "manifest.json"}
    for one in package["resources"]:
        content = (exported / one["path"]).read_bytes()
        assert one["bytes"] == len(content)
        assert one["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        if one["format"] == "csv":
            head = content.split(b"\n", 1)[0].decode().strip().split(",")
            assert [field["name"] for field in one["schema"]["fields"]] == head
    assert package["weightshift"]["manifest"]["kind"] == "weightshift result"


def test_the_same_result_gives_the_same_bytes(folder, exported, tmp_path):
    export(folder, FORMATS, tmp_path / "again")
    for file in exported.iterdir():
        assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes(), file.name


def test_formats_are_checked():
    assert formats_of("IAMC, xlsx") == ("xlsx", "iamc")
    with pytest.raises(InputError, match="did you mean 'xlsx'"):
        formats_of("xslx")
    with pytest.raises(InputError, match="names no format"):
        formats_of(" , ")


def test_what_is_no_result_or_no_export_is_left_alone(folder, tmp_path, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["export", str(tmp_path)])
    assert caught.value.code == 2
    assert "is not a result folder" in capsys.readouterr().err
    before = {file.name for file in folder.iterdir()}
    with pytest.raises(SystemExit) as caught:
        main(["export", str(folder), "--out", str(folder), "--to", "csv"])
    assert caught.value.code == 2
    assert {file.name for file in folder.iterdir()} == before


def test_a_changed_result_is_refused(folder, tmp_path):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    with (copy / "events.csv").open("a") as file:
        file.write("2030-01-01,forged\n")
    with pytest.raises(InputError, match=r"events\.csv"):
        export(copy, ("csv",), tmp_path / "export")
    assert not (tmp_path / "export").exists()


def test_an_old_export_is_replaced_as_a_whole(folder, tmp_path):
    export(folder, ("csv",), tmp_path / "out")
    (tmp_path / "out" / "mine.txt").write_text("kept")
    export(folder, ("iamc",), tmp_path / "out")
    assert {file.name for file in (tmp_path / "out").iterdir()} == {
        "iamc.csv", "datapackage.json", "manifest.json", "mine.txt",
    }  # fmt: skip
