"""Shocks to parameters: closed forms, order, fading, bounds, and a shock that changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
import typer.testing

import sim
from sim.cli import app
from sim.dated import parse_month
from sim.economy import Economy
from sim.errors import InputError

HEAD = "schema_version: 1\nid: {name}\ntitle: A test\nextends: [baseline]\nhorizon: {{start: 2023-01, end: 2024-12}}\n"
PRICE = "energy.us.electricity_price"
START = parse_month("2023-01")


def shock(name="one", date="2023-07-15", path=PRICE, **fields):
    inside = ", ".join(f"{key}: {value}" for key, value in {"path": path, **fields}.items())
    return f"  - {{id: {name}, date: {date}, kind: parameter_shock, fields: {{{inside}}}}}\n"


@pytest.fixture
def load(tmp_path):
    def read(*shocks, extra="", name="shocked"):
        file = tmp_path / f"{name}.yaml"
        events = "events:\n" + "".join(shocks) if shocks else ""
        file.write_text(HEAD.format(name=name) + events + extra)
        return sim.load_scenario(file)

    return read


def us_price(scenario):
    return scenario.parameter_table()["energy_electricity_price"][:, 0]


def test_a_shock_multiplies_and_shifts_for_its_months_and_fades_in_equal_steps(load):
    plain = us_price(load())
    path = us_price(load(shock(factor=3, shift=0.01, months=2, fade_months=3)))
    full = 2.0 * plain + 0.01
    how_far = np.zeros(24)
    how_far[6:11] = [1, 1, 0.75, 0.5, 0.25]
    np.testing.assert_allclose(path - plain, full * how_far, rtol=1e-12)
    assert (path[:6] == plain[:6]).all()
    assert (path[11:] == plain[11:]).all()


def test_only_the_region_named_moves(load):
    plain, table = load().parameter_table(), load(shock(factor=2)).parameter_table()
    assert (table["energy_electricity_price"][:, 1:] == plain["energy_electricity_price"][:, 1:]).all()
    table["energy_electricity_price"] = plain["energy_electricity_price"]
    assert table.tobytes() == plain.tobytes()


def test_shocks_on_one_parameter_compose_in_the_order_of_their_dates(load):
    plain = us_price(load())[8]
    double = shock("double", "2023-07-01", factor=2, months=6)
    add = shock("add", "2023-08-01", shift=0.02, months=6)
    assert us_price(load(double, add))[8] == pytest.approx(2 * plain + 0.02)
    assert us_price(load(add, double))[8] == pytest.approx(2 * plain + 0.02), "the list does not decide, the dates do"
    late = shock("double", "2023-09-01", factor=2, months=6)
    assert us_price(load(late, add))[8] == pytest.approx(2 * (plain + 0.02))


def test_a_shock_before_the_start_acts_for_what_is_left_of_it(load):
    plain = us_price(load())
    path = us_price(load(shock(date="2022-11-01", factor=2, months=4)))
    assert path[:2] == pytest.approx(2 * plain[:2])
    assert (path[2:] == plain[2:]).all()


def test_a_shock_of_factor_one_changes_no_byte(load):
    plain, same = load(), load(shock(factor=1, months=30, fade_months=5))
    assert same.parameter_table().tobytes() == plain.parameter_table().tobytes()
    worlds = []
    for scenario in (plain, same):
        economy = Economy(scenario.with_overrides({"developers.count": 200}))
        for _ in range(9):
            economy.step()
        worlds.append(economy.world)
    for name in ("regions", "clouds", "labs", "sites", "accounts", "journal"):
        assert getattr(worlds[0], name).tobytes() == getattr(worlds[1], name).tobytes()


def test_a_shock_reaches_the_economy_in_its_months_only(load):
    dear = Economy(load(shock(factor=4, months=3)).with_overrides({"developers.count": 200}))
    plain = Economy(load().with_overrides({"developers.count": 200}))
    ratio = []
    for _ in range(10):
        for economy in (dear, plain):
            economy.step()
        ratio.append(dear.world.regions["electricity_price"][0] / plain.world.regions["electricity_price"][0])
    assert ratio[:6] == [1.0] * 6
    assert ratio[6:9] == pytest.approx([4.0] * 3, rel=1e-3)
    assert ratio[9] == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (shock(factor=100), f"shocked.yaml:7: {PRICE}: event one in 2023-07: 8.04 is outside its bounds"),
        (shock(factor=0), f"shocked.yaml:7: {PRICE}: event one in 2023-07: 0 is outside its bounds"),
        (
            shock(path="developers.sufficiency_rule", factor=2),
            "developers.sufficiency_rule: event one: a choice between variants",
        ),
        (shock(path="developers.count", factor=1.00001), "is not a whole number"),
    ],
)
def test_impossible_shocks_are_refused_with_their_place(load, line, message):
    with pytest.raises(InputError) as caught:
        load(line)
    assert message in str(caught.value)


def test_an_override_that_a_shock_then_takes_out_of_bounds_is_refused(load):
    scenario = load(shock(factor=15)).with_overrides({PRICE: 0.2})
    with pytest.raises(InputError, match="event one in 2023-07: 3 is outside"):
        scenario.parameter_table()


def test_explain_shows_the_shocks(load):
    scenario = load(shock(factor=2, months=6, fade_months=4))
    result = typer.testing.CliRunner().invoke(app, ["explain", scenario.file, PRICE])
    assert "shock   one: x 2 from 2023-07, 6 months, fading over 4" in result.output


def test_the_resolved_file_repeats_the_shock(load, tmp_path):
    scenario = load(shock(factor=2, months=6))
    file = tmp_path / "again.yaml"
    file.write_text(scenario.resolved_yaml())
    assert sim.load_scenario(file).parameter_table().tobytes() == scenario.parameter_table().tobytes()
