"""The catalogue of instruments says what the code says."""

from __future__ import annotations

import importlib.util
import pathlib

from sim.policy.instruments import INSTRUMENTS

ROOT = pathlib.Path(__file__).parents[1]


def made() -> str:
    spec = importlib.util.spec_from_file_location("catalogue", ROOT / "tools" / "write_policy_catalogue.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return str(module.catalogue())


def test_the_kept_catalogue_is_the_one_that_the_code_makes() -> None:
    kept = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
    assert kept == made(), "out of date: run `python tools/write_policy_catalogue.py`"


def test_every_instrument_is_in_it_with_what_it_touches() -> None:
    text = made()
    for name, model in INSTRUMENTS.items():
        assert f"## {name}\n\n**{model.label}**: touches {model.touches}.\n" in text
