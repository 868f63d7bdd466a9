"""The registry: shipped records are complete, wrong ones are refused, the table has the promised layout."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest

from sim.dated import Dated, parse_month
from sim.errors import InputError
from sim.registry import PARAMETERS, Registry, load_registry, read_records
from sim.registry_records import REGIONS

START = parse_month("2023-01")
GOOD = {
    "label": "A price",
    "description": "A sample.",
    "unit": "USD/kWh",
    "value": "0.1",
    "low": "0.05",
    "high": "0.2",
    "role": "X",
    "grade": "assumed",
    "source": "made up",
}


def written(folder: pathlib.Path, **changes: str | None) -> list[str]:
    """Problems of a registry with one record, in which fields are changed or (None) left out."""
    fields = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    text = "price:\n" + "".join(f"  {key}: {value}\n" for key, value in fields.items())
    (folder / "energy.yaml").write_text(text)
    records, problems = read_records(folder)
    assert bool(records) != bool(problems)
    return [problem.message for problem in problems]


def test_every_shipped_record_is_complete_and_coherent() -> None:
    records, problems = read_records(PARAMETERS)
    assert [str(problem) for problem in problems] == []
    assert "developers.count" in records


def test_every_shipped_assumption_says_what_it_assumes() -> None:
    records, _ = read_records(PARAMETERS)
    short = [name for name, record in records.items() if record.grade == "assumed" and len(record.source.split()) < 4]
    assert short == []


def test_each_shipped_file_names_its_schema() -> None:
    for file in PARAMETERS.glob("*.yaml"):
        first = file.read_text().splitlines()[0]
        assert first == "# yaml-language-server: $schema=../../scenarios/schema/parameters.json", file.name


def test_the_sample_is_good(tmp_path: pathlib.Path) -> None:
    assert written(tmp_path) == []


@pytest.mark.parametrize("field", ["unit", "source", "label", "description", "role", "grade", "value"])
def test_a_record_without_a_field_is_refused(tmp_path: pathlib.Path, field: str) -> None:
    assert written(tmp_path, **{field: None}) == ["missing"]


@pytest.mark.parametrize("field", ["low", "high"])
def test_a_record_without_range_is_refused(tmp_path: pathlib.Path, field: str) -> None:
    assert written(tmp_path, **{field: None}) == ["low and high are missing"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"unit": "USD/kWhh"}, "'USD/kWhh' is not a unit"),
        ({"unit": '""'}, "String should have at least 1 character"),
        ({"value": "0.3"}, "energy.price: default 0.3 is not between low 0.05 and high 0.2"),
        ({"value": "{2023-01: 0.1, 2024-01: 0.3}"}, "energy.price: default 0.3 is not between low 0.05 and high 0.2"),
        ({"value": "{2023-13: 0.1}"}, "'2023-13' is not a month, expected YYYY-MM or YYYY-MM-DD"),
        ({"value": "{2023-01: 0.1, 2023-01-15: 0.1}"}, "two dates in the same month"),
        ({"maximum": "0.08"}, "0.1 is outside its bounds 0.08 or less USD/kWh"),
        ({"integer": "true"}, "0.1 is not a whole number"),
        ({"by": "region", "value": "{us: 0.1}"}, "value by region: cn is missing"),
        ({"options": "[off, on]"}, "options belong to role R"),
        ({"grade": "guessed"}, "Input should be 'measured', 'estimated', 'expert' or 'assumed'"),
        ({"distribution": "loguniform", "low": "0"}, "loguniform needs a low above 0"),
        ({"sauce": "x"}, "unknown field"),
    ],
)
def test_an_incoherent_record_is_refused(tmp_path: pathlib.Path, changes: dict[str, str], message: str) -> None:
    assert written(tmp_path, **changes) == [message]


def test_a_problem_names_file_line_key_and_the_nearest_field(tmp_path: pathlib.Path) -> None:
    (tmp_path / "energy.yaml").write_text("price:\n  label: x\n  sorce: y\n")
    with pytest.raises(InputError) as caught:
        load_registry(tmp_path)
    assert "energy.yaml:" in str(caught.value)
    _, problems = read_records(tmp_path)
    assert any(str(problem).endswith("energy.yaml:3: price.sorce: unknown field (did you mean 'source'?)")
               for problem in problems)  # fmt: skip


def test_two_records_cannot_share_a_field(tmp_path: pathlib.Path) -> None:
    record = "\n".join(f"  {key}: {value}" for key, value in GOOD.items())
    (tmp_path / "a.yaml").write_text(f"b_c:\n{record}\n")
    (tmp_path / "a_b.yaml").write_text(f"c:\n{record}\n")
    _, problems = read_records(tmp_path)
    assert [problem.message for problem in problems] == ["takes the same field a_b_c as a.b_c"]


@pytest.fixture
def registry(sample_parameters: pathlib.Path) -> Registry:
    return load_registry(sample_parameters)


def test_a_record_by_region_has_a_path_for_each(registry: Registry) -> None:
    assert [path for path in registry if path.endswith("electricity_price")] == [
        f"energy.{region}.electricity_price" for region in REGIONS
    ]


def test_the_table_has_a_row_per_month_and_fields_by_region_and_segment(registry: Registry) -> None:
    table = registry.table({}, START, 30)
    assert table.shape == (30,)
    assert table["energy_electricity_price"].shape == (30, 6)
    assert table["developers_price_taste"].shape == (30, 5)
    assert table["developers_count"][0] == 10_000
    assert table["developers_network_effect"][0] == 1  # index of "on"
    np.testing.assert_allclose(table["energy_electricity_price"][[0, 6, 12, 29], 0], [0.08, 0.085, 0.09, 0.09])
    np.testing.assert_array_equal(table["energy_response"][[23, 24]], [0.1, 0.2])
    np.testing.assert_array_equal(table["developers_price_taste"][0], [1.5, 0.8, 0.6, 0.6, 1.2])


def test_an_override_changes_its_path_alone_and_no_later_table(registry: Registry) -> None:
    changed = registry.table({"energy.eu.electricity_price": Dated.constant(0.3)}, START, 12)
    plain = registry.table({}, START, 12)
    assert (changed["energy_electricity_price"][:, 2] == 0.3).all()
    assert (plain["energy_electricity_price"][:, 2] == 0.2).all()
    changed["energy_electricity_price"][:, 2] = 0.2
    assert changed.tobytes() == plain.tobytes()


def test_a_misspelt_path_is_answered_with_the_nearest(registry: Registry) -> None:
    with pytest.raises(InputError, match=r"did you mean 'energy\.us\.electricity_price'"):
        registry["energy.us.electricty_price"]
    with pytest.raises(InputError, match=r"did you mean 'developers\.network_effect'"):
        registry["hub.network_effect"]


def test_describe_tells_all_that_a_slider_needs(registry: Registry) -> None:
    told = registry.describe("energy.eu.electricity_price")
    assert (told["unit"], told["key"], told["grade"]) == ("USD/kWh", "eu", "assumed")
    assert (told["low"], told["high"], told["default"]) == (((0, 0.1),), ((0, 0.25),), ((0, 0.2),))


def test_records_cannot_be_changed(registry: Registry) -> None:
    with pytest.raises(ValueError, match="frozen"):
        registry["developers.count"].record.unit = "firm"


def test_the_kept_copy_gives_the_same_registry_and_a_damaged_one_is_ignored(
    sample_parameters: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sim import registry as module

    monkeypatch.setenv("WEIGHTSHIFT_CACHE", str(tmp_path))
    fresh = module._load.__wrapped__(sample_parameters)
    (kept,) = tmp_path.glob("registry-*.json")
    assert module._load.__wrapped__(sample_parameters).records == fresh.records
    kept.write_text("{damaged")
    assert module._load.__wrapped__(sample_parameters).records == fresh.records
