"""Helpers of the policy tests: the shipped rules, named chips, and a short way to write a policy."""

from __future__ import annotations

import datetime as dt
import functools
import pathlib
from typing import Any

from sim.policy.chip_spec import ChipSpec
from sim.policy.export_controls import Regime
from sim.policy.schema import Policy
from sim.yaml_file import read_yaml

POLICY_FILES = sorted((pathlib.Path(__file__).parents[2] / "scenarios" / "policies").glob("*.yaml"))

RULES_TO_DATE = (
    "us-2022-10-advanced-computing",
    "us-2023-10-advanced-computing",
    "us-2023-10-headquarters",
    "us-2024-12-memory-control",
    "us-2025-01-ai-diffusion",
    "us-2025-01-foundry-rule",
    "us-2025-04-licence-letters",
    "us-2025-07-letter-licences",
    "us-2025-08-levy",
    "cn-2025-07-import-guidance",
    "cn-2025-09-import-guidance",
    "cn-2025-11-power-subsidy",
    "cn-2025-11-state-funded-sites",
    "us-2026-01-case-by-case",
    "cn-2026-01-import-block",
    "us-2026-06-subsidiaries",
)


@functools.cache
def shipped_policies() -> dict[str, Policy]:
    """The rules to date by id, read from their files; other policies of the library are left out."""
    policies = {path.stem: path for path in POLICY_FILES}
    return {name: Policy.model_validate(read_yaml(policies[name]).data) for name in RULES_TO_DATE}


@functools.cache
def regime_to_date() -> Regime:
    """The law made by all rules to date."""
    return Regime(shipped_policies().values())


def day(text: str) -> dt.date:
    """`2025-04-30` as a date."""
    return dt.date.fromisoformat(text)


def chip(**changes: Any) -> ChipSpec:
    """An H100 with changes."""
    values: dict[str, Any] = {
        "sku": "test",
        "vendor": "nvidia",
        "design_origin": "us",
        "tpp": 15832.0,
        "die_mm2": 814.0,
        "interconnect_gb_s": 900.0,
        "hbm_bw_gb_s": 3350.0,
        "hbm_gb": 80.0,
        "h100e": 1.0,
    }
    return ChipSpec(**{**values, **changes})


def policy(instrument: str, parameters: dict[str, Any], **changes: Any) -> Policy:
    """A policy in force from 2024-01-01."""
    head = {
        "id": "test-policy",
        "title": "test",
        "instrument": instrument,
        "actor": "test",
        "announced": "2024-01-01",
        "effective": "2024-01-01",
        "parameters": parameters,
        "reference": "test",
    }
    return Policy.model_validate({**head, **changes})


def threshold_rule(tpp: float, verdict: str = "licence", **changes: Any) -> Policy:
    """A rule with one line on TPP for China."""
    clause = {"name": "line", "verdict": verdict, "all_of": [{"measure": "tpp", "at_least": tpp}]}
    return policy("chip_threshold_rule", {"destinations": ["cn"], "clauses": [clause]}, **changes)
