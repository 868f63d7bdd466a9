"""Units: conversion of written quantities, and text that is refused."""

from __future__ import annotations

import time

import pytest

from sim.scenario.units import UnitError, convert, parse_unit


@pytest.mark.parametrize(
    ("text", "wanted", "number"),
    [
        ("0.40 CNY/kWh", "USD/kWh", 0.056),
        ("1 EUR/MWh", "USD/kWh", 0.00108),
        ("3 USD/Mtoken", "USD/token", 3e-6),
        ("5 billion USD", "USD", 5e9),
        ("25 %", "share", 0.25),
        ("25%", "1", 0.25),
        ("0.5", "share", 0.5),
        ("2 years", "month", 24),
        ("1 1/year", "1/month", 1 / 12),
        ("30 kW/H100e", "W/H100e", 30_000),
        ("1.5 kH100e", "H100e", 1_500),
        ("-3 ECI/year", "ECI/month", -0.25),
        ("1e3 USD", "USD", 1_000),
        ("4 GW", "MW", 4_000),
    ],
)
def test_a_quantity_is_converted(text: str, wanted: str, number: float) -> None:
    assert convert(text, wanted) == pytest.approx(number, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "wanted", "message"),
    [
        ("5 USD", "USD/kWh", "'5 USD': unit USD is not convertible to USD/kWh"),
        ("5 H100e", "token", "'5 H100e': unit H100e is not convertible to token"),
        ("5 USDD", "USD", "'5 USDD': 'USDD' is not a unit"),
        ("5", "USD", "'5' has no unit; write it without quotes, or with a unit such as USD"),
        ("five USD", "USD", "'five USD' is not a number, or a number with a unit"),
        ("", "USD", "'' is not a number, or a number with a unit"),
        ("1 USD**9**9**9", "USD", "'1 USD**9**9**9': 'USD**9**9**9' is not a unit"),
        ("1 2", "1", "'1 2' is not a number, or a number with a unit"),
    ],
)
def test_other_text_is_refused(text: str, wanted: str, message: str) -> None:
    with pytest.raises(UnitError) as caught:
        convert(text, wanted)
    assert str(caught.value) == message


def test_hostile_text_is_refused_at_once() -> None:
    began = time.perf_counter()
    for text in ("a" * 59 + "!", "9**9**9**9", "__import__('os')", "(" * 60, "x" * 10_000, "USD^99"):
        with pytest.raises(UnitError):
            parse_unit(text)
    assert time.perf_counter() - began < 2
